//! Certificates and keys behind one trait; key bytes never leave it

//! The certificates and keys of a station (電子証明書と秘密鍵), kept so that a key never leaves.
//!
//! # What it is for
//!
//! A station receives its client certificate as a PKCS#12 file with a password. [`IdentityStore::import`]
//! checks it once and thoroughly, finds out what its key can sign (TLS 1.3 needs RSA-PSS of an
//! RSA key: without it rustls silently offers no certificate at all), and seals certificate
//! and key at rest. From then on the station names an identity; [`IdentityStore::list`] says
//! what it is and how long it lasts, and the one crate that opens connections gets a signing
//! key through [`KeyHolder`].
//!
//! # What it refuses
//!
//! Containers that are not exactly one key with its certificate, without an integrity check
//! (MAC), expired or not yet valid, or with a key of a kind TLS cannot use. Each refusal is its
//! own [`IdentityError`] with a stable code and a text in Japanese and English.
//!
//! # What stays inside
//!
//! No function returns a private key, a PKCS#12 container or a raw signature for a caller's
//! bytes. [`KeyHolder::active`] hands out a rustls `CertifiedKey`, which can sign TLS handshakes
//! and cannot be turned back into bytes. The password of a container is never stored.
//!
//! # Where it sits
//!
//! Below `egress`, above nothing but the file system. A [`Sealer`] holds the key that seals the
//! store: [`FileSealer`] keeps it in a file only its owner may read. That file in the same
//! folder protects a copied backup of single files and nothing more; where the operating system
//! can seal a key (DPAPI, TPM), another [`Sealer`] takes its place.

mod container;
mod dn;
mod error;
mod expiry;
mod facts;
mod probe;
mod sealed;
mod sealer;
mod store;

pub use error::IdentityError;
pub use expiry::{ExpiryWarning, expiry_warning, next_filing_deadline};
pub use facts::Facts;
pub use sealer::{FileSealer, MasterKey, Sealer};
pub use store::{ActiveIdentity, IdentityStore, KeyHolder};

//! Manifests, capabilities, grants, endpoint grammar and limits; no I/O

//! The only crate that opens outbound connections

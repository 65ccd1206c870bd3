//! The only crate that opens outbound connections.
//!
//! # What it is for
//!
//! A plugin names an endpoint and a relative path; the station's binding says where that is,
//! as whom to go there and what may be asked. [`Egress::send`] admits the request, resolves the
//! name, checks every address, connects to the addresses it has checked and to no others, and
//! answers with whatever the other side said, redirects included.
//!
//! # What it refuses
//!
//! Anything the binding does not name: paths, methods, headers that frame a message, addresses
//! outside the allowed ranges, bodies above the caps, an identity that is missing, ended or
//! cannot sign under the TLS version asked for (found out before connecting: an RSA key without
//! PSS would otherwise present no certificate at all under TLS 1.3). The system's proxy
//! settings, its roots and its environment are never consulted. Redirects are not followed.
//!
//! # Sent or not sent
//!
//! [`SendError`] tells what a journal must know: [`SendError::NotSent`] means the request cannot
//! have been carried out, [`SendError::Unknown`] that nobody here knows. Each request has a
//! connection of its own, because an idle connection that the other side has just closed is the
//! usual source of requests whose outcome nobody knows; and a full handshake of its own, so no
//! session outlives the identity it was made with.
//!
//! # Where it sits
//!
//! Below the mediation of durable calls; above `policy` (the bindings) and `identity` (keys).

mod bindings;
mod classify;
mod fault;
mod resolve;
mod send;
mod timeouts;
mod tls;
mod worker;

pub use bindings::{Bindings, Destination};
pub use send::{Egress, SendError};
pub use timeouts::{TIMEOUTS, Timeouts};

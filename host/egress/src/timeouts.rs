//! Every time-out of this crate in one table.

use std::time::Duration;

/// How long each part of a request may take. The whole request has the binding's
/// `timeout_seconds`, which bounds these as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Looking up the name.
    pub resolve: Duration,
    /// TCP connection and TLS handshake together, over all addresses of the name.
    pub connect: Duration,
}

/// The time-outs in use. A station's line may be an IPsec tunnel that is only just coming up,
/// hence seconds and not milliseconds; the rest of the binding's time is for the answer.
pub const TIMEOUTS: Timeouts = Timeouts {
    resolve: Duration::from_secs(5),
    connect: Duration::from_secs(10),
};

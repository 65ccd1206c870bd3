//! How a gateway is to behave.

use super::Review;
use jiff::Timestamp;
use std::{fmt, sync::Arc, time::Duration};

/// A clock: the machine's, or one that a rehearsal turns.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How a gateway is to behave.
#[derive(Clone)]
pub struct GatewayOptions {
    /// Port on 127.0.0.1; 0 for the one used last in this folder, or any free one at first.
    pub port: u16,
    /// The time.
    pub clock: Clock,
    /// 10-digit 医療機関コード of each station that gets a client certificate.
    pub institutions: Vec<String>,
    /// Password of the client certificates' PKCS#12 files.
    pub client_password: String,
    /// Client certificates with keys of elliptic curves, which are made at once, instead of RSA.
    pub quick_keys: bool,
    /// How long 受付・事務点検 takes at least. Until then a submission is `checking`.
    pub checking: Duration,
    /// Draws for each submission how long 受付・事務点検 takes beyond that: mostly minutes, sometimes
    /// hours, at the latest until noon of the day after, longer while the calendar says busy.
    pub checking_seed: Option<u64>,
    /// Whether days and hours are kept: of filing, corrections, trials and downloads
    /// (`reseplug-calendar` with the announced extensions). Off by default, so that a demo works
    /// at night.
    pub calendar: bool,
    /// Whether what was confirmed is reviewed and paid. Off by default.
    pub review: Option<Review>,
    /// How long the fault `slow` takes.
    pub slow: Duration,
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            port: 0,
            clock: Arc::new(Timestamp::now),
            institutions: vec!["1369999998".to_owned()],
            client_password: "sandbox".to_owned(),
            quick_keys: false,
            checking: Duration::ZERO,
            checking_seed: None,
            calendar: false,
            review: None,
            slow: Duration::from_secs(3),
        }
    }
}

impl fmt::Debug for GatewayOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayOptions")
            .field("port", &self.port)
            .field("institutions", &self.institutions)
            .finish_non_exhaustive()
    }
}

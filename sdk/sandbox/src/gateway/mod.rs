//! A simulated claims endpoint that speaks the open gateway protocol v1.
//!
//! # What it is for
//!
//! Authors of claims connectors, tests and the demo need an endpoint that behaves: mutual TLS
//! under a test authority of its own, submissions recognised by their key, findings, 請求確定 with
//! or without errors, 請求取消, acknowledgements, returns, automatic confirmation at the end of the
//! 10th, and the faults that make claim week interesting. State and ledger survive `kill -9`.
//!
//! # What it is not
//!
//! The protocol is this project's own (`gateway-v1.yaml` beside `Cargo.toml`). It is **not** the
//! interface of オンライン請求, which has no public machine interface. Whatever is filed here is filed
//! nowhere. Its findings are those of `receden::check`; the list of 受付・事務点検ASP for 訪問看護 is not
//! public and is not imitated.
//!
//! # Where it sits
//!
//! Product code beside the simulated terminal. It knows `receden` and nothing of the host.

mod calendar;
mod faults;
mod judge;
mod pki;
mod problem;
mod returns;
mod routes;
mod server;
mod state;
mod submission;

pub use faults::Mischief;
pub use returns::ReturnError;
pub use routes::ROUTES;
pub use submission::{Counts, Kind, ReceiptVerdict, State, Submission, Verdict};

use crate::ledger::Ledger;
use faults::Faults;
use jiff::Timestamp;
use state::Store;
use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

/// The document of the protocol, OpenAPI 3.1.
pub const OPENAPI: &str = include_str!("../../gateway-v1.yaml");

/// Largest claim file taken: 32 MiB.
pub const MAX_BODY: usize = 32 << 20;

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
    /// How long 受付・事務点検 takes. Until then a submission is `checking`.
    pub checking: Duration,
    /// Whether days and hours of filing are enforced (5–10 日, `receden.md` calendar). Off by
    /// default, so that a demo works at night.
    pub calendar: bool,
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
            checking: Duration::ZERO,
            calendar: false,
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

/// Why a gateway does not start or a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// A file or socket.
    #[error("the gateway could not {action} {what}: {source}")]
    Io {
        /// `read`, `write`, `listen on` …
        action: &'static str,
        /// Which.
        what: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file of the gateway's own does not read back.
    #[error("{file} of the gateway is damaged: {detail}; remove the sandbox folder and begin anew")]
    Damaged {
        /// Which.
        file: String,
        /// How.
        detail: String,
    },
    /// Certificates could not be made or used.
    #[error("the test certificates could not be prepared: {0}")]
    Certificates(String),
    /// No institution code.
    #[error("\"{0}\" is not a 10-digit institution code")]
    Institution(String),
}

fn io_error(
    action: &'static str,
    what: impl fmt::Display,
) -> impl FnOnce(io::Error) -> GatewayError {
    let what = what.to_string();
    move |source| GatewayError::Io {
        action,
        what,
        source,
    }
}

/// What the connections share.
struct Shared {
    store: Store,
    faults: Faults,
    options: GatewayOptions,
}

/// Starts gateways.
#[derive(Debug)]
pub struct Gateway;

impl Gateway {
    /// Starts a gateway on the sandbox folder `dir`: certificates, submissions and faults are in
    /// `dir/gateway` and made where they are missing, the ledger is `dir/ledger.jsonl`.
    ///
    /// ```no_run
    /// use reseplug_sandbox::gateway::{Gateway, GatewayOptions};
    /// let gateway = Gateway::start("sandbox".as_ref(), GatewayOptions::default())?;
    /// println!("{} trusts {}", gateway.url(), gateway.ca_pem_path().display());
    /// gateway.stop();
    /// # Ok::<(), reseplug_sandbox::gateway::GatewayError>(())
    /// ```
    pub fn start(dir: &Path, options: GatewayOptions) -> Result<RunningGateway, GatewayError> {
        let folder = dir.join("gateway");
        std::fs::create_dir_all(&folder).map_err(io_error("create", folder.display()))?;
        let pki = pki::Pki::open(&folder.join("pki"), &options)?;
        let ledger = Ledger::open(dir).map_err(io_error("open the ledger in", dir.display()))?;
        let store = Store::open(&folder, ledger)?;
        let faults = Faults::new(&folder);
        let shared = Arc::new(Shared {
            store,
            faults,
            options: options.clone(),
        });
        let listening =
            server::listen(&folder, options.port, pki.server_config()?, shared.clone())?;
        Ok(RunningGateway {
            url: format!("https://127.0.0.1:{}/v1/", listening.port),
            pki: folder.join("pki"),
            institutions: options.institutions,
            shared,
            stop: Some(listening.stop),
            thread: Some(listening.thread),
        })
    }
}

/// A gateway that is answering. Dropping it stops it; its folder keeps everything.
pub struct RunningGateway {
    url: String,
    pki: PathBuf,
    institutions: Vec<String>,
    shared: Arc<Shared>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for RunningGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningGateway")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl RunningGateway {
    /// Base URL, ending in `/v1/`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// PEM file of the test authority: the `roots` of the endpoint's binding.
    pub fn ca_pem_path(&self) -> PathBuf {
        self.pki.join(pki::CA_PEM)
    }

    /// PKCS#12 file of the first station, for `reseplug identity import`.
    pub fn client_p12_path(&self) -> PathBuf {
        self.client_p12_path_of(self.institutions.first().map_or("", String::as_str))
    }

    /// PKCS#12 file of a station by its institution code.
    pub fn client_p12_path_of(&self, institution: &str) -> PathBuf {
        self.pki.join(pki::client_p12(institution))
    }

    /// Password of the PKCS#12 files.
    pub fn client_password(&self) -> &str {
        &self.shared.options.client_password
    }

    /// Arms a fault for the next `POST`. Several queue up. Kept in `faults.json` of the gateway's
    /// folder, where another process may write them as well.
    pub fn arm(&self, mischief: Mischief) -> Result<(), GatewayError> {
        self.shared.faults.arm(mischief)
    }

    /// From now on one `POST` in `one_in` meets a fault; which one and when follow from the
    /// seed alone. 0 ends it.
    pub fn seed_faults(&self, seed: u64, one_in: u32) -> Result<(), GatewayError> {
        self.shared.faults.seed(seed, one_in)
    }

    /// All submissions, oldest first.
    pub fn submissions(&self) -> Vec<Submission> {
        self.shared.store.all(&self.shared.options)
    }

    /// The ledger of the sandbox.
    pub fn ledger(&self) -> &Ledger {
        self.shared.store.ledger()
    }

    /// Sends one receipt of a confirmed submission back (返戻), with its history. The station
    /// finds it under `returns`. The layout follows the published shape; its full specification
    /// for 訪問看護 is not public (grade: unconfirmed).
    pub fn return_receipt(
        &self,
        submission: &str,
        number: u32,
        reason: &str,
    ) -> Result<String, ReturnError> {
        returns::make(&self.shared, submission, number, reason)
    }

    /// Stops answering and waits for the thread to end. Requests on their way are cut.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for RunningGateway {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests;

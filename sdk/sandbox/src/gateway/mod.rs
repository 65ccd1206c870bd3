//! A simulated claims endpoint that speaks the open gateway protocol v1.
//!
//! # What it is for
//!
//! Authors of claims connectors, tests and the demo need an endpoint that behaves: mutual TLS
//! under a test authority of its own, submissions recognised by their key, findings, 請求確定 with
//! or without errors, 請求取消, 取下げ, acknowledgements, the days and hours of filing, automatic
//! confirmation at the end of the 10th, what comes back (返戻, 増減点連絡書, 振込額), and the faults that
//! make claim week interesting. State and ledger survive `kill -9`.
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
//! Product code beside the simulated terminal. It knows `receden` and the
//! calendar, and nothing of the host.
//!
//! Each station has a lock of its own and work that waits for the disk is done beside the threads
//! that accept and answer, so that many stations can file at once.

mod calendar;
mod certificates;
mod cut;
mod desk;
mod documents;
mod downloads;
mod faults;
mod filed;
mod judge;
mod options;
mod pki;
mod problem;
mod returns;
mod review;
mod routes;
mod running;
mod server;
mod steps;
mod store;
mod submission;

pub use downloads::{Download, DownloadKind, Named};
pub use faults::Mischief;
pub use filed::FiledReceipt;
pub use options::{Clock, GatewayOptions};
pub use reseplug_calendar::Announced;
pub use returns::ReturnError;
pub use review::Review;
pub use routes::ROUTES;
pub use running::RunningGateway;
pub use submission::{
    Confirmation, Counts, Kind, ReceiptVerdict, State, Submission, TakeDown, Verdict,
};

use crate::ledger::Ledger;
use calendar::Hours;
use certificates::Revoked;
use faults::Faults;
use std::{fmt, io, path::Path, sync::Arc};
use store::Store;

/// The document of the protocol, OpenAPI 3.1.
pub const OPENAPI: &str = include_str!("../../gateway-v1.yaml");

/// Largest claim file taken: 32 MiB.
pub const MAX_BODY: usize = 32 << 20;

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
    hours: Hours,
    revoked: Revoked,
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
        let shared = Arc::new(Shared {
            store: Store::open(&folder, ledger)?,
            faults: Faults::new(&folder),
            hours: Hours::open(&folder, options.calendar)?,
            revoked: Revoked::new(&folder),
            options: options.clone(),
        });
        let listening =
            server::listen(&folder, options.port, pki.server_config()?, shared.clone())?;
        Ok(RunningGateway {
            url: format!("https://127.0.0.1:{}/v1/", listening.port),
            pki,
            institutions: options.institutions,
            shared,
            stop: Some(listening.stop),
            thread: Some(listening.thread),
        })
    }
}

#[cfg(test)]
mod tests;

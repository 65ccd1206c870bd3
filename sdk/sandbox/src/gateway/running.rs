//! A gateway that answers, as its owner sees it.

use super::{
    FiledReceipt, GatewayError, Mischief, ReturnError, Shared, Submission, filed, pki, returns,
};
use crate::ledger::Ledger;
use reseplug_calendar::Announced;
use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc, thread::JoinHandle};

/// A gateway that is answering. Dropping it stops it; its folder keeps everything.
pub struct RunningGateway {
    pub(super) url: String,
    pub(super) pki: pki::Pki,
    pub(super) institutions: Vec<String>,
    pub(super) shared: Arc<Shared>,
    pub(super) stop: Option<tokio::sync::oneshot::Sender<()>>,
    pub(super) thread: Option<JoinHandle<()>>,
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
        self.pki.path(pki::CA_PEM)
    }

    /// PKCS#12 file of the first station, for `reseplug identity import`.
    pub fn client_p12_path(&self) -> PathBuf {
        self.client_p12_path_of(self.institutions.first().map_or("", String::as_str))
    }

    /// PKCS#12 file of a station by its institution code. Another station's is a wrong one.
    pub fn client_p12_path_of(&self, institution: &str) -> PathBuf {
        self.pki.path(&pki::client_p12(institution))
    }

    /// Password of the PKCS#12 files.
    pub fn client_password(&self) -> &str {
        &self.shared.options.client_password
    }

    /// PKCS#12 file of a station with a certificate that ended in 2021: no connection with it.
    pub fn expired_p12_path(&self, institution: &str) -> Result<PathBuf, GatewayError> {
        self.pki.expired(institution, &self.shared.options)
    }

    /// PKCS#12 file of a station by an authority that the gateway does not know.
    pub fn stranger_p12_path(&self, institution: &str) -> Result<PathBuf, GatewayError> {
        self.pki.stranger(institution, &self.shared.options)
    }

    /// Revokes the certificate that a station has now: it is refused from the next request on, also
    /// after a restart (`revoked.json` of the gateway's folder).
    pub fn revoke_client(&self, institution: &str) -> Result<(), GatewayError> {
        self.shared.revoked.add(self.pki.fingerprint(institution)?)
    }

    /// Issues a new certificate for a station, at the path of the one before. `until`: year, month
    /// and day on which it ends, by the gateway's clock; otherwise it lasts.
    pub fn reissue_client(
        &self,
        institution: &str,
        until: Option<(i32, u8, u8)>,
    ) -> Result<PathBuf, GatewayError> {
        match until {
            Some(until) => self
                .pki
                .issue_until(institution, &self.shared.options, until)?,
            None => self.pki.issue(institution, &self.shared.options)?,
        }
        Ok(self.client_p12_path_of(institution))
    }

    /// Arms a fault for the next request that it can strike. Several queue up. Kept in `faults.json`
    /// of the gateway's folder, where another process may write them as well.
    pub fn arm(&self, mischief: Mischief) -> Result<(), GatewayError> {
        self.shared.faults.arm(mischief)
    }

    /// How often each fault struck since this gateway was started; one that is armed and met no
    /// request has not.
    pub fn struck(&self) -> BTreeMap<Mischief, u64> {
        self.shared.faults.struck()
    }

    /// From now on one `POST` in `one_in` meets a fault; which one and when follow from the
    /// seed alone. 0 ends it.
    pub fn seed_faults(&self, seed: u64, one_in: u32) -> Result<(), GatewayError> {
        self.shared.faults.seed(seed, one_in, false, &[])
    }

    /// The same, for requests that only read as well.
    pub fn seed_faults_everywhere(&self, seed: u64, one_in: u32) -> Result<(), GatewayError> {
        self.shared.faults.seed(seed, one_in, true, &[])
    }

    /// The same with a choice of faults; `gets`: also for requests that only read.
    pub fn seed_faults_among(
        &self,
        seed: u64,
        one_in: u32,
        gets: bool,
        among: &[Mischief],
    ) -> Result<(), GatewayError> {
        self.shared.faults.seed(seed, one_in, gets, among)
    }

    /// A payer announces that a month closes later. Kept in `extensions.json` of the gateway's
    /// folder, where another process may write it as well.
    pub fn announce(&self, extension: Announced) -> Result<(), GatewayError> {
        self.shared.hours.announce(extension)
    }

    /// All submissions, oldest first.
    pub fn submissions(&self) -> Vec<Submission> {
        filed::submissions(&self.shared)
    }

    /// Every receipt that was filed (請求確定), and what became of it until now.
    pub fn filed_receipts(&self) -> Vec<FiledReceipt> {
        filed::all(&self.shared)
    }

    /// The ledger of the sandbox.
    pub fn ledger(&self) -> &Ledger {
        self.shared.store.ledger()
    }

    /// Sends one receipt of a confirmed submission back (返戻), with its history. The station
    /// finds it among its downloads. The layout follows the published shape; its full specification
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

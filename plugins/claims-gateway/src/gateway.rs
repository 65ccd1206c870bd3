//! The functions of the protocol, and what is done when nobody knows what became of a request.

use crate::{
    Settings, faults, reading,
    wire::{self, Findings, Listed, Submission, Submissions},
};
use reseplug_sdk::claims::{
    Acknowledgement, Download, Filing, FilingKind, KnownSubmission, Status, Submission as Submitted,
};
use reseplug_sdk::{
    Context, Document, DocumentKind, Endpoint, Fault, Finding, Host, Payer, RetryAdvice,
    imports::{Request, Response},
};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// Name of the endpoint, as `plugin.toml` requests it.
const ENDPOINT: &str = "gateway";

/// Name of a claim file (記録条件仕様).
const CLAIM_FILE: &str = "RECEIPTH.UKE";

pub(crate) struct Gateway<'a> {
    settings: &'a Settings,
    host: &'a Host,
    endpoint: Endpoint<'a>,
}

/// What one attempt at a request came to.
enum Attempt {
    Done(Submission),
    /// Refused, or certainly not carried out: the fault is the answer.
    Refused(Fault),
    /// Carried out or not: ask.
    Unknown(Fault),
}

impl<'a> Gateway<'a> {
    pub(crate) fn new(ctx: &'a Context<Settings>, host: &'a Host) -> Self {
        Self {
            settings: &ctx.settings,
            host,
            endpoint: host.endpoint(ENDPOINT),
        }
    }

    /// レセプト送信 under the filing's key.
    pub(crate) fn submit(&self, filing: &Filing) -> Result<Submitted, Fault> {
        let body = &filing.document.bytes;
        if hex::encode(Sha256::digest(body)) != filing.sha256 {
            return Err(faults::file_differs(&filing.document.name));
        }
        let key = &filing.key;
        if !(1..=200).contains(&key.len()) || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(faults::bad_key());
        }
        let request = Request::new("POST", "submissions")
            .header("content-type", "application/octet-stream")
            .header("idempotency-key", key)
            .header("content-sha256", &filing.sha256)
            .header("x-payer", payer_code(filing.payer))
            .header("x-claim-month", &filing.claim_month)
            .header("x-kind", kind(filing.kind))
            .body(body.as_slice());
        let submission = self.surely(
            &request,
            |submission| submission.key == *key,
            || Ok(self.of_key(key)?.into_iter().next()),
        )?;
        if submission.sha256 != filing.sha256 {
            return Err(faults::other_submission("sha256"));
        }
        self.alone(submission, key)
    }

    /// Looks whether the gateway took a key twice: the first submission counts, and the host is told
    /// of the others that could still be confirmed, so that it can withdraw them (`twice` in
    /// `extra`, an entry each).
    fn alone(&self, answered: Submission, key: &str) -> Result<Submitted, Fault> {
        let known = match self.of_key(key) {
            Ok(known) => known,
            // It was taken, and that is what the answer says; whether once, nobody could ask.
            Err(fault) => {
                let mut submitted = answered.submitted();
                submitted
                    .extra
                    .push(("not-asked-for-others".to_owned(), fault.code));
                return Ok(submitted);
            }
        };
        let mut known = known.into_iter();
        let first = known.next().unwrap_or(answered);
        let mut submitted = first.submitted();
        for other in known.filter(|other| other.id != first.id && other.state != "withdrawn") {
            submitted.extra.push(("twice".to_owned(), other.id));
        }
        Ok(submitted)
    }

    /// The submissions of a key, oldest first.
    fn of_key(&self, key: &str) -> Result<Vec<Submission>, Fault> {
        let found: Submissions = self.get(&format!("submissions?key={}", percent(key)))?;
        let mut found = found.submissions;
        found.retain(|known| known.key == key);
        Ok(found)
    }

    /// 請求状況, with the gateway's own time (`date` in `extra`, verbatim) for whoever wants to know
    /// how far the clocks are apart.
    pub(crate) fn status(&self, reference: &str) -> Result<Status, Fault> {
        let path = format!("submissions/{}", segment(reference)?);
        let response = self.asked(&path)?;
        let mut status = own(&response, reference)?.status();
        if let Some(date) = faults::header(&response, "date") {
            status.extra.push(("date".to_owned(), date));
        }
        Ok(status)
    }

    /// 受付・事務点検
    pub(crate) fn findings(&self, reference: &str) -> Result<Vec<Finding>, Fault> {
        let found: Findings = self.get(&format!("submissions/{}/findings", segment(reference)?))?;
        let rows = found.findings.into_iter();
        Ok(rows.map(|row| row.finding(reference)).collect())
    }

    /// 請求確定
    pub(crate) fn confirm(&self, reference: &str, include_errors: bool) -> Result<Status, Fault> {
        let errors = if include_errors { "include" } else { "exclude" };
        let path = format!(
            "submissions/{}/confirm?errors={errors}",
            segment(reference)?
        );
        let request = Request::new("POST", path);
        let done = |submission: &Submission| {
            let confirmation = submission.confirmation.as_ref();
            confirmation.is_some_and(|confirmation| confirmation.include_errors == include_errors)
        };
        self.change(reference, &request, done)
    }

    /// 請求取消
    pub(crate) fn withdraw(&self, reference: &str) -> Result<Status, Fault> {
        let path = format!("submissions/{}/withdraw", segment(reference)?);
        self.change(reference, &Request::new("POST", path), |submission| {
            submission.state == "withdrawn"
        })
    }

    /// 取下げ
    pub(crate) fn take_down(
        &self,
        reference: &str,
        receipts: &[u32],
        reason: &str,
    ) -> Result<Status, Fault> {
        if receipts.is_empty() || reason.trim().is_empty() {
            return Err(faults::nothing_to_take_down());
        }
        let path = format!("submissions/{}/take-down", segment(reference)?);
        let body = serde_json::json!({ "receipts": receipts, "reason": reason });
        let request = Request::new("POST", path)
            .header("content-type", "application/json")
            .body(body.to_string());
        self.change(reference, &request, |submission| {
            receipts
                .iter()
                .all(|number| submission.is_taken_down(*number))
        })
    }

    /// オンライン受領書
    pub(crate) fn acknowledgement(
        &self,
        reference: &str,
    ) -> Result<Option<Acknowledgement>, Fault> {
        let path = format!("submissions/{}/acknowledgement", segment(reference)?);
        let request = Request::new("GET", path).header("accept", "application/json");
        let response = self.endpoint.send(&request)?;
        if !response.is_success() {
            let fault = faults::refused(&response);
            let not_yet = fault.code == "gateway/acknowledgement-not-yet";
            return if not_yet { Ok(None) } else { Err(fault) };
        }
        let read: wire::Acknowledgement = parse(&response).map_err(Fault::later)?;
        if read.submission.as_deref().is_some_and(|of| of != reference) {
            return Err(faults::other_submission("acknowledgement").later());
        }
        let document = Document::new(
            format!("acknowledgement-{reference}.json"),
            DocumentKind::Other,
            response.body,
        );
        reading::acknowledged(read, reference, document).map(Some)
    }

    /// Everything the gateway has of this station for a month.
    pub(crate) fn submissions(&self, claim_month: &str) -> Result<Vec<KnownSubmission>, Fault> {
        let path = format!("submissions?claim_month={}", percent(claim_month));
        let found: Submissions = self.get(&path)?;
        found.submissions.into_iter().map(|s| s.known()).collect()
    }

    /// The file of a submission, as it was handed in; the host compares its digest with its key.
    pub(crate) fn document(&self, reference: &str) -> Result<Document, Fault> {
        let response = self.asked(&format!("submissions/{}/file", segment(reference)?))?;
        Ok(Document::new(
            CLAIM_FILE,
            DocumentKind::Claim,
            response.body,
        ))
    }

    /// What lies ready, oldest first. A file that does not come whole does not keep the others away:
    /// it is tried again with the next call, and said where it is the only one.
    pub(crate) fn downloads(&self, known: &[String]) -> Result<Vec<Download>, Fault> {
        let listed: Listed = self.get("downloads")?;
        let mut downloads = Vec::new();
        let mut failed = None;
        for row in listed.downloads {
            if known.contains(&row.id) {
                continue;
            }
            match self.download(row) {
                Ok(download) => downloads.push(download),
                Err(fault) => {
                    self.host
                        .log()
                        .warn("a download was left out", &[("code", &fault.code)]);
                    failed = failed.or(Some(fault));
                }
            }
        }
        match failed {
            Some(fault) if downloads.is_empty() => Err(fault),
            _ => Ok(downloads),
        }
    }

    fn download(&self, row: wire::Download) -> Result<Download, Fault> {
        let response = self.asked(&format!("downloads/{}", segment(&row.id)?))?;
        if hex::encode(Sha256::digest(&response.body)) != row.sha256 {
            return Err(faults::not_whole(&row.name));
        }
        Ok(Download {
            kind: wire::download_kind(&row.kind),
            payer: row.payer.as_deref().and_then(wire::payer),
            at: row.at,
            document: Document::new(row.name, DocumentKind::Other, response.body),
            id: row.id,
        })
    }

    fn submission(&self, reference: &str) -> Result<Submission, Fault> {
        let path = format!("submissions/{}", segment(reference)?);
        own(&self.asked(&path)?, reference)
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fault> {
        // What only reads can be read again.
        parse(&self.asked(path)?).map_err(Fault::later)
    }

    fn asked(&self, path: &str) -> Result<Response, Fault> {
        let response = self.endpoint.get(path)?;
        if response.is_success() {
            Ok(response)
        } else {
            Err(faults::refused(&response))
        }
    }

    /// Changes a submission's state; `done` tells from the outside whether it was changed.
    fn change(
        &self,
        reference: &str,
        request: &Request,
        done: impl Fn(&Submission) -> bool,
    ) -> Result<Status, Fault> {
        let find = || Ok(Some(self.submission(reference)?).filter(|submission| done(submission)));
        let own = |submission: &Submission| submission.id == reference;
        Ok(self.surely(request, own, find)?.status())
    }

    /// Sends a request; when its outcome is unknown, lets it settle and asks (`find`). Only when
    /// the gateway says that nothing of it is there is it sent again. `own` tells whether an answer
    /// is about what was asked: one about something else says nothing.
    fn surely(
        &self,
        request: &Request,
        own: impl Fn(&Submission) -> bool,
        find: impl Fn() -> Result<Option<Submission>, Fault>,
    ) -> Result<Submission, Fault> {
        let rounds = self.settings.rounds.max(1);
        let mut last = match self.attempt(request, &own) {
            Attempt::Done(submission) => return Ok(submission),
            Attempt::Refused(fault) => return Err(fault),
            Attempt::Unknown(fault) => fault,
        };
        for round in 1..=rounds {
            let settled = self
                .host
                .now()?
                .plus_seconds(self.settings.settle_seconds.into());
            self.host.sleep_until(settled);
            match find() {
                Ok(Some(submission)) => return Ok(submission),
                // Nothing of it is there: sending again is not blind. After the last answer a
                // person decides.
                Ok(None) if round < rounds => match self.attempt(request, &own) {
                    Attempt::Done(submission) => return Ok(submission),
                    Attempt::Refused(fault) => return Err(fault),
                    Attempt::Unknown(fault) => last = fault,
                },
                Ok(None) => return Err(faults::not_done(&last)),
                // Asking is refused, too, and will be again. What was sent may have been carried
                // out all the same.
                Err(fault) if fault.retry == RetryAdvice::Never => return Err(fault.ask_first()),
                Err(fault) => last = fault,
            }
        }
        Err(faults::still_unknown(rounds, &last))
    }

    fn attempt(&self, request: &Request, own: &impl Fn(&Submission) -> bool) -> Attempt {
        match self.endpoint.send(request) {
            Ok(response) if response.is_success() => match parse::<Submission>(&response) {
                Ok(submission) if own(&submission) => Attempt::Done(submission),
                Ok(other) => Attempt::Unknown(faults::other_submission(&other.id)),
                Err(fault) => Attempt::Unknown(fault),
            },
            Ok(response) if faults::may_have_acted(response.status) => {
                Attempt::Unknown(faults::refused(&response))
            }
            Ok(response) => Attempt::Refused(faults::refused(&response)),
            Err(fault) if fault.retry == RetryAdvice::AskFirst => Attempt::Unknown(fault),
            Err(fault) => Attempt::Refused(fault),
        }
    }
}

/// The submission that was asked about.
fn own(response: &Response, reference: &str) -> Result<Submission, Fault> {
    let submission: Submission = parse(response).map_err(Fault::later)?;
    if submission.id == reference {
        return Ok(submission);
    }
    // Reading again may bring the right one; nothing was changed.
    Err(faults::other_submission(&submission.id).later())
}

fn parse<T: DeserializeOwned>(response: &Response) -> Result<T, Fault> {
    serde_json::from_slice(&response.body)
        .map_err(|error| faults::unreadable(response, &error.to_string()))
}

/// 審査支払機関 (別表1).
fn payer_code(payer: Payer) -> &'static str {
    match payer {
        Payer::SocialInsuranceFund => "1",
        Payer::NationalHealthFederation => "2",
    }
}

fn kind(kind: FilingKind) -> &'static str {
    match kind {
        FilingKind::Claim => "claim",
        FilingKind::Trial => "trial",
    }
}

/// A reference as one path segment, which the gateway's are.
fn segment(reference: &str) -> Result<&str, Fault> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_~".contains(&b);
    let good = (1..=100).contains(&reference.len()) && reference.bytes().all(plain);
    good.then_some(reference)
        .ok_or_else(|| faults::bad_reference(reference))
}

/// Percent-encoding of everything that is not unreserved (RFC 3986 §2.3).
fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

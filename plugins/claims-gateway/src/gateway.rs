//! The functions of the protocol, and what is done when nobody knows what became of a request.

use crate::{
    Settings, faults,
    wire::{self, Findings, Returns, Submission, Submissions},
};
use reseplug_sdk::claims::{
    Acknowledgement, Download, DownloadKind, Filing, FilingKind, KnownSubmission, Status,
    Submission as Submitted,
};
use reseplug_sdk::{
    Context, Document, DocumentKind, Endpoint, Fault, Finding, Host, Payer, RetryAdvice,
    imports::{Request, Response},
};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// Name of the endpoint, as `plugin.toml` requests it.
const ENDPOINT: &str = "gateway";

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
        let find = || {
            let path = format!("submissions?key={}", percent(key));
            let found: Submissions = self.get(&path)?;
            Ok(found
                .submissions
                .into_iter()
                .find(|known| known.key == *key))
        };
        let submission = self.surely(&request, find)?;
        if submission.key != *key || submission.sha256 != filing.sha256 {
            return Err(faults::other_submission("key, sha256"));
        }
        Ok(submission.submitted())
    }

    /// 請求状況
    pub(crate) fn status(&self, reference: &str) -> Result<Status, Fault> {
        Ok(self.submission(reference)?.status())
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
        let done = |submission: &Submission| {
            let confirmation = submission.confirmation.as_ref();
            confirmation.is_some_and(|confirmation| confirmation.include_errors == include_errors)
        };
        self.change(reference, &path, done)
    }

    /// 請求取消
    pub(crate) fn withdraw(&self, reference: &str) -> Result<Status, Fault> {
        let path = format!("submissions/{}/withdraw", segment(reference)?);
        self.change(reference, &path, |submission| {
            submission.state == "withdrawn"
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
        let read: wire::Acknowledgement = parse(&response)?;
        let payer = wire::payer(&read.payer)
            .ok_or_else(|| faults::unreadable(&response, &format!("payer {:?}", read.payer)))?;
        Ok(Some(Acknowledgement {
            reference: reference.to_owned(),
            payer,
            claim_month: read.claim_month,
            receipts: read.receipts,
            total: read.total,
            number: read.number,
            at: read.at,
            document: Document::new(
                format!("acknowledgement-{reference}.json"),
                DocumentKind::Other,
                response.body,
            ),
            extra: vec![("automatic".to_owned(), read.automatic.to_string())],
        }))
    }

    /// Everything the gateway has of this station for a month.
    pub(crate) fn submissions(&self, claim_month: &str) -> Result<Vec<KnownSubmission>, Fault> {
        let path = format!("submissions?claim_month={}", percent(claim_month));
        let found: Submissions = self.get(&path)?;
        found.submissions.into_iter().map(|s| s.known()).collect()
    }

    /// 返戻, oldest first.
    pub(crate) fn downloads(&self, known: &[String]) -> Result<Vec<Download>, Fault> {
        let listed: Returns = self.get("returns")?;
        let mut downloads = Vec::new();
        for returned in listed.returns {
            if known.contains(&returned.id) {
                continue;
            }
            let path = format!("returns/{}", segment(&returned.id)?);
            let response = self.endpoint.get(&path)?;
            if !response.is_success() {
                return Err(faults::refused(&response));
            }
            if hex::encode(Sha256::digest(&response.body)) != returned.sha256 {
                return Err(faults::other_submission(&returned.name));
            }
            downloads.push(Download {
                id: returned.id,
                kind: DownloadKind::Returns,
                payer: None,
                at: None,
                document: Document::new(returned.name, DocumentKind::Other, response.body),
            });
        }
        Ok(downloads)
    }

    fn submission(&self, reference: &str) -> Result<Submission, Fault> {
        let submission: Submission = self.get(&format!("submissions/{}", segment(reference)?))?;
        if submission.id != reference {
            return Err(faults::other_submission(&submission.id));
        }
        Ok(submission)
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fault> {
        let response = self.endpoint.get(path)?;
        if !response.is_success() {
            return Err(faults::refused(&response));
        }
        parse(&response)
    }

    /// Changes a submission's state; `done` tells from the outside whether it was changed.
    fn change(
        &self,
        reference: &str,
        path: &str,
        done: impl Fn(&Submission) -> bool,
    ) -> Result<Status, Fault> {
        let request = Request::new("POST", path);
        let find = || Ok(Some(self.submission(reference)?).filter(|submission| done(submission)));
        Ok(self.surely(&request, find)?.status())
    }

    /// Sends a request; when its outcome is unknown, lets it settle and asks (`find`). Only when
    /// the gateway says that nothing of it is there is it sent again.
    fn surely(
        &self,
        request: &Request,
        find: impl Fn() -> Result<Option<Submission>, Fault>,
    ) -> Result<Submission, Fault> {
        let rounds = self.settings.rounds.max(1);
        let mut last = match self.attempt(request) {
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
                Ok(None) if round < rounds => match self.attempt(request) {
                    Attempt::Done(submission) => return Ok(submission),
                    Attempt::Refused(fault) => return Err(fault),
                    Attempt::Unknown(fault) => last = fault,
                },
                Ok(None) => return Err(faults::not_done(&last)),
                Err(fault) if fault.retry == RetryAdvice::Never => return Err(fault),
                Err(fault) => last = fault,
            }
        }
        Err(faults::still_unknown(rounds, &last))
    }

    fn attempt(&self, request: &Request) -> Attempt {
        match self.endpoint.send(request) {
            Ok(response) if response.is_success() => match parse(&response) {
                Ok(submission) => Attempt::Done(submission),
                Err(fault) => Attempt::Unknown(fault),
            },
            // 502 and 504 come from something between: what lies behind may have acted.
            Ok(response) if matches!(response.status, 500 | 502 | 504) => {
                Attempt::Unknown(faults::refused(&response))
            }
            Ok(response) => Attempt::Refused(faults::refused(&response)),
            Err(fault) if fault.retry == RetryAdvice::AskFirst => Attempt::Unknown(fault),
            Err(fault) => Attempt::Refused(fault),
        }
    }
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

//! What the gateway has of this station, and what is done about what this store lacks of it.

use super::record::{detail, receipts_of, rows};
use super::{Channel, payer_ja, told_by};
use crate::host::{Host, Loaded};
use reseplug_claims::{Book, Event, FilingKey, How, Kind, Receipt, Recorded, Stage};
use reseplug_effect::{Fault, RepeatClass, RetryAdvice};
use reseplug_engine::Call;
use reseplug_engine::contract::{Document, KnownSubmission, State, Status, Submission};
use reseplug_journal::{Flow, FlowError, Journal};
use reseplug_model::{Month, Payer};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Name of a claim file (記録条件仕様).
const CLAIM_FILE: &str = "RECEIPTH.UKE";

impl Host {
    /// The connector to ask before something leaves: the gateway, also before a hand-over where the
    /// station has one, for what went there must not be handed over as well.
    pub(super) fn before_leaving(
        &self,
        channel: Channel,
        connector: &Arc<Loaded>,
    ) -> Option<Arc<Loaded>> {
        let gateway = match channel {
            Channel::Gateway => Arc::clone(connector),
            Channel::Handover => {
                self.station().connectors.gateway.as_ref()?;
                let gateway = self.claims_plugin(Channel::Gateway).ok()?;
                self.ready(&gateway).ok()?;
                gateway
            }
        };
        gateway.offers("claims.submissions").then_some(gateway)
    }

    /// Asks the gateway what it has of the months in which it may have something that is not known
    /// here, so that a store that was restored from a backup files nothing a second time. What is not
    /// known is entered with its receipts, and stops the sending.
    ///
    /// A hand-over goes on where the gateway does not answer: it is what is done when lines fail.
    pub(super) fn nothing_unknown(
        &self,
        flow: &mut Flow<'_>,
        asked: Option<&Loaded>,
        channel: Channel,
        (leaving, receipts): (&FilingKey, &[Receipt]),
        by: &str,
    ) -> Result<(), FlowError> {
        let Some(gateway) = asked else {
            return Ok(());
        };
        let months: Vec<Month> = flow.step("months-to-ask", &(), RepeatClass::Safe, || {
            match leaving.kind {
                Kind::Trial => Ok(vec![leaving.month]),
                Kind::Claim => {
                    Ok(self
                        .book()?
                        .months_to_ask(leaving.payer, leaving.month, receipts))
                }
            }
        })?;
        let mut there = Vec::new();
        for month in months {
            match self.submissions(flow, gateway, month) {
                Ok(of_month) => there.extend(of_month),
                Err(FlowError::Fault(_)) if channel == Channel::Handover => {
                    self.say(
                        "ゲートウェイに尋ねられないため、そちらに送信済みのものがあるかは確かめていません",
                        "the gateway cannot be asked what it has already; going on",
                    );
                    return Ok(());
                }
                Err(other) => return Err(other),
            }
        }
        let mine = |key: &FilingKey| (key.payer, key.kind) == (leaving.payer, leaving.kind);
        there.retain(|one| key_of(one).is_some_and(|key| mine(&key)));
        let unknown = self.learn(flow, gateway, there, Some(leaving), by)?;
        let standing: Vec<&KnownSubmission> = unknown
            .iter()
            .filter(|one| !matches!(one.status.state, State::Withdrawn))
            .collect();
        match standing.as_slice() {
            [] => Ok(()),
            some => Err(FlowError::Fault(unknown_submission(some, leaving.month))),
        }
    }

    /// Asks the gateway about every month up to one of which something may have been forgotten, and
    /// enters what this store lacks.
    pub(super) fn learn_of(
        &self,
        flow: &mut Flow<'_>,
        gateway: &Loaded,
        upto: Month,
        by: &str,
    ) -> Result<(), FlowError> {
        if !gateway.offers("claims.submissions") {
            return Ok(());
        }
        let months: BTreeSet<Month> = flow.step("months-to-ask", &(), RepeatClass::Safe, || {
            let book = self.book()?;
            let of = |payer| book.months_to_ask(payer, upto, &[]);
            let mut months = of(Payer::SocialInsuranceFund);
            months.extend(of(Payer::NationalHealthFederation));
            Ok(months.into_iter().collect())
        })?;
        let mut there = Vec::new();
        for month in months {
            there.extend(self.submissions(flow, gateway, month)?);
        }
        self.learn(flow, gateway, there, None, by)?;
        Ok(())
    }

    /// Enters what this store lacks of what the gateway has: whole submissions, and what became of
    /// those that are known. Answers with the former.
    fn learn(
        &self,
        flow: &mut Flow<'_>,
        gateway: &Loaded,
        there: Vec<KnownSubmission>,
        leaving: Option<&FilingKey>,
        by: &str,
    ) -> Result<Vec<KnownSubmission>, FlowError> {
        let (unknown, news) = flow.step("unknown", &(), RepeatClass::Safe, || {
            let book = self.book()?;
            Ok((
                self.unknown(&book, leaving, &there),
                self.news(&book, &there),
            ))
        })?;
        self.record_step(flow, "learned", news)?;
        let mut files = Vec::new();
        for one in &unknown {
            files.push(self.file_of(flow, gateway, one)?);
        }
        flow.step("enter-unknown", &(), RepeatClass::Safe, || {
            for (one, file) in unknown.iter().zip(&files) {
                self.enter(one, file.as_deref(), by)?;
            }
            Ok(())
        })?;
        let book = self.book()?;
        for one in &unknown {
            let Some(filing) = key_of(one).and_then(|key| book.filing(&key)) else {
                continue;
            };
            if filing.reference() == Some(one.status.reference.as_str()) {
                self.ask_standing(flow, gateway, filing, &one.status.reference)?;
            }
        }
        Ok(unknown)
    }

    /// Everything the gateway has of a month.
    pub(super) fn submissions(
        &self,
        flow: &mut Flow<'_>,
        connector: &Loaded,
        claim_month: Month,
    ) -> Result<Vec<KnownSubmission>, FlowError> {
        let call = Call::Submissions {
            ctx: connector.context.clone(),
            claim_month: claim_month.to_string(),
        };
        self.call(flow, connector, &call)
    }

    /// Those of this station that this store lacks. The leaving one itself is none of them as long as
    /// it is alone: the gateway answers its key with what it has.
    fn unknown(
        &self,
        book: &Book,
        leaving: Option<&FilingKey>,
        there: &[KnownSubmission],
    ) -> Vec<KnownSubmission> {
        let lacks = |key: &FilingKey| {
            let known = book.filing(key);
            key.station == self.code() && known.is_none_or(|known| known.stage() < Stage::Sent)
        };
        // A key that was taken twice is one filing, and the first of its submissions counts.
        let mut seen = BTreeSet::new();
        let unknown: Vec<KnownSubmission> = there
            .iter()
            .filter(|one| key_of(one).is_some_and(|key| lacks(&key) && seen.insert(key)))
            .cloned()
            .collect();
        let alone = unknown.iter().all(|one| key_of(one).as_ref() == leaving);
        if alone { Vec::new() } else { unknown }
    }

    /// What the gateway says of submissions that are known here.
    fn news(&self, book: &Book, there: &[KnownSubmission]) -> Vec<Recorded> {
        there
            .iter()
            .filter_map(|one| {
                let filing = book.filing(&key_of(one)?)?;
                let same = filing.reference() == Some(one.status.reference.as_str());
                let event = told_by(&one.status).filter(|_| same)?;
                // What this host did itself is no news; what somebody reported is confirmed by it.
                let known = filing.events.iter().any(|known| {
                    matches!(known.how, How::Acted | How::Answered) && known.event == event
                });
                if known {
                    return None;
                }
                Some(self.told(&filing.key, event, How::Answered, super::OTHER_SIDE))
            })
            .collect()
    }

    /// The bytes of a submission: those of this store, else what the gateway keeps. None where
    /// neither has them, or where they are not what was sent.
    fn file_of(
        &self,
        flow: &mut Flow<'_>,
        gateway: &Loaded,
        one: &KnownSubmission,
    ) -> Result<Option<Vec<u8>>, FlowError> {
        let kept = flow.step("kept", &one.sha256, RepeatClass::Safe, || {
            Ok(self.journal().document(&one.sha256)?.is_some())
        })?;
        if kept {
            return Ok(self.journal().document(&one.sha256).map_err(Fault::from)?);
        }
        if !gateway.offers("claims.get-document") {
            return Ok(None);
        }
        let call = Call::SubmittedDocument {
            ctx: gateway.context.clone(),
            reference: one.status.reference.clone(),
        };
        match self.call::<Document>(flow, gateway, &call) {
            Ok(document) => Ok(Some(document.bytes)
                .filter(|bytes| reseplug_journal::document_digest(bytes) == one.sha256)),
            Err(FlowError::Fault(fault)) if fault.retry == RetryAdvice::Never => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Enters a submission that the other side has and this store has not.
    fn enter(&self, one: &KnownSubmission, file: Option<&[u8]>, by: &str) -> Result<(), Fault> {
        let Some(key) = key_of(one) else {
            return Ok(());
        };
        let job = format!("entered-{}", self.job_base("claim", &json!(one.key)));
        let args = json!({ "key": one.key, "reference": one.status.reference });
        let new = reseplug_journal::NewJob::new(&job, "flow.entered", self.code(), args);
        self.journal().begin(&new, self.now())?;
        // A file that cannot be read leaves its receipts unknown, and is asked about when it matters.
        let receipts = match file.map(|bytes| (bytes, receipts_of(CLAIM_FILE, bytes))) {
            Some((bytes, Ok(receipts))) => {
                self.journal().put_document(CLAIM_FILE, bytes, self.now())?;
                receipts
            }
            _ => Vec::new(),
        };
        let receipts = rows(&key, &receipts)?;
        let detail = detail(Channel::Gateway);
        self.journal()
            .claim_key(&one.key, &job, &detail, &receipts, self.now())?;
        let submitted = Event::Submitted {
            reference: one.status.reference.clone(),
        };
        let mut events = vec![self.told(&key, submitted, How::Answered, by)];
        events.extend(told_by(&one.status).map(|e| self.told(&key, e, How::Answered, by)));
        self.record(&job, Some(&job), &events)?;
        let outcome = reseplug_journal::Outcome::Done(json!(null));
        Ok(self.journal().finish(&job, &outcome, self.now())?)
    }

    /// Withdraws submissions that a gateway made of the same request: it would file them, too.
    pub(super) fn take_back_twins(
        &self,
        flow: &mut Flow<'_>,
        connector: &Loaded,
        twins: &[String],
    ) -> Result<(), FlowError> {
        for twin in twins {
            let call = Call::Withdraw {
                ctx: connector.context.clone(),
                reference: twin.clone(),
            };
            let _: Status = self.call(flow, connector, &call)?;
        }
        Ok(())
    }

    /// Withdraws what the gateway has of a month beside the filings that are known here: a gateway in
    /// trouble takes a key twice, and at 10日24時 it would confirm both.
    pub(super) fn take_strays_back(
        &self,
        flow: &mut Flow<'_>,
        connector: &Loaded,
        month: Month,
    ) -> Result<(), FlowError> {
        if !connector.offers("claims.submissions") {
            return Ok(());
        }
        let there = self.submissions(flow, connector, month)?;
        let strays: Vec<String> = flow.step("strays", &(), RepeatClass::Safe, || {
            let book = self.book()?;
            let open = |one: &&KnownSubmission| {
                !matches!(one.status.state, State::Withdrawn | State::Confirmed)
            };
            let stray = |one: &&KnownSubmission| {
                key_of(one).is_some_and(|key| book.is_stray(&key, &one.status.reference))
            };
            let all = there.iter().filter(open).filter(stray);
            Ok(all.map(|one| one.status.reference.clone()).collect())
        })?;
        self.take_back_twins(flow, connector, &strays)
    }
}

/// Submissions beside the first that a gateway made of the same request.
pub(super) fn twins(submission: &Submission) -> Vec<String> {
    let twice = submission.extra.iter().filter(|(name, _)| name == "twice");
    twice.map(|(_, twin)| twin.clone()).collect()
}

fn key_of(one: &KnownSubmission) -> Option<FilingKey> {
    one.key.parse().ok()
}

fn unknown_submission(unknown: &[&KnownSubmission], month: Month) -> Fault {
    let list: Vec<String> = unknown
        .iter()
        .map(|one| {
            let (of, payer) = (key_of(one), payer_ja(one.payer));
            let of = of.map_or_else(
                || one.key.clone(),
                |key| format!("{}請求分 第{}回", key.month, key.sequence),
            );
            format!(
                "{payer} {of} {}件 {}円（{}）",
                one.receipts, one.total, one.status.reference
            )
        })
        .collect();
    let list = list.join("、");
    let here = unknown
        .iter()
        .any(|one| key_of(one).is_some_and(|key| key.month == month && key.kind == Kind::Claim));
    let (ja, en) = match here {
        true => (
            "取り消すか、続けて送る理由を --again に書いてください",
            "withdraw them, or say with --again why another is sent",
        ),
        false => (
            "今回のファイルと重なるものがなければ、もう一度同じように送れます",
            "unless a receipt of this file is among them, the same command sends it now",
        ),
    };
    Fault::new(
        "claim/unknown-submission",
        format!(
            "提出先に、この記録になかった送信があります: {list}。バックアップから戻した後などに起きます。記録に加えました。`reseplug claim status` で確かめてください。{ja}。いまは何も送っていません。"
        ),
        format!(
            "the other side has sendings that were not in this record: {list} (perhaps after a restore from a backup). They are entered now; look at `reseplug claim status`. Then {en}. Nothing was sent"
        ),
    )
}

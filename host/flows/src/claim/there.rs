//! What the gateway has of this station, and what is done about what this store lacks of it.

use super::record::{detail, receipts_of, rows};
use super::{Channel, told_by};
use crate::host::{Host, Loaded};
use reseplug_claims::written::thousands;
use reseplug_claims::{Book, Event, Filing, FilingKey, How, Kind, Receipt, Recorded, Relation};
use reseplug_effect::{Fault, RepeatClass};
use reseplug_engine::Call;
use reseplug_engine::contract::{Document, KnownSubmission, State, Status, Submission};
use reseplug_journal::{FiledReceipt, Flow, FlowError, JobFilter, Journal, Outcome};
use reseplug_model::{Month, Payer};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Name of a claim file (記録条件仕様).
const CLAIM_FILE: &str = "RECEIPTH.UKE";

/// The code where the other side has sendings of which nobody was told.
pub(super) const UNKNOWN: &str = "claim/unknown-submission";

impl Host {
    /// The connector to ask before something leaves: the gateway, also before a hand-over where the
    /// station has one, for what went there must not be handed over as well.
    ///
    /// # Errors
    /// Why a gateway that there is cannot be asked.
    pub(super) fn before_leaving(
        &self,
        channel: Channel,
        connector: &Arc<Loaded>,
    ) -> Result<Option<Arc<Loaded>>, Fault> {
        let gateway = match channel {
            Channel::Gateway => Arc::clone(connector),
            Channel::Handover if self.station().connectors.gateway.is_none() => return Ok(None),
            Channel::Handover => {
                let gateway = self.claims_plugin(Channel::Gateway)?;
                self.ready(&gateway)?;
                gateway
            }
        };
        Ok(gateway.offers("claims.submissions").then_some(gateway))
    }

    /// Asks the gateway what it has of the months in which it may have something that is not known
    /// here, so that a store that was restored from a backup files nothing a second time. What is not
    /// known is entered with its receipts, and stops the sending.
    ///
    /// A hand-over goes on where the gateway cannot be asked, for it is what is done when lines fail;
    /// the answer is then why, to be recorded. Either way nothing leaves beside a sending of which nobody
    /// was told yet, whichever command learned of it.
    pub(super) fn nothing_unknown(
        &self,
        flow: &mut Flow<'_>,
        asked: &Result<Option<Arc<Loaded>>, Fault>,
        channel: Channel,
        (leaving, receipts): (&FilingKey, &[Receipt]),
        by: &str,
    ) -> Result<Option<String>, FlowError> {
        // Whether it can be asked may change between a run that was cut off and the next one.
        let asks: Result<bool, String> = flow.step("asks", &(), RepeatClass::Safe, || {
            Ok(match asked {
                Ok(gateway) => Ok(gateway.is_some()),
                Err(fault) => Err(fault.code.clone()),
            })
        })?;
        let unasked = match (asks, asked) {
            (Ok(true), Ok(Some(gateway))) => {
                self.look_around(flow, gateway, channel, (leaving, receipts), by)?
            }
            (Ok(true), Err(fault)) => return Err(FlowError::Fault(fault.clone())),
            (Ok(_), _) => None,
            (Err(code), _) => Some(self.goes_on_unasked(code)),
        };
        let untold: Vec<FilingKey> = flow.step("stops", &(), RepeatClass::Safe, || {
            let book = self.book()?;
            let stops = |filing: &Filing| stops(filing, channel, (leaving, receipts));
            Ok(match book.untold().any(stops) {
                true => book.untold().map(|filing| filing.key.clone()).collect(),
                false => Vec::new(),
            })
        })?;
        if untold.is_empty() {
            return Ok(unasked);
        }
        let book = self.book()?;
        let untold: Vec<&Filing> = untold.iter().filter_map(|key| book.filing(key)).collect();
        Err(FlowError::Fault(unknown_submission(&untold, leaving.month)))
    }

    /// Asks the gateway, and enters what this store lacks; the answer is why a hand-over goes on although
    /// it could not be asked.
    fn look_around(
        &self,
        flow: &mut Flow<'_>,
        gateway: &Loaded,
        channel: Channel,
        (leaving, receipts): (&FilingKey, &[Receipt]),
        by: &str,
    ) -> Result<Option<String>, FlowError> {
        let months: BTreeSet<Month> = flow.step("months-to-ask", &(), RepeatClass::Safe, || {
            match leaving.kind {
                Kind::Trial => Ok(BTreeSet::from([leaving.month])),
                Kind::Claim => self.months_to_ask(leaving.month, receipts),
            }
        })?;
        let mut there = Vec::new();
        for month in months {
            match self.submissions(flow, gateway, month) {
                Ok(of_month) => there.extend(of_month),
                // A rule that is missing is set right; it is no line that failed.
                Err(FlowError::Fault(fault))
                    if channel == Channel::Handover && !fault.code.starts_with("policy/") =>
                {
                    return Ok(Some(self.goes_on_unasked(fault.code)));
                }
                Err(other) => return Err(other),
            }
        }
        there.retain(|one| key_of(one).is_some_and(|key| key.kind == leaving.kind));
        // The gateway answers the key of what is leaving with what it has, so that alone it is no
        // news; a hand-over is answered by nobody.
        let own = Some(leaving).filter(|_| channel == Channel::Gateway);
        self.learn(flow, gateway, &there, own, by)?;
        let news = flow.step("news", &(), RepeatClass::Safe, || {
            Ok(self.news(&*self.book()?, &there))
        })?;
        self.record_step(flow, "learned", news)?;
        Ok(None)
    }

    fn goes_on_unasked(&self, code: String) -> String {
        self.say(
            "ゲートウェイに尋ねられないため、そちらに送信済みのものがあるかは確かめていません",
            "the gateway cannot be asked what it has already; going on",
        );
        code
    }

    /// The months in which the gateway may have something that is not known here, whoever the payer
    /// is: a receipt may have gone to the other one.
    fn months_to_ask(&self, upto: Month, receipts: &[Receipt]) -> Result<BTreeSet<Month>, Fault> {
        let book = self.book()?;
        let of = |payer| book.months_to_ask(payer, upto, receipts);
        let mut months: BTreeSet<Month> = of(Payer::SocialInsuranceFund).into_iter().collect();
        months.extend(of(Payer::NationalHealthFederation));
        Ok(months)
    }

    /// Asks the gateway about every month up to one of which something may have been forgotten, and
    /// enters what this store lacks, and what became of what it knows.
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
            self.months_to_ask(upto, &[])
        })?;
        let mut there = Vec::new();
        for month in months {
            there.extend(self.submissions(flow, gateway, month)?);
        }
        self.learn(flow, gateway, &there, None, by)?;
        let news = flow.step("news", &(), RepeatClass::Safe, || {
            Ok(self.news(&*self.book()?, &there))
        })?;
        self.record_step(flow, "learned", news)
    }

    /// Enters what this store lacks of what the gateway has: whole submissions, and receipts of those
    /// that were entered without them. Answers with the first.
    pub(super) fn learn(
        &self,
        flow: &mut Flow<'_>,
        gateway: &Loaded,
        there: &[KnownSubmission],
        leaving: Option<&FilingKey>,
        by: &str,
    ) -> Result<Vec<KnownSubmission>, FlowError> {
        let (unknown, unread) = flow.step("unknown", &(), RepeatClass::Safe, || {
            let book = self.book()?;
            Ok((self.unknown(&book, leaving, there), unread(&book, there)))
        })?;
        let mut files = Vec::new();
        for one in unknown.iter().chain(&unread) {
            files.push(self.file_of(flow, gateway, one)?);
        }
        let job = flow.id().to_owned();
        flow.step("enter-unknown", &(), RepeatClass::Safe, || {
            self.end_entered()?;
            for (one, file) in unknown.iter().zip(&files) {
                self.enter(one, file.as_deref(), by)?;
            }
            for (one, file) in unread.iter().zip(files.iter().skip(unknown.len())) {
                self.complete(&job, one, file.as_deref())?;
            }
            Ok(())
        })?;
        let book = self.book()?;
        for one in unknown.iter().chain(&unread) {
            if let Some(filing) = known(&book, one) {
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

    /// Those of this station that this store lacks. The leaving one is none of them as long as it is
    /// alone and stands. What the gateway took twice is withdrawn elsewhere, unless it is too late.
    fn unknown(
        &self,
        book: &Book,
        leaving: Option<&FilingKey>,
        there: &[KnownSubmission],
    ) -> Vec<KnownSubmission> {
        let mut seen = BTreeSet::new();
        let lacks = |one: &&KnownSubmission| {
            let Some(key) = key_of(one).filter(|key| key.station == self.code()) else {
                return false;
            };
            let confirmed = matches!(one.status.state, State::Confirmed);
            match book.relation(&key, &one.status.reference) {
                Relation::Known(_) => false,
                Relation::Twin(_) => confirmed,
                Relation::Unknown => seen.insert(key) || confirmed,
            }
        };
        let unknown: Vec<KnownSubmission> = there.iter().filter(lacks).cloned().collect();
        let alone = leaving.is_some()
            && unknown.iter().all(|one| {
                key_of(one).as_ref() == leaving && !matches!(one.status.state, State::Withdrawn)
            });
        if alone { Vec::new() } else { unknown }
    }

    /// What the gateway says of submissions that are known here.
    fn news(&self, book: &Book, there: &[KnownSubmission]) -> Vec<Recorded> {
        there
            .iter()
            .filter_map(|one| {
                let filing = known(book, one)?;
                let event = told_by(&one.status)?;
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
            // Its receipts stay unknown for now, and are asked for again with the next look.
            Err(FlowError::Fault(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Enters a submission that the other side has and this store has not.
    fn enter(&self, one: &KnownSubmission, file: Option<&[u8]>, by: &str) -> Result<(), Fault> {
        let book = self.book()?;
        let Some(key) = key_of(one).filter(|_| known(&book, one).is_none()) else {
            return Ok(());
        };
        let key = book.key_to_enter(&key);
        let of = json!([one.key, one.status.reference]);
        let job = format!("entered-{}", self.job_base("claim", &of));
        let args = json!({ "key": key, "reference": one.status.reference });
        let new = reseplug_journal::NewJob::new(&job, "flow.entered", self.code(), args);
        self.journal().begin(&new, self.now())?;
        let receipts = self.receipts_in(&key, file)?;
        let detail = detail(Channel::Gateway);
        self.journal()
            .claim_key(&key.to_string(), &job, &detail, &receipts, self.now())?;
        let submitted = Event::Submitted {
            reference: one.status.reference.clone(),
        };
        let mut events = vec![self.told(&key, submitted, How::Answered, by)];
        events.extend(told_by(&one.status).map(|e| self.told(&key, e, How::Answered, by)));
        self.record(&job, Some(&job), &events)?;
        let outcome = Outcome::Done(json!(null));
        Ok(self.journal().finish(&job, &outcome, self.now())?)
    }

    /// Ends entries of which everything is recorded, and whose run was cut off before it said so.
    fn end_entered(&self) -> Result<(), Fault> {
        let open = self.journal().job_heads(&JobFilter {
            station: Some(self.code().to_owned()),
            kind: Some("flow.entered".to_owned()),
            open: true,
            ..JobFilter::default()
        })?;
        if open.is_empty() {
            return Ok(());
        }
        let (book, owners) = self.book_and_jobs()?;
        for (key, owner) in owners.iter() {
            let whole = book
                .filing(key)
                .is_some_and(|one| one.reference().is_some());
            if whole && open.iter().any(|head| head.id == *owner) {
                let outcome = Outcome::Done(json!(null));
                self.journal().finish(owner, &outcome, self.now())?;
            }
        }
        Ok(())
    }

    /// Gives a filing that was entered without its file the receipts that it holds.
    fn complete(&self, job: &str, one: &KnownSubmission, file: Option<&[u8]>) -> Result<(), Fault> {
        let book = self.book()?;
        let Some(filing) = known(&book, one) else {
            return Ok(());
        };
        let receipts = self.receipts_in(&filing.key, file)?;
        if receipts.is_empty() {
            return Ok(());
        }
        let key = filing.key.to_string();
        self.journal()
            .complete_filing(&key, job, &receipts, self.now())?;
        let read = Event::Read {
            receipts: u32::try_from(receipts.len()).unwrap_or(u32::MAX),
        };
        let told = self.told(&filing.key, read, How::Answered, super::OTHER_SIDE);
        self.record(&format!("{job}/read {key}"), Some(job), &[told])
    }

    /// The receipts of a submission's file, which is kept. One that cannot be read leaves them
    /// unknown, and that is told when it matters.
    fn receipts_in(
        &self,
        key: &FilingKey,
        file: Option<&[u8]>,
    ) -> Result<Vec<FiledReceipt>, Fault> {
        let Some((bytes, Ok(receipts))) = file.map(|bytes| (bytes, receipts_of(CLAIM_FILE, bytes)))
        else {
            return Ok(Vec::new());
        };
        self.journal().put_document(CLAIM_FILE, bytes, self.now())?;
        rows(key, &receipts)
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

    /// Withdraws what the gateway has beside the filings that are known here: a gateway in trouble
    /// takes a key twice, and at 10日24時 it would confirm both. What this store lacks is entered.
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
        self.learn(flow, connector, &there, None, self.actor())?;
        self.take_back_of(flow, connector, &there)
    }

    /// The same of what it was just asked for.
    pub(super) fn take_back_of(
        &self,
        flow: &mut Flow<'_>,
        connector: &Loaded,
        there: &[KnownSubmission],
    ) -> Result<(), FlowError> {
        let strays: Vec<(FilingKey, String)> =
            flow.step("strays", &(), RepeatClass::Safe, || {
                let book = self.book()?;
                let open = there
                    .iter()
                    .filter(|one| !matches!(one.status.state, State::Withdrawn | State::Confirmed));
                let stray = |one: &KnownSubmission| {
                    let reference = &one.status.reference;
                    match book.relation(&key_of(one)?, reference) {
                        Relation::Twin(filing) => Some((filing.key.clone(), reference.clone())),
                        Relation::Known(_) | Relation::Unknown => None,
                    }
                };
                Ok(open.filter_map(stray).collect())
            })?;
        for (key, reference) in strays {
            self.take_back_twins(flow, connector, std::slice::from_ref(&reference))?;
            let name = format!("twin {reference}");
            let event = Event::TwinWithdrawn { reference };
            let told = self.told(&key, event, How::Acted, self.actor());
            self.record_step(flow, &name, vec![told])?;
        }
        Ok(())
    }
}

/// Submissions beside the first that a gateway made of the same request.
pub(super) fn twins(submission: &Submission) -> Vec<String> {
    let twice = submission.extra.iter().filter(|(name, _)| name == "twice");
    twice.map(|(_, twin)| twin.clone()).collect()
}

/// Whether a sending that was entered and told to nobody stands against what is leaving: another one of the
/// same month to the same payer, one with a receipt of the file, or one of which nobody can tell.
fn stops(filing: &Filing, channel: Channel, (leaving, receipts): (&FilingKey, &[Receipt])) -> bool {
    if filing.key.kind != leaving.kind {
        return false;
    }
    if filing.key == *leaving {
        // The gateway answers its own key; only taken back there it leaves under another number.
        return channel == Channel::Handover || filing.stage().is_gone();
    }
    let same_month = (filing.key.month, filing.key.payer) == (leaving.month, leaving.payer);
    let holds = |one: &Receipt| receipts.iter().any(|receipt| receipt.overlaps(one));
    same_month
        || (!filing.stage().is_gone() && (filing.is_unread() || filing.receipts.iter().any(holds)))
}

/// The filing that a submission is, if it is known.
pub(super) fn known<'b>(book: &'b Book, one: &KnownSubmission) -> Option<&'b Filing> {
    match book.relation(&key_of(one)?, &one.status.reference) {
        Relation::Known(filing) => Some(filing),
        Relation::Twin(_) | Relation::Unknown => None,
    }
}

/// Submissions that are known, and of whose receipts nothing is.
fn unread(book: &Book, there: &[KnownSubmission]) -> Vec<KnownSubmission> {
    let unread = |one: &&KnownSubmission| known(book, one).is_some_and(Filing::is_unread);
    there.iter().filter(unread).cloned().collect()
}

fn key_of(one: &KnownSubmission) -> Option<FilingKey> {
    one.key.parse().ok()
}

fn unknown_submission(unknown: &[&Filing], month: Month) -> Fault {
    let list: Vec<String> = unknown
        .iter()
        .map(|one| {
            let total = one.receipts.iter().map(|receipt| receipt.total);
            let total = thousands(total.fold(0, u64::saturating_add));
            let count = one.receipts.len();
            let holds = match one.is_unread() {
                true => "中身は不明".to_owned(),
                false => format!("{count}件 {total}円"),
            };
            let reference = one.reference().unwrap_or_default();
            format!("{} {holds}（{reference}）", one.key.name_ja())
        })
        .collect();
    let list = list.join("、");
    let here = unknown
        .iter()
        .any(|one| one.key.month == month && one.key.kind == Kind::Claim);
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
        UNKNOWN,
        format!(
            "提出先に、この記録になかった送信があります: {list}。バックアップから戻した後などに起きます。記録に加えました。`reseplug claim status` で確かめてください。{ja}。いまは何も送っていません。"
        ),
        format!(
            "the other side has sendings that were not in this record: {list} (perhaps after a restore from a backup). They are entered now; look at `reseplug claim status`. Then {en}. Nothing was sent"
        ),
    )
}

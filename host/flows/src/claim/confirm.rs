//! 請求確定 of the gateway's filings.

use super::send::began_by;
use super::standing::refused;
use super::there::known;
use super::{Channel, OfPayer, Sendings, Sent, told_by};
use crate::host::{Ended, Host, Loaded};
use reseplug_claims::{Action, Book, Event, Filing, FilingKey, How, Refused, Verdict};
use reseplug_effect::{Fault, RepeatClass, RetryAdvice};
use reseplug_engine::Call;
use reseplug_engine::contract::State;
use reseplug_journal::{Flow, FlowError, Journal};
use reseplug_model::{Month, Payer};
use serde_json::json;
use std::collections::BTreeMap;

impl Host {
    /// 請求確定 of the gateway's filings of a month. With `include_errors` 要確認 receipts are
    /// filed too. One that is confirmed already stays as it is; one that was taken back is passed
    /// over.
    ///
    /// # Errors
    /// `claim/nothing-filed`, `claim/not-a-sender`, `claim/outside-hours`, `claim/still-checking`;
    /// faults of the connector; when nobody knows whether a confirmation arrived, its state is
    /// asked for.
    pub fn confirm(
        &self,
        claim_month: Month,
        wanted: impl Into<Sendings>,
        include_errors: bool,
        by: &str,
        dry_run: bool,
    ) -> Result<Vec<OfPayer>, Fault> {
        self.is_sender(by)?;
        let wanted = wanted.into();
        let connector = self.claims_plugin(Channel::Gateway)?;
        let mut filings = self.open_over_gateway(&connector, claim_month, wanted, dry_run)?;
        if filings.len() > 1 {
            filings.retain(|(filing, _)| !filing.stage().is_gone());
        }
        // What is confirmed for one payer may stand against what is about to be for the other.
        let mut named = Vec::new();
        let mut ended = Vec::new();
        for (filing, sent) in filings {
            let book = self.book()?;
            let twin = twin_of(&book, &filing, include_errors);
            // A number chooses among sendings that somebody was told of.
            let stops = twin.filter(|(twin, _)| wanted.sequence.is_none() || twin.is_untold());
            let of = OfPayer {
                payer: sent.payer,
                ended: match stops {
                    Some((twin, shared)) => Err(two_sendings(&filing, twin, shared)),
                    None => {
                        self.confirm_one(&connector, &filing, sent, include_errors, by, dry_run)
                    }
                },
            };
            named.extend(stops.map(|(twin, _)| twin.key.clone()));
            ended.push(of);
        }
        if !dry_run {
            self.told_of(named, by)?;
        }
        Ok(ended)
    }

    fn confirm_one(
        &self,
        connector: &Loaded,
        filing: &Filing,
        sent: Sent,
        include_errors: bool,
        by: &str,
        dry_run: bool,
    ) -> Result<Ended<Sent>, Fault> {
        let of = json!({ "key": sent.key, "include_errors": include_errors });
        let id = self.job_id(None, "confirm", &of, false)?;
        let open = self.is_open(&id)?;
        if !open {
            // Whether the check is over is asked by the job itself.
            match filing.may(Action::Confirm) {
                Ok(()) | Err(Refused::Checking) => {}
                Err(Refused::Done) => return Ok(Ended::Done(sent)),
                Err(why) => return Err(refused(why)),
            }
            self.may_confirm(filing.key.payer, filing.key.month)?;
        }
        if dry_run {
            let mut would = filing.clone();
            let event = Event::Confirmed(reseplug_claims::Confirmation {
                include_errors: Some(include_errors),
                automatic: false,
                receipts: None,
                total: None,
                number: String::new(),
                at: String::new(),
            });
            would
                .events
                .push(self.told(&filing.key, event, How::Acted, by));
            return Ok(Ended::Done(self.seen(&would, &sent.job, Vec::new())));
        }
        let reference = sent.reference.clone();
        let args = json!({ "key": sent.key, "include_errors": include_errors, "by": by });
        let args = self.begun_with(&id, args)?;
        let by = &began_by(&args, by);
        let new = self.new_job(&id, "confirm", args, &[connector]);
        self.run(&new, |flow| {
            // What the check found is asked for first: it tells which receipts are left out.
            let (before, _) = self.ask_standing(flow, connector, filing, &reference)?;
            let status = match before.state {
                State::Checking => return Err(FlowError::Fault(refused(Refused::Checking))),
                State::Withdrawn => {
                    // What was sent instead may have been forgotten with it.
                    self.nothing_beside(flow, connector, filing, by)?;
                    return Err(FlowError::Fault(refused(Refused::Withdrawn)));
                }
                // Confirmed by itself, or by an answer that was lost: asking recorded it.
                State::Confirmed => return self.as_known(&filing.key, &sent),
                _ => {
                    self.nothing_beside(flow, connector, filing, by)?;
                    let confirm = Call::Confirm {
                        ctx: connector.context.clone(),
                        reference: reference.clone(),
                        include_errors,
                    };
                    match self.call(flow, connector, &confirm) {
                        Err(FlowError::Fault(fault)) if fault.retry == RetryAdvice::AskFirst => {
                            self.call(
                                flow,
                                connector,
                                &Call::Status {
                                    ctx: connector.context.clone(),
                                    reference: reference.clone(),
                                },
                            )?
                        }
                        other => other?,
                    }
                }
            };
            let event: Vec<_> = told_by(&status)
                .map(|event| self.told(&filing.key, event, How::Acted, by))
                .into_iter()
                .collect();
            self.record_step(flow, "confirmed", event)?;
            self.as_known(&filing.key, &sent)
        })
    }

    /// The gateway's filings of a month to do something about. Where a payer has none open as far as is
    /// known here, the gateway is asked first: a store that was restored from a backup has forgotten.
    pub(super) fn open_over_gateway(
        &self,
        connector: &Loaded,
        claim_month: Month,
        wanted: Sendings,
        dry_run: bool,
    ) -> Result<Vec<(Filing, Sent)>, Fault> {
        let known = self.over_gateway(claim_month, wanted);
        let open = |payer: Payer| {
            let is_open = |(filing, _): &(Filing, Sent)| {
                let stage = filing.stage();
                filing.key.payer == payer && !stage.is_gone() && !stage.is_filed()
            };
            known.as_ref().is_ok_and(|all| all.iter().any(is_open))
        };
        let payers: Vec<Payer> = Payer::ALL
            .into_iter()
            .filter(|payer| wanted.payer.is_none_or(|wanted| wanted == *payer))
            .collect();
        if dry_run || payers.iter().all(|payer| open(*payer)) {
            return known;
        }
        match self.look_for(connector, claim_month, wanted.payer) {
            Ok(()) => self.over_gateway(claim_month, wanted),
            Err(_) if payers.iter().any(|payer| open(*payer)) => known,
            // A line that failed may work later; a station that has no certificate never went there.
            // Either way what is on record is said beside it.
            Err(fault) => match known {
                Err(nothing) => Err(unasked(nothing, fault)),
                Ok(_) => Err(fault),
            },
        }
    }

    /// Before a filing is confirmed: what the gateway has beside it and this store lacks is entered, and
    /// stops the confirmation where it holds the same receipts; what it took twice is withdrawn.
    fn nothing_beside(
        &self,
        flow: &mut Flow<'_>,
        connector: &Loaded,
        filing: &Filing,
        by: &str,
    ) -> Result<(), FlowError> {
        if !connector.offers("claims.submissions") {
            return Ok(());
        }
        let there = self.submissions(flow, connector, filing.key.month)?;
        let entered = self.learn(flow, connector, &there, None, by)?;
        let beside: Option<FilingKey> = flow.step("beside", &(), RepeatClass::Safe, || {
            if entered.is_empty() {
                return Ok(None);
            }
            let book = self.book()?;
            let news = entered.iter().filter_map(|one| known(&book, one));
            let same = news.into_iter().find(|other| overlap(filing, other));
            Ok(same.map(|other| other.key.clone()))
        })?;
        if let Some(other) = beside {
            let book = self.book()?;
            let twin = book.filing(&other).unwrap_or(filing);
            return Err(FlowError::Fault(two_sendings(
                filing,
                twin,
                filing.receipts.len(),
            )));
        }
        self.take_back_of(flow, connector, &there)
    }

    /// A filing as the book has it now.
    pub(super) fn as_known(&self, key: &FilingKey, sent: &Sent) -> Result<Sent, FlowError> {
        let (book, jobs) = self.book_and_jobs()?;
        Ok(book
            .filing(key)
            .map_or_else(|| sent.clone(), |filing| self.sent(filing, &jobs)))
    }

    /// Whether a job was cut off. Asking where a filing stands may have told its outcome in the
    /// meantime; it is taken up all the same, so that no effect stays without a result.
    pub(super) fn is_open(&self, id: &str) -> Result<bool, Fault> {
        let job = self.journal().job(id)?;
        Ok(job.is_some_and(|job| !job.state.is_closed()))
    }
}

/// Nothing is known here, and the gateway could not be asked either.
fn unasked(nothing: Fault, why: Fault) -> Fault {
    let last = match why.retry {
        RetryAdvice::Never => nothing.clone(),
        _ => why.clone(),
    };
    Fault {
        message_ja: format!(
            "{}（この記録にあるものだけです。ゲートウェイには尋ねられませんでした: {}）",
            nothing.message_ja, why.message_ja
        ),
        message_en: format!(
            "{} (that is what is on record here; the gateway could not be asked: {})",
            nothing.message_en, why.message_en
        ),
        ..last
    }
}

/// Another sending, of whatever payer, month and channel, with which receipts that would be confirmed
/// here would be filed twice, and how many: one that nobody was told of before any other.
fn twin_of<'b>(
    book: &'b Book,
    filing: &Filing,
    include_errors: bool,
) -> Option<(&'b Filing, usize)> {
    if filing.stage().is_filed() || filing.is_trial() {
        return None;
    }
    let worst = match include_errors {
        true => Verdict::Attention,
        false => Verdict::Normal,
    };
    let mut own = filing.receipts.clone();
    own.retain(|one| filing.verdict(one.number) <= worst);
    let mut shared: BTreeMap<&FilingKey, usize> = BTreeMap::new();
    let twice = book.duplicates(&own, Some(&filing.key));
    for one in &twice {
        let count = shared.entry(&one.standing.filing).or_default();
        *count = count.saturating_add(1);
    }
    let unread = |other: &Filing| {
        other.key.month == filing.key.month
            && (filing.is_unread() || other.is_unread())
            && overlap(filing, other)
    };
    let twins: Vec<(&Filing, usize)> = book
        .filings()
        .iter()
        .filter_map(|other| match shared.get(&other.key) {
            Some(count) => Some((other, *count)),
            None => unread(other).then_some((other, own.len())),
        })
        .collect();
    let untold = twins.iter().find(|(other, _)| other.is_untold());
    untold.or_else(|| twins.first()).copied()
}

/// Whether two sendings hold the same receipts, and confirming both would file them twice.
fn overlap(one: &Filing, other: &Filing) -> bool {
    one.key != other.key
        && !one.stage().is_filed()
        && !other.stage().is_gone()
        && one.key.payer == other.key.payer
        && one.is_trial() == other.is_trial()
        // What nobody knows may be the same.
        && (one.is_unread()
            || other.is_unread()
            || one
                .receipts
                .iter()
                .any(|receipt| other.claims().any(|twin| twin.overlaps(receipt))))
}

fn two_sendings(one: &Filing, other: &Filing, shared: usize) -> Fault {
    let name = |filing: &Filing| {
        let (payer, channel) = (filing.key.payer.name_ja(), filing.channel.name_ja());
        let (month, sequence) = (filing.key.month, filing.key.sequence);
        format!(
            "{payer} {month}請求分 第{sequence}回、{channel}、{}",
            filing.stage().name_ja()
        )
    };
    let part = shared < one.receipts.len();
    let (do_ja, do_en) = match (other.stage().is_filed(), other.channel) {
        _ if part => (
            "重なっているのは一部だけです。ここで取り消すと、残りのレセプトも請求されません。この送信を claim withdraw --sequence で取り消したら、重なったレセプトを除いて承認し、送り直してください。",
            "Only some are shared: withdrawn (claim withdraw --sequence), the others are not filed either, so approve and send again without those that are shared",
        ),
        (true, _) => (
            "あとの送信はすでに請求確定しています。この送信は claim withdraw --sequence で取り消してください。",
            "The other one is confirmed already: withdraw this one (claim withdraw --sequence)",
        ),
        (false, Channel::Gateway) => (
            "使わないほうを claim withdraw --sequence で取り消してください。",
            "Withdraw the one that is not used (claim withdraw --sequence)",
        ),
        (false, Channel::Handover) => (
            "引き渡したファイルを公式の端末で送っていなければ claim report cancelled で記録し、送っていればこの送信を claim withdraw --sequence で取り消してください。",
            "If the file that was handed over was not sent, record that (claim report cancelled); if it was, withdraw this one (claim withdraw --sequence)",
        ),
    };
    Fault::new(
        "claim/two-sendings",
        format!(
            "同じレセプト（{shared}件）を含む送信が2つあります（{}　と　{}）。両方を確定すると二重請求になるため、この送信は確定していません。{do_ja}それでも確定するときは、--sequence {} で指定します。",
            name(one),
            name(other),
            one.key.sequence
        ),
        format!(
            "two sendings ({} and {}) hold {shared} of the same receipts, and confirming both would file them twice; this one was not confirmed. {do_en}. To confirm it all the same, name it with --sequence {}",
            one.key.name_en(),
            other.key.name_en(),
            one.key.sequence
        ),
    )
}

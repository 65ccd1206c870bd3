//! What was sent is taken back: 請求取消 before it is confirmed, 取下げ after.

use super::report::which_sending;
use super::send::began_by;
use super::standing::refused;
use super::{Channel, OfPayer, Sendings, Sent, told_by};
use crate::host::{Ended, Host, Loaded};
use reseplug_claims::{
    Action, Event, Filing, FilingKey, How, Kind, Place, Receipt, Refused, Standing,
};
use reseplug_effect::Fault;
use reseplug_engine::Call;
use reseplug_engine::contract::Status;
use reseplug_journal::FlowError;
use reseplug_model::{Month, Payer};
use serde_json::json;
use std::collections::BTreeMap;

impl Host {
    /// 請求取消 of the gateway's filings of a month.
    ///
    /// # Errors
    /// `claim/nothing-filed`, `claim/confirmed`; faults of the connector.
    pub fn withdraw(
        &self,
        claim_month: Month,
        wanted: impl Into<Sendings>,
        by: &str,
        dry_run: bool,
    ) -> Result<Vec<OfPayer>, Fault> {
        self.is_sender(by)?;
        let connector = self.claims_plugin(Channel::Gateway)?;
        let filings = self.open_over_gateway(&connector, claim_month, wanted.into(), dry_run)?;
        let filings = to_take_back(filings);
        Ok(filings
            .into_iter()
            .map(|(filing, sent)| OfPayer {
                payer: sent.payer,
                ended: self.withdraw_one(&connector, &filing, sent, by, dry_run),
            })
            .collect())
    }

    fn withdraw_one(
        &self,
        connector: &Loaded,
        filing: &Filing,
        sent: Sent,
        by: &str,
        dry_run: bool,
    ) -> Result<Ended<Sent>, Fault> {
        let of = json!({ "key": sent.key, "job": sent.job });
        let id = self.job_id(None, "withdraw", &of, false)?;
        if !self.is_open(&id)? {
            match filing.may(Action::Withdraw) {
                Ok(()) => {}
                Err(Refused::Done) => return Ok(Ended::Done(sent)),
                Err(why) => return Err(refused(why)),
            }
        }
        if dry_run {
            return Ok(Ended::Done(sent));
        }
        let args = json!({ "key": sent.key, "job": sent.job, "by": by });
        let args = self.begun_with(&id, args)?;
        let by = &began_by(&args, by);
        let new = self.new_job(&id, "withdraw", args, &[connector]);
        self.run(&new, |flow| {
            let call = Call::Withdraw {
                ctx: connector.context.clone(),
                reference: sent.reference.clone(),
            };
            let status: Status = self.call(flow, connector, &call)?;
            let event: Vec<_> = told_by(&status)
                .map(|event| self.told(&filing.key, event, How::Acted, by))
                .into_iter()
                .collect();
            self.record_step(flow, "withdrawn", event)?;
            match self.take_strays_back(flow, connector, filing.key.month) {
                Err(FlowError::Fault(fault)) => {
                    return Err(FlowError::Fault(perhaps_twice(filing, fault)));
                }
                other => other?,
            }
            self.as_known(&filing.key, &sent)
        })
    }

    /// 取下げ: asks the payer for receipts of a confirmed filing. With a gateway the request goes
    /// there; what was handed over is asked for by staff, and this records that they do.
    ///
    /// # Errors
    /// `claim/not-confirmed`, `claim/no-such-sending`, `claim/unknown-receipt`, `claim/which-sending` when
    /// several sendings have such a number; faults of the connector.
    pub fn take_down(
        &self,
        claim_month: Month,
        (payer, sequence): (Payer, Option<u32>),
        receipts: &[u32],
        reason: &str,
        by: &str,
        dry_run: bool,
    ) -> Result<TakenDown, Fault> {
        self.is_sender(by)?;
        let (book, jobs) = self.book_and_jobs()?;
        let filed: Vec<&Filing> = book
            .sendings(claim_month, payer, Kind::Claim)
            .into_iter()
            .filter(|f| f.stage().is_filed())
            .collect();
        let meant: Vec<&Filing> = filed
            .iter()
            .copied()
            .filter(|f| sequence.is_none_or(|n| n == f.key.sequence))
            .collect();
        if filed.is_empty() {
            return Err(refused(Refused::NotConfirmed));
        }
        if let (Some(n), true) = (sequence, meant.is_empty()) {
            let there: Vec<Sent> = filed.iter().map(|f| self.sent(f, &jobs)).collect();
            return Err(super::standing::no_such_sending(claim_month, n, &there));
        }
        let has = |filing: &Filing, number: u32| filing.claims().any(|one| one.number == number);
        for number in receipts {
            if meant.iter().filter(|f| has(f, *number)).count() > 1 {
                let keys: Vec<&FilingKey> = meant.iter().map(|f| &f.key).collect();
                let mut all: Vec<Standing> = book.receipts().collect();
                all.retain(|one| one.receipt.number == *number && keys.contains(&&one.filing));
                return Err(which_sending(&all));
            }
        }
        let holds = |filing: &&&Filing| receipts.iter().all(|number| has(filing, *number));
        let found = meant.iter().rfind(holds).filter(|_| !receipts.is_empty());
        let Some(filing) = found.copied() else {
            let missing: Vec<String> = receipts
                .iter()
                .filter(|number| !meant.iter().any(|f| has(f, **number)))
                .map(u32::to_string)
                .collect();
            return Err(Fault::new(
                "claim/unknown-receipt",
                format!(
                    "取下げるレセプト番号を確かめてください（請求した中にない番号: {}）。`reseplug claim receipts` で番号が分かります。ほかの送信回のものは、分けて依頼します。",
                    missing.join("、")
                ),
                format!(
                    "name receipts of one filing; these are none of what was claimed: {}. See `reseplug claim receipts`",
                    missing.join(", ")
                ),
            ));
        };
        filing.may(Action::TakeDown).map_err(refused)?;
        let sent = self.sent(filing, &jobs);
        let back: Vec<String> = book
            .receipts()
            .filter(|one| one.filing == filing.key && receipts.contains(&one.receipt.number))
            .filter(|one| one.place == Place::Returned)
            .map(|one| one.receipt.number.to_string())
            .collect();
        if !back.is_empty() {
            return Err(Fault::new(
                "claim/came-back",
                format!(
                    "{}番のレセプトは、すでに返戻で戻っています。取下げは依頼していません。直して次の請求に入れてください（`reseplug claim late`）。",
                    back.join("、")
                ),
                format!(
                    "receipts {} have come back already; nothing was asked. Correct them and file them again (`reseplug claim late`)",
                    back.join(", ")
                ),
            ));
        }
        let asked = |number: &u32| {
            book.receipts().any(|one| {
                one.filing == filing.key && one.receipt.number == *number && one.take_down_asked
            })
        };
        let again = receipts.iter().all(asked);
        let named: Vec<Receipt> = filing
            .claims()
            .filter(|one| receipts.contains(&one.number))
            .cloned()
            .collect();
        let taken = |ended| TakenDown {
            receipts: named,
            channel: filing.channel,
            again,
            ended,
        };
        if dry_run || again {
            return Ok(taken(Ended::Done(sent)));
        }
        let event = Event::TakeDownAsked {
            receipts: receipts.to_vec(),
            reason: reason.to_owned(),
        };
        if filing.channel == Channel::Handover {
            let told = self.told(&filing.key, event, How::Reported, by);
            self.record(&self.fresh_id("take-down"), None, &[told])?;
            return Ok(taken(Ended::Done(sent)));
        }
        let connector = self.claims_plugin(Channel::Gateway)?;
        let args = json!({ "key": sent.key, "receipts": receipts, "reason": reason });
        let id = self.job_id(None, "take-down", &args, false)?;
        let new = self.new_job(&id, "take-down", args, &[&connector]);
        let ended = self.run(&new, |flow| {
            let call = Call::TakeDown {
                ctx: connector.context.clone(),
                reference: sent.reference.clone(),
                receipts: receipts.to_vec(),
                reason: reason.to_owned(),
            };
            let _: Status = self.call(flow, &connector, &call)?;
            let told = self.told(&filing.key, event.clone(), How::Acted, by);
            self.record_step(flow, "take-down", vec![told])?;
            self.as_known(&filing.key, &sent)
        })?;
        Ok(taken(ended))
    }
}

/// A request for 取下げ and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct TakenDown {
    /// The receipts that are asked for.
    pub receipts: Vec<Receipt>,
    /// How they had left: over a gateway the request went there.
    pub channel: Channel,
    /// They had been asked for before, and nothing was done now.
    pub again: bool,
    /// Their filing.
    pub ended: Ended<Sent>,
}

/// It was withdrawn, and whether the other side had taken it twice is not known.
fn perhaps_twice(filing: &Filing, fault: Fault) -> Fault {
    let key = &filing.key;
    Fault {
        message_ja: format!(
            "{}は取り消しましたが、提出先が二重に受け付けていないかを確かめられませんでした。もう一度 `reseplug claim withdraw` を実行してください。（{}）",
            key.name_ja(),
            fault.message_ja
        ),
        message_en: format!(
            "{} is withdrawn, but whether the other side had taken it twice could not be found out; give `reseplug claim withdraw` once more ({})",
            key.name_en(),
            fault.message_en
        ),
        ..fault
    }
}

/// What a withdrawal is about: whatever can still be taken back. A sending that was confirmed before
/// is no reason to refuse it for the one that came after. Where nothing can be taken back, the last
/// sending says why.
fn to_take_back(filings: Vec<(Filing, Sent)>) -> Vec<(Filing, Sent)> {
    let whose = |filing: &Filing| (filing.key.payer, filing.key.kind);
    let open =
        |filing: &Filing| matches!(filing.may(Action::Withdraw), Ok(()) | Err(Refused::Unknown));
    let mut wanted: BTreeMap<_, (bool, usize)> = BTreeMap::new();
    for (at, (filing, _)) in filings.iter().enumerate() {
        let one = wanted.entry(whose(filing)).or_default();
        *one = (one.0 || open(filing), at);
    }
    let mut at = 0_usize..;
    let mut filings = filings;
    filings.retain(|(filing, _)| {
        let (any, last) = wanted.get(&whose(filing)).copied().unwrap_or_default();
        let here = at.next();
        match any {
            true => open(filing),
            false => here == Some(last),
        }
    });
    filings
}

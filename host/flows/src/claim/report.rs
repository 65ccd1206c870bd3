//! What staff did in the official terminal, as they say it.

use super::{Channel, Sent};
use crate::host::Host;
use reseplug_claims::written::{signed, thousands};
use reseplug_claims::{
    Book, Confirmation, Contradiction, Event, Filing, How, Kind, Recorded, Standing, Verdict,
};
use reseplug_effect::Fault;
use reseplug_engine::Call;
use reseplug_engine::contract::Status;
use reseplug_model::{Month, Payer};
use serde_json::json;
use std::path::PathBuf;

/// What somebody says was done in the official terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// レセプト送信
    Sent {
        /// 受付番号, where they noted it.
        number: String,
    },
    /// 請求取消, or the file will not be sent at all.
    Cancelled,
    /// 請求確定
    Confirmed {
        /// エラー分含む; absent where they do not say.
        include_errors: Option<bool>,
        /// 受付番号, where they noted it.
        number: String,
        /// レセプト番号 of those that were left out, where they name them.
        left_out: Vec<u32>,
    },
}

/// A report about what was handed over.
#[derive(Debug, Clone)]
pub struct ReportRequest {
    /// 請求年月
    pub claim_month: Month,
    /// 審査支払機関
    pub payer: Payer,
    /// 確認試験
    pub trial: bool,
    /// 送信回; absent: the last one.
    pub sequence: Option<u32>,
    /// What was done.
    pub told: Told,
    /// The file that was sent, where this record does not have it: sent before a backup was taken
    /// back, or by another program.
    pub file: Option<PathBuf>,
    /// When, in their words; empty where they do not say.
    pub at: String,
    /// Who says so.
    pub by: String,
    /// Record nothing.
    pub dry_run: bool,
}

impl Host {
    /// Records what staff say they did in the official terminal, in any order. It is shown as what
    /// it is: a report, until a file of the payer says the same or otherwise. A cancelled file is
    /// marked in the hand-over folder, so that nobody sends it by mistake.
    ///
    /// # Errors
    /// `claim/nothing-handed-over`, `claim/ask-instead` for what went over a gateway,
    /// `claim/trial` for a confirmation of a trial; faults of the hand-over folder.
    pub fn report_claim(&self, request: &ReportRequest) -> Result<Sent, Fault> {
        self.is_sender(&request.by)?;
        let (book, jobs) = self.book_and_jobs()?;
        let kind = if request.trial {
            Kind::Trial
        } else {
            Kind::Claim
        };
        let left = match &request.file {
            Some(path) => Some((self.left(request, path)?, path)),
            None => None,
        };
        let entered = left.as_ref().map(|(left, _)| left.filing());
        let mut sendings = book.sendings(request.claim_month, request.payer, kind);
        sendings.extend(
            entered
                .as_ref()
                .filter(|one| book.filing(&one.key).is_none()),
        );
        let own = |filing: &&&Filing| {
            let meant = match &left {
                Some((left, _)) => filing.key == left.key,
                None => filing.reference().is_some(),
            };
            // Of a gateway's filing staff can tell one thing: what it left out, where its totals do not say.
            let untold = filing.contradiction() == Some(Contradiction::OtherTotals)
                && matches!(&request.told, Told::Confirmed { left_out, .. } if !left_out.is_empty());
            meant
                && (filing.channel == Channel::Handover || untold)
                && request.sequence.is_none_or(|n| n == filing.key.sequence)
        };
        let Some(filing) = sendings.iter().rfind(own) else {
            let handed: Vec<Sent> = sendings
                .iter()
                .filter(|filing| filing.channel == Channel::Handover)
                .map(|filing| self.sent(filing, &jobs))
                .collect();
            return Err(match request.sequence {
                Some(sequence) if !handed.is_empty() && left.is_none() => {
                    super::standing::no_such_sending(request.claim_month, sequence, &handed)
                }
                _ => nothing(request, sendings.last().copied()),
            });
        };
        let event = match &request.told {
            Told::Sent { number } => Event::Sent {
                at: request.at.clone(),
                number: number.clone(),
            },
            Told::Cancelled => Event::Withdrawn {},
            Told::Confirmed { .. } if request.trial => {
                return Err(super::standing::refused(reseplug_claims::Refused::Trial));
            }
            Told::Confirmed {
                include_errors,
                number,
                left_out,
            } => Event::Confirmed(Confirmation {
                include_errors: match left_out.is_empty() {
                    true => *include_errors,
                    false => Some(false),
                },
                automatic: false,
                receipts: None,
                total: None,
                number: number.clone(),
                at: request.at.clone(),
            }),
        };
        let left_out = match &request.told {
            Told::Confirmed {
                left_out,
                include_errors: Some(true),
                ..
            } if !left_out.is_empty() => {
                return Err(Fault::new(
                    "claim/left-out-and-included",
                    "--left-out（除かれたレセプト）と --errors include（エラー分含む）は一緒に指定できません。何も記録していません。",
                    "--left-out and --errors include contradict each other; nothing was recorded",
                ));
            }
            Told::Confirmed { left_out, .. } => found_by_staff(filing, left_out)?,
            _ => None,
        };
        let tell = |event| self.told(&filing.key, event, How::Reported, &request.by);
        let told: Vec<Recorded> = left_out.into_iter().chain([event]).map(tell).collect();
        if request.dry_run {
            let mut would = (**filing).clone();
            would.events.extend(told);
            return Ok(self.sent(&would, &jobs));
        }
        if let Some((left, path)) = &left {
            self.enter_left(left, path, &request.by)?;
        } else if request.told == Told::Cancelled {
            self.mark_cancelled(filing)?;
        }
        self.record(&self.fresh_id("report"), None, &told)?;
        let (book, jobs) = self.book_and_jobs()?;
        let now = book.filing(&filing.key).unwrap_or(filing);
        Ok(self.sent(now, &jobs))
    }

    /// Marks a cancelled file in the hand-over folder.
    fn mark_cancelled(&self, filing: &Filing) -> Result<(), Fault> {
        let connector = self.claims_plugin(Channel::Handover)?;
        let Some(reference) = filing.reference() else {
            return Ok(());
        };
        // What was entered by its file lies in no folder of ours.
        if filing.files().is_empty() {
            return Ok(());
        }
        if !connector.offers("claims.withdraw") {
            return Ok(());
        }
        let args = json!({ "key": filing.key });
        let id = self.job_id(None, "mark", &args, false)?;
        let new = self.new_job(&id, "mark", args, &[&connector]);
        self.run(&new, |flow| {
            let call = Call::Withdraw {
                ctx: connector.context.clone(),
                reference: reference.to_owned(),
            };
            let status: Status = self.call(flow, &connector, &call)?;
            Ok(status)
        })?;
        Ok(())
    }

    /// The id of something that a person says: each time it is said is another.
    pub(super) fn fresh_id(&self, what: &str) -> String {
        let now = self.now();
        let mut nonce = [0u8; 4];
        // Two reports of the same microsecond would be one; without randomness they still differ
        // in what they say.
        let _ = getrandom::fill(&mut nonce);
        format!(
            "{what}-{}-{}-{}",
            self.code(),
            now.as_microsecond(),
            hex::encode(nonce)
        )
    }
}

/// What staff say that the check found: nothing where they name no receipt. It stands beside what is
/// known, and takes the place of what they said before.
fn found_by_staff(filing: &Filing, left_out: &[u32]) -> Result<Option<Event>, Fault> {
    if left_out.is_empty() {
        return Ok(None);
    }
    let unknown: Vec<String> = left_out
        .iter()
        .filter(|number| !filing.receipts.iter().any(|one| one.number == **number))
        .map(u32::to_string)
        .collect();
    if !unknown.is_empty() {
        return Err(Fault::new(
            "claim/unknown-receipt",
            format!(
                "送信したファイルに {} 番のレセプトはありません。`reseplug claim receipts` で番号を確かめてください。何も記録していません。",
                unknown.join("、")
            ),
            format!(
                "the file has no receipt {}; see `reseplug claim receipts`. Nothing was recorded",
                unknown.join(", ")
            ),
        ));
    }
    Ok(Some(Event::Findings {
        verdicts: left_out
            .iter()
            .map(|number| (*number, Verdict::Attention))
            .collect(),
        findings: json!([]),
    }))
}

fn nothing(request: &ReportRequest, last: Option<&Filing>) -> Fault {
    let payer = request.payer.name_ja();
    let month = request.claim_month;
    match last {
        Some(filing) if filing.channel == Channel::Gateway => Fault::new(
            "claim/ask-instead",
            format!(
                "{month}請求分の{payer}はゲートウェイで送っています。報告ではなく、`reseplug claim status` で提出先に確かめます。"
            ),
            format!(
                "{month} went over the gateway for this payer: `reseplug claim status` asks it"
            ),
        ),
        _ => Fault::new(
            "claim/nothing-handed-over",
            format!(
                "{month}請求分の{payer}のファイルは、この記録ではまだ引き渡していません。バックアップから戻した後などで、送ったファイルがあれば、--file で指定して記録できます。"
            ),
            format!(
                "as far as is on record here no file of {month} was handed over for this payer; one that was sent (before a backup was taken back, say) is named with --file"
            ),
        ),
    }
}

/// A receipt of what was filed in a month.
#[derive(Debug, Clone)]
pub struct OfReceipt {
    /// 請求年月
    pub claim_month: Month,
    /// 審査支払機関
    pub payer: Payer,
    /// レセプト番号 in the filing that was confirmed.
    pub receipt: u32,
    /// 送信回; absent: the only one that has it.
    pub sequence: Option<u32>,
}

impl OfReceipt {
    /// The one that is as wanted, if there is one.
    ///
    /// # Errors
    /// `claim/which-sending` when several are.
    pub(super) fn find(
        &self,
        book: &Book,
        wanted: impl Fn(&Standing) -> bool,
    ) -> Result<Option<Standing>, Fault> {
        let mut all: Vec<Standing> = book
            .receipts()
            .filter(|one| {
                one.filing.month == self.claim_month
                    && one.filing.payer == self.payer
                    && self.sequence.is_none_or(|n| n == one.filing.sequence)
                    && one.receipt.number == self.receipt
                    && wanted(one)
            })
            .collect();
        match all.len() {
            0 | 1 => Ok(all.pop()),
            _ => Err(which_sending(&all)),
        }
    }
}

/// No receipt is as wanted.
pub(super) fn missing(of: &OfReceipt) -> Fault {
    Fault::new(
        "claim/unknown-receipt",
        format!(
            "{}請求分に、そのような（請求済みの）{} 番のレセプトはありません。`reseplug claim receipts` で確かめてください。",
            of.claim_month, of.receipt
        ),
        format!(
            "no such filed receipt {} in {}; see `reseplug claim receipts`",
            of.receipt, of.claim_month
        ),
    )
}

/// A request for 再審査, or what it decided.
#[derive(Debug, Clone)]
pub struct ReviewRequest {
    /// Which receipt.
    pub of: OfReceipt,
    /// Why it is asked for, or the payer's words.
    pub reason: String,
    /// What was decided, yen; absent while it is only asked for.
    pub decided: Option<i64>,
    /// Who records it.
    pub by: String,
    /// Record nothing.
    pub dry_run: bool,
}

impl Host {
    /// Records a request for 再審査 of a receipt, or what came of it.
    ///
    /// # Errors
    /// `claim/unknown-receipt` when no confirmed filing of the month has it, `claim/which-sending` when
    /// several have, `claim/no-review` when a
    /// result comes without a request, `claim/impossible-amount`.
    pub fn review_claim(&self, request: &ReviewRequest) -> Result<Standing, Fault> {
        let filed = |one: &Standing| one.place == reseplug_claims::Place::Filed;
        let find = |book: &Book| {
            request
                .of
                .find(book, filed)?
                .ok_or_else(|| missing(&request.of))
        };
        let one = find(&*self.book()?)?;
        let reason = request.reason.clone();
        let event = match request.decided {
            None => Event::ReviewAsked { reason },
            Some(_) if !one.in_review => {
                return Err(Fault::new(
                    "claim/no-review",
                    "このレセプトには、結果を待っている再審査請求の記録がありません。先に再審査を請求したことを記録してください（reseplug claim review、--decided なし）。",
                    "no request for 再審査 of this receipt waits for its result; record the request first, without --decided",
                ));
            }
            Some(change) if !is_possible(&one, change) => {
                return Err(Fault::new(
                    "claim/impossible-amount",
                    format!(
                        "再審査の結果 {}円は、請求額 {}円・これまでの増減点 {}円のレセプトではありえません。金額を確かめてください。",
                        signed(change),
                        thousands(one.receipt.total),
                        signed(one.adjusted)
                    ),
                    format!(
                        "{} yen cannot be the result for a receipt of {} yen that was adjusted by {}",
                        signed(change),
                        thousands(one.receipt.total),
                        signed(one.adjusted)
                    ),
                ));
            }
            Some(change) => Event::ReviewDecided { change, reason },
        };
        let told = self
            .told(&one.filing, event, How::Reported, &request.by)
            .on(request.of.receipt);
        if request.dry_run {
            return Ok(one);
        }
        self.record(&self.fresh_id("review"), None, &[told])?;
        find(&*self.book()?)
    }
}

/// Receipts of several sendings have the number that was named.
pub(super) fn which_sending(all: &[Standing]) -> Fault {
    let list = |name: fn(&Standing) -> String| -> Vec<String> { all.iter().map(name).collect() };
    let ja = list(|one| {
        let receipt = &one.receipt;
        format!(
            "第{}回 {} {} {}円",
            one.filing.sequence,
            receipt.service_month,
            receipt.name,
            thousands(receipt.total)
        )
    });
    let en = list(|one| format!("{} of sending {}", one.receipt.name, one.filing.sequence));
    let number = all.first().map_or(0, |one| one.receipt.number);
    Fault::new(
        "claim/which-sending",
        format!(
            "{number}番のレセプトは、いくつかの送信にあります（{}）。どれのことか --sequence で送信回を指定してください。何もしていません。",
            ja.join("、")
        ),
        format!(
            "several sendings have a receipt {number} ({}); say with --sequence which is meant. Nothing was done",
            en.join(", ")
        ),
    )
}

/// Whether a receipt's amount can be changed so: it is neither below nothing nor more than doubled.
fn is_possible(one: &Standing, change: i64) -> bool {
    let Ok(total) = i64::try_from(one.receipt.total) else {
        return false;
    };
    let adjusted = one.adjusted.checked_add(change);
    adjusted.is_some_and(|adjusted| adjusted >= -total && adjusted <= total)
}

//! 審査 and 振込, simulated: what becomes of the receipts of a month after it was confirmed.
//!
//! For each payer the claims that were confirmed in a month are one round. In the month after:
//! on the [`Review::returns_day`] receipts come back (返戻: those drawn by the seed, and those that
//! their station asked to be taken down) and 増減点連絡書 lies ready; on the [`Review::payment_day`]
//! the rest is paid, one payment a 請求年月. Real payers prorate by insurance and publish their days
//! each year; here a receipt is paid as filed, less what the review took off (grade: invented).
//!
//! What a round decides is written down first, as a whole; files and ledger entries follow from it,
//! so that a kill anywhere leaves nothing half done and nothing decided twice.

use super::{
    GatewayError, Shared, calendar,
    desk::Desk,
    documents,
    downloads::{self, DownloadKind, Named, Ready},
    problem::Problem,
    returns,
    store::write_whole,
    submission::{ReceiptVerdict, Submission},
};
use jiff::Timestamp;
use reseplug_model::Month;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, fs, path::Path};

/// How the gateway reviews and pays what was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Review {
    /// Which receipts are hit follows from it and the files alone.
    pub seed: u64,
    /// One receipt in so many is returned (返戻); 0 for none.
    pub return_one_in: u32,
    /// One receipt in so many is adjusted (査定); 0 for none.
    pub adjust_one_in: u32,
    /// Day of the month after the confirmation on which returns and 増減点連絡書 lie ready, at 8:00.
    pub returns_day: i8,
    /// Day of that month on which payments lie ready, at 9:00; the date of the payment.
    pub payment_day: i8,
}

impl Default for Review {
    fn default() -> Self {
        Self {
            seed: 1,
            return_one_in: 40,
            adjust_one_in: 25,
            returns_day: 5,
            payment_day: 21,
        }
    }
}

/// Why something is taken off, invented: code and words.
const REASONS: [(&str, &str); 3] = [
    ("SIM-A", "算定要件を満たさないと認められます（模擬）"),
    ("SIM-B", "回数が過剰と認められます（模擬）"),
    ("SIM-C", "指示書の内容から算定できません（模擬）"),
];
/// Said when a receipt comes back on request.
const ON_REQUEST: &str = "取下げ依頼による返戻（模擬）";

/// A receipt that comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Returning {
    pub(super) submission: String,
    pub(super) number: u32,
    pub(super) reason: String,
}

/// A receipt from which something is taken off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Adjusting {
    pub(super) submission: String,
    pub(super) number: u32,
    /// Yen, negative.
    pub(super) change: i64,
    pub(super) code: String,
    pub(super) reason: String,
}

/// What a payer decided about the claims that were confirmed in one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Round {
    pub(super) payer: String,
    /// The month in which it comes back, `2024-12`.
    pub(super) month: String,
    pub(super) submissions: Vec<String>,
    pub(super) returning: Vec<Returning>,
    pub(super) adjusting: Vec<Adjusting>,
}

impl Round {
    fn file(&self) -> String {
        format!("{}-{}", self.month.replace('-', ""), self.payer)
    }

    fn id(&self, kind: DownloadKind) -> String {
        let what = match kind {
            DownloadKind::Returns => "returns",
            DownloadKind::Adjustments => "adjustments",
            DownloadKind::Payments => "payments",
            DownloadKind::Other => "other",
        };
        format!("{}-{what}", self.file())
    }

    /// What should lie ready of it and does not, with the moment since which it should.
    fn missing(
        &self,
        review: &Review,
        desk: &Desk,
        now: Timestamp,
    ) -> Vec<(DownloadKind, Timestamp)> {
        let Ok(month) = Month::parse(&self.month) else {
            return Vec::new();
        };
        let reviewed = calendar::moment(month, review.returns_day, 8);
        [
            (DownloadKind::Returns, !self.returning.is_empty(), reviewed),
            (
                DownloadKind::Adjustments,
                !self.adjusting.is_empty(),
                reviewed,
            ),
            (
                DownloadKind::Payments,
                true,
                calendar::moment(month, review.payment_day, 9),
            ),
        ]
        .into_iter()
        .filter_map(|(kind, has, at)| {
            let at = at.filter(|at| has && *at <= now)?;
            desk.download(&self.id(kind))
                .is_none()
                .then_some((kind, at))
        })
        .collect()
    }

    /// What is taken off a receipt.
    pub(super) fn change_of(&self, submission: &str, number: u32) -> i64 {
        self.adjusting
            .iter()
            .filter(|one| one.submission == submission && one.number == number)
            .map(|one| one.change)
            .fold(0, i64::saturating_add)
    }
}

/// The rounds that were decided when the gateway ended.
pub(super) fn stored(gateway: &Path) -> Result<Vec<(String, Round)>, GatewayError> {
    downloads::stored_of(&gateway.join("reviews"))
}

/// A number that follows from a seed and names alone.
pub(super) fn lot(seed: u64, what: &str, names: &[&str]) -> u32 {
    let mut hash = Sha256::new().chain_update(seed.to_be_bytes());
    for name in std::iter::once(&what).chain(names) {
        hash = hash.chain_update(name.as_bytes()).chain_update([0]);
    }
    let hash = hash.finalize();
    hash.first_chunk()
        .map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

fn one_in(lot: u32, n: u32) -> bool {
    lot.checked_rem(n) == Some(0)
}

/// Decides the rounds that are due and puts ready what is due of them.
pub(super) fn settle(shared: &Shared, desk: &mut Desk, now: Timestamp) -> Result<(), Problem> {
    let Some(review) = shared.options.review else {
        return Ok(());
    };
    while let Some(round) = next_round(&review, desk, now) {
        let folder = shared
            .store
            .folder()
            .join("reviews")
            .join(&desk.institution);
        fs::create_dir_all(&folder).map_err(Problem::storage)?;
        let bytes = serde_json::to_vec_pretty(&round).map_err(Problem::storage)?;
        write_whole(&folder.join(format!("{}.json", round.file())), &bytes)
            .map_err(Problem::storage)?;
        desk.rounds.push(round);
    }
    let due: Vec<Round> = desk
        .rounds
        .iter()
        .filter(|round| !round.missing(&review, desk, now).is_empty())
        .cloned()
        .collect();
    for round in due {
        carry_out(shared, &review, desk, &round, now)?;
    }
    Ok(())
}

/// The earliest round that is due and not decided.
fn next_round(review: &Review, desk: &Desk, now: Timestamp) -> Option<Round> {
    let decided: BTreeSet<&str> = desk
        .rounds
        .iter()
        .flat_map(|round| round.submissions.iter().map(String::as_str))
        .collect();
    let due = |submission: &Submission| {
        let month = round_month(submission)?;
        let at = calendar::moment(month, review.returns_day, 8)?;
        (at <= now).then(|| (month, submission.payer.clone()))
    };
    let waiting = || desk.all().filter(|s| !decided.contains(s.id.as_str()));
    let (month, payer) = waiting().filter_map(due).min()?;
    let of_round: Vec<&Submission> = waiting()
        .filter(|submission| due(submission) == Some((month, payer.clone())))
        .collect();
    Some(decide(review, desk, month, payer, &of_round))
}

/// The month in which a confirmed submission is reviewed: the one after its confirmation.
fn round_month(submission: &Submission) -> Option<Month> {
    let confirmed: Timestamp = submission.confirmation.as_ref()?.at.parse().ok()?;
    calendar::month_of(confirmed)?.next()
}

fn decide(
    review: &Review,
    desk: &Desk,
    month: Month,
    payer: String,
    submissions: &[&Submission],
) -> Round {
    let mut round = Round {
        payer,
        month: month.to_string(),
        submissions: submissions.iter().map(|s| s.id.clone()).collect(),
        returning: Vec::new(),
        adjusting: Vec::new(),
    };
    for submission in submissions {
        for receipt in submission.filed() {
            if desk.is_returned(&submission.id, receipt.number) {
                continue;
            }
            let number = receipt.number.to_string();
            let draw = |what| lot(review.seed, what, &[&submission.sha256, &number]);
            let asked = submission.take_down_of(receipt.number).is_some();
            if asked || one_in(draw("return"), review.return_one_in) {
                round.returning.push(Returning {
                    submission: submission.id.clone(),
                    number: receipt.number,
                    reason: if asked {
                        ON_REQUEST.to_owned()
                    } else {
                        reason(draw("reason"))
                    },
                });
            } else if one_in(draw("adjust"), review.adjust_one_in) {
                // A tenth to three tenths, in whole 10 yen.
                let tenths = u64::from(draw("tenths") % 3).saturating_add(1);
                let off = (receipt.total / 100)
                    .saturating_mul(tenths)
                    .saturating_mul(10);
                let change = i64::try_from(off).unwrap_or(0).saturating_neg();
                let place = usize::try_from(draw("why")).unwrap_or(0) % REASONS.len();
                if let (Some((code, why)), true) = (REASONS.get(place), change < 0) {
                    round.adjusting.push(Adjusting {
                        submission: submission.id.clone(),
                        number: receipt.number,
                        change,
                        code: (*code).to_owned(),
                        reason: (*why).to_owned(),
                    });
                }
            }
        }
    }
    round
}

/// A reason for a return that the public documents know, in words HR can hold.
fn reason(lot: u32) -> String {
    let known: Vec<String> = receden::returns::explanations()
        .iter()
        .map(|known| match (&known.code, &known.eligibility) {
            (Some(code), _) => format!("{code} {}", known.ja),
            (None, Some(eligibility)) => eligibility.name_ja.clone(),
            (None, None) => known.ja.clone(),
        })
        // One field of レセ電: no comma, and no letter beyond its repertoire.
        .filter(|text| !text.contains(',') && receden::repertoire::encode(text).is_ok())
        .collect();
    let place = usize::try_from(lot).unwrap_or(0).checked_rem(known.len());
    place
        .and_then(|place| known.get(place).cloned())
        .unwrap_or_else(|| "返戻（模擬）".to_owned())
}

/// A receipt of a round with its submission.
pub(super) struct Filed<'s> {
    pub(super) submission: &'s Submission,
    pub(super) receipt: &'s ReceiptVerdict,
}

impl Filed<'_> {
    pub(super) fn named(&self, amount: i64) -> Named {
        Named {
            submission: self.submission.id.clone(),
            number: self.receipt.number,
            person: self.receipt.person.clone(),
            service_month: self.receipt.service_month.clone(),
            amount,
            search_number: None,
        }
    }
}

fn carry_out(
    shared: &Shared,
    review: &Review,
    desk: &mut Desk,
    round: &Round,
    now: Timestamp,
) -> Result<(), Problem> {
    let Ok(month) = Month::parse(&round.month) else {
        return Ok(());
    };
    let submissions: Vec<Submission> = round
        .submissions
        .iter()
        .filter_map(|id| desk.get(id).cloned())
        .collect();
    let filed: Vec<Filed<'_>> = submissions
        .iter()
        .flat_map(|submission| {
            submission.filed().map(move |receipt| Filed {
                submission,
                receipt,
            })
        })
        .collect();
    for (kind, at) in round.missing(review, desk, now) {
        let (receipts, bytes) = match kind {
            DownloadKind::Returns => {
                let (bytes, receipts) = returns::file(shared, desk, &round.returning, month)
                    .map_err(Problem::storage)?;
                (receipts, bytes)
            }
            DownloadKind::Adjustments => adjusted(round, at, &filed),
            DownloadKind::Payments => paid(round, desk, at, &filed),
            DownloadKind::Other => continue,
        };
        let id = round.id(kind);
        let extension = if kind == DownloadKind::Returns {
            "HEN"
        } else {
            "json"
        };
        let ready = Ready {
            name: format!("{id}.{extension}"),
            id,
            kind,
            payer: round.payer.clone(),
            at,
            receipts,
            bytes,
        };
        downloads::put(shared, desk, ready)?;
    }
    Ok(())
}

/// 増減点連絡書
fn adjusted(round: &Round, at: Timestamp, filed: &[Filed<'_>]) -> (Vec<Named>, Vec<u8>) {
    let rows: Vec<(&Filed<'_>, &Adjusting)> = round
        .adjusting
        .iter()
        .filter_map(|one| {
            let of = |filed: &&Filed<'_>| {
                filed.submission.id == one.submission && filed.receipt.number == one.number
            };
            Some((filed.iter().find(of)?, one))
        })
        .collect();
    let named = rows
        .iter()
        .map(|(filed, one)| filed.named(one.change))
        .collect();
    (named, documents::adjustments(&round.payer, at, &rows))
}

/// 振込額: what was filed, less what came back and what was taken off.
fn paid(round: &Round, desk: &Desk, at: Timestamp, filed: &[Filed<'_>]) -> (Vec<Named>, Vec<u8>) {
    let rows: Vec<(&Filed<'_>, u64)> = filed
        .iter()
        .filter(|one| !desk.is_returned(&one.submission.id, one.receipt.number))
        .map(|one| {
            let change = round.change_of(&one.submission.id, one.receipt.number);
            (one, one.receipt.total.saturating_add_signed(change))
        })
        .collect();
    let named = rows
        .iter()
        .map(|(one, amount)| one.named(i64::try_from(*amount).unwrap_or(i64::MAX)))
        .collect();
    (named, documents::payments(&round.payer, at, &rows))
}

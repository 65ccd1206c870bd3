//! What is about to leave, and what stands against it.

use super::super::SendRequest;
use super::refused::{
    self, claimed_before, left_before, other_content, receipts_unknown, unsettled,
};
use crate::check::{Approval, ClaimLine};
use crate::host::Host;
use reseplug_claims::written::short;
use reseplug_claims::{Book, FilingKey, Kind, Receipt, Stage};
use reseplug_effect::Fault;
use reseplug_journal::Journal;
use std::collections::BTreeMap;

/// What is about to leave.
pub(super) struct Leaving {
    pub(super) key: FilingKey,
    pub(super) receipts: Vec<Receipt>,
    /// What stood against it and a named person overruled.
    pub(super) overruled: Vec<String>,
}

impl Host {
    /// What is about to leave, or why it does not: a duplicate is stopped here once, and goes on
    /// when a named person says why.
    pub(super) fn leaving(
        &self,
        request: &SendRequest,
        approval: &Approval,
        line: &ClaimLine,
        receipts: Vec<Receipt>,
        (book, jobs): (&Book, &BTreeMap<FilingKey, String>),
    ) -> Result<Leaving, Fault> {
        let payer = line.payer;
        let (month, kind) = (
            request.claim_month,
            if request.trial {
                Kind::Trial
            } else {
                Kind::Claim
            },
        );
        let again = request.again.as_ref();
        let key = |sequence| FilingKey {
            station: self.code().to_owned(),
            payer,
            month,
            kind,
            sequence,
            sha256: line.file.digest.clone(),
        };
        let next = key(book.next_sequence(month, payer, kind));
        let sendings = book.sendings(month, payer, kind);
        let same = sendings
            .iter()
            .rev()
            .find(|f| f.key.sha256 == line.file.digest);
        let mut overruled = Vec::new();
        // What certainly did not leave goes under its own key, and is held against the record like
        // anything that is to leave.
        let released = same.filter(|same| same.stage() == Stage::Released);
        let next = released.map_or(next, |same| same.key.clone());
        if let Some(same) = same {
            let open = matches!(same.stage(), Stage::Begun | Stage::InDoubt);
            let same_way = same.channel == request.channel;
            // Nobody knows whether it arrived the other way: that is found out first.
            if open && !same_way && again.is_none() {
                return Err(unsettled(same));
            }
            let taken_up = open && same_way;
            let standing = !same.stage().is_gone() && same_way;
            // The same command given again, or taken up after a crash, is the same sending: a reason
            // overrules once, also one that there was no need of.
            let repeated =
                again.is_none() || self.sent_because(jobs.get(&same.key))? == request.again;
            // Taken up where it stood, or there already: the key is the same.
            if taken_up || (standing && repeated) {
                return Ok(Leaving {
                    key: same.key.clone(),
                    receipts,
                    overruled,
                });
            }
            if kind == Kind::Claim && released.is_none() {
                if again.is_none() {
                    return Err(left_before(same));
                }
                overruled.push(format!(
                    "{} {} {} {}",
                    same.channel.name_ja(),
                    same.key.name_ja(),
                    same.stage().name_ja(),
                    same.latest().map_or("".into(), |told| short(&told.at))
                ));
            }
        }
        if kind == Kind::Claim {
            let other = sendings
                .iter()
                .find(|f| !f.stage().is_gone() && f.key.sha256 != line.file.digest);
            if let Some(other) = other {
                if again.is_none() {
                    return Err(other_content(other));
                }
                overruled.push(format!(
                    "{} {}",
                    other.key.name_ja(),
                    other.stage().name_ja()
                ));
            }
            let unread = book.unread_before(&next, &receipts);
            if !unread.is_empty() {
                if again.is_none() {
                    return Err(receipts_unknown(&unread));
                }
                overruled.extend(unread.iter().map(|f| f.key.name_ja()));
            }
            let given_up: Vec<String> = receipts
                .iter()
                .filter_map(|one| {
                    let reason = book.given_up(one, month)?;
                    Some(format!("{} {}（{reason}）", one.service_month, one.name))
                })
                .collect();
            // That is taken back by name and not overruled by the way.
            if !given_up.is_empty() {
                return Err(refused::given_up(&given_up));
            }
            let on_paper: Vec<String> = receipts
                .iter()
                .filter(|one| book.came_back_on_paper(one))
                .map(|one| format!("{} {}", one.service_month, one.name))
                .collect();
            if !on_paper.is_empty() {
                if again.is_none() {
                    return Err(refused::on_paper(&on_paper));
                }
                overruled.extend(on_paper);
            }
            let answered = |receipt: &Receipt| {
                approval
                    .report
                    .duplicates
                    .iter()
                    .any(|one| one.reason.is_some() && one.duplicate.receipt.overlaps(receipt))
            };
            let twice: Vec<String> = book
                .duplicates(&receipts, Some(&next))
                .into_iter()
                .filter(|one| !answered(&one.receipt))
                .map(|one| crate::check::duplicate_ja(&one))
                .collect();
            if !twice.is_empty() {
                if again.is_none() {
                    return Err(claimed_before(&twice));
                }
                overruled.extend(twice);
            }
        }
        Ok(Leaving {
            key: next,
            receipts,
            overruled,
        })
    }

    /// The reason that the job of a sending was given, if any.
    fn sent_because(&self, job: Option<&String>) -> Result<Option<String>, Fault> {
        let Some(job) = job else {
            return Ok(None);
        };
        let args = self.journal().job(job)?.map(|job| job.new.args);
        let again = args.as_ref().and_then(|args| args.get("again")?.as_str());
        Ok(again.map(str::to_owned))
    }
}

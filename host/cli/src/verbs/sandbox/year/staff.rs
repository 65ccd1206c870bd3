//! What every station's staff do: produce the month, look at what waits, check and approve, and
//! take care of what the program stops them at. What they are like follows from the seed.

use super::command::Command;
use super::product::Mistake;
use super::station::WHO;
use super::wishes::Because;
use super::world::World;
use reseplug::accept::{Answers, PaperEvidence};
use reseplug::{ApproveRequest, CheckReport, CheckRequest, DropRequest};
use reseplug_claims::{Book, Event, Kind, Place, Receipt, Verdict, Why};
use reseplug_effect::Fault;
use reseplug_model::{Month, Payer};
use std::collections::BTreeSet;

/// How often staff go on after the program stopped them, before they leave it for another day.
const PATIENCE: usize = 5;

impl World {
    /// Whether a station is like that in a month.
    pub(super) fn likely(&self, percent: u64, what: &str, at: usize, month: Month) -> bool {
        let (at, month) = (at.to_string(), month.to_string());
        self.lot.percent(percent, &[what, &at, &month])
    }

    pub(super) fn draw(&self, n: u64, what: &str, at: usize, month: Month) -> u64 {
        let (at, month) = (at.to_string(), month.to_string());
        self.lot.below(n, &[what, &at, &month])
    }

    pub(super) fn book(&mut self, at: usize) -> Result<std::sync::Arc<Book>, Fault> {
        self.host(at)?.book()
    }

    /// The month begins at a station: the product has the visits of the month before, and staff
    /// decide about what waits.
    pub(super) fn begin_month(&mut self, at: usize, month: Month) -> Result<(), Fault> {
        let ahead = match self.draw(20, "clock", at, month) {
            0 => 540,
            1 => -420,
            2 => 130,
            _ => 0,
        };
        if ahead != 0 {
            self.count("pc-clock-wrong");
        }
        let carries = !self.likely(15, "does-not-carry", at, month);
        let relists = self.likely(10, "relists", at, month);
        let station = self.station(at)?;
        station
            .ahead
            .store(ahead, std::sync::atomic::Ordering::SeqCst);
        let carried = std::mem::take(&mut station.week.carried);
        station.week = super::station::Week {
            carries,
            carried,
            ..Default::default()
        };
        if let Some(service) = month.previous() {
            station.product.produce(service);
        }
        if relists {
            self.count("product-lists-last-month-again");
        }
        self.list(at, month, relists)
    }

    /// What the product lists this month: what never left, what was corrected, and by mistake
    /// everything of the month before.
    fn list(&mut self, at: usize, month: Month, relists: bool) -> Result<(), Fault> {
        let book = self.book(at)?;
        let known: Vec<(Payer, Receipt)> = book
            .receipts()
            .map(|one| (one.filing.payer, one.receipt))
            .chain(book.beside().iter().filter_map(|told| match &told.event {
                Event::Held { receipt, .. } => Some((told.payer, (**receipt).clone())),
                _ => None,
            }))
            .collect();
        let last = month.previous().and_then(Month::previous);
        let station = self.station(at)?;
        for one in &mut station.product.receipts {
            let there = known.iter().any(|(payer, receipt)| {
                *payer == one.payer
                    && receipt.person_key.as_deref() == Some(one.person.as_str())
                    && receipt.service_month == one.service_month
            });
            let again = relists && Some(one.service_month) == last;
            one.listed = !one.given_up && (!there || again);
        }
        self.look_at_late(at, month)
    }

    /// What waits with a mistake is corrected in the product, or given up, or left as it is.
    fn look_at_late(&mut self, at: usize, month: Month) -> Result<(), Fault> {
        let late = self.book(at)?.late();
        let mut given_up = Vec::new();
        let lot = self.lot;
        for one in &late {
            let station = self.station(at)?;
            let (Some(person), code) = (one.receipt.person_key.clone(), station.code.clone())
            else {
                continue;
            };
            let Some(own) = station
                .product
                .receipts
                .iter_mut()
                .find(|r| r.is(&person, one.receipt.service_month, one.payer))
            else {
                continue;
            };
            let mistake = own.mistake;
            let draw = lot.below(100, &["late", &code, &one.id, &month.to_string()]);
            match (mistake, draw) {
                (None, 0..4) | (Some(Mistake::Insurer), 70..85) | (Some(Mistake::Sex), 70..) => {
                    own.given_up = true;
                    own.listed = false;
                    given_up.push(one.id.clone());
                }
                (Some(_), 0..70) => {
                    own.mistake = None;
                    own.listed = true;
                }
                _ => {}
            }
        }
        if given_up.is_empty() {
            return Ok(());
        }
        let request = DropRequest {
            ids: given_up,
            reason: "請求しないことにした（模擬）".to_owned(),
            by: WHO.to_owned(),
            dry_run: false,
        };
        // Where that is not possible now they stay in the list.
        let _ = self.give(at, &Command::Drop(request));
        Ok(())
    }

    /// Checks and approves the month as the product has it; says whether it is approved.
    pub(super) fn approve(&mut self, at: usize, month: Month) -> Result<bool, Fault> {
        let before = Payer::ALL.map(|payer| self.calm(at, month, payer));
        let approved = self.approve_what_is_listed(at, month)?;
        if self.station(at)?.week.correcting {
            return Ok(approved);
        }
        if approved {
            self.station(at)?.wishes.approved(month);
            return Ok(true);
        }
        for (payer, before) in Payer::ALL.into_iter().zip(before) {
            let now = self.now();
            if before.is_some() && before == self.calm(at, month, payer) {
                let because = Because::ApprovalRefused;
                let station = self.station(at)?;
                station.wishes.chance(month, payer, now, because);
            }
        }
        Ok(false)
    }

    /// What staff want to file of a month: what the product lists without a mistake and they do not
    /// hold. What has a mistake the check may leave out.
    fn want(
        &mut self,
        at: usize,
        month: Month,
        report: &CheckReport,
        answers: &Answers,
    ) -> Result<(), Fault> {
        let held: Vec<_> = report
            .receipts
            .iter()
            .filter(|one| answers.hold.contains_key(&one.id))
            .map(|one| &one.receipt)
            .collect();
        let station = self.station(at)?;
        for payer in Payer::ALL {
            let wanted = station
                .product
                .receipts
                .iter()
                .filter(|one| one.payer == payer && one.listed && one.mistake.is_none())
                .filter(|one| {
                    !held.iter().any(|held| {
                        let person = held.person_key.as_deref().unwrap_or_default();
                        one.is(person, held.service_month, held.payer)
                    })
                })
                .map(|one| (one.person.clone(), one.service_month))
                .collect();
            station.wishes.want(month, payer, wanted);
        }
        Ok(())
    }

    fn approve_what_is_listed(&mut self, at: usize, month: Month) -> Result<bool, Fault> {
        let (mut lacks, mut carries) = (true, true);
        for _ in 0..PATIENCE {
            let documents = self.station(at)?.write_month(month)?;
            if documents.is_empty() {
                return Ok(false);
            }
            let check = CheckRequest {
                claim_month: Some(month),
                documents,
                ..CheckRequest::default()
            };
            let report = self.host(at)?.check(&check)?;
            let correcting = self.station(at)?.week.correcting;
            if self.put_right(at, month, &report)? {
                continue;
            }
            let mut answers = Answers {
                by: WHO.to_owned(),
                file_all: Some(PaperEvidence {
                    reason: "オンラインで確認できないため、書面で確認した（模擬）".to_owned(),
                    seen: "資格確認書（模擬）".to_owned(),
                }),
                carry_all: carries && self.station(at)?.week.carries && !correcting,
                ..Answers::default()
            };
            if !correcting {
                self.hold(at, month, &report, lacks, &mut answers)?;
                self.want(at, month, &report, &answers)?;
            }
            let waiting: BTreeSet<String> = match answers.carry_all {
                true => self.waiting(at, month)?,
                false => BTreeSet::new(),
            };
            let request = ApproveRequest {
                job: None,
                check,
                answers,
                dry_run: false,
            };
            match self.give(at, &Command::Approve(Box::new(request))) {
                Ok(()) => {
                    let files: BTreeSet<String> = match self.host(at)?.approval(month) {
                        Ok(approval) => {
                            let files = approval.report.files.into_iter();
                            files.map(|line| line.file.digest).collect()
                        }
                        Err(_) => BTreeSet::new(),
                    };
                    let week = &mut self.station(at)?.week;
                    (week.approved, week.begun) = (true, true);
                    for id in waiting {
                        week.carried.entry(id).or_default().extend(files.clone());
                    }
                    return Ok(true);
                }
                // Something that was put in has a mistake: it is corrected in the product.
                Err(fault) if fault.code == "claim/rejects" => self.correct_rejected(at)?,
                // What was to be held has left already, with the others of its file: it is not held.
                Err(fault) if fault.code == "claim/claimed-before" && lacks => {
                    self.note(&fault);
                    lacks = false;
                }
                // With what waited put in, a file that was confirmed is another one: it is left as it was.
                Err(fault) if fault.code == "claim/claimed-before" && carries => {
                    self.note(&fault);
                    carries = false;
                }
                Err(fault) => {
                    self.note(&fault);
                    return Ok(false);
                }
            }
        }
        Ok(false)
    }

    pub(super) fn note(&mut self, fault: &Fault) {
        *self
            .refusals
            .entry(format!("left: {}", fault.code))
            .or_default() += 1;
    }

    /// What the check shows is put right in the product: receipts that stand as claimed are taken
    /// out, rejected ones are corrected. Says whether the files are to be made anew.
    fn put_right(&mut self, at: usize, month: Month, report: &CheckReport) -> Result<bool, Fault> {
        let mut changed = false;
        let twice: Vec<Receipt> = report
            .duplicates
            .iter()
            .map(|one| one.duplicate.receipt.clone())
            .collect();
        let keeps = self.likely(40, "holds-rejected", at, month);
        let station = self.station(at)?;
        for one in station.product.receipts.iter_mut().filter(|r| r.listed) {
            let again = twice.iter().any(|receipt| {
                receipt.person_key.as_deref() == Some(one.person.as_str())
                    && receipt.service_month == one.service_month
                    && receipt.days == one.days
            });
            if again {
                one.listed = false;
                changed = true;
            } else if one.mistake == Some(Mistake::Sex) && !keeps {
                one.mistake = None;
                changed = true;
            }
        }
        Ok(changed)
    }

    /// Everything that the payer would not take is corrected and listed.
    fn correct_rejected(&mut self, at: usize) -> Result<(), Fault> {
        let late = self.book(at)?.late();
        let station = self.station(at)?;
        for one in &mut station.product.receipts {
            let waits = late.iter().any(|late| {
                late.payer == one.payer
                    && late.receipt.person_key.as_deref() == Some(one.person.as_str())
                    && late.receipt.service_month == one.service_month
            });
            // What was held with a mistake that has been corrected since is listed as it is now.
            let wrong = one.listed && one.mistake == Some(Mistake::Sex);
            if (wrong || waits) && !one.given_up {
                if one.mistake == Some(Mistake::Sex) {
                    one.mistake = None;
                }
                one.listed = true;
            }
        }
        Ok(())
    }

    /// Receipts that are held: those that the payer would not take and nobody corrects, and now
    /// and then, where anything `lacks`, one whose papers are missing.
    fn hold(
        &mut self,
        at: usize,
        month: Month,
        report: &CheckReport,
        lacks: bool,
        answers: &mut Answers,
    ) -> Result<(), Fault> {
        let lacks = (lacks && self.likely(20, "holds-one", at, month))
            .then(|| self.draw(4, "which-one", at, month));
        let station = self.station(at)?;
        for (place, one) in (0..).zip(&report.receipts) {
            let receipt = &one.receipt;
            let person = receipt.person_key.as_deref().unwrap_or_default();
            let own = station
                .product
                .receipts
                .iter()
                .find(|r| r.is(person, receipt.service_month, receipt.payer));
            let rejected = own.is_some_and(|r| r.mistake == Some(Mistake::Sex));
            if rejected || lacks == Some(place) {
                answers
                    .hold
                    .insert(one.id.clone(), "書類の確認待ち（模擬）".to_owned());
            }
        }
        Ok(())
    }

    /// Ids of what waits from earlier months and will be put in by this approval.
    fn waiting(&mut self, at: usize, month: Month) -> Result<BTreeSet<String>, Fault> {
        let late = self.book(at)?.late();
        Ok(late
            .into_iter()
            .filter(|one| !one.on_paper && one.since < month)
            .map(|one| one.id)
            .collect())
    }

    /// Corrects the receipts of a payer's sending in which the check found something; says whether
    /// there was any.
    pub(super) fn correct(&mut self, at: usize, payer: Payer, month: Month) -> Result<bool, Fault> {
        let book = self.book(at)?;
        let found: Vec<Receipt> = book
            .sendings(month, payer, Kind::Claim)
            .into_iter()
            .flat_map(|filing| {
                filing
                    .receipts
                    .iter()
                    .filter(|r| filing.verdict(r.number) > Verdict::Normal)
                    .cloned()
            })
            .collect();
        let station = self.station(at)?;
        let mut corrected = false;
        for one in &mut station.product.receipts {
            let meant = found.iter().any(|receipt| {
                receipt.person_key.as_deref() == Some(one.person.as_str())
                    && receipt.service_month == one.service_month
                    && one.payer == payer
            });
            if meant && one.mistake.is_some() {
                one.mistake = None;
                one.listed = true;
                corrected = true;
            }
        }
        station.week.approved &= !corrected;
        Ok(corrected)
    }

    /// On the 11th and 12th only what was left out can be sent, corrected: the product lists that.
    pub(super) fn list_left_out(&mut self, at: usize, month: Month) -> Result<bool, Fault> {
        let book = self.book(at)?;
        let left_out: Vec<(Payer, Receipt)> = book
            .late()
            .into_iter()
            .filter(|late| {
                late.since == month
                    && matches!(
                        late.why,
                        Why::Place {
                            place: Place::LeftOut(_)
                        }
                    )
            })
            .map(|late| (late.payer, late.receipt))
            .collect();
        if left_out.is_empty() {
            return Ok(false);
        }
        let station = self.station(at)?;
        for one in &mut station.product.receipts {
            one.listed = left_out.iter().any(|(payer, receipt)| {
                *payer == one.payer
                    && receipt.person_key.as_deref() == Some(one.person.as_str())
                    && receipt.service_month == one.service_month
            });
            if one.listed {
                one.mistake = None;
            }
        }
        station.week.correcting = true;
        station.week.approved = false;
        Ok(Payer::ALL.iter().any(|payer| {
            station
                .product
                .receipts
                .iter()
                .any(|r| r.listed && r.payer == *payer)
        }))
    }
}

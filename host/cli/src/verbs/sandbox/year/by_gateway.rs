//! A claim week over the gateway: staff look several times, and each time do the next thing that
//! the program's own record says is to be done.

use super::command::Command;
use super::station::{Spoilt, WHO};
use super::wishes::Because;
use super::world::World;
use reseplug::{Channel, SendRequest};
use reseplug_calendar::Activity;
use reseplug_claims::{Filing, Kind, Stage};
use reseplug_effect::Fault;
use reseplug_model::{Month, Payer};

/// A look of the staff: the day, and whether it is the last minute of the 10th.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) day: u8,
    pub(super) last_minute: bool,
}

impl World {
    /// What staff of a station with a gateway do at a look.
    pub(super) fn look_by_gateway(
        &mut self,
        at: usize,
        month: Month,
        look: Look,
    ) -> Result<(), Fault> {
        self.mind_certificate(at)?;
        if matches!(look.day, 5 | 21) || !self.station(at)?.week.fetched {
            self.fetch(at)?;
        }
        if self.is_absent(at, month) {
            return Ok(());
        }
        let begins = 5 + self.draw(6, "sends-on", at, month);
        let last_minute = self.likely(12, "last-minute", at, month);
        if u64::from(look.day) < begins || (last_minute && !look.last_minute && look.day <= 10) {
            return Ok(());
        }
        match look.day {
            5..=10 => self.file(at, month)?,
            11 | 12 => self.late_corrections(at, month)?,
            _ => {}
        }
        if look.day >= 11 {
            self.try_give(at, &Command::Status(month))?;
            self.try_give(at, &Command::Acknowledge(month))?;
        }
        if look.day == 13 {
            self.withdraw_leftovers(at, month)?;
        }
        if look.day == 15 && self.likely(12, "takes-down", at, month) {
            self.take_down(at, month)?;
        }
        Ok(())
    }

    /// Nobody is at the office this month. Not in the last one, whose receipts nobody could find.
    pub(super) fn is_absent(&self, at: usize, month: Month) -> bool {
        Some(month) != self.last_month && self.likely(4, "absent", at, month)
    }

    /// Gives a command and leaves it for another time where it does not work.
    pub(super) fn try_give(&mut self, at: usize, command: &Command) -> Result<bool, Fault> {
        match self.give(at, command) {
            Ok(()) => Ok(true),
            Err(fault) => {
                self.note(&fault);
                Ok(false)
            }
        }
    }

    pub(super) fn fetch(&mut self, at: usize) -> Result<(), Fault> {
        let fetched = self.try_give(at, &Command::Fetch)?;
        self.station(at)?.week.fetched |= fetched;
        Ok(())
    }

    /// A certificate that does not serve any more is renewed once a command was refused for it; until
    /// then it may serve for a while, as one that ends tomorrow does.
    fn mind_certificate(&mut self, at: usize) -> Result<(), Fault> {
        let Some(how) = self.station(at)?.certificate_bad else {
            return Ok(());
        };
        if self.gateway.is_none() {
            return Ok(());
        }
        let refused = match self.give(at, &Command::Fetch) {
            Ok(()) => false,
            Err(fault) => {
                self.note(&fault);
                match how {
                    Spoilt::Foreign => fault.code == "claim/other-certificate",
                    Spoilt::Revoked | Spoilt::Expired => fault.code.contains("certificate"),
                }
            }
        };
        if refused {
            self.count(how.word());
        } else if how == Spoilt::Foreign {
            let station = self.station(at)?.code.clone();
            self.foreign_honoured.push(station);
        } else {
            return Ok(());
        }
        self.new_certificate(at)
    }

    /// The station gets a certificate that lasts, and imports it.
    pub(super) fn new_certificate(&mut self, at: usize) -> Result<(), Fault> {
        let institution = self.station(at)?.institution.clone();
        if let Some(gateway) = &self.gateway {
            gateway
                .reissue_client(&institution, None)
                .map_err(|e| super::world::sandbox(&e))?;
        }
        self.renew(at)
    }

    /// Approves, sends what is not there yet, looks at the check, corrects, confirms.
    fn file(&mut self, at: usize, month: Month) -> Result<(), Fault> {
        if !self.station(at)?.week.approved && !self.approve(at, month)? {
            return Ok(());
        }
        if self.likely(25, "trial", at, month) && !self.station(at)?.week.trial {
            let tried = self.try_give(at, &Command::Send(sending(month, None, true, None)))?;
            self.station(at)?.week.trial |= tried;
        }
        for payer in Payer::ALL {
            self.send_missing(at, month, payer, None)?;
        }
        self.try_give(at, &Command::Status(month))?;
        for payer in Payer::ALL {
            self.go_on(at, month, payer)?;
        }
        Ok(())
    }

    fn standing(&mut self, at: usize, month: Month, payer: Payer) -> Result<Option<Filing>, Fault> {
        let book = self.book(at)?;
        let standing = book.standing_of(month, payer, Kind::Claim);
        Ok(standing.last().map(|filing| (*filing).clone()))
    }

    /// Sends a payer's file unless it is there already, and notes whether anything was in its way.
    fn send_missing(
        &mut self,
        at: usize,
        month: Month,
        payer: Payer,
        again: Option<&str>,
    ) -> Result<(), Fault> {
        let before = self.calm(at, month, payer);
        self.send_unless_there(at, month, payer, again)?;
        self.note_chance(at, month, payer, before)
    }

    /// Staff did what they could so that the approved file leaves: it has to be filed, if nothing was
    /// in its way since `before`. Where another file stands as sent they were content with that one.
    pub(super) fn note_chance(
        &mut self,
        at: usize,
        month: Month,
        payer: Payer,
        before: Option<u64>,
    ) -> Result<(), Fault> {
        if before.is_none() || before != self.calm(at, month, payer) {
            return Ok(());
        }
        let approved = match self.host(at)?.approval(month) {
            Ok(approval) => approval
                .report
                .files
                .iter()
                .find(|line| line.payer == payer)
                .map(|line| line.file.digest.clone()),
            Err(_) => None,
        };
        let there = self.standing(at, month, payer)?;
        let own = there.is_none_or(|filing| Some(&filing.key.sha256) == approved.as_ref());
        let now = self.now();
        let station = self.station(at)?;
        if own && station.week.approved && !station.week.correcting {
            let because = Because::NothingInTheWay;
            station.wishes.chance(month, payer, now, because);
        }
        Ok(())
    }

    fn send_unless_there(
        &mut self,
        at: usize,
        month: Month,
        payer: Payer,
        again: Option<&str>,
    ) -> Result<(), Fault> {
        let mut again = again.map(str::to_owned);
        for _ in 0..4 {
            let there = self.standing(at, month, payer)?;
            let unsure = |f: &Filing| matches!(f.stage(), Stage::Begun | Stage::InDoubt);
            if there.as_ref().is_some_and(|f| !unsure(f)) && !self.station(at)?.week.correcting {
                return Ok(());
            }
            if !self.has_file(at, month, payer)? {
                return Ok(());
            }
            let request = sending(month, Some(payer), false, again.clone());
            let fault = match self.give(at, &Command::Send(request)) {
                Ok(()) => return Ok(()),
                Err(fault) => fault,
            };
            self.note(&fault);
            match fault.code.as_str() {
                // The gateway has it; the record knows it now.
                "claim/unknown-submission" => {
                    self.try_give(at, &Command::Status(month))?;
                }
                "claim/left-before" => {
                    // It was taken back before, and the product has not changed since.
                    let gone = self.standing(at, month, payer)?.is_none();
                    if again.is_some() || !gone {
                        return Ok(());
                    }
                    if !self.approve(at, month)? {
                        return Ok(());
                    }
                    again = Some("取消後に同じ内容を送り直す（模擬）".to_owned());
                }
                "claim/other-content" => {
                    if !self.try_give(at, &Command::Withdraw(month, payer))? {
                        return Ok(());
                    }
                }
                "claim/claimed-before" => {
                    self.station(at)?.week.approved = false;
                    if !self.approve(at, month)? {
                        return Ok(());
                    }
                }
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    /// Whether the approved month has a file for a payer.
    pub(super) fn has_file(
        &mut self,
        at: usize,
        month: Month,
        payer: Payer,
    ) -> Result<bool, Fault> {
        let Ok(approval) = self.host(at)?.approval(month) else {
            return Ok(false);
        };
        let files = &approval.report.files;
        Ok(files.iter().any(|line| line.payer == payer))
    }

    /// What comes after a payer's file is there.
    fn go_on(&mut self, at: usize, month: Month, payer: Payer) -> Result<(), Fault> {
        let word = payer.code();
        let Some(filing) = self.standing(at, month, payer)? else {
            return Ok(());
        };
        let stage = filing.stage();
        let open = matches!(stage, Stage::Sent | Stage::Checking | Stage::Checked);
        if !open {
            return Ok(());
        }
        // Taken back by mistake, and sent again unchanged.
        if self.likely(10, "cancels", at, month) && !self.station(at)?.week.cancelled.contains(word)
        {
            if self.try_give(at, &Command::Withdraw(month, payer))? {
                self.station(at)?.week.cancelled.insert(word);
                self.count("staff-cancelled-and-sent-again");
                let why = "取消後に同じ内容を送り直す（模擬）";
                self.send_missing(at, month, payer, Some(why))?;
            }
            return Ok(());
        }
        if stage != Stage::Checked {
            return Ok(());
        }
        let found = filing.verdicts().is_some_and(|all| !all.is_empty());
        if found
            && self.likely(50, "corrects", at, month)
            && !self.station(at)?.week.corrected.contains(word)
        {
            if self.try_give(at, &Command::Withdraw(month, payer))? {
                self.station(at)?.week.corrected.insert(word);
                self.correct(at, payer, month)?;
                if self.station(at)?.week.approved || self.approve(at, month)? {
                    self.send_missing(at, month, payer, None)?;
                }
            }
            return Ok(());
        }
        if self.likely(20, "forgets-to-confirm", at, month) {
            return Ok(());
        }
        let include = self.likely(50, "includes-errors", at, month);
        self.try_give(at, &Command::Confirm(month, payer, include))?;
        Ok(())
    }

    /// On the 11th and 12th: what was left out is corrected and sent, where staff do that.
    fn late_corrections(&mut self, at: usize, month: Month) -> Result<(), Fault> {
        self.try_give(at, &Command::Status(month))?;
        if !self.likely(50, "corrects-late", at, month) {
            return Ok(());
        }
        if !self.station(at)?.week.correcting {
            if !self.station(at)?.week.begun || !self.list_left_out(at, month)? {
                return Ok(());
            }
            if !self.approve(at, month)? {
                return Ok(());
            }
            for payer in Payer::ALL {
                let open = self.calendar.open(Activity::Correction, payer, self.now());
                if open.is_some() {
                    let why = "締切後の訂正（模擬）";
                    self.send_missing(at, month, payer, Some(why))?;
                }
            }
            self.try_give(at, &Command::Status(month))?;
        }
        for payer in Payer::ALL {
            let book = self.book(at)?;
            let waits = book
                .standing_of(month, payer, Kind::Claim)
                .into_iter()
                .any(|f| f.stage() == Stage::Checked);
            if waits {
                self.try_give(at, &Command::Confirm(month, payer, true))?;
            }
        }
        Ok(())
    }

    /// The month is over: what was sent and confirmed by nobody is taken back, so that it waits
    /// for the next month.
    fn withdraw_leftovers(&mut self, at: usize, month: Month) -> Result<(), Fault> {
        for payer in Payer::ALL {
            let book = self.book(at)?;
            let open = book
                .standing_of(month, payer, Kind::Claim)
                .into_iter()
                .any(|f| matches!(f.stage(), Stage::Sent | Stage::Checking | Stage::Checked));
            if open {
                self.try_give(at, &Command::Withdraw(month, payer))?;
            }
        }
        Ok(())
    }

    fn take_down(&mut self, at: usize, month: Month) -> Result<(), Fault> {
        if self.station(at)?.week.taken_down {
            return Ok(());
        }
        let payer = Payer::ALL
            .get(usize::try_from(self.draw(2, "take-down-of", at, month)).unwrap_or(0))
            .copied()
            .unwrap_or(Payer::SocialInsuranceFund);
        let book = self.book(at)?;
        let filed = book.receipts().find(|one| {
            one.filing.month == month
                && one.filing.payer == payer
                && one.place == reseplug_claims::Place::Filed
                && !one.hearsay
        });
        if let Some(one) = filed {
            let command = Command::TakeDown(one.filing, vec![one.receipt.number]);
            if self.try_give(at, &command)? {
                self.station(at)?.week.taken_down = true;
                self.count("staff-took-down");
            }
        }
        Ok(())
    }
}

pub(super) fn sending(
    month: Month,
    payer: Option<Payer>,
    trial: bool,
    again: Option<String>,
) -> SendRequest {
    SendRequest {
        claim_month: month,
        channel: Channel::Gateway,
        trial,
        payer,
        by: WHO.to_owned(),
        again,
        dry_run: false,
    }
}

//! The year itself: month after month, from one look of the staff to the next, and what happens to
//! the world meanwhile.

use super::account::Sizes;
use super::by_gateway::Look;
use super::command::Command;
use super::compare::{Verdict, judge};
use super::desk::{moment, moment_at};
use super::station::{SHARING, Spoilt};
use super::world::{World, sandbox};
use jiff::Timestamp;
use reseplug_calendar::{Announced, Calendar};
use reseplug_claims::{Channel, Stage};
use reseplug_effect::Fault;
use reseplug_model::{Month, Payer};

/// When staff look: day, hour, minute; the last minute of the 10th is for whoever waits that long.
const LOOKS: [(i8, i8, i8); 13] = [
    (5, 10, 0),
    (6, 9, 30),
    (7, 16, 0),
    (8, 9, 0),
    (9, 11, 0),
    (10, 9, 0),
    (10, 20, 0),
    (10, 23, 59),
    (11, 10, 0),
    (12, 15, 0),
    (13, 10, 0),
    (15, 14, 0),
    (21, 12, 0),
];

/// Something that happens at a moment.
#[derive(Debug, Clone, Copy)]
enum Happens {
    Look(usize, Look),
    Down,
    Up,
    Spoilt(usize, Spoilt),
    BackUp(usize),
    Restore(usize),
    Announced(Payer, Timestamp),
}

impl World {
    /// Plays the year; `say` is told how far it is.
    pub(super) fn play(
        &mut self,
        first: Month,
        months: usize,
        mut say: impl FnMut(usize, usize, Month),
    ) -> Result<Month, Fault> {
        let mut month = first;
        let mut last = first;
        for _ in 1..months {
            last = last.next().ok_or_else(too_long)?;
        }
        self.last_month = Some(last);
        if let Some(begin) = moment(first, 1, 9) {
            self.reach(begin);
        }
        self.gateway_up()?;
        self.settle_in()?;
        for played in 0..months {
            say(played, months, month);
            self.month(month)?;
            if month != last {
                month = month.next().ok_or_else(too_long)?;
            }
        }
        self.end(last)?;
        Ok(last)
    }

    fn month(&mut self, month: Month) -> Result<(), Fault> {
        if let Some(begin) = moment(month, 1, 9) {
            self.reach(begin);
        }
        for at in 0..self.stations.len() {
            self.begin_month(at, month)?;
        }
        for (when, what) in self.plan(month) {
            self.reach(when);
            self.happen(month, what)?;
        }
        self.gateway_up()
    }

    fn plan(&self, month: Month) -> Vec<(Timestamp, Happens)> {
        let mut plan: Vec<(Timestamp, Happens)> = Vec::new();
        let mut add = |when: Option<Timestamp>, what| plan.extend(when.map(|when| (when, what)));
        for (day, hour, minute) in LOOKS {
            for at in 0..self.stations.len() {
                let look = Look {
                    day: u8::try_from(day).unwrap_or(0),
                    last_minute: hour == 23,
                };
                add(
                    moment_at(month, day, hour, minute, 0),
                    Happens::Look(at, look),
                );
            }
        }
        // The whole world is drawn for as a station that there is not.
        let nobody = usize::MAX;
        if self.likely(60, "gateway-down", nobody, month) {
            let day = i8::try_from(5 + self.draw(6, "down-on", nobody, month)).unwrap_or(6);
            add(moment_at(month, day, 8, 45, 0), Happens::Down);
            let hours = i8::try_from(1 + self.draw(9, "down-for", nobody, month)).unwrap_or(1);
            add(moment_at(month, day, 8 + hours, 50, 0), Happens::Up);
        }
        if self.likely(15, "extension", nobody, month) {
            let payer = match self.likely(50, "extended-by", nobody, month) {
                true => Payer::SocialInsuranceFund,
                false => Payer::NationalHealthFederation,
            };
            if let Some(closes) = moment(month, 13, 0) {
                add(
                    moment_at(month, 9, 18, 0, 0),
                    Happens::Announced(payer, closes),
                );
            }
        }
        for at in (0..self.stations.len()).filter(|at| !self.is_handover(*at)) {
            let day = i8::try_from(5 + self.draw(5, "certificate-on", at, month)).unwrap_or(6);
            let how = match self.draw(30, "certificate", at, month) {
                0 => Spoilt::Revoked,
                1 => Spoilt::Expired,
                // There is nobody else's in a world of one station.
                2 if self.stations.len() > 1 => Spoilt::Foreign,
                _ => continue,
            };
            add(moment_at(month, day, 9, 20, 0), Happens::Spoilt(at, how));
        }
        for group in 0..self.stations.len().div_ceil(SHARING) {
            if self.likely(25, "restore", group, month) {
                let copied = if self.likely(50, "old-copy", group, month) {
                    moment_at(month, 5, 12, 0, 0)
                } else {
                    moment_at(month, 7, 20, 0, 0)
                };
                add(copied, Happens::BackUp(group));
                let day = i8::try_from(8 + self.draw(3, "restored-on", group, month)).unwrap_or(8);
                add(moment_at(month, day, 8, 30, 0), Happens::Restore(group));
            }
        }
        plan.sort_by_key(|(when, _)| *when);
        plan
    }

    fn is_handover(&self, at: usize) -> bool {
        self.stations.get(at).is_some_and(|s| s.handover)
    }

    fn happen(&mut self, month: Month, what: Happens) -> Result<(), Fault> {
        match what {
            Happens::Look(at, look) if self.is_handover(at) => {
                self.look_by_handover(at, month, look)
            }
            Happens::Look(at, look) => self.look_by_gateway(at, month, look),
            Happens::Down => {
                self.gateway_down();
                self.count("gateway-down-for-hours");
                Ok(())
            }
            Happens::Up => self.gateway_up(),
            Happens::Spoilt(at, how) => self.spoil_certificate(at, how),
            Happens::BackUp(group) => self.back_up(group),
            Happens::Restore(group) => self.restore(group),
            Happens::Announced(payer, closes) => self.announce(month, payer, closes),
        }
    }

    fn spoil_certificate(&mut self, at: usize, how: Spoilt) -> Result<(), Fault> {
        let institution = self.station(at)?.institution.clone();
        let today = self.now().to_zoned(reseplug_calendar::japan());
        let next = (at + 1).checked_rem(self.stations.len()).unwrap_or(at);
        let other = self.station(next)?.institution.clone();
        let Some(gateway) = &self.gateway else {
            return Ok(());
        };
        match how {
            Spoilt::Revoked => gateway
                .revoke_client(&institution)
                .map_err(|e| sandbox(&e))?,
            Spoilt::Expired => {
                let tomorrow = today.tomorrow().map_or(today.date(), |day| day.date());
                let until = (
                    i32::from(tomorrow.year()),
                    tomorrow.month().unsigned_abs(),
                    tomorrow.day().unsigned_abs(),
                );
                gateway
                    .reissue_client(&institution, Some(until))
                    .map_err(|e| sandbox(&e))?;
                self.renew(at)?;
            }
            Spoilt::Foreign => self.import_certificate(at, &other)?,
        }
        self.station(at)?.certificate_bad = Some(how);
        Ok(())
    }

    fn announce(&mut self, month: Month, payer: Payer, closes: Timestamp) -> Result<(), Fault> {
        let announced = Announced {
            payer: Some(payer),
            claim_month: month,
            closes,
            source: "模擬のお知らせ".to_owned(),
            noted_by: super::station::WHO.to_owned(),
        };
        if let Some(gateway) = &self.gateway {
            gateway
                .announce(announced.clone())
                .map_err(|e| sandbox(&e))?;
        } else {
            return Ok(());
        }
        self.extensions.push(announced);
        self.calendar = Calendar::with(self.extensions.clone());
        self.count("extension-announced");
        for at in 0..self.stations.len() {
            self.write_config(at)?;
        }
        Ok(())
    }

    /// The last month's review and payment are over, and everybody looks once more.
    fn end(&mut self, last: Month) -> Result<(), Fault> {
        self.quiet = true;
        self.gateway_up()?;
        let after = last.next().ok_or_else(too_long)?;
        for day in [5, 21] {
            if let Some(when) = moment(after, day, 12) {
                self.reach(when);
            }
            for at in 0..self.stations.len() {
                self.look_once_more(at, last)?;
            }
        }
        Ok(())
    }

    fn look_once_more(&mut self, at: usize, last: Month) -> Result<(), Fault> {
        self.station(at)?
            .ahead
            .store(0, std::sync::atomic::Ordering::SeqCst);
        if self.is_handover(at) {
            return self.import_round(at, last);
        }
        if self.station(at)?.certificate_bad.is_some() {
            self.new_certificate(at)?;
        }
        let book = self.book(at)?;
        let mut open: Vec<Month> = book
            .filings()
            .iter()
            .filter(|f| f.channel == Channel::Gateway && !f.is_trial())
            .filter(|f| f.stage() < Stage::Withdrawn)
            .map(|f| f.key.month)
            .collect();
        open.dedup();
        // Twice: what was armed before the year ended may still strike.
        for _ in 0..2 {
            for month in &open {
                self.try_give(at, &Command::Status(*month))?;
            }
            self.try_give(at, &Command::Fetch)?;
            self.try_give(at, &Command::Acknowledge(last))?;
        }
        Ok(())
    }

    /// What it came to.
    pub(super) fn verdict(&mut self, last: Month) -> Result<(Verdict, Sizes), Fault> {
        let ledger = match &self.gateway {
            Some(gateway) => gateway.filed_receipts(),
            None => Vec::new(),
        };
        let (mut verdict, mut sizes) = (Verdict::default(), Sizes::default());
        for at in 0..self.stations.len() {
            let account = self.account(at, &ledger, last, &mut sizes)?;
            judge(&account, &mut verdict);
        }
        for station in std::mem::take(&mut self.foreign_honoured) {
            verdict.wrong(format!(
                "{station}: something was asked under another station's certificate"
            ));
        }
        Ok((verdict, sizes))
    }
}

fn too_long() -> Fault {
    Fault::new(
        "year/months",
        "--months が多すぎます。少なくしてください。",
        "too many --months",
    )
}

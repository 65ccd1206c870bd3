//! A claim week by hand-over: the program places files, staff take them to the official terminal,
//! and tell the program what they did — in any order, sometimes wrongly, sometimes not at all. By
//! the 13th they go through what is only heard, and put it right.

use super::by_gateway::{Look, sending};
use super::command::Command;
use super::desk::Sending;
use super::station::{WHO, unusable};
use super::world::World;
use reseplug::{Channel, ImportRequest, ReportRequest, SendRequest, Told};
use reseplug_claims::{Filing, Kind, Stage};
use reseplug_effect::Fault;
use reseplug_engine::contract::DownloadKind;
use reseplug_model::{Month, Payer};
use sha2::{Digest, Sha256};
use std::path::PathBuf;

impl World {
    /// What staff of a station without a gateway do at a look.
    pub(super) fn look_by_handover(
        &mut self,
        at: usize,
        month: Month,
        look: Look,
    ) -> Result<(), Fault> {
        if self.station(at)?.restored && self.goes_through_the_terminal(at, month)? {
            self.station(at)?.restored = false;
        }
        if let Some(last) = month.previous() {
            self.import_round(at, last)?;
        }
        if self.is_absent(at, month) {
            return Ok(());
        }
        let begins = 5 + self.draw(6, "sends-on", at, month);
        let last_minute = self.likely(12, "last-minute", at, month);
        if u64::from(look.day) < begins || (last_minute && !look.last_minute && look.day <= 10) {
            return Ok(());
        }
        if look.day <= 10 {
            if !self.station(at)?.week.approved && !self.approve(at, month)? {
                return Ok(());
            }
            for payer in Payer::ALL {
                // 請求状況 shows what is confirmed; nobody sends beside that.
                let confirmed = self
                    .desk
                    .of(at, payer, month)
                    .any(|s| s.confirmed.is_some());
                let before = match confirmed {
                    true => None,
                    false => self.calm(at, month, payer),
                };
                self.hand_over(at, month, payer)?;
                self.at_the_terminal(at, month, payer)?;
                self.note_chance(at, month, payer, before)?;
            }
        } else if look.day <= 13 {
            for payer in Payer::ALL {
                self.put_record_right(at, month, payer, look.day >= 13)?;
            }
        }
        Ok(())
    }

    fn handed(&mut self, at: usize, month: Month, payer: Payer) -> Result<Option<Filing>, Fault> {
        let book = self.book(at)?;
        let standing = book.standing_of(month, payer, Kind::Claim);
        Ok(standing.last().map(|filing| (*filing).clone()))
    }

    /// Has the program place the file, unless it lies there.
    fn hand_over(&mut self, at: usize, month: Month, payer: Payer) -> Result<(), Fault> {
        let mut again = None;
        for _ in 0..4 {
            let there = self.handed(at, month, payer)?;
            if let Some(filing) = &there
                && filing.reference().is_some()
                && (filing.stage() != Stage::HandedOver || self.intact(at, filing)?)
            {
                return Ok(());
            }
            if !self.has_file(at, month, payer)? {
                return Ok(());
            }
            let request = SendRequest {
                channel: Channel::Handover,
                ..sending(month, Some(payer), false, again.clone())
            };
            let fault = match self.give(at, &Command::Send(request)) {
                Ok(()) => return Ok(()),
                Err(fault) => fault,
            };
            self.note(&fault);
            match fault.code.as_str() {
                "claim/other-content" => {
                    // What lies there was not sent, or was cancelled: nobody had said so.
                    self.desk_cancels(at, month, payer);
                    if !self.report(at, month, payer, None, Told::Cancelled)? {
                        return Ok(());
                    }
                }
                "claim/left-before" => {
                    let gone = self.handed(at, month, payer)?.is_none();
                    if again.is_some() || !gone {
                        return Ok(());
                    }
                    again = Some("取消後に同じ内容を送り直す（模擬）".to_owned());
                }
                "claim/claimed-before" => {
                    self.station(at)?.week.approved = false;
                    if !self.approve(at, month)? {
                        return Ok(());
                    }
                }
                // Another file lies where this one belongs: staff clear the folder.
                code if code.starts_with("exchange/") || code.starts_with("claims/") => {
                    self.clear_folder(at, month, payer)?;
                }
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    fn clear_folder(&mut self, at: usize, month: Month, payer: Payer) -> Result<(), Fault> {
        let name = match payer {
            Payer::SocialInsuranceFund => "1-支払基金",
            Payer::NationalHealthFederation => "2-国保連",
        };
        let folder = self
            .station(at)?
            .home
            .join(format!("handover/{month}/{name}"));
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|e| unusable(&folder, &e))?;
        }
        Ok(())
    }

    /// After the store was taken back from a backup, staff hold what the official terminal shows
    /// against the record, as they are told to: nobody else can. Says whether all of it was recorded.
    fn goes_through_the_terminal(&mut self, at: usize, month: Month) -> Result<bool, Fault> {
        let mut whole = true;
        let live: Vec<Sending> = self.desk.live(at).cloned().collect();
        for sending in live {
            let (of, payer) = (sending.month, sending.payer);
            let book = self.book(at)?;
            let standing = book.standing_of(of, payer, Kind::Claim);
            if standing.iter().any(|f| f.key.sha256 == sending.sha256) {
                continue;
            }
            let others = standing.iter().filter(|f| f.reference().is_some());
            let others: Vec<u32> = others.map(|f| f.key.sequence).collect();
            for sequence in others {
                whole &= self.report(at, of, payer, Some(sequence), Told::Cancelled)?;
            }
            let folder = self.station(at)?.home.join("from-the-terminal");
            std::fs::create_dir_all(&folder).map_err(|e| unusable(&folder, &e))?;
            let path = folder.join(format!("{}-{of}-sent.uke", payer.code()));
            crate::verbs::write(&path, sending.bytes())?;
            let told = Told::Sent {
                number: String::new(),
            };
            whole &= self.report_of(at, of, payer, (None, Some(path)), told)?;
            if of < month {
                self.import_findings(at, of, payer)?;
                if let Some(bytes) = self.desk.acknowledgement(at, payer, of) {
                    let ack = ("juryosho.csv", bytes.as_slice());
                    whole &= self.import(at, of, payer, DownloadKind::Acknowledgement, ack)?;
                }
            }
        }
        Ok(whole)
    }

    /// Staff cancel in the official terminal what is not confirmed there.
    fn desk_cancels(&mut self, at: usize, month: Month, payer: Payer) {
        let mut cancelled = false;
        for sending in self.desk.of(at, payer, month).filter(|s| s.is_open()) {
            sending.cancelled = true;
            cancelled = true;
        }
        if let (true, Some(station)) = (cancelled, self.stations.get_mut(at)) {
            station.wishes.taken_back(month, payer);
        }
    }

    fn report(
        &mut self,
        at: usize,
        month: Month,
        payer: Payer,
        sequence: Option<u32>,
        told: Told,
    ) -> Result<bool, Fault> {
        self.report_of(at, month, payer, (sequence, None), told)
    }

    fn report_of(
        &mut self,
        at: usize,
        month: Month,
        payer: Payer,
        (sequence, file): (Option<u32>, Option<PathBuf>),
        told: Told,
    ) -> Result<bool, Fault> {
        let request = ReportRequest {
            file,
            claim_month: month,
            payer,
            trial: false,
            sequence,
            told,
            at: String::new(),
            by: WHO.to_owned(),
            dry_run: false,
        };
        self.try_give(at, &Command::Report(request))
    }

    /// What staff do in the official terminal with the file that lies there.
    fn at_the_terminal(&mut self, at: usize, month: Month, payer: Payer) -> Result<(), Fault> {
        let Some(filing) = self.handed(at, month, payer)? else {
            return Ok(());
        };
        let Some(path) = self.claim_file(at, &filing)? else {
            return Ok(());
        };
        if !self.is_sent(at, &filing) {
            self.spoil(at, month, payer, &path)?;
            if !self.intact(at, &filing)? {
                // The checksum on the checklist does not fit: it is not sent.
                let _ = std::fs::remove_file(&path);
                self.hand_over(at, month, payer)?;
            }
            self.send_there(at, &filing, &path)?;
            return Ok(());
        }
        let word = payer.code();
        let findings = self
            .desk
            .of(at, payer, month)
            .next_back()
            .filter(|s| s.is_open())
            .map(|s| (s.has_findings(), s.sha256.clone()));
        let Some((found, sha256)) = findings else {
            return Ok(());
        };
        if sha256 != filing.key.sha256 {
            return Ok(());
        }
        if found && self.likely(60, "imports-findings", at, month) {
            self.import_findings(at, month, payer)?;
            if self.likely(50, "corrects", at, month)
                && !self.station(at)?.week.corrected.contains(word)
            {
                self.station(at)?.week.corrected.insert(word);
                self.desk_cancels(at, month, payer);
                if self.likely(80, "reports-cancelled", at, month) {
                    self.report(at, month, payer, None, Told::Cancelled)?;
                }
                self.correct(at, payer, month)?;
                if self.station(at)?.week.approved || self.approve(at, month)? {
                    self.hand_over(at, month, payer)?;
                    if let Some(filing) = self.handed(at, month, payer)?
                        && let Some(path) = self.claim_file(at, &filing)?
                    {
                        self.send_there(at, &filing, &path)?;
                    }
                }
                return Ok(());
            }
        }
        if self.likely(20, "forgets-to-confirm", at, month) {
            return Ok(());
        }
        let include_errors = self.likely(50, "includes-errors", at, month);
        let now = self.now();
        let open = self
            .calendar
            .open(reseplug_calendar::Activity::Claim, payer, now)
            .is_some();
        if !open || !self.desk.confirm(at, payer, month, now, include_errors) {
            return Ok(());
        }
        if self.likely(70, "reports-confirmed", at, month) {
            let wrong = self.likely(10, "reports-the-other", at, month);
            let told = Told::Confirmed {
                left_out: Vec::new(),
                include_errors: Some(include_errors != wrong),
                number: String::new(),
            };
            self.report(at, month, payer, None, told)?;
        }
        Ok(())
    }

    /// Whether the official terminal has exactly this, not cancelled.
    fn is_sent(&mut self, at: usize, filing: &Filing) -> bool {
        let (payer, month) = (filing.key.payer, filing.key.month);
        self.desk
            .of(at, payer, month)
            .any(|s| !s.cancelled && s.sha256 == filing.key.sha256)
    }

    fn send_there(&mut self, at: usize, filing: &Filing, path: &PathBuf) -> Result<(), Fault> {
        let (payer, month) = (filing.key.payer, filing.key.month);
        let Ok(bytes) = std::fs::read(path) else {
            return Ok(());
        };
        if hex::encode(Sha256::digest(&bytes)) != filing.key.sha256 {
            return Ok(());
        }
        // 請求状況 shows what is there: nobody sends beside what is confirmed.
        if self
            .desk
            .of(at, payer, month)
            .any(|s| s.confirmed.is_some())
        {
            return Ok(());
        }
        self.desk_cancels(at, month, payer);
        let (now, calendar) = (self.now(), self.calendar.clone());
        if self.desk.send(at, &bytes, &calendar, now) {
            match self.draw(20, "reports-sent", at, month) {
                0..14 => drop(self.report(
                    at,
                    month,
                    payer,
                    None,
                    Told::Sent {
                        number: String::new(),
                    },
                )?),
                14 if !self.station(at)?.week.misreported => {
                    self.station(at)?.week.misreported = true;
                    self.count("staff-reported-wrongly");
                    self.report(at, month, payer, None, Told::Cancelled)?;
                }
                15 if !self.station(at)?.week.misreported => {
                    self.station(at)?.week.misreported = true;
                    self.count("staff-reported-wrongly");
                    let told = Told::Confirmed {
                        left_out: Vec::new(),
                        include_errors: None,
                        number: String::new(),
                    };
                    self.report(at, month, payer, None, told)?;
                }
                _ => self.count("staff-reported-nothing"),
            }
        }
        Ok(())
    }

    /// Now and then somebody deletes the file, or opens it in an editor.
    fn spoil(
        &mut self,
        at: usize,
        month: Month,
        payer: Payer,
        path: &PathBuf,
    ) -> Result<(), Fault> {
        let word = payer.code();
        match self.draw(20, &format!("spoils-{word}"), at, month) {
            0 => {
                let _ = std::fs::remove_file(path);
                self.count("handover-file-deleted");
            }
            1 => {
                if let Ok(mut bytes) = std::fs::read(path) {
                    bytes.extend(b"\r\n");
                    let _ = std::fs::remove_file(path);
                    crate::verbs::write(path, &bytes)?;
                    self.count("handover-file-edited");
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn import(
        &mut self,
        at: usize,
        month: Month,
        payer: Payer,
        kind: DownloadKind,
        (name, bytes): (&str, &[u8]),
    ) -> Result<bool, Fault> {
        let folder = self.station(at)?.home.join("from-the-terminal");
        std::fs::create_dir_all(&folder).map_err(|e| unusable(&folder, &e))?;
        let path = folder.join(format!("{}-{month}-{name}", payer.code()));
        crate::verbs::write(&path, bytes)?;
        let request = ImportRequest {
            sequence: None,
            kind: Some(kind),
            files: vec![path],
            claim_month: month,
            payer: Some(payer),
            output: None,
            by: WHO.to_owned(),
        };
        self.try_give(at, &Command::Import(request))
    }

    fn import_findings(&mut self, at: usize, month: Month, payer: Payer) -> Result<bool, Fault> {
        let last = self.desk.of(at, payer, month).rfind(|s| !s.cancelled);
        let Some(sending) = last.cloned() else {
            return Ok(false);
        };
        let bytes = self.desk.findings(&sending);
        let name = ("asp.csv", bytes.as_slice());
        self.import(at, month, payer, DownloadKind::Findings, name)
    }

    /// 受領書 and findings are imported; what was only heard and is not so is reported as it is.
    fn put_record_right(
        &mut self,
        at: usize,
        month: Month,
        payer: Payer,
        surely: bool,
    ) -> Result<(), Fault> {
        if !surely && !self.likely(60, "imports-soon", at, month) {
            return Ok(());
        }
        let there = self
            .desk
            .of(at, payer, month)
            .rfind(|s| s.confirmed.is_some());
        let confirmed = there.map(|s| s.sha256.clone());
        let book = self.book(at)?;
        let handed: Vec<(u32, String)> = book
            .standing_of(month, payer, Kind::Claim)
            .into_iter()
            .filter(|f| !f.known().is_filed() && f.reference().is_some())
            .map(|f| (f.key.sequence, f.key.sha256.clone()))
            .collect();
        for (sequence, sha256) in handed {
            if confirmed.as_deref() != Some(sha256.as_str()) && surely {
                self.desk_cancels(at, month, payer);
                self.report(at, month, payer, Some(sequence), Told::Cancelled)?;
            }
        }
        if let (Some(_), Some(bytes)) = (confirmed, self.desk.acknowledgement(at, payer, month)) {
            self.import_findings(at, month, payer)?;
            let ack = ("juryosho.csv", bytes.as_slice());
            self.import(at, month, payer, DownloadKind::Acknowledgement, ack)?;
        }
        Ok(())
    }

    /// What came back of a month is imported, each file once.
    pub(super) fn import_round(&mut self, at: usize, month: Month) -> Result<(), Fault> {
        for payer in Payer::ALL {
            let files = [
                (
                    "returns",
                    DownloadKind::Returns,
                    self.desk.returns(at, payer, month),
                    "henrei.uke",
                ),
                (
                    "adjustments",
                    DownloadKind::Adjustments,
                    self.desk.adjustments(at, payer, month),
                    "zougen.csv",
                ),
                (
                    "payments",
                    DownloadKind::Payments,
                    self.desk.payments(at, payer, month),
                    "furikomi.csv",
                ),
            ];
            for (word, kind, bytes, name) in files {
                let mark = (word, payer.code(), month);
                let Some(bytes) = bytes else { continue };
                if self.station(at)?.imported.contains(&mark) {
                    continue;
                }
                if self.import(at, month, payer, kind, (name, &bytes))? {
                    self.station(at)?.imported.insert(mark);
                }
            }
        }
        Ok(())
    }

    /// The claim file of a hand-over, where it lies.
    fn claim_file(&mut self, at: usize, filing: &Filing) -> Result<Option<PathBuf>, Fault> {
        let files = self.host(at)?.files_of(filing);
        Ok(files.into_iter().find(|path| {
            path.extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("uke"))
        }))
    }

    /// Whether the file lies there as it was placed.
    fn intact(&mut self, at: usize, filing: &Filing) -> Result<bool, Fault> {
        Ok(self
            .claim_file(at, filing)?
            .and_then(|path| std::fs::read(path).ok())
            .is_some_and(|bytes| hex::encode(Sha256::digest(&bytes)) == filing.key.sha256))
    }
}

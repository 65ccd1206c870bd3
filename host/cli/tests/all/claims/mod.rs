//! Claim week at a station, through the program: what is sent, what is known, who did it.

mod after;
mod brought;
mod calendar;
mod doubles;
mod faults;
mod findings;
mod handover;
mod later;
mod month;
mod paper;
mod record;
mod restored;
mod returns;
mod shown;
mod stations;
mod told;
mod voice;

use crate::station::{Desk, quick};
use crate::{code, run, stderr, stdout};
use receden::ClaimFile;
use reseplug::{Host, HostOptions};
use reseplug_sandbox::RunningSandbox;
use reseplug_sandbox::gateway::{Clock, GatewayOptions};
use serde_json::Value;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

pub(crate) const MONTH: &str = "2024-11";
pub(crate) const WHO: &str = "架空 花子";
/// 支払基金 and 国保連.
pub(crate) const FUND: &str = "1";
pub(crate) const FEDERATION: &str = "2";

/// A station in claim week: its product's month lies ready, its certificate is imported.
pub(crate) struct Office {
    pub(crate) desk: Desk,
    /// The product's files as they were written first, by payer.
    whole: Vec<(&'static str, Vec<u8>)>,
}

impl Office {
    pub(crate) fn new(station: &str) -> Self {
        let desk = Desk::new(station);
        desk.import_certificate();
        let mut office = Self {
            desk,
            whole: Vec::new(),
        };
        office.whole = [FUND, FEDERATION]
            .map(|payer| (payer, fs::read(office.document(payer)).unwrap()))
            .into();
        office
    }

    /// A few people are enough for most stories: the first ones of each payer's file.
    pub(crate) fn small(receipts: usize) -> Self {
        let office = Self::new("hidamari");
        office.people(0..receipts, MONTH);
        office
    }

    /// The product's files are those of some of its people, in the order of the first files.
    pub(crate) fn people(&self, people: Range<usize>, month: &str) {
        for (payer, _) in &self.whole {
            self.some(payer, people.clone(), month);
        }
    }

    /// The file of one payer is that of some of its people.
    pub(crate) fn some(&self, payer: &str, people: Range<usize>, month: &str) {
        let (_, bytes) = self.whole.iter().find(|(of, _)| *of == payer).unwrap();
        let mut file = ClaimFile::parse(bytes).unwrap();
        for at in (0..file.receipts().count()).rev() {
            if !people.contains(&at) {
                file.remove_receipt(at).unwrap();
            }
        }
        file.renumber().unwrap();
        file.set_field(0, 7, &month.replace('-', "")).unwrap();
        fs::write(self.document(payer), file.to_bytes()).unwrap();
    }

    /// `reseplug claim VERB --month 2024-11 … --json`
    pub(crate) fn claim(&self, verb: &str, more: &[&str]) -> (i32, Value) {
        self.claim_of(MONTH, verb, more)
    }

    /// The same of another month.
    pub(crate) fn claim_of(&self, month: &str, verb: &str, more: &[&str]) -> (i32, Value) {
        // `report` and `import` take something before their options.
        let args = [&["claim", verb][..], more, &["--month", month]].concat();
        self.desk.json(&args)
    }

    /// The same by somebody, who is named.
    pub(crate) fn by(&self, verb: &str, more: &[&str]) -> (i32, Value) {
        self.claim(verb, &[more, &["--by", WHO]].concat())
    }

    /// It goes well.
    pub(crate) fn does(&self, verb: &str, more: &[&str]) -> Value {
        let (exit, told) = self.by(verb, more);
        assert_eq!(exit, 0, "claim {verb} {more:?}: {told}");
        told
    }

    /// It is refused with this exit and code; what the person reads is returned.
    pub(crate) fn stops(&self, verb: &str, more: &[&str], exit: i32, fault: &str) -> String {
        let (ended, told) = self.by(verb, more);
        assert_eq!(
            (ended, told["error"]["code"].as_str()),
            (exit, Some(fault)),
            "claim {verb} {more:?}: {told}"
        );
        told["error"]["message_ja"].as_str().unwrap().to_owned()
    }

    /// The month is approved; nobody's coverage was looked up, so that a reason is given for all.
    pub(crate) fn approve(&self, more: &[&str]) -> Value {
        self.approve_of(MONTH, more)
    }

    pub(crate) fn approve_of(&self, month: &str, more: &[&str]) -> Value {
        let reasons = ["--despite", "書面で確認した", "--seen", "資格確認書"];
        let args = [&reasons[..], more, &["--by", WHO]].concat();
        let (exit, told) = self.claim_of(month, "approve", &args);
        assert_eq!(exit, 0, "claim approve {more:?}: {told}");
        told
    }

    /// What a person reads on the screen, in Japanese and English, and how it ends.
    pub(crate) fn reads(&self, verb: &str, more: &[&str]) -> (i32, String, String) {
        let args = [&["claim", verb][..], more, &["--month", MONTH]].concat();
        let say = |lang| run(&self.desk.home, &[&args[..], &["--lang", lang]].concat());
        let (ja, en) = (say("ja"), say("en"));
        assert_eq!(code(&ja), code(&en), "{verb} {more:?}");
        let text = |output| stdout(output) + &stderr(output);
        (code(&ja), text(&ja), text(&en))
    }

    /// The file that the product writes for a payer.
    pub(crate) fn document(&self, payer: &str) -> PathBuf {
        let folder = if payer == FUND { "SHAHO" } else { "KOKUHO" };
        self.desk.home.join(folder).join("RECEIPTH.UKE")
    }

    /// The product's file, read.
    pub(crate) fn made(&self, payer: &str) -> ClaimFile {
        ClaimFile::parse(&fs::read(self.document(payer)).unwrap()).unwrap()
    }

    /// Staff change the month in the product and write its file anew.
    pub(crate) fn product(&self, payer: &str, change: impl FnOnce(&mut ClaimFile)) {
        let mut file = self.made(payer);
        change(&mut file);
        fs::write(self.document(payer), file.to_bytes()).unwrap();
    }

    /// The world outside by the machine's clock.
    pub(crate) fn world(&self) -> RunningSandbox {
        self.desk.world(quick())
    }

    /// The world outside by a clock that the story turns.
    pub(crate) fn world_with(&self, gateway: GatewayOptions, hands: &Hands) -> RunningSandbox {
        self.desk.world_of(quick(), gateway, hands.clock())
    }

    /// The filings of the month as `claim status` tells them, without asking anybody.
    pub(crate) fn sent(&self, payer: &str) -> Vec<Value> {
        let (_, week) = self.claim("week", &["--payer", payer]);
        week["payers"][0]["sendings"].as_array().unwrap().clone()
    }

    /// The kinds of events of a payer's month, in order.
    pub(crate) fn history(&self, payer: &str) -> Vec<Value> {
        let (exit, told) = self.claim("history", &["--payer", payer]);
        assert_eq!(exit, 0, "{told}");
        told["events"].as_array().unwrap().clone()
    }

    /// Where each receipt stands: month, payer and sending, number, place.
    pub(crate) fn receipts(&self) -> Vec<Value> {
        let (_, told) = self.desk.json(&["claim", "receipts"]);
        told["receipts"].as_array().unwrap().clone()
    }

    /// Receipts that wait.
    pub(crate) fn late(&self) -> Vec<Value> {
        let (exit, told) = self.desk.json(&["claim", "late"]);
        assert_eq!(exit, 0, "{told}");
        told["late"].as_array().unwrap().clone()
    }

    pub(crate) fn audit_is_intact(&self) {
        let (exit, told) = self.desk.json(&["audit", "verify"]);
        assert_eq!(exit, 0, "{told}");
    }
}

/// 実日数 one too many: 返戻のおそれ, which 受付・事務点検 calls 要確認.
pub(crate) fn wrong_days(file: &mut ClaimFile, receipt: usize) {
    let (line, _) = record(file, receipt, "HO");
    file.set_field(line, 5, "31").unwrap();
}

/// A disease without code and without name: 受付不能.
pub(crate) fn no_disease(file: &mut ClaimFile, receipt: usize) {
    let (line, code) = record(file, receipt, "SY");
    assert!(code.contains("0000999"), "{code}");
    file.set_field(line, 4, "").unwrap();
}

/// Line and text of the first record of a kind in a receipt.
fn record(file: &ClaimFile, receipt: usize, id: &str) -> (usize, String) {
    let receipt = file.receipt(receipt).unwrap();
    let (line, record) = receipt.records_of(id).next().unwrap();
    (line, String::from_utf8_lossy(record.bytes()).into_owned())
}

/// A folder with everything in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    for file in crate::demo::files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&file, target).unwrap();
    }
}

/// Names of a file's people.
pub(crate) fn names(file: &ClaimFile) -> Vec<String> {
    file.receipts()
        .map(|receipt| String::from(receipt.name().unwrap()))
        .collect()
}

/// A clock that the story turns.
#[derive(Clone)]
pub(crate) struct Hands(Arc<Mutex<jiff::Timestamp>>);

impl Hands {
    /// `2024-11-10T23:59:00`, in Japan.
    pub(crate) fn at(text: &str) -> Self {
        Self(Arc::new(Mutex::new(Self::read(text))))
    }

    /// Any moment.
    pub(crate) fn of(moment: jiff::Timestamp) -> Self {
        Self(Arc::new(Mutex::new(moment)))
    }

    fn read(text: &str) -> jiff::Timestamp {
        format!("{text}+09:00").parse().unwrap()
    }

    pub(crate) fn turn(&self, text: &str) {
        *self.0.lock().unwrap() = Self::read(text);
    }

    /// A day and a half later.
    pub(crate) fn forward(&self) {
        let mut hands = self.0.lock().unwrap();
        *hands += jiff::SignedDuration::from_hours(36);
    }

    /// The program's own code at the station, by this clock.
    pub(crate) fn host(&self, office: &Office) -> Host {
        let options = HostOptions {
            builtin: reseplug_cli::SHIPPED,
            clock: Arc::new(self.clone()),
            actor: WHO.to_owned(),
            ..HostOptions::default()
        };
        Host::open(&office.desk.home.join("station.toml"), options).unwrap()
    }

    fn clock(&self) -> Clock {
        let hands = Arc::clone(&self.0);
        Arc::new(move || *hands.lock().unwrap())
    }
}

/// The texts under a name in a list.
pub(crate) fn texts<'v>(list: &'v [Value], name: &str) -> Vec<&'v str> {
    list.iter()
        .map(|one| one[name].as_str().unwrap_or_default())
        .collect()
}

impl reseplug_effect::Clock for Hands {
    fn now(&self) -> jiff::Timestamp {
        *self.0.lock().unwrap()
    }
}

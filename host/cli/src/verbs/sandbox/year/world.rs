//! The world of the year: one clock, one gateway, the official terminals, the stations; and how a
//! station's command is given, with everything that may happen to a PC meanwhile.

use super::command::Command;
use super::desk::Desk;
use super::lot::Lot;
use super::station::{SHARING, Station, unusable};
use crate::SHIPPED;
use crate::verbs::demo::clock::{StoryClock, StoryPatience};
use jiff::{SignedDuration, Timestamp};
use reseplug::{Host, HostOptions};
use reseplug_calendar::{Activity, Announced, Calendar};
use reseplug_effect::{Clock, Fault, RetryAdvice};
use reseplug_model::{Month, Payer};
use reseplug_sandbox::gateway::{Gateway, GatewayOptions, Mischief, Review, RunningGateway};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// A PC's own clock.
#[derive(Debug)]
struct PcClock {
    real: Arc<StoryClock>,
    ahead: Arc<AtomicI64>,
}

impl Clock for PcClock {
    fn now(&self) -> Timestamp {
        let now = self.real.now();
        let ahead = SignedDuration::from_secs(self.ahead.load(Ordering::SeqCst));
        now.checked_add(ahead).unwrap_or(now)
    }
}

pub(super) struct World {
    folder: PathBuf,
    pub(super) lot: Lot,
    pub(super) clock: Arc<StoryClock>,
    options: GatewayOptions,
    pub(super) gateway: Option<RunningGateway>,
    address: (String, PathBuf),
    pub(super) desk: Desk,
    pub(super) extensions: Vec<Announced>,
    pub(super) calendar: Calendar,
    pub(super) stations: Vec<Station>,
    /// What went wrong, by what it is: counted when it strikes.
    pub(super) faults: BTreeMap<String, u64>,
    /// What struck in the middle of a command, at a PC or at a gateway that has ended since.
    struck: u64,
    /// Commands given so far.
    given: u64,
    /// Stations for which something was asked under another station's certificate.
    pub(super) foreign_honoured: Vec<String>,
    /// No more trouble: the year is over.
    pub(super) quiet: bool,
    /// 請求年月 with which the year ends.
    pub(super) last_month: Option<Month>,
    /// Codes with which commands were refused, for whoever looks into a story.
    pub(super) refusals: BTreeMap<String, u64>,
}

impl World {
    pub(super) fn new(folder: &Path, seed: u64, stations: usize) -> Result<Self, Fault> {
        let lot = Lot(seed);
        let clock = Arc::new(StoryClock::default());
        let stations: Vec<Station> = (0..stations)
            .map(|at| Station::new(at, folder, lot))
            .collect();
        let time = Arc::clone(&clock);
        let options = GatewayOptions {
            clock: Arc::new(move || time.now()),
            institutions: stations.iter().map(|s| s.institution.clone()).collect(),
            quick_keys: true,
            calendar: true,
            checking_seed: Some(seed),
            review: Some(Review {
                seed,
                return_one_in: 20,
                adjust_one_in: 15,
                ..Review::default()
            }),
            slow: Duration::from_millis(1),
            ..GatewayOptions::default()
        };
        Ok(Self {
            folder: folder.to_owned(),
            lot,
            clock,
            options,
            gateway: None,
            address: (String::new(), PathBuf::new()),
            desk: Desk::new(lot),
            extensions: Vec::new(),
            calendar: Calendar::published().clone(),
            stations,
            faults: BTreeMap::new(),
            struck: 0,
            foreign_honoured: Vec::new(),
            given: 0,
            quiet: false,
            last_month: None,
            refusals: BTreeMap::new(),
        })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Time goes on to a moment; it never goes back.
    pub(super) fn reach(&mut self, at: Timestamp) {
        if at > self.now() {
            self.clock.set(at);
        }
        self.desk.settle(&self.calendar, self.clock.now());
    }

    pub(super) fn count(&mut self, fault: &str) {
        *self.faults.entry(fault.to_owned()).or_default() += 1;
    }

    /// Starts the gateway, at first or after it was away.
    pub(super) fn gateway_up(&mut self) -> Result<(), Fault> {
        if self.gateway.is_some() {
            return Ok(());
        }
        let folder = self.folder.join("gateway");
        let gateway = Gateway::start(&folder, self.options.clone()).map_err(|e| sandbox(&e))?;
        // Faults that are armed strike what only reads, too.
        gateway
            .seed_faults_among(self.lot.0, 0, true, &[])
            .map_err(|e| sandbox(&e))?;
        self.address = (gateway.url().to_owned(), gateway.ca_pem_path());
        self.gateway = Some(gateway);
        Ok(())
    }

    pub(super) fn gateway_down(&mut self) {
        if let Some(gateway) = self.gateway.take() {
            for (mischief, times) in gateway.struck() {
                let name = format!("gateway-{}", mischief.name());
                *self.faults.entry(name).or_default() += times;
                self.struck += times;
            }
            gateway.stop();
        }
    }

    /// How often something struck in the middle of a command until now, where the window is open by
    /// everybody's clock and the other side is there to be sent to; nothing where it is not. What is
    /// the same before and after was disturbed by nothing.
    pub(super) fn calm(&self, at: usize, month: Month, payer: Payer) -> Option<u64> {
        let now = self.now();
        let station = self.stations.get(at)?;
        let reachable =
            station.handover || (self.gateway.is_some() && station.certificate_bad.is_none());
        let ahead = SignedDuration::from_secs(station.ahead.load(Ordering::SeqCst));
        let open = [Some(now), now.checked_add(ahead).ok()]
            .into_iter()
            .all(|clock| {
                let open = clock.and_then(|at| self.calendar.open(Activity::Claim, payer, at));
                open.is_some_and(|window| window.claim_month == month)
            });
        let at_gateway: u64 = self
            .gateway
            .iter()
            .flat_map(|g| g.struck().into_values())
            .sum();
        (reachable && open).then(|| self.struck + at_gateway)
    }

    /// Counts what struck in the middle of a command.
    fn strike(&mut self, fault: &str) {
        self.struck += 1;
        self.count(fault);
    }

    /// Writes everybody's station file and imports the certificates.
    pub(super) fn settle_in(&mut self) -> Result<(), Fault> {
        for at in 0..self.stations.len() {
            self.write_config(at)?;
            self.renew(at)?;
        }
        Ok(())
    }

    pub(super) fn write_config(&mut self, at: usize) -> Result<(), Fault> {
        let (url, roots) = self.address.clone();
        let extensions = self.extensions.clone();
        let station = self.station(at)?;
        station.host = None;
        station.write_config((&url, &roots), &extensions)
    }

    /// Imports the certificate that a station has at the gateway now.
    pub(super) fn renew(&mut self, at: usize) -> Result<(), Fault> {
        let institution = self.station(at)?.institution.clone();
        self.import_certificate(at, &institution)?;
        self.station(at)?.certificate_bad = None;
        Ok(())
    }

    /// Imports the certificate of an institution at a station.
    pub(super) fn import_certificate(&mut self, at: usize, institution: &str) -> Result<(), Fault> {
        let Some(gateway) = &self.gateway else {
            return Ok(());
        };
        let password = gateway.client_password().to_owned();
        let file = crate::verbs::read(&gateway.client_p12_path_of(institution))?;
        let name = self.station(at)?.identity();
        let host = self.host(at)?;
        let identities = host.doors().identities()?;
        identities
            .import(&name, &file, &password)
            .map_err(|e| e.fault())?;
        self.station(at)?.host = None;
        Ok(())
    }

    pub(super) fn station(&mut self, at: usize) -> Result<&mut Station, Fault> {
        self.stations.get_mut(at).ok_or_else(nobody)
    }

    fn options_of(&self, at: usize, pluggable: bool) -> Result<(PathBuf, HostOptions), Fault> {
        let station = self.stations.get(at).ok_or_else(nobody)?;
        let patience = Arc::clone(&self.clock);
        let options = HostOptions {
            builtin: SHIPPED,
            clock: Arc::new(PcClock {
                real: Arc::clone(&self.clock),
                ahead: Arc::clone(&station.ahead),
            }),
            patience: Arc::new(move || Box::new(StoryPatience(Arc::clone(&patience)))),
            actor: "year".to_owned(),
            crash_point: pluggable.then(|| station.plug.hook()),
            ..HostOptions::default()
        };
        Ok((station.config(), options))
    }

    /// The program at a station's PC.
    pub(super) fn host(&mut self, at: usize) -> Result<&Host, Fault> {
        let open = self.stations.get(at).is_some_and(|s| s.host.is_some());
        if !open {
            let (config, options) = self.options_of(at, true)?;
            let host = Host::open(&config, options)?;
            self.station(at)?.host = Some(host);
        }
        let station = self.stations.get(at).ok_or_else(nobody)?;
        station.host.as_ref().ok_or_else(nobody)
    }

    /// Gives a command at a station's PC, with whatever happens meanwhile, and again as staff
    /// would: after the PC came up again, and some moments later where the other side is away.
    pub(super) fn give(&mut self, at: usize, command: &Command) -> Result<(), Fault> {
        const TRIES: u64 = 4;
        let mut tries = 0;
        self.mind_taking_back(at, command)?;
        loop {
            tries += 1;
            self.given += 1;
            let trouble = self.trouble(at, command)?;
            let host = self.host(at)?;
            let result = command.give(host);
            let station = self.station(at)?;
            let met = !station.plug.forget_other();
            let happened = station.plug.calm();
            if happened.pulled {
                station.host = None;
                self.strike("host-killed");
                if tries < TRIES * 2 {
                    continue;
                }
            }
            if happened.full {
                self.strike("disk-full");
            }
            if let (Some(trouble), true) = (trouble, met) {
                self.strike(trouble);
            }
            let Err(fault) = result else {
                return Ok(());
            };
            *self.refusals.entry(fault.code.clone()).or_default() += 1;
            if fault.retry == RetryAdvice::Never || tries >= TRIES {
                return Err(fault);
            }
            self.clock.advance(Duration::from_secs(20));
        }
    }

    /// What is taken back, or was about to be, need not be filed unless it is sent again. On the 11th
    /// and 12th only corrections of what was left out are taken back.
    fn mind_taking_back(&mut self, at: usize, command: &Command) -> Result<(), Fault> {
        if let Command::Withdraw(month, payer) = command {
            let station = self.station(at)?;
            if !station.week.correcting {
                station.wishes.taken_back(*month, *payer);
            }
        }
        Ok(())
    }

    /// What is to happen during the next command.
    fn trouble(&mut self, at: usize, command: &Command) -> Result<Option<&'static str>, Fault> {
        if self.quiet {
            return Ok(None);
        }
        let lot = self.lot;
        let given = self.given.to_string();
        let draw = |what: &str, n: u64| lot.below(n, &[what, &given]);
        if command.asks_gateway() && draw("mischief", 4) == 0 {
            let which = usize::try_from(draw("which", 13)).unwrap_or(0);
            if let (Some(mischief), Some(gateway)) = (Mischief::ALL.get(which), &self.gateway) {
                gateway.arm(*mischief).map_err(|e| sandbox(&e))?;
            }
        }
        let nth = 1 + draw("moment", 40);
        match draw("pc", 100) {
            0..8 => self.station(at)?.plug.pull_at(nth),
            8..12 => {
                let (config, options) = self.options_of(at, false)?;
                let command = command.clone();
                self.station(at)?.plug.other_at(
                    nth,
                    Box::new(move || {
                        // What the second PC is told is its own matter; it may be told to wait.
                        if let Ok(host) = Host::open(&config, options) {
                            let _ = command.give(&host);
                        }
                    }),
                );
                return Ok(Some("two-pcs-at-once"));
            }
            // Commands of which most write fewer times than that.
            12..16 => self.station(at)?.plug.full_at(1 + nth / 4),
            _ => {}
        }
        Ok(None)
    }

    fn files_of_store(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
        let all = std::fs::read_dir(folder).map_err(|e| unusable(folder, &e))?;
        Ok(all
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
                path.is_file() && name.is_some_and(|name| name.starts_with("reseplug.db"))
            })
            .collect())
    }

    fn of_store(&mut self, group: usize) -> impl Iterator<Item = &mut Station> {
        self.stations
            .iter_mut()
            .filter(move |s| s.at / SHARING == group)
    }

    /// Copies a store as the office's backup program does, while nothing runs.
    pub(super) fn back_up(&mut self, group: usize) -> Result<(), Fault> {
        let mut store = None;
        for station in self.of_store(group) {
            station.host = None;
            store = Some(station.store.clone());
        }
        let Some(store) = store else { return Ok(()) };
        let to = store.with_extension("backup");
        let _ = std::fs::remove_dir_all(&to);
        std::fs::create_dir_all(&to).map_err(|e| unusable(&to, &e))?;
        for file in Self::files_of_store(&store)? {
            let name = file.file_name().unwrap_or_default();
            std::fs::copy(&file, to.join(name)).map_err(|e| unusable(&file, &e))?;
        }
        Ok(())
    }

    /// The disk broke: the store is what the last backup has.
    pub(super) fn restore(&mut self, group: usize) -> Result<(), Fault> {
        let mut store = None;
        for station in self.of_store(group) {
            station.host = None;
            // Staff go through the month anew: what they did stands in no record any more.
            station.restored = true;
            station.week.approved = false;
            station.week.fetched = false;
            station.imported = BTreeSet::new();
            store = Some(station.store.clone());
        }
        let Some(store) = store else { return Ok(()) };
        let from = store.with_extension("backup");
        for file in Self::files_of_store(&store)? {
            std::fs::remove_file(&file).map_err(|e| unusable(&file, &e))?;
        }
        for file in Self::files_of_store(&from)? {
            let name = file.file_name().unwrap_or_default();
            std::fs::copy(&file, store.join(name)).map_err(|e| unusable(&file, &e))?;
        }
        self.count("store-restored-from-backup");
        Ok(())
    }
}

pub(super) fn sandbox(error: &dyn std::fmt::Display) -> Fault {
    Fault::new(
        "year/gateway",
        format!(
            "模擬のゲートウェイが動きません（{error}）。フォルダーを消してやり直してください。"
        ),
        format!("the simulated gateway does not work: {error}; remove the folder and begin anew"),
    )
}

fn nobody() -> Fault {
    Fault::new(
        "year/nobody",
        "模擬のステーションがありません。--stations を確かめてください。",
        "no such station; look at --stations",
    )
}

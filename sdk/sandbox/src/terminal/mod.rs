//! A simulated 資格確認端末: the exchange folders `req` and `res`, with what makes them awkward.
//!
//! # What it is for
//!
//! It takes requests out of `req` and answers in `res` by the layouts of [`onshi`], from the truth of
//! a fictional [`Station`] and the cards read on the [phone page](crate::phone), **as of** the day that
//! is asked about: single and bulk eligibility, the home-visit batch, 照会番号, with 処理中, `.err`, both
//! encodings, `.zip`, and the faults of [`Mischief`]. Its state survives `kill -9`: what it took is
//! noted before the request goes, and no request name is ever answered twice.
//!
//! # What it is not
//!
//! No official text of the interface is public; this follows what `onshi` knows, at its grades, and
//! says in [`centre`](self) where an answer's meaning is this sandbox's own. Error codes begin
//! `SANDBOX-`. Nothing is asked of anybody.
//!
//! Messages whose layout is not public (再照会, 閲覧同意取り消し, 医療機関アクセスURL取得) are refused as
//! unknown, unless [`TerminalOptions::layouts`] say where their values stand;
//! [`TerminalOptions::invented_layouts`] is an invented such file.

mod asked;
mod centre;
mod consents;
mod desk;
mod medical;
mod mischief;
mod registry;
mod reply;
mod store;
#[cfg(test)]
mod tests;

pub use mischief::Mischief;

use crate::gateway::Clock;
use crate::ledger::Ledger;
use crate::phone::{ConsentBook, Viewing};
use crate::population::Population;
use crate::station::Station;
use jiff::{Timestamp, Zoned, tz::TimeZone};
use mischief::Faults;
use onshi::{Charset, Layouts};
use reseplug_model::Date;
use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::Duration,
};

/// How a terminal is to behave.
#[derive(Clone)]
pub struct TerminalOptions {
    /// Encoding of answers; requests may come in both.
    pub encoding: Charset,
    /// How long an answer takes.
    pub delay: Duration,
    /// How often a bulk result is 処理中 before it is there.
    pub processing_rounds: u32,
    /// Whether the elements of every answer stand in another order than in the layout.
    pub shuffle: bool,
    /// Whether bulk results come as `.zip` \[V-impl\], and 薬剤情報等 and 特定健診 in XML with them (\[I\]: no
    /// source shows one). A PDF stays one.
    pub zip_answers: bool,
    /// Whether every answer is an encrypted `.zip` (a setting of real terminals).
    pub encrypted: bool,
    /// Faults for the next requests. A folder that has a plan of its own keeps that.
    pub faults: Vec<Mischief>,
    /// Seed of the order of shuffled elements.
    pub seed: u64,
    /// How long [`Mischief::Slow`] takes, and how long [`Mischief::ResVanishes`] lasts.
    pub slow: Duration,
    /// How long [`Mischief::Late`] takes: more than a reader waits.
    pub late: Duration,
    /// How long [`Mischief::HalfWritten`] shows half an answer.
    pub half: Duration,
    /// The time.
    pub clock: Clock,
    /// How often `req` is looked at; 2 ms at least.
    pub poll: Duration,
    /// Whether the card readings in `people.toml` count as having happened, once their time has
    /// come. Without them only what the phone page recorded counts.
    pub scripted: bool,
    /// How long viewing stays possible under a consent given at a visit.
    pub viewing: Viewing,
    /// Whom the centre knows besides the people of the station.
    pub population: Option<Arc<Population>>,
    /// Layouts of the messages whose layout is not public. Without them such a request is refused
    /// with `.err`, as any that nobody knows.
    pub layouts: Option<Arc<Layouts>>,
}

/// The layout file of [`TerminalOptions::invented_layouts`], for a station's settings. **Invented**:
/// no official file looks like it, and it is of no use at a real terminal.
pub const INVENTED_LAYOUTS: &str = include_str!("../../../onshi/layouts/invented.toml");

impl TerminalOptions {
    /// [`INVENTED_LAYOUTS`] as an option. A test holds that they read.
    pub fn invented_layouts() -> Option<Arc<Layouts>> {
        toml::from_str(INVENTED_LAYOUTS).ok().map(Arc::new)
    }
}

impl Default for TerminalOptions {
    fn default() -> Self {
        Self {
            encoding: Charset::Utf8,
            delay: Duration::ZERO,
            processing_rounds: 0,
            shuffle: false,
            zip_answers: false,
            encrypted: false,
            faults: Vec::new(),
            seed: 1,
            slow: Duration::from_secs(3),
            late: Duration::from_secs(300),
            half: Duration::from_millis(500),
            clock: Arc::new(Timestamp::now),
            poll: Duration::from_millis(20),
            scripted: true,
            viewing: Viewing::default(),
            population: None,
            layouts: None,
        }
    }
}

impl fmt::Debug for TerminalOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TerminalOptions")
            .field("encoding", &self.encoding)
            .field("delay", &self.delay)
            .field("processing_rounds", &self.processing_rounds)
            .finish_non_exhaustive()
    }
}

/// Why a terminal does not start, or what it could not do.
#[derive(Debug, thiserror::Error)]
#[error("the simulated terminal could not {action} {what}: {source}")]
pub struct TerminalError {
    action: &'static str,
    what: String,
    #[source]
    source: io::Error,
}

impl TerminalError {
    fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let what = path.display().to_string();
        move |source| Self {
            action,
            what,
            source,
        }
    }
}

/// The plan of faults of a station's terminal in a sandbox folder, whether or not it runs: for making
/// one from another process.
#[derive(Debug, Clone)]
pub struct Troubles {
    path: PathBuf,
}

impl Troubles {
    /// Of a station; `dir` is the sandbox's folder.
    pub fn of(dir: &Path, station: &str) -> Self {
        let work = dir.join("terminal").join(station).join("work");
        Self {
            path: work.join("faults.json"),
        }
    }

    /// Whether such a terminal was ever started there.
    pub fn is_there(&self) -> bool {
        self.path.parent().is_some_and(Path::is_dir)
    }

    /// Arms a fault, as [`RunningTerminal::arm`] does.
    pub fn arm(&self, mischief: Mischief) -> Result<(), TerminalError> {
        self.faults().arm(mischief)
    }

    /// Ends [`Mischief::Offline`].
    pub fn online(&self) -> Result<(), TerminalError> {
        self.faults().online()
    }

    /// Forgets every fault that is to come.
    pub fn clear(&self) -> Result<(), TerminalError> {
        self.faults().clear()
    }

    /// What is to come: the next ones in order, and whether the terminal is offline.
    pub fn coming(&self) -> Result<(Vec<Mischief>, bool), TerminalError> {
        self.faults().coming()
    }

    fn faults(&self) -> Faults {
        Faults::new(self.path.clone())
    }
}

/// Starts terminals.
#[derive(Debug)]
pub struct Terminal;

impl Terminal {
    /// Starts a station's terminal on the sandbox folder `dir`. Its folders are in
    /// `dir/terminal/<station>`: `req`, `res`, `face` and its own `work`; the ledger is
    /// `dir/ledger.jsonl`.
    ///
    /// ```no_run
    /// use reseplug_sandbox::{station::Station, terminal::{Terminal, TerminalOptions}};
    /// let station = Station::load("hidamari")?;
    /// let terminal = Terminal::start("sandbox".as_ref(), station, TerminalOptions::default())?;
    /// println!("requests go to {}", terminal.req().display());
    /// terminal.stop();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn start(
        dir: &Path,
        station: Station,
        options: TerminalOptions,
    ) -> Result<RunningTerminal, TerminalError> {
        let root = dir.join("terminal").join(&station.key);
        let (req, res, work) = (root.join("req"), root.join("res"), root.join("work"));
        // It was away when the sandbox stopped.
        mischief::acts::back(&res).map_err(TerminalError::io("bring back", &res))?;
        for folder in [&req, &res, &root.join("face"), &work] {
            std::fs::create_dir_all(folder).map_err(TerminalError::io("create", folder))?;
        }
        let faults = Arc::new(Faults::new(work.join("faults.json")));
        if !faults.planned() {
            for mischief in &options.faults {
                faults.arm(*mischief)?;
            }
        }
        let ledger = Ledger::open(dir).map_err(TerminalError::io("open the ledger in", dir))?;
        let consents =
            ConsentBook::open(dir).map_err(TerminalError::io("open the consents in", dir))?;
        let key = station.key.clone();
        let (store, pending) = store::Store::open(&work, &res, &ledger)?;
        let registry = registry::Registry::new(&station, options.population.as_deref());
        let consents = consents::Consents::new(consents, &station, options.scripted);
        let desk = desk::FrontDesk::new(desk::Setting {
            dir: dir.to_owned(),
            req: req.clone(),
            res: res.clone(),
            station,
            registry,
            options,
            ledger,
            consents,
            faults: faults.clone(),
            store,
        });
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name(format!("sandbox-terminal-{key}"))
            .spawn(move || desk.run(pending, &stopped))
            .map_err(TerminalError::io("start", &work))?;
        Ok(RunningTerminal {
            station: key,
            req,
            res,
            faults,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

/// A terminal that is answering. Dropping it stops it; its folder keeps everything.
pub struct RunningTerminal {
    station: String,
    req: PathBuf,
    res: PathBuf,
    faults: Arc<Faults>,
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for RunningTerminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningTerminal")
            .field("station", &self.station)
            .field("req", &self.req)
            .finish_non_exhaustive()
    }
}

impl RunningTerminal {
    /// Name of its station.
    pub fn station(&self) -> &str {
        &self.station
    }

    /// The folder for requests: `req` of the binding.
    pub fn req(&self) -> &Path {
        &self.req
    }

    /// The folder of answers: `res` of the binding.
    pub fn res(&self) -> &Path {
        &self.res
    }

    /// Arms a fault for the next request that it can befall. Several queue up.
    /// [`Mischief::Offline`] holds at once and until [`online`](Self::online).
    pub fn arm(&self, mischief: Mischief) -> Result<(), TerminalError> {
        self.faults.arm(mischief)
    }

    /// Ends [`Mischief::Offline`].
    pub fn online(&self) -> Result<(), TerminalError> {
        self.faults.online()
    }

    /// Forgets every fault that is to come, those by seed included, and puts the terminal online.
    pub fn clear_faults(&self) -> Result<(), TerminalError> {
        self.faults.clear()
    }

    /// From now on one request in `one_in` meets a fault; which one and when follow from the seed
    /// alone. 0 ends it.
    pub fn seed_faults(&self, seed: u64, one_in: u32) -> Result<(), TerminalError> {
        self.faults.seed(seed, one_in)
    }

    /// Stops and waits for the thread to end. Answers on their way stay where they are and are
    /// given after the next start.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for RunningTerminal {
    fn drop(&mut self) {
        self.end();
    }
}

/// Japan has had no summer time since 1951: a fixed offset is exact.
pub(crate) fn japan_zone() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(9))
}

pub(crate) fn japan(at: Timestamp) -> Zoned {
    at.to_zoned(japan_zone())
}

/// `yyyyMMddHHmmss`
fn moment(at: Timestamp) -> String {
    japan(at).strftime("%Y%m%d%H%M%S").to_string()
}

/// The day in Japan; nothing before the year 1.
fn day_of(at: Timestamp) -> Option<Date> {
    let day = japan(at).date();
    Date::new(day.year(), day.month(), day.day())
}

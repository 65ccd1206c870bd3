//! A station's host: its settings, store, plugins and doors, put together.

pub(crate) mod store;

use crate::base::gone;
use crate::documents::absolute;
use crate::doors::Doors;
use crate::intake::Report;
use crate::mediation::Mediation;
use jiff::Timestamp;
use reseplug_calendar::Calendar;
use reseplug_effect::{Clock, Fault, Place, SystemClock, jst, jst_zone};
use reseplug_engine::contract;
use reseplug_engine::{
    Call, CallError, Engine, EngineError, EngineOptions, FailureKind, Plugin, Step,
};
use reseplug_journal::{
    AtMost, CrashPoint, Driven, Flow, FlowError, JobFilter, JobHead, Journal, JournalError, NewJob,
    Patience, SqliteJournal, StepResult, SubCall, Verdict, document_digest, drive_call, run_flow,
};
use reseplug_model::Date;
use reseplug_policy::{Grants, Name, PluginSource, Settings, StationFile, nearest, settings};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Folder of compiled plugins in the store folder.
const CACHE: &str = "cache";

/// Tells how far long work is: Japanese and English.
pub type Progress = Arc<dyn Fn(&str, &str) + Send + Sync>;

/// Asked at every moment at which a power cut would matter; may stop the run there.
pub type CrashHook = Arc<dyn Fn(CrashPoint) -> Verdict + Send + Sync>;

/// How a host behaves.
#[derive(Clone)]
pub struct HostOptions {
    /// Plugins that ship with the program, by id.
    pub builtin: &'static [(&'static str, &'static [u8])],
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How long a run stays with a job that waits, asked anew for each wait.
    pub patience: Arc<dyn Fn() -> Box<dyn Patience> + Send + Sync>,
    /// Who runs the program, for the audit record.
    pub actor: String,
    /// Receives what is being done.
    pub progress: Progress,
    /// For rehearsals: pulls the plug of the store where it says so. Then this host refuses
    /// everything; a new one takes up where it stood.
    pub crash_point: Option<CrashHook>,
}

impl Default for HostOptions {
    /// No shipped plugins, the system's clock, ten minutes of patience, silence.
    fn default() -> Self {
        Self {
            builtin: &[],
            clock: Arc::new(SystemClock),
            patience: Arc::new(|| Box::new(AtMost::new(Duration::from_secs(600)))),
            actor: "host".to_owned(),
            progress: Arc::new(|_, _| {}),
            crash_point: None,
        }
    }
}

impl std::fmt::Debug for HostOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostOptions")
            .field("actor", &self.actor)
            .finish_non_exhaustive()
    }
}

/// How a flow ended for now.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended<T> {
    /// It is over.
    Done(T),
    /// The other side has not answered yet; the same command takes the job up again.
    Waiting {
        /// The job.
        job: String,
        /// When to look next, ISO 8601.
        until: String,
    },
    /// It waits for a person; `reseplug jobs show` says why.
    Parked {
        /// The job.
        job: String,
        /// Why.
        reason: Value,
    },
}

/// A station's host. One per station file; a program that serves several opens several.
pub struct Host {
    folder: PathBuf,
    station: StationFile,
    journal: SqliteJournal,
    engine: Engine,
    doors: Doors,
    options: HostOptions,
    calendar: Calendar,
    plugins: Mutex<BTreeMap<Name, Arc<Loaded>>>,
    known: Mutex<crate::claim::record::Known>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("station", &self.station.station)
            .finish_non_exhaustive()
    }
}

/// A plugin ready to be called on behalf of the station.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) id: Name,
    pub(crate) plugin: Plugin,
    pub(crate) grants: Grants,
    pub(crate) context: contract::Context,
    unsupported: Vec<String>,
}

impl Loaded {
    /// Whether the plugin answers a function, `adapter.apply-register`: it exports the
    /// interface and does not say that it leaves the function out.
    pub(crate) fn offers(&self, function: &str) -> bool {
        self.plugin.inspection().exports_interface_of(function)
            && !self.unsupported.iter().any(|u| u == function)
    }

    /// What a job pins.
    pub(crate) fn pin(&self) -> (String, String) {
        (
            self.id.to_string(),
            self.plugin.inspection().digest.to_string(),
        )
    }
}

impl Host {
    /// Opens the station described by a station file: reads it and its calendar, opens the store
    /// beside it. Plugins are loaded when first needed; folders and endpoints are opened when used.
    ///
    /// # Errors
    /// `file/unreadable`, `config/…` naming line and key, `journal/…`.
    pub fn open(config: &Path, options: HostOptions) -> Result<Self, Fault> {
        let station = read_station(config)?;
        let folder = absolute(
            config
                .parent()
                .filter(|p| !p.as_os_str().is_empty())
                .unwrap_or(Path::new(".")),
        );
        let calendar = Self::calendar_of(&station, &folder)?;
        let store = folder.join(&station.store);
        let mut journal = Self::open_record(&store)?;
        if journal.is_only_looked_at() {
            (options.progress)(
                "ディスクの空きがないか、保存先に書けません。記録は見るだけです（新しい記録はできません）",
                "the disk is full or the store cannot be written to: what is on record can be looked at only",
            );
        }
        if let Some(hook) = options.crash_point.clone() {
            journal = journal.on_crash_point(move |point| hook(point));
        }
        let engine = Engine::new(EngineOptions {
            cache_dir: Some(store.join(CACHE)),
            log: None,
        })
        .map_err(engine_fault)?;
        let doors = Doors::new(&station, &folder, &store, Arc::clone(&options.clock));
        Ok(Self {
            folder,
            station,
            journal,
            engine,
            doors,
            options,
            calendar,
            plugins: Mutex::default(),
            known: Mutex::default(),
        })
    }

    /// The station's settings.
    pub fn station(&self) -> &StationFile {
        &self.station
    }

    /// The calendar of オンライン請求: the program's or the station's own, with the extensions that
    /// the station file names.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The store.
    pub fn journal(&self) -> &SqliteJournal {
        &self.journal
    }

    /// Where the station file lies; relative paths of it are relative to this.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folders, endpoints and certificates.
    pub fn doors(&self) -> &Doors {
        &self.doors
    }

    pub(crate) fn known(&self) -> &Mutex<crate::claim::record::Known> {
        &self.known
    }

    pub(crate) fn code(&self) -> &str {
        &self.station.station.code
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.options.clock
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.options.clock.now()
    }

    /// Today in Japan, whatever the PC's zone.
    ///
    /// # Errors
    /// `host/clock`
    pub fn day(&self) -> Result<Date, Fault> {
        self.today()
    }

    /// Today in Japan.
    pub(crate) fn today(&self) -> Result<Date, Fault> {
        let civil = self.now().to_zoned(jst_zone()).date();
        Date::new(civil.year(), civil.month(), civil.day()).ok_or_else(|| {
            Fault::new(
                "host/clock",
                "このPCの日付が正しくありません。日付と時刻の設定を直してください。",
                "this machine's date makes no sense; correct the clock",
            )
        })
    }

    pub(crate) fn say(&self, ja: &str, en: &str) {
        (self.options.progress)(ja, en);
    }

    pub(crate) fn actor(&self) -> &str {
        &self.options.actor
    }

    /// The plugin of the station file with this id, loaded once.
    pub(crate) fn plugin(&self, id: &Name) -> Result<Arc<Loaded>, Fault> {
        let mut plugins = self.plugins.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = plugins.get(id) {
            return Ok(Arc::clone(loaded));
        }
        let loaded = Arc::new(self.load(id)?);
        plugins.insert(id.clone(), Arc::clone(&loaded));
        Ok(loaded)
    }

    fn load(&self, id: &Name) -> Result<Loaded, Fault> {
        let file = &self.station.file;
        let entry = self
            .station
            .plugins
            .get(id)
            .ok_or_else(|| self.not_configured(id))?;
        let shipped = |name: &str| {
            self.options
                .builtin
                .iter()
                .find(|(id, _)| *id == name)
                .map(|(_, bytes)| *bytes)
        };
        let bytes = match &entry.source {
            PluginSource::Builtin(name) => shipped(name.as_str())
                .ok_or_else(|| {
                    Fault::new(
                        "plugin/unknown",
                        format!("「builtin:{name}」は、このプログラムに同梱されていません。`reseplug plugin list` で名前を確かめてください。"),
                        format!("`builtin:{name}` does not ship with this program; see `reseplug plugin list`"),
                    )
                })?
                .to_vec(),
            PluginSource::File(path) => read_file(&self.folder.join(path))?,
        };
        let plugin = self
            .engine
            .load(&bytes)
            .map_err(|error| {
                let fault = Fault::from(error);
                Fault {
                    message_ja: format!("プラグイン「{id}」: {}", fault.message_ja),
                    message_en: format!("plugin `{id}`: {}", fault.message_en),
                    ..fault
                }
            })?
            .with_limits(entry.limits.clone());
        let found = &plugin.inspection().manifest.id;
        if found != id {
            return Err(Fault::new(
                "plugin/other-id",
                format!(
                    "{file} の [plugins.{id}] のファイルは、別のプラグイン「{found}」です。見出しを [plugins.{found}] にしてください。"
                ),
                format!(
                    "the file of [plugins.{id}] in {file} is the plugin `{found}`; name the section [plugins.{found}]"
                ),
            ));
        }
        let description = plugin.describe()?;
        let settings = Settings::of(entry, |path| text_file(&self.folder.join(path)))?;
        if let Err(errors) = settings.check(&description.settings_schema) {
            return Err(settings::fault(id.as_str(), &errors));
        }
        let builtin = shipped(id.as_str()).is_some_and(|shipped| shipped == bytes.as_slice());
        let grants = Grants::new(
            &plugin.inspection().manifest,
            &plugin.inspection().digest,
            builtin,
            &self.station,
        );
        let station = &self.station.station;
        Ok(Loaded {
            id: id.clone(),
            grants,
            context: contract::Context {
                settings: settings.json(),
                station: contract::Station {
                    code: station.code.clone(),
                    prefecture: station.prefecture.clone(),
                    name: station.name.clone(),
                    phone: station.phone.clone(),
                    institution_code: station.institution_code.clone(),
                },
            },
            unsupported: description.unsupported,
            plugin,
        })
    }

    /// A plugin that the station file does not have: the name that was probably meant, those there
    /// are, and how to add one that ships.
    fn not_configured(&self, id: &Name) -> Fault {
        let file = &self.station.file;
        let there: Vec<&str> = self.station.plugins.keys().map(Name::as_str).collect();
        let shipped: Vec<&str> = self.options.builtin.iter().map(|(id, _)| *id).collect();
        let mut ja = format!("プラグイン「{id}」が {file} にありません。");
        let mut en = format!("the plugin `{id}` does not stand in {file}. ");
        let all: Vec<&str> = there.iter().chain(&shipped).copied().collect();
        let ships = shipped.contains(&id.as_str());
        if let Some(near) = nearest(id.as_str(), &all).filter(|_| !ships) {
            ja.push_str(&format!("「{near}」ではありませんか。"));
            en.push_str(&format!("Perhaps `{near}` is meant. "));
        }
        let none = |list: &[&str], word: &str| match list {
            [] => word.to_owned(),
            list => list.join(", "),
        };
        ja.push_str(&format!(
            "{file} にあるのは: {}。同梱のもの: {}。",
            none(&there, "なし"),
            none(&shipped, "なし")
        ));
        en.push_str(&format!(
            "It has: {}. Those that ship: {}.",
            none(&there, "none"),
            none(&shipped, "none")
        ));
        if ships {
            let lines = format!("\n[plugins.{id}]\nfile = \"builtin:{id}\"");
            ja.push_str(&format!("使うには次の行を加えてください:{lines}"));
            en.push_str(&format!(" To use it, add:{lines}"));
        }
        Fault::new("plugin/not-configured", ja, en)
    }

    /// The plugin for a purpose: the one named on the command, else the station file's.
    pub(crate) fn serving(
        &self,
        named: Option<&Name>,
        configured: Option<&Name>,
        section: &str,
        key: &str,
        example: &str,
    ) -> Result<Arc<Loaded>, Fault> {
        let id = named.or(configured).ok_or_else(|| {
            let file = &self.station.file;
            Fault::new(
                "config/missing",
                format!("どのプラグインを使うか決まっていません。{file} に次の行を加えてください:\n[{section}]\n{key} = \"{example}\""),
                format!("no plugin is named for this. Add to {file}:\n[{section}]\n{key} = \"{example}\""),
            )
        })?;
        self.plugin(id)
    }

    /// Runs a connector's call as a step of a flow, however long it takes.
    pub(crate) fn call<T: DeserializeOwned>(
        &self,
        flow: &mut Flow<'_>,
        plugin: &Loaded,
        call: &Call,
    ) -> Result<T, FlowError> {
        let what = format!("call.{}", call.name());
        let mut args = serde_json::to_value(call).map_err(|e| not_json(&what, &e))?;
        self.outsource(&mut args)?;
        let sub = SubCall::new(what.clone(), args, vec![plugin.pin()]);
        let value = flow.sub_call(sub, |id| {
            let mut world = Mediation::new(&self.doors, &plugin.grants)
                .telling(Arc::clone(&self.options.progress));
            drive_call(
                &self.journal,
                self.clock(),
                id,
                &mut |history| step_result(plugin.plugin.step(call, history)),
                &mut world,
                &mut *(self.options.patience)(),
            )
        })?;
        serde_json::from_value(value).map_err(|e| FlowError::Fault(not_json(&what, &e)))
    }

    /// Takes documents' bytes out of a call's arguments into the store, leaving their digest.
    fn outsource(&self, value: &mut Value) -> Result<(), JournalError> {
        match value {
            Value::Object(map) => {
                if let Some(Value::Array(bytes)) = map.get("bytes") {
                    let body: Option<Vec<u8>> = bytes
                        .iter()
                        .map(|b| b.as_u64().and_then(|b| u8::try_from(b).ok()))
                        .collect();
                    if let Some(body) = body {
                        let name = map.get("name").and_then(Value::as_str).unwrap_or("");
                        let digest = self.journal.put_document(name, &body, self.now())?;
                        map.insert("bytes".into(), json!({ "sha256": digest }));
                    }
                }
                map.values_mut().try_for_each(|v| self.outsource(v))
            }
            Value::Array(items) => items.iter_mut().try_for_each(|v| self.outsource(v)),
            _ => Ok(()),
        }
    }

    /// Runs a flow: begins it, takes it up where it stood, or returns how it ended.
    pub(crate) fn run<T: Serialize + DeserializeOwned>(
        &self,
        new: &NewJob,
        body: impl FnOnce(&mut Flow<'_>) -> Result<T, FlowError>,
    ) -> Result<Ended<T>, Fault> {
        // What was prepared and never published is removed before anything is driven.
        self.doors.sweep_before(&self.journal)?;
        self.end_superseded(new)?;
        match run_flow(&self.journal, self.clock(), new, body)? {
            Driven::Done(value) => Ok(Ended::Done(
                serde_json::from_value(value).map_err(|e| not_json(&new.id, &e))?,
            )),
            Driven::Fault(fault) => Err(fault),
            Driven::Waiting { until } => Ok(Ended::Waiting {
                job: new.id.clone(),
                until: jst(until),
            }),
            Driven::Parked { reason } => Ok(Ended::Parked {
                job: new.id.clone(),
                reason,
            }),
        }
    }

    /// Runs a flow that writes documents, and says which of them are not there as it wrote them:
    /// a job that had ended before is returned as it ended.
    pub(crate) fn run_over_documents<T>(
        &self,
        new: &NewJob,
        body: impl FnOnce(&mut Flow<'_>) -> Result<T, FlowError>,
    ) -> Result<Ended<T>, Fault>
    where
        T: Serialize + DeserializeOwned + AsMut<Report>,
    {
        let mut ended = self.run(new, body)?;
        if let Ended::Done(value) = &mut ended {
            let report = value.as_mut();
            report.gone = gone(&report.outputs)?;
        }
        Ok(ended)
    }

    /// The id of a job: the caller's own, or one made of what is asked, so that the same
    /// command takes up the same job. A job that failed gives way to a new one; one that ended
    /// well is returned as it ended, unless `anew`.
    pub(crate) fn job_id(
        &self,
        given: Option<&str>,
        kind: &str,
        of: &Value,
        anew: bool,
    ) -> Result<String, Fault> {
        if let Some(id) = given {
            let bad = |c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c));
            if id.is_empty() || id.len() > 100 || id.contains(bad) {
                return Err(Fault::new(
                    "job/name",
                    format!(
                        "処理の名前「{id}」は使えません。英数字・ハイフン・下線・点で 100 字までにしてください。"
                    ),
                    format!(
                        "`{id}` cannot be a job's name: use up to 100 letters, digits, hyphens, underscores and dots"
                    ),
                ));
            }
            return Ok(id.to_owned());
        }
        let base = self.job_base(kind, of);
        let jobs = self.journal.job_heads(&JobFilter {
            station: Some(self.code().to_owned()),
            kind: Some(format!("flow.{kind}")),
            starts: Some(base.clone()),
            roots: true,
            ..JobFilter::default()
        })?;
        if let Some(open) = jobs.iter().find(|j| !j.is_closed()) {
            return Ok(open.id.clone());
        }
        let dated = format!("{base}-{}", self.today()?.compact());
        let today: Vec<&JobHead> = jobs.iter().filter(|j| j.id.starts_with(&dated)).collect();
        let done = today.iter().find(|j| j.state == "done");
        Ok(match (done, today.len()) {
            (Some(job), _) if !anew => job.id.clone(),
            (_, 0) => dated,
            (_, n) => format!("{dated}-{}", n.saturating_add(1)),
        })
    }

    /// The beginning of the id of a job that was given none. Stations that share a store have jobs
    /// of their own, whatever they ask.
    pub(crate) fn job_base(&self, kind: &str, of: &Value) -> String {
        let of = serde_json::json!([self.code(), of]);
        let digest = document_digest(of.to_string().as_bytes());
        format!("{kind}-{}", digest.get(..12).unwrap_or(&digest))
    }

    /// Whether a job is what was asked, begun today.
    pub(crate) fn is_todays(&self, job: &str, kind: &str, of: &Value) -> Result<bool, Fault> {
        let dated = format!("{}-{}", self.job_base(kind, of), self.today()?.compact());
        Ok(job.starts_with(&dated))
    }

    /// A job of this station that runs these plugins.
    pub(crate) fn new_job(&self, id: &str, kind: &str, args: Value, plugins: &[&Loaded]) -> NewJob {
        NewJob {
            actor: self.actor().to_owned(),
            pins: plugins.iter().map(|p| p.pin()).collect(),
            ..NewJob::new(id, format!("flow.{kind}"), self.code(), args)
        }
    }
}

/// Reads a station file.
///
/// # Errors
/// `config/no-station-file`, `file/unreadable`, `config/encoding`, `config/…` naming line and key.
pub fn read_station(path: &Path) -> Result<StationFile, Fault> {
    let looked = std::fs::metadata(path);
    if looked.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        let name = path.display();
        return Err(Fault::new(
            "config/no-station-file",
            format!(
                "設定ファイル「{name}」がありません。`reseplug init` で作るか、ほかの場所にあるときは --config で指定してください。試すだけなら `reseplug sandbox up` が模擬環境と設定ファイルを作ります。"
            ),
            format!(
                "there is no station file {name}; make one with `reseplug init`, or say with --config where it is. Just to try things, `reseplug sandbox up` makes a sandbox with station files"
            ),
        ));
    }
    let text = text_file(path)?;
    Ok(StationFile::parse(&path.display().to_string(), &text)?)
}

/// Reads a file that a person wrote: the station file, or one of `settings_files`.
///
/// # Errors
/// `file/unreadable`, `config/encoding`.
pub fn text_file(path: &Path) -> Result<String, Fault> {
    let name = path.display();
    String::from_utf8(read_file(path)?).map_err(|_| {
        Fault::new(
            "config/encoding",
            format!(
                "設定ファイル「{name}」が UTF-8 ではありません。UTF-8 で保存し直してください。"
            ),
            format!("{name} is not UTF-8; save it as UTF-8"),
        )
    })
}

/// Reads a file, or says which one and why not.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, Fault> {
    std::fs::read(path).map_err(|error| unreadable(path, &error))
}

/// A file that cannot be read.
pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    file_fault(
        "file/unreadable",
        "ファイルを読めません",
        "the file cannot be read",
        path,
        error,
    )
}

pub(crate) fn file_fault(
    code: &str,
    ja: &str,
    en: &str,
    path: &Path,
    error: &std::io::Error,
) -> Fault {
    let path = path.display().to_string();
    let reason = reseplug_effect::io_reason_ja(error);
    let (do_ja, do_en) = reseplug_effect::io_advice(error);
    Fault::new(
        code,
        format!("{ja}: {path}（{reason}）。{do_ja}。"),
        format!("{en}: {path} ({error}); {do_en}"),
    )
    .at(Place {
        document: path,
        ..Place::default()
    })
}

pub(crate) fn not_json(what: &str, error: &serde_json::Error) -> Fault {
    Fault::new(
        "journal/not-json",
        format!("「{what}」の記録の形が合いません（{error}）。プログラムの版を確かめてください。"),
        format!("a record of {what} has another form: {error}; check the program's version"),
    )
}

fn engine_fault(error: EngineError) -> Fault {
    Fault::new(
        "engine/start",
        format!("プラグインの実行環境を始められません（{error}）。"),
        error.to_string(),
    )
}

fn step_result(step: Step) -> StepResult {
    match step {
        Step::Return(value) => StepResult::Return(value),
        Step::Fault(fault) => StepResult::Fault(fault),
        Step::Need(effect) => StepResult::Need(effect),
        Step::Diverged {
            index,
            recorded,
            now,
        } => StepResult::Diverged {
            seq: u64::try_from(index).unwrap_or(u64::MAX),
            recorded,
            asked: now,
        },
        // Not the call's outcome: it goes on where it stood once there is room.
        Step::Failed(CallError::Failure(failure))
            if matches!(failure.kind, FailureKind::Machine { .. }) =>
        {
            StepResult::Unable((*failure).into())
        }
        Step::Failed(error) => StepResult::Trap(error.into()),
    }
}

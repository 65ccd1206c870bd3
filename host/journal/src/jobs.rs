//! Jobs: durable calls of connectors and native flows.

use crate::audit;
use crate::error::{Doing, JournalError};
use crate::steps::{self, StepWrite};
use crate::text::{from_json, json, moment, parse_moment};
use jiff::Timestamp;
use reseplug_audit::Event;
use reseplug_effect::{Fault, jst};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How many steps a job may take unless it says otherwise. A bulk verification of a
/// station's month takes some hundreds; ten thousand is a loop that will not end.
pub const STEP_LIMIT: u32 = 10_000;

/// How a step or a job ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// With a value.
    Done(Value),
    /// With a refusal or failure, which is an outcome, too.
    Fault(Fault),
}

impl Outcome {
    /// `done`, or the fault's code: what the audit record says.
    pub fn word(&self) -> &str {
        match self {
            Self::Done(_) => "done",
            Self::Fault(fault) => &fault.code,
        }
    }

    /// The value, or the fault.
    pub fn into_result(self) -> Result<Value, Fault> {
        match self {
            Self::Done(value) => Ok(value),
            Self::Fault(fault) => Err(fault),
        }
    }
}

impl From<Result<Value, Fault>> for Outcome {
    fn from(result: Result<Value, Fault>) -> Self {
        match result {
            Ok(value) => Self::Done(value),
            Err(fault) => Self::Fault(fault),
        }
    }
}

/// A job to begin.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// Its id, made by the caller: the same id is the same job. Slashes belong to children
    /// (`<job>/<seq>`).
    pub id: String,
    /// What it is: `flow.recheck`, `call.eligibility.verify`.
    pub kind: String,
    /// Station code.
    pub station: String,
    /// Job that it belongs to.
    pub parent: Option<String>,
    /// Who asked for it, for the audit record.
    pub actor: String,
    /// Its arguments. A later run with the same id must bring the same.
    pub args: Value,
    /// Plugins it runs, id and digest. A later run with another digest parks it.
    pub pins: Vec<(String, String)>,
    /// Moment after which no further effect is begun.
    pub deadline: Option<Timestamp>,
    /// How many steps it may take.
    pub step_limit: u32,
}

impl NewJob {
    /// A job of the host's own, without plugins, arguments or deadline.
    pub fn new(
        id: impl Into<String>,
        kind: impl Into<String>,
        station: impl Into<String>,
        args: Value,
    ) -> Self {
        Self {
            id: id.into(),
            kind: kind.into(),
            station: station.into(),
            parent: None,
            actor: "host".to_owned(),
            args,
            pins: Vec::new(),
            deadline: None,
            step_limit: STEP_LIMIT,
        }
    }
}

/// Where a job stands.
#[derive(Debug, Clone, PartialEq)]
pub enum JobState {
    /// To be driven on.
    Running,
    /// Nothing to do before that moment.
    Waiting {
        /// When to look next.
        until: Timestamp,
    },
    /// Ended with a value.
    Done {
        /// The value.
        value: Value,
    },
    /// Ended with a fault.
    Failed {
        /// Why.
        fault: Fault,
    },
    /// Waits for a person.
    Parked {
        /// Why: an object with `kind` and whatever explains it.
        reason: Value,
    },
}

impl JobState {
    /// The state's word in the store.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting { .. } => "waiting",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::Parked { .. } => "parked",
        }
    }

    /// Whether the job has ended for good.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Failed { .. })
    }
}

/// A job as the store knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// What it was begun with.
    pub new: NewJob,
    /// Where it stands.
    pub state: JobState,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// When its state changed last.
    pub changed_at: Timestamp,
}

impl Job {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.new.id
    }

    /// An event about this job, with its plugin where it has one.
    pub(crate) fn event(&self, at: Timestamp, action: &str) -> Event {
        let mut event = Event::new(jst(at), &self.new.actor, action).note("job", self.id());
        if let Some((plugin, digest)) = self.new.pins.first() {
            event.plugin = Some(plugin.clone());
            event.digest = Some(digest.clone());
        }
        event
    }
}

/// Which jobs to list. The default lists all, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JobFilter {
    /// Of this station, or of none.
    pub station: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Whose id begins so.
    pub starts: Option<String>,
    /// Children of this job.
    pub parent: Option<String>,
    /// In this state ([`JobState::word`]).
    pub state: Option<String>,
    /// Not ended yet: running, waiting or parked.
    pub open: bool,
    /// To be driven at that moment: running, or waiting until then or earlier.
    pub due_by: Option<Timestamp>,
    /// Without children.
    pub roots: bool,
    /// Ended with an outcome in whose JSON this text stands, such as a digest.
    pub outcome_holds: Option<String>,
    /// At most so many.
    pub limit: Option<u32>,
}

/// A job without what it was asked and what came of it, which may be large.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobHead {
    /// Its id.
    pub id: String,
    /// What is to be done.
    pub kind: String,
    /// Where it stands ([`JobState::word`]).
    pub state: String,
}

impl JobHead {
    /// Whether it is over.
    pub fn is_closed(&self) -> bool {
        ["done", "failed"].contains(&self.state.as_str())
    }
}

const COLUMNS: &str = "id, kind, station, parent, actor, args, pins, deadline, step_limit, \
                       state, until, outcome, begun_at, changed_at";

/// A row before its JSON and moments are read.
struct Raw {
    new: NewJob,
    args: String,
    pins: String,
    deadline: Option<String>,
    state: String,
    until: Option<String>,
    outcome: Option<String>,
    begun_at: String,
    changed_at: String,
}

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok(Raw {
        new: NewJob {
            id: row.get(0)?,
            kind: row.get(1)?,
            station: row.get(2)?,
            parent: row.get(3)?,
            actor: row.get(4)?,
            args: Value::Null,
            pins: Vec::new(),
            deadline: None,
            step_limit: row.get(8)?,
        },
        args: row.get(5)?,
        pins: row.get(6)?,
        deadline: row.get(7)?,
        state: row.get(9)?,
        until: row.get(10)?,
        outcome: row.get(11)?,
        begun_at: row.get(12)?,
        changed_at: row.get(13)?,
    })
}

impl Raw {
    fn read(self) -> Result<Job, JournalError> {
        let mut new = self.new;
        let what = format!("job {}", new.id);
        new.args = from_json(&self.args, &what)?;
        new.pins = from_json(&self.pins, &what)?;
        new.deadline = self.deadline.map(|t| parse_moment(&t, &what)).transpose()?;
        let corrupt = |reason: &str| JournalError::Corrupt {
            what: what.clone(),
            reason: reason.into(),
        };
        let outcome = || self.outcome.as_deref().ok_or_else(|| corrupt("no outcome"));
        let state = match self.state.as_str() {
            "running" => JobState::Running,
            "waiting" => JobState::Waiting {
                until: parse_moment(
                    self.until.as_deref().ok_or_else(|| corrupt("no moment"))?,
                    &what,
                )?,
            },
            "done" => JobState::Done {
                value: from_json(outcome()?, &what)?,
            },
            "failed" => JobState::Failed {
                fault: from_json(outcome()?, &what)?,
            },
            "parked" => JobState::Parked {
                reason: from_json(outcome()?, &what)?,
            },
            other => return Err(corrupt(other)),
        };
        Ok(Job {
            new,
            state,
            begun_at: parse_moment(&self.begun_at, &what)?,
            changed_at: parse_moment(&self.changed_at, &what)?,
        })
    }
}

pub(crate) fn find(connection: &Connection, id: &str) -> Result<Option<Job>, JournalError> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM jobs WHERE id = ?1"))
        .and_then(|mut s| s.query_row([id], raw).optional())
        .doing("reading a job")?
        .map(Raw::read)
        .transpose()
}

pub(crate) fn existing(connection: &Connection, id: &str) -> Result<Job, JournalError> {
    find(connection, id)?.ok_or_else(|| JournalError::NoJob { id: id.to_owned() })
}

pub(crate) fn list(connection: &Connection, filter: &JobFilter) -> Result<Vec<Job>, JournalError> {
    let rows = select(connection, COLUMNS, filter, raw)?;
    rows.into_iter().map(Raw::read).collect()
}

pub(crate) fn heads(
    connection: &Connection,
    filter: &JobFilter,
) -> Result<Vec<JobHead>, JournalError> {
    select(connection, "id, kind, state", filter, |row| {
        Ok(JobHead {
            id: row.get(0)?,
            kind: row.get(1)?,
            state: row.get(2)?,
        })
    })
}

/// What a job came to, as JSON text; nothing unless it ended well.
pub(crate) fn outcome(connection: &Connection, id: &str) -> Result<Option<String>, JournalError> {
    connection
        .prepare_cached("SELECT outcome FROM jobs WHERE id = ?1 AND state = 'done'")
        .and_then(|mut s| s.query_row([id], |row| row.get(0)).optional())
        .map(Option::flatten)
        .doing("reading a job's outcome")
}

fn select<T>(
    connection: &Connection,
    columns: &str,
    filter: &JobFilter,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, JournalError> {
    let due = filter.due_by.map(moment);
    let limit = filter.limit.map_or(-1, i64::from);
    // The end of every text that begins so: no text has a greater character.
    let end = filter
        .starts
        .as_ref()
        .map(|text| format!("{text}\u{10ffff}"));
    let given: Vec<(&str, &str, &dyn ToSql)> = [
        ("station IN (:station, '')", ":station", &filter.station),
        ("kind = :kind", ":kind", &filter.kind),
        ("id >= :starts", ":starts", &filter.starts),
        ("id < :end", ":end", &end),
        ("parent = :parent", ":parent", &filter.parent),
        ("state = :state", ":state", &filter.state),
        (
            "(state = 'running' OR (state = 'waiting' AND until <= :due))",
            ":due",
            &due,
        ),
        (
            "instr(outcome, :holds) > 0",
            ":holds",
            &filter.outcome_holds,
        ),
    ]
    .into_iter()
    .filter_map(|(condition, name, value)| Some((condition, name, value.as_ref()? as &dyn ToSql)))
    .collect();
    let mut conditions = vec!["1"];
    conditions.extend(given.iter().map(|(condition, ..)| *condition));
    if filter.open {
        conditions.push("state IN ('running', 'waiting', 'parked')");
    }
    if filter.roots {
        conditions.push("parent IS NULL");
    }
    let conditions = conditions.join(" AND ");
    connection
        .prepare_cached(&format!(
            "SELECT {columns} FROM jobs WHERE {conditions}
             ORDER BY begun_at DESC, rowid DESC LIMIT :limit"
        ))
        .and_then(|mut statement| {
            let limit: (&str, &dyn ToSql) = (":limit", &limit);
            let values = given.iter().map(|(_, name, value)| (*name, *value));
            let values: Vec<_> = values.chain([limit]).collect();
            statement.query_map(values.as_slice(), read)?.collect()
        })
        .doing("listing jobs")
}

/// What `begin` finds before it writes anything.
pub(crate) enum Found {
    /// Nothing to write: this is the job.
    Settled(Job),
    /// Its plugins are not the ones it began with.
    OtherPlugins(Job),
    /// There is none yet.
    None,
}

pub(crate) fn look(connection: &Connection, new: &NewJob) -> Result<Found, JournalError> {
    let Some(job) = find(connection, &new.id)? else {
        return Ok(Found::None);
    };
    let old = &job.new;
    for (field, same) in [
        ("kind", old.kind == new.kind),
        ("station", old.station == new.station),
        ("parent", old.parent == new.parent),
        ("args", old.args == new.args),
    ] {
        if !same {
            return Err(JournalError::JobDiffers {
                id: new.id.clone(),
                field,
            });
        }
    }
    let open = matches!(job.state, JobState::Running | JobState::Waiting { .. });
    Ok(if open && old.pins != new.pins {
        Found::OtherPlugins(job)
    } else {
        Found::Settled(job)
    })
}

pub(crate) fn insert(
    tx: &Transaction<'_>,
    new: &NewJob,
    at: Timestamp,
) -> Result<Job, JournalError> {
    tx.execute(
        "INSERT INTO jobs (id, kind, station, parent, actor, args, pins, deadline, step_limit,
                           state, begun_at, changed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'running', ?10, ?10)",
        params![
            new.id,
            new.kind,
            new.station,
            new.parent,
            new.actor,
            json(&new.args)?,
            json(&new.pins)?,
            new.deadline.map(moment),
            new.step_limit,
            moment(at),
        ],
    )
    .doing("beginning a job")?;
    let job = existing(tx, &new.id)?;
    audit::append(tx, &job.event(at, "job.begun").note("kind", &new.kind))?;
    Ok(job)
}

/// The reason of a job whose plugins changed, for a person to read.
pub(crate) fn other_plugins(job: &Job, offered: &[(String, String)]) -> Value {
    json!({
        "kind": "plugin-changed",
        "message_ja": "この処理を始めた時とプラグインが異なるため、停止しました。元のプラグインに戻して再開するか、新しい処理として始めてください。",
        "message_en": "The plugins are not the ones this job began with. Put them back and resume it, or begin a new job.",
        "pinned": job.new.pins,
        "offered": offered,
    })
}

fn set(
    tx: &Transaction<'_>,
    id: &str,
    state: &str,
    until: Option<Timestamp>,
    outcome: Option<String>,
    at: Timestamp,
) -> Result<(), JournalError> {
    tx.prepare_cached(
        "UPDATE jobs SET state = ?2, until = ?3, outcome = ?4, changed_at = ?5 WHERE id = ?1",
    )
    .and_then(|mut s| s.execute(params![id, state, until.map(moment), outcome, moment(at)]))
    .map(drop)
    .doing("changing a job's state")
}

/// Refuses a change of a job that has ended.
fn open(tx: &Transaction<'_>, id: &str) -> Result<Job, JournalError> {
    let job = existing(tx, id)?;
    if job.state.is_closed() {
        return Err(JournalError::JobClosed {
            id: id.to_owned(),
            state: job.state.word(),
        });
    }
    Ok(job)
}

pub(crate) fn close(
    tx: &Transaction<'_>,
    id: &str,
    outcome: &Outcome,
    tail: &[StepWrite],
    at: Timestamp,
) -> Result<(), JournalError> {
    let job = open(tx, id)?;
    steps::write(tx, id, tail)?;
    match outcome {
        Outcome::Done(value) => set(tx, id, "done", None, Some(json(value)?), at)?,
        Outcome::Fault(fault) => set(tx, id, "failed", None, Some(json(fault)?), at)?,
    }
    audit::append(tx, &job.event(at, "job.ended").ended(outcome.word()))
}

pub(crate) fn wait(
    tx: &Transaction<'_>,
    id: &str,
    until: Timestamp,
    tail: &[StepWrite],
    at: Timestamp,
) -> Result<(), JournalError> {
    open(tx, id)?;
    steps::write(tx, id, tail)?;
    set(tx, id, "waiting", Some(until), None, at)
}

pub(crate) fn park(
    tx: &Transaction<'_>,
    id: &str,
    reason: &Value,
    at: Timestamp,
) -> Result<(), JournalError> {
    let job = open(tx, id)?;
    set(tx, id, "parked", None, Some(json(reason)?), at)?;
    let kind = reason
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or("unknown");
    audit::append(tx, &job.event(at, "job.parked").note("reason", kind))
}

/// A job and everything it asked for, as far as it is in such a state.
fn family(
    tx: &Transaction<'_>,
    id: &str,
    in_state: &'static str,
) -> Result<Vec<String>, JournalError> {
    tx.prepare_cached(&format!(
        "WITH RECURSIVE family(id) AS (
             SELECT ?1 UNION SELECT jobs.id FROM jobs JOIN family ON jobs.parent = family.id)
         SELECT jobs.id FROM jobs JOIN family USING (id) WHERE {in_state}"
    ))
    .and_then(|mut s| s.query_map([id], |row| row.get(0))?.collect())
    .doing("reading a job's parts")
}

pub(crate) fn resume(
    tx: &Transaction<'_>,
    id: &str,
    by: &str,
    at: Timestamp,
) -> Result<(), JournalError> {
    let job = open(tx, id)?;
    for id in &family(tx, id, "state = 'parked'")? {
        set(tx, id, "running", None, None, at)?;
    }
    let mut event = job.event(at, "job.resumed");
    event.actor = by.to_owned();
    audit::append(tx, &event)
}

/// Ends a parked job and what it asked of connectors, on behalf of a person.
pub(crate) fn give_up(
    tx: &Transaction<'_>,
    id: &str,
    fault: &Fault,
    by: &str,
    at: Timestamp,
) -> Result<(), JournalError> {
    let job = open(tx, id)?;
    for id in &family(tx, id, "state NOT IN ('done', 'failed')")? {
        set(tx, id, "failed", None, Some(json(fault)?), at)?;
    }
    let mut event = job.event(at, "job.given-up").ended(&fault.code);
    event.actor = by.to_owned();
    audit::append(tx, &event.note("reason", &fault.message_ja))
}

/// A step was written, so a waiting job is running again; needs no commit of its own.
pub(crate) fn touch(tx: &Transaction<'_>, id: &str) -> Result<(), JournalError> {
    tx.prepare_cached(
        "UPDATE jobs SET state = 'running', until = NULL WHERE id = ?1 AND state = 'waiting'",
    )
    .and_then(|mut s| s.execute([id]))
    .map(drop)
    .doing("changing a job's state")
}

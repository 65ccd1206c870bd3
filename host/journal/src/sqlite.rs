//! The embedded store: one SQLite file.

use crate::error::{Doing, JournalError, may_be_looked_at};
use crate::hold::{Hold, Holds};
use crate::jobs::Found;
use crate::remains::Remains;
use crate::{
    AuditRow, Claim, ClaimEvent, CrashPoint, Decision, DifferingDocument, Evidence, Fact,
    FiledReceipt, Filing, Job, JobFilter, JobHead, JobState, Journal, NewJob, Outcome, Step,
    StepWrite, Undone, Verdict, audit, claims, decisions, differing, documents, evidence, facts,
    filings, forget, jobs, schema, steps,
};
use jiff::Timestamp;
use reseplug_audit::{Event, Verified};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Hook = Box<dyn Fn(CrashPoint) -> Verdict + Send + Sync>;

/// The store in one SQLite file, in WAL mode with `synchronous=FULL`. The file must lie on
/// a disk of this PC: WAL does not work over a network share, and opening says so.
///
/// ```
/// use reseplug_journal::{Journal, NewJob, SqliteJournal};
/// let journal = SqliteJournal::in_memory().unwrap();
/// let at = jiff::Timestamp::UNIX_EPOCH;
/// let new = NewJob::new("job-1", "flow.recheck", "9999998", serde_json::json!({}));
/// journal.begin(&new, at).unwrap();
/// assert_eq!(journal.job("job-1").unwrap().unwrap().state.word(), "running");
/// ```
pub struct SqliteJournal {
    connection: Mutex<Connection>,
    holds: Arc<Holds>,
    secret: Vec<u8>,
    hook: Option<Hook>,
    stopped: AtomicBool,
    only_looked_at: bool,
}

impl std::fmt::Debug for SqliteJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteJournal").finish_non_exhaustive()
    }
}

impl SqliteJournal {
    /// Opens a store, making it if it is not there. Its folder must exist.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        Self::open_beside(path, &[])
    }

    /// The same, but a store that is missing or empty is refused where one of `remains` is there,
    /// or a lock of its own: they lie only beside a store that was in use, so it is lost and not
    /// new. Where the disk is full, a store that is there is opened to be looked at only.
    pub fn open_beside(path: &Path, remains: &[&Path]) -> Result<Self, JournalError> {
        let locks = locks_of(path);
        let remains = Remains::of(path, &locks, remains);
        // Asked in this order: what another process is just making is there before its remains.
        let new = remains.none();
        if !path.exists() {
            new?;
        }
        let opened = Connection::open(path)
            .doing("opening the store")
            .and_then(|connection| {
                let holds = Holds::new(Some(locks.clone()));
                Self::prepared(connection, holds, true, &|| remains.none())
            });
        match opened {
            // What kept it from being opened says more than what kept it from being looked at.
            Err(error) if may_be_looked_at(&error) => {
                Self::looked_at(path, locks.clone()).map_err(|_| error)
            }
            opened => opened,
        }
    }

    /// The same for who only looks: nothing is made where there is no store yet.
    pub fn open_existing_beside(
        path: &Path,
        remains: &[&Path],
    ) -> Result<Option<Self>, JournalError> {
        let new = Remains::of(path, &locks_of(path), remains).none();
        match path.exists() {
            true => Self::open_beside(path, remains).map(Some),
            false => new.map(|()| None),
        }
    }

    /// A store that is gone with the process: for rehearsals and tests.
    pub fn in_memory() -> Result<Self, JournalError> {
        let connection = Connection::open_in_memory().doing("opening a store in memory")?;
        Self::prepared(connection, Holds::new(None), false, &|| Ok(()))
    }

    fn prepared(
        mut connection: Connection,
        holds: Arc<Holds>,
        on_disk: bool,
        used: &dyn Fn() -> Result<(), JournalError>,
    ) -> Result<Self, JournalError> {
        let secret = schema::prepare(&mut connection, on_disk, used)?;
        forget::clear(&connection)?;
        Ok(Self {
            connection: Mutex::new(connection),
            holds,
            secret,
            hook: None,
            stopped: AtomicBool::new(false),
            only_looked_at: false,
        })
    }

    /// A store that is there, on a disk that takes nothing any more: it can be read, and every
    /// writing fails.
    fn looked_at(path: &Path, locks: PathBuf) -> Result<Self, JournalError> {
        let flags = OpenFlags::default().difference(OpenFlags::SQLITE_OPEN_CREATE);
        let connection = Connection::open_with_flags(path, flags).doing("opening the store")?;
        let secret = schema::look(&connection)?;
        Ok(Self {
            connection: Mutex::new(connection),
            holds: Holds::new(Some(locks)),
            secret,
            hook: None,
            stopped: AtomicBool::new(false),
            only_looked_at: true,
        })
    }

    /// Whether nothing can be written: the disk was full when the store was opened.
    pub fn is_only_looked_at(&self) -> bool {
        self.only_looked_at
    }

    /// Calls `hook` at every [`CrashPoint`]. Once it says [`Verdict::Stop`], this store
    /// refuses everything, as a machine without power does; open the file again to go on. At
    /// [`Verdict::DiskFull`] only what was being written is lost.
    #[must_use]
    pub fn on_crash_point(
        mut self,
        hook: impl Fn(CrashPoint) -> Verdict + Send + Sync + 'static,
    ) -> Self {
        self.hook = Some(Box::new(hook));
        self
    }

    /// The pragmas that make a commit durable, as this connection has them, for a report on
    /// the store's health: `journal_mode`, `synchronous` (2 is FULL), `foreign_keys`.
    pub fn pragmas(&self) -> Result<[(&'static str, String); 3], JournalError> {
        schema::pragmas(&*self.read()?)
    }

    fn read(&self) -> Result<MutexGuard<'_, Connection>, JournalError> {
        if self.stopped.load(Ordering::SeqCst) {
            return Err(JournalError::Interrupted {
                at: "earlier".to_owned(),
            });
        }
        // A panic between two statements leaves an open transaction, which rolled back when
        // its guard was dropped; the connection is sound.
        Ok(self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(
        &self,
        what: &'static str,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let mut connection = self.read()?;
        let tx = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .doing(what)?;
        let value = change(&tx)?;
        self.crash_point(CrashPoint::BeforeCommit(what))?;
        tx.commit().doing(what)?;
        self.crash_point(CrashPoint::AfterCommit(what))?;
        Ok(value)
    }
}

/// Where the locks of its jobs lie.
fn locks_of(store: &Path) -> PathBuf {
    let mut locks = store.as_os_str().to_owned();
    locks.push(".locks");
    locks.into()
}

impl Journal for SqliteJournal {
    fn begin(&self, new: &NewJob, at: Timestamp) -> Result<Job, JournalError> {
        // Bound first: a guard in a match's head would be held through its arms.
        let found = jobs::look(&*self.read()?, new)?;
        match found {
            Found::Settled(job) => return Ok(job),
            Found::OtherPlugins(job) => {
                self.park(job.id(), &jobs::other_plugins(&job, &new.pins), at)?;
            }
            Found::None => {
                // Somebody else may have begun it since we looked.
                return self.write("job begun", |tx| match jobs::look(tx, new)? {
                    Found::None => jobs::insert(tx, new, at),
                    Found::Settled(job) | Found::OtherPlugins(job) => Ok(job),
                });
            }
        }
        jobs::existing(&*self.read()?, &new.id)
    }

    fn job(&self, id: &str) -> Result<Option<Job>, JournalError> {
        jobs::find(&*self.read()?, id)
    }

    fn jobs(&self, filter: &JobFilter) -> Result<Vec<Job>, JournalError> {
        jobs::list(&*self.read()?, filter)
    }

    fn job_heads(&self, filter: &JobFilter) -> Result<Vec<JobHead>, JournalError> {
        jobs::heads(&*self.read()?, filter)
    }

    fn job_outcome(&self, id: &str) -> Result<Option<String>, JournalError> {
        jobs::outcome(&*self.read()?, id)
    }

    fn close(
        &self,
        id: &str,
        outcome: &Outcome,
        tail: &[StepWrite],
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let same = match (jobs::existing(&*self.read()?, id)?.state, outcome) {
            (JobState::Done { value }, Outcome::Done(new)) => value == *new,
            (JobState::Failed { fault }, Outcome::Fault(new)) => fault == *new,
            _ => false,
        };
        if same {
            return Ok(());
        }
        self.write("job ended", |tx| jobs::close(tx, id, outcome, tail, at))
    }

    fn wait(
        &self,
        id: &str,
        until: Timestamp,
        tail: &[StepWrite],
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.write("job waiting", |tx| jobs::wait(tx, id, until, tail, at))
    }

    fn park(&self, id: &str, reason: &Value, at: Timestamp) -> Result<(), JournalError> {
        self.write("job parked", |tx| jobs::park(tx, id, reason, at))
    }

    fn resume(&self, id: &str, by: &str, at: Timestamp) -> Result<(), JournalError> {
        self.write("job resumed", |tx| jobs::resume(tx, id, by, at))
    }

    fn give_up(
        &self,
        id: &str,
        fault: &reseplug_effect::Fault,
        by: &str,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.write("job given up", |tx| jobs::give_up(tx, id, fault, by, at))
    }

    fn forget(&self, id: &str, at: Timestamp) -> Result<bool, JournalError> {
        if !forget::holds(&*self.read()?, id)? {
            return Ok(false);
        }
        self.write("job forgotten", |tx| forget::forget(tx, id, at))?;
        forget::clear(&*self.read()?)?;
        Ok(true)
    }

    fn hold(&self, id: &str) -> Result<Hold, JournalError> {
        self.holds.take(id)
    }

    fn steps(&self, job: &str) -> Result<Vec<Step>, JournalError> {
        steps::list(&*self.read()?, job)
    }

    fn step(&self, job: &str, seq: u64) -> Result<Option<Step>, JournalError> {
        steps::find(&*self.read()?, job, seq)
    }

    fn last_step(&self, job: &str) -> Result<Option<u64>, JournalError> {
        steps::last(&*self.read()?, job)
    }

    fn write_steps(
        &self,
        what: &'static str,
        job: &str,
        writes: &[StepWrite],
        events: &[Event],
    ) -> Result<(), JournalError> {
        self.write(what, |tx| {
            steps::write(tx, job, writes)?;
            events.iter().try_for_each(|event| audit::append(tx, event))
        })
    }

    fn record_evidence(&self, new: &[Evidence], at: Timestamp) -> Result<(), JournalError> {
        let mut missing = false;
        {
            let connection = self.read()?;
            for one in new {
                missing |= !evidence::known(&connection, one)?;
            }
        }
        if !missing {
            return Ok(());
        }
        self.write("evidence", |tx| {
            for one in new {
                if !evidence::known(tx, one)? {
                    evidence::insert(tx, one, &self.secret, at)?;
                }
            }
            Ok(())
        })
    }

    fn evidence_for(&self, station: &str, person_key: &str) -> Result<Vec<Evidence>, JournalError> {
        let mut found = Vec::new();
        let visit = &mut |row| found.push(row);
        evidence::each(&*self.read()?, station, Some(person_key), visit)?;
        Ok(found)
    }

    fn each_evidence(
        &self,
        station: &str,
        visit: &mut dyn FnMut(Evidence),
    ) -> Result<(), JournalError> {
        evidence::each(&*self.read()?, station, None, visit)
    }

    fn evidence_ids(&self, station: &str) -> Result<BTreeSet<String>, JournalError> {
        evidence::ids(&*self.read()?, station)
    }

    fn record_decisions(&self, new: &[Decision]) -> Result<(), JournalError> {
        let mut missing = false;
        {
            let connection = self.read()?;
            for one in new {
                missing |= !decisions::known(&connection, one)?;
            }
        }
        if !missing {
            return Ok(());
        }
        self.write("decision", |tx| {
            for one in new {
                if !decisions::known(tx, one)? {
                    decisions::insert(tx, one, &self.secret)?;
                }
            }
            Ok(())
        })
    }

    fn undo_decision(&self, id: &str, by: &str, at: Timestamp) -> Result<Decision, JournalError> {
        let decision =
            decisions::find(&*self.read()?, id)?.ok_or_else(|| JournalError::NoRecord {
                what: "decision",
                id: id.to_owned(),
            })?;
        if decision.undone.is_some() {
            return Ok(decision);
        }
        self.write("decision undone", |tx| {
            decisions::undo(tx, &decision, &self.secret, by, at)
        })?;
        Ok(Decision {
            undone: Some(Undone {
                by: by.to_owned(),
                at,
            }),
            ..decision
        })
    }

    fn decisions(
        &self,
        station: &str,
        person_key: Option<&str>,
    ) -> Result<Vec<Decision>, JournalError> {
        decisions::list(&*self.read()?, station, person_key)
    }

    fn record_facts(&self, new: &[Fact]) -> Result<(), JournalError> {
        let mut missing = false;
        {
            let connection = self.read()?;
            for one in new {
                missing |= !facts::known(&connection, one)?;
            }
        }
        if !missing {
            return Ok(());
        }
        self.write("facts", |tx| {
            for one in new {
                if !facts::known(tx, one)? {
                    facts::insert(tx, one, &self.secret)?;
                }
            }
            Ok(())
        })
    }

    fn facts(
        &self,
        station: &str,
        kind: Option<&str>,
        person_key: Option<&str>,
    ) -> Result<Vec<Fact>, JournalError> {
        facts::list(&*self.read()?, station, kind, person_key)
    }

    fn claim_key(
        &self,
        key: &str,
        job: &str,
        detail: &Value,
        receipts: &[FiledReceipt],
        at: Timestamp,
    ) -> Result<Claim, JournalError> {
        self.write("filing claimed", |tx| {
            filings::claim(tx, key, job, detail, receipts, at)
        })
    }

    fn complete_filing(
        &self,
        key: &str,
        job: &str,
        receipts: &[FiledReceipt],
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.write("filing completed", |tx| {
            filings::complete(tx, key, job, receipts, at)
        })
    }

    fn record_claims(&self, events: &[ClaimEvent]) -> Result<(), JournalError> {
        let mut missing = false;
        {
            let connection = self.read()?;
            for one in events {
                missing |= !claims::known(&connection, one)?;
            }
        }
        if !missing {
            return Ok(());
        }
        self.write("claim events", |tx| {
            for one in events {
                if !claims::known(tx, one)? {
                    claims::insert(tx, one)?;
                }
            }
            Ok(())
        })
    }

    fn claim_events(
        &self,
        station: &str,
        after: i64,
    ) -> Result<Vec<(i64, ClaimEvent)>, JournalError> {
        claims::list(&*self.read()?, station, after)
    }

    fn filed_receipts(&self, filing: &str) -> Result<Vec<FiledReceipt>, JournalError> {
        claims::checked_receipts(&*self.read()?, filing)
    }

    fn differing_claims(&self) -> Result<Vec<String>, JournalError> {
        differing::claims(&*self.read()?)
    }

    fn differing_documents(
        &self,
        tell: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<DifferingDocument>, JournalError> {
        differing::documents(&*self.read()?, tell)
    }

    fn filing(&self, key: &str) -> Result<Option<Filing>, JournalError> {
        filings::find(&*self.read()?, key)
    }

    fn filings(&self, station: &str) -> Result<Vec<Filing>, JournalError> {
        filings::list(&*self.read()?, station)
    }

    fn put_document(&self, name: &str, body: &[u8], at: Timestamp) -> Result<String, JournalError> {
        let digest = documents::document_digest(body);
        if !documents::known(&*self.read()?, &digest)? {
            self.write("document", |tx| {
                documents::insert(tx, &digest, name, body, at)
            })?;
        }
        Ok(digest)
    }

    fn document(&self, digest: &str) -> Result<Option<Vec<u8>>, JournalError> {
        documents::find(&*self.read()?, digest)
    }

    fn append_audit(&self, event: &Event) -> Result<(), JournalError> {
        self.write("audit", |tx| audit::append(tx, event))
    }

    fn audit_rows(&self) -> Result<Vec<AuditRow>, JournalError> {
        audit::rows(&*self.read()?)
    }

    fn verify_audit(&self) -> Result<Verified, JournalError> {
        let connection = self.read()?;
        differing::file(&connection)?;
        audit::verify(&connection)
    }

    fn pseudonym(&self, person_key: &str) -> String {
        reseplug_audit::pseudonym(&self.secret, person_key)
    }

    fn crash_point(&self, point: CrashPoint) -> Result<(), JournalError> {
        let interrupted = || JournalError::Interrupted {
            at: point.to_string(),
        };
        if self.stopped.load(Ordering::SeqCst) {
            return Err(interrupted());
        }
        let verdict = self.hook.as_ref().map(|hook| hook(point));
        match (verdict, point) {
            (Some(Verdict::Stop), _) => {
                self.stopped.store(true, Ordering::SeqCst);
                Err(interrupted())
            }
            (Some(Verdict::DiskFull), CrashPoint::BeforeCommit(what)) => {
                let full = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL);
                Err(rusqlite::Error::SqliteFailure(full, None)).doing(what)
            }
            _ => Ok(()),
        }
    }
}

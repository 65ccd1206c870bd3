//! What a store has to be able to do.

use crate::{
    AuditRow, Claim, ClaimEvent, CrashPoint, Decision, DifferingDocument, Evidence, Fact,
    FiledReceipt, Filing, Hold, Job, JobFilter, JobHead, JournalError, NewJob, Outcome, Step,
    StepWrite,
};
use jiff::Timestamp;
use reseplug_audit::{Event, Verified};
use serde_json::Value;
use std::collections::BTreeSet;

/// The store of jobs, steps, evidence, facts, decisions, filings, documents and the audit record.
///
/// Every writing function is one transaction together with its audit row, durable when it
/// returns, and may be called again with the same arguments after a crash. Moments are
/// given by the caller: a store has no clock.
pub trait Journal: Send + Sync {
    // ----- jobs ------------------------------------------------------------------------

    /// Begins a job, or returns the one that has this id. Another kind, station, parent or
    /// arguments under the same id are refused (`journal/job-differs`); other plugins park
    /// the job if it is still open.
    fn begin(&self, new: &NewJob, at: Timestamp) -> Result<Job, JournalError>;

    /// One job.
    fn job(&self, id: &str) -> Result<Option<Job>, JournalError>;

    /// Jobs, newest first.
    fn jobs(&self, filter: &JobFilter) -> Result<Vec<Job>, JournalError>;

    /// The same without what they were asked and what came of them.
    fn job_heads(&self, filter: &JobFilter) -> Result<Vec<JobHead>, JournalError>;

    /// What a job came to, as JSON text; nothing unless it ended well.
    fn job_outcome(&self, id: &str) -> Result<Option<String>, JournalError>;

    /// Ends a job, and writes its last steps in the same commit. Ending it again with the
    /// same outcome changes nothing.
    fn close(
        &self,
        id: &str,
        outcome: &Outcome,
        tail: &[StepWrite],
        at: Timestamp,
    ) -> Result<(), JournalError>;

    /// Ends a job.
    fn finish(&self, id: &str, outcome: &Outcome, at: Timestamp) -> Result<(), JournalError> {
        self.close(id, outcome, &[], at)
    }

    /// Notes that there is nothing to do for a job before `until`, and writes the steps
    /// that were still held in memory in the same commit.
    fn wait(
        &self,
        id: &str,
        until: Timestamp,
        tail: &[StepWrite],
        at: Timestamp,
    ) -> Result<(), JournalError>;

    /// Leaves a job to a person. `reason` is an object with `kind` and what explains it.
    fn park(&self, id: &str, reason: &Value, at: Timestamp) -> Result<(), JournalError>;

    /// Lets a parked job, and its parked children, run again on behalf of `by`.
    fn resume(&self, id: &str, by: &str, at: Timestamp) -> Result<(), JournalError>;

    /// Ends a job, and what it asked of connectors, with a fault on behalf of `by`: it cannot go on.
    fn give_up(
        &self,
        id: &str,
        fault: &reseplug_effect::Fault,
        by: &str,
        at: Timestamp,
    ) -> Result<(), JournalError>;

    /// Forgets what an ended job and its children were answered: what had to be looked at and
    /// must not be kept (medical information). That it ran, what it asked, and every refusal
    /// stay. Says whether there was anything to forget. Where another process has the store in use,
    /// its bytes leave the disk when it is opened the next time.
    fn forget(&self, id: &str, at: Timestamp) -> Result<bool, JournalError>;

    /// Takes the right to drive a job; given back when the value is dropped. Refused with
    /// `journal/driven-elsewhere` while another run has it, in whatever process.
    fn hold(&self, id: &str) -> Result<Hold, JournalError>;

    // ----- steps -----------------------------------------------------------------------

    /// The steps of a job in order.
    fn steps(&self, job: &str) -> Result<Vec<Step>, JournalError>;

    /// One step.
    fn step(&self, job: &str, seq: u64) -> Result<Option<Step>, JournalError>;

    /// The last step's position.
    fn last_step(&self, job: &str) -> Result<Option<u64>, JournalError>;

    /// Writes steps and the audit rows that speak of them. `what` names the commit for
    /// [`CrashPoint`].
    fn write_steps(
        &self,
        what: &'static str,
        job: &str,
        writes: &[StepWrite],
        events: &[Event],
    ) -> Result<(), JournalError>;

    // ----- evidence and decisions --------------------------------------------------------

    /// Records evidence, all of it or none; the same again changes nothing, other content under
    /// the same id is refused (`journal/record-differs`).
    fn record_evidence(&self, evidence: &[Evidence], at: Timestamp) -> Result<(), JournalError>;

    /// Evidence about one person, oldest as-of date first.
    fn evidence_for(&self, station: &str, person_key: &str) -> Result<Vec<Evidence>, JournalError>;

    /// Hands over the evidence about everybody, by person, row by row. `visit` must not use this
    /// store.
    fn each_evidence(
        &self,
        station: &str,
        visit: &mut dyn FnMut(Evidence),
    ) -> Result<(), JournalError>;

    /// The same as a list.
    fn evidence_all(&self, station: &str) -> Result<Vec<Evidence>, JournalError> {
        let mut all = Vec::new();
        self.each_evidence(station, &mut |row| all.push(row))?;
        Ok(all)
    }

    /// The ids of all evidence, without reading what it says.
    fn evidence_ids(&self, station: &str) -> Result<BTreeSet<String>, JournalError>;

    /// Records decisions, all of them or none; the same again changes nothing.
    fn record_decisions(&self, decisions: &[Decision]) -> Result<(), JournalError>;

    /// Notes that a decision was taken back, and returns it. The second time changes nothing.
    fn undo_decision(&self, id: &str, by: &str, at: Timestamp) -> Result<Decision, JournalError>;

    /// Decisions, oldest first, undone ones included.
    fn decisions(
        &self,
        station: &str,
        person_key: Option<&str>,
    ) -> Result<Vec<Decision>, JournalError>;

    /// Records facts, all of them or none; the same again changes nothing, other content under
    /// the same id is refused (`journal/record-differs`).
    fn record_facts(&self, facts: &[Fact]) -> Result<(), JournalError>;

    /// Facts of a kind or of all kinds, about one person or everybody, oldest first.
    fn facts(
        &self,
        station: &str,
        kind: Option<&str>,
        person_key: Option<&str>,
    ) -> Result<Vec<Fact>, JournalError>;

    // ----- filings ----------------------------------------------------------------------

    /// Claims a key for a job and notes the receipts it stands for. A key belongs to one job;
    /// the same job may claim it again, another only after it was released.
    fn claim_key(
        &self,
        key: &str,
        job: &str,
        detail: &Value,
        receipts: &[FiledReceipt],
        at: Timestamp,
    ) -> Result<Claim, JournalError>;

    /// Gives a filing that has no receipts those that a job learned since; one that has some keeps
    /// them.
    fn complete_filing(
        &self,
        key: &str,
        job: &str,
        receipts: &[FiledReceipt],
        at: Timestamp,
    ) -> Result<(), JournalError>;

    /// Records what happened to claims, all of it or none, and moves the filings whose state it
    /// gives; the same again changes nothing, other content under the same id is refused
    /// (`journal/record-differs`).
    fn record_claims(&self, events: &[ClaimEvent]) -> Result<(), JournalError>;

    /// What happened to a station's claims, in the order of recording, each with its number. Only
    /// what was recorded after the number given: who has read the record once reads on from there,
    /// 0 reads all of it. An event that is not what the audit record says it was, or is gone, is
    /// refused (`claim/record-damaged`).
    fn claim_events(
        &self,
        station: &str,
        after: i64,
    ) -> Result<Vec<(i64, ClaimEvent)>, JournalError>;

    /// The receipts of a filing, by their number. They never change: others than the audit record
    /// says were written are refused (`claim/record-damaged`).
    fn filed_receipts(&self, filing: &str) -> Result<Vec<FiledReceipt>, JournalError>;

    /// Claim events that are not what the audit record says they were, or are gone, by id.
    fn differing_claims(&self) -> Result<Vec<String>, JournalError>;

    /// Documents that are gone, or whose bytes are not those that were kept. `tell` hears how many
    /// of how many are read.
    fn differing_documents(
        &self,
        tell: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<DifferingDocument>, JournalError>;

    /// One filing.
    fn filing(&self, key: &str) -> Result<Option<Filing>, JournalError>;

    /// All filings of a station, oldest first.
    fn filings(&self, station: &str) -> Result<Vec<Filing>, JournalError>;

    // ----- documents --------------------------------------------------------------------

    /// Stores exact bytes and returns their digest ([`crate::document_digest`]).
    fn put_document(&self, name: &str, body: &[u8], at: Timestamp) -> Result<String, JournalError>;

    /// The bytes of a digest.
    fn document(&self, digest: &str) -> Result<Option<Vec<u8>>, JournalError>;

    // ----- audit ------------------------------------------------------------------------

    /// Appends an event that belongs to no other row: a look at records, a grant.
    fn append_audit(&self, event: &Event) -> Result<(), JournalError>;

    /// The audit record in order.
    fn audit_rows(&self) -> Result<Vec<AuditRow>, JournalError>;

    /// Looks through the store's file, and checks the audit record from the first row to the last.
    fn verify_audit(&self) -> Result<Verified, JournalError>;

    /// The stand-in for a person in the audit record ([`reseplug_audit::pseudonym`]).
    fn pseudonym(&self, person_key: &str) -> String;

    // ----- tests ------------------------------------------------------------------------

    /// Tells a test's hook where the run is. A store without a hook goes on.
    fn crash_point(&self, point: CrashPoint) -> Result<(), JournalError> {
        let _ = point;
        Ok(())
    }
}

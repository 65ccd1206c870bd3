//! Commands that were cut off and given anew over documents that have changed since: the earlier job
//! ends with a word, so that nobody waits for its answers any more.

use crate::host::Host;
use reseplug_effect::Fault;
use reseplug_journal::{Job, JobFilter, JobState, Journal, JournalError, NewJob, Outcome};

/// Flows that ask and propose: what they had asked is told as late, and asked anew where it is
/// needed. A filing is never ended so.
const KINDS: [&str; 5] = [
    "flow.intake",
    "flow.recheck",
    "flow.fill",
    "flow.certificate",
    "flow.notices",
];

impl Host {
    /// Ends the open jobs whose place a new one takes: the same command, word for word, under another
    /// id, because a document says something else now. One that is being driven just now is left.
    pub(crate) fn end_superseded(&self, new: &NewJob) -> Result<(), Fault> {
        if !KINDS.contains(&new.kind.as_str()) {
            return Ok(());
        }
        let open = self.journal().jobs(&JobFilter {
            station: Some(new.station.clone()),
            kind: Some(new.kind.clone()),
            roots: true,
            open: true,
            ..JobFilter::default()
        })?;
        for job in open {
            let waits = !matches!(job.state, JobState::Parked { .. });
            if waits && job.id() != new.id && job.new.args == new.args {
                self.end_family(&job, &superseded(&job, &new.id))?;
            }
        }
        Ok(())
    }

    /// Ends an open job and what it asked of connectors, the innermost first. False where it is being
    /// driven just now, or was over meanwhile.
    pub(crate) fn end_family(&self, job: &Job, fault: &Fault) -> Result<bool, Fault> {
        let _hold = match self.journal().hold(job.id()) {
            Err(JournalError::DrivenElsewhere { .. }) => return Ok(false),
            hold => hold?,
        };
        let open = |id: &str| -> Result<bool, Fault> {
            let now = self.journal().job(id)?;
            Ok(now.is_some_and(|job| !job.state.is_closed()))
        };
        if !open(job.id())? {
            return Ok(false);
        }
        let mut family = vec![job.id().to_owned()];
        let mut at = 0;
        while let Some(parent) = family.get(at).cloned() {
            let children = self.journal().jobs(&JobFilter {
                parent: Some(parent),
                open: true,
                ..JobFilter::default()
            })?;
            family.extend(children.iter().map(|child| child.id().to_owned()));
            at = at.saturating_add(1);
        }
        let outcome = Outcome::Fault(fault.clone());
        for id in family.iter().rev() {
            self.journal().finish(id, &outcome, self.now())?;
        }
        Ok(true)
    }
}

fn superseded(job: &Job, by: &str) -> Fault {
    let id = job.id();
    Fault::new(
        "job/superseded",
        format!(
            "処理 {id} は途中で止まり、その後に書類が変わりました。同じ操作を新しい書類で始めた処理 {by} に替えて終わりました。"
        ),
        format!(
            "job {id} was cut off, and its documents have changed since; job {by}, the same command over them as they are now, took its place"
        ),
    )
}

#[cfg(test)]
mod tests;

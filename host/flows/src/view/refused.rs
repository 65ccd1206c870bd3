//! Looks that are still on their way when the consent they rest on is over.

use super::{LOOKED, Look, Purpose, ViewRequest};
use crate::host::Host;
use crate::roster::Roster;
use reseplug_effect::Fault;
use reseplug_journal::{Evidence, Job, JobFilter, Journal, JournalError, Outcome};
use serde::Deserialize;

/// What the arguments of a look say that matters here.
#[derive(Deserialize)]
struct Args {
    person: String,
    look: Look,
    by: String,
    purpose: Purpose,
}

impl Host {
    /// Ends every look that is still on its way and may not be shown any more, with the reason
    /// why. What the centre answers afterwards is shown to nobody. One that is being driven just
    /// now is left: it asks for the consent itself before it shows anything.
    pub(crate) fn end_refused_looks(
        &self,
        evidence: &[Evidence],
        roster: &Roster,
    ) -> Result<(), Fault> {
        let open = self.journal().jobs(&JobFilter {
            station: Some(self.code().to_owned()),
            kind: Some("flow.view".to_owned()),
            roots: true,
            open: true,
            ..JobFilter::default()
        })?;
        for job in open {
            let Ok(args) = Args::deserialize(&job.new.args) else {
                continue;
            };
            let Some(person) = roster.person(&args.person) else {
                continue;
            };
            let Err(fault) = self.consents_to(evidence, roster, person, args.look) else {
                continue;
            };
            let code = fault.code.clone();
            if self.end_refused(&job, fault)? {
                let request = ViewRequest {
                    person: args.person,
                    look: args.look,
                    from: None,
                    to: None,
                    pdf: false,
                    by: args.by,
                    purpose: args.purpose,
                    dry_run: false,
                };
                self.audit_look(LOOKED, person, &request, job.id(), &code)?;
            }
        }
        Ok(())
    }

    /// Whether it was ended here.
    fn end_refused(&self, job: &Job, fault: Fault) -> Result<bool, Fault> {
        let hold = match self.journal().hold(job.id()) {
            Err(JournalError::DrivenElsewhere { .. }) => return Ok(false),
            hold => hold?,
        };
        // What it asked of the connector ends with it, the innermost first.
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
        let outcome = Outcome::Fault(fault);
        for id in family.iter().rev() {
            self.journal().finish(id, &outcome, self.now())?;
        }
        drop(hold);
        Ok(true)
    }
}

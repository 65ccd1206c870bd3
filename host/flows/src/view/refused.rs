//! Looks that are still on their way when the consent they rest on is over.

use super::question::Question;
use super::{LOOKED, Look, Purpose, ViewRequest, consent};
use crate::consents::ConsentLine;
use crate::host::Host;
use crate::roster::Roster;
use reseplug_effect::Fault;
use reseplug_journal::{Evidence, Job, JobFilter, Journal};
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
    /// why, and forgets what any ended look was told. What the centre answers afterwards is shown to
    /// nobody. One that is being driven just now is left: it asks for the consents itself before it
    /// shows anything.
    ///
    /// One that cannot be ended keeps no other from it; the first fault is told after all of them.
    pub(crate) fn end_refused_looks(
        &self,
        evidence: &[Evidence],
        roster: &Roster,
    ) -> Result<(), Fault> {
        let lines = self.consent_lines(evidence, roster, self.now())?;
        let open = self.journal().jobs(&JobFilter {
            station: Some(self.code().to_owned()),
            kind: Some("flow.view".to_owned()),
            roots: true,
            open: true,
            ..JobFilter::default()
        })?;
        let ended: Vec<Result<(), Fault>> = open
            .iter()
            .map(|job| self.end_where_refused(job, &lines, roster))
            .collect();
        // Also what came to one of them before it was ended.
        let forgotten = self.forget_earlier_looks();
        ended.into_iter().chain([forgotten]).collect()
    }

    /// Ends one of them, if it may not be shown any more.
    pub(super) fn end_where_refused(
        &self,
        job: &Job,
        lines: &[ConsentLine],
        roster: &Roster,
    ) -> Result<(), Fault> {
        let Ok(args) = Args::deserialize(&job.new.args) else {
            return Ok(());
        };
        // What it has not asked for yet is decided when it does.
        let with_diagnoses = Question::settled(self.journal(), job.id())?
            .is_some_and(|question| question.with_diagnoses);
        let scopes = args.look.scopes(with_diagnoses);
        // Of somebody who is on no file and in no answer any more there is no consent either.
        let refused = roster
            .named(&args.person)
            .and_then(|person| consent::all(lines, person, &scopes));
        let Err(fault) = refused else {
            return Ok(());
        };
        let code = fault.code.clone();
        if !self.end_family(job, &fault)? {
            return Ok(());
        }
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
        self.audit_look(LOOKED, &request.person, &request, job.id(), &code)
    }
}

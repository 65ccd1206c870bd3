//! A register in which each line is somebody, and commands that add one: what stays between them.

use super::*;
use crate::change::nothing;
use crate::host::Ended;
use crate::invented::{person, station};
use reseplug_journal::JournalError;
use reseplug_model::Date;
use serde_json::json;
use std::cell::Cell;
use tempfile::TempDir;

const MORNING: &str = "2024-11-01T09:00:00+09:00";

struct Office {
    folder: TempDir,
    host: Host,
    /// How the change is called in the report.
    kind: Cell<&'static str>,
}

/// Where a run is cut off.
#[derive(Clone, Copy, PartialEq)]
enum Cut {
    Nowhere,
    AfterReading,
    AfterWriting,
}

impl Office {
    fn new() -> Self {
        let (folder, host, _clock) = station(MORNING);
        let kind = Cell::new(kind::PERSON_ADDED);
        let office = Self { folder, host, kind };
        office.product("架空　一郎\n");
        office
    }

    /// The product exports its register.
    fn product(&self, text: &str) {
        std::fs::write(self.folder.path().join("people.csv"), text).unwrap();
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn file(&self) -> PathBuf {
        self.out().join("people.csv")
    }

    /// What lies in the output folder.
    fn written(&self) -> String {
        std::fs::read_to_string(self.file()).unwrap()
    }

    fn job(&self, name: &str, anew: bool) -> (Vec<Input>, Base, String) {
        let inputs = vec![Input {
            path: self.folder.path().join("people.csv"),
            kind: DocumentKind::Register,
        }];
        let base = self.host.base(&inputs, &self.out()).unwrap();
        let asked = |digests: &[String]| json!([name, digests]);
        let id = self
            .host
            .document_job(None, "certificate", &base, asked, anew);
        (inputs, base, id.unwrap())
    }

    /// The command that adds somebody, as a flow does it.
    fn run(&self, name: &str, anew: bool, cut: Cut) -> Result<Ended<Report>, Fault> {
        let (inputs, base, id) = self.job(name, anew);
        let out = self.out();
        let args = json!({ "name": name, "output": out });
        let new = self.host.new_job(&id, "certificate", args, &[]);
        let dies = || FlowError::Journal(JournalError::Interrupted { at: "here".into() });
        self.host.run_over_documents(&new, |flow| {
            let base = self.host.base_step(flow, &inputs, &base)?;
            if cut == Cut::AfterReading {
                return Err(dies());
            }
            let base = self.host.built_on_step(flow, &base, &out)?;
            let mut documents = self.host.documents(&base.read())?;
            for document in &mut documents {
                if !name.is_empty() {
                    document.bytes.extend(format!("{name}\n").into_bytes());
                }
            }
            let keep = |d: &Document| self.host.keep(d, out.join(&d.name));
            let outputs = documents.iter().map(keep).collect::<Result<Vec<_>, _>>()?;
            if cut == Cut::AfterWriting {
                // The last thing before the power goes is the file.
                flow.step(ABOUT_TO_WRITE, &outputs, RepeatClass::Safe, || Ok(()))?;
                self.host.write_out(&outputs, &base.inputs)?;
                return Err(dies());
            }
            self.host.write_made(flow, &outputs, &base, &out)?;
            let mut change = nothing(&person(), Date::parse("2024-11-01").unwrap(), Vec::new());
            change.proposal.done = Done::Applied {
                kind: self.kind.get().to_owned(),
                fields: Vec::new(),
            };
            Ok(Report {
                outputs,
                ..Report::of(flow.id(), vec![change], base)
            })
        })
    }

    /// Somebody is accepted.
    fn accept(&self, name: &str) -> Report {
        match self.run(name, false, Cut::Nowhere).unwrap() {
            Ended::Done(report) => report,
            other => panic!("{other:?}"),
        }
    }

    fn refused(&self, name: &str) -> Fault {
        let inputs = [Input {
            path: self.folder.path().join("people.csv"),
            kind: DocumentKind::Register,
        }];
        match self.host.base(&inputs, &self.out()) {
            Err(fault) => fault,
            Ok(_) => self.run(name, false, Cut::Nowhere).unwrap_err(),
        }
    }
}

fn jobs(carried: &[Carried]) -> Vec<&str> {
    carried.iter().map(|one| one.job.as_str()).collect()
}

#[test]
fn whom_one_run_added_is_in_the_next_output_too_and_the_report_names_the_job_and_the_file() {
    let office = Office::new();
    let first = office.accept("架空　二郎");
    assert!(first.carried.is_empty());
    let second = office.accept("架空　三郎");
    assert_ne!(first.job, second.job);
    assert_eq!(jobs(&second.carried), [first.job.as_str()]);
    assert_eq!(second.carried[0].path, office.file());
    let told = second.carried[0].carried_ja();
    assert!(told.contains(&first.job) && told.contains("まだ製品に取り込まれていない"));
    // And so on: each names the one whose output it read.
    let third = office.accept("架空　四郎");
    assert_eq!(jobs(&third.carried), [second.job.as_str()]);
    assert_eq!(
        office.written(),
        "架空　一郎\n架空　二郎\n架空　三郎\n架空　四郎\n"
    );
    // What it all is made of is still the product's document.
    assert_eq!(third.inputs, first.inputs);
}

#[test]
fn a_run_that_changes_nothing_keeps_what_was_accepted_and_does_not_pass_for_its_author() {
    let office = Office::new();
    let first = office.accept("架空　二郎");
    let looked = office.accept("");
    assert_eq!(jobs(&looked.carried), [first.job.as_str()]);
    let third = office.accept("架空　三郎");
    assert_eq!(jobs(&third.carried), [first.job.as_str()]);
    assert_eq!(office.written().lines().count(), 3);
}

#[test]
fn the_same_command_twice_a_day_is_one_job_and_its_change_is_made_once() {
    let office = Office::new();
    let first = office.accept("架空　二郎");
    let again = office.accept("架空　二郎");
    assert_eq!(again.job, first.job);
    assert!(again.gone.is_empty());
    assert_eq!(office.written(), "架空　一郎\n架空　二郎\n");
    // Once somebody else's change is in, it is another question.
    office.accept("架空　三郎");
    assert_ne!(office.accept("架空　二郎").job, first.job);
}

#[test]
fn what_the_product_has_imported_is_not_carried_over() {
    let office = Office::new();
    office.accept("架空　二郎");
    office.accept("");
    office.product(&office.written());
    // The same command over what was imported is another question.
    assert!(office.accept("").carried.is_empty());
    let next = office.accept("架空　三郎");
    assert!(
        next.carried.is_empty() && next.replaced.is_empty(),
        "{next:?}"
    );
    assert_eq!(office.written(), "架空　一郎\n架空　二郎\n架空　三郎\n");
}

#[test]
fn what_the_product_exported_anew_without_the_changes_is_the_base_and_the_job_left_out_is_named() {
    let office = Office::new();
    let first = office.accept("架空　二郎");
    office.product("架空　五郎\n");
    let next = office.accept("架空　三郎");
    assert!(next.carried.is_empty());
    assert_eq!(jobs(&next.replaced), [first.job.as_str()]);
    assert!(next.replaced[0].replaced_ja().contains(&first.job));
    assert_eq!(office.written(), "架空　五郎\n架空　三郎\n");
}

#[test]
fn an_output_that_somebody_removes_is_discarded() {
    let office = Office::new();
    office.accept("架空　二郎");
    std::fs::remove_file(office.file()).unwrap();
    let next = office.accept("架空　三郎");
    assert!(next.carried.is_empty() && next.replaced.is_empty());
    assert_eq!(office.written(), "架空　一郎\n架空　三郎\n");
}

#[test]
fn a_command_given_again_says_that_what_it_wrote_was_removed_and_again_writes_it() {
    let office = Office::new();
    let first = office.accept("架空　二郎");
    std::fs::remove_file(office.file()).unwrap();
    let again = office.accept("架空　二郎");
    assert_eq!(again.job, first.job);
    assert_eq!(again.gone[0].path, office.file());
    assert!(!again.gone[0].differs && again.needs_person());
    assert!(again.gone[0].message_ja().contains("--again"));
    assert!(!office.file().exists());
    office.run("架空　二郎", true, Cut::Nowhere).unwrap();
    assert_eq!(office.written(), "架空　一郎\n架空　二郎\n");
}

#[test]
fn a_file_edited_by_hand_is_neither_built_on_nor_overwritten() {
    let office = Office::new();
    office.accept("架空　二郎");
    std::fs::write(office.file(), "手で直した台帳\n").unwrap();
    let fault = office.refused("架空　三郎");
    assert_eq!(fault.code, "output/exists");
    assert!(fault.message_ja.contains("people.csv"));
    assert_eq!(office.written(), "手で直した台帳\n");
}

#[test]
fn a_run_cut_off_just_after_it_wrote_adds_its_person_once_when_taken_up() {
    let office = Office::new();
    let first = office.accept("架空　二郎");
    for cut in [Cut::AfterReading, Cut::AfterWriting] {
        office.run("架空　三郎", false, cut).unwrap_err();
    }
    let (_, _, id) = office.job("架空　三郎", false);
    let report = office.accept("架空　三郎");
    assert_eq!(report.job, id);
    assert_eq!(jobs(&report.carried), [first.job.as_str()]);
    assert_eq!(office.written(), "架空　一郎\n架空　二郎\n架空　三郎\n");
    let open = JobFilter {
        open: true,
        ..JobFilter::default()
    };
    assert!(office.host.journal().jobs(&open).unwrap().is_empty());
}

#[test]
fn what_a_run_cut_off_had_written_is_not_accepted_yet_for_the_next_command() {
    let office = Office::new();
    office.accept("架空　二郎");
    office
        .run("架空　三郎", false, Cut::AfterWriting)
        .unwrap_err();
    office.accept("架空　四郎");
    assert_eq!(office.written(), "架空　一郎\n架空　二郎\n架空　四郎\n");
    // Its own command builds on what came between; the job that was cut off is over.
    office.accept("架空　三郎");
    assert_eq!(
        office.written(),
        "架空　一郎\n架空　二郎\n架空　四郎\n架空　三郎\n"
    );
}

#[test]
fn a_run_that_waited_while_another_was_accepted_overwrites_nothing() {
    let office = Office::new();
    let (inputs, base, id) = office.job("架空　三郎", false);
    office.accept("架空　二郎");
    // It had read before.
    let out = office.out();
    let new = office.host.new_job(&id, "certificate", json!({}), &[]);
    let ended = office.host.run_over_documents(&new, |flow| {
        let base = office.host.base_step(flow, &inputs, &base)?;
        let document = Document {
            name: "people.csv".into(),
            kind: DocumentKind::Register,
            bytes: "架空　一郎\n架空　三郎\n".as_bytes().to_vec(),
        };
        let outputs = [office.host.keep(&document, office.file())?];
        office.host.write_made(flow, &outputs, &base, &out)?;
        Ok(Report::of(flow.id(), Vec::new(), base))
    });
    assert_eq!(ended.unwrap_err().code, "output/changed-meanwhile");
    assert_eq!(office.written(), "架空　一郎\n架空　二郎\n");
}

#[test]
fn what_a_later_job_was_built_on_is_not_taken_back_under_it() {
    let office = Office::new();
    let first = office.accept("架空　二郎");
    let second = office.accept("架空　三郎");
    let made_of = first.base();
    let before = office.host.settled(made_of.inputs.clone(), &office.out());
    let check = |job: &str, made_of: &Base| {
        office
            .host
            .check_last(job, made_of, before.as_ref().unwrap())
    };
    let fault = check(&first.job, &made_of).unwrap_err();
    assert_eq!(fault.code, "undo/built-upon");
    assert!(fault.message_ja.contains(&second.job));
    check(&second.job, &second.base()).unwrap();
}

#[test]
fn claim_files_whose_receipts_have_other_numbers_are_not_built_on_and_it_is_said() {
    let office = Office::new();
    office.kind.set(kind::MOVED);
    let first = office.accept("架空　二郎");
    office.kind.set(kind::IN_PLACE);
    let next = office.accept("架空　三郎");
    assert!(next.carried.is_empty());
    assert_eq!(jobs(&next.replaced), [first.job.as_str()]);
    assert!(next.replaced[0].replaced_ja().contains("番号が変わった"));
    assert_eq!(office.written(), "架空　一郎\n架空　三郎\n");
    // What was corrected where it stands leaves the numbers as they are.
    let last = office.accept("架空　四郎");
    assert_eq!(jobs(&last.carried), [next.job.as_str()]);
}

#[test]
fn what_is_accepted_while_another_run_waits_is_in_the_output_of_that_run() {
    let office = Office::new();
    office
        .run("架空　三郎", false, Cut::AfterReading)
        .unwrap_err();
    let (_, _, waits) = office.job("架空　三郎", false);
    let between = office.accept("架空　二郎");
    let report = office.accept("架空　三郎");
    assert_eq!(report.job, waits, "it is taken up, and asks nothing anew");
    assert_eq!(jobs(&report.carried), [between.job.as_str()]);
    assert_eq!(office.written(), "架空　一郎\n架空　二郎\n架空　三郎\n");
}

#[test]
fn a_check_names_what_was_accepted_and_is_not_imported_yet() {
    let office = Office::new();
    let pending = || {
        let (_, base, _) = office.job("", true);
        office.host.not_imported(&base.inputs)
    };
    assert_eq!(pending(), []);
    let accepted = office.accept("架空　二郎");
    let [one] = pending().try_into().unwrap();
    assert_eq!((&one.job, &one.path), (&accepted.job, &office.file()));
    assert!(one.pending_ja().contains(&accepted.job));
    // Imported: nothing is left to say.
    office.product(&office.written());
    assert_eq!(pending(), []);
}

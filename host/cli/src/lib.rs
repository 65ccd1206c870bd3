//! The `reseplug` program: thin verbs over the host's libraries.
//!
//! **For:** stations, vendors and integrators at a terminal or from a product that can start a
//! program. Every verb prints for people, and with `--json` one object on standard output and
//! nothing else there.
//!
//! **Refuses:** logic of its own. A verb reads its arguments, calls a library and shows what
//! came back; what a verb may do is decided in `reseplug-policy` and `reseplug`.
//!
//! **Where it sits:** on top of everything. It embeds the shipped plugins as bytes.
//!
//! # Exit codes
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | done, and something waits for a person: findings, proposals, a broken record, a result that could not be shown; what that is for each verb of `claim` stands in README |
//! | 2 | the command or its input cannot be read; nothing was changed |
//! | 3 | refused: not granted, not approved, owned by another host |
//! | 4 | the other side is away or busy; the same command may succeed later |
//! | 5 | the outcome of something sent is unknown; ask before doing anything again |
//! | 6 | a plugin was stopped: it trapped, looped or used more than its limit |

mod args;
mod arguments;
mod exit;
mod help;
mod output;
mod shipped;
mod verbs;

pub use exit::Exit;
pub use shipped::SHIPPED;

use args::{Args, Verb};
use clap::{CommandFactory, FromArgMatches, ValueEnum};
use output::{Lang, Output};
use std::process::ExitCode;

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    match parsed() {
        Ok(args) => {
            let output = Output::new(args.json, args.lang);
            delivered(run(args, &output), &output).into()
        }
        Err(error) => refused(&error),
    }
}

/// The arguments. Help is broken into lines when it is printed.
fn parsed() -> Result<Args, clap::Error> {
    let mut found = Args::command().term_width(0).try_get_matches()?;
    Args::from_arg_matches_mut(&mut found)
}

/// What was done and could not be shown does not end as if it had been.
fn delivered(exit: Exit, output: &Output) -> Exit {
    match output::undelivered() {
        Some(fault) => {
            output.complain(fault);
            exit.worse(Exit::Attention)
        }
        None => exit,
    }
}

fn run(args: Args, output: &Output) -> Exit {
    let result = match args.verb {
        Verb::Init(verb) => verbs::init::run(&verb, output),
        Verb::Intake(verb) => verbs::flows::intake(&verb, output),
        Verb::Certificate(verb) => verbs::flows::certificate(&verb, output),
        Verb::Recheck(verb) => verbs::flows::recheck(&verb, output),
        Verb::Fill(verb) => verbs::flows::fill(&verb, output),
        Verb::Consents(verb) => verbs::consents::run(&verb, output),
        Verb::View(verb) => verbs::view::run(&verb, output),
        Verb::Register(verb) => verbs::register::run(&verb, output),
        Verb::Evidence(verb) => verbs::evidence::run(&verb, output),
        Verb::Claim(verb) => verbs::claim::run(&verb, output),
        Verb::Notices(verb) => verbs::notices::run(&verb, output),
        Verb::Match(verb) => verbs::matching::run(&verb, output),
        Verb::Undo(verb) => verbs::flows::undo(&verb, output),
        Verb::Demo(verb) => verbs::demo::run(&verb, output),
        Verb::Receden(verb) => verbs::receden::run(&verb, output),
        Verb::Onshi(verb) => verbs::onshi::run(&verb, output),
        Verb::Sandbox(verb) => verbs::sandbox::run(&verb, output),
        Verb::Plugin(verb) => verbs::plugin::run(&verb, output),
        Verb::Identity(verb) => verbs::identity::run(&verb, output),
        Verb::Jobs(verb) => verbs::jobs::run(&verb, output),
        Verb::Audit(verb) => verbs::audit::run(&verb, output),
    };
    match result {
        Ok(exit) => exit,
        Err(fault) => {
            output.fault(&fault);
            Exit::of(&fault)
        }
    }
}

/// Arguments that cannot be read: told as the caller would have had it. What could not be read may
/// still say so.
fn refused(error: &clap::Error) -> ExitCode {
    let fault = arguments::fault(error);
    let given: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .take_while(|argument| argument != "--")
        .collect();
    let mut lang = None;
    for (at, argument) in given.iter().enumerate() {
        let value = match argument.strip_prefix("--lang") {
            Some("") => given.get(at.saturating_add(1)).map(String::as_str),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        lang = value
            .and_then(|value| Lang::from_str(value, false).ok())
            .or(lang);
    }
    let output = Output::new(given.iter().any(|argument| argument == "--json"), lang);
    let Some(fault) = fault else {
        // Help and version. A failure that clap itself tells keeps clap's code.
        output::noted(help::print(error));
        return match (output::undelivered(), error.exit_code()) {
            (None, code) => u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from),
            (Some(_), _) => delivered(Exit::Done, &output).into(),
        };
    };
    output.fault(&fault);
    delivered(Exit::of(&fault), &output).into()
}

//! `reseplug claim …`: which verb is which module's. What is read from the command line stands in `args`.

mod args;
mod back;
mod check;
mod look;
mod out;
mod send;
mod voice;

pub(crate) use args::{Claim, month};

use crate::exit::Exit;
use crate::output::Output;
use reseplug::Channel;
use reseplug_effect::Fault;

pub(crate) fn run(verb: &Claim, output: &Output) -> Result<Exit, Fault> {
    let done = dispatch(verb, output);
    voice::raise(verb, output);
    done
}

fn dispatch(verb: &Claim, output: &Output) -> Result<Exit, Fault> {
    match verb {
        Claim::Check(verb) => check::check(verb, output),
        Claim::Approve(verb) => check::approve(verb, output),
        Claim::Handover(verb) => send::send(verb, Channel::Handover, output),
        Claim::Submit(verb) => send::send(verb, Channel::Gateway, output),
        Claim::Confirm(verb) => send::confirm(verb, output),
        Claim::Withdraw(act) => send::withdraw(act, output),
        Claim::TakeDown(verb) => send::take_down(verb, output),
        Claim::Report(verb) => send::report(verb, output),
        Claim::Ack(verb) => back::ack(verb, output),
        Claim::Import(verb) => back::import(verb, output),
        Claim::Fetch(verb) => back::fetch(verb, output),
        Claim::Downloads(verb) => back::downloads(verb, output),
        Claim::Review(verb) => back::review(verb, output),
        Claim::Returned(verb) => back::returned(verb, output),
        Claim::Week(verb) => look::week(verb, output),
        Claim::Status(verb) => look::status(verb, output),
        Claim::Receipts(verb) => look::receipts(verb, output),
        Claim::Late(verb) => look::late(verb, output),
        Claim::Drop(verb) => look::give_up(verb, output),
        Claim::Retract(verb) => back::retract(verb, output),
        Claim::History(verb) => look::history(verb, output),
        Claim::Settle(verb) => look::settle(verb, output),
        Claim::Write(verb) => out::write(verb, output),
        Claim::Print(verb) => out::print(verb, output),
        Claim::Summary(verb) => out::summary(verb, output),
    }
}

//! `reseplug audit …`

use super::journal;
use crate::args::Audit;
use crate::exit::Exit;
use crate::output::Output;
use reseplug_effect::Fault;
use reseplug_journal::Journal;

pub(crate) fn run(verb: &Audit, output: &Output) -> Result<Exit, Fault> {
    let Audit::Verify { station } = verb;
    let verified = journal(&station.config)?.verify_audit()?;
    output.show(
        &serde_json::json!({ "intact": true, "rows": verified.count, "head": verified.head }),
        |lines| {
            lines.push(format!(
                "{}: {} {}  {} {}",
                output.say("監査記録は無傷です", "the audit record is intact"),
                verified.count,
                output.say("件", "rows"),
                output.say("末尾", "head"),
                verified.head
            ));
        },
    );
    Ok(Exit::Done)
}

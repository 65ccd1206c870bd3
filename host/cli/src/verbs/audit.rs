//! `reseplug audit …`

use super::journal;
use crate::args::Audit;
use crate::exit::Exit;
use crate::output::Output;
use reseplug_effect::Fault;
use reseplug_journal::Journal;

pub(crate) fn run(verb: &Audit, output: &Output) -> Result<Exit, Fault> {
    let Audit::Verify { station } = verb;
    let journal = journal(&station.config)?;
    let verified = journal.verify_audit()?;
    // The claim record stands beside the chain, which carries a digest of each of its events.
    let differing = journal.differing_claims()?;
    let intact = differing.is_empty();
    output.show(
        &serde_json::json!({
            "intact": intact, "rows": verified.count, "head": verified.head,
            "differing_claims": differing,
        }),
        |lines| {
            lines.push(format!(
                "{}: {} {}  {} {}",
                match intact {
                    true => output.say("監査記録は無傷です", "the audit record is intact"),
                    false => output.say(
                        "監査記録のつながりは無傷です",
                        "the chain of the audit record is intact"
                    ),
                },
                verified.count,
                output.say("件", "rows"),
                output.say("末尾", "head"),
                verified.head
            ));
            lines.extend(differing.iter().map(|id| {
                format!(
                    "! {}: {id}",
                    output.say(
                        "請求の記録が、監査記録に残る内容と違います（書き換えられたか、消されました）",
                        "an event of the claim record is not what the audit record says (changed or removed)"
                    )
                )
            }));
            if !intact {
                lines.push(
                    output
                        .say(
                            "  この記録で請求の状態を判断せず、バックアップの記録と比べてください。",
                            "  do not go by this record; compare it with one from a backup",
                        )
                        .to_owned(),
                );
            }
        },
    );
    Ok(match intact {
        true => Exit::Done,
        false => Exit::Refused,
    })
}

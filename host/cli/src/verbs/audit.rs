//! `reseplug audit …`

use super::journal;
use crate::args::Audit;
use crate::exit::Exit;
use crate::output::Output;
use reseplug_effect::Fault;
use reseplug_journal::{DifferingDocument, Journal};
use std::time::{Duration, Instant};

/// How long nothing is said of reading on.
const TELL: Duration = Duration::from_secs(2);

pub(crate) fn run(verb: &Audit, output: &Output) -> Result<Exit, Fault> {
    let Audit::Verify { station } = verb;
    let journal = journal(&station.config)?;
    let verified = journal.verify_audit()?;
    // The claim record stands beside the chain, which carries a digest of each of its events.
    let differing = journal.differing_claims()?;
    // So do the documents.
    let mut said = Instant::now();
    let documents = journal.differing_documents(&mut |at, of| {
        if said.elapsed() >= TELL {
            said = Instant::now();
            output.progress(
                &format!("保管している書類を読んで確かめています（{at}／{of}件）"),
                &format!("reading the documents that are kept ({at} of {of})"),
            );
        }
    })?;
    let intact = differing.is_empty() && documents.is_empty();
    output.show(
        &serde_json::json!({
            "intact": intact, "rows": verified.count, "head": verified.head,
            "differing_claims": differing,
            "differing_documents": documents.iter().map(|one| serde_json::json!({
                "sha256": one.sha256, "name": one.name, "gone": one.name.is_none(), "of": one.of,
            })).collect::<Vec<_>>(),
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
            lines.extend(documents.iter().map(|one| document(one, output)));
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

/// A document that is not what was kept, and what is of it.
fn document(one: &DifferingDocument, output: &Output) -> String {
    let (name, what) = match &one.name {
        Some(name) => (
            name.as_str(),
            output.say(
                "保管した書類の内容が変わっています",
                "a document that was kept has other bytes",
            ),
        ),
        None => (
            "",
            output.say(
                "保管した書類が消えています",
                "a document that was kept is gone",
            ),
        ),
    };
    let short = one.sha256.get(..16).unwrap_or(&one.sha256);
    let mut line = format!("! {what}: {name} SHA-256 {short}…");
    if !one.of.is_empty() {
        let of = output.say("これを使う記録", "of it");
        line.push_str(&format!("  {of}: {}", one.of.join(", ")));
    }
    line
}

//! `reseplug claim receipts`, `late` and `drop`: each receipt, and what waits.

use super::{given_up_lines, in_order, twice_lines, why};
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs::claim::args::{Drop, Look, Receipts};
use crate::verbs::flows::host;
use reseplug::{DropRequest, Host};
use reseplug_claims::written::{signed, thousands};
use reseplug_claims::{Receipt, Standing};
use reseplug_effect::Fault;
use reseplug_model::Month;

pub(in super::super) fn receipts(verb: &Receipts, output: &Output) -> Result<Exit, Fault> {
    let host = host(&verb.station.config, output)?;
    let book = host.book()?;
    let plain = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
    let wanted = |receipt: &Receipt, claim_month: Month| {
        verb.month.is_none_or(|m| m == claim_month)
            && verb
                .service_month
                .is_none_or(|m| m == receipt.service_month)
            && verb.person.as_ref().is_none_or(|person| {
                receipt.person_key.as_ref() == Some(person)
                    || plain(&receipt.name).contains(&plain(person))
            })
    };
    let mut own: Vec<Standing> = book
        .receipts()
        .filter(|one| wanted(&one.receipt, one.filing.month))
        .collect();
    own.sort_by_key(|one| {
        let key = &one.filing;
        let number = one.receipt.number;
        (key.month, key.payer.code(), key.sequence, number)
    });
    let twice = book.claimed_twice();
    let given_up = book.given_up_yet_filed();
    // What is held or was approved and never left stands in no filing.
    let waiting: Vec<_> = host
        .late()?
        .into_iter()
        .filter(|one| one.filing.is_none() && wanted(&one.receipt, one.since))
        .collect();
    output.show(
        &serde_json::json!({
            "receipts": own, "waiting": waiting, "claimed_twice": twice,
            "given_up_yet_filed": given_up,
        }),
        |lines| {
            let mut rows: Vec<Vec<String>> =
                own.iter().map(|one| receipt_row(one, output)).collect();
            rows.extend(waiting.iter().map(|one| {
                vec![
                    one.id.clone(),
                    one.receipt.number.to_string(),
                    one.receipt.name.clone(),
                    one.receipt.service_month.to_string(),
                    thousands(one.receipt.total),
                    why(one, output),
                    String::new(),
                    String::new(),
                ]
            }));
            if rows.is_empty() {
                lines.push(
                    output
                        .say("該当するレセプトはありません。", "no such receipt")
                        .to_owned(),
                );
            } else {
                lines.push(output.figures(
                    &[
                        ("請求", "filed"),
                        ("番号", "no."),
                        ("氏名", "name"),
                        ("訪問年月", "service"),
                        ("金額", "yen"),
                        ("状態", "standing"),
                        ("増減点", "adjusted"),
                        ("支払", "paid"),
                    ],
                    rows,
                    &[1, 4, 6, 7],
                ));
            }
            lines.extend(twice_lines(&twice, output));
            lines.extend(given_up_lines(&given_up, output));
        },
    );
    Ok(if twice.is_empty() && given_up.is_empty() {
        Exit::Done
    } else {
        Exit::Attention
    })
}

fn receipt_row(one: &Standing, output: &Output) -> Vec<String> {
    let mut standing = output
        .say(one.place.name_ja(), one.place.name_en())
        .to_owned();
    if one.hearsay {
        standing.push_str(output.say("（職員の報告）", " (reported)"));
    }
    if !one.returned_for.is_empty() {
        standing.push_str(&format!(" {}", one.returned_for.join("／")));
    }
    if let Some(reason) = &one.given_up {
        standing.push_str(&format!(
            " {}: {reason}",
            output.say("請求しないと決定", "given up")
        ));
    }
    if one.take_down_asked {
        standing.push_str(output.say(" 取下げ依頼中", " take-down asked"));
    }
    if one.in_review {
        standing.push_str(output.say(" 再審査中", " in review"));
    }
    vec![
        format!(
            "{} {} {}",
            one.filing.month,
            one.filing.payer.name_ja(),
            one.filing.sequence
        ),
        one.receipt.number.to_string(),
        one.receipt.name.clone(),
        one.receipt.service_month.to_string(),
        thousands(one.receipt.total),
        standing,
        match one.adjusted {
            0 => String::new(),
            yen => signed(yen),
        },
        one.paid.map_or_else(String::new, thousands),
    ]
}

pub(in super::super) fn late(verb: &Look, output: &Output) -> Result<Exit, Fault> {
    let late = host(&verb.station.config, output)?.late()?;
    let late = in_order(&late);
    output.show(&serde_json::json!({ "late": late }), |lines| {
        if late.is_empty() {
            lines.push(
                output
                    .say("待っているレセプトはありません。", "no receipt waits")
                    .to_owned(),
            );
            return;
        }
        let rows = late
            .iter()
            .map(|one| {
                vec![
                    one.id.clone(),
                    one.receipt.name.clone(),
                    one.receipt.service_month.to_string(),
                    thousands(one.receipt.total),
                    format!("{} {}", one.since, one.payer.name_ja()),
                    why(one, output),
                ]
            })
            .collect();
        lines.push(output.figures(
            &[
                ("番号", "id"),
                ("氏名", "name"),
                ("訪問年月", "service"),
                ("金額", "yen"),
                ("いつから", "since"),
                ("理由", "why"),
            ],
            rows,
            &[3],
        ));
        lines.push(
            output
                .say(
                    "製品の次の月の請求に入れるか、claim approve の --carry で入れます。請求しないものは claim drop で理由を残します。",
                    "put them into the next month in the product, or with --carry of `claim approve`; what is not filed at all is given up with `claim drop`",
                )
                .to_owned(),
        );
    });
    Ok(Exit::Done)
}

pub(in super::super) fn give_up(verb: &Drop, output: &Output) -> Result<Exit, Fault> {
    let host = host(&verb.station.config, output)?;
    let request = DropRequest {
        ids: verb.ids.clone(),
        reason: verb.reason.clone(),
        by: verb.by.clone(),
        dry_run: verb.dry_run,
    };
    if verb.undo {
        return resume(&host, &request, output);
    }
    let dropped = host.drop_late(&request)?;
    output.show(
        &serde_json::json!({ "dry_run": verb.dry_run, "dropped": dropped }),
        |lines| {
            for one in &dropped {
                lines.push(format!(
                    "{}  {} {}  {}",
                    one.id, one.receipt.service_month, one.receipt.name, verb.reason
                ));
            }
            let (ja, en) = match verb.dry_run {
                true => (
                    "予行です。何も記録していません。",
                    "a rehearsal: nothing was recorded",
                ),
                false => (
                    "もう請求しないと記録しました。製品で次の月の請求に入れないでください。",
                    "recorded: they will not be filed. Keep them out of the product's next month",
                ),
            };
            lines.push(output.say(ja, en).to_owned());
        },
    );
    Ok(Exit::Done)
}

fn resume(host: &Host, request: &DropRequest, output: &Output) -> Result<Exit, Fault> {
    let resumed = host.resume_dropped(request)?;
    output.show(
        &serde_json::json!({ "dry_run": request.dry_run, "resumed": resumed }),
        |lines| {
            lines.extend(resumed.iter().map(|one| {
                let what = output.say(one.event.name_ja(), one.event.kind());
                let detail = output
                    .say(&one.event.detail_ja(), &one.event.detail_en())
                    .to_owned();
                format!("{what}  {detail}")
            }));
            let (ja, en) = match request.dry_run {
                true => (
                    "予行です。上の決定が取り消されます。何も記録していません。",
                    "a rehearsal: the above would be taken back; nothing was recorded",
                ),
                false => (
                    "上の決定を取り消しました。請求されていないものは、また claim late に出ます。",
                    "the above is taken back; what is not filed waits again (`claim late`)",
                ),
            };
            lines.push(output.say(ja, en).to_owned());
        },
    );
    Ok(Exit::Done)
}

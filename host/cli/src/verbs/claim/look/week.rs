//! `reseplug claim week`: what is left of the month's filing, until when, and what comes next.

use super::{given_up_lines, moment, short, twice_lines};
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs::claim::args::Which;
use crate::verbs::claim::send::line;
use reseplug::{ClaimWeek, Skew};
use reseplug_claims::FilingKey;
use reseplug_effect::Fault;

pub(in super::super) fn week(verb: &Which, output: &Output) -> Result<Exit, Fault> {
    let host = verb.host(output)?;
    let mut week = host.claim_week(verb.month()?)?;
    week.payers
        .retain(|one| verb.payer.is_none_or(|payer| payer == one.payer));
    week.claimed_twice.retain(|(one, other)| {
        let of = |key: &FilingKey| verb.payer.is_none_or(|payer| payer == key.payer);
        of(&one.filing) || of(&other.filing)
    });
    week.given_up_yet_filed
        .retain(|one| verb.payer.is_none_or(|payer| payer == one.filing.payer));
    output.show(&week, |lines| {
        week_lines(&week, host.has_gateway(), lines, output);
    });
    Ok(
        match week.needs_person() || week.clock.as_ref().is_some_and(Skew::matters) {
            true => Exit::Attention,
            false => Exit::Done,
        },
    )
}

fn week_lines(week: &ClaimWeek, gateway: bool, lines: &mut Vec<String>, output: &Output) {
    lines.push(format!(
        "{} {}  {} {}",
        week.month,
        output.say("請求分", "claims"),
        output.say("いま（日本時間）", "now (Japan)"),
        moment(&week.now)
    ));
    lines.push(clock_line(week.clock.as_ref(), gateway, output));
    if let Some(file) = &week.calendar_file {
        lines.push(format!(
            "{}: {file}",
            output.say(
                "日程はこのステーションのファイルによります",
                "the days come from the station's own file"
            )
        ));
    }
    if !week.hours_kept {
        lines.push(
            output
                .say(
                    "設定 [claims] hours = \"ignore\": ゲートウェイへの送信と確定は、日時にかかわらずできます（受けるかどうかはゲートウェイが決めます）。下の締切は公式のオンライン請求のものです。",
                    "[claims] hours = \"ignore\": a gateway is sent to and confirmed with whatever the day, and says itself whether it is open; the closings below are those of the official system",
                )
                .to_owned(),
        );
    }
    let mut reason = "";
    for one in &week.payers {
        let mark = match one.urgency.as_str() {
            "alarm" => "!!! ",
            "voice" => "!! ",
            _ => "",
        };
        // A calendar of the station's own may know no corrections.
        let corrections = match one.corrections_close.as_str() {
            "" => String::new(),
            until => format!(
                "  {} {}",
                output.say("訂正の締切", "corrections until"),
                short(until)
            ),
        };
        lines.push(format!(
            "{mark}{}  {}  {} {}{corrections}",
            one.payer.name_ja(),
            output.say(&one.phase_ja, &one.phase_en),
            output.say("締切", "closes"),
            short(&one.closes),
        ));
        if let (Some(ja), Some(en)) = (&one.extension, &one.extension_en) {
            lines.push(format!(
                "    {}: {}",
                output.say("延長", "extended"),
                output.say(ja, en)
            ));
        }
        if one.safe_by_matters() {
            let by = |at: &String| {
                let passed = match week.now >= *at {
                    true => output.say("（過ぎています）", " (passed)"),
                    false => "",
                };
                format!("{}{passed}", short(at))
            };
            lines.push(format!(
                "    {}: {} {}  {} {}",
                output.say("安全な期限", "safe by"),
                output.say("送信", "send"),
                by(&one.safe_to_send),
                output.say("確定", "confirm"),
                by(&one.safe_to_confirm),
            ));
            // Both payers mostly have the same days: the reason is said once.
            let why = output.say(&one.safe_ja, &one.safe_en);
            if reason != why {
                lines.push(format!("      {why}"));
                reason = why;
            }
        }
        lines.extend(
            one.sendings
                .iter()
                .map(|sent| format!("    {}", line(sent, output).replace('\n', "\n    "))),
        );
        lines.push(format!("    → {}", output.say(&one.next_ja, &one.next_en)));
    }
    for sent in &week.open_before {
        lines.push(format!(
            "! {}: {}",
            output.say(
                "前の月で、結果が分からないままのもの",
                "an earlier month whose outcome nobody knows"
            ),
            line(sent, output)
        ));
    }
    lines.extend(twice_lines(&week.claimed_twice, output));
    lines.extend(given_up_lines(&week.given_up_yet_filed, output));
    if !week.late.is_empty() {
        lines.push(format!(
            "{}: {}",
            output.say(
                "待っているレセプト（reseplug claim late）",
                "receipts that wait (reseplug claim late)"
            ),
            week.late.len()
        ));
    }
    if lines.iter().any(|line| line.starts_with('!')) {
        lines.push(
            output
                .say(
                    "（! 人が確かめるもの　!! 急ぎ　!!! 締切が迫っているもの、結果が分からないまま締め切られたもの）",
                    "(! somebody has to look  !! soon  !!! the month is about to close, or closed with its outcome unknown)",
                )
                .to_owned(),
        );
    }
}

/// How far this PC's clock is off, or that nobody knows.
fn clock_line(clock: Option<&Skew>, gateway: bool, output: &Output) -> String {
    let Some(clock) = clock else {
        return match gateway {
            true => output.say(
                "このPCの時計のずれ: まだ測っていません（ゲートウェイに尋ねると測ります: claim status）",
                "this PC's clock: not measured yet; asking the gateway measures it (claim status)",
            ),
            false => output.say(
                "このPCの時計のずれ: 測れません（ゲートウェイなどの時刻と比べていません）。Windows の「日時の設定」で合っているか確かめてください",
                "this PC's clock: not measured (there is no gateway's time to compare it with); see in the system's date and time settings that it is right",
            ),
        }
        .to_owned();
    };
    format!(
        "{}{}: {} ({})",
        if clock.matters() { "!! " } else { "" },
        match clock.matters() {
            true => output.say(
                "このPCの時計がずれています（Windows の「日時の設定」で合わせてください）",
                "this PC's clock is off; set it right"
            ),
            false => output.say("このPCの時計のずれ", "this PC's clock is off by"),
        },
        output.say(&clock.say_ja(), &clock.say_en()),
        moment(&clock.at)
    )
}

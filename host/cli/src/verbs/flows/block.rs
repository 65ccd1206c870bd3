//! One proposal on the terminal.

use crate::output::Output;
use reseplug::group::{Group, Happened};
use reseplug::people::Likely;
use reseplug::proposal::{Done, Proposal};
use reseplug::{Coverage, report};
use reseplug_model::{Date, Period};

/// One proposal for the terminal.
pub(crate) fn block(proposal: &Proposal, output: &Output) -> Vec<String> {
    let who = format!("{} {}", proposal.person_key, proposal.name);
    let mut lines = vec![format!(
        "{}  {}  [{}]",
        who.trim(),
        proposal.as_of,
        proposal.id
    )];
    if proposal.group != Group::Coverage {
        lines.push(format!(
            "    {}",
            output.say(proposal.group.name_ja(), proposal.group.name_en())
        ));
        if !matches!(proposal.done, Done::Applied { .. }) {
            lines.extend(
                proposal
                    .differences
                    .iter()
                    .map(|d| format!("      {}: {} → {}", d.field, d.on_file, d.answered)),
            );
        }
    }
    let seen: Vec<&str> = proposal
        .happened
        .iter()
        .filter(|h| !matches!(h, Happened::Unchanged | Happened::NotConfirmed))
        .map(|h| output.say(h.name_ja(), h.name_en()))
        .collect();
    if !seen.is_empty() {
        lines.push(format!("    {}", seen.join("、")));
    }
    lines.extend(
        proposal
            .notes
            .iter()
            .map(|note| format!("    {}", output.say(&note.ja, &note.en))),
    );
    if let (Some(before), Some(after)) = (&proposal.before, &proposal.after) {
        lines.push(format!("    {}", what_changes(before, after, output)));
    } else if let Some(after) = &proposal.after {
        lines.push(format!("    → {after}"));
    }
    for source in &proposal.sources {
        lines.push(format!(
            "    {} {} {} {} ({})",
            output.say("情報源", "source"),
            output.say(&source.message_ja(), &source.message),
            output.say("資格確認日", "as of"),
            source.as_of,
            source.answered_at
        ));
    }
    match &proposal.done {
        Done::Applied { kind, fields } => {
            let by = proposal.accepted.as_ref().map_or("", |a| a.by.as_str());
            lines.push(format!(
                "    {} {}  {} {by}",
                output.say("反映", "applied"),
                output.say(report::kind_ja(kind), kind),
                output.say("受け入れた人", "accepted by")
            ));
            lines.extend(
                fields
                    .iter()
                    .map(|f| format!("      {}: {} → {}", f.field, f.on_file, f.answered)),
            );
        }
        Done::Refused { fault } => lines.push(format!(
            "    {} {}",
            output.say("できません:", "refused:"),
            output.say(&fault.message_ja, &fault.message_en)
        )),
        Done::Left | Done::Nothing => {
            if let Some(reason) = proposal.reason {
                lines.push(format!(
                    "    {}",
                    output.say(reason.message_ja(), reason.message_en())
                ));
            }
            for likely in &proposal.candidates {
                lines.extend(candidate(likely, output));
            }
            if proposal.as_new {
                let what = output.say(
                    "どなたでもない別の方なら、承認ファイル（--accept）に書いて受け入れると新しく加えます",
                    "if it is none of them but another person, accept it (--accept) to add them as new",
                );
                lines.push(format!("      {what}: \"{}\": true", proposal.id));
            }
        }
    }
    lines
}

/// Somebody an answer could mean, what speaks for and against them, and what would settle it.
fn candidate(likely: &Likely, output: &Output) -> Vec<String> {
    let agreement = &likely.agreement;
    let mut lines = vec![format!(
        "      {} {}: {}",
        likely.key,
        likely.name,
        output.say(&agreement.say_ja(), &agreement.say_en())
    )];
    if let Some(doubt) = likely.doubt {
        let text = output.say(doubt.message_ja(), doubt.message_en());
        lines.push(format!("        {text}"));
    }
    if let Some(command) = likely.accept_command() {
        let what = output.say(
            "同じ方なら、この表記を認めると次から一致します",
            "if it is the same person, accept the spelling",
        );
        lines.push(format!("        {what}: {command}"));
    }
    lines
}

/// What is another value afterwards: of a coverage whose numbers stay, the burden and the days.
fn what_changes(before: &Coverage, after: &Coverage, output: &Output) -> String {
    let (old, new) = (before.to_string(), after.to_string());
    let same = old == new;
    let mut said = vec![if same {
        old
    } else {
        format!("{old} → {new}")
    }];
    let none = output.say("なし", "none");
    let day = |day: Option<Date>| day.map(|d| d.to_string()).unwrap_or_default();
    let days = |period: Period| format!("{}〜{}", day(period.from), day(period.to));
    let percent = |burden: Option<u32>| burden.map_or_else(|| none.to_owned(), |p| format!("{p}%"));
    if before.burden_percent != after.burden_percent {
        said.push(format!(
            "{} {} → {}",
            output.say("負担割合", "burden"),
            percent(before.burden_percent),
            percent(after.burden_percent)
        ));
    }
    if same && before.period != after.period {
        said.push(format!(
            "{} {} → {}",
            output.say("有効期間", "period"),
            days(before.period),
            days(after.period)
        ));
    }
    said.join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Lang;

    #[test]
    fn a_change_of_the_burden_alone_shows_the_burden_before_and_after() {
        let before: Coverage = serde_json::from_value(serde_json::json!({
            "insurer": "39990015", "number": "69135838", "burden_percent": 10,
            "period": { "from": "2024-08-01" },
        }))
        .unwrap();
        let mut after = before.clone();
        after.burden_percent = Some(20);
        let said =
            |after: &Coverage| what_changes(&before, after, &Output::new(false, Some(Lang::Ja)));
        assert_eq!(said(&after), "39990015 69135838  負担割合 10% → 20%");
        after.number = "69135839".into();
        assert!(said(&after).starts_with("39990015 69135838 → 39990015 69135839  負担割合"));
        after = before.clone();
        after.period.to = after.period.from;
        assert!(said(&after).ends_with("有効期間 2024-08-01〜 → 2024-08-01〜2024-08-01"));
    }
}

//! `reseplug claim status`: where the filings of a month stand, with findings.

use crate::exit::Exit;
use crate::output::Output;
use crate::verbs;
use crate::verbs::claim::args::Which;
use crate::verbs::claim::check::severity;
use crate::verbs::claim::send::{Failed, line};
use reseplug::report::found;
use reseplug::{Channel, Ended, Sent, Standing};
use reseplug_claims::Filing;
use reseplug_effect::Fault;
use reseplug_engine::contract::Finding;
use reseplug_model::Month;
use std::collections::BTreeSet;

pub(in super::super) fn status(verb: &Which, output: &Output) -> Result<Exit, Fault> {
    let host = verb.host(output)?;
    let month = verb.month()?;
    let known = host.filed(month, None, verb.payer)?;
    let mut others = host.filed_months()?;
    others.remove(&month);
    let mut standing: Vec<Standing> = Vec::new();
    let mut exit = Exit::Done;
    let over_gateway = |all: &[Sent]| all.iter().any(|s| s.channel == Channel::Gateway);
    let mut away = None;
    let mut unasked = None;
    let mut errors = Vec::new();
    if host.has_gateway() {
        // What is known here is shown whether or not the other side answers.
        match host.standing(month, verb.payer) {
            Ok(all) => {
                for one in all {
                    match one.ended {
                        Ok(Ended::Done(one)) => standing.push(one),
                        Ok(other) => exit = exit.worse(verbs::unfinished_line(&other, output)),
                        Err(fault) => {
                            let told = verbs::about(one.payer.name_ja(), &fault);
                            away = away.or(Some(told));
                            errors.push(Failed {
                                payer: one.payer,
                                fault,
                            });
                        }
                    }
                }
            }
            // Where nothing of it went there, nothing may be wrong, except with this store itself.
            Err(fault) if !over_gateway(&known) && !fault.code.starts_with("journal/") => {
                unasked = Some(fault);
            }
            Err(fault) => away = Some(fault),
        }
    }
    let known = host.filed(month, None, verb.payer)?;
    if known
        .iter()
        .any(|one| one.contradiction.is_some() || !one.gone.is_empty())
    {
        exit = exit.worse(Exit::Attention);
    }
    let book = host.book()?;
    let twice = book.claimed_twice_in(month, verb.payer);
    if !twice.is_empty() {
        exit = exit.worse(Exit::Attention);
    }
    // Findings of what could not be asked for now.
    let mut recorded = host.standing_on_record(month, verb.payer)?;
    recorded.retain(|one| !standing.iter().any(|asked| asked.sent.key == one.sent.key));
    output.show(
        &serde_json::json!({
            "claim_month": month, "filings": known, "gateway": standing, "on_record": recorded,
            "filed_months": host.filed_months()?, "claimed_twice": twice,
            "error": away, "errors": errors, "not_asked": unasked,
        }),
        |lines| {
            if known.is_empty() {
                lines.push(nothing_left(month, &others, output));
            }
            let mut all: Vec<&reseplug::Sent> = known.iter().collect();
            all.sort_by_key(|one| (one.payer.code(), one.trial, one.sequence));
            for sent in all {
                let mut known = standing.iter().chain(&recorded);
                let asked = known.find(|one| one.sent.key == sent.key);
                let Some(one) = asked else {
                    lines.push(line(sent, output));
                    continue;
                };
                lines.push(line(&one.sent, output));
                let s = &one.counts;
                lines.push(format!(
                    "    {} {}  {} {}  {} {}",
                    output.say("正常", "normal"),
                    s.normal,
                    output.say("要確認", "attention"),
                    s.attention,
                    output.say("受付不能", "rejected"),
                    s.rejected
                ));
                let filing = book
                    .filings()
                    .iter()
                    .find(|f| f.key.to_string() == sent.key);
                let found = one.findings.iter();
                lines.extend(found.map(|finding| finding_line(finding, filing, output)));
            }
            lines.extend(super::twice_lines(&twice, output));
            if let Some(fault) = &unasked {
                lines.push(format!(
                    "{}: {} [{}]",
                    output.say(
                        "ゲートウェイには尋ねられませんでした。表示はこの記録にあるものだけです",
                        "the gateway could not be asked; this is what is on record here"
                    ),
                    output.say(&fault.message_ja, &fault.message_en),
                    fault.code
                ));
            }
        },
    );
    let shown = known.iter().filter_map(|sent| sent.key.parse().ok());
    host.told_of(shown, &crate::verbs::flows::actor())?;
    match away {
        Some(fault) => {
            output.complain(&fault);
            Ok(exit.worse(Exit::of(&fault)))
        }
        None => Ok(exit),
    }
}

/// A finding beside the receipt, the person and the field that it concerns.
fn finding_line(finding: &Finding, filing: Option<&Filing>, output: &Output) -> String {
    let receipt = filing.and_then(|filing| found::receipt(finding, filing));
    let what = [
        Some(format!("[{}]", severity(finding.severity, output))),
        Some(finding.code.clone()),
        finding.receipt.map(|number| format!("#{number}")),
        receipt.map(|one| one.name.clone()),
    ];
    let what: Vec<String> = what.into_iter().flatten().collect();
    let place = match filing.map(|filing| found::place(finding, filing)) {
        Some(place) => output.say(&place.say_ja(), &place.say_en()).to_owned(),
        None => reseplug_effect::Place::from(finding.place.clone()).to_string(),
    };
    format!(
        "    {}  {place}  {}  → {}",
        what.join(" "),
        output.say(&finding.message_ja, &finding.message_en),
        output.say(&finding.action_ja, &finding.action_en)
    )
}

/// What there is where a month has nothing.
fn nothing_left(month: Month, others: &BTreeSet<Month>, output: &Output) -> String {
    let none = output.say(
        "請求分は、まだ何も渡していません。",
        ": nothing has left yet",
    );
    let list: Vec<String> = others.iter().map(ToString::to_string).collect();
    if list.is_empty() {
        return format!("{month} {none}");
    }
    format!(
        "{month} {none} {}: {}",
        output.say(
            "渡したものがある月（--month で指定します）",
            "; something left for (say with --month)"
        ),
        list.join(", ")
    )
}

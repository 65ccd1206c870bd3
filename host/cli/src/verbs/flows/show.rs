//! How a flow over documents ended, for people.

use super::block;
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs;
use reseplug::group::Happened;
use reseplug::not_ours::Standing;
use reseplug::proposal::Done;
use reseplug::{Ended, Report};
use reseplug_effect::Fault;
use reseplug_model::Date;
use std::path::Path;

/// Shows how a flow over documents ended.
pub(super) fn show(
    ended: &Ended<Report>,
    page: Option<&Path>,
    output: &Output,
) -> Result<Exit, Fault> {
    let report = match ended {
        Ended::Done(report) => report,
        other => return Ok(verbs::unfinished(other, output)),
    };
    output.show(report, |lines| {
        for proposal in &report.proposals {
            let told = proposal.happened.iter().any(|h| *h != Happened::Unchanged);
            if told || !matches!(proposal.done, Done::Nothing) {
                lines.extend(block(proposal, output));
            }
        }
        beside(report, output, lines);
        if let Some(days) = report.consented {
            let day = |day: Option<Date>| day.map(|d| d.to_string()).unwrap_or_default();
            lines.push(format!(
                "{}: {}〜{}  {} {}",
                output.say("集めた同意日", "consents given on"),
                day(days.from),
                day(days.to),
                output.say("回答", "answers"),
                report.answered,
            ));
        }
        let c = report.counts;
        lines.push(format!(
            "{} {}  {} {}  {} {}  {} {}  {} {}  {} {}  {} {}  {} {}  {} {}",
            output.say("追加した人", "people added"),
            c.people_added,
            output.say("追加した資格", "periods added"),
            c.periods_added,
            output.say("補完", "filled"),
            c.groups_filled,
            output.say("訂正", "corrected"),
            c.groups_corrected,
            output.say("負担割合", "burdens"),
            c.burdens_set,
            output.say("適用区分", "income categories"),
            c.incomes_set,
            output.say("医療扶助", "medical assistance"),
            c.welfare_set,
            output.say("人が確かめるもの", "left for a person"),
            c.left_for_person,
            output.say("できなかったもの", "refused"),
            c.refused,
        ));
        lines.extend(documents(report, output));
        lines.extend(
            page.map(|page| format!("{}: {}", output.say("報告書", "report"), page.display())),
        );
        if report.dry_run {
            lines.push(
                output
                    .say(
                        "予行です。何も送らず、何も書いていません。",
                        "a rehearsal: nothing was sent, nothing written",
                    )
                    .to_owned(),
            );
        } else {
            lines.push(format!("{}: {}", output.say("処理", "job"), report.job));
        }
    });
    Ok(if report.needs_person() {
        Exit::Attention
    } else {
        Exit::Done
    })
}

/// What the documents were made of, and where they lie.
pub(crate) fn documents(report: &Report, output: &Output) -> Vec<String> {
    let mut lines = Vec::new();
    for one in &report.carried {
        lines.push(output.say(&one.carried_ja(), &one.carried_en()).to_owned());
    }
    for one in &report.replaced {
        let text = (one.replaced_ja(), one.replaced_en());
        lines.push(output.say(&text.0, &text.1).to_owned());
    }
    for one in &report.gone {
        lines.push(output.say(&one.message_ja(), &one.message_en()).to_owned());
    }
    let gone = |path: &Path| report.gone.iter().any(|one| one.path == path);
    for written in report.outputs.iter().filter(|o| !gone(&o.path)) {
        lines.push(format!(
            "{}: {}",
            output.say("書き出し", "written"),
            written.path.display()
        ));
    }
    lines
}

/// What stands beside the proposals: what happened to how many, whose card is to be read and why,
/// what runs out, and what only the product may change.
fn beside(report: &Report, output: &Output, lines: &mut Vec<String>) {
    if !report.happened.is_empty() {
        let counted: Vec<String> = report
            .happened
            .iter()
            .map(|(what, n)| format!("{} {n}", output.say(what.name_ja(), what.name_en())))
            .collect();
        lines.push(format!(
            "{}: {}",
            output.say("あったこと", "what happened"),
            counted.join("、")
        ));
    }
    would_ask(report, output, lines);
    if !report.card_visits.is_empty() {
        lines.push(format!(
            "{}:",
            output.say(
                "次の訪問でカードを読み取る方",
                "people whose card is to be read at the next visit"
            )
        ));
        for visit in &report.card_visits {
            let since = visit
                .since
                .map_or_else(String::new, |month| format!(" ({month})"));
            lines.push(format!(
                "    {}（{}）  {}{since}",
                visit.name,
                visit.key,
                output.say(visit.reason.message_ja(), visit.reason.message_en())
            ));
        }
    }
    if !report.died.is_empty() {
        lines.push(format!(
            "{}:",
            output.say(
                "回答の資格喪失事由が死亡の方。亡くなった日を確かめ、製品で利用を終了にしてください（カードは読み取りません）",
                "people whose last answer tells of their death: make sure, and end their service in the product; no card is read"
            )
        ));
        lines.extend(report.died.iter().map(|one| {
            format!(
                "    {}（{}）  {} {}",
                one.name,
                one.key,
                output.say("資格喪失日", "lost on"),
                one.on
            )
        }));
    }
    if !report.late.is_empty() {
        lines.push(format!(
            "{}:",
            output.say(
                "回答フォルダーに残っている回答",
                "answers left in the folder"
            )
        ));
        for one in &report.late {
            let text = output.say(&one.message_ja, &one.message_en);
            lines.push(format!("    {text}"));
        }
    }
    if !report.warnings.is_empty() {
        lines.push(format!(
            "{}:",
            output.say("期限の近いもの", "about to run out")
        ));
        for one in &report.warnings {
            let ended = if one.ended {
                output.say("期限切れ", "ended")
            } else {
                output.say("まで", "last day")
            };
            lines.push(format!(
                "    {}（{}）  {} {}  {} {ended}",
                one.name,
                one.person_key,
                output.say(one.what.name_ja(), one.what.name_en()),
                one.detail,
                one.ends,
            ));
        }
    }
    let differing: Vec<_> = report
        .not_ours
        .iter()
        .filter(|one| one.standing == Standing::Differs)
        .collect();
    if !differing.is_empty() {
        lines.push(format!(
            "{}:",
            output.say(
                "機械では書かない値で、合わないもの",
                "values the machine never writes that do not agree"
            )
        ));
        for one in differing {
            lines.push(format!(
                "    {} [{}]  {} {} ({} {})",
                one.name,
                one.receipt,
                output.say(one.what.name_ja(), one.what.name_en()),
                one.value,
                output.say("分かっていること", "known"),
                one.expected,
            ));
        }
    }
}

/// Whom a rehearsal's run would ask about, and by what.
fn would_ask(report: &Report, output: &Output, lines: &mut Vec<String>) {
    if !report.would_ask.is_empty() {
        let singly = report.would_ask.iter().filter(|one| one.singly).count();
        lines.push(format!(
            "{}（{} {}、{} {}）:",
            output.say(
                "実行すると照会する方と番号。回答によっては続けて照会します",
                "whom a run would ask about, by which numbers; the answers may lead to more"
            ),
            output.say("番号による照会", "by numbers"),
            report.would_ask.len().saturating_sub(singly),
            output.say(
                "限度額のための単独の照会",
                "singly, for the income category"
            ),
            singly,
        ));
    }
    for one in &report.would_ask {
        let numbers: Vec<&str> = one
            .symbol
            .iter()
            .map(String::as_str)
            .chain([one.number.as_str()])
            .collect();
        let branch = one.branch.as_ref().map_or_else(String::new, |branch| {
            format!(" {}{branch}", output.say("枝番", "branch "))
        });
        let more = match (one.singly, one.income_consent) {
            (true, _) => output.say("  単独（限度額）", "  singly (income category)"),
            (false, true) => output.say("  限度額の同意あり", "  with the consent to 限度額"),
            (false, false) => "",
        };
        lines.push(format!(
            "    {}（{}）  {} {}  {} {}{branch}{more}",
            one.name,
            one.person_key,
            output.say("資格確認日", "as of"),
            one.as_of,
            one.insurer_number,
            numbers.join("・"),
        ));
    }
    if !report.would_collect.is_empty() {
        let months: Vec<String> = report
            .would_collect
            .iter()
            .map(ToString::to_string)
            .collect();
        lines.push(format!(
            "{}: {}",
            output.say(
                "実行すると医療券を集める診療年月",
                "months whose medical tickets a run would collect"
            ),
            months.join("、")
        ));
    }
}

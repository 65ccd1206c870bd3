//! `reseplug intake`, `recheck`, `fill`, `undo`

use super::read;
use crate::args::Station;
use crate::arguments::Refused;
use crate::exit::Exit;
use crate::output::Output;
use crate::{SHIPPED, verbs};
use reseplug::accept::Answers;
use reseplug::group::{Group, Happened};
use reseplug::not_ours::Standing;
use reseplug::people::Likely;
use reseplug::proposal::{Done, Proposal};
use reseplug::{
    CertificateRequest, Coverage, Due, Ended, FillRequest, Host, HostOptions, IntakeRequest,
    RecheckRequest, Report, SeenCertificate, UndoRequest, next_due, report,
};
use reseplug_effect::{Fault, jst};
use reseplug_model::{BranchNumber, Date, InsurerNumber, Period, Relationship};
use reseplug_policy::Name;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What every flow over the product's documents takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    /// 書類。省略すると設定の [product] / documents; by default those under [product] in the station file
    pub(crate) documents: Vec<PathBuf>,
    /// アダプターの名前。省略すると設定の [product] / adapter's id; by default the station file's
    #[arg(long)]
    pub(crate) adapter: Option<String>,
    #[command(flatten)]
    pub(crate) station: Station,
    /// 書き出すフォルダー。既定は設定の隣の out / folder for the result; by default `out` beside the station file
    #[arg(short, long)]
    pub(crate) output: Option<PathBuf>,
    /// 受け入れる変更を書いたファイル（JSON）/ file that says which changes are accepted, and by whom
    #[arg(long, conflicts_with = "interactive")]
    pub(crate) accept: Option<PathBuf>,
    /// 一件ずつ画面で尋ねる / ask about each change on the terminal
    #[arg(long, requires = "by")]
    pub(crate) interactive: bool,
    /// 判断する方の名前（--interactive のとき）/ who answers, with --interactive
    #[arg(long, value_parser = crate::verbs::who)]
    pub(crate) by: Option<String>,
    /// 処理の名前。同じ名前は同じ処理 / the job's id: the same id is the same job
    #[arg(long)]
    pub(crate) job: Option<String>,
    /// 同じ日に同じ処理をもう一度行う / run again although the same was done today
    #[arg(long)]
    pub(crate) again: bool,
    /// 何も送らず何も書かず、どうなるかだけ見る / send nothing, write nothing, show what would happen
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Intake {
    #[command(flatten)]
    pub(crate) common: Common,
    /// 同意日の始まり（既定は前回の続き。設定 look_back_days の日数だけさかのぼる）/ first day of the consents; by default where the last run ended, less look_back_days
    #[arg(long, value_parser = day)]
    pub(crate) from: Option<Date>,
    /// 同意日の終わり（既定は今日）/ last day of the consents; by default today
    #[arg(long, value_parser = day)]
    pub(crate) to: Option<Date>,
    /// 設定 [intake] times の時刻を過ぎていれば行う。まだなら何もしない（タスクスケジューラー用）/ only if a time of [intake] times has passed since the last run
    #[arg(long, conflicts_with_all = ["watch", "from", "to"])]
    pub(crate) if_due: bool,
    /// 動き続け、[intake] times の時刻ごとに行う / stay, and collect at each of [intake] times
    #[arg(long, conflicts_with_all = ["from", "to", "dry_run", "interactive"])]
    pub(crate) watch: bool,
}

/// 資格確認書を見た記録を残し、台帳への反映を提案する。
#[derive(Debug, clap::Args)]
#[command(
    after_help = "電子資格確認には数えません / never counted as an electronic confirmation.\n--key の方と氏名・生年月日・性別が合わない資格確認書は記録しません。改姓などで同じ方と確かめたときは、\n先に `reseplug match alias accept` で表記を認めます。\nA certificate whose name, birth date or sex is not that of --key is refused; a named person may accept the\nspelling first.\n\n例 / example:\n  reseplug certificate --key 0012 --name '架空 花子' --sex 2 --birth-date 1950-01-01 \\\n    --insurer 990028 --symbol 12 --number 345 --branch 01 --relationship insured \\\n    --valid-until 2025-07-31 --seen-by '看護 太郎' --seen-on 2024-10-03"
)]
pub(crate) struct Certificate {
    #[command(flatten)]
    pub(crate) common: Common,
    /// 利用者番号。省略すると氏名と生年月日で探す / the product's key; otherwise found by name and birth date
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// 氏名（資格確認書のとおり）/ name as on the certificate
    #[arg(long)]
    pub(crate) name: String,
    /// フリガナ / reading of the name
    #[arg(long)]
    pub(crate) kana: Option<String>,
    /// 性別: 1 男、2 女 / sex: 1 male, 2 female
    #[arg(long, value_parser = ["1", "2"])]
    pub(crate) sex: String,
    /// 生年月日 / birth date
    #[arg(long, value_parser = day)]
    pub(crate) birth_date: Date,
    /// 保険者番号 / insurer number
    #[arg(long)]
    pub(crate) insurer: String,
    /// 保険者名 / insurer's name
    #[arg(long)]
    pub(crate) insurer_name: Option<String>,
    /// 記号 / symbol
    #[arg(long)]
    pub(crate) symbol: Option<String>,
    /// 番号（後期高齢者は被保険者番号）/ number
    #[arg(long)]
    pub(crate) number: String,
    /// 枝番2桁 / branch number, 2 digits
    #[arg(long)]
    pub(crate) branch: Option<String>,
    /// 本人 insured か家族 family / insured or family
    #[arg(long, value_parser = ["insured", "family"])]
    pub(crate) relationship: Option<String>,
    /// 負担割合（％）/ burden in percent
    #[arg(long, value_parser = clap::value_parser!(u32).range(10..=30))]
    pub(crate) burden: Option<u32>,
    /// 資格取得日（書いてあれば）/ since when, where it says so
    #[arg(long, value_parser = day)]
    pub(crate) since: Option<Date>,
    /// 有効期限 / valid until
    #[arg(long, value_parser = day)]
    pub(crate) valid_until: Option<Date>,
    /// 見た方の氏名 / who saw it
    #[arg(long, value_parser = crate::verbs::who)]
    pub(crate) seen_by: String,
    /// 見た日（既定は今日）/ on which day; by default today
    #[arg(long, value_parser = day)]
    pub(crate) seen_on: Option<Date>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Recheck {
    #[command(flatten)]
    pub(crate) common: Common,
    /// 資格確認日（既定は今月1日）/ as of which day; by default the first of this month
    #[arg(long, value_parser = day)]
    pub(crate) as_of: Option<Date>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Fill {
    #[command(flatten)]
    pub(crate) common: Common,
    /// 照会せず、手元の記録だけで行う / ask nothing, use the evidence at hand
    #[arg(long)]
    pub(crate) offline: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Undo {
    /// 取り消す処理（intake・recheck・fill）/ the job to take changes back from
    pub(crate) job: String,
    /// 取り消す変更。省略するとすべて / its proposals; by default all of them
    pub(crate) proposals: Vec<String>,
    /// 取り消す方の名前 / who takes them back
    #[arg(long, value_parser = crate::verbs::who)]
    pub(crate) by: String,
    #[command(flatten)]
    pub(crate) station: Station,
    /// 書かずに、どうなるかだけ見る / write nothing, show what would happen
    #[arg(long)]
    pub(crate) dry_run: bool,
}

pub(crate) fn day(text: &str) -> Result<Date, Refused> {
    Date::parse(text).map_err(|error| Refused::date(&error, "2024-10-03"))
}

/// Opens the station's host with what ships in this program.
pub(crate) fn host(config: &Path, output: &Output) -> Result<Host, Fault> {
    let line = *output;
    Host::open(
        config,
        HostOptions {
            builtin: SHIPPED,
            actor: actor(),
            progress: Arc::new(move |ja, en| line.progress(ja, en)),
            ..HostOptions::default()
        },
    )
}

/// Who runs the program, for the audit record: the account's name.
pub(crate) fn actor() -> String {
    ["USERNAME", "USER", "LOGNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()))
        .map_or_else(|| "cli".to_owned(), |name| format!("cli:{name}"))
}

pub(crate) fn adapter(name: Option<&String>) -> Result<Option<Name>, Fault> {
    name.map(|name| {
        Name::parse(name).map_err(|refused| {
            Fault::new(
                "plugin/name",
                format!("「{name}」はプラグインの名前ではありません: {}", refused.ja),
                format!("`{name}` is no plugin's name: {}", refused.en),
            )
        })
    })
    .transpose()
}

pub(crate) fn answers(file: Option<&Path>) -> Result<Option<Answers>, Fault> {
    file.map(|file| {
        let bytes = read(file)?;
        let name = file.display().to_string();
        let text = String::from_utf8(bytes).map_err(|_| {
            Fault::new(
                "accept/encoding",
                format!("受入れファイル「{name}」が UTF-8 ではありません。UTF-8 で保存し直してください。"),
                format!("{name} is not UTF-8; save it as UTF-8"),
            )
        })?;
        Answers::parse(&name, text.trim_start_matches('\u{feff}'))
    })
    .transpose()
}

pub(crate) fn intake(verb: &Intake, output: &Output) -> Result<Exit, Fault> {
    let host = host(&verb.common.station.config, output)?;
    if verb.watch {
        return watch(&host, verb, output);
    }
    if verb.if_due {
        if host.station().intake.times.is_empty() {
            return Err(no_times());
        }
        let due = host.intake_due()?;
        if !due.due {
            output.show(&due, |lines| lines.push(not_due(&due, output)));
            return Ok(Exit::Done);
        }
    }
    collect(&host, verb, output)
}

/// When the next run is, for somebody who asked too early.
fn not_due(due: &Due, output: &Output) -> String {
    match &due.next {
        Some(next) => format!(
            "{} {next}",
            output.say(
                "まだ時刻になっていません。次は",
                "nothing is due; next time"
            )
        ),
        None => output
            .say("まだ時刻になっていません。", "nothing is due")
            .to_owned(),
    }
}

/// Nothing would ever be collected: whoever set up the task has to hear of it.
fn no_times() -> Fault {
    Fault::new(
        "intake/no-times",
        "設定 [intake] times に時刻がありません。例: times = [\"12:30\", \"17:30\"]",
        "[intake] times names no time, for instance times = [\"12:30\", \"17:30\"]",
    )
}

/// Collects at each time of the station file until the program is ended. A run that fails is told
/// and tried again at the next time; days that were not collected are collected then.
fn watch(host: &Host, verb: &Intake, output: &Output) -> Result<Exit, Fault> {
    loop {
        let due = host.intake_due()?;
        if due.due {
            match collect(host, verb, output) {
                Ok(_) => {}
                Err(fault) => output.complain(&fault),
            }
        }
        let now = jiff::Timestamp::now();
        let Some(next) = next_due(&host.station().intake.times, now) else {
            return Err(no_times());
        };
        output.progress(
            &format!("次に集めるのは {}", jst(next)),
            &format!("collecting next at {}", jst(next)),
        );
        // A PC that slept is behind its clock: look again each minute.
        while jiff::Timestamp::now() < next {
            let rest = next.duration_since(jiff::Timestamp::now());
            let nap = std::time::Duration::try_from(rest).unwrap_or_default();
            std::thread::sleep(nap.min(std::time::Duration::from_secs(60)));
        }
    }
}

pub(crate) fn certificate(verb: &Certificate, output: &Output) -> Result<Exit, Fault> {
    let host = host(&verb.common.station.config, output)?;
    let seen = seen_certificate(verb)?;
    flow(&host, &verb.common, output, |common, answers, again| {
        host.certificate(&CertificateRequest {
            job: common.job.clone(),
            certificate: seen.clone(),
            adapter: adapter(common.adapter.as_ref())?,
            documents: common.documents.clone(),
            output: common.output.clone(),
            answers,
            dry_run: common.dry_run,
            anew: again,
        })
    })
}

fn seen_certificate(verb: &Certificate) -> Result<SeenCertificate, Fault> {
    let wrong = |option: &str, error: &dyn std::fmt::Display| {
        Fault::new(
            "certificate/unreadable",
            format!("{option} の値が正しくありません（{error}）。資格確認書を見て直してください。"),
            format!("{option}: {error}; correct it by the certificate"),
        )
    };
    Ok(SeenCertificate {
        person_key: verb.key.clone(),
        name: verb.name.clone(),
        kana: verb.kana.clone(),
        sex: verb.sex.clone(),
        birth_date: verb.birth_date,
        coverage: Coverage {
            insurer: InsurerNumber::parse(&verb.insurer).map_err(|e| wrong("--insurer", &e))?,
            insurer_name: verb.insurer_name.clone(),
            symbol: verb.symbol.clone().filter(|s| !s.is_empty()),
            number: verb.number.clone(),
            branch: verb
                .branch
                .as_deref()
                .map(BranchNumber::parse)
                .transpose()
                .map_err(|e| wrong("--branch", &e))?,
            relationship: verb.relationship.as_deref().map(|word| match word {
                "family" => Relationship::Family,
                _ => Relationship::Insured,
            }),
            card_class: None,
            burden_percent: verb.burden,
            elderly_certificate: None,
            period: Period::new(verb.since, None),
            extra: Vec::new(),
        },
        valid_until: verb.valid_until,
        seen_by: verb.seen_by.clone(),
        seen_on: match verb.seen_on {
            Some(day) => day,
            None => today()?,
        },
    })
}

fn today() -> Result<Date, Fault> {
    let text = jst(jiff::Timestamp::now());
    Date::parse(text.get(..10).unwrap_or_default()).map_err(|error| {
        Fault::new(
            "host/clock",
            "このPCの日付が正しくありません。日付と時刻の設定を直してください。",
            format!("this machine's date makes no sense: {error}"),
        )
    })
}

fn collect(host: &Host, verb: &Intake, output: &Output) -> Result<Exit, Fault> {
    flow(host, &verb.common, output, |common, answers, again| {
        host.intake(&IntakeRequest {
            job: common.job.clone(),
            from: verb.from,
            to: verb.to,
            adapter: adapter(common.adapter.as_ref())?,
            documents: common.documents.clone(),
            output: common.output.clone(),
            answers,
            dry_run: common.dry_run,
            anew: again,
        })
    })
}

pub(crate) fn recheck(verb: &Recheck, output: &Output) -> Result<Exit, Fault> {
    let host = host(&verb.common.station.config, output)?;
    flow(&host, &verb.common, output, |common, answers, again| {
        host.recheck(&RecheckRequest {
            job: common.job.clone(),
            as_of: verb.as_of,
            adapter: adapter(common.adapter.as_ref())?,
            documents: common.documents.clone(),
            output: common.output.clone(),
            answers,
            dry_run: common.dry_run,
            anew: again,
        })
    })
}

pub(crate) fn fill(verb: &Fill, output: &Output) -> Result<Exit, Fault> {
    let host = host(&verb.common.station.config, output)?;
    flow(&host, &verb.common, output, |common, answers, again| {
        host.fill(&FillRequest {
            job: common.job.clone(),
            adapter: adapter(common.adapter.as_ref())?,
            documents: common.documents.clone(),
            output: common.output.clone(),
            answers,
            dry_run: common.dry_run,
            offline: verb.offline,
            anew: again,
        })
    })
}

pub(crate) fn undo(verb: &Undo, output: &Output) -> Result<Exit, Fault> {
    let host = host(&verb.station.config, output)?;
    let ended = host.undo(&UndoRequest {
        job: verb.job.clone(),
        proposals: verb.proposals.clone(),
        by: verb.by.clone(),
        dry_run: verb.dry_run,
    })?;
    show(&ended, None, output)
}

/// The report for the office, beside the documents.
fn write_page(host: &Host, common: &Common, report: &Report) -> Result<Option<PathBuf>, Fault> {
    let folder = match &common.output {
        Some(folder) => folder.clone(),
        None => host.folder().join("out"),
    };
    let file = folder.join("reports").join(format!("{}.html", report.job));
    let station = &host.station().station;
    let made_at = jst(jiff::Timestamp::now());
    let page = report::page(&report::Page {
        station: &station.name,
        code: &station.code,
        title: "資格確認の結果",
        made_at: &made_at,
        proposals: &report.proposals,
        approval: None,
        sent: &[],
        beside: Some(report),
    });
    reseplug::documents::write_whole(&file, page.as_bytes())?;
    Ok(Some(file))
}

/// Runs a flow, with a person's answers if they are asked for, and shows how it ended.
fn flow(
    host: &Host,
    common: &Common,
    output: &Output,
    mut run: impl FnMut(&Common, Option<Answers>, bool) -> Result<Ended<Report>, Fault>,
) -> Result<Exit, Fault> {
    let given = answers(common.accept.as_deref())?;
    if common.interactive && !std::io::stdin().is_terminal() {
        return Err(Fault::new(
            "accept/no-terminal",
            "画面がないため尋ねられません（--interactive）。--accept でファイルを渡してください。何も照会していません。",
            "there is no terminal to ask on (--interactive); give a file with --accept. Nothing was asked",
        ));
    }
    let ended = run(common, given, common.again)?;
    let show = |ended: &Ended<Report>, output: &Output| {
        let page = match ended {
            Ended::Done(report) if !report.dry_run => write_page(host, common, report)?,
            _ => None,
        };
        show(ended, page.as_deref(), output)
    };
    if common.interactive
        && let Ended::Done(report) = &ended
        && let Some(answers) = ask(report, common.by.as_deref().unwrap_or_default(), output)?
    {
        return show(&run(common, Some(answers), false)?, output);
    }
    show(&ended, output)
}

/// Asks about each change that nobody has accepted yet.
fn ask(report: &Report, by: &str, output: &Output) -> Result<Option<Answers>, Fault> {
    let open: Vec<_> = report.proposals.iter().filter(|p| p.is_open()).collect();
    if open.is_empty() {
        return Ok(None);
    }
    let mut answers = Answers {
        by: by.to_owned(),
        ..Answers::default()
    };
    let mut lines = std::io::stdin().lock().lines();
    for proposal in open {
        let mut stderr = std::io::stderr();
        for line in block(proposal, output) {
            let _ = writeln!(stderr, "{line}");
        }
        let question = if proposal.as_new {
            output.say(
                "別の方として新しく加えますか？",
                "another person: add them as new?",
            )
        } else {
            output.say("受け入れますか？", "accept?")
        };
        let _ = write!(stderr, "{question} [y/N] ");
        let line = lines.next().and_then(Result::ok).unwrap_or_default();
        answers
            .proposals
            .insert(proposal.id.clone(), line.trim().eq_ignore_ascii_case("y"));
    }
    Ok(Some(answers))
}

/// Shows how a flow over documents ended.
fn show(ended: &Ended<Report>, page: Option<&Path>, output: &Output) -> Result<Exit, Fault> {
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

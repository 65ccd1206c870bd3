//! `reseplug view …`

use super::claim::month;
use super::flows::host;
use crate::args::Station;
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs;
use clap::ValueEnum;
use reseplug::documents::write_new;
use reseplug::view::{Entry, Look, Purpose};
use reseplug::{Ended, ViewRequest, Viewed};
use reseplug_effect::Fault;
use reseplug_model::Month;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum View {
    /// 薬剤情報（同意があれば診療情報も）/ drugs, and consultations where that is consented to
    #[command(
        after_help = "例 / example:\n  reseplug view drugs 0000123 --for before-visit --by 青空花子\n\n同意が有効なときだけ取得します。見た内容は保存しません。誰が何のために見たかは監査記録に残ります。\nOnly under a live consent. What is shown is not kept; who looked and why is."
    )]
    Drugs {
        #[command(flatten)]
        of: Of,
        /// 診療・調剤年月の始まり / first month
        #[arg(long, value_parser = month)]
        from: Option<Month>,
        /// 診療・調剤年月の終わり / last month
        #[arg(long, value_parser = month)]
        to: Option<Month>,
    },
    /// 特定健診情報 / health checkups
    #[command(
        after_help = "例 / example:\n  reseplug view checkup 0000123 --for care-plan --by 青空花子\n\n同意が有効なときだけ取得します。見た内容は保存しません。\nOnly under a live consent. What is shown is not kept."
    )]
    Checkup {
        #[command(flatten)]
        of: Of,
    },
}

/// Whose, by whom and for what.
#[derive(Debug, clap::Args)]
pub(crate) struct Of {
    /// 利用者（製品の番号）/ the person, by the product's number
    person: String,
    /// 見る方の氏名（監査記録に残ります）/ who looks, for the audit record
    #[arg(long, value_parser = crate::verbs::who)]
    by: String,
    /// 何のために見るか / for what
    #[arg(long = "for", value_enum)]
    purpose: For,
    /// PDF をこのファイルに書く。保管と廃棄は書いた方の責任です / write the PDF here; whoever writes it keeps or destroys it
    #[arg(long)]
    pdf: Option<PathBuf>,
    /// 取得せず、同意があるかだけ見る / fetch nothing, show whether there is a consent
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    station: Station,
}

/// [`Purpose`] on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum For {
    /// 訪問看護計画を立てる・見直す
    CarePlan,
    /// 訪問の前に確かめる
    BeforeVisit,
    /// 服薬の管理
    Medication,
    /// 急変に備える・対応する
    Urgent,
}

impl From<For> for Purpose {
    fn from(purpose: For) -> Self {
        match purpose {
            For::CarePlan => Self::CarePlan,
            For::BeforeVisit => Self::BeforeVisit,
            For::Medication => Self::Medication,
            For::Urgent => Self::Urgent,
        }
    }
}

pub(crate) fn run(verb: &View, output: &Output) -> Result<Exit, Fault> {
    let (of, look, from, to) = match verb {
        View::Drugs { of, from, to } => (of, Look::Drugs, *from, *to),
        View::Checkup { of } => (of, Look::Checkup, None, None),
    };
    if let Some(file) = &of.pdf {
        verbs::new_file(file)?;
    }
    let ended = host(&of.station.config, output)?.view(&ViewRequest {
        person: of.person.clone(),
        look,
        from,
        to,
        pdf: of.pdf.is_some(),
        by: of.by.clone(),
        purpose: of.purpose.into(),
        dry_run: of.dry_run,
    })?;
    let mut viewed = match ended {
        Ended::Done(viewed) => viewed,
        other => return Ok(verbs::unfinished(&other, output)),
    };
    let pdf = viewed.pdf.take();
    let written = match (&of.pdf, pdf) {
        (Some(file), Some(bytes)) => {
            write_new(file, &bytes)?;
            Some(file)
        }
        _ => None,
    };
    output.show(&viewed, |lines| {
        show(&viewed, output, lines);
        lines.extend(
            written
                .map(|file| format!("{}: {}", output.say("書き出し", "written"), file.display())),
        );
    });
    // Asked for a PDF, and none came.
    let missing = of.pdf.is_some() && written.is_none() && !viewed.dry_run;
    Ok(
        if viewed.is_error || missing || viewed.other_name.is_some() {
            Exit::Attention
        } else {
            Exit::Done
        },
    )
}

fn show(viewed: &Viewed, output: &Output, lines: &mut Vec<String>) {
    lines.push(format!(
        "{}（{}）  {}",
        viewed.name,
        viewed.person_key,
        output.say(viewed.look.name_ja(), viewed.look.name_en())
    ));
    for consent in &viewed.consents {
        lines.push(format!(
            "  {} {}  {}〜{}",
            output.say("同意", "consent"),
            output.say(&consent.kind_ja, &consent.kind),
            day(consent.given_at.as_deref()),
            day(consent.until.as_deref()),
        ));
    }
    if viewed.look == Look::Drugs && !viewed.with_diagnoses {
        lines.push(format!(
            "  {}",
            output.say(
                "診療情報は、有効な同意がないため取得していません。",
                "consultations were not asked for: there is no live consent to them"
            )
        ));
    }
    if viewed.dry_run {
        lines.push(
            output
                .say(
                    "予行です。何も取得していません。",
                    "a rehearsal: nothing was fetched",
                )
                .to_owned(),
        );
        return;
    }
    if let Some(name) = &viewed.other_name {
        lines.push(format!(
            "  {}: {name}",
            output.say(
                "回答の氏名が製品と違います。本人か確かめてください",
                "the answer writes the name otherwise; make sure it is the same person"
            )
        ));
    }
    lines.extend(viewed.entries.iter().flat_map(entry));
    if viewed.is_error || (viewed.entries.is_empty() && viewed.text.is_some()) {
        lines.push(format!(
            "  {}: {} {}",
            output.say("センターの回答", "the centre answered"),
            viewed.code.as_deref().unwrap_or_default(),
            viewed.text.as_deref().unwrap_or_default()
        ));
    }
    lines.push(format!(
        "  {} {}  {}",
        output.say("情報源", "source"),
        viewed.message,
        viewed.answered_at
    ));
    lines.push(
        output
            .say(
                "この内容は保存していません。もう一度見るには、もう一度取得します。",
                "none of this is kept; to see it again, fetch it again",
            )
            .to_owned(),
    );
}

fn day(text: Option<&str>) -> String {
    text.map(|t| t.chars().take(10).collect())
        .unwrap_or_default()
}

/// One entry: when, where and what, then its lines.
fn entry(one: &Entry) -> Vec<String> {
    let head = [
        one.date.as_deref().unwrap_or_default(),
        one.place.as_deref().unwrap_or_default(),
        &one.title,
    ];
    let head: Vec<&str> = head.into_iter().filter(|part| !part.is_empty()).collect();
    let mut lines = vec![head.join("  ")];
    lines.extend(one.values.iter().map(|(name, value)| {
        if value.is_empty() {
            format!("  {name}")
        } else {
            format!("    {name}: {value}")
        }
    }));
    lines
}

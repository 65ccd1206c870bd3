//! `reseplug consents …`

use super::flows::host;
use crate::args::Station;
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs;
use reseplug::consents::{Centre, ConsentLine, ConsentState, QrFile, Scope};
use reseplug::documents::write_new;
use reseplug::{ConsentsRequest, Ended, WithdrawRequest};
use reseplug_effect::Fault;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Consents {
    /// 誰が何の提供に、いつ、いつまで同意したか / who let the station see what, since and until when
    #[command(
        after_help = "例 / examples:\n  reseplug consents list\n  reseplug consents list --person 0000123 --all\n\n状態 / states:\n  有効 live   期限不明 the answer names no end: not used   期限切れ expired   取消し済み withdrawn\n\n限度額と特定疾病の同意には、電文に期限の項目がありません。取り消されるまで有効です。薬剤・診療・健診・手術は、期限のある同意だけを使います。\nConsents to limit and specific-disease have no end in the message: they hold until withdrawn. Viewing needs an end."
    )]
    List {
        /// この利用者だけ（製品の番号）/ only this person, by the product's number
        #[arg(long)]
        person: Option<String>,
        /// 同意しなかったものと以前の回答も / also what was declined, and earlier answers
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        station: Station,
    },
    /// 在宅で同意をもらう受付ページ（マイナ在宅受付Web）のURLと二次元コード / the page on which people consent at home
    #[command(
        after_help = "例 / examples:\n  reseplug consents page\n  reseplug consents page --qr 受付ページ.pdf\n\nURLは変更しません（変更すると、印刷済みの二次元コードがすべて使えなくなります）。この電文のレイアウトは公開されていないので、\n設定 settings_files = { layouts = \"layouts.toml\" } が必要です。\nThe URL is never changed. The message's layout is not public and has to be given by the settings."
    )]
    Page {
        /// 二次元コードをこのファイルに書く（.pdf か .png）/ write the QR code here, .pdf or .png
        #[arg(long, value_name = "FILE")]
        qr: Option<PathBuf>,
        #[command(flatten)]
        station: Station,
    },
    /// 同意の取り消しを記録する。その時から閲覧しない / record that a consent was taken back; from then on nothing is viewed
    #[command(
        after_help = "例 / example:\n  reseplug consents withdraw 0000123 --kinds 薬剤,診療 --by 青空花子 --reason '本人から電話で申し出'\n\n種類 / kinds:\n  限度額・特定疾病・健診・薬剤・診療・手術・すべて\n  limit, specific-disease, checkup, drugs, care, surgery, all"
    )]
    Withdraw {
        /// 利用者（製品の番号）/ the person, by the product's number
        person: String,
        /// 取り消す種類。コンマで並べる / what is taken back, separated by commas
        #[arg(long)]
        kinds: String,
        /// 記録する方の氏名（監査記録に残ります）/ who records it, for the audit record
        #[arg(long, value_parser = crate::verbs::who)]
        by: String,
        /// 理由・申し出の方法 / why, or how the person said so
        #[arg(long)]
        reason: String,
        /// 記録せず、どうなるかだけ見る / record nothing, show what would happen
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        station: Station,
    },
}

pub(crate) fn run(verb: &Consents, output: &Output) -> Result<Exit, Fault> {
    match verb {
        Consents::List {
            person,
            all,
            station,
        } => {
            let list = host(&station.config, output)?.consents(&ConsentsRequest {
                person: person.clone(),
                all: *all,
            })?;
            output.show(&list, |lines| {
                if list.consents.is_empty() {
                    lines.push(
                        output
                            .say(
                                "同意の記録はありません。在宅での同意は `reseplug intake` で集めます。",
                                "no consents on record; `reseplug intake` collects those given at home",
                            )
                            .to_owned(),
                    );
                    return;
                }
                lines.push(table(&list.consents, output));
            });
            Ok(Exit::Done)
        }
        Consents::Page { qr, station } => page(qr.as_deref(), station, output),
        Consents::Withdraw {
            person,
            kinds,
            by,
            reason,
            dry_run,
            station,
        } => {
            let ended = host(&station.config, output)?.withdraw_consents(&WithdrawRequest {
                person: person.clone(),
                scopes: Scope::parse_list(kinds)?,
                by: by.clone(),
                reason: reason.clone(),
                dry_run: *dry_run,
            })?;
            let withdrawn = match &ended {
                Ended::Done(withdrawn) => withdrawn,
                other => return Ok(verbs::unfinished(other, output)),
            };
            output.show(withdrawn, |lines| {
                let kinds: Vec<&str> = withdrawn
                    .withdrawals
                    .iter()
                    .map(|w| output.say(w.scope.name_ja(), w.scope.name_en()))
                    .collect();
                lines.push(format!(
                    "{}（{}）: {} {}",
                    withdrawn.name,
                    withdrawn.person_key,
                    kinds.join("・"),
                    match withdrawn.dry_run {
                        true => output.say(
                            "の取り消しは、実行すると次のように記録されます。",
                            "would be withdrawn, and then stand so:"
                        ),
                        false => output.say(
                            "の取り消しを記録しました。今から閲覧しません。",
                            "withdrawn; nothing is viewed from now on",
                        ),
                    },
                ));
                if withdrawn.ended.is_empty() {
                    lines.push(
                        output
                            .say(
                                "この種類の同意の記録は、ここにはありません。",
                                "no such consent is on record here",
                            )
                            .to_owned(),
                    );
                } else {
                    lines.push(table(&withdrawn.ended, output));
                }
                lines.extend(
                    withdrawn
                        .unread
                        .as_ref()
                        .map(|note| output.say(&note.ja, &note.en).to_owned()),
                );
                lines.push(
                    output
                        .say(
                            &withdrawn.centre.message_ja(),
                            &withdrawn.centre.message_en(),
                        )
                        .to_owned(),
                );
                if withdrawn.dry_run {
                    lines.push(
                        output
                            .say(
                                "予行です。何も記録していません。",
                                "a rehearsal: nothing was recorded",
                            )
                            .to_owned(),
                    );
                }
            });
            Ok(match &withdrawn.centre {
                _ if withdrawn.dry_run => Exit::Done,
                Centre::Told { .. } if withdrawn.unread.is_none() => Exit::Done,
                Centre::InDoubt { .. } => Exit::InDoubt,
                Centre::Told { .. }
                | Centre::NotTold { .. }
                | Centre::Refused { .. }
                | Centre::WouldBeTold
                | Centre::CouldNotBeTold { .. } => Exit::Attention,
            })
        }
    }
}

/// The form of the code, by the file's name.
fn form(file: &Path) -> Result<QrFile, Fault> {
    let ending = file.extension().and_then(|ending| ending.to_str());
    match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("pdf") => Ok(QrFile::Pdf),
        Some("png") => Ok(QrFile::Png),
        _ => Err(Fault::new(
            "consents/qr-file",
            format!(
                "二次元コードのファイル名「{}」は .pdf か .png で終わるようにしてください。",
                file.display()
            ),
            format!(
                "the QR code's file `{}` must end in .pdf or .png",
                file.display()
            ),
        )),
    }
}

fn page(file: Option<&Path>, station: &Station, output: &Output) -> Result<Exit, Fault> {
    let form = file.map(form).transpose()?;
    if let Some(file) = file {
        verbs::new_file(file)?;
    }
    let ended = host(&station.config, output)?.visit_page(form)?;
    let mut page = match ended {
        Ended::Done(page) => page,
        other => return Ok(verbs::unfinished(&other, output)),
    };
    let code = page.qr.take();
    if let (Some(file), Some(bytes)) = (file, &code) {
        write_new(file, bytes)?;
    }
    let written = file.filter(|_| code.is_some());
    let value = serde_json::json!({ "page": page, "qr": written });
    output.show(&value, |lines| {
        lines.push(format!(
            "{}: {}",
            output.say("受付ページ", "page"),
            page.url
        ));
        match (file, written) {
            (_, Some(file)) => lines.push(format!(
                "{}: {}",
                output.say("二次元コード", "QR code"),
                file.display()
            )),
            (Some(_), None) => lines.push(
                output
                    .say("二次元コードは来ませんでした。", "no QR code came")
                    .to_owned(),
            ),
            (None, None) => {}
        }
        lines.push(format!(
            "  {} {}  {}",
            output.say("情報源", "source"),
            page.message.as_deref().unwrap_or_default(),
            page.layout_sheet.as_deref().unwrap_or_default()
        ));
    });
    let missing = page.url.is_empty() || (file.is_some() && written.is_none());
    Ok(if missing { Exit::Attention } else { Exit::Done })
}

fn table(consents: &[ConsentLine], output: &Output) -> String {
    let moment = |text: &Option<String>| {
        text.as_deref()
            .map(|t| t.chars().take(16).collect::<String>().replace('T', " "))
            .unwrap_or_default()
    };
    let rows = consents
        .iter()
        .map(|one| {
            let who = if one.person_key.is_empty() {
                format!(
                    "{} {}",
                    one.name,
                    output.say("（本人が決まりません）", "(not certain who)")
                )
            } else {
                format!("{} {}", one.person_key, one.name)
            };
            let state = output.say(one.state.name_ja(), one.state.name_en());
            let state = match (&one.withdrawal, one.state) {
                (Some(by), ConsentState::Withdrawn) => format!("{state} {}", by.by),
                _ => state.to_owned(),
            };
            vec![
                who,
                output.say(&one.kind_ja, &one.kind).to_owned(),
                state,
                moment(&one.given_at),
                moment(&one.until),
                format!("{} {}", one.source.message, one.source.as_of),
            ]
        })
        .collect();
    output.table(
        &[
            ("利用者", "person"),
            ("種類", "kind"),
            ("状態", "state"),
            ("同意", "given"),
            ("期限", "until"),
            ("回答・資格確認日", "answer, as of"),
        ],
        rows,
    )
}

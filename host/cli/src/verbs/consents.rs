//! `reseplug consents …`

use super::flows::host;
use crate::args::Station;
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs;
use reseplug::consents::{Centre, ConsentLine, ConsentState, Scope};
use reseplug::{ConsentsRequest, Ended, WithdrawRequest};
use reseplug_effect::Fault;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Consents {
    /// 誰が何の提供に、いつ、いつまで同意したか / who let the station see what, since and until when
    #[command(
        after_help = "例 / examples:\n  reseplug consents list\n  reseplug consents list --person 0000123 --all\n\n状態 / states:\n  有効 live   期限不明 the answer names no end: not used   期限切れ expired   取消し済み withdrawn"
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
        #[arg(long)]
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
                        true => output.say("の取り消しを記録します。", "would be withdrawn"),
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
                Centre::Told { .. } => Exit::Done,
                Centre::InDoubt { .. } => Exit::InDoubt,
                Centre::NotTold { .. } | Centre::Refused { .. } => Exit::Attention,
            })
        }
    }
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

//! `reseplug identity …`

use super::{read, station, store};
use crate::args::Identity;
use crate::exit::Exit;
use crate::output::Output;
use reseplug_effect::{Fault, io_reason_ja, jst};
use reseplug_identity::{Facts, IdentityError, IdentityStore};
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

/// Folder of the identities in the store.
const FOLDER: &str = "identities";

pub(crate) fn run(verb: &Identity, output: &Output) -> Result<Exit, Fault> {
    let fault = |error: IdentityError| error.fault();
    match verb {
        Identity::Import {
            file,
            name,
            password_file,
            station: at,
        } => {
            let password = password(password_file.as_deref(), output)?;
            let container = read(file)?;
            // Certificates lie beside a record only, so that one without it has lost it.
            reseplug::Host::open_record(&store(&at.config, &station(&at.config)?))?;
            let facts = open(&at.config)?
                .import(name, &container, &password)
                .map_err(fault)?;
            output.show(&facts, |lines| {
                lines.push(
                    output
                        .say(
                            "取り込みました。鍵は封をして保存し、暗証番号は保存していません。",
                            "imported; the key is sealed, the password is not kept",
                        )
                        .to_owned(),
                );
                lines.push(row(&facts, output));
            });
            Ok(Exit::Done)
        }
        Identity::List { station: at } => {
            let all = open(&at.config)?.list().map_err(fault)?;
            output.show(&serde_json::json!({ "identities": all }), |lines| {
                if all.is_empty() {
                    lines.push(
                        output
                            .say("証明書はまだありません。", "no certificates yet")
                            .to_owned(),
                    );
                }
                lines.extend(all.iter().map(|facts| row(facts, output)));
            });
            Ok(if all.iter().any(|f| f.active && f.days_left < 0) {
                Exit::Attention
            } else {
                Exit::Done
            })
        }
    }
}

fn open(config: &Path) -> Result<IdentityStore, Fault> {
    let settings = station(config)?;
    IdentityStore::open(&store(config, &settings).join(FOLDER)).map_err(|error| error.fault())
}

fn row(facts: &Facts, output: &Output) -> String {
    format!(
        "{} #{}{}  {}  {} {} ({} {})",
        facts.name,
        facts.generation,
        if facts.active {
            output.say("（使用中）", " (in use)")
        } else {
            ""
        },
        facts.subject,
        output.say("期限", "until"),
        jst(facts.not_after),
        facts.days_left,
        output.say("日", "days"),
    )
}

/// The password from a file or the first line of standard input; never an argument, where
/// other programs of the machine could read it.
fn password(file: Option<&Path>, output: &Output) -> Result<String, Fault> {
    let text = match file {
        Some(path) => String::from_utf8(read(path)?).map_err(|_| {
            Fault::new(
                "identity/password-encoding",
                format!("暗証番号のファイル「{}」が UTF-8 ではありません。UTF-8 で保存し直してください。", path.display()),
                format!("the password file {} is not UTF-8; save it as UTF-8", path.display()),
            )
        })?,
        None => {
            if std::io::stdin().is_terminal() {
                let ask = output.say("暗証番号（画面に表示されます）: ", "password (it is shown): ");
                let _ = write!(std::io::stderr(), "{ask}");
            }
            let mut line = String::new();
            std::io::stdin()
                .lock()
                .read_line(&mut line)
                .map_err(|error| {
                    Fault::new(
                        "identity/no-password",
                        format!("暗証番号を読めません（{}）。", io_reason_ja(&error)),
                        format!("the password cannot be read: {error}"),
                    )
                })?;
            if line.trim_end_matches(['\r', '\n']).is_empty() {
                return Err(Fault::new(
                    "identity/no-password",
                    "暗証番号が入力されていません。標準入力の1行目に書くか、--password-file でファイルを指定してください。",
                    "no password was given; write it on the first line of standard input, or name a file with --password-file",
                ));
            }
            line
        }
    };
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

//! `reseplug init`

use super::write;
use crate::args::Init;
use crate::exit::Exit;
use crate::output::Output;
use reseplug_effect::Fault;
use reseplug_policy::{ConfigError, StationFile};

pub(crate) fn run(verb: &Init, output: &Output) -> Result<Exit, Fault> {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let text = format!(
        include_str!("station.toml.in"),
        code = quoted(&verb.code),
        prefecture = quoted(&verb.prefecture),
        name = quoted(&verb.name),
    );
    let name = verb.output.display().to_string();
    // What we write must be what we accept.
    StationFile::parse(&name, &text).map_err(refused)?;
    if verb.output.exists() {
        return Err(Fault::new(
            "init/exists",
            format!(
                "「{name}」はすでにあります。上書きはしません。-o で別の名前を指定してください。"
            ),
            format!("{name} exists and is not replaced; name another file with -o"),
        ));
    }
    if !verb.dry_run {
        write(&verb.output, text.as_bytes())?;
    }
    output.show(&serde_json::json!({ "file": name, "written": !verb.dry_run, "text": text }), |lines| {
        if verb.dry_run {
            lines.push(text.clone());
        } else {
            lines.push(format!("{}: {name}", output.say("書きました", "written")));
            lines.push(output.say("次に: フォルダーの場所を直し、プラグインを承認してください（ファイル内の説明を参照）。", "next: correct the folders and approve the plugins; the file explains how").to_owned());
        }
    });
    Ok(Exit::Done)
}

/// Which argument is wrong: there is no file yet whose line anybody could look at.
fn refused(error: ConfigError) -> Fault {
    let option = match error.key.as_str() {
        "station.code" => {
            return Fault::new(
                error.code,
                "--code の値が正しくありません。訪問看護ステーションコードは数字7桁です（指定通知書のとおり、先頭の 0 も書きます。都道府県と点数表の番号は付けません）。",
                "--code is wrong: a station code has 7 digits, zeros in front included, without prefecture and 点数表",
            );
        }
        "station.prefecture" => "--prefecture",
        "station.name" => "--name",
        _ => return error.into(),
    };
    Fault::new(
        error.code,
        format!("{option} の値が正しくありません。{}", error.message_ja),
        format!("{option}: {}", error.message_en),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_comments_propose_is_accepted_once_they_are_removed() {
        let text = format!(
            include_str!("station.toml.in"),
            code = "\"9999998\"",
            prefecture = "\"13\"",
            name = "\"ひだまり\"",
        );
        let proposed: Vec<&str> = text
            .lines()
            .map(|line| {
                let Some(inside) = line.strip_prefix("# ") else {
                    return line;
                };
                let key = inside.split(" = ").next().unwrap_or_default();
                let plain = key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
                if inside.starts_with('[') || (plain && inside.contains(" = ")) {
                    inside
                } else {
                    line
                }
            })
            .collect();
        let station = StationFile::parse("station.toml", &proposed.join("\n")).unwrap();
        assert_eq!(station.plugins.len(), 4);
        assert!(station.exchange.contains_key("terminal"));
        assert!(station.connectors.eligibility.is_some() && station.accept.is_some());
    }
}

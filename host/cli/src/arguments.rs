//! Arguments that cannot be read, told like any other fault: in both languages, with a code, and
//! as an object with `--json`.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use reseplug_effect::Fault;
use std::error::Error as _;

/// The fault of arguments that were refused; nothing for what is no error (`--help`, `--version`).
pub(crate) fn fault(error: &clap::Error) -> Option<Fault> {
    let ja = match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => return None,
        ErrorKind::UnknownArgument => format!(
            "「{}」という指定はありません。{}",
            told(error, ContextKind::InvalidArg),
            perhaps(error, ContextKind::SuggestedArg)
        ),
        ErrorKind::InvalidSubcommand => format!(
            "「{}」という命令はありません。{}",
            told(error, ContextKind::InvalidSubcommand),
            perhaps(error, ContextKind::SuggestedSubcommand)
        ),
        ErrorKind::MissingSubcommand => format!(
            "何をするかが書かれていません。次から選んでください: {}",
            told(error, ContextKind::ValidSubcommand)
        ),
        ErrorKind::MissingRequiredArgument => format!(
            "必要な指定がありません: {}",
            told(error, ContextKind::InvalidArg)
        ),
        ErrorKind::ArgumentConflict => format!(
            "「{}」は「{}」と一緒に使えません。",
            told(error, ContextKind::InvalidArg),
            told(error, ContextKind::PriorArg)
        ),
        ErrorKind::InvalidValue => value(error),
        ErrorKind::ValueValidation => format!(
            "「{}」の値「{}」が正しくありません（{}）。",
            told(error, ContextKind::InvalidArg),
            told(error, ContextKind::InvalidValue),
            error.source().map(ToString::to_string).unwrap_or_default()
        ),
        _ => format!(
            "指定「{}」が読めません。",
            told(error, ContextKind::InvalidArg)
        ),
    };
    let plain = error.render().to_string();
    let en = plain
        .split("\n\nUsage:")
        .next()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .trim_end()
        .to_owned();
    let usage = told(error, ContextKind::Usage);
    let usage = usage.trim_start_matches("Usage:").trim();
    let how = |lead: &str| match usage {
        "" => String::new(),
        usage => format!("\n  {lead}: {usage}"),
    };
    Some(Fault::new(
        "command/arguments",
        format!(
            "{ja}{}\n  くわしくは --help を付けて実行してください。",
            how("使い方")
        ),
        format!("{en}{}\n  --help says more", how("usage")),
    ))
}

/// A value that is none of those allowed, or is missing.
fn value(error: &clap::Error) -> String {
    let option = told(error, ContextKind::InvalidArg);
    let given = told(error, ContextKind::InvalidValue);
    let allowed = match told(error, ContextKind::ValidValue) {
        all if all.is_empty() => String::new(),
        all => format!("使えるのは {all} です。"),
    };
    if given.is_empty() {
        format!("「{option}」に値がありません。{allowed}")
    } else {
        format!(
            "「{option}」の値「{given}」は使えません。{allowed}{}",
            perhaps(error, ContextKind::SuggestedValue)
        )
    }
}

fn perhaps(error: &clap::Error, kind: ContextKind) -> String {
    match told(error, kind) {
        near if near.is_empty() => String::new(),
        near => format!("「{near}」ではありませんか。"),
    }
}

/// What the parser says of something, as plain text.
fn told(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(all)) => all.join(", "),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        Some(ContextValue::StyledStrs(all)) => all
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
        Some(ContextValue::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Args;
    use clap::Parser;

    fn refused(arguments: &[&str]) -> Option<Fault> {
        let all = ["reseplug"].iter().chain(arguments);
        fault(&Args::try_parse_from(all).unwrap_err())
    }

    #[test]
    fn what_is_wrong_with_an_argument_is_said_in_japanese_with_what_would_be_right() {
        for (arguments, words) in [
            (
                &["intake", "--form", "2024-10-01"][..],
                &["--form", "--from"][..],
            ),
            (&["fil"], &["「fil」という命令はありません", "fill"]),
            (
                &["init", "--code", "9999998"],
                &["必要な指定", "--prefecture"],
            ),
            (
                &["certificate", "--sex", "3"],
                &["--sex", "使えるのは 1, 2"],
            ),
            (
                &["recheck", "--as-of", "2024-13-01"],
                &["--as-of", "2024-10-03"],
            ),
            (
                &["intake", "--watch", "--dry-run"],
                &["--watch", "一緒に使えません"],
            ),
            (&["consents"], &["使い方"]),
            (&["undo", "x", "--by", ""], &["--by", "氏名が空です"]),
            (
                &["claim", "handover", "--by", "　"],
                &["--by", "氏名が空です"],
            ),
            (
                &["notices", "import", "x", "--by", " "],
                &["--by", "氏名が空です"],
            ),
            (
                &["jobs", "resume", "x", "--by", ""],
                &["--by", "氏名が空です"],
            ),
        ] {
            let Some(fault) = refused(arguments) else {
                assert_eq!(arguments, ["consents"], "help is shown");
                continue;
            };
            assert_eq!(fault.code, "command/arguments");
            for word in words {
                assert!(
                    fault.message_ja.contains(word),
                    "{word}: {}",
                    fault.message_ja
                );
            }
            assert!(!fault.message_en.is_empty());
        }
        assert_eq!(refused(&["--help"]), None);
    }
}

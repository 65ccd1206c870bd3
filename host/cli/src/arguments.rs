//! Arguments that cannot be read, told like any other fault: in both languages, with a code, and
//! as an object with `--json`.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use jiff::Timestamp;
use jiff::civil::DateTime;
use reseplug_effect::Fault;
use reseplug_model::DateError;
use std::error::Error as _;
use std::num::{IntErrorKind, ParseIntError};

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
            reason(error)
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
    let how = |lead: &str, usage: &str| match usage {
        "" => String::new(),
        usage => format!("\n  {lead}: {usage}"),
    };
    Some(Fault::new(
        "command/arguments",
        format!(
            "{}{}\n  くわしくは --help を付けて実行してください。",
            in_japanese(&ja),
            how("使い方", &in_japanese(usage))
        ),
        format!("{en}{}\n  --help says more", how("usage", usage)),
    ))
}

/// What stands for a value in a usage line, and what it is for people.
const PLACEHOLDERS: [(&str, &str); 24] = [
    ("<BY>", "<氏名>"),
    ("<REASON>", "<理由>"),
    ("<EVIDENCE>", "<見たもの>"),
    ("[DOCUMENTS]", "[書類]"),
    ("<DOCUMENTS>", "<書類>"),
    ("<FILE>", "<ファイル>"),
    ("[FILE]", "[ファイル]"),
    ("<FILES>", "<ファイル>"),
    ("<MONTH>", "<年月>"),
    ("<SERVICE_MONTH>", "<年月>"),
    ("<PAYER>", "<1か2>"),
    ("<RECEIPT>", "<番号>"),
    ("<SEQUENCE>", "<回>"),
    ("<ID>", "<番号>"),
    ("<IDS>", "<番号>"),
    ("<OUTPUT>", "<書き出す先>"),
    ("<CONFIG>", "<設定ファイル>"),
    ("<PERSON>", "<利用者>"),
    ("<WHAT>", "<したこと>"),
    ("<NAME>", "<名前>"),
    ("<KIND>", "<種類>"),
    ("<CODE>", "<コード>"),
    ("[OPTIONS]", "[オプション]"),
    ("<COMMAND>", "<命令>"),
];

/// A usage line whose placeholders are Japanese.
fn in_japanese(usage: &str) -> String {
    let told = |text: String, (en, ja): &(&str, &str)| text.replace(en, ja);
    PLACEHOLDERS.iter().fold(usage.to_owned(), told)
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

/// A value's own refusal, in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    ja: String,
    en: String,
}

impl Refused {
    pub(crate) fn new(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            ja: ja.into(),
            en: en.into(),
        }
    }

    /// A day or a month that is none.
    pub(crate) fn date(error: &DateError, example: &str) -> Self {
        let ja = match error {
            DateError::Form { form, .. } => format!("{form} の形で書きます"),
            DateError::NotInCalendar { .. } => "暦にない日付です".to_owned(),
        };
        Self::new(
            format!("{ja}。例: {example}"),
            format!("{error}, for instance {example}"),
        )
    }
}

/// A moment: with its zone (RFC 3339), or as a clock in Japan shows it. A day alone is its beginning.
pub(crate) fn moment(text: &str) -> Result<Timestamp, Refused> {
    let here = |at: DateTime| at.to_zoned(reseplug_effect::jst_zone()).ok();
    text.parse()
        .ok()
        .or_else(|| Some(here(text.parse().ok()?)?.timestamp()))
        .ok_or_else(|| {
            Refused::new(
                "年月日と時刻で書きます。例: 2026-10-05T09:00",
                "a day and a time, for instance 2026-10-05T09:00",
            )
        })
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.en)
    }
}

impl std::error::Error for Refused {}

/// Why a value is refused, in Japanese. What the library's own parsers say is English.
fn reason(error: &clap::Error) -> String {
    let Some(source) = error.source() else {
        return String::new();
    };
    if let Some(refused) = source.downcast_ref::<Refused>() {
        return refused.ja.clone();
    }
    if let Some(date) = source.downcast_ref::<DateError>() {
        return Refused::date(date, "2024-10").ja;
    }
    if let Some(number) = source.downcast_ref::<ParseIntError>() {
        return match number.kind() {
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "数が大きすぎます",
            _ => "数字で書きます",
        }
        .to_owned();
    }
    let said = source.to_string();
    match said.split_once(" is not in ") {
        Some((_, range)) => format!("{} の範囲で書きます", range.replace("..=", "～")),
        None => format!("形が違います: {said}"),
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
    fn a_moment_without_a_zone_is_one_in_japan() {
        let at = |text: &str| moment(text).map(reseplug_effect::jst).ok();
        for (text, iso) in [
            ("2026-10-05T09:00", "2026-10-05T09:00:00+09:00"),
            ("2026-10-05 09:00:30", "2026-10-05T09:00:30+09:00"),
            ("2026-10-05", "2026-10-05T00:00:00+09:00"),
            ("2026-10-05T00:00:00Z", "2026-10-05T09:00:00+09:00"),
        ] {
            assert_eq!(at(text).as_deref(), Some(iso), "{text}");
        }
        for text in ["", "soon", "2026-02-30T09:00", "25:00"] {
            assert_eq!(at(text), None, "{text}");
        }
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
                &["--as-of", "2024-10-03", "暦にない"],
            ),
            (
                &["recheck", "--as-of", "1/10/2024"],
                &["YYYY-MM-DD の形で書きます"],
            ),
            (
                &["claim", "check", "--month", "2024-13"],
                &["暦にない", "例: 2024-11"],
            ),
            (
                &["claim", "week", "--payer", "3"],
                &["1（支払基金）か 2（国保連）"],
            ),
            (&["sandbox", "up", "--slow", "x"], &["数字で書きます"]),
            (&["sandbox", "up", "--slow", "-1"], &["使い方"]),
            (
                &["sandbox", "up", "--slow", "99999999999"],
                &["の範囲で書きます"],
            ),
            (
                &["sandbox", "up", "--station", "foo"],
                &["hidamari, aozora"],
            ),
            (
                &["sandbox", "people", "--story", "nope"],
                &["使えるのは", "job-change"],
            ),
            (
                &["sandbox", "people", "--month", "x", "--population", "9"],
                &["YYYY-MM"],
            ),
            (
                &["sandbox", "trouble", "set", "oflfine"],
                &["「offline」ではありませんか"],
            ),
            (
                &["intake", "--watch", "--dry-run"],
                &["--watch", "一緒に使えません"],
            ),
            (&["consents"], &["使い方"]),
            (
                &["claim", "approve", "--despite", "x"],
                &["--seen <見たもの>", "<理由>"],
            ),
            (
                &["undo", "x", "--by", "架空\n花子"],
                &["--by", "改行や見えない制御文字"],
            ),
            (
                &["undo", "x", "--by", "架空\u{202e}花子"],
                &["--by", "改行や見えない制御文字"],
            ),
            (&["claim", "downloads", "-o", "x"], &["--sha256"]),
            (&["undo", "x", "--by", ""], &["--by <氏名>", "氏名が空です"]),
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
            for english in [
                "invalid digit",
                "does not exist",
                "not of the form",
                "the name",
            ] {
                assert!(!fault.message_ja.contains(english), "{}", fault.message_ja);
            }
        }
        assert_eq!(refused(&["--help"]), None);
    }
}

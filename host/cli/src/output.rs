//! What the program prints: for people in their language, or one JSON object.

use clap::ValueEnum;
use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, Table, Width,
    presets::UTF8_HORIZONTAL_ONLY,
};
use reseplug_claims::written::{moment_ja, short, signed, thousands};
use reseplug_effect::{Fault, io_reason_ja};
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::OnceLock;
use unicode_width::UnicodeWidthStr;

/// The caller's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// 日本語
    Ja,
    /// English
    En,
}

impl Lang {
    /// From the environment: English where the locale says so, otherwise Japanese.
    fn detect() -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty());
        match locale {
            Some(value) if value.starts_with("en") => Self::En,
            _ => Self::Ja,
        }
    }
}

/// Why a result did not reach standard output: the first time that it did not.
static UNDELIVERED: OnceLock<Fault> = OnceLock::new();

/// Writes to standard output. What does not arrive is remembered, so that the program does not end
/// as if it had. A reader that went away (a closed pipe) is not an error of ours.
fn put(text: std::fmt::Arguments<'_>) {
    let mut out = io::stdout().lock();
    noted(out.write_fmt(text).and_then(|()| out.flush()));
}

/// Remembers why standard output failed.
pub(crate) fn noted(written: io::Result<()>) {
    if let Err(error) = written
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        UNDELIVERED.get_or_init(|| {
            Fault::new(
                "output/unwritable",
                format!(
                    "結果を標準出力に書けません（{}）。命令がしたことは取り消されていません。書ける場所を作り、`reseplug claim status` など見るだけの命令で確かめてください。",
                    io_reason_ja(&error)
                ),
                format!(
                    "the result cannot be written to standard output: {error}. What the command did stands; make room, and look with a command that only shows, such as `reseplug claim status`"
                ),
            )
        });
    }
}

/// Why a result did not reach standard output, if any did not.
pub(crate) fn undelivered() -> Option<&'static Fault> {
    UNDELIVERED.get()
}

/// Where and how results are shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
    lang: Lang,
}

impl Output {
    pub(crate) fn new(json: bool, lang: Option<Lang>) -> Self {
        Self {
            json,
            lang: lang.unwrap_or_else(Lang::detect),
        }
    }

    /// The text in the caller's language.
    pub(crate) fn say<'t>(&self, ja: &'t str, en: &'t str) -> &'t str {
        match self.lang {
            Lang::Ja => ja,
            Lang::En => en,
        }
    }

    /// Shows a result: the object with `--json`, the lines otherwise; where there is nothing to say,
    /// not even an empty line.
    pub(crate) fn show<T: Serialize>(&self, value: &T, for_people: impl FnOnce(&mut Vec<String>)) {
        let text = if self.json {
            serde_json::to_string_pretty(value)
                .unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
        } else {
            let mut lines = Vec::new();
            for_people(&mut lines);
            if lines.is_empty() {
                return;
            }
            harmless(&self.clocks(&lines.join("\n")))
        };
        put(format_args!("{text}\n"));
    }

    /// `1,108,190円`
    pub(crate) fn yen(&self, yen: u64) -> String {
        format!("{}{}", thousands(yen), self.say("円", " yen"))
    }

    /// A change: `-5,000円`
    pub(crate) fn change(&self, yen: i64) -> String {
        format!("{}{}", signed(yen), self.say("円", " yen"))
    }

    /// `24件`
    pub(crate) fn receipts(&self, count: impl Into<u64>) -> String {
        format!("{}{}", thousands(count.into()), self.say("件", " receipts"))
    }

    /// When something was, or until when it may be: `11/5 21:05`, `11/10 24:00`.
    pub(crate) fn at<'t>(&self, moment: &'t str) -> Cow<'t, str> {
        short(moment)
    }

    /// Text in which moments stand as a clock in Japan shows them. What is quoted, or is the value of a
    /// setting, stays as it was written.
    fn clocks(&self, text: &str) -> String {
        match self.lang {
            Lang::En => text.to_owned(),
            Lang::Ja => clocks(text),
        }
    }

    /// A value of another published format, whatever the form of the other output.
    pub(crate) fn plain(&self, value: &serde_json::Value) {
        put(format_args!("{value:#}\n"));
    }

    /// Lines for people in front of a result; nothing with `--json`.
    pub(crate) fn lines(&self, lines: &[String]) {
        if !self.json && !lines.is_empty() {
            put(format_args!(
                "{}\n",
                harmless(&self.clocks(&lines.join("\n")))
            ));
        }
    }

    /// A table whose columns are as wide as Japanese text needs.
    pub(crate) fn table(&self, header: &[(&str, &str)], rows: Vec<Vec<String>>) -> String {
        self.figures(header, rows, &[])
    }

    /// The same with some columns of figures, which stand to the right.
    pub(crate) fn figures(
        &self,
        header: &[(&str, &str)],
        rows: Vec<Vec<String>>,
        right: &[usize],
    ) -> String {
        let mut table = Table::new();
        table
            .load_style(UTF8_HORIZONTAL_ONLY)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_header(header.iter().map(|(ja, en)| self.say(ja, en)));
        // On a terminal its own width counts; elsewhere what the caller says, if anything.
        if !table.is_tty()
            && let Some(width) = std::env::var("COLUMNS")
                .ok()
                .and_then(|text| text.parse().ok())
        {
            table.set_width(width);
        }
        let mut least: Vec<usize> = header
            .iter()
            .map(|(ja, en)| self.say(ja, en).width())
            .collect();
        let mut empty = vec![!rows.is_empty(); least.len()];
        for row in rows {
            for (empty, cell) in empty.iter_mut().zip(&row) {
                *empty &= cell.is_empty();
            }
            let row: Vec<String> = row.iter().map(|cell| self.clocks(cell)).collect();
            for (least, cell) in least.iter_mut().zip(&row) {
                *least = least_width(cell).max(*least);
            }
            table.add_row(row);
        }
        for (column, (least, empty)) in table.column_iter_mut().zip(least.into_iter().zip(empty)) {
            let least = u16::try_from(least).unwrap_or(u16::MAX);
            let least = least.saturating_add(column.padding_width());
            column.set_constraint(match empty {
                // A column in which nothing stands takes no room from the others.
                true => ColumnConstraint::Hidden,
                false => ColumnConstraint::LowerBoundary(Width::Fixed(least)),
            });
        }
        for column in right {
            if let Some(column) = table.column_mut(*column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.to_string()
    }

    /// Shows why nothing was done, on standard error; with `--json` as an object on standard
    /// output as well, so that a product need not parse text.
    pub(crate) fn fault(&self, fault: &Fault) {
        self.complain(fault);
        if self.json {
            put(format_args!("{}\n", serde_json::json!({ "error": fault })));
        }
    }

    /// Shows a fault on standard error only: for one of several things, when the object on
    /// standard output speaks of all of them.
    pub(crate) fn complain(&self, fault: &Fault) {
        let _ = writeln!(
            io::stderr(),
            "{}: {}",
            self.say("エラー", "error"),
            self.clocks(self.say(&fault.message_ja, &fault.message_en))
        );
        if let Some(place) = &fault.place {
            let _ = writeln!(io::stderr(), "  {}: {place}", self.say("場所", "place"));
        }
        let _ = writeln!(
            io::stderr(),
            "  {}: {}",
            self.say("コード", "code"),
            fault.code
        );
    }

    /// Says on standard error what is neither the result nor a fault.
    pub(crate) fn remark(&self, text: &str) {
        let _ = writeln!(io::stderr(), "{}", harmless(&self.clocks(text)));
    }

    /// Says on standard error what is being done.
    pub(crate) fn progress(&self, ja: &str, en: &str) {
        let _ = writeln!(io::stderr(), "… {}", self.say(ja, en));
    }

    /// A progress bar on standard error; nothing where that is no terminal.
    pub(crate) fn bar(&self) -> Bar {
        Bar(indicatif::ProgressBar::new(0))
    }
}

/// Progress through scenes.
pub(crate) struct Bar(indicatif::ProgressBar);

impl Bar {
    pub(crate) fn scene(&self, at: usize, of: usize, what: &str) {
        self.0.set_length(u64::try_from(of).unwrap_or(u64::MAX));
        self.0.set_position(u64::try_from(at).unwrap_or(u64::MAX));
        if self.0.is_hidden() {
            let _ = writeln!(io::stderr(), "… {what}");
        } else {
            self.0.println(what);
        }
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// A word of a table that somebody types (an id, a day, a number) is never broken, if it is no longer.
const WORD: usize = 48;

/// A longer word with a dot in it is the name of a file, which nobody types and which may be broken.
const FILE_NAME: usize = 20;

/// Japanese may be broken anywhere, but not into a column of single characters.
const JAPANESE: usize = 6;

/// The least width in which a cell can be read.
fn least_width(cell: &str) -> usize {
    let longest = cell
        .split(|c: char| !c.is_ascii_graphic())
        .filter(|word| !(word.len() > FILE_NAME && word.contains('.')))
        .map(str::len)
        .filter(|length| *length <= WORD)
        .max();
    match cell.is_ascii() {
        true => longest.unwrap_or_default(),
        false => longest.unwrap_or_default().max(JAPANESE.min(cell.width())),
    }
}

/// Whether what follows stands as somebody wrote it, or as they are to write it.
fn written_so(before: &str) -> bool {
    let part_of = |c: char| c.is_ascii_alphanumeric() || "\"'`「-/".contains(c);
    before.ends_with(part_of) || before.trim_end().ends_with('=')
}

/// Moments in a text, as a clock in Japan shows them.
fn clocks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('T') {
        let (head, tail) = rest.split_at(at);
        let day = head
            .len()
            .checked_sub("2024-11-05".len())
            .filter(|from| head.is_char_boundary(*from));
        let end = tail
            .find(|c: char| !(c.is_ascii_digit() || "T:.+-Z".contains(c)))
            .unwrap_or(tail.len());
        let whole = day.and_then(|from| {
            let before = head.get(..from)?;
            let moment = rest.get(from..at.saturating_add(end))?;
            let shown = moment_ja(moment);
            let known = !written_so(before) && shown != moment;
            known.then(|| (before, shown.into_owned()))
        });
        match whole {
            Some((before, shown)) => {
                out.push_str(before);
                out.push_str(&shown);
                rest = tail.get(end..).unwrap_or_default();
            }
            None => {
                out.push_str(head);
                out.push('T');
                rest = tail.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// Text without characters that would turn the terminal or the direction of writing: a name out of
/// somebody's file may carry any.
fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' => c,
            c if reseplug::report::misleading(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_in_a_text_are_a_clocks_and_what_is_quoted_stays() {
        for (text, shown) in [
            (
                "いま（2024-11-05T21:05:00+09:00）受け付けていません",
                "いま（2024年11月5日 21:05）受け付けていません",
            ),
            (
                "次は 2024-11-10T15:00:00Z、その次は 2024-11-12T08:00:00+09:00",
                "次は 2024年11月11日 00:00、その次は 2024年11月12日 08:00",
            ),
            (
                "closes = \"2024-11-14T21:00:00+09:00\"",
                "closes = \"2024-11-14T21:00:00+09:00\"",
            ),
            (
                "--at 「2024-11-05T09:00」 TAT T",
                "--at 「2024-11-05T09:00」 TAT T",
            ),
            ("RECEIPTH-2024-11-05T", "RECEIPTH-2024-11-05T"),
        ] {
            assert_eq!(clocks(text), shown);
        }
    }

    #[test]
    fn what_somebody_has_to_type_is_not_broken_in_a_narrow_table() {
        assert_eq!(least_width("2024-11/1/hold#2"), 16);
        assert_eq!(least_width("保留 2024-10-29 まで"), 10);
        assert_eq!(least_width("主治医の指示書が届いていない"), JAPANESE);
        assert_eq!(least_width("look-for-977be45346fe-20261129-3/0"), 34);
        assert_eq!(least_width("acknowledgement-s-000001.json"), 0);
        // A digest is wider than a terminal has room for.
        assert_eq!(least_width(&"a".repeat(64)), 0);
    }
}

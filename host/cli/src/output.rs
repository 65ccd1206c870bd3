//! What the program prints: for people in their language, or one JSON object.

use clap::ValueEnum;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets::UTF8_HORIZONTAL_ONLY};
use reseplug_effect::{Fault, io_reason_ja};
use serde::Serialize;
use std::io::{self, Write};
use std::sync::OnceLock;

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
            harmless(&lines.join("\n"))
        };
        put(format_args!("{text}\n"));
    }

    /// A value of another published format, whatever the form of the other output.
    pub(crate) fn plain(&self, value: &serde_json::Value) {
        put(format_args!("{value:#}\n"));
    }

    /// Lines for people in front of a result; nothing with `--json`.
    pub(crate) fn lines(&self, lines: &[String]) {
        if !self.json {
            put(format_args!("{}\n", lines.join("\n")));
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
        for row in rows {
            table.add_row(row);
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
            self.say(&fault.message_ja, &fault.message_en)
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

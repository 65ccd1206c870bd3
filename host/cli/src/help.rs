//! Help on a narrow terminal: Japanese has no spaces to break a line at, so that it is broken here.

use std::io::{self, IsTerminal, Write};
use unicode_width::UnicodeWidthChar;

/// Where the text of an option goes when its own column begins too far to the right.
const BELOW: usize = 10;

/// Prints help or version where it belongs, as wide as the terminal (or as `COLUMNS` says).
pub(crate) fn print(error: &clap::Error) -> io::Result<()> {
    let text = error.render();
    let (plain, styled) = (text.to_string(), text.ansi().to_string());
    let to_stderr = error.use_stderr();
    let tty = match to_stderr {
        true => io::stderr().is_terminal(),
        false => io::stdout().is_terminal(),
    };
    let text = match tty && std::env::var_os("NO_COLOR").is_none() {
        true => styled,
        false => plain,
    };
    let shown = match columns(tty) {
        Some(columns) => wrapped(&text, columns),
        None => text,
    };
    match to_stderr {
        true => io::stderr().lock().write_all(shown.as_bytes()),
        false => {
            let mut out = io::stdout().lock();
            out.write_all(shown.as_bytes()).and_then(|()| out.flush())
        }
    }
}

/// How wide lines may be; nothing where nobody says.
fn columns(tty: bool) -> Option<usize> {
    let told = std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok());
    let own = || comfy_table::Table::new().width().map(usize::from);
    told.or_else(|| tty.then(own).flatten())
        .filter(|columns| *columns >= 40)
}

/// The text with no line wider than so many columns, but for commands, which are typed as they are.
fn wrapped(text: &str, columns: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches('\n');
        let typed = bare.trim_start().starts_with("reseplug ");
        if typed || width(bare) <= columns {
            out.push_str(line);
            continue;
        }
        broken(bare, columns, &mut out);
        out.push('\n');
    }
    out
}

/// One line in several, each below the column in which its text begins.
fn broken(line: &str, columns: usize, out: &mut String) {
    let begins = text_begins(line);
    let (head, text) = line.split_at_checked(begins).unwrap_or((line, ""));
    let mut indent = width(head);
    out.push_str(head);
    let mut at = indent;
    if indent > columns / 2 {
        indent = BELOW;
        out.push('\n');
        out.push_str(&" ".repeat(indent));
        at = indent;
    }
    let mut fresh = true;
    for piece in pieces(text) {
        let room = width(piece.trim_end());
        if !fresh && at.saturating_add(room) > columns {
            let kept = out.trim_end_matches(' ').len();
            out.truncate(kept);
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            at = indent;
        }
        out.push_str(piece);
        at = at.saturating_add(width(piece));
        fresh = false;
    }
}

/// The byte at which the text of a line begins: behind the name that it explains, if there is one.
fn text_begins(line: &str) -> usize {
    let lead = line.len().saturating_sub(line.trim_start().len());
    if lead == 0 {
        return 0;
    }
    let rest = line.get(lead..).unwrap_or_default();
    match rest.find("  ") {
        Some(gap) => {
            let text = rest.get(gap..).unwrap_or_default().trim_start();
            line.len().saturating_sub(text.len())
        }
        None => lead,
    }
}

/// What is not broken: a word with the space behind it, or a Japanese character with the mark that
/// ends or opens there.
fn pieces(text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut from = 0;
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        if let Some(last) = before
            && may_break(last, c)
        {
            all.extend(text.get(from..at));
            from = at;
        }
        before = Some(c);
    }
    all.extend(text.get(from..).filter(|rest| !rest.is_empty()));
    all
}

fn may_break(last: char, next: char) -> bool {
    const CLOSES: &str = "、。，．）」』】・：；！？ー～,.;:!?)]}/";
    const OPENS: &str = "（「『【([{";
    if CLOSES.contains(next) || OPENS.contains(last) || next == ' ' {
        return false;
    }
    last == ' ' || wide(last) || wide(next)
}

fn wide(c: char) -> bool {
    c.width().unwrap_or_default() > 1
}

/// Columns of a text, without the marks that colour it.
fn width(text: &str) -> usize {
    let mut all = 0_usize;
    let mut mark = false;
    for c in text.chars() {
        match (mark, c) {
            (false, '\u{1b}') => mark = true,
            (true, 'm') => mark = false,
            (true, _) => {}
            (false, c) => all = all.saturating_add(c.width().unwrap_or_default()),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Args;
    use clap::CommandFactory;

    /// All help there is.
    fn all(command: &mut clap::Command, texts: &mut Vec<String>) {
        texts.push(command.render_long_help().to_string());
        for verb in command.get_subcommands_mut() {
            all(verb, texts);
        }
    }

    #[test]
    fn no_help_is_wider_than_the_terminal_and_no_word_of_it_is_lost() {
        let mut command = Args::command().term_width(0);
        command.build();
        let mut texts = Vec::new();
        all(&mut command, &mut texts);
        assert!(texts.len() > 50);
        let bare = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
        for text in texts {
            let shown = wrapped(&text, 80);
            assert_eq!(bare(&text), bare(&shown));
            for line in shown.lines() {
                let typed = line.trim_start().starts_with("reseplug ") || line.contains("Usage:");
                assert!(typed || width(line) <= 80, "{}: {line}", width(line));
            }
        }
    }

    #[test]
    fn a_line_goes_on_below_its_text() {
        assert_eq!(
            wrapped(
                "      --month <M>  請求年月（既定は今月）/ month of filing\n",
                40
            ),
            "      --month <M>  請求年月（既定は今月\n                   ）/ month of filing\n"
                .replace(
                    "今月\n                   ）/",
                    "今\n                   月）/"
                )
        );
    }
}

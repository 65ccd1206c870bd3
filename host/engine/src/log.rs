//! What plugins write to the log, made harmless.

use reseplug_policy::{Limit, Limits, Name};
use std::sync::Arc;

/// How loud a line is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// For the author.
    Debug,
    /// Progress.
    Info,
    /// Something to look at.
    Warn,
    /// Something failed.
    Error,
}

/// One line of a plugin: capped, without control characters, tagged with its plugin.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LogLine {
    /// Who wrote it.
    pub plugin: Name,
    /// In which call: `adapter.read-register`.
    pub call: String,
    /// How loud.
    pub level: LogLevel,
    /// The text.
    pub message: String,
    /// Name and value pairs in order.
    pub fields: Vec<(String, String)>,
}

/// Receives the lines of a call when the call is over, however it ended.
pub type LogSink = Arc<dyn Fn(&[LogLine]) + Send + Sync>;

/// What the SDK's panic hook logs begins so.
const PANIC: &str = "panic: ";

/// A panic as the SDK's hook told it.
#[derive(Debug, Clone)]
pub(crate) struct Panic {
    pub(crate) message: String,
    pub(crate) place: String,
}

/// The log of one call.
#[derive(Debug)]
pub(crate) struct CallLog {
    plugin: Name,
    call: &'static str,
    most_lines: usize,
    most_bytes: usize,
    dropped: u64,
    lines: Vec<LogLine>,
    panic: Option<Panic>,
}

impl CallLog {
    pub(crate) fn new(plugin: Name, call: &'static str, limits: &Limits) -> Self {
        Self {
            plugin,
            call,
            most_lines: limits.bytes(Limit::LogLines),
            most_bytes: limits.bytes(Limit::LogLineBytes),
            dropped: 0,
            lines: Vec::new(),
            panic: None,
        }
    }

    /// Takes a line. While a call is replayed its lines were seen before; only the word of a
    /// panic is always heard.
    pub(crate) fn write(
        &mut self,
        live: bool,
        level: LogLevel,
        message: &str,
        fields: &[(String, String)],
    ) {
        let mut room = self.most_bytes;
        let message = clean(message, &mut room);
        let panic = level == LogLevel::Error && message.starts_with(PANIC);
        if !live && !panic {
            return;
        }
        let mut kept = Vec::new();
        for (name, value) in fields {
            if room == 0 {
                break;
            }
            kept.push((clean(name, &mut room), clean(value, &mut room)));
        }
        if panic {
            let place = kept
                .iter()
                .find(|(name, _)| name == "place")
                .map_or("", |(_, value)| value);
            self.panic = Some(Panic {
                message: message.strip_prefix(PANIC).unwrap_or(&message).to_owned(),
                place: if place.is_empty() {
                    "?".to_owned()
                } else {
                    place.to_owned()
                },
            });
        }
        if self.lines.len() >= self.most_lines {
            self.dropped += 1;
            return;
        }
        self.lines.push(LogLine {
            plugin: self.plugin.clone(),
            call: self.call.to_owned(),
            level,
            message,
            fields: kept,
        });
    }

    pub(crate) fn take_panic(&mut self) -> Option<Panic> {
        self.panic.take()
    }

    /// The lines, with a last one that says how many were too many.
    pub(crate) fn finish(self) -> Vec<LogLine> {
        let mut lines = self.lines;
        if self.dropped > 0 {
            lines.push(LogLine {
                plugin: self.plugin,
                call: self.call.to_owned(),
                level: LogLevel::Warn,
                message: format!(
                    "{} more lines were dropped (limit `{}`)",
                    self.dropped,
                    Limit::LogLines
                ),
                fields: Vec::new(),
            });
        }
        lines
    }
}

/// The text without what could forge lines or rewrite a terminal, cut to the room there is.
fn clean(text: &str, room: &mut usize) -> String {
    let mut out = String::new();
    for c in text.chars() {
        let c = match c {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
            // Control characters, and those that turn the direction of writing.
            c if c.is_control()
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                continue;
            }
            c => c,
        };
        if c.len_utf8() > *room {
            *room = 0;
            out.push('…');
            break;
        }
        *room -= c.len_utf8();
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_cannot_forge_another_or_fill_the_disk() {
        let mut room = 10;
        assert_eq!(clean("a\nb\u{1b}[2Jc\u{202e}d", &mut room), "a b[2Jcd");
        let mut room = 7;
        assert_eq!(clean("ああああ", &mut room), "ああ…");
        assert_eq!(room, 0);
    }
}

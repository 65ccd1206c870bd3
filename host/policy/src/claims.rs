//! How a station files, `[claims]`.

use crate::toml_reader::{Node, Shape};
use crate::{ConfigError, Refused};
use jiff::Timestamp;
use reseplug_calendar::Calendar;
use reseplug_effect::{jst, jst_zone};
use reseplug_model::{Month, Payer};
use std::path::PathBuf;

use Shape::{Leaf, List, Table};

/// The keys of `[claims]`.
pub(crate) const SHAPE: Shape = Table(&[
    ("hours", Leaf),
    ("calendar", Leaf),
    ("approvers", Leaf),
    ("senders", Leaf),
    (
        "extensions",
        List(&Table(&[
            ("payer", Leaf),
            ("month", Leaf),
            ("closes", Leaf),
            ("source", Leaf),
            ("by", Leaf),
        ])),
    ),
]);

/// How a station files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// Whether the host keeps the days and hours of filing by itself.
    pub hours: Hours,
    /// A file with the payers' days and hours, of the form of `calendar.toml`, as written; relative
    /// to the station file. Absent: those of the program.
    pub calendar: Option<PathBuf>,
    /// Who may approve. Empty: whoever gives a name.
    pub approvers: Vec<String>,
    /// Who may send, confirm and withdraw. Empty: whoever gives a name.
    pub senders: Vec<String>,
    /// Announced extensions of the month's filing.
    pub extensions: Vec<Extension>,
}

/// Whether the host keeps the days and hours of filing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Hours {
    /// `keep`: what the calendar does not allow is not sent.
    #[default]
    Keep,
    /// `ignore`: the other side says when it is open. For sandboxes and for gateways with hours of
    /// their own.
    Ignore,
}

/// An announced extension: the month's filing with a payer ends later than on 10日24時.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// 審査支払機関; absent: both.
    pub payer: Option<Payer>,
    /// 請求年月
    pub month: Month,
    /// When it ends.
    pub closes: Timestamp,
    /// Where it was announced.
    pub source: String,
    /// Who entered it.
    pub by: String,
}

pub(crate) fn read(node: &Node<'_>) -> Result<Claims, ConfigError> {
    let names = |key: &str| -> Result<Vec<String>, ConfigError> {
        match node.optional(key) {
            None => Ok(Vec::new()),
            Some(list) => list.list()?.iter().map(Node::line).collect(),
        }
    };
    let calendar = node
        .optional("calendar")
        .map(|node| node.parsed(crate::station_toml::path))
        .transpose()?;
    // What a file of the station's own says is not known here: whoever reads it compares.
    let days = calendar.is_none().then(Calendar::published);
    Ok(Claims {
        calendar,
        hours: match node.optional("hours") {
            None => Hours::default(),
            Some(node) => node.parsed(|text| match text {
                "keep" => Ok(Hours::Keep),
                "ignore" => Ok(Hours::Ignore),
                _ => Err(Refused::new(
                    "keep（請求の日時を守る）か ignore（提出先に任せる）を書いてください",
                    "write keep (the days and hours of filing are kept) or ignore (the other side says)",
                )),
            })?,
        },
        approvers: names("approvers")?,
        senders: names("senders")?,
        extensions: match node.optional("extensions") {
            None => Vec::new(),
            Some(list) => list
                .list()?
                .iter()
                .map(|node| extension(node, days))
                .collect::<Result<_, _>>()?,
        },
    })
}

impl Extension {
    /// Whether it ends later than the month does anyway by this calendar. One that does not
    /// would be passed over, and whoever entered it would trust a day that does not count.
    ///
    /// # Errors
    /// Why it is mistyped, and what to write.
    pub fn fits(&self, calendar: &Calendar) -> Result<(), Refused> {
        is_later(calendar, self.payer, self.month, self.closes)
    }
}

fn extension(node: &Node<'_>, calendar: Option<&Calendar>) -> Result<Extension, ConfigError> {
    let payer = match node.optional("payer") {
        None => None,
        Some(node) => Some(node.parsed(|text| {
            Payer::from_code(text).ok_or_else(|| {
                Refused::new(
                    "1（支払基金）か 2（国保連）を書いてください。両方なら省きます",
                    "write \"1\" (支払基金) or \"2\" (国保連), or leave it out for both",
                )
            })
        })?),
    };
    let month = node.required("month")?.parsed(|text| {
        Month::parse(text).map_err(|_| {
            Refused::new(
                "請求年月を「2026-10」のように書いてください",
                "write a month such as \"2026-10\"",
            )
        })
    })?;
    Ok(Extension {
        payer,
        month,
        closes: node.required("closes")?.parsed(|text| {
            let closes = text.parse::<Timestamp>().map_err(|_| {
                Refused::new(
                    "締切の日時を「2026-10-12T21:00:00+09:00」のように書いてください",
                    "write a moment such as \"2026-10-12T21:00:00+09:00\"",
                )
            })?;
            if let Some(calendar) = calendar {
                is_later(calendar, payer, month, closes)?;
            }
            is_within(month, closes)?;
            Ok(closes)
        })?,
        source: node.required("source")?.line()?,
        by: node.required("by")?.line()?,
    })
}

/// An extension ends later than the month does anyway.
fn is_later(
    calendar: &Calendar,
    payer: Option<Payer>,
    month: Month,
    closes: Timestamp,
) -> Result<(), Refused> {
    let payers = match payer {
        Some(payer) => vec![payer],
        None => Payer::ALL.to_vec(),
    };
    let regular = payers
        .into_iter()
        .filter_map(|payer| calendar.closes(payer, month))
        .max();
    if let Some(regular) = regular
        && closes <= regular
    {
        let regular = jst(regular);
        return Err(Refused::new(
            format!(
                "{month}請求分の通常の締切（{regular}）より後の日時を書いてください。月か日時が違っていないか、お知らせを確かめてください"
            ),
            format!(
                "write a moment after {regular}, when {month} closes anyway; see whether the month or the moment is mistyped"
            ),
        ));
    }
    Ok(())
}

/// An extension is one of days: one that ends after the month is mistyped, and would let through
/// what the payer no longer takes.
fn is_within(month: Month, closes: Timestamp) -> Result<(), Refused> {
    let next = month.next().map(|next| next.first_day().civil());
    let over = next.and_then(|day| day.to_zoned(jst_zone()).ok());
    if let Some(over) = over
        && closes > over.timestamp()
    {
        let last = month.last_day();
        return Err(Refused::new(
            format!(
                "{month}請求分の延長は、その月の末日（{last} 24時）までの日時で書いてください。延長は数日です。月か日時が違っていないか、お知らせを確かめてください"
            ),
            format!(
                "write a moment up to the end of {last}: an extension of {month} is one of days. See whether the month or the moment is mistyped"
            ),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StationFile;

    const STATION: &str = "[station]\ncode = \"9999998\"\nprefecture = \"13\"\nname = \"みほん\"\n[store]\npath = \"store\"\n";

    #[test]
    fn an_announced_extension_is_read_and_a_station_without_the_section_keeps_the_hours() {
        let plain = StationFile::parse("s.toml", STATION).unwrap().claims;
        assert_eq!(plain, Claims::default());
        let text = format!(
            "{STATION}[claims]\nhours = \"ignore\"\napprovers = [\"架空 花子\"]\n[[claims.extensions]]\npayer = \"2\"\nmonth = \"2026-10\"\ncloses = \"2026-10-12T21:00:00+09:00\"\nsource = \"国保連のお知らせ\"\nby = \"架空 花子\"\n"
        );
        let read = StationFile::parse("s.toml", &text).unwrap().claims;
        assert_eq!((read.hours, read.approvers.len()), (Hours::Ignore, 1));
        assert_eq!(
            read.extensions[0].payer,
            Some(Payer::NationalHealthFederation)
        );
        let wrong = text.replace("2026-10-12T21:00:00+09:00", "2026-10-12");
        let error = StationFile::parse("s.toml", &wrong).unwrap_err();
        assert!(error.message_ja.contains("締切の日時"), "{error:?}");
        // One that ends no later than the month does anyway is mistyped.
        for early in ["2026-10-11T00:00:00+09:00", "2025-10-12T21:00:00+09:00"] {
            let wrong = text.replace("2026-10-12T21:00:00+09:00", early);
            let error = StationFile::parse("s.toml", &wrong).unwrap_err();
            assert_eq!(error.code, ConfigError::VALUE);
            assert!(
                error.key.ends_with("closes") && error.line == 13,
                "{error:?}"
            );
            assert!(
                error.message_ja.contains("2026-10-11T00:00:00"),
                "{error:?}"
            );
        }
    }
    #[test]
    fn an_extension_is_one_of_days_and_does_not_outlast_its_month() {
        let text = |closes: &str| {
            format!(
                "{STATION}[claims]\n[[claims.extensions]]\npayer = \"2\"\nmonth = \"2026-11\"\ncloses = \"{closes}\"\nsource = \"国保連のお知らせ\"\nby = \"架空 花子\"\n"
            )
        };
        for good in ["2026-11-30T23:59:59+09:00", "2026-12-01T00:00:00+09:00"] {
            StationFile::parse("s.toml", &text(good)).unwrap();
        }
        for late in [
            "2026-12-01T00:00:01+09:00",
            "2027-02-12T21:00:00+09:00",
            "2031-11-12T21:00:00+09:00",
        ] {
            let error = StationFile::parse("s.toml", &text(late)).unwrap_err();
            assert_eq!((error.code, error.line), (ConfigError::VALUE, 11), "{late}");
            assert!(
                error.message_ja.contains("2026-11-30 24時"),
                "{late}: {error:?}"
            );
            assert!(error.message_en.contains("2026-11-30"), "{late}: {error:?}");
        }
    }

    #[test]
    fn where_the_station_has_a_calendar_of_its_own_an_extension_is_measured_by_that() {
        let text = format!(
            "{STATION}[claims]\ncalendar = \"calendar.toml\"\n[[claims.extensions]]\nmonth = \"2026-11\"\ncloses = \"2026-11-10T12:00:00+09:00\"\nsource = \"国保連のお知らせ\"\nby = \"架空 花子\"\n"
        );
        let read = StationFile::parse("s.toml", &text).unwrap().claims;
        assert_eq!(read.calendar, Some(PathBuf::from("calendar.toml")));
        // By the program's own days it ends no later than the month does anyway.
        let extension = &read.extensions[0];
        assert!(extension.fits(Calendar::published()).is_err());
        let plain = text.replace("calendar = \"calendar.toml\"\n", "");
        assert!(StationFile::parse("s.toml", &plain).is_err());
        // What outlasts its month is mistyped by any calendar.
        let late = text.replace("2026-11-10T12", "2026-12-10T12");
        assert!(StationFile::parse("s.toml", &late).is_err());
        let empty = text.replace("\"calendar.toml\"", "\" \"");
        let error = StationFile::parse("s.toml", &empty).unwrap_err();
        assert_eq!(error.key, "claims.calendar");
    }
}

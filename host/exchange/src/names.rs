//! Names of request files and the answers they get.
//!
//! `PREFIX` + phase + `req_` + suffix + `.xml`; the answer has the same base name with `req`
//! turned to `res` (grade V2). The suffix in use is the day and a daily counter, 12 digits;
//! official rules for it are not public.

use crate::durable;
use crate::fault;
use jiff::Timestamp;
use reseplug_effect::{Fault, jst_zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;

/// Extensions an answer may have, in the order they are looked for: messages, then documents
/// for people, which may also stand beside a message.
pub(crate) const ANSWERS: [&str; 4] = ["xml", "zip", "pdf", "png"];

/// A request's file name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestName {
    /// `OQSsiquc01req`
    pub(crate) prefix: String,
    /// `202410030001`
    pub(crate) suffix: String,
}

impl RequestName {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (base, extension) = name.rsplit_once('.')?;
        let (prefix, suffix) = base.split_once('_')?;
        let well = is_prefix(prefix)
            && is_extension(extension)
            && suffix.len() == 12
            && suffix.bytes().all(|b| b.is_ascii_digit());
        well.then(|| Self {
            prefix: prefix.to_owned(),
            suffix: suffix.to_owned(),
        })
    }

    /// The request an answer or refusal belongs to.
    pub(crate) fn of_answer(name: &str) -> Option<Self> {
        let (base, extension) = name.rsplit_once('.')?;
        let (prefix, suffix) = base.split_once('_')?;
        let prefix = match prefix.strip_suffix("res") {
            Some(stem) => format!("{stem}req"),
            None if extension == "err" => prefix.to_owned(),
            None => return None,
        };
        Self::parse(&format!("{prefix}_{suffix}.{extension}"))
    }

    /// `OQSsiquc01res_202410030001`
    pub(crate) fn answer_base(&self) -> String {
        let stem = self.prefix.strip_suffix("req").unwrap_or(&self.prefix);
        format!("{stem}res_{}", self.suffix)
    }

    /// `OQSsiquc01req_202410030001`
    pub(crate) fn base(&self) -> String {
        format!("{}_{}", self.prefix, self.suffix)
    }

    /// Names under which an answer may stand, and what each is. A refusal bears the request's
    /// own base name (grade V-impl); the answer's is looked for, too.
    pub(crate) fn answers(&self) -> impl Iterator<Item = (String, AnswerKind)> {
        let base = self.answer_base();
        let refusals = [format!("{}.err", self.base()), format!("{base}.err")];
        ANSWERS
            .map(|extension| {
                let kind = match extension {
                    "pdf" | "png" => AnswerKind::Document,
                    _ => AnswerKind::Message,
                };
                (format!("{base}.{extension}"), kind)
            })
            .into_iter()
            .chain(refusals.map(|name| (name, AnswerKind::Refusal)))
    }
}

/// What a file is that answers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerKind {
    /// XML, or a zip that holds it.
    Message,
    /// PDF or picture: an answer of its own, or beside a message.
    Document,
    /// `.err`
    Refusal,
}

/// Letters and digits, ending in `req`.
pub(crate) fn is_prefix(prefix: &str) -> bool {
    (4..=40).contains(&prefix.len())
        && prefix.ends_with("req")
        && prefix.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_extension(extension: &str) -> bool {
    (1..=8).contains(&extension.len())
        && extension
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// The names this host ever used, a file a day. Never forgotten: a clock set back must not
/// bring a name back.
#[derive(Debug)]
pub(crate) struct Counter {
    folder: PathBuf,
    /// The day's first number, 1 to 9999. Other products on the same folders count from 1,
    /// and the terminal takes a request away long before its answer comes: a name that is
    /// free to the eye may be somebody's all the same.
    first: u16,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Day {
    /// The first number of the day; 0 until there is one.
    #[serde(default)]
    first: u16,
    /// The last one; 0 until there is one. After 9999 comes 1.
    last: u16,
    /// Base names that were handed out; numbers that were skipped are not among them.
    names: BTreeSet<String>,
}

/// Four digits.
const LAST: u16 = 9999;

impl Counter {
    pub(crate) fn open(folder: PathBuf, first: u16) -> Result<Self, Fault> {
        durable::folder(&folder)?;
        Ok(Self {
            folder,
            first: first.clamp(1, LAST),
        })
    }

    fn file(date: &str) -> String {
        format!("names-{date}.json")
    }

    fn day(&self, date: &str) -> Result<Day, Fault> {
        let path = self.folder.join(Self::file(date));
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Day::default()),
            Err(e) => return Err(fault::io("番号の記録を読み取り", "read", &path, &e)),
        };
        serde_json::from_slice(&text).map_err(|e| {
            let path = path.display();
            // Starting again from 1 might use a name twice.
            Fault::new(
                "exchange/names-unreadable",
                format!("使用済みファイル名の記録 {path} が壊れているため、新しい要求を出せません。ファイルを開発元に送ってください。翌日は使用できます。"),
                format!("The record of used names {path} cannot be read ({e}), so no further request is made today. Send the file to the vendor."),
            )
        })
    }

    /// The next name of the day for which `is_free` says yes, recorded as used before it is
    /// returned.
    pub(crate) fn next(
        &self,
        prefix: &str,
        extension: &str,
        now: Timestamp,
        is_free: impl Fn(&RequestName) -> Result<bool, Fault>,
    ) -> Result<(RequestName, String), Fault> {
        if !is_prefix(prefix) {
            return Err(fault::name(
                prefix,
                "接頭辞は英数字で「req」で終わる必要があります",
                "a prefix is letters and digits and ends in `req`",
            ));
        }
        if !is_extension(extension) {
            return Err(fault::name(
                extension,
                "拡張子は英小文字と数字8文字までです",
                "an extension is up to 8 lower-case letters and digits",
            ));
        }
        let date = now.to_zoned(jst_zone()).strftime("%Y%m%d").to_string();
        let mut day = self.day(&date)?;
        if day.first == 0 {
            // A day that was begun before keeps on from where it began.
            day.first = if day.last == 0 { self.first } else { 1 };
        }
        loop {
            let next = match day.last {
                0 => day.first,
                LAST => 1,
                last => last.saturating_add(1),
            };
            if day.last != 0 && next == day.first {
                break;
            }
            day.last = next;
            let suffix = format!("{date}{:04}", day.last);
            let request = RequestName {
                prefix: prefix.to_owned(),
                suffix,
            };
            if !is_free(&request)? {
                continue;
            }
            day.names.insert(request.base());
            let text = serde_json::to_vec(&day).unwrap_or_default();
            durable::replace(&self.folder, &Self::file(&date), &text)?;
            let name = format!("{}.{extension}", request.base());
            return Ok((request, name));
        }
        Err(Fault::later(
            "exchange/names-exhausted",
            format!("本日の要求ファイルが上限（{LAST}件）に達しました。明日やり直してください。"),
            format!("All {LAST} request names of this day are used. Try again tomorrow."),
        ))
    }

    /// Whether this host handed out that name.
    pub(crate) fn is_ours(&self, request: &RequestName) -> Result<bool, Fault> {
        let Some(date) = request.suffix.get(..8) else {
            return Ok(false);
        };
        Ok(self.day(date)?.names.contains(&request.base()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> RequestName {
        RequestName::parse(text).unwrap()
    }

    #[test]
    fn an_answer_has_the_name_of_its_request() {
        let request = name("OQSsiquc01req_202410030001.xml");
        let names: Vec<_> = request.answers().collect();
        assert_eq!(
            names[0],
            (
                "OQSsiquc01res_202410030001.xml".to_owned(),
                AnswerKind::Message
            )
        );
        assert_eq!(
            names[4],
            (
                "OQSsiquc01req_202410030001.err".to_owned(),
                AnswerKind::Refusal
            )
        );
        for (answer, _) in names {
            assert_eq!(RequestName::of_answer(&answer), Some(request.clone()));
        }
    }

    #[test]
    fn names_of_others_are_not_taken_for_ours() {
        for other in [
            "OQSsiquc01res_face_9999999999abcdefghijklmnopqrst_20241003091200.xml",
            "OQSsiquc01req_2024100300013.xml",
            "OQSsiquc01req_202410030001",
            "../OQSsiquc01req_202410030001.xml",
        ] {
            assert_eq!(RequestName::parse(other), None, "{other}");
            assert_eq!(RequestName::of_answer(other), None, "{other}");
        }
    }

    #[test]
    fn two_programs_that_begin_apart_do_not_meet_and_the_day_goes_round() {
        let now: Timestamp = "2024-10-03T00:12:00Z".parse().unwrap();
        let suffixes = |first: u16, count: usize| {
            let folder = tempfile::tempdir().unwrap();
            let counter = Counter::open(folder.path().to_owned(), first).unwrap();
            (0..count)
                .map(|_| counter.next("OQSsiquc01req", "xml", now, |_| Ok(true)))
                .map(|made| made.unwrap().0.suffix)
                .collect::<Vec<_>>()
        };
        let (ours, theirs) = (suffixes(4321, 200), suffixes(1, 200));
        assert_eq!(ours[0], "202410034321");
        assert!(ours.iter().all(|suffix| !theirs.contains(suffix)));
        assert_eq!(suffixes(9999, 2), ["202410039999", "202410030001"]);
    }

    #[test]
    fn a_day_is_over_when_every_number_was_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let counter = Counter::open(folder.path().to_owned(), 5000).unwrap();
        let now: Timestamp = "2024-10-03T00:12:00Z".parse().unwrap();
        let last = |r: &RequestName| Ok(r.suffix.ends_with("4999"));
        let (request, _) = counter.next("OQSsiquc01req", "xml", now, last).unwrap();
        assert_eq!(request.suffix, "202410034999");
        let fault = counter.next("OQSsiquc01req", "xml", now, |_| Ok(true));
        assert_eq!(fault.unwrap_err().code, "exchange/names-exhausted");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn no_name_is_ever_given_twice(
            steps in prop::collection::vec((0u8..3, -2i64..3, any::<bool>()), 1..40),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut counter = Counter::open(folder.path().to_owned(), 1).unwrap();
            let mut now: Timestamp = "2024-10-03T00:12:00Z".parse().unwrap();
            let mut seen = BTreeSet::new();
            for (kind, hours, reopen) in steps {
                if reopen {
                    counter = Counter::open(folder.path().to_owned(), 1).unwrap();
                }
                // A clock may be set back, too.
                now += jiff::SignedDuration::from_hours(hours * 8);
                let prefix = ["OQSsiquc01req", "OQSmuquc01req", "OQSmuhvq02req"][usize::from(kind)];
                let taken = now.as_second() % 7 == 0;
                let (request, name) = counter
                    .next(prefix, "xml", now, |r| Ok(!(taken && r.suffix.ends_with('5'))))
                    .unwrap();
                prop_assert!(counter.is_ours(&request).unwrap());
                prop_assert!(seen.insert(request.suffix.clone()), "{name} again");
                prop_assert_eq!(RequestName::parse(&name), Some(request));
            }
        }
    }
}

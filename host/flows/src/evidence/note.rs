//! The text of マイナ資格確認アプリ, kept as a note. It is somebody's copy of a screen: no
//! answer of the centre stands behind it, so it confirms nothing and fills nothing.

use crate::host::{Ended, Host, not_json};
use jiff::Timestamp;
use reseplug_effect::{Fault, jst};
use reseplug_journal::{Fact, Journal, document_digest};
use reseplug_model::{Date, ERAS, EraDate, fold};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// A text to keep.
#[derive(Debug, Clone)]
pub struct NoteRequest {
    /// The product's key of the person.
    pub person: String,
    /// Name of the file, for messages.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Who keeps it.
    pub by: String,
    /// Show what would be kept; keep nothing.
    pub dry_run: bool,
}

/// A kept text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// Id of the fact.
    pub id: String,
    /// The day the text says it was confirmed on (確認日), else the day it was kept.
    pub day: String,
    /// Who kept it.
    pub by: String,
    /// When.
    pub at: String,
    /// The fields that stand in the text and are known, in its order; days are ISO 8601, numbers
    /// are masked.
    pub fields: Vec<(String, String)>,
}

/// What became of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrote {
    /// The product's key of the person.
    pub person_key: String,
    /// 氏名 on file.
    pub name: String,
    /// The note.
    pub note: Noted,
    /// Fields of the text that are not as on file: field, on file, in the text.
    pub differs: Vec<(String, String, String)>,
    /// Whether nothing was kept on purpose.
    pub dry_run: bool,
}

/// Labels of the text that are known, and whether a day stands behind them. The screen's own
/// list of labels is not public; these are of a public program that reads it (grade: secondary).
const LABELS: [(&str, bool); 21] = [
    ("氏名", false),
    ("フリガナ", false),
    ("性別", false),
    ("生年月日", true),
    ("住所", false),
    ("記号", false),
    ("番号", false),
    ("枝番", false),
    ("保険者番号", false),
    ("保険者名", false),
    ("被保険者氏名", false),
    ("本人・家族の別", false),
    ("資格取得年月日", true),
    ("有効開始日", true),
    ("有効終了日", true),
    ("有効開始年月日", true),
    ("有効終了年月日", true),
    ("交付年月日", true),
    ("負担割合", false),
    ("適用区分", false),
    ("確認日", true),
];

/// Reads the fields that stand in a text: a label, then a blank, tab or colon, then the value.
/// Lines of unknown labels are left; a section's name (限度額適用認定証) stands before its labels.
/// Days of the Japanese calendar become ISO 8601; one that cannot be read stays as it is.
pub fn parse(text: &str) -> Vec<(String, String)> {
    let mut section = String::new();
    let mut found = Vec::new();
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
        if let Some(name) = ["裏面記載情報", "限度額適用認定証"]
            .into_iter()
            .find(|name| line.contains(name))
        {
            section = format!("{name} ");
            continue;
        }
        let Some((label, value)) = line.split_once([' ', '\u{3000}', '\t', ':', '：']) else {
            continue;
        };
        let value = value.trim_matches(|c: char| c.is_whitespace() || ":：".contains(c));
        let known = LABELS.iter().find(|(name, _)| *name == label.trim());
        if let (Some((label, is_day)), false) = (known, value.is_empty()) {
            let read = if *is_day { day(value) } else { None };
            found.push((
                format!("{section}{label}"),
                read.map_or_else(|| value.to_owned(), |d| d.to_string()),
            ));
        }
    }
    found
}

/// 昭和25年1月1日, 令和元年5月1日, 2024年12月2日, 2024/12/2 or 2024-12-02.
fn day(text: &str) -> Option<Date> {
    let half: String = text
        .chars()
        .map(|c| match u32::from(c) {
            n @ 0xFF10..=0xFF19 => char::from_u32(n - 0xFEE0).unwrap_or(c),
            _ => c,
        })
        .filter(|c| !c.is_whitespace())
        .collect();
    let era = ERAS.into_iter().find(|era| half.starts_with(era.name));
    let rest = half.get(era.map_or(0, |era| era.name.len())..)?;
    let mut parts = rest
        .split(['年', '月', '日', '/', '-', '.'])
        .filter(|p| !p.is_empty())
        .map(|p| {
            if p == "元" {
                Some(1)
            } else {
                p.parse::<i16>().ok()
            }
        });
    let (year, month, date) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() {
        return None;
    }
    let (month, date) = (i8::try_from(month).ok()?, i8::try_from(date).ok()?);
    match era {
        Some(era) => {
            EraDate::new(era.code, u8::try_from(year).ok()?, month, date).map(EraDate::gregorian)
        }
        None => Date::new(year, month, date),
    }
}

/// The kept texts by person, oldest first.
pub(super) fn read(facts: &[Fact]) -> Result<BTreeMap<String, Vec<Noted>>, Fault> {
    let mut found: BTreeMap<String, Vec<Noted>> = BTreeMap::new();
    for fact in facts.iter().filter(|f| f.kind == "note") {
        found
            .entry(fact.person_key.clone())
            .or_default()
            .push(noted(fact)?);
    }
    Ok(found)
}

fn noted(fact: &Fact) -> Result<Noted, Fault> {
    let value: Stated = serde_json::from_value(fact.value.clone())
        .map_err(|e| not_json(&format!("fact {}", fact.id), &e))?;
    Ok(Noted {
        id: fact.id.clone(),
        day: fact.day.clone(),
        by: fact.by.clone(),
        at: jst(fact.at),
        fields: value.fields.into_iter().map(masked).collect(),
    })
}

/// Numbers and addresses are shown by their last two characters only: whoever needs them looks
/// into the kept text.
fn masked((label, value): (String, String)) -> (String, String) {
    let personal = ["記号", "番号", "枝番", "保険者番号", "住所"];
    if !personal.iter().any(|p| label.ends_with(p)) {
        return (label, value);
    }
    let hidden = value.chars().count().saturating_sub(2);
    let shown = value
        .chars()
        .enumerate()
        .map(|(at, c)| if at < hidden { '＊' } else { c })
        .collect();
    (label, shown)
}

/// What a fact of the kind `note` holds.
#[derive(Debug, Serialize, Deserialize)]
struct Stated {
    fields: Vec<(String, String)>,
}

impl Host {
    /// Keeps a text of マイナ資格確認アプリ as a note about a person.
    ///
    /// # Errors
    /// `person/unknown`; `note/unreadable` for a text without a known field; `note/other-person`
    /// when its birth date is not the person's.
    pub fn note(&self, request: &NoteRequest) -> Result<Ended<Wrote>, Fault> {
        let by = request.by.trim();
        if by.is_empty() {
            return Err(Fault::new(
                "note/by",
                "控えを残す方の氏名（--by）を書いてください。",
                "name who keeps the note (--by)",
            ));
        }
        let text = String::from_utf8(request.bytes.clone()).map_err(|_| {
            Fault::new(
                "note/encoding",
                format!(
                    "「{}」が UTF-8 ではありません。UTF-8 で保存し直してください。",
                    request.name
                ),
                format!("{} is not UTF-8; save it as UTF-8", request.name),
            )
        })?;
        let fields = parse(text.trim_start_matches('\u{feff}'));
        if fields.is_empty() {
            return Err(Fault::new(
                "note/unreadable",
                format!(
                    "「{}」に、マイナ資格確認アプリの項目（氏名・生年月日・記号・番号など）がありません。アプリの「コピー」で写した文面を保存してください。",
                    request.name
                ),
                format!(
                    "{} holds none of the app's fields; save the text that the app copies",
                    request.name
                ),
            ));
        }
        let (_, roster) = self.everybody()?;
        let person = roster.named(&request.person)?;
        let said = |label: &str| {
            fields
                .iter()
                .find(|(name, _)| name == label)
                .map(|(_, value)| value.as_str())
        };
        let born = person.identity.birth_date.to_string();
        if let Some(said) = said("生年月日").filter(|said| *said != born) {
            return Err(Fault::new(
                "note/other-person",
                format!(
                    "文面の生年月日「{said}」は、{}さん（{}）のものではありません。別の方の文面でないか確かめてください。",
                    person.identity.name, person.key
                ),
                format!(
                    "the text's birth date is not that of {}; it may be somebody else's",
                    person.key
                ),
            ));
        }
        let mut differs = Vec::new();
        let mut compare = |label: &str, on_file: &str, same: &dyn Fn(&str, &str) -> bool| {
            if let Some(said) = said(label).filter(|said| !same(said, on_file)) {
                differs.push((label.to_owned(), on_file.to_owned(), said.to_owned()));
            }
        };
        compare("氏名", &person.identity.name, &|a, b| {
            fold::name(a) == fold::name(b)
        });
        if let Some(kana) = &person.identity.kana {
            compare("フリガナ", kana, &|a, b| fold::kana(a) == fold::kana(b));
        }
        let now = self.now();
        let day = match said("確認日").and_then(|d| Date::parse(d).ok()) {
            Some(day) => day,
            None => self.today()?,
        }
        .to_string();
        let source = if request.dry_run {
            document_digest(&request.bytes)
        } else {
            self.journal()
                .put_document(&request.name, &request.bytes, now)?
        };
        let fact = fact(self.code(), &person.key, &day, &fields, by, now, &source)?;
        let wrote = Wrote {
            person_key: person.key.clone(),
            name: person.identity.name.clone(),
            note: noted(&fact)?,
            differs,
            dry_run: request.dry_run,
        };
        if !request.dry_run && !self.already(&fact)? {
            self.journal().record_facts(&[fact])?;
        }
        Ok(Ended::Done(wrote))
    }

    /// Whether a fact of this id stands there: the same text kept twice is one note.
    fn already(&self, fact: &Fact) -> Result<bool, Fault> {
        let known = self
            .journal()
            .facts(self.code(), Some(&fact.kind), Some(&fact.person_key))?;
        Ok(known.iter().any(|k| k.id == fact.id))
    }
}

fn fact(
    station: &str,
    person_key: &str,
    day: &str,
    fields: &[(String, String)],
    by: &str,
    at: Timestamp,
    source: &str,
) -> Result<Fact, Fault> {
    let value = serde_json::to_value(Stated {
        fields: fields.to_vec(),
    })
    .map_err(|e| not_json("note", &e))?;
    let what = json!([station, person_key, "note", source]);
    let digest = document_digest(what.to_string().as_bytes());
    Ok(Fact {
        id: format!("fa-{}", digest.get(..16).unwrap_or(&digest)),
        station: station.to_owned(),
        person_key: person_key.to_owned(),
        kind: "note".to_owned(),
        day: day.to_owned(),
        value,
        by: by.to_owned(),
        at,
        source: Some(source.to_owned()),
        job: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_in_the_text_is_read_and_japanese_days_become_gregorian() {
        let text = "氏名：架空　花子\nフリガナ\tカクウ　ハナコ\n生年月日 昭和25年1月1日\n記号 １２\n番号 ３４\n確認日 令和元年5月1日\n\nこの画面は本人が見せたもの\n限度額適用認定証\n有効終了年月日 令和6年7月31日\n";
        let expected = [
            ("氏名", "架空　花子"),
            ("フリガナ", "カクウ　ハナコ"),
            ("生年月日", "1950-01-01"),
            ("記号", "１２"),
            ("番号", "３４"),
            ("確認日", "2019-05-01"),
            ("限度額適用認定証 有効終了年月日", "2024-07-31"),
        ];
        let found = parse(text);
        let found: Vec<(&str, &str)> = found.iter().map(|(a, b)| (&**a, &**b)).collect();
        assert_eq!(found, expected);
        assert!(parse("保険証は持っていません\n氏名\n").is_empty());
    }

    #[test]
    fn a_day_that_does_not_exist_stays_as_it_is_written() {
        for (text, expected) in [
            ("生年月日 昭和64年1月8日", "昭和64年1月8日"),
            ("生年月日 2024年2月30日", "2024年2月30日"),
            ("生年月日 １９５０年１月１日", "1950-01-01"),
            ("生年月日 1950/1/1", "1950-01-01"),
            ("生年月日 不明", "不明"),
        ] {
            assert_eq!(parse(text)[0].1, expected, "{text}");
        }
    }
}

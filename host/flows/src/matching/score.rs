//! How well matching does on pairs that people have labelled.
//!
//! The set is a CSV in UTF-8 with a header. Each line is one person on file and one answer, and what
//! somebody who knows says about them:
//!
//! | column | meaning |
//! |---|---|
//! | `file_name`, `file_kana`, `file_birth_date`, `file_sex` | 氏名, フリガナ, 生年月日 (`1950-01-31` or `19500131`), 性別 (`1` 男, `2` 女, `3` or blank: not known) on file |
//! | `file_insurer`, `file_symbol`, `file_number`, `file_branch`, `file_reference` | 保険者番号, 記号, 番号, 枝番, 照会番号 on file |
//! | `file_alias_name`, `file_alias_kana` | a spelling that was accepted; these two columns may be missing |
//! | `answer_…` | the same of the answer, without alias |
//! | `label` | `same`, `not-same`, or `unclear`: nobody could tell from this alone |
//! | `why` | the pitfall, for people |
//!
//! What is not known is blank. A `not-same` pair that is matched is a **false match**; so is an
//! `unclear` one, since nobody could have known. That a person is asked is never wrong.

use super::{CardNumber, Identity, Known, Match, Spelling};
use csv::{ReaderBuilder, StringRecord};
use reseplug_effect::{Fault, Place};
use reseplug_model::{Date, Sex};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The pairs that ship with the program: invented people, after the pitfalls of the trade.
pub const BUILT_IN: &str = include_str!("pairs.csv");

/// What somebody who knows says about a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// The same person.
    Same,
    /// Two people.
    NotSame,
    /// Nobody could tell from this alone.
    Unclear,
}

impl Label {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "same" => Some(Self::Same),
            "not-same" => Some(Self::NotSame),
            "unclear" => Some(Self::Unclear),
            _ => None,
        }
    }

    /// The word the file has.
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::NotSame => "not-same",
            Self::Unclear => "unclear",
        }
    }

    /// For staff.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Same => "同じ方",
            Self::NotSame => "別の方",
            Self::Unclear => "どちらとも言えない",
        }
    }
}

/// One line of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// Line of the file, from 1.
    pub line: u32,
    /// The person on file.
    pub on_file: Identity,
    /// The person of the answer.
    pub answered: Identity,
    /// What they are.
    pub label: Label,
    /// The pitfall.
    pub why: String,
}

/// What the program did with a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Took them for the same person.
    Matched,
    /// Left it to a person.
    Person,
    /// Took them for two people.
    Nobody,
}

impl Outcome {
    /// For staff.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Matched => "一致",
            Self::Person => "人に任せた",
            Self::Nobody => "別人",
        }
    }

    /// The same in English.
    pub fn name_en(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Person => "left to a person",
            Self::Nobody => "nobody",
        }
    }
}

/// A pair on which the program and the label differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disagreement {
    /// Line of the file, from 1.
    pub line: u32,
    /// What the file says.
    pub label: Label,
    /// What the program did.
    pub outcome: Outcome,
    /// The pitfall, as the file names it.
    pub why: String,
    /// What agrees and what does not, in words; empty where nothing was found.
    pub reason_ja: String,
    /// The same for developers.
    pub reason_en: String,
}

/// How the pairs of one label ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Pairs with this label.
    pub pairs: u32,
    /// Taken for the same person.
    pub matched: u32,
    /// Left to a person.
    pub person: u32,
    /// Taken for two people.
    pub nobody: u32,
}

/// How well matching does on a set of pairs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Pairs in all.
    pub pairs: u32,
    /// The same person.
    pub same: Tally,
    /// Two people.
    pub not_same: Tally,
    /// Nobody could tell.
    pub unclear: Tally,
    /// Pairs taken for one person that are not known to be one. Must be none.
    pub false_matches: u32,
    /// Share of the `same` pairs that were found without asking anybody; absent without such pairs.
    pub recall: Option<f64>,
    /// Where the program and the label differ, false matches first.
    pub disagreements: Vec<Disagreement>,
}

/// Judges every pair.
pub fn score(pairs: &[Pair]) -> Score {
    let mut score = Score {
        pairs: count(pairs.len()),
        same: Tally::default(),
        not_same: Tally::default(),
        unclear: Tally::default(),
        false_matches: 0,
        recall: None,
        disagreements: Vec::new(),
    };
    for pair in pairs {
        let found = Known::new([&pair.on_file]).find(&pair.answered);
        let (outcome, candidate) = match &found {
            Match::One(one) => (Outcome::Matched, Some(one)),
            Match::Unsure(candidates) => (Outcome::Person, candidates.first()),
            Match::Nobody => (Outcome::Nobody, None),
        };
        let tally = match pair.label {
            Label::Same => &mut score.same,
            Label::NotSame => &mut score.not_same,
            Label::Unclear => &mut score.unclear,
        };
        let slot = match outcome {
            Outcome::Matched => &mut tally.matched,
            Outcome::Person => &mut tally.person,
            Outcome::Nobody => &mut tally.nobody,
        };
        *slot = slot.saturating_add(1);
        tally.pairs = tally.pairs.saturating_add(1);
        let agrees = match (pair.label, outcome) {
            (Label::Same, Outcome::Matched)
            | (Label::NotSame, Outcome::Nobody | Outcome::Person)
            | (Label::Unclear, Outcome::Person) => true,
            (Label::Same, _) | (Label::NotSame | Label::Unclear, _) => false,
        };
        if !agrees {
            score.disagreements.push(Disagreement {
                line: pair.line,
                label: pair.label,
                outcome,
                why: pair.why.clone(),
                reason_ja: candidate.map(|c| c.agreement.say_ja()).unwrap_or_default(),
                reason_en: candidate.map(|c| c.agreement.say_en()).unwrap_or_default(),
            });
        }
    }
    score.false_matches = score.not_same.matched.saturating_add(score.unclear.matched);
    if score.same.pairs > 0 {
        score.recall = Some(f64::from(score.same.matched) / f64::from(score.same.pairs));
    }
    score
        .disagreements
        .sort_by_key(|d| (d.outcome != Outcome::Matched, d.line));
    score
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Columns of one side.
const SIDE: [&str; 9] = [
    "name",
    "kana",
    "birth_date",
    "sex",
    "insurer",
    "symbol",
    "number",
    "branch",
    "reference",
];
const ALIAS: [&str; 2] = ["file_alias_name", "file_alias_kana"];

/// Reads a set of labelled pairs.
///
/// # Errors
/// `match/csv` naming file, line and column.
pub fn parse(file: &str, text: &str) -> Result<Vec<Pair>, Fault> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = ReaderBuilder::new().from_reader(text.as_bytes());
    let header = reader
        .headers()
        .map_err(|error| unreadable(file, &error))?
        .clone();
    let columns = columns(file, &header)?;
    reader
        .records()
        .map(|record| {
            let record = record.map_err(|error| unreadable(file, &error))?;
            let line = record
                .position()
                .and_then(|p| u32::try_from(p.line()).ok())
                .unwrap_or_default();
            Line {
                file,
                line,
                record: &record,
                columns: &columns,
            }
            .pair()
        })
        .collect()
}

/// Where each column stands; every one must be there, and no other.
fn columns(file: &str, header: &StringRecord) -> Result<HashMap<String, usize>, Fault> {
    let needed: Vec<String> = ["file", "answer"]
        .iter()
        .flat_map(|side| SIDE.iter().map(move |column| format!("{side}_{column}")))
        .chain(["label".to_owned(), "why".to_owned()])
        .collect();
    let mut found = HashMap::new();
    for (at, name) in header.iter().enumerate() {
        let name = name.trim();
        if !needed.iter().any(|n| n == name) && !ALIAS.contains(&name) {
            return Err(fault(
                file,
                1,
                name,
                &format!("知らない列「{name}」があります。列の名前は help のとおりにしてください"),
                &format!("no such column as `{name}`; the columns are those of --help"),
            ));
        }
        if found.insert(name.to_owned(), at).is_some() {
            return Err(fault(
                file,
                1,
                name,
                &format!("列「{name}」が二つあります"),
                &format!("the column `{name}` stands twice"),
            ));
        }
    }
    match needed.iter().find(|name| !found.contains_key(*name)) {
        Some(missing) => Err(fault(
            file,
            1,
            missing,
            &format!("列「{missing}」がありません。中身がなくても列は必要です"),
            &format!("the column `{missing}` is missing; it is needed even if it is blank"),
        )),
        None => Ok(found),
    }
}

struct Line<'a> {
    file: &'a str,
    line: u32,
    record: &'a StringRecord,
    columns: &'a HashMap<String, usize>,
}

impl Line<'_> {
    fn pair(&self) -> Result<Pair, Fault> {
        let label = self.get("label");
        let Some(label) = Label::parse(label.trim()) else {
            return Err(self.fault(
                "label",
                &format!("「{label}」は same・not-same・unclear のどれでもありません"),
                &format!("`{label}` is none of same, not-same, unclear"),
            ));
        };
        let mut on_file = self.side("file")?;
        let alias = Spelling {
            name: self.some(ALIAS[0]),
            kana: self.some(ALIAS[1]),
        };
        if alias != Spelling::default() {
            on_file.also.push(alias);
        }
        Ok(Pair {
            line: self.line,
            on_file,
            answered: self.side("answer")?,
            label,
            why: self.get("why").to_owned(),
        })
    }

    fn side(&self, side: &str) -> Result<Identity, Fault> {
        let column = |name: &str| format!("{side}_{name}");
        let text = |name: &str| self.get(&column(name)).to_owned();
        let day = text("birth_date");
        let birth_date = match day.trim() {
            "" => Date::MIN,
            day => Date::parse(day)
                .or_else(|_| Date::parse_compact(day))
                .map_err(|error| {
                    self.fault(
                        &column("birth_date"),
                        &format!("「{day}」は日付ではありません（例 1950-01-31）"),
                        &format!("`{day}` is no day ({error}), such as 1950-01-31"),
                    )
                })?,
        };
        let sex = match text("sex").trim() {
            "1" => Sex::Male,
            "2" => Sex::Female,
            "" | "3" => Sex::Unset,
            other => {
                return Err(self.fault(
                    &column("sex"),
                    &format!("「{other}」は性別ではありません（1 男・2 女・3 未設定・空白）"),
                    &format!("`{other}` is no sex: 1, 2, 3 or blank"),
                ));
            }
        };
        Ok(Identity {
            reference_number: self.some(&column("reference")),
            name: text("name"),
            kana: self.some(&column("kana")),
            also: Vec::new(),
            birth_date,
            sex,
            numbers: vec![CardNumber {
                insurer: text("insurer"),
                symbol: text("symbol"),
                number: text("number"),
                branch: text("branch"),
            }],
        })
    }

    fn get(&self, column: &str) -> &str {
        self.columns
            .get(column)
            .and_then(|at| self.record.get(*at))
            .unwrap_or_default()
    }

    fn some(&self, column: &str) -> Option<String> {
        Some(self.get(column))
            .filter(|text| !text.trim().is_empty())
            .map(str::to_owned)
    }

    fn fault(&self, column: &str, ja: &str, en: &str) -> Fault {
        fault(self.file, self.line, column, ja, en)
    }
}

fn unreadable(file: &str, error: &csv::Error) -> Fault {
    let line = error
        .position()
        .and_then(|p| u32::try_from(p.line()).ok())
        .unwrap_or(1);
    let (ja, en) = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => (
            format!(
                "列の数が {len} です。見出しは {expected_len} 列です。カンマか引用符を確かめてください"
            ),
            format!(
                "{len} columns where the header has {expected_len}; look for a comma or a quote"
            ),
        ),
        other => (
            format!("CSV として読めません（{other:?}）"),
            format!("this is not CSV: {other:?}"),
        ),
    };
    fault(file, line, "", &ja, &en)
}

fn fault(file: &str, line: u32, column: &str, ja: &str, en: &str) -> Fault {
    Fault::new(
        "match/csv",
        format!("「{file}」の{line}行目: {ja}。"),
        format!("{file}, line {line}: {en}"),
    )
    .at(Place {
        document: file.to_owned(),
        line: Some(line),
        field: (!column.is_empty()).then(|| column.to_owned()),
        ..Place::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Share of the same people that the built-in set must find without asking anybody.
    const FLOOR: f64 = 0.97;

    #[test]
    fn the_built_in_set_has_no_false_match_and_finds_who_can_be_found() {
        let score = score(&parse("pairs.csv", BUILT_IN).unwrap());
        let recall = score.recall.unwrap();
        println!(
            "{} pairs; same {:?}; not-same {:?}; unclear {:?}; recall {recall:.4}",
            score.pairs, score.same, score.not_same, score.unclear
        );
        let listed: Vec<_> = score
            .disagreements
            .iter()
            .map(|d| {
                format!(
                    "{} {:?} {:?} {} {}",
                    d.line, d.label, d.outcome, d.why, d.reason_ja
                )
            })
            .collect();
        assert_eq!(score.false_matches, 0, "{listed:#?}");
        assert!(score.pairs >= 300, "{}", score.pairs);
        for tally in [score.same, score.not_same, score.unclear] {
            assert!(tally.pairs >= 60, "{tally:?}");
        }
        assert!(recall >= FLOOR, "{recall} {listed:#?}");
        assert_eq!(score.unclear.person, score.unclear.pairs, "{listed:#?}");
    }

    #[test]
    fn no_pair_of_the_built_in_set_stands_twice() {
        let lines: Vec<_> = BUILT_IN.lines().collect();
        let once: std::collections::BTreeSet<_> = lines.iter().collect();
        assert_eq!(once.len(), lines.len());
    }

    fn broken(change: impl Fn(String) -> String) -> (String, Option<u32>, Option<String>) {
        let two: String = BUILT_IN.lines().take(3).map(|l| format!("{l}\n")).collect();
        let fault = parse("mine.csv", &change(two)).unwrap_err();
        let place = fault.place.unwrap();
        assert_eq!(place.document, "mine.csv");
        (fault.code, place.line, place.field)
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_with_line_and_column() {
        for (change, line, column) in [
            (("same,", "perhaps,"), 2, Some("label")),
            (("1938-11-02", "1938-13-02"), 3, Some("file_birth_date")),
            (("answer_birth_date", "answer_born"), 1, Some("answer_born")),
            (("file_name", "label"), 1, Some("label")),
            (("file_name,", ""), 1, Some("file_name")),
            (("山野辺　太郎", "山野辺,太郎"), 3, None),
        ] {
            let (code, found_line, found_column) =
                broken(|text| text.replacen(change.0, change.1, 1));
            assert_eq!(code, "match/csv");
            assert_eq!(
                (found_line, found_column.as_deref()),
                (Some(line), column),
                "{change:?}"
            );
        }
        let fault = parse("mine.csv", "").unwrap_err();
        assert_eq!(fault.code, "match/csv");
    }

    #[test]
    fn a_file_of_the_same_people_alone_has_a_recall_and_one_without_has_none() {
        let only = |label: &str| -> Vec<Pair> {
            let all = parse("pairs.csv", BUILT_IN).unwrap();
            all.into_iter()
                .filter(|p| p.label.word() == label)
                .collect()
        };
        assert!(score(&only("same")).recall.is_some());
        assert_eq!(score(&only("not-same")).recall, None);
        assert_eq!(score(&[]).pairs, 0);
    }

    #[test]
    fn a_false_match_comes_first_in_the_list() {
        let text = BUILT_IN.replacen("same,カナの幅", "not-same,カナの幅", 1);
        let score = score(&parse("mine.csv", &text).unwrap());
        assert_eq!(score.false_matches, 1);
        let first = score.disagreements.first().unwrap();
        assert_eq!((first.line, first.outcome), (2, Outcome::Matched));
        assert!(first.reason_ja.contains("生年月日が同じ"));
    }
}

//! Notices of payers that come as tables, `[notices.NAME]`: which column holds what.
//!
//! The layouts of 資格確認結果連絡書 and of 返戻内訳書 for 訪問看護 are not published (a gap). So none
//! stands in the program: whoever has a real file names its columns here, and the program reads
//! it without being changed.

use crate::toml_reader::{Node, Shape};
use crate::{ConfigError, Refused};
use std::collections::BTreeMap;

/// The columns a table may have, by the name the station file uses.
const COLUMNS: [NoticeColumn; 16] = [
    NoticeColumn::Kind,
    NoticeColumn::PersonKey,
    NoticeColumn::Name,
    NoticeColumn::Kana,
    NoticeColumn::BirthDate,
    NoticeColumn::ServiceMonth,
    NoticeColumn::ReceiptNumber,
    NoticeColumn::Insurer,
    NoticeColumn::Symbol,
    NoticeColumn::Number,
    NoticeColumn::Branch,
    NoticeColumn::Relationship,
    NoticeColumn::From,
    NoticeColumn::To,
    NoticeColumn::Reason,
    NoticeColumn::Processed,
];

/// The shape of `[notices.NAME]`.
pub(crate) const SHAPE: Shape = Shape::Table(&[
    ("title", Shape::Leaf),
    ("encoding", Shape::Leaf),
    ("skip_lines", Shape::Leaf),
    ("header", Shape::Leaf),
    (
        "columns",
        Shape::Table(&[
            ("kind", Shape::Leaf),
            ("person_key", Shape::Leaf),
            ("name", Shape::Leaf),
            ("kana", Shape::Leaf),
            ("birth_date", Shape::Leaf),
            ("service_month", Shape::Leaf),
            ("receipt_number", Shape::Leaf),
            ("insurer", Shape::Leaf),
            ("symbol", Shape::Leaf),
            ("number", Shape::Leaf),
            ("branch", Shape::Leaf),
            ("relationship", Shape::Leaf),
            ("from", Shape::Leaf),
            ("to", Shape::Leaf),
            ("reason", Shape::Leaf),
            ("processed", Shape::Leaf),
        ]),
    ),
    // Its keys are the words or codes of the file.
    ("kinds", Shape::Any),
]);

/// A table of notices, as a station describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeLayout {
    /// What people call it: 資格確認結果連絡書.
    pub title: String,
    /// How its characters are written.
    pub encoding: NoticeEncoding,
    /// Lines before the first row (or before the titles).
    pub skip_lines: usize,
    /// Whether the first line read holds the titles of the columns.
    pub header: bool,
    /// Where each column is.
    pub columns: BTreeMap<NoticeColumn, ColumnAt>,
    /// What the words or codes of the kind mean, besides those everybody uses.
    pub kinds: BTreeMap<String, NoticeKind>,
}

/// How the characters of a table are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeEncoding {
    /// Shift_JIS (CP932), what the official terminal's downloads are known to use.
    ShiftJis,
    /// UTF-8, with or without a mark at its beginning.
    Utf8,
}

/// Where a column is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnAt {
    /// Under this title.
    Title(String),
    /// The column of this number, from 1.
    Number(usize),
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeColumn {
    /// 処理区分: what was done with the receipt.
    Kind,
    /// 訪問看護記録番号等, as filed.
    PersonKey,
    /// 氏名
    Name,
    /// カナ
    Kana,
    /// 生年月日
    BirthDate,
    /// 指定訪問看護年月
    ServiceMonth,
    /// レセプト番号
    ReceiptNumber,
    /// 保険者番号 that holds.
    Insurer,
    /// 記号
    Symbol,
    /// 番号
    Number,
    /// 枝番
    Branch,
    /// 本人・家族
    Relationship,
    /// First day of the coverage.
    From,
    /// Last day of the coverage.
    To,
    /// 返戻理由, in words.
    Reason,
    /// Day or month of processing.
    Processed,
}

impl NoticeColumn {
    /// Its key in the station file.
    pub fn key(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::PersonKey => "person_key",
            Self::Name => "name",
            Self::Kana => "kana",
            Self::BirthDate => "birth_date",
            Self::ServiceMonth => "service_month",
            Self::ReceiptNumber => "receipt_number",
            Self::Insurer => "insurer",
            Self::Symbol => "symbol",
            Self::Number => "number",
            Self::Branch => "branch",
            Self::Relationship => "relationship",
            Self::From => "from",
            Self::To => "to",
            Self::Reason => "reason",
            Self::Processed => "processed",
        }
    }
}

/// What a notice says was done with a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeKind {
    /// 振替: addressed to another insurer.
    Transfer,
    /// 分割: divided by the day of a change; each part in a row of its own.
    Split,
    /// 枝番特定: the branch number was found.
    Branch,
    /// 資格喪失（証回収後）: the coverage was lost.
    Loss,
    /// 返戻: sent back.
    Returned,
    /// 変更なし
    Unchanged,
    /// 確認不能
    NotConfirmed,
    /// レセプト記載の保険者等に請求
    AsFiled,
}

impl NoticeKind {
    /// Every kind with its word in the station file, its code of 別表24 (記録条件仕様 訪問看護用) where
    /// it has one, and the Japanese word.
    pub const ALL: [(Self, &'static str, &'static str, &'static str); 8] = [
        (Self::Transfer, "transfer", "04", "振替"),
        (Self::Split, "split", "05", "分割"),
        (Self::Branch, "branch", "09", "枝番特定"),
        (Self::Loss, "loss", "07", "資格喪失"),
        (Self::Returned, "returned", "", "返戻"),
        (Self::Unchanged, "unchanged", "02", "変更なし"),
        (Self::NotConfirmed, "not-confirmed", "03", "確認不能"),
        (
            Self::AsFiled,
            "as-filed",
            "06",
            "レセプト記載の保険者等に請求",
        ),
    ];

    fn row(self) -> (Self, &'static str, &'static str, &'static str) {
        Self::ALL
            .into_iter()
            .find(|row| row.0 == self)
            .unwrap_or((self, "", "", ""))
    }

    /// The word of the station file and of reports for machines.
    pub fn word(self) -> &'static str {
        self.row().1
    }

    /// The trade's word.
    pub fn name_ja(self) -> &'static str {
        self.row().3
    }

    /// Reads the word of the station file.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|row| row.1 == word)
            .map(|row| row.0)
    }

    /// Reads what a table says: a code of 別表24, with or without its zero, or a text that holds
    /// the trade's word. That tables use these is assumed (grade: inferred); `kinds` of the
    /// layout goes first.
    pub fn of_text(text: &str) -> Option<Self> {
        let text = text.trim();
        let coded =
            |code: &str| !code.is_empty() && (code == text || code.trim_start_matches('0') == text);
        Self::ALL
            .into_iter()
            .find(|row| coded(row.2))
            .or_else(|| Self::ALL.into_iter().find(|row| text.contains(row.3)))
            .map(|row| row.0)
    }
}

pub(crate) fn layout(node: &Node<'_>) -> Result<NoticeLayout, ConfigError> {
    let header = node.optional("header").map_or(Ok(true), |n| n.flag())?;
    let table = node.required("columns")?;
    let mut columns = BTreeMap::new();
    for column in COLUMNS {
        if let Some(at) = table.optional(column.key()) {
            columns.insert(column, column_at(&at, header)?);
        }
    }
    table.required(NoticeColumn::Kind.key())?;
    if !columns.contains_key(&NoticeColumn::PersonKey) {
        // Without the product's own number a person is found by name and birth date alone.
        table.required(NoticeColumn::Name.key())?;
        table.required(NoticeColumn::BirthDate.key())?;
    }
    let mut kinds = BTreeMap::new();
    if let Some(node) = node.optional("kinds") {
        for (word, kind) in node.entries()? {
            kinds.insert(word, kind.parsed(kind_of)?);
        }
    }
    Ok(NoticeLayout {
        title: node.required("title")?.line()?,
        encoding: node
            .optional("encoding")
            .map_or(Ok(NoticeEncoding::ShiftJis), |n| n.parsed(encoding))?,
        skip_lines: match node.optional("skip_lines") {
            Some(node) => usize::try_from(node.number(0..=1000)?).unwrap_or(0),
            None => 0,
        },
        header,
        columns,
        kinds,
    })
}

fn column_at(node: &Node<'_>, header: bool) -> Result<ColumnAt, ConfigError> {
    if node.text().is_err() {
        let number = node.number(1..=1000)?;
        return Ok(ColumnAt::Number(usize::try_from(number).unwrap_or(1)));
    }
    if !header {
        return Err(node.refuse(&Refused::new(
            "header = false のときは、列の番号（1から）を書いてください",
            "with header = false, write the number of the column, from 1",
        )));
    }
    node.line().map(ColumnAt::Title)
}

fn encoding(text: &str) -> Result<NoticeEncoding, Refused> {
    match text {
        "shift_jis" => Ok(NoticeEncoding::ShiftJis),
        "utf-8" => Ok(NoticeEncoding::Utf8),
        other => Err(Refused::new(
            format!(
                "「{}」はありません。shift_jis か utf-8 です",
                other.escape_debug()
            ),
            format!("there is no encoding {other:?} here; the encodings are shift_jis, utf-8"),
        )),
    }
}

fn kind_of(word: &str) -> Result<NoticeKind, Refused> {
    NoticeKind::from_word(word).ok_or_else(|| {
        let known: Vec<String> = NoticeKind::ALL
            .into_iter()
            .map(|(_, word, _, ja)| format!("{word}（{ja}）"))
            .collect();
        Refused::new(
            format!(
                "「{}」はありません。{} のいずれかです",
                word.escape_debug(),
                known.join("・")
            ),
            format!(
                "there is no kind {word:?}; the kinds are {}",
                known.join(", ")
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StationFile;

    const STATION: &str = "[station]\ncode = \"9999998\"\nprefecture = \"13\"\nname = \"架空\"\n[store]\npath = \"store\"\n";

    fn read(notices: &str) -> Result<StationFile, ConfigError> {
        StationFile::parse("station.toml", &format!("{STATION}{notices}"))
    }

    #[test]
    fn a_station_names_the_columns_of_a_table_whose_layout_is_not_published() {
        let file = read(
            "[notices.kekka]\ntitle = \"資格確認結果連絡書\"\nskip_lines = 1\n[notices.kekka.columns]\nkind = \"処理区分\"\nperson_key = 7\ninsurer = \"保険者番号\"\n[notices.kekka.kinds]\nA = \"split\"\n",
        )
        .unwrap();
        let layout = file.notices.values().next().unwrap();
        assert_eq!(layout.title, "資格確認結果連絡書");
        assert_eq!(
            layout.columns[&NoticeColumn::PersonKey],
            ColumnAt::Number(7)
        );
        assert_eq!(layout.kinds["A"], NoticeKind::Split);
        assert_eq!(layout.encoding, NoticeEncoding::ShiftJis);
    }

    #[test]
    fn a_table_by_which_nobody_could_be_found_is_refused() {
        let error =
            read("[notices.kekka]\ntitle = \"x\"\n[notices.kekka.columns]\nkind = 1\nname = 2\n")
                .unwrap_err();
        assert_eq!(error.key, "notices.kekka.columns.birth_date");
    }

    #[test]
    fn without_titles_columns_have_numbers() {
        let error = read(
            "[notices.kekka]\ntitle = \"x\"\nheader = false\n[notices.kekka.columns]\nkind = \"処理区分\"\nperson_key = 1\n",
        )
        .unwrap_err();
        assert_eq!(error.key, "notices.kekka.columns.kind");
    }

    #[test]
    fn a_kind_is_known_by_its_code_or_by_its_word() {
        for (text, kind) in [
            ("04", Some(NoticeKind::Transfer)),
            ("4", Some(NoticeKind::Transfer)),
            ("分割", Some(NoticeKind::Split)),
            ("資格喪失（証回収後）", Some(NoticeKind::Loss)),
            ("9", Some(NoticeKind::Branch)),
            ("44", None),
            ("", None),
        ] {
            assert_eq!(NoticeKind::of_text(text), kind, "{text}");
        }
    }

    #[test]
    fn a_kind_that_does_not_exist_is_told_with_those_that_do() {
        let error = read(
            "[notices.kekka]\ntitle = \"x\"\n[notices.kekka.columns]\nkind = 1\nperson_key = 2\n[notices.kekka.kinds]\n\"01\" = \"furikae\"\n",
        )
        .unwrap_err();
        assert!(
            error.message_en.contains("transfer"),
            "{}",
            error.message_en
        );
    }
}

use std::collections::BTreeMap;

use serde::Deserialize;

/// What characters a field may hold (モード).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// 数字: half-width digits.
    Digits,
    /// 英数: half width, half-width katakana included.
    Half,
    /// 漢字: full width only.
    Full,
    /// 英数又は漢字: either, but never both in one field.
    HalfOrFull,
}

/// Whether a field or record has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Need {
    /// 必須
    Required,
    /// When its condition holds, optional ones included.
    Conditional,
    /// Always omitted (予備, or filled by the payer).
    Omitted,
}

/// What the text of a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueKind {
    /// 年月日 `YYYYMMDD`
    Day,
    /// 年月 `YYYYMM`
    Month,
    /// 時刻 `hhmm`
    Time,
    /// A number without leading zeros.
    Count,
    /// An amount in yen without leading zeros.
    Yen,
    /// A percentage. Whether leading zeros are allowed is unconfirmed: the field rule and the
    /// printed examples of the handbook disagree.
    Percent,
    /// A number with a decimal point, without leading zeros and without zeros at the end.
    Decimal,
    /// A number whose zeros count.
    Id,
    /// Anything.
    #[default]
    Text,
}

/// Where a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// First in the file.
    Header,
    /// Inside a receipt.
    Receipt,
    /// Last in the file.
    Footer,
}

/// Which code table of an edition: see [`Edition::table_at`](super::Edition::table_at).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableAt(pub(super) usize);

/// One field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldSpec {
    /// 項目名
    pub name: String,
    /// モード
    pub mode: Mode,
    /// 最大バイト
    pub bytes: usize,
    /// 固定: exactly the maximum number of bytes.
    pub fixed: bool,
    /// 必須 …
    pub need: Need,
    /// 記録条件 of a conditional field.
    pub when: Option<String>,
    /// Its code table.
    pub table: Option<TableAt>,
    /// What the text is.
    pub value: ValueKind,
    /// No code may stand twice in it.
    pub distinct: bool,
}

/// 合計金額 in yen up to which the payer re-addresses (振替) and splits (分割) a receipt without MF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MfThresholds {
    /// 本人・家族
    pub insured_or_family: u64,
    /// 未就学者
    pub preschool: u64,
    /// 高齢受給者
    pub elderly_recipient: u64,
    /// 後期高齢者
    pub elderly_system: u64,
}

/// Kinds of charge that rules know by their codes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargeGroups {
    /// ターミナルケア療養費
    pub terminal: CodeRanges,
    /// 特別管理加算
    pub special_care: CodeRanges,
    /// 精神科訪問看護基本療養費（Ⅰ）（Ⅲ）
    pub psychiatric: CodeRanges,
    /// 難病等複数回訪問加算
    pub several_visits: CodeRanges,
    /// 緊急訪問看護加算
    pub emergency: CodeRanges,
    /// Charges by percentage, whose amount is 0.
    pub percentage: CodeRanges,
    /// Additions that may stand without their base.
    pub addition_alone: CodeRanges,
}

impl ChargeGroups {
    pub(super) fn all(&self) -> [&CodeRanges; 7] {
        [
            &self.terminal,
            &self.special_care,
            &self.psychiatric,
            &self.several_visits,
            &self.emergency,
            &self.percentage,
            &self.addition_alone,
        ]
    }
}

/// A charge asks for a record with one of some codes elsewhere in the receipt.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargeNeed {
    /// Code of the rule.
    pub rule: String,
    /// The charges.
    pub charges: CodeRanges,
    /// Id of the record they ask for.
    pub record: String,
    /// Its field that holds the code, from 1.
    pub field: usize,
    /// One of these.
    pub codes: Vec<String>,
    /// Whether the record in its turn asks for one of the charges.
    #[serde(default)]
    pub only: bool,
}

/// Where a comment code stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comment {
    /// コメントコード, nine digits.
    pub code: String,
    /// What it says.
    pub name: String,
    /// `CO` or `TZ`.
    pub record: String,
    /// 特記事項コード of the TZ record.
    #[serde(default)]
    pub with: Option<String>,
}

/// Charge codes from … to, both included.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "Vec<(String, String)>")]
pub struct CodeRanges(Vec<(u32, u32)>);

impl CodeRanges {
    /// All of several, merged.
    pub(super) fn all<'r>(several: impl IntoIterator<Item = &'r Self>) -> Self {
        let mut ranges: Vec<(u32, u32)> = several
            .into_iter()
            .flat_map(|one| &one.0)
            .copied()
            .collect();
        ranges.sort_unstable();
        ranges.dedup_by(|next, kept| {
            let touches = next.0 <= kept.1;
            if touches {
                kept.1 = kept.1.max(next.1);
            }
            touches
        });
        Self(ranges)
    }

    /// Whether a charge code lies in one of the ranges.
    #[must_use]
    pub fn contains(&self, code: u32) -> bool {
        self.0
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&code))
    }
}

impl TryFrom<Vec<(String, String)>> for CodeRanges {
    type Error = String;

    fn try_from(ranges: Vec<(String, String)>) -> Result<Self, String> {
        let number =
            |code: &str| charge_code(code.as_bytes()).ok_or(format!("`{code}` is no code"));
        ranges
            .iter()
            .map(|(from, to)| Ok((number(from)?, number(to)?)))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Whether a charge is an addition (加算) to another one: all codes of the master of 2024-06 that are
/// end in 70, no other does (inferred).
pub(crate) fn is_addition(charge: u32) -> bool {
    charge % 100 == 70
}

/// 訪問看護療養費コード as a number: nine digits, the first one 5.
pub(crate) fn charge_code(code: &[u8]) -> Option<u32> {
    if code.len() != 9 || !code.starts_with(b"5") {
        return None;
    }
    code.iter().try_fold(0u32, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| number * 10 + u32::from(digit))
    })
}

/// One record of an edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordSpec {
    /// レコード識別情報
    pub id: String,
    /// レコード名
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// Whether it has to be there.
    pub need: Need,
    /// 記録条件 of a conditional record.
    pub when: Option<String>,
    /// How many of it a file or receipt may hold; `None` without limit.
    pub max: Option<usize>,
    /// All fields, the record id first.
    pub fields: Vec<FieldSpec>,
    /// Numbers of the fields that have to be there, from 1.
    pub(crate) required: Vec<usize>,
    /// Place in [`Edition::records`](super::Edition::records), from 0.
    pub(crate) position: usize,
    /// Place in the order of records, from 0. Records of the same place may mix.
    pub order: usize,
    /// A run of records that stood before may begin again behind it (臓器提供 in 医科).
    pub restarts: bool,
    pub(super) group: Option<usize>,
}

/// Where an id of two capital letters stands among all that could be.
pub(super) fn letters_at(letters: [u8; 2]) -> Option<usize> {
    let [first, second] = letters.map(|letter| letter.is_ascii_uppercase().then(|| letter - b'A'));
    Some(usize::from(first?) * 26 + usize::from(second?))
}

/// A code table (別表).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeTable {
    /// Number of the 別表, with a letter where a field takes only part of it.
    pub id: String,
    /// Name of the 別表.
    pub name: String,
    /// Bytes of one code.
    pub width: usize,
    pub(super) codes: BTreeMap<String, String>,
    /// The codes as numbers, ascending.
    keys: Vec<u64>,
    /// One bit for each code of digits, by its number; most tables have no others.
    digits: Vec<u64>,
}

/// A code of at most four digits as a number. Of one table all codes have the same length.
fn digits_of(code: &[u8]) -> Option<usize> {
    if code.len() > 4 {
        return None;
    }
    code.iter().try_fold(0, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| number * 10 + usize::from(digit))
    })
}

/// A code of at most eight bytes as a number; longer ones are none of any table.
fn key(code: &[u8]) -> Option<u64> {
    (code.len() <= 8).then(|| code.iter().fold(0, |key, byte| key << 8 | u64::from(*byte)))
}

impl CodeTable {
    /// A table of codes of one width.
    pub(super) fn new(
        id: String,
        name: String,
        width: usize,
        codes: BTreeMap<String, String>,
    ) -> Self {
        let mut keys: Vec<u64> = codes
            .keys()
            .filter_map(|code| key(code.as_bytes()))
            .collect();
        keys.sort_unstable();
        let mut digits = Vec::new();
        for number in codes.keys().filter_map(|code| digits_of(code.as_bytes())) {
            digits.resize(digits.len().max(number / 64 + 1), 0u64);
            if let Some(bits) = digits.get_mut(number / 64) {
                *bits |= 1 << (number % 64);
            }
        }
        Self {
            id,
            name,
            width,
            codes,
            keys,
            digits,
        }
    }

    /// The meaning of a code.
    #[must_use]
    pub fn meaning(&self, code: &str) -> Option<&str> {
        self.codes.get(code).map(String::as_str)
    }

    /// Whether the table has the code, given by its bytes.
    #[must_use]
    pub fn contains(&self, code: &[u8]) -> bool {
        if code.len() != self.width {
            return false;
        }
        match digits_of(code) {
            Some(number) => self
                .digits
                .get(number / 64)
                .is_some_and(|bits| bits >> (number % 64) & 1 == 1),
            None => key(code).is_some_and(|key| self.keys.binary_search(&key).is_ok()),
        }
    }

    /// All codes with their meanings, in order of the codes.
    pub fn codes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.codes
            .iter()
            .map(|(code, meaning)| (code.as_str(), meaning.as_str()))
    }
}

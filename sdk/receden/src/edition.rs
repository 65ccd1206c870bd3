//! Editions of the specification as data: records, fields, code tables.
//!
//! The tables live in `editions/*.toml` and are part of the program; this module only reads them.
//! A receipt is judged by the edition of **its own** 指定訪問看護年月.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use reseplug_model::Month;
use serde::Deserialize;

use crate::payers::{PayerSet, PayerSlot};

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

/// Which code table of an edition: see [`Edition::table_at`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableAt(usize);

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

/// Kinds of charge whose use asks for something elsewhere in the receipt.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargeGroups {
    /// 情報提供療養費
    pub information: CodeRanges,
    /// ターミナルケア療養費
    pub terminal: CodeRanges,
    /// 特別管理加算
    pub special_care: CodeRanges,
    /// 精神科訪問看護基本療養費（Ⅰ）（Ⅲ）
    pub psychiatric: CodeRanges,
    /// Charges by percentage, whose amount is 0.
    pub percentage: CodeRanges,
}

/// Charge codes from … to, both included.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<(String, String)>")]
pub struct CodeRanges(Vec<(u32, u32)>);

impl CodeRanges {
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

/// One record of the edition. Its position in [`Edition::records`] is its place in the order.
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
    /// How many of it a file or receipt may hold; `None` without limit.
    pub max: Option<usize>,
    /// All fields, the record id first.
    pub fields: Vec<FieldSpec>,
    /// Numbers of the fields that have to be there, from 1.
    pub(crate) required: Vec<usize>,
    /// Position in the order of records, from 0.
    pub order: usize,
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
    codes: BTreeMap<String, String>,
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

/// One edition of 記録条件仕様（訪問看護用）.
#[derive(Debug, Clone)]
pub struct Edition {
    /// `R0606`
    pub id: String,
    /// Title of the document.
    pub title: String,
    /// First 指定訪問看護年月 it is for.
    pub applies_from: Month,
    /// First 指定訪問看護年月 that falls under a later edition nobody has compared with this one yet.
    pub compared_until: Month,
    /// 法別番号 in the order in which 公費 are recorded.
    pub public_order: Vec<String>,
    /// Up to which totals a missing MF record does no harm.
    pub mf_free_up_to: MfThresholds,
    /// Kinds of charge.
    pub charges: ChargeGroups,
    /// Records in their order.
    pub records: Vec<RecordSpec>,
    /// Place in `records` by the letters of the id, see [`letters_at`].
    by_letters: Vec<Option<u8>>,
    tables: Vec<CodeTable>,
    /// By the one byte of the code; nobody where there is no such code.
    burdens: Vec<PayerSet>,
}

static R0606: LazyLock<Edition> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the file is part of the program and every test reads it: it cannot be malformed here"
    )]
    parse(include_str!("../editions/r0606.toml")).expect("editions/r0606.toml")
});

impl Edition {
    /// The edition of 令和6年6月.
    #[must_use]
    pub fn r0606() -> &'static Self {
        &R0606
    }

    /// The edition for a 指定訪問看護年月. There is one so far; [`is_compared_for`](Self::is_compared_for)
    /// tells whether it is known to be the right one.
    #[must_use]
    pub fn of(_service_month: Month) -> &'static Self {
        Self::r0606()
    }

    /// Whether this edition is known to be in force for visits of a month.
    #[must_use]
    pub fn is_compared_for(&self, service_month: Month) -> bool {
        self.applies_from <= service_month && service_month < self.compared_until
    }

    /// The record of an id.
    #[must_use]
    pub fn record(&self, id: &str) -> Option<&RecordSpec> {
        match id.as_bytes() {
            [a, b] => self.record_of([*a, *b]),
            _ => None,
        }
    }

    /// The record of an id of two letters.
    pub(crate) fn record_of(&self, letters: [u8; 2]) -> Option<&RecordSpec> {
        let at = (*self.by_letters.get(letters_at(letters)?)?)?;
        self.records.get(usize::from(at))
    }

    /// A code table by the number of its 別表.
    #[must_use]
    pub fn table(&self, id: &str) -> Option<&CodeTable> {
        self.tables.iter().find(|table| table.id == id)
    }

    /// The code table of a field of this edition.
    #[must_use]
    pub fn table_at(&self, at: &TableAt) -> Option<&CodeTable> {
        self.tables.get(at.0)
    }

    /// The meaning of a code in a 別表.
    #[must_use]
    pub fn meaning(&self, table: &str, code: &str) -> Option<&str> {
        self.table(table)?.meaning(code)
    }

    /// The payers a 負担区分 (別表22) stands for.
    #[must_use]
    pub fn burden(&self, code: &str) -> Option<PayerSet> {
        self.burden_of(code.as_bytes())
    }

    pub(crate) fn burden_of(&self, code: &[u8]) -> Option<PayerSet> {
        let [code] = code else { return None };
        self.burdens
            .get(usize::from(*code))
            .copied()
            .filter(|payers| !payers.is_empty())
    }
}

/// Where an id of two capital letters stands among all that could be.
fn letters_at(letters: [u8; 2]) -> Option<usize> {
    let [first, second] = letters.map(|letter| letter.is_ascii_uppercase().then(|| letter - b'A'));
    Some(usize::from(first?) * 26 + usize::from(second?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditionFile {
    id: String,
    title: String,
    applies_from: Month,
    compared_until: Month,
    public_order: Vec<String>,
    mf_free_up_to: MfThresholds,
    charges: ChargeGroups,
    record: Vec<RecordEntry>,
    table: Vec<TableEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordEntry {
    id: String,
    name: String,
    place: Place,
    need: Need,
    max: Option<usize>,
    fields: Vec<FieldEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldEntry {
    name: String,
    form: String,
    need: Need,
    table: Option<String>,
    #[serde(default)]
    value: ValueKind,
    #[serde(default)]
    distinct: bool,
    #[serde(default = "once")]
    repeat: usize,
}

fn once() -> usize {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableEntry {
    id: String,
    name: String,
    codes: Vec<(String, String)>,
}

fn parse(text: &str) -> Result<Edition, String> {
    let file: EditionFile = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut tables: Vec<CodeTable> = Vec::new();
    let mut burdens = vec![PayerSet::EMPTY; 256];
    for table in file.table {
        let width = table.codes.first().map_or(0, |(code, _)| code.len());
        if width == 0 || table.codes.iter().any(|(code, _)| code.len() != width) {
            return Err(format!("table {}: codes of different width", table.id));
        }
        if table.id == "22" {
            for (code, meaning) in &table.codes {
                let slot = code
                    .bytes()
                    .next()
                    .and_then(|b| burdens.get_mut(usize::from(b)));
                *slot.ok_or("table 22: no code")? = payers(meaning)?;
            }
        }
        let count = table.codes.len();
        let codes: BTreeMap<_, _> = table.codes.into_iter().collect();
        if codes.len() != count {
            return Err(format!("table {}: a code stands twice", table.id));
        }
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
        tables.push(CodeTable {
            id: table.id,
            name: table.name,
            width,
            codes,
            keys,
            digits,
        });
    }
    let mut records = Vec::new();
    let mut by_letters = vec![None; 26 * 26];
    for (order, entry) in file.record.into_iter().enumerate() {
        let mut fields = Vec::new();
        for field in entry.fields {
            let table = match &field.table {
                None => None,
                Some(id) => Some(TableAt(
                    tables
                        .iter()
                        .position(|table| table.id == *id)
                        .ok_or_else(|| format!("record {}: no table {id}", entry.id))?,
                )),
            };
            let (mode, bytes, fixed) = form(&field.form)
                .ok_or_else(|| format!("record {}: form `{}`", entry.id, field.form))?;
            for n in 1..=field.repeat {
                fields.push(FieldSpec {
                    name: field.name.replace("{n}", &n.to_string()),
                    mode,
                    bytes,
                    fixed,
                    need: field.need,
                    table,
                    value: field.value,
                    distinct: field.distinct,
                });
            }
        }
        let letters = <[u8; 2]>::try_from(entry.id.as_bytes())
            .ok()
            .and_then(letters_at);
        let slot = letters.and_then(|at| by_letters.get_mut(at));
        let slot: &mut Option<u8> =
            slot.ok_or_else(|| format!("record {}: an id has two capital letters", entry.id))?;
        if slot.is_some() {
            return Err(format!("record {}: it stands twice", entry.id));
        }
        *slot = Some(u8::try_from(order).map_err(|_| "too many records".to_owned())?);
        records.push(RecordSpec {
            id: entry.id,
            name: entry.name,
            place: entry.place,
            need: entry.need,
            max: entry.max,
            required: (1..)
                .zip(&fields)
                .filter(|(_, field)| field.need == Need::Required)
                .map(|(number, _)| number)
                .collect(),
            fields,
            order,
        });
    }
    Ok(Edition {
        id: file.id,
        title: file.title,
        applies_from: file.applies_from,
        compared_until: file.compared_until,
        public_order: file.public_order,
        mf_free_up_to: file.mf_free_up_to,
        charges: file.charges,
        records,
        by_letters,
        tables,
        burdens,
    })
}

/// `N6V` → digits, at most 6 bytes, variable.
fn form(text: &str) -> Option<(Mode, usize, bool)> {
    let mode = match text.get(..1)? {
        "N" => Mode::Digits,
        "A" => Mode::Half,
        "K" => Mode::Full,
        "X" => Mode::HalfOrFull,
        _ => return None,
    };
    let rest = text.get(1..)?;
    let (bytes, fixed) = match (rest.strip_suffix('F'), rest.strip_suffix('V')) {
        (Some(bytes), _) => (bytes, true),
        (_, Some(bytes)) => (bytes, false),
        _ => return None,
    };
    Some((mode, bytes.parse().ok()?, fixed))
}

/// `医①` → insurer and first 公費.
fn payers(meaning: &str) -> Result<PayerSet, String> {
    meaning
        .chars()
        .map(|mark| match mark {
            '医' => Ok(PayerSlot::INSURER),
            '①' => PayerSlot::public(0).ok_or_else(String::new),
            '②' => PayerSlot::public(1).ok_or_else(String::new),
            '③' => PayerSlot::public(2).ok_or_else(String::new),
            '④' => PayerSlot::public(3).ok_or_else(String::new),
            other => Err(format!("table 22: `{other}` is no payer")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_counts_are_those_of_the_specification() {
        let counts: Vec<(&str, usize)> = Edition::r0606()
            .records
            .iter()
            .map(|r| (r.id.as_str(), r.fields.len()))
            .collect();
        assert_eq!(
            counts,
            [
                ("HM", 8),
                ("RE", 15),
                ("HO", 12),
                ("KO", 8),
                ("SN", 9),
                ("JD", 33),
                ("MF", 33),
                ("GI", 8),
                ("IH", 7),
                ("HJ", 4),
                ("JS", 6),
                ("SY", 5),
                ("RJ", 29),
                ("TJ", 5),
                ("TZ", 4),
                ("KS", 5),
                ("CO", 4),
                ("KA", 9),
                ("GO", 1),
            ]
        );
    }

    #[test]
    fn all_31_sets_of_payers_have_a_code() {
        let edition = Edition::r0606();
        let sets: std::collections::HashSet<_> = edition
            .burdens
            .iter()
            .filter(|set| !set.is_empty())
            .collect();
        assert_eq!(sets.len(), 31);
        assert_eq!(edition.table("4").map(|t| t.codes.len()), Some(39));
        for (code, meaning) in edition.table("22").unwrap().codes() {
            assert_eq!(edition.burden(code).unwrap().to_string(), meaning);
        }
    }

    #[test]
    fn every_receipt_type_of_the_table_can_be_decoded() {
        for (code, _) in Edition::r0606().table("4").unwrap().codes() {
            assert_eq!(
                code.parse::<crate::ReceiptType>().unwrap().to_string(),
                code
            );
        }
    }

    #[test]
    fn fields_wider_than_their_codes_hold_several() {
        for record in &Edition::r0606().records {
            for field in &record.fields {
                if let Some(table) = field
                    .table
                    .as_ref()
                    .and_then(|t| Edition::r0606().table_at(t))
                {
                    assert_eq!(field.bytes % table.width, 0, "{} {}", record.id, field.name);
                }
            }
        }
    }
}

//! Settings: which column of the product's files is what, and how the product writes it.
//!
//! Every column title is a setting; an empty title means that the product has no such column.
//! The defaults fit the files in `cases/`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cells;
use crate::charset::Encoding;
use crate::dates::DateFormat;

/// Settings of the adapter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// 文字コード。
    /// Encoding of register and month.
    pub encoding: Encoding,
    /// 日付の書き方。
    /// How days are written.
    pub dates: DateFormat,
    /// 引用符の付け方。
    /// Which cells are written in quotes.
    pub quoting: Quoting,
    /// 利用者台帳の列。
    /// Columns of the register.
    pub register: RegisterColumns,
    /// 算定結果の列。
    /// Columns of the computed month.
    pub month: MonthColumns,
    /// 製品のコードと意味。
    /// The product's codes and what they mean.
    pub codes: Codes,
    /// 新しい利用者番号の付け方。
    /// How a new person is numbered.
    pub new_key: NewKey,
    /// 請求結果（accept）のファイル。
    /// The file of outcomes.
    pub results: Results,
}

/// Which cells are written in quotes. The other cells keep what they have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Quoting {
    /// As the cell was, and in new cells as the others of the column are.
    #[default]
    AsFound,
    /// Every cell that is written.
    Always,
    /// Only cells that hold a comma, a quote or a line break.
    WhenNeeded,
}

impl From<Quoting> for cells::Quoting {
    fn from(quoting: Quoting) -> Self {
        match quoting {
            Quoting::AsFound => Self::AsFound,
            Quoting::Always => Self::Always,
            Quoting::WhenNeeded => Self::WhenNeeded,
        }
    }
}

/// Columns of the register (利用者台帳): one row a person and coverage period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RegisterColumns {
    /// 利用者番号。同じ番号の行は同じ利用者です。
    pub key: String,
    /// 氏名。
    pub name: String,
    /// フリガナ。
    pub kana: String,
    /// 性別。
    pub sex: String,
    /// 生年月日。
    pub birth_date: String,
    /// 照会番号（オンライン資格確認に登録した番号）。
    pub reference_number: String,
    /// 保険者番号。
    pub insurer_number: String,
    /// 保険者名。
    pub insurer_name: String,
    /// 記号。
    pub symbol: String,
    /// 番号（後期高齢者は被保険者番号）。
    pub number: String,
    /// 枝番。
    pub branch: String,
    /// 本人・家族の別。
    pub relationship: String,
    /// 被保険者証区分。
    pub card_class: String,
    /// 負担割合。
    pub burden: String,
    /// 資格の開始日。
    pub from: String,
    /// 資格の最終日（喪失日の前日）。
    pub to: String,
    /// 終わりのない資格の最終日に書く値。空欄は常に終わりなしと読みます。
    /// What stands in `to` where no end is known. An empty cell always means that.
    pub open_end: String,
    /// 限度額適用区分。資格の行ごとに一つ。
    /// 限度額適用区分, one beside each coverage.
    pub income: IncomeColumns,
    /// 公費。書き込むのは医療扶助（法別12）だけです。
    /// 公費; of these only 医療扶助 (法別12) is ever written.
    pub public_expenses: Vec<PublicColumns>,
    /// 新しい利用者の行で、ほかの列に入れる値（列名 → 値）。
    /// What other columns get in the row of a new person.
    pub new_person_defaults: BTreeMap<String, String>,
    /// 資格を追加する行に、前の行から写さない列。
    /// Columns that are not copied from a person's row into the row of a further period.
    pub not_copied: Vec<String>,
}

/// Columns of 限度額適用区分.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct IncomeColumns {
    /// 適用区分。空なら、製品に欄がないとみなし、書き込みを断ります。
    /// The category; empty: the product has no place for it, and writing it is refused.
    pub category: String,
    /// 有効期間の開始日。
    pub from: String,
    /// 有効期間の最終日。
    pub to: String,
}

/// Columns of one 公費.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PublicColumns {
    /// 公費負担者番号。
    pub payer_number: String,
    /// 受給者番号。
    pub recipient_number: String,
    /// 有効期間の開始日。
    pub from: String,
    /// 有効期間の最終日。
    pub to: String,
}

/// Columns of the computed month (算定結果): one row a charge (療養費), beside which the rest of the
/// receipt stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MonthColumns {
    /// 利用者番号。
    pub key: String,
    /// 指定訪問看護年月。空にすると算定日の月とみなします。
    /// Month of service; empty: the month of the charge's day.
    pub service_month: String,
    /// 療養費の列。
    pub charge: ChargeColumns,
    /// レセプトのほかのレコードの列。
    /// The other records of the receipt: equal values on several rows are one record.
    pub records: Vec<RecordColumns>,
}

/// Columns of a charge (KA).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChargeColumns {
    /// この列がこの値の行だけを療養費として読みます。
    /// Only rows with this value are charges.
    pub only: Option<Only>,
    /// 算定年月日。
    pub date: String,
    /// 訪問看護療養費コード。
    pub code: String,
    /// 数量データ。
    pub quantity: String,
    /// 金額（円）。
    pub amount: String,
    /// 職種等（別表20）。
    pub staff: String,
    /// 同日訪問回数（別表19）。
    pub visits: String,
    /// 指示区分（別表12）。
    pub instruction: String,
    /// この療養費を負担する公費（1 と 2 なら `12`、なければ `0`）。空欄はその日に有効な公費すべて。
    /// Which 公費 of the register pay: `1`, `12`, `0` for none; an empty cell: all that hold on the day.
    pub public_expenses: String,
}

/// Rows of which one column has exactly this text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Only {
    /// 列。
    pub column: String,
    /// 値。
    pub equals: String,
}

/// One record of レセ電 and the columns its fields come from. Days and months are converted from the
/// product's form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordColumns {
    /// レコード識別: `IH`, `HJ`, `JS`, `SY`, `RJ`, `TJ`, `TZ`, `KS`, `CO`; `RE`, `HO`, `MF` and `KO1`–`KO4` (公費 by
    /// their columns in the register) add fields to the receipt's own record.
    pub id: String,
    /// 項目番号 → 列名。`=01` のように書くと固定の値です。
    /// Field number → column title, or `=` and a fixed value.
    pub fields: BTreeMap<u8, String>,
    /// この列がこの値の行だけを読みます。
    /// Only rows with this value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Only>,
}

/// The product's codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Codes {
    /// 男。
    pub male: String,
    /// 女。
    pub female: String,
    /// 本人。
    pub insured: String,
    /// 家族。
    pub family: String,
    /// 負担割合（％ → 製品の値）。
    /// Burden in percent → the product's value.
    pub burden: BTreeMap<u32, String>,
    /// 限度額適用区分（`A01`〜`B10` → 製品の値）。空なら、そのまま書きます。
    /// 適用区分 → the product's value; none: written as it is.
    pub income: BTreeMap<String, String>,
}

/// How a new person is numbered: the highest number in use plus one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewKey {
    /// 番号の前に付く文字。
    /// Text in front of the digits.
    pub prefix: String,
    /// 桁数（0で埋めます）。0なら、いちばん大きい番号に合わせます。
    /// Digits, filled with zeros; 0: as many as the highest number in use has.
    pub digits: u8,
}

/// The file of outcomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Results {
    /// ファイル名。
    pub name: String,
    /// 請求できた（受付済み）の値。
    pub accepted: String,
    /// エラーの値。
    pub error: String,
    /// 返戻の値。
    pub returned: String,
}

impl Default for RegisterColumns {
    fn default() -> Self {
        let public = |n: &str| PublicColumns {
            payer_number: format!("公費{n}負担者番号"),
            recipient_number: format!("公費{n}受給者番号"),
            from: format!("公費{n}開始日"),
            to: format!("公費{n}終了日"),
        };
        Self {
            key: "利用者番号".to_owned(),
            name: "氏名".to_owned(),
            kana: "フリガナ".to_owned(),
            sex: "性別".to_owned(),
            birth_date: "生年月日".to_owned(),
            reference_number: String::new(),
            insurer_number: "保険者番号".to_owned(),
            insurer_name: String::new(),
            symbol: "記号".to_owned(),
            number: "番号".to_owned(),
            branch: "枝番".to_owned(),
            relationship: "本人家族".to_owned(),
            card_class: String::new(),
            burden: "負担割合".to_owned(),
            from: "資格開始日".to_owned(),
            to: "資格終了日".to_owned(),
            open_end: String::new(),
            income: IncomeColumns::default(),
            public_expenses: vec![public("1"), public("2")],
            new_person_defaults: BTreeMap::new(),
            not_copied: Vec::new(),
        }
    }
}

impl Default for MonthColumns {
    fn default() -> Self {
        let record = |id: &str, fields: &[(u8, &str)]| RecordColumns {
            id: id.to_owned(),
            fields: fields
                .iter()
                .map(|(n, column)| (*n, (*column).to_owned()))
                .collect(),
            only: None,
        };
        Self {
            key: "利用者番号".to_owned(),
            service_month: String::new(),
            charge: ChargeColumns::default(),
            records: vec![
                record("MF", &[(2, "窓口負担額区分")]),
                record(
                    "IH",
                    &[
                        (2, "医療機関都道府県"),
                        (3, "=1"),
                        (4, "医療機関コード"),
                        (5, "医療機関名"),
                        (6, "主治医氏名"),
                        (7, "主治医報告日"),
                    ],
                ),
                record(
                    "HJ",
                    &[(2, "指示区分"), (3, "指示開始日"), (4, "指示終了日")],
                ),
                record(
                    "JS",
                    &[(2, "心身の状態"), (3, "別表該当"), (4, "該当疾病等")],
                ),
                record("SY", &[(2, "傷病名コード1"), (4, "傷病名1")]),
                record("SY", &[(2, "傷病名コード2"), (4, "傷病名2")]),
                record("RJ", &[(2, "訪問開始日"), (3, "訪問場所")]),
            ],
        }
    }
}

impl Default for ChargeColumns {
    fn default() -> Self {
        Self {
            only: None,
            date: "算定日".to_owned(),
            code: "療養費コード".to_owned(),
            quantity: String::new(),
            amount: "金額".to_owned(),
            staff: "職種".to_owned(),
            visits: "回数".to_owned(),
            instruction: "指示".to_owned(),
            public_expenses: String::new(),
        }
    }
}

impl Default for Codes {
    fn default() -> Self {
        Self {
            male: "男".to_owned(),
            female: "女".to_owned(),
            insured: "本人".to_owned(),
            family: "家族".to_owned(),
            burden: [(10, "1割"), (20, "2割"), (30, "3割")]
                .into_iter()
                .map(|(percent, text)| (percent, text.to_owned()))
                .collect(),
            income: BTreeMap::new(),
        }
    }
}

impl Default for Results {
    fn default() -> Self {
        Self {
            name: "請求結果.csv".to_owned(),
            accepted: "受付".to_owned(),
            error: "エラー".to_owned(),
            returned: "返戻".to_owned(),
        }
    }
}

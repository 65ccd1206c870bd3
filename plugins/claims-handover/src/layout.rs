//! What all layouts of downloaded files have in common. A column is its title where
//! `title_line` is set, otherwise its number counted from 1.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The table itself: how it is written and which rows are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TableLayout {
    /// 文字コード。BOM（ファイル先頭の印）があれば、それに従います。
    pub encoding: Encoding,
    /// 見出しの行番号（1から）。見出しがなければ書きません。
    pub title_line: Option<u32>,
    /// 読み取る行。書かなければ見出しより後のすべての行です。
    /// Rows to read; all behind the titles when absent.
    pub rows: Option<RowFilter>,
}

/// Rows whose column has exactly this text: `{ column = "区分", equals = "合計" }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowFilter {
    /// 列。
    pub column: String,
    /// その列の文字。
    pub equals: String,
}

/// A column that is kept verbatim under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// 控えの名前。
    pub name: String,
    /// 列。
    pub column: String,
}

/// The column that names the 審査支払機関, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PayerColumn {
    /// 列。
    pub column: String,
    /// 支払基金を表す文字（その列にこの文字が含まれる）。
    #[serde(default = "fund")]
    pub social_insurance_fund: String,
    /// 国保連を表す文字（その列にこの文字が含まれる）。
    #[serde(default = "federation")]
    pub national_health_federation: String,
}

fn fund() -> String {
    "支払基金".to_owned()
}

fn federation() -> String {
    "国保連".to_owned()
}

/// Columns that tell which receipt a row is about. At least one helps; the more there are, the
/// surer a receipt is found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReceiptColumns {
    /// 請求年月の列。
    pub claim_month: Option<String>,
    /// レセプト番号の列。
    pub number: Option<String>,
    /// 検索番号の列。
    pub search_number: Option<String>,
    /// 訪問看護記録番号等の列。
    pub person_key: Option<String>,
    /// 氏名の列。
    pub name: Option<String>,
    /// 診療（訪問看護）年月の列。
    pub service_month: Option<String>,
    /// 請求時の合計金額の列。
    pub total: Option<String>,
}

/// 文字コード
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Shift_JIS
    #[default]
    ShiftJis,
    /// UTF-8
    Utf8,
}

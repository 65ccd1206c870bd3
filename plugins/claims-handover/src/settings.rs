//! Settings of the plugin.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of the plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// 確認表に印刷する受付期間などの注意書き。提出先の案内に合わせて書き換えます。
    /// What the checklist says about days and hours; they are the payer's to announce.
    pub calendar_note: String,
    /// オンライン受領書CSVの読み方。訪問看護の様式は公開されていないため、実物を見て設定します。
    /// How to read the acknowledgement; absent until somebody has seen one.
    pub acknowledgement: Option<AcknowledgementLayout>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            calendar_note: "受付は毎月5日から10日までが基本です。日時は変わることがあるため、提出先（支払基金・国保連）の最新の案内を必ず確認してください。".to_owned(),
            acknowledgement: None,
        }
    }
}

/// Which cells of the acknowledgement's CSV say what. A column is its title where
/// `title_line` is set, otherwise its number counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgementLayout {
    /// 文字コード。
    #[serde(default)]
    pub encoding: Encoding,
    /// 見出しの行番号（1から）。見出しがなければ書きません。
    #[serde(default)]
    pub title_line: Option<u32>,
    /// 読み取る行。書かなければ見出しより後のすべての行です。
    /// Rows to read; their counts and totals are added up.
    #[serde(default)]
    pub rows: Option<RowFilter>,
    /// 件数の列。
    pub receipts: String,
    /// 合計金額の列。
    pub total: String,
    /// 受付番号などの列。
    #[serde(default)]
    pub number: Option<String>,
    /// そのまま控えておく列。
    /// Further columns to keep verbatim.
    #[serde(default)]
    pub keep: Vec<Kept>,
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

//! Settings of the plugin.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::download::{AcknowledgementLayout, AdjustmentsLayout, FindingsLayout, PaymentsLayout};

/// Settings of the plugin.
///
/// The layouts say how to read what staff download in the official terminal. None of them is
/// public for 訪問看護: each is absent until somebody has seen a real file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// 確認表の「いつまでに」に、請求の日程（この月のもの）のあとに印刷する、このステーションの注意書き（改行できます）。
    /// What the checklist says of days and hours beyond this month's calendar.
    pub calendar_note: String,
    /// オンライン受領書CSVの読み方。
    /// How to read オンライン受領書.
    pub acknowledgement: Option<AcknowledgementLayout>,
    /// 受付・事務点検ASP結果リストの読み方。
    /// How to read 受付・事務点検ASP結果リスト.
    pub findings: Option<FindingsLayout>,
    /// 増減点連絡書の読み方。
    /// How to read 増減点連絡書.
    pub adjustments: Option<AdjustmentsLayout>,
    /// 振込額（当座口振込通知書など）の読み方。
    /// How to read what is paid.
    pub payments: Option<PaymentsLayout>,
}

//! Settings of the plugin.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::download::{AcknowledgementLayout, AdjustmentsLayout, FindingsLayout, PaymentsLayout};

/// Settings of the plugin.
///
/// The layouts say how to read what staff download in the official terminal. None of them is
/// public for 訪問看護: each is absent until somebody has seen a real file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// 確認表に印刷する受付期間と「いつまでに送れば安全か」の注意書き。提出先の案内に合わせて書き換えます（改行できます）。
    /// What the checklist says about days, hours and until when sending is safe; they are the payer's to announce.
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

/// As the payers publish days and hours; a station changes it when they do.
const CALENDAR_NOTE: &str = "\
送信・請求確定：毎月5日～7日 8時～21時、8日～10日 8時～24時（土日祝日も同じ）。
10日24時に、確定していない分は自動で確定され、受付不能・要確認のレセプトは請求から除かれます。
点検結果は遅くとも送信の翌日12時に出ます。9日24時までに送信すれば、10日24時までに結果を見て直せます。
11日・12日（8時～21時）は、10日までに送信した分の訂正だけができます。
日時は延長などで変わることがあるため、提出先（支払基金・国保連）の最新の案内を必ず確認してください。";

impl Default for Settings {
    fn default() -> Self {
        Self {
            calendar_note: CALENDAR_NOTE.to_owned(),
            acknowledgement: None,
            findings: None,
            adjustments: None,
            payments: None,
        }
    }
}

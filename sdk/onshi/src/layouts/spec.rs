//! A layout file as it is written: keys and texts, nothing checked yet.

use super::value::Value;
use serde::{Deserialize, Serialize};

/// What an integrator writes down of the official sheet. [`super::Layouts`] is this, checked.
///
/// 公開されていない電文のレイアウト。公式の外部インターフェイス仕様書を持つ人が書き写します。
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LayoutsSpec {
    /// どの資料から写したか（例: 「外部インターフェイス仕様書 第○版 別紙3-1」）。画面と監査記録に出ます。
    /// Which document this was copied from; shown to people and recorded.
    pub sheet: String,
    /// 資格確認要求・結果（訪問診療等）OQS-IF-025/026 (再照会).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recheck_one: Option<PairSpec>,
    /// 資格確認一括照会（訪問診療等）OQS-IF-029–032, four phases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recheck_many: Option<BulkSpec>,
    /// 閲覧同意取り消し（訪問診療等）OQS-IF-037/038.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke_consent: Option<PairSpec>,
    /// 医療機関アクセスURL取得 OQS-IF-039/040.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit_page: Option<PairSpec>,
}

/// One request with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PairSpec {
    /// 要求。
    pub request: RequestSpec,
    /// 結果。
    pub answer: AnswerSpec,
}

/// A bulk message: two requests with their answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BulkSpec {
    /// 要求（01req）。
    pub request: RequestSpec,
    /// アップロード結果（01res）。
    pub acceptance: AnswerSpec,
    /// ダウンロード要求（02req）。
    pub download: RequestSpec,
    /// 結果（02res）。
    pub result: AnswerSpec,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RequestSpec {
    /// ファイル名の先頭（例: OQSsihvq01req）。公開されているものは省略できます。What the file's name
    /// begins with; may be left out where it is public. The answer's is the same with `res`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// 要素。書く順に並べます。The elements in the order they are written.
    pub elements: Vec<ItemSpec>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AnswerSpec {
    /// 要素。読むときは順序を問いません。The elements; their order does not matter for reading.
    pub elements: Vec<ItemSpec>,
    /// 二次元コードが別ファイルで来る場合。The QR code comes as a file (visit-page only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr_file: Option<QrFile>,
}

/// Where a QR code comes that stands in no element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum QrFile {
    /// 結果のXMLと同じ名前の .pdf または .png。Beside the XML answer, under its name with another
    /// ending.
    Beside,
    /// 結果のXMLの代わりに .pdf または .png。In place of the XML answer.
    Instead,
}

/// What is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Each {
    /// 一人ごと。
    Person,
    /// 取り消す同意の種別ごと。
    ConsentKind,
}

/// One element, or a repeated group of elements.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ItemSpec {
    /// 要素名。`MessageHeader/…` または `MessageBody/…` から / で区切って書きます（繰り返しの中では
    /// その要素から）。Path below `XmlMsg`, or below the repeated group.
    pub element: String,
    /// 何の値か。Which value stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// 決まった文字。A constant text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant: Option<String>,
    /// この種別の同意（OQSCD036）を取り消すときだけ `constant` を書きます。`constant` stands there only when
    /// consents of this kind are withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_kind: Option<String>,
    /// `when-kind` の種別を取り消さないときに書く文字。What stands there otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
    /// 値がなければ書かずに断ります。Without the value the message is not written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// 値がなくても空の要素を書きます。The element is written even where there is no value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blank: bool,
    /// この要素を繰り返します。中の要素は `elements` に書きます。The element is a repeated group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<Each>,
    /// 繰り返しの中の要素。Elements of the group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elements: Vec<ItemSpec>,
}

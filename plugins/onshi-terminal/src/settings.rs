//! What a station may set.

use onshi::{Charset, Layouts};
use reseplug_sdk::{Fault, Place};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of the connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// 連携フォルダーの名前（設定ファイルの [exchange.名前]）。Logical name of the exchange
    /// folder, as the station file binds it.
    pub folder: String,
    /// 要求ファイルの文字コード。宣言のない回答もこの文字コードで読みます。Encoding of requests, and of
    /// answers that declare none.
    pub encoding: Encoding,
    /// 一括照会が処理中のとき、次に確かめるまでの秒数。2回目からは倍ずつ延ばします（8倍まで）。Seconds
    /// before a bulk result that is still being worked on is asked for again; doubles up to
    /// eight times.
    #[schemars(range(min = 1, max = 3600))]
    pub poll_seconds: u32,
    /// 一括の結果の要求（02req）に回答がないとき、新しいファイル名で要求し直すまでの分数。2回目からは倍ずつ
    /// 延ばします（8倍まで）。一括照会そのもの（01req）を送り直すことはありません。Minutes after which a
    /// result that nothing was heard of is asked for again under a new name; doubles up to eight
    /// times. The bulk request itself is never sent again.
    #[schemars(range(min = 1, max = 240))]
    pub reask_minutes: u32,
    /// 回答を待つ最長の時間（分）。端末の電源が夜間に切れる事業所では 1440（1日）以上にします。Minutes after
    /// which a call gives up. 1440 (a day) or more where the terminal is off at night.
    #[schemars(range(min = 1, max = 10080))]
    pub deadline_minutes: u32,
    /// 一括照会・一括登録の1件の要求に入れる最大の人数。公式の上限は公開されていません。Most people in one
    /// bulk message. The official limit is not public: ask the vendor of the terminal.
    #[schemars(range(min = 1, max = 10000))]
    pub max_people_per_message: u32,
    /// 公開されていない電文の形式（再照会 IF-025/026・IF-029～032、閲覧同意の取消 IF-037/038、受付ページの
    /// URL取得 IF-039/040）。仕様書を持つ方が別のファイルに書き、設定ファイルで
    /// settings_files = { layouts = "layouts.toml" } と指定します。使う接頭辞は [exchange.名前] の
    /// extra_prefixes にも書きます。ない場合、これらの機能は使えません。Layouts of messages that are not
    /// public. Who has the official sheet writes them in a file of its own, named by
    /// settings_files; their prefixes also go into extra_prefixes of the exchange folder.
    /// Without them these operations are off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layouts: Option<Layouts>,
}

/// Encoding of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Encoding {
    /// UTF-8
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// Shift_JIS (Windows)
    #[serde(rename = "shift_jis")]
    ShiftJis,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            folder: "terminal".to_owned(),
            encoding: Encoding::default(),
            // What published software uses between two polls of a bulk result.
            poll_seconds: 10,
            reask_minutes: 5,
            deadline_minutes: 30,
            max_people_per_message: 200,
            layouts: None,
        }
    }
}

impl Settings {
    /// The encoding of files.
    pub(crate) fn charset(&self) -> Charset {
        match self.encoding {
            Encoding::Utf8 => Charset::Utf8,
            Encoding::ShiftJis => Charset::ShiftJis,
        }
    }

    /// The ranges of the schema, for hosts that did not check them.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        for (name, value, max) in [
            ("poll_seconds", self.poll_seconds, 3600),
            ("reask_minutes", self.reask_minutes, 240),
            ("deadline_minutes", self.deadline_minutes, 10_080),
            (
                "max_people_per_message",
                self.max_people_per_message,
                10_000,
            ),
        ] {
            if !(1..=max).contains(&value) {
                return Err(Fault::new(
                    "plugin/settings",
                    format!(
                        "設定「{name}」は 1 から {max} までの数にしてください（今は {value}）。"
                    ),
                    format!("Set `{name}` to a number from 1 to {max}; it is {value}."),
                )
                .at(Place::document("settings").field(name)));
            }
        }
        Ok(())
    }
}

//! Settings of the plugin.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of the plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// 送信結果が不明のとき、照会するまでに待つ秒数。
    /// How long a request whose outcome is unknown may still be under way, in seconds.
    #[schemars(range(max = 3600))]
    pub settle_seconds: u32,
    /// 結果が確かめられるまでに照会と送信をやり直す回数。
    /// How often the gateway is asked, and after that tried again, before a person is told.
    #[schemars(range(min = 1, max = 20))]
    pub rounds: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            settle_seconds: 10,
            rounds: 3,
        }
    }
}

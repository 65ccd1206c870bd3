//! Settings of the adapter.

use reseplug_model::Payer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of the adapter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// 提出先が変わったレセプトのために新しく作るファイルの名前。製品が読み込める名前にします。
    /// Names of files made anew for a payer whose file the product did not write.
    pub new_files: NewFiles,
    /// 結果一覧（accept）のファイル名。
    /// File name of the list of outcomes.
    pub results_name: String,
    /// 結果一覧の文字コード。
    /// Encoding of the list of outcomes.
    pub results_encoding: Encoding,
}

/// Names of files made anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewFiles {
    /// 支払基金あて。
    pub social_insurance_fund: String,
    /// 国保連あて。
    pub national_health_federation: String,
}

/// 文字コード
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Shift_JIS as Windows has it (CP932).
    #[default]
    ShiftJis,
    /// UTF-8 with a byte order mark, as spreadsheet programs expect it.
    Utf8,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            new_files: NewFiles::default(),
            results_name: "請求結果一覧.csv".to_owned(),
            results_encoding: Encoding::default(),
        }
    }
}

impl Default for NewFiles {
    fn default() -> Self {
        Self {
            social_insurance_fund: "RECEIPTH-1.UKE".to_owned(),
            national_health_federation: "RECEIPTH-2.UKE".to_owned(),
        }
    }
}

impl NewFiles {
    /// The name for a payer's file.
    pub(crate) fn name(&self, payer: Payer) -> &str {
        match payer {
            Payer::SocialInsuranceFund => &self.social_insurance_fund,
            Payer::NationalHealthFederation => &self.national_health_federation,
        }
    }
}

use jiff::Timestamp;
use reseplug_model::{Month, Payer};
use serde::{Deserialize, Serialize};

/// An announced extension (請求期間の延長): a month closes later than the published calendar says.
///
/// It moves the end of filing, the automatic confirmation, and corrections where they would end
/// earlier. A moment that is not later than the published one changes nothing; of several the
/// latest counts. None reaches into the filing of the month after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announced {
    /// Who announced it; absent for both payers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<Payer>,
    /// 請求年月.
    pub claim_month: Month,
    /// When that month closes, instead of 10日24時.
    #[serde(with = "crate::text::moment")]
    pub closes: Timestamp,
    /// Where it was announced, for instance the address of the notice.
    pub source: String,
    /// Who noted it here.
    pub noted_by: String,
}

impl Announced {
    pub(crate) fn concerns(&self, payer: Payer, month: Month) -> bool {
        self.claim_month == month && self.payer.is_none_or(|own| own == payer)
    }
}

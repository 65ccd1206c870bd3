//! Two roles in one component, one of them with an effect.

use reseplug_sdk::claims::Download;
use reseplug_sdk::{Claims, Context, Eligibility, Fault, Host, NoSettings, Plugin};

/// The plugin.
pub struct Both;

impl Plugin for Both {
    type Settings = NoSettings;
    const SUMMARY_JA: &'static str = "二つの役割を持ちます。";
    const SUMMARY_EN: &'static str = "Has two roles.";
}

impl Eligibility for Both {}

impl Claims for Both {
    fn downloads(
        _: &Context<NoSettings>,
        host: &Host,
        _: &[String],
    ) -> Result<Vec<Download>, Fault> {
        host.exchange("handover").place(&host.now()?.to_string(), b"asked")?;
        Ok(Vec::new())
    }
}

reseplug_sdk::export_plugin!(Both: Eligibility, Claims);

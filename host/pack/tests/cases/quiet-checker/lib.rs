//! The smallest checker.

use reseplug_sdk::{Checker, Context, Document, Fault, Finding, NoSettings, Plugin};

/// The plugin.
pub struct Quiet;

impl Plugin for Quiet {
    type Settings = NoSettings;
    const SUMMARY_JA: &'static str = "何も見つけません。";
    const SUMMARY_EN: &'static str = "Finds nothing.";
}

impl Checker for Quiet {
    fn check(_: &Context<NoSettings>, _: &[Document]) -> Result<Vec<Finding>, Fault> {
        Ok(Vec::new())
    }
}

reseplug_sdk::export_checker!(Quiet);

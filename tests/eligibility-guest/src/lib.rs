//! A plugin of the role `eligibility` alone: what one built before `home-visit` looks like.

use reseplug_sdk::{Eligibility, NoSettings, Plugin};

/// The plugin.
#[derive(Debug)]
pub struct EligibilityGuest;

impl Plugin for EligibilityGuest {
    type Settings = NoSettings;
    const SUMMARY_JA: &'static str = "何も答えません。";
    const SUMMARY_EN: &'static str = "Answers nothing.";

    fn unsupported() -> &'static [&'static str] {
        &[
            "eligibility.verify-each",
            "eligibility.verify-many",
            "eligibility.collect-consents",
            "eligibility.register-references",
        ]
    }
}

impl Eligibility for EligibilityGuest {}

reseplug_sdk::export_eligibility!(EligibilityGuest);

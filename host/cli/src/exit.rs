//! How the program ends. The table stands in the crate's documentation and in the README.

use reseplug_effect::{Fault, RetryAdvice, codes};
use std::process::ExitCode;

/// Exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Done, and something waits for a person.
    Attention = 1,
    /// The command or its input cannot be read.
    Input = 2,
    /// Refused.
    Refused = 3,
    /// The other side is away or busy.
    Later = 4,
    /// The outcome of something sent is unknown.
    InDoubt = 5,
    /// A plugin was stopped.
    Plugin = 6,
}

/// Codes, by their area, that mean a refusal rather than unreadable input.
const REFUSALS: [&str; 25] = [
    codes::DENIED,
    "exchange/owned",
    "references/off",
    // A record that was lost: what was filed before would be filed again.
    "journal/gone",
    // A filing that nobody answered for, that was not approved, or that no payer would take.
    "claim/unanswered",
    "claim/not-approved",
    "claim/rejects",
    // What would be filed twice, by whom it may not be, or as it stands.
    "claim/claimed-before",
    "claim/given-up",
    "claim/on-paper",
    "claim/two-sendings",
    "claim/left-before",
    "claim/other-content",
    "claim/unknown-submission",
    "claim/receipts-unknown",
    "claim/only-corrections",
    "claim/month-is-over",
    "claim/not-a-sender",
    "claim/not-an-approver",
    "claim/other-certificate",
    "claim/other-station",
    "claim/confirmed",
    "claim/not-confirmed",
    "claim/trial",
    "claim/withdrawn",
];

/// Areas whose every code means a refusal: nothing is viewed without a live consent.
const REFUSING: [&str; 1] = ["consent/"];

/// Codes of a plugin that was stopped ([`reseplug_engine::Failure::code`]). The other codes of
/// the area are about files that are no plugins.
const STOPPED: [&str; 5] = [
    "plugin/trap",
    "plugin/limit",
    "plugin/panic",
    "plugin/nonsense",
    "plugin/host",
];

impl Exit {
    /// Of two, the graver one, for a command over several things.
    pub fn worse(self, other: Self) -> Self {
        self.max(other)
    }

    /// The code for a fault.
    pub fn of(fault: &Fault) -> Self {
        // A second host is refused as long as the first one lives, whatever later may bring.
        let refusing = REFUSING.iter().any(|area| fault.code.starts_with(area));
        if refusing || REFUSALS.contains(&fault.code.as_str()) {
            return Self::Refused;
        }
        match fault.retry {
            RetryAdvice::Later => Self::Later,
            RetryAdvice::AskFirst => Self::InDoubt,
            RetryAdvice::Never if STOPPED.contains(&fault.code.as_str()) => Self::Plugin,
            RetryAdvice::Never => Self::Input,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_outcome_has_a_code_of_its_own() {
        assert_eq!(Exit::of(&Fault::in_doubt("", "")), Exit::InDoubt);
        assert_eq!(Exit::of(&Fault::later("x/y", "", "")), Exit::Later);
        assert_eq!(Exit::of(&Fault::new(codes::DENIED, "", "")), Exit::Refused);
        assert_eq!(Exit::of(&Fault::new("config/value", "", "")), Exit::Input);
        let owned = Fault::later("exchange/owned", "", "");
        assert_eq!(Exit::of(&owned), Exit::Refused);
        for code in ["claim/unanswered", "claim/not-approved", "claim/rejects"] {
            assert_eq!(Exit::of(&Fault::new(code, "", "")), Exit::Refused, "{code}");
        }
        let expired = Fault::new("consent/expired", "", "");
        assert_eq!(Exit::of(&expired), Exit::Refused);
        // A kind of consent that nobody knows is a mistyped command.
        assert_eq!(Exit::of(&Fault::new("consents/kind", "", "")), Exit::Input);
    }

    #[test]
    fn a_plugin_that_was_stopped_is_not_a_file_that_is_no_plugin() {
        use reseplug_engine::{Failure, FailureKind};
        let stopped = Failure {
            plugin: reseplug_policy::Name::parse("some-plugin").unwrap(),
            call: "adapter.claim".into(),
            kind: FailureKind::Trap {
                what: "unreachable".into(),
            },
            backtrace: String::new(),
        };
        assert_eq!(Exit::of(&stopped.into()), Exit::Plugin);
        let no_plugin = reseplug_engine::LoadError::NotAComponent;
        assert_eq!(Exit::of(&no_plugin.into()), Exit::Input);
    }
}

//! The contract's types under the paths that authors use. Their documentation is the
//! contract's own (`wit/`).

/// Values that every role shares (`wit/types.wit`).
pub mod types {
    pub use crate::bindings::base::reseplug::plugin::types::*;
}

/// Types of the role `adapter` (`wit/adapter.wit`): one product's documents.
pub mod adapter {
    pub use crate::bindings::adapter::exports::reseplug::plugin::adapter::{
        AddPerson, AddPublicExpense, Applied, Change, ChangeKind, ClaimFile, ClosePeriod,
        FieldChange, MonthOperation, OpenPeriod, Receipt, ReceiptOutcome, Refusal,
        RegisterOperation, ReplaceCoverage, ReplaceReceiptCoverage, SetIncome, SetReceiptIncome,
        SplitPart, SplitReceipt,
    };
}

/// Types of the role `eligibility` (`wit/eligibility.wit`): オンライン資格確認.
pub mod eligibility {
    pub use crate::bindings::base::reseplug::plugin::types::{
        Consent, Found, MedicalTicket, Query, Validity, Verification,
    };
    pub use crate::bindings::eligibility::exports::reseplug::plugin::eligibility::{
        Registration, RegistrationResult,
    };
}

/// Types of the interface `home-visit` (`wit/home-visit.wit`): what 訪問診療等 has beyond
/// asking by numbers.
pub mod home_visit {
    pub use crate::bindings::home_visit::exports::reseplug::plugin::home_visit::{
        Holder, MedicalEntry, MedicalFormat, MedicalInformation, MedicalKind, MedicalQuery,
        PageRequest, QrFormat, Revocation, RevocationResult, VisitPage,
    };
}

/// Types of the role `claims` (`wit/claims.wit`): filing of a month with one payer.
pub mod claims {
    pub use crate::bindings::claims::exports::reseplug::plugin::claims::{
        Acknowledgement, Adjustment, Confirmation, Download, DownloadKind, Filing, FilingKind,
        FindingRow, KnownSubmission, Payment, PaymentRow, Reading, ReceiptRef, State, Status,
        Submission,
    };
}

/// Types of the imports that connectors use (`wit/imports.wit`).
pub mod imports {
    pub use crate::bindings::base::reseplug::plugin::exchange::{Arrival, ArrivalKind};
    pub use crate::bindings::base::reseplug::plugin::https::{Request, Response};
    pub use crate::bindings::base::reseplug::plugin::identity::IdentityFacts;
    pub use crate::bindings::base::reseplug::plugin::log::Level;
}

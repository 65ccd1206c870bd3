//! The contract's types as Rust values, one for each record, enum and variant of `wit/`.
//! What each field means, its format and its source stand there.
//!
//! Generated types know `serde`, so that calls and results can be kept in the journal.

pub use crate::bindings::adapter::exports::reseplug::plugin::adapter::{
    AddPerson, Applied, Change, ChangeKind, ClaimFile, ClosePeriod, FieldChange, MonthOperation,
    OpenPeriod, Receipt, ReceiptOutcome, Refusal, RegisterOperation, ReplaceCoverage,
    ReplaceReceiptCoverage, SplitPart, SplitReceipt,
};
pub use crate::bindings::base::exports::reseplug::plugin::plugin::Description;
pub use crate::bindings::base::reseplug::plugin::types::{
    Context, Coverage, Document, DocumentKind, Fault, Finding, Grade, IncomeCategory, Payer,
    Period, Person, Place, PublicExpense, RegisterEntry, Relationship, RetryAdvice, Severity, Sex,
    Station,
};
pub use crate::bindings::claims::exports::reseplug::plugin::claims::{
    Acknowledgement, Filing, FilingKind, State, Status, Submission,
};
pub use crate::bindings::eligibility::exports::reseplug::plugin::eligibility::{
    Consent, Found, MedicalTicket, Query, Registration, RegistrationResult, Validity, Verification,
};

//! The contract's types as Rust values, one for each record, enum and variant of `wit/`.
//! What each field means, its format and its source stand there.
//!
//! Generated types know `serde`, so that calls and results can be kept in the journal.

pub use crate::bindings::adapter::exports::reseplug::plugin::adapter::{
    AddPerson, AddPublicExpense, Applied, Change, ChangeKind, ClaimFile, ClosePeriod, FieldChange,
    MonthOperation, OpenPeriod, Receipt, ReceiptOutcome, Refusal, RegisterOperation,
    ReplaceCoverage, ReplaceReceiptCoverage, SetIncome, SetReceiptIncome, SplitPart, SplitReceipt,
};
pub use crate::bindings::base::exports::reseplug::plugin::plugin::Description;
pub use crate::bindings::base::reseplug::plugin::types::{
    Consent, Context, Coverage, Document, DocumentKind, Fault, Finding, Found, Grade,
    IncomeCategory, MedicalTicket, Payer, Period, Person, Place, PublicExpense, Query,
    RegisterEntry, Relationship, RetryAdvice, Severity, Sex, Station, Validity, Verification,
};
pub use crate::bindings::claims::exports::reseplug::plugin::claims::{
    Acknowledgement, Adjustment, Confirmation, Download, DownloadKind, Filing, FilingKind,
    FindingRow, KnownSubmission, Payment, PaymentRow, Reading, ReceiptRef, State, Status,
    Submission,
};
pub use crate::bindings::eligibility::exports::reseplug::plugin::eligibility::{
    Registration, RegistrationResult,
};
pub use crate::bindings::home_visit::exports::reseplug::plugin::home_visit::{
    Holder, MedicalEntry, MedicalFormat, MedicalInformation, MedicalKind, MedicalQuery,
    PageRequest, QrFormat, Revocation, RevocationResult, VisitPage,
};

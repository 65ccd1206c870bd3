//! オンライン資格確認: the messages of the terminal's file interface, typed, both ways.
//!
//! The receipt side writes requests into a folder of the 資格確認端末 and reads the answers;
//! a simulated terminal does the reverse. Both use this crate:
//!
//! | message | request | answer |
//! |---|---|---|
//! | 資格確認 `OQSsiquc01` | [`SingleRequest`] | [`SingleAnswer`] |
//! | 一括照会 `OQSmuquc01` / `02` | [`BulkRequest`], [`DownloadRequest`] | [`Acceptance`], [`BulkAnswer`] |
//! | 同意済一括取得（訪問診療等） `OQSmuhvq01` / `02` | [`ConsentRequest`], [`DownloadRequest`] | [`Acceptance`], [`BulkAnswer`] |
//! | 同意済一括取得（オンライン診療等） `OQSmuonq01` / `02` | [`ConsentRequest`], [`DownloadRequest`] | [`Acceptance`], [`BulkAnswer`] |
//! | 一括取得（医療扶助） `OQSmutic01` / `02` | [`TicketRequest`], [`DownloadRequest`] | [`Acceptance`], [`BulkAnswer`] |
//! | 照会番号登録 `OQSsiimm01` | [`ReferenceRequest`] | [`ReferenceAnswer`] |
//! | 照会番号一括登録 `OQSmuimm01` / `02` | [`ReferenceRequest`], [`DownloadRequest`] | [`Acceptance`], [`BulkReferenceAnswer`] |
//! | 薬剤情報等 `YZKsiquc01`, 特定健診 `TKKsiquc01` | [`MedicalRequest`] | [`MedicalAnswer`], or a PDF: [`AnswerFile`] |
//! | 資格確認（訪問診療等） `OQSsihvq01`, by a layout that settings give | [`RecheckRequest`] | [`RecheckAnswer`] |
//! | 資格確認一括照会（訪問診療等）, by such a layout | [`RecheckManyRequest`], [`DownloadRequest`] | [`Acceptance`], [`RecheckManyAnswer`] |
//! | 閲覧同意取り消し `OQSsihvd01`, by such a layout | [`RevokeRequest`] | [`RevokeAnswer`] |
//! | 医療機関アクセスURL取得 `OQSsiurl01`, by such a layout | [`PageRequest`] | [`PageAnswer`] |
//!
//! The layouts of the last four are not public \[GAP\]. Nothing of them is guessed: who has the
//! official sheet writes down which element holds which value, and [`Layouts`] checks that
//! and reads and writes by it. [`show`](mod@show) makes any message's file readable for people.
//!
//! **Reading** goes by element name, in any order. Absent and empty elements are absent.
//! Every value is a text exactly as it stands: leading zeros and blanks matter. Unknown
//! codes stay what they are, unknown elements are kept in `extra`. The encoding is the
//! declaration's, else the caller's; text that does not fit is refused, not guessed at.
//! **Writing** refuses what the encoding lacks before it writes anything.
//!
//! What it refuses: DOCTYPE, undefined entities, mixed content, files that are too large,
//! too deep or of too many elements, encodings other than UTF-8 and Shift_JIS, encrypted
//! archives.
//!
//! Where it sits: a value library. It does no I/O, knows no clock and no host, and builds
//! for `wasm32-unknown-unknown`. File names but their prefix belong to the exchange folder.
//!
//! **How sure it is.** The official text (外部インターフェイス仕様書, 別紙3-1) goes to registered
//! vendors only. What stands here is known from public sources, and each message carries
//! its [`Confidence`] in the [`CATALOGUE`]. In these docs \[V\] means stated by a public
//! source, \[V2\] by several, \[V-impl\] known from published software only, \[I\] inferred,
//! \[GAP\] unknown. The batches of consented people and of 医療扶助, medical information and the
//! answers to 照会番号 registrations are \[V-impl\]: **unconfirmed**. Compare every layout with
//! the official text before relying on it in production.

mod archive;
mod catalogue;
mod charset;
mod codes;
mod consent;
mod element;
mod eligibility;
mod error;
#[cfg(test)]
mod laws;
mod layouts;
mod medical;
mod message;
mod part;
mod qualification;
mod reference;
pub mod show;
pub mod tables;

pub use archive::{AnswerFile, ArchiveError, open_answer};
pub use catalogue::{CATALOGUE, Confidence, Direction, Entry, MessageKind};
pub use charset::{Charset, first_unmappable};
pub use codes::{
    ChangeCheck, CharacterCode, ConsentFlag, ConsentInformation, DisclosureConsent, PageKind,
    PersonalFamily, PrescriptionDisplay, ProcessingResultStatus, QrFormat, ReferenceClass,
    SegmentOfResult, Sex, TreatmentKind, UrlChange, Validity,
};
pub use consent::{CONSENT_KINDS, ConsentKind, Consents, LIMIT, SPECIFIC_DISEASES, ViewingConsent};
pub use element::{Element, Parsed, ReadOptions, parse, render};
pub use eligibility::{
    Acceptance, BulkAnswer, BulkRequest, ConfirmUnit, ConsentRequest, ConsentSearch,
    DownloadRequest, PersonResult, SearchInfo, SingleAnswer, SingleRequest, TicketRequest,
    TicketSearch,
};
pub use error::{ReadError, ReadErrorKind, WriteError, WriteErrorKind};
pub use layouts::{
    AnswerSpec, BulkLayout, BulkSpec, Each, ItemSpec, Layout, LayoutError, LayoutProblem, Layouts,
    LayoutsSpec, PageAnswer, PageRequest, PairSpec, QrFile, RecheckAnswer, RecheckManyAnswer,
    RecheckManyRequest, RecheckRequest, RecheckSearch, RecheckUnit, RequestSpec, RevokeAnswer,
    RevokeRequest, Value,
};
pub use medical::{
    CheckupPerson, DrugsPerson, FileCategory, MedicalAnswer, MedicalAnswerHeader, MedicalFormat,
    MedicalItem, MedicalKind, MedicalPerson, MedicalRequest, MedicalRequestHeader,
};
pub use message::{
    AnswerHeader, Content, Message, Outcome, Read, RequestHeader, Warning, WholeError, read, write,
};
pub use qualification::{
    ElderlyCertificate, LimitCertificate, MedicalTicket, Qualification, SpecificDisease,
};
pub use reference::{
    BulkReferenceAnswer, ReferenceAnswer, ReferenceInfo, ReferenceRequest, RegistrationUnit,
};

/// Insurer numbers travel as 8 characters, padded with blanks in front \[V2\]. Longer ones
/// are left alone.
///
/// ```
/// assert_eq!(onshi::padded_insurer("999995"), "  999995");
/// assert_eq!(onshi::padded_insurer("39999990"), "39999990");
/// ```
pub fn padded_insurer(number: &str) -> String {
    format!("{:>8}", number.trim())
}

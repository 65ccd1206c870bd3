//! 照会番号: the station's own number for a person, kept at the centre.

use crate::ProcessingResultStatus;
use crate::eligibility::{PersonResult, person_result};
use crate::message::message;
use crate::part::part;

part! {
    /// One number for one person (`ReferenceNumberRegistrationInfo`).
    pub struct ReferenceInfo {
        /// 照会番号, at most 50 characters.
        reference_number: Option<String> => "ReferenceNumber",
        /// 保険者番号, 8 characters, padded with blanks in front when shorter.
        insurer_number: Option<String> => "InsurerNumber",
        /// 被保険者証記号, at most 20 characters.
        symbol: Option<String> => "InsuredCardSymbol",
        /// 被保険者証番号, at most 20 characters.
        number: Option<String> => "InsuredIdentificationNumber",
        /// 被保険者証枝番, 2 digits.
        branch: Option<String> => "InsuredBranchNumber",
    }

    /// One person's part of a bulk registration's answer (`BulkRegistrationUnit`) \[V-impl\].
    pub struct RegistrationUnit {
        /// The registration, as echoed.
        registration: Option<ReferenceInfo> => "ReferenceNumberRegistrationInfo",
        /// 処理結果状況
        status: Option<ProcessingResultStatus> => "ProcessingResultStatus",
        /// 処理結果コード
        code: Option<String> => "ProcessingResultCode",
        /// 処理結果メッセージ
        text: Option<String> => "ProcessingResultMessage",
    }
}

message! {
    /// 照会番号登録要求 `OQSsiimm01req` (one person) and `OQSmuimm01req` (many) \[V2\]
    pub struct ReferenceRequest(RequestHeader) {
        /// The registrations; exactly one in the single message.
        registrations: Vec<ReferenceInfo> => "ReferenceNumberRegistrationInfo",
    }

    /// 照会番号登録結果 `OQSsiimm01res` \[V-impl\]
    pub struct ReferenceAnswer(AnswerHeader, character_code) {
        /// 照会番号; not always there.
        reference_number: Option<String> => "ReferenceNumber",
        /// 処理結果状況
        status: Option<ProcessingResultStatus> => "ProcessingResultStatus",
        /// 処理結果コード
        code: Option<String> => "ProcessingResultCode",
        /// 処理結果メッセージ
        text: Option<String> => "ProcessingResultMessage",
    }

    /// 照会番号一括登録結果 `OQSmuimm02res` \[V-impl\]
    pub struct BulkReferenceAnswer(AnswerHeader, character_code) {
        /// One unit per person.
        units: Vec<RegistrationUnit> => "BulkRegistrationUnit",
    }
}

impl ReferenceAnswer {
    /// Result of the registration.
    pub fn person(&self) -> PersonResult<'_> {
        person_result(self.status.as_ref(), &self.code, &self.text)
    }
}

impl RegistrationUnit {
    /// Result of this person's registration.
    pub fn person(&self) -> PersonResult<'_> {
        person_result(self.status.as_ref(), &self.code, &self.text)
    }
}

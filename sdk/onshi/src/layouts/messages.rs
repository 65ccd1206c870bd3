//! What is asked and answered through layouts, typed. None of these is a [`crate::Message`]:
//! without a layout nobody can tell where in a file their values stand.

use crate::eligibility::{PersonResult, person_result};
use crate::message::content;
use crate::part::part;
use crate::{
    ChangeCheck, ConfirmUnit, ConsentInformation, DisclosureConsent, PageKind,
    ProcessingResultStatus, QrFormat, Qualification, SearchInfo, TreatmentKind, UrlChange,
    Validity,
};

part! {
    /// Whom a re-query or a withdrawal is about. A layout takes of it what the message has.
    pub struct RecheckSearch {
        /// 保険者番号, 8 characters, padded with blanks in front when shorter.
        insurer_number: Option<String> => "InsurerNumber",
        /// 被保険者証記号
        symbol: Option<String> => "InsuredCardSymbol",
        /// 被保険者証番号
        number: Option<String> => "InsuredIdentificationNumber",
        /// 被保険者証枝番, 2 digits.
        branch: Option<String> => "InsuredBranchNumber",
        /// 生年月日, yyyyMMdd.
        birthdate: Option<String> => "Birthdate",
        /// 限度額情報の提供への同意: 1 only when this person's consent is on record.
        limit_consent: Option<DisclosureConsent> => "LimitApplicationCertificateRelatedConsFlg",
        /// 照会番号. In ordinary queries it is no search key; whether it is here, the official
        /// sheet says.
        reference_number: Option<String> => "ReferenceNumber",
        /// 任意の識別子, echoed: tells the answers of a bulk message apart.
        identifier: Option<String> => "ArbitraryIdentifier",
        /// 診療区分: 2 訪問診療等.
        treatment: Option<TreatmentKind> => "MedicalTreatmentFlag",
    }

    /// One person's part of an answer to a re-query: a [`ConfirmUnit`] and whether what was
    /// asked with is still so.
    pub struct RecheckUnit {
        /// The question, as echoed.
        search: Option<SearchInfo> => "QualificationConfirmSearchInfo",
        /// 処理結果状況
        status: Option<ProcessingResultStatus> => "ProcessingResultStatus",
        /// 処理結果コード. The list of codes is not public.
        code: Option<String> => "ProcessingResultCode",
        /// 処理結果メッセージ: shown verbatim. Also set on success with a note.
        text: Option<String> => "ProcessingResultMessage",
        /// 資格有効性
        validity: Option<Validity> => "QualificationValidity",
        /// 資格情報変更確認フラグ
        changed: Option<ChangeCheck> => "changed",
        /// 照会番号
        reference_number: Option<String> => "ReferenceNumber",
        /// The 資格, none or several.
        results: Vec<Qualification> => "ResultOfQualificationConfirmation",
    }
}

content! {
    /// 資格確認要求（訪問診療等）: one user again, without the card. Layout \[GAP\].
    pub struct RecheckRequest(RequestHeader) {
        /// Whom the question is about.
        search: Option<RecheckSearch> => "QualificationConfirmSearchInfo",
    }

    /// 資格確認結果（訪問診療等）. Layout \[GAP\].
    pub struct RecheckAnswer(AnswerHeader, character_code) {
        /// What is answered about the person.
        unit: Option<RecheckUnit> => "BulkConfirmUnit",
    }

    /// 資格確認一括照会（訪問診療等）要求. Layout \[GAP\].
    pub struct RecheckManyRequest(RequestHeader) each people {
        /// Whom the questions are about.
        people: Vec<RecheckSearch> => "QualificationConfirmSearchInfo",
    }

    /// 資格確認一括照会（訪問診療等）結果. Layout \[GAP\]. Has no units while the centre is
    /// still working.
    pub struct RecheckManyAnswer(AnswerHeader, character_code) each units {
        /// One unit per person.
        units: Vec<RecheckUnit> => "BulkConfirmUnit",
    }

    /// 閲覧同意取り消し要求（訪問診療等）. Layout \[GAP\].
    pub struct RevokeRequest(RequestHeader) {
        /// Whose consent.
        search: Option<RecheckSearch> => "QualificationConfirmSearchInfo",
        /// 閲覧同意情報種別: which consents.
        kinds: Vec<ConsentInformation> => "consent-kind",
    }

    /// 閲覧同意取り消し結果（訪問診療等）. Layout \[GAP\].
    pub struct RevokeAnswer(AnswerHeader, character_code) {
        /// 処理結果状況
        status: Option<ProcessingResultStatus> => "ProcessingResultStatus",
        /// 処理結果コード
        code: Option<String> => "ProcessingResultCode",
        /// 処理結果メッセージ
        text: Option<String> => "ProcessingResultMessage",
        /// 照会番号
        reference_number: Option<String> => "ReferenceNumber",
    }

    /// 医療機関アクセスURL取得要求. Layout \[GAP\].
    pub struct PageRequest(RequestHeader) {
        /// 診療区分: whose page.
        kind: Option<PageKind> => "url-kind",
        /// 二次元コードの形式
        qr: Option<QrFormat> => "qr-kind",
        /// Whether the URL is to be changed: the old one, and every printed code, ends then.
        change: Option<UrlChange> => "change-flag",
    }

    /// 医療機関アクセスURL取得結果. Layout \[GAP\].
    pub struct PageAnswer(AnswerHeader, character_code) {
        /// 処理結果状況
        status: Option<ProcessingResultStatus> => "ProcessingResultStatus",
        /// 処理結果コード
        code: Option<String> => "ProcessingResultCode",
        /// 処理結果メッセージ
        text: Option<String> => "ProcessingResultMessage",
        /// 医療機関アクセスURL
        url: Option<String> => "url",
        /// 二次元コード as Base64; [`PageAnswer::qr_bytes`] decodes it.
        qr: Option<String> => "qr",
    }
}

impl RecheckUnit {
    /// Result of this person's part.
    pub fn person(&self) -> PersonResult<'_> {
        person_result(self.status.as_ref(), &self.code, &self.text)
    }
}

impl From<RecheckUnit> for ConfirmUnit {
    /// The part without the flag of changes, as the other batches have it.
    fn from(unit: RecheckUnit) -> Self {
        Self {
            search: unit.search,
            status: unit.status,
            code: unit.code,
            text: unit.text,
            validity: unit.validity,
            reference_numbers: unit.reference_number.into_iter().collect(),
            results: unit.results,
            extra: unit.extra,
        }
    }
}

impl RevokeAnswer {
    /// Result of the withdrawal.
    pub fn person(&self) -> PersonResult<'_> {
        person_result(self.status.as_ref(), &self.code, &self.text)
    }
}

impl PageAnswer {
    /// Result of the request.
    pub fn result(&self) -> PersonResult<'_> {
        person_result(self.status.as_ref(), &self.code, &self.text)
    }

    /// The QR code's file, a PDF or a picture. Nothing where the answer has none, or where
    /// what stands there is not Base64.
    pub fn qr_bytes(&self) -> Option<Vec<u8>> {
        use base64::Engine as _;
        let text: String = self.qr.as_ref()?.split_ascii_whitespace().collect();
        base64::engine::general_purpose::STANDARD.decode(text).ok()
    }

    /// Puts the QR code's file into the answer.
    pub fn set_qr(&mut self, bytes: &[u8]) {
        use base64::Engine as _;
        self.qr = Some(base64::engine::general_purpose::STANDARD.encode(bytes));
    }
}

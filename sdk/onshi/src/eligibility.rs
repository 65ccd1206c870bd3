//! 資格確認: one person at once, many people in two phases, everybody who consented at home.

use crate::message::{BODY, HEADER, gather_home, message};
use crate::part::part;
use crate::{
    DisclosureConsent, Element, ProcessingResultStatus, Qualification, RequestHeader,
    TreatmentKind, Validity,
};

part! {
    /// Whom a question is about (`QualificationConfirmSearchInfo`); echoed in answers.
    pub struct SearchInfo {
        /// 保険者番号, 8 characters, padded with blanks in front when shorter.
        insurer_number: Option<String> => "InsurerNumber",
        /// 被保険者証記号, at most 20 characters.
        symbol: Option<String> => "InsuredCardSymbol",
        /// 被保険者証番号, at most 20 characters.
        number: Option<String> => "InsuredIdentificationNumber",
        /// 被保険者証枝番, 2 digits.
        branch: Option<String> => "InsuredBranchNumber",
        /// 生年月日, yyyyMMdd.
        birthdate: Option<String> => "Birthdate",
        /// 限度額情報の提供への同意: 1 only when this person's consent is on record.
        limit_consent: Option<DisclosureConsent> => "LimitApplicationCertificateRelatedConsFlg",
        /// 任意の識別子, echoed: tells the answers of a bulk message apart.
        identifier: Option<String> => "ArbitraryIdentifier",
    }

    /// What a batch of consented people is asked for (`QualificationConfirmSearchInfo`).
    /// Layout unconfirmed \[V-impl\]: 訪問診療等 by the day of consent, オンライン診療等 by
    /// either day.
    pub struct ConsentSearch {
        /// 同意年月日 from, yyyyMMdd. How far back it may reach is not known \[GAP\].
        from: Option<String> => "ConsentDateFrom",
        /// 同意年月日 to, yyyyMMdd.
        to: Option<String> => "ConsentDateTo",
        /// 受診年月日 from, yyyyMMdd; only オンライン診療等.
        examined_from: Option<String> => "ExaminationDateFrom",
        /// 受診年月日 to, yyyyMMdd; only オンライン診療等.
        examined_to: Option<String> => "ExaminationDateTo",
        /// 診療区分: 2 訪問診療等, 3 オンライン診療等.
        treatment: Option<TreatmentKind> => "MedicalTreatmentFlag",
    }

    /// What the batch of 医療扶助 is asked for (`QualificationConfirmSearchInfo`). Layout
    /// unconfirmed \[V-impl\].
    pub struct TicketSearch {
        /// 診療年月, yyyyMM.
        month: Option<String> => "MedicalTreatmentMonth",
    }

    /// One person's part of a bulk answer (`BulkConfirmUnit`).
    pub struct ConfirmUnit {
        /// The question, as echoed. Absent in the home-visit batch.
        search: Option<SearchInfo> => "QualificationConfirmSearchInfo",
        /// 処理結果状況
        status: Option<ProcessingResultStatus> => "ProcessingResultStatus",
        /// 処理結果コード. The list of codes is not public.
        code: Option<String> => "ProcessingResultCode",
        /// 処理結果メッセージ: shown verbatim. Also set on success with a note.
        text: Option<String> => "ProcessingResultMessage",
        /// 資格有効性
        validity: Option<Validity> => "QualificationValidity",
        /// 照会番号 of the unit. In the home-visit batch they pair with the results by
        /// position \[V-impl\]; see [`ConfirmUnit::reference_number`].
        reference_numbers: Vec<String> => "ReferenceNumber",
        /// The 資格, wherever in the unit they stand.
        results: Vec<Qualification> => "ResultOfQualificationConfirmation",
    }
}

message! {
    /// 資格確認要求 `OQSsiquc01req` \[V2\]
    pub struct SingleRequest(RequestHeader) {
        /// Whom the question is about.
        search: Option<SearchInfo> => "QualificationConfirmSearchInfo",
    }

    /// 資格確認結果 `OQSsiquc01res` \[V2\], also what the card reader pushes.
    pub struct SingleAnswer(AnswerHeader, character_code) {
        /// 処方箋発行形態 (OQSCD017).
        prescription_issue: Option<String> => "PrescriptionIssueSelect",
        /// 処理結果状況
        status: Option<ProcessingResultStatus> => "ProcessingResultStatus",
        /// 処理結果コード. The list of codes is not public.
        code: Option<String> => "ProcessingResultCode",
        /// 処理結果メッセージ: shown verbatim. Also set on success with a note.
        text: Option<String> => "ProcessingResultMessage",
        /// 資格有効性
        validity: Option<Validity> => "QualificationValidity",
        /// The question, as echoed.
        search: Option<SearchInfo> => "QualificationConfirmSearchInfo",
        /// The 資格, none or several.
        results: Vec<Qualification> => "ResultList/ResultOfQualificationConfirmation",
    }

    /// 資格確認一括照会要求 `OQSmuquc01req` \[V\]
    pub struct BulkRequest(RequestHeader) {
        /// Whom the questions are about.
        searches: Vec<SearchInfo> => "QualificationConfirmSearchInfo",
    }

    /// アップロード結果: `OQSmuquc01res` \[V\], and those of `OQSmuimm`, `OQSmuhvq`,
    /// `OQSmuonq` and `OQSmutic` \[V-impl\]. Read wherever in the file the elements stand.
    pub struct Acceptance(AnswerHeader, character_code) via from_anywhere {
        /// 受付番号: what the result is asked for with.
        reception_number: Option<String> => "ReceptionNumber",
        /// 受付日時, yyyyMMddHHmmss.
        reception_time: Option<String> => "ReceptionDateTime",
        /// 処理結果状況
        status: Option<ProcessingResultStatus> => "ProcessingResultStatus",
        /// 処理結果コード
        code: Option<String> => "ProcessingResultCode",
        /// 処理結果メッセージ
        text: Option<String> => "ProcessingResultMessage",
    }

    /// ダウンロード要求: `OQSmuquc02req` \[V2\], and those of `OQSmuimm`, `OQSmuhvq`,
    /// `OQSmuonq` and `OQSmutic` \[V-impl\]
    pub struct DownloadRequest(RequestHeader) {
        /// 受付番号 of the acceptance.
        reception_number: Option<String> => "ReceptionNumber",
    }

    /// 一括照会結果 `OQSmuquc02res` \[V\], and those of `OQSmuhvq`, `OQSmuonq` and
    /// `OQSmutic` \[V-impl\]. Has no units while the centre is still working.
    pub struct BulkAnswer(AnswerHeader, character_code) {
        /// 処理結果状況 for all units that have none of their own \[V-impl\].
        status: Option<ProcessingResultStatus> => "ProcessingResultStatus",
        /// 処理結果コード for all units that have none of their own \[V-impl\].
        code: Option<String> => "ProcessingResultCode",
        /// 処理結果メッセージ for all units that have none of their own \[V-impl\].
        text: Option<String> => "ProcessingResultMessage",
        /// One unit per person.
        units: Vec<ConfirmUnit> => "BulkConfirmUnit",
    }

    /// 同意済資格情報一括取得要求: `OQSmuhvq01req` (訪問診療等) and `OQSmuonq01req`
    /// (オンライン診療等). Layout unconfirmed \[V-impl\].
    pub struct ConsentRequest(RequestHeader) {
        /// Which consents.
        search: Option<ConsentSearch> => "QualificationConfirmSearchInfo",
    }

    /// 委託先資格情報の一括取得（医療扶助）要求 `OQSmutic01req`. Layout unconfirmed \[V-impl\].
    pub struct TicketRequest(RequestHeader) {
        /// Which month.
        search: Option<TicketSearch> => "QualificationConfirmSearchInfo",
    }
}

/// Result of one person's part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonResult<'a> {
    /// True unless the part ended normally: a status that nobody knows is no success.
    pub is_error: bool,
    /// 処理結果コード, verbatim.
    pub code: Option<&'a str>,
    /// 処理結果メッセージ, verbatim.
    pub text: Option<&'a str>,
}

pub(crate) fn person_result<'a>(
    status: Option<&ProcessingResultStatus>,
    code: &'a Option<String>,
    text: &'a Option<String>,
) -> PersonResult<'a> {
    PersonResult {
        is_error: status.is_some_and(|s| *s != ProcessingResultStatus::Done),
        code: code.as_deref(),
        text: text.as_deref(),
    }
}

impl SingleAnswer {
    /// Result of the person's part.
    pub fn person(&self) -> PersonResult<'_> {
        person_result(self.status.as_ref(), &self.code, &self.text)
    }
}

impl BulkAnswer {
    /// Result of a unit of this answer; the body's own where the unit has none.
    pub fn person<'a>(&'a self, unit: &'a ConfirmUnit) -> PersonResult<'a> {
        if unit.status.is_none() && unit.code.is_none() && unit.text.is_none() {
            return person_result(self.status.as_ref(), &self.code, &self.text);
        }
        person_result(unit.status.as_ref(), &unit.code, &unit.text)
    }
}

impl ConfirmUnit {
    /// 任意の識別子 of the question, from the echo or else from a result.
    pub fn identifier(&self) -> Option<&str> {
        let echoed = self.search.as_ref().and_then(|s| s.identifier.as_deref());
        echoed.or_else(|| {
            self.results
                .iter()
                .find_map(|r| r.arbitrary_identifier.as_deref())
        })
    }

    /// 照会番号 of the result at that position: its own; else the unit's of the same
    /// position, or the unit's first where there are fewer \[V-impl\].
    pub fn reference_number(&self, position: usize) -> Option<&str> {
        let own = self
            .results
            .get(position)
            .and_then(|r| r.reference_number.as_deref());
        own.or_else(|| self.reference_numbers.get(position).map(String::as_str))
            .or_else(|| self.reference_numbers.first().map(String::as_str))
    }
}

/// Published software reads these wherever they stand.
fn from_anywhere(root: Element) -> Element {
    let root = gather_home(
        root,
        HEADER,
        &["SegmentOfResult", "ErrorCode", "ErrorMessage"],
    );
    gather_home(
        root,
        BODY,
        &[
            "ReceptionNumber",
            "ReceptionDateTime",
            "ProcessingResultStatus",
            "ProcessingResultCode",
            "ProcessingResultMessage",
        ],
    )
}

impl Acceptance {
    /// Result of the request as such.
    pub fn request_result(&self) -> PersonResult<'_> {
        person_result(self.status.as_ref(), &self.code, &self.text)
    }
}

impl DownloadRequest {
    /// Asks for the result of a bulk request.
    pub fn new(institution_code: &str, reception_number: &str) -> Self {
        Self {
            header: RequestHeader {
                institution_code: Some(institution_code.to_owned()),
                ..RequestHeader::default()
            },
            reception_number: Some(reception_number.to_owned()),
            extra: Vec::new(),
        }
    }
}

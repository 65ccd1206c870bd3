//! What elements are called in the trade, and which of them are somebody's own.

use super::mask::Privacy::{self, *};

/// What an element is called and how private its value is.
pub(super) fn label(element: &str) -> Option<(&'static str, Privacy)> {
    let known = LABELS.iter().find(|(name, _, _)| *name == element);
    known.map(|(_, ja, privacy)| (*ja, *privacy))
}

/// Element, label, privacy. Elements that hold others say `Open`.
#[rustfmt::skip]
pub(super) const LABELS: &[(&str, &str, Privacy)] = &[
    // Header.
    ("ProcessExecutionTime", "処理実行時刻", Open),
    ("QualificationConfirmationDate", "資格確認日", Open),
    ("MedicalInstitutionCode", "医療機関コード", Open),
    ("ArbitraryFileIdentifier", "任意のファイル識別子", Open),
    ("ReferenceClassification", "照会区分", Open),
    ("SegmentOfResult", "処理結果区分", Open),
    ("ErrorCode", "エラーコード", Open),
    ("ErrorMessage", "エラーメッセージ", Open),
    ("NumberOfProcessingResult", "処理結果件数", Open),
    ("NumberOfNormalProcessing", "正常処理件数", Open),
    ("NumberOfError", "エラー件数", Open),
    ("CharacterCodeIdentifier", "文字コード識別", Open),
    ("ReceptionNumber", "受付番号", Open),
    ("ReceptionDateTime", "受付日時", Open),
    // Questions and results of one person.
    ("QualificationConfirmSearchInfo", "照会した内容", Open),
    ("ProcessingResultStatus", "処理結果状況", Open),
    ("ProcessingResultCode", "処理結果コード", Open),
    ("ProcessingResultMessage", "処理結果メッセージ", Open),
    ("QualificationValidity", "資格有効性", Open),
    ("PrescriptionIssueSelect", "処方箋発行形態", Open),
    ("ReferenceNumber", "照会番号", Number),
    ("ArbitraryIdentifier", "任意の識別子", Number),
    ("BulkConfirmUnit", "一人分の結果", Open),
    ("ReferenceNumberRegistrationInfo", "登録する照会番号", Open),
    ("BulkRegistrationUnit", "一件分の登録結果", Open),
    ("LimitApplicationCertificateRelatedConsFlg", "限度額情報の提供への同意", Open),
    ("ConsentDateFrom", "同意年月日（から）", Open),
    ("ConsentDateTo", "同意年月日（まで）", Open),
    ("ExaminationDateFrom", "受診年月日（から）", Open),
    ("ExaminationDateTo", "受診年月日（まで）", Open),
    ("MedicalTreatmentFlag", "診療区分", Open),
    ("MedicalTreatmentMonth", "診療年月", Open),
    // 資格
    ("ResultList", "資格の一覧", Open),
    ("ResultOfQualificationConfirmation", "資格", Open),
    ("InsuredCardClassification", "被保険者証区分", Open),
    ("InsurerNumber", "保険者番号", Number),
    ("InsuredCardSymbol", "被保険者証記号", Number),
    ("InsuredIdentificationNumber", "被保険者証番号", Number),
    ("InsuredBranchNumber", "被保険者証枝番", Number),
    ("PersonalFamilyClassification", "本人・家族の別", Open),
    ("InsuredName", "被保険者氏名", Name),
    ("Name", "氏名", Name),
    ("NameOfOther", "氏名（その他）", Name),
    ("NameKana", "氏名カナ", Name),
    ("NameOfOtherKana", "氏名カナ（その他）", Name),
    ("Sex1", "性別１", Open),
    ("Sex2", "性別２", Open),
    ("Birthdate", "生年月日", Birth),
    ("Address", "住所", Whole),
    ("PostNumber", "郵便番号", Whole),
    ("QualificationDate", "資格取得年月日", Open),
    ("DisqualificationDate", "資格喪失年月日", Open),
    ("InsuredCertificateIssuanceDate", "被保険者証交付年月日", Open),
    ("InsuredCardValidDate", "被保険者証有効開始年月日", Open),
    ("InsuredCardExpirationDate", "被保険者証有効終了年月日", Open),
    ("InsuredPartialContributionRatio", "一部負担金割合（％）", Open),
    ("PreschoolClassification", "未就学区分", Open),
    ("ReasonOfLoss", "資格喪失事由", Open),
    ("InsurerName", "保険者名称", Open),
    ("ElderlyRecipientCertificateInfo", "高齢受給者証", Open),
    ("ElderlyRecipientCertificateDate", "交付年月日", Open),
    ("ElderlyRecipientValidStartDate", "有効開始年月日", Open),
    ("ElderlyRecipientValidEndDate", "有効終了年月日", Open),
    ("ElderlyRecipientContributionRatio", "一部負担金割合（％）", Open),
    ("LimitApplicationCertificateRelatedInfo", "限度額適用認定証", Open),
    ("LimitApplicationCertificateClassification", "証区分", Open),
    ("LimitApplicationCertificateClassificationFlag", "適用区分", Open),
    ("LimitApplicationCertificateDate", "交付年月日", Open),
    ("LimitApplicationCertificateValidStartDate", "有効開始年月日", Open),
    ("LimitApplicationCertificateValidEndDate", "有効終了年月日", Open),
    ("LimitApplicationCertificateLongTermDate", "長期入院該当年月日", Open),
    ("LimitApplicationCertificateChanged", "限度額適用認定証等の変更", Open),
    ("SpecificDiseasesCertificateList", "特定疾病療養受療証の一覧", Open),
    ("SpecificDiseasesCertificateInfo", "特定疾病療養受療証", Open),
    ("SpecificDiseasesDiseaseCategory", "疾病区分", Open),
    ("SpecificDiseasesCertificateDate", "交付年月日", Open),
    ("SpecificDiseasesValidStartDate", "有効開始年月日", Open),
    ("SpecificDiseasesValidEndDate", "有効終了年月日", Open),
    ("SpecificDiseasesSelfPay", "自己負担限度額（円）", Open),
    // 医療扶助
    ("PublicExpenseResultList", "医療券・調剤券の一覧", Open),
    ("MedicalTicketInfo", "医療券・調剤券", Open),
    ("TicketType", "券別", Open),
    ("MedicalTicketValidDate", "有効開始年月日", Open),
    ("MedicalTicketExpirationDate", "有効終了年月日", Open),
    ("IssueNumber", "交付番号", Number),
    ("DesignatedMedicalInstitutionCode", "指定医療機関コード", Open),
    ("DesignatedMedicalInstitutionFlag", "指定医療機関一致フラグ", Open),
    ("DesignatedMedicalInstitutionName", "指定医療機関名称", Open),
    ("PrescriptionIssuerMedicalInstitutionCode", "処方箋発行元医療機関コード", Open),
    ("PrescriptionIssuerMedicalInstitutionName", "処方箋発行元医療機関名称", Open),
    ("InjuryName1", "傷病名１", Whole),
    ("InjuryName2", "傷病名２", Whole),
    ("InjuryName3", "傷病名３", Whole),
    ("MedicalTreatmentType", "診療別", Open),
    ("SelfPayAmount", "本人支払額（円）", Open),
    ("DistrictContactName", "地区担当員名", Name),
    ("HandlingContactName", "取扱担当者名", Name),
    ("SingleOrCombinedUse", "単独・併用別", Open),
    ("StatusOfSocialInsurance", "社会保険の状況", Open),
    ("ConsistencyFlag", "社会保険の状況の不整合", Open),
    ("StatusOfInfecton", "感染症法第37条の2の状況", Open),
    ("StatusOfElderlyMedicalCare", "後期高齢者医療の状況", Open),
    ("StatusOfPrefecturalExpenses", "都道府県費の状況", Open),
    ("Remarks1", "備考１", Whole),
    ("Remarks2", "備考２", Whole),
    ("Remarks3", "備考３", Whole),
    // 薬剤情報等, 特定健診: other names for the same.
    ("InsuranceCardSymbol", "被保険者証記号", Number),
    ("InsuredPersonIdentificationNumber", "被保険者証番号", Number),
    ("BranchNumber", "被保険者証枝番", Number),
    ("StartDate", "期間（から）", Open),
    ("EndDate", "期間（まで）", Open),
    ("FileCategory", "求めるファイル", Open),
    ("PrDiInfClassification", "処方・調剤情報の表示", Open),
    ("ResultCode", "結果コード", Open),
    ("MessageContents", "結果メッセージ", Open),
    ("QuaInf", "本人", Open),
    ("KanaName", "氏名カナ", Name),
    ("Birth", "生年月日", Birth),
    ("AdmGendCode", "性別", Open),
    ("QualificationsInfo", "本人", Open),
    ("KanasName", "氏名カナ", Name),
    ("Birthday", "生年月日", Birth),
    ("AdministrativeGenderCode", "性別", Open),
    // What goes through layouts, by the keys of layout files.
    ("changed", "資格情報変更確認フラグ", Open),
    ("consent-kind", "取り消す閲覧同意", Open),
    ("url-kind", "診療区分", Open),
    ("qr-kind", "二次元コードの形式", Open),
    ("change-flag", "URLの変更", Open),
    ("url", "医療機関アクセスURL", Open),
    ("qr", "二次元コード", Open),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::*;

    #[test]
    fn every_element_of_every_layout_has_a_label_and_no_label_is_idle() {
        macro_rules! all {
            ($($part:ident)*) => { [$( $part::ELEMENTS ),*].concat() };
        }
        let names: Vec<&str> = all!(
            RequestHeader AnswerHeader MedicalRequestHeader MedicalAnswerHeader SearchInfo
            ConsentSearch TicketSearch ConfirmUnit Qualification ElderlyCertificate
            LimitCertificate SpecificDisease MedicalTicket ReferenceInfo RegistrationUnit
            DrugsPerson CheckupPerson SingleRequest SingleAnswer BulkRequest BulkAnswer Acceptance
            DownloadRequest ConsentRequest TicketRequest ReferenceRequest ReferenceAnswer
            BulkReferenceAnswer MedicalRequest MedicalAnswer RecheckSearch RecheckUnit
            RecheckRequest RecheckAnswer RecheckManyRequest RecheckManyAnswer RevokeRequest
            RevokeAnswer PageRequest PageAnswer
        )
        .into_iter()
        .flat_map(|name| name.split('/'))
        .filter(|name| *name != "*")
        .collect();
        for name in &names {
            assert!(label(name).is_some(), "{name} has no label");
        }
        for (name, _, _) in LABELS {
            assert!(names.contains(name), "{name} is no element");
        }
    }
}

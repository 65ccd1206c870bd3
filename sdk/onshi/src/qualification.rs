//! What an answer says about a person's 資格 (`ResultOfQualificationConfirmation`).
//!
//! Dates are `yyyyMMdd`, months `yyyyMM`, moments `yyyyMMddHHmmss`; all values are texts
//! exactly as they stand, zeros and blanks included.

use crate::part::part;
use crate::{Consents, PersonalFamily, Sex};

part! {
    /// One 資格. An answer has any number of them: 医療保険 and 医療扶助 stand side by side.
    pub struct Qualification {
        /// 被保険者証区分 (OQSCD010); `A1` is 医療扶助.
        card_class: Option<String> => "InsuredCardClassification",
        /// 保険者番号, 8 characters, padded with blanks in front when shorter.
        insurer_number: Option<String> => "InsurerNumber",
        /// 被保険者証記号; absent for 後期高齢者.
        symbol: Option<String> => "InsuredCardSymbol",
        /// 被保険者証番号, or the recipient's number of 医療扶助.
        number: Option<String> => "InsuredIdentificationNumber",
        /// 被保険者証枝番, 2 digits.
        branch: Option<String> => "InsuredBranchNumber",
        /// 本人・家族の別; absent for 後期高齢者.
        personal_family: Option<PersonalFamily> => "PersonalFamilyClassification",
        /// 被保険者氏名 (世帯主): not the person's own where the person is family.
        insured_name: Option<String> => "InsuredName",
        /// 氏名, full width, family and given name separated by a full-width blank. A glyph
        /// that the centre lacks is `●`.
        name: Option<String> => "Name",
        /// 氏名（その他）
        name_of_other: Option<String> => "NameOfOther",
        /// 氏名カナ, half width.
        name_kana: Option<String> => "NameKana",
        /// 氏名カナ（その他）, half width.
        name_of_other_kana: Option<String> => "NameOfOtherKana",
        /// 性別１
        sex: Option<Sex> => "Sex1",
        /// 性別２
        sex2: Option<Sex> => "Sex2",
        /// 生年月日, yyyyMMdd.
        birthdate: Option<String> => "Birthdate",
        /// 住所
        address: Option<String> => "Address",
        /// 郵便番号, `123-4567`.
        post_number: Option<String> => "PostNumber",
        /// 資格取得年月日, yyyyMMdd.
        qualification_date: Option<String> => "QualificationDate",
        /// 資格喪失年月日, yyyyMMdd. Whether that day itself is still covered is not
        /// stated by a public source; in the trade it is the first day without \[I\].
        disqualification_date: Option<String> => "DisqualificationDate",
        /// 被保険者証交付年月日, yyyyMMdd.
        certificate_issuance_date: Option<String> => "InsuredCertificateIssuanceDate",
        /// 被保険者証有効開始年月日, yyyyMMdd.
        card_valid_date: Option<String> => "InsuredCardValidDate",
        /// 被保険者証有効終了年月日, yyyyMMdd.
        card_expiration_date: Option<String> => "InsuredCardExpirationDate",
        /// 被保険者証一部負担金割合 (後期高齢者): percent in 3 digits, `010` is 1割.
        partial_contribution_ratio: Option<String> => "InsuredPartialContributionRatio",
        /// 未就学区分 (OQSCD015).
        preschool: Option<String> => "PreschoolClassification",
        /// 資格喪失事由 (OQSCD008).
        reason_of_loss: Option<String> => "ReasonOfLoss",
        /// 保険者名称
        insurer_name: Option<String> => "InsurerName",
        /// 高齢受給者証情報
        elderly: Option<ElderlyCertificate> => "ElderlyRecipientCertificateInfo",
        /// 限度額適用認定証情報; only with consent.
        limit: Option<LimitCertificate> => "LimitApplicationCertificateRelatedInfo",
        /// 限度額適用認定証等の変更 (OQSCD014); only in bulk answers.
        limit_changed: Option<String> => "LimitApplicationCertificateChanged",
        /// 特定疾病療養受療証情報; only with consent.
        specific_diseases: Vec<SpecificDisease> => "SpecificDiseasesCertificateList/SpecificDiseasesCertificateInfo",
        /// 医療券・調剤券情報 of 医療扶助.
        tickets: Vec<MedicalTicket> => "PublicExpenseResultList/MedicalTicketInfo",
        /// 照会番号, at most 50 characters.
        reference_number: Option<String> => "ReferenceNumber",
        /// 任意の識別子, echoed from the query.
        arbitrary_identifier: Option<String> => "ArbitraryIdentifier",
        /// Consents to disclosure and viewing: elements `…ConsFlg`, `…ConsTime`,
        /// `…AvailableTime` of [`crate::CONSENT_KINDS`].
        consents: Consents => "*",
    }

    /// 高齢受給者証情報
    pub struct ElderlyCertificate {
        /// 交付年月日
        issued: Option<String> => "ElderlyRecipientCertificateDate",
        /// 有効開始年月日
        valid_from: Option<String> => "ElderlyRecipientValidStartDate",
        /// 有効終了年月日
        valid_to: Option<String> => "ElderlyRecipientValidEndDate",
        /// 一部負担金割合 in percent: `20` and, by inference, `020` \[I\].
        contribution_ratio: Option<String> => "ElderlyRecipientContributionRatio",
    }

    /// 限度額適用認定証関連情報
    pub struct LimitCertificate {
        /// 証区分 (OQSCD011).
        classification: Option<String> => "LimitApplicationCertificateClassification",
        /// 適用区分 (OQSCD012): `A01` … `B10`.
        category: Option<String> => "LimitApplicationCertificateClassificationFlag",
        /// 交付年月日
        issued: Option<String> => "LimitApplicationCertificateDate",
        /// 有効開始年月日
        valid_from: Option<String> => "LimitApplicationCertificateValidStartDate",
        /// 有効終了年月日
        valid_to: Option<String> => "LimitApplicationCertificateValidEndDate",
        /// 長期入院該当年月日
        long_term: Option<String> => "LimitApplicationCertificateLongTermDate",
    }

    /// 特定疾病療養受療証情報
    pub struct SpecificDisease {
        /// 疾病区分 (OQSCD013).
        category: Option<String> => "SpecificDiseasesDiseaseCategory",
        /// 交付年月日
        issued: Option<String> => "SpecificDiseasesCertificateDate",
        /// 有効開始年月日
        valid_from: Option<String> => "SpecificDiseasesValidStartDate",
        /// 有効終了年月日
        valid_to: Option<String> => "SpecificDiseasesValidEndDate",
        /// 自己負担限度額, yen a month.
        self_pay: Option<String> => "SpecificDiseasesSelfPay",
    }

    /// 医療券・調剤券情報
    pub struct MedicalTicket {
        /// 券別 (OQSCD018).
        ticket_type: Option<String> => "TicketType",
        /// 有効開始年月日
        valid_date: Option<String> => "MedicalTicketValidDate",
        /// 有効終了年月日
        expiration_date: Option<String> => "MedicalTicketExpirationDate",
        /// 交付番号
        issue_number: Option<String> => "IssueNumber",
        /// 診療年月, yyyyMM.
        treatment_month: Option<String> => "MedicalTreatmentMonth",
        /// 指定医療機関コード
        institution_code: Option<String> => "DesignatedMedicalInstitutionCode",
        /// 指定医療機関一致フラグ (OQSCD026).
        institution_flag: Option<String> => "DesignatedMedicalInstitutionFlag",
        /// 指定医療機関名称
        institution_name: Option<String> => "DesignatedMedicalInstitutionName",
        /// 処方箋発行元医療機関コード
        prescription_issuer_code: Option<String> => "PrescriptionIssuerMedicalInstitutionCode",
        /// 処方箋発行元医療機関名称
        prescription_issuer_name: Option<String> => "PrescriptionIssuerMedicalInstitutionName",
        /// 傷病名１
        injury_name1: Option<String> => "InjuryName1",
        /// 傷病名２
        injury_name2: Option<String> => "InjuryName2",
        /// 傷病名３
        injury_name3: Option<String> => "InjuryName3",
        /// 診療別 (OQSCD019): `05` 訪問看護.
        treatment_type: Option<String> => "MedicalTreatmentType",
        /// 本人支払額, yen.
        self_pay_amount: Option<String> => "SelfPayAmount",
        /// 地区担当員名
        district_contact: Option<String> => "DistrictContactName",
        /// 取扱担当者名
        handling_contact: Option<String> => "HandlingContactName",
        /// 単独・併用別 (OQSCD020).
        single_or_combined: Option<String> => "SingleOrCombinedUse",
        /// 社会保険の状況 (OQSCD021).
        social_insurance: Option<String> => "StatusOfSocialInsurance",
        /// 不整合フラグ (OQSCD022).
        consistency_flag: Option<String> => "ConsistencyFlag",
        /// 感染症法第37条の2の状況 (OQSCD023). The interface spells it so.
        infection: Option<String> => "StatusOfInfecton",
        /// 後期高齢者医療の状況 (OQSCD024).
        elderly_care: Option<String> => "StatusOfElderlyMedicalCare",
        /// 都道府県費の状況 (OQSCD025).
        prefectural_expenses: Option<String> => "StatusOfPrefecturalExpenses",
        /// 備考１
        remarks1: Option<String> => "Remarks1",
        /// 備考２
        remarks2: Option<String> => "Remarks2",
        /// 備考３
        remarks3: Option<String> => "Remarks3",
    }
}

impl Qualification {
    /// 保険者番号 without its padding.
    pub fn insurer(&self) -> Option<&str> {
        self.insurer_number.as_deref().map(str::trim)
    }

    /// Whether this is 医療扶助: card class `A1`. That an insurer number beginning with `12`
    /// means the same is known from published software only \[V-impl\].
    pub fn is_public_assistance(&self) -> bool {
        self.card_class.as_deref() == Some("A1")
            || self
                .insurer()
                .is_some_and(|n| n.len() == 8 && n.starts_with("12"))
    }
}

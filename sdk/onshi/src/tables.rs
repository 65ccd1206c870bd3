//! The code tables OQSCD… as data: value and meaning. A code that is not here is shown as
//! it stands; nothing fails on it.

use crate::Confidence;
use crate::Confidence::{Secondary, Secondary2};

/// One code table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeTable {
    /// `OQSCD006`
    pub id: &'static str,
    /// What the codes say, in Japanese.
    pub name_ja: &'static str,
    /// Elements that hold the code; `…` stands for the kinds of [`crate::CONSENT_KINDS`].
    pub elements: &'static [&'static str],
    /// How sure the values are.
    pub confidence: Confidence,
    /// Values and their meanings, in the order of the table.
    pub values: &'static [(&'static str, &'static str)],
}

/// The table of that id.
pub fn table(id: &str) -> Option<&'static CodeTable> {
    TABLES.iter().find(|t| t.id == id)
}

/// What a code means, in Japanese.
///
/// ```
/// assert_eq!(onshi::tables::meaning("OQSCD019", "05"), Some("訪問看護"));
/// assert_eq!(onshi::tables::meaning("OQSCD019", "99"), None);
/// ```
pub fn meaning(id: &str, value: &str) -> Option<&'static str> {
    table(id)?
        .values
        .iter()
        .find(|(v, _)| *v == value)
        .map(|(_, ja)| *ja)
}

/// The table of the code that an element holds.
pub fn of_element(element: &str) -> Option<&'static CodeTable> {
    TABLES.iter().find(|t| t.elements.contains(&element))
}

const fn codes(
    id: &'static str,
    name_ja: &'static str,
    elements: &'static [&'static str],
    confidence: Confidence,
    values: &'static [(&'static str, &'static str)],
) -> CodeTable {
    CodeTable {
        id,
        name_ja,
        elements,
        confidence,
        values,
    }
}

/// The tables whose element names are known. Missing numbers have no confirmed element
/// (027, 031, 032) or belong to messages that are not offered here.
#[rustfmt::skip]
pub const TABLES: &[CodeTable] = &[
    codes("OQSCD001", "限度額情報等の提供への同意",
        &["LimitApplicationCertificateRelatedConsFlg", "SpecificDiseasesCertificateRelatedConsFlg"], Secondary2,
        &[("0", "未同意"), ("1", "同意")]),
    codes("OQSCD002", "照会区分", &["ReferenceClassification"], Secondary2,
        &[("1", "マイナンバーカード"), ("2", "被保険者証情報")]),
    codes("OQSCD003", "処理結果区分", &["SegmentOfResult"], Secondary2,
        &[("1", "正常終了"), ("2", "処理中"), ("9", "異常終了")]),
    codes("OQSCD004", "処理結果状況", &["ProcessingResultStatus"], Secondary2,
        &[("1", "正常終了"), ("2", "エラー")]),
    codes("OQSCD005", "文字コード識別", &["CharacterCodeIdentifier"], Secondary2,
        &[("0", "UTF-8"), ("1", "Shift_JIS")]),
    codes("OQSCD006", "資格有効性", &["QualificationValidity"], Secondary2,
        &[("1", "有効"), ("2", "無効"), ("3", "無効（新しい資格あり）"), ("4", "該当資格なし"),
          ("5", "複数該当"), ("6", "有効（未登録）")]),
    codes("OQSCD007", "性別", &["Sex1", "Sex2"], Secondary2,
        &[("1", "男"), ("2", "女"), ("3", "未設定")]),
    codes("OQSCD008", "資格喪失事由", &["ReasonOfLoss"], Secondary2,
        &[("01", "死亡"), ("02", "生活保護受給開始"), ("03", "医療保険等の資格取得"), ("99", "その他")]),
    codes("OQSCD009", "本人・家族の別", &["PersonalFamilyClassification"], Secondary2,
        &[("1", "本人"), ("2", "家族")]),
    codes("OQSCD010", "被保険者証区分", &["InsuredCardClassification"], Secondary2,
        &[("01", "一般"), ("02", "退職"), ("03", "短期（一般）"), ("04", "短期（退職）"),
          ("05", "特別療養費支給対象者（旧 被保険者資格証明書）"), ("06", "特例退職"), ("07", "自衛官"),
          ("A1", "医療扶助")]),
    codes("OQSCD011", "限度額適用認定証区分", &["LimitApplicationCertificateClassification"], Secondary2,
        &[("01", "限度額適用認定証"), ("02", "限度額適用・標準負担額減額認定証"), ("03", "標準負担額減額認定証")]),
    codes("OQSCD012", "限度額適用区分", &["LimitApplicationCertificateClassificationFlag"], Secondary2,
        &[("A01", "ア"), ("A02", "イ"), ("A03", "ウ"), ("A04", "エ"), ("A05", "オ"), ("A06", "オ（境）"),
          ("B01", "現役並みⅢ"), ("B02", "現役並みⅡ"), ("B03", "現役並みⅠ"), ("B04", "一般"),
          ("B05", "低所得Ⅱ"), ("B06", "低所得Ⅰ"), ("B07", "低所得Ⅰ（老福）"), ("B08", "低所得Ⅰ（境）"),
          ("B09", "一般Ⅱ"), ("B10", "一般Ⅰ")]),
    codes("OQSCD013", "特定疾病療養受療証の疾病区分", &["SpecificDiseasesDiseaseCategory"], Secondary2,
        &[("1", "人工透析（慢性腎不全）"), ("2", "血液凝固因子障害"), ("3", "HIV（製剤起因）")]),
    codes("OQSCD014", "限度額適用認定証等の変更", &["LimitApplicationCertificateChanged"], Secondary,
        &[("0", "変更なし"), ("1", "変更あり又は判定不能")]),
    codes("OQSCD015", "未就学区分", &["PreschoolClassification"], Secondary2,
        &[("1", "未就学該当")]),
    codes("OQSCD016", "閲覧同意フラグ", &["…ConsFlg"], Secondary2,
        &[("0", "同意なし"), ("1", "同意あり"), ("2", "有効期限切れ（訪問診療等・オンライン診療等のみ）"),
          ("3", "同意取得困難（救急のみ）")]),
    codes("OQSCD017", "処方箋発行形態", &["PrescriptionIssueSelect"], Secondary2,
        &[("1", "電子処方箋"), ("2", "紙の処方箋")]),
    codes("OQSCD018", "券別", &["TicketType"], Secondary,
        &[("01", "医療券"), ("02", "調剤券")]),
    codes("OQSCD019", "診療別", &["MedicalTreatmentType"], Secondary,
        &[("01", "入院"), ("02", "入院外"), ("03", "歯科"), ("04", "調剤"), ("05", "訪問看護")]),
    codes("OQSCD020", "単独・併用別", &["SingleOrCombinedUse"], Secondary,
        &[("01", "単独"), ("02", "併用")]),
    codes("OQSCD021", "社会保険の状況", &["StatusOfSocialInsurance"], Secondary,
        &[("01", "あり"), ("02", "なし")]),
    codes("OQSCD022", "不整合フラグ", &["ConsistencyFlag"], Secondary,
        &[("1", "不整合あり")]),
    codes("OQSCD023", "感染症法第37条の2の状況", &["StatusOfInfecton"], Secondary,
        &[("01", "あり"), ("02", "なし")]),
    codes("OQSCD024", "後期高齢者医療の状況", &["StatusOfElderlyMedicalCare"], Secondary,
        &[("01", "あり"), ("02", "なし")]),
    codes("OQSCD025", "都道府県費の状況", &["StatusOfPrefecturalExpenses"], Secondary,
        &[("01", "あり"), ("02", "なし")]),
    codes("OQSCD026", "指定医療機関一致フラグ", &["DesignatedMedicalInstitutionFlag"], Secondary,
        &[("0", "一致"), ("1", "不一致")]),
    codes("OQSCD028", "診療区分", &["MedicalTreatmentFlag"], Secondary2,
        &[("1", "外来"), ("2", "訪問診療等"), ("3", "オンライン診療等"), ("4", "救急時")]),
];

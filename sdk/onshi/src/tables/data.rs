//! The values of the code tables.

use super::CodeTable;
use crate::Confidence::{self, Secondary, Secondary2};

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
        missing: None,
    }
}

const fn lacking(table: CodeTable, missing: &'static str) -> CodeTable {
    CodeTable {
        missing: Some(missing),
        ..table
    }
}

const NO_ELEMENT: &str = "要素名が分かっていません。";
const EXISTS: &[(&str, &str)] = &[("01", "あり"), ("02", "なし")];

/// All tables, in the order of their ids.
#[rustfmt::skip]
pub const TABLES: &[CodeTable] = &[
    codes("OQSCD001", "限度額情報の提供への同意", &["LimitApplicationCertificateRelatedConsFlg"], Secondary2,
        &[("0", "未同意"), ("1", "同意")]),
    codes("OQSCD002", "照会区分", &["ReferenceClassification"], Secondary2,
        &[("1", "マイナンバーカード"), ("2", "被保険者証情報")]),
    codes("OQSCD003", "処理結果区分", &["SegmentOfResult"], Secondary2,
        &[("1", "正常終了"), ("2", "処理中"), ("9", "異常終了")]),
    codes("OQSCD004", "処理結果状況", &["ProcessingResultStatus"], Secondary2,
        &[("1", "正常終了"), ("2", "エラー")]),
    // One transcription says 1 and 2; pairs of real files contradict it.
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
    // Codes dropped on 2024-12-02 still come for earlier days.
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
    lacking(codes("OQSCD015", "未就学区分", &["PreschoolClassification"], Secondary2,
        &[("1", "未就学該当")]),
        "2（就学中）を挙げる公開ソフトが一つありますが、確かめられていません。"),
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
    codes("OQSCD021", "社会保険の状況", &["StatusOfSocialInsurance"], Secondary, EXISTS),
    codes("OQSCD022", "社会保険の状況の不整合フラグ", &["ConsistencyFlag"], Secondary,
        &[("1", "不整合あり")]),
    codes("OQSCD023", "感染症法第37条の2の状況", &["StatusOfInfecton"], Secondary, EXISTS),
    codes("OQSCD024", "後期高齢者医療の状況", &["StatusOfElderlyMedicalCare"], Secondary, EXISTS),
    codes("OQSCD025", "都道府県費の状況", &["StatusOfPrefecturalExpenses"], Secondary, EXISTS),
    codes("OQSCD026", "指定医療機関一致フラグ", &["DesignatedMedicalInstitutionFlag"], Secondary,
        &[("0", "一致"), ("1", "不一致")]),
    lacking(codes("OQSCD027", "同一個人有無フラグ", &[], Secondary,
        &[("1", "同一個人あり")]), NO_ELEMENT),
    codes("OQSCD028", "診療区分", &["MedicalTreatmentFlag"], Secondary2,
        &[("1", "外来"), ("2", "訪問診療等"), ("3", "オンライン診療等"), ("4", "救急時")]),
    lacking(codes("OQSCD029", "医療情報種別", &[], Secondary2,
        &[("TKK", "特定健診情報"), ("YZK", "薬剤情報等")]), NO_ELEMENT),
    codes("OQSCD030", "処方・調剤情報の表示", &["PrDiInfClassification"], Secondary,
        &[("0", "表示しない"), ("1", "表示する")]),
    lacking(codes("OQSCD031", "同意有効期限切れ理由", &[], Secondary,
        &[("0", "診療形態によって異なる"), ("1", "医療機関による同意取り消し"),
          ("2", "患者による同意取り消し"), ("3", "用途変更による同意取り消し")]),
        "要素名が分かっていません。0 の意味は公式の補足によりますが、公開されていません。"),
    lacking(codes("OQSCD032", "資格情報変更確認フラグ", &[], Secondary,
        &[("0", "一致"), ("1", "不一致")]), NO_ELEMENT),
    lacking(codes("OQSCD033", "URL取得の診療区分", &[], Secondary,
        &[("2", "訪問診療等"), ("3", "オンライン診療等")]), NO_ELEMENT),
    lacking(codes("OQSCD034", "二次元コードの形式", &[], Secondary,
        &[("1", "PDF形式"), ("2", "PNG形式")]), NO_ELEMENT),
    lacking(codes("OQSCD035", "URLの変更", &[], Secondary,
        &[("0", "変更しない"), ("1", "変更する")]), NO_ELEMENT),
    lacking(codes("OQSCD036", "閲覧同意情報種別", &[], Secondary,
        &[("TSR", "特定疾病療養受療証情報"), ("TKK", "特定健診情報"), ("YZK", "薬剤情報（薬剤・処方）"),
          ("SRJ", "診療情報（診療・アレルギー等・検査）"), ("SHJ", "手術情報（手術・傷病名・感染症）")]),
        NO_ELEMENT),
    lacking(codes("OQSCD037", "利用設定区分", &[], Secondary,
        &[("0", "利用しない"), ("1", "利用する")]), NO_ELEMENT),
    lacking(codes("OQSCD038", "電子処方箋利用区分", &[], Secondary,
        &[("0", "利用しない"), ("1", "電子処方箋のみ"), ("2", "電子処方箋と紙の処方箋の併用"), ("3", "紙の処方箋のみ")]),
        NO_ELEMENT),
    lacking(codes("OQSCD039", "処方箋発行形態を選ぶ時期", &[], Secondary,
        &[("1", "資格確認時以外で確認する"), ("2", "資格確認時に確認する")]), NO_ELEMENT),
    lacking(codes("OQSCD040", "救急時の情報要求パターン", &[], Secondary,
        &[("1", "救急用サマリー"), ("2", "救急用全量版"), ("3", "電子処方箋・救急用サマリー・救急用全量版"),
          ("4", "現行の薬剤情報"), ("5", "現行の診療・薬剤情報"), ("6", "現行の特定健診情報")]), NO_ELEMENT),
    lacking(codes("OQSCD041", "二要素認証の要素区分", &[], Secondary,
        &[("1", "記憶"), ("2", "生体情報"), ("3", "物理媒体")]), NO_ELEMENT),
    // The meaning depends on OQSCD041: its code, a slash, the own code.
    lacking(codes("OQSCD042", "二要素認証の方式区分", &[], Secondary,
        &[("1/01", "ID・パスワード"), ("1/02", "暗証番号"), ("1/03", "秘密の質問"),
          ("2/01", "指紋認証"), ("2/02", "顔認証"), ("2/03", "音声認証"), ("2/04", "静脈認証"), ("2/05", "虹彩認証"),
          ("3/01", "ICカード"), ("3/02", "ワンタイムパスワード"), ("3/03", "その他の物理媒体")]),
        "要素名が分かっていません。意味は OQSCD041 の値によるため「OQSCD041の値/この値」で引きます。"),
    lacking(codes("OQSCD043", "救急時の閲覧権限", &[], Secondary,
        &[("0", "権限なし"), ("1", "権限あり")]), NO_ELEMENT),
    // The transcription has 01 beside 2, 4 and 8: kept as it stands.
    lacking(codes("OQSCD044", "連携システム（PMH）", &[], Secondary,
        &[("01", "医療費助成"), ("2", "母子保健"), ("4", "予防接種"), ("8", "介護保険")]),
        "要素名が分かっていません。桁がそろっていないため、値は公式の表で確かめてください。"),
];

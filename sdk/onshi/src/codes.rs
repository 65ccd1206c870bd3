//! Codes that programs branch on. The rest are texts with a table ([`crate::tables`]).

use crate::part::codes;

codes! {
    /// 処理結果区分 of the whole message (`SegmentOfResult`).
    pub enum SegmentOfResult("OQSCD003") {
        /// 正常終了
        Done = "1",
        /// 処理中: ask again later with a new request.
        Processing = "2",
        /// 異常終了
        Failed = "9",
    }

    /// 処理結果状況 of one person (`ProcessingResultStatus`).
    pub enum ProcessingResultStatus("OQSCD004") {
        /// 正常終了
        Done = "1",
        /// エラー
        Error = "2",
    }

    /// 文字コード識別 (`CharacterCodeIdentifier`).
    pub enum CharacterCode("OQSCD005") {
        /// UTF-8
        Utf8 = "0",
        /// Shift_JIS
        ShiftJis = "1",
    }

    /// 照会区分 (`ReferenceClassification`).
    pub enum ReferenceClass("OQSCD002") {
        /// マイナンバーカード
        MyNumberCard = "1",
        /// 被保険者証等情報: asked by numbers.
        Numbers = "2",
    }

    /// 資格有効性 (`QualificationValidity`).
    pub enum Validity("OQSCD006") {
        /// 有効
        Valid = "1",
        /// 無効
        Invalid = "2",
        /// 無効（新しい資格あり）. Whether the answer shows the new or the old one is not
        /// known \[GAP\].
        InvalidNewExists = "3",
        /// 該当資格なし
        NotFound = "4",
        /// 複数該当, 医療保険 only
        Several = "5",
        /// 有効（未登録）, 医療扶助 only
        ValidUnregistered = "6",
    }

    /// 性別 (`Sex1`, `Sex2`).
    pub enum Sex("OQSCD007") {
        /// 男
        Male = "1",
        /// 女
        Female = "2",
        /// 未設定
        Unset = "3",
    }

    /// 本人・家族の別 (`PersonalFamilyClassification`).
    pub enum PersonalFamily("OQSCD009") {
        /// 本人
        Insured = "1",
        /// 家族
        Family = "2",
    }

    /// 閲覧同意フラグ (`…ConsFlg` of what may be viewed).
    pub enum ConsentFlag("OQSCD016") {
        /// 同意なし
        No = "0",
        /// 同意あり
        Yes = "1",
        /// 有効期限切れ: only in 訪問診療等 and オンライン診療等
        Expired = "2",
        /// 同意取得困難: only 救急
        Unobtainable = "3",
    }

    /// 限度額情報等の提供への同意 (`LimitApplicationCertificateRelatedConsFlg` and the like).
    pub enum DisclosureConsent("OQSCD001") {
        /// 同意しない
        No = "0",
        /// 同意する
        Yes = "1",
    }

    /// 診療区分 (`MedicalTreatmentFlag`).
    pub enum TreatmentKind("OQSCD028") {
        /// 外来
        Outpatient = "1",
        /// 訪問診療等
        HomeVisit = "2",
        /// オンライン診療等
        Online = "3",
        /// 救急時
        Emergency = "4",
    }

    /// 処方・調剤情報の表示 (`PrDiInfClassification`).
    pub enum PrescriptionDisplay("OQSCD030") {
        /// 表示しない
        Hide = "0",
        /// 表示する
        Show = "1",
    }

    /// 資格情報変更確認フラグ: whether what was asked with is still so.
    pub enum ChangeCheck("OQSCD032") {
        /// 一致
        Same = "0",
        /// 不一致
        Differs = "1",
    }

    /// URL取得の診療区分: whose page.
    pub enum PageKind("OQSCD033") {
        /// 訪問診療等
        HomeVisit = "2",
        /// オンライン診療等
        Online = "3",
    }

    /// 二次元コードの形式
    pub enum QrFormat("OQSCD034") {
        /// PDF形式
        Pdf = "1",
        /// PNG形式
        Png = "2",
    }

    /// URLの変更: a changed URL ends the old one and every printed code.
    pub enum UrlChange("OQSCD035") {
        /// 変更しない
        Keep = "0",
        /// 変更する
        Change = "1",
    }

    /// 閲覧同意情報種別: what may be viewed.
    pub enum ConsentInformation("OQSCD036") {
        /// 特定疾病療養受療証情報
        SpecificDisease = "TSR",
        /// 特定健診情報
        Checkup = "TKK",
        /// 薬剤情報（薬剤・処方）
        Drugs = "YZK",
        /// 診療情報（診療・アレルギー等・検査）
        Consultation = "SRJ",
        /// 手術情報（手術・傷病名・感染症）
        Operation = "SHJ",
    }
}

impl From<crate::Charset> for CharacterCode {
    fn from(charset: crate::Charset) -> Self {
        match charset {
            crate::Charset::Utf8 => Self::Utf8,
            crate::Charset::ShiftJis => Self::ShiftJis,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables;

    #[test]
    fn every_code_with_a_name_stands_in_its_table() {
        fn check(table: &str, codes: Vec<&str>) {
            let table = tables::table(table).unwrap();
            let values: Vec<&str> = table.values.iter().map(|(v, _)| *v).collect();
            assert_eq!(values, codes, "{}", table.id);
        }
        macro_rules! all {
            ($($kind:ident)*) => { $(
                check($kind::TABLE, $kind::KNOWN.iter().map(|c| c.code()).collect());
                for code in $kind::KNOWN {
                    assert_eq!(&$kind::from(code.code()), code);
                    assert!(code.meaning_ja().is_some());
                }
            )* };
        }
        all!(SegmentOfResult ProcessingResultStatus CharacterCode ReferenceClass Validity Sex
             PersonalFamily ConsentFlag DisclosureConsent TreatmentKind PrescriptionDisplay
             ChangeCheck PageKind QrFormat UrlChange ConsentInformation);
    }

    #[test]
    fn an_unknown_code_stays_what_it_is() {
        let validity = Validity::from("7");
        assert_eq!(validity, Validity::Other("7".into()));
        assert_eq!((validity.code(), validity.meaning_ja()), ("7", None));
    }
}

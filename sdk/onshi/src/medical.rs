//! 薬剤情報等 `YZKsiquc01` and 特定健診 `TKKsiquc01`: one person's medical information.
//!
//! The layouts are known from published software only \[V-impl\]: **unconfirmed**. Element
//! names differ from those of eligibility (`InsuranceCardSymbol`, not `InsuredCardSymbol`).
//! Requests are typed. Answers are typed as far as their head goes: result and person. What
//! they tell is a tree of which only some names are known; [`MedicalAnswer::items`] makes a
//! list of it that people can read, with labels where a name is known, and leaves nothing out.
//!
//! This is 要配慮個人情報. It may be asked for only under a living consent of the right kind;
//! whether there is one is not for this crate to know.

mod items;

pub use items::MedicalItem;

use crate::message::{HEADER, gather_home, message};
use crate::part::part;
use crate::{
    CharacterCode, Element, MessageKind, PersonResult, PrescriptionDisplay, SegmentOfResult,
    TreatmentKind,
};
use serde::{Deserialize, Serialize};

part! {
    /// Header of a request for medical information: here it says whom it is about.
    pub struct MedicalRequestHeader {
        /// 医療機関コード, 10 digits.
        institution_code: Option<String> => "MedicalInstitutionCode",
        /// 保険者番号
        insurer_number: Option<String> => "InsurerNumber",
        /// 被保険者証記号
        symbol: Option<String> => "InsuranceCardSymbol" else blank,
        /// 被保険者証番号
        number: Option<String> => "InsuredPersonIdentificationNumber",
        /// 被保険者証枝番
        branch: Option<String> => "BranchNumber" else blank,
        /// 任意のファイル識別子
        file_identifier: Option<String> => "ArbitraryFileIdentifier",
    }

    /// Header of an answer. Published software finds the person in the header; where result
    /// and text stand is not known, so they are looked for in the whole file.
    pub struct MedicalAnswerHeader {
        /// 処理実行時刻, yyyyMMddHHmmss, where the answer has it \[I\].
        execution_time: Option<String> => "ProcessExecutionTime",
        /// 医療機関コード, where the answer has it \[I\].
        institution_code: Option<String> => "MedicalInstitutionCode",
        /// 任意のファイル識別子 of the request, where the answer has it \[I\].
        file_identifier: Option<String> => "ArbitraryFileIdentifier",
        /// 処理結果区分, where the answer has it \[I\].
        segment: Option<SegmentOfResult> => "SegmentOfResult",
        /// エラーコード, where the answer has it \[I\].
        error_code: Option<String> => "ErrorCode",
        /// エラーメッセージ, where the answer has it \[I\]: shown verbatim.
        error_message: Option<String> => "ErrorMessage",
        /// Result: `1` is success, anything else an error that `text` explains.
        result_code: Option<String> => "ResultCode",
        /// Text of an error: shown verbatim.
        text: Option<String> => "MessageContents",
        /// The person of 薬剤情報等.
        drugs_person: Option<DrugsPerson> => "QuaInf",
        /// The person of 特定健診.
        checkup_person: Option<CheckupPerson> => "QualificationsInfo",
        /// 文字コード識別, where the answer has it \[I\].
        character_code: Option<CharacterCode> => "CharacterCodeIdentifier",
    }

    /// The person of an answer with 薬剤情報等.
    pub struct DrugsPerson {
        /// 氏名
        name: Option<String> => "Name",
        /// 氏名カナ
        kana: Option<String> => "KanaName",
        /// 生年月日, yyyyMMdd.
        birthdate: Option<String> => "Birth",
        /// 性別 (OQSCD007 \[I\]).
        sex: Option<String> => "AdmGendCode",
    }

    /// The person of an answer with 特定健診.
    pub struct CheckupPerson {
        /// 氏名
        name: Option<String> => "Name",
        /// 氏名カナ. The interface spells it so.
        kana: Option<String> => "KanasName",
        /// 生年月日, yyyyMMdd.
        birthdate: Option<String> => "Birthday",
        /// 性別 (OQSCD007 \[I\]).
        sex: Option<String> => "AdministrativeGenderCode",
    }
}

message! {
    /// 薬剤情報等要求 `YZKsiquc01req` and 特定健診要求 `TKKsiquc01req`. Layout unconfirmed
    /// \[V-impl\]. [`MedicalRequest::drugs`] and [`MedicalRequest::checkup`] make one.
    pub struct MedicalRequest(MedicalRequestHeader) {
        /// From this month, yyyyMM; 薬剤情報等 only.
        from: Option<String> => "StartDate",
        /// To this month, yyyyMM; 薬剤情報等 only.
        to: Option<String> => "EndDate",
        /// What kind of file is wanted: see [`FileCategory`].
        file_category: Option<String> => "FileCategory",
        /// 処方・調剤情報の表示; written in both kinds of request.
        prescriptions: Option<PrescriptionDisplay> => "PrDiInfClassification",
        /// 診療区分: 2 訪問診療等.
        treatment: Option<TreatmentKind> => "MedicalTreatmentFlag",
    }

    /// 薬剤情報等 `YZKsiquc01res` and 特定健診 `TKKsiquc01res` as XML. Layout unconfirmed
    /// \[V-impl\]. What it tells stands in `extra`; [`MedicalAnswer::items`] makes it readable.
    pub struct MedicalAnswer(MedicalAnswerHeader, character_code) via from_anywhere {}
}

/// Published software finds the result wherever it stands.
fn from_anywhere(root: Element) -> Element {
    gather_home(
        root,
        HEADER,
        &[
            "ResultCode",
            "MessageContents",
            "QuaInf",
            "QualificationsInfo",
        ],
    )
}

/// Kind of medical information.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MedicalKind {
    /// 薬剤情報等 `YZKsiquc01`
    Drugs,
    /// 特定健診情報 `TKKsiquc01`
    Checkup,
}

impl MedicalKind {
    /// The request of this kind.
    pub fn request(self) -> MessageKind {
        match self {
            Self::Drugs => MessageKind::Yzk01Req,
            Self::Checkup => MessageKind::Tkk01Req,
        }
    }

    /// The kind of a message; nothing for other families.
    pub fn of(message: MessageKind) -> Option<Self> {
        match message {
            MessageKind::Yzk01Req | MessageKind::Yzk01Res => Some(Self::Drugs),
            MessageKind::Tkk01Req | MessageKind::Tkk01Res => Some(Self::Checkup),
            _ => None,
        }
    }
}

/// What an answer may come as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MedicalFormat {
    /// XML, which [`MedicalAnswer`] reads.
    Xml,
    /// A PDF for people.
    Pdf,
}

/// What `FileCategory` asks for; the same digits mean different things in the two requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileCategory {
    /// Which request it stands in.
    pub kind: MedicalKind,
    /// Whether 診療情報 is asked for besides 薬剤情報; never in 特定健診.
    pub with_consultation: bool,
    /// XML or PDF.
    pub format: MedicalFormat,
}

/// Every category: digit, meaning, and what it is called.
const FILE_CATEGORIES: &[(&str, FileCategory, &str)] = {
    use MedicalFormat::{Pdf, Xml};
    use MedicalKind::{Checkup, Drugs};
    const fn of(kind: MedicalKind, with_consultation: bool, format: MedicalFormat) -> FileCategory {
        FileCategory {
            kind,
            with_consultation,
            format,
        }
    }
    &[
        ("1", of(Drugs, false, Pdf), "薬剤情報（PDF）"),
        ("2", of(Drugs, false, Xml), "薬剤情報（XML）"),
        ("3", of(Drugs, true, Pdf), "薬剤情報・診療情報（PDF）"),
        ("4", of(Drugs, true, Xml), "薬剤情報・診療情報（XML）"),
        ("1", of(Checkup, false, Pdf), "特定健診情報（PDF）"),
        ("2", of(Checkup, false, Xml), "特定健診情報（XML）"),
    ]
};

impl FileCategory {
    /// The digit as it stands in a message. 特定健診 knows no 診療情報: what is said about it
    /// makes no difference there.
    pub fn code(self) -> &'static str {
        let wanted = Self {
            with_consultation: self.with_consultation && self.kind == MedicalKind::Drugs,
            ..self
        };
        FILE_CATEGORIES
            .iter()
            .find(|(_, category, _)| *category == wanted)
            .map_or("", |(code, _, _)| code)
    }

    /// The category that a digit means in a request of that kind.
    ///
    /// ```
    /// use onshi::{FileCategory, MedicalFormat, MedicalKind};
    /// let four = FileCategory::of(MedicalKind::Drugs, "4").unwrap();
    /// assert!(four.with_consultation && four.format == MedicalFormat::Xml);
    /// assert_eq!(FileCategory::of(MedicalKind::Checkup, "4"), None);
    /// ```
    pub fn of(kind: MedicalKind, code: &str) -> Option<Self> {
        FILE_CATEGORIES
            .iter()
            .find(|(digit, category, _)| *digit == code && category.kind == kind)
            .map(|(_, category, _)| *category)
    }

    /// What it is called, in Japanese.
    pub fn meaning_ja(self) -> &'static str {
        let code = self.code();
        FILE_CATEGORIES
            .iter()
            .find(|(digit, category, _)| *digit == code && category.kind == self.kind)
            .map_or("", |(_, _, ja)| ja)
    }
}

impl MedicalRequest {
    /// Asks for 薬剤情報等 of months from … to (yyyyMM), 訪問診療等, with what pharmacies and
    /// prescriptions say.
    pub fn drugs(
        header: MedicalRequestHeader,
        (from, to): (Option<&str>, Option<&str>),
        with_consultation: bool,
        format: MedicalFormat,
    ) -> Self {
        let category = FileCategory {
            kind: MedicalKind::Drugs,
            with_consultation,
            format,
        };
        Self {
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
            ..Self::of(header, category)
        }
    }

    /// Asks for 特定健診情報, 訪問診療等. It has no months.
    pub fn checkup(header: MedicalRequestHeader, format: MedicalFormat) -> Self {
        let category = FileCategory {
            kind: MedicalKind::Checkup,
            with_consultation: false,
            format,
        };
        Self::of(header, category)
    }

    fn of(header: MedicalRequestHeader, category: FileCategory) -> Self {
        Self {
            header,
            file_category: Some(category.code().to_owned()),
            prescriptions: Some(PrescriptionDisplay::Show),
            treatment: Some(TreatmentKind::HomeVisit),
            ..Self::default()
        }
    }
}

/// The person of an answer, whichever kind it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MedicalPerson<'a> {
    /// 氏名
    pub name: Option<&'a str>,
    /// 氏名カナ
    pub kana: Option<&'a str>,
    /// 生年月日, yyyyMMdd.
    pub birthdate: Option<&'a str>,
    /// 性別
    pub sex: Option<&'a str>,
}

impl MedicalAnswer {
    /// How it ended. Success is said, never assumed: an answer without a result is an error.
    pub fn result(&self) -> PersonResult<'_> {
        let header = &self.header;
        let failed = header
            .segment
            .as_ref()
            .is_some_and(|segment| *segment != SegmentOfResult::Done);
        PersonResult {
            is_error: failed || header.result_code.as_deref().map(str::trim) != Some("1"),
            code: header
                .error_code
                .as_deref()
                .or(header.result_code.as_deref()),
            text: header.text.as_deref().or(header.error_message.as_deref()),
        }
    }

    /// The person it is about, where it says so.
    pub fn person(&self) -> Option<MedicalPerson<'_>> {
        let drugs = self.header.drugs_person.as_ref().map(|one| MedicalPerson {
            name: one.name.as_deref(),
            kana: one.kana.as_deref(),
            birthdate: one.birthdate.as_deref(),
            sex: one.sex.as_deref(),
        });
        drugs.or_else(|| {
            let one = self.header.checkup_person.as_ref()?;
            Some(MedicalPerson {
                name: one.name.as_deref(),
                kana: one.kana.as_deref(),
                birthdate: one.birthdate.as_deref(),
                sex: one.sex.as_deref(),
            })
        })
    }

    /// What it tells, line by line in the order of the file.
    pub fn items(&self) -> Vec<MedicalItem> {
        items::of(&self.extra)
    }
}

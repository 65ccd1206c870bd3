//! The values that a layout can place, and which of them a message has.

use super::spec::Each;
use serde::{Deserialize, Serialize};

/// Makes the enum of values with the key and the Japanese name of each.
macro_rules! values {
    ($( $(#[$doc:meta])* $variant:ident = $key:literal, $ja:literal; )*) => {
        /// A value of a message: what an element of the official sheet holds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "kebab-case")]
        pub enum Value {
            $( $(#[$doc])* #[doc = $ja] $variant, )*
        }

        impl Value {
            /// The key in a layout file.
            pub fn key(self) -> &'static str {
                match self { $( Self::$variant => $key, )* }
            }

            /// What it is called in the trade.
            pub fn name_ja(self) -> &'static str {
                match self { $( Self::$variant => $ja, )* }
            }

            /// Every value.
            pub const ALL: &'static [Self] = &[ $( Self::$variant ),* ];
        }
    };
}

values! {
    AsOf = "as-of", "資格確認日（yyyyMMdd）";
    InstitutionCode = "institution-code", "医療機関コード（10桁）";
    FileIdentifier = "file-identifier", "任意のファイル識別子";
    InsurerNumber = "insurer-number", "保険者番号（8文字。短いものは前を空白で埋める）";
    Symbol = "symbol", "被保険者証記号";
    Number = "number", "被保険者証番号";
    Branch = "branch", "被保険者証枝番";
    BirthDate = "birth-date", "生年月日（yyyyMMdd）";
    LimitConsent = "limit-consent", "限度額情報の提供への同意（OQSCD001）";
    ReferenceNumber = "reference-number", "照会番号";
    ArbitraryIdentifier = "arbitrary-identifier", "任意の識別子";
    TreatmentFlag = "treatment-flag", "診療区分（OQSCD028）";
    ConsentKind = "consent-kind", "閲覧同意情報種別（OQSCD036）";
    UrlKind = "url-kind", "URL取得の診療区分（OQSCD033）";
    QrKind = "qr-kind", "二次元コードの形式（OQSCD034）";
    ChangeFlag = "change-flag", "URLの変更（OQSCD035）";
    ReceptionNumber = "reception-number", "受付番号";
    ReceptionTime = "reception-time", "受付日時（yyyyMMddHHmmss）";
    ExecutionTime = "execution-time", "処理実行時刻（yyyyMMddHHmmss）";
    ReferenceClass = "reference-class", "照会区分（OQSCD002）";
    Segment = "segment", "処理結果区分（OQSCD003）：電文全体";
    ErrorCode = "error-code", "エラーコード：電文全体";
    ErrorMessage = "error-message", "エラーメッセージ：電文全体";
    CharacterCode = "character-code", "文字コード識別（OQSCD005）";
    Results = "results", "資格情報（ResultOfQualificationConfirmation と同じ中身）";
    Status = "status", "処理結果状況（OQSCD004）";
    Code = "code", "処理結果コード";
    Message = "message", "処理結果メッセージ";
    Validity = "validity", "資格有効性（OQSCD006）";
    Changed = "changed", "資格情報変更確認フラグ（OQSCD032）";
    Url = "url", "医療機関アクセスURL";
    Qr = "qr", "二次元コード（Base64）";
}

/// Values and where the typed message has each: its path below the element that the list
/// stands for.
pub(super) type Places = &'static [(Value, &'static str)];

/// A typed message as layouts see it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Role {
    /// Values of the message as such, by the element of the typed message that holds them.
    pub(super) message: &'static [(&'static str, Places)],
    /// What is repeated in it: its path below the root, and the values of one.
    pub(super) group: Option<Group>,
    /// At least one value of each of these sets has to be placed, or the message is of no use.
    pub(super) needs: &'static [&'static [Value]],
}

/// The repeated part of a typed message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) each: Each,
    pub(super) path: &'static str,
    pub(super) places: Places,
}

/// Path of a value that is the repeated element itself.
pub(super) const ITSELF: &str = ".";

use Value::*;

const HEADER: &str = "MessageHeader";
const BODY: &str = "MessageBody";
const SEARCH: &str = "MessageBody/QualificationConfirmSearchInfo";
const UNIT: &str = "MessageBody/BulkConfirmUnit";

const REQUEST_HEADER: Places = &[
    (AsOf, "QualificationConfirmationDate"),
    (InstitutionCode, "MedicalInstitutionCode"),
    (FileIdentifier, "ArbitraryFileIdentifier"),
];

const PERSON: Places = &[
    (InsurerNumber, "InsurerNumber"),
    (Symbol, "InsuredCardSymbol"),
    (Number, "InsuredIdentificationNumber"),
    (Branch, "InsuredBranchNumber"),
    (BirthDate, "Birthdate"),
    (LimitConsent, "LimitApplicationCertificateRelatedConsFlg"),
    (ReferenceNumber, "ReferenceNumber"),
    (ArbitraryIdentifier, "ArbitraryIdentifier"),
    (TreatmentFlag, "MedicalTreatmentFlag"),
];

const ANSWER_HEADER: Places = &[
    (AsOf, "QualificationConfirmationDate"),
    (InstitutionCode, "MedicalInstitutionCode"),
    (FileIdentifier, "ArbitraryFileIdentifier"),
    (ExecutionTime, "ProcessExecutionTime"),
    (ReferenceClass, "ReferenceClassification"),
    (Segment, "SegmentOfResult"),
    (ErrorCode, "ErrorCode"),
    (ErrorMessage, "ErrorMessage"),
    (CharacterCode, "CharacterCodeIdentifier"),
];

const RECEPTION: Places = &[(ReceptionNumber, "ReceptionNumber")];

const RESULT: Places = &[
    (Status, "ProcessingResultStatus"),
    (Code, "ProcessingResultCode"),
    (Message, "ProcessingResultMessage"),
];

const RECHECKED: Places = &[
    (
        InsurerNumber,
        "QualificationConfirmSearchInfo/InsurerNumber",
    ),
    (Symbol, "QualificationConfirmSearchInfo/InsuredCardSymbol"),
    (
        Number,
        "QualificationConfirmSearchInfo/InsuredIdentificationNumber",
    ),
    (Branch, "QualificationConfirmSearchInfo/InsuredBranchNumber"),
    (BirthDate, "QualificationConfirmSearchInfo/Birthdate"),
    (
        ArbitraryIdentifier,
        "QualificationConfirmSearchInfo/ArbitraryIdentifier",
    ),
    (ReferenceNumber, "ReferenceNumber"),
    (Status, "ProcessingResultStatus"),
    (Code, "ProcessingResultCode"),
    (Message, "ProcessingResultMessage"),
    (Validity, "QualificationValidity"),
    (Changed, "changed"),
    (Results, "ResultOfQualificationConfirmation"),
];

/// Who is meant.
const WHO: &[Value] = &[Number, ReferenceNumber];
/// How the parts of many people are told apart.
const WHICH: &[Value] = &[ArbitraryIdentifier, ReferenceNumber, Number];
/// Whether it went well.
const ENDED: &[Value] = &[Segment, Status];

pub(super) const RECHECK: Role = Role {
    message: &[(HEADER, REQUEST_HEADER), (SEARCH, PERSON)],
    group: None,
    needs: &[WHO],
};

pub(super) const RECHECKED_ONE: Role = Role {
    message: &[(HEADER, ANSWER_HEADER), (UNIT, RECHECKED)],
    group: None,
    needs: &[ENDED, &[Validity], &[Results]],
};

pub(super) const RECHECK_MANY: Role = Role {
    message: &[(HEADER, REQUEST_HEADER)],
    group: Some(Group {
        each: Each::Person,
        path: SEARCH,
        places: PERSON,
    }),
    needs: &[WHO],
};

pub(super) const RECHECKED_MANY: Role = Role {
    message: &[(HEADER, ANSWER_HEADER), (HEADER, RECEPTION)],
    group: Some(Group {
        each: Each::Person,
        path: UNIT,
        places: RECHECKED,
    }),
    // 処理中 is said by the segment.
    needs: &[&[Segment], &[Validity], &[Results], WHICH],
};

pub(super) const ACCEPTANCE: Role = Role {
    message: &[
        (HEADER, ANSWER_HEADER),
        (BODY, RECEPTION),
        (BODY, &[(ReceptionTime, "ReceptionDateTime")]),
        (BODY, RESULT),
    ],
    group: None,
    needs: &[&[ReceptionNumber]],
};

pub(super) const DOWNLOAD: Role = Role {
    message: &[(HEADER, REQUEST_HEADER), (BODY, RECEPTION)],
    group: None,
    needs: &[&[ReceptionNumber]],
};

pub(super) const REVOKE: Role = Role {
    message: &[
        (HEADER, REQUEST_HEADER),
        (SEARCH, PERSON),
        (BODY, &[(ConsentKind, "consent-kind")]),
    ],
    group: Some(Group {
        each: Each::ConsentKind,
        path: "MessageBody/consent-kind",
        places: &[(ConsentKind, ITSELF)],
    }),
    needs: &[WHO, &[ConsentKind]],
};

pub(super) const REVOKED: Role = Role {
    message: &[
        (HEADER, ANSWER_HEADER),
        (BODY, RESULT),
        (BODY, &[(ReferenceNumber, "ReferenceNumber")]),
    ],
    group: None,
    needs: &[ENDED],
};

pub(super) const ASK_PAGE: Role = Role {
    message: &[
        (HEADER, REQUEST_HEADER),
        (
            BODY,
            &[
                (UrlKind, "url-kind"),
                (QrKind, "qr-kind"),
                (ChangeFlag, "change-flag"),
            ],
        ),
    ],
    group: None,
    needs: &[&[UrlKind]],
};

pub(super) const PAGE: Role = Role {
    message: &[
        (HEADER, ANSWER_HEADER),
        (BODY, RESULT),
        (BODY, &[(Url, "url"), (Qr, "qr")]),
    ],
    group: None,
    needs: &[ENDED],
};

impl Role {
    /// Where the typed message has a value, outside the repeated part: path of the element
    /// that holds it, and its path below that.
    pub(super) fn place(&self, value: Value) -> Option<(&'static str, &'static str)> {
        self.message.iter().find_map(|(holder, places)| {
            let found = places.iter().find(|(one, _)| *one == value)?;
            Some((*holder, found.1))
        })
    }

    /// Every value of the message, the repeated ones last.
    pub(super) fn values(&self) -> Vec<Value> {
        let message = self.message.iter().map(|(_, places)| *places);
        let group = self.group.iter().map(|group| group.places);
        let mut all: Vec<Value> = Vec::new();
        for (value, _) in message.chain(group).flatten() {
            if !all.contains(value) {
                all.push(*value);
            }
        }
        all
    }
}

impl Group {
    /// Path of a value below the repeated element.
    pub(super) fn place(&self, value: Value) -> Option<&'static str> {
        let found = self.places.iter().find(|(one, _)| *one == value)?;
        Some(found.1)
    }
}

impl Value {
    /// Whether a message may have several of it side by side.
    pub(super) fn is_repeated(self) -> bool {
        matches!(self, Self::Results | Self::ConsentKind)
    }
}

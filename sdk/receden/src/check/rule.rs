use std::sync::LazyLock;

use reseplug_model::Grade;
use serde::Deserialize;

use super::Severity;

macro_rules! rules {
    ($($name:ident = $code:literal),+ $(,)?) => {
        /// A rule of the check. Its texts, severity and basis stand in `editions/rules.toml`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Rule { $($name),+ }

        impl Rule {
            #[cfg(test)]
            pub(crate) const ALL: &'static [(Rule, &'static str)] = &[$((Rule::$name, $code)),+];

            /// The rule of a code that data names.
            pub(crate) fn of(code: &str) -> Option<Self> {
                match code {
                    $($code => Some(Self::$name),)+
                    _ => None,
                }
            }
        }
    };
}

rules! {
    FileIsReturn = "R-FILE-01", NoFooter = "R-FILE-02", NoEof = "R-FILE-03",
    BehindEof = "R-FILE-04", LineEnd = "R-FILE-05", NoReceipt = "R-FILE-06",
    OtherPayer = "R-FILE-07", Duplicate = "R-FILE-08", ReceiptNumber = "R-FILE-09",
    MonthOrder = "R-FILE-10", EditionUnknown = "R-FILE-11", MoreOfTheSame = "R-FILE-12",
    DuplicateAcross = "R-FILE-13",
    UnknownRecord = "R-REC-01", RecordOrder = "R-REC-02", TooManyRecords = "R-REC-03",
    MissingRecord = "R-REC-04", RecordNotAllowed = "R-REC-05", FieldCount = "R-REC-06",
    Ascending = "R-REC-07", PublicOrder = "R-REC-08", ChargeOrder = "R-REC-09",
    InstructionOrder = "R-REC-10", OutsideReceipt = "R-REC-11", ReturnReason = "R-REC-12",
    HistoryAlone = "R-REC-13", RecordWithoutCharge = "R-REC-14",
    Required = "R-FLD-01", Omitted = "R-FLD-02", TooLong = "R-FLD-03", FixedLength = "R-FLD-04",
    Mode = "R-FLD-05", Character = "R-FLD-06", BrokenBytes = "R-FLD-07", LeadingZero = "R-FLD-08",
    TrailingBlank = "R-FLD-09", NoSuchCode = "R-FLD-10", CodeTwice = "R-FLD-11",
    NoDate = "R-FLD-12", Quotation = "R-FLD-13", PercentZero = "R-FLD-14", OldDate = "R-FLD-15",
    DecimalZero = "R-FLD-16",
    StationDigit = "R-HM-01",
    PayerCount = "R-RE-01", System = "R-RE-02", Preschool = "R-RE-03", NameBlank = "R-RE-04",
    Kana = "R-RE-05", MissingGlyph = "R-RE-06", BenefitPercent = "R-RE-07",
    ElderlyRemark = "R-RE-08", Over75 = "R-RE-09", ElderlyKind = "R-RE-10", BornLater = "R-RE-11",
    SearchNumber = "R-RE-12", SeveralIncomeCodes = "R-RE-13", HalfLimit = "R-RE-14",
    CopayKindAge = "R-RE-15", ElderlyTooYoung = "R-RE-16", HalfLimitMissing = "R-RE-17",
    InsurerDigit = "R-HO-01", InsurerForm = "R-HO-02", CardLength = "R-HO-03",
    InsurerDays = "R-HO-04", InsurerTotal = "R-HO-05", NoDays = "R-HO-06",
    BranchInNumber = "R-HO-07", ElderlySymbol = "R-HO-08", SeamenOnly = "R-HO-09",
    CertificateNational = "R-HO-10", ReductionKind = "R-HO-11",
    PublicDigit = "R-KO-01", RecipientDigit = "R-KO-02", NoRecipient = "R-KO-03",
    PublicDays = "R-KO-04", PublicTotal = "R-KO-05", PublicForm = "R-KO-06",
    RecipientForm = "R-KO-07", VoluntaryNational = "R-KO-08", PartOfNoCopay = "R-KO-09",
    RecipientOf30 = "R-KO-10",
    ConfirmationOfPublic = "R-SN-01", ConfirmationKind = "R-SN-02", BranchNotAllowed = "R-SN-03",
    BranchForm = "R-SN-04", ConfirmationOfNobody = "R-SN-05", NoConfirmation = "R-SN-06",
    DaysDiffer = "R-JD-01", DaysOfNobody = "R-JD-02", NoDayTable = "R-JD-03",
    NoCopayTable = "R-MF-01",
    DisasterRecord = "R-GI-01", DisasterCopay = "R-GI-02",
    InstructionPeriod = "R-HJ-01",
    NoneStandsAlone = "R-JS-01", Diseases = "R-JS-02",
    DiseaseName = "R-SY-01", DiseaseNameOnly = "R-SY-02", Modifiers = "R-SY-03",
    OtherStation = "R-RJ-01", TextOfOther = "R-RJ-02", PlaceChange = "R-RJ-03",
    EndOfService = "R-RJ-04", Death = "R-RJ-05", PersonDays = "R-RJ-06",
    StationOfNobody = "R-RJ-07",
    PreviousMonth = "R-TJ-01",
    AreaComments = "R-TZ-01", EmergencyComments = "R-TZ-02", OtherStationRemark = "R-TZ-03",
    CommentForm = "R-CO-01", CommentText = "R-CO-02", CommentTextForm = "R-CO-03",
    CommentNoText = "R-CO-04", CommentPlace = "R-CO-05",
    InstitutionDigit = "R-IH-01",
    ChargeOfNobody = "R-KA-01", ChargeDay = "R-KA-02", ChargeInstruction = "R-KA-03",
    VisitStaff = "R-KA-04", ChargeCode = "R-KA-05", Quantity = "R-KA-06", Information = "R-KA-07",
    Terminal = "R-KA-08", SpecialCare = "R-KA-09", Psychiatric = "R-KA-10", Percentage = "R-KA-11",
    Training = "R-KA-12", RemarkNeeded = "R-KA-13", AdditionFirst = "R-KA-14",
    PercentagePlace = "R-KA-15", SeveralVisits = "R-KA-16",
    MasterUnknown = "R-MST-01", NotInMaster = "R-MST-02", Price = "R-MST-03", Staff = "R-MST-04",
    Visits = "R-MST-05", InstructionKind = "R-MST-06", Age = "R-MST-07", ElderlyCharge = "R-MST-08",
    Limit = "R-MST-09", Incompatible = "R-MST-10", AdditionAlone = "R-MST-11",
    QuantityKind = "R-MST-12",
}

/// What the catalogue says about a rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    /// Stable code, `R-HO-05`.
    pub code: String,
    /// 受付不能 … 参考.
    pub severity: Severity,
    /// How sure the rule is.
    pub grade: Grade,
    /// Document and section it stands on.
    pub basis: String,
    /// Message in Japanese with `{…}` to fill in.
    pub ja: String,
    /// Message in English with `{…}` to fill in.
    pub en: String,
    /// What to do, in Japanese.
    pub action_ja: String,
    /// What to do, in English.
    pub action_en: String,
    /// Code of 受付・事務点検ASP that speaks of the same thing, where one is known.
    #[serde(default)]
    pub asp_hint: Option<String>,
}

#[derive(Deserialize)]
struct Catalogue {
    rule: Vec<RuleText>,
}

static CATALOGUE: LazyLock<Vec<RuleText>> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the file is part of the program and every test reads it: it cannot be malformed here"
    )]
    let catalogue: Catalogue =
        toml::from_str(include_str!("../../editions/rules.toml")).expect("editions/rules.toml");
    catalogue.rule
});

/// All rules of the check with their texts, in the order of the catalogue.
#[must_use]
pub fn catalogue() -> &'static [RuleText] {
    &CATALOGUE
}

impl Rule {
    /// The rule's entry. The enum and the catalogue are in the same order; a test holds them to it.
    pub(crate) fn text(self) -> Option<&'static RuleText> {
        catalogue().get(self as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_entry_in_the_catalogue_and_every_entry_its_rule() {
        let codes: Vec<&str> = catalogue().iter().map(|text| text.code.as_str()).collect();
        let rules: Vec<&str> = Rule::ALL.iter().map(|(_, code)| *code).collect();
        assert_eq!(codes, rules);
        for (rule, code) in Rule::ALL {
            assert_eq!(rule.text().unwrap().code, *code);
        }
    }

    #[test]
    fn only_official_rules_may_say_that_the_payer_will_not_take_the_file() {
        for text in catalogue() {
            assert!(
                text.severity != Severity::Reject || text.grade == Grade::Official,
                "{}",
                text.code
            );
            for part in [
                &text.ja,
                &text.en,
                &text.action_ja,
                &text.action_en,
                &text.basis,
            ] {
                assert!(!part.is_empty(), "{}", text.code);
            }
        }
    }
}

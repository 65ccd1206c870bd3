//! What two descriptions of a person agree in, sign by sign.

use serde::{Deserialize, Serialize};

/// What both sides say of something that is one or another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// The same.
    Same,
    /// One side does not say.
    Unknown,
    /// Something else.
    Differs,
}

/// フリガナ. The better sign comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KanaSign {
    /// The same kana, in whatever width and script.
    Same,
    /// A spelling that somebody accepted.
    Accepted,
    /// They sound alike: small kana, long marks, ヂ and ジ.
    Sounds,
    /// Two readings that are easily confused (ナカシマ, ナカジマ). Neither agrees nor contradicts.
    Near,
    /// One side does not say.
    Unknown,
    /// The given name agrees, the family name does not.
    GivenOnly,
    /// The family name agrees, the given name does not.
    FamilyOnly,
    /// Another kana.
    Differs,
}

/// 氏名. The better sign comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameSign {
    /// The same characters.
    Same,
    /// A spelling that somebody accepted.
    Accepted,
    /// The same characters in other forms: 髙 and 高.
    Variant,
    /// The given name stands in kana on one side, and the kana of the other agree.
    Reading,
    /// Characters that are taken for one another: 斉 and 斎.
    Mixed,
    /// Equal wherever both sides could show the character (●). Says nothing by itself.
    CouldBe,
    /// One side does not say, or in another script.
    Unknown,
    /// The given name agrees, the family name does not.
    GivenOnly,
    /// The family name agrees, the given name does not.
    FamilyOnly,
    /// Clearly another name.
    Differs,
}

/// 記号・番号. The better sign comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NumberSign {
    /// The same insurer, number and branch, or a number that only one person has (後期高齢者, 医療扶助).
    Person,
    /// The same insurer and number; the branch is not known on both sides.
    Household,
    /// The same digits, of which insurer is not known, or with 記号 and 番号 in each other's place.
    Digits,
    /// One side has no number.
    Unknown,
    /// The same household, another branch: another member of it, or a branch written wrong.
    OtherBranch,
    /// Other numbers: another person, or the same under another coverage.
    Differs,
}

impl KanaSign {
    /// Whether the kana speak for the same person.
    pub fn agrees(self) -> bool {
        matches!(self, Self::Same | Self::Accepted | Self::Sounds)
    }

    /// Whether they speak against it.
    pub fn contradicts(self) -> bool {
        matches!(self, Self::GivenOnly | Self::FamilyOnly | Self::Differs)
    }
}

impl NameSign {
    /// Whether the name speaks for the same person.
    pub fn agrees(self) -> bool {
        matches!(self, Self::Same | Self::Accepted | Self::Variant)
    }

    /// Whether it does so if something else does too.
    pub fn supports(self) -> bool {
        self.agrees() || matches!(self, Self::Reading | Self::Mixed)
    }

    /// Whether it speaks against it.
    pub fn contradicts(self) -> bool {
        matches!(self, Self::GivenOnly | Self::FamilyOnly | Self::Differs)
    }
}

impl NumberSign {
    /// Whether the numbers speak for the same person or household.
    pub fn agrees(self) -> bool {
        matches!(self, Self::Person | Self::Household)
    }
}

/// All signs of one pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Agreement {
    /// 照会番号
    pub reference: Sign,
    /// 生年月日
    pub birth_date: Sign,
    /// 氏名
    pub name: NameSign,
    /// フリガナ
    pub kana: KanaSign,
    /// 性別
    pub sex: Sign,
    /// 記号・番号
    pub number: NumberSign,
}

impl Agreement {
    /// Whether the given name is clearly another one, in every way it is written on both sides.
    pub fn other_given_name(&self) -> bool {
        let kana = matches!(self.kana, KanaSign::FamilyOnly | KanaSign::Differs);
        match self.name {
            // Kana that are only near do not make up for it: ユキ and ユウキ are two people.
            NameSign::FamilyOnly | NameSign::Differs => {
                kana || matches!(self.kana, KanaSign::Near | KanaSign::Unknown)
            }
            // A glyph that is missing hides which of two twins it is; the kana do not.
            NameSign::Unknown | NameSign::CouldBe => kana || self.kana == KanaSign::Near,
            _ => false,
        }
    }

    /// What agrees and what does not, in one line for staff. What nobody says is left out.
    pub fn say_ja(&self) -> String {
        self.say(|(ja, _)| ja, "、")
    }

    /// The same for developers.
    pub fn say_en(&self) -> String {
        self.say(|(_, en)| en, ", ")
    }

    fn say(
        &self,
        language: impl Fn((&'static str, &'static str)) -> &'static str,
        comma: &str,
    ) -> String {
        [
            self.reference_words(),
            self.birth_date_words(),
            self.sex_words(),
            self.kana_words(),
            self.name_words(),
            self.number_words(),
        ]
        .into_iter()
        .flatten()
        .map(language)
        .collect::<Vec<_>>()
        .join(comma)
    }

    fn reference_words(&self) -> Option<(&'static str, &'static str)> {
        match self.reference {
            Sign::Same => Some(("照会番号が同じ", "reference number the same")),
            Sign::Differs => Some(("照会番号が違う", "reference number differs")),
            Sign::Unknown => None,
        }
    }

    fn birth_date_words(&self) -> Option<(&'static str, &'static str)> {
        match self.birth_date {
            Sign::Same => Some(("生年月日が同じ", "birth date the same")),
            Sign::Differs => Some(("生年月日が違う", "birth date differs")),
            Sign::Unknown => Some(("生年月日が読めない", "birth date unreadable")),
        }
    }

    fn sex_words(&self) -> Option<(&'static str, &'static str)> {
        (self.sex == Sign::Differs).then_some(("性別が違う", "sex differs"))
    }

    fn kana_words(&self) -> Option<(&'static str, &'static str)> {
        Some(match self.kana {
            KanaSign::Same => ("フリガナが同じ", "kana the same"),
            KanaSign::Accepted => ("フリガナは認めた表記", "kana in an accepted spelling"),
            KanaSign::Sounds => ("フリガナの読みが同じ", "kana sound the same"),
            KanaSign::Near => ("フリガナが似ている", "kana are near"),
            KanaSign::GivenOnly => ("フリガナは名だけ同じ", "kana of the given name only"),
            KanaSign::FamilyOnly => ("フリガナは姓だけ同じ", "kana of the family name only"),
            KanaSign::Differs => ("フリガナが違う", "kana differ"),
            KanaSign::Unknown => return None,
        })
    }

    fn name_words(&self) -> Option<(&'static str, &'static str)> {
        Some(match self.name {
            NameSign::Same => ("氏名が同じ", "name the same"),
            NameSign::Accepted => ("氏名は認めた表記", "name in an accepted spelling"),
            NameSign::Variant => ("氏名は字体違い", "name in other forms of its characters"),
            NameSign::Reading => ("名が片方だけかな書き", "given name in kana on one side"),
            NameSign::Mixed => ("氏名は紛らわしい別字", "name in characters easily confused"),
            NameSign::CouldBe => (
                "氏名に表示できない文字、残りは同じ",
                "a glyph of the name is missing, the rest is the same",
            ),
            NameSign::GivenOnly => ("氏名は名だけ同じ", "given name only"),
            NameSign::FamilyOnly => ("氏名は姓だけ同じ", "family name only"),
            NameSign::Differs => ("氏名の字が違う", "name differs"),
            NameSign::Unknown => return None,
        })
    }

    fn number_words(&self) -> Option<(&'static str, &'static str)> {
        Some(match self.number {
            NumberSign::Person => ("番号が同じ", "number the same"),
            NumberSign::Household => (
                "記号・番号が同じ（枝番は不明）",
                "number the same, branch unknown",
            ),
            NumberSign::Digits => ("番号の数字だけ同じ", "digits of the number the same"),
            NumberSign::OtherBranch => (
                "記号・番号が同じで枝番が違う",
                "number the same, branch differs",
            ),
            NumberSign::Differs => ("番号が違う", "number differs"),
            NumberSign::Unknown => return None,
        })
    }
}

//! What a pair's signs amount to.

use super::agreement::{Agreement, KanaSign, NameSign, NumberSign, Sign};
use serde::{Deserialize, Serialize};

/// Why a person decides whether somebody is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// Our 照会番号 under another birth date.
    ReferenceBirthDate,
    /// Our 照会番号 under another given name: numbers of two people may be mixed up.
    ReferenceName,
    /// 性別 contradicts.
    SexDiffers,
    /// A character of the name could not be shown (●).
    MissingGlyph,
    /// The same kana and birth date, clearly other characters.
    KanjiDiffers,
    /// The same characters and birth date, clearly another reading.
    KanaDiffers,
    /// Everything but the family name: marriage, or somebody else.
    FamilyNameDiffers,
    /// The name is only similar.
    OnlySimilar,
    /// The name, under another birth date.
    BirthDateDiffers,
    /// A number and nothing of the name.
    NumberOnly,
}

impl Doubt {
    /// What is in doubt and what to do, for staff.
    pub fn message_ja(self) -> &'static str {
        match self {
            Self::ReferenceBirthDate => {
                "照会番号は同じですが生年月日が違います。照会番号の付け違いか、台帳の生年月日の誤りです。"
            }
            Self::ReferenceName => {
                "照会番号は同じですが名が違います。ご家族（双子など）と照会番号が入れ替わっていないか確かめてください。"
            }
            Self::SexDiffers => {
                "性別が台帳と違います。別人でないか、台帳の性別を確かめてください。"
            }
            Self::MissingGlyph => {
                "氏名に表示できない文字（●など）があり、同じ氏名と言い切れません。資格確認書等で氏名を確かめてください。"
            }
            Self::KanjiDiffers => {
                "生年月日とフリガナは同じですが漢字が違います。字体の違いか別人かを確かめてください。"
            }
            Self::KanaDiffers => {
                "生年月日と漢字は同じですが読みが違います。読みの誤りか別人かを確かめてください。"
            }
            Self::FamilyNameDiffers => {
                "生年月日と名は同じですが姓が違います。改姓かどうか本人に確かめてください。"
            }
            Self::OnlySimilar => {
                "氏名が似ているだけで、決め手がありません。本人に確かめてください。"
            }
            Self::BirthDateDiffers => {
                "氏名は同じですが生年月日が違います。同姓同名の別人か、台帳の生年月日の誤りかを確かめてください。"
            }
            Self::NumberOnly => {
                "番号は同じですが氏名が違います。ご家族か、台帳の番号の誤りかを確かめてください。"
            }
        }
    }

    /// The same for developers.
    pub fn message_en(self) -> &'static str {
        match self {
            Self::ReferenceBirthDate => "our reference number under another birth date",
            Self::ReferenceName => "our reference number under another given name",
            Self::SexDiffers => "sex contradicts",
            Self::MissingGlyph => "a glyph of the name could not be shown",
            Self::KanjiDiffers => "same birth date and kana, other characters",
            Self::KanaDiffers => "same birth date and characters, another reading",
            Self::FamilyNameDiffers => "same birth date and given name, another family name",
            Self::OnlySimilar => "the name is only similar",
            Self::BirthDateDiffers => "same name, another birth date",
            Self::NumberOnly => "same number, another name",
        }
    }

    /// Whether a spelling that somebody accepts settles it.
    pub fn settled_by_spelling(self) -> bool {
        match self {
            Self::MissingGlyph
            | Self::KanjiDiffers
            | Self::KanaDiffers
            | Self::FamilyNameDiffers
            | Self::OnlySimilar
            | Self::NumberOnly => true,
            Self::ReferenceBirthDate
            | Self::ReferenceName
            | Self::SexDiffers
            | Self::BirthDateDiffers => false,
        }
    }
}

/// What a pair's signs amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The same person, unless somebody else could be meant as well.
    Same,
    /// Perhaps the same.
    Perhaps(Doubt),
    /// Nothing speaks for it.
    Other,
}

/// Weighs the signs of one pair.
pub fn judge(pair: &Agreement) -> Verdict {
    if pair.reference == Sign::Same {
        return by_reference(pair);
    }
    match pair.birth_date {
        Sign::Same if pair.sex == Sign::Differs => match born_together(pair) {
            Verdict::Other => Verdict::Other,
            _ => Verdict::Perhaps(Doubt::SexDiffers),
        },
        Sign::Same => born_together(pair),
        Sign::Differs | Sign::Unknown => born_apart(pair),
    }
}

fn by_reference(pair: &Agreement) -> Verdict {
    if pair.birth_date != Sign::Same {
        Verdict::Perhaps(Doubt::ReferenceBirthDate)
    } else if pair.sex == Sign::Differs {
        Verdict::Perhaps(Doubt::SexDiffers)
    } else if pair.other_given_name() {
        Verdict::Perhaps(Doubt::ReferenceName)
    } else if pair.name == NameSign::CouldBe && !pair.kana.agrees() {
        // Nothing that can be read tells which of two twins it is.
        Verdict::Perhaps(Doubt::MissingGlyph)
    } else {
        Verdict::Same
    }
}

/// Another birth date is another person; a full name or a whole card may be a slip of the pen.
fn born_apart(pair: &Agreement) -> Verdict {
    let named = pair.name.supports() && !pair.kana.contradicts();
    let read = pair.kana.agrees() && pair.number.agrees();
    if named || read {
        Verdict::Perhaps(Doubt::BirthDateDiffers)
    } else if pair.number == NumberSign::Person {
        Verdict::Perhaps(Doubt::NumberOnly)
    } else {
        Verdict::Other
    }
}

fn born_together(pair: &Agreement) -> Verdict {
    let (kana, name, number) = (pair.kana, pair.name, pair.number);
    if name == NameSign::Accepted {
        return Verdict::Same;
    }
    if name == NameSign::CouldBe {
        return Verdict::Perhaps(Doubt::MissingGlyph);
    }
    if kana.agrees() && name.contradicts() {
        // Twins may sound alike; a number of their own, or the very same kana in one household,
        // tell them apart.
        let exactly = matches!(kana, KanaSign::Same | KanaSign::Accepted);
        return match number {
            NumberSign::Person => Verdict::Same,
            NumberSign::Household if exactly => Verdict::Same,
            _ => Verdict::Perhaps(Doubt::KanjiDiffers),
        };
    }
    if kana.agrees() || (name.agrees() && !kana.contradicts()) {
        return Verdict::Same;
    }
    if name.supports() {
        // Two characters that are taken for one another, read otherwise, may be two twins.
        let numbered = if name == NameSign::Mixed && kana.contradicts() {
            number == NumberSign::Person
        } else {
            number.agrees()
        };
        return if numbered {
            Verdict::Same
        } else if kana.contradicts() {
            Verdict::Perhaps(Doubt::KanaDiffers)
        } else {
            Verdict::Perhaps(Doubt::OnlySimilar)
        };
    }
    if kana == KanaSign::GivenOnly || name == NameSign::GivenOnly {
        Verdict::Perhaps(Doubt::FamilyNameDiffers)
    } else if number.agrees() || number == NumberSign::Digits {
        Verdict::Perhaps(Doubt::NumberOnly)
    } else if kana == KanaSign::Near {
        Verdict::Perhaps(Doubt::OnlySimilar)
    } else {
        Verdict::Other
    }
}

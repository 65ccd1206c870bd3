//! An identity with its search keys, folded once, and the comparison of two of them.

use super::agreement::{Agreement, KanaSign, NameSign, NumberSign, Sign};
use super::{CardNumber, Identity, Spelling};
use reseplug_model::{Date, Sex, fold};

/// An identity with everything folded that is ever compared.
#[derive(Debug, Clone)]
pub(super) struct Folded {
    pub(super) reference: Option<String>,
    pub(super) birth_date: Date,
    sex: Option<bool>,
    pub(super) names: Vec<NameKey>,
    kanas: Vec<KanaKey>,
    pub(super) numbers: Vec<NumberKey>,
}

#[derive(Debug, Clone)]
pub(super) struct NameKey {
    name: String,
    variants: String,
    pub(super) mixed: String,
    parts: Option<(String, String)>,
    /// The given name as kana, where it is written in kana.
    given_in_kana: Option<String>,
    script: Script,
    accepted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    /// Kanji, or a glyph that is missing where one stood.
    Characters,
    Kana,
    Latin,
}

#[derive(Debug, Clone)]
struct KanaKey {
    spelling: String,
    kana: String,
    near: String,
    parts: Option<(String, String)>,
    accepted: bool,
}

#[derive(Debug, Clone)]
pub(super) struct NumberKey {
    insurer: String,
    symbol: String,
    pub(super) number: String,
    branch: String,
    /// 後期高齢者医療 and 医療扶助 number people, not households.
    of_one_person: bool,
}

/// A birth date nobody has: the day could not be read.
pub(super) const NO_DAY: Date = Date::MIN;

impl Folded {
    /// `accepts`: whether the further spellings were accepted by a person, as those on file are.
    pub(super) fn new(identity: &Identity, accepts: bool) -> Self {
        let own = Spelling {
            name: Some(identity.name.clone()),
            kana: identity.kana.clone(),
        };
        let spellings =
            || std::iter::once((&own, false)).chain(identity.also.iter().map(|s| (s, accepts)));
        let names: Vec<NameKey> = spellings()
            .filter_map(|(s, accepted)| NameKey::new(s.name.as_deref()?, accepted))
            .collect();
        let mut kanas: Vec<KanaKey> = spellings()
            .filter_map(|(s, accepted)| KanaKey::new(s.kana.as_deref()?, accepted))
            .collect();
        // A name that is written in kana is a reading as well.
        for (spelling, accepted) in spellings() {
            if let Some(name) = &spelling.name
                && script(&fold::name(name)) == Some(Script::Kana)
                && spelling.kana.is_none()
            {
                kanas.extend(KanaKey::new(name, accepted));
            }
        }
        Self {
            reference: identity
                .reference_number
                .as_deref()
                .map(str::trim)
                .filter(|r| !r.is_empty())
                .map(str::to_owned),
            birth_date: identity.birth_date,
            sex: match identity.sex {
                Sex::Male => Some(true),
                Sex::Female => Some(false),
                Sex::Unset | Sex::Other(_) => None,
            },
            names,
            kanas,
            numbers: identity.numbers.iter().filter_map(NumberKey::new).collect(),
        }
    }

    /// Everything both sides say.
    pub(super) fn compare(&self, other: &Self) -> Agreement {
        Agreement {
            reference: sign(self.reference.as_ref(), other.reference.as_ref()),
            birth_date: sign(day(self.birth_date), day(other.birth_date)),
            sex: sign(self.sex, other.sex),
            kana: best(&self.kanas, &other.kanas, KanaKey::compare).unwrap_or(KanaSign::Unknown),
            name: best(&self.names, &other.names, |a, b| {
                a.compare(b, &self.kanas, &other.kanas)
            })
            .unwrap_or(NameSign::Unknown),
            number: best(&self.numbers, &other.numbers, NumberKey::compare)
                .unwrap_or(NumberSign::Unknown),
        }
    }
}

fn day(day: Date) -> Option<Date> {
    (day != NO_DAY).then_some(day)
}

fn sign<T: PartialEq>(a: Option<T>, b: Option<T>) -> Sign {
    match (a, b) {
        (Some(a), Some(b)) if a == b => Sign::Same,
        (Some(_), Some(_)) => Sign::Differs,
        _ => Sign::Unknown,
    }
}

/// The best sign of any pair; none where one side has nothing.
fn best<T, S: Ord>(a: &[T], b: &[T], compare: impl Fn(&T, &T) -> S) -> Option<S> {
    a.iter()
        .flat_map(|a| b.iter().map(move |b| (a, b)))
        .map(|(a, b)| compare(a, b))
        .min()
}

/// Family and given name, where a blank tells them apart; further parts belong to the given name.
fn parts(text: &str, fold: fn(&str) -> String) -> Option<(String, String)> {
    let (family, given) = text.trim().split_once(char::is_whitespace)?;
    let (family, given) = (fold(family), fold(given));
    (!family.is_empty() && !given.is_empty()).then_some((family, given))
}

/// Which part agrees: `(family, given)`. Where only one side tells its parts apart, they are
/// looked for at the ends of the other.
fn parts_agree(
    a: (&str, Option<&(String, String)>),
    b: (&str, Option<&(String, String)>),
) -> (bool, bool) {
    match (a, b) {
        ((_, Some(a)), (_, Some(b))) => (a.0 == b.0, a.1 == b.1),
        ((_, Some((family, given))), (whole, None))
        | ((whole, None), (_, Some((family, given)))) => {
            let longer = |part: &str| whole.len() > part.len();
            (
                longer(family) && whole.starts_with(family.as_str()),
                longer(given) && whole.ends_with(given.as_str()),
            )
        }
        ((_, None), (_, None)) => (false, false),
    }
}

fn script(name: &str) -> Option<Script> {
    let mut found = None;
    for c in name.chars() {
        match c {
            'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' => found = Some(Script::Kana),
            c if c.is_ascii() => found = found.or(Some(Script::Latin)),
            _ => return Some(Script::Characters),
        }
    }
    found
}

impl NameKey {
    fn new(text: &str, accepted: bool) -> Option<Self> {
        let name = fold::name(text);
        let script = script(&name)?;
        let parts = parts(text, fold::name_mixed);
        let given_in_kana = text
            .trim()
            .split_once(char::is_whitespace)
            .map(|(_, given)| given)
            .filter(|given| self::script(&fold::name(given)) == Some(Script::Kana))
            .map(fold::kana);
        Some(Self {
            variants: fold::name_variants(text),
            mixed: fold::name_mixed(text),
            name,
            parts,
            given_in_kana,
            script,
            accepted,
        })
    }

    fn compare(&self, other: &Self, own: &[KanaKey], others: &[KanaKey]) -> NameSign {
        if self.variants == other.variants && (self.accepted || other.accepted) {
            return NameSign::Accepted;
        }
        let missing = self.misses() || other.misses();
        // Two names that miss the same glyph may have stood for different characters.
        if !missing {
            if self.name == other.name {
                return NameSign::Same;
            }
            if self.variants == other.variants {
                return NameSign::Variant;
            }
            if self.mixed == other.mixed {
                return NameSign::Mixed;
            }
        } else if fold::same_but_missing(&self.mixed, &other.mixed) {
            return NameSign::CouldBe;
        }
        if self.script != other.script {
            return NameSign::Unknown;
        }
        let (family, given) = parts_agree(
            (&self.mixed, self.parts.as_ref()),
            (&other.mixed, other.parts.as_ref()),
        );
        if family && (self.reads_as(others) || other.reads_as(own)) {
            return NameSign::Reading;
        }
        match (family, given) {
            (_, true) if !family => NameSign::GivenOnly,
            (true, _) => NameSign::FamilyOnly,
            _ => NameSign::Differs,
        }
    }

    fn misses(&self) -> bool {
        self.name.chars().any(fold::is_missing_glyph)
    }

    /// Whether the given name is written in kana, and the other side reads its own the same.
    fn reads_as(&self, kanas: &[KanaKey]) -> bool {
        self.given_in_kana.as_ref().is_some_and(|own| {
            kanas
                .iter()
                .any(|k| k.parts.as_ref().is_some_and(|(_, given)| given == own))
        })
    }
}

impl KanaKey {
    fn new(text: &str, accepted: bool) -> Option<Self> {
        let kana = fold::kana(text);
        (!kana.is_empty()).then(|| Self {
            spelling: fold::kana_spelling(text),
            near: fold::kana_near(text),
            parts: parts(text, fold::kana),
            kana,
            accepted,
        })
    }

    fn compare(&self, other: &Self) -> KanaSign {
        if self.kana == other.kana {
            return if self.spelling == other.spelling && !self.accepted && !other.accepted {
                KanaSign::Same
            } else if self.accepted || other.accepted {
                KanaSign::Accepted
            } else {
                KanaSign::Sounds
            };
        }
        if self.near == other.near {
            return KanaSign::Near;
        }
        match parts_agree(
            (&self.kana, self.parts.as_ref()),
            (&other.kana, other.parts.as_ref()),
        ) {
            (false, true) => KanaSign::GivenOnly,
            (true, _) => KanaSign::FamilyOnly,
            (false, false) => KanaSign::Differs,
        }
    }
}

impl NumberKey {
    /// A number that is blank or nothing but zeros is no number.
    fn new(card: &CardNumber) -> Option<Self> {
        let number = fold::number(&card.number);
        if number.is_empty() || number == "0" {
            return None;
        }
        let insurer = card.insurer.trim();
        let law = (insurer.len() == 8).then(|| insurer.get(..2)).flatten();
        Some(Self {
            of_one_person: matches!(law, Some("39" | "12" | "25")),
            insurer: fold::number(insurer),
            symbol: fold::name_variants(&fold::number(&card.symbol)),
            branch: fold::number(&card.branch),
            number,
        })
    }

    fn compare(&self, other: &Self) -> NumberSign {
        let insurers = known(&self.insurer).zip(known(&other.insurer));
        if insurers.is_some_and(|(a, b)| a != b) {
            return NumberSign::Differs;
        }
        let symbols = known(&self.symbol).zip(known(&other.symbol));
        let same = self.number == other.number && symbols.is_none_or(|(a, b)| a == b);
        // One field may hold both; the blank one says nothing of its own.
        let joined = symbols.is_none()
            && format!("{}{}", self.symbol, self.number)
                == format!("{}{}", other.symbol, other.number);
        let swapped = self.number == other.symbol && self.symbol == other.number;
        if !same && !joined {
            return if swapped {
                NumberSign::Digits
            } else {
                NumberSign::Differs
            };
        }
        if insurers.is_none() {
            return NumberSign::Digits;
        }
        if self.of_one_person {
            return NumberSign::Person;
        }
        match known(&self.branch).zip(known(&other.branch)) {
            Some((a, b)) if a == b => NumberSign::Person,
            Some(_) => NumberSign::OtherBranch,
            None => NumberSign::Household,
        }
    }
}

fn known(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

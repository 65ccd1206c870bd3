//! What a population is made of: names, insurers, towns (`stations/world.toml`).

use super::dice::Dice;
use crate::station::Coverage;
use reseplug_model::{
    BranchNumber, Date, InsurerNumber, Period, PublicPayerNumber, Relationship, Sex, check_digit,
};
use serde::Deserialize;

const WORLD: &str = include_str!("../../stations/world.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    surnames: Vec<String>,
    men: Vec<String>,
    women: Vec<String>,
    association: Vec<String>,
    society: Vec<String>,
    elderly: String,
    town: Vec<RawTown>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTown {
    insurer: String,
    name: String,
    stem: String,
    post_number: String,
    office: String,
}

/// An insurer with its name.
#[derive(Debug, Clone)]
pub(super) struct Insurer {
    pub(super) number: InsurerNumber,
    pub(super) name: String,
}

/// A municipality.
#[derive(Debug, Clone)]
pub(super) struct Town {
    pub(super) insurer: Insurer,
    pub(super) name: String,
    stem: String,
    pub(super) post_number: String,
    pub(super) office: (PublicPayerNumber, String),
}

/// A word and its reading.
pub(super) type Word = (String, String);

pub(super) struct World {
    pub(super) surnames: Vec<Word>,
    men: Vec<Word>,
    women: Vec<Word>,
    pub(super) association: Vec<Insurer>,
    pub(super) society: Vec<Insurer>,
    elderly: Insurer,
    pub(super) towns: Vec<Town>,
}

/// Whose card it is: decides which numbers are given out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holder {
    /// The person.
    pub(super) person: usize,
    /// Which of the person's cards: two of them never have the same number.
    pub(super) card: u32,
}

/// How many cards a person may ever have.
const CARDS: u64 = 8;

impl World {
    pub(super) fn load() -> Result<Self, String> {
        let raw: Raw = toml::from_str(WORLD).map_err(|e| e.to_string())?;
        let words = |list: &[String]| list.iter().map(|text| pair(text)).collect::<Result<_, _>>();
        let insurers = |list: &[String]| {
            list.iter()
                .map(|text| insurer(text))
                .collect::<Result<_, _>>()
        };
        Ok(Self {
            surnames: words(&raw.surnames)?,
            men: words(&raw.men)?,
            women: words(&raw.women)?,
            association: insurers(&raw.association)?,
            society: insurers(&raw.society)?,
            elderly: insurer(&raw.elderly)?,
            towns: raw.town.into_iter().map(town).collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn surname(&self, dice: &mut Dice) -> Word {
        dice.pick(&self.surnames).cloned().unwrap_or_default()
    }

    pub(super) fn given(&self, sex: &Sex, dice: &mut Dice) -> Word {
        let list = match sex {
            Sex::Male => &self.men,
            _ => &self.women,
        };
        dice.pick(list).cloned().unwrap_or_default()
    }

    /// 健康保険: 協会けんぽ or a 組合. The number of a 組合 is written with zeros in front.
    pub(super) fn employees(
        &self,
        society: bool,
        holder: Holder,
        relationship: Relationship,
        from: Date,
        dice: &mut Dice,
    ) -> Option<Coverage> {
        let list = if society {
            &self.society
        } else {
            &self.association
        };
        let insurer = dice.pick(list)?;
        let number = unique(holder);
        Some(Coverage {
            symbol: Some(format!("{:08}", dice.between(10_000_000, 99_999_999))),
            number: if society {
                format!("{number:07}")
            } else {
                number.to_string()
            },
            branch: BranchNumber::parse(match relationship {
                Relationship::Insured => "00",
                Relationship::Family => "01",
            })
            .ok(),
            relationship: Some(relationship),
            ..card(insurer, from)
        })
    }

    /// 国保. Symbol and number are full-width, as many municipalities write them.
    pub(super) fn national(
        &self,
        town: &Town,
        holder: Holder,
        from: Date,
        dice: &mut Dice,
    ) -> Coverage {
        let head = dice.percent(60);
        Coverage {
            symbol: Some(format!(
                "{}{}",
                town.stem,
                full_width(&dice.between(10, 99).to_string())
            )),
            number: full_width(&format!("{:07}", unique(holder))),
            branch: BranchNumber::parse(if head { "01" } else { "02" }).ok(),
            relationship: Some(if head {
                Relationship::Insured
            } else {
                Relationship::Family
            }),
            ..card(&town.insurer, from)
        }
    }

    /// 後期高齢者医療: no symbol, a number with a check digit.
    pub(super) fn of_the_elderly(&self, holder: Holder, from: Date) -> Coverage {
        let number = format!("{:07}", unique(holder));
        let digit = check_digit(&number).unwrap_or_default();
        Coverage {
            number: format!("{number}{digit}"),
            burden: 10,
            ..card(&self.elderly, from)
        }
    }
}

fn card(insurer: &Insurer, from: Date) -> Coverage {
    Coverage {
        insurer: insurer.number,
        insurer_name: insurer.name.clone(),
        symbol: None,
        number: String::new(),
        branch: None,
        relationship: None,
        burden: 30,
        period: Period::from(from),
        loss: None,
        elderly: None,
        limit: None,
        card_class: None,
        registered: None,
    }
}

/// Seven digits that nobody else has, and that do not look counted.
pub(super) fn unique(holder: Holder) -> u64 {
    const NUMBERS: u64 = 10_000_000;
    // Prime to the number of numbers, so that no two are the same.
    const STRIDE: u64 = 7_654_321;
    let nth = u64::try_from(holder.person)
        .unwrap_or(u64::MAX)
        .wrapping_mul(CARDS)
        .wrapping_add(u64::from(holder.card));
    (nth % NUMBERS).wrapping_mul(STRIDE).wrapping_add(1_234_567) % NUMBERS
}

fn pair(text: &str) -> Result<Word, String> {
    text.split_once(' ')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .ok_or_else(|| format!("world.toml: {text}"))
}

fn insurer(text: &str) -> Result<Insurer, String> {
    let (number, name) = pair(text)?;
    Ok(Insurer {
        number: InsurerNumber::parse(&number).map_err(|e| e.to_string())?,
        name,
    })
}

fn town(raw: RawTown) -> Result<Town, String> {
    let (payer, office) = pair(&raw.office)?;
    Ok(Town {
        insurer: Insurer {
            number: InsurerNumber::parse(&raw.insurer).map_err(|e| e.to_string())?,
            name: raw.name.clone(),
        },
        name: raw.name,
        stem: raw.stem,
        post_number: raw.post_number,
        office: (
            PublicPayerNumber::parse(&payer).map_err(|e| e.to_string())?,
            office,
        ),
    })
}

fn full_width(digits: &str) -> String {
    digits
        .chars()
        .map(|c| match c {
            '0'..='9' => char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c),
            other => other,
        })
        .collect()
}

//! Thousands of fictional insured people with histories, from a seed.
//!
//! **For:** rechecks at the start of a month that have something to find, and questions by the
//! thousand. Two of three people simply live on; to every third something happens that no product
//! has heard of ([`Story`]): a job changed mid-month, 70 and 75, a name changed by marriage, another
//! municipality, 生活保護, another ratio on 1 August. [`Population::station`] makes a station of some
//! of them whose register says what held **before**.
//!
//! **As of a day:** what an answer says of a day is what held on it; [`Insured`] is a history, not a
//! state. The same seed, size and month give the same people on every machine.
//!
//! **Refuses:** to look real. Insurers have the prefecture code 99, names are put together from parts
//! (`stations/world.toml`), check digits are right.

mod dice;
mod history;
mod station;
mod story;
#[cfg(test)]
mod tests;
mod world;

pub(crate) use dice::Dice;
pub(crate) use history::benefit_year;
pub use story::Story;

use crate::station::{Coverage, Station, StationError, Welfare};
use reseplug_model::{Date, Month, Sex};
use serde::{Deserialize, Serialize};
use std::{fs, io, path::Path, sync::Arc};

/// Which population.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PopulationOptions {
    /// How many people; a million at most.
    pub people: usize,
    /// Everything follows from it.
    pub seed: u64,
    /// The month in which things happen: the 指定訪問看護年月 that the station is about.
    pub month: Month,
    /// How many of them the station visits; 9,999 at most.
    pub users: usize,
}

impl PopulationOptions {
    /// Most people there can be: card numbers must stay unique.
    pub const MOST: usize = 1_000_000;
    /// Most users a station can have: keys have four digits.
    pub const MOST_USERS: usize = 9_999;
    /// File name in a sandbox folder.
    pub const FILE_NAME: &'static str = "population.json";

    /// Notes in a sandbox folder which population it has.
    pub fn remember(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join(Self::FILE_NAME), serde_json::to_vec(self)?)
    }

    /// The population that a sandbox folder was begun with.
    pub fn recall(folder: &Path) -> io::Result<Option<Self>> {
        match fs::read(folder.join(Self::FILE_NAME)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }
}

/// Somebody as the centre knows them: a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insured {
    /// The sandbox's own name for the person: `P000001`, or the key at a station.
    pub key: String,
    /// Names with the day from which each holds, oldest first.
    pub names: Vec<Named>,
    /// 性別
    pub sex: Sex,
    /// 生年月日
    pub born: Date,
    /// Addresses with the day from which each holds, oldest first.
    pub homes: Vec<Lived>,
    /// Coverages, oldest first. Neighbours under the same numbers are one coverage in which
    /// something else changed: the ratio, the 高齢受給者証, 限度額.
    pub coverages: Vec<Coverage>,
    /// 医療扶助
    pub welfare: Vec<Welfare>,
    /// 傷病名 on tickets.
    pub disease: String,
}

/// A name with the day from which it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Absent for always.
    pub from: Option<Date>,
    /// 氏名, with a full-width blank.
    pub name: String,
    /// フリガナ in full-width katakana, with a full-width blank.
    pub kana: String,
}

/// An address with the day from which it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lived {
    /// Absent for always.
    pub from: Option<Date>,
    /// 郵便番号
    pub post_number: String,
    /// 住所
    pub address: String,
}

impl Insured {
    /// The name on a day.
    pub fn name_on(&self, day: Date) -> Option<&Named> {
        on(&self.names, |one| one.from, day)
    }

    /// The address on a day.
    pub fn home_on(&self, day: Date) -> Option<&Lived> {
        on(&self.homes, |one| one.from, day)
    }

    /// The coverage on a day.
    pub fn coverage_on(&self, day: Date) -> Option<&Coverage> {
        self.coverages
            .iter()
            .find(|coverage| coverage.period.contains(day))
    }

    /// 医療扶助 on a day.
    pub fn welfare_on(&self, day: Date) -> Option<&Welfare> {
        self.welfare
            .iter()
            .find(|welfare| welfare.period.contains(day))
    }
}

/// The last of several that has begun; the first where none has.
fn on<T>(list: &[T], from: impl Fn(&T) -> Option<Date>, day: Date) -> Option<&T> {
    list.iter()
        .rfind(|one| from(one).is_none_or(|from| from <= day))
        .or(list.first())
}

/// Something that happened to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Happening {
    /// What.
    pub story: Story,
    /// From which day on; absent where it was never otherwise.
    pub day: Option<Date>,
}

/// Somebody of the population.
#[derive(Debug, Clone)]
pub struct Member {
    /// The truth.
    pub insured: Arc<Insured>,
    /// The truth without the story: what a product has on file.
    pub before: Arc<Insured>,
    /// What happened.
    pub happening: Option<Happening>,
}

/// Everybody.
#[derive(Debug, Clone)]
pub struct Population {
    /// What it was grown from.
    pub options: PopulationOptions,
    /// Everybody, in a fixed order; the station visits the first ones.
    pub people: Vec<Member>,
}

impl Population {
    /// Key of the station that visits some of them.
    pub const STATION: &'static str = "minori";

    /// Grows a population.
    ///
    /// ```
    /// use reseplug_sandbox::population::{Population, PopulationOptions};
    /// let options = PopulationOptions { people: 300, seed: 7, month: "2024-10".parse()?, users: 100 };
    /// let population = Population::grow(options)?;
    /// assert_eq!(population.people.len(), 300);
    /// assert_eq!(population.station()?.people.len(), 100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn grow(options: PopulationOptions) -> Result<Self, StationError> {
        let failed = |what: String| StationError::Data {
            file: "population".to_owned(),
            what,
        };
        if options.people > PopulationOptions::MOST {
            return Err(failed(format!(
                "{} people are more than {}",
                options.people,
                PopulationOptions::MOST
            )));
        }
        let most = options.people.min(PopulationOptions::MOST_USERS);
        if options.users > most {
            return Err(failed(format!(
                "{} users are more than the {most} that a station of {} people can have",
                options.users, options.people
            )));
        }
        let world = world::World::load().map_err(failed)?;
        let mut people: Vec<Member> = Vec::with_capacity(options.people);
        while people.len() < options.people {
            let nth = people.len();
            let member = history::member(&options, &world, nth)
                .ok_or_else(|| failed(format!("person {nth} does not fit into the calendar")))?;
            let twin = history::twin(&options, &world, &member, nth.saturating_add(1));
            people.push(member);
            if people.len() < options.people {
                people.extend(twin);
            }
        }
        Ok(Self { options, people })
    }

    /// Somebody by key.
    pub fn person(&self, key: &str) -> Option<&Member> {
        let nth: usize = key.strip_prefix('P')?.parse().ok()?;
        self.people
            .get(nth.checked_sub(1)?)
            .filter(|member| member.insured.key == key)
    }

    /// The station that visits the first of them, with a product that knows what held before.
    pub fn station(&self) -> Result<Station, StationError> {
        station::of(self)
    }
}

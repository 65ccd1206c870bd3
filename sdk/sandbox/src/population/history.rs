//! One person's life: what held before, and what the story made of it.

use super::world::{Holder, Town, World, unique};
use super::{
    Dice, Happening, Insured, Lived, Member, Named, PopulationOptions, Story,
    story::{Band, When},
};
use crate::station::{Coverage, Ticket, Welfare};
use reseplug_model::{
    BranchNumber, Date, Month, Period, RecipientNumber, Relationship, Sex, check_digit,
    elderly_recipient_from, turns_75_on,
};
use std::sync::Arc;

/// A story for every third person; the others live on.
const EVERY: usize = 3;
/// Of a hundred people to whom nothing happens: those on 生活保護 alone.
const WELFARE_PERCENT: u32 = 3;

/// What a person is made from.
struct Life<'w> {
    world: &'w World,
    month: Month,
    nth: usize,
    seed: u64,
}

pub(super) fn member(options: &PopulationOptions, world: &World, nth: usize) -> Option<Member> {
    let life = Life {
        world,
        month: options.month,
        nth,
        seed: options.seed,
    };
    let story = (nth % EVERY == 1).then(|| {
        let offset = usize::try_from(options.seed % 1_000).unwrap_or(0);
        let at = (nth / EVERY).saturating_add(offset) % Story::ALL.len();
        Story::ALL.get(at).copied()
    });
    let story = story.flatten();
    let band = story.map_or_else(|| life.band(), Story::band);
    let mut before = life.begin(band)?;
    if story.is_none()
        && matches!(band, Band::National)
        && life.dice("welfare").percent(WELFARE_PERCENT)
    {
        life.on_welfare(&mut before)?;
    }
    if story == Some(Story::Twins) || story == Some(Story::NewBranch) {
        for coverage in &mut before.coverages {
            coverage.branch = None;
        }
    }
    match story {
        Some(Story::RatioDown) => set_burden(&mut before, 20, "B09"),
        Some(Story::RatioUp) => set_burden(&mut before, 10, "B10"),
        _ => {}
    }
    let Some(story) = story else {
        let insured = Arc::new(before);
        return Some(Member {
            before: insured.clone(),
            insured,
            happening: None,
        });
    };
    let day = life.day(story, &before)?;
    let mut insured = before.clone();
    life.tell(story, day, &mut insured)?;
    Some(Member {
        insured: Arc::new(insured),
        before: Arc::new(before),
        happening: Some(Happening {
            story,
            day: (story.when() != When::Always).then_some(day),
        }),
    })
}

/// The other of two twins: the same card but for the branch number.
pub(super) fn twin(
    options: &PopulationOptions,
    world: &World,
    first: &Member,
    nth: usize,
) -> Option<Member> {
    let happening = first.happening.filter(|one| one.story == Story::Twins)?;
    let sex = first.insured.sex.clone();
    let mut dice = Dice::new(options.seed, nth, "twin");
    let named = first.insured.names.first()?;
    let (family, family_kana) = (
        named.name.split('\u{3000}').next()?,
        named.kana.split('\u{3000}').next()?,
    );
    let name = loop {
        let (given, kana) = world.given(&sex, &mut dice);
        let name = Named {
            from: None,
            name: format!("{family}\u{3000}{given}"),
            kana: format!("{family_kana}\u{3000}{kana}"),
        };
        if name.name != named.name {
            break name;
        }
    };
    let renamed = |of: &Insured, branch: Option<&str>| {
        let mut other = of.clone();
        other.key = key(nth);
        other.names = vec![name.clone()];
        for coverage in &mut other.coverages {
            coverage.branch = branch.and_then(|text| BranchNumber::parse(text).ok());
        }
        Arc::new(other)
    };
    Some(Member {
        insured: renamed(&first.insured, Some("04")),
        before: renamed(&first.before, None),
        happening: Some(happening),
    })
}

fn key(nth: usize) -> String {
    format!("P{:06}", nth.saturating_add(1))
}

/// The last 1 August that is not after the month.
fn august(month: Month) -> Option<Date> {
    let year = if month.number() >= 8 {
        month.year()
    } else {
        month.year().checked_sub(1)?
    };
    Date::new(year, 8, 1)
}

/// August to July, the year of ratios and certificates in which a day lies.
pub(crate) fn benefit_year(day: Date) -> Option<Period> {
    let from = august(day.month())?;
    let to = Date::new(from.year().checked_add(1)?, 7, 31)?;
    Some(Period::new(Some(from), Some(to)))
}

fn set_burden(insured: &mut Insured, burden: u32, limit: &str) {
    for coverage in &mut insured.coverages {
        coverage.burden = burden;
        coverage.limit = Some(limit.to_owned());
    }
}

impl Life<'_> {
    fn dice(&self, what: &str) -> Dice {
        Dice::new(self.seed, self.nth, what)
    }

    fn holder(&self, card: u32) -> Holder {
        Holder {
            person: self.nth,
            card,
        }
    }

    /// Whom a station for home-visit nursing visits.
    fn band(&self) -> Band {
        let mut dice = self.dice("band");
        match dice.below(100) {
            0..55 => Band::Elderly,
            55..67 => Band::Seventies,
            67..79 => Band::National,
            79..92 => Band::Employed,
            _ => Band::Child,
        }
    }

    fn born(&self, band: Band) -> Option<Date> {
        let mut dice = self.dice("born");
        let first = self.month.first_day();
        let aged = |low: u32, high: u32, dice: &mut Dice| {
            let years = i16::try_from(dice.between(low, high)).ok()?;
            let day = first.same_day_in(first.year().checked_sub(years)?)?;
            // Not near a birthday that something would follow from.
            day.plus_days(i32::try_from(dice.between(20, 330)).ok()?.checked_neg()?)
        };
        match band {
            Band::Child => aged(1, 4, &mut dice),
            Band::Employed | Band::National => aged(20, 67, &mut dice),
            Band::Seventies => aged(72, 73, &mut dice),
            Band::Elderly => aged(77, 97, &mut dice),
            Band::Turning70 => {
                let day = u8::try_from(dice.between(2, 28)).ok()?;
                let birthday = self.month.previous()?.day(day)?;
                birthday.same_day_in(birthday.year().checked_sub(70)?)
            }
            Band::Turning75 => {
                let day = u8::try_from(dice.between(2, 28)).ok()?;
                let birthday = self.month.day(day)?;
                birthday.same_day_in(birthday.year().checked_sub(75)?)
            }
        }
    }

    fn town(&self) -> Option<&Town> {
        self.dice("town").pick(&self.world.towns)
    }

    fn address(&self, town: &Town, from: Option<Date>, dice: &mut Dice) -> Lived {
        let block: String = dice
            .between(1, 9)
            .to_string()
            .chars()
            .chain(['－'])
            .chain(dice.between(1, 30).to_string().chars())
            .map(|c| match c {
                '0'..='9' => char::from_u32(u32::from(c).saturating_add(0xFEE0)).unwrap_or(c),
                other => other,
            })
            .collect();
        Lived {
            from,
            post_number: town.post_number.clone(),
            address: format!("架空県{}{block}", town.name),
        }
    }

    /// The person before anything happened.
    fn begin(&self, band: Band) -> Option<Insured> {
        let born = self.born(band)?;
        let mut dice = self.dice("person");
        let sex = if dice.percent(55) {
            Sex::Female
        } else {
            Sex::Male
        };
        let (family, family_kana) = self.world.surname(&mut dice);
        let (given, given_kana) = self.world.given(&sex, &mut dice);
        let town = self.town()?;
        let disease = match band {
            Band::Child => "先天性ミオパチー",
            _ => dice
                .pick(&["パーキンソン病", "脊髄小脳変性症", "脳性麻痺", "褥瘡"])
                .copied()?,
        };
        Some(Insured {
            key: key(self.nth),
            names: vec![Named {
                from: None,
                name: format!("{family}\u{3000}{given}"),
                kana: format!("{family_kana}\u{3000}{given_kana}"),
            }],
            sex,
            born,
            homes: vec![self.address(town, None, &mut dice)],
            coverages: self.coverages(band, born, town)?,
            welfare: Vec::new(),
            disease: disease.to_owned(),
        })
    }

    fn coverages(&self, band: Band, born: Date, town: &Town) -> Option<Vec<Coverage>> {
        let mut dice = self.dice("coverage");
        let years = i16::try_from(dice.between(2, 15)).ok()?;
        let joined = Date::new(self.month.year().checked_sub(years)?, 4, 1)?;
        let holder = self.holder(0);
        let employed = |dice: &mut Dice| {
            let society = dice.percent(45);
            let relationship = if dice.percent(65) {
                Relationship::Insured
            } else {
                Relationship::Family
            };
            self.world
                .employees(society, holder, relationship, joined, dice)
        };
        let coverage = match band {
            Band::Child => {
                let mut one = self.world.employees(
                    dice.percent(50),
                    holder,
                    Relationship::Family,
                    born,
                    &mut dice,
                )?;
                one.branch = BranchNumber::parse("03").ok();
                one.burden = 20;
                one
            }
            Band::Employed => Coverage {
                limit: dice
                    .pick(&["A02", "A03", "A04", "A05"])
                    .map(|c| (*c).to_owned()),
                ..employed(&mut dice)?
            },
            Band::National | Band::Turning70 => Coverage {
                limit: dice.pick(&["A03", "A04", "A05"]).map(|c| (*c).to_owned()),
                ..self.world.national(town, holder, joined, &mut dice)
            },
            Band::Seventies | Band::Turning75 => {
                let base = if dice.percent(60) {
                    self.world.national(town, holder, joined, &mut dice)
                } else {
                    employed(&mut dice)?
                };
                let base = Coverage {
                    burden: 20,
                    limit: Some("B04".to_owned()),
                    ..base
                };
                return certified(&base, born, self.month);
            }
            Band::Elderly => {
                // 後期高齢者医療 began on 2008-04-01.
                let from = turns_75_on(born)?.max(Date::new(2008, 4, 1)?);
                let (burden, limit) = *dice.pick(&[
                    (10, "B10"),
                    (10, "B10"),
                    (10, "B05"),
                    (10, "B06"),
                    (20, "B09"),
                    (30, "B03"),
                ])?;
                Coverage {
                    burden,
                    limit: Some(limit.to_owned()),
                    ..self.world.of_the_elderly(holder, from)
                }
            }
        };
        Some(vec![coverage])
    }

    /// 生活保護 alone for some years.
    fn on_welfare(&self, insured: &mut Insured) -> Option<()> {
        let from = Date::new(self.month.year().checked_sub(2)?, 6, 1)?;
        insured.coverages.clear();
        insured.welfare = vec![self.welfare(from)?];
        Some(())
    }

    /// 医療扶助 from a day, with a ticket for each month from the last but one to the next.
    fn welfare(&self, from: Date) -> Option<Welfare> {
        let town = self.town()?;
        let (payer, office) = town.office.clone();
        let six = format!("{:06}", unique(self.holder(7)) % 1_000_000);
        let digit = check_digit(&six)?;
        let mut months = vec![self.month.previous()?.previous()?];
        while let Some(next) = months.last().and_then(|month| month.next()) {
            months.push(next);
            if next > self.month {
                break;
            }
        }
        let tickets = months
            .into_iter()
            .filter(|month| month.last_day() >= from)
            .map(|month| Ticket {
                month,
                issue: format!("{}{:04}", &month.compact(), self.nth % 10_000),
                period: Period::from(month).intersect(Period::from(from)),
            })
            .collect();
        Some(Welfare {
            payer,
            recipient: RecipientNumber::parse(&format!("{six}{digit}")).ok()?,
            office,
            period: Period::from(from),
            tickets,
        })
    }

    fn day(&self, story: Story, before: &Insured) -> Option<Date> {
        if story == Story::Turns75 {
            return turns_75_on(before.born);
        }
        match story.when() {
            When::First | When::Always => Some(self.month.first_day()),
            When::August => august(self.month),
            When::Within => {
                let day = self.dice("day").between(5, 25);
                self.month.day(u8::try_from(day).ok()?)
            }
        }
    }

    /// What the story makes of the person.
    fn tell(&self, story: Story, day: Date, insured: &mut Insured) -> Option<()> {
        let mut dice = self.dice("story");
        let next = self.holder(1);
        match story {
            Story::JobChange | Story::LateRegistration => {
                let old = insured.coverages.last()?.insurer;
                let new = loop {
                    let society = dice.percent(50);
                    let one = self.world.employees(
                        society,
                        next,
                        Relationship::Insured,
                        day,
                        &mut dice,
                    )?;
                    if one.insurer != old {
                        break one;
                    }
                };
                let registered = (story == Story::LateRegistration)
                    .then(|| self.month.day(20))
                    .flatten();
                end(insured, day, "03")?;
                insured.coverages.push(Coverage {
                    registered,
                    limit: Some("A04".to_owned()),
                    ..new
                });
            }
            Story::Retirement => {
                end(insured, day, "03")?;
                let town = self.town()?;
                insured.coverages.push(Coverage {
                    limit: Some("A04".to_owned()),
                    ..self.world.national(town, next, day, &mut dice)
                });
            }
            Story::Dependent => {
                end(insured, day, "03")?;
                let family = Relationship::Family;
                insured.coverages.push(self.world.employees(
                    dice.percent(50),
                    next,
                    family,
                    day,
                    &mut dice,
                )?);
            }
            Story::Turns70 => {
                let to = benefit_year(day)?.to;
                change(insured, day, |after| {
                    after.burden = 20;
                    after.limit = Some("B04".to_owned());
                    after.elderly = Some(Period::new(Some(day), to));
                })?;
            }
            Story::Turns75 => {
                end(insured, day, "03")?;
                insured.coverages.push(Coverage {
                    limit: Some("B10".to_owned()),
                    ..self.world.of_the_elderly(next, day)
                });
            }
            Story::NewBranch => {
                let branch = BranchNumber::parse("02").ok();
                change(insured, day, |after| after.branch = branch)?;
            }
            Story::Marriage => {
                let old = insured.names.last()?.clone();
                let (given, kana) = (
                    old.name.split('\u{3000}').nth(1)?,
                    old.kana.split('\u{3000}').nth(1)?,
                );
                let new = loop {
                    let (family, family_kana) = self.world.surname(&mut dice);
                    let name = format!("{family}\u{3000}{given}");
                    if name != old.name {
                        break Named {
                            from: Some(day),
                            kana: format!("{family_kana}\u{3000}{kana}"),
                            name,
                        };
                    }
                };
                insured.names.push(new);
            }
            Story::Move => {
                let old = insured.coverages.last()?.insurer;
                let elsewhere: Vec<Town> = self
                    .world
                    .towns
                    .iter()
                    .filter(|town| town.insurer.number != old)
                    .cloned()
                    .collect();
                let town = dice.pick(&elsewhere)?.clone();
                end(insured, day, "03")?;
                insured.coverages.push(Coverage {
                    limit: Some("A04".to_owned()),
                    ..self.world.national(&town, next, day, &mut dice)
                });
                let home = self.address(&town, Some(day), &mut dice);
                insured.homes.push(home);
            }
            Story::Loss => end(insured, day, "99")?,
            Story::Death => end(insured, day, "01")?,
            Story::Welfare => {
                end(insured, day, "02")?;
                insured.welfare.push(self.welfare(day)?);
            }
            Story::WelfareBeside => insured.welfare.push(self.welfare(day)?),
            Story::RatioDown => change(insured, day, |after| {
                after.burden = 10;
                after.limit = Some("B10".to_owned());
            })?,
            Story::RatioUp => change(insured, day, |after| {
                after.burden = 20;
                after.limit = Some("B09".to_owned());
            })?,
            Story::LimitChange => {
                let old = insured.coverages.last()?.limit.clone();
                let new = ["A02", "A03", "A04", "A05"]
                    .into_iter()
                    .find(|category| Some(*category) != old.as_deref());
                change(insured, day, |after| after.limit = new.map(str::to_owned))?;
            }
            Story::CertificateChange => {
                for coverage in &mut insured.coverages {
                    if coverage.period.from.is_some_and(|from| from >= day) {
                        coverage.burden = 30;
                        coverage.limit = Some("B03".to_owned());
                    }
                }
            }
            Story::MissingGlyph => {
                let named = insured.names.first_mut()?;
                let mut glyphs = named.name.chars();
                glyphs.next();
                named.name = format!("●{}", glyphs.as_str());
            }
            Story::SexUnset => insured.sex = Sex::Unset,
            Story::SpecialCard => {
                change(insured, day, |after| {
                    after.card_class = Some("05".to_owned())
                })?;
            }
            Story::Twins => {
                for coverage in &mut insured.coverages {
                    coverage.branch = BranchNumber::parse("03").ok();
                }
            }
        }
        Some(())
    }
}

/// The coverage ends the day before.
fn end(insured: &mut Insured, day: Date, reason: &str) -> Option<()> {
    let last = day.prev_day()?;
    let coverage = insured.coverages.last_mut()?;
    coverage.period.to = Some(last);
    coverage.loss = Some(reason.to_owned());
    coverage.elderly = coverage
        .elderly
        .map(|period| period.intersect(Period::new(None, Some(last))));
    Some(())
}

/// Something about the coverage is otherwise from a day on.
fn change(insured: &mut Insured, day: Date, what: impl FnOnce(&mut Coverage)) -> Option<()> {
    let current = insured.coverages.last_mut()?;
    let mut after = current.clone();
    current.period.to = Some(day.prev_day()?);
    after.period = Period::new(Some(day), None);
    what(&mut after);
    insured.coverages.push(after);
    Some(())
}

/// A coverage with its 高齢受給者証 of each year since the holder became 70.
fn certified(base: &Coverage, born: Date, month: Month) -> Option<Vec<Coverage>> {
    let begins = elderly_recipient_from(born)?.first_day();
    let joined = base.period.from?;
    let mut rows = Vec::new();
    if joined < begins {
        rows.push(Coverage {
            burden: 30,
            limit: Some("A04".to_owned()),
            period: Period::new(Some(joined), begins.prev_day()),
            ..base.clone()
        });
    }
    let mut from = begins.max(joined);
    loop {
        let year = benefit_year(from)?;
        let last = year.contains(month.last_day());
        let elderly = Period::new(Some(from), year.to);
        rows.push(Coverage {
            period: Period::new(Some(from), if last { None } else { year.to }),
            elderly: Some(elderly),
            ..base.clone()
        });
        if last {
            return Some(rows);
        }
        from = year.to?.next_day()?;
    }
}

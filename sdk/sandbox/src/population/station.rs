//! A station that visits some of the population. Its product knows what held before.

use super::{Dice, Happening, Insured, Member, Population, Story};
use crate::phone::Kind;
use crate::station::{
    Change, Common, Counts, Coverage, Expectation, Outcome, Person, Product, PublicExpense,
    Reading, Station, StationError, common,
};
use reseplug_model::{Date, Month, Period, StationCode};

/// 訪問看護ステーションコード of the station in 東京都; its check digit is right, nobody uses it.
const CODE: &str = "9999964";
/// One in so many users was never confirmed with a card.
const NEVER_READ: usize = 10;

pub(super) fn of(population: &Population) -> Result<Station, StationError> {
    let failed = |what: String| StationError::Data {
        file: "population".to_owned(),
        what,
    };
    let month = population.options.month;
    let common = common()?;
    let people = population
        .people
        .iter()
        .take(population.options.users)
        .enumerate()
        .map(|(nth, member)| user(population, &common, member, nth))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| failed("the calendar does not reach so far".to_owned()))?;
    let mut station = Station {
        key: Population::STATION.to_owned(),
        product: Product::Csv,
        code: StationCode::parse(CODE).map_err(|e| failed(e.to_string()))?,
        prefecture: "13".to_owned(),
        name: "みのり訪問看護ステーション".to_owned(),
        phone: "03-0000-0003".to_owned(),
        service_month: month,
        claim_month: month
            .next()
            .ok_or_else(|| failed("the calendar does not reach so far".to_owned()))?,
        people,
        stated: Counts::default(),
    };
    station.stated = station.counts();
    Ok(station)
}

fn user(population: &Population, common: &Common, member: &Member, nth: usize) -> Option<Person> {
    let month = population.options.month;
    let mut dice = Dice::new(population.options.seed, nth, "user");
    let (truth, before) = (&member.insured, &member.before);
    let named = before.names.last()?;
    let visits = visits(month, last_day(member), &mut dice);
    let home = readings(month, member.happening, truth, &visits, nth, &mut dice)?;
    let clinic = nth
        .checked_rem(common.clinics.len())
        .and_then(|at| common.clinics.get(at))?;
    Some(Person {
        key: format!("A{:04}", nth.saturating_add(1)),
        case: member.happening.map(|one| one.story.name().to_owned()),
        name: named.name.clone(),
        kana: named.kana.clone(),
        sex: before.sex.clone(),
        born: truth.born,
        central_name: truth.name_on(month.last_day())?.name.clone(),
        started: month.previous()?.previous()?.first_day(),
        care: common
            .cares
            .values()
            .find(|care| care.disease == truth.disease)
            .or_else(|| common.cares.values().next())?
            .clone(),
        clinic: clinic.clone(),
        registered: true,
        truth: truth.coverages.clone(),
        on_file: on_file(before),
        public: before
            .welfare
            .iter()
            .map(|welfare| PublicExpense {
                payer: welfare.payer,
                recipient: welfare.recipient,
                period: welfare.period,
                cap: None,
            })
            .collect(),
        welfare: truth.welfare.clone(),
        remarks: None,
        expect: expectation(member.happening, home.len() > 1),
        home,
        visits,
        insured: Some(truth.clone()),
    })
}

/// After this day there is nobody to visit.
fn last_day(member: &Member) -> Option<Date> {
    let happening = member.happening?;
    (happening.story == Story::Death).then_some(happening.day?.prev_day()?)
}

fn visits(month: Month, until: Option<Date>, dice: &mut Dice) -> Vec<Date> {
    let start = dice.between(1, 4);
    let step = usize::try_from(dice.pick(&[7, 7, 7, 14, 3]).copied().unwrap_or(7)).unwrap_or(7);
    (start..=u32::from(month.days()))
        .step_by(step)
        .filter_map(|day| month.day(u8::try_from(day).ok()?))
        .filter(|day| until.is_none_or(|until| *day <= until))
        .collect()
}

/// Cards read at home: most in the month before, some again after something happened.
fn readings(
    month: Month,
    happening: Option<Happening>,
    truth: &Insured,
    visits: &[Date],
    nth: usize,
    dice: &mut Dice,
) -> Option<Vec<Reading>> {
    let consents: &[Kind] = dice.pick(&[
        &[Kind::Drugs][..],
        &[Kind::Drugs, Kind::Diagnosis],
        &[Kind::Limit, Kind::Drugs],
        &[Kind::Limit, Kind::Checkup, Kind::Drugs, Kind::Diagnosis],
        &Kind::ALL,
    ])?;
    let reading = |day: Date, dice: &mut Dice| {
        let minute = dice.between(0, 59);
        let at = format!("{day}T{:02}:{minute:02}:00+09:00", dice.between(9, 16));
        Some(Reading {
            at: at.parse().ok()?,
            consents: consents.to_vec(),
        })
    };
    let mut home = Vec::new();
    if nth % NEVER_READ != NEVER_READ - 1 {
        let day = u8::try_from(dice.between(1, 28)).ok()?;
        home.push(reading(month.previous()?.day(day)?, dice)?);
    }
    // Half of those whose card says something new show it again.
    let again = happening.filter(|one| one.story.other_numbers() && nth.is_multiple_of(2));
    if let Some(day) = again.and_then(|one| one.day) {
        let known = truth.coverages.last().and_then(|one| one.registered);
        let from = known.map_or(day, |known| known.max(day));
        if let Some(visit) = visits.iter().find(|visit| **visit >= from)
            && !home.is_empty()
        {
            home.push(reading(*visit, dice)?);
        }
    }
    Some(home)
}

/// What a product holds: one row a card, with what it knew of it last.
fn on_file(before: &Insured) -> Vec<Coverage> {
    let mut rows: Vec<Coverage> = Vec::new();
    for coverage in &before.coverages {
        match rows.last_mut() {
            Some(last) if last.same_card(coverage) => {
                let period = Period::new(last.period.from, coverage.period.to);
                *last = Coverage {
                    period,
                    ..coverage.clone()
                };
            }
            _ => rows.push(coverage.clone()),
        }
    }
    rows
}

fn expectation(happening: Option<Happening>, read_again: bool) -> Expectation {
    let Some(Happening { story, .. }) = happening else {
        return Expectation::ordinary();
    };
    let note = story.ja().to_owned();
    if read_again {
        return Expectation {
            outcome: Outcome::NewPeriod,
            change: Change::Opened,
            note,
            ..Expectation::ordinary()
        };
    }
    Expectation {
        outcome: story.outcome(),
        change: match story.outcome() {
            Outcome::Differs => Change::InPlace,
            _ => Change::None,
        },
        person: story.reason().is_some(),
        reason: story.reason().map(str::to_owned),
        note,
        ..Expectation::ordinary()
    }
}

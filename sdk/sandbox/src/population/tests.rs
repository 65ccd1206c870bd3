use super::*;
use proptest::prelude::*;
use reseplug_model::{Period, age_on, turns_75_on};
use std::collections::{BTreeMap, BTreeSet};

fn options(people: usize, seed: u64) -> PopulationOptions {
    PopulationOptions {
        people,
        seed,
        month: "2024-10".parse().unwrap(),
        users: people.min(200),
    }
}

fn grown(people: usize, seed: u64) -> Population {
    Population::grow(options(people, seed)).unwrap()
}

fn of(population: &Population, story: Story) -> &Member {
    population
        .people
        .iter()
        .find(|member| member.happening.is_some_and(|one| one.story == story))
        .unwrap_or_else(|| panic!("nobody for {story}"))
}

/// Periods of one person, in order, never two at once.
fn in_order(periods: impl Iterator<Item = Period>) -> bool {
    let periods: Vec<Period> = periods.collect();
    periods
        .windows(2)
        .all(|two| !two[0].overlaps(two[1]) && two[0].from < two[1].from)
        && periods.iter().all(|period| !period.is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_the_seed_and_month_histories_hold_together(
        seed in any::<u64>(), month in 1i8..=12, year in 2018i16..2030
    ) {
        let month = Month::new(year, month).unwrap();
        let population =
            Population::grow(PopulationOptions { month, ..options(150, seed) }).unwrap();
        for member in &population.people {
            let one = &member.insured;
            prop_assert!(in_order(one.coverages.iter().map(|c| c.period)), "{one:?}");
            prop_assert!(in_order(member.before.coverages.iter().map(|c| c.period)), "{one:?}");
            for coverage in &one.coverages {
                prop_assert!(coverage.insurer.check_digit_ok(), "{coverage:?}");
                prop_assert!(coverage.period.from.unwrap() >= one.born, "{one:?}");
                // Nobody is in 後期 before the 75th birthday, nobody elsewhere from it on.
                let birthday = turns_75_on(one.born).unwrap();
                let elderly = coverage.insurer.is_elderly_system();
                prop_assert_eq!(elderly, coverage.period.from.unwrap() >= birthday, "{:?}", one);
                prop_assert!(elderly || coverage.period.to.is_some_and(|to| to < birthday)
                    || birthday > month.last_day(), "{:?}", one);
                if let Some(certificate) = coverage.elderly {
                    prop_assert!(age_on(one.born, certificate.from.unwrap()).unwrap() >= 69);
                    prop_assert!(coverage.burden == 20 || coverage.burden == 30);
                }
                // A coverage that ended says why, unless its card goes on in the next row.
                let next = one.coverages.iter().any(|c| c.period.from > coverage.period.from
                    && c.same_card(coverage));
                prop_assert_eq!(coverage.period.to.is_some() && !next, coverage.loss.is_some());
            }
            for welfare in &one.welfare {
                prop_assert!(welfare.payer.is_welfare() && welfare.payer.check_digit_ok());
                prop_assert!(welfare.recipient.check_digit_ok());
                for ticket in &welfare.tickets {
                    prop_assert!(welfare.period.overlaps(ticket.period));
                    prop_assert!(ticket.month.contains(ticket.period.from.unwrap()));
                }
            }
            prop_assert_eq!(member.happening.is_none(), one == &member.before);
        }
    }

    #[test]
    fn the_same_seed_grows_the_same_people(seed in any::<u64>()) {
        let (once, again) = (grown(60, seed), grown(60, seed));
        for (a, b) in once.people.iter().zip(&again.people) {
            prop_assert_eq!(&a.insured, &b.insured);
            prop_assert_eq!(a.happening, b.happening);
        }
        // More people leave the first ones as they were.
        for (a, b) in once.people.iter().zip(&grown(90, seed).people) {
            prop_assert_eq!(&a.insured.key, &b.insured.key);
            prop_assert_eq!(&a.insured.coverages, &b.insured.coverages);
        }
    }
}

#[test]
fn another_seed_grows_other_people() {
    let (a, b) = (grown(30, 1), grown(30, 2));
    assert!(
        a.people
            .iter()
            .zip(&b.people)
            .all(|(a, b)| a.insured.born != b.insured.born || a.insured.names != b.insured.names)
    );
}

#[test]
fn thousands_have_numbers_of_their_own_but_for_twins() {
    let population = grown(6_000, 7);
    let mut cards = BTreeMap::new();
    for member in &population.people {
        for coverage in &member.insured.coverages {
            let card = (
                coverage.insurer,
                coverage.symbol.clone(),
                coverage.number.clone(),
            );
            cards
                .entry(card)
                .or_insert_with(BTreeSet::new)
                .insert(member.insured.key.clone());
        }
    }
    let shared: Vec<_> = cards.values().filter(|people| people.len() > 1).collect();
    let twins = population
        .people
        .iter()
        .filter(|member| {
            member
                .happening
                .is_some_and(|one| one.story == Story::Twins)
        })
        .count();
    assert!(shared.iter().all(|people| people.len() == 2));
    assert_eq!(shared.len() * 2, twins);
    assert!(twins > 50);
    let recipients: BTreeSet<_> = population
        .people
        .iter()
        .flat_map(|member| &member.insured.welfare)
        .map(|welfare| welfare.recipient)
        .collect();
    assert!(recipients.len() > 100);
}

#[test]
fn every_story_happens_among_a_hundred_and_says_when() {
    let population = grown(100, 3);
    let month = population.options.month;
    for story in Story::ALL.iter().copied() {
        let member = of(&population, story);
        let day = member.happening.unwrap().day;
        match story.when() {
            story::When::First => assert_eq!(day, Some(month.first_day()), "{story}"),
            story::When::Within => {
                let day = day.unwrap();
                assert!(
                    month.contains(day) && day != month.first_day(),
                    "{story} {day}"
                );
            }
            story::When::August => assert_eq!(day.unwrap().to_string(), "2024-08-01"),
            story::When::Always => assert_eq!(day, None, "{story}"),
        }
        assert_eq!(story.name().parse(), Ok(story));
    }
}

/// Insurer and loss reason before the day, insurer on it.
fn around(member: &Member) -> (Option<Coverage>, Option<Coverage>) {
    let day = member.happening.unwrap().day.unwrap();
    let before = member.insured.coverage_on(day.prev_day().unwrap());
    (before.cloned(), member.insured.coverage_on(day).cloned())
}

#[test]
fn each_story_changes_what_it_says_from_the_day_on() {
    let population = grown(400, 11);
    let changed = |story: Story| around(of(&population, story));

    for story in [
        Story::JobChange,
        Story::Retirement,
        Story::Dependent,
        Story::Move,
        Story::Turns75,
    ] {
        let (before, after) = changed(story);
        let (before, after) = (before.unwrap(), after.unwrap());
        assert_ne!(before.insurer, after.insurer, "{story}");
        assert_eq!(before.loss.as_deref(), Some("03"), "{story}");
        assert!(story.other_numbers());
    }
    assert!(
        changed(Story::Turns75)
            .1
            .unwrap()
            .insurer
            .is_elderly_system()
    );
    for (story, reason) in [
        (Story::Loss, "99"),
        (Story::Death, "01"),
        (Story::Welfare, "02"),
    ] {
        let (before, after) = changed(story);
        assert_eq!(before.unwrap().loss.as_deref(), Some(reason), "{story}");
        assert_eq!(after, None, "{story}");
    }
    for (story, from, to) in [
        (Story::RatioDown, 20, 10),
        (Story::RatioUp, 10, 20),
        (Story::CertificateChange, 20, 30),
        (Story::Turns70, 30, 20),
    ] {
        let (before, after) = changed(story);
        let (before, after) = (before.unwrap(), after.unwrap());
        assert_eq!((before.burden, after.burden), (from, to), "{story}");
        assert!(before.same_card(&after), "{story}");
    }
    let (before, after) = changed(Story::Turns70);
    assert_eq!(before.unwrap().elderly, None);
    assert_eq!(
        after.unwrap().elderly.unwrap().to_string(),
        "2024-10-01..2025-07-31"
    );
    let (before, after) = changed(Story::NewBranch);
    assert_eq!(
        (
            before.unwrap().branch,
            after.unwrap().branch.map(|b| b.to_string())
        ),
        (None, Some("02".into()))
    );
    assert_eq!(
        changed(Story::SpecialCard).1.unwrap().card_class.as_deref(),
        Some("05")
    );
    let (before, after) = changed(Story::LimitChange);
    assert_ne!(before.unwrap().limit, after.unwrap().limit);

    let late = of(&population, Story::LateRegistration);
    assert_eq!(
        late.insured
            .coverages
            .last()
            .unwrap()
            .registered
            .unwrap()
            .to_string(),
        "2024-10-20"
    );
    let married = of(&population, Story::Marriage);
    let day = married.happening.unwrap().day.unwrap();
    let name = |day: Date| married.insured.name_on(day).unwrap().name.clone();
    assert_ne!(name(day), name(day.prev_day().unwrap()));
    assert_eq!(
        married.before.names.last().unwrap().name,
        name(day.prev_day().unwrap())
    );
    let moved = of(&population, Story::Move);
    let day = moved.happening.unwrap().day.unwrap();
    assert_ne!(
        moved.insured.home_on(day),
        moved.insured.home_on(day.prev_day().unwrap())
    );
    assert!(
        of(&population, Story::MissingGlyph).insured.names[0]
            .name
            .starts_with('●')
    );
    assert_eq!(of(&population, Story::SexUnset).insured.sex, Sex::Unset);
    let beside = of(&population, Story::WelfareBeside);
    let day = beside.happening.unwrap().day.unwrap();
    assert!(beside.insured.coverage_on(day).is_some() && beside.insured.welfare_on(day).is_some());
}

#[test]
fn the_station_knows_what_held_before() {
    let population = grown(600, 5);
    let station = population.station().unwrap();
    assert!(station.code.check_digit_ok(&station.prefecture));
    assert_eq!(station.people.len(), 200);
    assert_eq!(station.stated, station.counts());
    let mut read_again = 0;
    for (user, member) in station.people.iter().zip(&population.people) {
        assert!(!user.visits.is_empty(), "{}", user.key);
        assert!(
            user.visits
                .iter()
                .all(|day| population.options.month.contains(*day))
        );
        // Nothing on file ends: the product has not heard of it.
        assert!(
            user.on_file
                .iter()
                .all(|c| c.period.to.is_none() && c.loss.is_none())
        );
        assert_eq!(user.name, member.before.names.last().unwrap().name);
        if let Some(happening) = member.happening {
            assert_eq!(user.case.as_deref(), Some(happening.story.name()));
            if happening.story == Story::Death {
                assert!(user.visits.iter().all(|day| *day < happening.day.unwrap()));
            }
            if user.home.len() > 1 {
                read_again += 1;
                assert!(happening.story.other_numbers());
            }
        }
    }
    assert!(read_again > 5, "{read_again}");
    let never = station
        .people
        .iter()
        .filter(|user| user.home.is_empty())
        .count();
    assert_eq!(never, 20);
    let documents = station.documents().unwrap();
    let (text, _, lossy) = encoding_rs::SHIFT_JIS.decode(&documents[0].bytes);
    assert!(!lossy);
    assert!(text.lines().count() >= 200);
    assert_eq!(documents[1].path, "JISSEKI202410.CSV");
}

#[test]
fn a_population_that_cannot_be_is_refused() {
    for wrong in [
        PopulationOptions {
            users: 11,
            ..options(10, 1)
        },
        PopulationOptions {
            people: PopulationOptions::MOST + 1,
            ..options(10, 1)
        },
    ] {
        assert!(Population::grow(wrong).is_err());
    }
}

#[test]
fn a_folder_remembers_its_population() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(PopulationOptions::recall(folder.path()).unwrap(), None);
    options(50, 9).remember(folder.path()).unwrap();
    assert_eq!(
        PopulationOptions::recall(folder.path()).unwrap(),
        Some(options(50, 9))
    );
}

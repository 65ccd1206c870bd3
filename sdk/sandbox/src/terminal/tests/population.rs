//! What the centre says about a population, as of a day.

use super::*;
use crate::population::{Population, PopulationOptions, Story};

fn grown() -> Arc<Population> {
    let options = PopulationOptions {
        people: 400,
        seed: 11,
        month: "2024-10".parse().unwrap(),
        users: 200,
    };
    Arc::new(Population::grow(options).unwrap())
}

fn rig(population: &Arc<Population>, day: &str) -> Rig {
    let told = TerminalOptions {
        population: Some(population.clone()),
        ..options(day)
    };
    Rig::of(population.station().unwrap(), told)
}

/// Somebody the station visits, whose card was not read again, and the day of the story.
fn somebody(rig: &Rig, population: &Population, story: Story) -> (Person, Date) {
    let (user, member) = rig
        .station
        .people
        .iter()
        .zip(&population.people)
        .find(|(_, member)| member.happening.is_some_and(|one| one.story == story))
        .unwrap_or_else(|| panic!("nobody for {story}"));
    let day = member.happening.unwrap().day;
    let first = population.options.month.first_day();
    (user.clone(), day.unwrap_or(first))
}

#[test]
fn each_story_is_answered_as_it_stands_on_the_day() {
    let population = grown();
    let mut rig = rig(&population, "2024-11-05");
    for story in Story::ALL.iter().copied() {
        let (person, day) = somebody(&rig, &population, story);
        let before = rig.ask(&day.prev_day().unwrap().to_string(), on_file(&person));
        let after = rig.ask(&day.to_string(), on_file(&person));
        let expected = match story {
            Story::Loss | Story::Death | Story::Welfare => Validity::Invalid,
            Story::Twins => Validity::Several,
            _ if story.other_numbers() => Validity::InvalidNewExists,
            _ => Validity::Valid,
        };
        assert_eq!(after.validity, Some(expected), "{story}");
        if story == Story::Twins {
            assert!(after.results.is_empty());
            continue;
        }
        assert_eq!(before.validity, Some(Validity::Valid), "{story}");
        let (was, is) = (&before.results[0], &after.results[0]);
        // Never the new card: its numbers are not told to whoever knows the old ones.
        assert_eq!(was.number, is.number, "{story}");
        assert_eq!(was.qualification_date, is.qualification_date, "{story}");
        match story {
            Story::Turns70 => assert!(was.elderly.is_none() && is.elderly.is_some()),
            Story::RatioDown => assert_eq!(
                (
                    was.partial_contribution_ratio.as_deref(),
                    is.partial_contribution_ratio.as_deref()
                ),
                (Some("020"), Some("010"))
            ),
            Story::CertificateChange => {
                let ratio = |one: &onshi::Qualification| {
                    one.elderly
                        .as_ref()
                        .unwrap()
                        .contribution_ratio
                        .clone()
                        .unwrap()
                };
                assert_eq!((ratio(was), ratio(is)), ("020".into(), "030".into()));
            }
            Story::Marriage => assert_ne!(was.name, is.name),
            Story::NewBranch => assert_eq!(
                (was.branch.as_deref(), is.branch.as_deref()),
                (None, Some("02"))
            ),
            Story::SpecialCard => assert_eq!(is.card_class.as_deref(), Some("05")),
            Story::SexUnset => assert_eq!(is.sex, Some(onshi::Sex::from("3"))),
            Story::MissingGlyph => assert!(is.name.as_deref().unwrap().starts_with('●')),
            Story::WelfareBeside => {
                assert_eq!(after.results.len(), 2);
                let ticket = &after.results[1].tickets[0];
                assert_eq!(ticket.treatment_type.as_deref(), Some("05"));
                assert_eq!(ticket.single_or_combined.as_deref(), Some("02"));
            }
            Story::Death => assert_eq!(is.reason_of_loss.as_deref(), Some("01")),
            _ => {}
        }
    }
}

#[test]
fn what_an_insurer_has_not_registered_yet_is_not_known() {
    let population = grown();
    let mut early = rig(&population, "2024-10-10");
    let (person, _) = somebody(&early, &population, Story::LateRegistration);
    let new = person.truth.last().unwrap();
    let asked = SearchInfo {
        insurer_number: Some(new.insurer.padded()),
        symbol: new.symbol.clone(),
        number: Some(new.number.clone()),
        ..on_file(&person)
    };
    let validity =
        |rig: &mut Rig, search: &SearchInfo| rig.ask("2024-10-05", search.clone()).validity;
    assert_eq!(
        validity(&mut early, &on_file(&person)),
        Some(Validity::Invalid)
    );
    assert_eq!(validity(&mut early, &asked), Some(Validity::NotFound));
    let mut late = rig(&population, "2024-10-21");
    assert_eq!(
        validity(&mut late, &on_file(&person)),
        Some(Validity::InvalidNewExists)
    );
    let asked = SearchInfo {
        branch: None,
        ..asked
    };
    assert_eq!(validity(&mut late, &asked), Some(Validity::Valid));
}

#[test]
fn a_bulk_question_finds_among_everybody_what_changed() {
    let population = grown();
    let mut rig = rig(&population, "2024-11-01");
    let users: Vec<Person> = rig
        .station
        .people
        .iter()
        .filter(|person| !person.on_file.is_empty())
        .cloned()
        .collect();
    let message = BulkRequest {
        header: rig.header("2024-10-31"),
        searches: users
            .iter()
            .map(|person| about(person, &person.on_file[0]))
            .collect(),
        ..BulkRequest::default()
    };
    let (answer, _): (BulkAnswer, _) = rig.bulk("OQSmuquc01req", &message);
    assert_eq!(answer.units.len(), users.len());
    for (unit, user) in answer.units.iter().zip(&users) {
        assert_eq!(unit.identifier(), Some(user.key.as_str()));
        let valid = unit.validity == Some(Validity::Valid);
        let story: Option<Story> = user.case.as_deref().map(|name| name.parse().unwrap());
        let lost = story.is_some_and(|story| {
            story.other_numbers()
                || matches!(
                    story,
                    Story::Loss | Story::Death | Story::Welfare | Story::Twins
                )
        });
        assert_eq!(valid, !lost, "{} {story:?}", user.key);
        let limit_changed = unit
            .results
            .first()
            .and_then(|one| one.limit_changed.as_deref());
        if story == Some(Story::LimitChange) {
            assert_eq!(limit_changed, Some("1"));
        } else if story.is_none() && user.on_file[0].insurer.is_elderly_system() {
            assert_eq!(limit_changed, Some("0"));
        }
    }
}

#[test]
fn cards_read_at_visits_show_the_coverage_of_that_day() {
    let population = grown();
    let mut rig = rig(&population, "2024-11-05");
    let answer = rig.consented("2024-10-01", "2024-10-31");
    let again: Vec<&Person> = rig
        .station
        .people
        .iter()
        .filter(|person| person.home.len() > 1)
        .collect();
    assert_eq!(answer.units.len(), again.len());
    for person in again {
        let new = person.truth.last().unwrap();
        assert!(
            answer.units.iter().any(|unit| {
                unit.results[0].number.as_deref() == Some(new.number.as_str())
                    && unit.validity == Some(Validity::Valid)
            }),
            "{}",
            person.key
        );
    }
}

#[test]
fn asked_again_without_a_card_each_story_is_told_of_the_person_and_not_of_the_numbers() {
    let population = grown();
    let told = TerminalOptions {
        population: Some(population.clone()),
        layouts: TerminalOptions::invented_layouts(),
        ..options("2024-11-05")
    };
    let mut rig = Rig::of(population.station().unwrap(), told);
    let layouts = TerminalOptions::invented_layouts().unwrap();
    let layout = layouts.recheck_one().unwrap();
    let book = ConsentBook::open(rig.dir.path()).unwrap();
    for story in Story::ALL.iter().copied() {
        let (person, day) = somebody(&rig, &population, story);
        let asked = on_file(&person);
        let read = phone::Consent {
            station: rig.station.key.clone(),
            person: person.key.clone(),
            at: "2024-09-10T10:00:00+09:00".parse().unwrap(),
            kinds: Vec::new(),
            identified: Identified::Pin,
        };
        book.record(&read).unwrap();
        let request = onshi::RecheckRequest {
            header: rig.header(&day.to_string()),
            search: Some(onshi::RecheckSearch {
                insurer_number: asked.insurer_number,
                symbol: asked.symbol,
                number: asked.number,
                branch: asked.branch,
                birthdate: asked.birthdate,
                identifier: asked.identifier,
                ..onshi::RecheckSearch::default()
            }),
            ..onshi::RecheckRequest::default()
        };
        let bytes = layout.write_request(&request, Charset::Utf8).unwrap();
        let name = rig.put_bytes(layout.request_prefix(), &bytes);
        let answer = rig.take(&name);
        let answer = layout.read_answer("answer", &answer, &ReadOptions::default());
        let unit = answer.unwrap().message.unit.unwrap();
        let expected = match story {
            Story::Loss | Story::Death => Validity::Invalid,
            Story::Twins => Validity::Several,
            _ => Validity::Valid,
        };
        assert_eq!(unit.validity, Some(expected), "{story}: {:?}", unit.code);
        let differs = Some(onshi::ChangeCheck::Differs);
        if story.other_numbers() {
            assert_eq!(unit.changed, differs, "{story}");
        }
        if story == Story::Welfare {
            assert_eq!(unit.results[0].card_class.as_deref(), Some("A1"), "{story}");
        }
    }
}

use super::*;
use receden::{CheckOptions, ClaimFile, Severity, check};
use reseplug_model::Payer;
use std::collections::BTreeSet;

fn both() -> [Station; 2] {
    STATIONS.map(|name| Station::load(name).unwrap())
}

#[test]
fn what_people_toml_states_is_what_its_people_add_up_to() {
    for station in both() {
        let counts = station.counts();
        assert_eq!(
            station.stated,
            counts,
            "[expect]\n{}",
            toml::to_string(&counts).unwrap()
        );
    }
}

#[test]
fn every_case_is_there() {
    const EVERYWHERE: [&str; 15] = [
        "new-at-home",
        "insurer-changed-16th",
        "insurer-changes-next-month",
        "turns-75",
        "welfare-ticket-wrong-month",
        "nanbyo-54",
        "not-found",
        "two-similar",
        "missing-glyph",
        "leading-zeros",
        "late-month",
        "swapped-symbol-number",
        "missing-branch",
        "expired-elderly",
        "invalid-new-exists",
    ];
    for station in both() {
        let mut wanted: BTreeSet<&str> = EVERYWHERE.into();
        if station.product == Product::Uke {
            wanted.extend(["moved-payer", "split-refused"]);
        }
        let found: BTreeSet<&str> = station
            .people
            .iter()
            .filter_map(|person| person.case.as_deref())
            .collect();
        assert_eq!(found, wanted, "{}", station.key);
        assert_eq!(station.case("two-similar").count(), 2);
    }
}

#[test]
fn every_insurer_is_in_the_prefecture_that_does_not_exist_and_every_check_digit_is_right() {
    for station in both() {
        assert!(station.code.check_digit_ok(&station.prefecture));
        for person in &station.people {
            for coverage in person.truth.iter().chain(&person.on_file) {
                let number = coverage.insurer.to_string();
                let prefecture = match number.len() {
                    6 => number.get(..2),
                    _ => number.get(2..4),
                };
                assert_eq!(prefecture, Some("99"), "{}: {number}", person.key);
                assert!(
                    coverage.insurer.check_digit_ok(),
                    "{}: {number}",
                    person.key
                );
            }
            for public in &person.public {
                let number = public.payer.to_string();
                assert_eq!(number.get(2..4), Some("99"), "{}: {number}", person.key);
                assert!(public.payer.check_digit_ok() && public.recipient.check_digit_ok());
            }
        }
    }
}

#[test]
fn nobody_is_mistaken_for_somebody_else_but_the_two_who_are_meant_to_be() {
    for station in both() {
        let born: BTreeSet<Date> = station.people.iter().map(|person| person.born).collect();
        assert_eq!(born.len() + 1, station.people.len());
        let names: BTreeSet<&str> = station.people.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names.len(), station.people.len());
        let mut numbers = BTreeSet::new();
        for (person, coverage) in station
            .people
            .iter()
            .flat_map(|p| p.truth.iter().map(move |c| (p, c)))
        {
            let key = (
                &coverage.insurer,
                &coverage.symbol,
                &coverage.number,
                &coverage.branch,
            );
            assert!(numbers.insert(key), "{} has somebody's number", person.key);
        }
    }
}

#[test]
fn the_claim_files_parse_add_up_and_pass_the_check() {
    let station = Station::load("hidamari").unwrap();
    let counts = station.counts();
    let documents = station.documents().unwrap();
    for (document, payer, expected) in [
        (&documents[0], Payer::SocialInsuranceFund, counts.fund),
        (
            &documents[1],
            Payer::NationalHealthFederation,
            counts.federation,
        ),
    ] {
        let file = ClaimFile::parse(&document.bytes).unwrap();
        assert_eq!(file.to_bytes(), document.bytes);
        assert_eq!(file.header().unwrap().payer().unwrap(), payer);
        let yen: u64 = file
            .receipts()
            .map(|receipt| receipt.total().unwrap().0)
            .sum();
        assert_eq!(
            (file.receipts().count() as u32, yen),
            (expected.receipts, expected.yen)
        );
        let findings: Vec<_> = check(&file, &CheckOptions::default())
            .into_iter()
            .filter(|finding| finding.severity != Severity::Note)
            .collect();
        assert_eq!(findings, [], "{}", document.path);
    }
}

#[test]
fn the_csv_files_have_a_row_for_each_period_and_each_charge() {
    let station = Station::load("aozora").unwrap();
    let documents = station.documents().unwrap();
    let text = |at: usize| {
        let (text, _, broken) = encoding_rs::SHIFT_JIS.decode(&documents[at].bytes);
        assert!(!broken);
        text.into_owned()
    };
    let (register, month) = (text(0), text(1));
    assert!(register.lines().all(|line| line.split(',').count() == 29));
    assert!(month.lines().all(|line| line.split(',').count() == 32));
    assert_eq!(
        register.lines().count() as u32,
        1 + station.counts().registered
    );
    let yen: u64 = month
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(5).unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(yen, station.counts().yen());
    // Somebody new gets the number after the highest one.
    let new = station.case("new-at-home").next().unwrap();
    assert!(!register.contains(&new.key) && month.contains(&new.key));
    let highest = register
        .lines()
        .filter_map(|line| line.get(1..5)?.parse::<u32>().ok())
        .max();
    assert_eq!(new.key, format!("A{:04}", highest.unwrap() + 1));
    // What a station needs to know of the columns stands beside the data.
    let columns = include_str!("../../stations/aozora/COLUMNS.md");
    for title in [&register, &month]
        .into_iter()
        .flat_map(|csv| csv.lines().next().unwrap().split(','))
    {
        assert!(columns.contains(title), "{title}");
    }
}

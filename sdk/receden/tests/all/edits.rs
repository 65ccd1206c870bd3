//! Changing the coverage of a finished receipt, and dividing one.

use receden::ClaimFile;
use receden::edit::{
    Coverage, Refusal, by_payer, first_submission, join, move_receipt, replace_coverage,
    replace_income_remark, split,
};
use reseplug_model::{InsurerNumber, Period, Relationship, Yen};

use crate::parsed;

fn coverage(insurer: &str) -> Coverage {
    Coverage {
        insurer: InsurerNumber::parse(insurer).unwrap(),
        symbol: Some("８８".to_owned()),
        number: "９９９".to_owned(),
        branch: Some("02".parse().unwrap()),
        relationship: Some(Relationship::Insured),
        burden_percent: None,
    }
}

fn line(file: &ClaimFile, index: usize) -> String {
    receden::repertoire::decode(file.record(index).unwrap().bytes())
        .unwrap()
        .into_owned()
}

#[test]
fn another_coverage_changes_its_own_fields_and_no_total() {
    let mut file = parsed("october");
    let before = file.clone();
    let edited = replace_coverage(&file.receipt(0).unwrap(), &coverage("06990014")).unwrap();
    let changed: Vec<(&str, usize)> = edited
        .changes
        .iter()
        .map(|c| (c.record.as_str(), c.field))
        .collect();
    assert_eq!(changed, [("HO", 2), ("HO", 3), ("HO", 4), ("SN", 7)]);
    assert_eq!(edited.changes[0].name_ja, "保険者番号");
    assert_eq!(edited.changes[0].before, "01130012");
    file.replace_receipt(0, vec![edited.records]).unwrap();
    assert_eq!(line(&file, 2), "HO,06990014,８８,９９９,5,53940,,,,,,");
    assert_eq!(line(&file, 3), "SN,1,01,,,,02,,");
    for index in (0..55).filter(|index| ![2, 3].contains(index)) {
        assert_eq!(file.record(index), before.record(index));
    }
}

#[test]
fn the_same_coverage_changes_nothing() {
    let file = parsed("october");
    let same = Coverage {
        insurer: InsurerNumber::parse("01130012").unwrap(),
        symbol: Some("１２３４５６７８".to_owned()),
        number: "１２３".to_owned(),
        branch: Some("00".parse().unwrap()),
        relationship: Some(Relationship::Insured),
        burden_percent: None,
    };
    assert_eq!(
        replace_coverage(&file.receipt(0).unwrap(), &same)
            .unwrap()
            .changes,
        []
    );
}

#[test]
fn national_health_numbers_are_padded_and_bring_their_percentage() {
    let mut file = parsed("october");
    let mut national = coverage("990010");
    national.burden_percent = Some(30);
    let edited = replace_coverage(&file.receipt(0).unwrap(), &national).unwrap();
    file.replace_receipt(0, vec![edited.records]).unwrap();
    assert!(
        line(&file, 1).starts_with("RE,1,6112,202410,見本　太郎,ミホンタロウ,1,19680412,,,70,")
    );
    assert!(line(&file, 2).starts_with("HO,  990010,"));
}

#[test]
fn entering_the_elderly_system_changes_the_receipt_type_and_empties_the_branch() {
    let mut file = parsed("october");
    file.set_field(1, 8, "19450101").unwrap();
    let mut elderly = coverage("39990015");
    elderly.symbol = None;
    let receipt = file.receipt(0).unwrap();
    assert!(matches!(
        replace_coverage(&receipt, &elderly),
        Err(Refusal::Kind(_))
    ));
    elderly.burden_percent = Some(10);
    let edited = replace_coverage(&receipt, &elderly).unwrap();
    file.replace_receipt(0, vec![edited.records]).unwrap();
    assert!(line(&file, 1).starts_with("RE,1,6318,"));
    assert_eq!(line(&file, 2), "HO,39990015,,９９９,5,53940,,,,,,");
    assert_eq!(line(&file, 3), "SN,1,01,,,,,,");
}

#[test]
fn a_branch_without_a_record_for_it_gets_one_in_its_place() {
    let mut file = parsed("october");
    file.remove_record(3).unwrap();
    let edited = replace_coverage(&file.receipt(0).unwrap(), &coverage("06990014")).unwrap();
    file.replace_receipt(0, vec![edited.records]).unwrap();
    assert_eq!(line(&file, 3), "SN,1,01,,,,02,,");
    assert_eq!(file.record(4).unwrap().id(), "JD");
}

#[test]
fn money_of_the_old_insurer_stops_the_change_of_insurer_only() {
    let mut file = parsed("october");
    file.set_field(2, 9, "18000").unwrap();
    let receipt = file.receipt(0).unwrap();
    let refusal = replace_coverage(&receipt, &coverage("06990014")).unwrap_err();
    assert!(matches!(
        refusal,
        Refusal::Money {
            record: "HO",
            field: 9,
            ..
        }
    ));
    assert!(refusal.message_ja().contains("一部負担金額"));
    assert!(replace_coverage(&receipt, &coverage("01130012")).is_ok());
    for (record, field, text) in [(1, 13, "3"), (5, 2, "01")] {
        let mut file = parsed("october");
        file.set_field(record, field, text).unwrap();
        let receipt = file.receipt(0).unwrap();
        assert_eq!(
            replace_coverage(&receipt, &coverage("06990014"))
                .unwrap_err()
                .what(),
            "money"
        );
    }
    let public_alone = file.receipt(2).unwrap();
    assert_eq!(
        replace_coverage(&public_alone, &coverage("06990014")),
        Err(Refusal::NoInsurer)
    );
}

fn halves(file: &ClaimFile, n: usize, last_day: &str) -> Result<Vec<ClaimFile>, Refusal> {
    let last = last_day.parse().unwrap();
    let parts = [
        (Period::new(None, Some(last)), coverage("06132013")),
        (Period::from(last.next_day().unwrap()), coverage("990010")),
    ];
    let split = split(&file.receipt(n).unwrap(), &parts)?;
    Ok(split
        .into_iter()
        .map(|records| {
            let mut part = file
                .empty_for(reseplug_model::Payer::SocialInsuranceFund)
                .unwrap();
            part.append_receipt(records).unwrap();
            part
        })
        .collect())
}

#[test]
fn a_split_divides_days_and_yen_and_adds_up_to_the_whole() {
    let file = parsed("october");
    let parts = halves(&file, 0, "2024-10-10").unwrap();
    let stated: Vec<_> = parts
        .iter()
        .map(|part| {
            let receipt = part.receipt(0).unwrap();
            let insurer = receipt.insurer().unwrap();
            assert_eq!(insurer.total().unwrap(), receipt.total().unwrap());
            (
                insurer.number().unwrap().to_string(),
                insurer.days().unwrap(),
                insurer.total().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        stated,
        [
            ("06132013".to_owned(), 3, Yen(36_840)),
            ("990010".to_owned(), 2, Yen(17_100))
        ]
    );
    for (part, days, comment) in [
        (
            &parts[0],
            &[1u8, 4, 8][..],
            "CO,810000001,月途中の保険変更（１日から１０日まで）,",
        ),
        (
            &parts[1],
            &[11, 15],
            "CO,810000001,月途中の保険変更（１１日から３１日まで）,",
        ),
    ] {
        let receipt = part.receipt(0).unwrap();
        let table: Vec<u8> = receipt
            .day_tables()
            .next()
            .unwrap()
            .days()
            .map(|(d, _)| d)
            .collect();
        assert_eq!(table, days);
        let (index, _) = receipt.records_of("CO").next().unwrap();
        assert_eq!(line(part, index), comment);
        assert_eq!(part.record(index + 1).unwrap().id(), "KA");
        for id in ["MF", "IH", "HJ", "JS", "SY", "RJ"] {
            assert_eq!(receipt.records_of(id).count(), 1, "{id}");
        }
    }
}

#[test]
fn a_split_with_a_public_expense_divides_its_days_but_refuses_its_money() {
    let mut file = parsed("october");
    let ko = file.receipt(1).unwrap().records_of("KO").next().unwrap().0;
    assert!(matches!(
        halves(&file, 1, "2024-10-10"),
        Err(Refusal::Money {
            record: "KO",
            field: 7,
            ..
        })
    ));
    file.set_field(ko, 7, "").unwrap();
    let parts = halves(&file, 1, "2024-10-10").unwrap();
    let public: Vec<_> = parts
        .iter()
        .map(|part| {
            let receipt = part.receipt(0).unwrap();
            let public = receipt.public_expenses().next().unwrap();
            (
                public.days().unwrap(),
                public.total().unwrap(),
                receipt.day_tables().count(),
            )
        })
        .collect();
    assert_eq!(public, [(1, Yen(13_220), 2), (2, Yen(17_100), 2)]);
}

#[test]
fn what_cannot_be_divided_exactly_is_refused() {
    let refusal = |edit: fn(&mut ClaimFile)| {
        let mut file = parsed("october");
        edit(&mut file);
        halves(&file, 0, "2024-10-10").unwrap_err().what()
    };
    assert_eq!(refusal(|f| f.set_field(2, 9, "1").unwrap()), "money");
    assert_eq!(refusal(|f| f.set_field(1, 13, "3").unwrap()), "money");
    assert_eq!(refusal(|f| f.set_field(5, 2, "01").unwrap()), "money");
    assert_eq!(
        refusal(|f| f.set_field(2, 6, "53941").unwrap()),
        "inconsistent"
    );
    assert_eq!(refusal(|f| f.set_field(2, 5, "4").unwrap()), "inconsistent");
    let file = parsed("october");
    assert_eq!(
        halves(&file, 0, "2024-10-20").unwrap_err().what(),
        "empty-part"
    );
    let overlapping = [
        (Period::ALWAYS, coverage("06990014")),
        (
            Period::from("2024-10-10".parse::<reseplug_model::Date>().unwrap()),
            coverage("990010"),
        ),
    ];
    assert_eq!(
        split(&file.receipt(0).unwrap(), &overlapping)
            .unwrap_err()
            .what(),
        "day-not-in-one-part"
    );
    assert_eq!(
        split(&file.receipt(0).unwrap(), &overlapping[..1])
            .unwrap_err()
            .what(),
        "too-few-parts"
    );
}

#[test]
fn a_first_submission_has_no_search_number_and_no_history() {
    let mut file = parsed("october");
    file.set_field(1, 15, "12345678901234567").unwrap();
    let history = receden::Record::new("8", &["1", "0", "RE", "1"]).unwrap();
    file.insert_record(20, history).unwrap();
    let records = file.remove_receipt(0).unwrap();
    let count = records.len();
    let first = first_submission(records).unwrap();
    assert_eq!(first.len(), count - 1);
    assert!(first[0].raw(15).unwrap().is_empty());
}

#[test]
fn of_the_remarks_only_the_income_code_is_replaced() {
    let with = |stands: &str, income: Option<&str>| {
        let mut file = parsed("october");
        file.set_field(1, 12, stands).unwrap();
        let edited = replace_income_remark(&file.receipt(0).unwrap(), income);
        edited.map(|edited| edited.records[0].ascii(12).unwrap_or_default().to_owned())
    };
    assert_eq!(with("022816", Some("26")).unwrap(), "022616");
    assert_eq!(with("0216", Some("26")).unwrap(), "021626");
    assert_eq!(with("102896", None).unwrap(), "1096");
    assert_eq!(with("", Some("41")).unwrap(), "41");
    assert!(matches!(
        with("0104101621", Some("26")),
        Err(Refusal::Remark { .. })
    ));
    assert!(matches!(with("", Some("02")), Err(Refusal::Remark { .. })));
}

#[test]
fn files_of_two_payers_are_divided_and_no_receipt_changes_but_in_its_number() {
    let mut mixed = parsed("october");
    let ho = mixed.receipt(1).unwrap().records_of("HO").next().unwrap().0;
    mixed.set_field(ho, 2, "  138057").unwrap();
    let files = by_payer(&mixed).unwrap();
    let receipts: usize = files.values().map(|file| file.receipts().count()).sum();
    assert_eq!((files.len(), receipts), (2, 3));
    let mut parts: Vec<ClaimFile> = files.into_values().collect();
    for file in &parts {
        assert!(
            file.receipts()
                .map(|r| r.number().unwrap())
                .eq(1..=file.receipts().count() as u32)
        );
        assert_eq!(file.tail(), [receden::EOF]);
    }
    // Together again, the receipts hold the same records, but for their numbers.
    let (mut first, mut second) = (parts.remove(0), parts.remove(0));
    let moved = second.receipt(0).unwrap().bytes().to_vec();
    move_receipt(&mut second, 0, &mut first).unwrap();
    assert_eq!(second.receipts().count(), 0);
    let last = first.receipt(2).unwrap();
    assert_eq!(last.bytes()[4..], moved[4..]);
    assert_eq!(last.number().unwrap(), 3);
    let before = first.clone();
    assert!(move_receipt(&mut first, 9, &mut second).is_err());
    assert_eq!(first, before);
    assert_eq!(join(&[&first, &first]).unwrap().receipts().count(), 6);
    assert!(join(&[&first, &second]).is_err());
}

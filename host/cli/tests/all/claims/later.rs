//! What is not filed this month: held, left out, carried to the next, or given up.

use super::{FUND, MONTH, Office, WHO, texts, wrong_days};
use receden::ClaimFile;
use serde_json::{Value, json as value};
use std::fs;

/// Files a month of some other people, with these receipts put in.
fn file(office: &Office, month: &str, carry: &[&str], more: &[&str]) -> Value {
    let approval = office.approve_of(month, carry);
    let by = ["--by", WHO];
    let (exit, told) = office.claim_of(month, "submit", &by);
    assert_eq!(exit, 0, "{told}");
    let (exit, told) = office.claim_of(month, "confirm", &[more, &by].concat());
    // 1 where receipts were left out, which a person has to see.
    let left = told["filings"]
        .as_array()
        .unwrap()
        .iter()
        .any(|f| f.get("left_out").is_some());
    assert_eq!(exit, i32::from(left), "{told}");
    approval
}

fn late_of<'v>(late: &'v [Value], name: &str) -> &'v Value {
    let own = |one: &&Value| one["receipt"]["name"] == name;
    late.iter()
        .find(own)
        .unwrap_or_else(|| panic!("{name}: {late:?}"))
}

#[test]
fn what_waits_is_listed_carried_once_or_given_up_by_a_named_person() {
    let office = Office::small(4);
    // 要確認 when it is checked: left out when errors are left out.
    office.product(FUND, |file| wrong_days(file, 0));
    let people = super::names(&office.made(FUND));
    let world = office.world();

    // Two wait for their 指示書: held at the approval.
    let (_, check) = office.claim("check", &[]);
    let id = |name: &str| {
        let all = check["receipts"].as_array().unwrap();
        let own = all.iter().find(|one| one["receipt"]["name"] == name);
        own.unwrap()["id"].as_str().unwrap().to_owned()
    };
    let why = "訪問看護指示書を待っている";
    let hold = value!({ (id(&people[1])): why, (id(&people[2])): why });
    let accept = office.desk.dir.path().join("hold.json");
    fs::write(&accept, value!({ "by": WHO, "hold": hold }).to_string()).unwrap();
    let approval = file(&office, MONTH, &["--accept", accept.to_str().unwrap()], &[]);
    assert_eq!(approval["report"]["held"].as_array().unwrap().len(), 2);
    assert_eq!(office.sent(FUND)[0]["receipts"], 2);
    assert_eq!(office.sent(FUND)[0]["filed"]["receipts"], 1);

    let late = office.late();
    assert_eq!(late.len(), 3, "{late:?}");
    let held = late_of(&late, &people[1]);
    assert_eq!(
        (&held["why"], &held["reason"]),
        (&"held".into(), &why.into())
    );
    let left_out = late_of(&late, &people[0]);
    assert_eq!(
        left_out["place"],
        value!({ "left-out": "attention" }),
        "{left_out}"
    );
    let text = crate::stdout(&crate::run(
        &office.desk.home,
        &["claim", "late", "--lang", "ja"],
    ));
    for shown in [
        &people[0],
        &people[1],
        why,
        "エラー分として除かれました",
        "--carry",
    ] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    let (_, week) = office.claim("week", &[]);
    assert_eq!(week["late"].as_array().unwrap().len(), 3);

    // One is given up: by whom and why is recorded; an id that is none is named.
    let drop = |id: &str, more: &[&str]| {
        let args = [
            "claim",
            "drop",
            id,
            "--reason",
            "自費に切り替えた",
            "--by",
            WHO,
        ];
        office.desk.json(&[&args[..], more].concat())
    };
    let (exit, told) = drop("2024-11/1/hold#77", &[]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (2, &"claim/unknown-late".into()),
        "{told}"
    );
    let gives_up = late_of(&late, &people[2])["id"].as_str().unwrap();
    assert_eq!(drop(gives_up, &["--dry-run"]).0, 0);
    let args = ["claim", "drop", gives_up, "--reason", why, "--by", WHO];
    let args = [&args[..], &["--dry-run", "--lang", "ja"]].concat();
    let text = crate::stdout(&crate::run(&office.desk.home, &args));
    assert!(text.contains("予行です"), "{text}");
    assert_eq!(office.late().len(), 3);
    assert_eq!(drop(gives_up, &[]).0, 0);
    assert_eq!(office.late().len(), 2);
    let told = office.history(FUND);
    let dropped = told.iter().find(|e| e["event"] == "dropped").unwrap();
    assert_eq!(
        (&dropped["by"], &dropped["how"]),
        (&WHO.into(), &"reported".into())
    );

    // Next month: other people, and the one that waited is put in by its id.
    office.people(6..8, "2024-12");
    let (_, check) = office.claim_of("2024-12", "check", &[]);
    assert_eq!(check["late"].as_array().unwrap().len(), 2, "{check}");
    let by = [
        "--by",
        WHO,
        "--despite",
        "書面",
        "--seen",
        "確認書",
        "--carry",
        "2024-10/1/1#1",
    ];
    let (exit, told) = office.claim_of("2024-12", "approve", &by);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (2, &"claim/unknown-late".into()),
        "{told}"
    );
    // What could have been meant is named: what waits, not the month's own receipts.
    let text = told["error"]["message_ja"].as_str().unwrap();
    assert!(text.contains(held["id"].as_str().unwrap()), "{text}");
    let carried = held["id"].as_str().unwrap();
    let approval = file(&office, "2024-12", &["--carry", carried], &[]);
    assert_eq!(approval["report"]["carried"], value!([carried]));
    let (exit, _) = office.claim_of("2024-12", "write", &["-o", "十二月"]);
    assert_eq!(exit, 0);
    let written =
        ClaimFile::parse(&fs::read(office.desk.home.join("十二月/1/RECEIPTH.UKE")).unwrap());
    let written = written.unwrap();
    let mut expected = super::names(&office.made(FUND));
    expected.push(people[1].clone());
    assert_eq!(super::names(&written), expected);
    let numbers: Vec<u32> = written.receipts().map(|r| r.number().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3]);
    let carried = written.receipt(2).unwrap();
    assert_eq!(
        carried.service_month().unwrap().to_string(),
        "2024-10",
        "月遅れ keeps its month"
    );
    assert_eq!(
        texts(&office.late(), "id"),
        [left_out["id"].as_str().unwrap()]
    );

    // The month after, all that wait; its error is filed on purpose this time.
    office.people(8..10, "2025-01");
    let approval = file(
        &office,
        "2025-01",
        &["--carry", "all"],
        &["--include-errors"],
    );
    assert_eq!(approval["report"]["carried"].as_array().unwrap().len(), 1);
    assert_eq!(office.late(), Vec::<Value>::new());

    // Each was filed once, whoever is asked.
    let filed = world.gateway().filed_receipts();
    assert_eq!(filed.len(), (1 + 4) + (3 + 2) + (3 + 2));
    let mut whose: Vec<(&str, &str)> = filed
        .iter()
        .map(|one| (one.person.as_str(), one.service_month.as_str()))
        .collect();
    whose.sort_unstable();
    whose.dedup();
    assert_eq!(whose.len(), filed.len());
    let (exit, receipts) = office.desk.json(&["claim", "receipts"]);
    assert_eq!(exit, 0, "{receipts}");
    let stands = receipts["receipts"].as_array().unwrap();
    let stands = stands.iter().filter(|one| one["place"] == "filed").count();
    assert_eq!(stands, filed.len());
    // Narrowed to a person.
    let (_, one) = office.desk.json(&[
        "claim", "receipts", "--person", &people[1], "--month", "2024-12",
    ]);
    assert_eq!(one["receipts"].as_array().unwrap().len(), 1, "{one}");
    world.stop();
    office.audit_is_intact();
}

//! A day at the desk: a visit, the card on the phone page, collecting, filling.

use crate::browser::Browser;
use crate::station::{Desk, quick};
use serde_json::Value;
use std::fs;

/// Gives a consent on the phone page as the person at the bedside does, on a set day.
fn reads_the_card(browser: &Browser, page: &str, card: &str, kinds: &[&str], at: &str) {
    browser.go(page);
    browser.click(&format!("a[href$='/{card}']"));
    browser.write("input[name=pin]", "1234");
    for kind in kinds {
        browser.click(&format!("input[name={kind}]"));
    }
    browser.script(&format!(
        "document.querySelector('input[name=at]').value = '{at}'"
    ));
    browser.click("button[type=submit]");
    assert!(browser.text("h1").contains("受け付けました"));
}

/// The decided group of one person.
fn of<'r>(report: &'r Value, key: &str) -> &'r Value {
    let all = report["proposals"].as_array().unwrap();
    all.iter()
        .find(|p| p["person_key"] == key)
        .unwrap_or_else(|| panic!("nothing about {key}: {report}"))
}

#[test]
fn a_card_read_on_the_phone_at_a_first_visit_is_in_the_register_by_the_evening() {
    let Some(browser) = Browser::open() else {
        return;
    };
    let desk = Desk::new("aozora");
    let world = desk.world(quick());
    let page = format!("{}aozora", world.phone().url());

    // 10月3日 10:15, 初回訪問.
    let kinds = ["limit", "drugs"];
    reads_the_card(&browser, &page, "A0060", &kinds, "2024-10-03T10:15");
    let said = browser.text("main");
    assert!(
        said.contains("山岸") && said.contains("限度額・薬剤"),
        "{said}"
    );

    // The evening: collected, and nothing is typed.
    let day = ["intake", "--from", "2024-10-03", "--to", "2024-10-03"];
    // Somebody else's 医療券 of that day is September's: for a person, and nothing else is.
    let (exit, report) = desk.json(&day);
    assert_eq!(exit, 1, "{report}");
    assert_eq!(report["counts"]["left_for_person"], 1, "{report}");
    let added = of(&report, "A0060");
    assert_eq!(added["done"]["state"], "applied", "{added}");
    assert_eq!(added["as_of"], "2024-10-03");
    assert_eq!(added["sources"][0]["message"], "OQSmuhvq02res");
    let register = desk.home.join("RIYOSHA.CSV");
    let before = fs::read(&register).unwrap();
    let written = report["outputs"][0]["path"].as_str().unwrap();
    let after = fs::read(written).unwrap();
    assert!(
        after.starts_with(&before),
        "rows that were there stay as they were"
    );
    let lines = |bytes: &[u8]| bytes.iter().filter(|b| **b == b'\n').count();
    assert_eq!(lines(&after), lines(&before) + 1);

    // Not imported yet, the month cannot be made, and where the person stands is said.
    let (exit, told) = desk.json(&["claim", "check", "--month", "2024-11"]);
    let error = &told["error"];
    assert_eq!((exit, &error["code"]), (2, &"csv/unknown-person".into()));
    assert!(
        error["message_ja"].as_str().unwrap().contains(written),
        "{told}"
    );

    // The product imports it; collected again, the same card asks for nothing.
    fs::write(&register, &after).unwrap();
    let (_, again) = desk.json(&day);
    assert_eq!(of(&again, "A0060")["outcome"], "same");
    assert_eq!(again["counts"]["people_added"], 0);

    // Claim week: the new person's receipt stands on the card that was read.
    let (_, filled) = desk.json(&["fill", "--offline"]);
    assert_eq!(of(&filled, "A0060")["outcome"], "same", "{filled}");
    world.stop();
}

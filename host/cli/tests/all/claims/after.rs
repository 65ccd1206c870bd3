//! After 請求確定: taken down, adjusted, reviewed, paid.

use super::{FUND, Hands, Office, WHO};
use crate::{run, stdout};
use reseplug_sandbox::gateway::{GatewayOptions, Review};
use serde_json::{Value, json as value};

#[test]
fn what_was_confirmed_is_taken_down_adjusted_reviewed_and_paid_receipt_by_receipt() {
    let office = Office::small(3);
    office.approve(&[]);
    let hands = Hands::at("2024-11-09T10:00:00");
    let review = Review {
        return_one_in: 0,
        adjust_one_in: 2,
        ..Review::default()
    };
    let gateway = GatewayOptions {
        review: Some(review),
        ..GatewayOptions::default()
    };
    let world = office.world_with(gateway, &hands);
    office.does("submit", &[]);
    let take_down = |receipt: &str, more: &[&str]| {
        let args = [
            "--receipt",
            receipt,
            "--reason",
            "訪問回数の誤り",
            "--payer",
            FUND,
        ];
        office.by("take-down", &[&args[..], more].concat())
    };
    // Before the confirmation it is withdrawn instead.
    let (exit, told) = take_down("2", &[]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (3, &"claim/not-confirmed".into()),
        "{told}"
    );
    office.does("confirm", &[]);

    let (exit, told) = take_down("9", &[]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (2, &"claim/unknown-receipt".into()),
        "{told}"
    );
    assert_eq!(take_down("2", &["--dry-run"]).0, 0);
    assert!(
        !office
            .receipts()
            .iter()
            .any(|one| one["take_down_asked"] == true)
    );
    let (exit, told) = take_down("2", &[]);
    let of = |told: &Value| {
        (
            told["receipts"][0]["number"].clone(),
            told["asked_before"].clone(),
        )
    };
    assert_eq!((exit, of(&told)), (0, (2.into(), false.into())), "{told}");
    // Once more it is said that it was asked for, and nothing is recorded.
    let before = office.history(FUND).len();
    let (exit, told) = take_down("2", &[]);
    assert_eq!((exit, of(&told)), (0, (2.into(), true.into())), "{told}");
    assert_eq!(office.history(FUND).len(), before);
    let asked: Vec<Value> = office.receipts();
    let asked: Vec<&Value> = asked
        .iter()
        .filter(|one| one["take_down_asked"] == true)
        .collect();
    assert_eq!(
        (asked.len(), &asked[0]["receipt"]["number"]),
        (1, &2.into())
    );
    let filed = world.gateway().filed_receipts();
    assert_eq!(filed.iter().filter(|one| one.taken_down).count(), 1);

    // In the month after it comes back, beside what the review took off.
    hands.turn("2024-12-06T10:00:00");
    let fetch = || office.desk.json(&["claim", "fetch", "--by", WHO]);
    let (exit, told) = fetch();
    assert_eq!(exit, 0, "{told}");
    let late = office.late();
    assert_eq!(
        (late.len(), &late[0]["place"]),
        (1, &"returned".into()),
        "{late:?}"
    );
    // It is not asked for once more.
    let (exit, told) = take_down("2", &[]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (2, &"claim/came-back".into()),
        "{told}"
    );
    let adjusted: i64 = office
        .receipts()
        .iter()
        .map(|one| one["adjusted"].as_i64().unwrap())
        .sum();
    let there: i64 = world
        .gateway()
        .filed_receipts()
        .iter()
        .map(|one| one.adjusted)
        .sum();
    assert_eq!(adjusted, there);
    assert!(
        adjusted < 0,
        "nothing was adjusted: the story needs another seed"
    );

    // The office asks for a review of one of them.
    let receipts = office.receipts();
    let hit = receipts.iter().find(|one| one["adjusted"] != 0).unwrap();
    let key: Vec<&str> = hit["filing"].as_str().unwrap().split('/').collect();
    let number = hit["receipt"]["number"].to_string();
    let asked = [
        "--payer",
        key[1],
        "--receipt",
        &number,
        "--reason",
        "算定要件を満たす",
    ];
    let rehearsal = office.does("review", &[&asked[..], &["--dry-run"]].concat());
    assert_eq!(rehearsal["in_review"], false, "{rehearsal}");
    let standing = office.does("review", &asked);
    assert_eq!(standing["in_review"], true, "{standing}");
    assert_eq!(standing["no_adjustment"], false, "{standing}");
    let text = crate::stdout(&crate::run(
        &office.desk.home,
        &["claim", "receipts", "--lang", "ja"],
    ));
    assert!(
        // What came back is not asked for any more.
        text.contains("再審査中") && !text.contains("取下げ依頼中"),
        "{text}"
    );
    // The page for the manager names both: what was taken off, and what is in review.
    let (exit, told) = office.claim("summary", &["-o", "総括.html"]);
    assert_eq!(exit, 0, "{told}");
    let page = std::fs::read_to_string(office.desk.home.join("総括.html")).unwrap();
    let name = hit["receipt"]["name"].as_str().unwrap();
    for text in [
        "増減点（査定）",
        "再審査中のレセプト　1件",
        "算定要件を満たす",
        name,
    ] {
        assert!(page.contains(text), "{text} is not on the page");
    }
    let (exit, told) = office.by(
        "review",
        &["--payer", FUND, "--receipt", "77", "--reason", "a"],
    );
    assert_eq!(
        (exit, &told["error"]["code"]),
        (2, &"claim/unknown-receipt".into()),
        "{told}"
    );

    // Nothing is paid yet, and nobody says that something is wrong.
    let (exit, settled) = office.claim("settle", &[]);
    assert_eq!(exit, 0, "{settled}");
    assert!(
        settled["settlements"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["paid"] == Value::Null)
    );
    hands.turn("2024-12-22T10:00:00");
    let (exit, told) = fetch();
    assert_eq!(exit, 0, "{told}");
    let (exit, settled) = office.claim("settle", &[]);
    assert_eq!(exit, 0, "{settled}");
    let there = world.gateway().filed_receipts();
    for (one, payer) in settled["settlements"]
        .as_array()
        .unwrap()
        .iter()
        .zip(["1", "2"])
    {
        let paid = there
            .iter()
            .filter(|r| r.payer == payer)
            .filter_map(|r| r.paid);
        assert_eq!(one["paid"], paid.sum::<i64>(), "{one}");
        assert_eq!(one["paid"], one["paid_by_receipt"], "{one}");
        assert_eq!(one["strangers"], value!([]), "{one}");
        for pair in one["receipts"].as_array().unwrap() {
            let word = pair["settled"].as_str().unwrap();
            assert!(["paid", "returned"].contains(&word), "{pair}");
        }
    }
    let (_, ja, en) = office.reads("settle", &[]);
    assert!(ja.contains("振込") && en.contains("paid"), "{ja}{en}");
    let (exit, told) = fetch();
    assert_eq!((exit, &told["brought_in"]), (0, &value!([])));
    world.stop();
    office.audit_is_intact();
}

#[test]
fn what_came_back_on_paper_waits_marked_until_it_is_taken_off_the_list() {
    let office = Office::small(2);
    office.approve(&[]);
    let world = office.world();
    for verb in ["submit", "confirm"] {
        office.does(verb, &["--payer", FUND]);
    }
    world.stop();
    let back = [
        "--payer",
        FUND,
        "--receipt",
        "2",
        "--reason",
        "再審査による返戻",
    ];
    let on_paper = || -> Vec<Value> {
        let mut late = office.late();
        late.retain(|one| one["on_paper"] == true);
        late
    };
    office.does("returned", &[&back[..], &["--dry-run"]].concat());
    assert_eq!(on_paper(), Vec::<Value>::new());
    office.does("returned", &back);
    let late = on_paper();
    assert_eq!(
        (late.len(), &late[0]["receipt"]["number"]),
        (1, &2.into()),
        "{late:?}"
    );
    let list = run(&office.desk.home, &["claim", "late"]);
    let list = stdout(&list);
    assert!(list.contains("再審査による返戻［紙で再請求］"), "{list}");
    // It is back: it cannot come back once more, and no file takes it up by its id.
    office.stops("returned", &back, 2, "claim/unknown-receipt");
    let id = late[0]["id"].as_str().unwrap();
    let next = ["--month", "2024-12", "--by", WHO, "--carry", id];
    office.people(0..1, "2024-12");
    let args = [&["claim", "approve"], &next[..]].concat();
    let (exit, told) = office.desk.json(&args);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (3, &"claim/on-paper".into()),
        "{told}"
    );
    // Nor does the product's own file take it along unasked, and it is off the list all the same.
    let by = ["--reason", "紙で再請求した", "--by", WHO];
    let drop = [&["claim", "drop", id], &by[..]].concat();
    assert_eq!(office.desk.json(&drop).0, 0);
    office.some(FUND, 1..2, "2024-12");
    office.some("2", 0..1, "2024-12");
    office.approve_of("2024-12", &[]);
    let args = [
        "claim", "handover", "--month", "2024-12", "--by", WHO, "--payer", FUND,
    ];
    let (exit, told) = office.desk.json(&args);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (3, &"claim/on-paper".into()),
        "{told}"
    );

    // Said by mistake, it is taken back, and the receipt is filed as before.
    let undo = [&back[..], &["--undo"]].concat();
    office.does("returned", &undo);
    assert_eq!(on_paper(), Vec::<Value>::new());
    let receipts = office.receipts();
    let filed = receipts.iter().filter(|one| one["place"] == "filed");
    assert_eq!(filed.count(), 2, "{receipts:?}");
    office.stops("returned", &undo, 2, "claim/unknown-receipt");
    let (_, ja, _) = office.reads("history", &["--payer", FUND]);
    assert!(ja.contains("返戻の記録の取消"), "{ja}");
}

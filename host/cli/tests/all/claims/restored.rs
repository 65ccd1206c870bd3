//! A store that was taken back to a backup, and a gateway that did more, or less, than was asked: nothing
//! is filed twice, nothing is lost, and nobody is told what is not so.

use super::{FUND, Hands, MONTH, Office, WHO, copy};
use reseplug_journal::{JobFilter, Journal, SqliteJournal};
use reseplug_sandbox::gateway::{GatewayOptions, State};
use serde_json::{Value, json as value};
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Backs the store up as it is now; what is returned takes it back to that.
fn backed_up(office: &Office) -> impl Fn() {
    let store = office.desk.home.join("store");
    let backup = office.desk.dir.path().join("backup");
    copy(&store, &backup);
    move || {
        fs::remove_dir_all(&store).unwrap();
        copy(&backup, &store);
    }
}

/// Both payers' files are sent, taken back, sent anew and confirmed; what is returned makes the store
/// forget it from the withdrawal on.
fn sent_anew_and_forgotten(office: &Office) -> impl Fn() {
    office.does("submit", &[]);
    office.does("withdraw", &[]);
    let restore = backed_up(office);
    office.does("submit", &["--again", "取り消した後の再送"]);
    office.does("confirm", &["--include-errors"]);
    restore
}

#[test]
fn a_store_restored_from_a_backup_files_nothing_twice() {
    let office = Office::small(2);
    office.approve(&[]);
    let restore = backed_up(&office);
    let world = office.world();
    office.does("submit", &[]);

    // The disk breaks. The same month, sent from the backup, is the sending that is there.
    restore();
    office.does("submit", &["--payer", FUND]);
    assert_eq!(world.gateway().submissions().len(), 2);

    // From the backup again, and the month has changed since: the sending that is unknown here is
    // entered, and stops the other one.
    restore();
    office.people(0..3, MONTH);
    office.approve(&[]);
    let text = office.stops("submit", &["--payer", FUND], 3, "claim/unknown-submission");
    assert!(
        text.contains("バックアップ") && text.contains("何も送っていません"),
        "{text}"
    );
    assert_eq!(world.gateway().submissions().len(), 2);
    let sent = office.sent(FUND);
    let entered = sent.iter().find(|one| one["reference"] != "").unwrap();
    assert_eq!(
        (&entered["state"], &entered["receipts"]),
        (&"checked".into(), &2.into()),
        "{sent:?}"
    );
    // Now it is dealt with like any other: taken back, and the right one sent.
    office.does("withdraw", &["--payer", FUND]);
    let sent = office.does("submit", &["--payer", FUND]);
    assert_eq!(sent["filings"][0]["receipts"], 3, "{sent}");
    office.does("confirm", &["--payer", FUND]);
    assert_eq!(world.gateway().filed_receipts().len(), 3);
    world.stop();
    office.audit_is_intact();
}

#[test]
fn a_store_that_forgot_a_whole_month_learns_what_was_filed_before_it_sends_the_next() {
    const NEXT: &str = "2024-12";
    let office = Office::small(2);
    office.approve(&[]);
    let restore = backed_up(&office);
    let next = |verb: &str| {
        let (exit, told) = office.claim_of(NEXT, verb, &["--payer", FUND, "--by", WHO]);
        (
            exit,
            told["error"]["code"].as_str().unwrap_or("").to_owned(),
            told,
        )
    };
    let world = office.world();
    office.does("submit", &[]);
    office.does("confirm", &["--include-errors"]);
    let filed = || world.gateway().filed_receipts().len();
    assert_eq!((filed(), world.gateway().submissions().len()), (4, 2));

    // From the backup nothing of November was filed, and the product puts its receipts into December.
    restore();
    office.people(0..3, NEXT);
    office.approve_of(NEXT, &[]);
    let (exit, fault, told) = next("submit");
    assert_eq!(
        (exit, fault.as_str()),
        (3, "claim/unknown-submission"),
        "{told}"
    );
    let text = told["error"]["message_ja"].as_str().unwrap();
    assert!(text.contains("2024-11請求分 支払基金 第1回 2件"), "{text}");
    // Its file came back with it, so that each receipt is known.
    let known = office.receipts();
    let places: Vec<_> = known.iter().map(|one| &one["place"]).collect();
    assert_eq!(places, ["filed"; 4], "{known:?}");
    let (exit, fault, told) = next("submit");
    assert_eq!(
        (exit, fault.as_str()),
        (3, "claim/claimed-before"),
        "{told}"
    );

    // A hand-over from the backup would file them as well.
    restore();
    office.approve_of(NEXT, &[]);
    let (exit, fault, told) = next("handover");
    assert_eq!(
        (exit, fault.as_str()),
        (3, "claim/unknown-submission"),
        "{told}"
    );
    assert_eq!(world.gateway().submissions().len(), 2);

    office.people(2..3, NEXT);
    office.approve_of(NEXT, &[]);
    let (exit, _, told) = next("submit");
    assert_eq!(
        (exit, &told["filings"][0]["receipts"]),
        (0, &1.into()),
        "{told}"
    );
    let (exit, _, told) = next("confirm");
    assert_eq!((exit, filed()), (0, 5), "{told}");
    world.stop();
    office.audit_is_intact();
}

#[test]
fn what_a_gateway_has_already_is_not_handed_over_after_a_restore() {
    let office = Office::small(2);
    office.approve(&[]);
    let restore = backed_up(&office);
    let world = office.world();
    office.does("submit", &["--payer", FUND]);
    office.does("confirm", &["--payer", FUND]);
    restore();
    office.stops(
        "handover",
        &["--payer", FUND],
        3,
        "claim/unknown-submission",
    );
    office.stops("handover", &["--payer", FUND], 3, "claim/left-before");

    world.stop();
    assert!(!office.desk.home.join("handover").join("2024-11").exists());
}

/// Lets the gateway's next requests, of whatever kind, meet these faults; none ends it.
fn meets(office: &Office, faults: &[(&str, usize)]) {
    let path = office.desk.dir.path().join("sandbox/gateway/faults.json");
    let next: Vec<&str> = faults
        .iter()
        .flat_map(|(name, times)| std::iter::repeat_n(*name, *times))
        .collect();
    match next.is_empty() {
        true => fs::remove_file(path).unwrap(),
        false => fs::write(path, value!({ "next": next, "gets": true }).to_string()).unwrap(),
    }
}

fn state(sent: &[Value]) -> Vec<&str> {
    super::texts(sent, "state")
}

#[test]
fn what_a_restored_store_has_forgotten_is_asked_before_anything_is_said_of_it() {
    let office = Office::small(2);
    office.approve(&[]);
    let restore = backed_up(&office);
    let world = office.world();
    office.does("submit", &[]);
    office.does("confirm", &["--include-errors"]);
    let ask = |verb: &str, more: &[&str]| {
        restore();
        let (exit, told) = office.by(verb, more);
        (exit, told)
    };
    restore();
    let (exit, told) = office.claim("status", &[]);
    assert_eq!(exit, 0, "{told}");
    assert_eq!(state(told["filings"].as_array().unwrap()), ["confirmed"; 2]);
    // Confirmed there, there is nothing to confirm; and nothing can be withdrawn any more.
    let (exit, told) = ask("confirm", &["--include-errors"]);
    assert_eq!(exit, 0, "{told}");
    let (exit, told) = ask("withdraw", &["--payer", FUND]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (3, &"claim/confirmed".into()),
        "{told}"
    );
    restore();
    let (exit, told) = office.claim("ack", &[]);
    assert_eq!(exit, 0, "{told}");
    assert_eq!(
        told["acknowledgements"]
            .as_array()
            .map(Vec::len)
            .unwrap_or_default(),
        2,
        "{told}"
    );
    assert_eq!(world.gateway().filed_receipts().len(), 4);
    world.stop();
    office.audit_is_intact();
}

#[test]
fn what_was_left_out_before_the_store_was_taken_back_is_left_out_after_it() {
    let office = Office::small(2);
    office.product(FUND, |file| super::wrong_days(file, 0));
    office.approve(&[]);
    let restore = backed_up(&office);
    let world = office.world();
    office.does("submit", &["--payer", FUND]);
    let (_, told) = office.by("confirm", &["--payer", FUND]);
    let filed = world.gateway().filed_receipts().len();
    assert_eq!(filed, 1, "{told}");
    restore();
    // The same command again is answered with what is there, down to the receipt.
    let (_, sent) = office.by("submit", &["--payer", FUND]);
    assert_eq!(sent["filings"][0]["filed"]["receipts"], 1, "{sent}");
    let late = office.late();
    let waits = late
        .iter()
        .filter(|one| one["place"]["left-out"] == "attention");
    assert_eq!(waits.count(), 1, "{late:?}");
    world.stop();
}

#[test]
fn a_forgotten_sending_stops_the_confirmation_of_another_with_the_same_receipts() {
    let office = Office::small(2);
    office.approve(&[]);
    let world = office.world();
    office.does("submit", &["--payer", FUND]);
    let restore = backed_up(&office);
    office.people(0..3, MONTH);
    office.approve(&[]);
    let again = ["--payer", FUND, "--again", "追加がある"];
    let (exit, told) = office.by("submit", &again);
    let twice = told["claimed_twice"].as_array().unwrap().len();
    assert_eq!((exit, twice), (1, 2), "{told}");
    restore();
    let text = office.stops("confirm", &["--payer", FUND], 3, "claim/two-sendings");
    assert!(text.contains("--sequence"), "{text}");
    assert_eq!(world.gateway().filed_receipts().len(), 0);
    office.does("withdraw", &["--payer", FUND, "--sequence", "1"]);
    office.does("confirm", &["--payer", FUND, "--include-errors"]);
    assert_eq!(world.gateway().filed_receipts().len(), 3);
    world.stop();
}

#[test]
fn a_sending_of_which_nobody_knows_is_asked_for_by_status_and_waits_if_it_did_not_arrive() {
    let office = Office::small(2);
    let hands = Hands::at("2024-11-05T10:00:00");
    office.approve(&[]);
    let world = office.world_with(GatewayOptions::default(), &hands);
    for (arrives, then) in [(false, "released"), (true, "checked")] {
        let mut faults = vec![("slow", 4)];
        faults.extend(arrives.then_some(("accept-then-cut", 1)));
        faults.push(("cut-before", 60));
        meets(&office, &faults);
        let (exit, told) = office.by("submit", &["--payer", FUND]);
        assert_eq!(exit, 5, "{told}");
        meets(&office, &[]);
        assert_eq!(state(&office.sent(FUND)), ["in-doubt"]);
        let (exit, told) = office.claim("status", &[]);
        assert_eq!(exit, 0, "{told}");
        assert_eq!(state(&office.sent(FUND)), [then], "{told}");
    }
    assert_eq!(world.gateway().submissions().len(), 1);
    world.stop();
}

#[test]
fn a_withdrawal_that_could_not_look_for_a_twin_looks_when_it_is_repeated() {
    let office = Office::small(2);
    office.approve(&[]);
    let world = office.world();
    meets(
        &office,
        &[("slow", 4), ("accepts-twice", 1), ("cut-before", 40)],
    );
    let (_, told) = office.by("submit", &["--payer", FUND]);
    meets(&office, &[]);
    let open = || {
        let all = world.gateway().submissions();
        all.iter()
            .filter(|one| one.state != State::Withdrawn)
            .count()
    };
    assert_eq!(open(), 2, "{told}");
    meets(&office, &[("slow", 1), ("503", 60)]);
    let (exit, told) = office.by("withdraw", &["--payer", FUND]);
    assert_eq!(exit, 4, "{told}");
    let text = told["errors"][0]["message_ja"].as_str().unwrap();
    assert!(text.contains("取り消しましたが"), "{told}");
    meets(&office, &[]);
    assert_eq!(open(), 1);
    office.does("withdraw", &["--payer", FUND]);
    assert_eq!(open(), 0);
    world.stop();
}

#[test]
fn a_file_sent_before_the_backup_is_entered_by_itself_and_dealt_with_like_any_other() {
    let office = Office::small(2);
    office.approve(&[]);
    let file = office.document(FUND);
    let file = ["--payer", FUND, "--file", file.to_str().unwrap()];
    office.does("report", &[&["sent"], &file[..]].concat());
    office.does("report", &["cancelled", "--payer", FUND]);
    assert_eq!(state(&office.sent(FUND)), ["withdrawn"]);
    // The same file is the same sending, whatever is said of it: no second one.
    let confirmed = ["confirmed", "--errors", "include"];
    office.does("report", &[&confirmed[..], &file[..]].concat());
    assert_eq!(state(&office.sent(FUND)), ["confirmed"]);
    office.audit_is_intact();
}

#[test]
fn what_was_sent_instead_is_learned_where_the_sending_that_is_known_was_taken_back() {
    for verb in ["confirm", "withdraw"] {
        let office = Office::small(2);
        office.approve(&[]);
        let world = office.world();
        office.does("submit", &["--payer", FUND]);
        let restore = backed_up(&office);
        office.does("withdraw", &["--payer", FUND]);
        office.does(
            "submit",
            &["--payer", FUND, "--again", "取り消した後の再送"],
        );
        restore();
        assert_eq!(state(&office.sent(FUND)).len(), 1);

        // The first one was taken back there; the second is not what anybody here has named yet.
        let (exit, told) = office.by(verb, &["--payer", FUND]);
        let open = world.gateway().submissions();
        let open = open.iter().filter(|one| one.state != State::Withdrawn);
        assert_eq!(open.count(), 1, "{verb}: {told}");
        assert_eq!(
            state(&office.sent(FUND)),
            ["withdrawn", "checked"],
            "{verb} {exit}: {told}"
        );
        // It is known now, and the same command is about it.
        office.does(verb, &["--payer", FUND]);
        let filed = world.gateway().filed_receipts().len();
        match verb {
            "confirm" => assert_eq!(
                (filed, state(&office.sent(FUND))),
                (2, vec!["withdrawn", "confirmed"])
            ),
            _ => assert_eq!(
                (filed, state(&office.sent(FUND))),
                (0, vec!["withdrawn", "withdrawn"])
            ),
        }
        world.stop();
        office.audit_is_intact();
    }
}

#[test]
fn a_reason_given_for_one_thing_overrules_nothing_that_was_not_known_then() {
    let office = Office::small(2);
    office.approve(&[]);
    let world = office.world();
    let restore = sent_anew_and_forgotten(&office);
    let count = || {
        let gateway = world.gateway();
        (gateway.submissions().len(), gateway.filed_receipts().len())
    };
    assert_eq!(count(), (4, 4));
    // What was taken back is known here; that it was sent anew and confirmed is not. Whichever command
    // learns of it, and of which payer it was: each is told before anything of theirs leaves.
    restore();
    let of = |payer: &str| office.by("submit", &["--payer", payer, "--again", "再送"]);
    let (exit, told) = of(FUND);
    assert!(exit != 5 && count() == (4, 4), "{told}");
    let (exit, told) = of(super::FEDERATION);
    assert_eq!((exit, count()), (3, (4, 4)), "{told}");
    restore();
    let (exit, told) = office.by("submit", &["--again", "取り消した後の再送"]);
    assert_eq!(exit, 3, "{told}");
    let codes = super::texts(told["errors"].as_array().unwrap(), "code");
    assert_eq!(codes, ["claim/unknown-submission"], "{told}");
    assert_eq!(
        told["errors"][0]["payer"], "national-health-federation",
        "{told}"
    );
    assert_eq!(count(), (4, 4), "{told}");
    assert_eq!(
        state(&office.sent(super::FEDERATION)),
        ["withdrawn", "confirmed"]
    );
    // Who has looked at the state knows of it, and overrules it.
    restore();
    office.claim("status", &[]);
    let (exit, told) = of(super::FEDERATION);
    assert_eq!((exit, count()), (1, (5, 4)), "{told}");
    world.stop();
    office.audit_is_intact();
}

#[test]
fn what_a_command_learned_that_was_cut_off_nobody_was_told() {
    let office = Office::small(2);
    office.approve(&[]);
    let world = office.world();
    let restore = sent_anew_and_forgotten(&office);
    restore();
    let again = ["--again", "取り消した後の再送"];

    // What is there is entered, and the power goes before anybody is told of it.
    meets(&office, &[("slow", 80)]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_reseplug"))
        .current_dir(&office.desk.home)
        .args(["claim", "submit", "--month", MONTH, "--by", WHO])
        .args(again)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let store = office.desk.home.join("store/reseplug.db");
    let entered = || {
        let journal = SqliteJournal::open(&store).unwrap();
        let starts = Some("entered-".to_owned());
        let filter = JobFilter {
            starts,
            ..JobFilter::default()
        };
        journal.jobs(&filter).unwrap().len()
    };
    while entered() < 2 {
        assert_eq!(child.try_wait().unwrap(), None, "it ended before");
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    meets(&office, &[]);

    let (exit, told) = office.by("submit", &again);
    assert_eq!(exit, 3, "{told}");
    let codes = super::texts(told["errors"].as_array().unwrap(), "code");
    assert_eq!(codes, ["claim/unknown-submission"; 2], "{told}");
    let gateway = world.gateway();
    assert_eq!(
        (gateway.submissions().len(), gateway.filed_receipts().len()),
        (4, 4)
    );
    let (_, open) = office.desk.json(&["jobs", "list", "--open"]);
    assert_eq!(open["jobs"], value!([]));
    world.stop();
    office.audit_is_intact();
}

#[test]
fn a_file_whose_entry_was_cut_off_is_not_handed_over_until_it_is_entered() {
    let office = Office::small(2);
    office.approve(&[]);
    let restore = backed_up(&office);
    let file = office.document(FUND);
    let report = ["sent", "--payer", FUND, "--file", file.to_str().unwrap()];
    office.does("report", &report);
    let store = office.desk.home.join("store/reseplug.db");
    let (entry, key) = {
        let journal = SqliteJournal::open(&store).unwrap();
        let jobs = journal.jobs(&JobFilter::default()).unwrap();
        let entry = jobs.into_iter().find(|one| one.new.kind == "flow.entered");
        let entry = entry.unwrap().new;
        let key = entry.args["key"].clone();
        (entry, key)
    };

    // The power went between the key and the rest.
    restore();
    {
        let journal = SqliteJournal::open(&store).unwrap();
        let now = jiff::Timestamp::now();
        journal.begin(&entry, now).unwrap();
        let key: reseplug_claims::FilingKey = serde_json::from_value(key).unwrap();
        let detail = value!({ "channel": "handover" });
        journal
            .claim_key(&key.to_string(), &entry.id, &detail, &[], now)
            .unwrap();
    }
    let text = office.stops("handover", &["--payer", FUND], 2, "claim/half-entered");
    assert!(
        text.contains("claim report sent --file") && text.contains("何も渡していません"),
        "{text}"
    );
    let folder = office.desk.home.join("handover").join(MONTH);
    assert!(!folder.exists());
    office.does("report", &report);
    assert_eq!(state(&office.sent(FUND)), ["sent"]);
    // It left before: nothing is placed beside it.
    office.by("handover", &["--payer", FUND]);
    assert!(!folder.exists());
    office.audit_is_intact();
}

//! What the office reads on the screen: how much, in which words, and what it hears when nothing can
//! be shown.

use super::{FUND, MONTH, Office, WHO, texts};
use crate::{code, run, stderr, stdout};
use std::process::{Command, Stdio};

#[test]
fn receipts_in_two_sendings_are_counted_and_shortened_and_called_claimed_twice_once_one_is_filed() {
    let office = Office::small(12);
    office.approve(&[]);
    office.does("handover", &[]);
    let world = office.world();
    let (exit, _) = office.by("submit", &["--again", "公式の端末が使えない"]);
    assert_eq!(exit, 1, "what it came to is said at once");
    let people = office.made(FUND).receipts().count() + office.made("2").receipts().count();
    for verb in ["week", "settle"] {
        let (exit, ja, en) = office.reads(verb, &[]);
        let counted = format!("まだ請求確定していません）: {people}件");
        assert_eq!(exit, 1, "{ja}");
        assert!(
            ja.contains("! 2つの送信に入っています（どちらも") && ja.contains(&counted),
            "{ja}"
        );
        assert!(!ja.contains("二重に請求されています"), "{ja}");
        assert!(ja.contains(&format!("ほか{}件", people - 10)), "{ja}");
        assert_eq!(ja.matches(" / ").count(), 10, "{ja}");
        assert!(en.contains("neither is confirmed yet"), "{en}");
    }
    let (_, ja, _) = office.reads("week", &[]);
    assert!(
        ja.contains("! 人が確かめるもの"),
        "what the marks mean: {ja}"
    );
    // Confirmed it would stand in both ways: a number says that this one is meant.
    office.stops("confirm", &[], 3, "claim/two-sendings");
    office.does("confirm", &["--sequence", "2"]);
    let (_, ja, en) = office.reads("week", &[]);
    let counted = format!("別の送信にも入っています（確定すると二重請求）: {people}件");
    assert!(
        ja.contains(&counted) && ja.contains("確定していないほうをやめます"),
        "{ja}"
    );
    assert!(en.contains("confirmed, it would be filed twice"), "{en}");
    for payer in [FUND, "2"] {
        let confirmed = ["confirmed", "--payer", payer, "--errors", "include"];
        office.does("report", &confirmed);
    }
    let (_, ja, _) = office.reads("week", &[]);
    let counted = format!("! 二重に請求されています: {people}件");
    assert!(
        ja.contains(&counted) && ja.contains("claim take-down") && !ja.contains("2つの送信"),
        "{ja}"
    );
    world.stop();
}

#[test]
fn what_was_sent_is_said_beside_a_copy_of_it() {
    let office = Office::small(2);
    office.approve(&[]);
    let (_, told) = office.claim("write", &["-o", "控え"]);
    assert_eq!(told["already_filed"], serde_json::json!([]), "{told}");
    let world = office.world();
    office.does("submit", &[]);
    office.does("confirm", &["--payer", FUND]);
    for verb in ["write", "print"] {
        let (exit, told) = office.claim(verb, &["-o", "控え"]);
        let filed = told["already_filed"].as_array().unwrap();
        assert_eq!((exit, filed.len()), (0, 2), "{told}");
        let (_, ja, en) = office.reads(verb, &["-o", "控え"]);
        for text in [
            "支払基金は送信済み・確定済みです",
            "国保連は送信済みです",
            "重ねて提出しないでください",
        ] {
            assert!(ja.contains(text), "{text}: {ja}");
        }
        assert!(en.contains("do not file this file beside it"), "{en}");
        let (_, one) = office.claim(verb, &["-o", "国保連の控え", "--payer", "2"]);
        assert_eq!(one["already_filed"].as_array().unwrap().len(), 1, "{one}");
    }
    // What went over the gateway is fetched, not imported.
    let file = office.desk.home.join("受領書.csv");
    std::fs::write(&file, "件数\n2\n").unwrap();
    let import = [file.to_str().unwrap(), "--kind", "ack", "--payer", FUND];
    let text = office.stops("import", &import, 2, "claim/ask-instead");
    assert!(
        text.contains("ゲートウェイで送っています") && text.contains("claim ack"),
        "{text}"
    );
    // The record in English has English in it, but for names and what people wrote.
    let (_, ja, en) = office.reads("history", &["--payer", FUND]);
    assert!(ja.contains("件") && ja.contains("円"), "{ja}");
    assert!(
        en.contains("receipts, ") && !en.contains("件") && !en.contains("円"),
        "{en}"
    );
    world.stop();
}

#[test]
fn both_payers_are_checked_and_approved_together() {
    let office = Office::small(1);
    for verb in ["check", "approve"] {
        let (exit, told) = office.claim(verb, &["--payer", FUND]);
        assert_eq!(
            (exit, &told["error"]["code"]),
            (2, &"command/arguments".into()),
            "{told}"
        );
    }
    assert_eq!(office.history(FUND).len(), 0);
}

#[test]
fn an_approval_holds_files_and_says_whose_it_holds_no_more() {
    let office = Office::small(1);
    // A file that does not come as a claim file stops the month, alone and beside the other
    // payer's: passed over, nobody would file it.
    let other = office.desk.dir.path().join("RECEIPTH.UKE.bak");
    std::fs::copy(office.document(FUND), &other).unwrap();
    let (other, beside) = (other.to_str().unwrap(), office.document("2"));
    let both = [other, beside.to_str().unwrap()];
    for files in [&both[..1], &both] {
        let text = office.stops("approve", files, 2, "uke/not-as-a-claim-file");
        assert!(text.contains("RECEIPTH.UKE.bak"), "{text}");
        let (exit, told) = office.claim("check", files);
        let code = &told["error"]["code"];
        assert_eq!(
            (exit, code),
            (2, &"uke/not-as-a-claim-file".into()),
            "{told}"
        );
    }
    // Nor is a month approved of which no claim file comes, or one that was cut off.
    let empty = office.desk.dir.path().join("RECEIPTH.UKE");
    let whole = std::fs::read(office.document(FUND)).unwrap();
    let head = whole.split_inclusive(|byte| *byte == b'\n').next().unwrap();
    let path = empty.to_str().unwrap();
    for (rest, code) in [("GO,0,0,99\r\n", "claim/no-files"), ("", "uke/no-receipts")] {
        std::fs::write(&empty, [head, rest.as_bytes()].concat()).unwrap();
        let text = office.stops("approve", &[path], 2, code);
        assert!(text.contains("RECEIPTH.UKE"), "{text}");
    }
    // One payer's document alone: the other's is named, and the week does not say that nothing is
    // to be filed there.
    let file = office.document(FUND);
    let (exit, told) = office.by(
        "approve",
        &[
            file.to_str().unwrap(),
            "--despite",
            "書面",
            "--seen",
            "資格確認書",
        ],
    );
    let aside = told["report"]["left_aside"][0].as_str().unwrap_or_default();
    assert!(exit == 1 && aside.contains("KOKUHO"), "{told}");
    let (_, week) = office.claim("week", &["--payer", "2"]);
    let next = week["payers"][0]["next_ja"].as_str().unwrap();
    assert!(
        week["payers"][0]["done"] == false && next.contains("KOKUHO"),
        "{next}"
    );
    office.approve(&[]);
    // Payer by payer, the second approval takes the place of the first.
    let file = office.document("2");
    let reasons = [
        "--despite",
        "書面で確認した",
        "--seen",
        "資格確認書",
        "--by",
        WHO,
    ];
    let args = [&[file.to_str().unwrap()], &reasons[..]].concat();
    let (exit, told) = office.claim("approve", &args);
    let gone = &told["no_longer"];
    assert_eq!(
        (exit, gone),
        (1, &serde_json::json!(["social-insurance-fund"])),
        "{told}"
    );
}

#[test]
fn where_hours_are_not_kept_the_week_says_so_beside_the_official_calendar() {
    let office = Office::small(1);
    office.approve(&[]);
    // The month is long past.
    let (_, ja, en) = office.reads("week", &[]);
    for (text, word) in [(&ja, "今も送れます"), (&en, "can still be sent to")] {
        let (setting, closed) = ("hours = \"ignore\"", ["締め切られました", "closed"]);
        assert!(text.contains(word) && text.contains(setting), "{text}");
        assert!(closed.iter().any(|one| text.contains(one)), "{text}");
    }
    let kept = |text: String| text.replace("hours = \"ignore\"", "hours = \"keep\"");
    office.desk.settings(kept);
    let (_, ja, _) = office.reads("week", &[]);
    assert!(ja.contains("締め切られました"), "{ja}");
    assert!(
        !ja.contains("hours") && !ja.contains("今も送れます"),
        "{ja}"
    );
}

#[test]
fn a_number_that_two_sendings_have_is_asked_for() {
    let office = Office::small(2);
    office.approve(&[]);
    let world = office.world();
    office.does("submit", &["--payer", FUND]);
    office.does("confirm", &["--payer", FUND, "--include-errors"]);
    // What was forgotten leaves as the second, and begins with number 1 again.
    office.people(2..3, MONTH);
    office.approve(&[]);
    office.does("submit", &["--payer", FUND, "--again", "入れ忘れた"]);
    office.does("confirm", &["--payer", FUND, "--include-errors"]);
    let ask = |verb: &str, more: &[&str]| {
        let args = [
            "--receipt",
            "1",
            "--reason",
            "訪問回数の誤り",
            "--payer",
            FUND,
        ];
        office.by(verb, &[&args[..], more].concat())
    };
    for verb in ["take-down", "review"] {
        let (exit, told) = ask(verb, &[]);
        assert_eq!(
            (exit, &told["error"]["code"]),
            (2, &"claim/which-sending".into()),
            "{verb}: {told}"
        );
    }
    let (exit, told) = ask("take-down", &["--sequence", "1"]);
    assert_eq!(exit, 0, "{told}");
    let filed = world.gateway().filed_receipts();
    let taken: Vec<_> = filed.iter().filter(|one| one.taken_down).collect();
    assert!(
        taken.len() == 1 && taken[0].key.contains("/claim/1/"),
        "{taken:?}"
    );
    let (exit, told) = ask("take-down", &["--sequence", "7"]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (2, &"claim/no-such-sending".into()),
        "{told}"
    );
    let (_, ja, _) = office.reads("week", &[]);
    assert!(ja.contains("取下げを依頼した1件"), "{ja}");
    world.stop();
}

#[test]
fn where_there_is_nothing_it_says_so() {
    let office = Office::small(1);
    let (_, ja, en) = office.reads("history", &[]);
    assert!(ja.contains("請求分の記録はまだありません"), "{ja}");
    assert!(en.contains("nothing is recorded yet"), "{en}");
    let args = ["claim", "downloads", "--lang", "ja"];
    let text = stdout(&run(&office.desk.home, &args));
    assert!(text.contains("保管しているファイルはありません"), "{text}");
    let text = stdout(&run(&office.desk.home, &["jobs", "list", "--lang", "ja"]));
    assert!(text.contains("該当する仕事はありません"), "{text}");
    // What was refused leaves no empty line behind.
    let args = [
        "claim",
        "import",
        "ない.csv",
        "--kind",
        "payments",
        "--by",
        WHO,
    ];
    let output = run(&office.desk.home, &args);
    assert_eq!((code(&output), stdout(&output).as_str()), (2, ""));
}

#[test]
fn receipts_that_wait_are_listed_as_somebody_counts() {
    let office = Office::small(12);
    office.approve(&[]);
    office.does("handover", &["--payer", FUND]);
    office.does("report", &["cancelled", "--payer", FUND]);
    let late = office.late();
    let ids = texts(&late, "id");
    let numbers: Vec<u32> = ids
        .iter()
        .map(|id| id.rsplit_once('#').unwrap().1.parse().unwrap())
        .collect();
    let fund: Vec<u32> = numbers.into_iter().take(12).collect();
    assert!(fund.is_sorted() && fund.contains(&10), "{ids:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_shown_does_not_end_as_if_it_had_been() {
    let office = Office::small(1);
    let full = |args: &[&str]| {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_reseplug"));
        let command = command.current_dir(&office.desk.home).args(args);
        command
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .unwrap()
    };
    for args in [
        &["claim", "week", "--month", MONTH, "--json"][..],
        &["claim", "week", "--month", MONTH],
        &["claim", "week", "--month", MONTH, "--json", "--lang", "en"],
        &["--help"],
    ] {
        let output = full(args);
        assert_ne!(code(&output), 0, "{args:?}");
        assert!(
            stderr(&output).contains("output/unwritable"),
            "{args:?}: {output:?}"
        );
    }
    // A graver reason stays.
    assert_eq!(
        code(&full(&["claim", "week", "--month", "11", "--json"])),
        2
    );
    // Whoever stops reading (`| head`) has seen enough.
    let mut command = Command::new(env!("CARGO_BIN_EXE_reseplug"));
    let mut child = command
        .current_dir(&office.desk.home)
        .args(["claim", "week", "--month", MONTH])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));
}

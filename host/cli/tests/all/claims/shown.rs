//! How it stands on the screen: tables at a terminal of 80 columns, money and moments, rehearsals, and
//! what is missing where something is.

use super::{FUND, MONTH, Office, WHO, no_disease, texts};
use crate::{reseplug, run, stderr, stdout};
use unicode_width::UnicodeWidthStr;

/// What a person reads at a terminal so wide.
fn at_width(office: &Office, width: &str, args: &[&str]) -> String {
    let mut command = reseplug(&office.desk.home);
    let command = command.args(args).args(["--lang", "ja"]);
    stdout(&command.env("COLUMNS", width).output().unwrap())
}

#[test]
fn what_has_to_be_typed_is_whole_in_a_table_at_80_columns() {
    let office = Office::small(3);
    office.approve(&[]);
    office.does("handover", &["--payer", FUND]);
    office.does("report", &["cancelled", "--payer", FUND]);
    let late = office.late();
    let table = at_width(&office, "80", &["claim", "late"]);
    for id in texts(&late, "id") {
        assert!(table.contains(id), "{id}\n{table}");
    }
    let table = at_width(&office, "80", &["claim", "receipts"]);
    assert_eq!(table.matches(" 2024-10 ").count(), 6, "{table}");
    assert!(table.lines().all(|line| line.width() <= 80), "{table}");
    // Each day of the record is on one line, and is no machine's text.
    let table = at_width(&office, "80", &["claim", "history", "--month", MONTH]);
    let day = &jiff::Timestamp::now().to_string()[..8];
    assert!(table.contains(day) && !table.contains("+09:00"), "{table}");
}

#[test]
fn a_rehearsal_says_what_would_become_of_it_and_never_as_if_it_had() {
    let office = Office::small(1);
    office.approve(&[]);
    let by = ["--payer", FUND, "--by", WHO];
    let rehearses = |verb: &str, what: &[&str]| {
        let (exit, ja, _) = office.reads(verb, &[what, &by, &["--dry-run"]].concat());
        assert_eq!(exit, 0, "{ja}");
        assert!(ja.contains("何も送らず、何も記録していません"), "{ja}");
        ja
    };
    let ja = rehearses("handover", &[]);
    assert!(ja.contains("【予行】引き渡す"), "{ja}");
    office.does("handover", &["--payer", FUND]);
    let ja = rehearses("report", &["confirmed"]);
    assert!(ja.contains("【予行】請求確定したと記録する"), "{ja}");
    assert!(!ja.contains("請求確定（職員の報告）"), "{ja}");
    office.does("report", &["cancelled", "--payer", FUND]);

    let world = office.world();
    office.does("submit", &["--again", "公式の端末が使えない"]);
    let ja = rehearses("confirm", &[]);
    assert!(ja.contains("【予行】請求確定する"), "{ja}");
    assert!(!ja.contains("\n    請求確定"), "{ja}");
    let ja = rehearses("withdraw", &[]);
    assert!(ja.contains("【予行】取り消す"), "{ja}");
    world.stop();
}

#[test]
fn a_confirmation_is_named_by_what_says_so_and_says_what_it_leaves_open() {
    let office = Office::small(1);
    office.approve(&[]);
    office.does("handover", &["--payer", FUND]);
    let report = ["confirmed", "--payer", FUND, "--by", WHO];
    let (_, ja, en) = office.reads("report", &report);
    assert!(
        ja.contains("エラー分を含めたか除いたかは記録されていません"),
        "{ja}"
    );
    assert!(ja.contains("--errors include"), "{ja}");
    assert!(!ja.contains("受領書:") && !ja.contains("受領書\n"), "{ja}");
    assert!(en.contains("--errors include or exclude"), "{en}");
    let told = [&report[..], &["--errors", "exclude"]].concat();
    let (_, ja, _) = office.reads("report", &told);
    assert!(ja.contains("    請求確定: エラー分除く"), "{ja}");
    assert!(!ja.contains("記録されていません"), "{ja}");
}

#[test]
fn a_check_that_is_not_over_says_what_each_of_its_reasons_needs() {
    let office = Office::small(2);
    let (_, ja, _) = office.reads("check", &[]);
    assert!(
        ja.contains("資格の照合 4件: ") && ja.contains("--despite"),
        "{ja}"
    );
    assert!(!ja.contains("--again") && !ja.contains("受付不能 "), "{ja}");
    office.product(FUND, |file| no_disease(file, 0));
    let (_, ja, _) = office.reads("check", &[]);
    assert!(
        ja.contains("受付不能 1件: ") && ja.contains("製品で直して"),
        "{ja}"
    );
}

#[test]
fn a_copy_is_called_no_claim_yet_only_where_nothing_was_filed() {
    let office = Office::small(1);
    office.approve(&[]);
    let (_, ja, _) = office.reads("write", &["-o", "控え"]);
    assert!(ja.contains("書き出しました。公式の端末で"), "{ja}");
    office.does("handover", &[]);
    office.does("report", &["confirmed", "--payer", FUND]);
    let (_, ja, _) = office.reads("write", &["-o", "控え"]);
    assert!(
        ja.contains("書き出しました。国保連の分は、公式の端末で"),
        "{ja}"
    );
    let (_, ja, _) = office.reads("write", &["-o", "控え", "--payer", FUND]);
    assert!(ja.ends_with("書き出しました。\n"), "{ja}");
}

#[test]
fn money_is_read_by_its_thousands_on_the_screen_and_stays_a_number_for_machines() {
    let office = Office::small(4);
    let told = office.approve(&[]);
    let files = told["report"]["files"].as_array().unwrap();
    let total = files[0]["total"].as_u64().unwrap();
    let written = format!("{},{:03}円", total / 1000, total % 1000);
    assert!((1000..1_000_000).contains(&total), "{total}");
    office.does("handover", &[]);
    for (verb, more) in [
        ("check", &[][..]),
        ("status", &[]),
        ("week", &[]),
        ("history", &[]),
        ("print", &["-o", "控え"]),
    ] {
        let (_, ja, _) = office.reads(verb, more);
        assert!(ja.contains(&written), "{verb}: {written}\n{ja}");
    }
    // On the page to print, too, in its history as in its tables.
    office.claim("summary", &["-o", "総括.html"]);
    let page = std::fs::read_to_string(office.desk.home.join("総括.html")).unwrap();
    assert!(page.contains(&written) && !page.contains(&format!("{total}円")));
    assert!(page.contains("締切 <time") && page.contains("2024年11月10日 24:00"));
    assert!(!page.contains("2024年11月11日 00:00"));
}

#[test]
fn a_job_is_shown_without_the_contents_of_its_files() {
    let office = Office::small(2);
    office.approve(&[]);
    let world = office.world();
    office.does("submit", &["--payer", FUND]);
    let (_, jobs) = office.desk.json(&["jobs", "list"]);
    let jobs = jobs["jobs"].as_array().unwrap();
    let sent = jobs
        .iter()
        .find(|job| job["kind"] == "flow.gateway")
        .unwrap();
    let calls = jobs.iter().filter(|job| job["parent"] == sent["id"]);
    let ids = calls.chain([sent]).map(|job| job["id"].as_str().unwrap());
    let mut told = 0;
    for id in ids {
        let text = stdout(&run(
            &office.desk.home,
            &["jobs", "show", id, "--lang", "ja"],
        ));
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(longest < 8_000, "{longest}: {id}");
        told += text.matches("バイト SHA-256 ").count();
    }
    assert!(told > 0);
    let list = stdout(&run(&office.desk.home, &["jobs", "list", "--lang", "ja"]));
    assert!(
        list.contains("送信") && !list.contains("flow.gateway"),
        "{list}"
    );
    world.stop();
}

#[test]
fn a_kept_file_is_written_by_the_beginning_of_its_digest() {
    let office = Office::small(1);
    office.approve(&[]);
    office.does("handover", &["--payer", FUND]);
    let file = office.desk.home.join("受領書.csv");
    std::fs::write(&file, "件数\n1\n").unwrap();
    let _ = office.by(
        "import",
        &[file.to_str().unwrap(), "--kind", "ack", "--payer", FUND],
    );
    let (_, kept) = office.desk.json(&["claim", "downloads"]);
    let Some(one) = kept["downloads"].as_array().unwrap().first() else {
        panic!("{kept}");
    };
    let digest = one["sha256"].as_str().unwrap();
    let table = at_width(&office, "80", &["claim", "downloads"]);
    assert!(table.contains(&digest[..16]), "{table}");
    assert!(table.lines().all(|line| line.width() <= 80), "{table}");
    let args = [
        "claim",
        "downloads",
        "--sha256",
        &digest[..16],
        "-o",
        "写し.csv",
    ];
    let told = run(&office.desk.home, &args);
    let copy = std::fs::read(office.desk.home.join("写し.csv"));
    assert_eq!(
        copy.unwrap(),
        std::fs::read(file).unwrap(),
        "{}",
        stderr(&told)
    );
}

#[test]
fn who_was_carried_into_a_month_is_named_with_the_month_of_the_visits() {
    let office = Office::small(1);
    let name = &super::names(&office.made(FUND))[0];
    office.approve(&[]);
    office.does("handover", &["--payer", FUND]);
    office.does("report", &["cancelled", "--payer", FUND]);
    let late = office.late();
    let id = texts(&late, "id")[0];
    office.people(1..2, "2024-12");
    let args = [
        "claim",
        "approve",
        "--month",
        "2024-12",
        "--by",
        WHO,
        "--carry",
        id,
        "--despite",
        "書面",
        "--seen",
        "資格確認書",
        "--dry-run",
        "--lang",
        "ja",
    ];
    let text = stdout(&run(&office.desk.home, &args));
    let carried = format!("今月に入れた月遅れ・返戻: {id} 2024-10 {name}");
    assert!(text.contains(&carried), "{carried}\n{text}");
}

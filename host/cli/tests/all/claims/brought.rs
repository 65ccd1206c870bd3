//! What staff download in the official terminal and bring in: read by a layout, laid beside what was
//! filed, kept as it came.

use super::handover::{acknowledgement, handed_over, import, last, total};
use super::{FEDERATION, FUND, Hands, Office, WHO, names, texts};
use crate::{code, run, stdout};
use reseplug_claims::written::thousands;
use reseplug_model::Month;
use serde_json::Value;
use std::fs;

#[test]
fn what_staff_download_is_laid_beside_what_was_filed_and_kept_as_it_came() {
    let office = handed_over(3);
    let people = names(&office.made(FUND));
    // ASP結果: the first receipt is 要確認; one row names a receipt that the file does not have.
    let list = format!(
        "エラーコード,エラー内容,区分,レセプト番号,氏名\nL3999,架空の指摘,要確認,1,{}\nL4999,架空の注意,要確認,99,どなたか\n",
        people[0]
    );
    let (exit, told) = import(&office, "findings", FUND, &list);
    assert_eq!(exit, 1, "the second row fits nothing: {told}");
    let rows = told["brought_in"][0]["rows"].as_array().unwrap();
    assert_eq!(
        (&rows[0]["name"], &rows[0]["receipt"]),
        (&people[0].as_str().into(), &1.into()),
        "{told}"
    );
    assert!(
        rows[0]["text"].as_str().unwrap().contains("L3999"),
        "{told}"
    );
    assert_eq!(rows[1]["filing"], Value::Null, "{told}");
    // They stand beside their receipt wherever the month is looked at, and say what can be done.
    let (_, status) = office.claim("status", &["--payer", FUND]);
    let found = &status["on_record"][0];
    assert_eq!(
        (&found["counts"]["attention"], &found["findings"][0]["code"]),
        (&1.into(), &"L3999".into()),
        "{status}"
    );
    let (_, ja, _) = office.reads("status", &["--payer", FUND]);
    let named = format!("L3999 #1 {}", people[0]);
    assert!(ja.contains(&named) && ja.contains("要確認 1"), "{ja}");
    let host = Hands::at("2024-11-09T10:00:00").host(&office);
    let week = host
        .claim_week(Month::parse(super::MONTH).unwrap())
        .unwrap();
    let next = &week.payers[0].next_ja;
    for text in [
        "1件に指摘があります",
        "claim report cancelled",
        "--errors include",
    ] {
        assert!(next.contains(text), "{text}: {next}");
    }
    let (exit, told) = office.claim("summary", &["-o", "総括.html"]);
    assert_eq!(exit, 0, "{told}");
    let page = fs::read_to_string(office.desk.home.join("総括.html")).unwrap();
    assert!(page.contains("受付・事務点検の指摘　要確認・受付不能 1件"));
    assert!(page.contains("L3999 架空の指摘"));

    // Confirmed without errors: two of three are filed, and the 受領書 counts two.
    office.does(
        "report",
        &[
            "confirmed",
            "--payer",
            FUND,
            "--errors",
            "exclude",
            "--at",
            "11/9 10:20",
        ],
    );
    assert_eq!(last(&office, FUND)["filed"]["receipts"], 2);
    let left_out = office.made(FUND).receipt(0).unwrap().total().unwrap().0;
    let two = acknowledgement("202411", 2, total(&office, FUND) - left_out);
    // One of another month is none of ours.
    let (exit, told) = import(&office, "ack", FUND, &acknowledgement("202410", 2, 1));
    assert_ne!(exit, 0, "{told}");
    assert!(
        told["error"]["message_ja"]
            .as_str()
            .unwrap()
            .contains("2024-10"),
        "{told}"
    );
    let (exit, told) = import(&office, "ack", FUND, &two);
    assert_eq!(exit, 0, "{told}");
    // The product is told of each receipt whether it was filed.
    assert_eq!(
        outcomes(&office),
        [
            ("1", "エラー（請求されていません）"),
            ("2", "受付済み"),
            ("3", "受付済み")
        ]
        .map(|(number, state)| (number.to_owned(), state.to_owned()))
    );
    // The list does not say when; who confirmed does, and the day of the import is nobody's word.
    let said = &last(&office, FUND)["confirmation"];
    assert_eq!(said["confirmed_at"], "11/9 10:20", "{said}");
    let late = office.late();
    assert_eq!(
        (late.len(), &late[0]["receipt"]["name"]),
        (1, &people[0].as_str().into()),
        "{late:?}"
    );

    // With the other payer errors were to be included; the 受領書 has one less: somebody looks.
    office.does(
        "report",
        &["confirmed", "--payer", FEDERATION, "--errors", "include"],
    );
    let (exit, told) = import(
        &office,
        "ack",
        FEDERATION,
        &acknowledgement("202411", 2, 10),
    );
    assert_eq!(exit, 1, "{told}");
    assert_eq!(last(&office, FEDERATION)["contradiction"], "other-totals");

    // 増減点連絡書: one receipt is ours, one is not, one amount is no amount.
    let list = format!(
        "診療年月,記録番号,氏名,増減金額,事由コード,事由\n202410,,{0},△500,A,架空の事由\n202410,,いない人,△100,A,架空\n202410,,{0},五百,A,架空\n",
        people[1]
    );
    let (exit, told) = import(&office, "adjustments", FUND, &list);
    assert_eq!(exit, 1, "{told}");
    let brought = &told["brought_in"][0];
    assert_eq!(brought["rows"][0]["receipt"], 2, "{told}");
    assert_eq!(brought["rows"][1]["filing"], Value::Null, "{told}");
    let unreadable = brought["unreadable"].as_array().unwrap();
    assert_eq!(unreadable.len(), 1, "{told}");
    let text = unreadable[0]["message_ja"].as_str().unwrap();
    assert!(text.contains("4行目") && text.contains("五百"), "{text}");

    // An amount that no row can have is named and recorded nowhere.
    let list = format!(
        "診療年月,記録番号,氏名,増減金額,事由コード,事由\n202410,,{},2000000000,A,架空の事由\n",
        people[1]
    );
    let (exit, told) = import(&office, "adjustments", FUND, &list);
    let brought = &told["brought_in"][0];
    assert_eq!(
        (exit, &brought["rows"], &brought["unreadable"][0]["code"]),
        (1, &serde_json::json!([]), &"claim/absurd-amount".into()),
        "{told}"
    );
    let text = brought["unreadable"][0]["message_ja"].as_str().unwrap();
    assert!(text.contains("2行目") && text.contains("10億円"), "{text}");

    // 再審査, in the words of staff.
    let asked = [
        "--payer",
        FUND,
        "--receipt",
        "2",
        "--reason",
        "算定要件を満たす",
    ];
    office.does("review", &asked);
    let decided = [&asked[..], &["--decided", "200"]].concat();
    let standing = office.does("review", &decided);
    assert_eq!(
        (&standing["adjusted"], &standing["in_review"]),
        (&(-300).into(), &false.into())
    );

    // 振込, by receipt.
    let paid = |at: usize| office.made(FUND).receipt(at).unwrap().total().unwrap().0;
    let (second, third) = (paid(1) - 300, paid(2));
    let list = format!(
        "区分,支払機関,請求年月,振込日,件数,振込額,氏名,診療年月\n明細,支払基金,202411,,,{second},{},202410\n明細,支払基金,202411,,,{third},{},202410\n合計,支払基金,202411,2024-12-20,2,{},,\n",
        people[1],
        people[2],
        second + third
    );
    let (exit, told) = import(&office, "payments", FUND, &list);
    assert_eq!(exit, 0, "{told}");
    let (exit, settled) = office.claim("settle", &["--payer", FUND]);
    let one = &settled["settlements"][0];
    assert_eq!(
        (exit, &one["paid"]),
        (1, &(second + third).into()),
        "a stranger of the list above: {settled}"
    );
    for pair in one["receipts"].as_array().unwrap() {
        assert_eq!(pair["settled"], "paid", "{pair}");
    }
    // When it was paid and which file says so; less than was filed is no difference.
    let payment = &settled["payments"][0];
    assert_eq!(payment["paid_on"], "2024-12-20", "{settled}");
    let file = payment["file"].as_str().unwrap();
    assert!(file.ends_with("-payments.csv"), "{settled}");
    let (_, ja, en) = office.reads("settle", &["--payer", FUND]);
    for text in [
        "振込日 2024-12-20",
        file,
        "保険者が支払う割合はここでは分からない",
    ] {
        assert!(ja.contains(text), "{text}: {ja}");
    }
    assert!(
        ja.contains(&format!("振込 {}円", thousands(second + third))),
        "{ja}"
    );
    assert!(en.contains("is not called a difference"), "{en}");
    // With the other payer nothing was paid so far: said once, not on each row.
    let (_, ja, _) = office.reads("settle", &["--payer", FEDERATION]);
    assert_eq!(ja.matches("まだ取り込んでいません").count(), 1, "{ja}");
    assert!(!ja.contains("不明"), "{ja}");

    // Another month's 振込額 brought in by mistake: taken back by a named person, it counts no more, and
    // the right one, brought in anew, counts again.
    let digest = told["brought_in"][0]["sha256"].as_str().unwrap();
    let retract = |more: &[&str]| {
        let args = ["claim", "retract", "--sha256", &digest[..12]];
        let why = ["--reason", "前の月のもの", "--by", WHO];
        office.desk.json(&[&args[..], &why, more].concat())
    };
    let paid = || office.claim("settle", &["--payer", FUND]).1["settlements"][0]["paid"].clone();
    let (exit, rehearsed) = retract(&["--dry-run"]);
    assert_eq!((exit, paid()), (0, (second + third).into()), "{rehearsed}");
    let standing = || {
        let (_, told) = office.desk.json(&["claim", "downloads"]);
        let all = told["downloads"].as_array().unwrap().clone();
        let own = all.into_iter().find(|one| one["sha256"] == *digest);
        own.unwrap()["standing"].clone()
    };
    assert_eq!(standing(), "counts");
    let (exit, taken) = retract(&[]);
    assert_eq!(exit, 0, "{taken}");
    assert_eq!(standing(), "retracted");
    assert_eq!(taken["retracted"].as_array().unwrap().len(), 3, "{taken}");
    assert_ne!(paid(), Value::from(second + third));
    let history = office.history(FUND);
    let kinds: Vec<_> = history.iter().map(|one| &one["event"]).collect();
    let mut paid_rows = history.iter().filter(|one| one["event"] == "paid");
    assert!(paid_rows.all(|one| one["retracted"] == true), "{history:?}");
    assert!(kinds.contains(&&"retracted".into()) && kinds.contains(&&"paid".into()));
    let (exit, again) = retract(&[]);
    assert_eq!(
        (exit, &again["error"]["code"]),
        (2, &"claim/nothing-retracted".into()),
        "{again}"
    );
    let (exit, again) = import(&office, "payments", FUND, &list);
    assert_eq!((exit, paid()), (0, (second + third).into()), "{again}");
    assert_eq!(standing(), "counts");

    // Of several files each comes to what it comes to, whatever becomes of the others.
    let good = office.desk.dir.path().join("振込.csv");
    fs::write(&good, &list).unwrap();
    let named = ["ない.csv", good.to_str().unwrap()];
    let kind = ["--kind", "payments", "--payer", FUND];
    let (exit, told) = office.by("import", &[&named[..], &kind].concat());
    assert_eq!(exit, 2, "{told}");
    let files = told["files"].as_array().unwrap();
    assert_eq!(texts(files, "file"), named);
    assert_eq!(files[0]["error"]["code"], told["error"]["code"], "{told}");
    assert_ne!(files[0]["error"], Value::Null, "{told}");
    assert_eq!(files[1]["error"], Value::Null, "{told}");
    let brought = told["brought_in"].as_array().unwrap();
    assert_eq!(brought.len(), 1, "{told}");
    assert_eq!(brought[0]["sha256"], files[1]["sha256"], "{told}");
    let read = [&named[..], &kind, &["--by", WHO]].concat();
    let (exit, ja, en) = office.reads("import", &read);
    assert_eq!(exit, 2);
    assert!(
        ja.contains("エラー: ない.csv: ") && ja.contains("振込額  振込.csv"),
        "{ja}"
    );
    assert!(en.contains("error: ない.csv: "), "{en}");

    // What is no file of a payer is not even kept: by its size, or by what it says.
    let whole = office.desk.dir.path().join("動画.csv");
    fs::File::create(&whole)
        .unwrap()
        .set_len(32 * 1024 * 1024 + 1)
        .unwrap();
    let named = [whole.to_str().unwrap(), "--kind", "payments"];
    let text = office.stops("import", &named, 2, "claim/too-large");
    assert!(text.contains("32 MiB"), "{text}");
    fs::write(&whole, "HH,9\r\n").unwrap();
    let named = [whole.to_str().unwrap(), "--kind", "returns"];
    let text = office.stops("import", &named, 2, "claim/not-readable");
    assert!(
        text.contains("HHレコード") && !text.contains("record"),
        "{text}"
    );
    let unknown = "0".repeat(64);
    let out = ["claim", "downloads", "--sha256", &unknown, "-o", "なし.csv"];
    let (exit, told) = office.desk.json(&out);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (2, &"claim/no-download".into()),
        "{told}"
    );

    // Everything is kept as it came, readable or not.
    let (_, kept) = office.desk.json(&["claim", "downloads"]);
    let kept = kept["downloads"].as_array().unwrap();
    assert!(kept.len() >= 5, "{kept:?}");
    let adjustments = kept
        .iter()
        .find(|one| one["kind"] == "adjustments")
        .unwrap();
    let sha256 = adjustments["sha256"].as_str().unwrap();
    let out = ["claim", "downloads", "--sha256", sha256, "-o", "原本.csv"];
    assert_eq!(office.desk.json(&out).0, 0);
    let raw = fs::read_to_string(office.desk.home.join("原本.csv")).unwrap();
    assert!(raw.contains("五百"), "{raw}");
    // What lies there is not overwritten.
    assert_ne!(office.desk.json(&out).0, 0);
    let text = stdout(&run(
        &office.desk.home,
        &["claim", "downloads", "--lang", "ja"],
    ));
    assert!(text.contains(&sha256[..16]), "{text}");
}

#[test]
fn without_a_layout_the_file_is_kept_and_the_setting_is_named() {
    let office = Office::small(2);
    office.approve(&[]);
    office.does("handover", &[]);
    let (exit, told) = import(&office, "ack", FUND, &acknowledgement("202411", 2, 1));
    assert_ne!(exit, 0, "{told}");
    assert_eq!(told["error"]["code"], "claims/layout-missing", "{told}");
    assert!(
        told["error"]["message_ja"]
            .as_str()
            .unwrap()
            .contains("[plugins.claims-handover.settings]")
    );
    let (_, kept) = office.desk.json(&["claim", "downloads"]);
    assert_eq!(kept["downloads"].as_array().unwrap().len(), 1, "{kept}");
    // A file of which nobody can tell what it is: which kind is asked for.
    let path = office.desk.dir.path().join("list.csv");
    fs::write(&path, "a,b\n").unwrap();
    let (exit, told) = office.by("import", &[path.to_str().unwrap()]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (2, &"claim/which-kind".into()),
        "{told}"
    );
    let output = run(
        &office.desk.home,
        &[
            "claim",
            "import",
            "no-such.csv",
            "--kind",
            "ack",
            "--payer",
            "1",
            "--by",
            WHO,
        ],
    );
    assert_eq!(code(&output), 2);
}

#[test]
fn a_list_is_about_the_sending_that_was_sent_or_the_one_that_is_named() {
    let office = handed_over(3);
    office.does(
        "report",
        &["confirmed", "--payer", FUND, "--errors", "include"],
    );
    let first = (3, total(&office, FUND));
    // A second one is only handed over.
    office.people(3..4, super::MONTH);
    office.approve(&[]);
    office.does("handover", &["--payer", FUND, "--again", "入れ忘れた"]);
    let states = || -> Vec<String> {
        let sent = office.sent(FUND);
        sent.iter()
            .map(|one| one["state"].as_str().unwrap().to_owned())
            .collect()
    };
    let list = acknowledgement("202411", first.0, first.1);
    let (exit, told) = import(&office, "ack", FUND, &list);
    assert_eq!(exit, 0, "{told}");
    assert_eq!(states(), ["acknowledged", "handed-over"]);
    // The second one's, by its number.
    let path = office.desk.dir.path().join("第2回.csv");
    fs::write(&path, acknowledgement("202411", 1, total(&office, FUND))).unwrap();
    let args = |n: &str| {
        let path = path.to_str().unwrap();
        let args = [path, "--kind", "ack", "--payer", FUND, "--sequence", n];
        office.by("import", &args)
    };
    let (exit, told) = args("7");
    assert_eq!(
        (exit, &told["error"]["code"]),
        (2, &"claim/no-such-sending".into()),
        "{told}"
    );
    let (exit, told) = args("2");
    assert_eq!(exit, 0, "{told}");
    assert_eq!(states(), ["acknowledged", "acknowledged"]);
}

#[test]
fn which_receipts_were_left_out_can_be_told_where_no_list_says_so() {
    let office = handed_over(3);
    let out = office.made(FUND).receipt(1).unwrap().total().unwrap().0;
    let two = acknowledgement("202411", 2, total(&office, FUND) - out);
    let (exit, told) = import(&office, "ack", FUND, &two);
    assert_eq!(exit, 1, "{told}");
    let one = last(&office, FUND);
    assert_eq!(one["contradiction"], "other-totals", "{one}");
    let (_, ja, _) = office.reads("status", &["--payer", FUND]);
    assert!(ja.contains("--left-out"), "{ja}");

    let said =
        |number: &str| ["confirmed", "--payer", FUND, "--left-out", number].map(String::from);
    let by = |number: &str| {
        let said = said(number);
        office.by("report", &said.each_ref().map(String::as_str))
    };
    let (exit, told) = by("9");
    assert_eq!(
        (exit, &told["error"]["code"]),
        (2, &"claim/unknown-receipt".into()),
        "{told}"
    );
    let (exit, told) = by("2");
    assert_eq!(exit, 0, "{told}");
    let one = last(&office, FUND);
    assert_eq!(
        (&one["contradiction"], &one["filed"]["receipts"]),
        (&Value::Null, &2.into()),
        "{one}"
    );
    let late = office.late();
    assert_eq!(
        (late.len(), &late[0]["receipt"]["number"]),
        (1, &2.into()),
        "{late:?}"
    );

    // Given up by mistake, it waits again.
    let id = late[0]["id"].as_str().unwrap();
    let drop = |more: &[&str]| {
        let args = ["claim", "drop", id, "--reason", "自費にした", "--by", WHO];
        office.desk.json(&[&args[..], more].concat())
    };
    assert_eq!((drop(&[]).0, office.late().len()), (0, 0));
    let (exit, told) = drop(&["--undo", "--dry-run"]);
    assert_eq!((exit, office.late().len()), (0, 0), "{told}");
    let (exit, told) = drop(&["--undo"]);
    assert_eq!((exit, office.late().len()), (0, 1), "{told}");
    let (exit, told) = drop(&["--undo"]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (2, &"claim/not-dropped".into()),
        "{told}"
    );
}

#[test]
fn what_is_paid_or_adjusted_was_filed_whatever_was_reported() {
    for kind in ["payments", "adjustments"] {
        let office = handed_over(2);
        office.does("report", &["cancelled", "--payer", FUND]);
        assert_eq!(last(&office, FUND)["state"], "withdrawn");
        let (exit, _) = office.claim("week", &["--payer", FUND]);
        assert_eq!(exit, 0);

        let file = office.made(FUND);
        let name = &names(&file)[0];
        let paid = file.receipt(0).unwrap().total().unwrap().0;
        let list = match kind {
            "payments" => format!(
                "区分,支払機関,請求年月,振込日,件数,振込額,氏名,診療年月\n明細,支払基金,202411,,,{paid},{name},202410\n合計,支払基金,202411,2024-12-20,1,{paid},,\n"
            ),
            _ => format!(
                "診療年月,記録番号,氏名,増減金額,事由コード,事由\n202410,,{name},△500,A,架空の事由\n"
            ),
        };
        let (exit, told) = import(&office, kind, FUND, &list);
        let rows = told["brought_in"][0]["rows"].as_array().unwrap();
        let numbers = rows.iter().filter_map(|one| one["receipt"].as_u64());
        assert_eq!(
            (exit, numbers.collect::<Vec<_>>()),
            (1, vec![1]),
            "{kind}: {told}"
        );
        let odd = &last(&office, FUND)["contradiction"];
        assert_eq!(odd, "cancelled-yet-filed", "{kind}");
        let (exit, ja, _) = office.reads("week", &["--payer", FUND]);
        assert!(
            exit == 1 && ja.contains("取り消したと報告されていますが"),
            "{kind}: {ja}"
        );
        // Somebody looks, and says what is so.
        office.does(
            "report",
            &["confirmed", "--payer", FUND, "--errors", "include"],
        );
        assert_eq!(last(&office, FUND)["contradiction"], Value::Null, "{kind}");
    }
}

/// What the product is told of the receipts of 支払基金: their numbers and what became of them.
pub(super) fn outcomes(office: &Office) -> Vec<(String, String)> {
    let kept = format!("out/受領/{}/{FUND}/請求結果一覧.csv", super::MONTH);
    let bytes = fs::read(office.desk.home.join(kept)).unwrap();
    let lines = bytes.split(|byte| matches!(byte, b'\r' | b'\n'));
    let rows = lines
        .map(|line| receden::repertoire::decode(line).unwrap())
        .filter(|line| line.starts_with("\"支払基金\""));
    rows.map(|row| {
        let cells: Vec<&str> = row.split("\",\"").collect();
        (cells[1].to_owned(), cells[6].to_owned())
    })
    .collect()
}

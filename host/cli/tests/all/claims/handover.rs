//! What is handed over: exact files, what staff report about them, what they bring back.

use super::{FEDERATION, FUND, MONTH, Office, WHO};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::PathBuf;

/// Invented layouts of the lists that staff download, as a station writes them once it has seen one.
const LAYOUTS: &str = r#"
[plugins.claims-handover.settings.acknowledgement]
receipts = "件数"
total = "金額"
number = "受付番号"
claim_month = "請求年月"
table = { encoding = "utf8", title_line = 1, rows = { column = "区分", equals = "合計" } }

[plugins.claims-handover.settings.findings]
code = "エラーコード"
message = "エラー内容"
class = "区分"
classes = { "受付不能" = "reject", "要確認" = "attention" }
receipt = { number = "レセプト番号", name = "氏名" }
table = { encoding = "utf8", title_line = 1 }

[plugins.claims-handover.settings.adjustments]
change = "増減金額"
code = "事由コード"
reason = "事由"
receipt = { service_month = "診療年月", name = "氏名", person_key = "記録番号" }
table = { encoding = "utf8", title_line = 1 }

[plugins.claims-handover.settings.payments]
amount = "振込額"
receipts = "件数"
paid_on = "振込日"
claim_month = "請求年月"
payer = { column = "支払機関" }
table = { encoding = "utf8", title_line = 1, rows = { column = "区分", equals = "合計" } }
by_receipt = { rows = { column = "区分", equals = "明細" }, amount = "振込額", receipt = { name = "氏名", service_month = "診療年月" } }
"#;

/// A station whose month lies in the folder for the official terminal.
pub(super) fn handed_over(receipts: usize) -> Office {
    let office = Office::small(receipts);
    office.desk.settings(|text| text + LAYOUTS);
    office.approve(&[]);
    office.does("handover", &[]);
    office
}

fn folder(office: &Office, payer: &str, sending: &str) -> PathBuf {
    let name = if payer == FUND {
        "1-支払基金"
    } else {
        "2-国保連"
    };
    office
        .desk
        .home
        .join(format!("handover/{MONTH}/{name}{sending}"))
}

/// The last sending of a payer.
pub(super) fn last(office: &Office, payer: &str) -> Value {
    office.sent(payer).last().unwrap().clone()
}

pub(super) fn total(office: &Office, payer: &str) -> u64 {
    let file = office.made(payer);
    file.receipts()
        .map(|receipt| receipt.total().unwrap().0)
        .sum()
}

/// Saves a list as staff do, and brings it in.
pub(super) fn import(office: &Office, kind: &str, payer: &str, list: &str) -> (i32, Value) {
    let digest = hex::encode(Sha256::digest(list));
    let path = office
        .desk
        .dir
        .path()
        .join(format!("{}-{kind}.csv", &digest[..8]));
    fs::write(&path, list).unwrap();
    let path = path.to_str().unwrap();
    office.by("import", &[path, "--kind", kind, "--payer", payer])
}

pub(super) fn acknowledgement(month: &str, receipts: u64, total: u64) -> String {
    format!(
        "区分,請求年月,件数,金額,受付番号\n訪問看護,{month},1,1,\n合計,{month},{receipts},{total},A-0001\n"
    )
}

#[test]
fn exact_files_lie_ready_with_a_checklist_and_are_placed_again_when_they_are_gone() {
    let office = handed_over(3);
    for payer in [FUND, FEDERATION] {
        let folder = folder(&office, payer, "");
        let bytes = fs::read(folder.join("RECEIPTH.UKE")).unwrap();
        assert_eq!(
            bytes,
            fs::read(office.document(payer)).unwrap(),
            "byte for byte"
        );
        let digest = hex::encode(Sha256::digest(&bytes));
        let sums = fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
        assert_eq!(sums, format!("{digest}  RECEIPTH.UKE\n"));
        let manifest: Value =
            serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
        let of = |name: &str| manifest[name].clone();
        assert_eq!(of("state"), "handed-over");
        assert_eq!(
            (of("kind"), of("payer_code")),
            ("claim".into(), payer.into())
        );
        assert_eq!((of("receipts"), of("sha256")), (3.into(), digest.into()));
        assert_eq!(of("total_yen"), total(&office, payer));
        let page = fs::read_to_string(folder.join("チェックリスト.html")).unwrap();
        for text in [
            "ひだまり訪問看護ステーション",
            "請求確定",
            "オンライン受領書",
            "送信・請求確定：11/5～11/7 8時～21時、11/8～11/10 8時～24時",
        ] {
            assert!(page.contains(text), "{text} is not on the checklist");
        }
    }
    let (_, week) = office.claim("week", &[]);
    assert!(
        week["payers"][0]["next_ja"]
            .as_str()
            .unwrap()
            .contains("claim report sent"),
        "{week}"
    );

    // Somebody tidied up: it is seen, and the same command places the same file.
    let file = folder(&office, FUND, "").join("RECEIPTH.UKE");
    let bytes = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let (exit, ja, _) = office.reads("status", &[]);
    assert!(
        exit == 1 && ja.contains("RECEIPTH.UKE") && ja.contains("claim handover"),
        "{ja}"
    );
    office.does("handover", &[]);
    assert_eq!(fs::read(&file).unwrap(), bytes);
    assert_eq!(office.sent(FUND).len(), 1, "it is the same sending");
    let (exit, _, _) = office.reads("status", &[]);
    assert_eq!(exit, 0);

    // The whole station moves to another folder, and its files with it.
    let moved = office.desk.dir.path().join("引っ越し先");
    fs::rename(&office.desk.home, &moved).unwrap();
    let (_, week) = crate::json(&moved, &["claim", "week", "--month", MONTH]);
    let there = &week["payers"][0]["sendings"][0];
    assert_eq!(there["gone"], Value::Null, "{there}");
    for file in there["files"].as_array().unwrap() {
        let path = PathBuf::from(file.as_str().unwrap());
        assert!(path.starts_with(&moved) && path.is_file(), "{file}");
    }
    fs::rename(&moved, &office.desk.home).unwrap();

    // An edited file is nobody's to replace: it is named and stays.
    fs::write(&file, b"HM,1,edited\r\n").unwrap();
    let (exit, status) = office.claim("status", &[]);
    assert_eq!(
        (exit, last(&office, FUND)["gone"].as_array().unwrap().len()),
        (1, 1),
        "{status}"
    );
    let (exit, told) = office.by("handover", &["--payer", FUND]);
    assert_ne!(exit, 0, "{told}");
    let text = told["error"]["message_ja"].as_str().unwrap();
    assert!(text.contains("RECEIPTH.UKE"), "{text}");
    assert_eq!(fs::read(&file).unwrap(), b"HM,1,edited\r\n");
    office.audit_is_intact();
}

#[test]
fn staff_report_in_any_order_and_a_report_stays_a_report_until_a_file_says_so() {
    let office = handed_over(3);
    let report = |what: &str, more: &[&str]| {
        office.does("report", &[&[what, "--payer", FUND], more].concat())
    };
    // What was not handed over cannot have been sent; a rehearsal records nothing.
    let (exit, told) =
        office.claim_of("2024-12", "report", &["sent", "--payer", FUND, "--by", WHO]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (2, &"claim/nothing-handed-over".into()),
        "{told}"
    );
    office.stops("report", &["sent"], 2, "claim/payer");
    report("confirmed", &["--dry-run"]);
    assert_eq!(last(&office, FUND)["state"], "handed-over");

    // The confirmation is recorded first, and the sending by a colleague afterwards.
    report(
        "confirmed",
        &[
            "--errors",
            "include",
            "--at",
            "11/9 10:20",
            "--number",
            "A-0001",
        ],
    );
    report("sent", &[]);
    let one = last(&office, FUND);
    assert_eq!(
        (&one["state"], &one["hearsay"]),
        (&"confirmed".into(), &true.into()),
        "{one}"
    );
    assert_eq!(
        (&one["by"], &one["filed"]["receipts"]),
        (&WHO.into(), &3.into()),
        "{one}"
    );
    let (_, ja, _) = office.reads("status", &["--payer", FUND]);
    assert!(ja.contains("請求確定（職員の報告）"), "{ja}");
    let (_, week) = office.claim("week", &[]);
    assert!(
        week["payers"][0]["next_ja"]
            .as_str()
            .unwrap()
            .contains("オンライン受領書"),
        "{week}"
    );

    // The 受領書 says the same: now it is known.
    let right = acknowledgement("202411", 3, total(&office, FUND));
    let (exit, told) = import(&office, "ack", FUND, &right);
    assert_eq!(exit, 0, "{told}");
    let one = last(&office, FUND);
    assert_eq!(
        (&one["state"], &one["hearsay"]),
        (&"acknowledged".into(), &false.into()),
        "{one}"
    );
    assert_eq!(one["contradiction"], Value::Null);
    let (_, week) = office.claim("week", &["--payer", FUND]);
    assert_eq!(week["payers"][0]["done"], true, "{week}");
    // The same file once more changes nothing.
    let before = office.history(FUND).len();
    let (exit, _) = import(&office, "ack", FUND, &right);
    let now = office.history(FUND);
    assert_eq!((exit, now.len()), (0, before), "{now:?}");

    // Reported as cancelled, and yet there is a 受領書: shown until somebody has asked the payer.
    let args = ["cancelled", "--payer", FUND];
    let (exit, told) = office.by("report", &args);
    assert_eq!(exit, 1, "{told}");
    let (exit, ja, en) = office.reads("status", &["--payer", FUND]);
    assert!(
        exit == 1 && ja.contains("取り消したと報告されていますが"),
        "{ja}"
    );
    assert!(en.contains("reported as cancelled"), "{en}");
    assert_eq!(last(&office, FUND)["contradiction"], "cancelled-yet-filed");
    office.audit_is_intact();
}

#[test]
fn what_was_given_up_after_a_wrong_report_and_is_filed_all_the_same_is_named() {
    let office = handed_over(1);
    office.does("report", &["cancelled", "--payer", FUND]);
    let late = office.late();
    let id = late[0]["id"].as_str().unwrap();
    let name = late[0]["receipt"]["name"].as_str().unwrap();
    let drop = ["claim", "drop", id, "--reason", "自費にした", "--by", WHO];
    assert_eq!(office.desk.json(&drop).0, 0);
    let (exit, told) = office.desk.json(&["claim", "receipts"]);
    assert_eq!(
        (exit, &told["given_up_yet_filed"]),
        (0, &serde_json::json!([])),
        "{told}"
    );

    // The report was wrong: it had been confirmed.
    office.does(
        "report",
        &["confirmed", "--payer", FUND, "--errors", "include"],
    );
    for verb in ["receipts", "settle", "week"] {
        let (exit, told) = match verb {
            "receipts" => office.desk.json(&["claim", verb]),
            _ => office.claim(verb, &[]),
        };
        let odd = &told["given_up_yet_filed"][0];
        assert_eq!(
            (exit, &odd["receipt"]["name"], &odd["given_up"]),
            (1, &name.into(), &"自費にした".into()),
            "{verb}: {told}"
        );
    }
    let (_, ja, en) = office.reads("week", &[]);
    assert!(
        ja.contains("請求しないと決めたのに請求されています") && ja.contains("自費にした"),
        "{ja}"
    );
    assert!(en.contains("given up, and yet filed"), "{en}");
}

#[test]
fn a_cancelled_file_is_marked_and_the_corrected_one_leaves_as_the_second() {
    let office = handed_over(3);
    office.does("report", &["sent", "--payer", FUND]);
    // Approved anew, the other content has not left; that is said at once, and by the week.
    office.people(0..2, MONTH);
    let approval = office.approve(&[]);
    let not_left = approval["not_left"].as_array().unwrap();
    assert_eq!(not_left.len(), 2, "{approval}");
    let (_, week) = office.claim("week", &[]);
    for told in [&not_left[0], &week["payers"][0]] {
        let next = told["next_ja"].as_str().unwrap();
        assert!(
            next.contains("新しく承認した内容は、まだ渡していません"),
            "{next}"
        );
    }
    let text = office.stops("handover", &["--payer", FUND], 3, "claim/other-content");
    assert!(text.contains("claim report"), "{text}");
    office.does("report", &["cancelled", "--payer", FUND]);
    let marked = folder(&office, FUND, "").join("送らないでください（取りやめ）.txt");
    assert!(
        fs::read_to_string(&marked)
            .unwrap()
            .contains("送信しないでください")
    );
    // The file itself stays: somebody may have to look at what was sent.
    assert!(folder(&office, FUND, "").join("RECEIPTH.UKE").exists());

    let handed = office.does("handover", &["--payer", FUND]);
    assert_eq!(handed["filings"][0]["sequence"], 2, "{handed}");
    let (_, week) = office.claim("week", &[]);
    let not_left = |at: usize| week["payers"][at]["approved_not_left"].clone();
    assert_eq!(
        (not_left(0), not_left(1)),
        (false.into(), true.into()),
        "{week}"
    );
    let second = folder(&office, FUND, "-2回目");
    assert_eq!(
        fs::read(second.join("RECEIPTH.UKE")).unwrap(),
        fs::read(office.document(FUND)).unwrap()
    );
    let manifest = fs::read_to_string(second.join("manifest.json")).unwrap();
    assert!(
        manifest.contains("\"replaces\": \"2024-11/1-支払基金\""),
        "{manifest}"
    );
    let page = fs::read_to_string(second.join("チェックリスト.html")).unwrap();
    assert!(
        page.contains("第1回、フォルダー 2024-11/1-支払基金")
            && page.contains("二重の請求になります"),
        "{page}"
    );
    office.does("report", &["confirmed", "--payer", FUND]);
    let all = office.sent(FUND);
    assert_eq!(
        (&all[0]["state"], &all[1]["state"]),
        (&"withdrawn".into(), &"confirmed".into()),
        "{all:?}"
    );
    // Confirmed, it cannot be cancelled: which of both is true, somebody has to say once more.
    let (exit, told) = office.by("report", &["cancelled", "--payer", FUND]);
    assert_eq!(exit, 1, "{told}");
    assert_eq!(
        office.sent(FUND)[1]["contradiction"],
        "cancelled-after-confirmed"
    );
    let (exit, week) = office.claim("week", &[]);
    let next = week["payers"][0]["next_ja"].as_str().unwrap();
    assert!(
        exit == 1 && next.contains("確定後の取消しはできません"),
        "{next}"
    );
    // That it was sent does not say which of both is so.
    let (exit, told) = office.by("report", &["sent", "--payer", FUND]);
    assert_eq!(exit, 1, "{told}");
    office.does("report", &["confirmed", "--payer", FUND]);
    assert_eq!(office.sent(FUND)[1]["contradiction"], Value::Null);
    // A word about the first one, said late, is about the first one.
    office.does("report", &["cancelled", "--payer", FUND, "--sequence", "1"]);
    assert_eq!(office.sent(FUND)[1]["state"], "confirmed");
}

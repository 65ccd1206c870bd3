//! What works with no network at all: the month on paper and in a folder.

use super::{FEDERATION, FUND, MONTH, Office, names};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn the_whole_month_is_written_and_printed_with_no_network() {
    let office = Office::small(3);
    let home = &office.desk.home;
    let (exit, told) = office.claim("print", &["-o", "紙"]);
    assert_eq!(
        (exit, &told["error"]["code"]),
        (3, &"claim/not-approved".into()),
        "{told}"
    );
    office.approve(&[]);

    let (exit, told) = office.claim("print", &["-o", "紙"]);
    assert_eq!(exit, 0, "{told}");
    let sums = fs::read_to_string(home.join("紙/SHA256SUMS.txt")).unwrap();
    let mut pages = String::new();
    for payer in [FUND, FEDERATION] {
        let bytes = fs::read(home.join("紙").join(payer).join("RECEIPTH.UKE")).unwrap();
        assert_eq!(
            bytes,
            fs::read(office.document(payer)).unwrap(),
            "byte for byte"
        );
        let digest = hex::encode(Sha256::digest(&bytes));
        assert!(
            sums.contains(&format!("{digest}  {payer}/RECEIPTH.UKE")),
            "{sums}"
        );
        let page = fs::read_to_string(home.join("紙").join(payer).join("印刷.html")).unwrap();
        for name in names(&office.made(payer)) {
            assert!(page.contains(&name), "{name} is not printed");
        }
        let total: u64 = office
            .made(payer)
            .receipts()
            .map(|r| r.total().unwrap().0)
            .sum();
        let plain = page.replace(',', "");
        assert!(plain.contains(&total.to_string()), "{total} is not printed");
        assert!(
            page.contains(&digest),
            "the page does not say of which file it is"
        );
        pages.push_str(&page);
    }
    assert!(
        !pages.contains("http://") && !pages.contains("https://"),
        "a page asks for something"
    );
    // What the rules of the day allow is shown with its source and how sure it is, and not promised.
    let rules = fs::read_to_string(home.join("紙/紙・媒体で請求できる場合.txt")).unwrap();
    assert!(rules.contains("約束するものではありません"), "{rules}");
    let (rule, grade) = (
        rules.matches('■').count(),
        rules.matches("確からしさ: ").count(),
    );
    assert!(rule > 0 && rule == grade, "{rules}");
    assert!(rules.contains("未確認"), "{rules}");
    for one in told["rules"].as_array().unwrap() {
        assert!(
            one["grade"].is_string() && one["source"].is_string(),
            "{one}"
        );
    }
    assert!(rules.lines().next().unwrap().contains("現在"), "{rules}");
    for line in ["適用: ", "媒体: ", "届出: "] {
        assert_eq!(rules.matches(line).count(), rule, "{line}\n{rules}");
    }
    // 猶予届出書 goes to both payers, and says in which cases.
    let notice = fs::read_to_string(home.join("紙/猶予届出書に書くこと.html")).unwrap();
    for text in [
        "支払基金",
        "国保連",
        "ひだまり訪問看護ステーション",
        "9999998",
        "東京都（13）",
        "□ いま起きた回線障害（未確認）",
    ] {
        assert!(notice.contains(text), "{text} is not in it");
    }
    // Printed again the same day it is the same.
    let before = fs::read(home.join("紙/1/印刷.html")).unwrap();
    assert_eq!(office.claim("print", &["-o", "紙"]).0, 0);
    assert_eq!(fs::read(home.join("紙/1/印刷.html")).unwrap(), before);

    // `write` alone: the files and their totals, of one payer where only that is wanted.
    let (exit, told) = office.claim("write", &["-o", "控え", "--payer", FEDERATION]);
    assert_eq!(exit, 0, "{told}");
    assert!(home.join("控え/2/RECEIPTH.UKE").exists() && !home.join("控え/1").exists());
    let page = fs::read_to_string(home.join("控え/集計.html")).unwrap();
    assert!(page.contains("ひだまり"), "{page}");
    // It is about what was approved: nothing above it says that nobody has to look.
    assert!(
        page.contains("資格の照合に、名前のある人が理由を書いて請求するレセプト")
            && !page.contains("人が確かめるもの"),
        "{page}"
    );
    assert!(!page.contains("（推定）（推定）"), "{page}");
}

/// Each file of a folder by its name in it.
fn names_in(folder: &Path) -> BTreeSet<String> {
    let all = crate::demo::files(folder);
    let own = all.iter().map(|file| file.strip_prefix(folder).unwrap());
    let name = |path: &Path| {
        let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
        parts.join("/")
    };
    own.map(name).collect()
}

#[test]
fn the_checksums_are_those_of_every_file_that_was_printed() {
    let office = Office::small(1);
    office.approve(&[]);
    assert_eq!(office.claim("print", &["-o", "紙"]).0, 0);
    let folder = office.desk.home.join("紙");
    let sums = fs::read_to_string(folder.join("SHA256SUMS.txt")).unwrap();
    let mut there = names_in(&folder);
    assert!(
        there.remove("SHA256SUMS.txt") && there.len() == 6,
        "{there:?}"
    );
    let mut summed = BTreeSet::new();
    for line in sums.lines() {
        let (digest, name) = line.split_once("  ").unwrap();
        let bytes = fs::read(folder.join(name)).unwrap();
        assert_eq!(digest, hex::encode(Sha256::digest(&bytes)), "{name}");
        summed.insert(name.to_owned());
    }
    assert_eq!(summed, there);
}

#[test]
fn a_print_names_the_charges_by_the_imported_master_or_says_on_its_cover_what_it_lacks() {
    let office = Office::small(1);
    let home = &office.desk.home;
    office.approve(&[]);
    let printed = || {
        let (exit, told) = office.claim("print", &["-o", "紙"]);
        assert_eq!(exit, 0, "{told}");
        let page = fs::read_to_string(home.join("紙/1/印刷.html")).unwrap();
        (told["charge_names"].as_bool().unwrap(), page)
    };
    let lack = "療養費の名称は印刷していません";
    let (named, page) = printed();
    assert!(!named);
    assert_eq!(page.matches(lack).count(), 1, "on the cover alone");
    assert!(page.contains("reseplug receden master import"));

    let made = office.made(FUND);
    let code = made.receipt(0).unwrap().charges().next().unwrap().code();
    crate::receden::import_master(home, code, "見本の療養費");
    let (named, page) = printed();
    assert!(named && !page.contains(lack));
    assert!(page.contains(&format!("{code} 見本の療養費")));

    // One that cannot be read keeps nobody from printing.
    let release = home.join("masters/2024-06/basic.csv");
    fs::write(release, "表ではない\n").unwrap();
    let (named, page) = printed();
    assert!(!named && page.contains("マスターを読めないため"), "{page}");
    let (_, ja, en) = office.reads("print", &["-o", "紙"]);
    assert!(ja.contains("マスターを読めないため"), "{ja}");
    assert!(en.contains("names of charges are missing"), "{en}");
}

#[test]
fn what_somebody_else_put_there_is_never_overwritten_silently() {
    let office = Office::small(2);
    office.approve(&[]);
    let home = &office.desk.home;
    let foreign = "だれかの控え";
    for (verb, there) in [
        ("write", "1/RECEIPTH.UKE"),
        ("write", "集計.html"),
        ("print", "2/RECEIPTH.UKE"),
        ("print", "1/印刷.html"),
        ("print", "SHA256SUMS.txt"),
        ("print", "猶予届出書に書くこと.html"),
    ] {
        let folder = format!("{verb}-{}", there.replace('/', "-"));
        let file = home.join(&folder).join(there);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, foreign).unwrap();
        let (exit, told) = office.claim(verb, &["-o", &folder]);
        assert_ne!(exit, 0, "{verb} {there}: {told}");
        let text = told["error"]["message_ja"].as_str().unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(text.contains(name), "{verb} {there}: {text}");
        assert_eq!(
            fs::read_to_string(&file).unwrap(),
            foreign,
            "{verb} {there}"
        );
    }
    // The month changes: what this program wrote gives way to what it writes now.
    assert_eq!(office.claim("write", &["-o", "控え"]).0, 0);
    office.people(0..1, MONTH);
    office.approve(&[]);
    let (exit, told) = office.claim("write", &["-o", "控え"]);
    assert_eq!(exit, 0, "{told}");
    assert_eq!(
        fs::read(home.join("控え/1/RECEIPTH.UKE")).unwrap(),
        fs::read(office.document(FUND)).unwrap()
    );
}

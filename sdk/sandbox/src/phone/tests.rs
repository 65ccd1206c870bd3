//! The page as a browser sees it, over HTTP.

use super::{address::page_address, qr::Qr, *};
use crate::population::{Population, PopulationOptions};
use crate::station::Station;
use std::io::{Read, Write};
use std::sync::Arc;
use tempfile::TempDir;

struct Visit {
    dir: TempDir,
    page: RunningPhone,
}

impl Visit {
    fn at(station: Station) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let now: Timestamp = "2024-10-03T10:00:00+09:00".parse().unwrap();
        let options = PhoneOptions {
            clock: Arc::new(move || now),
            ..PhoneOptions::default()
        };
        let page = PhonePage::start(dir.path(), vec![station], options).unwrap();
        Self { dir, page }
    }

    fn hidamari() -> Self {
        Self::at(Station::load("hidamari").unwrap())
    }

    fn send(&self, method: &str, path: &str, body: &str) -> String {
        let host = self
            .page
            .url()
            .trim_start_matches("http://")
            .trim_end_matches('/');
        let mut stream = std::net::TcpStream::connect(host).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: \
             application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn get(&self, path: &str) -> String {
        self.send("GET", path, "")
    }

    fn book(&self) -> Entries {
        ConsentBook::open(self.dir.path())
            .unwrap()
            .with(Entries::clone)
            .unwrap()
    }
}

fn ok(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 200")
}

/// Every control of a page that takes input, by id.
fn inputs(page: &str) -> Vec<String> {
    page.split('<')
        .filter(|tag| {
            ["input", "select", "button"]
                .iter()
                .any(|name| tag.starts_with(name))
        })
        .map(|tag| {
            let id = tag
                .split("id=\"")
                .nth(1)
                .unwrap_or_else(|| panic!("no id: {tag}"));
            id.split('"').next().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn every_control_has_an_id_and_a_label_and_nothing_needs_a_script() {
    let visit = Visit::hidamari();
    visit.send("POST", "/hidamari/H0043", "identified=pin&pin=0000&drugs=1");
    for path in ["/", "/hidamari", "/hidamari/H0043"] {
        let page = visit.get(path);
        assert!(ok(&page), "{path}");
        assert!(page.contains("模擬画面です") && page.contains("lang=\"ja\""));
        assert!(!page.contains("<script") && !page.contains("onclick"));
        for id in inputs(&page) {
            let button = page.contains(&format!("type=\"submit\" id=\"{id}\""));
            assert!(
                button || page.contains(&format!("for=\"{id}\"")),
                "{path} #{id}"
            );
            assert_eq!(
                page.matches(&format!(" id=\"{id}\"")).count(),
                1,
                "{path} #{id}"
            );
        }
    }
    let form = inputs(&visit.get("/hidamari/H0043"));
    let mut wanted = vec![
        "pin",
        "identified-pin",
        "identified-sight",
        "at",
        "give",
        "withdraw",
        "reason",
    ];
    let kinds: Vec<String> = Kind::ALL
        .iter()
        .map(|kind| format!("consent-{}", kind.name()))
        .collect();
    wanted.extend(kinds.iter().map(String::as_str));
    for id in wanted {
        assert!(form.iter().any(|found| found == id), "#{id}");
    }
    let cards = inputs(&visit.get("/hidamari"));
    assert_eq!(cards, ["search", "find", "person", "choose"]);
}

#[test]
fn a_card_is_found_by_name_reading_number_or_birth_date() {
    let visit = Visit::hidamari();
    for search in [
        "%E6%9C%9D%E5%80%89",
        "%EF%BD%B1%EF%BD%BB%EF%BD%B8%EF%BE%97",
        "h0043",
    ] {
        let page = visit.get(&format!("/hidamari?q={search}"));
        assert!(ok(&page));
        assert_eq!(page.matches("<option ").count(), 1, "{search}");
    }
    assert!(visit.get("/hidamari?q=zzz").contains("id=\"nobody\""));
    let chosen = visit.get("/hidamari/card?person=H0043");
    assert!(chosen.starts_with("HTTP/1.1 303") && chosen.contains("location: /hidamari/H0043"));
    assert!(
        visit
            .get("/hidamari/card?person=X")
            .starts_with("HTTP/1.1 404")
    );
}

#[test]
fn among_thousands_a_list_stays_short_and_says_how_many_there_are() {
    let options = PopulationOptions {
        people: 1_000,
        seed: 1,
        month: "2024-10".parse().unwrap(),
        users: 1_000,
    };
    let visit = Visit::at(Population::grow(options).unwrap().station().unwrap());
    let page = visit.get("/minori");
    assert_eq!(page.matches("<option ").count(), page::SHOWN);
    assert!(page.contains("ほかに 940 人"));
}

#[test]
fn what_is_agreed_to_is_kept_and_can_be_withdrawn_once() {
    let visit = Visit::hidamari();
    let given = visit.send(
        "POST",
        "/hidamari/H0043",
        "identified=sight&drugs=1&limit=1",
    );
    assert!(ok(&given) && given.contains("id=\"done\"") && given.contains("目視確認"));
    let form = visit.get("/hidamari/H0043");
    assert!(form.contains("id=\"withdraw-drugs\"") && form.contains("2025年1月3日 23:59 まで"));
    assert!(!form.contains("id=\"withdraw-checkup\""));

    let wrong = visit.send("POST", "/hidamari/H0043/withdraw", "by=person&checkup=1");
    assert!(wrong.starts_with("HTTP/1.1 422"), "not given: {wrong}");
    let done = visit.send("POST", "/hidamari/H0043/withdraw", "by=person&drugs=1");
    assert!(ok(&done) && done.contains("id=\"withdrawn\""));
    let again = visit.send("POST", "/hidamari/H0043/withdraw", "by=person&drugs=1");
    assert!(again.starts_with("HTTP/1.1 422"), "withdrawn already");

    let book = visit.book();
    assert_eq!(book.consents.len(), 1);
    assert_eq!(book.withdrawals.len(), 1);
    assert_eq!(book.withdrawals[0].kinds, [Kind::Drugs]);
    assert_eq!(book.withdrawals[0].by, Ended::Person);
    let form = visit.get("/hidamari/H0043");
    assert!(form.contains("id=\"ended-drugs\"") && form.contains("本人による取消し"));
    assert!(form.contains("id=\"withdraw-limit\""));
}

#[test]
fn without_a_pin_or_a_look_nothing_is_recorded() {
    let visit = Visit::hidamari();
    for body in ["identified=pin&pin=12", "identified=pin&pin=abcd&drugs=1"] {
        let answer = visit.send("POST", "/hidamari/H0043", body);
        assert!(answer.starts_with("HTTP/1.1 422") && answer.contains("role=\"alert\""));
    }
    let answer = visit.send("POST", "/hidamari/H0043", "identified=sight&at=yesterday");
    assert!(answer.starts_with("HTTP/1.1 422"));
    assert_eq!(visit.book(), Entries::default());
}

#[test]
fn the_qr_code_holds_the_address_of_the_page() {
    let visit = Visit::hidamari();
    let svg = visit.get("/hidamari/qr/svg");
    assert!(ok(&svg) && svg.contains("content-type: image/svg+xml") && svg.contains("<svg"));
    let address = page_address(visit.page.url(), "hidamari");
    assert!(visit.get("/hidamari").contains(&address));
    let code = Qr::of(&address).unwrap();
    let png = code.png().unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    assert!(code.pdf(&[address]).starts_with(b"%PDF-"));
    assert!(visit.get("/hidamari/qr/png").contains("image/png"));
    assert!(visit.get("/hidamari/qr/pdf").contains("%PDF-1.4"));
    assert!(visit.get("/nowhere/qr/svg").starts_with("HTTP/1.1 404"));
}

#[test]
fn a_program_does_what_a_visitor_does() {
    let visit = Visit::hidamari();
    let url = visit.page.url();
    record_consent(
        url,
        "hidamari",
        "H0043",
        None,
        &[Kind::Drugs],
        Identified::Pin,
    )
    .unwrap();
    withdraw_consent(url, "hidamari", "H0043", &[Kind::Drugs], Ended::Institution).unwrap();
    let refused = withdraw_consent(url, "hidamari", "H0043", &[Kind::Drugs], Ended::Person);
    assert!(refused.unwrap_err().to_string().contains("422"));
    assert_eq!(visit.book().withdrawals[0].by, Ended::Institution);
}

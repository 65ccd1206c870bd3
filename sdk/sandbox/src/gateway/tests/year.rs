//! A year of a simple station that repeats and asks: at its end every receipt was filed as often
//! as it came back and once more, and what was paid adds up.

use super::*;
use receden::returns::{Refiling, refile};
use reseplug_model::Month;
use std::collections::BTreeMap;

/// The file of a 請求年月: so many receipts of the month before.
fn file_of(month: Month, receipts: usize) -> receden::ClaimFile {
    let (claim, service) = (month.compact(), month.previous().unwrap().compact());
    let text = lines_of(receipts)
        .join("\n")
        .replace("202411", &claim)
        .replace("202410", &service)
        .replace("20241231", &format!("{claim}28"));
    let bytes = encoded(text.lines());
    receden::ClaimFile::parse(&bytes).unwrap()
}

/// Asks until somebody answers, as often as it takes.
fn surely(station: &Station, ask: impl Fn() -> RequestBuilder) -> Value {
    (0..100)
        .find_map(|_| {
            let (status, text) = station.text(ask())?;
            let answer: Value = serde_json::from_str(&text).ok()?;
            let own = answer["id"] != "s-999999";
            (status < 300 && own).then_some(answer)
        })
        .unwrap()
}

fn moment(month: Month, day_and_time: &str) -> String {
    format!("{month}-{day_and_time}:00+09:00")
}

#[test]
fn at_the_end_of_a_year_of_faults_every_receipt_is_accounted_for() {
    for seed in [9, 10] {
        year(seed);
    }
}

fn year(seed: u64) {
    const RECEIPTS: usize = 6;
    let folder = tempfile::tempdir().unwrap();
    let first = Month::parse("2024-11").unwrap();
    let clock = Turned::at("2024-11-01T09:00:00+09:00");
    let options = || GatewayOptions {
        calendar: true,
        checking_seed: Some(seed),
        review: Some(Review {
            seed,
            return_one_in: 5,
            adjust_one_in: 4,
            ..Review::default()
        }),
        slow: Duration::from_millis(1),
        ..turned(&clock)
    };
    // Whoever takes a key twice needs a client that withdraws; that is another test.
    let faults: Vec<Mischief> = Mischief::ALL
        .into_iter()
        .filter(|mischief| *mischief != Mischief::AcceptsTwice)
        .collect();
    let mut gateway = Gateway::start(folder.path(), options()).unwrap();
    gateway.seed_faults_among(seed, 4, true, &faults).unwrap();
    let mut month = first;
    let mut fetched: Vec<String> = Vec::new();
    let mut returned: Vec<receden::ClaimFile> = Vec::new();
    for _ in 0..12 {
        let station = Station::new(&gateway, OWN);
        clock.turn(&moment(month, "05T08:00"));
        let get = |path: &str| surely(&station, || station.ask(Method::GET, path));
        for row in get("downloads")["downloads"].as_array().unwrap() {
            let id = row["id"].as_str().unwrap().to_owned();
            if fetched.contains(&id) {
                continue;
            }
            if row["kind"] == "returns" {
                let path = format!("downloads/{id}");
                let bytes = (0..100)
                    .find_map(|_| {
                        station.runtime.block_on(async {
                            let answer = station.ask(Method::GET, &path).send().await.ok()?;
                            let bytes = answer.bytes().await.ok()?;
                            (hex::encode(Sha256::digest(&bytes)) == row["sha256"]).then_some(bytes)
                        })
                    })
                    .unwrap();
                returned.push(receden::ClaimFile::parse(&bytes).unwrap());
            }
            fetched.push(id);
        }
        clock.turn(&moment(month, "06T10:00"));
        let mut file = file_of(month, RECEIPTS);
        for back in returned.drain(..) {
            let refiling = Refiling {
                together_with: Some(&file),
                ..Refiling::all(&back, month)
            };
            file = refile(&back, &refiling).unwrap();
        }
        let (bytes, name) = (file.to_bytes(), month.to_string());
        let handed = surely(&station, || station.handing(&name, &bytes, &name, "claim"));
        let id = handed["id"].as_str().unwrap();
        // The gateway is ended and started again in the middle of the week.
        gateway.stop();
        gateway = Gateway::start(folder.path(), options()).unwrap();
        let station = Station::new(&gateway, OWN);
        clock.turn(&moment(month, "08T12:00"));
        let confirm = format!("submissions/{id}/confirm?errors=include");
        let confirmed = surely(&station, || station.ask(Method::POST, &confirm));
        assert_eq!(confirmed["confirmation"]["receipts"], handed["receipts"]);
        month = month.next().unwrap();
    }
    clock.turn(&moment(month, "25T10:00"));
    let filed = gateway.filed_receipts();

    let mut times: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
    for receipt in &filed {
        let of = (receipt.person.clone(), receipt.service_month.clone());
        let times = times.entry(of).or_default();
        times.0 += 1;
        times.1 += usize::from(receipt.returned.is_some());
        assert_eq!(
            receipt.files_again.is_some(),
            receipt.search_number.is_some(),
            "{receipt:?}"
        );
    }
    assert_eq!(times.len(), 12 * RECEIPTS);
    for ((person, service), (filed, returned)) in &times {
        // Filed once more than it came back; what came back of the last round lies with the station.
        let lies_there = usize::from(filed == returned);
        assert_eq!(filed + lies_there, returned + 1, "{person} {service}");
    }
    let last = filed
        .iter()
        .map(|receipt| receipt.claim_month.clone())
        .max();
    let at_rest = |receipt: &&FiledReceipt| {
        receipt.returned.is_some() && Some(&receipt.claim_month) != last.as_ref()
    };
    let again = filed.iter().filter(|receipt| receipt.files_again.is_some());
    assert_eq!(filed.iter().filter(at_rest).count(), again.count());
    let came_back: usize = times.values().map(|(_, returned)| returned).sum();
    assert!(came_back > 0, "{came_back}");
    let due: i64 = filed
        .iter()
        .filter(|receipt| receipt.returned.is_none())
        .map(|receipt| i64::try_from(receipt.total).unwrap() + receipt.adjusted)
        .sum();
    let paid: i64 = filed.iter().filter_map(|receipt| receipt.paid).sum();
    assert_eq!(paid, due);
    let noted: i64 = gateway
        .ledger()
        .events()
        .unwrap()
        .iter()
        .filter(|event| event.kind == "gateway.paid")
        .flat_map(|event| event.detail["receipts"].as_array().unwrap().clone())
        .map(|receipt| receipt["amount"].as_i64().unwrap())
        .sum();
    assert_eq!(noted, paid);
}

//! Many stations in claim week at once.

use super::*;
use std::time::Instant;

/// A station's own file: the station code in HM is part of its institution code.
fn file_of(institution: &str, receipts: usize) -> Vec<u8> {
    replaced(&many(receipts), "9999998", &institution[3..])
}

/// Each station hands in, confirms and fetches its acknowledgement at the same time as all others.
fn claim_week(stations: usize, receipts: usize) -> (RunningGateway, tempfile::TempDir, Duration) {
    let folder = tempfile::tempdir().unwrap();
    let institutions: Vec<String> = (0..stations)
        .map(|number| format!("136{number:07}"))
        .collect();
    let options = GatewayOptions {
        institutions: institutions.clone(),
        ..options(DAY)
    };
    let gateway = Gateway::start(folder.path(), options).unwrap();
    let ready: Vec<(Station, Vec<u8>)> = institutions
        .iter()
        .map(|own| (Station::new(&gateway, own), file_of(own, receipts)))
        .collect();
    let began = Instant::now();
    std::thread::scope(|scope| {
        for (station, file) in &ready {
            scope.spawn(move || {
                let (status, handed) = station.submit("k", file);
                assert_eq!(status, 201, "{handed}");
                let id = handed["id"].as_str().unwrap();
                let confirm = format!("submissions/{id}/confirm?errors=include");
                assert_eq!(station.post(&confirm).1["state"], "confirmed");
                let path = format!("submissions/{id}/acknowledgement");
                assert_eq!(station.get(&path).1["receipts"], json!(receipts));
            });
        }
    });
    (gateway, folder, began.elapsed())
}

#[test]
fn stations_that_file_at_once_are_filed_once_each() {
    let (gateway, folder, _) = claim_week(24, 5);
    let filed = gateway.filed_receipts();
    assert_eq!(filed.len(), 24 * 5);
    let mut ids: Vec<String> = gateway.submissions().into_iter().map(|s| s.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 24);
    let noted = |kind: &str| {
        kinds(&gateway)
            .iter()
            .filter(|known| *known == kind)
            .count()
    };
    assert_eq!(
        (noted("gateway.accepted"), noted("gateway.confirmed")),
        (24, 24)
    );
    gateway.stop();
    let gateway = Gateway::start(folder.path(), options(DAY)).unwrap();
    assert_eq!(gateway.filed_receipts(), filed);
}

#[test]
#[ignore = "measures; run it alone, with --release for a fair figure"]
fn two_hundred_stations_file_within_a_minute() {
    let (gateway, _folder, took) = claim_week(200, 100);
    println!("200 stations, 100 receipts each: {took:?}");
    assert_eq!(gateway.filed_receipts().len(), 20_000);
    assert!(took < Duration::from_secs(60), "{took:?}");
}

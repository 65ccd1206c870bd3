//! A simulated year through the program: whatever the seed does, nothing is filed twice, nothing is
//! missed, and at its end payers and stores say the same.

use assert_cmd::Command;
use serde_json::Value;

fn year(seed: u64, stations: u16, months: u16) -> (i32, Value) {
    let output = Command::cargo_bin("reseplug")
        .unwrap()
        .args(["sandbox", "year", "--json", "--seed", &seed.to_string()])
        .args(["--stations", &stations.to_string()])
        .args(["--months", &months.to_string()])
        .output()
        .unwrap();
    let told = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
    });
    (output.status.code().unwrap(), told)
}

fn is_accounted_for(seed: u64, stations: u16, months: u16) {
    let (code, told) = year(seed, stations, months);
    assert_eq!(code, 0, "{told:#}");
    for none in ["filed_twice", "missed", "disagreements"] {
        assert_eq!(told[none], 0, "{told:#}");
    }
    let number = |key: &str| told[key].as_u64().unwrap();
    assert!(number("receipts") > 10 && number("claims") > 5, "{told:#}");
    assert!(number("acknowledged") > 0, "{told:#}");
    // Nothing missed says something only where something was expected.
    assert!(number("expected") * 2 > number("receipts"), "{told:#}");
    let faults = told["faults"].as_object().unwrap();
    assert!(faults.contains_key("host-killed"), "{told:#}");
    assert!(faults.len() > 5, "{told:#}");
    // What struck, also at the gateway and on the disk.
    for layer in ["gateway-", "disk-full"] {
        let own = |name: &String| name.starts_with(layer);
        assert!(faults.keys().any(own), "{layer}: {told:#}");
    }
}

#[test]
fn whatever_goes_wrong_in_a_year_every_receipt_is_accounted_for() {
    is_accounted_for(11, 2, 2);
}

#[test]
fn the_same_seed_is_the_same_year() {
    let told = || {
        let mut told = year(5, 1, 1).1;
        told.as_object_mut().unwrap().remove("seconds");
        told
    };
    assert_eq!(told(), told());
}

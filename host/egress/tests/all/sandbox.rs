//! The way out against the simulated claims gateway: container, import, handshake, filing.

use crate::scene::{get, name};
use reseplug_effect::{HttpRequest, RepeatClass};
use reseplug_egress::{Bindings, Egress, SendError};
use reseplug_identity::IdentityStore;
use reseplug_policy::StationFile;
use reseplug_sandbox::gateway::{Gateway, GatewayOptions, Mischief, RunningGateway};
use sha2::{Digest, Sha256};
use std::{path::Path, sync::Arc};

fn station(folder: &Path, gateway: &RunningGateway) -> Egress {
    let store = IdentityStore::open(&folder.join("identities")).unwrap();
    let container = std::fs::read(gateway.client_p12_path()).unwrap();
    store
        .import("gateway-client", &container, gateway.client_password())
        .unwrap();
    let text = format!(
        r#"
[station]
code = "9999998"
prefecture = "13"
name = "ひだまり訪問看護ステーション"

[store]
path = "store"

[endpoints.gateway]
url = "{}"
identity = "station"
roots = '{}'
addresses = ["127.0.0.0/8"]
[[endpoints.gateway.allow]]
method = "POST"
path = "submissions"
repeat = "keyed"
key_header = "idempotency-key"
[[endpoints.gateway.allow]]
method = "GET"
path = "submissions"
repeat = "safe"

[identities.station]
file = "gateway-client"
"#,
        gateway.url(),
        gateway.ca_pem_path().display()
    );
    let file = StationFile::parse("station.toml", &text).unwrap();
    Egress::new(Bindings::of(&file, folder), Arc::new(store)).unwrap()
}

/// A file whose only receipt is refused by every check: enough to be taken.
fn filing() -> HttpRequest {
    let mut body = receden::repertoire::encode("HM,1,13,6,9999998,ひだまり,202411,").unwrap();
    body.extend(b"\r\nRE,1,6112,202410\r\nGO\r\n\x1a");
    let hash = hex::encode(Sha256::digest(&body));
    let headers = [
        ("idempotency-key", "k-1"),
        ("content-sha256", &hash),
        ("x-payer", "1"),
        ("x-claim-month", "2024-11"),
        ("x-kind", "claim"),
    ];
    HttpRequest {
        method: "POST".into(),
        path: "submissions".into(),
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        body: body.into(),
    }
}

#[test]
fn a_filing_reaches_the_gateway_once_whatever_is_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let gateway =
        Gateway::start(&folder.path().join("sandbox"), GatewayOptions::default()).unwrap();
    let egress = station(folder.path(), &gateway);
    assert_eq!(
        egress.class("gateway", &filing()).unwrap(),
        RepeatClass::Keyed
    );

    gateway.arm(Mischief::AcceptThenCut).unwrap();
    let Err(SendError::Unknown(fault)) = egress.send("gateway", &filing()) else {
        panic!("the outcome is unknown")
    };
    assert_eq!(fault.code, "egress/connection-lost");
    let found = egress.send("gateway", &get("submissions?key=k-1")).unwrap();
    let text = String::from_utf8(found.body.into_vec()).unwrap();
    assert!(text.contains("s-000001"), "{text}");
    assert_eq!(egress.send("gateway", &filing()).unwrap().status, 200);
    assert_eq!(gateway.submissions().len(), 1);
    assert_eq!(
        egress
            .destination("gateway")
            .unwrap()
            .identity
            .unwrap()
            .name,
        name("gateway-client").as_str()
    );
}

#[test]
fn a_gateway_that_is_down_is_not_sent_to_and_is_found_again_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = folder.path().join("sandbox");
    let gateway = Gateway::start(&sandbox, GatewayOptions::default()).unwrap();
    let egress = station(folder.path(), &gateway);
    assert_eq!(egress.send("gateway", &filing()).unwrap().status, 201);
    gateway.stop();
    let Err(SendError::NotSent(fault)) = egress.send("gateway", &filing()) else {
        panic!("nobody listens")
    };
    assert_eq!(fault.code, "egress/connection-refused");
    let gateway = Gateway::start(&sandbox, GatewayOptions::default()).unwrap();
    assert_eq!(egress.send("gateway", &filing()).unwrap().status, 200);
    assert_eq!(gateway.submissions().len(), 1);
}

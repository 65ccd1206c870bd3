//! The gateway over real mutual TLS, as a client meets it.

use super::*;
use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use reqwest::{Method, RequestBuilder};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const OTHER: &str = "1369999980";

/// Two receipts: one in order, one whose insurer number has a wrong check digit (要確認).
fn claim() -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in include_str!("cases/november.txt").lines() {
        bytes.extend(receden::repertoire::encode(line).unwrap());
        bytes.extend(b"\r\n");
    }
    bytes.push(receden::EOF);
    bytes
}

/// The same with one text changed.
fn changed(from: &str, to: &str) -> Vec<u8> {
    let text = claim();
    let at = text
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .unwrap();
    [&text[..at], to.as_bytes(), &text[at + from.len()..]].concat()
}

fn at(moment: &str) -> Clock {
    let moment: Timestamp = moment.parse().unwrap();
    Arc::new(move || moment)
}

fn options(moment: &str) -> GatewayOptions {
    GatewayOptions {
        clock: at(moment),
        institutions: vec!["1369999998".into(), OTHER.into()],
        slow: Duration::from_millis(50),
        ..GatewayOptions::default()
    }
}

const DAY: &str = "2024-11-07T10:00:00+09:00";

fn start(folder: &Path) -> RunningGateway {
    Gateway::start(folder, options(DAY)).unwrap()
}

struct Station {
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
    url: String,
}

impl Station {
    fn new(gateway: &RunningGateway, institution: &str) -> Self {
        let container = std::fs::read(gateway.client_p12_path_of(institution)).unwrap();
        let store = KeyStore::from_pkcs12(
            &container,
            gateway.client_password(),
            Pkcs12ImportPolicy::Strict,
        )
        .unwrap();
        let (_, chain) = store.private_key_chain().unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(chain.key().as_der().to_vec()));
        let leaf = CertificateDer::from(chain.certs()[0].as_der().to_vec());
        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(gateway.ca_pem_path()).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![leaf], key)
            .unwrap();
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(config)
            .pool_max_idle_per_host(0)
            .no_proxy()
            .build()
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        Self {
            runtime,
            http,
            url: gateway.url().to_owned(),
        }
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    fn submission(&self, key: &str, body: &[u8]) -> RequestBuilder {
        self.ask(Method::POST, "submissions")
            .header("idempotency-key", key)
            .header("content-sha256", hex::encode(Sha256::digest(body)))
            .header("x-payer", "1")
            .header("x-claim-month", "2024-11")
            .header("x-kind", "claim")
            .body(body.to_vec())
    }

    fn text(&self, request: RequestBuilder) -> Option<(u16, String)> {
        self.runtime.block_on(async {
            let response = request.send().await.ok()?;
            Some((response.status().as_u16(), response.text().await.ok()?))
        })
    }

    fn json(&self, request: RequestBuilder) -> (u16, Value) {
        let (status, text) = self.text(request).unwrap();
        (status, serde_json::from_str(&text).unwrap())
    }

    fn get(&self, path: &str) -> (u16, Value) {
        self.json(self.ask(Method::GET, path))
    }

    fn post(&self, path: &str) -> (u16, Value) {
        self.json(self.ask(Method::POST, path))
    }

    fn submit(&self, key: &str, body: &[u8]) -> (u16, Value) {
        self.json(self.submission(key, body))
    }
}

fn kinds(gateway: &RunningGateway) -> Vec<String> {
    gateway
        .ledger()
        .events()
        .unwrap()
        .into_iter()
        .map(|event| event.kind)
        .collect()
}

#[test]
fn a_key_is_one_submission_whatever_is_sent_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, "1369999998");
    let file = claim();
    let (status, first) = station.submit("key-1", &file);
    assert_eq!((status, &first["id"]), (201, &json!("s-000001")), "{first}");
    assert_eq!(
        (&first["receipts"], &first["total"]),
        (&json!(2), &json!(32_960))
    );
    assert_eq!(
        first["counts"],
        json!({"normal": 1, "attention": 1, "rejected": 0})
    );
    let (status, again) = station.submit("key-1", &file);
    assert_eq!((status, again), (200, first));
    let (status, other) = station.submit("key-1", &changed("P0002", "P0003"));
    assert_eq!(
        (status, &other["code"]),
        (409, &json!("key-with-other-content"))
    );
    assert_eq!(kinds(&gateway), ["gateway.accepted", "gateway.repeated"]);
}

#[test]
fn a_station_does_not_see_anothers_submissions() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let (station, other) = (
        Station::new(&gateway, "1369999998"),
        Station::new(&gateway, OTHER),
    );
    station.submit("key-1", &claim());
    assert_eq!(other.get("submissions").1["submissions"], json!([]));
    for path in [
        "submissions/s-000001",
        "submissions/s-000001/findings",
        "submissions/s-000001/acknowledgement",
    ] {
        assert_eq!(
            (other.get(path).0, other.get(path).1["code"].clone()),
            (404, json!("not-found")),
            "{path}"
        );
    }
    assert_eq!(other.post("submissions/s-000001/withdraw").0, 404);
    // Its own key of the same name is its own; but the file is the other station's.
    assert_eq!(other.submit("key-1", &claim()).1["code"], "other-station");
}

#[test]
fn without_a_certificate_nobody_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let mut station = Station::new(&gateway, "1369999998");
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(gateway.ca_pem_path()).unwrap())
        .unwrap();
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_root_certificates(roots)
    .with_no_client_auth();
    station.http = reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .no_proxy()
        .build()
        .unwrap();
    assert!(
        station
            .text(station.ask(Method::GET, "submissions"))
            .is_none()
    );
}

#[test]
fn what_the_request_says_must_be_what_the_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, "1369999998");
    let code = |request: RequestBuilder| station.json(request).1["code"].clone();
    let file = claim();
    assert_eq!(
        code(station.submission("k", &changed("HM,1", "HM,2"))),
        "other-payer"
    );
    assert_eq!(
        code(station.submission("k", b"not a claim")),
        "not-a-claim-file"
    );
    assert_eq!(
        code(station.submission("k", &file).body("x")),
        "hash-differs"
    );
    assert_eq!(
        code(station.submission("k", &file).header("x-kind", "claim")),
        "bad-header"
    );
    assert_eq!(code(station.submission("", &file)), "bad-header");
    assert_eq!(code(station.ask(Method::POST, "submissions")), "bad-header");
    assert_eq!(
        code(station.ask(Method::POST, "submissions/x/confirm?errors=maybe")),
        "bad-query"
    );
    assert!(gateway.submissions().is_empty());
}

#[test]
fn a_submission_goes_from_checking_to_an_acknowledgement() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, "1369999998");
    let (_, submission) = station.submit("key/1", &claim());
    let id = submission["id"].as_str().unwrap().to_owned();
    let findings = station.get(&format!("submissions/{id}/findings")).1;
    assert!(
        findings["findings"]
            .as_array()
            .unwrap()
            .iter()
            .all(|finding| finding["basis"].is_string())
    );
    assert_eq!(
        station.get(&format!("submissions/{id}/acknowledgement")).1["code"],
        "acknowledgement-not-yet"
    );

    let (status, confirmed) = station.post(&format!("submissions/{id}/confirm?errors=include"));
    assert_eq!(
        (status, &confirmed["state"]),
        (200, &json!("confirmed")),
        "{confirmed}"
    );
    assert_eq!(
        station
            .post(&format!("submissions/{id}/confirm?errors=include"))
            .1,
        confirmed
    );
    assert_eq!(
        station
            .post(&format!("submissions/{id}/confirm?errors=exclude"))
            .1["code"],
        "confirmed-otherwise"
    );
    assert_eq!(
        station.post(&format!("submissions/{id}/withdraw")).1["code"],
        "confirmed"
    );

    let acknowledgement = station.get(&format!("submissions/{id}/acknowledgement")).1;
    assert_eq!(
        (&acknowledgement["receipts"], &acknowledgement["total"]),
        (&json!(2), &json!(32_960))
    );
    let request = station
        .ask(Method::GET, &format!("submissions/{id}/acknowledgement"))
        .header("accept", "text/csv");
    let (_, csv) = station.text(request).unwrap();
    assert!(
        csv.starts_with("受付番号,") && csv.contains(",1,2024-11,2,32960,"),
        "{csv}"
    );
    assert_eq!(kinds(&gateway), ["gateway.accepted", "gateway.confirmed"]);
    // Found again by its key, percent-encoded.
    let found = station.get("submissions?key=key%2F1").1;
    assert_eq!(found["submissions"][0]["id"], json!(id));
}

#[test]
fn a_file_that_cannot_be_taken_has_nothing_to_confirm_and_can_be_withdrawn() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, "1369999998");
    let mut file = claim();
    file.pop(); // No EOF: 受付不能 as a whole.
    let (_, submission) = station.submit("k", &file);
    assert_eq!(
        submission["counts"],
        json!({"normal": 0, "attention": 0, "rejected": 2})
    );
    assert_eq!(
        station
            .post("submissions/s-000001/confirm?errors=include")
            .1["code"],
        "nothing-to-confirm"
    );
    assert_eq!(
        station.post("submissions/s-000001/withdraw").1["state"],
        "withdrawn"
    );
    assert_eq!(station.post("submissions/s-000001/withdraw").0, 200);
    assert_eq!(kinds(&gateway), ["gateway.accepted", "gateway.withdrawn"]);
}

#[test]
fn a_trial_is_checked_and_never_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, "1369999998");
    let file = claim();
    let request = station
        .ask(Method::POST, "submissions")
        .header("idempotency-key", "t")
        .header("content-sha256", hex::encode(Sha256::digest(&file)))
        .header("x-payer", "1")
        .header("x-claim-month", "2024-11")
        .header("x-kind", "trial")
        .body(file);
    assert_eq!(station.json(request).0, 201);
    assert_eq!(
        station
            .post("submissions/s-000001/confirm?errors=include")
            .1["code"],
        "trial"
    );
}

#[test]
fn the_state_and_the_address_survive_a_restart_and_the_tenth_confirms_without_errors() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let url = gateway.url().to_owned();
    Station::new(&gateway, "1369999998").submit("key-1", &claim());
    gateway.stop();
    // As if killed between the submission and its ledger entry.
    std::fs::write(folder.path().join(Ledger::FILE_NAME), "").unwrap();

    let gateway = Gateway::start(folder.path(), options("2024-11-11T00:00:00+09:00")).unwrap();
    assert_eq!(gateway.url(), url);
    assert_eq!(
        gateway.ledger().events().unwrap()[0].detail["recovered"],
        true
    );
    let station = Station::new(&gateway, "1369999998");
    let (_, found) = station.get("submissions?key=key-1");
    let confirmation = &found["submissions"][0]["confirmation"];
    assert_eq!(
        (&confirmation["automatic"], &confirmation["receipts"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(confirmation["at"], "2024-11-11T00:00:00+09:00");
}

#[test]
fn a_cut_after_the_work_is_found_by_asking_and_a_cut_before_it_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, "1369999998");
    let file = claim();
    gateway.arm(Mischief::CutBefore).unwrap();
    assert!(station.text(station.submission("k", &file)).is_none());
    assert_eq!(station.get("submissions?key=k").1["submissions"], json!([]));
    gateway.arm(Mischief::AcceptThenCut).unwrap();
    assert!(station.text(station.submission("k", &file)).is_none());
    assert_eq!(
        station.get("submissions?key=k").1["submissions"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    gateway.arm(Mischief::ServerErrorOnce).unwrap();
    assert_eq!(
        station.post("submissions/s-000001/withdraw").1["code"],
        "simulated-error"
    );
    gateway.arm(Mischief::Slow).unwrap();
    assert_eq!(station.post("submissions/s-000001/withdraw").0, 200);
    assert_eq!(kinds(&gateway), ["gateway.accepted", "gateway.withdrawn"]);
}

#[test]
fn checking_takes_its_time_and_hours_are_kept_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let slow = GatewayOptions {
        checking: Duration::from_secs(60),
        calendar: true,
        ..options(DAY)
    };
    let gateway = Gateway::start(folder.path(), slow).unwrap();
    let station = Station::new(&gateway, "1369999998");
    let (_, submission) = station.submit("k", &claim());
    assert_eq!(submission["state"], "checking");
    assert_eq!(
        submission["counts"],
        json!({"normal": 0, "attention": 0, "rejected": 0})
    );
    assert_eq!(
        station.get("submissions/s-000001/findings").1["code"],
        "still-checking"
    );
    assert_eq!(
        station
            .post("submissions/s-000001/confirm?errors=include")
            .1["code"],
        "still-checking"
    );
    gateway.stop();
    let night = GatewayOptions {
        calendar: true,
        ..options("2024-11-07T23:00:00+09:00")
    };
    let gateway = Gateway::start(folder.path(), night).unwrap();
    let station = Station::new(&gateway, "1369999998");
    let (status, problem) = station.submit("k2", &claim());
    assert_eq!((status, &problem["code"]), (503, &json!("outside-hours")));
}

#[test]
fn a_return_comes_back_with_its_history() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let (station, other) = (
        Station::new(&gateway, "1369999998"),
        Station::new(&gateway, OTHER),
    );
    station.submit("k", &claim());
    assert!(
        gateway
            .return_receipt("s-000001", 1, "資格喪失後の受診")
            .is_err()
    );
    station.post("submissions/s-000001/confirm?errors=include");
    assert!(
        gateway
            .return_receipt("s-000001", 9, "資格喪失後の受診")
            .is_err()
    );
    let id = gateway
        .return_receipt("s-000001", 1, "資格喪失後の受診")
        .unwrap();
    let listed = station.get("returns").1;
    assert_eq!(listed["returns"][0]["id"], json!(id));
    let bytes = std::fs::read(
        folder
            .path()
            .join(format!("gateway/returns/1369999998/{id}.HEN")),
    )
    .unwrap();
    assert_eq!(
        listed["returns"][0]["sha256"],
        hex::encode(Sha256::digest(&bytes))
    );
    let (status, _) = station
        .text(station.ask(Method::GET, &format!("returns/{id}")))
        .unwrap();
    assert_eq!(status, 200);
    let file = receden::ClaimFile::parse(&bytes).unwrap();
    assert_eq!(file.kind(), receden::FileKind::Return);
    let receipt = file.receipt(0).unwrap();
    assert!(receipt.search_number().unwrap().is_some());
    assert_eq!(other.get("returns").1["returns"], json!([]));
}

#[test]
fn every_route_stands_in_the_openapi_document_and_no_other() {
    let mut documented = Vec::new();
    let mut path = "";
    let section = OPENAPI
        .split("\npaths:\n")
        .nth(1)
        .unwrap()
        .split("\ncomponents:\n")
        .next()
        .unwrap();
    for line in section.lines() {
        if let Some(name) = line.strip_prefix("  /") {
            path = name.trim_end_matches(':');
        } else if let Some(method) = line
            .strip_prefix("    ")
            .filter(|line| matches!(*line, "get:" | "post:"))
        {
            documented.push((method.trim_end_matches(':').to_owned(), format!("/{path}")));
        }
    }
    let routes: Vec<_> = ROUTES
        .map(|(method, path)| (method.to_owned(), path.to_owned()))
        .to_vec();
    assert_eq!(documented, routes);
}

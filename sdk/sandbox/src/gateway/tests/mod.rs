//! The gateway over real mutual TLS, as a client meets it.

mod calendar;
mod certificates;
mod comes_back;
mod faults;
mod filing;
mod load;
mod protocol;
mod year;

use super::*;
use jiff::Timestamp;
use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use reqwest::{Method, RequestBuilder};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

const OWN: &str = "1369999998";
const OTHER: &str = "1369999980";
const DAY: &str = "2024-11-07T10:00:00+09:00";

/// Two receipts: one in order, one whose insurer number has a wrong check digit (要確認).
fn claim() -> Vec<u8> {
    encoded(include_str!("../cases/november.txt").lines())
}

fn encoded<'l>(lines: impl Iterator<Item = &'l str>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines {
        bytes.extend(receden::repertoire::encode(line).unwrap());
        bytes.extend(b"\r\n");
    }
    bytes.push(receden::EOF);
    bytes
}

/// The same with one text changed.
fn changed(from: &str, to: &str) -> Vec<u8> {
    replaced(&claim(), from, to)
}

fn replaced(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = file
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .unwrap();
    [&file[..at], to.as_bytes(), &file[at + from.len()..]].concat()
}

/// So many receipts in order, of as many persons.
fn many(count: usize) -> Vec<u8> {
    encoded(lines_of(count).iter().map(String::as_str))
}

fn lines_of(count: usize) -> Vec<String> {
    let lines: Vec<&str> = include_str!("../cases/november.txt").lines().collect();
    let mut file = vec![lines[0].to_owned()];
    for number in 1..=count {
        for line in &lines[1..14] {
            let line = line
                .replace("RE,1,", &format!("RE,{number},"))
                .replace("P0001", &format!("P{number:04}"));
            file.push(line);
        }
    }
    file.push("GO".to_owned());
    file
}

/// A clock that the test turns.
#[derive(Clone)]
struct Turned(Arc<AtomicI64>);

impl Turned {
    fn at(moment: &str) -> Self {
        let clock = Self(Arc::default());
        clock.turn(moment);
        clock
    }

    fn turn(&self, moment: &str) {
        let moment: Timestamp = moment.parse().unwrap();
        self.0.store(moment.as_second(), Ordering::SeqCst);
    }

    fn clock(&self) -> Clock {
        let own = self.0.clone();
        Arc::new(move || Timestamp::from_second(own.load(Ordering::SeqCst)).unwrap())
    }
}

fn options(moment: &str) -> GatewayOptions {
    turned(&Turned::at(moment))
}

fn turned(clock: &Turned) -> GatewayOptions {
    GatewayOptions {
        clock: clock.clock(),
        institutions: vec![OWN.into(), OTHER.into()],
        quick_keys: true,
        slow: Duration::from_millis(50),
        ..GatewayOptions::default()
    }
}

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
        Self::with(gateway, &gateway.client_p12_path_of(institution))
    }

    /// With the certificate of a PKCS#12 file.
    fn with(gateway: &RunningGateway, container: &Path) -> Self {
        let container = std::fs::read(container).unwrap();
        let store = KeyStore::from_pkcs12(
            &container,
            gateway.client_password(),
            Pkcs12ImportPolicy::Strict,
        )
        .unwrap();
        let (_, chain) = store.private_key_chain().unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(chain.key().as_der().to_vec()));
        let leaf = CertificateDer::from(chain.certs()[0].as_der().to_vec());
        Self::speaking(gateway, |config| {
            config.with_client_auth_cert(vec![leaf], key).unwrap()
        })
    }

    fn speaking(
        gateway: &RunningGateway,
        identity: impl FnOnce(
            rustls::ConfigBuilder<rustls::ClientConfig, rustls::client::WantsClientCert>,
        ) -> rustls::ClientConfig,
    ) -> Self {
        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(gateway.ca_pem_path()).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(identity(config))
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
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
        self.handing(key, body, "2024-11", "claim")
    }

    fn handing(&self, key: &str, body: &[u8], month: &str, kind: &str) -> RequestBuilder {
        self.ask(Method::POST, "submissions")
            .header("idempotency-key", key)
            .header("content-sha256", hex::encode(Sha256::digest(body)))
            .header("x-payer", "1")
            .header("x-claim-month", month)
            .header("x-kind", kind)
            .body(body.to_vec())
    }

    fn text(&self, request: RequestBuilder) -> Option<(u16, String)> {
        self.runtime.block_on(async {
            let response = request.send().await.ok()?;
            Some((response.status().as_u16(), response.text().await.ok()?))
        })
    }

    fn bytes(&self, path: &str) -> Vec<u8> {
        self.runtime.block_on(async {
            let response = self.ask(Method::GET, path).send().await.unwrap();
            assert_eq!(response.status(), 200, "{path}");
            response.bytes().await.unwrap().to_vec()
        })
    }

    /// One header of an answer.
    fn header(&self, request: RequestBuilder, name: &str) -> Option<String> {
        self.runtime.block_on(async {
            let response = request.send().await.unwrap();
            Some(response.headers().get(name)?.to_str().unwrap().to_owned())
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

    fn take_down(&self, id: &str, body: &Value) -> (u16, Value) {
        let path = format!("submissions/{id}/take-down");
        self.json(self.ask(Method::POST, &path).body(body.to_string()))
    }
}

fn kinds(gateway: &RunningGateway) -> Vec<String> {
    let events = gateway.ledger().events().unwrap();
    events.into_iter().map(|event| event.kind).collect()
}

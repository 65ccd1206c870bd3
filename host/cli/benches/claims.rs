//! The claim week, timed: `cargo bench -p reseplug-cli --bench claims`.
//!
//! First one station-month of 300 receipts, from the product's document to 請求確定: approve, send,
//! confirm through the program's library, its plugins loaded. The reference, measured in the same
//! run, is a bare TLS client that makes the same requests of the same gateway with a file of the same
//! size: what is left above it is the program's own.
//!
//! Then 200 stations at once in claim week, with plain TLS clients: hand in, status, findings, confirm,
//! acknowledgement, each station all five in a row. Nothing is asserted about time.
//!
//! How many cores there were is printed first. To hold it to two, the gateway and the stations
//! together, on Linux: `taskset -c 0,1 cargo bench -p reseplug-cli --bench claims`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark fails loudly and prints"
)]

use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use reqwest::{Method, RequestBuilder};
use reseplug::accept::{Answers, PaperEvidence};
use reseplug::{ApproveRequest, Channel, CheckRequest, Ended, Host, HostOptions, SendRequest};
use reseplug_model::Month;
use reseplug_sandbox::gateway::{Gateway, GatewayOptions, RunningGateway};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

const RECEIPTS: usize = 300;
const STATIONS: usize = 200;
const OWN: &str = "1369999998";
const BARE: &str = "1369999980";
const WHO: &str = "架空 花子";

/// A claim file of so many receipts; the station code is part of the institution code.
fn file_of(institution: &str, month: Month, receipts: usize) -> Vec<u8> {
    let (claim, service) = (month.compact(), month.previous().unwrap().compact());
    let mut lines = vec![format!(
        "HM,1,13,6,{},みほん訪問看護ステーション,{claim},03-0000-0000",
        &institution[3..]
    )];
    for number in 1..=receipts {
        let blank = ",".repeat(26);
        lines.extend([
            format!(
                "RE,{number},6112,{service},青空　花子,アオゾラハナコ,2,19680412,,,,,,P{number:04},"
            ),
            "HO,01130012,１２３４,５６７８,2,18770,,,,,,".to_owned(),
            "SN,1,01,,,,00,,".to_owned(),
            format!("JD,1,1,1{}", ",".repeat(29)),
            format!("MF,00,{}", ",".repeat(30)),
            format!("IH,13,1,9999998,ことり診療所,医師　一男,{service}01"),
            format!("HJ,01,{service}01,{claim}28"),
            "JS,移動に一部介助が必要。,03,,,".to_owned(),
            "SY,8833421,,,".to_owned(),
            format!("RJ,20240610,01{blank}"),
            format!("KA,{service}01,1,510000110,,5550,03,01,01"),
            format!("KA,{service}01,1,550000410,,7670,,,"),
            format!("KA,{service}02,1,510000110,,5550,03,01,01"),
        ]);
    }
    lines.push("GO".to_owned());
    let mut bytes = Vec::new();
    for line in lines {
        bytes.extend(receden::repertoire::encode(&line).unwrap());
        bytes.extend(b"\r\n");
    }
    bytes.push(receden::EOF);
    bytes
}

/// A plain client of a station.
struct Client {
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
    url: String,
}

impl Client {
    fn new(gateway: &RunningGateway, institution: &str) -> Self {
        let container = fs::read(gateway.client_p12_path_of(institution)).unwrap();
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
        let authority = CertificateDer::from_pem_file(gateway.ca_pem_path()).unwrap();
        roots.add(authority).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![leaf], key)
            .unwrap();
        Self {
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            http: reqwest::Client::builder()
                .tls_backend_preconfigured(config)
                .no_proxy()
                .build()
                .unwrap(),
            url: gateway.url().to_owned(),
        }
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    fn answer(&self, request: RequestBuilder) -> Value {
        self.runtime.block_on(async {
            let answer = request.send().await.unwrap();
            assert!(answer.status().is_success(), "{}", answer.status());
            serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
        })
    }

    fn get(&self, path: &str) -> Value {
        self.answer(self.ask(Method::GET, path))
    }

    fn hand_in(&self, key: &str, month: Month, body: &[u8]) -> String {
        let request = self
            .ask(Method::POST, "submissions")
            .header("idempotency-key", key)
            .header("content-sha256", hex::encode(Sha256::digest(body)))
            .header("x-payer", "1")
            .header("x-claim-month", month.to_string())
            .header("x-kind", "claim")
            .body(body.to_vec());
        self.answer(request)["id"].as_str().unwrap().to_owned()
    }
}

fn station_file(gateway: &RunningGateway) -> String {
    let rules: String = [
        ("POST", "submissions", "keyed\", key_header = \"idempotency-key"),
        ("GET", "submissions", "safe"),
        ("GET", "submissions/*", "safe"),
        ("GET", "submissions/*/file", "safe"),
        ("GET", "submissions/*/findings", "safe"),
        ("POST", "submissions/*/confirm", "never"),
    ]
    .map(|(method, path, repeat)| {
        format!("[[endpoints.gateway.allow]]\nmethod = \"{method}\"\npath = \"{path}\"\nrepeat = \"{repeat}\"\n")
            .replace("\", key_header = \"", "\"\nkey_header = \"")
    })
    .concat();
    let plugins: String = [
        ("uke-adapter", ""),
        ("basic-checker", ""),
        ("claims-gateway", "\"https:gateway\""),
    ]
    .map(|(id, capability)| {
        format!(
            "[plugins.{id}]\nfile = \"builtin:{id}\"\n[plugins.{id}.approved]\ndigest = \"builtin\"\n\
             by = \"{WHO}\"\nat = \"2024-10-01T09:00:00+09:00\"\ncapabilities = [{capability}]\n"
        )
    })
    .concat();
    format!(
        "[station]\ncode = \"{}\"\nprefecture = \"13\"\nname = \"みほん訪問看護ステーション\"\n\
         phone = \"03-0000-0000\"\ninstitution_code = \"{OWN}\"\n[store]\npath = \"store\"\n\
         [product]\nadapter = \"uke-adapter\"\nmonth = [\"RECEIPTH.UKE\"]\n\
         [connectors]\ngateway = \"claims-gateway\"\ncheckers = [\"basic-checker\"]\n\
         [claims]\nhours = \"ignore\"\n{plugins}\
         [endpoints.gateway]\nurl = \"{}\"\nidentity = \"station\"\nroots = \"{}\"\n\
         tls_floor = \"1.3\"\naddresses = [\"127.0.0.0/8\"]\n{rules}\
         [identities.station]\nfile = \"station\"\n",
        &OWN[3..],
        gateway.url(),
        gateway.ca_pem_path().display()
    )
}

fn done<T>(ended: Ended<T>) -> T {
    match ended {
        Ended::Done(value) => value,
        Ended::Waiting { job, until } => unreachable!("{job} waits until {until}"),
        Ended::Parked { job, reason } => unreachable!("{job} is parked: {reason}"),
    }
}

/// What each step of a station-month took.
fn by_the_program(host: &Host, home: &Path, month: Month) -> [Duration; 3] {
    let document = home.join("RECEIPTH.UKE");
    fs::write(&document, file_of(OWN, month, RECEIPTS)).unwrap();
    let began = Instant::now();
    let approval = host.approve(&ApproveRequest {
        job: None,
        check: CheckRequest {
            claim_month: Some(month),
            ..CheckRequest::default()
        },
        answers: Answers {
            by: WHO.to_owned(),
            file_all: Some(PaperEvidence {
                reason: "書面で確認した".to_owned(),
                seen: "資格確認書".to_owned(),
            }),
            ..Answers::default()
        },
        dry_run: false,
    });
    let approved = began.elapsed();
    assert_eq!(done(approval.unwrap()).report.receipts.len(), RECEIPTS);
    let began = Instant::now();
    let sent = host.send(&SendRequest {
        claim_month: month,
        channel: Channel::Gateway,
        trial: false,
        payer: None,
        by: WHO.to_owned(),
        again: None,
        dry_run: false,
    });
    for one in sent.unwrap() {
        done(one.ended.unwrap());
    }
    let handed_in = began.elapsed();
    let began = Instant::now();
    for one in host
        .confirm(month, reseplug::Sendings::default(), true, WHO, false)
        .unwrap()
    {
        assert_eq!(done(one.ended.unwrap()).state, "confirmed");
    }
    [approved, handed_in, began.elapsed()]
}

/// The same requests as the program makes, by a bare client.
fn bare(client: &Client, month: Month) -> Duration {
    let file = file_of(BARE, month, RECEIPTS);
    let key = format!("{BARE}/{month}");
    let began = Instant::now();
    client.get(&format!("submissions?claim_month={month}"));
    let id = client.hand_in(&key, month, &file);
    client.get(&format!("submissions?key={}", key.replace('/', "%2F")));
    client.get(&format!("submissions/{id}"));
    client.get(&format!("submissions/{id}/findings"));
    let confirm = format!("submissions/{id}/confirm?errors=include");
    client.answer(client.ask(Method::POST, &confirm));
    began.elapsed()
}

fn station_month(folder: &Path) {
    let options = GatewayOptions {
        institutions: vec![OWN.to_owned(), BARE.to_owned()],
        quick_keys: true,
        ..GatewayOptions::default()
    };
    let gateway = Gateway::start(&folder.join("gateway"), options).unwrap();
    let home = folder.join("station");
    fs::create_dir_all(&home).unwrap();
    let config = home.join("station.toml");
    fs::write(&config, station_file(&gateway)).unwrap();
    let options = HostOptions {
        builtin: reseplug_cli::SHIPPED,
        ..HostOptions::default()
    };
    let host = Host::open(&config, options).unwrap();
    let container = fs::read(gateway.client_p12_path_of(OWN)).unwrap();
    let identities = host.doors().identities().unwrap();
    identities
        .import("station", &container, gateway.client_password())
        .unwrap();
    let client = Client::new(&gateway, BARE);
    let mut month = Month::parse("2024-11").unwrap();
    // The first month loads the plugins and opens the connection.
    let _ = (by_the_program(&host, &home, month), bare(&client, month));
    let mut runs = Vec::new();
    for _ in 0..5 {
        month = month.next().unwrap();
        runs.push((by_the_program(&host, &home, month), bare(&client, month)));
    }
    runs.sort_by_key(|(steps, _)| steps.iter().sum::<Duration>());
    let reference = runs.iter().map(|(_, bare)| *bare).min().unwrap();
    println!(
        "one station-month, {RECEIPTS} receipts, best and worst of {}",
        runs.len()
    );
    println!("bare client (reference)  {:8.1} ms", ms(reference));
    for (steps, bare) in [&runs[0], &runs[runs.len() - 1]] {
        let all: Duration = steps.iter().sum();
        println!(
            "approve + send + confirm {:8.1} ms  {:5.1} x reference  {:8.1} ms besides the gateway  \
             ({:.1} + {:.1} + {:.1})",
            ms(all),
            ms(all) / ms(reference),
            ms(all.saturating_sub(*bare)),
            ms(steps[0]),
            ms(steps[1]),
            ms(steps[2])
        );
    }
    gateway.stop();
}

fn claim_week(folder: &Path) {
    let institutions: Vec<String> = (0..STATIONS).map(|n| format!("136{n:07}")).collect();
    let options = GatewayOptions {
        institutions: institutions.clone(),
        quick_keys: true,
        ..GatewayOptions::default()
    };
    let gateway = Gateway::start(&folder.join("week"), options).unwrap();
    let month = Month::parse("2024-11").unwrap();
    let ready: Vec<(Client, Vec<u8>)> = institutions
        .iter()
        .map(|own| (Client::new(&gateway, own), file_of(own, month, 100)))
        .collect();
    let start = Barrier::new(STATIONS + 1);
    let mut took: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    let mut all = Duration::ZERO;
    std::thread::scope(|scope| {
        let stations: Vec<_> = ready
            .iter()
            .map(|(client, file)| scope.spawn(|| at_once(client, month, file, &start)))
            .collect();
        start.wait();
        let began = Instant::now();
        for station in stations {
            for (what, time) in station.join().unwrap() {
                took.entry(what).or_default().push(time);
            }
        }
        all = began.elapsed();
    });
    let requests: usize = took.values().map(Vec::len).sum();
    println!(
        "{STATIONS} stations at once, 100 receipts each: {:.2} s, {:.0} requests a second",
        all.as_secs_f64(),
        requests as f64 / all.as_secs_f64()
    );
    for (what, mut times) in took {
        times.sort();
        let at = |percent: usize| ms(times[(times.len() - 1) * percent / 100]);
        println!(
            "{what:16} p50 {:8.1}  p90 {:8.1}  p99 {:8.1}  max {:8.1} ms",
            at(50),
            at(90),
            at(99),
            at(100)
        );
    }
    assert_eq!(gateway.filed_receipts().len(), STATIONS * 100);
    gateway.stop();
}

fn at_once(
    client: &Client,
    month: Month,
    file: &[u8],
    start: &Barrier,
) -> Vec<(&'static str, Duration)> {
    let mut times = Vec::new();
    let mut timed = |what, work: &dyn Fn() -> String| {
        let began = Instant::now();
        let answer = work();
        times.push((what, began.elapsed()));
        answer
    };
    start.wait();
    let id = timed("hand in", &|| client.hand_in("k", month, file));
    let path = format!("submissions/{id}");
    let nothing = |_: Value| String::new();
    timed("status", &|| nothing(client.get(&path)));
    timed("findings", &|| {
        nothing(client.get(&format!("{path}/findings")))
    });
    timed("confirm", &|| {
        let confirm = format!("{path}/confirm?errors=include");
        nothing(client.answer(client.ask(Method::POST, &confirm)))
    });
    timed("acknowledgement", &|| {
        nothing(client.get(&format!("{path}/acknowledgement")))
    });
    times
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn main() {
    // What this process may run on, as `taskset` leaves it; not what the machine has.
    match std::thread::available_parallelism() {
        Ok(cores) => println!("cores available: {cores}"),
        Err(error) => println!("cores available: unknown ({error})"),
    }
    let folder = tempfile::tempdir().unwrap();
    station_month(folder.path());
    claim_week(folder.path());
}

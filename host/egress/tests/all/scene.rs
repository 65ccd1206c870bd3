//! A station with an identity, a server with a certificate, and the bindings between them.

use crate::server::{self, Server, Then};
use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use reseplug_effect::{HttpRequest, HttpResponse};
use reseplug_egress::{Bindings, Egress, SendError};
use reseplug_identity::IdentityStore;
use reseplug_policy::{
    AddressRange, AddressRule, BaseUrl, EndpointBinding, EndpointRule, HeaderName, Method, Name,
    PathPattern, Repeat, TlsFloor,
};
use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;

pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, name);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn der(&self) -> &[u8] {
        self.0.der()
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for these names, and its key.
    pub(crate) fn issue(&self, names: &[&str], until: i32) -> (Vec<u8>, KeyPair) {
        self.issue_for(names, until, &rcgen::PKCS_ECDSA_P256_SHA256)
    }

    pub(crate) fn issue_for(
        &self,
        names: &[&str],
        until: i32,
        algorithm: &'static rcgen::SignatureAlgorithm,
    ) -> (Vec<u8>, KeyPair) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "1369999998");
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let key = KeyPair::generate_for(algorithm).unwrap();
        (params.signed_by(&key, &self.0).unwrap().der().to_vec(), key)
    }
}

/// Everything a test may want different.
pub(crate) struct Scene {
    pub(crate) folder: TempDir,
    pub(crate) authority: Authority,
    pub(crate) server: Server,
    pub(crate) store: Arc<IdentityStore>,
    pub(crate) binding: EndpointBinding,
}

pub(crate) fn server_config(
    authority: &Authority,
    names: &[&str],
    until: i32,
) -> rustls::ServerConfig {
    let (certificate, key) = authority.issue(names, until);
    server::config(
        certificate,
        key.serialize_der(),
        Some(authority.der()),
        rustls::ALL_VERSIONS,
    )
}

impl Scene {
    /// mTLS as it should be; the server does `then`.
    pub(crate) fn new(then: Then) -> Self {
        let authority = Authority::new("架空認証局");
        let config = server_config(&authority, &["127.0.0.1", "localhost"], 2099);
        Self::with(authority, server::start(config, then))
    }

    pub(crate) fn with(authority: Authority, server: Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        let store = Arc::new(IdentityStore::open(&folder.path().join("identities")).unwrap());
        let (certificate, key) = authority.issue(&[], 2099);
        store
            .import("station-file", &p12(&certificate, &key), "p")
            .unwrap();
        let binding = EndpointBinding {
            name: name("gateway"),
            url: BaseUrl::parse(&format!("https://{}/v1/", server.address)).unwrap(),
            identity: Some(name("station")),
            roots: "ca.pem".into(),
            tls_floor: TlsFloor::Tls13,
            addresses: AddressRule::Within(vec![AddressRange::parse("127.0.0.0/8").unwrap()]),
            timeout: Duration::from_secs(20),
            max_request_bytes: 1000,
            max_response_bytes: 1000,
            allow: vec![
                rule(
                    Method::Post,
                    "submissions",
                    Repeat::Keyed {
                        header: HeaderName::parse("idempotency-key").unwrap(),
                    },
                ),
                rule(Method::Get, "submissions/*", Repeat::Safe),
                rule(Method::Post, "submissions/*/withdraw", Repeat::Never),
            ],
        };
        Self {
            folder,
            authority,
            server,
            store,
            binding,
        }
    }

    pub(crate) fn egress(&self) -> Egress {
        Egress::new(
            bindings(self.folder.path(), self.binding.clone()),
            self.store.clone(),
        )
        .unwrap()
    }

    pub(crate) fn send(&self, request: &HttpRequest) -> Result<HttpResponse, SendError> {
        self.egress().send("gateway", request)
    }

    /// The code of a request that was not sent.
    pub(crate) fn not_sent(&self, request: &HttpRequest) -> String {
        match self.send(request) {
            Err(SendError::NotSent(fault)) => {
                assert!(!fault.message_ja.is_empty() && !fault.message_en.is_empty());
                fault.code
            }
            other => panic!("{other:?}"),
        }
    }

    /// The code of a request whose outcome is unknown.
    pub(crate) fn unknown(&self, request: &HttpRequest) -> String {
        match self.send(request) {
            Err(SendError::Unknown(fault)) => {
                assert_eq!(fault.retry, reseplug_effect::RetryAdvice::AskFirst);
                fault.code
            }
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) fn bindings(folder: &Path, binding: EndpointBinding) -> Bindings {
    Bindings::new(
        folder,
        [binding],
        BTreeMap::from([(name("station"), name("station-file"))]),
    )
}

pub(crate) fn p12(certificate: &[u8], key: &KeyPair) -> Vec<u8> {
    let mut keystore = KeyStore::new();
    let chain = PrivateKeyChain::new(
        "station".to_owned(),
        PrivateKey::from_der(key.serialized_der()).unwrap(),
        [Certificate::from_der(certificate).unwrap()],
    );
    keystore.add_entry("station", KeyStoreEntry::PrivateKeyChain(chain));
    keystore
        .writer("p")
        .encryption_iterations(2048)
        .mac_iterations(2048)
        .write()
        .unwrap()
}

fn rule(method: Method, path: &str, repeat: Repeat) -> EndpointRule {
    EndpointRule {
        method,
        path: PathPattern::parse(path).unwrap(),
        repeat,
    }
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) fn get(path: &str) -> HttpRequest {
    HttpRequest {
        method: "GET".into(),
        path: path.into(),
        headers: Vec::new(),
        body: Vec::new().into(),
    }
}

pub(crate) fn post(path: &str, headers: &[(&str, &str)], body: &[u8]) -> HttpRequest {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    HttpRequest {
        method: "POST".into(),
        path: path.into(),
        headers,
        body: body.into(),
    }
}

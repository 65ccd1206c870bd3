//! Who is talked to, and as whom.

use crate::{
    scene::{Authority, Scene, bindings, get, p12, server_config},
    server::{self, Then},
};
use reseplug_effect::RetryAdvice;
use reseplug_egress::{Egress, SendError};
use reseplug_identity::{ActiveIdentity, Facts, IdentityError, KeyHolder};
use reseplug_policy::{BaseUrl, TlsFloor};
use rustls::{
    SignatureAlgorithm, SignatureScheme,
    sign::{CertifiedKey, Signer, SigningKey},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::sync::Arc;

#[test]
fn the_stations_certificate_is_presented_in_a_real_handshake() {
    let scene = Scene::new(Then::ok("done"));
    let response = scene.send(&get("submissions/1?x=1")).unwrap();
    assert_eq!(
        (response.status, response.body.as_slice()),
        (200, &b"done"[..])
    );
    assert!(response.headers.contains(&("x-seen".into(), "yes".into())));
    let key = scene.store.certified_key("station-file").unwrap();
    assert_eq!(
        scene.server.seen.certificates.lock().unwrap()[0].as_deref(),
        Some(key.cert[0].as_ref())
    );
    assert_eq!(
        scene.server.seen.versions.lock().unwrap()[0],
        rustls::ProtocolVersion::TLSv1_3
    );
    let requests = scene.server.seen.requests.lock().unwrap();
    assert!(
        requests[0].starts_with("GET /v1/submissions/1?x=1 HTTP/1.1\r\n"),
        "{}",
        requests[0]
    );
}

#[test]
fn a_request_may_be_made_from_inside_a_runtime() {
    let scene = Scene::new(Then::ok(""));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async { scene.send(&get("submissions/1")).unwrap() });
}

#[test]
fn a_server_of_another_authority_is_refused() {
    // Also one that calls itself the same.
    for other in ["別の認証局", "架空認証局"] {
        let scene = Scene::new(Then::ok(""));
        let ca = scene.folder.path().join("ca.pem");
        std::fs::write(ca, Authority::new(other).pem()).unwrap();
        let code = scene.not_sent(&get("submissions/1"));
        assert_eq!(code, "egress/unknown-ca", "{other}");
        assert!(scene.server.seen.requests.lock().unwrap().is_empty());
    }
}

#[test]
fn a_server_certificate_that_has_expired_or_is_anothers_is_refused() {
    for (names, until, code) in [
        (
            &["127.0.0.1"][..],
            2021,
            "egress/server-certificate-expired",
        ),
        (&["other.example"], 2099, "egress/wrong-name"),
    ] {
        let authority = Authority::new("架空認証局");
        let config = server_config(&authority, names, until);
        let scene = Scene::with(authority, server::start(config, Then::ok("")));
        assert_eq!(scene.not_sent(&get("submissions/1")), code);
    }
}

#[test]
fn a_missing_client_certificate_is_told_from_a_refused_one() {
    let mut scene = Scene::new(Then::ok(""));
    scene.binding.identity = None;
    assert_eq!(
        scene.not_sent(&get("submissions/1")),
        "egress/client-certificate-missing"
    );

    let scene = Scene::new(Then::ok(""));
    scene.store.remove("station-file", 1).unwrap();
    assert_eq!(scene.not_sent(&get("submissions/1")), "identity/not-found");
    let (certificate, key) = Authority::new("別の認証局").issue(&[], 2099);
    scene
        .store
        .import("station-file", &p12(&certificate, &key), "p")
        .unwrap();
    assert_eq!(
        scene.not_sent(&get("submissions/1")),
        "egress/client-certificate-refused"
    );
    assert!(scene.server.seen.requests.lock().unwrap().is_empty());
}

#[test]
fn a_renewed_certificate_is_used_from_the_next_request_on() {
    let scene = Scene::new(Then::ok(""));
    let egress = scene.egress();
    egress.send("gateway", &get("submissions/1")).unwrap();
    let (certificate, key) = scene.authority.issue(&[], 2098);
    scene
        .store
        .import("station-file", &p12(&certificate, &key), "p")
        .unwrap();
    egress.send("gateway", &get("submissions/1")).unwrap();
    assert_eq!(
        scene.server.seen.certificates.lock().unwrap()[1].as_deref(),
        Some(&certificate[..])
    );
    let identity = egress.destination("gateway").unwrap().identity.unwrap();
    assert_eq!(identity.generation, 2);
}

#[test]
fn addresses_outside_the_binding_are_not_connected_to() {
    let mut scene = Scene::new(Then::ok(""));
    scene.binding.addresses = reseplug_policy::AddressRule::Public;
    assert_eq!(
        scene.not_sent(&get("submissions/1")),
        "egress/address-refused"
    );
    // The same behind a name.
    let port = scene.server.address.port();
    scene.binding.url = BaseUrl::parse(&format!("https://localhost:{port}/v1/")).unwrap();
    assert_eq!(
        scene.not_sent(&get("submissions/1")),
        "egress/address-refused"
    );
    assert_eq!(scene.server.seen.connections(), 0);
}

#[test]
fn a_missing_or_empty_roots_file_is_said_before_connecting() {
    let scene = Scene::new(Then::ok(""));
    for content in [
        "",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        std::fs::write(scene.folder.path().join("ca.pem"), content).unwrap();
        assert_eq!(scene.not_sent(&get("submissions/1")), "egress/roots");
    }
    assert_eq!(scene.server.seen.connections(), 0);
}

/// A key such as old key stores hold: RSA with PKCS#1 v1.5 signatures only.
#[derive(Debug)]
struct OldKey(Arc<dyn SigningKey>);

impl SigningKey for OldKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let scheme = SignatureScheme::RSA_PKCS1_SHA256;
        offered
            .contains(&scheme)
            .then(|| self.0.choose_scheme(&[scheme]))
            .flatten()
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

struct OldKeyHolder {
    facts: Facts,
    key: Arc<CertifiedKey>,
}

impl KeyHolder for OldKeyHolder {
    fn active(&self, _name: &str) -> Result<ActiveIdentity, IdentityError> {
        Ok(ActiveIdentity {
            facts: self.facts.clone(),
            key: self.key.clone(),
        })
    }

    fn active_facts(&self, _name: &str) -> Result<Facts, IdentityError> {
        Ok(self.facts.clone())
    }
}

#[test]
fn a_key_without_pss_is_refused_before_connecting_where_tls13_is_required_and_capped_where_not() {
    let mut scene = Scene::new(Then::ok("old"));
    let (certificate, key) = scene
        .authority
        .issue_for(&[], 2099, &rcgen::PKCS_RSA_SHA256);
    let facts = scene
        .store
        .import("station-file", &p12(&certificate, &key), "p")
        .unwrap();
    let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let inner = rustls::crypto::aws_lc_rs::sign::any_supported_type(&der).unwrap();
    let key = CertifiedKey::new(
        vec![CertificateDer::from(certificate)],
        Arc::new(OldKey(inner)),
    );
    let holder = Arc::new(OldKeyHolder {
        facts: Facts {
            tls13: false,
            ..facts
        },
        key: Arc::new(key),
    });

    let egress = Egress::new(
        bindings(scene.folder.path(), scene.binding.clone()),
        holder.clone(),
    )
    .unwrap();
    let Err(SendError::NotSent(fault)) = egress.send("gateway", &get("submissions/1")) else {
        panic!()
    };
    assert_eq!(
        (fault.code.as_str(), fault.retry),
        ("egress/key-cannot-tls13", RetryAdvice::Never)
    );
    assert_eq!(scene.server.seen.connections(), 0);

    scene.binding.tls_floor = TlsFloor::Tls12;
    let egress = Egress::new(bindings(scene.folder.path(), scene.binding.clone()), holder).unwrap();
    assert_eq!(
        egress
            .send("gateway", &get("submissions/1"))
            .unwrap()
            .status,
        200
    );
    assert_eq!(
        scene.server.seen.versions.lock().unwrap()[0],
        rustls::ProtocolVersion::TLSv1_2
    );
}

#[test]
fn a_server_below_the_tls_floor_is_refused() {
    let authority = Authority::new("架空認証局");
    let (certificate, key) = authority.issue(&["127.0.0.1"], 2099);
    let config = server::config(
        certificate,
        key.serialize_der(),
        None,
        &[&rustls::version::TLS12],
    );
    let scene = Scene::with(authority, server::start(config, Then::ok("")));
    assert_eq!(scene.not_sent(&get("submissions/1")), "egress/tls");
}

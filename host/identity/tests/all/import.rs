//! What is let in, and how each refusal is told.

use crate::fixtures::{PASSWORD, Spec, entry, good_p12, issue, p12, p12_by, store};
use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStoreEntry, MacAlgorithm, PrivateKey, PrivateKeyChain,
};
use reseplug_identity::KeyHolder;

fn refusal(bytes: &[u8], password: &str) -> &'static str {
    let folder = tempfile::tempdir().unwrap();
    let error = store(folder.path())
        .import("station", bytes, password)
        .unwrap_err();
    let fault = error.fault();
    assert!(!fault.message_ja.is_empty() && fault.message_en == error.to_string());
    assert!(
        store(folder.path()).list().unwrap().is_empty(),
        "a refused container leaves nothing behind"
    );
    error.code()
}

#[test]
fn a_sound_container_answers_with_its_facts() {
    let folder = tempfile::tempdir().unwrap();
    let facts = store(folder.path())
        .import("station", &good_p12(), PASSWORD)
        .unwrap();
    assert_eq!(facts.subject, "CN=1369999998,O=Hidamari\\, Ltd.,C=JP");
    assert!(facts.issuer.contains("架空認証局"), "{}", facts.issuer);
    assert_eq!(facts.thumbprint.len(), 64);
    assert_eq!(facts.days_left, 909);
    assert_eq!(
        (facts.generation, facts.active, facts.tls13),
        (1, true, true)
    );
    assert_eq!(facts.schemes, ["ECDSA_NISTP256_SHA256"]);
}

#[test]
fn every_kind_of_key_that_tls_uses_is_probed() {
    for (algorithm, strongest) in [
        (&rcgen::PKCS_ECDSA_P256_SHA256, "ECDSA_NISTP256_SHA256"),
        (&rcgen::PKCS_ECDSA_P384_SHA384, "ECDSA_NISTP384_SHA384"),
        (&rcgen::PKCS_ED25519, "ED25519"),
        (&rcgen::PKCS_RSA_SHA256, "RSA_PSS_SHA256"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let bytes = p12(vec![(
            "station",
            entry(&issue(&Spec {
                algorithm,
                ..Spec::default()
            })),
        )]);
        let facts = store(folder.path())
            .import("station", &bytes, PASSWORD)
            .unwrap();
        assert_eq!(facts.schemes.first().map(String::as_str), Some(strongest));
    }
}

#[test]
fn old_and_new_protection_are_read() {
    let issued = issue(&Spec::default());
    for encryption in [
        EncryptionAlgorithm::PbeWithHmacSha256AndAes256,
        EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc,
        EncryptionAlgorithm::PbeWithShaAnd40BitRc4Cbc,
    ] {
        for mac in [
            MacAlgorithm::HmacSha1,
            MacAlgorithm::HmacSha256,
            MacAlgorithm::HmacSha512,
        ] {
            let folder = tempfile::tempdir().unwrap();
            let bytes = p12_by(vec![("station", entry(&issued))], encryption, mac);
            store(folder.path())
                .import("station", &bytes, PASSWORD)
                .unwrap();
        }
    }
}

#[test]
fn a_wrong_password_is_told_from_a_damaged_file() {
    assert_eq!(refusal(&good_p12(), "wrong"), "identity/wrong-password");
    assert_eq!(
        refusal(b"-----BEGIN CERTIFICATE-----", PASSWORD),
        "identity/not-pkcs12"
    );
    assert_eq!(refusal(b"", PASSWORD), "identity/not-pkcs12");
    let mut cut = good_p12();
    cut.truncate(cut.len() / 2);
    assert_eq!(refusal(&cut, PASSWORD), "identity/not-pkcs12");
}

#[test]
fn exactly_one_key_is_taken() {
    let issued = issue(&Spec::default());
    let only_certificate =
        KeyStoreEntry::Certificate(Certificate::from_der(&issued.certificate).unwrap());
    assert_eq!(
        refusal(&p12(vec![("station", only_certificate)]), PASSWORD),
        "identity/no-key"
    );
    let two = p12(vec![
        ("a", entry(&issued)),
        ("b", entry(&issue(&Spec::default()))),
    ]);
    assert_eq!(refusal(&two, PASSWORD), "identity/several-keys");
}

#[test]
fn a_certificate_of_another_key_is_refused() {
    let (one, other) = (issue(&Spec::default()), issue(&Spec::default()));
    let key = PrivateKey::from_der(one.key.serialized_der()).unwrap();
    let chain = PrivateKeyChain::new(
        "x".to_owned(),
        key,
        [Certificate::from_der(&other.certificate).unwrap()],
    );
    let bytes = p12(vec![("station", KeyStoreEntry::PrivateKeyChain(chain))]);
    assert_eq!(
        refusal(&bytes, PASSWORD),
        "identity/no-matching-certificate"
    );
}

#[test]
fn a_certificate_outside_its_days_is_refused() {
    let expired = issue(&Spec {
        from: (2021, 4, 1),
        to: (2024, 10, 1),
        ..Spec::default()
    });
    assert_eq!(
        refusal(&p12(vec![("station", entry(&expired))]), PASSWORD),
        "identity/expired"
    );
    let early = issue(&Spec {
        from: (2024, 11, 1),
        to: (2027, 10, 1),
        ..Spec::default()
    });
    assert_eq!(
        refusal(&p12(vec![("station", entry(&early))]), PASSWORD),
        "identity/not-yet-valid"
    );
}

#[test]
fn the_chain_offered_begins_with_the_station_and_leaves_out_the_root() {
    let folder = tempfile::tempdir().unwrap();
    let issued = issue(&Spec::default());
    let store = store(folder.path());
    store
        .import("station", &p12(vec![("station", entry(&issued))]), PASSWORD)
        .unwrap();
    let key = store.active("station").unwrap().key;
    assert_eq!(key.cert.len(), 1);
    assert_eq!(key.cert[0].as_ref(), issued.certificate);
    key.keys_match().unwrap();
}

#[test]
fn a_name_that_could_leave_the_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["", "../x", "Station", "a/b", "-a", "a.b", &"a".repeat(65)] {
        let error = store(folder.path())
            .import(name, &good_p12(), PASSWORD)
            .unwrap_err();
        assert_eq!(error.code(), "identity/bad-name", "{name}");
    }
}

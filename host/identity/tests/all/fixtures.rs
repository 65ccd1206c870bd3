//! Containers made on the spot: fictional, and never the same twice.

use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey,
    PrivateKeyChain,
};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    SignatureAlgorithm,
};
use reseplug_effect::Clock;
use reseplug_identity::{FileSealer, IdentityStore};
use std::{path::Path, sync::Arc};

/// With a character outside ASCII: a notice may well have one.
pub(crate) const PASSWORD: &str = "合言葉-7x";

/// The day on which the tests happen.
pub(crate) const TODAY: &str = "2024-10-03T09:12:00+09:00";

#[derive(Clone, Copy)]
pub(crate) struct At(pub(crate) &'static str);

impl Clock for At {
    fn now(&self) -> jiff::Timestamp {
        self.0.parse().unwrap()
    }
}

pub(crate) fn store_at(folder: &Path, now: &'static str) -> IdentityStore {
    IdentityStore::open_with(
        folder,
        Box::new(FileSealer::in_folder(folder)),
        Arc::new(At(now)),
    )
    .unwrap()
}

pub(crate) fn store(folder: &Path) -> IdentityStore {
    store_at(folder, TODAY)
}

pub(crate) struct Issued {
    pub(crate) key: KeyPair,
    pub(crate) certificate: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
}

pub(crate) struct Spec {
    pub(crate) algorithm: &'static SignatureAlgorithm,
    pub(crate) from: (i32, u8, u8),
    pub(crate) to: (i32, u8, u8),
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            algorithm: &rcgen::PKCS_ECDSA_P256_SHA256,
            from: (2024, 4, 1),
            to: (2027, 4, 1),
        }
    }
}

pub(crate) fn issue(spec: &Spec) -> Issued {
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    ca.distinguished_name.push(DnType::CommonName, "架空認証局");
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();

    let key = KeyPair::generate_for(spec.algorithm).unwrap();
    let mut leaf = CertificateParams::new(Vec::new()).unwrap();
    leaf.distinguished_name = rcgen::DistinguishedName::new();
    leaf.distinguished_name.push(DnType::CountryName, "JP");
    leaf.distinguished_name
        .push(DnType::OrganizationName, "Hidamari, Ltd.");
    leaf.distinguished_name
        .push(DnType::CommonName, "1369999998");
    leaf.not_before = rcgen::date_time_ymd(spec.from.0, spec.from.1, spec.from.2);
    leaf.not_after = rcgen::date_time_ymd(spec.to.0, spec.to.1, spec.to.2);
    let certificate = leaf.signed_by(&key, &ca).unwrap().der().to_vec();
    Issued {
        key,
        certificate,
        issuer: ca.der().to_vec(),
    }
}

pub(crate) fn entry(issued: &Issued) -> KeyStoreEntry {
    let key = PrivateKey::from_der(issued.key.serialized_der()).unwrap();
    let certs =
        [&issued.certificate, &issued.issuer].map(|der| Certificate::from_der(der).unwrap());
    KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new("station".to_owned(), key, certs))
}

pub(crate) fn p12(entries: Vec<(&str, KeyStoreEntry)>) -> Vec<u8> {
    p12_by(
        entries,
        EncryptionAlgorithm::PbeWithHmacSha256AndAes256,
        MacAlgorithm::HmacSha256,
    )
}

pub(crate) fn p12_by(
    entries: Vec<(&str, KeyStoreEntry)>,
    encryption: EncryptionAlgorithm,
    mac: MacAlgorithm,
) -> Vec<u8> {
    let mut keystore = KeyStore::new();
    for (alias, entry) in entries {
        keystore.add_entry(alias, entry);
    }
    keystore
        .writer(PASSWORD)
        .encryption_algorithm(encryption)
        .encryption_iterations(2048)
        .mac_algorithm(mac)
        .mac_iterations(2048)
        .write()
        .unwrap()
}

pub(crate) fn good_p12() -> Vec<u8> {
    p12(vec![("station", entry(&issue(&Spec::default())))])
}

//! The test authority and its certificates, made once in the sandbox folder and kept.
//!
//! Everything here is fictional and worth nothing: the authority's key lies in the folder.

use super::{GatewayError, GatewayOptions, io_error, state::write_whole};
use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::{RootCertStore, ServerConfig, server::WebPkiClientVerifier};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

pub(super) const CA_PEM: &str = "ca.pem";
const CA_KEY: &str = "ca.key.pem";
const SERVER_PEM: &str = "server.pem";
const SERVER_KEY: &str = "server.key.pem";

/// Wide, so that a rehearsal may turn its clock.
const FROM: (i32, u8, u8) = (2020, 1, 1);
const UNTIL: (i32, u8, u8) = (2045, 1, 1);

/// File name of a station's container.
pub(super) fn client_p12(institution: &str) -> String {
    format!("client-{institution}.p12")
}

pub(super) struct Pki {
    folder: PathBuf,
}

fn failed(error: impl std::fmt::Display) -> GatewayError {
    GatewayError::Certificates(error.to_string())
}

impl Pki {
    /// Opens the folder, making what is missing.
    pub(super) fn open(folder: &Path, options: &GatewayOptions) -> Result<Self, GatewayError> {
        fs::create_dir_all(folder).map_err(io_error("create", folder.display()))?;
        let pki = Self {
            folder: folder.to_owned(),
        };
        if !pki.path(CA_PEM).exists() {
            pki.make_authority()?;
        }
        if !pki.path(SERVER_PEM).exists() {
            pki.make_server()?;
        }
        for institution in &options.institutions {
            if institution.len() != 10 || !institution.bytes().all(|b| b.is_ascii_digit()) {
                return Err(GatewayError::Institution(institution.clone()));
            }
            if !pki.path(&client_p12(institution)).exists() {
                pki.make_client(institution, &options.client_password)?;
            }
        }
        Ok(pki)
    }

    /// TLS with a client certificate of this authority, or none.
    pub(super) fn server_config(&self) -> Result<ServerConfig, GatewayError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        let authority =
            CertificateDer::from_pem_slice(self.read(CA_PEM)?.as_bytes()).map_err(failed)?;
        roots.add(authority).map_err(failed)?;
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
                .build()
                .map_err(failed)?;
        let certificate =
            CertificateDer::from_pem_slice(self.read(SERVER_PEM)?.as_bytes()).map_err(failed)?;
        let key =
            PrivateKeyDer::from_pem_slice(self.read(SERVER_KEY)?.as_bytes()).map_err(failed)?;
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![certificate], key)
            .map_err(failed)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn read(&self, name: &str) -> Result<String, GatewayError> {
        let path = self.path(name);
        fs::read_to_string(&path).map_err(io_error("read", path.display()))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), GatewayError> {
        write_whole(&self.path(name), bytes)
    }

    /// The certificate is written last: where it lies, its key does.
    fn make_authority(&self) -> Result<(), GatewayError> {
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = authority()?.self_signed(&key).map_err(failed)?;
        self.write(CA_KEY, key.serialize_pem().as_bytes())?;
        self.write(CA_PEM, certificate.pem().as_bytes())
    }

    fn issuer(&self) -> Result<Issuer<'static, KeyPair>, GatewayError> {
        let key = KeyPair::from_pem(&self.read(CA_KEY)?).map_err(failed)?;
        Ok(Issuer::new(authority()?, key))
    }

    fn make_server(&self) -> Result<(), GatewayError> {
        let mut params = named("reseplug sandbox gateway (SIMULATED)")?;
        for name in ["localhost", "127.0.0.1"] {
            let name = match name.parse() {
                Ok(address) => rcgen::SanType::IpAddress(address),
                Err(_) => rcgen::SanType::DnsName(name.try_into().map_err(failed)?),
            };
            params.subject_alt_names.push(name);
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = params.signed_by(&key, &self.issuer()?).map_err(failed)?;
        self.write(SERVER_KEY, key.serialize_pem().as_bytes())?;
        self.write(SERVER_PEM, certificate.pem().as_bytes())
    }

    /// RSA, as the stations' real certificates are assumed to be (grade: unconfirmed).
    fn make_client(&self, institution: &str, password: &str) -> Result<(), GatewayError> {
        let mut params = named(institution)?;
        params
            .distinguished_name
            .push(DnType::OrganizationalUnitName, "SIMULATED");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).map_err(failed)?;
        let certificate = params.signed_by(&key, &self.issuer()?).map_err(failed)?;
        let authority =
            CertificateDer::from_pem_slice(self.read(CA_PEM)?.as_bytes()).map_err(failed)?;
        let certificates = [certificate.der().as_ref(), authority.as_ref()]
            .into_iter()
            .map(Certificate::from_der)
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?;
        let key = PrivateKey::from_der(key.serialized_der()).map_err(failed)?;
        let mut keystore = KeyStore::new();
        let chain = PrivateKeyChain::new(institution.to_owned(), key, certificates);
        keystore.add_entry(institution, KeyStoreEntry::PrivateKeyChain(chain));
        let container = keystore.writer(password).write().map_err(failed)?;
        self.write(&client_p12(institution), &container)
    }
}

fn authority() -> Result<CertificateParams, GatewayError> {
    let mut params = named("reseplug sandbox CA (SIMULATED)")?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn named(common_name: &str) -> Result<CertificateParams, GatewayError> {
    let mut params = CertificateParams::new(Vec::new()).map_err(failed)?;
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params
        .distinguished_name
        .push(DnType::OrganizationName, "reseplug sandbox");
    params.not_before = rcgen::date_time_ymd(FROM.0, FROM.1, FROM.2);
    params.not_after = rcgen::date_time_ymd(UNTIL.0, UNTIL.1, UNTIL.2);
    Ok(params)
}

/// The institution code in a client certificate's subject: a common name of 10 digits.
pub(super) fn institution_of(certificate: &[u8]) -> Option<String> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let name = certificate
        .subject()
        .iter_common_name()
        .next()?
        .as_str()
        .ok()?;
    (name.len() == 10 && name.bytes().all(|b| b.is_ascii_digit())).then(|| name.to_owned())
}

//! The test authority and its certificates, made once in the sandbox folder and kept.
//!
//! Everything here is fictional and worth nothing: the authority's key lies in the folder.

use super::{GatewayError, GatewayOptions, certificates, io_error, store::write_whole};
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
/// Another authority, which the gateway does not know.
const STRANGER_PEM: &str = "stranger-ca.pem";
const STRANGER_KEY: &str = "stranger-ca.key.pem";

/// Wide, so that a rehearsal may turn its clock.
const FROM: Day = (2020, 1, 1);
const UNTIL: Day = (2045, 1, 1);

/// File name of a station's container.
pub(super) fn client_p12(institution: &str) -> String {
    format!("{}.p12", client(institution))
}

fn client(institution: &str) -> String {
    format!("client-{institution}")
}

/// Validity: year, month, day.
type Day = (i32, u8, u8);

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
            pki.make_authority(CA_PEM, CA_KEY)?;
        }
        if !pki.path(SERVER_PEM).exists() {
            pki.make_server()?;
        }
        for institution in &options.institutions {
            if institution.len() != 10 || !institution.bytes().all(|b| b.is_ascii_digit()) {
                return Err(GatewayError::Institution(institution.clone()));
            }
            if !pki.path(&client_p12(institution)).exists() {
                pki.issue(institution, options)?;
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

    pub(super) fn path(&self, name: &str) -> PathBuf {
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
    fn make_authority(&self, name: &str, key_name: &str) -> Result<(), GatewayError> {
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = authority()?.self_signed(&key).map_err(failed)?;
        self.write(key_name, key.serialize_pem().as_bytes())?;
        self.write(name, certificate.pem().as_bytes())
    }

    fn issuer(&self, key: &str) -> Result<Issuer<'static, KeyPair>, GatewayError> {
        let key = KeyPair::from_pem(&self.read(key)?).map_err(failed)?;
        Ok(Issuer::new(authority()?, key))
    }

    /// Issues a station's certificate, in the place of the one it had.
    pub(super) fn issue(
        &self,
        institution: &str,
        options: &GatewayOptions,
    ) -> Result<(), GatewayError> {
        self.issue_until(institution, options, UNTIL)
    }

    /// The same, with the day on which it ends.
    pub(super) fn issue_until(
        &self,
        institution: &str,
        options: &GatewayOptions,
        until: Day,
    ) -> Result<(), GatewayError> {
        let file = client(institution);
        self.make_client(institution, &file, (CA_PEM, CA_KEY), until, options)
    }

    /// A certificate of a station that ended long ago.
    pub(super) fn expired(
        &self,
        institution: &str,
        options: &GatewayOptions,
    ) -> Result<PathBuf, GatewayError> {
        let file = format!("expired-{institution}");
        self.once(&file, |file| {
            self.make_client(institution, file, (CA_PEM, CA_KEY), (2021, 1, 1), options)
        })
    }

    /// A certificate of a station by an authority that the gateway does not know.
    pub(super) fn stranger(
        &self,
        institution: &str,
        options: &GatewayOptions,
    ) -> Result<PathBuf, GatewayError> {
        if !self.path(STRANGER_PEM).exists() {
            self.make_authority(STRANGER_PEM, STRANGER_KEY)?;
        }
        let (file, by) = (
            format!("stranger-{institution}"),
            (STRANGER_PEM, STRANGER_KEY),
        );
        self.once(&file, |file| {
            self.make_client(institution, file, by, UNTIL, options)
        })
    }

    fn once(
        &self,
        file: &str,
        make: impl FnOnce(&str) -> Result<(), GatewayError>,
    ) -> Result<PathBuf, GatewayError> {
        let path = self.path(&format!("{file}.p12"));
        if !path.exists() {
            make(file)?;
        }
        Ok(path)
    }

    /// Fingerprint of the certificate that a station has now.
    pub(super) fn fingerprint(&self, institution: &str) -> Result<String, GatewayError> {
        let pem = self.read(&format!("{}.pem", client(institution)))?;
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(failed)?;
        Ok(certificates::fingerprint(&certificate))
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
        let certificate = params
            .signed_by(&key, &self.issuer(CA_KEY)?)
            .map_err(failed)?;
        self.write(SERVER_KEY, key.serialize_pem().as_bytes())?;
        self.write(SERVER_PEM, certificate.pem().as_bytes())
    }

    /// RSA, as the stations' real certificates are assumed to be (grade: unconfirmed), unless quick
    /// ones are asked for.
    fn make_client(
        &self,
        institution: &str,
        file: &str,
        (by, by_key): (&str, &str),
        until: Day,
        options: &GatewayOptions,
    ) -> Result<(), GatewayError> {
        let mut params = named(institution)?;
        params
            .distinguished_name
            .push(DnType::OrganizationalUnitName, "SIMULATED");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.not_after = rcgen::date_time_ymd(until.0, until.1, until.2);
        let key = if options.quick_keys {
            KeyPair::generate()
        } else {
            KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256)
        }
        .map_err(failed)?;
        let certificate = params
            .signed_by(&key, &self.issuer(by_key)?)
            .map_err(failed)?;
        let authority =
            CertificateDer::from_pem_slice(self.read(by)?.as_bytes()).map_err(failed)?;
        let certificates = [certificate.der().as_ref(), authority.as_ref()]
            .into_iter()
            .map(Certificate::from_der)
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?;
        let key = PrivateKey::from_der(key.serialized_der()).map_err(failed)?;
        let mut keystore = KeyStore::new();
        let chain = PrivateKeyChain::new(institution.to_owned(), key, certificates);
        keystore.add_entry(institution, KeyStoreEntry::PrivateKeyChain(chain));
        let container = keystore
            .writer(&options.client_password)
            .write()
            .map_err(failed)?;
        self.write(&format!("{file}.pem"), certificate.pem().as_bytes())?;
        self.write(&format!("{file}.p12"), &container)
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

//! The TLS configuration of one endpoint as one identity.

use crate::{classify::floor, fault};
use reseplug_effect::Fault;
use reseplug_identity::{ActiveIdentity, Facts};
use reseplug_policy::{EndpointBinding, TlsFloor};
use rustls::{
    ClientConfig, RootCertStore, SignatureScheme, SupportedProtocolVersion,
    client::{ResolvesClientCert, Resumption},
    sign::CertifiedKey,
};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

static ONLY_13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];
static ONLY_12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
static BOTH: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];

/// The versions to offer. A key that cannot sign under TLS 1.3 caps the connection at 1.2
/// where the binding allows that, and is refused before connecting where it does not.
pub(crate) fn versions(
    binding: &EndpointBinding,
    identity: Option<&Facts>,
) -> Result<&'static [&'static SupportedProtocolVersion], Fault> {
    match (binding.tls_floor, identity) {
        (TlsFloor::Tls13, Some(facts)) if !facts.tls13 => {
            Err(fault::cannot_tls13(binding, &facts.subject))
        }
        (TlsFloor::Tls12, Some(facts)) if !facts.tls13 => Ok(ONLY_12),
        (TlsFloor::Tls13, _) => Ok(ONLY_13),
        (TlsFloor::Tls12, _) => Ok(BOTH),
    }
}

/// Builds the configuration: the provider is named, the roots are the binding's alone, no
/// session is resumed.
pub(crate) fn config(
    binding: &EndpointBinding,
    roots: &Path,
    identity: Option<&ActiveIdentity>,
    client: Arc<ClientCertificate>,
) -> Result<ClientConfig, Fault> {
    let versions = versions(binding, identity.map(|identity| &identity.facts))?;
    let mut config = ClientConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_protocol_versions(versions)
    .map_err(|e| fault::internal(&e.to_string()))?
    .with_root_certificates(read_roots(binding, roots)?)
    .with_client_cert_resolver(client);
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn read_roots(binding: &EndpointBinding, path: &Path) -> Result<RootCertStore, Fault> {
    let refuse = |detail: String| fault::roots(binding, path, &detail);
    let mut store = RootCertStore::empty();
    let pem = std::fs::read(path).map_err(|e| refuse(e.to_string()))?;
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|e| refuse(e.to_string()))?;
        store.add(certificate).map_err(|e| refuse(e.to_string()))?;
    }
    if store.is_empty() {
        return Err(refuse("no certificate in it".into()));
    }
    Ok(store)
}

/// Presents the identity, and remembers what the other side asked for: when a handshake fails,
/// this tells a missing certificate from a refused one.
#[derive(Debug)]
pub(crate) struct ClientCertificate {
    key: Option<Arc<CertifiedKey>>,
    asked: AtomicBool,
    cannot_sign: AtomicBool,
}

impl ClientCertificate {
    pub(crate) fn new(key: Option<Arc<CertifiedKey>>) -> Self {
        Self {
            key,
            asked: AtomicBool::new(false),
            cannot_sign: AtomicBool::new(false),
        }
    }

    /// Why this side had nothing to present, when that is so.
    pub(crate) fn explains(&self, binding: &EndpointBinding) -> Option<Fault> {
        let name = &binding.name;
        if self.key.is_none() && self.asked.load(Ordering::Relaxed) {
            return Some(Fault::new(
                "egress/client-certificate-missing",
                format!(
                    "接続先「{name}」はクライアント証明書を求めていますが、設定されていません。station.toml の [endpoints.{name}] に identity を書いてください。処理はされていません。"
                ),
                format!(
                    "`{name}` asks for a client certificate and none is bound; set identity in [endpoints.{name}]. Nothing was done"
                ),
            ));
        }
        self.cannot_sign.load(Ordering::Relaxed).then(|| {
            Fault::new(
                "egress/client-certificate-unusable",
                format!("接続先「{name}」が受け付ける署名方式を、こちらの証明書の鍵は作れません（TLS {}以上）。処理はされていません。", floor(binding)),
                format!("the key of this station's certificate makes none of the signatures `{name}` accepts (TLS {} or newer). Nothing was done", floor(binding)),
            )
        })
    }
}

impl ResolvesClientCert for ClientCertificate {
    fn resolve(&self, _roots: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        let key = self.key.as_ref()?;
        if key.key.choose_scheme(schemes).is_none() {
            self.cannot_sign.store(true, Ordering::Relaxed);
        }
        Some(key.clone())
    }

    /// Also without a key: rustls asks only those that claim to have one, and the question is
    /// what must be remembered.
    fn has_certs(&self) -> bool {
        true
    }
}

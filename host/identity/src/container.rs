//! PKCS#12 containers: every key and certificate is looked at before one is taken.

use crate::IdentityError;
use p12_keystore::{Pkcs12Archive, error::Error as P12Error};
use rustls::sign::SigningKey;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::sync::Arc;
use x509_parser::asn1_rs::{Any, FromDer};
use zeroize::Zeroizing;

/// A container that passed: one key, its certificate first, then the issuers found beside it.
pub(crate) struct Opened {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// PKCS#8.
    pub(crate) key: Zeroizing<Vec<u8>>,
    pub(crate) signing: Arc<dyn SigningKey>,
}

/// Opens a container. `p12-keystore` keeps its own copy of the decrypted key until it is
/// dropped and does not wipe it; ours is wiped.
pub(crate) fn open(bytes: &[u8], password: &str) -> Result<Opened, IdentityError> {
    if !has_mac(bytes)? {
        return Err(IdentityError::NoMac);
    }
    let archive = Pkcs12Archive::from_pkcs12(bytes, password).map_err(refused)?;
    let bag = match archive.keys.as_slice() {
        [] => return Err(IdentityError::NoKey),
        [one] => one,
        several => {
            return Err(IdentityError::SeveralKeys {
                count: several.len(),
            });
        }
    };
    let key = Zeroizing::new(bag.key.as_der().to_vec());
    let signing = signing_key(&key)?;
    let certificates: Vec<&[u8]> = archive.certs.iter().map(|bag| bag.cert.as_der()).collect();
    let chain = chain_of(signing.as_ref(), &certificates)?;
    Ok(Opened {
        chain,
        key,
        signing,
    })
}

/// A signing key from PKCS#8 bytes, by aws-lc-rs whatever provider the process has installed.
pub(crate) fn signing_key(pkcs8: &[u8]) -> Result<Arc<dyn SigningKey>, IdentityError> {
    let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8));
    rustls::crypto::aws_lc_rs::sign::any_supported_type(&der).map_err(|e| {
        IdentityError::KeyUnsupported {
            detail: e.to_string(),
        }
    })
}

/// `PFX ::= SEQUENCE { version, authSafe, macData OPTIONAL }` (RFC 7292 §4).
fn has_mac(bytes: &[u8]) -> Result<bool, IdentityError> {
    let not_pkcs12 = |detail: String| IdentityError::NotPkcs12 { detail };
    let (_, pfx) = Any::from_der(bytes).map_err(|e| not_pkcs12(e.to_string()))?;
    let mut rest = pfx.data;
    let mut parts = 0_usize;
    while !rest.is_empty() {
        let (after, _) = Any::from_der(rest).map_err(|e| not_pkcs12(e.to_string()))?;
        rest = after;
        parts = parts.saturating_add(1);
    }
    match parts {
        2 => Ok(false),
        3 => Ok(true),
        _ => Err(not_pkcs12(format!("{parts} parts where 2 or 3 belong"))),
    }
}

fn refused(error: P12Error) -> IdentityError {
    let detail = error.to_string();
    match error {
        P12Error::MacError(_) => IdentityError::WrongPassword,
        P12Error::UnsupportedEncryptionScheme
        | P12Error::UnsupportedMacAlgorithm
        | P12Error::Pkcs5Error(_)
        | P12Error::InvalidParameters => IdentityError::UnsupportedProtection { detail },
        P12Error::InvalidPrivateKey => IdentityError::KeyUnsupported { detail },
        P12Error::UnsupportedCertificateType | P12Error::X509Error(_) => {
            IdentityError::BadCertificate { detail }
        }
        _ => IdentityError::NotPkcs12 { detail },
    }
}

/// The certificate of the key, then issuer after issuer as far as the container holds them.
/// A self-signed root is left out: the other side has its own. Certificates that belong to
/// neither are left out, too: nobody asked for them to be sent.
fn chain_of(
    key: &dyn SigningKey,
    certificates: &[&[u8]],
) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
    let mut parsed = Vec::with_capacity(certificates.len());
    for der in certificates {
        let (_, certificate) = x509_parser::parse_x509_certificate(der).map_err(|e| {
            IdentityError::BadCertificate {
                detail: e.to_string(),
            }
        })?;
        parsed.push((*der, certificate));
    }
    let spki = key
        .public_key()
        .ok_or_else(|| IdentityError::KeyUnsupported {
            detail: "it has no public part".into(),
        })?;
    let leaf = parsed
        .iter()
        .find(|(_, certificate)| certificate.public_key().raw == spki.as_ref())
        .ok_or(IdentityError::NoMatchingCertificate)?;

    let mut chain = vec![CertificateDer::from(leaf.0.to_vec())];
    let mut current = &leaf.1;
    // Bounded by the number of certificates, so a circle of issuers ends.
    for _ in 0..parsed.len() {
        let issuer = current.issuer().as_raw();
        let Some((der, certificate)) = parsed.iter().find(|(_, candidate)| {
            candidate.subject().as_raw() == issuer && candidate.issuer().as_raw() != issuer
        }) else {
            break;
        };
        chain.push(CertificateDer::from(der.to_vec()));
        current = certificate;
    }
    Ok(chain)
}

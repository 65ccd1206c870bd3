//! What a key can really sign, found out when it is imported and never at the first handshake.
//!
//! An RSA key that cannot do PSS makes rustls offer no certificate under TLS 1.3, and the only
//! symptom is the other side's alert. So each scheme is tried: sign a message, verify it under
//! the certificate. Only proven schemes are offered afterwards.

use crate::IdentityError;
use rustls::{
    SignatureAlgorithm, SignatureScheme,
    sign::{Signer, SigningKey},
};
use rustls_pki_types::SubjectPublicKeyInfoDer;
use std::sync::Arc;

/// Schemes worth trying, in the order they are preferred in a handshake.
const CANDIDATES: [SignatureScheme; 10] = [
    SignatureScheme::ECDSA_NISTP256_SHA256,
    SignatureScheme::ECDSA_NISTP384_SHA384,
    SignatureScheme::ECDSA_NISTP521_SHA512,
    SignatureScheme::ED25519,
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PSS_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
];

const MESSAGE: &[u8] = b"reseplug: may this key sign a TLS handshake?";

/// Signs and verifies under every candidate; the proven ones.
pub(crate) fn proven_schemes(
    key: &dyn SigningKey,
    leaf: &[u8],
) -> Result<Vec<SignatureScheme>, IdentityError> {
    let (_, certificate) =
        x509_parser::parse_x509_certificate(leaf).map_err(|e| IdentityError::BadCertificate {
            detail: e.to_string(),
        })?;
    let public_key = certificate.public_key().subject_public_key.data.as_ref();
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let proven: Vec<SignatureScheme> = CANDIDATES
        .into_iter()
        .filter(|scheme| {
            let Some(signer) = key.choose_scheme(&[*scheme]) else {
                return false;
            };
            let Ok(signature) = signer.sign(MESSAGE) else {
                return false;
            };
            provider
                .signature_verification_algorithms
                .mapping
                .iter()
                .filter(|(known, _)| known == scheme)
                .flat_map(|(_, algorithms)| algorithms.iter())
                .any(|algorithm| {
                    algorithm
                        .verify_signature(public_key, MESSAGE, &signature)
                        .is_ok()
                })
        })
        .collect();
    if proven.is_empty() {
        return Err(IdentityError::KeyUnsupported {
            detail: format!(
                "{:?}: no signature it made could be verified",
                key.algorithm()
            ),
        });
    }
    Ok(proven)
}

/// Whether TLS 1.3 may use the scheme for client authentication (RFC 8446 §4.2.3: PKCS#1 v1.5
/// is for certificates only).
pub(crate) fn usable_in_tls13(scheme: SignatureScheme) -> bool {
    matches!(
        scheme,
        SignatureScheme::RSA_PSS_SHA256
            | SignatureScheme::RSA_PSS_SHA384
            | SignatureScheme::RSA_PSS_SHA512
            | SignatureScheme::ECDSA_NISTP256_SHA256
            | SignatureScheme::ECDSA_NISTP384_SHA384
            | SignatureScheme::ECDSA_NISTP521_SHA512
            | SignatureScheme::ED25519
    )
}

/// A key that offers what it has proven and nothing else.
#[derive(Debug)]
pub(crate) struct ProvenKey {
    pub(crate) inner: Arc<dyn SigningKey>,
    pub(crate) schemes: Vec<SignatureScheme>,
}

impl SigningKey for ProvenKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let scheme = self
            .schemes
            .iter()
            .find(|scheme| offered.contains(scheme))?;
        self.inner.choose_scheme(&[*scheme])
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        self.inner.public_key()
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.inner.algorithm()
    }
}

//! What may be known of an identity.

use crate::{IdentityError, dn::rfc4514, expiry::days_between};
use jiff::Timestamp;
use reseplug_effect::{IdentityFacts, jst};
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

/// What people and plugins may know of a certificate. No key, no container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// Name in the store.
    pub name: String,
    /// 1 for the first certificate of that name, one more for each renewal.
    pub generation: u32,
    /// Whether connections use this one now.
    pub active: bool,
    /// Subject, RFC 4514 text.
    pub subject: String,
    /// Issuer, RFC 4514 text.
    pub issuer: String,
    /// First moment of validity.
    #[serde(serialize_with = "in_japan")]
    pub not_before: Timestamp,
    /// Last moment of validity.
    #[serde(serialize_with = "in_japan")]
    pub not_after: Timestamp,
    /// SHA-256 of the certificate, lower-case hexadecimal.
    pub thumbprint: String,
    /// Whole days of validity left; negative when it has ended.
    pub days_left: i64,
    /// TLS signature schemes the key has proven at import, strongest first.
    pub schemes: Vec<String>,
    /// Whether the key can authenticate under TLS 1.3.
    pub tls13: bool,
    /// When it was imported.
    #[serde(serialize_with = "in_japan")]
    pub imported_at: Timestamp,
}

fn in_japan<S: Serializer>(moment: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&jst(*moment))
}

impl From<&Facts> for IdentityFacts {
    fn from(facts: &Facts) -> Self {
        Self {
            subject: facts.subject.clone(),
            issuer: facts.issuer.clone(),
            not_before: jst(facts.not_before),
            not_after: jst(facts.not_after),
            thumbprint: facts.thumbprint.clone(),
        }
    }
}

/// What the certificate itself says.
pub(crate) struct CertificateFacts {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    pub(crate) thumbprint: String,
}

impl CertificateFacts {
    pub(crate) fn read(der: &[u8]) -> Result<Self, IdentityError> {
        let bad = |detail: String| IdentityError::BadCertificate { detail };
        let (_, certificate) =
            x509_parser::parse_x509_certificate(der).map_err(|e| bad(e.to_string()))?;
        let moment = |seconds: i64| Timestamp::from_second(seconds).map_err(|e| bad(e.to_string()));
        let validity = certificate.validity();
        Ok(Self {
            subject: rfc4514(certificate.subject()),
            issuer: rfc4514(certificate.issuer()),
            not_before: moment(validity.not_before.timestamp())?,
            not_after: moment(validity.not_after.timestamp())?,
            thumbprint: hex::encode(Sha256::digest(der)),
        })
    }

    /// Whether the certificate holds at `now`.
    pub(crate) fn check_validity(&self, now: Timestamp) -> Result<(), IdentityError> {
        if now > self.not_after {
            return Err(IdentityError::Expired {
                subject: self.subject.clone(),
                not_after: jst(self.not_after),
            });
        }
        if now < self.not_before {
            return Err(IdentityError::NotYetValid {
                subject: self.subject.clone(),
                not_before: jst(self.not_before),
            });
        }
        Ok(())
    }

    pub(crate) fn days_left(&self, now: Timestamp) -> i64 {
        days_between(now, self.not_after)
    }
}

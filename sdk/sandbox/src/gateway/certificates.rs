//! What a client certificate says, and which ones are no longer honoured.

use super::{GatewayError, io_error, store::write_whole};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Client {
    /// A common name of 10 digits.
    pub(super) institution: String,
    /// SHA-256 of the certificate, lower-case hexadecimal.
    pub(super) fingerprint: String,
    /// `notAfter`.
    pub(super) until: Timestamp,
}

/// Reads a client certificate; nothing where it is no station's.
pub(super) fn client(certificate: &[u8]) -> Option<Client> {
    let fingerprint = fingerprint(certificate);
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let name = certificate
        .subject()
        .iter_common_name()
        .next()?
        .as_str()
        .ok()?;
    let until = Timestamp::from_second(certificate.validity().not_after.timestamp()).ok()?;
    let good = name.len() == 10 && name.bytes().all(|b| b.is_ascii_digit());
    good.then(|| Client {
        institution: name.to_owned(),
        fingerprint,
        until,
    })
}

pub(super) fn fingerprint(certificate: &[u8]) -> String {
    hex::encode(Sha256::digest(certificate))
}

/// Revoked certificates: `revoked.json` of the gateway's folder, fingerprints in a list. It is read
/// at each request, so that another process may revoke in the middle of the week.
pub(super) struct Revoked {
    path: PathBuf,
    lock: Mutex<()>,
}

impl Revoked {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            path: folder.join("revoked.json"),
            lock: Mutex::new(()),
        }
    }

    pub(super) fn holds(&self, fingerprint: &str) -> Result<bool, GatewayError> {
        Ok(self.read()?.contains(fingerprint))
    }

    pub(super) fn add(&self, fingerprint: String) -> Result<(), GatewayError> {
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = self.read()?;
        all.insert(fingerprint);
        let bytes = serde_json::to_vec(&all).map_err(|e| self.damaged(&e))?;
        write_whole(&self.path, &bytes)
    }

    fn read(&self) -> Result<BTreeSet<String>, GatewayError> {
        match fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| self.damaged(&e)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(e) => Err(io_error("read", self.path.display())(e)),
        }
    }

    fn damaged(&self, error: &serde_json::Error) -> GatewayError {
        GatewayError::Damaged {
            file: self.path.display().to_string(),
            detail: error.to_string(),
        }
    }
}

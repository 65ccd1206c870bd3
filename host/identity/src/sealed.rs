//! The sealed file: what it holds and how it is closed.
//!
//! `RSPLID1\n`, 24 bytes nonce, then XChaCha20-Poly1305 of the payload. The name and generation
//! are the associated data, so a file renamed to another identity does not open.
//! Payload, numbers big-endian: seconds of import (i64), number of schemes (u16) and the
//! schemes (u16 each), then blobs of u32 length: the key (PKCS#8) and the certificates.

use crate::{IdentityError, MasterKey, probe::usable_in_tls13};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use rustls::SignatureScheme;
use rustls_pki_types::CertificateDer;
use zeroize::Zeroizing;

const MAGIC: &[u8] = b"RSPLID1\n";
const NONCE: usize = 24;

/// What a sealed file holds.
pub(crate) struct Content {
    /// Unix seconds.
    pub(crate) imported_at: i64,
    pub(crate) schemes: Vec<SignatureScheme>,
    /// PKCS#8.
    pub(crate) key: Zeroizing<Vec<u8>>,
    /// Leaf first; never empty.
    pub(crate) chain: Vec<CertificateDer<'static>>,
}

impl Content {
    pub(crate) fn leaf(&self) -> &[u8] {
        self.chain.first().map_or(&[], |leaf| leaf.as_ref())
    }

    pub(crate) fn tls13(&self) -> bool {
        self.schemes.iter().any(|scheme| usable_in_tls13(*scheme))
    }

    fn encode(&self) -> Option<Zeroizing<Vec<u8>>> {
        let blobs =
            std::iter::once(self.key.as_slice()).chain(self.chain.iter().map(AsRef::as_ref));
        // Sized in advance: a vector that grows leaves copies of the key behind.
        let size =
            blobs.clone().map(|blob| blob.len() + 4).sum::<usize>() + 10 + 2 * self.schemes.len();
        let mut out = Zeroizing::new(Vec::with_capacity(size));
        out.extend_from_slice(&self.imported_at.to_be_bytes());
        out.extend_from_slice(&u16::try_from(self.schemes.len()).ok()?.to_be_bytes());
        for scheme in &self.schemes {
            out.extend_from_slice(&u16::from(*scheme).to_be_bytes());
        }
        for blob in blobs {
            out.extend_from_slice(&u32::try_from(blob.len()).ok()?.to_be_bytes());
            out.extend_from_slice(blob);
        }
        Some(out)
    }

    fn decode(mut rest: &[u8]) -> Option<Self> {
        let imported_at = i64::from_be_bytes(*take(&mut rest)?);
        let count = u16::from_be_bytes(*take(&mut rest)?);
        let schemes = (0..count)
            .map(|_| take(&mut rest).map(|bytes| SignatureScheme::from(u16::from_be_bytes(*bytes))))
            .collect::<Option<Vec<_>>>()?;
        let key = Zeroizing::new(blob(&mut rest)?.to_vec());
        let mut chain = Vec::new();
        while !rest.is_empty() {
            chain.push(CertificateDer::from(blob(&mut rest)?.to_vec()));
        }
        (!chain.is_empty()).then_some(Self {
            imported_at,
            schemes,
            key,
            chain,
        })
    }
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(head)
}

fn blob<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(u32::from_be_bytes(*take(rest)?)).ok()?;
    let (head, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(head)
}

fn associated(name: &str, generation: u32) -> Vec<u8> {
    format!("{name}\0{generation}").into_bytes()
}

/// Closes `content` under `key` as the file of `name` and `generation`.
pub(crate) fn seal(
    content: &Content,
    name: &str,
    generation: u32,
    key: &MasterKey,
) -> Result<Vec<u8>, IdentityError> {
    let failed = || IdentityError::Sealed {
        file: format!("{name}.{generation}"),
    };
    let plain = content.encode().ok_or_else(failed)?;
    let mut nonce = [0_u8; NONCE];
    getrandom::fill(&mut nonce).map_err(|e| IdentityError::NoRandomness {
        detail: e.to_string(),
    })?;
    let cipher = XChaCha20Poly1305::new_from_slice(key.as_slice()).map_err(|_| failed())?;
    let aad = associated(name, generation);
    let sealed = cipher
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: plain.as_slice(),
                aad: &aad,
            },
        )
        .map_err(|_| failed())?;
    Ok([MAGIC, &nonce, &sealed].concat())
}

/// Opens a sealed file; nothing when it was altered or belongs elsewhere.
pub(crate) fn open(bytes: &[u8], name: &str, generation: u32, key: &MasterKey) -> Option<Content> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
    let cipher = XChaCha20Poly1305::new_from_slice(key.as_slice()).ok()?;
    let aad = associated(name, generation);
    let plain = Zeroizing::new(
        cipher
            .decrypt(
                &XNonce::from(*nonce),
                Payload {
                    msg: sealed,
                    aad: &aad,
                },
            )
            .ok()?,
    );
    Content::decode(&plain)
}

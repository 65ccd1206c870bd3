//! Compiled code on disk, and the only way compiled code becomes runnable.

use crate::compiler::{CompileError, Compiler};
use crate::machine_key::{MachineKey, same, unique};
use reseplug_policy::Digest;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use wasmtime::component::Component;

/// A folder of compiled code, each file `DIGEST-FINGERPRINT.code`: a keyed hash of what it is
/// for and of its bytes, then the bytes.
pub(crate) struct Cache {
    folder: PathBuf,
    key: MachineKey,
}

/// Code that this program's compiler made: just now, or earlier and authenticated since.
/// Only this module makes such a value.
struct TrustedCode(Vec<u8>);

/// Where code came from, for tests and for the person who wonders why a start was slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeOrigin {
    /// Authenticated code of an earlier run.
    Cache,
    /// Compiled now.
    Compiled,
}

impl Cache {
    /// Opens the cache of a folder, made if absent.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            key: MachineKey::of(folder)?,
        })
    }

    fn path(&self, digest: &Digest, fingerprint: &[u8; 32]) -> PathBuf {
        let digest = digest.as_str().trim_start_matches("sha256:");
        let fingerprint = hex::encode(fingerprint);
        self.folder.join(format!(
            "{digest}-{}.code",
            fingerprint.get(..16).unwrap_or(&fingerprint)
        ))
    }

    fn mac(&self, digest: &Digest, fingerprint: &[u8; 32], code: &[u8]) -> [u8; 32] {
        // The digest's text and the fingerprint have fixed lengths, so the parts cannot run
        // into each other.
        self.key
            .mac(&[digest.as_str().as_bytes(), fingerprint, code])
    }

    /// Authenticated code, or nothing: absent, truncated and tampered are the same.
    fn get(&self, digest: &Digest, fingerprint: &[u8; 32]) -> Option<TrustedCode> {
        let mut bytes = fs::read(self.path(digest, fingerprint)).ok()?;
        let code = bytes.split_off_checked(32)?;
        same(&self.mac(digest, fingerprint, &code), &bytes).then_some(TrustedCode(code))
    }

    /// Keeps code. A cache that cannot be written only costs time.
    fn put(&self, digest: &Digest, fingerprint: &[u8; 32], code: &TrustedCode) {
        let path = self.path(digest, fingerprint);
        let temp = path.with_extension(unique("code"));
        let mut bytes = self.mac(digest, fingerprint, &code.0).to_vec();
        bytes.extend_from_slice(&code.0);
        if fs::write(&temp, bytes)
            .and_then(|()| fs::rename(&temp, &path))
            .is_err()
        {
            let _ = fs::remove_file(&temp);
        }
    }
}

/// `Vec::split_off` that refuses a position past the end.
trait SplitOff: Sized {
    fn split_off_checked(&mut self, at: usize) -> Option<Self>;
}

impl SplitOff for Vec<u8> {
    fn split_off_checked(&mut self, at: usize) -> Option<Self> {
        (self.len() >= at).then(|| self.split_off(at))
    }
}

/// The component, runnable: from the cache if it can be authenticated, else compiled.
pub(crate) fn component(
    engine: &wasmtime::Engine,
    cache: Option<&Cache>,
    compiler: &dyn Compiler,
    fingerprint: &[u8; 32],
    digest: &Digest,
    bytes: &[u8],
) -> Result<(Component, CodeOrigin), CompileError> {
    if let Some(code) = cache.and_then(|cache| cache.get(digest, fingerprint))
        && let Ok(component) = deserialize(engine, &code)
    {
        return Ok((component, CodeOrigin::Cache));
    }
    let code = TrustedCode(compiler.compile(bytes)?);
    if let Some(cache) = cache {
        cache.put(digest, fingerprint, &code);
    }
    let component = deserialize(engine, &code).map_err(|e| CompileError(format!("{e:#}")))?;
    Ok((component, CodeOrigin::Compiled))
}

#[allow(
    unsafe_code,
    reason = "the one unsafe block of the host; its proof stands beside it"
)]
fn deserialize(engine: &wasmtime::Engine, code: &TrustedCode) -> wasmtime::Result<Component> {
    // SAFETY: `Component::deserialize` requires bytes that `Engine::precompile_component`
    // produced and nobody has changed since. A `TrustedCode` is made in two places of this
    // module only: from the return value of a `Compiler`, a trait private to this crate whose
    // one implementation is `precompile_component`; and from a cache file whose HMAC-SHA-256
    // over component digest, fingerprint and these very bytes (a buffer in memory, not the
    // file, which could change between check and use) verified under the machine key, which
    // only this program's user can read and which signs nothing but such return values.
    // Code of another wasmtime, configuration or processor has another fingerprint, and
    // wasmtime itself refuses it, too.
    unsafe { Component::deserialize(engine, &code.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_authenticated_for_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        let (a, b) = (Digest::from_sha256([1; 32]), Digest::from_sha256([2; 32]));
        cache.put(&a, &[3; 32], &TrustedCode(b"code".to_vec()));
        assert_eq!(cache.get(&a, &[3; 32]).unwrap().0, b"code");
        assert!(cache.get(&b, &[3; 32]).is_none());
        // Another component's code under this component's name.
        fs::copy(cache.path(&a, &[3; 32]), cache.path(&b, &[3; 32])).unwrap();
        assert!(cache.get(&b, &[3; 32]).is_none());
        // Any flipped bit, any lost or added byte.
        let path = cache.path(&a, &[3; 32]);
        let whole = fs::read(&path).unwrap();
        for index in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[index] ^= 1;
            fs::write(&path, &bytes).unwrap();
            assert!(cache.get(&a, &[3; 32]).is_none(), "byte {index}");
            fs::write(&path, &whole[..index]).unwrap();
            assert!(cache.get(&a, &[3; 32]).is_none(), "length {index}");
        }
        fs::write(&path, [whole.as_slice(), b"x"].concat()).unwrap();
        assert!(cache.get(&a, &[3; 32]).is_none());
        fs::write(&path, &whole).unwrap();
        assert!(cache.get(&a, &[3; 32]).is_some());
    }
}

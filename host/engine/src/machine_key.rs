//! The machine key that authenticates compiled code, and its use.
//!
//! wasmtime maps compiled code into memory and runs it; it accepts a flipped byte. So code is
//! kept with a keyed hash, under a key that only this user of this machine can read.

use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

const FILE: &str = "machine.key";
const BLOCK: usize = 64;

/// 32 random bytes, made at first use.
pub(crate) struct MachineKey([u8; 32]);

impl MachineKey {
    /// Reads the key of a folder, or makes one. A key that others can read or that has another
    /// length is replaced: what it authenticated is compiled again.
    pub(crate) fn of(folder: &Path) -> io::Result<Self> {
        let path = folder.join(FILE);
        if let Some(key) = read(&path)? {
            return Ok(Self(key));
        }
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        let temp = folder.join(unique(FILE));
        write_private(&temp, &key)?;
        // A link fails where a key is already there, so that of two programs that start
        // together both end with the same key.
        let made = fs::hard_link(&temp, &path);
        fs::remove_file(&temp)?;
        match made {
            Ok(()) => Ok(Self(key)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => read(&path)?.map(Self).ok_or(e),
            Err(e) => Err(e),
        }
    }

    /// HMAC-SHA-256 (RFC 2104) over the parts in order.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let pad = |with: u8| {
            let mut block = [with; BLOCK];
            for (byte, key) in block.iter_mut().zip(self.0) {
                *byte ^= key;
            }
            block
        };
        let mut inner = Sha256::new();
        inner.update(pad(0x36));
        for part in parts {
            inner.update(part);
        }
        Sha256::new()
            .chain_update(pad(0x5c))
            .chain_update(inner.finalize())
            .finalize()
            .into()
    }
}

/// A name for a temporary file that no other call, thread or process uses.
pub(crate) fn unique(name: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!(
        "{name}.{}-{}.tmp",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// Compares without telling by its time how much agrees.
pub(crate) fn same(a: &[u8; 32], b: &[u8]) -> bool {
    b.len() == a.len() && a.iter().zip(b).fold(0, |differs, (x, y)| differs | (x ^ y)) == 0
}

/// The key of the file; nothing where it is absent or was unfit and has been removed.
fn read(path: &Path) -> io::Result<Option<[u8; 32]>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e),
    };
    match <[u8; 32]>::try_from(bytes.as_slice()) {
        Ok(key) if is_private(path)? => Ok(Some(key)),
        _ => fs::remove_file(path).map(|()| None),
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn is_private(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 == 0)
}

/// On Windows the folder's access list decides, which the user's profile sets.
#[cfg(not(unix))]
fn is_private(_: &Path) -> io::Result<bool> {
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mac_is_that_of_rfc_2104() {
        // HMAC-SHA-256 of "Hi There" under 32 bytes 0x0b, computed with OpenSSL.
        let key = MachineKey([0x0b; 32]);
        let expected = "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7";
        assert_eq!(hex::encode(key.mac(&[b"Hi ", b"There"])), expected);
    }

    #[test]
    fn a_key_lasts_is_private_and_is_replaced_when_it_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let first = MachineKey::of(folder.path()).unwrap();
        assert_eq!(MachineKey::of(folder.path()).unwrap().0, first.0);
        let path = folder.path().join(FILE);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            assert_ne!(MachineKey::of(folder.path()).unwrap().0, first.0);
        }
        let second = MachineKey::of(folder.path()).unwrap();
        fs::write(&path, b"short").unwrap();
        assert_ne!(MachineKey::of(folder.path()).unwrap().0, second.0);
    }
}

//! Who this installation is, towards other hosts that share its folders.

use reseplug_effect::Fault;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// Name of the file in the store.
const FILE: &str = crate::host::store::HOST_ID;
/// Bytes of randomness in it, written as twice as many hexadecimal digits.
const BYTES: usize = 16;

/// The id of the installation whose store this is, made at the first call.
///
/// It tells the folders that were ours before a crash from another host's. So a file that is
/// there and cannot be read is a fault and never replaced.
pub(super) fn of(store: &Path) -> Result<String, Fault> {
    let path = store.join(FILE);
    let failed = |e: io::Error| unusable(&path, &e.to_string());
    if let Some(id) = read(&path)? {
        return Ok(id);
    }
    let mut bytes = [0u8; BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|e| unusable(&path, &format!("no random bytes to make one of: {e}")))?;
    let id = hex::encode(bytes);
    fs::create_dir_all(store).map_err(failed)?;
    let temporary = store.join(format!(".{FILE}.{id}.tmp"));
    let placed = write(&temporary, &id).and_then(|()| place(&temporary, &path));
    // Where the rename took it, there is nothing left to remove.
    let _ = fs::remove_file(&temporary);
    placed.map_err(failed)?;
    flush(store).map_err(failed)?;
    // Another process may have been first; then its id is ours.
    Ok(read(&path)?.unwrap_or(id))
}

fn read(path: &Path) -> Result<Option<String>, Fault> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(unusable(path, &e.to_string())),
    };
    let id = text.trim();
    if id.len() == BYTES.saturating_mul(2) && id.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(Some(id.to_owned()));
    }
    Err(unusable(path, "it is damaged"))
}

fn write(path: &Path, id: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(id.as_bytes())?;
    file.sync_all()
}

/// Gives the file its name unless one of that name is there: two processes that begin at once
/// end with the same id. Where the file system knows no links, the later one wins.
fn place(temporary: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(temporary, path) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(_) => fs::rename(temporary, path),
        Ok(()) => Ok(()),
    }
}

/// Makes the name durable. Windows has no way to flush a folder, and needs none for NTFS.
fn flush(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

fn unusable(path: &Path, why: &str) -> Fault {
    let path = path.display();
    Fault::new(
        "store/host-id",
        format!(
            "このPCの識別ファイル {path} を使用できません（{why}）。連携フォルダーを使用しているPCを見分けるためのものです。記録のフォルダーの権限と空き容量を確かめ、壊れている場合はバックアップから戻してください。バックアップがなければ、ほかのPCが連携フォルダーを使用していないことを確かめてからこのファイルを削除すると、新しく作成されます。"
        ),
        format!(
            "the file {path} that tells this host from others cannot be used: {why}. Check the store folder's permissions and space; if the file is damaged, restore it from a backup. Without one, make sure no other computer uses the exchange folders, then delete it, and a new one is made."
        ),
    )
}

/// The machine's name, for people at other machines.
pub(super) fn machine() -> String {
    let named = |name: String| {
        let name = name.trim();
        (!name.is_empty()).then(|| name.to_owned())
    };
    ["COMPUTERNAME", "HOSTNAME"]
        .iter()
        .filter_map(|variable| std::env::var(variable).ok())
        // Shells keep HOSTNAME to themselves.
        .chain(fs::read_to_string("/etc/hostname").ok())
        .find_map(named)
        .unwrap_or_else(|| "名前のないPC (unnamed computer)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_made_once_and_stays() {
        let root = tempfile::tempdir().unwrap();
        let store = root.path().join("store");
        let id = of(&store).unwrap();
        assert_eq!(id.len(), 32);
        assert_eq!(of(&store).unwrap(), id);
        let files: Vec<_> = fs::read_dir(&store)
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(files, ["host-id"]);
        assert_ne!(of(&root.path().join("other")).unwrap(), id);
    }

    #[test]
    fn processes_that_begin_at_once_have_one_id() {
        let root = tempfile::tempdir().unwrap();
        let ids: std::collections::BTreeSet<String> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| of(root.path()).unwrap()))
                .collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(ids.len(), 1);
    }

    #[test]
    fn a_damaged_id_is_told_and_not_replaced() {
        let root = tempfile::tempdir().unwrap();
        for damaged in ["", "0123", "not hexadecimal, but 32 letters."] {
            fs::write(root.path().join(FILE), damaged).unwrap();
            assert_eq!(of(root.path()).unwrap_err().code, "store/host-id");
            assert_eq!(fs::read_to_string(root.path().join(FILE)).unwrap(), damaged);
        }
    }
}

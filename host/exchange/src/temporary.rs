//! A file under a temporary name in a folder that others can write to, until it has its own.

use fs4::FileExt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// How every temporary name ends.
const ENDING: &str = ".reseplug-tmp";

/// A written and flushed file that has no name of its own yet. Dropped without one, it is removed.
#[derive(Debug)]
pub(crate) struct Temporary {
    path: PathBuf,
    /// Locked, so that a sweep of another run lets it be.
    file: File,
    placed: bool,
}

/// Writes `body` beside where `name` will stand. The name is fresh and whatever stands there already
/// is an error: nothing is ever written through a link, nor into another run's file.
pub(crate) fn write(folder: &Path, name: &str, body: &[u8]) -> io::Result<Temporary> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    const TRIES: u32 = 100;
    let mut tries = 0;
    let (path, file) = loop {
        let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = folder.join(format!(".{name}.{process}-{count}{ENDING}"));
        match File::options().write(true).create_new(true).open(&path) {
            Ok(file) => break (path, file),
            // A process of this number was here before.
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && tries < TRIES => tries += 1,
            Err(e) => return Err(e),
        }
    };
    let mut temporary = Temporary {
        path,
        file,
        placed: false,
    };
    // Some shares know no locks; then a sweep finds none either, and lets it be.
    let _ = FileExt::try_lock(&temporary.file);
    temporary.file.write_all(body)?;
    temporary.file.sync_all()?;
    Ok(temporary)
}

impl Temporary {
    /// Gives it its name.
    pub(crate) fn rename(mut self, to: &Path) -> io::Result<()> {
        fs::rename(&self.path, to)?;
        self.placed = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.placed {
            // What a full disk left half written is nobody's.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes what runs that were cut off left under temporary names of a file. It holds patients' data
/// and nobody looks for it there. Removing a link leaves what it points to.
pub(crate) fn sweep(folder: &Path, name: &str) {
    let (start, plain) = (format!(".{name}."), format!(".{name}{ENDING}"));
    for one in fs::read_dir(folder).into_iter().flatten().flatten() {
        let own = one.file_name().into_string().is_ok_and(|found| {
            let fresh = found
                .strip_prefix(&start)
                .map(|rest| rest.strip_suffix(ENDING));
            found == plain || fresh.flatten().is_some_and(is_number)
        });
        let path = one.path();
        if own && is_left(&path) {
            let _ = fs::remove_file(&path);
        }
    }
}

/// `process-count`
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.split_once('-')
        .is_some_and(|(process, count)| digits(process) && digits(count))
}

/// A link, or a file that nobody holds.
fn is_left(path: &Path) -> bool {
    let Ok(there) = fs::symlink_metadata(path) else {
        return false;
    };
    if there.is_symlink() {
        return true;
    }
    let file = File::options().write(true).open(path);
    there.is_file() && file.is_ok_and(|file| FileExt::try_lock(&file).is_ok())
}

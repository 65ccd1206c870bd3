//! A folder in which a person finds exactly named files.

use crate::durable::{flush_folder, folder, stands};
use crate::{fault, temporary};
use reseplug_effect::{Fault, Place};
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// One hand-over folder.
#[derive(Debug)]
pub struct Handover {
    root: PathBuf,
    /// One placement at a time, so that looking and renaming belong together.
    placing: Mutex<()>,
}

/// Folders below the root: station, month, payer and some to spare.
const DEPTH: usize = 8;
/// Bytes of one name; 255 is the limit of common file systems and the temporary name is longer.
const LENGTH: usize = 200;
/// Names Windows keeps for devices, whatever extension follows.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

impl Handover {
    /// The folder, made if it is not there.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, Fault> {
        let root = root.into();
        folder(&root)?;
        Ok(Self {
            root,
            placing: Mutex::default(),
        })
    }

    /// Writes a file of exactly this relative path (parts separated by `/`) and returns where
    /// a person finds it. The same path with the same bytes is the same file; with other
    /// bytes it is refused, because somebody may have filed it already.
    pub fn place(&self, path: &str, body: &[u8]) -> Result<PathBuf, Fault> {
        let _one = self.placing.lock().unwrap_or_else(PoisonError::into_inner);
        let parts: Vec<&str> = path.split('/').collect();
        check(path, &parts)?;
        let Some((name, above)) = parts.split_last() else {
            return Err(fault::name(path, "名前がありません", "it is empty"));
        };
        let mut at = self.root.clone();
        for part in above {
            let parent = at.clone();
            at.push(part);
            match stands(&at)? {
                Some(there) if there.is_dir() => {}
                Some(_) => return Err(fault::not_a_file(path)),
                None => {
                    folder(&at)?;
                    flush_folder(&parent)
                        .map_err(|e| fault::io("フォルダーを作成", "make the folder", &at, &e))?;
                }
            }
        }
        let full = at.join(name);
        temporary::sweep(&at, name);
        match stands(&full)? {
            None => {}
            Some(there) if !there.is_file() => return Err(fault::not_a_file(path)),
            Some(_) => return same(path, &full, body).map(|()| full),
        }
        temporary::write(&at, name, body)
            .and_then(|temp| temp.rename(&full))
            .and_then(|()| flush_folder(&at))
            .map_err(|e| fault::io("ファイルに書き込み", "write the file", &full, &e))?;
        Ok(full)
    }
}

fn same(path: &str, full: &std::path::Path, body: &[u8]) -> Result<(), Fault> {
    let there =
        fs::read(full).map_err(|e| fault::io("ファイルを読み取り", "read the file", full, &e))?;
    if there == body {
        return Ok(());
    }
    Err(Fault::new(
        "exchange/other-content",
        format!("引渡しフォルダーの {path} は別の内容で既にあります。請求済みの可能性があるため上書きしません。内容を確認し、不要であれば別の場所に移してからやり直してください。"),
        format!("{path} is in the hand-over folder already with other bytes and may have been filed, so it is not overwritten. Look at it; if it is not needed, move it away and try again."),
    )
    .at(Place { document: path.to_owned(), ..Place::default() }))
}

/// A path that means the same on every system and stays below the root.
fn check(path: &str, parts: &[&str]) -> Result<(), Fault> {
    if parts.len() > DEPTH {
        return Err(fault::name(
            path,
            "階層が深すぎます",
            "it has too many folders",
        ));
    }
    for part in parts {
        let stem = part
            .split('.')
            .next()
            .unwrap_or(part)
            .trim_end()
            .to_ascii_uppercase();
        let numbered = ["COM", "LPT"].iter().any(|device| {
            let mut rest = stem.strip_prefix(device).unwrap_or_default().chars();
            matches!(
                (rest.next(), rest.next()),
                (Some('0'..='9' | '¹' | '²' | '³'), None)
            )
        });
        let reason = if part.is_empty() || part.starts_with('.') {
            Some((
                "空または「.」で始まる部分があります",
                "a part of it is empty or begins with a dot",
            ))
        } else if part.ends_with(['.', ' ']) {
            Some((
                "「.」または空白で終わる部分があります",
                "a part of it ends with a dot or blank",
            ))
        } else if part
            .chars()
            .any(|c| c.is_control() || "\\:*?\"<>|".contains(c))
        {
            Some((
                "使用できない文字があります",
                "it has a character that Windows does not allow",
            ))
        } else if part.len() > LENGTH {
            Some(("長すぎます", "it is too long"))
        } else if numbered || DEVICES.contains(&stem.as_str()) {
            Some((
                "Windowsの予約名です",
                "Windows keeps this name for a device",
            ))
        } else {
            None
        };
        if let Some((ja, en)) = reason {
            return Err(fault::name(path, ja, en));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_placed_once_and_never_overwritten() {
        let root = tempfile::tempdir().unwrap();
        let handover = Handover::open(root.path().join("handover")).unwrap();
        let path = handover.place("2024-11/国保/RECEIPTH.UKE", b"one").unwrap();
        assert_eq!(
            handover.place("2024-11/国保/RECEIPTH.UKE", b"one").unwrap(),
            path
        );
        let fault = handover
            .place("2024-11/国保/RECEIPTH.UKE", b"two")
            .unwrap_err();
        assert_eq!(fault.code, "exchange/other-content");
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(
            fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "no temporary file is left"
        );
    }

    /// Names in a folder, hidden ones, too.
    fn names(folder: &std::path::Path) -> Vec<String> {
        let all = fs::read_dir(folder).unwrap();
        let mut all: Vec<String> = all
            .map(|one| one.unwrap().file_name().into_string().unwrap())
            .collect();
        all.sort();
        all
    }

    #[test]
    fn a_temporary_file_of_a_crash_is_in_nobodys_way_and_does_not_stay() {
        let root = tempfile::tempdir().unwrap();
        let left = [".a.txt.reseplug-tmp", ".a.txt.7-0.reseplug-tmp"];
        let others = [".b.txt.7-0.reseplug-tmp", ".a.txt"];
        for name in left.iter().chain(&others) {
            fs::write(root.path().join(name), b"hal").unwrap();
        }
        let handover = Handover::open(root.path()).unwrap();
        let path = handover.place("a.txt", b"half").unwrap();
        assert_eq!(fs::read(path).unwrap(), b"half");
        let mut there = vec!["a.txt"];
        there.extend(others);
        there.sort_unstable();
        assert_eq!(names(root.path()), there);
        // Also of a run that was cut off before the one that placed the file.
        fs::write(root.path().join(left[1]), b"hal").unwrap();
        handover.place("a.txt", b"half").unwrap();
        assert_eq!(names(root.path()), there);
    }

    #[test]
    fn a_temporary_file_that_another_run_is_writing_is_let_be() {
        let root = tempfile::tempdir().unwrap();
        let theirs = temporary::write(root.path(), "a.txt", b"theirs").unwrap();
        let handover = Handover::open(root.path()).unwrap();
        let path = handover.place("a.txt", b"ours").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"ours");
        theirs.rename(&root.path().join("theirs.txt")).unwrap();
        assert_eq!(names(root.path()), ["a.txt", "theirs.txt"]);
    }

    #[test]
    fn what_could_not_be_placed_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        let temp = temporary::write(root.path(), "a.txt", b"ours").unwrap();
        fs::create_dir(root.path().join("a.txt")).unwrap();
        temp.rename(&root.path().join("a.txt")).unwrap_err();
        assert_eq!(names(root.path()), ["a.txt"]);
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_through_a_link_under_a_temporary_name() {
        let root = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        let precious = outside.path().join("precious");
        fs::write(&precious, b"precious").unwrap();
        for name in [".a.txt.reseplug-tmp", ".a.txt.7-0.reseplug-tmp"] {
            std::os::unix::fs::symlink(&precious, root.path().join(name)).unwrap();
        }
        let handover = Handover::open(root.path()).unwrap();
        let path = handover.place("a.txt", b"claim").unwrap();
        assert_eq!(fs::read(&precious).unwrap(), b"precious");
        assert_eq!(fs::read(&path).unwrap(), b"claim");
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
        assert_eq!(names(root.path()), ["a.txt"]);
    }

    #[test]
    fn a_path_that_leaves_the_folder_or_means_a_device_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let handover = Handover::open(root.path()).unwrap();
        for path in [
            "",
            "/etc/x",
            "../x",
            "a/../../x",
            "a//b",
            "./a",
            "C:/x",
            "C:x",
            "a\\b",
            "con",
            "NUL.txt",
            "a/COM1.log",
            "lpt¹",
            "aux .x",
            "a.",
            "a ",
            ".hidden",
            "a\0b",
            "a/b/c/d/e/f/g/h/i",
        ] {
            assert_eq!(
                handover.place(path, b"").unwrap_err().code,
                "exchange/bad-name",
                "{path:?}"
            );
        }
        for path in ["COM10.txt", "console.txt", "請求書.txt"] {
            handover.place(path, b"").unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_linked_folder_is_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path(), root.path().join("out")).unwrap();
        let fault = Handover::open(root.path())
            .unwrap()
            .place("out/x", b"")
            .unwrap_err();
        assert_eq!(fault.code, "exchange/not-a-file");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }
}

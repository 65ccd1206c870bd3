//! The product's documents: read once, kept under their digest, written whole or not at all.

use crate::host::{Host, file_fault, read_file, unreadable};
use reseplug_effect::{Fault, Place, RepeatClass};
use reseplug_engine::contract::{Document, DocumentKind};
use reseplug_journal::{Flow, FlowError, Journal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::path::{Component, Path, PathBuf};

/// A document to read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Where it lies.
    pub path: PathBuf,
    /// What it is to the adapter.
    pub kind: DocumentKind,
}

/// A document whose bytes stand in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// File name.
    pub name: String,
    /// What it is to the adapter.
    #[serde(with = "crate::words")]
    pub kind: DocumentKind,
    /// Where it was read or written; empty for one that is nowhere but in the store.
    #[serde(default)]
    pub path: PathBuf,
    /// Digest of its bytes ([`reseplug_journal::document_digest`]).
    pub digest: String,
}

/// What a file is to the adapter when the command names it without saying so: a register of
/// the station file is one; a name that ends in `.uke` is a claim file; the rest is a month.
pub(crate) fn kind_of(path: &Path, registers: &[PathBuf]) -> DocumentKind {
    let name = |p: &Path| p.file_name().map(std::ffi::OsStr::to_owned);
    let uke = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("uke"));
    if uke {
        DocumentKind::Claim
    } else if registers.iter().any(|r| name(r) == name(path)) {
        DocumentKind::Register
    } else {
        DocumentKind::Month
    }
}

/// The same path from everywhere: paths stand in the journal, and a later run (a job taken up
/// again, an undo) may be started in another folder.
///
/// A `..` is taken away as the system will once the folders before it are there: behind a link it
/// leads out of what the link leads to, behind a folder that is yet to be made back to where that
/// one lies. `new/..` is thus the folder itself before `new` exists as well as after.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut plain = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            if plain.is_symlink()
                && let Ok(target) = fs::canonicalize(&plain)
            {
                plain = target;
            }
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
}

/// The most bytes of one document: many times a large station's month.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Reads a document that somebody names: a file and nothing else. A device never ends, and a pipe
/// waits for a writer.
pub(crate) fn read_input(path: &Path) -> Result<Vec<u8>, Fault> {
    let failed = |error: std::io::Error| unreadable(path, &error);
    let about = |fault: Fault| {
        fault.at(Place {
            document: path.display().to_string(),
            ..Place::default()
        })
    };
    let shown = path.display();
    let kind = fs::metadata(path).map_err(failed)?;
    if !kind.is_file() && !kind.is_dir() {
        return Err(about(Fault::new(
            "file/no-file",
            format!(
                "「{shown}」はファイルではありません（装置やパイプです）。保存したファイルを指定してください。"
            ),
            format!("{shown} is no file but a device or pipe; name a file that was saved"),
        )));
    }
    let mut bytes = Vec::new();
    let mut file = fs::File::open(path)
        .map_err(failed)?
        .take(LARGEST.saturating_add(1));
    file.read_to_end(&mut bytes).map_err(failed)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST {
        return Err(about(Fault::new(
            "file/too-large",
            format!(
                "ファイル「{shown}」は {LARGEST} バイト（256 MiB）を超えています。書類か確かめてください。"
            ),
            format!(
                "{shown} has more than {LARGEST} bytes (256 MiB); see whether it is the document"
            ),
        )));
    }
    Ok(bytes)
}

impl Host {
    /// The documents of a command: those it names, else the station file's.
    pub(crate) fn inputs(&self, named: &[PathBuf], with_month: bool) -> Vec<Input> {
        let product = &self.station().product;
        if !named.is_empty() {
            return named
                .iter()
                .map(|path| Input {
                    path: absolute(path),
                    kind: kind_of(path, &product.register),
                })
                .collect();
        }
        let at = |path: &PathBuf| Input {
            path: self.folder().join(path),
            kind: kind_of(path, &product.register),
        };
        let month = product.month.iter().filter(|_| with_month);
        product.register.iter().chain(month).map(at).collect()
    }

    /// Reads the documents and puts their bytes into the store.
    pub(crate) fn take_in(&self, inputs: &[Input]) -> Result<Vec<Stored>, Fault> {
        let names = names(inputs)?;
        inputs
            .iter()
            .zip(names)
            .map(|(input, name)| {
                let bytes = read_input(&input.path)?;
                let digest = self.journal().put_document(&name, &bytes, self.now())?;
                Ok(Stored {
                    name,
                    kind: input.kind,
                    path: input.path.clone(),
                    digest,
                })
            })
            .collect()
    }

    /// Reads documents for a list: nothing of them is kept.
    pub(crate) fn read_documents(&self, inputs: &[Input]) -> Result<Vec<Document>, Fault> {
        let names = names(inputs)?;
        inputs
            .iter()
            .zip(names)
            .map(|(input, name)| {
                Ok(Document {
                    name,
                    kind: input.kind,
                    bytes: read_input(&input.path)?,
                })
            })
            .collect()
    }

    /// The same as a step: a later run finds the bytes that the first one read, whatever has
    /// become of the files since.
    pub(crate) fn read_step(
        &self,
        flow: &mut Flow<'_>,
        inputs: &[Input],
    ) -> Result<Vec<Stored>, FlowError> {
        self.say("書類を読んでいます", "reading the documents");
        flow.step("read-documents", inputs, RepeatClass::Safe, || {
            self.take_in(inputs)
        })
    }

    /// The documents with their bytes, as the contract hands them over.
    pub(crate) fn documents(&self, stored: &[Stored]) -> Result<Vec<Document>, Fault> {
        stored
            .iter()
            .map(|one| {
                Ok(Document {
                    name: one.name.clone(),
                    kind: one.kind,
                    bytes: self.bytes(&one.digest)?,
                })
            })
            .collect()
    }

    /// The bytes of a digest.
    pub(crate) fn bytes(&self, digest: &str) -> Result<Vec<u8>, Fault> {
        self.journal().document(digest)?.ok_or_else(|| {
            Fault::new(
                "journal/no-document",
                format!("記録にあるはずの書類（{digest}）が見つかりません。バックアップから戻してください。"),
                format!("the document {digest} is missing in the store; restore it from a backup"),
            )
        })
    }

    /// Puts a document that an adapter made into the store.
    pub(crate) fn keep(&self, document: &Document, path: PathBuf) -> Result<Stored, Fault> {
        let digest = self
            .journal()
            .put_document(&document.name, &document.bytes, self.now())?;
        Ok(Stored {
            name: document.name.clone(),
            kind: document.kind,
            path,
            digest,
        })
    }

    /// The product's own documents of the station file, wherever they lie.
    fn originals(&self) -> Vec<PathBuf> {
        let product = &self.station().product;
        let named = product.register.iter().chain(&product.month);
        named.map(|path| self.folder().join(path)).collect()
    }

    /// Refuses an output that would take the place of a document that was read, or of one of the
    /// product's.
    pub(crate) fn refuse_input(&self, output: &Path, inputs: &[Stored]) -> Result<(), Fault> {
        let originals = self.originals();
        let read = inputs.iter().map(|input| &input.path);
        if !read.chain(&originals).any(|own| same_file(own, output)) {
            return Ok(());
        }
        let path = output.display();
        Err(Fault::new(
            "output/is-input",
            format!(
                "出力先「{path}」は元の書類です。元の書類は書き換えません。-o で別のフォルダーを指定してください。"
            ),
            format!("{path} is the original, which is never changed; name another folder with -o"),
        ))
    }

    /// Writes documents into a folder, each whole or not at all. The original of none is ever
    /// written to. A file that stands there already is replaced only if its bytes are known to the
    /// store, which is to say that this program wrote or read them: anything else belongs to
    /// somebody.
    pub(crate) fn write_out(&self, outputs: &[Stored], inputs: &[Stored]) -> Result<(), Fault> {
        for output in outputs {
            self.refuse_input(&output.path, inputs)?;
            if self.is_to_be_written(&output.path, &output.digest)? {
                write_whole(&output.path, &self.bytes(&output.digest)?)?;
            }
        }
        Ok(())
    }

    /// Whether a document is to be written: not where it lies already. What lies there and belongs to
    /// somebody is refused.
    fn is_to_be_written(&self, path: &Path, digest: &str) -> Result<bool, Fault> {
        if !path.exists() {
            return Ok(true);
        }
        let there = reseplug_journal::document_digest(&read_file(path)?);
        if there == digest {
            return Ok(false);
        }
        if self.journal().document(&there)?.is_none() {
            return Err(Fault::new(
                "output/exists",
                format!(
                    "出力先「{}」に、このプログラムの知らないファイルがあります。上書きしません。移すか、-o で別のフォルダーを指定してください。",
                    path.display()
                ),
                format!(
                    "{} holds a file this program does not know; move it or name another folder with -o",
                    path.display()
                ),
            ));
        }
        Ok(true)
    }

    /// Writes a page or list of this program's own, by the same rule.
    ///
    /// # Errors
    /// `output/is-input`, `output/exists`, `file/unwritable`.
    pub fn write_own(&self, path: &Path, text: &str) -> Result<(), Fault> {
        if self.journal().is_only_looked_at() {
            return self.write_unkept(&absolute(path), text.as_bytes());
        }
        let name = path.file_name().unwrap_or_default();
        let document = Document {
            name: name.to_string_lossy().into_owned(),
            kind: DocumentKind::Other,
            bytes: text.as_bytes().to_vec(),
        };
        let stored = self.keep(&document, absolute(path))?;
        self.write_out(&[stored], &[])
    }

    /// Writes a page that the store has no room to keep: the month can be printed although the disk
    /// of the store is full.
    fn write_unkept(&self, path: &Path, bytes: &[u8]) -> Result<(), Fault> {
        self.refuse_input(path, &[])?;
        match self.is_to_be_written(path, &reseplug_journal::document_digest(bytes))? {
            true => write_whole(path, bytes),
            false => Ok(()),
        }
    }

    /// The same as a step. Writing the same bytes again changes nothing, so it may be repeated.
    pub(crate) fn write_step(
        &self,
        flow: &mut Flow<'_>,
        outputs: &[Stored],
        inputs: &[Stored],
    ) -> Result<(), FlowError> {
        self.say("書き出しています", "writing the documents");
        flow.step("write-documents", outputs, RepeatClass::Safe, || {
            self.write_out(outputs, inputs)
        })
    }
}

/// The documents' names: of files with one name (a product writes `SHAHO/RECEIPTH.UKE` and
/// `KOKUHO/RECEIPTH.UKE`) with the folder they lie in.
fn names(inputs: &[Input]) -> Result<Vec<String>, Fault> {
    let part = |name: Option<&std::ffi::OsStr>| {
        name.map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let short: Vec<String> = inputs.iter().map(|i| part(i.path.file_name())).collect();
    let mut seen = BTreeSet::new();
    inputs
        .iter()
        .zip(&short)
        .map(|(input, name)| {
            let shared = short.iter().filter(|other| *other == name).count() > 1;
            let name = if shared {
                let folder = part(input.path.parent().and_then(Path::file_name));
                format!("{folder}/{name}")
            } else {
                name.clone()
            };
            if seen.insert(name.clone()) {
                return Ok(name);
            }
            Err(Fault::new(
                "documents/same-name",
                format!("同じ書類が二度指定されています: {name}。"),
                format!("{name} is named twice"),
            ))
        })
        .collect()
}

/// Whether two paths name one file, now or once the folders on the way are made: by where they
/// lead, and by the file itself, which may be reached in two ways (a share mounted twice).
fn same_file(a: &Path, b: &Path) -> bool {
    if a.as_os_str().is_empty() || b.as_os_str().is_empty() {
        return false;
    }
    let (a, b) = (absolute(a), absolute(b));
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    real(&a) == real(&b) || identity(&a).is_some_and(|one| identity(&b) == Some(one))
}

/// The volume and the number of a file that is there.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let found = fs::metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

/// Only the path tells where the system has no stable way to ask for more.
#[cfg(not(unix))]
fn identity(_path: &Path) -> Option<(u64, u64)> {
    None
}

/// Writes a file whole or not at all: beside it, flushed, renamed.
///
/// # Errors
/// `file/unwritable`
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    let part = path.with_file_name(name);
    let write = || -> std::io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = fs::File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    write().map_err(|error| {
        // What cannot be removed is named `.part` and overwritten by the next attempt.
        let _ = fs::remove_file(&part);
        file_fault(
            "file/unwritable",
            "ファイルを書けません",
            "the file cannot be written",
            path,
            &error,
        )
    })
}

/// Writes a file that is not there yet: what somebody has is never replaced.
///
/// # Errors
/// `file/exists`, `file/unwritable`
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    refuse_existing(path)?;
    write_whole(&absolute(path), bytes)
}

/// Refuses a name under which something lies.
///
/// # Errors
/// `file/exists`
pub fn refuse_existing(path: &Path) -> Result<(), Fault> {
    if !absolute(path).exists() {
        return Ok(());
    }
    let name = path.display();
    Err(Fault::new(
        "file/exists",
        format!(
            "「{name}」はすでにあります。上書きはしません。別の名前を指定するか、そのファイルを移してください。"
        ),
        format!("{name} exists and is not replaced; name another file, or move that one"),
    ))
}

/// Writes a page to print. An earlier page of this program gives way to it; what else lies there
/// is not replaced.
///
/// # Errors
/// `file/exists`, `file/unreadable`, `file/unwritable`
pub fn write_page(path: &Path, page: &str) -> Result<(), Fault> {
    refuse_not_a_page(path)?;
    write_whole(&absolute(path), page.as_bytes())
}

/// Refuses a name under which something else lies than a page of this program.
///
/// # Errors
/// `file/exists`, `file/unreadable`
pub fn refuse_not_a_page(path: &Path) -> Result<(), Fault> {
    let there = absolute(path);
    if there.is_file() && crate::report::is_page(&read_file(&there)?) {
        return Ok(());
    }
    refuse_existing(path)
}

#[cfg(test)]
mod tests;

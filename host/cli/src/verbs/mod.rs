//! One module for each verb.

pub(crate) mod audit;
pub(crate) mod claim;
pub(crate) mod consents;
pub(crate) mod demo;
pub(crate) mod evidence;
pub(crate) mod flows;
pub(crate) mod identity;
pub(crate) mod init;
pub(crate) mod jobs;
pub(crate) mod matching;
pub(crate) mod notices;
pub(crate) mod onshi;
pub(crate) mod plugin;
pub(crate) mod receden;
pub(crate) mod register;
pub(crate) mod sandbox;
pub(crate) mod view;

use crate::arguments::Refused;
use crate::exit::Exit;
use crate::output::Output;
use reseplug::Ended;
use reseplug::documents::refuse_existing;
use reseplug_effect::{Fault, Place, io_advice, io_reason_ja};
use reseplug_journal::SqliteJournal;
use reseplug_policy::StationFile;
use std::fs;
use std::path::{Path, PathBuf};

/// The name of whoever does, decides or saw something: it stands in the record, so it is never empty,
/// and nothing in it can make the record read otherwise.
pub(crate) fn who(text: &str) -> Result<String, Refused> {
    match text.trim() {
        "" => Err(Refused::new(
            "氏名が空です。行う方の氏名を書いてください",
            "the name is empty; say who does it",
        )),
        name if name.contains(|c| c == '\n' || reseplug::report::misleading(c)) => {
            Err(Refused::new(
                "氏名に、改行や見えない制御文字が入っています。氏名だけを書いてください",
                "the name holds line breaks or invisible control characters; write the name alone",
            ))
        }
        name => Ok(name.to_owned()),
    }
}

/// Says that a job is not over: where it stands, and what to do.
pub(crate) fn unfinished<T>(ended: &Ended<T>, output: &Output) -> Exit {
    let (value, ja, en, exit) = match ended {
        Ended::Done(_) => return Exit::Done,
        Ended::Waiting { job, until } => (
            serde_json::json!({ "job": job, "state": "waiting", "until": until }),
            format!(
                "処理 {job} は相手の返事を待っています（次に見る時刻 {until}）。同じコマンドで続きから行います。"
            ),
            format!(
                "job {job} waits for the other side (next look {until}); the same command goes on"
            ),
            Exit::Later,
        ),
        Ended::Parked { job, reason } => (
            serde_json::json!({ "job": job, "state": "parked", "reason": reason }),
            format!(
                "処理 {job} は止まっています。`reseplug jobs show {job}` で理由を確かめてください。"
            ),
            format!("job {job} is parked; see `reseplug jobs show {job}`"),
            Exit::Attention,
        ),
    };
    output.show(&value, |lines| lines.push(output.say(&ja, &en).to_owned()));
    exit
}

/// The same for one of several jobs, on standard error.
pub(crate) fn unfinished_line<T>(ended: &Ended<T>, output: &Output) -> Exit {
    match not_over(ended) {
        Some((fault, exit)) => {
            output.complain(&fault);
            exit
        }
        None => Exit::Done,
    }
}

/// Why one of several jobs is not over, and how grave that is; nothing where it is.
pub(crate) fn not_over<T>(ended: &Ended<T>) -> Option<(Fault, Exit)> {
    match ended {
        Ended::Done(_) => None,
        Ended::Waiting { job, until } => {
            let fault = Fault::later(
                "job/waiting",
                format!(
                    "処理 {job} は相手の返事を待っています（次に見る時刻 {until}）。同じコマンドで続きから行います。"
                ),
                format!(
                    "job {job} waits for the other side (next look {until}); the same command goes on"
                ),
            );
            Some((fault, Exit::Later))
        }
        Ended::Parked { job, reason } => {
            let fault = Fault::new(
                "job/parked",
                format!(
                    "処理 {job} は止まっています（{reason}）。`reseplug jobs show {job}` で確かめてください。"
                ),
                format!("job {job} is parked ({reason}); see `reseplug jobs show {job}`"),
            );
            Some((fault, Exit::Attention))
        }
    }
}

/// The same fault with what it is about in front, for one of several things.
pub(crate) fn about(what: &str, fault: &Fault) -> Fault {
    let named = |text: &str| match text.starts_with(what) {
        true => text.to_owned(),
        false => format!("{what}: {text}"),
    };
    Fault {
        message_ja: named(&fault.message_ja),
        message_en: named(&fault.message_en),
        ..fault.clone()
    }
}

/// Reads a file, or says which one and why not.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    fs::read(path).map_err(|error| cannot_read(path, &error))
}

/// Opens a file to be read piece by piece, or says which one and why not.
pub(crate) fn open(path: &Path) -> Result<fs::File, Fault> {
    fs::File::open(path).map_err(|error| cannot_read(path, &error))
}

pub(crate) fn cannot_read(path: &Path, error: &std::io::Error) -> Fault {
    file_fault(
        "file/unreadable",
        "読めません",
        "cannot be read",
        path,
        error,
    )
}

fn file_fault(code: &str, ja: &str, en: &str, path: &Path, error: &std::io::Error) -> Fault {
    let path = path.display().to_string();
    let (do_ja, do_en) = io_advice(error);
    Fault::new(
        code,
        format!(
            "ファイル「{path}」が{ja}（{}）。{do_ja}。",
            io_reason_ja(error)
        ),
        format!("{path} {en}: {error}; {do_en}"),
    )
    .at(Place {
        document: path,
        ..Place::default()
    })
}

pub(crate) fn cannot_write(path: &Path, error: &std::io::Error) -> Fault {
    file_fault(
        "file/unwritable",
        "書けません",
        "cannot be written",
        path,
        error,
    )
}

/// Refuses a new file that is there already or could not be written, asked before anything is sent
/// or fetched for its sake.
pub(crate) fn new_file(path: &Path) -> Result<(), Fault> {
    refuse_existing(path)?;
    let part = part(path);
    let tried = fs::File::create(&part).and_then(|_| fs::remove_file(&part));
    tried.map_err(|error| cannot_write(path, &error))
}

/// The name under which a file is written before it is whole.
fn part(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    path.with_file_name(name)
}

/// Writes a file whole or not at all: beside it, flushed, renamed.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let part = part(path);
    let write = || -> std::io::Result<()> {
        let mut file = fs::File::create(&part)?;
        std::io::Write::write_all(&mut file, bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&part);
        cannot_write(path, &error)
    })
}

/// Reads the station file.
pub(crate) fn station(path: &Path) -> Result<StationFile, Fault> {
    reseplug::read_station(path)
}

/// The store folder, relative to the station file.
pub(crate) fn store(config: &Path, station: &StationFile) -> PathBuf {
    config
        .parent()
        .unwrap_or(Path::new("."))
        .join(&station.store)
}

/// Opens the journal of a station that has one already.
pub(crate) fn journal(config: &Path) -> Result<SqliteJournal, Fault> {
    let folder = store(config, &station(config)?);
    let path = reseplug::Host::record_of(&folder);
    if let Err(error) = fs::metadata(&path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(no_access(&path, &error));
    }
    reseplug::Host::open_existing_record(&folder)?.ok_or_else(|| {
        Fault::new(
            "journal/none",
            format!(
                "記録「{}」がまだありません。資格確認や請求を一度行うと作られます。",
                path.display()
            ),
            format!(
                "there is no record yet at {}; it is made by the first flow",
                path.display()
            ),
        )
    })
}

/// A record that may be there and cannot be looked at: nothing is said about what is in it.
fn no_access(path: &Path, error: &std::io::Error) -> Fault {
    let name = path.display();
    let why = io_reason_ja(error);
    Fault::new(
        "journal/no-access",
        format!(
            "記録「{name}」を開けません（{why}）。記録がないのではありません。いつもこのプログラムを動かしている利用者で実行するか、保存先のフォルダーを読み書きする権限をもらってください。"
        ),
        format!(
            "the record {name} cannot be opened ({error}), which does not mean that there is none: run as the user who usually runs this program, or be given access to the store folder"
        ),
    )
    .at(Place {
        document: name.to_string(),
        ..Place::default()
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_may_not_be_looked_at_is_not_called_missing() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("station.toml");
        let opened = |store: &str| {
            let station = "[station]\ncode = \"9999998\"\nprefecture = \"13\"\nname = \"架空\"\n";
            fs::write(&config, format!("{station}[store]\npath = \"{store}\"\n")).unwrap();
            journal(&config).unwrap_err().code
        };
        assert_eq!(opened("store"), "journal/none");
        // Nothing can be asked below what is no folder, as below one that is somebody else's.
        fs::write(folder.path().join("closed"), b"").unwrap();
        assert_eq!(opened("closed/store"), "journal/no-access");
    }
}

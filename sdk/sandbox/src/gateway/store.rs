//! Submissions on disk: one JSON file each, bodies by their hash, written whole or not at all.
//!
//! What is stored is durable before its ledger entry is; when a kill falls between the two, the
//! entry is made up for at the next start (`"recovered": true`), so the ledger lacks nothing.

use super::{
    GatewayError,
    desk::Desk,
    downloads, io_error,
    problem::Problem,
    review,
    submission::{ReceiptVerdict, State, Submission},
};
use crate::ledger::Ledger;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

pub(super) const ACCEPTED: &str = "gateway.accepted";
pub(super) const CONFIRMED: &str = "gateway.confirmed";
pub(super) const WITHDRAWN: &str = "gateway.withdrawn";
pub(super) const REPEATED: &str = "gateway.repeated";
pub(super) const TAKEN_DOWN: &str = "gateway.taken-down";

pub(super) struct Store {
    folder: PathBuf,
    ledger: Ledger,
    /// By 医療機関コード.
    desks: RwLock<BTreeMap<String, Arc<Mutex<Desk>>>>,
    /// Number of the last submission.
    last: AtomicU64,
    /// Makes the names of temporary files different.
    writes: AtomicU64,
}

impl Store {
    pub(super) fn open(folder: &Path, ledger: Ledger) -> Result<Self, GatewayError> {
        let own = folder.join("submissions");
        for folder in [&own, &folder.join("bodies")] {
            fs::create_dir_all(folder).map_err(io_error("create", folder.display()))?;
        }
        let mut desks: BTreeMap<String, Desk> = BTreeMap::new();
        let mut last = 0;
        let mut paths = fs::read_dir(&own)
            .and_then(|entries| {
                entries
                    .map(|entry| entry.map(|entry| entry.path()))
                    .collect::<Result<Vec<_>, _>>()
            })
            .map_err(io_error("read", own.display()))?;
        paths.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        });
        paths.sort();
        for path in paths {
            let bytes = fs::read(&path).map_err(io_error("read", path.display()))?;
            let submission: Submission =
                serde_json::from_slice(&bytes).map_err(|e| GatewayError::Damaged {
                    file: path.display().to_string(),
                    detail: e.to_string(),
                })?;
            let number = submission.id.trim_start_matches("s-").parse().unwrap_or(0);
            last = last.max(number);
            desk_of(&mut desks, &submission.institution).put(submission.clone());
        }
        for (institution, round) in review::stored(folder)? {
            desk_of(&mut desks, &institution).rounds.push(round);
        }
        for (institution, download) in downloads::stored(folder)? {
            desk_of(&mut desks, &institution).put_download(download);
        }
        recover_ledger(&ledger, &desks).map_err(io_error("write", Ledger::FILE_NAME))?;
        Ok(Self {
            folder: folder.to_owned(),
            ledger,
            desks: RwLock::new(
                desks
                    .into_iter()
                    .map(|(institution, desk)| (institution, Arc::new(Mutex::new(desk))))
                    .collect(),
            ),
            last: AtomicU64::new(last),
            writes: AtomicU64::new(0),
        })
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A station's desk.
    pub(super) fn desk(&self, institution: &str) -> Arc<Mutex<Desk>> {
        let known = self.desks.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(desk) = known.get(institution) {
            return desk.clone();
        }
        drop(known);
        let mut desks = self.desks.write().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Mutex::new(Desk::new(institution)));
        desks
            .entry(institution.to_owned())
            .or_insert_with(new)
            .clone()
    }

    /// Every desk, in the order of the codes.
    pub(super) fn desks(&self) -> Vec<Arc<Mutex<Desk>>> {
        let desks = self.desks.read().unwrap_or_else(PoisonError::into_inner);
        desks.values().cloned().collect()
    }

    /// A name that no submission has yet.
    pub(super) fn next_id(&self) -> String {
        let last = self.last.fetch_add(1, Ordering::Relaxed);
        format!("s-{:06}", last.saturating_add(1))
    }

    /// Writes a submission and puts it on its desk.
    pub(super) fn keep(&self, desk: &mut Desk, submission: Submission) -> Result<(), Problem> {
        let path = self
            .folder
            .join("submissions")
            .join(format!("{}.json", submission.id));
        let bytes = serde_json::to_vec_pretty(&submission).map_err(Problem::storage)?;
        write_whole(&path, &bytes).map_err(Problem::storage)?;
        desk.put(submission);
        Ok(())
    }

    /// Writes a file as it was handed in; under its hash one is enough.
    pub(super) fn keep_body(&self, sha256: &str, bytes: &[u8]) -> Result<(), Problem> {
        let path = self.body_path(sha256);
        if path.exists() {
            return Ok(());
        }
        let number = self.writes.fetch_add(1, Ordering::Relaxed);
        write_as(
            &path,
            bytes,
            &format!("{}-{number}.tmp", std::process::id()),
        )
        .map_err(Problem::storage)
    }

    /// The file as it was handed in.
    pub(super) fn body(&self, submission: &Submission) -> std::io::Result<Vec<u8>> {
        fs::read(self.body_path(&submission.sha256))
    }

    pub(super) fn note(&self, kind: &str, detail: Value) -> Result<(), Problem> {
        self.ledger.append(kind, detail).map_err(Problem::storage)
    }

    fn body_path(&self, sha256: &str) -> PathBuf {
        self.folder.join("bodies").join(format!("{sha256}.uke"))
    }
}

fn desk_of<'d>(desks: &'d mut BTreeMap<String, Desk>, institution: &str) -> &'d mut Desk {
    desks
        .entry(institution.to_owned())
        .or_insert_with(|| Desk::new(institution))
}

pub(super) fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

fn recover_ledger(ledger: &Ledger, desks: &BTreeMap<String, Desk>) -> std::io::Result<()> {
    let text = |value: &Value, name: &str| value.get(name)?.as_str().map(str::to_owned);
    // Ids of downloads are a station's own; `asked` tells one 取下げ of a submission from another.
    let mark = |kind: &str, detail: &Value| {
        Some((
            kind.to_owned(),
            text(detail, "institution")?,
            text(detail, "id")?,
            detail.get("asked").map(Value::to_string),
        ))
    };
    let noted: BTreeSet<_> = ledger
        .events()?
        .iter()
        .filter_map(|event| mark(&event.kind, &event.detail))
        .collect();
    let make_up = |kind: &str, mut detail: Value| {
        if mark(kind, &detail).is_some_and(|mark| noted.contains(&mark)) {
            return Ok(());
        }
        if let Some(detail) = detail.as_object_mut() {
            detail.insert("recovered".to_owned(), true.into());
        }
        ledger.append(kind, detail)
    };
    for desk in desks.values() {
        for submission in desk.all() {
            make_up(ACCEPTED, entry(submission))?;
            match submission.state {
                State::Confirmed => make_up(CONFIRMED, confirmed_entry(desk, submission))?,
                State::Withdrawn => make_up(WITHDRAWN, entry(submission))?,
                State::Checking | State::Checked => {}
            }
            for asked in &submission.taken_down {
                make_up(TAKEN_DOWN, taken_down_entry(submission, asked))?;
            }
        }
        for download in desk.downloads() {
            make_up(download.kind.event(), download.entry(&desk.institution))?;
        }
    }
    Ok(())
}

/// A submission as the ledger has it.
pub(super) fn entry(submission: &Submission) -> Value {
    json!({
        "id": submission.id,
        "institution": submission.institution,
        "key": submission.key,
        "sha256": submission.sha256,
        "kind": submission.kind,
        "payer": submission.payer,
        "claim_month": submission.claim_month,
        "receipts": submission.receipts.len(),
        "total": submission.total(),
        "confirmation": submission.confirmation,
    })
}

/// A confirmation, with every receipt that was filed by it and what it files again.
pub(super) fn confirmed_entry(desk: &Desk, submission: &Submission) -> Value {
    let filed = |receipt: &ReceiptVerdict| {
        let again = receipt
            .search_number
            .as_ref()
            .and_then(|number| desk.returned(number))
            .map(|(submission, number)| json!({ "submission": submission, "number": number }));
        json!({
            "number": receipt.number,
            "person": receipt.person,
            "service_month": receipt.service_month,
            "total": receipt.total,
            "search_number": receipt.search_number,
            "files_again": again,
        })
    };
    let filed: Vec<Value> = submission.filed().map(filed).collect();
    let mut entry = entry(submission);
    if let Some(entry) = entry.as_object_mut() {
        entry.insert("filed".to_owned(), filed.into());
    }
    entry
}

/// A 取下げ as the ledger has it.
pub(super) fn taken_down_entry(
    submission: &Submission,
    asked: &super::submission::TakeDown,
) -> Value {
    json!({
        "id": submission.id, "institution": submission.institution, "payer": submission.payer,
        "claim_month": submission.claim_month, "asked": asked.receipts, "reason": asked.reason, "at": asked.at,
    })
}

/// Temporary file, flush, rename, flush of the folder.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), GatewayError> {
    write_as(path, bytes, &format!("{}.tmp", std::process::id()))
}

fn write_as(path: &Path, bytes: &[u8], extension: &str) -> Result<(), GatewayError> {
    let temporary = path.with_extension(extension);
    let write = || -> std::io::Result<()> {
        let mut file = fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        #[cfg(unix)]
        if let Some(folder) = path.parent() {
            fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    };
    write().map_err(io_error("write", path.display()))
}

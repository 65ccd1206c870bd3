//! Files that lie ready for a station: the exact bytes, and beside them what they are. The
//! description is written last, so what is listed is whole.

use super::{
    GatewayError, Shared, calendar, desk::Desk, io_error, problem::Problem, store::write_whole,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What a file that lies ready is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DownloadKind {
    /// 返戻レセプト
    Returns,
    /// 増減点連絡書
    Adjustments,
    /// 振込額
    Payments,
    /// Something a person has to look at.
    Other,
}

impl DownloadKind {
    /// Kind of the ledger's entry.
    pub(super) const fn event(self) -> &'static str {
        match self {
            Self::Returns => "gateway.returned",
            Self::Adjustments => "gateway.adjusted",
            Self::Payments => "gateway.paid",
            Self::Other => "gateway.notice",
        }
    }
}

/// A receipt that a file is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Id of the submission.
    pub submission: String,
    /// レセプト番号 in it.
    pub number: u32,
    /// 訪問看護記録番号等.
    pub person: String,
    /// 指定訪問看護年月.
    pub service_month: String,
    /// Yen: 合計金額 of a return, the change of an adjustment, what is paid of a payment.
    pub amount: i64,
    /// The 検索番号 that a returned receipt got.
    pub search_number: Option<String>,
}

/// A file that lies ready for a station.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Download {
    /// Its name forever, within the station.
    pub id: String,
    /// What it is.
    pub kind: DownloadKind,
    /// 審査支払機関.
    pub payer: String,
    /// File name.
    pub name: String,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: usize,
    /// Since when it lies ready, Unix seconds.
    pub at: i64,
    /// The receipts it is about.
    pub receipts: Vec<Named>,
}

impl Download {
    /// As the protocol lists it.
    pub(super) fn view(&self) -> Value {
        json!({
            "id": self.id, "kind": self.kind, "payer": self.payer, "name": self.name,
            "sha256": self.sha256, "size": self.size,
            "at": jiff::Timestamp::from_second(self.at).map(calendar::text).unwrap_or_default(),
        })
    }

    /// As the ledger has it.
    pub(super) fn entry(&self, institution: &str) -> Value {
        let mut entry = self.view();
        if let Some(entry) = entry.as_object_mut() {
            entry.insert("institution".to_owned(), institution.into());
            entry.insert("receipts".to_owned(), json!(self.receipts));
        }
        entry
    }
}

/// A file before it lies ready.
pub(super) struct Ready {
    pub(super) id: String,
    pub(super) kind: DownloadKind,
    pub(super) payer: String,
    pub(super) name: String,
    pub(super) at: jiff::Timestamp,
    pub(super) receipts: Vec<Named>,
    pub(super) bytes: Vec<u8>,
}

/// Puts a file ready once: of the same id nothing is written a second time.
pub(super) fn put(shared: &Shared, desk: &mut Desk, ready: Ready) -> Result<(), Problem> {
    if desk.download(&ready.id).is_some() {
        return Ok(());
    }
    let folder = folder(shared.store.folder(), &desk.institution);
    fs::create_dir_all(&folder).map_err(Problem::storage)?;
    write_whole(&folder.join(format!("{}.body", ready.id)), &ready.bytes)
        .map_err(Problem::storage)?;
    let download = Download {
        sha256: hex::encode(Sha256::digest(&ready.bytes)),
        size: ready.bytes.len(),
        id: ready.id,
        kind: ready.kind,
        payer: ready.payer,
        name: ready.name,
        at: ready.at.as_second(),
        receipts: ready.receipts,
    };
    let bytes = serde_json::to_vec_pretty(&download).map_err(Problem::storage)?;
    write_whole(&folder.join(format!("{}.json", download.id)), &bytes).map_err(Problem::storage)?;
    let (event, entry) = (download.kind.event(), download.entry(&desk.institution));
    desk.put_download(download);
    shared
        .store
        .ledger()
        .append(event, entry)
        .map_err(Problem::storage)
}

/// The exact bytes.
pub(super) fn bytes(
    shared: &Shared,
    institution: &str,
    download: &Download,
) -> std::io::Result<Vec<u8>> {
    let folder = folder(shared.store.folder(), institution);
    fs::read(folder.join(format!("{}.body", download.id)))
}

fn folder(gateway: &Path, institution: &str) -> PathBuf {
    gateway.join("downloads").join(institution)
}

/// Everything that lay ready when the gateway ended, by station.
pub(super) fn stored(gateway: &Path) -> Result<Vec<(String, Download)>, GatewayError> {
    stored_of(&gateway.join("downloads"))
}

/// JSON files in the folders of stations.
pub(super) fn stored_of<T: serde::de::DeserializeOwned>(
    folder: &Path,
) -> Result<Vec<(String, T)>, GatewayError> {
    let mut found = Vec::new();
    for station in entries(folder)? {
        let Some(institution) = station.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        for path in entries(&station)? {
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                let bytes = fs::read(&path).map_err(io_error("read", path.display()))?;
                let value = serde_json::from_slice(&bytes).map_err(|e| GatewayError::Damaged {
                    file: path.display().to_string(),
                    detail: e.to_string(),
                })?;
                found.push((institution.to_owned(), value));
            }
        }
    }
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, GatewayError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(io_error("read", folder.display())(e)),
    };
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(io_error("read", folder.display()))?;
    paths.sort();
    Ok(paths)
}

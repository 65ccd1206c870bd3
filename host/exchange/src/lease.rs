//! One host per terminal.
//!
//! An OS lock says that a process is alive; over some network shares it says nothing. A
//! lease file beside it says who, on which machine, since when, and when last heard of.
//! Both stand in the answer folder: the terminal reads the request folder, and what it
//! makes of unknown files there is not documented.

use crate::durable;
use crate::fault;
use fs4::{FileExt, TryLockError};
use jiff::{SignedDuration, Timestamp};
use reseplug_effect::{Fault, RetryAdvice, jst};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

const LOCK: &str = ".reseplug.lock";
const LEASE: &str = ".reseplug-lease.json";

/// A heartbeat is renewed after so long …
const BEAT: SignedDuration = SignedDuration::from_secs(30);
/// … and is old after so long: ten missed beats, so that a PC that slept a moment or a clock
/// a minute off is not taken for dead.
const OLD: SignedDuration = SignedDuration::from_mins(5);

/// How often an owner whose lease is not there is looked for …
const LOOKS: u32 = 10;
/// … and how long after each other.
const GLANCE: Duration = Duration::from_millis(50);

/// Who this host is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Made once per installation and kept in its store; the same after a crash.
    pub id: String,
    /// The machine's name, for people.
    pub name: String,
}

/// What the lease file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The owner.
    pub host: Host,
    /// Its process.
    pub pid: u32,
    /// Since when, ISO 8601 with Japan's offset.
    pub since: String,
    /// When it was last heard of, likewise.
    pub heartbeat: String,
}

/// Another host, or another process of this one, owns the folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned {
    /// The owner; absent when the lock is held but the lease cannot be read.
    pub by: Option<Lease>,
    /// Another process of this very installation.
    pub here: bool,
    /// Nothing was heard of the owner for some minutes and no process holds the lock: a
    /// person may decide to take over.
    pub old: bool,
}

/// Why folders could not be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenError {
    /// They are owned.
    Owned(Owned),
    /// They cannot be used.
    Fault(Fault),
}

impl From<Fault> for OpenError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Fault::from(self.clone()).fmt(f)
    }
}

impl std::error::Error for OpenError {}

impl From<OpenError> for Fault {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Fault(fault) => fault,
            OpenError::Owned(owned) => owned.fault(),
        }
    }
}

impl Owned {
    fn fault(&self) -> Fault {
        let (who, since, heard, pid) = match &self.by {
            Some(l) => (
                l.host.name.as_str(),
                l.since.as_str(),
                l.heartbeat.as_str(),
                l.pid,
            ),
            None => ("?", "?", "?", 0),
        };
        let (ja, en) = if self.by.is_none() {
            (
                "連携フォルダーを、reseplug の別の実行が使用しています（このPCでもう一つ動いている reseplug か、同じ共有フォルダーを使うほかのPC）。終わるまで待って、もう一度行ってください。"
                    .to_owned(),
                "Another run of reseplug is using the exchange folders, on this PC or on another that shares them. Wait until it ends, then try again."
                    .to_owned(),
            )
        } else if self.here {
            (
                format!(
                    "このPCで reseplug がもう一つ動いていて（プロセス {pid}）、{since} から連携フォルダーを使用しています。終わるまで待って、もう一度行ってください。"
                ),
                format!(
                    "Another run of reseplug on this PC (pid {pid}) has used the exchange folders since {since}. Wait until it ends, then try again."
                ),
            )
        } else if self.old {
            (
                format!(
                    "連携フォルダーは「{who}」（{since} から）のものですが、{heard} を最後に応答がありません。そのPCでもう使用していないことを確認し、引き継ぎを実行してください。"
                ),
                format!(
                    "The exchange folders belong to {who} (since {since}), last heard of at {heard}. Make sure it is not in use there any more, then take over."
                ),
            )
        } else {
            (
                format!(
                    "連携フォルダーは「{who}」が {since} から使用しています。1つの端末を使用できるのは1台だけです。「{who}」で操作するか、そのPCのプログラムを終了してください。"
                ),
                format!(
                    "The exchange folders are owned by {who} since {since}. One host owns a terminal: work there, or stop the program on it."
                ),
            )
        };
        let mut fault = Fault::new("exchange/owned", ja, en);
        fault.retry = if self.old {
            RetryAdvice::Never
        } else {
            RetryAdvice::Later
        };
        fault.extra = vec![
            ("owner".to_owned(), who.to_owned()),
            ("since".to_owned(), since.to_owned()),
            ("heartbeat".to_owned(), heard.to_owned()),
            ("old".to_owned(), self.old.to_string()),
        ];
        fault
    }
}

/// Ownership of a folder, given back when dropped.
#[derive(Debug)]
pub(crate) struct Ownership {
    folder: PathBuf,
    lease: Lease,
    beaten: Timestamp,
    /// Closed last: the lock goes after the lease.
    lock: Option<File>,
}

impl Ownership {
    /// Takes a folder. With `take_over` a lease of a host that is not alive is replaced.
    pub(crate) fn take(
        folder: &Path,
        host: &Host,
        now: Timestamp,
        take_over: bool,
    ) -> Result<Self, OpenError> {
        let lock = lock(folder, host)?;
        let there = read(folder);
        // The lock is ours. A lease of another host means that it went without saying so, or
        // that locks do not reach it over this share.
        if let Some(by) = there
            && by.host.id != host.id
        {
            let old = is_old(folder, &lock, &by, now);
            if !(take_over && old) {
                return Err(OpenError::Owned(Owned {
                    by: Some(by),
                    here: false,
                    old,
                }));
            }
        }
        let lease = Lease {
            host: host.clone(),
            pid: std::process::id(),
            since: jst(now),
            heartbeat: jst(now),
        };
        write(folder, &lease)?;
        Ok(Self {
            folder: folder.to_owned(),
            lease,
            beaten: now,
            lock: Some(lock),
        })
    }

    /// Renews the heartbeat when it is due, and notices if another host took over.
    pub(crate) fn beat(&mut self, now: Timestamp) -> Result<(), Fault> {
        if now.duration_since(self.beaten).abs() < BEAT {
            return Ok(());
        }
        if !self.folder.join(LOCK).exists() {
            // The folder was away and is another one now: what was locked is not there.
            self.lock = Some(lock(&self.folder, &self.lease.host)?);
        }
        if let Some(by) = read(&self.folder)
            && by.host.id != self.lease.host.id
        {
            return Err(Owned {
                by: Some(by),
                here: false,
                old: false,
            }
            .fault());
        }
        self.lease.heartbeat = jst(now);
        self.beaten = now;
        write(&self.folder, &self.lease)
    }

    /// Goes as a crash goes: the lock is gone, the lease stays.
    #[cfg(test)]
    pub(crate) fn crash(mut self) {
        self.lock = None;
        self.lease.host.id = "crashed".to_owned();
    }
}

impl Drop for Ownership {
    fn drop(&mut self) {
        if read(&self.folder).is_some_and(|l| l.host.id == self.lease.host.id) {
            // Left behind it would only be taken for a crash of ours.
            let _ = fs::remove_file(self.folder.join(LEASE));
        }
        self.lock = None;
    }
}

/// Locks a folder for this process.
fn lock(folder: &Path, host: &Host) -> Result<File, OpenError> {
    let path = folder.join(LOCK);
    let failed = |e| fault::io("連携フォルダーを確保", "lock", &path, &e);
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(failed)?;
    for _ in 0..LOOKS {
        match FileExt::try_lock(&lock) {
            Ok(()) => return Ok(lock),
            Err(TryLockError::Error(e)) => return Err(failed(e).into()),
            Err(TryLockError::WouldBlock) => {}
        }
        if let Some(by) = read(folder) {
            let here = by.host.id == host.id;
            return Err(OpenError::Owned(Owned {
                by: Some(by),
                here,
                old: false,
            }));
        }
        // Somebody who has just come, or is going, and whose name is not written or not there
        // any more.
        std::thread::sleep(GLANCE);
    }
    Err(OpenError::Owned(Owned {
        by: None,
        here: false,
        old: false,
    }))
}

/// Whether nothing was heard of the owner for long. The clocks of two machines may be an hour
/// apart, so the times that the file server itself gives the lease and the lock count, the
/// lock being written now. Where they cannot be had, what the lease says counts.
fn is_old(folder: &Path, mut lock: &File, lease: &Lease, now: Timestamp) -> bool {
    let written = lock
        .write_all(b" ")
        .and_then(|()| lock.metadata()?.modified());
    let heard = fs::metadata(folder.join(LEASE)).and_then(|lease| lease.modified());
    if let (Ok(written), Ok(heard)) = (written, heard) {
        return written
            .duration_since(heard)
            .is_ok_and(|silent| silent > OLD.unsigned_abs());
    }
    // What cannot be read tells nothing; a person has to look.
    lease
        .heartbeat
        .parse::<Timestamp>()
        .is_ok_and(|heard| now.duration_since(heard) > OLD)
}

fn read(folder: &Path) -> Option<Lease> {
    serde_json::from_slice(&fs::read(folder.join(LEASE)).ok()?).ok()
}

fn write(folder: &Path, lease: &Lease) -> Result<(), Fault> {
    let text = serde_json::to_vec_pretty(lease).unwrap_or_default();
    durable::replace(folder, LEASE, &text)
}

//! The station's doors to the outside: folders, endpoints, certificates.

mod host_id;
#[cfg(test)]
pub(crate) mod scene;
mod terminal;
#[cfg(test)]
mod tests;

pub(crate) use terminal::Terminal;

use reseplug_effect::{Clock, Fault};
use reseplug_egress::{Bindings, Egress};
use reseplug_exchange::{Handover, Host, Owner, Prepared};
use reseplug_identity::{FileSealer, IdentityStore};
use reseplug_journal::{JobFilter, Journal, Step};
use reseplug_policy::{ExchangeBinding, Folder, Grants, Name, StationFile};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use terminal::TerminalDoor;

/// The station's doors to the outside: folders, endpoints, certificates. Each is opened when
/// first used, and stays open as long as the value lives. One that cannot be opened now is
/// tried again the next time.
///
/// A terminal's folders have one owner: while they are open here, another host and another
/// process of this one are refused.
pub struct Doors {
    store: PathBuf,
    clock: Arc<dyn Clock>,
    exchange: BTreeMap<Name, ExchangeDoor>,
    bindings: Bindings,
    identities: Lazy<Arc<IdentityStore>>,
    egress: Lazy<Arc<Egress>>,
    host: Lazy<Host>,
}

/// A folder of the station file.
enum ExchangeDoor {
    Terminal(TerminalDoor),
    Handover {
        path: PathBuf,
        max_bytes: u64,
        opened: Lazy<Arc<Handover>>,
    },
}

/// Made when first asked for; a failure is not remembered.
type Lazy<T> = Mutex<Option<T>>;

fn once<T: Clone>(cell: &Lazy<T>, make: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    let mut cell = cell.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(made) = &*cell {
        return Ok(made.clone());
    }
    let made = make()?;
    *cell = Some(made.clone());
    Ok(made)
}

impl std::fmt::Debug for Doors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Doors")
            .field("store", &self.store)
            .field("exchange", &self.exchange.keys())
            .field("bindings", &self.bindings)
            .finish_non_exhaustive()
    }
}

impl Doors {
    /// The doors of a station; nothing is opened or touched yet. `folder` is where the station
    /// file lies: relative paths in it count from there. `store` is the store folder.
    pub fn new(station: &StationFile, folder: &Path, store: &Path, clock: Arc<dyn Clock>) -> Self {
        // A path is shown to people and kept in the journal, and must mean the same whatever
        // folder a later run is started in.
        let folder = match std::path::absolute(folder) {
            Ok(folder) => folder,
            Err(_) => std::env::current_dir().unwrap_or_default().join(folder),
        };
        let exchange = station
            .exchange
            .iter()
            .map(|(name, binding)| {
                let code = &station.station.institution_code;
                (name.clone(), door(binding, code, &folder, store))
            })
            .collect();
        Self {
            store: store.to_owned(),
            clock,
            exchange,
            bindings: Bindings::of(station, &folder),
            identities: Lazy::default(),
            egress: Lazy::default(),
            host: Lazy::default(),
        }
    }

    /// The identity store in `<store>/identities`, opened on first use.
    ///
    /// # Errors
    /// `identity/io` if the folder cannot be made.
    pub fn identities(&self) -> Result<Arc<IdentityStore>, Fault> {
        once(&self.identities, || {
            let folder = self.store.join(crate::host::store::IDENTITIES);
            let sealer = Box::new(FileSealer::in_folder(&folder));
            IdentityStore::open_with(&folder, sealer, Arc::clone(&self.clock))
                .map(Arc::new)
                .map_err(|e| e.fault())
        })
    }

    /// Opens every folder that a plugin is granted, so that what stands in the way (a second
    /// host on the same folders, a folder that is not there) is told before a job begins.
    /// Folders that are requested and not granted are not its matter ([`Grants::missing`]).
    ///
    /// # Errors
    /// `exchange/owned` naming the owner, `exchange/io`, `store/host-id`.
    pub fn check(&self, grants: &Grants) -> Result<(), Fault> {
        let granted = |name: &Name| grants.exchange(name.as_str(), "").is_ok();
        for (name, door) in self.exchange.iter().filter(|(name, _)| granted(name)) {
            match door {
                ExchangeDoor::Terminal(door) => door.open(|| self.host(), &self.clock)?,
                ExchangeDoor::Handover { .. } => drop(self.handover(name.as_str())?),
            }
        }
        Ok(())
    }

    /// Removes requests that a crash left under their temporary names and that no unanswered
    /// step of an open job knows; says how many. To be called before anything is driven; a
    /// later call does no harm.
    ///
    /// A terminal's folders are opened for it only if such a file lies there, and the journal
    /// is asked only once they are ours, because then nobody else can be about to write one.
    /// Folders that were already used for an effect are left alone for the same reason, and
    /// folders that cannot be opened or cleaned now (another host's, not reachable) for
    /// another time: what is left there is in nobody's way.
    ///
    /// # Errors
    /// `journal/…` if the journal cannot be read.
    pub fn sweep_before(&self, journal: &dyn Journal) -> Result<usize, Fault> {
        let mut removed = 0usize;
        for door in self.exchange.values() {
            if let ExchangeDoor::Terminal(door) = door {
                let swept = door.sweep(|| self.host(), &self.clock, || known(journal))?;
                removed = removed.saturating_add(swept);
            }
        }
        Ok(removed)
    }

    /// Answers in the folders that are open now which came after whoever asked had given up, or were
    /// used and could not be removed, and were not told yet. Folders that cannot be looked into are looked into another time.
    ///
    /// # Errors
    /// `journal/…` if the journal cannot be read.
    pub(crate) fn late(&self, journal: &dyn Journal) -> Result<Vec<LateFile>, Fault> {
        let mut found = Vec::new();
        for (name, door) in &self.exchange {
            if let ExchangeDoor::Terminal(door) = door
                && let Some(terminal) = door.is_open()
            {
                let mut asked = Ok(());
                let files = terminal
                    .folders
                    .late(|| waited(journal).inspect_err(|fault| asked = Err(fault.clone())));
                asked?;
                found.extend(files.unwrap_or_default().into_iter().map(|left| LateFile {
                    folder: name.clone(),
                    path: door.res().join(&left.name),
                    file: left.name,
                    used: left.used,
                }));
            }
        }
        Ok(found)
    }

    /// These were told.
    pub(crate) fn late_told(&self, folder: &str, files: &[String]) -> Result<(), Fault> {
        match self.exchange.get(folder) {
            Some(ExchangeDoor::Terminal(door)) => match door.is_open() {
                Some(terminal) => terminal.folders.late_told(files),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// A terminal's folders, for an effect.
    pub(crate) fn terminal(&self, name: &str) -> Result<Arc<Terminal>, Fault> {
        match self.exchange.get(name) {
            Some(ExchangeDoor::Terminal(door)) => door.enter(|| self.host(), &self.clock),
            _ => Err(unbound(name)),
        }
    }

    /// A hand-over folder.
    pub(crate) fn handover(&self, name: &str) -> Result<Arc<Handover>, Fault> {
        match self.exchange.get(name) {
            Some(ExchangeDoor::Handover { path, opened, .. }) => {
                once(opened, || Handover::open(path).map(Arc::new))
            }
            _ => Err(unbound(name)),
        }
    }

    /// The largest file of a folder, in bytes.
    pub(crate) fn max_bytes(&self, name: &str) -> Result<u64, Fault> {
        match self.exchange.get(name) {
            Some(ExchangeDoor::Terminal(door)) => Ok(door.max_bytes()),
            Some(ExchangeDoor::Handover { max_bytes, .. }) => Ok(*max_bytes),
            None => Err(unbound(name)),
        }
    }

    /// The way out to endpoints.
    pub(crate) fn egress(&self) -> Result<Arc<Egress>, Fault> {
        once(&self.egress, || {
            Egress::new(self.bindings.clone(), self.identities()?).map(Arc::new)
        })
    }

    pub(crate) fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// Who this host is towards others that share its folders.
    fn host(&self) -> Result<Host, Fault> {
        once(&self.host, || {
            Ok(Host {
                id: host_id::of(&self.store)?,
                name: host_id::machine(),
            })
        })
    }
}

fn door(binding: &ExchangeBinding, code: &str, folder: &Path, store: &Path) -> ExchangeDoor {
    match &binding.folder {
        Folder::Terminal { req, res, settle } => {
            ExchangeDoor::Terminal(TerminalDoor::new(reseplug_exchange::Binding {
                req: folder.join(req),
                res: folder.join(res),
                state: store
                    .join(crate::host::store::EXCHANGE)
                    .join(binding.name.as_str()),
                settle: *settle,
                max_bytes: binding.max_bytes,
                // Whose host it is is known when it is opened.
                first: 1,
                owner: Some(Owner {
                    element: "MedicalInstitutionCode".to_owned(),
                    ours: code.to_owned(),
                }),
            }))
        }
        Folder::Handover { path } => ExchangeDoor::Handover {
            path: folder.join(path),
            max_bytes: binding.max_bytes,
            opened: Lazy::default(),
        },
    }
}

/// An answer that nobody waits for.
pub(crate) struct LateFile {
    /// Name of the exchange folder in the station file.
    pub(crate) folder: Name,
    /// Name of the file.
    pub(crate) file: String,
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// Whether it was used, and only could not be removed.
    pub(crate) used: bool,
}

/// Names of all requests of open jobs: what any of them may still want the answer to.
fn waited(journal: &dyn Journal) -> Result<BTreeSet<String>, Fault> {
    let open = journal.jobs(&JobFilter {
        open: true,
        ..JobFilter::default()
    })?;
    let mut names = BTreeSet::new();
    for job in open {
        names.extend(journal.steps(job.id())?.iter().filter_map(request_of));
    }
    Ok(names)
}

/// The request that a step made, if it made one.
pub(crate) fn request_of(step: &Step) -> Option<String> {
    let prepared: Prepared = serde_json::from_value(step.prepared.clone()?).ok()?;
    Some(prepared.name)
}

/// What every unanswered step of every open job has prepared.
fn known(journal: &dyn Journal) -> Result<Vec<Prepared>, Fault> {
    let open = journal.jobs(&JobFilter {
        open: true,
        ..JobFilter::default()
    })?;
    let mut known = Vec::new();
    for job in open {
        // Only the last step of a job can be unanswered.
        let Some(last) = journal.last_step(job.id())? else {
            continue;
        };
        if let Some(step) = journal.step(job.id(), last)?
            && step.answer.is_none()
            && let Some(prepared) = step.prepared
            // Steps of another kind prepare other things.
            && let Ok(prepared) = serde_json::from_value(prepared)
        {
            known.push(prepared);
        }
    }
    Ok(known)
}

fn unbound(name: &str) -> Fault {
    Fault::new(
        "exchange/unbound",
        format!(
            "フォルダー「{name}」は、このステーションの設定にその種類では登録されていません。設定ファイルの [exchange.{name}] を確かめてください。"
        ),
        format!(
            "the folder `{name}` is not bound as that kind at this station; see [exchange.{name}] in the station file"
        ),
    )
}

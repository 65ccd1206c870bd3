//! The folder of sealed identities.

use crate::{
    Facts, FileSealer, IdentityError, MasterKey, Sealer,
    container::{self, signing_key},
    facts::CertificateFacts,
    probe::{ProvenKey, proven_schemes},
    sealed::{self, Content},
};
use jiff::Timestamp;
use reseplug_effect::{Clock, SystemClock};
use rustls::sign::CertifiedKey;
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// A sealed certificate is a few kilobytes; anything much larger is not ours.
const MAX_FILE: u64 = 1 << 20;
const EXTENSION: &str = "sealed";

/// Who can sign a TLS handshake for a named identity.
///
/// The store of sealed files is one; a token or the operating system's key store can be
/// another. Connections are made through this trait alone.
pub trait KeyHolder: Send + Sync {
    /// The identity to use now: its facts, and a key that signs handshakes.
    fn active(&self, name: &str) -> Result<ActiveIdentity, IdentityError>;

    /// Only the facts of the identity to use now; cheap, asked before every request.
    fn active_facts(&self, name: &str) -> Result<Facts, IdentityError>;
}

/// An identity that is valid now.
#[derive(Debug, Clone)]
pub struct ActiveIdentity {
    /// What may be known of it.
    pub facts: Facts,
    /// Signs TLS handshakes with the schemes the key has proven. Holds the key in memory and
    /// has no way to give it out as bytes.
    pub key: Arc<CertifiedKey>,
}

/// The identities of a station: a folder of sealed files `NAME.GENERATION.sealed`.
///
/// A renewed certificate is imported under the name it has: it becomes the next generation,
/// and the newest generation that is valid now is the active one. The older stay until removed.
pub struct IdentityStore {
    folder: PathBuf,
    sealer: Box<dyn Sealer>,
    clock: Arc<dyn Clock>,
    /// Held while a generation number is chosen and written.
    importing: Mutex<()>,
}

impl std::fmt::Debug for IdentityStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdentityStore")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl IdentityStore {
    /// Opens the store in `folder`, making the folder where it is missing, with the key beside
    /// it ([`FileSealer`]) and the machine's clock.
    pub fn open(folder: &Path) -> Result<Self, IdentityError> {
        Self::open_with(
            folder,
            Box::new(FileSealer::in_folder(folder)),
            Arc::new(SystemClock),
        )
    }

    /// The same with a sealer and a clock of the caller's.
    pub fn open_with(
        folder: &Path,
        sealer: Box<dyn Sealer>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, IdentityError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt;
            builder.mode(0o700);
        }
        builder.create(folder).map_err(io("create", folder))?;
        Ok(Self {
            folder: folder.to_owned(),
            sealer,
            clock,
            importing: Mutex::new(()),
        })
    }

    /// Imports a PKCS#12 container under a name. The certificate in use again answers with the
    /// facts of the first time; another one becomes the next generation, also one that was in use
    /// before: whoever imported a wrong one goes back to the right one by importing that again.
    pub fn import(&self, name: &str, p12: &[u8], password: &str) -> Result<Facts, IdentityError> {
        check_name(name)?;
        let opened = container::open(p12, password)?;
        let leaf = opened
            .chain
            .first()
            .ok_or(IdentityError::NoMatchingCertificate)?;
        let facts = CertificateFacts::read(leaf)?;
        let now = self.clock.now();
        facts.check_validity(now)?;
        let schemes = proven_schemes(opened.signing.as_ref(), leaf)?;

        let _guard = self
            .importing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let existing = self.list_named(name)?;
        if let Some(same) = existing
            .iter()
            .find(|known| known.thumbprint == facts.thumbprint && known.active)
        {
            return Ok(same.clone());
        }
        let generation = existing
            .iter()
            .map(|known| known.generation)
            .max()
            .unwrap_or(0)
            .saturating_add(1);
        let content = Content {
            imported_at: now.as_second(),
            schemes,
            key: opened.key,
            chain: opened.chain,
        };
        let bytes = sealed::seal(&content, name, generation, &self.master_key()?)?;
        self.write(&file_name(name, generation), &bytes)?;
        self.list_named(name)?
            .into_iter()
            .find(|known| known.generation == generation)
            .ok_or_else(|| IdentityError::NotFound {
                name: name.to_owned(),
            })
    }

    /// Everything in the store, by name and generation.
    pub fn list(&self) -> Result<Vec<Facts>, IdentityError> {
        let mut names: Vec<String> = self.entries()?.into_iter().map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        let mut all = Vec::new();
        for name in names {
            all.extend(self.list_named(&name)?);
        }
        Ok(all)
    }

    /// The active certificate of a name and its key, for the crate that opens connections.
    ///
    /// The key inside signs TLS handshakes; its bytes never leave this crate.
    pub fn certified_key(&self, name: &str) -> Result<Arc<CertifiedKey>, IdentityError> {
        Ok(self.active(name)?.key)
    }

    /// Removes one generation of a name.
    pub fn remove(&self, name: &str, generation: u32) -> Result<(), IdentityError> {
        check_name(name)?;
        let path = self.folder.join(file_name(name, generation));
        match fs::remove_file(&path) {
            Ok(()) => sync_folder(&self.folder),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(IdentityError::NotFound {
                name: format!("{name}.{generation}"),
            }),
            Err(e) => Err(io("remove", &path)(e)),
        }
    }

    fn list_named(&self, name: &str) -> Result<Vec<Facts>, IdentityError> {
        Ok(self
            .load_named(name)?
            .into_iter()
            .map(|(facts, _)| facts)
            .collect())
    }

    /// Every generation of a name, oldest first, with the active one marked.
    fn load_named(&self, name: &str) -> Result<Vec<(Facts, Content)>, IdentityError> {
        check_name(name)?;
        let now = self.clock.now();
        let mut generations: Vec<u32> = self
            .entries()?
            .into_iter()
            .filter(|(entry, _)| entry == name)
            .map(|(_, number)| number)
            .collect();
        generations.sort_unstable();
        if generations.is_empty() {
            return Ok(Vec::new());
        }
        let key = self.master_key()?;
        let mut all = Vec::with_capacity(generations.len());
        for generation in generations {
            let content = self.read(name, generation, &key)?;
            let facts = facts_of(name, generation, &content, now)?;
            all.push((facts, content));
        }
        let valid = |facts: &Facts| facts.not_before <= now && now <= facts.not_after;
        if let Some((facts, _)) = all.iter_mut().rev().find(|(facts, _)| valid(facts)) {
            facts.active = true;
        }
        Ok(all)
    }

    /// The active generation, or why there is none.
    fn load_active(&self, name: &str) -> Result<(Facts, Content), IdentityError> {
        let mut all = self.load_named(name)?;
        if let Some(at) = all.iter().position(|(facts, _)| facts.active) {
            return Ok(all.swap_remove(at));
        }
        let Some((_, content)) = all.pop() else {
            return Err(IdentityError::NotFound {
                name: name.to_owned(),
            });
        };
        let facts = CertificateFacts::read(content.leaf())?;
        facts.check_validity(self.clock.now())?;
        Err(IdentityError::NotFound {
            name: name.to_owned(),
        })
    }

    fn master_key(&self) -> Result<MasterKey, IdentityError> {
        self.sealer.master_key(self.entries()?.is_empty())
    }

    /// Name and generation of each sealed file.
    fn entries(&self) -> Result<Vec<(String, u32)>, IdentityError> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(io("read", &self.folder))? {
            let entry = entry.map_err(io("read", &self.folder))?;
            if let Some(parsed) = entry.file_name().to_str().and_then(parse_file_name) {
                found.push(parsed);
            }
        }
        Ok(found)
    }

    fn read(&self, name: &str, generation: u32, key: &MasterKey) -> Result<Content, IdentityError> {
        let file = file_name(name, generation);
        let path = self.folder.join(&file);
        let size = fs::metadata(&path).map_err(io("read", &path))?.len();
        if size > MAX_FILE {
            return Err(IdentityError::Sealed { file });
        }
        let bytes = fs::read(&path).map_err(io("read", &path))?;
        sealed::open(&bytes, name, generation, key).ok_or(IdentityError::Sealed { file })
    }

    /// Temporary file, flush, rename, flush of the folder: whole or not at all.
    fn write(&self, file: &str, bytes: &[u8]) -> Result<(), IdentityError> {
        let path = self.folder.join(file);
        let temporary = self
            .folder
            .join(format!("{file}.{}.tmp", std::process::id()));
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut out = options.open(&temporary).map_err(io("write", &temporary))?;
        out.write_all(bytes)
            .and_then(|()| out.sync_all())
            .map_err(io("write", &temporary))?;
        drop(out);
        fs::rename(&temporary, &path).map_err(io("rename", &path))?;
        sync_folder(&self.folder)
    }
}

impl KeyHolder for IdentityStore {
    fn active(&self, name: &str) -> Result<ActiveIdentity, IdentityError> {
        let (facts, content) = self.load_active(name)?;
        let inner = signing_key(&content.key)?;
        let key = ProvenKey {
            inner,
            schemes: content.schemes,
        };
        Ok(ActiveIdentity {
            facts,
            key: Arc::new(CertifiedKey::new(content.chain, Arc::new(key))),
        })
    }

    fn active_facts(&self, name: &str) -> Result<Facts, IdentityError> {
        Ok(self.load_active(name)?.0)
    }
}

fn facts_of(
    name: &str,
    generation: u32,
    content: &Content,
    now: Timestamp,
) -> Result<Facts, IdentityError> {
    let certificate = CertificateFacts::read(content.leaf())?;
    let imported_at =
        Timestamp::from_second(content.imported_at).map_err(|_| IdentityError::Sealed {
            file: file_name(name, generation),
        })?;
    Ok(Facts {
        name: name.to_owned(),
        generation,
        active: false,
        days_left: certificate.days_left(now),
        subject: certificate.subject,
        issuer: certificate.issuer,
        not_before: certificate.not_before,
        not_after: certificate.not_after,
        thumbprint: certificate.thumbprint,
        schemes: content
            .schemes
            .iter()
            .map(|scheme| {
                scheme
                    .as_str()
                    .map_or_else(|| format!("{scheme:?}"), str::to_owned)
            })
            .collect(),
        tls13: content.tls13(),
        imported_at,
    })
}

fn check_name(name: &str) -> Result<(), IdentityError> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let good =
        (1..=64).contains(&name.len()) && name.chars().all(allowed) && !name.starts_with('-');
    good.then_some(()).ok_or_else(|| IdentityError::BadName {
        name: name.to_owned(),
    })
}

fn file_name(name: &str, generation: u32) -> String {
    format!("{name}.{generation}.{EXTENSION}")
}

fn parse_file_name(file: &str) -> Option<(String, u32)> {
    let (stem, extension) = file.rsplit_once('.')?;
    let (name, generation) = stem.split_once('.')?;
    let generation: u32 = generation.parse().ok()?;
    (extension == EXTENSION && check_name(name).is_ok() && file == file_name(name, generation))
        .then(|| (name.to_owned(), generation))
}

fn io<'a>(action: &'static str, path: &'a Path) -> impl Fn(std::io::Error) -> IdentityError + 'a {
    move |source| IdentityError::Io {
        action,
        path: path.display().to_string(),
        source,
    }
}

/// Makes a rename durable. Windows has no way to flush a folder, and needs none for NTFS.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), IdentityError> {
    #[cfg(unix)]
    fs::File::open(folder)
        .and_then(|file| file.sync_all())
        .map_err(io("flush", folder))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

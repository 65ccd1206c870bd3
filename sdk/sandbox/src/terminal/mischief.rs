//! Faults by name and by seed, kept in `work/faults.json` so that they survive a restart and can
//! be armed from another process, and what each does to an answer.
//!
//! ```json
//! { "next": ["half-written", "zip"], "offline": false, "seed": 7, "one_in": 5, "count": 12 }
//! ```

use super::{TerminalError, store::write_flushed};
use onshi::{Charset, Element, MessageKind};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::VecDeque,
    fmt, fs, io,
    io::Write,
    path::PathBuf,
    str::FromStr,
    sync::{Mutex, PoisonError},
};

/// What can go wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mischief {
    /// The answer takes longer.
    Slow,
    /// One round of 処理中 more.
    Processing,
    /// The request is refused with `.err`.
    Err,
    /// The answer lies half-written in `res` for a while.
    HalfWritten,
    /// The answer comes as `.zip`.
    Zip,
    /// The answer comes as an encrypted `.zip`, as a terminal setting would have it.
    EncryptedZip,
    /// The declaration names another encoding than the file has.
    WrongEncoding,
    /// Elements stand in another order than in the layout.
    Shuffled,
    /// A code that no table knows, and an element that no layout knows.
    UnknownCode,
    /// The terminal does nothing at all, until it is put online again.
    Offline,
}

impl Mischief {
    /// Every fault, in a fixed order.
    pub const ALL: [Self; 10] = [
        Self::Slow,
        Self::Processing,
        Self::Err,
        Self::HalfWritten,
        Self::Zip,
        Self::EncryptedZip,
        Self::WrongEncoding,
        Self::Shuffled,
        Self::UnknownCode,
        Self::Offline,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Processing => "processing",
            Self::Err => "err",
            Self::HalfWritten => "half-written",
            Self::Zip => "zip",
            Self::EncryptedZip => "encrypted-zip",
            Self::WrongEncoding => "wrong-encoding",
            Self::Shuffled => "shuffled",
            Self::UnknownCode => "unknown-code",
            Self::Offline => "offline",
        }
    }

    /// Whether it can befall a request of that kind.
    fn befalls(self, kind: MessageKind) -> bool {
        use MessageKind::{Muhvq02Req, Muimm02Req, Muquc02Req, Siquc01Req};
        match self {
            Self::Processing | Self::Zip => matches!(kind, Muquc02Req | Muhvq02Req | Muimm02Req),
            Self::UnknownCode => matches!(kind, Muquc02Req | Muhvq02Req | Siquc01Req),
            _ => true,
        }
    }
}

impl fmt::Display for Mischief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Mischief {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|mischief| mischief.name() == text)
            .ok_or_else(|| {
                let names: Vec<&str> = Self::ALL.iter().map(|mischief| mischief.name()).collect();
                format!("no fault is named {text:?}; there are {}", names.join(", "))
            })
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Plan {
    next: VecDeque<Mischief>,
    offline: bool,
    seed: u64,
    /// 0: none by seed.
    one_in: u32,
    /// Requests met so far under the seed.
    count: u64,
}

pub(super) struct Faults {
    path: PathBuf,
    lock: Mutex<()>,
}

impl Faults {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            lock: Mutex::new(()),
        }
    }

    /// Whether a plan was ever made here.
    pub(super) fn planned(&self) -> bool {
        self.path.exists()
    }

    pub(super) fn arm(&self, mischief: Mischief) -> Result<(), TerminalError> {
        self.change(|plan| match mischief {
            Mischief::Offline => plan.offline = true,
            other => plan.next.push_back(other),
        })
    }

    pub(super) fn online(&self) -> Result<(), TerminalError> {
        self.change(|plan| plan.offline = false)
    }

    pub(super) fn seed(&self, seed: u64, one_in: u32) -> Result<(), TerminalError> {
        self.change(|plan| (plan.seed, plan.one_in, plan.count) = (seed, one_in, 0))
    }

    pub(super) fn is_offline(&self) -> Result<bool, TerminalError> {
        if !self.planned() {
            return Ok(false);
        }
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(self.read()?.offline)
    }

    /// The fault that a request of that kind meets, taken off the plan.
    pub(super) fn take(&self, kind: MessageKind) -> Result<Option<Mischief>, TerminalError> {
        if !self.planned() {
            return Ok(None);
        }
        self.change(|plan| {
            if let Some(at) = plan.next.iter().position(|mischief| mischief.befalls(kind)) {
                return plan.next.remove(at);
            }
            let drawn = draw(plan.seed, plan.one_in, plan.count);
            if plan.one_in > 0 {
                plan.count = plan.count.saturating_add(1);
            }
            drawn.filter(|mischief| mischief.befalls(kind))
        })
    }

    fn read(&self) -> Result<Plan, TerminalError> {
        match fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|e| TerminalError::io("read", &self.path)(e.into())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Plan::default()),
            Err(e) => Err(TerminalError::io("read", &self.path)(e)),
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Plan) -> T) -> Result<T, TerminalError> {
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let mut plan = self.read()?;
        let before = serde_json::to_vec(&plan).unwrap_or_default();
        let answer = change(&mut plan);
        let after = serde_json::to_vec(&plan)
            .map_err(|e| TerminalError::io("write", &self.path)(e.into()))?;
        if before != after || !self.planned() {
            let temp = self.path.with_extension("tmp");
            write_flushed(&temp, &after)
                .and_then(|()| fs::rename(&temp, &self.path))
                .map_err(TerminalError::io("write", &self.path))?;
        }
        Ok(answer)
    }
}

/// The fault of the `count`-th request under a seed: from the seed alone, so a run repeats. Offline
/// is never drawn, because nothing would end it.
fn draw(seed: u64, one_in: u32, count: u64) -> Option<Mischief> {
    let hash = digest(seed, &count.to_string());
    let (when, which) = (hash.first_chunk::<4>()?, hash.last()?);
    if u32::from_be_bytes(*when).checked_rem(one_in)? != 0 {
        return None;
    }
    let drawable = Mischief::ALL.len().saturating_sub(1);
    Mischief::ALL
        .get(usize::from(*which).checked_rem(drawable)?)
        .copied()
}

fn digest(seed: u64, text: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(seed.to_be_bytes())
        .chain_update(text)
        .finalize()
        .into()
}

/// Another order of the elements, the same for the same seed and file. Elements of one name keep
/// their order: some pair by position.
pub(super) fn shuffle(element: &mut Element, seed: u64, file: &str) {
    element
        .children
        .sort_by_key(|child| digest(seed, &format!("{file}/{}", child.name)));
    for child in &mut element.children {
        shuffle(child, seed, file);
    }
}

/// Puts a code that nobody knows on the first 資格有効性, and an element that nobody knows beside it.
pub(super) fn unknown_code(root: &mut Element) {
    fn first(element: &mut Element) -> bool {
        if let Some(validity) = element
            .children
            .iter_mut()
            .find(|child| child.name == "QualificationValidity")
        {
            "8".clone_into(&mut validity.text);
            element
                .children
                .push(Element::leaf("SandboxUnknownElement", "模擬"));
            return true;
        }
        element.children.iter_mut().any(first)
    }
    first(root);
}

/// The same bytes under a declaration of the other encoding.
pub(super) fn misdeclare(bytes: &[u8], charset: Charset) -> Vec<u8> {
    let other = match charset {
        Charset::Utf8 => Charset::ShiftJis,
        Charset::ShiftJis => Charset::Utf8,
    };
    let (own, other) = (charset.name().as_bytes(), other.name().as_bytes());
    match bytes.windows(own.len()).position(|window| window == own) {
        None => bytes.to_vec(),
        Some(at) => {
            let (head, rest) = bytes.split_at_checked(at).unwrap_or((bytes, &[]));
            [head, other, rest.get(own.len()..).unwrap_or_default()].concat()
        }
    }
}

/// A `.zip` with the one answer inside.
pub(super) fn zipped(name: &str, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file(name, options).map_err(io::Error::other)?;
    writer.write_all(bytes)?;
    Ok(writer.finish().map_err(io::Error::other)?.into_inner())
}

/// A `.zip` that says it is encrypted, its content made unreadable. Which cipher the real terminal
/// uses is not public, so none is imitated.
pub(super) fn encrypted(name: &str, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let scrambled: Vec<u8> = bytes.iter().map(|byte| byte ^ 0x5A).collect();
    let mut archive = zipped(name, &scrambled)?;
    // Bit 0 of the general purpose flags: 6 bytes into the local header, 8 into the central one.
    let central = archive
        .windows(4)
        .position(|window| window == b"PK\x01\x02");
    for at in [Some(6), central.map(|at| at.saturating_add(8))]
        .into_iter()
        .flatten()
    {
        if let Some(flags) = archive.get_mut(at) {
            *flags |= 1;
        }
    }
    Ok(archive)
}

//! The loop: look into `req`, take, answer, give.

use super::asked::{Asked, prefix};
use super::centre::Centre;
use super::consents::Consents;
use super::mischief::{self, Faults, Mischief, acts};
use super::registry::Registry;
use super::reply::{Body, Desk, Reply};
use super::store::{References, Store, Taken};
use super::{TerminalError, TerminalOptions, day_of, moment};
use crate::ledger::Ledger;
use crate::station::Station;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fs, io,
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

/// Shortest pause between two looks.
const SHORTEST_POLL: Duration = Duration::from_millis(2);
/// How long a file that cannot be read must stay as it is before it is refused: until then it may
/// still be on its way.
const UNREADABLE_AFTER: Duration = Duration::from_millis(200);

/// What a terminal works with.
pub(super) struct Setting {
    /// The sandbox's folder.
    pub(super) dir: PathBuf,
    pub(super) req: PathBuf,
    pub(super) res: PathBuf,
    pub(super) station: Station,
    pub(super) registry: Registry,
    pub(super) options: TerminalOptions,
    pub(super) ledger: Ledger,
    pub(super) consents: Consents,
    pub(super) faults: Arc<Faults>,
    pub(super) store: Store,
}

pub(super) struct FrontDesk {
    setting: Setting,
    /// Answers on their way, with when they are due.
    due: Vec<Due>,
    /// Requests that could not be read yet: what they held and since when.
    unreadable: HashMap<String, (Vec<u8>, Instant)>,
    /// Until when `res` is away.
    away_until: Option<Instant>,
}

struct Due {
    taken: Taken,
    at: Instant,
    half_shown: bool,
}

/// Why a request gets no answer but `.err`.
enum Refusal {
    Unreadable(String),
    Unsupported,
    Fault,
    /// A fault that gives no reason.
    Silent,
}

impl FrontDesk {
    pub(super) fn new(setting: Setting) -> Self {
        Self {
            setting,
            due: Vec::new(),
            unreadable: HashMap::new(),
            away_until: None,
        }
    }

    /// Works until the other end of the channel is gone.
    pub(super) fn run(mut self, pending: Vec<Taken>, stopped: &Receiver<()>) {
        let now = Instant::now();
        self.due = pending
            .into_iter()
            .map(|taken| Due {
                taken,
                at: now,
                half_shown: false,
            })
            .collect();
        let poll = self.setting.options.poll.max(SHORTEST_POLL);
        loop {
            // A folder that is away for a moment, or a full disk, is tried again at the next look;
            // what it is about stays where it was.
            let _ = self.act();
            let _ = self.give_due();
            let _ = self.look();
            // Without a delay the answer need not wait for the next look.
            let _ = self.give_due();
            if stopped.recv_timeout(poll) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    }

    /// Faults that happen at once, and the end of those that last.
    fn act(&mut self) -> Result<(), TerminalError> {
        let res = &self.setting.res;
        let failed = TerminalError::io("change", res);
        if self.away_until.is_some_and(|until| until <= Instant::now()) {
            self.away_until = None;
            acts::back(res).map_err(failed)?;
            return Ok(());
        }
        for mischief in self.setting.faults.take_now()? {
            let done = acts::act(mischief, res);
            let detail = json!({ "station": self.setting.station.key, "fault": mischief.name() });
            let noted = self.setting.ledger.append("terminal.fault", detail);
            done.and(noted).map_err(TerminalError::io("change", res))?;
            if mischief == Mischief::ResVanishes {
                self.away_until = Instant::now().checked_add(self.setting.options.slow);
            }
        }
        Ok(())
    }

    fn give_due(&mut self) -> Result<(), TerminalError> {
        if self.due.is_empty() || self.setting.faults.is_offline()? {
            return Ok(());
        }
        let now = Instant::now();
        let failed = TerminalError::io("write", &self.setting.res);
        let mut given = Ok(());
        let mut waiting = Vec::new();
        for mut due in std::mem::take(&mut self.due) {
            if due.at > now || given.is_err() {
                waiting.push(due);
            } else if due.taken.half_first && !due.half_shown {
                given = self.setting.store.show_half(&due.taken);
                due.half_shown = true;
                due.at = now.checked_add(self.setting.options.half).unwrap_or(now);
                waiting.push(due);
            } else {
                given = self.give(&due.taken);
                if given.is_err() {
                    waiting.push(due);
                }
            }
        }
        self.due = waiting;
        given.map_err(failed)
    }

    /// Gives an answer. What it withdraws is in the book before anybody can read that it is.
    fn give(&self, taken: &Taken) -> io::Result<()> {
        if let Some(withdrawal) = &taken.withdrawn {
            self.setting.consents.withdraw(withdrawal)?;
        }
        self.setting.store.give(taken, &self.setting.ledger)
    }

    fn look(&mut self) -> Result<(), TerminalError> {
        let req = self.setting.req.clone();
        let mut names: Vec<String> = fs::read_dir(&req)
            .map_err(TerminalError::io("read", &req))?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| is_request(name))
            .collect();
        self.unreadable.retain(|name, _| names.contains(name));
        if names.is_empty() || self.setting.faults.is_offline()? {
            return Ok(());
        }
        names.sort();
        for name in names {
            self.request(&name)?;
        }
        Ok(())
    }

    fn request(&mut self, name: &str) -> Result<(), TerminalError> {
        let path = self.setting.req.join(name);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            // Taken back by its writer, or not readable yet.
            Err(e)
                if matches!(
                    e.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied
                ) =>
            {
                return Ok(());
            }
            Err(e) => return Err(TerminalError::io("read", &path)(e)),
        };
        let sha256 = hex::encode(Sha256::digest(&bytes));
        let remove = || match fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                Err(TerminalError::io("remove", &path)(e))
            }
            _ => Ok(()),
        };
        if let Some(known) = self.setting.store.digest_of(name) {
            // Either a crash came between the note and the removal, or a name is used twice. The
            // answer was given, or will be, once.
            if known != sha256 {
                let detail = json!({ "station": self.setting.station.key, "request": name });
                self.setting
                    .ledger
                    .append("terminal.name-reused", detail)
                    .map_err(TerminalError::io("write", &path))?;
            }
            return remove();
        }
        let Some((taken, answers, slow)) = self.answer(name, &bytes, sha256)? else {
            return Ok(());
        };
        let taken = self
            .setting
            .store
            .take(taken, &bytes, &answers)
            .map_err(TerminalError::io("take", &path))?;
        self.unreadable.remove(name);
        remove()?;
        let now = Instant::now();
        let wait = self.setting.options.delay.saturating_add(slow);
        self.due.push(Due {
            taken,
            at: now.checked_add(wait).unwrap_or(now),
            half_shown: false,
        });
        Ok(())
    }

    /// Makes the answer to a request, faults included. Nothing while it may still be on its way.
    #[allow(
        clippy::type_complexity,
        reason = "a note, its files and a pause, unpacked at once"
    )]
    fn answer(
        &mut self,
        name: &str,
        bytes: &[u8],
        sha256: String,
    ) -> Result<Option<(Taken, Vec<(String, Vec<u8>)>, Duration)>, TerminalError> {
        let asked = Asked::of_file(name, self.setting.options.layouts.as_deref());
        let now = (self.setting.options.clock)();
        let Some(today) = day_of(now) else {
            return Ok(None);
        };
        let failed = TerminalError::io("read the consents for", &self.setting.req);
        self.setting.consents.refresh().map_err(failed)?;
        let reply = |keep_working| {
            let Some(asked) = asked else {
                return Ok(None);
            };
            let desk = Desk {
                centre: Centre {
                    station: &self.setting.station,
                    registry: &self.setting.registry,
                    consents: self.setting.consents.at(now, self.setting.options.viewing),
                    references: self.setting.store.references(),
                    today,
                },
                store: &self.setting.store,
                options: &self.setting.options,
                dir: &self.setting.dir,
                now: moment(now),
                keep_working,
            };
            Ok(desk.reply(name, asked, bytes)?.map(|reply| (asked, reply)))
        };
        // A fault is spent only on a request that is whole.
        let mut whole: Result<_, onshi::ReadError> = reply(false);
        let mischief = match &whole {
            Ok(Some((asked, _))) => self.setting.faults.take(*asked)?,
            _ => None,
        };
        if mischief == Some(Mischief::Processing) {
            whole = reply(true);
        }
        let outcome = match (whole, mischief) {
            (Err(_), _) if self.on_its_way(name, bytes) => return Ok(None),
            (Err(e), _) => Err(Refusal::Unreadable(e.to_string())),
            (Ok(_), Some(Mischief::Err)) => Err(Refusal::Fault),
            (Ok(_), Some(Mischief::ErrEmpty)) => Err(Refusal::Silent),
            (Ok(found), _) => found.ok_or(Refusal::Unsupported),
        };
        let slow = match mischief {
            Some(Mischief::Slow) => self.setting.options.slow,
            Some(Mischief::Late) => self.setting.options.late,
            _ => Duration::ZERO,
        };
        let packed = outcome.and_then(|(asked, reply)| {
            let files = self.pack(name, asked, &reply, mischief)?;
            Ok((reply, files))
        });
        let (mut taken, files) = match packed {
            Ok((reply, files)) => (self.taken(name, reply, mischief), files),
            Err(refusal) => self.refused(name, bytes, &refusal),
        };
        taken.sha256 = sha256;
        taken.answers = files.iter().map(|(name, _)| name.clone()).collect();
        Ok(Some((taken, files, slow)))
    }

    /// Whether a file that cannot be read has changed lately.
    fn on_its_way(&mut self, name: &str, bytes: &[u8]) -> bool {
        let now = Instant::now();
        let seen = self
            .unreadable
            .entry(name.to_owned())
            .or_insert_with(|| (bytes.to_vec(), now));
        if seen.0 != bytes {
            *seen = (bytes.to_vec(), now);
        }
        now.saturating_duration_since(seen.1) < UNREADABLE_AFTER
    }

    /// The answer as files.
    fn pack(
        &self,
        request: &str,
        asked: Asked,
        reply: &Reply,
        mischief: Option<Mischief>,
    ) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
        let options = &self.setting.options;
        let name = request.replacen("req_", "res_", 1);
        let (mut root, place) = match &reply.body {
            Body::Tree(root) => (root.clone(), None),
            Body::Given(root, place) => (root.clone(), Some(place)),
            Body::File { ending, bytes } => {
                return Ok(vec![(name.replace(".xml", ending), bytes.clone())]);
            }
        };
        if let Some(mischief) = mischief {
            mischief::alter(&mut root, mischief);
        }
        let charset = match mischief {
            Some(Mischief::OtherEncoding) => {
                mischief::in_other_encoding(&mut root, options.encoding)
            }
            _ => options.encoding,
        };
        let unreadable = |e: &dyn std::fmt::Display| Refusal::Unreadable(e.to_string());
        if let Some(place) = place {
            root = place(root).map_err(|e| unreadable(&e))?;
        }
        if options.shuffle || mischief == Some(Mischief::Shuffled) {
            mischief::shuffle(&mut root, options.seed, &name);
        }
        let bytes = onshi::render(&name, &root, charset).map_err(|e| unreadable(&e))?;
        let archive = name.replace(".xml", ".zip");
        if options.encrypted || mischief == Some(Mischief::EncryptedZip) {
            let bytes = mischief::encrypted(&name, &bytes).map_err(|e| unreadable(&e))?;
            return Ok(vec![(archive, bytes)]);
        }
        if (options.zip_answers && asked.may_be_zipped()) || mischief == Some(Mischief::Zip) {
            let bytes = mischief::zipped(&name, &bytes).map_err(|e| unreadable(&e))?;
            return Ok(vec![(archive, bytes)]);
        }
        let mut files =
            mischief::bytes(&name, bytes, charset, mischief).map_err(|e| unreadable(&e))?;
        files.extend(reply.beside.iter().map(|(ending, bytes)| {
            let name = name.replace(".xml", ending);
            (name, bytes.clone())
        }));
        Ok(files)
    }

    fn taken(&self, name: &str, reply: Reply, mischief: Option<Mischief>) -> Taken {
        let detail = json!({
            "station": self.setting.station.key,
            "request": name,
            "message": prefix(name),
            "identifier": reply.identifier,
            "people": reply.people,
            "segment": reply.segment.as_ref().map(|segment| segment.code()),
            "reception": reply.reception,
            "fault": mischief.map(Mischief::name),
        });
        Taken {
            request: name.to_owned(),
            sha256: String::new(),
            answers: Vec::new(),
            half_first: mischief == Some(Mischief::HalfWritten),
            event: ("terminal.answered".to_owned(), detail),
            accepted: reply.accepted,
            still_working: reply.still_working,
            registered: reply.registered,
            withdrawn: reply.withdrawn,
        }
    }

    /// `<request>.err` beside the request itself, both in `res`. What a real `.err` holds is not
    /// known; this one says what is wrong.
    fn refused(
        &self,
        name: &str,
        bytes: &[u8],
        refusal: &Refusal,
    ) -> (Taken, Vec<(String, Vec<u8>)>) {
        let why = match refusal {
            Refusal::Unreadable(why) => format!("電文を読めません: {why}"),
            Refusal::Unsupported => "模擬端末はこの種類の電文を扱いません。".to_owned(),
            Refusal::Fault => "模擬の障害です。".to_owned(),
            Refusal::Silent => String::new(),
        };
        let base = name.strip_suffix(".xml").unwrap_or(name);
        let text = match refusal {
            Refusal::Silent => Vec::new(),
            _ => format!("模擬端末（reseplug sandbox）\r\n{why}\r\n").into_bytes(),
        };
        let files = vec![
            (format!("{base}.err"), text),
            (name.to_owned(), bytes.to_vec()),
        ];
        let detail = json!({
            "station": self.setting.station.key,
            "request": name,
            "why": why,
            "fault": match refusal {
                Refusal::Fault => Some(Mischief::Err.name()),
                Refusal::Silent => Some(Mischief::ErrEmpty.name()),
                _ => None,
            },
        });
        let taken = Taken {
            request: name.to_owned(),
            sha256: String::new(),
            answers: Vec::new(),
            half_first: false,
            event: ("terminal.refused".to_owned(), detail),
            accepted: None,
            still_working: None,
            registered: References::new(),
            withdrawn: None,
        };
        (taken, files)
    }
}

/// `PREFIXnnreq_….xml`; anything else in the folder is not for this terminal.
fn is_request(name: &str) -> bool {
    let prefix = name.split_once("req_").map(|(prefix, _)| prefix);
    name.ends_with(".xml")
        && prefix.is_some_and(|prefix| {
            prefix.len() > 2 && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

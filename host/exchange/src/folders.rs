//! One terminal's request and answer folders.

use crate::durable::{flush_folder, stands, write_flushed};
use crate::fault;
use crate::lease::{Host, OpenError, Ownership};
use crate::names::{AnswerKind, Counter, RequestName};
use crate::take::{Look, is_encrypted_zip, look, looks_whole, other_owner};
use reseplug_effect::{Bytes, Clock, Fault};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What arrived for a request; the same value that the journal records.
pub use reseplug_effect::Arrival as Found;

/// How a terminal's folders are bound, from the station file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Where requests go.
    pub req: PathBuf,
    /// Where answers come.
    pub res: PathBuf,
    /// The host's own folder for this binding, on its own disk: which names were used. Must
    /// outlive everything else; without it a name could be used twice.
    pub state: PathBuf,
    /// How long a file has to stay the same before it is taken.
    pub settle: Duration,
    /// The largest answer that is read.
    pub max_bytes: u64,
    /// The first number of a day, 1 to 9999; see [`Binding::first_of`].
    pub first: u16,
    /// By what an answer tells whose it is; absent: by its name alone.
    pub owner: Option<Owner>,
}

/// An element that names whose an answer is, and what it says of ours. An answer that names somebody
/// else is left where it lies: several stations may share a terminal's folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Name of the element.
    pub element: String,
    /// What stands in it if the answer is ours.
    pub ours: String,
}

impl Binding {
    /// 300 ms, the practice of public implementations (grade V2).
    pub const SETTLE: Duration = Duration::from_millis(300);
    /// 32 MiB: some ten times the largest bulk answer a station can get.
    pub const MAX_BYTES: u64 = 32 * 1024 * 1024;

    /// A first number of its own for each host: programs on the same folders that count from
    /// 1, and another host that takes over within a day, use other names.
    pub fn first_of(host: &Host) -> u16 {
        let digest: [u8; 32] = Sha256::digest(host.id.as_bytes()).into();
        let [high, low, ..] = digest;
        // From 2000 on, so that some thousand are left before the day goes round.
        2000 + u16::from_be_bytes([high, low]) % 6000
    }

    /// A binding with the usual settle interval and size cap, counting from 1.
    pub fn new(
        req: impl Into<PathBuf>,
        res: impl Into<PathBuf>,
        state: impl Into<PathBuf>,
    ) -> Self {
        Self {
            req: req.into(),
            res: res.into(),
            state: state.into(),
            settle: Self::SETTLE,
            max_bytes: Self::MAX_BYTES,
            first: 1,
            owner: None,
        }
    }
}

/// A request that lies ready in the request folder under a temporary name. The journal keeps
/// it with the intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// The name it will have.
    pub name: String,
    /// The temporary name it has.
    pub temp: String,
}

/// A file that stays the same but does not look whole is taken after so long all the same:
/// a garbled answer is an answer, too.
pub const UNFINISHED: Duration = Duration::from_secs(30);

/// How often further answers are looked for while the first one settles.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A file that answers a request.
struct Candidate {
    name: String,
    kind: AnswerKind,
    seen: Look,
}

/// What is wrong with one request's answer.
struct Wrong {
    fault: Fault,
    /// The file of another institution.
    others: Option<String>,
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            others: None,
        }
    }
}

/// Marks temporary files as ours.
const TEMP: &str = ".reseplug-";

/// One terminal's folders, owned by this host as long as the value lives.
pub struct Folders {
    binding: Binding,
    clock: Arc<dyn Clock>,
    counter: Counter,
    state: Mutex<State>,
    /// Lets the settle interval pass.
    settle: Box<dyn Fn(Duration) + Send + Sync>,
}

struct State {
    ownership: Ownership,
    /// Files that did not look whole: what they were, and since when.
    unfinished: HashMap<String, ([u8; 32], Instant)>,
}

impl std::fmt::Debug for Folders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Folders")
            .field("binding", &self.binding)
            .finish_non_exhaustive()
    }
}

impl Folders {
    /// Takes ownership of the folders, which must exist. Ours after a crash they are ours
    /// again; another host's they are refused, with its name.
    pub fn open(binding: Binding, host: &Host, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        Self::opened(binding, host, clock, false)
    }

    /// [`Folders::open`], by a person's decision also when the lease belongs to a host that
    /// was not heard of for some minutes. A host that is alive is refused here as well.
    pub fn take_over(
        binding: Binding,
        host: &Host,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        Self::opened(binding, host, clock, true)
    }

    fn opened(
        binding: Binding,
        host: &Host,
        clock: Arc<dyn Clock>,
        take_over: bool,
    ) -> Result<Self, OpenError> {
        for folder in [&binding.req, &binding.res] {
            let there = fs::metadata(folder)
                .map_err(|e| fault::io("連携フォルダーを使用", "open", folder, &e))?;
            if !there.is_dir() {
                let e = io::Error::from(io::ErrorKind::NotADirectory);
                return Err(fault::io("連携フォルダーを使用", "open", folder, &e).into());
            }
        }
        let counter = Counter::open(binding.state.clone(), binding.first)?;
        let ownership = Ownership::take(&binding.res, host, clock.now(), take_over)?;
        let state = Mutex::new(State {
            ownership,
            unfinished: HashMap::new(),
        });
        Ok(Self {
            binding,
            clock,
            counter,
            state,
            settle: Box::new(std::thread::sleep),
        })
    }

    fn owned(&self) -> Result<MutexGuard<'_, State>, Fault> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.ownership.beat(self.clock.now())?;
        Ok(state)
    }

    /// Renews the heartbeat of the lease; every other function does so, too. A host that is
    /// idle calls it about once a minute.
    pub fn heartbeat(&self) -> Result<(), Fault> {
        self.owned().map(drop)
    }

    /// Makes a name and writes the request under a temporary one in the request folder,
    /// flushed to the disk. The terminal does not see it yet.
    pub fn prepare_put(
        &self,
        prefix: &str,
        extension: &str,
        body: &[u8],
    ) -> Result<Prepared, Fault> {
        let _owned = self.owned()?;
        let now = self.clock.now();
        let (_, name) = self
            .counter
            .next(prefix, extension, now, |name| self.is_free(name, extension))?;
        let temp = format!("{TEMP}{name}.tmp");
        let path = self.binding.req.join(&temp);
        write_flushed(&path, body)
            .and_then(|()| flush_folder(&self.binding.req))
            .map_err(|e| {
                // Half a file on a full disk is in the way of what would free it.
                let _ = fs::remove_file(&path);
                fault::io("要求ファイルに書き込み", "write the request", &path, &e)
            })?;
        Ok(Prepared { name, temp })
    }

    /// No request of this name waits, and no answer lies there that would be taken for its.
    fn is_free(&self, request: &RequestName, extension: &str) -> Result<bool, Fault> {
        let path = self
            .binding
            .req
            .join(format!("{}.{extension}", request.base()));
        if stands(&path)?.is_some() {
            return Ok(false);
        }
        for (answer, _) in request.answers() {
            if stands(&self.binding.res.join(answer))?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Gives the request its name: it appears whole. Publishing what is published already
    /// changes nothing.
    pub fn publish(&self, prepared: &Prepared) -> Result<(), Fault> {
        let _owned = self.owned()?;
        let (temp, path) = self.paths(prepared)?;
        if stands(&temp)?.is_none() {
            return Ok(());
        }
        if stands(&path)?.is_some() {
            // Another product chose the same name after ours was made. Its file stays.
            return Err(Fault::new(
                "exchange/name-taken",
                format!(
                    "要求ファイル {} が既にあるため、送信していません。もう一度やり直してください。",
                    prepared.name
                ),
                format!(
                    "A request named {} is there already, so ours was not published. Ask again.",
                    prepared.name
                ),
            ));
        }
        fs::rename(&temp, &path)
            .and_then(|()| flush_folder(&self.binding.req))
            .map_err(|e| fault::io("要求ファイルを公開", "publish the request", &path, &e))
    }

    /// Whether the request was published: its temporary file is gone. (The file itself
    /// tells nothing, because the terminal removes what it has read.)
    pub fn is_published(&self, prepared: &Prepared) -> Result<bool, Fault> {
        let (temp, _) = self.paths(prepared)?;
        Ok(stands(&temp)?.is_none())
    }

    /// Removes temporary files of ours that no intent knows: a crash came between writing
    /// one and recording it. `known` are the prepared requests of all open jobs; call it
    /// before any job is driven.
    pub fn sweep(&self, known: &[Prepared]) -> Result<usize, Fault> {
        let _owned = self.owned()?;
        let keep: BTreeSet<&str> = known.iter().map(|p| p.temp.as_str()).collect();
        let failed =
            |e: io::Error| fault::io("要求フォルダーを確認", "list", &self.binding.req, &e);
        let mut removed = 0usize;
        for entry in fs::read_dir(&self.binding.req).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let Some(temp) = entry.file_name().to_str().map(str::to_owned) else {
                continue;
            };
            let name = temp.strip_prefix(TEMP).and_then(|t| t.strip_suffix(".tmp"));
            let Some(request) = name.and_then(RequestName::parse) else {
                continue;
            };
            if !keep.contains(temp.as_str()) && self.counter.is_ours(&request)? {
                fs::remove_file(entry.path()).map_err(failed)?;
                removed = removed.saturating_add(1);
            }
        }
        Ok(removed)
    }

    fn paths(&self, prepared: &Prepared) -> Result<(PathBuf, PathBuf), Fault> {
        let well = RequestName::parse(&prepared.name).is_some()
            && prepared.temp == format!("{TEMP}{}.tmp", prepared.name);
        if !well {
            return Err(fault::name(
                &prepared.name,
                "要求ファイルの名前ではありません",
                "it is no request's",
            ));
        }
        Ok((
            self.binding.req.join(&prepared.temp),
            self.binding.req.join(&prepared.name),
        ))
    }

    /// Looks once for answers to the requests, in their order, and returns those that lie
    /// there finished, of at most `answers_needed` requests. If anything is there, blocks for one
    /// settle interval, for two at most where more comes meanwhile. A message with a document beside it is two arrivals.
    ///
    /// A document is looked for beside its message and not waited for: no public text says that a
    /// message has one, so that waiting would cost every answer (grade I). One that comes after its
    /// message was taken stays where it is and is told by [`Folders::late`].
    ///
    /// Files are asked for by their names, so that the number of others in the folder makes no
    /// difference. What is wrong with one answer does not cost the others: it is told when
    /// there is nothing else. Nothing is removed; see [`Folders::finish`].
    pub fn poll(&self, requests: &[String], answers_needed: usize) -> Result<Vec<Found>, Fault> {
        drop(self.owned()?);
        self.is_there()?;
        let mut wrong = None;
        let mut asked = Vec::new();
        for request in requests {
            let parsed = RequestName::parse(request).ok_or_else(|| {
                fault::name(
                    request,
                    "要求ファイルの名前ではありません",
                    "it is no request's",
                )
            })?;
            if !self.counter.is_ours(&parsed)? {
                return Err(fault::name(
                    request,
                    "このプログラムが出した要求ではありません",
                    "this host made no such request",
                ));
            }
            asked.push((request, parsed));
        }
        let there = self.settle(asked, answers_needed, &mut wrong);
        if there.is_empty() {
            return wrong.map_or(Ok(Vec::new()), |wrong| Err(self.tell(wrong)));
        }
        let mut state = self.owned()?;
        let mut found = Vec::new();
        for (request, parsed, files) in there {
            match self.settled(&mut state, &parsed, files) {
                Ok(files) => found.extend(files.into_iter().map(|file| Found {
                    request: request.clone(),
                    name: file.name,
                    refused: file.kind == AnswerKind::Refusal,
                    body: Bytes::from(file.seen.body),
                })),
                Err(one) => wrong = wrong.or(Some(one)),
            }
        }
        match wrong {
            Some(wrong) if found.is_empty() => Err(self.tell(wrong)),
            _ => Ok(found),
        }
    }

    /// What lies there as it was first seen, when the last of it has had its settle interval. Answers
    /// come in bursts: what comes within the first one's interval is waited for with it. Others may
    /// put requests meanwhile.
    fn settle<'r>(
        &self,
        mut asked: Vec<(&'r String, RequestName)>,
        answers_needed: usize,
        wrong: &mut Option<Wrong>,
    ) -> Vec<(&'r String, RequestName, Vec<Candidate>)> {
        let interval = self.binding.settle;
        let mut there = Vec::new();
        let (mut passed, mut last_came) = (Duration::ZERO, Duration::ZERO);
        loop {
            let before = there.len();
            let mut missing = Vec::new();
            for (request, parsed) in asked {
                if there.len() >= answers_needed {
                    break;
                }
                match self.candidates(&parsed) {
                    Ok(files) if files.is_empty() => missing.push((request, parsed)),
                    Ok(files) => there.push((request, parsed, files)),
                    Err(fault) => *wrong = wrong.take().or(Some(Wrong::from(fault))),
                }
            }
            if there.is_empty() {
                return there;
            }
            if there.len() > before {
                last_came = passed;
            }
            let all = missing.is_empty() || there.len() >= answers_needed;
            let until = last_came.saturating_add(interval);
            if all || passed >= interval {
                (self.settle)(until.saturating_sub(passed));
                return there;
            }
            let slice = LOOK_AGAIN.min(interval.saturating_sub(passed));
            (self.settle)(slice);
            passed = passed.saturating_add(slice);
            asked = missing;
        }
    }

    /// An answer to one of the requests that was not whole when it was last looked at, and for how
    /// long it has stayed the same since.
    pub fn unfinished(&self, requests: &[String]) -> Option<(String, Duration)> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        requests
            .iter()
            .filter_map(|request| RequestName::parse(request))
            .flat_map(|request| request.answers().collect::<Vec<_>>())
            .find_map(|(name, _)| {
                let (_, since) = state.unfinished.get(&name)?;
                Some((name, since.elapsed()))
            })
    }

    /// The fault of an answer that is wrong. Another institution's is told by it, so not once more as
    /// an answer that nobody waits for; a record that cannot be written only makes it be told twice.
    fn tell(&self, wrong: Wrong) -> Fault {
        if let Some(others) = wrong.others {
            let _ = self.late_told(&[others]);
        }
        wrong.fault
    }

    pub(crate) fn res(&self) -> &Path {
        &self.binding.res
    }

    /// The host's own folder for this binding.
    pub(crate) fn state_folder(&self) -> &Path {
        &self.binding.state
    }

    pub(crate) fn is_ours(&self, request: &RequestName) -> Result<bool, Fault> {
        self.counter.is_ours(request)
    }

    /// A folder that is gone has no answers, but that is not all there is to say.
    fn is_there(&self) -> Result<(), Fault> {
        let res = &self.binding.res;
        let failed = |e: io::Error| fault::io("回答フォルダーを確認", "look into", res, &e);
        let there = fs::metadata(res).map_err(failed)?;
        if there.is_dir() {
            Ok(())
        } else {
            Err(failed(io::Error::from(io::ErrorKind::NotADirectory)))
        }
    }

    /// Every file that answers a request, as it is now.
    fn candidates(&self, request: &RequestName) -> Result<Vec<Candidate>, Fault> {
        let mut files = Vec::new();
        for (name, kind) in request.answers() {
            if let Some(seen) = look(&self.binding.res, &name, self.binding.max_bytes)? {
                files.push(Candidate { name, kind, seen });
            }
        }
        Ok(files)
    }

    /// The files of one answer, if all of them are what they were and whole; none as long as
    /// one of them is not.
    fn settled(
        &self,
        state: &mut State,
        request: &RequestName,
        files: Vec<Candidate>,
    ) -> Result<Vec<Candidate>, Wrong> {
        for Candidate { name, seen, .. } in &files {
            if look(&self.binding.res, name, self.binding.max_bytes)?.as_ref() != Some(seen) {
                return Ok(Vec::new());
            }
            if !looks_whole(name, &seen.body) && !state.waited_long(name, seen.digest()) {
                return Ok(Vec::new());
            }
        }
        let count = |kind| files.iter().filter(|file| file.kind == kind).count();
        let (messages, documents, refusals) = (
            count(AnswerKind::Message),
            count(AnswerKind::Document),
            count(AnswerKind::Refusal),
        );
        if messages + refusals > 1 || documents > 1 || (documents > 0 && refusals > 0) {
            let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
            return Err(fault::two_answers(&request.base(), &names).into());
        }
        if let Some(owner) = &self.binding.owner {
            for Candidate { name, seen, kind } in &files {
                if *kind == AnswerKind::Message
                    && let Some(other) = other_owner(&seen.body, owner)
                {
                    return Err(Wrong {
                        fault: fault::others(name, &other, &owner.ours),
                        others: Some(name.clone()),
                    });
                }
            }
        }
        for Candidate { name, seen, .. } in &files {
            state.unfinished.remove(name);
            if is_encrypted_zip(&seen.body) {
                let prefix = &request.prefix;
                return Err(
                    fault::encrypted(name, prefix.strip_suffix("req").unwrap_or(prefix)).into(),
                );
            }
        }
        Ok(files)
    }

    /// Removes an answer to a request of ours, once its bytes are safe elsewhere. What is
    /// gone already is gone; what answers somebody else's request is refused.
    pub fn finish(&self, arrival: &str) -> Result<(), Fault> {
        let _owned = self.owned()?;
        let ours = match RequestName::of_answer(arrival) {
            Some(request) => self.counter.is_ours(&request)?,
            None => false,
        };
        if !ours {
            return Err(fault::name(
                arrival,
                "このプログラムの要求に対する回答ではありません",
                "it answers no request of this host",
            ));
        }
        let path = self.binding.res.join(arrival);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                self.note_used(arrival, true);
                Err(fault::io(
                    "受け取り済みの回答を削除",
                    "remove the answer",
                    &path,
                    &e,
                ))
            }
            _ => {
                self.note_used(arrival, false);
                Ok(())
            }
        }
    }
}

impl State {
    /// Whether a file that does not look whole has stayed the same for long enough.
    fn waited_long(&mut self, name: &str, digest: [u8; 32]) -> bool {
        match self.unfinished.get(name) {
            Some((same, since)) if *same == digest => since.elapsed() >= UNFINISHED,
            _ => {
                self.unfinished
                    .insert(name.to_owned(), (digest, Instant::now()));
                false
            }
        }
    }
}

#[cfg(test)]
mod tests;

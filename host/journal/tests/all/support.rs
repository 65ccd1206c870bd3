//! A world that remembers what was done to it, and a call that does all there is.

use jiff::{SignedDuration, Timestamp};
use reseplug_effect::{
    Answer, Arrival, Bytes, Clock, Effect, Fault, HttpRequest, HttpResponse, RepeatClass, jst,
};
use reseplug_journal::{
    CrashPoint, Patience, Performed, Recorded, Recovered, SqliteJournal, StepResult, Verdict, World,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

pub(crate) fn start() -> Timestamp {
    "2024-10-03T00:12:00Z".parse().unwrap()
}

/// A clock that only waiting moves.
#[derive(Clone)]
pub(crate) struct Hands(Arc<Mutex<Timestamp>>);

impl Hands {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(start())))
    }
    pub(crate) fn pass(&self, time: SignedDuration) {
        *self.0.lock().unwrap() += time;
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

impl Patience for Hands {
    fn wait(&mut self, _now: Timestamp, until: Timestamp) -> bool {
        *self.0.lock().unwrap() = until;
        true
    }
}

/// Everything that outlives a kill: what the other sides saw.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Ledger {
    pub(crate) names: u32,
    pub(crate) temps: BTreeSet<String>,
    pub(crate) published: Vec<String>,
    pub(crate) answers: BTreeSet<String>,
    /// Filings by key: a repeat of a key is recognised.
    pub(crate) keyed: BTreeMap<String, u32>,
    /// Requests nobody can recognise a repeat of.
    pub(crate) never: u32,
    pub(crate) placed: BTreeMap<String, Vec<u8>>,
}

#[derive(Clone)]
pub(crate) struct Fake {
    pub(crate) ledger: Arc<Mutex<Ledger>>,
    pub(crate) clock: Hands,
}

impl Fake {
    pub(crate) fn new() -> Self {
        Self {
            ledger: Arc::default(),
            clock: Hands::new(),
        }
    }
    pub(crate) fn ledger(&self) -> Ledger {
        self.ledger.lock().unwrap().clone()
    }
}

fn published(prepared: Option<&Value>) -> (String, Answer) {
    let name = prepared.unwrap()["name"].as_str().unwrap().to_owned();
    (name.clone(), Answer::Published { name })
}

impl World for Fake {
    fn class(&self, effect: &Effect) -> Result<RepeatClass, Fault> {
        match effect {
            Effect::HttpsSend { endpoint, .. } if endpoint == "never" => Ok(RepeatClass::Never),
            Effect::HttpsSend { endpoint, .. } if endpoint == "keyed" => Ok(RepeatClass::Keyed),
            Effect::HttpsSend { .. } => Err(Fault::new("policy/denied", "不許可", "denied")),
            _ => Ok(RepeatClass::Safe),
        }
    }

    fn prepare(&mut self, effect: &Effect) -> Result<Option<Value>, Fault> {
        let Effect::ExchangePut { prefix, .. } = effect else {
            return Ok(None);
        };
        let mut ledger = self.ledger.lock().unwrap();
        ledger.names += 1;
        let name = format!("{prefix}_{}.xml", ledger.names);
        ledger.temps.insert(name.clone());
        Ok(Some(json!({ "name": name })))
    }

    fn perform(&mut self, effect: &Effect, prepared: Option<&Value>) -> Performed<Answer> {
        let mut ledger = self.ledger.lock().unwrap();
        match effect {
            Effect::ExchangePut { .. } => {
                let (name, answer) = published(prepared);
                if ledger.temps.remove(&name) {
                    ledger.published.push(name.clone());
                    ledger.answers.insert(name);
                }
                Performed::Done(answer)
            }
            Effect::ExchangeWait { requests, .. } => {
                let now = self.clock.now();
                let there = start() + SignedDuration::from_secs(10);
                if now < there {
                    return Performed::Pending {
                        until: now + SignedDuration::from_secs(4),
                    };
                }
                let arrivals = requests
                    .iter()
                    .filter(|r| ledger.answers.contains(*r))
                    .map(|r| Arrival {
                        request: r.clone(),
                        name: r.replace("req", "res"),
                        refused: false,
                        body: Bytes::from(b"<XmlMsg/>".as_slice()),
                    })
                    .collect();
                Performed::Done(Answer::Arrivals { arrivals })
            }
            Effect::ExchangePlace { path, body, .. } => {
                ledger.placed.insert(path.clone(), body.as_slice().to_vec());
                Performed::Done(Answer::Placed { path: path.clone() })
            }
            Effect::HttpsSend { endpoint, request } => {
                if endpoint == "keyed" {
                    *ledger
                        .keyed
                        .entry(request.headers[0].1.clone())
                        .or_default() += 1;
                } else {
                    ledger.never += 1;
                }
                let body = Bytes::default();
                Performed::Done(Answer::Response {
                    response: HttpResponse {
                        status: 201,
                        headers: vec![],
                        body,
                    },
                })
            }
            other => panic!("the loop answers {other:?} itself"),
        }
    }

    fn recover(&mut self, effect: &Effect, prepared: Option<&Value>) -> Recovered<Answer> {
        if !matches!(effect, Effect::ExchangePut { .. }) {
            return Recovered::Unknown;
        }
        let (name, answer) = published(prepared);
        if self.ledger.lock().unwrap().temps.contains(&name) {
            Recovered::Redo
        } else {
            Recovered::Done(answer)
        }
    }

    fn settle(&mut self, _effect: &Effect, answer: &Answer) {
        if let Answer::Arrivals { arrivals } = answer {
            for arrival in arrivals {
                self.ledger.lock().unwrap().answers.remove(&arrival.request);
            }
        }
    }
}

/// The history as a call sees it: answers, then the first thing not answered yet.
pub(crate) struct Guest<'a> {
    history: &'a [Recorded],
    at: usize,
}

impl<'a> Guest<'a> {
    pub(crate) fn new(history: &'a [Recorded]) -> Self {
        Self { history, at: 0 }
    }

    pub(crate) fn ask(&mut self, effect: Effect) -> Result<Answer, StepResult> {
        let seq = self.at;
        self.at += 1;
        match self.history.get(seq) {
            None => Err(StepResult::Need(effect)),
            Some(r) if r.effect == effect => Ok(r.answer.clone()),
            Some(r) => Err(StepResult::Diverged {
                seq: seq as u64,
                recorded: r.effect.clone(),
                asked: Some(effect),
            }),
        }
    }
}

pub(crate) fn put(body: &str) -> Effect {
    Effect::ExchangePut {
        folder: "terminal".into(),
        prefix: "OQSsiquc01req".into(),
        extension: "xml".into(),
        body: Bytes::from(body.as_bytes()),
    }
}

pub(crate) fn send(endpoint: &str, key: &str) -> Effect {
    Effect::HttpsSend {
        endpoint: endpoint.into(),
        request: HttpRequest {
            method: "POST".into(),
            path: "submissions".into(),
            headers: vec![("idempotency-key".into(), key.into())],
            body: Bytes::default(),
        },
    }
}

/// A call that uses every kind of effect there is.
pub(crate) fn call(history: &[Recorded]) -> StepResult {
    everything(&mut Guest::new(history)).unwrap_or_else(|other| other)
}

fn everything(guest: &mut Guest<'_>) -> Result<StepResult, StepResult> {
    let Answer::Now { at } = guest.ask(Effect::TimerNow)? else {
        panic!()
    };
    let Answer::Random { bytes } = guest.ask(Effect::RandomBytes { length: 8 })? else {
        panic!()
    };
    let Answer::Published { name } = guest.ask(put(&format!("<at>{at}</at>")))? else {
        panic!()
    };
    let began: Timestamp = at.parse().unwrap();
    let until = jst(began + SignedDuration::from_hours(6));
    let wait = Effect::ExchangeWait {
        folder: "terminal".into(),
        requests: vec![name],
        until,
    };
    let Answer::Arrivals { arrivals } = guest.ask(wait)? else {
        panic!()
    };
    let Answer::Now { at: later } = guest.ask(Effect::TimerNow)? else {
        panic!()
    };
    let key = format!("{:?}", bytes.as_slice());
    let Answer::Response { response } = guest.ask(send("keyed", &key))? else {
        panic!()
    };
    let until = jst(later.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(1));
    guest.ask(Effect::TimerSleepUntil { until })?;
    let never = match guest.ask(send("never", "-"))? {
        Answer::Response { .. } => "sent".to_owned(),
        Answer::Fault { fault } => fault.code,
        other => panic!("{other:?}"),
    };
    let body = Bytes::from(b"checklist".as_slice());
    let place = Effect::ExchangePlace {
        folder: "handover".into(),
        path: "a.txt".into(),
        body,
    };
    guest.ask(place)?;
    Ok(StepResult::Return(json!({
        "answers": arrivals.len(),
        "body": arrivals[0].body,
        "status": response.status,
        "never": never,
    })))
}

/// A store in a folder, opened anew after every kill.
pub(crate) struct Store {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Store {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        Self {
            _folder: folder,
            path,
        }
    }
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
    pub(crate) fn open(&self) -> SqliteJournal {
        SqliteJournal::open(&self.path).unwrap()
    }
    /// Stops at the crash point with that number, counted from 0; reports how many there were.
    pub(crate) fn open_to_crash(&self, at: usize) -> (SqliteJournal, Arc<AtomicUsize>) {
        let seen = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&seen);
        let journal = self.open().on_crash_point(move |_: CrashPoint| {
            if count.fetch_add(1, Ordering::SeqCst) == at {
                Verdict::Stop
            } else {
                Verdict::GoOn
            }
        });
        (journal, seen)
    }
}

//! One plugin's effects, carried out within its grants.

mod telling;
#[cfg(test)]
mod tests;

use crate::doors::Doors;
use crate::host::Progress;
use jiff::{SignedDuration, Timestamp};
use reseplug_effect::{Answer, Arrival, Bytes, Effect, Fault, HttpRequest, Place, RepeatClass};
use reseplug_egress::SendError;
use reseplug_exchange::Prepared;
use reseplug_identity::KeyHolder;
use reseplug_journal::{Facts, Performed, Recovered, World};
use reseplug_policy::{Admitted, Grants};
use serde_json::Value;
use telling::{Telling, Why};

/// How long after the first look for answers the second one comes; each pause after it is twice as
/// long, up to [`SLOWEST_LOOK`]. A quick terminal is not kept waiting.
const QUICKEST_LOOK: SignedDuration = SignedDuration::from_millis(50);

/// The longest pause between two looks. Each look asks for five names a request, over a shared
/// folder as a rule; a terminal itself takes seconds as a rule.
const SLOWEST_LOOK: SignedDuration = SignedDuration::from_millis(500);

/// A folder could not be read or written (`reseplug-exchange`).
const IO: &str = "exchange/io";

/// One plugin's effects, carried out within its grants through the station's doors.
///
/// Each effect is admitted when it is begun and again when it is carried out, since a grant
/// may have been taken back while the job waited. A plugin waits only for answers to messages
/// that it may send: requests of other plugins in the same folder are denied.
///
/// One value serves one drive of one job.
#[derive(Debug)]
pub struct Mediation<'h> {
    doors: &'h Doors,
    grants: &'h Grants,
    /// An earlier attempt at the present effect may have been carried out, so an attempt
    /// that is not sent does not mean that nothing happened.
    doubtful: bool,
    /// The other side has spoken over TLS.
    spoke: bool,
    /// The pause after the next look for answers, if nothing is there.
    next_look: SignedDuration,
    telling: Telling,
}

impl<'h> Mediation<'h> {
    /// Effects of the plugin whose grants these are.
    pub fn new(doors: &'h Doors, grants: &'h Grants) -> Self {
        Self {
            doors,
            grants,
            doubtful: false,
            spoke: false,
            next_look: QUICKEST_LOOK,
            telling: Telling::default(),
        }
    }

    /// The same, and somebody is told while a terminal does not answer.
    #[must_use]
    pub fn telling(mut self, say: Progress) -> Self {
        self.telling = Telling::to(say);
        self
    }

    fn admit(&self, effect: &Effect) -> Result<Admitted<'h>, Fault> {
        let admitted = self.grants.admit(effect)?;
        if let Effect::ExchangeWait {
            folder, requests, ..
        } = effect
        {
            for request in requests {
                // What has no prefix is no request's name; the folders refuse it.
                if let Some((prefix, _)) = request.split_once('_') {
                    self.grants.exchange(folder, prefix)?;
                }
            }
        }
        Ok(admitted)
    }

    fn do_it(&mut self, effect: &Effect, prepared: Option<&Value>) -> Performed<Answer> {
        match effect {
            Effect::ExchangePut { folder, .. } => self.publish(folder, prepared),
            Effect::ExchangeWait {
                folder,
                requests,
                until,
            } => self.wait(folder, requests, until),
            Effect::ExchangePlace { folder, path, body } => done(self.place(folder, path, body)),
            Effect::HttpsSend { endpoint, request } => self.send(effect, endpoint, request),
            Effect::IdentityFacts { name } => done(self.identity(name)),
            Effect::TimerNow | Effect::TimerSleepUntil { .. } | Effect::RandomBytes { .. } => {
                // The loop answers these itself.
                Performed::NotDone(Fault::new(
                    "host/not-outward",
                    "プログラムの不具合です。開発元に連絡してください。",
                    "time and randomness are not of the outside world; this is a defect of the host",
                ))
            }
        }
    }

    fn publish(&self, folder: &str, prepared: Option<&Value>) -> Performed<Answer> {
        let Some(prepared) = parse(prepared) else {
            return Performed::Unknown("what was prepared cannot be read".to_owned());
        };
        let terminal = match self.doors.terminal(folder) {
            Ok(terminal) => terminal,
            Err(fault) => return self.not_sent(fault),
        };
        match terminal.folders.publish(&prepared) {
            Ok(()) => Performed::Done(published(prepared)),
            // The rename may have worked and only its flush failed.
            Err(fault) => match terminal.folders.is_published(&prepared) {
                Ok(false) => Performed::NotDone(fault),
                Ok(true) => Performed::Done(published(prepared)),
                Err(_) => Performed::Unknown(fault.message_en),
            },
        }
    }

    fn wait(&mut self, folder: &str, requests: &[String], until: &str) -> Performed<Answer> {
        let end: Timestamp = match until.parse() {
            Ok(end) => end,
            Err(e) => return Performed::NotDone(no_moment(until, &e)),
        };
        let (found, half) = match self.doors.terminal(folder) {
            Ok(terminal) => (
                terminal.poll(requests),
                terminal.folders.unfinished(requests),
            ),
            Err(fault) => return Performed::NotDone(fault),
        };
        let now = self.doors.now();
        let pause = std::mem::replace(&mut self.next_look, QUICKEST_LOOK);
        match found {
            Ok(arrivals) if !arrivals.is_empty() || now >= end => {
                Performed::Done(Answer::Arrivals { arrivals })
            }
            // A share that is gone for a moment does not end a wait: the answers will be
            // there when it is back.
            Err(fault) if fault.code != IO || now >= end => Performed::NotDone(fault),
            found => {
                let why = match (&found, half) {
                    (Err(gone), _) => Why::Gone(gone),
                    (Ok(_), Some((name, same_for))) => Why::Half { name, same_for },
                    (Ok(_), None) => Why::Nothing,
                };
                self.telling.nothing(now, requests, end, &why);
                self.next_look = pause.saturating_mul(2).min(SLOWEST_LOOK);
                Performed::Pending {
                    until: now.checked_add(pause).map_or(end, |next| next.min(end)),
                }
            }
        }
    }

    fn place(&self, folder: &str, path: &str, body: &Bytes) -> Result<Answer, Fault> {
        self.check_size(folder, path, body)?;
        let placed = self.doors.handover(folder)?.place(path, body.as_slice())?;
        Ok(Answer::Placed {
            path: placed.display().to_string(),
        })
    }

    fn send(
        &mut self,
        effect: &Effect,
        endpoint: &str,
        request: &HttpRequest,
    ) -> Performed<Answer> {
        let sent = match self.doors.egress() {
            Ok(egress) => egress.send(endpoint, request),
            Err(fault) => Err(SendError::NotSent(fault)),
        };
        match sent {
            Ok(response) => {
                self.spoke = true;
                Performed::Done(Answer::Response { response })
            }
            Err(SendError::NotSent(fault)) => self.not_sent(fault),
            Err(SendError::Unknown(fault)) => {
                // Of a safe request the last attempt's own reason is the one that helps.
                self.doubtful |= !matches!(self.class(effect), Ok(RepeatClass::Safe));
                Performed::Unknown(fault.message_en)
            }
        }
    }

    /// This attempt did nothing; whether none did is another question.
    fn not_sent(&self, fault: Fault) -> Performed<Answer> {
        if self.doubtful {
            Performed::Unknown(format!(
                "an earlier attempt may have arrived; the last one: {}",
                fault.message_en
            ))
        } else {
            Performed::NotDone(fault)
        }
    }

    fn identity(&self, name: &str) -> Result<Answer, Fault> {
        let bound = self.grants.identity(name)?;
        let store = self.doors.identities()?;
        let facts = store
            .active_facts(bound.file.as_str())
            .map_err(|e| e.fault())?;
        Ok(Answer::Identity {
            facts: (&facts).into(),
        })
    }

    fn check_size(&self, folder: &str, what: &str, body: &Bytes) -> Result<(), Fault> {
        let limit = self.doors.max_bytes(folder)?;
        let size = body.as_slice().len();
        if u64::try_from(size).is_ok_and(|size| size <= limit) {
            return Ok(());
        }
        Err(Fault::new(
            "exchange/too-large-to-write",
            format!(
                "フォルダー「{folder}」に書き込む内容（{size} バイト）が上限（{limit} バイト）を超えています。正しい内容であれば、設定ファイルの [exchange.{folder}] の max_bytes を大きくしてください。"
            ),
            format!(
                "{size} bytes are to be written to the folder `{folder}`, whose limit is {limit}. If that is right, raise max_bytes of [exchange.{folder}] in the station file."
            ),
        )
        .at(Place {
            document: what.to_owned(),
            ..Place::default()
        }))
    }
}

impl World for Mediation<'_> {
    fn class(&self, effect: &Effect) -> Result<RepeatClass, Fault> {
        let admitted = self.admit(effect)?;
        match effect {
            // A keyed request needs its key to be one.
            Effect::HttpsSend { endpoint, request } => {
                self.doors.egress()?.class(endpoint, request)
            }
            _ => Ok(admitted.repeat()),
        }
    }

    fn prepare(&mut self, effect: &Effect) -> Result<Option<Value>, Fault> {
        // Asked of a new step, and never of one that was begun before.
        self.doubtful = false;
        self.spoke = false;
        let Effect::ExchangePut {
            folder,
            prefix,
            extension,
            body,
        } = effect
        else {
            return Ok(None);
        };
        self.admit(effect)?;
        self.check_size(folder, prefix, body)?;
        let terminal = self.doors.terminal(folder)?;
        let prepared = terminal
            .folders
            .prepare_put(prefix, extension, body.as_slice())?;
        serde_json::to_value(prepared)
            .map(Some)
            .map_err(|e| not_written(&e))
    }

    fn perform(&mut self, effect: &Effect, prepared: Option<&Value>) -> Performed<Answer> {
        match self.admit(effect) {
            Ok(_) => self.do_it(effect, prepared),
            Err(fault) => self.not_sent(fault),
        }
    }

    fn recover(&mut self, effect: &Effect, prepared: Option<&Value>) -> Recovered<Answer> {
        match effect {
            Effect::ExchangePut { folder, .. } => {
                let Some(prepared) = parse(prepared) else {
                    return Recovered::Unknown;
                };
                let published_already = self
                    .doors
                    .terminal(folder)
                    .and_then(|terminal| terminal.folders.is_published(&prepared));
                match published_already {
                    Ok(true) => Recovered::Done(published(prepared)),
                    Ok(false) => Recovered::Redo,
                    Err(_) => {
                        self.doubtful = true;
                        Recovered::Unknown
                    }
                }
            }
            // Looking, and writing what is there already, changes nothing.
            Effect::ExchangeWait { .. }
            | Effect::ExchangePlace { .. }
            | Effect::IdentityFacts { .. } => Recovered::Redo,
            Effect::HttpsSend { .. } => {
                self.doubtful = true;
                Recovered::Unknown
            }
            Effect::TimerNow | Effect::TimerSleepUntil { .. } | Effect::RandomBytes { .. } => {
                Recovered::Unknown
            }
        }
    }

    fn settle(&mut self, effect: &Effect, answer: &Answer) {
        if let (Effect::ExchangeWait { folder, .. }, Answer::Arrivals { arrivals }) =
            (effect, answer)
            && !arrivals.is_empty()
        {
            self.finish(folder, arrivals);
        }
    }

    /// Beyond the destination: of a request the base URL, the certificate (name in the store
    /// and thumbprint) and, once the other side has spoken, the TLS version or the oldest it
    /// can have been; of identity facts whose they are.
    fn facts(&self, effect: &Effect) -> Facts {
        let mut facts = Facts::default();
        match effect {
            Effect::ExchangePut { folder, .. }
            | Effect::ExchangeWait { folder, .. }
            | Effect::ExchangePlace { folder, .. } => facts.destination = Some(folder.clone()),
            Effect::HttpsSend { endpoint, .. } => {
                facts.destination = Some(endpoint.clone());
                // Of what is denied nothing is opened.
                if self.admit(effect).is_ok()
                    && let Ok(egress) = self.doors.egress()
                    && let Ok(there) = egress.destination(endpoint)
                {
                    facts.destination = Some(format!("{endpoint} {}", there.url));
                    facts.identity = there
                        .identity
                        .map(|i| format!("{} sha256:{}", i.name, i.thumbprint));
                    facts.tls = self.spoke.then(|| match there.tls_floor {
                        "1.3" => "TLSv1.3".to_owned(),
                        floor => format!("TLSv{floor} or newer"),
                    });
                }
            }
            Effect::IdentityFacts { name } => {
                facts.destination = Some(name.clone());
                if let Ok(bound) = self.grants.identity(name) {
                    facts.identity = Some(bound.file.to_string());
                }
            }
            Effect::TimerNow | Effect::TimerSleepUntil { .. } | Effect::RandomBytes { .. } => {}
        }
        facts
    }
}

impl Mediation<'_> {
    fn finish(&self, folder: &str, arrivals: &[Arrival]) {
        // Folders that cannot be opened keep the file; there is nobody to tell.
        if let Ok(terminal) = self.doors.terminal(folder) {
            terminal.settle(arrivals);
        }
    }
}

fn parse(prepared: Option<&Value>) -> Option<Prepared> {
    serde_json::from_value(prepared?.clone()).ok()
}

fn published(prepared: Prepared) -> Answer {
    Answer::Published {
        name: prepared.name,
    }
}

fn done(answer: Result<Answer, Fault>) -> Performed<Answer> {
    match answer {
        Ok(answer) => Performed::Done(answer),
        Err(fault) => Performed::NotDone(fault),
    }
}

fn not_written(error: &serde_json::Error) -> Fault {
    Fault::new(
        "host/not-json",
        "要求ファイルの名前を記録できません。プログラムの不具合です。開発元に連絡してください。",
        format!(
            "the name of the request cannot be recorded ({error}); this is a defect of the host"
        ),
    )
}

fn no_moment(until: &str, error: &jiff::Error) -> Fault {
    let until = until.escape_debug().to_string();
    Fault::new(
        "exchange/not-a-moment",
        format!(
            "プラグインが回答を待つ期限「{until}」を読み取れません。プラグインの開発元に連絡してください。"
        ),
        format!(
            "The plugin waits for answers until `{until}`, which is no ISO 8601 moment with offset ({error}). Tell its vendor."
        ),
    )
}

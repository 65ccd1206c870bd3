//! One call's dealings with the exchange folder: publish, wait, open, read.

use crate::{Settings, faults};
use onshi::{AnswerHeader, Message, MessageKind, Outcome, ReadOptions, open_answer, read, write};
use reseplug_sdk::imports::{Arrival, ArrivalKind};
use reseplug_sdk::{Context, Exchange, Fault, Host, Moment};

/// Largest answer, unpacked. A bulk answer of 10,000 people stays below it.
const MAX_ANSWER: usize = 32 * 1024 * 1024;

/// The exchange folder during one call.
pub(crate) struct Terminal<'a> {
    pub(crate) ctx: &'a Context<Settings>,
    pub(crate) host: &'a Host,
    folder: Exchange<'a>,
    /// When the call gives up.
    pub(crate) deadline: Moment,
}

/// A message that was read, with what a person should know of its file.
pub(crate) struct Opened<M> {
    pub(crate) message: M,
    pub(crate) warning: Option<String>,
}

impl<'a> Terminal<'a> {
    pub(crate) fn open(ctx: &'a Context<Settings>, host: &'a Host) -> Result<Self, Fault> {
        ctx.settings.check()?;
        let deadline = host
            .now()?
            .plus_seconds(i64::from(ctx.settings.deadline_minutes) * 60);
        Ok(Self {
            ctx,
            host,
            folder: host.exchange(&ctx.settings.folder),
            deadline,
        })
    }

    pub(crate) fn institution(&self) -> Option<String> {
        Some(self.ctx.station.institution_code.clone())
    }

    pub(crate) fn minutes(&self) -> u32 {
        self.ctx.settings.deadline_minutes
    }

    /// Publishes a request and returns its file name.
    pub(crate) fn put<M: Message>(&self, kind: MessageKind, message: &M) -> Result<String, Fault> {
        let bytes = write(kind.prefix(), message, self.ctx.settings.charset())
            .map_err(|e| faults::unwritable(&e))?;
        self.folder.put(kind.prefix(), "xml", &bytes)
    }

    /// Waits until each of the requests is answered or the time is over. One place per
    /// request; nothing where no answer came.
    pub(crate) fn wait_all(&self, requests: &[String]) -> Result<Vec<Option<Arrival>>, Fault> {
        let mut arrived: Vec<Option<Arrival>> = requests.iter().map(|_| None).collect();
        loop {
            let open: Vec<String> = requests
                .iter()
                .zip(&arrived)
                .filter(|(_, arrival)| arrival.is_none())
                .map(|(request, _)| request.clone())
                .collect();
            if open.is_empty() {
                return Ok(arrived);
            }
            let mut placed = false;
            for arrival in self.folder.wait(&open, self.deadline)? {
                let at = requests.iter().position(|r| *r == arrival.request);
                if let Some(slot) = at.and_then(|at| arrived.get_mut(at))
                    && slot.is_none()
                {
                    *slot = Some(arrival);
                    placed = true;
                }
            }
            if !placed {
                return Ok(arrived);
            }
        }
    }

    /// Opens an answer: unpacks, decodes and sorts it. A refusal is a fault.
    pub(crate) fn read<M: Message>(&self, arrival: &Arrival) -> Result<Opened<M>, Fault> {
        if matches!(arrival.kind, ArrivalKind::Refused) {
            return Err(faults::refused(arrival));
        }
        let xml = open_answer(&arrival.name, &arrival.body, MAX_ANSWER)
            .map_err(|e| faults::archive(&e, arrival))?;
        let options = ReadOptions {
            max_bytes: MAX_ANSWER,
            ..ReadOptions::with_fallback(self.ctx.settings.charset())
        };
        let file = read::<M>(&arrival.name, &xml, &options)
            .map_err(|e| faults::unreadable(&e, arrival))?;
        let warning = file.warnings.first().map(ToString::to_string);
        if let Some(warning) = &warning {
            if !file.declared {
                return Err(faults::encoding(arrival, warning));
            }
            self.ctx.log().warn(warning, &[("file", &arrival.name)]);
        }
        Ok(Opened {
            message: file.message,
            warning,
        })
    }
}

/// Refuses an answer that echoes another request's identifier.
pub(crate) fn check_echo(
    arrival: &Arrival,
    what: &str,
    asked: &str,
    answered: Option<&str>,
) -> Result<(), Fault> {
    match answered {
        Some(answered) if answered.trim() != asked => {
            Err(faults::mismatch(arrival, what, asked, answered))
        }
        _ => Ok(()),
    }
}

/// The header's verdict, where 処理中 has no meaning.
pub(crate) fn done(arrival: &Arrival, header: &AnswerHeader) -> Result<(), Fault> {
    match header.outcome() {
        Outcome::Done => Ok(()),
        Outcome::Failed(error) => Err(faults::failed(arrival, &error)),
        Outcome::Processing => Err(faults::failed(
            arrival,
            &onshi::WholeError {
                segment: Some("2".to_owned()),
                ..onshi::WholeError::default()
            },
        )),
    }
}

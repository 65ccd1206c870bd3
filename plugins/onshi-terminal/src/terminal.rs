//! One call's dealings with the exchange folder: publish, wait, open, read.

use crate::{Settings, faults};
use onshi::{
    AnswerFile, AnswerHeader, Content, Layout, Message, MessageKind, Outcome, Read, ReadError,
    ReadOptions, WriteError, read, write,
};
use reseplug_sdk::imports::{Arrival, ArrivalKind};
use reseplug_sdk::{Context, Exchange, Fault, Host, Moment};

/// Largest answer, unpacked. A bulk answer of 10,000 people stays below it.
pub(crate) const MAX_ANSWER: usize = 32 * 1024 * 1024;

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

    /// Most people of one bulk message.
    pub(crate) fn chunk(&self) -> usize {
        usize::try_from(self.ctx.settings.max_people_per_message)
            .unwrap_or(usize::MAX)
            .max(1)
    }

    /// Publishes a request and returns its file name.
    pub(crate) fn put<M: Message>(&self, kind: MessageKind, message: &M) -> Result<String, Fault> {
        let prefix = kind.prefix();
        self.publish(prefix, write(prefix, message, self.ctx.settings.charset()))
    }

    /// Publishes a request whose layout the settings give.
    pub(crate) fn put_by<Q: Content, A: Content>(
        &self,
        layout: &Layout<Q, A>,
        message: &Q,
    ) -> Result<String, Fault> {
        let bytes = layout.write_request(message, self.ctx.settings.charset());
        self.publish(layout.request_prefix(), bytes)
    }

    fn publish(&self, prefix: &str, bytes: Result<Vec<u8>, WriteError>) -> Result<String, Fault> {
        let bytes = bytes.map_err(|e| faults::unwritable(&e))?;
        self.folder.put(prefix, "xml", &bytes)
    }

    /// Waits until each of the requests is answered or the time is over. One place per
    /// request; nothing where no answer came.
    pub(crate) fn wait_all(&self, requests: &[String]) -> Result<Vec<Option<Arrival>>, Fault> {
        let groups: Vec<&[String]> = requests.iter().map(std::slice::from_ref).collect();
        let arrived = self.wait_any(&groups, self.deadline)?;
        Ok(arrived.into_iter().map(|a| a.into_iter().next()).collect())
    }

    /// Waits until any request of each group is answered or that moment has passed. One place
    /// per group, with everything that came for it.
    pub(crate) fn wait_any(
        &self,
        groups: &[&[String]],
        until: Moment,
    ) -> Result<Vec<Vec<Arrival>>, Fault> {
        let mut arrived: Vec<Vec<Arrival>> = groups.iter().map(|_| Vec::new()).collect();
        loop {
            let open: Vec<String> = groups
                .iter()
                .zip(&arrived)
                .filter(|(_, arrivals)| arrivals.is_empty())
                .flat_map(|(group, _)| group.iter().cloned())
                .collect();
            if open.is_empty() {
                return Ok(arrived);
            }
            let mut placed = false;
            for arrival in self.folder.wait(&open, until)? {
                let at = groups.iter().position(|g| g.contains(&arrival.request));
                if let Some(place) = at.and_then(|at| arrived.get_mut(at)) {
                    place.push(arrival);
                    placed = true;
                }
            }
            if !placed {
                return Ok(arrived);
            }
        }
    }

    /// The one answer to a request that is put now. Nothing when the time is over.
    pub(crate) fn wait_one(&self, request: &str) -> Result<Vec<Arrival>, Fault> {
        let group = [request.to_owned()];
        let arrived = self.wait_any(&[&group], self.deadline)?;
        Ok(arrived.into_iter().flatten().collect())
    }

    /// Opens an answer: unpacks, decodes and sorts it. A refusal is a fault.
    pub(crate) fn read<M: Message>(&self, arrival: &Arrival) -> Result<Opened<M>, Fault> {
        self.sort(arrival, read::<M>)
    }

    /// The same for an answer whose layout the settings give.
    pub(crate) fn read_by<Q: Content, A: Content>(
        &self,
        layout: &Layout<Q, A>,
        arrival: &Arrival,
    ) -> Result<Opened<A>, Fault> {
        self.sort(arrival, |name, bytes, options| {
            layout.read_answer(name, bytes, options)
        })
    }

    /// What the file is, by its first bytes. A refusal is a fault.
    pub(crate) fn look<'b>(&self, arrival: &'b Arrival) -> Result<AnswerFile<'b>, Fault> {
        if matches!(arrival.kind, ArrivalKind::Refused) {
            return Err(faults::refused(arrival));
        }
        AnswerFile::open(&arrival.name, &arrival.body, MAX_ANSWER)
            .map_err(|e| faults::archive(&e, arrival))
    }

    fn sort<M>(
        &self,
        arrival: &Arrival,
        read: impl FnOnce(&str, &[u8], &ReadOptions) -> Result<Read<M>, ReadError>,
    ) -> Result<Opened<M>, Fault> {
        let xml = match self.look(arrival)? {
            AnswerFile::Xml(xml) => xml,
            AnswerFile::Pdf(_) | AnswerFile::Png(_) => return Err(faults::not_xml(arrival)),
        };
        let options = ReadOptions {
            max_bytes: MAX_ANSWER,
            ..ReadOptions::with_fallback(self.ctx.settings.charset())
        };
        let file =
            read(&arrival.name, &xml, &options).map_err(|e| faults::unreadable(&e, arrival))?;
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

    /// Refuses an answer that names another institution: it is somebody else's, or the
    /// station's own code is set wrongly.
    pub(crate) fn check_institution(
        &self,
        arrival: &Arrival,
        answered: Option<&str>,
    ) -> Result<(), Fault> {
        let own = &self.ctx.station.institution_code;
        match answered.map(str::trim) {
            Some(other) if !other.is_empty() && other != own => {
                Err(faults::other_institution(arrival, own, other))
            }
            _ => Ok(()),
        }
    }

    /// What every answer's header has to be: of this station, and an echo of what was asked.
    pub(crate) fn check_header(
        &self,
        arrival: &Arrival,
        header: &AnswerHeader,
        identifier: &str,
    ) -> Result<(), Fault> {
        self.check_institution(arrival, header.institution_code.as_deref())?;
        check_echo(
            arrival,
            "ArbitraryFileIdentifier",
            identifier,
            header.file_identifier.as_deref(),
        )
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

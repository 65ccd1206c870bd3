//! The two phases of a bulk message.
//!
//! `01req` → `01res` with a reception number, then `02req` with that number → `02res`, which
//! may say 処理中: then a new `02req` goes out later, under a new name. `02req` only fetches
//! and may be repeated, also when nothing comes back for a while (the terminal was off, or
//! forgot it); a `01req` whose acceptance never came is never sent again.

use crate::faults;
use crate::terminal::{Opened, Terminal, check_echo, done};
use onshi::{
    Acceptance, AnswerHeader, BulkAnswer, BulkLayout, BulkReferenceAnswer, DownloadRequest,
    Message, MessageKind, Outcome, RecheckManyAnswer, RecheckManyRequest, SegmentOfResult,
};
use reseplug_sdk::Fault;
use reseplug_sdk::imports::Arrival;

/// How the messages of a bulk family are written and read.
pub(crate) trait Family<Q, A: BulkResult> {
    fn put_upload(&self, terminal: &Terminal<'_>, request: &Q) -> Result<String, Fault>;
    fn read_acceptance(
        &self,
        terminal: &Terminal<'_>,
        arrival: &Arrival,
    ) -> Result<Opened<Acceptance>, Fault>;
    fn put_download(
        &self,
        terminal: &Terminal<'_>,
        request: &DownloadRequest,
    ) -> Result<String, Fault>;
    fn read_result(&self, terminal: &Terminal<'_>, arrival: &Arrival) -> Result<Opened<A>, Fault>;
}

/// A family whose layout is known.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    pub(crate) upload: MessageKind,
    pub(crate) download: MessageKind,
}

impl<Q: Message, A: BulkResult + Message> Family<Q, A> for Known {
    fn put_upload(&self, terminal: &Terminal<'_>, request: &Q) -> Result<String, Fault> {
        terminal.put(self.upload, request)
    }

    fn read_acceptance(
        &self,
        terminal: &Terminal<'_>,
        arrival: &Arrival,
    ) -> Result<Opened<Acceptance>, Fault> {
        terminal.read(arrival)
    }

    fn put_download(
        &self,
        terminal: &Terminal<'_>,
        request: &DownloadRequest,
    ) -> Result<String, Fault> {
        terminal.put(self.download, request)
    }

    fn read_result(&self, terminal: &Terminal<'_>, arrival: &Arrival) -> Result<Opened<A>, Fault> {
        terminal.read(arrival)
    }
}

/// The family whose layout the settings give.
impl Family<RecheckManyRequest, RecheckManyAnswer> for BulkLayout {
    fn put_upload(
        &self,
        terminal: &Terminal<'_>,
        request: &RecheckManyRequest,
    ) -> Result<String, Fault> {
        terminal.put_by(&self.upload, request)
    }

    fn read_acceptance(
        &self,
        terminal: &Terminal<'_>,
        arrival: &Arrival,
    ) -> Result<Opened<Acceptance>, Fault> {
        terminal.read_by(&self.upload, arrival)
    }

    fn put_download(
        &self,
        terminal: &Terminal<'_>,
        request: &DownloadRequest,
    ) -> Result<String, Fault> {
        terminal.put_by(&self.download, request)
    }

    fn read_result(
        &self,
        terminal: &Terminal<'_>,
        arrival: &Arrival,
    ) -> Result<Opened<RecheckManyAnswer>, Fault> {
        terminal.read_by(&self.download, arrival)
    }
}

/// One upload: its message and the identifier that the answers echo.
pub(crate) struct Upload<M> {
    pub(crate) identifier: String,
    pub(crate) request: M,
}

/// A result with what a person should know of its file.
#[derive(Debug)]
pub(crate) struct Fetched<A> {
    pub(crate) answer: A,
    pub(crate) reception: String,
    pub(crate) warning: Option<String>,
}

/// A message that closes a bulk exchange.
pub(crate) trait BulkResult {
    fn header(&self) -> &AnswerHeader;
}

impl BulkResult for BulkAnswer {
    fn header(&self) -> &AnswerHeader {
        &self.header
    }
}

impl BulkResult for BulkReferenceAnswer {
    fn header(&self) -> &AnswerHeader {
        &self.header
    }
}

impl BulkResult for RecheckManyAnswer {
    fn header(&self) -> &AnswerHeader {
        &self.header
    }
}

/// The largest back-off, in poll intervals.
const MOST: i64 = 8;

/// What became of one upload.
enum Fate<A> {
    Working,
    Over(Result<Fetched<A>, Fault>),
}

/// An upload that was accepted.
struct Accepted {
    /// Place among the uploads.
    at: usize,
    reception: String,
    /// `02req`s that are not answered yet: whichever is answered counts.
    asked: Vec<String>,
    /// The centre answered that it is working; otherwise nothing was heard of it.
    working: bool,
}

/// Carries out uploads side by side and returns one result each, in their order. The outer
/// error is one of the folder itself.
pub(crate) fn exchange<Q, A: BulkResult>(
    terminal: &Terminal<'_>,
    family: &impl Family<Q, A>,
    uploads: &[Upload<Q>],
) -> Result<Vec<Result<Fetched<A>, Fault>>, Fault> {
    let mut requests = Vec::with_capacity(uploads.len());
    for upload in uploads {
        requests.push(family.put_upload(terminal, &upload.request)?);
    }
    let mut fates: Vec<Fate<A>> = Vec::with_capacity(uploads.len());
    let mut jobs = Vec::new();
    let arrivals = terminal.wait_all(&requests)?;
    for (at, ((upload, request), arrival)) in
        uploads.iter().zip(&requests).zip(&arrivals).enumerate()
    {
        fates.push(match arrival {
            None => Fate::Over(Err(faults::unclear(request, terminal.minutes()))),
            Some(arrival) => match accept(terminal, family, arrival, &upload.identifier) {
                Ok(reception) => {
                    jobs.push(Accepted {
                        at,
                        reception,
                        asked: Vec::new(),
                        working: false,
                    });
                    Fate::Working
                }
                Err(fault) => Fate::Over(Err(fault)),
            },
        });
    }
    let settings = &terminal.ctx.settings;
    let (mut pause, mut silence) = (1, 1);
    while !jobs.is_empty() {
        let round = i64::from(settings.reask_minutes) * 60 * silence;
        let until = terminal
            .host
            .now()?
            .plus_seconds(round)
            .min(terminal.deadline);
        jobs = fetch(terminal, family, uploads, jobs, until, &mut fates)?;
        let silent_to_the_end = until >= terminal.deadline && jobs.iter().all(|job| !job.working);
        if jobs.is_empty() || silent_to_the_end {
            break;
        }
        let now = terminal.host.now()?;
        let next = now.plus_seconds(i64::from(settings.poll_seconds) * pause);
        if next >= terminal.deadline {
            break;
        }
        if jobs.iter().any(|job| !job.working) {
            // Nothing heard of some: the waiting was their pause.
            silence = (silence * 2).min(MOST);
        }
        if jobs.iter().any(|job| job.working) {
            terminal.host.sleep_until(next);
            pause = (pause * 2).min(MOST);
        }
    }
    for job in jobs {
        let request = requests.get(job.at).map(String::as_str).unwrap_or_default();
        let fault = if job.working {
            faults::still_working(request, &job.reception, terminal.minutes())
        } else {
            let silent = job.asked.last().map_or(request, String::as_str);
            faults::timeout(silent, terminal.minutes()).with("reception-number", &job.reception)
        };
        close(&mut fates, job.at, Err(fault));
    }
    Ok(fates
        .into_iter()
        .zip(&requests)
        .map(|(fate, request)| match fate {
            Fate::Over(result) => result,
            Fate::Working => Err(faults::timeout(request, terminal.minutes())),
        })
        .collect())
}

/// Reads an acceptance: the reception number.
fn accept<Q, A: BulkResult>(
    terminal: &Terminal<'_>,
    family: &impl Family<Q, A>,
    arrival: &Arrival,
    identifier: &str,
) -> Result<String, Fault> {
    let acceptance = family.read_acceptance(terminal, arrival)?.message;
    let header = &acceptance.header;
    terminal.check_header(arrival, header, identifier)?;
    // Some software expects a segment here; 処理中 beside a reception number is an acceptance.
    if header.segment != Some(SegmentOfResult::Processing) {
        done(arrival, header)?;
    }
    let result = acceptance.request_result();
    match acceptance.reception_number.as_deref() {
        Some(number) if !result.is_error => Ok(number.to_owned()),
        _ => Err(faults::not_accepted(arrival, result.code, result.text)),
    }
}

/// One round: a new `02req` for each job. Returns the jobs that are not over yet.
fn fetch<Q, A: BulkResult>(
    terminal: &Terminal<'_>,
    family: &impl Family<Q, A>,
    uploads: &[Upload<Q>],
    mut jobs: Vec<Accepted>,
    until: reseplug_sdk::Moment,
    fates: &mut [Fate<A>],
) -> Result<Vec<Accepted>, Fault> {
    let institution = &terminal.ctx.station.institution_code;
    for job in &mut jobs {
        let request = DownloadRequest::new(institution, &job.reception);
        job.asked.push(family.put_download(terminal, &request)?);
    }
    let groups: Vec<&[String]> = jobs.iter().map(|job| job.asked.as_slice()).collect();
    let arrivals = terminal.wait_any(&groups, until)?;
    let mut open = Vec::new();
    for (mut job, arrivals) in jobs.into_iter().zip(arrivals) {
        job.asked
            .retain(|name| arrivals.iter().all(|a| a.request != *name));
        let identifier = uploads
            .get(job.at)
            .map(|u| u.identifier.as_str())
            .unwrap_or_default();
        job.working = false;
        let mut over = None;
        for arrival in &arrivals {
            match look(terminal, family, arrival, identifier, &job.reception) {
                Ok(None) => job.working = true,
                Ok(Some(fetched)) => {
                    over = Some(Ok(fetched));
                    break;
                }
                Err(fault) => over = Some(Err(fault.with("reception-number", &job.reception))),
            }
        }
        match over {
            Some(result) => close(fates, job.at, result),
            None => open.push(job),
        }
    }
    Ok(open)
}

/// Opens a result; nothing while the centre is still working.
fn look<Q, A: BulkResult>(
    terminal: &Terminal<'_>,
    family: &impl Family<Q, A>,
    arrival: &Arrival,
    identifier: &str,
    reception: &str,
) -> Result<Option<Fetched<A>>, Fault> {
    let opened = family.read_result(terminal, arrival)?;
    let header = opened.message.header();
    terminal.check_institution(arrival, header.institution_code.as_deref())?;
    check_echo(
        arrival,
        "ReceptionNumber",
        reception,
        header.reception_number.as_deref(),
    )?;
    terminal.check_header(arrival, header, identifier)?;
    if header.outcome() == Outcome::Processing {
        return Ok(None);
    }
    done(arrival, header)?;
    Ok(Some(Fetched {
        answer: opened.message,
        reception: reception.to_owned(),
        warning: opened.warning,
    }))
}

fn close<A>(fates: &mut [Fate<A>], at: usize, result: Result<Fetched<A>, Fault>) {
    if let Some(fate) = fates.get_mut(at) {
        *fate = Fate::Over(result);
    }
}

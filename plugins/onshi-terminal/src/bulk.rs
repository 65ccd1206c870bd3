//! The two phases of a bulk message.
//!
//! `01req` → `01res` with a reception number, then `02req` with that number → `02res`, which
//! may say 処理中: then a new `02req` goes out later, under a new name. `02req` only fetches
//! and may be repeated; a `01req` whose acceptance never came is never sent again.

use crate::faults;
use crate::terminal::{Terminal, check_echo, done};
use onshi::{
    Acceptance, AnswerHeader, BulkAnswer, BulkReferenceAnswer, DownloadRequest, Message,
    MessageKind, Outcome, SegmentOfResult,
};
use reseplug_sdk::Fault;
use reseplug_sdk::imports::Arrival;

/// The messages of a bulk family that are sent.
#[derive(Clone, Copy)]
pub(crate) struct Family {
    pub(crate) upload: MessageKind,
    pub(crate) download: MessageKind,
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
pub(crate) trait BulkResult: Message {
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
}

/// Carries out uploads side by side and returns one result each, in their order. The outer
/// error is one of the folder itself.
pub(crate) fn exchange<Q: Message, A: BulkResult>(
    terminal: &Terminal<'_>,
    family: Family,
    uploads: &[Upload<Q>],
) -> Result<Vec<Result<Fetched<A>, Fault>>, Fault> {
    let mut requests = Vec::with_capacity(uploads.len());
    for upload in uploads {
        requests.push(terminal.put(family.upload, &upload.request)?);
    }
    let mut fates: Vec<Fate<A>> = Vec::with_capacity(uploads.len());
    let mut jobs = Vec::new();
    let arrivals = terminal.wait_all(&requests)?;
    for (at, ((upload, request), arrival)) in
        uploads.iter().zip(&requests).zip(&arrivals).enumerate()
    {
        fates.push(match arrival {
            None => Fate::Over(Err(faults::unclear(request, terminal.minutes()))),
            Some(arrival) => match accept(terminal, arrival, &upload.identifier) {
                Ok(reception) => {
                    jobs.push(Accepted { at, reception });
                    Fate::Working
                }
                Err(fault) => Fate::Over(Err(fault)),
            },
        });
    }
    let mut pause = 1;
    while !jobs.is_empty() {
        jobs = fetch(terminal, family, uploads, jobs, &mut fates)?;
        if jobs.is_empty() {
            break;
        }
        let next = terminal
            .host
            .now()?
            .plus_seconds(i64::from(terminal.ctx.settings.poll_seconds) * pause);
        if next >= terminal.deadline {
            break;
        }
        terminal.host.sleep_until(next);
        pause = (pause * 2).min(MOST);
    }
    for job in jobs {
        let request = requests.get(job.at).map(String::as_str).unwrap_or_default();
        let fault = faults::still_working(request, &job.reception, terminal.minutes());
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
fn accept(terminal: &Terminal<'_>, arrival: &Arrival, identifier: &str) -> Result<String, Fault> {
    let acceptance: Acceptance = terminal.read(arrival)?.message;
    let header = &acceptance.header;
    check_echo(
        arrival,
        "ArbitraryFileIdentifier",
        identifier,
        header.file_identifier.as_deref(),
    )?;
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

/// One round: a new `02req` for each job. Returns the jobs that are still being worked on.
fn fetch<Q, A: BulkResult>(
    terminal: &Terminal<'_>,
    family: Family,
    uploads: &[Upload<Q>],
    jobs: Vec<Accepted>,
    fates: &mut [Fate<A>],
) -> Result<Vec<Accepted>, Fault> {
    let institution = &terminal.ctx.station.institution_code;
    let mut requests = Vec::with_capacity(jobs.len());
    for job in &jobs {
        let request = DownloadRequest::new(institution, &job.reception);
        requests.push(terminal.put(family.download, &request)?);
    }
    let mut working = Vec::new();
    let arrivals = terminal.wait_all(&requests)?;
    for ((job, request), arrival) in jobs.into_iter().zip(&requests).zip(&arrivals) {
        let Some(arrival) = arrival else {
            let fault = faults::timeout(request, terminal.minutes())
                .with("reception-number", &job.reception);
            close(fates, job.at, Err(fault));
            continue;
        };
        let identifier = uploads
            .get(job.at)
            .map(|u| u.identifier.as_str())
            .unwrap_or_default();
        match open(terminal, arrival, identifier, &job.reception) {
            Ok(Some(fetched)) => close(fates, job.at, Ok(fetched)),
            Ok(None) => working.push(job),
            Err(fault) => {
                close(
                    fates,
                    job.at,
                    Err(fault.with("reception-number", &job.reception)),
                );
            }
        }
    }
    Ok(working)
}

/// Opens a result; nothing while the centre is still working.
fn open<A: BulkResult>(
    terminal: &Terminal<'_>,
    arrival: &Arrival,
    identifier: &str,
    reception: &str,
) -> Result<Option<Fetched<A>>, Fault> {
    let opened = terminal.read::<A>(arrival)?;
    let header = opened.message.header();
    check_echo(
        arrival,
        "ReceptionNumber",
        reception,
        header.reception_number.as_deref(),
    )?;
    check_echo(
        arrival,
        "ArbitraryFileIdentifier",
        identifier,
        header.file_identifier.as_deref(),
    )?;
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

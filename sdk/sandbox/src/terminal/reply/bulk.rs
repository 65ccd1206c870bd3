//! The messages about many people: taken in, worked on for a while, then answered.

use super::{Desk, NO_RECEPTION, Reply, day, fail, finish, period, read, status, ticket_month};
use crate::terminal::asked::Asked;
use crate::terminal::centre::Scope;
use crate::terminal::store::{Accepted, Reception, References};
use onshi::{
    Acceptance, AnswerHeader, BulkAnswer, BulkReferenceAnswer, BulkRequest, ConfirmUnit,
    ConsentRequest, DownloadRequest, MessageKind, ProcessingResultStatus, ReadError,
    ReferenceRequest, RegistrationUnit, RequestHeader, SearchInfo, SegmentOfResult, TicketRequest,
};
use reseplug_model::Date;

impl Desk<'_> {
    /// アップロード結果
    pub(super) fn accept(
        &self,
        file: &str,
        request: &RequestHeader,
        people: usize,
        wrong: Option<(&'static str, &'static str)>,
    ) -> Reply {
        let wrong = self.foreign(request).or(wrong);
        let (answer, accepted) = self.accepted(file, request, wrong);
        Reply {
            reception: accepted.as_ref().map(|one| one.reception.clone()),
            accepted,
            ..finish(&answer, &answer.header, people)
        }
    }

    /// The acceptance of a bulk request, and what follows from it.
    pub(super) fn accepted(
        &self,
        file: &str,
        request: &RequestHeader,
        wrong: Option<(&'static str, &'static str)>,
    ) -> (Acceptance, Option<Accepted>) {
        let mut answer = Acceptance {
            header: AnswerHeader {
                segment: None,
                ..self.header(request)
            },
            ..Acceptance::default()
        };
        if let Some(wrong) = wrong {
            fail(&mut answer.header, wrong);
            return (answer, None);
        }
        let day = self.now.get(..8).unwrap_or_default();
        let reception = self.store.next_reception(day);
        answer.reception_number = Some(reception.clone());
        answer.reception_time = Some(self.now.clone());
        let request = file.to_owned();
        (answer, Some(Accepted { reception, request }))
    }

    /// The bulk request whose result is asked for, and what it held.
    pub(super) fn known_job(&self, asked: Asked, number: &str) -> Option<(&Reception, Vec<u8>)> {
        let known = self.store.reception(number)?;
        let upload = Asked::of_file(&known.request, self.options.layouts.as_deref())?;
        let job = self.store.job(known).ok()?;
        asked.fits(upload).then_some((known, job))
    }

    pub(super) fn is_working(&self, known: &Reception) -> bool {
        self.keep_working || known.rounds < self.options.processing_rounds
    }

    /// ダウンロード結果: 処理中 as often as the options say, then the result.
    pub(super) fn download(
        &self,
        kind: MessageKind,
        request: &DownloadRequest,
    ) -> Result<Reply, ReadError> {
        let mut header = self.header(&request.header);
        let number = request
            .reception_number
            .as_deref()
            .map(str::trim)
            .unwrap_or_default();
        header.reception_number = Some(number.to_owned());
        let job = self.known_job(Asked::Known(kind), number);
        let wrong = self
            .foreign(&request.header)
            .or(job.is_none().then_some(NO_RECEPTION));
        let (Some((known, bytes)), None) = (job, wrong) else {
            fail(&mut header, wrong.unwrap_or(NO_RECEPTION));
            return Ok(finish(
                &BulkAnswer {
                    header: header.clone(),
                    ..BulkAnswer::default()
                },
                &header,
                0,
            ));
        };
        let mut reply = self.result(kind, header, known, &bytes)?;
        reply.reception = Some(number.to_owned());
        Ok(reply)
    }

    fn result(
        &self,
        kind: MessageKind,
        mut header: AnswerHeader,
        known: &Reception,
        job: &[u8],
    ) -> Result<Reply, ReadError> {
        let file = known.request.as_str();
        let working = self.is_working(known);
        if working {
            header.segment = Some(SegmentOfResult::Processing);
            header.file_identifier = identifier_of(kind, file, job)?;
            let still = header.reception_number.clone();
            let reply = finish(
                &BulkAnswer {
                    header: header.clone(),
                    ..BulkAnswer::default()
                },
                &header,
                0,
            );
            return Ok(Reply {
                still_working: still,
                ..reply
            });
        }
        match kind {
            MessageKind::Muimm02Req => {
                let request: ReferenceRequest = read(file, job)?;
                header.file_identifier = request.header.file_identifier;
                let mut registered = References::new();
                let units: Vec<RegistrationUnit> = request
                    .registrations
                    .into_iter()
                    .map(|info| self.register(info, &mut registered))
                    .collect();
                let people = units.len();
                let reply = finish(
                    &BulkReferenceAnswer {
                        header: header.clone(),
                        units,
                        ..BulkReferenceAnswer::default()
                    },
                    &header,
                    people,
                );
                Ok(Reply {
                    registered,
                    ..reply
                })
            }
            MessageKind::Muhvq02Req => {
                let request: ConsentRequest = read(file, job)?;
                let asked = period(MessageKind::Muhvq01Req, &request);
                let (from, to) = asked.unwrap_or((self.centre.today, self.centre.today));
                header.file_identifier = request.header.file_identifier;
                Ok(self.bulk(header, self.centre.consented(from, to)))
            }
            // The phone page imitates visits only: nobody consents to online care here.
            MessageKind::Muonq02Req => {
                let request: ConsentRequest = read(file, job)?;
                header.file_identifier = request.header.file_identifier;
                Ok(self.bulk(header, Vec::new()))
            }
            MessageKind::Mutic02Req => {
                let request: TicketRequest = read(file, job)?;
                let month = ticket_month(&request).unwrap_or(self.centre.today.month());
                header.file_identifier = request.header.file_identifier;
                Ok(self.bulk(header, self.centre.tickets(month)))
            }
            _ => {
                let request: BulkRequest = read(file, job)?;
                header.confirmation_date = request.header.confirmation_date.clone();
                header.file_identifier = request.header.file_identifier;
                let as_of =
                    day(request.header.confirmation_date.as_deref()).unwrap_or(self.centre.today);
                let units = request
                    .searches
                    .into_iter()
                    .map(|search| self.unit(search, as_of))
                    .collect();
                Ok(self.bulk(header, units))
            }
        }
    }

    fn unit(&self, search: SearchInfo, as_of: Date) -> ConfirmUnit {
        let found = self.centre.ask(&search, as_of, Scope::Bulk);
        let (status, code, text) = status(&found);
        ConfirmUnit {
            search: Some(search),
            status: Some(status),
            code,
            text,
            validity: found.validity,
            reference_numbers: found
                .results
                .iter()
                .filter_map(|one| one.reference_number.clone())
                .collect(),
            results: found.results,
            ..ConfirmUnit::default()
        }
    }

    fn bulk(&self, mut header: AnswerHeader, units: Vec<ConfirmUnit>) -> Reply {
        let errors = units
            .iter()
            .filter(|unit| unit.status == Some(ProcessingResultStatus::Error))
            .count();
        header.results = Some(units.len().to_string());
        header.normal = Some(units.len().saturating_sub(errors).to_string());
        header.errors = Some(errors.to_string());
        let people = units.len();
        finish(
            &BulkAnswer {
                header: header.clone(),
                units,
                ..BulkAnswer::default()
            },
            &header,
            people,
        )
    }
}

fn identifier_of(kind: MessageKind, file: &str, job: &[u8]) -> Result<Option<String>, ReadError> {
    Ok(match kind {
        MessageKind::Muimm02Req => read::<ReferenceRequest>(file, job)?.header.file_identifier,
        MessageKind::Muhvq02Req | MessageKind::Muonq02Req => {
            read::<ConsentRequest>(file, job)?.header.file_identifier
        }
        MessageKind::Mutic02Req => read::<TicketRequest>(file, job)?.header.file_identifier,
        _ => read::<BulkRequest>(file, job)?.header.file_identifier,
    })
}

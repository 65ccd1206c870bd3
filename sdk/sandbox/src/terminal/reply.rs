//! One request to its answer, as a tree of elements: the centre's answers in the messages' form.

mod given;

use super::TerminalOptions;
use super::asked::Asked;
use super::centre::{Centre, Found, Scope};
use super::medical::{self, Told};
use super::store::{Accepted, Reception, References, Store};
use crate::phone::{Consent, Withdrawal};
use onshi::{
    Acceptance, AnswerHeader, BulkAnswer, BulkReferenceAnswer, BulkRequest, CharacterCode, Charset,
    ConfirmUnit, ConsentRequest, DownloadRequest, Element, MedicalKind, MedicalRequest, Message,
    MessageKind, ProcessingResultStatus, ReadError, ReadOptions, ReferenceAnswer, ReferenceInfo,
    ReferenceRequest, RegistrationUnit, RequestHeader, SearchInfo, SegmentOfResult, SingleAnswer,
    SingleRequest, TicketRequest, WriteError,
};
use reseplug_model::{Date, Month};
use std::path::Path;

/// What an answer is made of.
pub(super) enum Body {
    /// A message.
    Tree(Element),
    /// A message by a given layout: its elements by the catalogue's names, and how they are placed.
    Given(Element, Place),
    /// A file of another kind, with what its name ends in.
    File {
        ending: &'static str,
        bytes: Vec<u8>,
    },
}

/// Puts elements where a layout has them.
pub(super) type Place = Box<dyn Fn(Element) -> Result<Element, WriteError>>;

/// An answer and what follows from giving it.
pub(super) struct Reply {
    pub(super) body: Body,
    /// Files of another kind that come with it, with what their names end in.
    pub(super) beside: Vec<(&'static str, Vec<u8>)>,
    /// How many people it speaks of.
    pub(super) people: usize,
    /// `SegmentOfResult`; absent in acceptances.
    pub(super) segment: Option<SegmentOfResult>,
    /// 受付番号, where there is one.
    pub(super) reception: Option<String>,
    /// 任意のファイル識別子 of the request.
    pub(super) identifier: Option<String>,
    pub(super) accepted: Option<Accepted>,
    pub(super) still_working: Option<String>,
    pub(super) registered: References,
    pub(super) withdrawn: Option<Withdrawal>,
}

/// What answers are made from.
pub(super) struct Desk<'a> {
    pub(super) centre: Centre<'a>,
    pub(super) store: &'a Store,
    pub(super) options: &'a TerminalOptions,
    /// The sandbox's folder.
    pub(super) dir: &'a Path,
    /// 処理実行時刻
    pub(super) now: String,
    /// One round of 処理中 more than the options say.
    pub(super) keep_working: bool,
}

/// Errors of whole messages. The official list of codes is not public; these are this sandbox's.
const OTHER_STATION: (&str, &str) = (
    "SANDBOX-E001",
    "医療機関コードがこの端末のものではありません。（模擬）",
);
const NO_RECEPTION: (&str, &str) = ("SANDBOX-E002", "受付番号が見つかりません。（模擬）");
const NO_DAY: (&str, &str) = ("SANDBOX-E003", "資格確認日がないか、読めません。（模擬）");
const NO_SEARCH: (&str, &str) = ("SANDBOX-E004", "検索条件がありません。（模擬）");
const NO_PERIOD: (&str, &str) = (
    "SANDBOX-E005",
    "同意日の範囲または診療区分が正しくありません。（模擬）",
);
const NO_MONTH: (&str, &str) = ("SANDBOX-E006", "診療年月がないか、読めません。（模擬）");
const NOT_REGISTERED: (&str, &str) = (
    "SANDBOX-P003",
    "照会番号を登録する資格が見つかりません。（模擬）",
);

impl Desk<'_> {
    /// Reads a request and makes its answer.
    pub(super) fn reply(
        &self,
        file: &str,
        asked: Asked,
        bytes: &[u8],
    ) -> Result<Option<Reply>, ReadError> {
        match asked {
            Asked::Known(kind) => self.known(file, kind, bytes),
            Asked::Given(gap) => self.given(file, gap, bytes),
        }
    }

    fn known(
        &self,
        file: &str,
        kind: MessageKind,
        bytes: &[u8],
    ) -> Result<Option<Reply>, ReadError> {
        use MessageKind::{
            Muhvq01Req, Muimm01Req, Muonq01Req, Muquc01Req, Mutic01Req, Siimm01Req, Siquc01Req,
            Tkk01Req, Yzk01Req,
        };
        Ok(Some(match kind {
            Siquc01Req => self.single(&read(file, bytes)?),
            Muquc01Req => {
                let request: BulkRequest = read(file, bytes)?;
                let day = day(request.header.confirmation_date.as_deref());
                let wrong = day
                    .is_none()
                    .then_some(NO_DAY)
                    .or(request.searches.is_empty().then_some(NO_SEARCH));
                self.accept(file, &request.header, request.searches.len(), wrong)
            }
            Muhvq01Req | Muonq01Req => {
                let request: ConsentRequest = read(file, bytes)?;
                let wrong = period(kind, &request).is_none().then_some(NO_PERIOD);
                self.accept(file, &request.header, 0, wrong)
            }
            Mutic01Req => {
                let request: TicketRequest = read(file, bytes)?;
                let wrong = ticket_month(&request).is_none().then_some(NO_MONTH);
                self.accept(file, &request.header, 0, wrong)
            }
            Muimm01Req => {
                let request: ReferenceRequest = read(file, bytes)?;
                let wrong = request.registrations.is_empty().then_some(NO_SEARCH);
                self.accept(file, &request.header, request.registrations.len(), wrong)
            }
            kind if Asked::Known(kind).is_result() => self.download(kind, &read(file, bytes)?)?,
            Yzk01Req | Tkk01Req => self.medical(kind, &read(file, bytes)?),
            Siimm01Req => self.register_one(&read(file, bytes)?),
            _ => return Ok(None),
        }))
    }

    fn header(&self, request: &RequestHeader) -> AnswerHeader {
        AnswerHeader {
            execution_time: Some(self.now.clone()),
            institution_code: request.institution_code.clone(),
            file_identifier: request.file_identifier.clone(),
            segment: Some(SegmentOfResult::Done),
            character_code: Some(CharacterCode::from(self.options.encoding)),
            ..AnswerHeader::default()
        }
    }

    fn foreign(&self, request: &RequestHeader) -> Option<(&'static str, &'static str)> {
        let own = request.institution_code.as_deref().map(str::trim)
            == Some(&self.centre.station.institution());
        (!own).then_some(OTHER_STATION)
    }

    fn single(&self, request: &SingleRequest) -> Reply {
        let mut header = self.header(&request.header);
        header.confirmation_date = request.header.confirmation_date.clone();
        header.reference_class = Some(onshi::ReferenceClass::Numbers);
        let as_of = day(request.header.confirmation_date.as_deref());
        let wrong = self
            .foreign(&request.header)
            .or(as_of.is_none().then_some(NO_DAY));
        let (Some(as_of), Some(search), None) = (as_of, &request.search, wrong) else {
            fail(&mut header, wrong.unwrap_or(NO_SEARCH));
            return finish(
                &SingleAnswer {
                    header: header.clone(),
                    ..SingleAnswer::default()
                },
                &header,
                0,
            );
        };
        let found = self.centre.ask(search, as_of, Scope::Single);
        let (status, code, text) = status(&found);
        let answer = SingleAnswer {
            header: header.clone(),
            status: Some(status),
            code,
            text,
            validity: found.validity,
            search: Some(search.clone()),
            results: found.results,
            ..SingleAnswer::default()
        };
        finish(&answer, &header, 1)
    }

    /// アップロード結果
    fn accept(
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
    fn accepted(
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
    fn known_job(&self, asked: Asked, number: &str) -> Option<(&Reception, Vec<u8>)> {
        let known = self.store.reception(number)?;
        let upload = Asked::of_file(&known.request, self.options.layouts.as_deref())?;
        let job = self.store.job(known).ok()?;
        asked.fits(upload).then_some((known, job))
    }

    fn is_working(&self, known: &Reception) -> bool {
        self.keep_working || known.rounds < self.options.processing_rounds
    }

    /// ダウンロード結果: 処理中 as often as the options say, then the result.
    fn download(&self, kind: MessageKind, request: &DownloadRequest) -> Result<Reply, ReadError> {
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

    /// 薬剤情報等 and 特定健診.
    fn medical(&self, kind: MessageKind, request: &MedicalRequest) -> Reply {
        let header = &request.header;
        let own = header.institution_code.as_deref().map(str::trim)
            == Some(&self.centre.station.institution());
        let person = match (&header.insurer_number, &header.number) {
            (Some(insurer), Some(number)) => {
                let symbol = header.symbol.as_deref();
                self.centre.holder(insurer, symbol, number)
            }
            _ => None,
        };
        let told = match (MedicalKind::of(kind), person) {
            _ if !own => Err(OTHER_STATION.1.to_owned()),
            (Some(kind), Some(person)) => {
                let is_of = |reading: &Consent| self.centre.is_of(reading, person);
                medical::allowed(request, kind, &self.centre.consents, is_of)
                    .map(|category| medical::tell(request, category, person, self.centre.today))
            }
            _ => Err("該当する資格が見つかりません。（模擬 SANDBOX-M003）".to_owned()),
        };
        let (body, segment) = match told {
            Ok(Told::Tree(root)) => (Body::Tree(root), SegmentOfResult::Done),
            Ok(Told::Pdf(bytes)) => {
                let ending = ".pdf";
                (Body::File { ending, bytes }, SegmentOfResult::Done)
            }
            Err(why) => (Body::Tree(medical::refused(&why)), SegmentOfResult::Failed),
        };
        Reply {
            body,
            beside: Vec::new(),
            people: 1,
            segment: Some(segment),
            reception: None,
            identifier: header.file_identifier.clone(),
            accepted: None,
            still_working: None,
            registered: References::new(),
            withdrawn: None,
        }
    }

    fn register_one(&self, request: &ReferenceRequest) -> Reply {
        let mut header = self.header(&request.header);
        let (Some(info), None) = (request.registrations.first(), self.foreign(&request.header))
        else {
            fail(
                &mut header,
                self.foreign(&request.header).unwrap_or(NO_SEARCH),
            );
            return finish(
                &ReferenceAnswer {
                    header: header.clone(),
                    ..ReferenceAnswer::default()
                },
                &header,
                0,
            );
        };
        let mut registered = References::new();
        let unit = self.register(info.clone(), &mut registered);
        let answer = ReferenceAnswer {
            header: header.clone(),
            reference_number: info.reference_number.clone(),
            status: unit.status,
            code: unit.code,
            text: unit.text,
            ..ReferenceAnswer::default()
        };
        Reply {
            registered,
            ..finish(&answer, &header, 1)
        }
    }

    fn register(&self, info: ReferenceInfo, registered: &mut References) -> RegistrationUnit {
        let coverage = self.centre.registrable(&info);
        let done = match (coverage, &info.reference_number) {
            (Some(coverage), Some(number)) => registered.insert(coverage, number.clone()).is_none(),
            _ => false,
        };
        RegistrationUnit {
            registration: Some(info),
            status: Some(if done {
                ProcessingResultStatus::Done
            } else {
                ProcessingResultStatus::Error
            }),
            code: (!done).then(|| NOT_REGISTERED.0.to_owned()),
            text: (!done).then(|| NOT_REGISTERED.1.to_owned()),
            ..RegistrationUnit::default()
        }
    }
}

fn read<M: Message>(file: &str, bytes: &[u8]) -> Result<M, ReadError> {
    // The terminal takes both encodings; a request without a declaration is taken for UTF-8.
    let options = ReadOptions::with_fallback(Charset::Utf8);
    Ok(onshi::read(file, bytes, &options)?.message)
}

fn day(text: Option<&str>) -> Option<Date> {
    Date::parse_compact(text?.trim()).ok()
}

/// The days a batch of consented people is about; nothing for another 診療区分.
fn period(kind: MessageKind, request: &ConsentRequest) -> Option<(Date, Date)> {
    let search = request.search.as_ref()?;
    let treatment = match kind {
        MessageKind::Muonq01Req => onshi::TreatmentKind::Online,
        _ => onshi::TreatmentKind::HomeVisit,
    };
    (search.treatment == Some(treatment)).then_some(())?;
    let (from, to) = match (&search.from, &search.to) {
        (None, None) => (&search.examined_from, &search.examined_to),
        given => given,
    };
    Some((day(from.as_deref())?, day(to.as_deref())?)).filter(|(from, to)| from <= to)
}

fn ticket_month(request: &TicketRequest) -> Option<Month> {
    let month = request.search.as_ref()?.month.as_deref()?;
    Month::parse_compact(month.trim()).ok()
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

fn status(found: &Found) -> (ProcessingResultStatus, Option<String>, Option<String>) {
    match found.error {
        Some((code, text)) => (
            ProcessingResultStatus::Error,
            Some(code.to_owned()),
            Some(text.to_owned()),
        ),
        None => (ProcessingResultStatus::Done, None, None),
    }
}

fn fail(header: &mut AnswerHeader, (code, text): (&str, &str)) {
    header.segment = Some(SegmentOfResult::Failed);
    header.error_code = Some(code.to_owned());
    header.error_message = Some(text.to_owned());
}

fn finish<M: Message>(message: &M, header: &AnswerHeader, people: usize) -> Reply {
    Reply {
        body: Body::Tree(message.to_root()),
        beside: Vec::new(),
        people,
        segment: header.segment.clone(),
        reception: None,
        identifier: header.file_identifier.clone(),
        accepted: None,
        still_working: None,
        registered: References::new(),
        withdrawn: None,
    }
}

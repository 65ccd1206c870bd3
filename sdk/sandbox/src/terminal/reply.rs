//! One request to its answer, as a tree of elements: the centre's answers in the messages' form.

mod bulk;
mod given;

use super::TerminalOptions;
use super::asked::Asked;
use super::centre::{Centre, Found, Scope};
use super::medical::{self, Told};
use super::store::{Accepted, Reception, References, Store};
use crate::phone::{Consent, Withdrawal};
use onshi::{
    AnswerHeader, BulkRequest, CharacterCode, Charset, ConsentRequest, Element, MedicalKind,
    MedicalRequest, Message, MessageKind, ProcessingResultStatus, ReadError, ReadOptions,
    ReferenceAnswer, ReferenceInfo, ReferenceRequest, RegistrationUnit, RequestHeader,
    SegmentOfResult, SingleAnswer, SingleRequest, TicketRequest, WriteError,
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

impl Reply {
    /// An answer that brings nothing else about.
    fn new(body: Body, people: usize) -> Self {
        Self {
            body,
            beside: Vec::new(),
            people,
            segment: None,
            reception: None,
            identifier: None,
            accepted: None,
            still_working: None,
            registered: References::new(),
            withdrawn: None,
        }
    }
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
            segment: Some(segment),
            identifier: header.file_identifier.clone(),
            ..Reply::new(body, 1)
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
        segment: header.segment.clone(),
        identifier: header.file_identifier.clone(),
        ..Reply::new(Body::Tree(message.to_root()), people)
    }
}

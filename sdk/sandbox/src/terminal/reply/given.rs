//! Answers to the messages whose layout is a gap, where [`onshi::Layouts`] give it.
//!
//! What such an answer means is the sandbox's own; `centre/recheck.rs` says on
//! which grounds. A layout may leave out what is said of one person, so an error is said of the whole
//! message where it has no other place.

use super::{Body, Desk, NO_DAY, NO_RECEPTION, NO_SEARCH, Reply, day, fail, status};
use crate::phone::{Ended, Kind, QrForm, Withdrawal, page_of};
use crate::terminal::asked::{Asked, Gap};
use crate::terminal::centre::Found;
use onshi::{
    Acceptance, AnswerHeader, BulkLayout, ConsentInformation, Content, DownloadRequest, Layout,
    PageAnswer, PageKind, PageRequest, ProcessingResultStatus, QrFile, ReadError, ReadOptions,
    RecheckAnswer, RecheckManyAnswer, RecheckRequest, RecheckSearch, RecheckUnit, RequestHeader,
    RevokeAnswer, RevokeRequest, SearchInfo, SegmentOfResult, UrlChange, Value,
};
use reseplug_model::Date;

type Wrong = (&'static str, &'static str);

const NOT_LIVE: Wrong = (
    "SANDBOX-P012",
    "取り消す同意がありません（同意していないか、すでに終わっています）。（模擬）",
);
const NO_KIND: Wrong = (
    "SANDBOX-P013",
    "閲覧同意情報種別がないか、分かりません。（模擬）",
);
const NOBODY: Wrong = ("SANDBOX-P014", "該当する方が見つかりません。（模擬）");
const NO_PAGE: Wrong = (
    "SANDBOX-E007",
    "模擬環境にあるのは訪問診療等（2）の受付ページだけです。（模擬）",
);
const FIXED: Wrong = (
    "SANDBOX-E008",
    "模擬環境の受付ページのURLは変更できません。（模擬）",
);
const NO_ADDRESS: Wrong = (
    "SANDBOX-E009",
    "模擬環境の訪問先のスマホ画面が動いていません。（模擬）",
);

impl Desk<'_> {
    /// Reads a request by its layout and makes the answer. Nothing where no layout is given.
    pub(super) fn given(
        &self,
        file: &str,
        gap: Gap,
        bytes: &[u8],
    ) -> Result<Option<Reply>, ReadError> {
        let Some(layouts) = self.options.layouts.as_deref() else {
            return Ok(None);
        };
        let (one, many) = (layouts.recheck_one(), layouts.recheck_many());
        let reply = match gap {
            Gap::RecheckOne => one.map(|by| self.recheck_one(by, file, bytes)),
            Gap::RecheckMany => many.map(|by| self.recheck_many(by, file, bytes)),
            Gap::RecheckResult => many.map(|by| self.recheck_result(by, file, bytes)),
            Gap::Revoke => layouts
                .revoke_consent()
                .map(|by| self.revoke(by, file, bytes)),
            Gap::VisitPage => layouts
                .visit_page()
                .map(|by| self.visit_page(by, file, bytes)),
        };
        reply.transpose()
    }

    fn recheck_one(
        &self,
        by: &Layout<RecheckRequest, RecheckAnswer>,
        file: &str,
        bytes: &[u8],
    ) -> Result<Reply, ReadError> {
        let request = read(by, file, bytes)?;
        let mut header = self.header(&request.header);
        header.confirmation_date = request.header.confirmation_date.clone();
        let unit = match (self.day_of(&request.header), request.search) {
            (Ok(as_of), Some(search)) => Some(self.recheck_unit(search, as_of)),
            (Ok(_), None) => {
                fail(&mut header, NO_SEARCH);
                None
            }
            (Err(wrong), _) => {
                fail(&mut header, wrong);
                None
            }
        };
        if let Some(unit) = &unit
            && !by.answers(Value::Status)
        {
            whole(&mut header, unit.status.as_ref(), &unit.code, &unit.text);
        }
        let people = usize::from(unit.is_some());
        let answer = RecheckAnswer {
            header: header.clone(),
            unit,
            ..RecheckAnswer::default()
        };
        Ok(finish(by, &answer, &header, people))
    }

    fn recheck_unit(&self, search: RecheckSearch, as_of: Date) -> RecheckUnit {
        let again = self.centre.recheck(&search, as_of);
        let (status, code, text) = status(&again.found);
        RecheckUnit {
            status: Some(status),
            code,
            text,
            validity: again.found.validity,
            changed: again.changed,
            reference_number: again
                .found
                .results
                .iter()
                .find_map(|one| one.reference_number.clone())
                .or_else(|| search.reference_number.clone()),
            results: again.found.results,
            search: Some(SearchInfo {
                insurer_number: search.insurer_number,
                symbol: search.symbol,
                number: search.number,
                branch: search.branch,
                birthdate: search.birthdate,
                limit_consent: search.limit_consent,
                identifier: search.identifier,
                ..SearchInfo::default()
            }),
            ..RecheckUnit::default()
        }
    }

    fn recheck_many(&self, by: &BulkLayout, file: &str, bytes: &[u8]) -> Result<Reply, ReadError> {
        let request = read(&by.upload, file, bytes)?;
        let people = request.people.len();
        let wrong = self
            .day_of(&request.header)
            .err()
            .or((people == 0).then_some(NO_SEARCH));
        // A layout may name a segment in acceptances, which those of the catalogue have not.
        let (answer, accepted) = self.accepted(file, &request.header, wrong);
        let answer = Acceptance {
            header: AnswerHeader {
                segment: Some(match accepted {
                    Some(_) => SegmentOfResult::Done,
                    None => SegmentOfResult::Failed,
                }),
                ..answer.header
            },
            ..answer
        };
        Ok(Reply {
            reception: accepted.as_ref().map(|one| one.reception.clone()),
            accepted,
            ..finish(&by.upload, &answer, &answer.header, people)
        })
    }

    fn recheck_result(
        &self,
        by: &BulkLayout,
        file: &str,
        bytes: &[u8],
    ) -> Result<Reply, ReadError> {
        let request: DownloadRequest = read(&by.download, file, bytes)?;
        let mut header = self.header(&request.header);
        let asked = Asked::Given(Gap::RecheckResult);
        let number = request.reception_number.as_deref().map(str::trim);
        let number = number.unwrap_or_default();
        header.reception_number = Some(number.to_owned());
        let blank = |header: &AnswerHeader| RecheckManyAnswer {
            header: header.clone(),
            ..RecheckManyAnswer::default()
        };
        let (known, job) = match self.job_of(asked, &request.header, number) {
            Ok(found) => found,
            Err(wrong) => {
                fail(&mut header, wrong);
                return Ok(finish(&by.download, &blank(&header), &header, 0));
            }
        };
        let request = read(&by.upload, &known.request, &job)?;
        header
            .file_identifier
            .clone_from(&request.header.file_identifier);
        let working = self.is_working(known);
        if working {
            header.segment = Some(SegmentOfResult::Processing);
            return Ok(Reply {
                reception: Some(number.to_owned()),
                still_working: Some(number.to_owned()),
                ..finish(&by.download, &blank(&header), &header, 0)
            });
        }
        header
            .confirmation_date
            .clone_from(&request.header.confirmation_date);
        let as_of = self.day_of(&request.header).unwrap_or(self.centre.today);
        let unit = |search| self.recheck_unit(search, as_of);
        let answer = RecheckManyAnswer {
            units: request.people.into_iter().map(unit).collect(),
            ..blank(&header)
        };
        Ok(Reply {
            reception: Some(number.to_owned()),
            ..finish(&by.download, &answer, &header, answer.units.len())
        })
    }

    /// 閲覧同意取り消し: ends what is live of the kinds that are named, by the institution
    /// (OQSCD031: 1), as the phone page's own withdrawal does.
    fn revoke(
        &self,
        by: &Layout<RevokeRequest, RevokeAnswer>,
        file: &str,
        bytes: &[u8],
    ) -> Result<Reply, ReadError> {
        let request = read(by, file, bytes)?;
        let mut header = self.header(&request.header);
        if let Some(wrong) = self.other_station(&request.header) {
            fail(&mut header, wrong);
            let answer = RevokeAnswer {
                header: header.clone(),
                ..RevokeAnswer::default()
            };
            return Ok(finish(by, &answer, &header, 0));
        }
        let search = request.search.unwrap_or_default();
        let withdrawal = self.withdrawal(&search, &request.kinds);
        let (status, code, text) = status(&Found {
            error: withdrawal.as_ref().err().copied(),
            ..Found::default()
        });
        if !by.answers(Value::Status) {
            whole(&mut header, Some(&status), &code, &text);
        }
        let answer = RevokeAnswer {
            header: header.clone(),
            status: Some(status),
            code,
            text,
            reference_number: search.reference_number,
            ..RevokeAnswer::default()
        };
        Ok(Reply {
            withdrawn: withdrawal.ok(),
            ..finish(by, &answer, &header, 1)
        })
    }

    fn withdrawal(
        &self,
        search: &RecheckSearch,
        named: &[ConsentInformation],
    ) -> Result<Withdrawal, Wrong> {
        let person = self
            .centre
            .meant(search)
            .map_err(|found| found.error.unwrap_or(NOBODY))?;
        let reading = self.centre.latest_reading(person).ok_or(NOT_LIVE)?;
        let known = |code: &ConsentInformation| {
            let is_it = |kind: &Kind| kind.information().as_ref() == Some(code);
            Kind::ALL.into_iter().find(is_it).ok_or(NO_KIND)
        };
        let named: Vec<Kind> = named.iter().map(known).collect::<Result<_, _>>()?;
        if named.is_empty() {
            return Err(NO_KIND);
        }
        let live = |kind: &Kind| {
            let standing = self.centre.latest(person, *kind);
            standing.is_some_and(|standing| standing.is_live())
        };
        let kinds: Vec<Kind> = named.into_iter().filter(live).collect();
        if kinds.is_empty() {
            return Err(NOT_LIVE);
        }
        Ok(Withdrawal {
            station: reading.station.clone(),
            person: reading.person.clone(),
            at: self.centre.consents.now,
            kinds,
            by: Ended::Institution,
        })
    }

    /// 医療機関アクセスURL取得: the address of this sandbox's phone page for the station.
    fn visit_page(
        &self,
        by: &Layout<PageRequest, PageAnswer>,
        file: &str,
        bytes: &[u8],
    ) -> Result<Reply, ReadError> {
        let request = read(by, file, bytes)?;
        let mut header = self.header(&request.header);
        let form = match request.qr {
            Some(onshi::QrFormat::Pdf) => Some(QrForm::Pdf),
            Some(onshi::QrFormat::Png) => Some(QrForm::Png),
            _ => None,
        };
        let page = if let Some(wrong) = self.other_station(&request.header) {
            Err(wrong)
        } else if request.kind != Some(PageKind::HomeVisit) {
            Err(NO_PAGE)
        } else if request.change == Some(UrlChange::Change) {
            Err(FIXED)
        } else {
            page_of(self.dir, self.centre.station, form).ok_or(NO_ADDRESS)
        };
        let (status, code, text) = status(&Found {
            error: page.as_ref().err().copied(),
            ..Found::default()
        });
        if !by.answers(Value::Status) {
            whole(&mut header, Some(&status), &code, &text);
        }
        let mut answer = PageAnswer {
            header: header.clone(),
            status: Some(status),
            code,
            text,
            ..PageAnswer::default()
        };
        let mut code = None;
        if let Ok(page) = page {
            answer.url = Some(page.url);
            code = page.code;
        }
        let ending = match form {
            Some(QrForm::Png) => ".png",
            _ => ".pdf",
        };
        match (by.qr_file(), code) {
            (None, Some(bytes)) => answer.set_qr(&bytes),
            (Some(QrFile::Instead), Some(bytes)) => {
                return Ok(Reply {
                    body: Body::File { ending, bytes },
                    ..finish(by, &answer, &header, 0)
                });
            }
            (Some(QrFile::Beside), Some(bytes)) => {
                return Ok(Reply {
                    beside: vec![(ending, bytes)],
                    ..finish(by, &answer, &header, 0)
                });
            }
            (_, None) => {}
        }
        Ok(finish(by, &answer, &header, 0))
    }

    /// Refused where a code is stated that is not this station's: a layout may state none.
    fn other_station(&self, request: &RequestHeader) -> Option<Wrong> {
        request.institution_code.as_ref()?;
        self.foreign(request)
    }

    /// The day a re-query is about; today where the layout names none.
    fn day_of(&self, request: &RequestHeader) -> Result<Date, Wrong> {
        if let Some(wrong) = self.other_station(request) {
            return Err(wrong);
        }
        match request.confirmation_date.as_deref() {
            None => Ok(self.centre.today),
            text => day(text).ok_or(NO_DAY),
        }
    }

    /// The bulk request that a 受付番号 names, and what it held.
    fn job_of(
        &self,
        asked: Asked,
        request: &RequestHeader,
        number: &str,
    ) -> Result<(&super::Reception, Vec<u8>), Wrong> {
        if let Some(wrong) = self.other_station(request) {
            return Err(wrong);
        }
        self.known_job(asked, number).ok_or(NO_RECEPTION)
    }
}

fn read<Q: Content, A: Content>(
    by: &Layout<Q, A>,
    file: &str,
    bytes: &[u8],
) -> Result<Q, ReadError> {
    let options = ReadOptions::with_fallback(onshi::Charset::Utf8);
    Ok(by.read_request(file, bytes, &options)?.message)
}

/// Says an error of the one person as one of the whole message.
fn whole(
    header: &mut AnswerHeader,
    status: Option<&ProcessingResultStatus>,
    code: &Option<String>,
    text: &Option<String>,
) {
    if status == Some(&ProcessingResultStatus::Error) {
        header.segment = Some(SegmentOfResult::Failed);
        header.error_code.clone_from(code);
        header.error_message.clone_from(text);
    }
}

fn finish<Q, A>(by: &Layout<Q, A>, answer: &A, header: &AnswerHeader, people: usize) -> Reply
where
    Q: Content + 'static,
    A: Content + 'static,
{
    let typed = by.answer_by_catalogue(answer);
    let by = by.clone();
    let body = Body::Given(typed, Box::new(move |typed| by.place_answer(typed)));
    Reply {
        segment: header.segment.clone(),
        identifier: header.file_identifier.clone(),
        ..Reply::new(body, people)
    }
}

//! One person's medical information: `YZKsiquc01` (薬剤・診療情報), `TKKsiquc01` (特定健診情報).
//! Layouts unconfirmed.
//!
//! Whether the person's consent is alive is for the host to know; what this asks for is what
//! it is told to. The answer is 要配慮個人情報: nothing of it goes into faults or log lines.

use crate::answer::{day, leaves, moment};
use crate::ask;
use crate::entries;
use crate::shape::Source;
use crate::terminal::{Terminal, check_echo};
use crate::{Settings, faults};
use onshi::{
    AnswerFile, MedicalAnswer, MedicalPerson, MedicalRequest, MedicalRequestHeader, MessageKind,
};
use reseplug_sdk::home_visit::{MedicalFormat, MedicalInformation, MedicalKind, MedicalQuery};
use reseplug_sdk::imports::Arrival;
use reseplug_sdk::{Context, Document, DocumentKind, Fault, Host, Person, Sex};

/// Asks and reads the answer, whatever form it came in.
pub(crate) fn fetch(
    ctx: &Context<Settings>,
    host: &Host,
    query: &MedicalQuery,
) -> Result<MedicalInformation, Fault> {
    let charset = ctx.settings.charset();
    let card = ask::card(&query.holder, charset)?;
    let identifier = ask::identifier(&query.id, charset)?;
    let (kind, answer) = match query.kind {
        MedicalKind::Drug => (MessageKind::Yzk01Req, MessageKind::Yzk01Res),
        MedicalKind::Checkup => (MessageKind::Tkk01Req, MessageKind::Tkk01Res),
    };
    let format = match query.format {
        MedicalFormat::Xml => onshi::MedicalFormat::Xml,
        MedicalFormat::Pdf => onshi::MedicalFormat::Pdf,
    };
    let from = ask::month("from", query.from.as_deref())?;
    let to = ask::month("to", query.to.as_deref())?;
    let terminal = Terminal::open(ctx, host)?;
    let header = MedicalRequestHeader {
        institution_code: terminal.institution(),
        insurer_number: Some(card.insurer_number),
        symbol: card.symbol,
        number: Some(card.number),
        branch: card.branch,
        file_identifier: Some(identifier.clone()),
        ..MedicalRequestHeader::default()
    };
    let message = match query.kind {
        MedicalKind::Drug => MedicalRequest::drugs(
            header,
            (from.as_deref(), to.as_deref()),
            query.with_diagnoses,
            format,
        ),
        MedicalKind::Checkup => MedicalRequest::checkup(header, format),
    };
    let request = terminal.put(kind, &message)?;
    let arrivals = terminal.wait_one(&request)?;
    let Some(arrival) = arrivals.first() else {
        return Err(faults::timeout(&request, terminal.minutes()));
    };
    let blank = blank(&terminal, query, arrival, &answer.into())?;
    match terminal.look(arrival)? {
        // For people: nothing in it can be checked but the name of its file.
        AnswerFile::Pdf(_) | AnswerFile::Png(_) => Ok(blank),
        AnswerFile::Xml(_) => sort(&terminal, arrival, &identifier, &card.birthdate, blank),
    }
}

/// The answer before it is read.
fn blank(
    terminal: &Terminal<'_>,
    query: &MedicalQuery,
    arrival: &Arrival,
    source: &Source,
) -> Result<MedicalInformation, Fault> {
    Ok(MedicalInformation {
        query_id: query.id.clone(),
        person: None,
        entries: Vec::new(),
        document: Some(Document::new(
            &arrival.name,
            DocumentKind::Other,
            arrival.body.clone(),
        )),
        message: source.message.clone(),
        answered_at: terminal.host.now()?.to_string(),
        code: None,
        text: None,
        is_error: false,
        extra: source.grade.clone(),
    })
}

fn sort(
    terminal: &Terminal<'_>,
    arrival: &Arrival,
    identifier: &str,
    birthdate: &str,
    mut out: MedicalInformation,
) -> Result<MedicalInformation, Fault> {
    let opened = terminal.read::<MedicalAnswer>(arrival)?;
    let answer = opened.message;
    let header = &answer.header;
    terminal.check_institution(arrival, header.institution_code.as_deref())?;
    check_echo(
        arrival,
        "ArbitraryFileIdentifier",
        identifier,
        header.file_identifier.as_deref(),
    )?;
    let person = answer.person();
    if let Some(said) = person.and_then(|p| p.birthdate)
        && said.trim() != birthdate
    {
        return Err(faults::other_person(arrival));
    }
    let result = answer.result();
    out.is_error = result.is_error;
    out.code = result.code.map(str::to_owned);
    out.text = result.text.map(str::to_owned);
    if let Some(at) = moment(header.execution_time.as_deref()) {
        out.answered_at = at;
    }
    out.person = person.map(named);
    out.entries = entries::of(&answer.items());
    out.extra.extend(leaves(&header.extra));
    out.extra
        .extend(opened.warning.map(|w| ("warning".to_owned(), w)));
    Ok(out)
}

/// The person as the message states it; what is absent is an empty text.
fn named(person: MedicalPerson<'_>) -> Person {
    let name = person.name.unwrap_or_default();
    Person {
        key: String::new(),
        reference_number: None,
        name: name.split_whitespace().collect::<Vec<_>>().join(" "),
        kana: person.kana.map(str::to_owned),
        other_name: None,
        sex: match person.sex.map(str::trim) {
            Some("1") => Sex::Male,
            Some("2") => Sex::Female,
            Some("3") => Sex::Unset,
            other => Sex::Other(other.unwrap_or_default().to_owned()),
        },
        birth_date: day(person.birthdate).unwrap_or_default(),
        extra: Vec::new(),
    }
}

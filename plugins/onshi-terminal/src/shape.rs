//! Messages of the interface as answers of the contract, whole: what the header says, what a
//! person's part says, and what became of a question that no message answered.

use crate::answer::{blank, day, found, leaves, moment, validity};
use crate::faults;
use crate::terminal::Terminal;
use onshi::{AnswerHeader, ConfirmUnit, MessageKind, PersonResult};
use reseplug_model::Date;
use reseplug_sdk::eligibility::{Query, Verification};
use reseplug_sdk::{Fault, RetryAdvice};

/// A message by its prefix, and how sure its layout is where that has to be shown.
pub(crate) struct Source {
    pub(crate) message: String,
    pub(crate) grade: Vec<(String, String)>,
}

impl From<MessageKind> for Source {
    fn from(kind: MessageKind) -> Self {
        Self {
            message: kind.prefix().to_owned(),
            grade: faults::grade_mark(kind).into_iter().collect(),
        }
    }
}

impl Source {
    /// A message whose layout the settings give: nobody vouches for it but who copied it.
    pub(crate) fn given(message: String, sheet: &str) -> Self {
        Self {
            message,
            grade: vec![
                (
                    "layout-grade".to_owned(),
                    "unconfirmed (settings)".to_owned(),
                ),
                ("layout-sheet".to_owned(), sheet.to_owned()),
            ],
        }
    }
}

/// What the header says.
pub(crate) fn base(
    terminal: &Terminal<'_>,
    query_id: &str,
    source: &Source,
    header: &AnswerHeader,
) -> Result<Verification, Fault> {
    let answered_at = match moment(header.execution_time.as_deref()) {
        Some(moment) => moment,
        None => terminal.host.now()?.to_string(),
    };
    let mut out = blank(query_id, &source.message, answered_at);
    out.as_of = day(header.confirmation_date.as_deref());
    out.reference_class = header.reference_class.as_ref().map(|c| c.code().to_owned());
    out.extra.extend(source.grade.iter().cloned());
    out.extra.extend(leaves(&header.extra));
    Ok(out)
}

/// What the person's part says. The validity of a part that is an error does not count.
pub(crate) fn judge(
    out: &mut Verification,
    person: PersonResult<'_>,
    said: Option<&onshi::Validity>,
) {
    out.is_error = person.is_error;
    out.code = person.code.map(str::to_owned);
    out.text = person.text.map(str::to_owned);
    if !person.is_error {
        out.validity = said.map(validity);
    }
}

/// The 資格 of a unit and what else stands in it.
pub(crate) fn fill(out: &mut Verification, unit: &ConfirmUnit) {
    out.found = unit
        .results
        .iter()
        .enumerate()
        .map(|(at, result)| found(result, unit.reference_number(at)))
        .collect();
    out.extra.extend(leaves(&unit.extra));
}

/// What a person should know of the answer's file.
pub(crate) fn warn(out: &mut Verification, warning: Option<&str>) {
    out.extra
        .extend(warning.map(|w| ("warning".to_owned(), w.to_owned())));
}

/// A message that does not state its 資格確認日 answers for the day that was asked about: it
/// is tied to the request by name or reception number.
pub(crate) fn as_asked(out: &mut Verification, as_of: Date) {
    if out.as_of.is_none() {
        out.as_of = Some(as_of.to_string());
        out.extra
            .push(("as-of-source".to_owned(), "request".to_owned()));
    }
}

/// An answer that is no answer: an error with the fault's words, from no message.
pub(crate) fn unanswered(
    terminal: &Terminal<'_>,
    query: &Query,
    fault: Fault,
) -> Result<Verification, Fault> {
    let mut out = blank(&query.id, "", terminal.host.now()?.to_string());
    out.as_of = Date::parse(&query.as_of).ok().map(|d| d.to_string());
    out.is_error = true;
    out.text = Some(fault.message_ja.clone());
    out.extra = fault_values("fault", &fault);
    out.extra.extend(fault.extra);
    Ok(out)
}

/// Code, English text and advice of a fault as named values.
pub(crate) fn fault_values(prefix: &str, fault: &Fault) -> Vec<(String, String)> {
    let retry = match fault.retry {
        RetryAdvice::Never => "never",
        RetryAdvice::Later => "later",
        RetryAdvice::AskFirst => "ask-first",
    };
    vec![
        (format!("{prefix}-code"), fault.code.clone()),
        (format!("{prefix}-message-en"), fault.message_en.clone()),
        (format!("{prefix}-retry"), retry.to_owned()),
    ]
}

/// Each query's answer, or what its fault says: people are never dropped.
pub(crate) fn everybody(
    terminal: &Terminal<'_>,
    queries: &[Query],
    answers: Vec<Option<Result<Verification, Fault>>>,
) -> Result<Vec<Verification>, Fault> {
    queries
        .iter()
        .zip(answers)
        .map(|(query, answer)| match answer {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(fault)) => unanswered(terminal, query, fault),
            None => unanswered(terminal, query, faults::missing(&query.id)),
        })
        .collect()
}

/// The first fault of messages that all failed.
pub(crate) fn first_fault<T>(results: Vec<Result<T, Fault>>) -> Fault {
    let count = results.len();
    results
        .into_iter()
        .find_map(Result::err)
        .unwrap_or_else(|| faults::missing(""))
        .with("failed-messages", count.to_string())
}

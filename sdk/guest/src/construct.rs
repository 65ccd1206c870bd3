//! Constructors of the contract's values that authors write most.

use crate::adapter::{MonthOperation, RegisterOperation};
use crate::imports::{Arrival, ArrivalKind, Request, Response};
use crate::types::{Coverage, Document, DocumentKind, Fault, Period, Place, RetryAdvice};

/// Code of a function that a plugin does not offer.
pub(crate) const UNSUPPORTED: &str = "plugin/unsupported";
/// Code of settings that cannot be read.
pub(crate) const SETTINGS: &str = "plugin/settings";

impl Fault {
    /// A fault that asking again will not mend. `code` is stable, lower case, `area/what`;
    /// the messages say what happened, where, what it means and what to do.
    pub fn new(code: &str, message_ja: impl Into<String>, message_en: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message_ja: message_ja.into(),
            message_en: message_en.into(),
            retry: RetryAdvice::Never,
            place: None,
            extra: Vec::new(),
        }
    }

    /// The answer of a function that the plugin does not offer, with the reason.
    /// Functions that answer so belong in [`crate::Plugin::unsupported`].
    pub fn unsupported(message_ja: impl Into<String>, message_en: impl Into<String>) -> Self {
        Self::new(UNSUPPORTED, message_ja, message_en)
    }

    /// The same fault with a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same fault; a later call may succeed.
    #[must_use]
    pub fn later(mut self) -> Self {
        self.retry = RetryAdvice::Later;
        self
    }

    /// The same fault; the outcome is unknown, and the state must be asked for first.
    #[must_use]
    pub fn ask_first(mut self) -> Self {
        self.retry = RetryAdvice::AskFirst;
        self
    }

    /// The same fault with one more named value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.extra.push((name.to_owned(), value.into()));
        self
    }
}

impl Place {
    /// A whole document or message.
    pub fn document(name: impl Into<String>) -> Self {
        Self {
            document: name.into(),
            line: None,
            record: None,
            field: None,
        }
    }

    /// The same place at a line, counted from 1.
    #[must_use]
    pub fn line(mut self, line: u32) -> Self {
        self.line = Some(line);
        self
    }

    /// The same place in a record (`HO`) or element.
    #[must_use]
    pub fn record(mut self, record: impl Into<String>) -> Self {
        self.record = Some(record.into());
        self
    }

    /// The same place in a field: its number counted from 1, or a column name.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

impl Document {
    /// A document of exactly these bytes.
    pub fn new(name: impl Into<String>, kind: DocumentKind, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            kind,
            bytes: bytes.into(),
        }
    }
}

impl Period {
    /// From and to open: no limit is known.
    pub const OPEN: Self = Self {
        from: None,
        to: None,
    };

    /// From `from` on, open end.
    pub fn since(from: impl Into<String>) -> Self {
        Self {
            from: Some(from.into()),
            to: None,
        }
    }

    /// From … to, both included.
    pub fn between(from: impl Into<String>, to: impl Into<String>) -> Self {
        Self {
            from: Some(from.into()),
            to: Some(to.into()),
        }
    }
}

impl Default for Period {
    fn default() -> Self {
        Self::OPEN
    }
}

impl Coverage {
    /// Coverage of which only insurer and number are known; the rest is absent.
    pub fn new(insurer_number: impl Into<String>, number: impl Into<String>) -> Self {
        Self {
            insurer_number: insurer_number.into(),
            insurer_name: None,
            symbol: None,
            number: number.into(),
            branch: None,
            relationship: None,
            card_class: None,
            burden_percent: None,
            elderly_certificate: None,
            period: Period::OPEN,
            extra: Vec::new(),
        }
    }
}

impl RegisterOperation {
    /// The id under which a change or a refusal answers it.
    pub fn id(&self) -> &str {
        match self {
            Self::AddPerson(operation) => &operation.id,
            Self::OpenPeriod(operation) => &operation.id,
            Self::ClosePeriod(operation) => &operation.id,
            Self::ReplaceCoverage(operation) => &operation.id,
            Self::SetIncome(operation) => &operation.id,
            Self::AddPublicExpense(operation) => &operation.id,
        }
    }
}

impl MonthOperation {
    /// The id under which a change or a refusal answers it.
    pub fn id(&self) -> &str {
        match self {
            Self::ReplaceReceiptCoverage(operation) | Self::MoveReceipt(operation) => &operation.id,
            Self::SplitReceipt(operation) => &operation.id,
            Self::SetReceiptIncome(operation) => &operation.id,
        }
    }
}

impl Request {
    /// A request without headers and body. `path` is relative to the endpoint's base.
    pub fn new(method: &str, path: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            path: path.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// The same request with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The same request with a body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

impl Response {
    /// A response without headers.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// The same response with one more header; names are lower case.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The first header of that name, without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }

    /// Whether the status is 200 … 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Arrival {
    /// An answer to a request.
    pub fn answer(
        request: impl Into<String>,
        name: impl Into<String>,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            request: request.into(),
            name: name.into(),
            kind: ArrivalKind::Answer,
            body: body.into(),
        }
    }

    /// A refusal of a request (`.err`).
    pub fn refused(
        request: impl Into<String>,
        name: impl Into<String>,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            kind: ArrivalKind::Refused,
            ..Self::answer(request, name, body)
        }
    }
}

//! Between the contract's types and those of `reseplug-effect`, field by field.

use crate::bindings::base::reseplug::plugin::types as wit;
use reseplug_effect::{Fault, Place, RetryAdvice};

impl From<wit::Fault> for Fault {
    fn from(fault: wit::Fault) -> Self {
        Self {
            code: fault.code,
            message_ja: fault.message_ja,
            message_en: fault.message_en,
            retry: match fault.retry {
                wit::RetryAdvice::Never => RetryAdvice::Never,
                wit::RetryAdvice::Later => RetryAdvice::Later,
                wit::RetryAdvice::AskFirst => RetryAdvice::AskFirst,
            },
            place: fault.place.map(Into::into),
            extra: fault.extra,
        }
    }
}

impl From<Fault> for wit::Fault {
    fn from(fault: Fault) -> Self {
        Self {
            code: fault.code,
            message_ja: fault.message_ja,
            message_en: fault.message_en,
            retry: match fault.retry {
                RetryAdvice::Never => wit::RetryAdvice::Never,
                RetryAdvice::Later => wit::RetryAdvice::Later,
                RetryAdvice::AskFirst => wit::RetryAdvice::AskFirst,
            },
            place: fault.place.map(Into::into),
            extra: fault.extra,
        }
    }
}

impl From<wit::Place> for Place {
    fn from(place: wit::Place) -> Self {
        Self {
            document: place.document,
            line: place.line,
            record: place.record,
            field: place.field,
        }
    }
}

impl From<Place> for wit::Place {
    fn from(place: Place) -> Self {
        Self {
            document: place.document,
            line: place.line,
            record: place.record,
            field: place.field,
        }
    }
}

impl From<reseplug_policy::Station> for wit::Station {
    fn from(station: reseplug_policy::Station) -> Self {
        Self {
            code: station.code,
            prefecture: station.prefecture,
            name: station.name,
            phone: station.phone,
            institution_code: station.institution_code,
        }
    }
}

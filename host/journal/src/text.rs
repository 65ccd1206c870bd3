//! How values stand in the store: JSON text and fixed-width moments.

use crate::error::JournalError;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, JournalError> {
    serde_json::to_string(value).map_err(|e| JournalError::Corrupt {
        what: "a value to be written".to_owned(),
        reason: e.to_string(),
    })
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, JournalError> {
    serde_json::from_str(text).map_err(|e| JournalError::Corrupt {
        what: what.to_owned(),
        reason: e.to_string(),
    })
}

pub(crate) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

pub(crate) fn parse_moment(text: &str, what: &str) -> Result<Timestamp, JournalError> {
    text.parse()
        .map_err(|e: jiff::Error| JournalError::Corrupt {
            what: what.to_owned(),
            reason: e.to_string(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_written_moments_is_the_order_of_time() {
        let whole: Timestamp = "2024-10-03T00:12:00Z".parse().unwrap();
        let half: Timestamp = "2024-10-03T00:12:00.5Z".parse().unwrap();
        assert_eq!(moment(whole), "2024-10-03T00:12:00.000000Z");
        assert!(moment(whole) < moment(half));
        assert_eq!(parse_moment(&moment(half), "t").unwrap(), half);
    }
}

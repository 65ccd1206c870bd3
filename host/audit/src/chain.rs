//! The chain of hashes over the rows.

use crate::Event;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A link: SHA-256 in lower-case hexadecimal.
pub type Hash = String;

/// Written before every link, so that a hash of this chain is no hash of anything else.
const DOMAIN: &[u8] = b"reseplug audit 1\n";

/// The link before the first row.
pub fn genesis() -> Hash {
    hex::encode(Sha256::digest(DOMAIN))
}

/// The link of `event` after `previous`.
///
/// ```
/// use reseplug_audit::{Event, chain, genesis};
/// let event = Event::new("2024-10-03T09:12:00+09:00", "host", "job.begun");
/// assert_ne!(chain(&genesis(), &event), genesis());
/// ```
pub fn chain(previous: &str, event: &Event) -> Hash {
    chain_text(previous, &event.canonical())
}

/// The link of a stored row: [`chain`] over the text as it stands, so that even a change
/// which leaves the meaning alone is found.
pub fn chain_text(previous: &str, event_json: &str) -> Hash {
    // A link is 64 digits and the line end is none, so no two pairs share a text.
    let link = Sha256::new()
        .chain_update(DOMAIN)
        .chain_update(previous)
        .chain_update(b"\n")
        .chain_update(event_json);
    hex::encode(link.finalize())
}

/// What a verified record amounts to. Kept elsewhere it is a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Number of rows.
    pub count: u64,
    /// Link of the last row; [`genesis`] for an empty record.
    pub head: Hash,
}

/// The record is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "audit/broken: the audit record is not as it was written, from row {row} on \
     (監査記録の{row}行目以降が記録時と異なります): expected {expected}, found {found}"
)]
pub struct Broken {
    /// First row, counted from 1, that does not follow from the rows before it.
    pub row: u64,
    /// The link that follows from the rows before and the row's text.
    pub expected: Hash,
    /// The link that stands there.
    pub found: Hash,
}

/// Checks the rows from the first on: each link must follow from the one before.
pub fn verify<I, E, H>(rows: I) -> Result<Verified, Broken>
where
    I: IntoIterator<Item = (E, H)>,
    E: AsRef<str>,
    H: AsRef<str>,
{
    let mut state = Verified {
        count: 0,
        head: genesis(),
    };
    for (event_json, found) in rows {
        let expected = chain_text(&state.head, event_json.as_ref());
        state.count = state.count.saturating_add(1);
        if expected != found.as_ref() {
            return Err(Broken {
                row: state.count,
                expected,
                found: found.as_ref().to_owned(),
            });
        }
        state.head = expected;
    }
    Ok(state)
}

/// [`verify`], and the record must still contain everything up to `checkpoint`: this finds an
/// end that was cut off.
pub fn verify_up_to<I, E, H>(rows: I, checkpoint: &Verified) -> Result<Verified, Broken>
where
    I: IntoIterator<Item = (E, H)>,
    E: AsRef<str>,
    H: AsRef<str>,
{
    let mut at_checkpoint = (checkpoint.count == 0).then(genesis);
    let mut row = 0u64;
    let verified = verify(rows.into_iter().inspect(|(_, hash)| {
        row = row.saturating_add(1);
        if row == checkpoint.count {
            at_checkpoint = Some(hash.as_ref().to_owned());
        }
    }))?;
    match at_checkpoint {
        Some(hash) if hash == checkpoint.head => Ok(verified),
        other => Err(Broken {
            row: checkpoint.count,
            expected: checkpoint.head.clone(),
            found: other.unwrap_or_else(|| "nothing".to_owned()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record(actions: &[String]) -> Vec<(String, Hash)> {
        let mut head = genesis();
        actions
            .iter()
            .enumerate()
            .map(|(i, action)| {
                let event = Event::new("2024-10-03T09:12:00+09:00", "host", action.as_str())
                    .note("row", i.to_string());
                head = chain(&head, &event);
                (event.canonical(), head.clone())
            })
            .collect()
    }

    fn actions() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("[a-z.]{1,12}", 2..20)
    }

    proptest! {
        #[test]
        fn an_untouched_record_verifies(actions in actions()) {
            let rows = record(&actions);
            let verified = verify(rows.clone()).unwrap();
            prop_assert_eq!(verified.count, rows.len() as u64);
            prop_assert_eq!(&verified.head, &rows.last().unwrap().1);
        }

        #[test]
        fn a_changed_row_is_found_where_it_stands(actions in actions(), at: prop::sample::Index, byte: prop::sample::Index) {
            let mut rows = record(&actions);
            let i = at.index(rows.len());
            let mut text = rows[i].0.clone().into_bytes();
            let b = byte.index(text.len());
            text[b] = if text[b] == b'x' { b'y' } else { b'x' };
            rows[i].0 = String::from_utf8(text).unwrap();
            prop_assert_eq!(verify(rows).unwrap_err().row, i as u64 + 1);
        }

        #[test]
        fn a_row_whose_link_was_changed_is_found(actions in actions(), at: prop::sample::Index) {
            let mut rows = record(&actions);
            let i = at.index(rows.len());
            rows[i].1 = genesis();
            prop_assert_eq!(verify(rows).unwrap_err().row, i as u64 + 1);
        }

        #[test]
        fn a_removed_row_is_found(actions in actions(), at: prop::sample::Index) {
            let mut rows = record(&actions);
            let checkpoint = verify(rows.clone()).unwrap();
            let i = at.index(rows.len());
            rows.remove(i);
            prop_assert!(verify_up_to(rows.clone(), &checkpoint).is_err());
            if i < rows.len() {
                prop_assert_eq!(verify(rows).unwrap_err().row, i as u64 + 1);
            }
        }

        #[test]
        fn rows_in_another_order_are_found(actions in actions(), a: prop::sample::Index, b: prop::sample::Index) {
            let mut rows = record(&actions);
            let (a, b) = (a.index(rows.len()), b.index(rows.len()));
            prop_assume!(a != b);
            rows.swap(a, b);
            prop_assert_eq!(verify(rows).unwrap_err().row, a.min(b) as u64 + 1);
        }

        #[test]
        fn rows_appended_after_a_checkpoint_do_not_disturb_it(actions in actions(), at: prop::sample::Index) {
            let rows = record(&actions);
            let i = at.index(rows.len());
            let checkpoint = verify(rows[..i].to_vec()).unwrap();
            prop_assert!(verify_up_to(rows, &checkpoint).is_ok());
        }
    }
}

//! The book of consents: what was given and withdrawn, one flushed line each.

use super::{Consent, Ended, Kind, moment};
use crate::ledger::Ledger;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    io,
    path::Path,
    sync::{Mutex, PoisonError},
};

/// Consents that are withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// Station's name: `hidamari`.
    pub station: String,
    /// The person's key there.
    pub person: String,
    /// When.
    #[serde(with = "moment")]
    pub at: Timestamp,
    /// Which.
    pub kinds: Vec<Kind>,
    /// By whom, or why.
    pub by: Ended,
}

/// Everything that is in the book, oldest line first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entries {
    /// Cards read.
    pub consents: Vec<Consent>,
    /// Consents withdrawn.
    pub withdrawals: Vec<Withdrawal>,
}

/// The consents recorded on a sandbox folder.
#[derive(Debug)]
pub struct ConsentBook {
    lines: Ledger,
    /// How far it was read, and what stood there: the phone page and every terminal have the file
    /// open, so each reads on where it stopped.
    read: Mutex<(u64, Entries)>,
}

const CONSENT: &str = "phone.consent";
const WITHDRAWAL: &str = "phone.withdrawal";

impl ConsentBook {
    /// Opens or begins the book of a sandbox folder: `phone/ledger.jsonl` in it.
    pub fn open(sandbox: &Path) -> io::Result<Self> {
        Ok(Self {
            lines: Ledger::open(&sandbox.join("phone"))?,
            read: Mutex::default(),
        })
    }

    /// Records a consent.
    pub fn record(&self, consent: &Consent) -> io::Result<()> {
        self.lines.append(CONSENT, serde_json::to_value(consent)?)
    }

    /// Records a withdrawal.
    pub fn withdraw(&self, withdrawal: &Withdrawal) -> io::Result<()> {
        self.lines
            .append(WITHDRAWAL, serde_json::to_value(withdrawal)?)
    }

    /// All consents, oldest first.
    pub fn all(&self) -> io::Result<Vec<Consent>> {
        self.with(|entries| entries.consents.clone())
    }

    /// What the book holds now. Only what was added since the last look is read.
    pub fn with<T>(&self, look: impl FnOnce(&Entries) -> T) -> io::Result<T> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let (offset, entries) = &mut *read;
        let (events, end) = self.lines.events_from(*offset)?;
        for event in events {
            match event.kind.as_str() {
                CONSENT => entries.consents.push(serde_json::from_value(event.detail)?),
                WITHDRAWAL => entries
                    .withdrawals
                    .push(serde_json::from_value(event.detail)?),
                _ => {}
            }
        }
        *offset = end;
        Ok(look(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::Identified;

    #[test]
    fn what_one_writes_the_other_reads_on_and_both_survive_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let (page, terminal) = (
            ConsentBook::open(folder.path()).unwrap(),
            ConsentBook::open(folder.path()).unwrap(),
        );
        let consent = Consent {
            station: "aozora".into(),
            person: "A0001".into(),
            at: "2024-10-03T10:00:00Z".parse().unwrap(),
            kinds: vec![Kind::Drugs],
            identified: Identified::Sight,
        };
        page.record(&consent).unwrap();
        assert_eq!(terminal.all().unwrap(), std::slice::from_ref(&consent));
        let withdrawal = Withdrawal {
            station: "aozora".into(),
            person: "A0001".into(),
            at: "2024-10-04T10:00:00Z".parse().unwrap(),
            kinds: vec![Kind::Drugs],
            by: Ended::Institution,
        };
        terminal.withdraw(&withdrawal).unwrap();
        page.record(&consent).unwrap();
        let both = Entries {
            consents: vec![consent.clone(), consent],
            withdrawals: vec![withdrawal],
        };
        assert_eq!(terminal.with(Entries::clone).unwrap(), both);
        let anew = ConsentBook::open(folder.path()).unwrap();
        assert_eq!(anew.with(Entries::clone).unwrap(), both);
    }
}

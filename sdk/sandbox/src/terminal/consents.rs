//! Cards read and consents withdrawn, as a station's terminal knows them at a moment.

use crate::phone::{
    Consent, ConsentBook, Entries, Identified, Kind, Standing, Viewing, Withdrawal,
};
use crate::station::Station;
use jiff::Timestamp;
use std::io;

/// Readings that people.toml tells of, and the book of the phone page.
pub(super) struct Consents {
    book: ConsentBook,
    station: String,
    /// By time.
    readings: Vec<Consent>,
    /// How many of the book's consents are among them.
    taken: usize,
    withdrawals: Vec<Withdrawal>,
}

impl Consents {
    pub(super) fn new(book: ConsentBook, station: &Station, scripted: bool) -> Self {
        let mut readings: Vec<Consent> = Vec::new();
        for person in station.people.iter().filter(|_| scripted) {
            readings.extend(person.home.iter().map(|reading| Consent {
                station: station.key.clone(),
                person: person.key.clone(),
                at: reading.at,
                kinds: reading.consents.clone(),
                identified: Identified::Pin,
            }));
        }
        readings.sort_by_key(|one| one.at);
        Self {
            book,
            station: station.key.clone(),
            readings,
            taken: 0,
            withdrawals: Vec::new(),
        }
    }

    /// Takes in what the phone page has recorded since.
    pub(super) fn refresh(&mut self) -> io::Result<()> {
        let Self {
            book,
            station,
            readings,
            taken,
            withdrawals,
        } = self;
        book.with(|entries: &Entries| {
            let news = entries.consents.get(*taken..).unwrap_or_default();
            readings.extend(news.iter().filter(|one| one.station == *station).cloned());
            if !news.is_empty() {
                readings.sort_by_key(|one| one.at);
            }
            *taken = entries.consents.len();
            let own = entries.withdrawals.iter();
            *withdrawals = own.filter(|one| one.station == *station).cloned().collect();
        })
    }

    /// Writes a withdrawal into the book, once, however often it is told.
    pub(super) fn withdraw(&self, withdrawal: &Withdrawal) -> io::Result<()> {
        let known = self
            .book
            .with(|entries| entries.withdrawals.contains(withdrawal))?;
        match known {
            true => Ok(()),
            false => self.book.withdraw(withdrawal),
        }
    }

    /// What is known at a moment.
    pub(super) fn at(&self, now: Timestamp, viewing: Viewing) -> Known<'_> {
        let up_to = self.readings.partition_point(|one| one.at <= now);
        Known {
            readings: self.readings.get(..up_to).unwrap_or_default(),
            withdrawals: &self.withdrawals,
            viewing,
            now,
        }
    }
}

/// Consents at a moment.
#[derive(Clone, Copy)]
pub(super) struct Known<'c> {
    /// Cards read up to now, by time.
    pub(super) readings: &'c [Consent],
    withdrawals: &'c [Withdrawal],
    viewing: Viewing,
    pub(super) now: Timestamp,
}

impl Known<'_> {
    /// What became of one kind of a reading.
    pub(super) fn standing(&self, reading: &Consent, kind: Kind) -> Option<Standing> {
        Standing::of(reading, kind, self.withdrawals, self.viewing, self.now)
    }

    /// The latest consent of a kind among the readings of somebody.
    pub(super) fn latest(&self, kind: Kind, is_of: impl Fn(&Consent) -> bool) -> Option<Standing> {
        let own = self.readings.iter().filter(|one| is_of(one));
        Standing::latest(own, kind, self.withdrawals, self.viewing, self.now)
    }
}

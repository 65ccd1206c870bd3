//! What is known of people in the course of a run.

use super::picture::{Index, Sorter};
use super::{Person, Picture};
use crate::host::Host;
use reseplug_effect::{Fault, jst};
use reseplug_journal::{Evidence, Journal};
use reseplug_policy::LossDay;
use std::collections::BTreeSet;

/// What the evidence says about a run's people: read from the store once, when it is first looked
/// at, and then only added to by what the run itself is answered.
pub(crate) struct SoFar<'a> {
    host: &'a Host,
    people: Vec<Person>,
    loss_day: LossDay,
    index: Option<Index>,
    picture: Option<Picture>,
}

impl<'a> SoFar<'a> {
    pub(crate) fn new(host: &'a Host, people: Vec<Person>) -> Self {
        Self {
            host,
            people,
            loss_day: host.station().eligibility.loss_day,
            index: None,
            picture: None,
        }
    }

    /// What is known now.
    pub(crate) fn look(&mut self) -> Result<(&[Person], &Picture), Fault> {
        let picture = match self.picture.take() {
            Some(picture) => picture,
            None => {
                let index = self.index.get_or_insert_with(|| Index::of(&self.people));
                self.host.picture_by(&self.people, index)?
            }
        };
        Ok((&self.people, self.picture.insert(picture)))
    }

    /// Everybody whose consent to have the 限度額 told is on record now.
    pub(crate) fn agreed_to_limit(&mut self) -> Result<BTreeSet<String>, Fault> {
        let now = jst(self.host.now());
        Ok(self.look()?.1.all_agreed_to_limit(&now))
    }

    /// Takes in what was recorded since. Before the store was read there is nothing to do: it is in
    /// there then.
    pub(crate) fn heard(&mut self, rows: &[Evidence]) -> Result<(), Fault> {
        if let Some(picture) = self.picture.take() {
            let index = self.index.get_or_insert_with(|| Index::of(&self.people));
            let mut sorter = Sorter::new(picture, &self.people, index, self.loss_day);
            rows.iter().try_for_each(|row| sorter.add(row))?;
            self.picture = Some(self.host.but_withdrawn(sorter.done())?);
        }
        Ok(())
    }
}

impl Host {
    /// What the evidence says about these people.
    pub(crate) fn picture(&self, people: &[Person]) -> Result<Picture, Fault> {
        self.picture_by(people, &mut Index::of(people))
    }

    fn picture_by(&self, people: &[Person], index: &mut Index) -> Result<Picture, Fault> {
        let loss_day = self.station().eligibility.loss_day;
        let mut sorter = Sorter::new(Picture::default(), people, index, loss_day);
        let mut fault = None;
        self.journal().each_evidence(self.code(), &mut |row| {
            if fault.is_none() {
                fault = sorter.add(&row).err();
            }
        })?;
        match fault {
            Some(fault) => Err(fault),
            None => self.but_withdrawn(sorter.done()),
        }
    }

    /// The same of evidence that is not in the store.
    pub(crate) fn picture_of(
        &self,
        evidence: &[Evidence],
        people: &[Person],
    ) -> Result<Picture, Fault> {
        let loss_day = self.station().eligibility.loss_day;
        self.but_withdrawn(Picture::of_evidence(evidence, people, loss_day)?)
    }

    /// Without the consents that somebody withdrew.
    fn but_withdrawn(&self, mut picture: Picture) -> Result<Picture, Fault> {
        let withdrawals = self
            .journal()
            .facts(self.code(), Some("withdrawal"), None)?;
        picture.withdraw(&withdrawals);
        Ok(picture)
    }
}

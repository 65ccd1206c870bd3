//! What one station has at the gateway, with the ways to find it. One lock a station: nobody
//! waits for another station's disk.

use super::{
    downloads::Download,
    review::Round,
    submission::{Kind, State, Submission},
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

#[derive(Debug, Default)]
pub(super) struct Desk {
    pub(super) institution: String,
    submissions: BTreeMap<String, Submission>,
    by_key: HashMap<String, Vec<String>>,
    by_month: BTreeMap<String, Vec<String>>,
    /// Claims that wait for 請求確定.
    open: BTreeSet<String>,
    /// Reviews that were decided.
    pub(super) rounds: Vec<Round>,
    /// Oldest first.
    downloads: Vec<Download>,
    /// Returned receipts by the 検索番号 they got: submission and number.
    returned: HashMap<String, (String, u32)>,
}

impl Desk {
    pub(super) fn new(institution: &str) -> Self {
        Self {
            institution: institution.to_owned(),
            ..Self::default()
        }
    }

    /// Puts a submission in, new or changed.
    pub(super) fn put(&mut self, submission: Submission) {
        let id = submission.id.clone();
        if submission.kind == Kind::Claim && submission.state == State::Checked {
            self.open.insert(id.clone());
        } else {
            self.open.remove(&id);
        }
        if !self.submissions.contains_key(&id) {
            self.by_key
                .entry(submission.key.clone())
                .or_default()
                .push(id.clone());
            self.by_month
                .entry(submission.claim_month.clone())
                .or_default()
                .push(id.clone());
        }
        self.submissions.insert(id, submission);
    }

    pub(super) fn get(&self, id: &str) -> Option<&Submission> {
        self.submissions.get(id)
    }

    /// All, oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Submission> {
        self.submissions.values()
    }

    /// Those of a key: one, unless the gateway once took it twice.
    pub(super) fn of_key(&self, key: &str) -> impl Iterator<Item = &Submission> {
        self.named(self.by_key.get(key))
    }

    /// Those of a 請求年月, oldest first.
    pub(super) fn of_month(&self, month: &str) -> impl Iterator<Item = &Submission> {
        self.named(self.by_month.get(month))
    }

    /// Claims that wait for 請求確定.
    pub(super) fn open(&self) -> impl Iterator<Item = &Submission> {
        self.open.iter().filter_map(|id| self.submissions.get(id))
    }

    fn named<'d>(&'d self, ids: Option<&'d Vec<String>>) -> impl Iterator<Item = &'d Submission> {
        ids.into_iter()
            .flatten()
            .filter_map(|id| self.submissions.get(id))
    }

    pub(super) fn put_download(&mut self, download: Download) {
        for receipt in &download.receipts {
            if let Some(number) = &receipt.search_number {
                let place = (receipt.submission.clone(), receipt.number);
                self.returned.insert(number.clone(), place);
            }
        }
        self.downloads.push(download);
        self.downloads
            .sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    }

    /// What lies ready, oldest first.
    pub(super) fn downloads(&self) -> &[Download] {
        &self.downloads
    }

    pub(super) fn download(&self, id: &str) -> Option<&Download> {
        self.downloads.iter().find(|download| download.id == id)
    }

    /// Whether a receipt came back.
    pub(super) fn is_returned(&self, submission: &str, number: u32) -> bool {
        self.returned
            .values()
            .any(|(of, place)| of == submission && *place == number)
    }

    /// Which returned receipt a 検索番号 belongs to.
    pub(super) fn returned(&self, search_number: &str) -> Option<&(String, u32)> {
        self.returned.get(search_number)
    }
}

//! Submissions on disk: one JSON file each, bodies by their hash, written whole or not at all.
//!
//! A submission is durable before its ledger entry is; when a kill falls between the two, the
//! entry is made up for at the next start (`"recovered": true`), so the ledger lacks nothing.

use super::{
    GatewayError, GatewayOptions, calendar, io_error,
    judge::{Claimed, judge},
    problem::Problem,
    submission::{Kind, State, Submission},
};
use crate::ledger::Ledger;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

pub(super) struct Store {
    folder: PathBuf,
    ledger: Ledger,
    submissions: Mutex<BTreeMap<String, Submission>>,
}

/// What a request to hand in says.
pub(super) struct Handed {
    pub(super) institution: String,
    pub(super) key: String,
    pub(super) sha256: String,
    pub(super) kind: Kind,
    pub(super) payer: String,
    pub(super) claim_month: String,
    pub(super) body: Vec<u8>,
}

const ACCEPTED: &str = "gateway.accepted";
const CONFIRMED: &str = "gateway.confirmed";
const WITHDRAWN: &str = "gateway.withdrawn";
const REPEATED: &str = "gateway.repeated";

impl Store {
    pub(super) fn open(folder: &Path, ledger: Ledger) -> Result<Self, GatewayError> {
        let own = folder.join("submissions");
        for folder in [&own, &folder.join("bodies")] {
            fs::create_dir_all(folder).map_err(io_error("create", folder.display()))?;
        }
        let mut submissions = BTreeMap::new();
        for entry in fs::read_dir(&own).map_err(io_error("read", own.display()))? {
            let path = entry.map_err(io_error("read", own.display()))?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                let bytes = fs::read(&path).map_err(io_error("read", path.display()))?;
                let submission: Submission =
                    serde_json::from_slice(&bytes).map_err(|e| GatewayError::Damaged {
                        file: path.display().to_string(),
                        detail: e.to_string(),
                    })?;
                submissions.insert(submission.id.clone(), submission);
            }
        }
        let store = Self {
            folder: folder.to_owned(),
            ledger,
            submissions: Mutex::new(submissions),
        };
        store
            .recover_ledger()
            .map_err(io_error("write", Ledger::FILE_NAME))?;
        Ok(store)
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Everything, oldest first, as of now.
    pub(super) fn all(&self, options: &GatewayOptions) -> Vec<Submission> {
        let now = (options.clock)();
        let mut submissions = self.lock();
        // A view for tests: what cannot be stored shows in the next request.
        let _ = self.settle(&mut submissions, now);
        submissions
            .values()
            .map(|submission| Submission {
                state: submission.state_at(now, options),
                ..submission.clone()
            })
            .collect()
    }

    /// A station's submissions, oldest first.
    pub(super) fn of(&self, institution: &str, now: Timestamp) -> Result<Vec<Submission>, Problem> {
        let mut submissions = self.lock();
        self.settle(&mut submissions, now)?;
        Ok(submissions
            .values()
            .filter(|submission| submission.institution == institution)
            .cloned()
            .collect())
    }

    /// One submission. Another station's is not found.
    pub(super) fn one(
        &self,
        institution: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<Submission, Problem> {
        self.one_of(&mut self.lock(), institution, id, now)
    }

    fn one_of(
        &self,
        submissions: &mut BTreeMap<String, Submission>,
        institution: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<Submission, Problem> {
        self.settle(submissions, now)?;
        let found = submissions
            .get(id)
            .filter(|submission| submission.institution == institution);
        found.cloned().ok_or_else(Problem::not_found)
    }

    /// Hands in. `true` when it is new.
    pub(super) fn submit(
        &self,
        handed: &Handed,
        now: Timestamp,
    ) -> Result<(Submission, bool), Problem> {
        let mut submissions = self.lock();
        self.settle(&mut submissions, now)?;
        let same_key = |known: &&Submission| {
            known.institution == handed.institution && known.key == handed.key
        };
        if let Some(known) = submissions.values().find(same_key) {
            let same = known.sha256 == handed.sha256
                && known.kind == handed.kind
                && known.payer == handed.payer
                && known.claim_month == handed.claim_month;
            if !same {
                return Err(Problem::conflict(
                    "key-with-other-content",
                    "同じキーで別の内容がすでに送信されています。",
                    "this key was handed in before with other content",
                ));
            }
            self.note(REPEATED, known, json!({}))?;
            return Ok((known.clone(), false));
        }
        if hex::encode(Sha256::digest(&handed.body)) != handed.sha256 {
            return Err(Problem::file(
                "hash-differs",
                "content-sha256が本文と一致しません。",
                "content-sha256 is not the hash of the body",
            ));
        }
        let claimed = Claimed {
            institution: &handed.institution,
            payer: &handed.payer,
            claim_month: &handed.claim_month,
        };
        let (receipts, findings) = judge(&handed.body, &claimed)?;
        let submission = Submission {
            id: format!("s-{:06}", submissions.len().saturating_add(1)),
            institution: handed.institution.clone(),
            key: handed.key.clone(),
            sha256: handed.sha256.clone(),
            kind: handed.kind,
            payer: handed.payer.clone(),
            claim_month: handed.claim_month.clone(),
            state: State::Checked,
            received: now.as_second(),
            updated_at: calendar::text(now),
            receipts,
            findings,
            confirmation: None,
        };
        write_whole(&self.body_path(&submission.sha256), &handed.body).map_err(Problem::storage)?;
        self.keep(&mut submissions, submission.clone())?;
        self.note(ACCEPTED, &submission, json!({}))?;
        Ok((submission, true))
    }

    /// 請求確定. The same again is the same answer.
    pub(super) fn confirm(
        &self,
        institution: &str,
        id: &str,
        include_errors: bool,
        now: Timestamp,
        options: &GatewayOptions,
    ) -> Result<Submission, Problem> {
        let mut submissions = self.lock();
        let mut submission = self.one_of(&mut submissions, institution, id, now)?;
        if submission.kind == Kind::Trial {
            return Err(Problem::conflict(
                "trial",
                "確認試験は請求確定できません。",
                "a trial cannot be confirmed",
            ));
        }
        match (submission.state_at(now, options), &submission.confirmation) {
            (State::Checked, _) => {}
            (State::Confirmed, Some(before)) if before.include_errors == include_errors => {
                return Ok(submission);
            }
            (State::Confirmed, _) => {
                return Err(Problem::conflict(
                    "confirmed-otherwise",
                    "すでに別の方法（エラー分の扱い）で請求確定しています。取り消せません。",
                    "it was confirmed already, with the other treatment of errors; that cannot be changed",
                ));
            }
            (State::Checking, _) => {
                return Err(Problem::conflict(
                    "still-checking",
                    "受付・事務点検がまだ終わっていません。",
                    "the check is still going on",
                ));
            }
            (State::Withdrawn, _) => {
                return Err(Problem::conflict(
                    "withdrawn",
                    "請求取消済みです。",
                    "it was withdrawn",
                ));
            }
        }
        let confirmation = submission.confirmation(include_errors, false, now);
        if confirmation.receipts == 0 {
            return Err(Problem::conflict(
                "nothing-to-confirm",
                "請求できるレセプトがありません。直して送り直してください。",
                "no receipt can be filed; correct and hand in again",
            ));
        }
        submission.state = State::Confirmed;
        submission.updated_at = calendar::text(now);
        submission.confirmation = Some(confirmation);
        self.keep(&mut submissions, submission.clone())?;
        self.note(CONFIRMED, &submission, json!({}))?;
        Ok(submission)
    }

    /// 請求取消. The same again is the same answer.
    pub(super) fn withdraw(
        &self,
        institution: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<Submission, Problem> {
        let mut submissions = self.lock();
        let mut submission = self.one_of(&mut submissions, institution, id, now)?;
        match submission.state {
            State::Withdrawn => return Ok(submission),
            State::Confirmed => {
                return Err(Problem::conflict(
                    "confirmed",
                    "請求確定後は取り消せません。審査支払機関に連絡してください。",
                    "it was confirmed and can no longer be withdrawn; ask the payer",
                ));
            }
            State::Checking | State::Checked => {}
        }
        submission.state = State::Withdrawn;
        submission.updated_at = calendar::text(now);
        self.keep(&mut submissions, submission.clone())?;
        self.note(WITHDRAWN, &submission, json!({}))?;
        Ok(submission)
    }

    /// The file as it was handed in.
    pub(super) fn body(&self, submission: &Submission) -> std::io::Result<Vec<u8>> {
        fs::read(self.body_path(&submission.sha256))
    }

    /// 10日24時: what is unconfirmed is confirmed, leaving out receipts with errors.
    fn settle(
        &self,
        submissions: &mut BTreeMap<String, Submission>,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let due: Vec<Submission> = submissions
            .values()
            .filter(|submission| {
                submission.kind == Kind::Claim && submission.state == State::Checked
            })
            .filter_map(|submission| {
                let deadline = calendar::deadline(&submission.claim_month)?;
                // One handed in later than that (a rehearsal's clock) waits for its station.
                let meant = now >= deadline && submission.received < deadline.as_second();
                let confirmation = submission.confirmation(false, true, deadline);
                (meant && confirmation.receipts > 0).then(|| Submission {
                    state: State::Confirmed,
                    updated_at: confirmation.at.clone(),
                    confirmation: Some(confirmation),
                    ..submission.clone()
                })
            })
            .collect();
        for submission in due {
            self.keep(submissions, submission.clone())?;
            self.note(CONFIRMED, &submission, json!({}))?;
        }
        Ok(())
    }

    fn keep(
        &self,
        submissions: &mut BTreeMap<String, Submission>,
        submission: Submission,
    ) -> Result<(), Problem> {
        let path = self
            .folder
            .join("submissions")
            .join(format!("{}.json", submission.id));
        let bytes = serde_json::to_vec_pretty(&submission).map_err(Problem::storage)?;
        write_whole(&path, &bytes).map_err(Problem::storage)?;
        submissions.insert(submission.id.clone(), submission);
        Ok(())
    }

    fn note(&self, kind: &str, submission: &Submission, more: Value) -> Result<(), Problem> {
        self.ledger
            .append(kind, entry(submission, &more))
            .map_err(Problem::storage)
    }

    fn recover_ledger(&self) -> std::io::Result<()> {
        let noted: BTreeSet<(String, String)> = self
            .ledger
            .events()?
            .into_iter()
            .filter_map(|event| Some((event.kind, event.detail.get("id")?.as_str()?.to_owned())))
            .collect();
        for submission in self.lock().values() {
            let mut expected = vec![ACCEPTED];
            match submission.state {
                State::Confirmed => expected.push(CONFIRMED),
                State::Withdrawn => expected.push(WITHDRAWN),
                State::Checking | State::Checked => {}
            }
            for kind in expected {
                if !noted.contains(&(kind.to_owned(), submission.id.clone())) {
                    self.ledger
                        .append(kind, entry(submission, &json!({"recovered": true})))?;
                }
            }
        }
        Ok(())
    }

    fn body_path(&self, sha256: &str) -> PathBuf {
        self.folder.join("bodies").join(format!("{sha256}.uke"))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Submission>> {
        self.submissions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry(submission: &Submission, more: &Value) -> Value {
    let mut detail = json!({
        "id": submission.id,
        "institution": submission.institution,
        "key": submission.key,
        "sha256": submission.sha256,
        "kind": submission.kind,
        "payer": submission.payer,
        "claim_month": submission.claim_month,
        "receipts": submission.receipts.len(),
        "total": submission.total(),
        "confirmation": submission.confirmation,
    });
    if let (Some(detail), Some(more)) = (detail.as_object_mut(), more.as_object()) {
        detail.extend(more.clone());
    }
    detail
}

/// Temporary file, flush, rename, flush of the folder.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), GatewayError> {
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        #[cfg(unix)]
        if let Some(folder) = path.parent() {
            fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    };
    write().map_err(io_error("write", path.display()))
}

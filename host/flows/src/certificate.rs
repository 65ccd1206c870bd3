//! 資格確認書 seen on paper: evidence of its own kind, never counted as electronic.

mod same;

use crate::accept::Answers;
use crate::answers::Method;
use crate::change::Planned;
use crate::coverage::Coverage;
use crate::documents::Input;
use crate::host::{Ended, Host};
use crate::intake::{Report, has_register, intake_plan};
use crate::people::{CARD_EXPIRES, Person, evidence_by};
use reseplug_effect::{Fault, RepeatClass, jst};
use reseplug_engine::contract::{self, DocumentKind, Found, Validity, Verification};
use reseplug_model::{Date, check_digit};
use reseplug_policy::Name;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The name under which evidence of a 資格確認書 stands where another has the message it came by.
const MESSAGE: &str = "資格確認書";

/// What stands on a 資格確認書, and who saw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeenCertificate {
    /// The product's key of the person; absent: found by name and birth date, or a new person.
    pub person_key: Option<String>,
    /// 氏名
    pub name: String,
    /// フリガナ
    pub kana: Option<String>,
    /// 性別: `1` 男, `2` 女.
    pub sex: String,
    /// 生年月日
    pub birth_date: Date,
    /// The coverage: 保険者番号, 記号, 番号, 枝番, 本人・家族, 負担割合, and since when.
    pub coverage: Coverage,
    /// 有効期限
    pub valid_until: Option<Date>,
    /// Who saw it.
    pub seen_by: String,
    /// On which day.
    pub seen_on: Date,
}

/// A 資格確認書 to record.
#[derive(Debug, Clone)]
pub struct CertificateRequest {
    /// The job's id; absent: made of the request.
    pub job: Option<String>,
    /// What was seen.
    pub certificate: SeenCertificate,
    /// Adapter, unless the station file's.
    pub adapter: Option<Name>,
    /// Register documents, unless the station file's.
    pub documents: Vec<PathBuf>,
    /// Folder for the changed register; absent: `out` beside the station file.
    pub output: Option<PathBuf>,
    /// A person's answers.
    pub answers: Option<Answers>,
    /// Record nothing, change nothing.
    pub dry_run: bool,
    /// Run again even if the same was done today.
    pub anew: bool,
}

impl SeenCertificate {
    /// # Errors
    /// `certificate/expired` when it had run out on the day it was seen, `certificate/nobody` when
    /// nobody saw it, `certificate/check-digit` when the 保険者番号 was copied wrong.
    fn check(&self, today: Date) -> Result<(), Fault> {
        if self.seen_by.trim().is_empty() {
            return Err(Fault::new(
                "certificate/nobody",
                "資格確認書を見た方の名前がありません。見た方の氏名を付けてください。",
                "nobody is named who saw the certificate",
            ));
        }
        if self.seen_on > today {
            return Err(Fault::new(
                "certificate/future",
                format!("確認した日 {} がまだ来ていません。", self.seen_on),
                format!("{} is still to come", self.seen_on),
            ));
        }
        if let Some(until) = self.valid_until.filter(|until| *until < self.seen_on) {
            return Err(Fault::new(
                "certificate/expired",
                format!(
                    "資格確認書の有効期限 {until} が、確認した日 {} より前です。新しい資格確認書を見せてもらってください。",
                    self.seen_on
                ),
                format!(
                    "the certificate ran out on {until}, before it was seen on {}",
                    self.seen_on
                ),
            ));
        }
        self.check_insurer()
    }

    /// What is typed off a paper is where a digit goes wrong, and nothing electronic stands behind it
    /// that would show it later.
    fn check_insurer(&self) -> Result<(), Fault> {
        let insurer = self.coverage.insurer;
        let number = insurer.as_str();
        let body = number.get(..number.len().saturating_sub(1));
        match body.and_then(|body| Some((body, check_digit(body)?))) {
            Some((body, expected)) if !insurer.check_digit_ok() => Err(Fault::new(
                "certificate/check-digit",
                format!(
                    "保険者番号「{number}」の検証番号（末尾の数字）が合いません。「{body}」に続く検証番号は「{expected}」です。どの数字かに写し誤りがあります。資格確認書を見て --insurer を直してください。"
                ),
                format!(
                    "the check digit of the insurer number `{number}` does not fit: after `{body}` it is {expected}; some digit was copied wrong, correct --insurer by the certificate"
                ),
            )),
            _ => Ok(()),
        }
    }

    /// As an answer of the contract, so that it is judged like any other. What does not stand on the
    /// certificate is absent.
    fn verification(&self, now: String) -> Verification {
        let mut coverage = self.coverage.to_contract();
        if let Some(until) = self.valid_until {
            coverage
                .extra
                .push((CARD_EXPIRES.to_owned(), until.compact()));
        }
        let sex = match self.sex.as_str() {
            "1" => contract::Sex::Male,
            "2" => contract::Sex::Female,
            other => contract::Sex::Other(other.to_owned()),
        };
        Verification {
            query_id: String::new(),
            as_of: Some(self.seen_on.to_string()),
            answered_at: now,
            message: MESSAGE.to_owned(),
            reference_class: None,
            validity: Some(Validity::Valid),
            found: vec![Found {
                person: contract::Person {
                    key: String::new(),
                    reference_number: None,
                    name: self.name.clone(),
                    kana: self.kana.clone(),
                    other_name: None,
                    sex,
                    birth_date: self.birth_date.to_string(),
                    extra: Vec::new(),
                },
                coverage,
                disqualified_on: None,
                reason_of_loss: None,
                income: None,
                tickets: Vec::new(),
                consents: Vec::new(),
                extra: Vec::new(),
            }],
            code: None,
            text: None,
            is_error: false,
            extra: vec![("seen-by".to_owned(), self.seen_by.clone())],
        }
    }
}

impl Host {
    /// Records a 資格確認書 that somebody saw, and proposes for the register what it says.
    ///
    /// # Errors
    /// `certificate/…`, and faults of the station file, the documents and the adapter.
    pub fn certificate(&self, request: &CertificateRequest) -> Result<Ended<Report>, Fault> {
        let seen = &request.certificate;
        seen.check(self.today()?)?;
        let adapter = self.adapter(request.adapter.as_ref())?;
        let inputs = self.with_month_at_hand(&request.documents);
        let output = self.output(request.output.as_ref());
        let told = seen.verification(jst(self.now()));
        let key = seen.person_key.clone().unwrap_or_default();
        if request.dry_run {
            let base = self.base(&inputs, &output)?;
            let documents = self.documents(&base.read())?;
            let people = self.register_people(&adapter, &documents)?;
            self.check_key(&key, &people, &told)?;
            let row = evidence_by(&Method::Certificate, self.code(), &key, None, &told, "")?;
            let ids = BTreeSet::from([row.id.clone()]);
            let picture = self.picture_of(&[row], &people)?;
            let register = has_register(&adapter, &documents);
            let mut planned = intake_plan(&people, &self.desk(&picture), &ids, register);
            self.settle_acceptance(&mut planned, request.answers.as_ref());
            if register {
                self.carry_out(&adapter, &documents, &mut planned)?;
            }
            return Ok(Ended::Done(Report {
                dry_run: true,
                ..Report::of("", planned, base)
            }));
        }
        let args = json!({ "certificate": seen, "documents": inputs, "output": output,
            "answers": request.answers });
        let base = self.base(&inputs, &output)?;
        let id = self.document_job(
            request.job.as_deref(),
            "certificate",
            &base,
            |digests| json!([args, digests]),
            request.anew,
        )?;
        let new = self.new_job(&id, "certificate", args, &[&adapter]);
        self.run_over_documents(&new, |flow| {
            let mut base = self.base_step(flow, &inputs, &base)?;
            let documents = self.documents(&base.read())?;
            let people = self.register_people(&adapter, &documents)?;
            self.check_key(&key, &people, &told)?;
            let row = evidence_by(
                &Method::Certificate,
                self.code(),
                &key,
                None,
                &told,
                flow.id(),
            )?;
            let ids = BTreeSet::from([row.id.clone()]);
            self.evidence_step(flow, &[row])?;
            let mut planned: Vec<Planned> = flow.step("decide", &(), RepeatClass::Safe, || {
                let picture = self.picture(&people)?;
                let register = has_register(&adapter, &documents);
                let mut planned = intake_plan(&people, &self.desk(&picture), &ids, register);
                self.settle_acceptance(&mut planned, request.answers.as_ref());
                Ok(planned)
            })?;
            let outputs =
                self.change_documents(flow, &adapter, &mut base, &mut planned, &output)?;
            Ok(Report {
                answered: 1,
                outputs,
                ..Report::of(flow.id(), planned, base)
            })
        })
    }

    /// The register, and the computed month where it lies there: a number that stands in it is no
    /// new user's.
    fn with_month_at_hand(&self, named: &[PathBuf]) -> Vec<Input> {
        let mut inputs = self.inputs(named, false);
        if named.is_empty() && !inputs.is_empty() {
            let month = self.inputs(named, true).into_iter();
            inputs.extend(month.filter(|i| i.kind == DocumentKind::Month && i.path.exists()));
        }
        inputs
    }

    /// A key that was named must be somebody's, where the product shows who there is, and the paper
    /// must be theirs.
    fn check_key(&self, key: &str, people: &[Person], told: &Verification) -> Result<(), Fault> {
        if key.is_empty() || people.is_empty() {
            return Ok(());
        }
        let Some(person) = people.iter().find(|p| p.key == key) else {
            return Err(Fault::new(
                "certificate/unknown-person",
                format!("利用者番号「{key}」の方が台帳にいません。番号を確かめてください。"),
                format!("the register has nobody with the key `{key}`"),
            ));
        };
        same::check(person, told)
    }
}

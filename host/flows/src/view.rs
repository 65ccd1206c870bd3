//! View: medical information (薬剤・診療情報, 特定健診情報) of one person, under their consent.
//!
//! Nothing is fetched without a live consent of that kind; who looks and for what is in the
//! audit record before anything is asked, and how it ended after. What is shown is shown once:
//! **nothing of it is kept.** As soon as it was handed over, the store forgets it
//! ([`reseplug_journal::Journal::forget`]): that somebody looked stays, what they saw does not.
//! Whoever needs it again looks again, under the consent as it then stands. A PDF that was
//! asked for lies where the person wrote it, and is theirs to keep or destroy.

mod consent;
mod question;
mod refused;

use crate::consents::{ConsentLine, Scope};
use crate::host::{Ended, Host, Loaded, not_json};
use crate::people::{self, Person};
use question::{Question, settle};
use reseplug_audit::Event;
use reseplug_effect::{Fault, RepeatClass, jst};
use reseplug_engine::Call;
use reseplug_engine::contract::{MedicalFormat, MedicalInformation, MedicalKind, MedicalQuery};
use reseplug_journal::{Flow, FlowError, JobFilter, JobState, Journal};
use reseplug_model::{Month, fold};
use serde::{Deserialize, Serialize};
use serde_json::json;

pub(crate) use question::holder;

/// The audit record's word for a look, after it.
pub(crate) const LOOKED: &str = "medical.looked";
/// And before it.
const ASKED: &str = "medical.asked";

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Look {
    /// 薬剤情報, with 診療情報 where that is consented to as well.
    Drugs,
    /// 特定健診情報
    Checkup,
}

impl Look {
    /// The consent it needs.
    pub fn scope(self) -> Scope {
        match self {
            Self::Drugs => Scope::Drugs,
            Self::Checkup => Scope::Checkup,
        }
    }

    /// All the consents that what is asked for needs.
    fn scopes(self, with_diagnoses: bool) -> Vec<Scope> {
        let further = (self == Self::Drugs && with_diagnoses).then_some(Scope::Care);
        std::iter::once(self.scope()).chain(further).collect()
    }

    /// For staff.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Drugs => "薬剤・診療情報",
            Self::Checkup => "特定健診情報",
        }
    }

    /// The same in English.
    pub fn name_en(self) -> &'static str {
        match self {
            Self::Drugs => "drugs and consultations",
            Self::Checkup => "health checkups",
        }
    }
}

/// For what somebody looks. A closed list: the audit record holds nothing that was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// 訪問看護計画を立てる・見直す
    CarePlan,
    /// 訪問の前に確かめる
    BeforeVisit,
    /// 服薬の管理
    Medication,
    /// 急変に備える・対応する
    Urgent,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::CarePlan,
        Self::BeforeVisit,
        Self::Medication,
        Self::Urgent,
    ];

    /// The word of commands and of the audit record.
    pub fn word(self) -> &'static str {
        match self {
            Self::CarePlan => "care-plan",
            Self::BeforeVisit => "before-visit",
            Self::Medication => "medication",
            Self::Urgent => "urgent",
        }
    }

    /// For staff.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::CarePlan => "訪問看護計画",
            Self::BeforeVisit => "訪問前の確認",
            Self::Medication => "服薬の管理",
            Self::Urgent => "急変への対応",
        }
    }
}

/// What to look at.
#[derive(Debug, Clone)]
pub struct ViewRequest {
    /// The product's key of the person.
    pub person: String,
    /// What.
    pub look: Look,
    /// First month of interest; without meaning for a checkup.
    pub from: Option<Month>,
    /// Last month of interest.
    pub to: Option<Month>,
    /// As a PDF for people instead of entries.
    pub pdf: bool,
    /// Who looks.
    pub by: String,
    /// For what.
    pub purpose: Purpose,
    /// Say whether it could be looked at; ask nothing.
    pub dry_run: bool,
}

/// One thing that the information tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// A day or a month; absent where the answer says nothing.
    pub date: Option<String>,
    /// 医療機関・薬局
    pub place: Option<String>,
    /// What it is.
    pub title: String,
    /// Name and value, in the order of the answer.
    pub values: Vec<(String, String)>,
}

/// What was seen. Not kept: see the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewed {
    /// The job; empty for a rehearsal.
    pub job: String,
    /// The product's key of the person.
    pub person_key: String,
    /// 氏名 on file.
    pub name: String,
    /// What was looked at.
    pub look: Look,
    /// The consents it rests on.
    pub consents: Vec<ConsentLine>,
    /// Whether 診療情報 was asked for as well: only where it is consented to.
    pub with_diagnoses: bool,
    /// By date and place; empty for a PDF.
    pub entries: Vec<Entry>,
    /// The PDF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pdf: Option<Vec<u8>>,
    /// The message that answered; empty for a rehearsal.
    pub message: String,
    /// When it answered.
    pub answered_at: String,
    /// 氏名 of the answer where it is not written as on file: for a person to compare.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_name: Option<String>,
    /// Result code and text of the centre, verbatim.
    pub code: Option<String>,
    /// The same.
    pub text: Option<String>,
    /// The centre said that there is none, or that it may not be given.
    pub is_error: bool,
    /// Whether nothing was asked on purpose.
    pub dry_run: bool,
}

impl Host {
    /// Looks at a person's medical information under their consent.
    ///
    /// # Errors
    /// `consent/…` where there is no live consent, with why and what to do; `view/not-offered`;
    /// `view/no-coverage`; `view/other-person`; faults of the connector.
    pub fn view(&self, request: &ViewRequest) -> Result<Ended<Viewed>, Fault> {
        let by = request.by.trim();
        if by.is_empty() {
            return Err(Fault::new(
                "view/by",
                "閲覧する方の氏名（--by）を書いてください。監査記録に残ります。",
                "name who looks (--by); it stays in the audit record",
            ));
        }
        if let (Some(from), Some(to)) = (request.from, request.to)
            && from > to
        {
            return Err(Fault::new(
                "view/months",
                format!("--from（{from}）が --to（{to}）より後です。"),
                format!("--from ({from}) is after --to ({to})"),
            ));
        }
        self.forget_earlier_looks()?;
        let (evidence, roster) = self.everybody()?;
        let person = roster.named(&request.person)?.clone();
        if !request.dry_run {
            self.end_refused_looks(&evidence, &roster)?;
        }
        let lines = self.consent_lines(&evidence, &roster, self.now())?;
        let consents = match consent::to_look(&lines, &person, request.look) {
            Ok(consents) => consents,
            Err(fault) => {
                if !request.dry_run {
                    self.audit_look(LOOKED, &person.key, request, "", &fault.code)?;
                }
                return Err(fault);
            }
        };
        let connector = self.eligibility()?;
        if !connector.offers("home-visit.fetch-medical") {
            return Err(Fault::new(
                "view/not-offered",
                format!(
                    "プラグイン「{}」は{}を取得できません。資格確認端末の「医療情報閲覧」の画面で見てください。",
                    connector.id,
                    request.look.name_ja()
                ),
                format!(
                    "the plugin `{}` does not fetch medical information; use the terminal's own screen",
                    connector.id
                ),
            ));
        }
        let question = Question::new(&roster, &person, &consents);
        let blank = Viewed {
            job: String::new(),
            person_key: person.key.clone(),
            name: person.identity.name.clone(),
            look: request.look,
            with_diagnoses: question.as_ref().is_ok_and(|q| q.with_diagnoses),
            consents,
            entries: Vec::new(),
            pdf: None,
            message: String::new(),
            answered_at: String::new(),
            other_name: None,
            code: None,
            text: None,
            is_error: false,
            dry_run: request.dry_run,
        };
        if request.dry_run {
            question?;
            return Ok(Ended::Done(blank));
        }
        self.ready(&connector)?;
        let ended = self.look(request, &person, &connector, question, blank);
        // Whatever came of it, nothing of it stays.
        self.forget_earlier_looks()?;
        ended
    }

    /// The flow itself.
    fn look(
        &self,
        request: &ViewRequest,
        person: &Person,
        connector: &Loaded,
        question: Result<Question, Fault>,
        blank: Viewed,
    ) -> Result<Ended<Viewed>, Fault> {
        let args = json!({ "person": person.key, "look": request.look, "from": request.from,
            "to": request.to, "pdf": request.pdf, "by": request.by.trim(),
            "purpose": request.purpose });
        // Never the look of before, which is forgotten; only one that is still on its way.
        let id = self.job_id(None, "view", &args, true)?;
        let new = self.new_job(&id, "view", args, &[connector]);
        let ended = self.run(&new, |flow| {
            let job = flow.id().to_owned();
            let question = settle(flow, question)?;
            flow.step("audit-asked", &(), RepeatClass::Safe, || {
                self.audit_look(ASKED, &person.key, request, &job, "asked")
            })?;
            let query = MedicalQuery {
                id: query_id(&job),
                kind: match request.look {
                    Look::Drugs => MedicalKind::Drug,
                    Look::Checkup => MedicalKind::Checkup,
                },
                format: if request.pdf {
                    MedicalFormat::Pdf
                } else {
                    MedicalFormat::Xml
                },
                holder: question.holder,
                from: months(request, request.from),
                to: months(request, request.to),
                with_diagnoses: question.with_diagnoses,
                extra: Vec::new(),
            };
            self.fetch(flow, connector, query, request, person, blank)
        });
        let outcome = match &ended {
            Ok(Ended::Done(viewed)) if viewed.is_error => "nothing",
            Ok(Ended::Done(_)) => "shown",
            // It is still on its way, or waits for a person: not seen yet.
            Ok(_) => return ended,
            Err(fault) => fault.code.as_str(),
        };
        self.audit_look(LOOKED, &person.key, request, &id, outcome)?;
        ended
    }

    fn fetch(
        &self,
        flow: &mut Flow<'_>,
        connector: &Loaded,
        query: MedicalQuery,
        request: &ViewRequest,
        person: &Person,
        blank: Viewed,
    ) -> Result<Viewed, FlowError> {
        self.say(
            &format!("{}を取得しています", request.look.name_ja()),
            "fetching medical information",
        );
        let with_diagnoses = query.with_diagnoses;
        let call = Call::FetchMedical {
            ctx: connector.context.clone(),
            query,
        };
        let told: MedicalInformation = self.call(flow, connector, &call)?;
        Ok(Viewed {
            job: flow.id().to_owned(),
            ..self.show(told, with_diagnoses, request, person, blank)?
        })
    }

    /// What was told, where it may be shown. It may have taken hours: what was taken back meanwhile
    /// is not shown, whether that is all of it or 診療情報 alone.
    fn show(
        &self,
        told: MedicalInformation,
        with_diagnoses: bool,
        request: &ViewRequest,
        person: &Person,
        blank: Viewed,
    ) -> Result<Viewed, Fault> {
        let (evidence, roster) = self.everybody()?;
        let lines = self.consent_lines(&evidence, &roster, self.now())?;
        let consents = consent::all(&lines, person, &request.look.scopes(with_diagnoses))?;
        let other_name = same_person(person, &told)?;
        Ok(Viewed {
            consents,
            with_diagnoses,
            entries: by_date(&told),
            // A refusal comes as XML, whatever was asked for.
            pdf: told
                .document
                .map(|document| document.bytes)
                .filter(|bytes| request.pdf && bytes.starts_with(b"%PDF-")),
            message: told.message,
            answered_at: told.answered_at,
            other_name,
            code: told.code,
            text: told.text,
            is_error: told.is_error,
            ..blank
        })
    }

    fn audit_look(
        &self,
        action: &str,
        person_key: &str,
        request: &ViewRequest,
        job: &str,
        outcome: &str,
    ) -> Result<(), Fault> {
        let look = serde_json::to_value(request.look).map_err(|e| not_json("view", &e))?;
        let mut event = Event::new(jst(self.now()), request.by.trim(), action)
            .about(self.journal().pseudonym(person_key))
            .ended(outcome)
            .note("what", look.as_str().unwrap_or_default())
            .note("purpose", request.purpose.word());
        if !job.is_empty() {
            event = event.note("job", job);
        }
        Ok(self.journal().append_audit(&event)?)
    }

    /// Forgets what earlier looks were told, also those that a crash cut off after the answer.
    fn forget_earlier_looks(&self) -> Result<(), Fault> {
        let jobs = self.journal().jobs(&JobFilter {
            station: Some(self.code().to_owned()),
            kind: Some("flow.view".to_owned()),
            roots: true,
            ..JobFilter::default()
        })?;
        for job in jobs {
            if matches!(job.state, JobState::Done { .. } | JobState::Failed { .. }) {
                self.journal().forget(job.id(), self.now())?;
            }
        }
        Ok(())
    }
}

/// A checkup has no months.
fn months(request: &ViewRequest, month: Option<Month>) -> Option<String> {
    month
        .filter(|_| request.look == Look::Drugs)
        .map(|m| m.to_string())
}

/// Travels as ArbitraryFileIdentifier: at most 50 characters.
fn query_id(job: &str) -> String {
    let digest = reseplug_journal::document_digest(job.as_bytes());
    format!("view-{}", digest.get(..16).unwrap_or(&digest))
}

/// Refuses an answer about somebody else; gives the name where it is written otherwise.
fn same_person(person: &Person, told: &MedicalInformation) -> Result<Option<String>, Fault> {
    let Some(said) = &told.person else {
        return Ok(None);
    };
    let said = people::identity(said);
    if said.birth_date != person.identity.birth_date {
        return Err(Fault::new(
            "view/other-person",
            format!(
                "回答の生年月日が{}さん（{}）と違います。別の方の情報かもしれないので、表示しません。資格を確かめ直してください。",
                person.identity.name, person.key
            ),
            "the answer's birth date is not this person's; it may be somebody else's and is not shown",
        ));
    }
    let same_kana = match (&said.kana, &person.identity.kana) {
        (Some(a), Some(b)) => fold::kana(a) == fold::kana(b),
        _ => false,
    };
    let same = same_kana || fold::name(&said.name) == fold::name(&person.identity.name);
    Ok((!same).then_some(said.name))
}

/// The entries, newest first; what has no date comes last, in the order of the answer.
fn by_date(told: &MedicalInformation) -> Vec<Entry> {
    let mut entries: Vec<Entry> = told
        .entries
        .iter()
        .map(|one| Entry {
            date: one.date.clone(),
            place: one.place.clone(),
            title: one.title.clone(),
            values: one.values.clone(),
        })
        .collect();
    entries.sort_by(|a, b| b.date.cmp(&a.date));
    entries
}

#[cfg(test)]
mod tests;

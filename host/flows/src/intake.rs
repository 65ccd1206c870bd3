//! Intake: what was read at home becomes evidence, and proposals for the register.

use crate::accept::Answers;
use crate::answers::{Answer, Validity};
use crate::base::{Base, Carried, Gone};
use crate::change::{
    Operations, Planned, add_plan, another_person_plan, left, nameless, nothing, register_plan,
    source_of, stranger,
};
use crate::continuity::{CardVisit, Died};
use crate::coverage::Coverage;
use crate::decide::{GroupOutcome, Reason};
use crate::desk::Desk;
use crate::documents::{Input, Stored, absolute};
use crate::expiry::Expiry;
use crate::group::{Happened, words_note};
use crate::host::{Ended, Host, Loaded};
use crate::income::Income;
use crate::late::LateAnswer;
use crate::matching::Sign;
use crate::not_ours::NotOurs;
use crate::people::{self, Person, Picture, Unmatched, evidence};
use crate::proposal::{Counts, Proposal};
use crate::rehearsal::Intended;
use crate::welfare::Expense;
use reseplug_effect::{Fault, RepeatClass};
use reseplug_engine::Call;
use reseplug_engine::contract::{
    Document, DocumentKind, Period, Receipt, RegisterOperation, Verification,
};
use reseplug_journal::{Flow, FlowError, Journal};
use reseplug_model::{Date, Month};
use reseplug_policy::Name;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What to take in.
#[derive(Debug, Clone, Default)]
pub struct IntakeRequest {
    /// The job's id; absent: made of the request.
    pub job: Option<String>,
    /// First day of the consents; absent: the last day that was collected, less the days the
    /// station looks back.
    pub from: Option<Date>,
    /// Last day of the consents; absent: today.
    pub to: Option<Date>,
    /// Adapter, unless the station file's.
    pub adapter: Option<Name>,
    /// Register documents, unless the station file's.
    pub documents: Vec<PathBuf>,
    /// Folder for the changed register; absent: `out` beside the station file.
    pub output: Option<PathBuf>,
    /// A person's answers.
    pub answers: Option<Answers>,
    /// Show what the evidence at hand asks for; collect nothing, change nothing.
    pub dry_run: bool,
    /// Run again even if the same was done today.
    pub anew: bool,
}

/// What a flow did to the product's documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The job.
    pub job: String,
    /// Each group, decided.
    pub proposals: Vec<Proposal>,
    /// How they ended.
    pub counts: Counts,
    /// Answers collected or asked for.
    pub answered: usize,
    /// Of an intake: the days whose consents were collected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consented: Option<reseplug_model::Period>,
    /// Receipts looked at.
    #[serde(default)]
    pub receipts: usize,
    /// Documents written.
    pub outputs: Vec<Stored>,
    /// The product's documents they were made of.
    pub inputs: Vec<Stored>,
    /// Outputs that the product has not imported yet and that were built on instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<Carried>,
    /// Outputs whose place was taken although what was accepted there was not carried over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<Carried>,
    /// Outputs of a job that had ended before which are not there as it wrote them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<Gone>,
    /// People who need a card reading before they can be asked about, and why.
    #[serde(default)]
    pub card_visits: Vec<CardVisit>,
    /// People whose last answer says that they died, while the product still serves them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub died: Vec<Died>,
    /// How often each kind of change was seen.
    #[serde(default)]
    pub happened: BTreeMap<Happened, u32>,
    /// What runs out soon.
    #[serde(default)]
    pub warnings: Vec<Expiry>,
    /// What is never written and was checked instead.
    #[serde(default)]
    pub not_ours: Vec<NotOurs>,
    /// Answers to earlier questions that came when nobody waited for them any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<LateAnswer>,
    /// Whether nothing was changed on purpose.
    #[serde(default)]
    pub dry_run: bool,
    /// In a rehearsal: whom a run would ask about, and by what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub would_ask: Vec<Intended>,
    /// In a rehearsal: the months whose 医療券 a run would collect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub would_collect: Vec<Month>,
    /// What was planned, for undoing a part of it.
    #[serde(default)]
    pub planned: Vec<Planned>,
}

impl Report {
    pub(crate) fn of(job: &str, planned: Vec<Planned>, base: Base) -> Self {
        let proposals: Vec<Proposal> = planned.iter().map(|p| p.proposal.clone()).collect();
        Self {
            job: job.to_owned(),
            counts: Counts::of(&proposals),
            proposals,
            answered: 0,
            consented: None,
            receipts: 0,
            outputs: Vec::new(),
            inputs: base.inputs,
            carried: base.carried,
            replaced: base.replaced,
            gone: Vec::new(),
            card_visits: Vec::new(),
            died: Vec::new(),
            happened: BTreeMap::new(),
            warnings: Vec::new(),
            not_ours: Vec::new(),
            late: Vec::new(),
            dry_run: false,
            would_ask: Vec::new(),
            would_collect: Vec::new(),
            planned,
        }
        .counted()
    }

    fn counted(mut self) -> Self {
        for one in self.proposals.iter().flat_map(|p| &p.happened) {
            let count = self.happened.entry(*one).or_default();
            *count = count.saturating_add(1);
        }
        self
    }

    /// Whether something waits for a person.
    pub fn needs_person(&self) -> bool {
        self.counts.left_for_person > 0
            || self.counts.refused > 0
            || !self.card_visits.is_empty()
            || !self.died.is_empty()
            || !self.late.is_empty()
            || !self.gone.is_empty()
    }
}

impl AsMut<Report> for Report {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

impl Host {
    /// Collects what people consented to at home in a period, keeps it as evidence, and
    /// carries accepted changes into the register.
    ///
    /// # Errors
    /// Faults of the station file, the documents, the connector and the adapter.
    pub fn intake(&self, request: &IntakeRequest) -> Result<Ended<Report>, Fault> {
        let eligibility = self.eligibility()?;
        let adapter = self.adapter(request.adapter.as_ref())?;
        let inputs = self.register_inputs(&request.documents);
        let output = self.output(request.output.as_ref());
        let rest = json!({ "documents": inputs, "output": output, "answers": request.answers });
        let (from, to) = self.days_to_collect(request, &rest)?;
        if request.dry_run {
            return self
                .intake_dry(request, &adapter, self.base(&inputs, &output)?, from, to)
                .map(Ended::Done);
        }
        self.ready(&eligibility)?;
        let args = json!({ "from": from, "to": to, "documents": inputs, "output": output,
            "answers": request.answers });
        let base = self.base(&inputs, &output)?;
        // Without days of its own the command means "what came since": never what a run of this
        // morning found.
        let since = request.from.is_none() && request.to.is_none();
        let id = self.document_job(
            request.job.as_deref(),
            "intake",
            &base,
            |digests| json!([args, digests]),
            request.anew || since,
        )?;
        let new = self.new_job(&id, "intake", args, &[&adapter, &eligibility]);
        self.run_over_documents(&new, |flow| {
            let mut base = self.base_step(flow, &inputs, &base)?;
            let documents = self.documents(&base.read())?;
            let people = self.register_people(&adapter, &documents)?;
            self.say(
                "在宅での同意を集めています",
                "collecting consents given at home",
            );
            let call = Call::CollectConsents {
                ctx: eligibility.context.clone(),
                consented: Period {
                    from: Some(from.to_string()),
                    to: Some(to.to_string()),
                },
            };
            let told: Vec<Verification> = self.call(flow, &eligibility, &call)?;
            let rows = told
                .iter()
                .filter(|t| !t.message.is_empty())
                .map(|t| evidence(self.code(), "", None, t, flow.id()))
                .collect::<Result<Vec<_>, _>>()?;
            self.evidence_step(flow, &rows)?;
            let ids: BTreeSet<String> = rows.iter().map(|r| r.id.clone()).collect();
            let mut planned: Vec<Planned> = flow.step("decide", &(), RepeatClass::Safe, || {
                let picture = self.picture(&people)?;
                let register = has_register(&adapter, &documents);
                let mut planned = intake_plan(&people, &self.desk(&picture), &ids, register);
                if register {
                    self.settle_places(&adapter, &documents, &mut planned)?;
                }
                self.settle_acceptance(&mut planned, request.answers.as_ref());
                Ok(planned)
            })?;
            let outputs =
                self.change_documents(flow, &adapter, &mut base, &mut planned, &output)?;
            Ok(Report {
                answered: rows.len(),
                consented: Some(reseplug_model::Period::new(Some(from), Some(to))),
                outputs,
                late: self.late_step(flow)?,
                ..Report::of(flow.id(), planned, base)
            })
        })
        .map(|ended| self.told_late(ended))
    }

    /// What the evidence at hand of the period asks for: nothing is collected or changed.
    fn intake_dry(
        &self,
        request: &IntakeRequest,
        adapter: &Loaded,
        base: Base,
        from: Date,
        to: Date,
    ) -> Result<Report, Fault> {
        let documents = self.documents(&base.read())?;
        let people = self.register_people(adapter, &documents)?;
        let days = from.to_string()..=to.to_string();
        let ids: BTreeSet<String> = self
            .journal()
            .evidence_all(self.code())?
            .into_iter()
            .filter(|e| e.method == "card" && days.contains(&e.as_of))
            .map(|e| e.id)
            .collect();
        let picture = self.picture(&people)?;
        let register = has_register(adapter, &documents);
        let mut planned = intake_plan(&people, &self.desk(&picture), &ids, register);
        if register {
            self.settle_places(adapter, &documents, &mut planned)?;
        }
        self.settle_acceptance(&mut planned, request.answers.as_ref());
        if register {
            self.carry_out(adapter, &documents, &mut planned)?;
        }
        Ok(Report {
            answered: ids.len(),
            consented: Some(reseplug_model::Period::new(Some(from), Some(to))),
            dry_run: true,
            ..Report::of("", planned, base)
        })
    }

    /// Whether a connector may do what it asks for and its folders are ours, before anything
    /// begins.
    pub(crate) fn ready(&self, connector: &Loaded) -> Result<(), Fault> {
        if let Some(fault) = connector.grants.missing().into_iter().next() {
            return Err(fault);
        }
        self.doors().check(&connector.grants)
    }

    /// Carries out what was accepted, writes the documents and records the decisions. What others
    /// accepted while this run asked and waited is built on, too.
    pub(crate) fn change_documents(
        &self,
        flow: &mut Flow<'_>,
        adapter: &Loaded,
        base: &mut Base,
        planned: &mut [Planned],
        output: &std::path::Path,
    ) -> Result<Vec<Stored>, FlowError> {
        if base.inputs.is_empty() {
            return Ok(Vec::new());
        }
        *base = self.built_on_step(flow, base, output)?;
        let documents = self.documents(&base.read())?;
        let changed = self.carry_out(adapter, &documents, planned)?;
        let kinds = changed_kinds(planned, &documents);
        let outputs = changed
            .iter()
            .filter(|d| kinds.contains(&format!("{:?}", d.kind)))
            .map(|d| self.keep(d, output.join(&d.name)))
            .collect::<Result<Vec<_>, _>>()?;
        self.write_made(flow, &outputs, base, output)?;
        self.decisions_step(flow, planned)?;
        Ok(outputs)
    }

    pub(crate) fn eligibility(&self) -> Result<std::sync::Arc<Loaded>, Fault> {
        self.serving(
            None,
            self.station().connectors.eligibility.as_ref(),
            "connectors",
            "eligibility",
            "onshi-terminal",
        )
    }

    pub(crate) fn adapter(&self, named: Option<&Name>) -> Result<std::sync::Arc<Loaded>, Fault> {
        self.serving(
            named,
            self.station().product.adapter.as_ref(),
            "product",
            "adapter",
            "csv-adapter",
        )
    }

    fn register_inputs(&self, named: &[PathBuf]) -> Vec<Input> {
        self.inputs(named, false)
    }

    /// Where changed documents are written.
    pub(crate) fn output(&self, named: Option<&PathBuf>) -> PathBuf {
        named.map_or_else(|| self.folder().join("out"), |named| absolute(named))
    }

    /// Digests of the inputs as they are now, so that another content is another job.
    pub(crate) fn digests(&self, inputs: &[Input]) -> Result<Vec<String>, Fault> {
        inputs
            .iter()
            .map(|i| {
                let bytes = crate::documents::read_input(&i.path)?;
                Ok(reseplug_journal::document_digest(&bytes))
            })
            .chain(self.aliases_digest().transpose())
            .collect()
    }

    /// Digest of the accepted spellings, where there are any: they change whom an answer means.
    pub(crate) fn aliases_digest(&self) -> Result<Option<String>, Fault> {
        let aliases = self.aliases()?;
        Ok((!aliases.is_empty())
            .then(|| reseplug_journal::document_digest(json!(aliases).to_string().as_bytes())))
    }

    /// The people of the register, where there is one.
    pub(crate) fn register_people(
        &self,
        adapter: &Loaded,
        documents: &[Document],
    ) -> Result<Vec<Person>, Fault> {
        if !has_register(adapter, documents) {
            return Ok(Vec::new());
        }
        let entries = adapter.plugin.read_register(&adapter.context, documents)?;
        let mut people = people::of_register(&entries)?;
        crate::aliases::apply(&mut people, &self.aliases()?);
        Ok(people)
    }

    /// The people of a month's receipts, with the spellings that somebody accepted.
    pub(crate) fn receipts_people(&self, receipts: &[Receipt]) -> Result<Vec<Person>, Fault> {
        let mut people = people::of_receipts(receipts)?;
        crate::aliases::apply(&mut people, &self.aliases()?);
        Ok(people)
    }
}

/// Whether the adapter can write the register and one is at hand.
pub(crate) fn has_register(adapter: &Loaded, documents: &[Document]) -> bool {
    adapter.offers("adapter.read-register")
        && adapter.offers("adapter.apply-register")
        && documents.iter().any(|d| d.kind == DocumentKind::Register)
}

/// Kinds of document that a plan writes: those its operations touch.
fn changed_kinds(planned: &[Planned], documents: &[Document]) -> BTreeSet<String> {
    let register = documents.iter().any(|d| d.kind == DocumentKind::Register);
    let month = planned
        .iter()
        .any(|p| matches!(p.operations, Operations::Month(_)));
    documents
        .iter()
        .filter(|d| match d.kind {
            DocumentKind::Register => true,
            DocumentKind::Month | DocumentKind::Claim => month || !register,
            DocumentKind::Other => false,
        })
        .map(|d| format!("{:?}", d.kind))
        .collect()
}

/// What each collected answer asks for.
pub(crate) fn intake_plan(
    people: &[Person],
    desk: &Desk<'_>,
    ids: &BTreeSet<String>,
    register: bool,
) -> Vec<Planned> {
    let picture = desk.picture;
    let mut planned = Vec::new();
    for person in people {
        let mut person = person.clone();
        for cautioned in picture.cautioned.get(&person.key).into_iter().flatten() {
            if ids.contains(&cautioned.answer.id) {
                let source = source_of(picture, &cautioned.answer);
                planned.push(left(
                    nothing(&person, cautioned.answer.as_of, vec![source]),
                    GroupOutcome::NoAnswer,
                    cautioned.reason,
                    cautioned.answer.coverage.clone(),
                ));
            }
        }
        let mut answers: Vec<_> = picture
            .of(&person.key)
            .iter()
            .filter(|a| ids.contains(&a.id))
            .cloned()
            .collect();
        answers.sort_by_key(|a| a.as_of);
        for answer in &answers {
            let sources = vec![source_of(picture, answer)];
            let on_file = person
                .coverages
                .iter()
                .rfind(|c| c.period.contains(answer.as_of))
                .cloned();
            let one = match (&answer.validity, &answer.coverage) {
                (Validity::Valid, Some(coverage)) => {
                    register_plan(&person, coverage, answer.as_of, sources)
                }
                _ => without_coverage(
                    nothing(&person, answer.as_of, sources),
                    on_file.as_ref(),
                    answer,
                ),
            };
            foresee(&mut person, &one);
            planned.push(desk.told(one, &person, on_file.as_ref(), answer));
        }
        if let Some(last) = answers.last().filter(|_| register) {
            planned.extend(desk.income(&person, last.as_of));
            planned.extend(desk.welfare(&person, last.as_of.month(), last.as_of));
        }
    }
    for unmatched in &picture.unmatched {
        // Without a register nobody can be missing from it: kept until a month names them.
        if !ids.contains(&unmatched.answer.id) || !register {
            continue;
        }
        planned.push(unmatched_plan(picture, unmatched, register));
    }
    for answer in picture.nameless.iter().filter(|a| ids.contains(&a.id)) {
        let base = nameless(answer, vec![source_of(picture, answer)]);
        let mut one = without_coverage(base, None, answer);
        one.proposal
            .notes
            .extend(answer.text.as_deref().map(words_note));
        planned.push(one);
    }
    planned
}

/// An answer of nobody for sure: a new person where that is certain, else a person decides.
pub(crate) fn unmatched_plan(picture: &Picture, unmatched: &Unmatched, register: bool) -> Planned {
    let answer = &unmatched.answer;
    let source = source_of(picture, answer);
    let coverage: Option<&Coverage> = answer
        .coverage
        .as_ref()
        .filter(|_| answer.validity == Validity::Valid);
    if !unmatched.candidates.is_empty() {
        let reason = match unmatched.candidates.len() {
            1 => Reason::NotCertain,
            _ => Reason::SeveralPeople,
        };
        let other = coverage.filter(|_| register && could_be_new(unmatched));
        return match other {
            Some(coverage) => another_person_plan(unmatched, coverage, source, reason),
            None => left(
                stranger(unmatched, vec![source]),
                GroupOutcome::Unmatched,
                reason,
                answer.coverage.clone(),
            ),
        };
    }
    match (coverage, unmatched.caution) {
        (Some(coverage), None) if register => add_plan(unmatched, coverage, source),
        (_, Some(reason)) => left(
            stranger(unmatched, vec![source]),
            GroupOutcome::Unmatched,
            reason,
            answer.coverage.clone(),
        ),
        _ => left(
            stranger(unmatched, vec![source]),
            GroupOutcome::Unmatched,
            Reason::NotOnFile,
            answer.coverage.clone(),
        ),
    }
}

/// Whether somebody at the desk may say that it is nobody on file: no machine may be in doubt about
/// the answer itself, and nobody on file may be certain or have the 照会番号 that it bears.
fn could_be_new(unmatched: &Unmatched) -> bool {
    unmatched.caution.is_none()
        && unmatched
            .candidates
            .iter()
            .all(|one| one.doubt.is_some() && one.agreement.reference != Sign::Same)
}

/// What becomes of the coverage by an answer that states none to compare: nothing where it tells
/// of 医療扶助 alone and the file has nothing else either.
pub(crate) fn without_coverage(
    base: Planned,
    on_file: Option<&Coverage>,
    answer: &Answer,
) -> Planned {
    match answer.validity {
        Validity::Valid if answer.welfare && on_file.is_none() => base,
        Validity::Valid if answer.welfare => {
            left(base, GroupOutcome::NoAnswer, Reason::OnlyWelfare, None)
        }
        Validity::Valid => left(base, GroupOutcome::NoAnswer, Reason::NothingStated, None),
        _ => left(base, GroupOutcome::NoAnswer, Reason::denied(answer), None),
    }
}

/// The person as they will be once a plan is carried out, so that a second answer about them
/// is judged against that.
pub(crate) fn foresee(person: &mut Person, planned: &Planned) {
    let Operations::Register { operations, .. } = &planned.operations else {
        return;
    };
    for operation in operations {
        match operation {
            RegisterOperation::OpenPeriod(open) => {
                person
                    .coverages
                    .extend(Coverage::parse(&open.coverage, None));
            }
            RegisterOperation::ClosePeriod(close) => {
                let before = Coverage::parse(&close.before, None).ok();
                for coverage in &mut person.coverages {
                    if Some(&*coverage) == before.as_ref() {
                        coverage.period.to = Date::parse(&close.last_day).ok();
                    }
                }
            }
            RegisterOperation::ReplaceCoverage(replace) => {
                let before = Coverage::parse(&replace.before, None).ok();
                for coverage in &mut person.coverages {
                    if Some(&*coverage) == before.as_ref()
                        && let Ok(after) = Coverage::parse(&replace.after, None)
                    {
                        *coverage = after;
                    }
                }
            }
            RegisterOperation::SetIncome(set) => {
                let before = set.before.as_ref().and_then(Income::parse);
                person.incomes.retain(|own| Some(own) != before.as_ref());
                person.incomes.extend(Income::parse(&set.after));
            }
            RegisterOperation::AddPublicExpense(add) => {
                person.public_expenses.extend(Expense::parse(&add.expense));
            }
            RegisterOperation::AddPerson(_) => {}
        }
    }
}

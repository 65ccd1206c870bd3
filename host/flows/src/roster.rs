//! Everybody a list of the station speaks of, and whose answer each piece of evidence is.

use crate::group::Note;
use crate::host::{Host, Loaded};
use crate::intake::has_register;
use crate::people::{self, Person, Picture, person_key};
use reseplug_effect::Fault;
use reseplug_engine::CallError;
use reseplug_engine::contract::{Document, DocumentKind};
use reseplug_journal::{Evidence, Journal};
use reseplug_model::Month;
use reseplug_policy::LossDay;
use std::collections::{BTreeMap, BTreeSet};

/// The people of the product's documents and those only seen in answers, with the evidence
/// sorted by them.
#[derive(Debug)]
pub(crate) struct Roster {
    /// Those of the documents first.
    pub(crate) people: Vec<Person>,
    /// What the evidence says of them.
    pub(crate) picture: Picture,
    /// Keys of whom a piece of evidence speaks: one is certain, several are not, none is a
    /// stranger whose answer needs a person.
    whose: BTreeMap<String, Vec<String>>,
    /// Ids of evidence that speaks of its one key for sure.
    certain: BTreeSet<String>,
    /// Who was served in which month, by the receipts at hand.
    pub(crate) served: BTreeSet<(String, Month)>,
    /// Why the month's document was left out, where it was.
    pub(crate) left_out: Option<Note>,
}

/// What the product's documents say: its people, and the months of their receipts.
#[derive(Debug, Default)]
pub(crate) struct OnFile {
    pub(crate) people: Vec<Person>,
    pub(crate) served: BTreeSet<(String, Month)>,
    pub(crate) left_out: Option<Note>,
}

impl Roster {
    /// Sorts the evidence by the people of the documents; an answer of nobody on file makes a
    /// person of its own, keyed by name and birth date.
    pub(crate) fn new(
        on_file: Vec<Person>,
        evidence: &[Evidence],
        loss_day: LossDay,
    ) -> Result<Self, Fault> {
        let mut people = on_file;
        let strangers = Picture::of_evidence(evidence, &people, loss_day)?.unmatched;
        for unmatched in strangers.iter().filter(|u| u.candidates.is_empty()) {
            let identity = people::identity(&unmatched.person);
            let key = format!("{}/{}", identity.name, identity.birth_date);
            let coverage = unmatched.answer.coverage.clone();
            match people.iter_mut().find(|p| p.key == key) {
                Some(known) => known.coverages.extend(coverage),
                None => people.push(Person {
                    key,
                    identity,
                    coverages: coverage.into_iter().collect(),
                    incomes: Vec::new(),
                    public_expenses: Vec::new(),
                    burden_place: false,
                }),
            }
        }
        let picture = Picture::of_evidence(evidence, &people, loss_day)?;
        let mut whose: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut certain = BTreeSet::new();
        for (key, answers) in &picture.answers {
            for answer in answers {
                whose.insert(answer.id.clone(), vec![key.clone()]);
                certain.insert(answer.id.clone());
            }
        }
        for (key, cautioned) in &picture.cautioned {
            for one in cautioned {
                whose.insert(one.answer.id.clone(), vec![key.clone()]);
                if !one.reason.may_be_anothers() {
                    certain.insert(one.answer.id.clone());
                }
            }
        }
        for unmatched in &picture.unmatched {
            let keys = unmatched.candidates.iter().map(|c| c.key.clone()).collect();
            whose.insert(unmatched.answer.id.clone(), keys);
        }
        Ok(Self {
            people,
            picture,
            whose,
            certain,
            served: BTreeSet::new(),
            left_out: None,
        })
    }

    /// Whether the product has a key of its own for somebody: theirs is not made of name and
    /// birth date.
    pub(crate) fn has_own_key(person: &Person) -> bool {
        person.key != format!("{}/{}", person.identity.name, person.identity.birth_date)
    }

    /// The one person a piece of evidence speaks of for sure.
    pub(crate) fn certain(&self, evidence: &str) -> Option<&Person> {
        let [key] = self.whose.get(evidence)?.as_slice() else {
            return None;
        };
        self.person(key).filter(|_| self.certain.contains(evidence))
    }

    /// Keys of the people it could speak of.
    pub(crate) fn candidates(&self, evidence: &str) -> &[String] {
        self.whose.get(evidence).map_or(&[], Vec::as_slice)
    }

    /// The person with this key.
    pub(crate) fn person(&self, key: &str) -> Option<&Person> {
        self.people.iter().find(|p| p.key == key)
    }

    /// The person a command names.
    pub(crate) fn named(&self, key: &str) -> Result<&Person, Fault> {
        self.person(key).ok_or_else(|| {
            Fault::new(
                "person/unknown",
                format!(
                    "利用者「{key}」が書類にも記録にもありません。製品の利用者番号で指定してください（番号のない製品では「氏名/生年月日」。`reseplug evidence list` で確かめられます）。"
                ),
                format!(
                    "nobody on file or on record has the key `{key}`; name the product's own number (or name/birth date; see `reseplug evidence list`)"
                ),
            )
        })
    }
}

impl Host {
    /// Everybody's evidence and the people it speaks of. Reads, and keeps nothing.
    pub(crate) fn everybody(&self) -> Result<(Vec<Evidence>, Roster), Fault> {
        self.everybody_by(self.on_file()?)
    }

    /// The same, by the product's documents as a run of this station read them last and the store
    /// keeps them: for what must not wait until the product has them as they should be. Where none
    /// are kept, whom the answers speak of is still known by name and birth date.
    pub(crate) fn everybody_on_record(&self) -> Result<(Vec<Evidence>, Roster), Fault> {
        let on_file = match (self.last_documents()?, self.adapter(None)) {
            (Some(documents), Ok(adapter)) => self.of_documents(&adapter, &documents),
            _ => Ok(OnFile::default()),
        };
        self.everybody_by(on_file.unwrap_or_default())
    }

    fn everybody_by(&self, on_file: OnFile) -> Result<(Vec<Evidence>, Roster), Fault> {
        let evidence = self.journal().evidence_all(self.code())?;
        let roster = Roster {
            served: on_file.served,
            left_out: on_file.left_out,
            ..Roster::new(
                on_file.people,
                &evidence,
                self.station().eligibility.loss_day,
            )?
        };
        Ok((evidence, roster))
    }

    /// What the station file's documents say. A month's document that is not there (the product
    /// writes it once a month) is left out; so is one that the adapter refuses, such as one that
    /// does not fit the register yet. What is made of the rest says so.
    fn on_file(&self) -> Result<OnFile, Fault> {
        let mut inputs = self.inputs(&[], true);
        inputs.retain(|i| i.kind == DocumentKind::Register || i.path.exists());
        if inputs.is_empty() {
            return Ok(OnFile::default());
        }
        let adapter = self.adapter(None)?;
        self.of_documents(&adapter, &self.read_documents(&inputs)?)
    }

    fn of_documents(&self, adapter: &Loaded, documents: &[Document]) -> Result<OnFile, Fault> {
        let monthly = documents.iter().any(|d| d.kind != DocumentKind::Register);
        let register = has_register(adapter, documents);
        let mut left_out = None;
        let receipts = if monthly && adapter.offers("adapter.read-month") {
            match adapter.plugin.read_month(&adapter.context, documents) {
                Err(CallError::Fault(fault)) if register => {
                    left_out = Some(Note::new(
                        "without-the-month",
                        format!("算定した月の書類は含まれていません：{}", fault.message_ja),
                        format!("without the month's document: {}", fault.message_en),
                    ));
                    Vec::new()
                }
                receipts => receipts?,
            }
        } else {
            Vec::new()
        };
        let served = receipts
            .iter()
            .filter_map(|r| Some((person_key(r), Month::parse(&r.service_month).ok()?)))
            .collect();
        let people = if register {
            self.register_people(adapter, documents)?
        } else {
            self.receipts_people(&receipts)?
        };
        Ok(OnFile {
            people,
            served,
            left_out,
        })
    }
}

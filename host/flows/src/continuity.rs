//! Whom this station may ask about again without a card (再照会), and why others need one.
//!
//! The rule (指定訪問看護基準 第8条第3号, as the domain notes quote it): a person whom this very provider
//! confirmed electronically before and has served since without interruption. The first confirmation
//! is a card read (電子資格確認); asking by the numbers of a 資格確認書 is none.

use crate::answers::{Answer, Method, Validity};
use crate::coverage::Coverage;
use crate::people::{Person, Picture};
use reseplug_journal::Fact;
use reseplug_model::{Date, Month, fold};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Somebody whose card is to be read at the next visit, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardVisit {
    /// The product's key.
    pub key: String,
    /// 氏名
    pub name: String,
    /// Why.
    pub reason: WhyCard,
    /// The month since which the care was interrupted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Month>,
}

/// Somebody whose last answer says that they died.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Died {
    /// The product's key.
    pub key: String,
    /// 氏名
    pub name: String,
    /// 資格喪失日 for death.
    pub on: Date,
}

/// Why somebody is not asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAsked {
    /// A card is to be read first.
    Card(CardVisit),
    /// They died: no card is read any more.
    Died(Died),
}

/// Why a card has to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhyCard {
    /// Nothing is on record about them.
    NeverRead,
    /// Their card was read, but whose it was is not certain, or the answer is not usable.
    NotCertain,
    /// Asked by numbers only, which is no 電子資格確認.
    NotElectronically,
    /// Only a 資格確認書 was seen.
    PaperOnly,
    /// Served before and not without interruption since.
    Interrupted,
    /// No coverage on file holds on the day.
    NoCoverage,
}

impl WhyCard {
    /// For staff.
    pub fn message_ja(self) -> &'static str {
        match self {
            Self::NeverRead => "カードの読み取りの記録がありません",
            Self::NotCertain => "読み取りの記録はありますが、本人または資格を確定できません",
            Self::NotElectronically => "番号による照会だけで、カードの読み取りがありません",
            Self::PaperOnly => "資格確認書を見た記録だけで、電子的な確認がありません",
            Self::Interrupted => "訪問看護が途切れた月があります",
            Self::NoCoverage => "その日に有効な資格が台帳にありません",
        }
    }

    /// The same in English.
    pub fn message_en(self) -> &'static str {
        match self {
            Self::NeverRead => "no card reading on record",
            Self::NotCertain => "a card was read, but person or coverage is not certain",
            Self::NotElectronically => "asked by numbers only, no card read",
            Self::PaperOnly => "only a certificate was seen, nothing confirmed electronically",
            Self::Interrupted => "care was interrupted",
            Self::NoCoverage => "no coverage on file holds on the day",
        }
    }
}

/// The months in which people were served, as far as this program knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presence {
    /// Months about which anything is known at all: of another month nobody's absence is known.
    known: BTreeSet<Month>,
    served: BTreeMap<String, BTreeSet<Month>>,
}

/// Where it is known from that somebody was served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Basis {
    /// A receipt of the month.
    Receipt,
    /// They stand in the register as of a recheck.
    Register,
}

impl Presence {
    /// Reads facts of the kind `served`.
    pub fn of(facts: &[Fact]) -> Self {
        let mut presence = Self::default();
        for fact in facts.iter().filter(|fact| fact.kind == "served") {
            let month = fact.value.get("month").and_then(|m| m.as_str());
            if let Some(month) = month.and_then(|m| Month::parse(m).ok()) {
                presence.known.insert(month);
                let who = fact.value.get("who").and_then(|w| w.as_str());
                for name in std::iter::once(fact.person_key.as_str()).chain(who) {
                    presence
                        .served
                        .entry(name.to_owned())
                        .or_default()
                        .insert(month);
                }
            }
        }
        presence
    }

    /// The first month after `from` and before `until` in which others are known to have been
    /// served and this person is not.
    fn gap(&self, person: &Person, from: Month, until: Month, answers: &[Answer]) -> Option<Month> {
        let names = [person.key.clone(), who(person)];
        let served: Vec<_> = names
            .iter()
            .filter_map(|name| self.served.get(name))
            .collect();
        self.known
            .iter()
            .copied()
            .filter(|month| from < *month && *month < until)
            .find(|month| {
                let on_record = served.iter().any(|own| own.contains(month));
                // A card read at home is a visit.
                let read = answers
                    .iter()
                    .any(|a| a.method == Method::Card && a.as_of.month() == *month);
                !on_record && !read
            })
    }
}

/// Somebody by name and birth date: a product without a register knows them by nothing else
/// before there is a receipt.
fn who(person: &Person) -> String {
    let identity = &person.identity;
    format!("{}/{}", fold::name(&identity.name), identity.birth_date)
}

/// The fact that somebody was served in a month. The same whenever it is recorded again.
pub(crate) fn served(
    station: &str,
    person: &Person,
    month: Month,
    basis: Basis,
    at: jiff::Timestamp,
) -> Fact {
    let basis = match basis {
        Basis::Receipt => "receipt",
        Basis::Register => "register",
    };
    let key = &person.key;
    Fact {
        id: format!("served/{station}/{key}/{month}/{basis}"),
        station: station.to_owned(),
        person_key: key.clone(),
        kind: "served".to_owned(),
        day: month.first_day().to_string(),
        value: serde_json::json!({
            "month": month.to_string(), "basis": basis, "who": who(person),
        }),
        by: "host".to_owned(),
        at,
        source: None,
        job: None,
    }
}

/// The coverage to ask about again, or why a card has to be read, if one can be.
pub fn ask_again<'p>(
    person: &'p Person,
    picture: &Picture,
    presence: &Presence,
    as_of: Date,
) -> Result<&'p Coverage, NotAsked> {
    let visit = |reason, since| {
        NotAsked::Card(CardVisit {
            key: person.key.clone(),
            name: person.identity.name.clone(),
            reason,
            since,
        })
    };
    let answers = picture.of(&person.key);
    let latest = answers
        .iter()
        .filter(|a| a.method.is_electronic())
        .max_by(|a, b| a.came().cmp(&b.came()));
    if let Some(on) = latest.and_then(Answer::died).filter(|on| *on <= as_of) {
        return Err(NotAsked::Died(Died {
            key: person.key.clone(),
            name: person.identity.name.clone(),
            on,
        }));
    }
    let valid = |a: &&Answer| a.validity == Validity::Valid && a.coverage.is_some();
    let first = answers
        .iter()
        .filter(|a| a.method == Method::Card)
        .filter(valid)
        .map(|a| a.as_of)
        .min();
    let Some(first) = first else {
        let cautioned = picture.cautioned.contains_key(&person.key);
        let any = |method: &Method| answers.iter().any(|a| a.method == *method);
        return Err(visit(
            if cautioned || any(&Method::Card) {
                WhyCard::NotCertain
            } else if any(&Method::Number) {
                WhyCard::NotElectronically
            } else if any(&Method::Certificate) || any(&Method::Notice) {
                WhyCard::PaperOnly
            } else {
                WhyCard::NeverRead
            },
            None,
        ));
    };
    // A card read again after the gap begins anew.
    let last_read = answers
        .iter()
        .filter(|a| a.method == Method::Card && a.as_of <= as_of)
        .filter(valid)
        .map(|a| a.as_of)
        .max()
        .unwrap_or(first);
    if let Some(month) = presence.gap(person, last_read.month(), as_of.month(), answers) {
        return Err(visit(WhyCard::Interrupted, Some(month)));
    }
    person
        .coverages
        .iter()
        .rfind(|c| c.period.contains(as_of))
        .ok_or_else(|| visit(WhyCard::NoCoverage, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::tests::{answer, day};
    use crate::coverage::tests::coverage;
    use crate::invented;
    use crate::matching::Identity;

    fn person() -> Person {
        named("P1")
    }

    fn named(key: &str) -> Person {
        let somebody = invented::person();
        Person {
            key: key.into(),
            identity: Identity {
                name: format!("架空　{key}"),
                ..somebody.identity
            },
            coverages: vec![coverage("01990011", "12", "34", "2020-04-01")],
            ..somebody
        }
    }

    fn told(method: Method, on: &str) -> Answer {
        Answer {
            method,
            ..answer(
                on,
                on,
                Validity::Valid,
                Some(coverage("01990011", "12", "34", "2020-04-01")),
            )
        }
    }

    fn picture(answers: Vec<Answer>) -> Picture {
        Picture {
            answers: BTreeMap::from([("P1".to_owned(), answers)]),
            ..Picture::default()
        }
    }

    fn presence(months: &[(&str, &str)]) -> Presence {
        let facts: Vec<Fact> = months
            .iter()
            .map(|(key, month)| {
                served(
                    "9999998",
                    &named(key),
                    Month::parse(month).unwrap(),
                    Basis::Receipt,
                    jiff::Timestamp::UNIX_EPOCH,
                )
            })
            .collect();
        Presence::of(&facts)
    }

    fn why(answers: Vec<Answer>, months: &[(&str, &str)]) -> Option<(WhyCard, Option<String>)> {
        ask_again(
            &person(),
            &picture(answers),
            &presence(months),
            day("2024-12-01"),
        )
        .err()
        .map(|why| match why {
            NotAsked::Card(visit) => (visit.reason, visit.since.map(|m| m.to_string())),
            NotAsked::Died(died) => panic!("{died:?}"),
        })
    }

    #[test]
    fn who_died_is_neither_asked_about_nor_listed_for_a_card_until_an_answer_says_otherwise() {
        let read = told(Method::Card, "2024-09-10");
        let loss = crate::answers::Loss {
            on: day("2024-10-20"),
            reason: Some("01".into()),
        };
        let dead = Answer {
            loss: Some(loss),
            ..answer("2024-11-01", "2024-11-01", Validity::Invalid, None)
        };
        let asked = |answers: Vec<Answer>, on: &str| {
            ask_again(&person(), &picture(answers), &Presence::default(), day(on)).err()
        };
        let died = Died {
            key: "P1".into(),
            name: "架空　P1".into(),
            on: day("2024-10-20"),
        };
        let both = vec![read.clone(), dead.clone()];
        assert_eq!(
            asked(both.clone(), "2024-12-01"),
            Some(NotAsked::Died(died))
        );
        // As of a day before they were alive.
        assert_eq!(asked(both, "2024-10-01"), None);
        let since = told(Method::Card, "2024-11-20");
        assert_eq!(asked(vec![read, dead, since], "2024-12-01"), None);
    }

    #[test]
    fn who_was_read_here_and_served_ever_since_is_asked_again() {
        let months = [("P1", "2024-10"), ("P2", "2024-10"), ("P1", "2024-11")];
        assert_eq!(why(vec![told(Method::Card, "2024-09-10")], &months), None);
    }

    #[test]
    fn everybody_else_needs_a_card_for_a_reason_of_their_own() {
        assert_eq!(why(vec![], &[]), Some((WhyCard::NeverRead, None)));
        assert_eq!(
            why(vec![told(Method::Number, "2024-11-05")], &[]),
            Some((WhyCard::NotElectronically, None))
        );
        assert_eq!(
            why(vec![told(Method::Certificate, "2024-11-05")], &[]),
            Some((WhyCard::PaperOnly, None))
        );
        let denied = answer("2024-11-05", "2024-11-05", Validity::NotFound, None);
        let card = Answer {
            method: Method::Card,
            ..denied
        };
        assert_eq!(why(vec![card], &[]), Some((WhyCard::NotCertain, None)));
        let mut gone = person();
        gone.coverages[0].period.to = Some(day("2024-11-30"));
        let visit = ask_again(
            &gone,
            &picture(vec![told(Method::Card, "2024-09-10")]),
            &Presence::default(),
            day("2024-12-01"),
        )
        .unwrap_err();
        assert!(matches!(visit, NotAsked::Card(visit) if visit.reason == WhyCard::NoCoverage),);
    }

    #[test]
    fn a_month_without_a_visit_interrupts_until_the_card_is_read_again() {
        let months = [("P2", "2024-10"), ("P1", "2024-11")];
        assert_eq!(
            why(vec![told(Method::Card, "2024-09-10")], &months),
            Some((WhyCard::Interrupted, Some("2024-10".into())))
        );
        let again = vec![
            told(Method::Card, "2024-09-10"),
            told(Method::Card, "2024-11-02"),
        ];
        assert_eq!(why(again, &months), None);
        // Of a month about which nothing is known nobody is said to be absent.
        assert_eq!(
            why(vec![told(Method::Card, "2024-09-10")], &[("P1", "2024-11")]),
            None
        );
    }
}

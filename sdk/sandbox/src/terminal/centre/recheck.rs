//! 再照会: somebody whose card was read at this station before, asked about again without it.
//!
//! What the real centre does is a gap (IF-025/026, 029–032; \[GAP\]). What stands here follows from
//! what is known around it:
//!
//! - It is open for people who consented at this very station and have not withdrawn \[V2: two
//!   vendors' descriptions and 指定訪問看護基準 第8条\]. "Withdrawn" here: everything of the latest reading
//!   that the centre can take back (OQSCD036) was taken back. A viewing time that is over is no
//!   withdrawal; whether a re-query has a limit of time of its own is not known \[GAP\].
//! - It follows the **person**: after a job change the new coverage is shown, where a query by the old
//!   numbers shows the old one as 無効. Inferred \[I\] from 資格情報変更確認フラグ (OQSCD032, 一致・不一致), which
//!   has no use unless what is answered can differ from what was asked with.
//! - Consents and 限度額 are shown as the home-visit batch shows them, because it is the same family under
//!   the same consent \[I\].

use super::{Card, Centre, Found, known_of, reference_key, show_consent, wrong};
use crate::phone::{Consent, Ended, Kind};
use crate::population::Insured;
use onshi::{ChangeCheck, DisclosureConsent, RecheckSearch, Validity};
use reseplug_model::{Date, fold};

/// The answer about one person, and whether what was asked with is still so.
#[derive(Debug, Default)]
pub(in crate::terminal) struct Again {
    pub(in crate::terminal) found: Found,
    pub(in crate::terminal) changed: Option<ChangeCheck>,
}

impl From<Found> for Again {
    fn from(found: Found) -> Self {
        Self {
            found,
            changed: None,
        }
    }
}

impl<'a> Centre<'a> {
    /// Answers about a person who was confirmed here before.
    pub(in crate::terminal) fn recheck(&self, search: &RecheckSearch, as_of: Date) -> Again {
        let person = match self.meant(search) {
            Ok(person) => person,
            Err(found) => return found.into(),
        };
        let Some(reading) = self.latest_reading(person) else {
            return wrong(
                "SANDBOX-P010",
                "この事業所で同意を取得した記録のない方です。（模擬）",
            )
            .into();
        };
        if self.is_withdrawn(reading) {
            return wrong(
                "SANDBOX-P011",
                "同意が取り消されています。再照会できません。（模擬）",
            )
            .into();
        }
        let rows = known_of(person, self.today);
        let holding = rows.iter().find(|row| row.period.contains(as_of));
        let assistance = self.welfare_on(person, as_of);
        let begun = |row: &&super::Known<'_>| row.period.from.is_none_or(|from| from <= as_of);
        let (validity, shown) = match (holding, &assistance) {
            (Some(row), _) => (Validity::Valid, Some(row)),
            (None, Some(_)) => (Validity::Valid, None),
            (None, None) => match rows.iter().rfind(begun) {
                Some(row) => (Validity::Invalid, Some(row)),
                None => (Validity::NotFound, None),
            },
        };
        let mut results: Vec<_> = shown
            .map(|row| {
                let mut one = self.qualification(row, as_of);
                let told = search.limit_consent != Some(DisclosureConsent::No);
                if told && holding.is_some() && self.holds(reading, Kind::Limit) {
                    one.limit = super::limit(row, as_of);
                }
                one
            })
            .into_iter()
            .chain(assistance)
            .collect();
        if let Some(first) = results.first_mut() {
            for kind in Kind::ALL {
                show_consent(first, kind, self.consents.standing(reading, kind));
            }
        }
        let same = match (numbers(search), shown) {
            (Some(card), Some(row)) => Some(card.is_of(row.coverage)),
            (Some(card), None) => person.welfare_on(as_of).map(|welfare| {
                welfare.payer.as_str() == card.insurer
                    && fold::number(welfare.recipient.as_str()) == fold::number(card.number)
            }),
            (None, _) => None,
        };
        Again {
            found: Found {
                validity: Some(validity),
                results,
                error: None,
            },
            changed: same.map(|same| match same {
                true => ChangeCheck::Same,
                false => ChangeCheck::Differs,
            }),
        }
    }

    /// The one person whom a re-query or a withdrawal is about: by numbers they have or had, else by
    /// 照会番号.
    pub(in crate::terminal) fn meant(&self, search: &RecheckSearch) -> Result<&'a Insured, Found> {
        let born = match search.birthdate.as_deref().map(str::trim) {
            None => None,
            Some(text) => match Date::parse_compact(text) {
                Ok(born) => Some(born),
                Err(_) => return Err(wrong("SANDBOX-P001", "生年月日が読めません。（模擬）")),
            },
        };
        let is_born = |person: &&Insured| born.is_none_or(|born| person.born == born);
        let found: Vec<&'a Insured> = match (numbers(search), &search.reference_number) {
            (Some(card), _) if card.insurer.len() == 8 && card.insurer.starts_with("12") => self
                .registry
                .with_ticket(card.insurer, card.number)
                .filter(is_born)
                .collect(),
            (Some(card), _) => self
                .registry
                .with_card(card.insurer, card.number)
                .filter(is_born)
                .filter(|person| {
                    let rows = known_of(person, self.today);
                    rows.iter().any(|row| card.is_of(row.coverage))
                })
                .collect(),
            (None, Some(reference)) => self
                .registry
                .users()
                .filter(is_born)
                .filter(|person| {
                    person.coverages.iter().any(|coverage| {
                        let key = reference_key(person, coverage);
                        self.references.get(&key) == Some(reference)
                    })
                })
                .collect(),
            (None, None) => {
                return Err(wrong(
                    "SANDBOX-P002",
                    "保険者番号と番号、または照会番号がありません。（模擬）",
                ));
            }
        };
        match found.as_slice() {
            [one] => Ok(one),
            several => Err(Found {
                validity: Some(match several {
                    [] => Validity::NotFound,
                    _ => Validity::Several,
                }),
                ..Found::default()
            }),
        }
    }

    /// The latest reading of somebody's card at this station.
    pub(in crate::terminal) fn latest_reading(&self, person: &Insured) -> Option<&'a Consent> {
        let readings: &'a [Consent] = self.consents.readings;
        readings.iter().rfind(|one| self.is_of(one, person))
    }

    fn is_withdrawn(&self, reading: &Consent) -> bool {
        let mut revocable = Kind::ALL
            .into_iter()
            .filter(|kind| kind.information().is_some())
            .filter_map(|kind| self.consents.standing(reading, kind))
            .peekable();
        revocable.peek().is_some()
            && revocable.all(|one| one.ended.is_some_and(|why| why != Ended::Time))
    }
}

/// The card's numbers of a question, where it has them.
fn numbers(search: &RecheckSearch) -> Option<Card<'_>> {
    Some(Card {
        insurer: search.insurer_number.as_deref()?.trim(),
        symbol: search.symbol.as_deref(),
        number: search.number.as_deref()?,
        branch: search.branch.as_deref(),
    })
}

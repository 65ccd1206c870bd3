//! What the centre knows, and what it answers: pure, as of a day, with the knowledge of today.
//!
//! How the real centre decides is not public. What stands here follows the codes' meaning: numbers
//! that hold on the day are 有効; numbers that ended are 無効（新しい資格あり） when the person is covered
//! otherwise on that day, else 無効; numbers that begin later or that nobody has are 該当資格なし. With
//! 無効 the old card is shown, never the new one (whether the real centre does so is not known).

mod recheck;

use super::registry::{Known, Registry, known_of};
use super::store::References;
use crate::phone::{Consent, Kind, Standing};
use crate::population::{Insured, benefit_year};
use crate::station::{Coverage, Station, Welfare, half_width};
use onshi::{
    ConfirmUnit, ConsentFlag, ElderlyCertificate, Element, LIMIT, LimitCertificate, MedicalTicket,
    PersonalFamily, ProcessingResultStatus, Qualification, ReferenceInfo, SearchInfo, Validity,
    ViewingConsent, padded_insurer,
};
use reseplug_model::{Date, Month, Relationship, fold, preschool_in};
use std::collections::BTreeMap;

/// What the centre goes by.
pub(super) struct Centre<'a> {
    pub(super) station: &'a Station,
    pub(super) registry: &'a Registry,
    /// Cards read at home up to now, and what became of the consents.
    pub(super) consents: super::consents::Known<'a>,
    pub(super) references: &'a References,
    pub(super) today: Date,
}

/// The answer to one question.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) validity: Option<Validity>,
    pub(super) results: Vec<Qualification>,
    /// Code and message where the question itself is wrong.
    pub(super) error: Option<(&'static str, &'static str)>,
}

/// How much an answer tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// One person: 限度額 where asked for and agreed to.
    Single,
    /// Many: no 限度額, only whether it changed.
    Bulk,
}

impl<'a> Centre<'a> {
    /// Answers a question about numbers.
    pub(super) fn ask(&self, search: &SearchInfo, as_of: Date, scope: Scope) -> Found {
        let birth = search.birthdate.as_deref().map(str::trim);
        let Some(birth) = birth.and_then(|text| Date::parse_compact(text).ok()) else {
            return wrong(
                "SANDBOX-P001",
                "生年月日が指定されていないか、読めません。（模擬）",
            );
        };
        let (Some(insurer), Some(number)) =
            (search.insurer_number.as_deref(), search.number.as_deref())
        else {
            return wrong("SANDBOX-P002", "保険者番号または番号がありません。（模擬）");
        };
        let insurer = insurer.trim();
        if insurer.len() == 8 && insurer.starts_with("12") {
            return self.ask_welfare(insurer, number, birth, as_of);
        }
        let card = Card {
            insurer,
            symbol: search.symbol.as_deref(),
            number,
            branch: search.branch.as_deref(),
        };
        // One person may have several rows under one card.
        let matching: Vec<Vec<Known<'_>>> = self
            .registry
            .with_card(insurer, number)
            .filter(|person| person.born == birth)
            .map(|person| {
                let mut rows = known_of(person, self.today);
                rows.retain(|row| card.is_of(row.coverage));
                rows
            })
            .filter(|rows| !rows.is_empty())
            .collect();
        let [rows] = matching.as_slice() else {
            return Found {
                validity: Some(if matching.is_empty() {
                    Validity::NotFound
                } else {
                    Validity::Several
                }),
                ..Found::default()
            };
        };
        let holding = rows.iter().find(|row| row.period.contains(as_of));
        let begun = |row: &&Known<'_>| row.period.from.is_none_or(|from| from <= as_of);
        let Some(known) = holding.or_else(|| rows.iter().rfind(begun)) else {
            return Found {
                validity: Some(Validity::NotFound),
                ..Found::default()
            };
        };
        let validity = if holding.is_some() {
            Validity::Valid
        } else if known_of(known.person, self.today)
            .iter()
            .any(|other| other.period.contains(as_of))
        {
            Validity::InvalidNewExists
        } else {
            Validity::Invalid
        };
        let mut one = self.qualification(known, as_of);
        match scope {
            Scope::Single => self.tell_limit(&mut one, known, search, as_of),
            Scope::Bulk => one.limit_changed = Some(limit_changed(known, rows).to_owned()),
        }
        let mut results = vec![one];
        if validity == Validity::Valid {
            results.extend(self.welfare_on(known.person, as_of));
        }
        Found {
            validity: Some(validity),
            results,
            error: None,
        }
    }

    fn ask_welfare(&self, payer: &str, recipient: &str, birth: Date, as_of: Date) -> Found {
        let found = self
            .registry
            .with_ticket(payer, recipient)
            .filter(|person| person.born == birth)
            .find_map(|person| {
                let welfare = person.welfare.iter().find(|welfare| {
                    welfare.payer.as_str() == payer
                        && fold::number(welfare.recipient.as_str()) == fold::number(recipient)
                })?;
                Some((person, welfare))
            });
        match found {
            None => Found {
                validity: Some(Validity::NotFound),
                ..Found::default()
            },
            Some((person, welfare)) => Found {
                validity: Some(if welfare.period.contains(as_of) {
                    Validity::Valid
                } else {
                    Validity::Invalid
                }),
                results: vec![self.assistance(person, welfare, as_of)],
                error: None,
            },
        }
    }

    /// Everybody whose card was read at home in a period, as of that day; several readings of one
    /// person on one day are one.
    pub(super) fn consented(&self, from: Date, to: Date) -> Vec<ConfirmUnit> {
        let mut latest: BTreeMap<(Date, &str), &Consent> = BTreeMap::new();
        for reading in self.consents.readings {
            if let Some(day) = super::day_of(reading.at).filter(|day| (from..=to).contains(day)) {
                latest.insert((day, reading.person.as_str()), reading);
            }
        }
        latest
            .into_iter()
            .filter_map(|((day, person), reading)| {
                self.unit(self.registry.user(person)?, day, reading)
            })
            .collect()
    }

    fn unit(&self, person: &Insured, day: Date, reading: &Consent) -> Option<ConfirmUnit> {
        let mut results = Vec::new();
        if let Some(known) = known_of(person, self.today)
            .into_iter()
            .find(|known| known.period.contains(day))
        {
            let mut one = self.qualification(&known, day);
            if self.holds(reading, Kind::Limit) {
                one.limit = limit(&known, day);
            }
            results.push(one);
        }
        results.extend(self.welfare_on(person, day));
        let first = results.first_mut()?;
        for kind in Kind::ALL {
            let standing = self.consents.standing(reading, kind);
            show_consent(first, kind, standing);
        }
        Some(ConfirmUnit {
            status: Some(ProcessingResultStatus::Done),
            validity: Some(Validity::Valid),
            reference_numbers: results
                .iter()
                .find_map(|one| one.reference_number.clone())
                .into_iter()
                .collect(),
            results,
            ..ConfirmUnit::default()
        })
    }

    /// Everybody with a 医療券 of a month that names this station.
    pub(super) fn tickets(&self, month: Month) -> Vec<ConfirmUnit> {
        let day = month.last_day();
        let held = |welfare: &&Welfare| welfare.tickets.iter().any(|one| one.month == month);
        self.registry
            .users()
            .filter_map(|person| {
                let welfare = person.welfare.iter().find(held)?;
                Some(ConfirmUnit {
                    status: Some(ProcessingResultStatus::Done),
                    validity: Some(Validity::Valid),
                    results: vec![self.assistance(person, welfare, day)],
                    ..ConfirmUnit::default()
                })
            })
            .collect()
    }

    /// Somebody by the numbers of a card that holds today, or held last.
    pub(super) fn holder(
        &self,
        insurer: &str,
        symbol: Option<&str>,
        number: &str,
    ) -> Option<&'a Insured> {
        let card = Card {
            insurer: insurer.trim(),
            symbol,
            number,
            branch: None,
        };
        let mut matching = self
            .registry
            .with_card(card.insurer, number)
            .filter(|person| {
                let rows = known_of(person, self.today);
                rows.iter().any(|row| card.is_of(row.coverage))
            });
        match (matching.next(), matching.next()) {
            (Some(one), None) => Some(one),
            _ => None,
        }
    }

    /// The coverage that a registration of a 照会番号 means, if there is exactly one.
    pub(super) fn registrable(&self, info: &ReferenceInfo) -> Option<String> {
        let card = Card {
            insurer: info.insurer_number.as_deref()?.trim(),
            symbol: info.symbol.as_deref(),
            number: info.number.as_deref()?,
            branch: info.branch.as_deref(),
        };
        let mut matching = self
            .registry
            .with_card(card.insurer, card.number)
            .filter_map(|person| {
                let rows = known_of(person, self.today);
                rows.into_iter().rfind(|row| card.is_of(row.coverage))
            });
        match (matching.next(), matching.next()) {
            (Some(one), None) => Some(reference_key(one.person, one.coverage)),
            _ => None,
        }
    }

    fn qualification(&self, known: &Known<'_>, as_of: Date) -> Qualification {
        let (person, coverage) = (known.person, known.coverage);
        let elderly_system = coverage.insurer.is_elderly_system();
        let ended = known.card.to;
        let name = person.name_on(as_of).map(|named| named.name.clone());
        let insured = coverage.relationship == Some(Relationship::Insured);
        Qualification {
            card_class: Some(coverage.card_class.as_deref().unwrap_or("01").to_owned()),
            insurer_number: Some(coverage.insurer.padded()),
            symbol: coverage.symbol.clone(),
            number: Some(coverage.number.clone()),
            branch: coverage.branch.as_ref().map(ToString::to_string),
            personal_family: coverage
                .relationship
                .map(|relation| PersonalFamily::from(relation.code())),
            insured_name: name.filter(|_| insured),
            qualification_date: known.card.from.map(Date::compact),
            disqualification_date: ended.and_then(Date::next_day).map(Date::compact),
            reason_of_loss: ended.and_then(|_| coverage.loss.clone()),
            card_valid_date: known.period.from.map(Date::compact),
            partial_contribution_ratio: elderly_system.then(|| format!("{:03}", coverage.burden)),
            preschool: preschool_in(person.born, as_of.month()).then(|| "1".to_owned()),
            insurer_name: Some(coverage.insurer_name.clone()),
            elderly: coverage.elderly.map(|period| ElderlyCertificate {
                valid_from: period.from.map(Date::compact),
                valid_to: period.to.map(Date::compact),
                contribution_ratio: Some(format!("{:03}", coverage.burden)),
                ..ElderlyCertificate::default()
            }),
            reference_number: self
                .references
                .get(&reference_key(person, coverage))
                .cloned(),
            ..identity(person, as_of)
        }
    }

    /// 限度額 in the single answer: asked for with the flag, and agreed to at home.
    fn tell_limit(
        &self,
        one: &mut Qualification,
        known: &Known<'_>,
        search: &SearchInfo,
        as_of: Date,
    ) {
        let asked = search.limit_consent == Some(onshi::DisclosureConsent::Yes);
        let agreed = self.latest(known.person, Kind::Limit);
        let told = agreed.filter(|standing| asked && standing.is_live());
        let _ = one.consents.set(ViewingConsent {
            kind: LIMIT.to_owned(),
            flag: Some(if told.is_some() {
                ConsentFlag::Yes
            } else {
                ConsentFlag::No
            }),
            given_at: told.map(|standing| super::moment(standing.given)),
            available_until: None,
        });
        if told.is_some() && known.period.contains(as_of) {
            one.limit = limit(known, as_of);
        }
    }

    /// Whether a kind of a reading still holds.
    fn holds(&self, reading: &Consent, kind: Kind) -> bool {
        let standing = self.consents.standing(reading, kind);
        standing.is_some_and(|standing| standing.is_live())
    }

    /// The latest consent of a kind that somebody gave at this station.
    pub(super) fn latest(&self, person: &Insured, kind: Kind) -> Option<Standing> {
        self.consents
            .latest(kind, |reading| self.is_of(reading, person))
    }

    /// Whether a card that was read is that person's.
    pub(super) fn is_of(&self, reading: &Consent, person: &Insured) -> bool {
        self.registry
            .user(&reading.person)
            .is_some_and(|user| user.key == person.key)
    }

    fn welfare_on(&self, person: &Insured, day: Date) -> Option<Qualification> {
        Some(self.assistance(person, person.welfare_on(day)?, day))
    }

    /// 医療扶助: card class A1, with its tickets.
    fn assistance(&self, person: &Insured, welfare: &Welfare, as_of: Date) -> Qualification {
        Qualification {
            card_class: Some("A1".to_owned()),
            insurer_number: Some(padded_insurer(welfare.payer.as_str())),
            number: Some(welfare.recipient.to_string()),
            insurer_name: Some(welfare.office.clone()),
            qualification_date: welfare.period.from.map(Date::compact),
            tickets: welfare
                .tickets
                .iter()
                .map(|ticket| MedicalTicket {
                    ticket_type: Some("01".to_owned()),
                    valid_date: ticket.period.from.map(Date::compact),
                    expiration_date: ticket.period.to.map(Date::compact),
                    issue_number: Some(ticket.issue.clone()),
                    treatment_month: Some(ticket.month.compact()),
                    institution_code: Some(self.station.institution()),
                    institution_flag: Some("0".to_owned()),
                    institution_name: Some(self.station.name.clone()),
                    injury_name1: Some(person.disease.clone()),
                    treatment_type: Some("05".to_owned()),
                    self_pay_amount: Some("0".to_owned()),
                    single_or_combined: Some(
                        match person.coverage_on(ticket.month.first_day()) {
                            Some(_) => "02",
                            None => "01",
                        }
                        .to_owned(),
                    ),
                    ..MedicalTicket::default()
                })
                .collect(),
            ..identity(person, as_of)
        }
    }
}

fn wrong(code: &'static str, text: &'static str) -> Found {
    Found {
        error: Some((code, text)),
        ..Found::default()
    }
}

/// Numbers as a question has them.
struct Card<'q> {
    insurer: &'q str,
    symbol: Option<&'q str>,
    number: &'q str,
    branch: Option<&'q str>,
}

impl Card<'_> {
    /// Width, blanks, hyphens and leading zeros do not matter (in the trade's experience); a branch
    /// number only where both have one.
    fn is_of(&self, coverage: &Coverage) -> bool {
        let folded = |text: Option<&str>| text.map(fold::number).unwrap_or_default();
        let branch = match (self.branch.map(str::trim), &coverage.branch) {
            (Some(asked), Some(own)) if !asked.is_empty() => asked == own.as_str(),
            _ => true,
        };
        self.insurer == coverage.insurer.as_str()
            && folded(Some(self.number)) == folded(Some(&coverage.number))
            && folded(self.symbol) == folded(coverage.symbol.as_deref())
            && branch
    }
}

fn reference_key(person: &Insured, coverage: &Coverage) -> String {
    format!("{}/{}/{}", person.key, coverage.insurer, coverage.number)
}

fn identity(person: &Insured, as_of: Date) -> Qualification {
    let (named, lived) = (person.name_on(as_of), person.home_on(as_of));
    Qualification {
        name: named.map(|named| named.name.clone()),
        name_kana: named.map(|named| half_width(&named.kana)),
        sex: Some(onshi::Sex::from(person.sex.code())),
        birthdate: Some(person.born.compact()),
        address: lived.map(|lived| lived.address.clone()),
        post_number: lived.map(|lived| lived.post_number.clone()),
        ..Qualification::default()
    }
}

/// 限度額適用認定証 of the year in which the day lies.
fn limit(known: &Known<'_>, day: Date) -> Option<LimitCertificate> {
    let valid = benefit_year(day)?.intersect(known.period);
    Some(LimitCertificate {
        classification: Some("01".to_owned()),
        category: Some(known.coverage.limit.clone()?),
        valid_from: valid.from.map(Date::compact),
        valid_to: valid.to.map(Date::compact),
        ..LimitCertificate::default()
    })
}

/// 限度額適用認定証等の変更: whether the row before it, under the same card, had another category.
fn limit_changed(known: &Known<'_>, rows: &[Known<'_>]) -> &'static str {
    let before = rows
        .iter()
        .rfind(|row| row.period.from < known.period.from)
        .map(|row| &row.coverage.limit);
    match before {
        Some(limit) if *limit != known.coverage.limit => "1",
        _ => "0",
    }
}

/// Name of the element with the reason why a consent ended. The real one is not known.
const ENDED: &str = "SandboxConsentEnded";

/// One consent as an answer shows it. What is only told (限度額, 特定疾病) is agreed to or not; what is
/// viewed may have ended, which the answer says with flag 2 and, under a name of this sandbox's own,
/// the reason (OQSCD031).
fn show_consent(one: &mut Qualification, kind: Kind, standing: Option<Standing>) {
    let ended = standing.and_then(|standing| standing.ended);
    let flag = match (standing, ended) {
        (None, _) => ConsentFlag::No,
        (Some(_), None) => ConsentFlag::Yes,
        (Some(_), Some(_)) if kind.is_viewing() => ConsentFlag::Expired,
        (Some(_), Some(_)) => ConsentFlag::No,
    };
    if let (Some(ended), true) = (ended, kind.is_viewing()) {
        let text = format!("{}:{}", kind.element(), ended.code());
        one.extra.push(Element::leaf(ENDED, text));
    }
    let given = standing.filter(|_| flag != ConsentFlag::No);
    // All kinds have an element name, so none is given back.
    let _ = one.consents.set(ViewingConsent {
        kind: kind.element().to_owned(),
        flag: Some(flag),
        given_at: given.map(|standing| super::moment(standing.given)),
        available_until: given.and_then(|standing| standing.until).map(super::moment),
    });
}

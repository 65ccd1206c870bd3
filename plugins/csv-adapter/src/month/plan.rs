//! Which charges make which receipt: by person, month of service and the coverage of their days.

use receden::{Edition, PayerSet, PayerSlot, PersonKind, ReceiptType, System};
use reseplug_model::{Date, Month, Payer, Relationship, Yen};
use reseplug_sdk::{Fault, types};

use super::read::{Charge, MonthTable};
use crate::register::{Entry, Period, Public, Register};
use crate::settings::Settings;

/// The receipts to be, in document order.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) people: Vec<Entry>,
    pub(crate) receipts: Vec<Planned>,
}

/// One receipt to be.
#[derive(Debug)]
pub(crate) struct Planned {
    /// Index among the people.
    pub(crate) person: usize,
    pub(crate) month: Month,
    pub(crate) payer: Payer,
    /// レセプト番号 in the payer's file, from 1.
    pub(crate) number: u32,
    pub(crate) cover: Cover,
    /// The 公費 that pay something on this receipt, in recorded order.
    pub(crate) public_expenses: Vec<Public>,
    /// Ascending by day; within a day as the product has them.
    pub(crate) charges: Vec<Charge>,
    /// Which of the person's receipts of the month this is, from 1.
    pub(crate) part: u32,
}

/// Who covers the days of a receipt.
#[derive(Debug, Clone)]
pub(crate) enum Cover {
    /// An insurer.
    Insured(Box<Period>),
    /// 公費 alone.
    PublicOnly,
    /// Nobody on file: such a receipt cannot be claimed.
    Nobody(Fault),
}

impl Cover {
    pub(crate) fn insured(&self) -> Option<&Period> {
        match self {
            Self::Insured(period) => Some(period),
            Self::PublicOnly | Self::Nobody(_) => None,
        }
    }

    fn same_receipt(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Insured(a), Self::Insured(b)) => same_card(a, b),
            (Self::PublicOnly, Self::PublicOnly) | (Self::Nobody(_), Self::Nobody(_)) => true,
            _ => false,
        }
    }
}

fn same_card(a: &Period, b: &Period) -> bool {
    a.insurer == b.insurer
        && a.coverage.symbol == b.coverage.symbol
        && a.coverage.number == b.coverage.number
}

impl Plan {
    /// Gathers the charges of the month into receipts.
    pub(crate) fn make(
        settings: &Settings,
        register: &Register,
        month: &MonthTable,
    ) -> Result<Self, Fault> {
        let people = register.people(settings)?;
        let mut receipts: Vec<Planned> = Vec::new();
        for charge in month.charges(settings)? {
            let found = people
                .iter()
                .enumerate()
                .find(|(_, entry)| entry.person.key == charge.key);
            let Some((person, entry)) = found else {
                return Err(unknown_person(month, &charge));
            };
            let cover = cover(entry, month, &charge)?;
            let known = receipts.iter_mut().find(|receipt| {
                receipt.person == person
                    && receipt.month == charge.month
                    && receipt.cover.same_receipt(&cover)
            });
            match known {
                Some(receipt) => {
                    // Of two periods of one card the later one says what is true at the end.
                    if let (Cover::Insured(old), Cover::Insured(new)) = (&receipt.cover, &cover)
                        && old.days.from < new.days.from
                    {
                        receipt.cover = cover;
                    }
                    receipt.charges.push(charge);
                }
                None => {
                    let part = receipts
                        .iter()
                        .filter(|known| known.person == person && known.month == charge.month)
                        .count();
                    receipts.push(Planned {
                        person,
                        month: charge.month,
                        payer: match &cover {
                            Cover::Insured(period) => period.insurer.payer(),
                            Cover::PublicOnly | Cover::Nobody(_) => Payer::SocialInsuranceFund,
                        },
                        number: 0,
                        cover,
                        public_expenses: Vec::new(),
                        charges: vec![charge],
                        part: u32::try_from(part).unwrap_or(u32::MAX).saturating_add(1),
                    });
                }
            }
        }
        let mut plan = Self { people, receipts };
        plan.number();
        plan.find_public_expenses(month)?;
        Ok(plan)
    }

    fn number(&mut self) {
        for payer in Payer::ALL {
            let own = self
                .receipts
                .iter_mut()
                .filter(|receipt| receipt.payer == payer);
            for (number, receipt) in (1..).zip(own) {
                receipt.number = number;
                receipt.charges.sort_by_key(|charge| charge.date);
            }
        }
    }

    fn find_public_expenses(&mut self, month: &MonthTable) -> Result<(), Fault> {
        for receipt in &mut self.receipts {
            let Some(entry) = self.people.get(receipt.person) else {
                continue;
            };
            let mut found: Vec<Public> = Vec::new();
            for charge in &receipt.charges {
                for public in paying(entry, month, charge)? {
                    if !found.iter().any(|known| same_public(known, public)) {
                        found.push(public.clone());
                    }
                }
            }
            found.sort_by_key(|public| priority(public.payer.law_number()));
            receipt.public_expenses = found;
        }
        Ok(())
    }
}

fn same_public(a: &Public, b: &Public) -> bool {
    a.payer == b.payer && a.recipient == b.recipient
}

/// Place in the order in which 公費 are recorded; municipal schemes come last.
fn priority(law_number: &str) -> usize {
    Edition::r0606()
        .public_order
        .iter()
        .position(|known| known == law_number)
        .unwrap_or(usize::MAX)
}

/// The 公費 that pay a charge: those the product names, or all that hold on the day.
fn paying<'a>(
    entry: &'a Entry,
    month: &MonthTable,
    charge: &Charge,
) -> Result<Vec<&'a Public>, Fault> {
    let holds = |public: &&Public| public.days.contains(charge.date);
    let Some(slots) = &charge.public_expenses else {
        return Ok(entry.public_expenses.iter().filter(holds).collect());
    };
    slots
        .iter()
        .map(|slot| {
            entry
                .public_expenses
                .iter()
                .filter(holds)
                .find(|public| public.slot == *slot)
                .ok_or_else(|| no_such_public(entry, month, charge, *slot))
        })
        .collect()
}

/// Who covers the day of a charge.
fn cover(entry: &Entry, month: &MonthTable, charge: &Charge) -> Result<Cover, Fault> {
    let mut holding: Vec<&Period> = entry
        .periods
        .iter()
        .filter(|period| period.days.contains(charge.date))
        .collect();
    holding.sort_by_key(|period| period.days.from);
    if let (Some(first), Some(last)) = (holding.first(), holding.last()) {
        if holding.iter().all(|period| same_card(period, first)) {
            return Ok(Cover::Insured(Box::new((*last).clone())));
        }
        return Err(two_periods(entry, month, charge));
    }
    let public = entry
        .public_expenses
        .iter()
        .filter(|public| public.days.contains(charge.date));
    // 生活保護 replaces insurance; other 公費 stand alone only for people who have none.
    let alone = |public: &Public| public.payer.is_welfare() || entry.periods.is_empty();
    if public.into_iter().any(alone) {
        return Ok(Cover::PublicOnly);
    }
    Ok(Cover::Nobody(not_covered(entry, month, charge)))
}

impl Planned {
    /// Sum of the charges.
    pub(crate) fn total(&self) -> Option<Yen> {
        Yen::checked_sum(self.charges.iter().map(|charge| charge.amount))
    }

    /// Distinct days, ascending.
    pub(crate) fn days(&self) -> Vec<Date> {
        let mut days: Vec<Date> = self.charges.iter().map(|charge| charge.date).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// The payers of a charge on this receipt.
    pub(crate) fn payers(
        &self,
        entry: &Entry,
        month: &MonthTable,
        charge: &Charge,
    ) -> Result<PayerSet, Fault> {
        let mut payers = PayerSet::EMPTY;
        if self.cover.insured().is_some() {
            payers = payers.with(PayerSlot::INSURER);
        }
        for public in paying(entry, month, charge)? {
            let position = self
                .public_expenses
                .iter()
                .position(|known| same_public(known, public));
            let slot = position
                .and_then(PayerSlot::public)
                .ok_or_else(|| too_many_payers(entry))?;
            payers = payers.with(slot);
        }
        Ok(payers)
    }

    /// レセプト種別 (別表4).
    pub(crate) fn receipt_type(&self, entry: &Entry) -> Result<ReceiptType, Fault> {
        let public = u8::try_from(self.public_expenses.len()).unwrap_or(u8::MAX);
        if public > 4 {
            return Err(too_many_payers(entry));
        }
        let (system, person, payers) = match &self.cover {
            Cover::Nobody(fault) => return Err(fault.clone()),
            Cover::PublicOnly => (System::PublicOnly, PersonKind::Insured, public),
            Cover::Insured(period) => {
                let relationship = period.coverage.relationship.map(|r| match r {
                    types::Relationship::Insured => Relationship::Insured,
                    types::Relationship::Family => Relationship::Family,
                });
                let kind = PersonKind::of(
                    &period.insurer,
                    relationship,
                    entry.birth_date,
                    self.month,
                    period.coverage.burden_percent,
                )
                .map_err(|e| kind_unknown(entry, self.month, &e).at(period.place.clone()))?;
                let system = if period.insurer.is_elderly_system() {
                    System::Elderly
                } else {
                    System::Medical
                };
                (system, kind, public.saturating_add(1))
            }
        };
        Ok(ReceiptType {
            system,
            payers,
            person,
        })
    }
}

/// `利用者番号 0001 青空　花子`
pub(crate) fn who(entry: &Entry) -> String {
    format!("利用者番号 {} {}", entry.person.key, entry.person.name)
}

fn unknown_person(month: &MonthTable, charge: &Charge) -> Fault {
    let place = month.table.row_place(charge.row);
    Fault::new(
        "csv/unknown-person",
        format!(
            "「{}」{}行目の利用者番号「{}」が台帳にありません。新しい利用者なら、先に在宅で資格を確認して取り込むか（`reseplug intake`）、資格確認書を記録してください（`reseplug certificate`）。そうでなければ、台帳と算定結果を同じ時に出力し直してください。",
            place.document,
            month.table.line(charge.row),
            charge.key
        ),
        format!(
            "`{}` line {}: the register has no person `{}`. A new person: confirm the coverage at home and take it in first (`reseplug intake`), or note the certificate (`reseplug certificate`). Otherwise write register and month at the same time.",
            place.document,
            month.table.line(charge.row),
            charge.key
        ),
    )
    .at(place)
    .with("person-key", &charge.key)
}

fn about_day(
    code: &str,
    entry: &Entry,
    month: &MonthTable,
    charge: &Charge,
    ja: &str,
    en: &str,
) -> Fault {
    let line = month.table.line(charge.row);
    Fault::new(
        code,
        format!(
            "{}、{} の算定（「{}」{line}行目）: {ja}",
            who(entry),
            charge.date,
            month.table.name()
        ),
        format!(
            "Person {}, charge of {} (`{}` line {line}): {en}",
            entry.person.key,
            charge.date,
            month.table.name()
        ),
    )
    .at(month.table.row_place(charge.row))
    .with("person-key", &entry.person.key)
    .with("date", charge.date.to_string())
}

fn not_covered(entry: &Entry, month: &MonthTable, charge: &Charge) -> Fault {
    about_day(
        "csv/day-not-covered",
        entry,
        month,
        charge,
        "この日に有効な資格が台帳にありません。資格を確認し、台帳の資格の期間を直してください。",
        "the register has no coverage for that day. Confirm the coverage and correct its period.",
    )
}

fn two_periods(entry: &Entry, month: &MonthTable, charge: &Charge) -> Fault {
    about_day(
        "csv/two-periods",
        entry,
        month,
        charge,
        "この日に有効な資格が台帳に二つあります。終わった資格の終了日を入れてください。",
        "the register has two coverages for that day. Close the one that ended.",
    )
}

fn no_such_public(entry: &Entry, month: &MonthTable, charge: &Charge, slot: u8) -> Fault {
    about_day(
        "csv/public-expense-not-valid",
        entry,
        month,
        charge,
        &format!(
            "公費{slot}を使うとありますが、この日に有効な公費{slot}が台帳にありません。台帳の公費を直してください。"
        ),
        &format!("公費 {slot} is said to pay, but the register has none that holds on that day."),
    )
}

fn too_many_payers(entry: &Entry) -> Fault {
    Fault::new(
        "csv/too-many-payers",
        format!(
            "{}: 一つのレセプトに書ける公費は四つまでです。台帳の公費を確かめてください。",
            who(entry)
        ),
        format!(
            "Person {}: a receipt can have four 公費 at most.",
            entry.person.key
        ),
    )
    .with("person-key", &entry.person.key)
}

fn kind_unknown(entry: &Entry, month: Month, error: &receden::PersonKindError) -> Fault {
    let what = match error {
        receden::PersonKindError::BurdenUnknown => "負担割合",
        receden::PersonKindError::RelationshipUnknown => "本人・家族の別",
    };
    Fault::new(
        "csv/kind-unknown",
        format!("{}、{month} 分: 台帳に{what}がないため、レセプト種別を決められません。台帳に入力してください。", who(entry)),
        format!("Person {}, {month}: the receipt type cannot be told: {error}.", entry.person.key),
    )
    .with("person-key", &entry.person.key)
}

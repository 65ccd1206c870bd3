use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use reseplug_model::{Date, Month, age_on};

use super::Rule;
use super::facts::{Charge, Facts};
use super::subject::{At, Subject};
use crate::master::{ChargeEntry, Master, Price, Unit};
use crate::receipt_type::System;

/// Rules of the master of charges, for one file.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// Months of which it was said that no master speaks of them.
    told: BTreeSet<Month>,
}

/// A charge with its entry.
struct Known<'k, 'a> {
    charge: &'k Charge<'a>,
    entry: &'k ChargeEntry,
    day: Date,
}

impl Rules {
    pub(super) fn check(&mut self, subject: &mut Subject<'_>, facts: &Facts<'_>) {
        let masters = subject.options.masters;
        let Some(month) = facts.re.month.filter(|_| !masters.is_empty()) else {
            return;
        };
        // Charges are revised together with the edition: an older master says nothing about a newer one.
        let of_this_edition = |master: &&Master| {
            let trade = subject.file.trade();
            subject.options.editions.of(trade, master.revised()).id == subject.edition.id
                && subject.edition.is_compared_for(month)
        };
        let Some(master) = masters.of(month).filter(of_this_edition) else {
            if self.told.insert(month) {
                subject.report(
                    Rule::MasterUnknown,
                    At::Field(facts.re.index, 4),
                    &[("value", &month)],
                );
            }
            return;
        };
        let mut known = Vec::with_capacity(facts.charges.len());
        for charge in &facts.charges {
            let (Some(code), Some(day)) = (charge.number, charge.day) else {
                continue;
            };
            match master.charge(code, day) {
                Some(entry) => known.push(Known { charge, entry, day }),
                None => subject.report(
                    Rule::NotInMaster,
                    At::Field(charge.index, 4),
                    &[("day", &day)],
                ),
            }
        }
        for (n, this) in known.iter().enumerate() {
            price(subject, this, known.get(n + 1));
            kinds(subject, this);
            person(subject, facts, this);
            addition(subject, master, this, &known);
        }
        limits(subject, master, &known);
        incompatible(subject, master, &known);
    }
}

fn report(
    subject: &mut Subject<'_>,
    rule: Rule,
    this: &Known<'_, '_>,
    field: usize,
    args: &[(&str, &dyn Display)],
) {
    let mut all: Vec<(&str, &dyn Display)> = vec![("charge", &this.entry.name)];
    all.extend_from_slice(args);
    subject.report(rule, At::Field(this.charge.index, field), &all);
}

/// The amount; a charge by percentage directly under it is added.
fn price(subject: &mut Subject<'_>, this: &Known<'_, '_>, next: Option<&Known<'_, '_>>) {
    let quantity = this.charge.quantity;
    if this.entry.has_quantity == quantity.is_empty() {
        let (ja, en) = if this.entry.has_quantity {
            ("数量が必要です", "it has a quantity")
        } else {
            ("数量は記録しません", "it has no quantity")
        };
        report(
            subject,
            Rule::QuantityKind,
            this,
            5,
            &[("wanted", &ja), ("wanted_en", &en)],
        );
    }
    let unit = match this.entry.price {
        Price::Yen(yen) => u64::from(yen),
        Price::Points(points) => u64::from(points) * 10,
        Price::Percent(_) | Price::Unknown => return,
    };
    // What a step of the quantity costs is not read from the master.
    if this.entry.has_quantity {
        return;
    }
    let percent = match next {
        Some(next) if next.day == this.day => match next.entry.price {
            Price::Percent(percent) => u64::from(percent),
            _ => 0,
        },
        _ => 0,
    };
    let hundredfold = unit * (100 + percent);
    let Some(amount) = this.charge.amount else {
        return;
    };
    // How a part of a yen is rounded is not known.
    if hundredfold.is_multiple_of(100) && amount.0 != hundredfold / 100 {
        let wanted = hundredfold / 100;
        report(
            subject,
            Rule::Price,
            this,
            6,
            &[("value", &amount), ("wanted", &wanted)],
        );
    }
}

/// 職種等, 同日訪問回数, 指示区分.
fn kinds(subject: &mut Subject<'_>, this: &Known<'_, '_>) {
    let entry = this.entry;
    // The first code is the person mainly in charge; the others may accompany.
    let staff = this.charge.staff;
    let first = staff
        .get(..2)
        .and_then(|code| std::str::from_utf8(code).ok()?.parse::<u8>().ok())
        .and_then(|code| code.checked_sub(1))
        .map(|code| code % 10 + 1);
    let wanted = match (entry.staff.single.is_empty(), entry.staff.accompanied) {
        (true, false) if !staff.is_empty() => {
            Some(("記録しません".to_owned(), "none is recorded".to_owned()))
        }
        (true, true) if staff.len() < 4 => Some((
            "同行した職種を並べて記録します".to_owned(),
            "the codes of all who went".to_owned(),
        )),
        (false, false) if first.is_none_or(|first| !entry.staff.single.contains(&first)) => {
            let codes: Vec<String> = entry
                .staff
                .single
                .iter()
                .map(|c| format!("{c:02}"))
                .collect();
            let codes = codes.join("・");
            Some((codes.clone(), codes))
        }
        _ => None,
    };
    if let Some((ja, en)) = wanted {
        let args: [(&str, &dyn Display); 2] = [("wanted", &ja), ("wanted_en", &en)];
        report(subject, Rule::Staff, this, 7, &args);
    }
    let visits = this.charge.visits;
    let wanted = match entry.visits {
        0 if !visits.is_empty() => Some(("記録しません", "none is recorded")),
        1 if visits.is_empty() => Some(("01～03", "01 to 03")),
        2 if visits != b"02" => Some(("02", "02")),
        3 if visits != b"03" => Some(("03", "03")),
        _ => None,
    };
    if let Some((ja, en)) = wanted {
        let args: [(&str, &dyn Display); 2] = [("wanted", &ja), ("wanted_en", &en)];
        report(subject, Rule::Visits, this, 8, &args);
    }
    let instruction = this.charge.instruction;
    let allowed: Vec<String> = entry
        .instructions
        .iter()
        .map(|kind| format!("{kind:02}"))
        .collect();
    let fits = if allowed.is_empty() {
        instruction.is_empty()
    } else {
        allowed.iter().any(|kind| kind.as_bytes() == instruction)
    };
    if !fits {
        let codes = allowed.join("・");
        let (ja, en) = if allowed.is_empty() {
            ("記録しません", "none is recorded")
        } else {
            (codes.as_str(), codes.as_str())
        };
        let args: [(&str, &dyn Display); 2] = [("wanted", &ja), ("wanted_en", &en)];
        report(subject, Rule::InstructionKind, this, 9, &args);
    }
}

/// 年齢 and 後期区分.
fn person(subject: &mut Subject<'_>, facts: &Facts<'_>, this: &Known<'_, '_>) {
    let (low, high) = this.entry.age;
    if let Some(age) = facts.re.birth.and_then(|birth| age_on(birth, this.day))
        && (low.is_some_and(|low| age < low) || high.is_some_and(|high| age >= high))
    {
        let bound = |ja: &str, years: Option<u16>| {
            years
                .map(|years| format!("{years}歳{ja}"))
                .unwrap_or_default()
        };
        let ja = bound("以上", low) + &bound("未満", high);
        let en = match (low, high) {
            (Some(low), Some(high)) => format!("people from {low} to below {high}"),
            (Some(low), None) => format!("people from {low}"),
            (None, high) => format!("people below {}", high.unwrap_or_default()),
        };
        report(
            subject,
            Rule::Age,
            this,
            4,
            &[
                ("wanted", &ja),
                ("wanted_en", &en),
                ("day", &this.day),
                ("value", &age),
            ],
        );
    }
    let elderly = facts.re.kind.map(|kind| kind.system == System::Elderly);
    let wanted = match (this.entry.elderly, elderly) {
        (1, Some(true)) => ("医療保険", "people of medical insurance"),
        (2, Some(false)) => ("後期高齢者医療", "people of 後期高齢者医療"),
        _ => return,
    };
    let (ja, en) = wanted;
    let args: [(&str, &dyn Display); 2] = [("wanted", &ja), ("wanted_en", &en)];
    report(subject, Rule::ElderlyCharge, this, 4, &args);
}

/// An addition needs a charge of its group: additions to 管理療養費 within the month, others on the day.
fn addition(
    subject: &mut Subject<'_>,
    master: &Master,
    this: &Known<'_, '_>,
    all: &[Known<'_, '_>],
) {
    let code = this.entry.code;
    if this.entry.alone || !master.is_addition(code) {
        return;
    }
    let whole_month = code / 10_000_000 == 55;
    let has_base = all.iter().any(|other| {
        (whole_month || other.day == this.day)
            && other
                .entry
                .group
                .as_deref()
                .is_some_and(|group| master.adds(group, code, this.day))
    });
    if !has_base {
        let when: &dyn Display = if whole_month { &"この月" } else { &this.day };
        report(subject, Rule::AdditionAlone, this, 4, &[("day", when)]);
    }
}

fn limits(subject: &mut Subject<'_>, master: &Master, known: &[Known<'_, '_>]) {
    let mut counts: BTreeMap<(u32, Unit, Date), u32> = BTreeMap::new();
    for this in known {
        for limit in master.limits(this.entry.code, this.day) {
            let key = (this.entry.code, limit.unit, limit.unit.of(this.day));
            let count = counts.entry(key).or_default();
            *count += 1;
            // Once, where the limit is passed.
            if *count == limit.most.saturating_add(1) {
                let of_unit = known.iter().filter(|other| {
                    other.entry.code == this.entry.code
                        && limit.unit.of(other.day) == limit.unit.of(this.day)
                });
                let value = of_unit.count();
                report(
                    subject,
                    Rule::Limit,
                    this,
                    4,
                    &[
                        ("unit", &limit.unit.name_ja()),
                        ("unit_en", &limit.unit.name_en()),
                        ("value", &value),
                        ("wanted", &limit.most),
                    ],
                );
            }
        }
    }
}

fn incompatible(subject: &mut Subject<'_>, master: &Master, known: &[Known<'_, '_>]) {
    // One finding for two codes and a unit of time, however often they meet in it.
    let mut told = BTreeSet::new();
    for (n, this) in known.iter().enumerate() {
        for other in known.iter().take(n) {
            let (a, b) = (this.entry.code, other.entry.code);
            if a == b {
                continue;
            }
            for unit in master.incompatible(a, b, this.day) {
                let when = unit.of(this.day);
                if when == unit.of(other.day) && told.insert((a.min(b), a.max(b), unit, when)) {
                    report(
                        subject,
                        Rule::Incompatible,
                        this,
                        4,
                        &[
                            ("other", &other.entry.name),
                            ("line", &(other.charge.index + 1)),
                            ("unit", &unit.name_ja()),
                            ("unit_en", &unit.name_en()),
                        ],
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_on_sunday() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        // 2024-10-06 is a Sunday.
        assert_eq!(Unit::Week.of(day("2024-10-12")), day("2024-10-06"));
        assert_eq!(Unit::Week.of(day("2024-10-06")), day("2024-10-06"));
        assert_eq!(Unit::Week.of(day("2024-10-05")), day("2024-09-29"));
        assert_eq!(Unit::Month.of(day("2024-10-31")), day("2024-10-01"));
    }
}

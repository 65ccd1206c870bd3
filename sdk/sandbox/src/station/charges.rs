//! What the product has computed: a receipt's charge lines.

use super::{Charge, Person};
use reseplug_model::{Date, Yen};

/// One line of a receipt (KA).
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// 算定年月日
    pub date: Date,
    /// What.
    pub charge: &'a Charge,
}

/// The charge lines of a person's month, by day; within a day 基本, 管理, 加算.
pub fn lines(person: &Person) -> Vec<Line<'_>> {
    let care = &person.care;
    let mut lines = Vec::new();
    for (nth, date) in person.visits.iter().copied().enumerate() {
        let managed: &[Charge] = if nth == 0 { &care.first } else { &care.later };
        let monthly: &[Charge] = if nth == 0 { &care.month } else { &[] };
        let day = care.visit.iter().chain(managed).chain(monthly);
        lines.extend(day.map(|charge| Line { date, charge }));
    }
    lines
}

/// Their sum.
pub(super) fn total(lines: &[Line<'_>]) -> Option<Yen> {
    Yen::checked_sum(lines.iter().map(|line| line.charge.yen))
}

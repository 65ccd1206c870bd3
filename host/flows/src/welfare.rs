//! 医療扶助: what a 医療券 allows to be written, and what of a 公費 is only shown.

use crate::answers::Validity;
use crate::coverage::{parse_period, period_to_contract};
use crate::decide::{GroupOutcome, Reason};
use reseplug_engine::contract;
use reseplug_model::{Month, Period};
use serde::{Deserialize, Serialize};

/// 法別 of 生活保護の医療扶助, the only 公費 that オンライン資格確認 answers for.
const WELFARE: &str = "12";

/// A 公費 on file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expense {
    /// 公費負担者番号
    pub payer: String,
    /// 受給者番号
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// 有効期間
    #[serde(default)]
    pub period: Period,
}

impl Expense {
    /// Reads the contract's record; nothing where its days cannot be read.
    pub(crate) fn parse(from: &contract::PublicExpense) -> Option<Self> {
        Some(Self {
            payer: from.payer_number.clone(),
            recipient: from.recipient_number.clone(),
            period: parse_period(&from.period).ok()?,
        })
    }

    /// The contract's record.
    pub(crate) fn to_contract(&self) -> contract::PublicExpense {
        contract::PublicExpense {
            payer_number: self.payer.clone(),
            recipient_number: self.recipient.clone(),
            period: period_to_contract(self.period),
            extra: Vec::new(),
        }
    }

    /// 医療扶助
    pub fn is_welfare(&self) -> bool {
        self.payer.starts_with(WELFARE)
    }
}

/// `12990016 7654320`
impl std::fmt::Display for Expense {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.payer)?;
        match &self.recipient {
            Some(recipient) => write!(f, " {recipient}"),
            None => Ok(()),
        }
    }
}

/// One 医療券 that an answer carried.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    /// Id of the evidence.
    pub evidence: String,
    /// 資格有効性 of the answer.
    pub validity: Validity,
    /// 公費負担者番号 and 受給者番号 of the 医療扶助 it belongs to.
    pub expense: Expense,
    /// 有効期間 of the 医療券 itself; open where it states none.
    pub valid: Period,
    /// 診療年月
    pub month: Option<Month>,
    /// 券別: `01` is 医療券.
    pub ticket_type: Option<String>,
    /// 診療別: `05` is 訪問看護.
    pub treatment: Option<String>,
    /// 指定医療機関コード
    pub institution_code: Option<String>,
    /// 0 一致, 1 不一致
    pub institution_flag: Option<String>,
    /// `1` 不整合あり
    pub consistency: Option<String>,
}

impl Ticket {
    /// Why it must not be used for a month of home-visit nursing by this station (its 10-digit
    /// 医療機関コード, or the 7-digit code within it); nothing where it may. What a ticket does not say
    /// it does not allow.
    pub fn problem(&self, month: Month, station: &str) -> Option<Reason> {
        let is = |value: &Option<String>, wanted: &str| value.as_deref() == Some(wanted);
        if self.month != Some(month) {
            return Some(Reason::TicketOtherMonth);
        }
        if self.validity == Validity::ValidUnregistered {
            return Some(Reason::TicketUnregistered);
        }
        if self.validity != Validity::Valid {
            return Some(Reason::NotValid);
        }
        if !is(&self.treatment, "05") {
            return Some(Reason::TicketOtherCare);
        }
        if !is(&self.ticket_type, "01") {
            return Some(Reason::TicketOtherType);
        }
        let ours = match self.institution_flag.as_deref() {
            Some("0") => true,
            Some(_) => false,
            None => self.institution_code.as_deref().is_some_and(|code| {
                !code.is_empty() && (code == station || station.ends_with(code) && code.len() >= 7)
            }),
        };
        if !ours {
            return Some(Reason::TicketOtherStation);
        }
        if !self.valid.overlaps(Period::from(month)) {
            return Some(Reason::TicketOutsidePeriod);
        }
        is(&self.consistency, "1").then_some(Reason::TicketInconsistent)
    }
}

/// What becomes of somebody's 医療扶助 in a month.
#[derive(Debug, Clone, PartialEq)]
pub struct WelfareDecision<'t> {
    /// How it ends.
    pub outcome: GroupOutcome,
    /// Why a person is needed, if one is.
    pub reason: Option<Reason>,
    /// The ticket it rests on.
    pub ticket: Option<&'t Ticket>,
}

/// Judges a month's 医療扶助 on file by the tickets there are. Nothing where there is neither.
pub fn judge<'t>(
    on_file: &[Expense],
    tickets: &'t [Ticket],
    month: Month,
    station: &str,
) -> Option<WelfareDecision<'t>> {
    let days = Period::from(month);
    let held: Vec<&Expense> = on_file
        .iter()
        .filter(|own| own.is_welfare() && own.period.overlaps(days))
        .collect();
    let fits = |ticket: &&Ticket| ticket.problem(month, station).is_none();
    let decision = |outcome, reason, ticket| WelfareDecision {
        outcome,
        reason,
        ticket,
    };
    if let Some(ticket) = tickets.iter().rfind(fits) {
        let same = |own: &&Expense| {
            own.payer == ticket.expense.payer && own.recipient == ticket.expense.recipient
        };
        return Some(if held.iter().any(same) {
            decision(GroupOutcome::Same, None, Some(ticket))
        } else if held.is_empty() {
            decision(GroupOutcome::Fill, None, Some(ticket))
        } else {
            decision(
                GroupOutcome::Differs,
                Some(Reason::WelfareDiffers),
                Some(ticket),
            )
        });
    }
    // The one for this month says most about what is wrong.
    let nearest = tickets
        .iter()
        .rfind(|ticket| ticket.month == Some(month))
        .or(tickets.last());
    match (nearest, held.is_empty()) {
        (None, true) => None,
        (None, false) => Some(decision(
            GroupOutcome::NoAnswer,
            Some(Reason::TicketMissing),
            None,
        )),
        // A ticket of another month says nothing about somebody without 医療扶助 in this one.
        (Some(ticket), true) if ticket.month != Some(month) => None,
        (Some(ticket), _) => Some(decision(
            GroupOutcome::NoAnswer,
            ticket.problem(month, station),
            Some(ticket),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATION: &str = "1369999998";

    fn month() -> Month {
        Month::parse("2024-10").unwrap()
    }

    fn expense(payer: &str, recipient: &str) -> Expense {
        Expense {
            payer: payer.into(),
            recipient: Some(recipient.into()),
            period: Period::ALWAYS,
        }
    }

    fn ticket() -> Ticket {
        Ticket {
            evidence: "ev".into(),
            validity: Validity::Valid,
            expense: expense("12990016", "7654320"),
            valid: Period::ALWAYS,
            month: Some(month()),
            ticket_type: Some("01".into()),
            treatment: Some("05".into()),
            institution_code: None,
            institution_flag: Some("0".into()),
            consistency: None,
        }
    }

    #[test]
    fn a_ticket_that_fits_fills_what_is_not_on_file_and_confirms_what_is() {
        let tickets = [ticket()];
        let judged = judge(&[], &tickets, month(), STATION).unwrap();
        assert_eq!((judged.outcome, judged.reason), (GroupOutcome::Fill, None));
        let held = [expense("12990016", "7654320")];
        let judged = judge(&held, &tickets, month(), STATION).unwrap();
        assert_eq!(judged.outcome, GroupOutcome::Same);
        let other = [expense("12990016", "1111111")];
        let judged = judge(&other, &tickets, month(), STATION).unwrap();
        assert_eq!(judged.reason, Some(Reason::WelfareDiffers));
    }

    #[test]
    fn a_ticket_that_does_not_fit_says_why() {
        let held = [expense("12990016", "7654320")];
        type Change = fn(&mut Ticket);
        let cases: [(&str, Change, Reason); 9] = [
            (
                "another month",
                |t| t.month = Month::parse("2024-09").ok(),
                Reason::TicketOtherMonth,
            ),
            (
                "outpatient",
                |t| t.treatment = Some("02".into()),
                Reason::TicketOtherCare,
            ),
            (
                "no kind of care",
                |t| t.treatment = None,
                Reason::TicketOtherCare,
            ),
            (
                "調剤券",
                |t| t.ticket_type = Some("02".into()),
                Reason::TicketOtherType,
            ),
            (
                "another station",
                |t| t.institution_flag = Some("1".into()),
                Reason::TicketOtherStation,
            ),
            (
                "no station",
                |t| t.institution_flag = None,
                Reason::TicketOtherStation,
            ),
            (
                "over before the month",
                |t| t.valid = Period::new(None, reseplug_model::Date::parse("2024-09-30").ok()),
                Reason::TicketOutsidePeriod,
            ),
            (
                "inconsistent",
                |t| t.consistency = Some("1".into()),
                Reason::TicketInconsistent,
            ),
            (
                "not registered",
                |t| t.validity = Validity::ValidUnregistered,
                Reason::TicketUnregistered,
            ),
        ];
        for (name, change, reason) in cases {
            let mut one = ticket();
            change(&mut one);
            let tickets = [one];
            let judged = judge(&held, &tickets, month(), STATION).unwrap();
            assert_eq!(
                (judged.outcome, judged.reason),
                (GroupOutcome::NoAnswer, Some(reason)),
                "{name}"
            );
        }
        let missing = judge(&held, &[], month(), STATION).unwrap();
        assert_eq!(missing.reason, Some(Reason::TicketMissing));
        assert_eq!(judge(&[], &[], month(), STATION), None);
    }

    #[test]
    fn a_ticket_without_a_flag_fits_when_it_names_this_station() {
        let mut one = ticket();
        one.institution_flag = None;
        one.institution_code = Some(STATION.into());
        assert_eq!(one.problem(month(), STATION), None);
        one.institution_code = Some("9999998".into());
        assert_eq!(one.problem(month(), STATION), None);
        one.institution_code = Some("1360000000".into());
        assert_eq!(
            one.problem(month(), STATION),
            Some(Reason::TicketOtherStation)
        );
    }
}

use reseplug_model::{
    Payer, PublicPayerNumber, age_on, elderly_recipient_from, has_missing_glyph, preschool_in,
    turns_75_on,
};

use super::Rule;
use super::facts::{Facts, Re};
use super::subject::{At, Subject, shown};
use crate::edit::INCOME;
use crate::parts::PublicExpense;
use crate::payers::{PayerSet, PayerSlot};
use crate::receipt::Receipt;
use crate::receipt_type::{PersonKind, ReceiptType, System};
use crate::repertoire;

/// Rules about the person and the payers: RE, HO, KO, SN, JD, MF against each other.
pub(super) fn check(subject: &mut Subject<'_>, receipt: &Receipt<'_>, facts: &Facts<'_>) {
    person(subject, facts);
    if let Some(kind) = facts.re.kind {
        payer_count(subject, facts, kind);
        age(subject, facts, kind);
        remarks(subject, facts, kind);
    }
    insurer(subject, facts);
    public_expenses(subject, receipt, facts);
    confirmations(subject, receipt, facts);
    days(subject, receipt, facts);
    copay(subject, receipt, facts);
}

fn person(subject: &mut Subject<'_>, facts: &Facts<'_>) {
    let Re {
        index: re,
        month,
        birth,
        name,
        kana,
        search,
        ..
    } = facts.re;
    if let Some(name) = name {
        if !one_blank_inside(name.bytes()) {
            subject.report(Rule::NameBlank, At::Field(re, 5), &[("value", &name)]);
        }
        if may_miss_a_glyph(name.bytes()) && has_missing_glyph(&name.decode()) {
            subject.report(Rule::MissingGlyph, At::Field(re, 5), &[("value", &name)]);
        }
    }
    if let Some(kana) = kana
        && !repertoire::codes(kana.bytes()).all(|(_, code)| is_kana(code))
        && let Some(character) = kana
            .decode()
            .chars()
            .find(|c| !matches!(c, 'ァ'..='ヶ' | 'ー'))
    {
        subject.report(Rule::Kana, At::Field(re, 6), &[("character", &character)]);
    }
    let is_number = (17..=30).contains(&search.len()) && search.iter().all(u8::is_ascii_digit);
    if !search.is_empty() && !is_number {
        subject.report(Rule::SearchNumber, At::Field(re, 15), &[]);
    }
    if let (Some(birth), Some(month)) = (birth, month)
        && birth.month() > month
    {
        subject.report(Rule::BornLater, At::Field(re, 8), &[]);
    }
    if let (Some(month), Some(filed)) = (month, subject.filed)
        && month >= filed
    {
        subject.report(
            Rule::MonthOrder,
            At::Field(re, 4),
            &[("value", &month), ("wanted", &filed)],
        );
    }
}

/// Marks that stand for a character somebody could not show begin with this byte, as few names do.
fn may_miss_a_glyph(name: &[u8]) -> bool {
    memchr::memchr(0x81, name).is_some_and(|_| {
        repertoire::codes(name).any(|(_, code)| matches!(code, [0x81, second] if *second != 0x40))
    })
}

/// One blank of the text's own width, neither in front nor behind.
fn one_blank_inside(name: &[u8]) -> bool {
    const FULL: &[u8] = b"\x81\x40";
    let wide = repertoire::codes(name).any(|(_, code)| code.len() == 2 && code != FULL);
    let wanted = if wide { FULL } else { b" " };
    let mut blanks = repertoire::codes(name).filter(|(_, code)| matches!(*code, b" " | FULL));
    match (blanks.next(), blanks.next()) {
        (Some((at, code)), None) => code == wanted && at > 0 && at + code.len() < name.len(),
        _ => false,
    }
}

/// ァ…ヶ and ー.
fn is_kana(code: &[u8]) -> bool {
    matches!(code, [0x83, 0x40..=0x7E | 0x80..=0x96] | [0x81, 0x5B])
}

fn payer_count(subject: &mut Subject<'_>, facts: &Facts<'_>, kind: ReceiptType) {
    let re = facts.re.index;
    let found = facts.publics + usize::from(facts.payers.contains(PayerSlot::INSURER));
    if found != usize::from(kind.payers) {
        subject.report(
            Rule::PayerCount,
            At::Field(re, 3),
            &[("wanted", &kind.payers), ("found", &found)],
        );
    }
    let Some(number) = facts.ho.as_ref().and_then(|ho| ho.number) else {
        return;
    };
    let fits = match kind.system {
        System::Medical => !number.is_elderly_system(),
        System::Elderly => number.is_elderly_system(),
        // A receipt without insurance has no HO; the order of records says so.
        System::PublicOnly => true,
    };
    if !fits {
        subject.report(Rule::System, At::Field(re, 3), &[("insurer", &number)]);
    }
    if !facts.re.benefit.is_empty() && number.law_number().is_some() {
        subject.report(Rule::BenefitPercent, At::Field(re, 11), &[]);
    }
    let mut remarks = facts.re.remarks.chunks(2);
    if !number.is_elderly_system()
        && let Some(remark) = remarks.find(|code| matches!(*code, b"41" | b"42"))
    {
        subject.report(
            Rule::ElderlyRemark,
            At::Field(re, 12),
            &[("value", &shown(remark))],
        );
    }
}

/// RE12 and RE13 against the kind of person and the age.
fn remarks(subject: &mut Subject<'_>, facts: &Facts<'_>, kind: ReceiptType) {
    let re = &facts.re;
    let codes = re.remarks.chunks(2);
    let of_income = |code: &[u8]| INCOME.iter().any(|known| known.as_bytes() == code);
    if codes.clone().filter(|code| of_income(code)).count() > 1 {
        subject.report(Rule::SeveralIncomeCodes, At::Field(re.index, 12), &[]);
    }
    let elderly = kind.system == System::Elderly
        || matches!(
            kind.person,
            PersonKind::ElderlyGeneral | PersonKind::ElderlyHigh
        );
    if !re.copay_kind.is_empty() && kind.has_insurer() && !elderly {
        subject.report(Rule::CopayKindAge, At::Field(re.index, 13), &[]);
    }
    let (Some(birth), Some(month)) = (re.birth, re.month) else {
        return;
    };
    // Someone born on the first of a month becomes 75 with the month: no limit is halved then.
    let turns =
        turns_75_on(birth).is_some_and(|day| month.contains(day) && day != month.first_day());
    let half = codes.clone().any(|code| code == b"21");
    let (rule, at) = match (half, turns, kind.has_insurer()) {
        (true, false, _) => (Rule::HalfLimit, At::Field(re.index, 12)),
        (false, true, true) => (Rule::HalfLimitMissing, At::Field(re.index, 12)),
        _ => return,
    };
    subject.report(rule, at, &[("month", &month)]);
}

fn age(subject: &mut Subject<'_>, facts: &Facts<'_>, kind: ReceiptType) {
    let (Some(birth), Some(month)) = (facts.re.birth, facts.re.month) else {
        return;
    };
    let young = age_on(birth, month.last_day()).is_some_and(|age| age < 65);
    if kind.system == System::Elderly && young {
        let at = At::Field(facts.re.index, 3);
        subject.report(Rule::ElderlyTooYoung, at, &[("month", &month)]);
    }
    if kind.system != System::Medical || birth.month() > month {
        return;
    }
    let at = At::Field(facts.re.index, 3);
    if turns_75_on(birth).is_some_and(|day| day <= month.first_day()) {
        subject.report(Rule::Over75, at, &[("month", &month)]);
    }
    let preschool = preschool_in(birth, month);
    if preschool != (kind.person == PersonKind::Preschool) {
        let (is, is_en) = if preschool {
            ("未就学者", "a preschooler")
        } else {
            ("未就学者以外", "no preschooler")
        };
        subject.report(
            Rule::Preschool,
            at,
            &[("month", &month), ("is", &is), ("is_en", &is_en)],
        );
    }
    let elderly = elderly_recipient_from(birth).is_some_and(|from| from <= month);
    if elderly
        != matches!(
            kind.person,
            PersonKind::ElderlyGeneral | PersonKind::ElderlyHigh
        )
    {
        let (is, is_en) = if elderly {
            ("高齢受給者（70歳以上）", "70 or older")
        } else {
            ("70歳未満", "younger than 70")
        };
        subject.report(
            Rule::ElderlyKind,
            at,
            &[("month", &month), ("is", &is), ("is_en", &is_en)],
        );
    }
}

fn insurer(subject: &mut Subject<'_>, facts: &Facts<'_>) {
    let Some(ho) = &facts.ho else {
        // 公費 alone goes to the 支払基金.
        let alone = facts.re.kind.is_some_and(|kind| !kind.has_insurer());
        if let Some(payer) = subject.payer
            && alone
            && payer != Payer::SocialInsuranceFund
        {
            let wanted = Payer::SocialInsuranceFund.name_ja();
            subject.report(
                Rule::OtherPayer,
                At::Field(facts.re.index, 3),
                &[
                    ("header", &payer.name_ja()),
                    ("wanted", &wanted),
                    ("value", &"公費単独"),
                ],
            );
        }
        return;
    };
    let at = |field| At::Field(ho.index, field);
    if ho.recorded.len() == 8 {
        let form_ok = ho.recorded.iter().all(u8::is_ascii_digit)
            || matches!(ho.recorded, [b' ', b' ', rest @ ..] if rest.iter().all(u8::is_ascii_digit));
        if !form_ok {
            subject.report(Rule::InsurerForm, at(2), &[]);
        }
    }
    if let Some(number) = ho.number {
        if !number.check_digit_ok() {
            subject.report_check_digit(Rule::InsurerDigit, at(2), &number);
        }
        if let Some(payer) = subject.payer
            && payer != number.payer()
        {
            subject.report(
                Rule::OtherPayer,
                at(2),
                &[
                    ("header", &payer.name_ja()),
                    ("wanted", &number.payer().name_ja()),
                    ("value", &number),
                ],
            );
        }
        if !ho.symbol.is_empty() && number.is_elderly_system() {
            subject.report(Rule::ElderlySymbol, at(3), &[("value", &shown(ho.symbol))]);
        }
    }
    let length = ho.symbol.len() + ho.card.len();
    if length > 38 {
        subject.report(Rule::CardLength, at(4), &[("length", &length)]);
    }
    // 枝, （ and ( in the bytes of the file.
    if repertoire::codes(ho.card).any(|(_, code)| matches!(code, b"\x8E\x7D" | b"\x81\x69" | b"("))
    {
        subject.report(Rule::BranchInNumber, at(4), &[]);
    }
    let rules = (Rule::InsurerDays, Rule::InsurerTotal);
    sums(
        subject,
        facts,
        PayerSlot::INSURER,
        ho.index,
        (ho.days, ho.total),
        rules,
    );
    if ho.days == Some(0) && facts.charges.iter().any(|charge| !charge.visits.is_empty()) {
        subject.report(Rule::NoDays, at(5), &[]);
    }
}

/// 実日数 and 合計金額 (fields 5 and 6 of HO and KO) against JD and KA.
fn sums(
    subject: &mut Subject<'_>,
    facts: &Facts<'_>,
    payer: PayerSlot,
    index: usize,
    stated: (Option<u8>, Option<reseplug_model::Yen>),
    rules: (Rule, Rule),
) {
    if let (Some(days), Some(table)) = (stated.0, facts.days_of(payer)) {
        let counted = table.counted.count_ones();
        if u32::from(days) != counted {
            subject.report(
                rules.0,
                At::Field(index, 5),
                &[("value", &days), ("wanted", &counted)],
            );
        }
    }
    if let (Some(total), Some(sum)) = (stated.1, facts.total_of(payer))
        && total != sum
    {
        subject.report(
            rules.1,
            At::Field(index, 6),
            &[("value", &total), ("wanted", &sum)],
        );
    }
}

fn public_expenses(subject: &mut Subject<'_>, receipt: &Receipt<'_>, facts: &Facts<'_>) {
    let edition = subject.edition;
    let mut before: Option<(usize, PublicPayerNumber)> = None;
    for public in receipt.public_expenses() {
        let ko = public.line() - 1;
        public_numbers(subject, public, ko);
        if let Ok(number) = public.payer_number() {
            let rank = edition
                .public_order
                .iter()
                .position(|law| law == number.law_number());
            if let (Some(rank), Some((earlier, first))) = (rank, &before)
                && rank < *earlier
            {
                subject.report(
                    Rule::PublicOrder,
                    At::Field(ko, 2),
                    &[
                        ("value", &number.law_number()),
                        ("before", &first.law_number()),
                    ],
                );
            }
            if let Some(rank) = rank {
                before = Some((rank, number));
            }
        }
        let filled = |field| {
            public
                .record()
                .raw(field)
                .is_some_and(|raw| !raw.is_empty())
        };
        let insurer = facts.ho.as_ref();
        let national = insurer.and_then(|ho| ho.number.map(|n| n.law_number().is_none()));
        if filled(4) && national != Some(true) {
            subject.report(Rule::VoluntaryNational, At::Field(ko, 4), &[]);
        }
        if filled(8) && insurer.is_none() {
            subject.report(Rule::PartOfNoCopay, At::Field(ko, 8), &[]);
        }
        if let Some(slot) = public.slot() {
            let stated = (public.days().ok(), public.total().ok());
            sums(
                subject,
                facts,
                slot,
                ko,
                stated,
                (Rule::PublicDays, Rule::PublicTotal),
            );
        }
    }
}

fn public_numbers(subject: &mut Subject<'_>, public: PublicExpense<'_>, ko: usize) {
    let record = public.record();
    let digits = |field: usize, length: usize| {
        record.raw(field).is_none_or(|raw| {
            raw.is_empty() || (raw.len() == length && raw.iter().all(u8::is_ascii_digit))
        })
    };
    if !digits(2, 8) {
        subject.report(Rule::PublicForm, At::Field(ko, 2), &[]);
    }
    if !digits(3, 7) {
        subject.report(Rule::RecipientForm, At::Field(ko, 3), &[]);
    }
    let Ok(number) = public.payer_number() else {
        return;
    };
    if !number.check_digit_ok() {
        subject.report_check_digit(Rule::PublicDigit, At::Field(ko, 2), &number);
    }
    match public.recipient_number() {
        Ok(Some(recipient)) if !recipient.check_digit_ok() => {
            subject.report_check_digit(Rule::RecipientDigit, At::Field(ko, 3), &recipient);
        }
        Ok(None) if number.law_number() != "30" => {
            subject.report(Rule::NoRecipient, At::Field(ko, 3), &[]);
        }
        _ => {}
    }
}

fn confirmations(subject: &mut Subject<'_>, receipt: &Receipt<'_>, facts: &Facts<'_>) {
    let first = facts.re.search.is_empty();
    let elderly = facts
        .ho
        .as_ref()
        .and_then(|ho| ho.number)
        .is_some_and(|number| number.is_elderly_system());
    let present = facts.payers;
    let mut confirmed = PayerSet::EMPTY;
    for (index, record) in receipt.records_of("SN") {
        let Some(payer) = PayerSlot::from_code(record.ascii(2).unwrap_or_default()) else {
            continue;
        };
        confirmed = confirmed.with(payer);
        if !present.contains(payer) {
            subject.report(
                Rule::ConfirmationOfNobody,
                At::Field(index, 2),
                &[("value", &payer)],
            );
        }
        let public = receipt
            .public_expenses()
            .find(|public| public.slot() == Some(payer))
            .and_then(|public| public.payer_number().ok());
        if let Some(number) = public.filter(|number| !number.is_welfare()) {
            subject.report(
                Rule::ConfirmationOfPublic,
                At::Record(index),
                &[("value", &number)],
            );
        }
        if first && record.ascii(3).is_some_and(|kind| kind != "01") {
            subject.report(Rule::ConfirmationKind, At::Field(index, 3), &[]);
        }
        let branch = record.raw(7).unwrap_or_default();
        if branch.is_empty() {
            continue;
        }
        if !payer.is_insurer() || elderly {
            subject.report(Rule::BranchNotAllowed, At::Field(index, 7), &[]);
        } else if branch.len() != 2 || !branch.iter().all(u8::is_ascii_digit) {
            subject.report(Rule::BranchForm, At::Field(index, 7), &[]);
        }
    }
    without_confirmation(subject, receipt, facts, confirmed);
}

/// Whoever a confirmation may be recorded for. People in 後期高齢者医療 have no branch number to record.
fn without_confirmation(
    subject: &mut Subject<'_>,
    receipt: &Receipt<'_>,
    facts: &Facts<'_>,
    confirmed: PayerSet,
) {
    let insured = facts
        .ho
        .as_ref()
        .and_then(|ho| ho.number)
        .filter(|number| !number.is_elderly_system())
        .map(|_| PayerSlot::INSURER);
    let welfare = receipt.public_expenses().filter_map(|public| {
        let number = public.payer_number().ok()?;
        number.is_welfare().then(|| public.slot()).flatten()
    });
    for payer in insured.into_iter().chain(welfare) {
        if !confirmed.contains(payer) {
            subject.report(
                Rule::NoConfirmation,
                At::Record(receipt.record_range().start),
                &[("payer", &payer.name_ja())],
            );
        }
    }
}

fn days(subject: &mut Subject<'_>, receipt: &Receipt<'_>, facts: &Facts<'_>) {
    let mut with_table = PayerSet::EMPTY;
    for table in &facts.day_tables {
        let Some(payer) = table.payer else { continue };
        if !facts.payers.contains(payer) {
            subject.report(
                Rule::DaysOfNobody,
                At::Field(table.index, 2),
                &[("value", &payer)],
            );
            continue;
        }
        with_table = with_table.with(payer);
        let charged = facts
            .charges_of(payer)
            .filter_map(|charge| charge.day)
            .fold(0u32, |days, day| days | 1 << (day.day_of_month() - 1));
        if table.marked != charged {
            let differing: Vec<String> = (0..31)
                .filter(|bit| (table.marked ^ charged) & 1 << bit != 0)
                .map(|bit| format!("{}日", bit + 1))
                .collect();
            subject.report(
                Rule::DaysDiffer,
                At::Record(table.index),
                &[("payer", &payer.name_ja()), ("days", &differing.join("・"))],
            );
        }
    }
    for payer in facts
        .payers
        .iter()
        .filter(|payer| !with_table.contains(*payer))
    {
        subject.report(
            Rule::NoDayTable,
            At::Record(receipt.record_range().start),
            &[("payer", &payer.name_ja())],
        );
    }
}

fn copay(subject: &mut Subject<'_>, receipt: &Receipt<'_>, facts: &Facts<'_>) {
    if receipt.records_of("MF").next().is_some() {
        return;
    }
    let Some(limits) = subject.edition.mf_free_up_to else {
        return;
    };
    let (Some(kind), Some(total)) = (facts.re.kind, facts.ho.as_ref().and_then(|ho| ho.total))
    else {
        return;
    };
    let limit = match (kind.system, kind.person) {
        (System::Elderly, _) => limits.elderly_system,
        (_, PersonKind::Preschool) => limits.preschool,
        (_, PersonKind::ElderlyGeneral | PersonKind::ElderlyHigh) => limits.elderly_recipient,
        _ => limits.insured_or_family,
    };
    if total.0 > limit {
        subject.report(
            Rule::NoCopayTable,
            At::Record(receipt.record_range().start),
            &[("wanted", &limit)],
        );
    }
}

//! Each case of `cases/`, and what holds whatever the receipt and the evidence.

use super::{About, EligibilityReason, Finding, GuardedReceipt, Level, judge};
use crate::answers::tests::day;
use crate::answers::{Answer, Method, Stated, Validity};
use crate::coverage::Coverage;
use crate::coverage::tests::coverage;
use crate::decide::Reason;
use crate::matching::Spelling;
use crate::notices::{Kind, Notice, Noticed};
use crate::people::Cautioned;
use proptest::prelude::*;
use reseplug_model::{BranchNumber, Date, Month, Payer, Period, Relationship, Sex, Yen};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

#[derive(Debug, Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    says: String,
    #[serde(default)]
    receipt: Filed,
    answers: Vec<Answered>,
    #[serde(default)]
    notices: Vec<Told>,
    #[serde(default)]
    also: Vec<String>,
    finds: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Filed {
    insurer: String,
    symbol: String,
    number: String,
    branch: Option<String>,
    name: String,
    born: String,
    r#type: String,
    days: Vec<String>,
}

impl Default for Filed {
    fn default() -> Self {
        Self {
            insurer: "06132013".into(),
            symbol: "12".into(),
            number: "34".into(),
            branch: None,
            name: NAME.into(),
            born: "1968-04-12".into(),
            r#type: "6112".into(),
            days: vec!["2024-10-18".into()],
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Answered {
    as_of: Option<String>,
    answered: Option<String>,
    validity: Option<String>,
    coverage: Option<bool>,
    insurer: Option<String>,
    symbol: Option<String>,
    number: Option<String>,
    branch: Option<String>,
    relationship: Option<String>,
    burden: Option<u32>,
    certificate_to: Option<String>,
    from: Option<String>,
    to: Option<String>,
    name: Option<String>,
    sex: Option<String>,
    born: Option<String>,
    method: Option<String>,
    caution: Option<Reason>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    kind: Kind,
    known: String,
    #[serde(default)]
    coverage: bool,
    insurer: Option<String>,
    symbol: Option<String>,
    number: Option<String>,
    branch: Option<String>,
    from: Option<String>,
    to: Option<String>,
    month: Option<String>,
    reason: Option<EligibilityReason>,
}

fn noticed(at: usize, from: &Told, filed: &Filed) -> Noticed {
    let text = |own: &Option<String>, usual: &str| own.clone().unwrap_or_else(|| usual.to_owned());
    let period = Period::new(from.from.as_deref().map(day), from.to.as_deref().map(day));
    let covered = Coverage {
        period,
        ..coverage(
            &text(&from.insurer, &filed.insurer),
            &text(&from.symbol, &filed.symbol),
            &text(&from.number, &filed.number),
            "2020-04-01",
        )
    };
    let returned = from.kind == Kind::Returned;
    let stated = from.coverage || from.insurer.is_some() || from.number.is_some();
    Noticed {
        id: format!("no-{at}"),
        as_of: day("2024-10-01"),
        answered_at: format!("{}T09:00:00+09:00", from.known),
        recorded: 0,
        notice: Notice {
            title: "資格確認結果連絡書".into(),
            kind: from.kind,
            person_key: Some("P1".into()),
            name: NAME.into(),
            kana: None,
            birth_date: Some(day(&filed.born)),
            service_month: from.month.as_deref().map(|m| Month::parse(m).unwrap()),
            receipt_number: None,
            filed: returned.then(|| covered.clone()),
            stated: (stated && !returned).then_some(covered),
            untold: Vec::new(),
            branch: from.branch.as_deref().map(branch),
            period,
            days: Vec::new(),
            reason: from.reason,
            text: String::new(),
            processed: None,
        },
    }
}

const NAME: &str = "架空　花子";

/// A receipt over these days, the usual one but for its days.
pub(crate) fn receipt(days: &[&str]) -> GuardedReceipt {
    filed(&Filed {
        days: days.iter().map(|d| (*d).to_owned()).collect(),
        ..Filed::default()
    })
}

fn filed(from: &Filed) -> GuardedReceipt {
    let covered = Coverage {
        branch: from.branch.as_deref().map(branch),
        period: Period::ALWAYS,
        ..coverage(&from.insurer, &from.symbol, &from.number, "2020-04-01")
    };
    let days: Vec<Date> = from.days.iter().map(|d| day(d)).collect();
    GuardedReceipt {
        document: "RECEIPTH.UKE".into(),
        number: 1,
        line: 2,
        payer: Payer::SocialInsuranceFund,
        person_key: Some("P1".into()),
        name: from.name.clone(),
        sex: Sex::Female,
        birth_date: day(&from.born),
        kind: Some(from.r#type.parse::<receden::ReceiptType>().unwrap().person),
        service_month: days[0].month(),
        coverage: Some(covered),
        public_laws: Vec::new(),
        days,
        total: Yen(5550),
    }
}

fn branch(text: &str) -> BranchNumber {
    BranchNumber::parse(text).unwrap()
}

fn answer(at: usize, from: &Answered, filed: &Filed) -> Answer {
    let text = |own: &Option<String>, usual: &str| own.clone().unwrap_or_else(|| usual.to_owned());
    let covered = Coverage {
        branch: from.branch.as_deref().map(branch),
        relationship: from
            .relationship
            .as_deref()
            .and_then(Relationship::from_code),
        burden_percent: from.burden,
        elderly_certificate: from
            .certificate_to
            .as_deref()
            .map(|to| Period::new(None, Some(day(to)))),
        period: Period::new(
            Some(day(&text(&from.from, "2020-04-01"))),
            from.to.as_deref().map(day),
        ),
        ..coverage(
            &text(&from.insurer, &filed.insurer),
            &text(&from.symbol, &filed.symbol),
            &text(&from.number, &filed.number),
            "2020-04-01",
        )
    };
    Answer {
        id: format!("ev-{at}"),
        as_of: day(&text(&from.as_of, "2024-10-31")),
        answered_at: format!("{}T09:00:00+09:00", text(&from.answered, "2024-11-05")),
        message: "OQSmuquc02res".into(),
        validity: Validity::from_word(&text(&from.validity, "valid")),
        coverage: from.coverage.unwrap_or(true).then_some(covered),
        text: None,
        method: Method::from_word(&text(&from.method, "number")),
        name: None,
        loss: None,
        welfare: false,
        income_changed: None,
        person: Some(Stated {
            name: text(&from.name, NAME),
            sex: Sex::from_code(&text(&from.sex, "2")),
            birth_date: Some(day(&text(&from.born, &filed.born))),
        }),
        recorded: 0,
    }
}

fn line(finding: &Finding) -> String {
    let word = |value: serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    let days: Vec<String> = finding.days.iter().map(ToString::to_string).collect();
    format!(
        "{} {} {}: {}",
        word(serde_json::to_value(finding.level).unwrap()),
        word(serde_json::to_value(finding.reason).unwrap()),
        days.join(" "),
        finding.fields_ja()
    )
}

fn cases() -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/guard/cases");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let cases: Cases = toml::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        found.extend(cases.case.into_iter().map(|c| (name.clone(), c)));
    }
    found
}

#[test]
fn each_case_finds_exactly_what_it_says() {
    for (name, case) in cases() {
        let (mut answers, mut cautioned) = (Vec::new(), Vec::new());
        for (at, one) in case.answers.iter().enumerate() {
            let answer = answer(at, one, &case.receipt);
            match one.caution {
                Some(reason) => cautioned.push(Cautioned { answer, reason }),
                None => answers.push(answer),
            }
        }
        let notices: Vec<Noticed> = case
            .notices
            .iter()
            .enumerate()
            .map(|(at, one)| noticed(at, one, &case.receipt))
            .collect();
        let also: Vec<Spelling> = case
            .also
            .iter()
            .map(|name| Spelling {
                name: Some(name.clone()),
                kana: None,
            })
            .collect();
        let about = About {
            answers: &answers,
            cautioned: &cautioned,
            notices: &notices,
            also: &also,
            ..About::default()
        };
        let verdict = judge(&filed(&case.receipt), about);
        let found: Vec<String> = verdict.findings.iter().map(line).collect();
        assert_eq!(found, case.finds, "{name}: {}", case.says);
        for finding in &verdict.findings {
            if let Some(shown) = finding.shown_by.as_ref().filter(|s| s.method == "notice") {
                assert!(shown.method_ja().contains("電子的な確認ではない"));
            }
            assert!(!finding.title_ja().is_empty() && !finding.title_en().is_empty());
            let note = finding.level == Level::Note;
            assert!(
                note || !finding.action_ja().is_empty(),
                "{name}: what to do?"
            );
            assert!(
                note || !finding.action_en().is_empty(),
                "{name}: what to do?"
            );
        }
    }
}

#[test]
fn every_reason_that_an_answer_can_show_has_its_cases_and_no_other_has() {
    let word = |r: &EligibilityReason| {
        serde_json::to_value(r)
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    };
    let can: BTreeSet<String> = EligibilityReason::ALL
        .iter()
        .filter(|r| r.can_be_shown())
        .map(word)
        .chain(["none".to_owned()])
        .collect();
    let have: BTreeSet<String> = cases().into_iter().map(|(name, _)| name).collect();
    assert_eq!(have, can);
    for (name, case) in cases() {
        if name != "none"
            && !case.finds.is_empty()
            && !case.says.contains("another coverage says nothing")
        {
            assert!(
                case.finds.iter().any(|f| f.contains(&name)),
                "{name}: {}",
                case.says
            );
        }
    }
}

#[test]
fn a_receipt_of_public_expense_alone_asks_for_the_ticket() {
    let alone = GuardedReceipt {
        coverage: None,
        ..receipt(&["2024-10-18"])
    };
    let verdict = judge(&alone, About::default());
    assert!(verdict.needs_person());
    assert_eq!(verdict.findings[0].why, Some(Reason::TicketMissing));
    assert_eq!(verdict.findings[0].reason, None);
}

#[test]
fn a_ticket_confirms_the_days_of_its_own_period_and_no_other() {
    let alone = GuardedReceipt {
        coverage: None,
        ..receipt(&["2024-10-03", "2024-10-18"])
    };
    let ticket = |from: &str| crate::welfare::Ticket {
        evidence: "ev-1".into(),
        validity: Validity::Valid,
        expense: crate::welfare::Expense {
            payer: "12990016".into(),
            recipient: Some("7654320".into()),
            period: Period::ALWAYS,
        },
        valid: Period::new(Some(day(from)), Some(day("2024-10-31"))),
        month: Some(alone.service_month),
        ticket_type: Some("01".into()),
        treatment: Some("05".into()),
        institution_code: None,
        institution_flag: Some("0".into()),
        consistency: None,
    };
    let judged = |tickets: &[crate::welfare::Ticket]| {
        judge(
            &alone,
            About {
                tickets,
                ..About::default()
            },
        )
    };
    assert!(!judged(&[ticket("2024-10-01")]).needs_person());
    let verdict = judged(&[ticket("2024-10-10")]);
    assert!(verdict.needs_person());
    assert_eq!(verdict.findings[0].why, Some(Reason::TicketOutsidePeriod));
    assert_eq!(verdict.findings[0].days, [day("2024-10-03")]);
}

#[test]
fn a_day_that_a_certificate_confirms_is_confirmed_and_never_called_electronic() {
    let paper = Answered {
        method: Some("certificate".into()),
        answered: Some("2024-11-06".into()),
        ..Answered::default()
    };
    let filed = receipt(&["2024-10-18"]);
    let paper = answer(0, &paper, &Filed::default());
    let judged = |answers: &[Answer]| {
        judge(
            &filed,
            About {
                answers,
                ..About::default()
            },
        )
    };
    let verdict = judged(std::slice::from_ref(&paper));
    assert!(!verdict.needs_person());
    let [note] = verdict.findings.as_slice() else {
        panic!("{verdict:?}");
    };
    assert_eq!(
        (note.level, note.why),
        (Level::Note, Some(Reason::CertificateOnly))
    );
    assert!(note.title_ja().contains("電子的な確認ではない"));
    assert!(note.action_en().contains("no electronic confirmation"));
    let shown = note.shown_by.as_ref().unwrap();
    assert!(shown.method_ja().contains("電子的な確認ではない"));

    let electronic = answer(1, &Answered::default(), &Filed::default());
    assert_eq!(judged(&[paper, electronic]).findings, []);
}

fn some_answer() -> impl Strategy<Value = Answer> {
    let word = prop::sample::select(vec![
        "valid",
        "valid",
        "valid",
        "invalid",
        "not-found",
        "several",
        "7",
    ]);
    let insurer = prop::sample::select(vec!["06132013", "06139992", "990010", "39990015"]);
    (
        word,
        insurer,
        0..40_i32,
        0..60_i32,
        prop::option::of(0..40_i32),
        any::<bool>(),
    )
        .prop_map(|(word, insurer, as_of, answered, ends, covered)| {
            let at = |days| day("2024-10-01").plus_days(days).unwrap().to_string();
            let from = Answered {
                as_of: Some(at(as_of)),
                answered: Some(at(answered)),
                validity: Some(word.into()),
                coverage: Some(covered || word == "valid"),
                insurer: Some(insurer.into()),
                to: ends.map(at),
                ..Answered::default()
            };
            answer(0, &from, &Filed::default())
        })
}

proptest! {
    #[test]
    fn the_same_receipt_and_evidence_have_the_same_verdict_in_whatever_order(
        mut answers in prop::collection::vec(some_answer(), 0..5),
        offsets in prop::collection::btree_set(0..31_i32, 1..6),
    ) {
        for (at, answer) in answers.iter_mut().enumerate() {
            answer.id = format!("ev-{at}");
            answer.recorded = u64::try_from(at).unwrap();
        }
        let days: Vec<String> = offsets
            .iter()
            .map(|d| day("2024-10-01").plus_days(*d).unwrap().to_string())
            .collect();
        let filed = receipt(&days.iter().map(String::as_str).collect::<Vec<_>>());
        let before = (filed.clone(), answers.clone());
        let verdict = judge(&filed, About { answers: &answers, ..About::default() });
        prop_assert_eq!(&(filed.clone(), answers.clone()), &before);
        answers.reverse();
        let again = judge(&filed, About { answers: &answers, ..About::default() });
        prop_assert_eq!(&verdict, &again);
        // Every finding is about days of the receipt, and a day without one is confirmed.
        for finding in &verdict.findings {
            prop_assert!(!finding.days.is_empty());
            prop_assert!(finding.days.iter().all(|d| filed.days.contains(d)));
        }
        for day in &filed.days {
            let said = verdict.findings.iter().any(|f| f.level > Level::Note && f.days.contains(day));
            let confirmed = matches!(
                crate::answers::known_on(&answers, *day),
                crate::answers::Known::Confirmed(_, c) if filed.coverage.as_ref().unwrap().is_same(c)
            );
            prop_assert_eq!(said, !confirmed);
        }
    }
}

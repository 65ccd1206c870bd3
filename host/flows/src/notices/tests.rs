//! Notices from their files to what they ask of the register.

use super::plan::{Whose, plan, stranger, whose};
use super::{Kind, Notice, returned, table};
use crate::change::{Operations, Planned};
use crate::coverage::tests::coverage;
use crate::decide::{GroupOutcome, Reason};
use crate::matching::{CardNumber, Identity, Known};
use crate::people::Person;
use crate::proposal::{Done, Source, kind};
use receden::EligibilityReason;
use reseplug_engine::contract::RegisterOperation;
use reseplug_model::{BranchNumber, Date, Month, Sex};
use reseplug_policy::{NoticeLayout, StationFile};

const LAYOUT: &str = r#"
[station]
code = "9999998"
prefecture = "13"
name = "架空"
[store]
path = "store"
[notices.kekka]
title = "資格確認結果連絡書"
encoding = "utf-8"
skip_lines = 1
[notices.kekka.columns]
kind = "処理区分"
person_key = "記録番号"
name = "氏名"
birth_date = "生年月日"
service_month = "年月"
insurer = "保険者番号"
symbol = "記号"
number = "番号"
branch = "枝番"
from = "資格取得日"
to = "資格喪失日の前日"
reason = "理由"
"#;

const TITLES: &str = "架空の連絡書\n処理区分,記録番号,氏名,生年月日,年月,保険者番号,記号,番号,枝番,資格取得日,資格喪失日の前日,理由\n";

fn layout() -> NoticeLayout {
    let file = StationFile::parse("station.toml", LAYOUT).unwrap();
    file.notices.into_values().next().unwrap()
}

fn rows(text: &str) -> Vec<Notice> {
    table::read("kekka.csv", format!("{TITLES}{text}").as_bytes(), &layout())
        .unwrap()
        .into_iter()
        .map(Result::unwrap)
        .collect()
}

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn person() -> Person {
    Person {
        key: "P1".into(),
        identity: Identity {
            reference_number: None,
            name: "架空　花子".into(),
            kana: None,
            birth_date: date("1968-04-12"),
            also: Vec::new(),
            sex: Sex::Female,
            numbers: vec![CardNumber {
                insurer: "06132013".into(),
                symbol: "12".into(),
                number: "34".into(),
                branch: String::new(),
            }],
        },
        coverages: vec![coverage("06132013", "12", "34", "2020-04-01")],
        incomes: Vec::new(),
        public_expenses: Vec::new(),
        burden_place: true,
    }
}

fn source() -> Source {
    Source {
        evidence: "ev-1".into(),
        message: "notice:transfer".into(),
        as_of: date("2024-10-16"),
        answered_at: "2024-12-10T09:00:00+09:00".into(),
    }
}

fn planned(person: &mut Person, row: &str) -> Planned {
    let [notice] = rows(row).try_into().unwrap();
    plan(person, &notice, source()).unwrap()
}

fn operations(planned: &Planned) -> &[RegisterOperation] {
    match &planned.operations {
        Operations::Register { operations, .. } => operations,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_transfer_ends_the_old_period_and_opens_the_new_insurers_from_its_day() {
    let row = "振替,P1,架空　花子,昭和43年4月12日,令和6年10月,06139992,5,6,01,令和6年10月16日,,\n";
    let one = planned(&mut person(), row);
    assert_eq!(one.proposal.outcome, GroupOutcome::NewPeriod);
    assert_eq!(one.proposal.as_of, date("2024-10-16"));
    match operations(&one) {
        [
            RegisterOperation::ClosePeriod(close),
            RegisterOperation::OpenPeriod(open),
        ] => {
            assert_eq!(close.last_day, "2024-10-15");
            assert_eq!(open.coverage.insurer_number, "06139992");
            assert_eq!(open.coverage.branch.as_deref(), Some("01"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_parts_of_a_division_follow_each_other() {
    let found = rows(
        "05,P1,架空　花子,19680412,202410,06132013,12,34,,,20241015,\n05,P1,架空　花子,19680412,202410,990010,,555,,20241016,,\n",
    );
    assert_eq!([found[0].kind, found[1].kind], [Kind::Split, Kind::Split]);
    let mut somebody = person();
    let first = plan(&mut somebody, &found[0], source()).unwrap();
    assert!(matches!(first.proposal.done, Done::Nothing));
    let second = plan(&mut somebody, &found[1], source()).unwrap();
    assert_eq!(operations(&second).len(), 2);
    assert_eq!(somebody.coverages.len(), 2);
    assert_eq!(somebody.coverages[0].period.to, Some(date("2024-10-15")));
    // Once more: nothing is left to do.
    let again = plan(&mut somebody, &found[1], source()).unwrap();
    assert!(matches!(again.operations, Operations::None));
}

#[test]
fn a_branch_number_that_was_found_is_written_beside_the_coverage_on_file() {
    let one = planned(
        &mut person(),
        "枝番特定,P1,架空　花子,19680412,202410,,,,2,,,\n",
    );
    assert_eq!(one.proposal.outcome, GroupOutcome::Differs);
    match operations(&one) {
        [RegisterOperation::ReplaceCoverage(replace)] => {
            assert_eq!(replace.after.branch.as_deref(), Some("02"));
            assert_eq!(replace.after.number, "34");
            assert_eq!(replace.before.period, replace.after.period);
        }
        other => panic!("{other:?}"),
    }
}

/// The notices of a table that has no column for these.
fn rows_without(columns: &[&str], row: &str) -> Vec<Notice> {
    let mut layout = layout();
    let kept = |key: &str| !columns.contains(&key);
    layout.columns.retain(|column, _| kept(column.key()));
    table::read("kekka.csv", format!("{TITLES}{row}").as_bytes(), &layout)
        .unwrap()
        .into_iter()
        .map(Result::unwrap)
        .collect()
}

#[test]
fn a_table_without_symbol_and_branch_empties_neither_on_file() {
    let mut somebody = person();
    somebody.coverages[0].branch = Some(BranchNumber::parse("01").unwrap());
    let on_file = somebody.coverages[0].clone();
    for columns in [&["symbol", "branch"][..], &["branch"], &["symbol"]] {
        let row = "振替,P1,架空　花子,19680412,202410,06132013,12,34,01,20241001,,\n";
        let [notice] = rows_without(columns, row).try_into().unwrap();
        let one = plan(&mut somebody, &notice, source()).unwrap();
        assert!(matches!(one.operations, Operations::None), "{columns:?}");
        assert_eq!(one.proposal.notes[0].code, "notice-untold");
        assert_eq!(somebody.coverages[0], on_file);
    }
}

#[test]
fn a_coverage_of_which_a_part_is_told_nowhere_is_left_to_a_person() {
    let row = "振替,P1,架空　花子,19680412,202410,06139992,5,6,01,20241016,,\n";
    let [notice] = rows_without(&["symbol", "branch"], row).try_into().unwrap();
    let one = plan(&mut person(), &notice, source()).unwrap();
    assert_eq!(one.proposal.reason, Some(Reason::NoticeUnclear));
    assert!(one.proposal.notes[0].ja.contains("記号と枝番"));
    assert!(matches!(one.operations, Operations::None));
    // 後期高齢者医療 has neither: nothing of it is missing.
    let row = "振替,P1,架空　花子,19680412,202410,39131008,,00000012,,20241016,,\n";
    let [notice] = rows_without(&["symbol", "branch"], row).try_into().unwrap();
    let one = plan(&mut person(), &notice, source()).unwrap();
    assert_eq!(operations(&one).len(), 2);
}

#[test]
fn a_branch_number_of_another_coverage_is_left_to_a_person() {
    let row = "枝番特定,P1,架空　花子,19680412,202410,06132013,12,99,02,,,\n";
    let one = planned(&mut person(), row);
    assert_eq!(one.proposal.reason, Some(Reason::NoticeUnclear));
    assert!(matches!(one.operations, Operations::None));
}

#[test]
fn a_transfer_without_a_day_is_left_to_a_person() {
    let row = "振替,P1,架空　花子,19680412,202410,06139992,5,6,01,,,\n";
    let one = planned(&mut person(), row);
    assert_eq!(one.proposal.reason, Some(Reason::NoticeWithoutDay));
    assert_eq!(one.proposal.outcome, GroupOutcome::Differs);
}

#[test]
fn a_loss_with_its_day_ends_the_period_and_one_without_is_left_to_a_person() {
    let row = "資格喪失（証回収後）,P1,架空　花子,19680412,202410,,,,,,2024/10/15,\n";
    let one = planned(&mut person(), row);
    match (operations(&one), &one.operations) {
        ([RegisterOperation::ClosePeriod(close)], Operations::Register { kind, .. }) => {
            assert_eq!(
                (close.last_day.as_str(), kind.as_str()),
                ("2024-10-15", kind::PERIOD_CLOSED)
            );
        }
        other => panic!("{other:?}"),
    }
    let open = planned(&mut person(), "07,P1,架空　花子,19680412,202410,,,,,,,\n");
    assert_eq!(open.proposal.reason, Some(Reason::NoticeWithoutDay));
}

#[test]
fn what_changed_nothing_asks_for_nothing_and_an_unknown_kind_for_a_person() {
    for kind in ["02", "確認不能", "06"] {
        let [notice] = rows(&format!("{kind},P1,架空　花子,19680412,202410,,,,,,,\n"))
            .try_into()
            .unwrap();
        assert!(plan(&mut person(), &notice, source()).is_none(), "{kind}");
    }
    let one = planned(&mut person(), "特例,P1,架空　花子,19680412,202410,,,,,,,\n");
    assert_eq!(one.proposal.reason, Some(Reason::NoticeUnclear));
}

#[test]
fn a_row_that_cannot_be_read_is_told_with_its_line_and_spoils_no_other() {
    let text = format!(
        "{TITLES}振替,P1,架空　花子,19680412,202410,06139992,5,6,,20241399,,\n振替,P1,架空　花子,19680412,202410,06139992,5,6,,20241016,,\n"
    );
    let found = table::read("kekka.csv", text.as_bytes(), &layout()).unwrap();
    let fault = found[0].as_ref().unwrap_err();
    assert_eq!(fault.code, "notice/row");
    assert_eq!(fault.place.as_ref().unwrap().line, Some(3));
    assert!(found[1].is_ok());
}

#[test]
fn a_table_of_another_form_or_encoding_is_refused_with_what_to_change() {
    let other = table::read("k.csv", "a\nb,c\n1,2\n".as_bytes(), &layout()).unwrap_err();
    assert_eq!(other.code, "notice/column");
    assert!(
        other.message_ja.contains("処理区分"),
        "{}",
        other.message_ja
    );
    let (sjis, _, _) = encoding_rs::SHIFT_JIS.encode(TITLES);
    let encoding = table::read("k.csv", &sjis, &layout()).unwrap_err();
    assert_eq!(encoding.code, "notice/encoding");
    let empty = table::read("k.csv", TITLES.as_bytes(), &layout()).unwrap_err();
    assert_eq!(empty.code, "notice/empty");
}

/// A return file with one receipt, its reason in the payer's words.
pub(crate) fn return_file(words: &str) -> Vec<u8> {
    let text = format!(
        "HH,1,99,6,9999998,架空,202411,\r\nRE,1,6112,202410,架空　花子,,2,19680412,,,,,,P1,12345678901234567\r\nHO,06132013,12,34,1,5550,,,\r\nKA,20241018,1,510000110,,5550,,1\r\nHR,202412,1,{words}\r\n8,1,0,RE,1\r\nHG,1,1\r\n"
    );
    encoding_rs::SHIFT_JIS.encode(&text).0.into_owned()
}

#[test]
fn a_return_names_the_receipt_its_coverage_its_days_and_the_reason() {
    let bytes = return_file("資格喪失後の受診");
    assert!(returned::is_return_file(&bytes));
    let [notice] = returned::read("h.uke", &bytes).unwrap().try_into().unwrap();
    assert_eq!(notice.kind, Kind::Returned);
    assert_eq!(notice.reason, Some(EligibilityReason::AfterLoss));
    assert_eq!(notice.service_month, Month::new(2024, 10));
    assert_eq!(notice.days, [date("2024-10-18")]);
    assert_eq!(notice.filed.as_ref().unwrap().number, "34");
    let mut somebody = person();
    let one = plan(&mut somebody, &notice, source()).unwrap();
    assert_eq!(one.proposal.reason, Some(Reason::Returned));
    assert_eq!(somebody, person());
}

#[test]
fn a_return_for_several_reasons_is_a_notice_for_each() {
    let text = String::from_utf8_lossy(
        &encoding_rs::SHIFT_JIS
            .decode(&return_file("旧証"))
            .0
            .into_owned()
            .into_bytes(),
    )
    .into_owned();
    let two = text.replace("8,1,0,RE,1", "HR,202412,1,性別の誤り\r\n8,1,0,RE,1");
    let bytes = encoding_rs::SHIFT_JIS.encode(&two).0.into_owned();
    let mut reasons: Vec<_> = returned::read("h.uke", &bytes)
        .unwrap()
        .into_iter()
        .map(|n| n.reason.unwrap())
        .collect();
    reasons.sort();
    assert_eq!(
        reasons,
        [EligibilityReason::OldCard, EligibilityReason::WrongSex]
    );
}

#[test]
fn the_products_own_number_decides_only_with_the_birth_date() {
    let people = [person()];
    let known = Known::new(people.iter().map(|p| &p.identity));
    let [mut notice] = rows("振替,P1,架空　花子,19680412,202410,,,,,,,\n")
        .try_into()
        .unwrap();
    assert_eq!(whose(&notice, &people, &known), Whose::One(0));
    notice.birth_date = Some(date("1970-01-01"));
    assert_eq!(whose(&notice, &people, &known), Whose::Unsure(vec![0]));
    notice.person_key = Some("P9".into());
    notice.name = "別名　次郎".into();
    assert_eq!(whose(&notice, &people, &known), Whose::Nobody);
    let one = stranger(&notice, source(), false);
    assert_eq!(one.proposal.reason, Some(Reason::NotOnFile));
    assert!(one.proposal.person_key.is_empty() && matches!(one.operations, Operations::None));
}

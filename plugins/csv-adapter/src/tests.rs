mod groups;

use proptest::prelude::*;
use receden::{CheckOptions, Severity};
use reseplug_sdk::adapter::{
    AddPerson, Applied, ChangeKind, ClaimFile, ClosePeriod, OpenPeriod, Receipt, ReceiptOutcome,
    RegisterOperation, ReplaceCoverage,
};
use reseplug_sdk::{
    Adapter, Coverage, Document, DocumentKind, Fault, Payer, Period, Person, RegisterEntry,
    Relationship, Sex, testing,
};

use crate::{CsvAdapter, DateFormat, Encoding, Quoting, Settings};

const REGISTER: &str = include_str!("../cases/register.csv");
const MONTH: &str = include_str!("../cases/month.csv");
const SOCIAL: &str = include_str!("../cases/claim-1.txt");
const FEDERATION: &str = include_str!("../cases/claim-2.txt");

fn shift_jis(text: &str) -> Vec<u8> {
    Encoding::ShiftJis.encode_lines(text)
}

impl Encoding {
    /// Text of a case, lines ended as Windows does.
    fn encode_lines(self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for line in text.lines() {
            bytes.extend(self.encode(line).unwrap());
            bytes.extend(b"\r\n");
        }
        bytes
    }
}

fn register(text: &str) -> Document {
    Document::new("daicho.csv", DocumentKind::Register, shift_jis(text))
}

fn month(text: &str) -> Document {
    Document::new("santei.csv", DocumentKind::Month, shift_jis(text))
}

fn documents() -> Vec<Document> {
    vec![register(REGISTER), month(MONTH)]
}

fn ctx() -> reseplug_sdk::Context<Settings> {
    testing::context(Settings::default())
}

fn people(documents: &[Document]) -> Vec<RegisterEntry> {
    CsvAdapter::read_register(&ctx(), documents).unwrap()
}

fn apply(documents: &[Document], operations: &[RegisterOperation]) -> Applied {
    CsvAdapter::apply_register(&ctx(), documents, operations).unwrap()
}

fn text(document: &Document) -> String {
    Encoding::ShiftJis
        .decode(&document.bytes)
        .unwrap()
        .replace("\r\n", "\n")
}

/// Lines that are not in the other text, in order.
fn only_in<'a>(text: &'a str, other: &str) -> Vec<&'a str> {
    text.lines()
        .filter(|line| !other.lines().any(|known| known == *line))
        .collect()
}

fn on_file(key: &str, n: usize) -> Coverage {
    let all = people(&documents());
    let entry = all.iter().find(|entry| entry.person.key == key).unwrap();
    entry.coverages[n].clone()
}

fn refused(operation: RegisterOperation) -> Fault {
    let before = documents();
    let mut applied = apply(&before, &[operation]);
    assert_eq!(
        applied.documents, before,
        "a refused operation leaves no trace"
    );
    assert_eq!(applied.changes, []);
    applied.refusals.remove(0).reason
}

fn new_coverage(insurer: &str, symbol: &str, number: &str, from: &str) -> Coverage {
    Coverage {
        symbol: (!symbol.is_empty()).then(|| symbol.to_owned()),
        branch: Some("01".into()),
        relationship: Some(Relationship::Insured),
        period: Period::since(from),
        ..Coverage::new(insurer, number)
    }
}

fn stranger(name: &str) -> Person {
    Person {
        key: String::new(),
        reference_number: None,
        name: name.into(),
        kana: Some("ﾎｼｿﾞﾗ ﾐﾗｲ".into()),
        other_name: None,
        sex: Sex::Female,
        birth_date: "1950-01-05".into(),
        extra: Vec::new(),
    }
}

fn add(person: Person) -> RegisterOperation {
    RegisterOperation::AddPerson(AddPerson {
        id: "op".into(),
        person,
        coverage: new_coverage("06990022", "１", "２３", "2024-10-01"),
    })
}

fn open(key: &str, coverage: Coverage) -> RegisterOperation {
    RegisterOperation::OpenPeriod(OpenPeriod {
        id: "op".into(),
        person_key: key.into(),
        coverage,
    })
}

fn close(key: &str, before: Coverage, last_day: &str) -> RegisterOperation {
    RegisterOperation::ClosePeriod(ClosePeriod {
        id: "op".into(),
        person_key: key.into(),
        before,
        last_day: last_day.into(),
    })
}

fn replace(key: &str, before: Coverage, after: Coverage) -> RegisterOperation {
    RegisterOperation::ReplaceCoverage(ReplaceCoverage {
        id: "op".into(),
        person_key: key.into(),
        before,
        after,
    })
}

#[test]
fn the_plugin_says_what_it_is() {
    testing::check_description::<CsvAdapter>();
    testing::check_adapter::<CsvAdapter>();
}

#[test]
fn rows_of_one_number_are_one_person_with_several_periods() {
    let people = people(&documents());
    assert_eq!(people.len(), 6);
    let second = &people[1];
    assert_eq!(second.person.name, "小川　次郎");
    assert_eq!(second.person.sex, Sex::Male);
    assert_eq!(second.person.birth_date, "1979-09-03");
    assert_eq!(second.place.as_ref().unwrap().line, Some(3));
    let told: Vec<_> = second
        .coverages
        .iter()
        .map(|c| (c.insurer_number.as_str(), c.relationship, c.period.clone()))
        .collect();
    assert_eq!(
        told,
        [
            (
                "06990014",
                Some(Relationship::Family),
                Period::between("2020-04-01", "2024-10-15")
            ),
            (
                "990010",
                Some(Relationship::Insured),
                Period::since("2024-10-16")
            ),
        ]
    );
    assert_eq!(people[2].coverages[0].burden_percent, Some(10));
    assert_eq!(people[3].coverages, []);
    assert_eq!(people[3].public_expenses[0].payer_number, "12990016");
}

#[test]
fn what_cannot_be_read_is_named_by_line_and_column() {
    let fault = |text: &str| CsvAdapter::read_register(&ctx(), &[register(text)]).unwrap_err();
    let place = fault(&REGISTER.replace("1940/12/24", "1940/13/24"))
        .place
        .unwrap();
    assert_eq!(
        (place.line, place.field.as_deref()),
        (Some(5), Some("生年月日"))
    );
    let missing = fault(&REGISTER.replacen("枝番", "枝", 1));
    assert_eq!(missing.code, "csv/missing-column");
    assert!(
        missing.message_ja.contains("register.branch"),
        "{}",
        missing.message_ja
    );
    let open = fault(&REGISTER.replace("\"転職\"", "\"転職"));
    assert_eq!(
        (open.code.as_str(), open.place.unwrap().line),
        ("csv/text-behind-quote", Some(4))
    );
    let cut = fault(REGISTER.split_once("転職").unwrap().0);
    assert_eq!(
        (cut.code.as_str(), cut.place.unwrap().line),
        ("csv/unclosed-quote", Some(3))
    );
    let shifted =
        fault(&REGISTER.replace("\"見本市ひだまり１－２,３号\"", "見本市ひだまり１－２,３号"));
    assert_eq!(
        (shifted.code.as_str(), shifted.place.unwrap().line),
        ("csv/too-many-cells", Some(2))
    );
    let twins = fault(&REGISTER.replacen("1979/09/03", "1979/09/04", 1));
    assert_eq!(twins.code, "csv/two-people");
    let utf8 = Document::new("daicho.csv", DocumentKind::Register, REGISTER.as_bytes());
    let fault = CsvAdapter::read_register(&ctx(), &[utf8]).unwrap_err();
    assert!(
        matches!(fault.code.as_str(), "csv/encoding" | "csv/missing-column"),
        "{}",
        fault.code
    );
}

#[test]
fn a_new_person_becomes_a_row_in_the_products_own_style() {
    let applied = apply(&documents(), &[add(stranger("星空　みらい"))]);
    assert_eq!(applied.refusals, []);
    assert_eq!(applied.changes[0].kind, ChangeKind::Added);
    assert_eq!(
        applied.changes[0].extra,
        [("person-key".into(), "0007".into())]
    );
    let after = text(&applied.documents[0]);
    assert_eq!(
        only_in(&after, REGISTER),
        [
            "0007,\"星空　みらい\",\"ﾎｼｿﾞﾗ ﾐﾗｲ\",女,1950/01/05,\"\",06990022,１,２３,01,本人,,2024/10/01,,,,,,,,,,\"\""
        ]
    );
    assert_eq!(only_in(REGISTER, &after), Vec::<&str>::new());
    assert_eq!(people(&applied.documents).len(), 7);
    assert_eq!(applied.documents[1], documents()[1]);
}

#[test]
fn people_that_cannot_be_written_are_refused() {
    assert_eq!(refused(add(stranger("星空　●"))).code, "csv/missing-glyph");
    let fault = refused(add(stranger("𠮷田　みらい")));
    assert_eq!(fault.code, "csv/no-such-character");
    assert!(fault.message_ja.contains('𠮷'), "{}", fault.message_ja);
    let known = Person {
        birth_date: "1968-04-12".into(),
        ..stranger("青空 花子")
    };
    assert_eq!(refused(add(known)).code, "csv/person-exists");
    let unset = Person {
        sex: Sex::Unset,
        ..stranger("星空　みらい")
    };
    assert_eq!(refused(add(unset)).code, "csv/no-code");
}

#[test]
fn a_change_of_insurer_closes_one_row_and_opens_another() {
    let applied = apply(
        &documents(),
        &[
            close("0001", on_file("0001", 0), "2024-10-09"),
            open("0001", new_coverage("990028", "", "７７", "2024-10-10")),
        ],
    );
    assert_eq!(applied.refusals, []);
    let kinds: Vec<_> = applied.changes.iter().map(|c| c.kind).collect();
    assert_eq!(kinds, [ChangeKind::InPlace, ChangeKind::Added]);
    let after = text(&applied.documents[0]);
    assert_eq!(
        only_in(&after, REGISTER),
        [
            "0001,\"青空　花子\",\"ｱｵｿﾞﾗ ﾊﾅｺ\",女,1968/04/12,\"見本市ひだまり１－２,３号\",01990019,１２３４,５６７,02,本人,3割,2020/04/01,2024/10/09,,,,,,,,,\"\"",
            "0001,\"青空　花子\",\"ｱｵｿﾞﾗ ﾊﾅｺ\",女,1968/04/12,\"見本市ひだまり１－２,３号\",990028,,７７,01,本人,,2024/10/10,,,,,,,,,,\"\"",
        ]
    );
    let fields = &applied.changes[0].fields;
    assert_eq!(fields.len(), 1);
    assert_eq!(
        (
            fields[0].name.as_str(),
            fields[0].before.as_str(),
            fields[0].after.as_str()
        ),
        ("資格終了日", "", "2024/10/09")
    );
    assert_eq!(fields[0].place.line, Some(2));
}

#[test]
fn a_person_without_any_coverage_gets_it_in_the_row_there_is() {
    let applied = apply(
        &documents(),
        &[open(
            "0004",
            new_coverage("990010", "", "８８", "2024-10-01"),
        )],
    );
    assert_eq!(applied.changes[0].kind, ChangeKind::InPlace);
    let after = text(&applied.documents[0]);
    assert_eq!(after.lines().count(), REGISTER.lines().count());
    assert!(
        after.contains("990010,,８８,01,本人,,2024/10/01,,12990016,7654320"),
        "{after}"
    );
}

#[test]
fn a_replacement_keeps_what_the_answer_does_not_say_only_for_the_same_card() {
    let before = on_file("0001", 0);
    let same = Coverage {
        branch: Some("05".into()),
        burden_percent: None,
        ..before.clone()
    };
    let applied = apply(&documents(), &[replace("0001", before.clone(), same)]);
    assert_eq!(applied.changes[0].fields.len(), 1);
    assert!(text(&applied.documents[0]).contains("５６７,05,本人,3割,2020/04/01"));

    let other = Coverage {
        burden_percent: None,
        ..Coverage::new("01990019", "９９９")
    };
    let other = Coverage {
        relationship: Some(Relationship::Family),
        ..other
    };
    let applied = apply(&documents(), &[replace("0001", before, other)]);
    assert!(
        text(&applied.documents[0]).contains("01990019,,９９９,,家族,,2020/04/01,,"),
        "{}",
        text(&applied.documents[0])
    );
}

#[test]
fn register_changes_that_do_not_fit_are_refused() {
    let before = on_file("0001", 0);
    let stale = Coverage {
        number: "９".into(),
        ..before.clone()
    };
    assert_eq!(
        refused(replace("0001", stale, before.clone())).code,
        "csv/changed-meanwhile"
    );
    assert_eq!(
        refused(close("9999", before.clone(), "2024-10-31")).code,
        "csv/unknown-person"
    );
    assert_eq!(
        refused(close("0001", before.clone(), "2020-03-31")).code,
        "csv/ends-before-it-begins"
    );
    let overlapping = new_coverage("990010", "", "１", "2024-10-01");
    assert_eq!(refused(open("0001", overlapping)).code, "csv/overlap");
    let no_start = Coverage {
        period: Period::OPEN,
        ..before
    };
    assert_eq!(refused(open("0001", no_start)).code, "csv/no-first-day");
    let rare = new_coverage("990010", "𠮷", "１", "2030-10-01");
    assert_eq!(refused(open("0003", rare)).code, "csv/overlap");
}

#[test]
fn a_number_that_the_computed_month_has_given_to_somebody_is_not_given_again() {
    let key = |documents: &[Document]| {
        let applied = apply(documents, &[add(stranger("星空　未来"))]);
        assert_eq!(applied.refusals, []);
        let (_, key) = applied.changes[0].extra[0].clone();
        key
    };
    assert_eq!(key(&[register(REGISTER)]), "0007");
    assert_eq!(key(&documents()), "0007");
    // The product registered three more people and computed their visits since.
    let later = MONTH.replace("\n0001,", "\n0009,");
    assert_ne!(later, MONTH);
    assert_eq!(key(&[register(REGISTER), month(&later)]), "0010");
    // A month in which no number can be found leaves none that is surely free.
    let other = Document::new("santei.csv", DocumentKind::Month, shift_jis("番号\n0009\n"));
    let applied = apply(&[register(REGISTER), other], &[add(stranger("星空　未来"))]);
    assert_eq!(applied.refusals[0].reason.code, "csv/missing-column");
}

#[test]
fn other_forms_of_the_same_file_are_a_matter_of_settings() {
    let mut settings = Settings {
        encoding: Encoding::Utf8,
        dates: DateFormat::Era,
        quoting: Quoting::Always,
        ..Settings::default()
    };
    settings.register.open_end = "R99.12.31".into();
    settings.new_key.prefix = "U".into();
    settings
        .register
        .new_person_defaults
        .insert("備考".into(), "新規".into());
    let text = "\u{FEFF}\"利用者番号\",\"氏名\",\"フリガナ\",\"性別\",\"生年月日\",\"保険者番号\",\"記号\",\"番号\",\"枝番\",\"本人家族\",\"負担割合\",\"資格開始日\",\"資格終了日\",\"備考\"\n\"U99\",\"青空　花子\",\"アオゾラ　ハナコ\",\"女\",\"S43.04.12\",\"01990019\",\"１\",\"２\",\"\",\"本人\",\"3割\",\"R02.04.01\",\"R99.12.31\",\"\"";
    settings.register.public_expenses.clear();
    let document = Document::new("r.csv", DocumentKind::Register, text);
    let ctx = testing::context(settings);
    let read = CsvAdapter::read_register(&ctx, std::slice::from_ref(&document)).unwrap();
    assert_eq!(read[0].coverages[0].period, Period::since("2020-04-01"));
    let applied =
        CsvAdapter::apply_register(&ctx, &[document], &[add(stranger("星空　𠮷"))]).unwrap();
    assert_eq!(applied.refusals, []);
    assert_eq!(applied.changes[0].fields.last().unwrap().name, "備考");
    let after = String::from_utf8(applied.documents[0].bytes.clone()).unwrap();
    assert_eq!(
        after.strip_prefix(text).unwrap(),
        "\n\"U100\",\"星空　𠮷\",\"ﾎｼｿﾞﾗ ﾐﾗｲ\",\"女\",\"S25.01.05\",\"06990022\",\"１\",\"２３\",\"01\",\"本人\",\"\",\"R06.10.01\",\"R99.12.31\",\"新規\"",
    );
}

// ----- the month ----------------------------------------------------------------------------

fn receipts(documents: &[Document]) -> Vec<Receipt> {
    CsvAdapter::read_month(&ctx(), documents).unwrap()
}

fn claims(documents: &[Document]) -> Vec<ClaimFile> {
    CsvAdapter::claim(&ctx(), documents, "2024-11").unwrap()
}

fn claim_fault(register_text: &str, month_text: &str) -> Fault {
    let documents = [register(register_text), month(month_text)];
    CsvAdapter::claim(&ctx(), &documents, "2024-11").unwrap_err()
}

#[test]
fn a_month_is_gathered_into_receipts_by_person_month_and_coverage() {
    let receipts = receipts(&documents());
    let told: Vec<_> = receipts
        .iter()
        .map(|r| {
            (
                r.id.as_str(),
                r.receipt_type.as_str(),
                r.payer == Payer::SocialInsuranceFund,
                r.number,
                r.days.len(),
                r.total,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("santei.csv#0001/2024-10/1", "6112", true, 1, 4, 36_320),
            ("santei.csv#0002/2024-10/1", "6116", true, 2, 2, 21_770),
            ("santei.csv#0002/2024-10/2", "6112", false, 1, 2, 17_100),
            ("santei.csv#0003/2024-10/1", "6318", false, 2, 1, 13_220),
            ("santei.csv#0004/2024-10/1", "6212", true, 3, 2, 21_770),
            ("santei.csv#0005/2024-10/1", "6122", true, 4, 2, 21_770),
            ("santei.csv#0006/2024-09/1", "6114", true, 5, 1, 13_220),
        ]
    );
    assert_eq!(receipts[4].coverage, None);
    assert_eq!(receipts[5].public_expenses[0].payer_number, "54990015");
}

#[test]
fn the_claim_files_are_those_of_the_case() {
    let claims = claims(&documents());
    let told: Vec<_> = claims.iter().map(|c| (c.receipts, c.total)).collect();
    assert_eq!(told, [(5, 114_850), (2, 30_320)]);
    for (claim, expected) in claims.iter().zip([SOCIAL, FEDERATION]) {
        let mut bytes = shift_jis(expected);
        bytes.push(0x1A);
        assert_eq!(text_of_claim(claim), expected);
        assert_eq!(claim.document.bytes, bytes);
    }
}

fn text_of_claim(claim: &ClaimFile) -> String {
    let body = claim.document.bytes.strip_suffix(b"\x1a").unwrap();
    Encoding::ShiftJis
        .decode(body)
        .unwrap()
        .replace("\r\n", "\n")
}

#[test]
fn the_claim_files_pass_the_rules() {
    for claim in claims(&documents()) {
        let file = receden::ClaimFile::parse(&claim.document.bytes).unwrap();
        let findings = receden::check(&file, &CheckOptions::default());
        let grave: Vec<_> = findings
            .iter()
            .filter(|finding| matches!(finding.severity, Severity::Reject | Severity::ReturnRisk))
            .collect();
        assert_eq!(
            grave,
            Vec::<&receden::Finding>::new(),
            "{}",
            text_of_claim(&claim)
        );
        let total: u64 = file.receipts().map(|r| r.total().unwrap().0).sum();
        assert_eq!(total, claim.total);
    }
}

#[test]
fn a_day_no_coverage_holds_can_be_read_but_not_claimed() {
    let gap = REGISTER.replace("2024/10/16", "2024/10/17");
    let documents = [register(&gap), month(MONTH)];
    let read = receipts(&documents);
    let days = |r: &Receipt| r.extra.iter().any(|(name, _)| name == "days-not-covered");
    let open: Vec<_> = read.iter().filter(|r| days(r)).collect();
    assert_eq!(open.len(), 1);
    assert_eq!(
        (open[0].person.key.as_str(), &open[0].coverage),
        ("0002", &None)
    );
    assert!(
        open[0]
            .extra
            .contains(&("days-not-covered".into(), "2024-10-16".into()))
    );
    let fault = claim_fault(&gap, MONTH);
    assert_eq!(fault.code, "csv/day-not-covered");
    assert!(
        fault.message_ja.contains("小川　次郎"),
        "{}",
        fault.message_ja
    );
    assert!(
        fault.message_ja.contains("2024-10-16"),
        "{}",
        fault.message_ja
    );
    assert_eq!(fault.place.unwrap().line, Some(12));
}

#[test]
fn a_month_that_contradicts_itself_or_the_register_is_refused() {
    let overlap = REGISTER.replace("2024/10/15,", "2024/10/20,");
    assert_eq!(claim_fault(&overlap, MONTH).code, "csv/two-periods");
    // A month that ends within a row holds other money.
    let mut cut = month(MONTH).bytes;
    let comma = cut.iter().rposition(|byte| *byte == b',').unwrap();
    cut.truncate(comma);
    let cut = Document::new("santei.csv", DocumentKind::Month, cut);
    let fault = CsvAdapter::claim(&ctx(), &[register(REGISTER), cut], "2024-11").unwrap_err();
    assert_eq!(fault.code, "csv/cut-off");
    // A finished file beside the CSV is not passed over without a word.
    let mut beside = documents();
    beside.push(Document::new(
        "RECEIPTH.UKE",
        DocumentKind::Claim,
        "HM,2\r\n",
    ));
    let fault = CsvAdapter::claim(&ctx(), &beside, "2024-11").unwrap_err();
    assert_eq!(fault.code, "csv/claim-file");
    let stranger = MONTH.replace("0006,", "0099,");
    assert_eq!(claim_fault(REGISTER, &stranger).code, "csv/unknown-person");
    let no_burden = REGISTER.replace("1割", "");
    let fault = claim_fault(&no_burden, MONTH);
    assert_eq!(fault.code, "csv/kind-unknown");
    assert!(
        fault.message_ja.contains("負担割合"),
        "{}",
        fault.message_ja
    );
    let glyph = REGISTER.replace("谷　風太", "髙　風太");
    let fault = claim_fault(&glyph, MONTH);
    assert_eq!(fault.code, "csv/cannot-write");
    assert!(fault.message_ja.contains("「髙」") && fault.message_ja.contains("「高」"));
    let money = MONTH
        .replacen(",5550,", ",5550円,", 1)
        .replacen("\"5,550\"", "5550円", 1);
    let place = claim_fault(REGISTER, &money).place.unwrap();
    assert_eq!(
        (place.line, place.field.as_deref()),
        (Some(2), Some("金額"))
    );
    let twice = MONTH.replacen(",00,13,", ",01,13,", 1);
    assert_eq!(
        claim_fault(REGISTER, &twice).code,
        "csv/contradicting-values"
    );
}

#[test]
fn rows_of_several_kinds_can_be_told_apart_by_a_column() {
    let mut settings = Settings::default();
    settings.month.charge.only = Some(crate::Only {
        column: "行".into(),
        equals: "療養費".into(),
    });
    settings.month.service_month = "年月".into();
    let only = |kind: &str| {
        Some(crate::Only {
            column: "行".into(),
            equals: kind.into(),
        })
    };
    let record = |id: &str, kind: &str, fields: &[(u8, &str)]| crate::RecordColumns {
        id: id.into(),
        fields: fields.iter().map(|(n, c)| (*n, (*c).to_owned())).collect(),
        only: only(kind),
    };
    settings.month.records = vec![
        record("HJ", "指示", &[(2, "コード"), (3, "日付"), (4, "終了")]),
        record("SY", "傷病", &[(2, "=0000999"), (4, "文字")]),
    ];
    settings.month.charge.date = "日付".into();
    settings.month.charge.code = "コード".into();
    for column in [
        &mut settings.month.charge.staff,
        &mut settings.month.charge.visits,
        &mut settings.month.charge.instruction,
    ] {
        column.clear();
    }
    let text = "行,利用者番号,年月,日付,終了,コード,金額,文字\n\
        療養費,0003,2024/10,2024/10/02,,510000110,5550,\n\
        指示,0003,2024/10,2024/10/01,2024/12/31,1,,\n\
        傷病,0003,2024/10,,,,,脳梗塞後遺症\n\
        傷病,0003,2024/09,,,,,前の月のもの\n";
    let claims = CsvAdapter::claim(
        &testing::context(settings),
        &[register(REGISTER), month(text)],
        "2024-11",
    )
    .unwrap();
    let claim = text_of_claim(&claims[0]);
    assert!(
        claim.contains("\nHJ,01,20241001,20241231\nSY,0000999,,脳梗塞後遺症,\n"),
        "{claim}"
    );
    assert!(!claim.contains("前の月"));
}

#[test]
fn a_renewed_card_makes_one_receipt_and_not_two() {
    let line = REGISTER.lines().nth(1).unwrap();
    let ended = line.replace("2020/04/01,", "2020/04/01,2024/10/09");
    let renewed = line.replace("2020/04/01", "2024/10/10");
    let text = REGISTER.replace(line, &format!("{ended}\n{renewed}"));
    let read = receipts(&[register(&text), month(MONTH)]);
    let first: Vec<_> = read.iter().filter(|r| r.person.key == "0001").collect();
    assert_eq!(first.len(), 1);
    assert_eq!(
        first[0].coverage.as_ref().unwrap().period,
        Period::since("2024-10-10")
    );
}

#[test]
fn the_product_says_which_public_expenses_pay_and_up_to_what() {
    let mut settings = Settings::default();
    settings.month.charge.public_expenses = "公費".into();
    settings.month.records.push(crate::RecordColumns {
        id: "KO1".into(),
        fields: [(7, "上限額".to_owned())].into(),
        only: None,
    });
    let with = |public: &str| -> String {
        MONTH
            .lines()
            .enumerate()
            .map(|(n, line)| match (n, line.contains("0005,2024/10/17")) {
                (0, _) => format!("{line},公費,上限額\n"),
                (_, true) => format!("{line},{public},\"5,000\"\n"),
                _ => format!("{line},,\n"),
            })
            .collect()
    };
    let claim = |public: &str| {
        CsvAdapter::claim(
            &testing::context(settings.clone()),
            &[register(REGISTER), month(&with(public))],
            "2024-11",
        )
    };
    let text = text_of_claim(&claim("1").unwrap()[0]);
    assert!(
        text.contains("KO,54990015,1234566,,1,8550,5000,\n"),
        "{text}"
    );
    let read = CsvAdapter::read_month(
        &testing::context(settings.clone()),
        &[register(REGISTER), month(&with("1"))],
    )
    .unwrap();
    let limits: Vec<_> = read
        .iter()
        .flat_map(|receipt| &receipt.extra)
        .filter(|(name, _)| name.starts_with("公費"))
        .collect();
    assert_eq!(limits, [&("公費1一部負担金額".into(), "5,000".into())]);
    let text = text_of_claim(&claim("0").unwrap()[0]);
    assert!(text.contains("RE,4,6112,202410,小川　月子"), "{text}");
    assert_eq!(claim("2").unwrap_err().code, "csv/public-expense-not-valid");
}

#[test]
fn outcomes_become_a_file_for_the_products_import() {
    let outcome = ReceiptOutcome {
        payer: Payer::NationalHealthFederation,
        number: 2,
        person_key: "0003".into(),
        name: "海野　波男".into(),
        service_month: "2024-10".into(),
        total: 13_220,
        state: "returned".into(),
        messages: vec!["資格喪失後の受診".into(), "旧証, 旧記号".into()],
    };
    let list = CsvAdapter::accept(&ctx(), &[], &[outcome])
        .unwrap()
        .remove(0);
    assert_eq!(list.name, "請求結果.csv");
    assert_eq!(
        text(&list).lines().nth(1).unwrap(),
        "国保連,2,0003,海野　波男,2024/10,13220,返戻,\"資格喪失後の受診 / 旧証, 旧記号\""
    );
}

// ----- laws ---------------------------------------------------------------------------------

proptest! {
    #[test]
    fn without_operations_every_byte_of_the_register_stays(
        quotes in proptest::collection::vec(any::<bool>(), 8), unix in any::<bool>(), cut in any::<bool>()
    ) {
        let mut text: String = REGISTER
            .lines()
            .zip(quotes)
            .map(|(line, odd)| if odd { line.replace(",本人,", ",\"本人\",") } else { line.to_owned() })
            .map(|line| line + if unix { "\n" } else { "\r\n" })
            .collect();
        if cut {
            text = text.trim_end().to_owned();
        }
        let bytes = Encoding::ShiftJis.encode(&text.replace(['\r', '\n'], "")).map(|_| ());
        prop_assert!(bytes.is_ok());
        let bytes = encode_raw(&text);
        let document = Document::new("r.csv", DocumentKind::Register, bytes);
        let applied = apply(std::slice::from_ref(&document), &[]);
        prop_assert_eq!(applied.documents, vec![document]);
    }

    #[test]
    fn a_replacement_changes_exactly_the_cells_it_lists(
        symbol in proptest::option::of("[０-９]{1,4}"), number in "[０-９]{1,7}",
        branch in proptest::option::of("0[0-9]"), person in 0usize..3
    ) {
        let key = ["0001", "0003", "0006"][person];
        let before = on_file(key, 0);
        let after = Coverage { symbol, number, branch, ..before.clone() };
        let applied = apply(&documents(), &[replace(key, before, after)]);
        prop_assert_eq!(&applied.refusals, &[]);
        let old = crate::cells::Cells::read(&documents()[0].bytes).unwrap();
        let mut new = crate::cells::Cells::read(&applied.documents[0].bytes).unwrap();
        let titles: Vec<String> = (0..old.rows()[0].len())
            .map(|n| Encoding::ShiftJis.decode(&old.rows()[0].content(n)).unwrap())
            .collect();
        for change in &applied.changes[0].fields {
            let row = change.place.line.unwrap() as usize - 1;
            let column = titles.iter().position(|t| *t == change.name).unwrap();
            let said = Encoding::ShiftJis.decode(&new.rows()[row].content(column)).unwrap();
            prop_assert_eq!(&said, &change.after);
            let back = old.rows()[row].content(column);
            new.set(row, column, &back, crate::cells::Quoting::WhenNeeded).unwrap();
        }
        prop_assert_eq!(new.write(), old.write());
    }
}

fn encode_raw(text: &str) -> Vec<u8> {
    text.split_inclusive('\n')
        .flat_map(|line| {
            let body = line.trim_end_matches(['\r', '\n']);
            let mut bytes = Encoding::ShiftJis.encode(body).unwrap();
            bytes.extend(line[body.len()..].bytes());
            bytes
        })
        .collect()
}

mod income;

use std::collections::BTreeMap;

use proptest::prelude::*;
use receden::repertoire;
use reseplug_sdk::adapter::{
    Applied, ChangeKind, FieldChange, MonthOperation, Receipt, ReceiptOutcome,
    ReplaceReceiptCoverage, SplitPart, SplitReceipt,
};
use reseplug_sdk::{
    Adapter, Coverage, Document, DocumentKind, Fault, Payer, Period, Relationship, testing,
};

use crate::{Encoding, Settings, UkeAdapter};

const SOCIAL: &str = include_str!("../cases/social.txt");
const FEDERATION: &str = include_str!("../cases/federation.txt");

/// The bytes of a claim file from the readable text of a case.
fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in text.lines() {
        bytes.extend(repertoire::encode(line).unwrap());
        bytes.extend(b"\r\n");
    }
    bytes.push(0x1A);
    bytes
}

/// The readable text of a claim file.
fn text(document: &Document) -> String {
    let body = document.bytes.strip_suffix(b"\x1a").unwrap();
    lines_of(body).join("\n") + "\n"
}

fn lines_of(body: &[u8]) -> Vec<String> {
    body.split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.is_empty())
        .map(|line| repertoire::decode(line).unwrap().into_owned())
        .collect()
}

fn claim_document(name: &str, text: &str) -> Document {
    Document::new(name, DocumentKind::Claim, bytes(text))
}

fn documents() -> Vec<Document> {
    vec![
        claim_document("SHAHO.UKE", SOCIAL),
        claim_document("KOKUHO.UKE", FEDERATION),
    ]
}

fn read(documents: &[Document]) -> Vec<Receipt> {
    UkeAdapter::read_month(&testing::context(Settings::default()), documents).unwrap()
}

fn apply(documents: &[Document], operations: &[MonthOperation]) -> Applied {
    UkeAdapter::apply_month(
        &testing::context(Settings::default()),
        documents,
        operations,
    )
    .unwrap()
}

fn on_file(receipt: &str) -> Coverage {
    read(&documents())
        .into_iter()
        .find(|known| known.id == receipt)
        .unwrap()
        .coverage
        .unwrap()
}

fn insured(insurer: &str, symbol: &str, number: &str, branch: Option<&str>) -> Coverage {
    Coverage {
        symbol: (!symbol.is_empty()).then(|| symbol.to_owned()),
        branch: branch.map(str::to_owned),
        relationship: Some(Relationship::Insured),
        ..Coverage::new(insurer, number)
    }
}

fn replacement(receipt: &str, after: Coverage) -> ReplaceReceiptCoverage {
    ReplaceReceiptCoverage {
        id: "op".to_owned(),
        receipt: receipt.to_owned(),
        before: on_file(receipt),
        after,
    }
}

fn replace(receipt: &str, after: Coverage) -> MonthOperation {
    MonthOperation::ReplaceReceiptCoverage(replacement(receipt, after))
}

fn relocate(receipt: &str, after: Coverage) -> MonthOperation {
    MonthOperation::MoveReceipt(replacement(receipt, after))
}

fn split(receipt: &str, day: u32, first: Coverage, second: Coverage) -> MonthOperation {
    MonthOperation::SplitReceipt(SplitReceipt {
        id: "op".to_owned(),
        receipt: receipt.to_owned(),
        before: on_file(receipt),
        parts: vec![
            SplitPart {
                days: Period::between("2024-10-01", format!("2024-10-{day:02}")),
                coverage: first,
            },
            SplitPart {
                days: Period::since(format!("2024-10-{:02}", day + 1)),
                coverage: second,
            },
        ],
    })
}

fn refused(operation: MonthOperation) -> Fault {
    let before = documents();
    let mut applied = apply(&before, &[operation]);
    assert_eq!(
        applied.documents, before,
        "a refused operation leaves no trace"
    );
    assert!(applied.changes.is_empty());
    assert_eq!(applied.refusals.len(), 1);
    applied.refusals.remove(0).reason
}

/// Carries out a list of field changes on the text of a file, so that it can be compared.
fn replay(text: &str, fields: &[FieldChange]) -> String {
    let mut lines: Vec<Vec<String>> = text
        .lines()
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect();
    for change in fields {
        let line = change.place.line.unwrap() as usize - 1;
        match &change.place.field {
            Some(field) => {
                let cell = &mut lines[line][field.parse::<usize>().unwrap() - 1];
                assert_eq!(*cell, change.before);
                cell.clone_from(&change.after);
            }
            None => lines.insert(line, change.after.split(',').map(str::to_owned).collect()),
        }
    }
    lines.iter().map(|line| line.join(",") + "\n").collect()
}

#[test]
fn the_plugin_says_what_it_is() {
    testing::check_description::<UkeAdapter>();
    testing::check_adapter::<UkeAdapter>();
}

#[test]
fn a_month_is_read_with_people_coverage_days_and_totals() {
    let receipts = read(&documents());
    assert_eq!(receipts.len(), 6);
    let first = &receipts[0];
    assert_eq!(first.id, "SHAHO.UKE#1");
    assert_eq!(first.payer, Payer::SocialInsuranceFund);
    assert_eq!(first.person.key, "P0001");
    assert_eq!(first.person.name, "青空　花子");
    assert_eq!(first.days, ["2024-10-03", "2024-10-10", "2024-10-17"]);
    assert_eq!(first.total, 30_320);
    let coverage = first.coverage.as_ref().unwrap();
    assert_eq!(coverage.insurer_number, "01990019");
    assert_eq!(coverage.branch.as_deref(), Some("02"));
    assert_eq!(coverage.relationship, Some(Relationship::Insured));
    assert_eq!(coverage.burden_percent, None);

    assert_eq!(
        receipts[1].service_month, "2024-09",
        "a late month keeps its own"
    );
    assert_eq!(receipts[2].public_expenses[0].payer_number, "54990015");
    assert!(
        receipts[2]
            .extra
            .contains(&("窓口負担額区分".into(), "01".into()))
    );
    assert!(
        receipts[2]
            .extra
            .contains(&("公費1一部負担金額".into(), "5000".into())),
        "the limit of the 受給者証"
    );
    assert!(receipts[3].coverage.is_none(), "公費単独");
    assert!(!receipts[3].extra.iter().any(|(n, _)| n.starts_with("公費")));

    let national = receipts[4].coverage.as_ref().unwrap();
    assert_eq!(national.insurer_number, "990010", "without padding");
    assert_eq!(national.burden_percent, Some(30), "from 給付割合 70");
    let elderly = receipts[5].coverage.as_ref().unwrap();
    assert_eq!((elderly.relationship, elderly.burden_percent), (None, None));
}

#[test]
fn numbers_that_stand_twice_still_give_different_ids() {
    let text = SOCIAL.replace("RE,2,", "RE,1,");
    let receipts = read(&[claim_document("A.UKE", &text)]);
    assert_eq!(receipts[0].id, "A.UKE#1");
    assert_eq!(receipts[1].id, "A.UKE#1@2");
}

#[test]
fn documents_that_cannot_be_a_month_are_refused_with_the_reason() {
    let ctx = testing::context(Settings::default());
    let fault = |documents: &[Document]| UkeAdapter::read_month(&ctx, documents).unwrap_err();
    let twice = [
        claim_document("A.UKE", SOCIAL),
        claim_document("A.UKE", FEDERATION),
    ];
    assert_eq!(fault(&twice).code, "uke/same-name");
    let other = [Document::new("A.UKE", DocumentKind::Claim, "IR,1,13\r\n")];
    assert_eq!(fault(&other).code, "uke/not-a-claim-file");
    // Passed over, the receipts of one payer would not be filed.
    let renamed = Document::new("RECEIPTH.txt", DocumentKind::Month, bytes(FEDERATION));
    let listed = Document::new("RECEIPTH.lst", DocumentKind::Register, bytes(FEDERATION));
    for stray in [renamed, listed] {
        let stray = [claim_document("A.UKE", SOCIAL), stray];
        let refused = fault(&stray);
        assert_eq!(refused.code, "uke/not-as-a-claim-file");
        assert_eq!(refused.place.unwrap().document, stray[1].name);
        let claimed = UkeAdapter::claim(&ctx, &stray, "2024-11").unwrap_err();
        assert_eq!(claimed.code, "uke/not-as-a-claim-file");
    }
    // So it would be with one that was cut off behind its head; one that counts none is empty.
    let head = SOCIAL.lines().next().unwrap();
    let cut = |rest: &str| {
        let file = claim_document("B.UKE", &format!("{head}\n{rest}"));
        UkeAdapter::claim(
            &ctx,
            &[claim_document("A.UKE", FEDERATION), file],
            "2024-11",
        )
    };
    for rest in ["", "GO\n", "XX,1\nGO,0,0,99\n"] {
        assert_eq!(cut(rest).unwrap_err().code, "uke/no-receipts", "{rest}");
    }
    assert_eq!(cut("GO,0,0,99\n").unwrap().len(), 1);
    let returned = [claim_document("A.HEN", &SOCIAL.replace("HM,", "HH,"))];
    assert_eq!(fault(&returned).code, "uke/return-file");
    let broken = [claim_document(
        "A.UKE",
        &SOCIAL.replace("20241010", "20241310"),
    )];
    let place = fault(&broken).place.unwrap();
    assert_eq!((place.line, place.field.as_deref()), (Some(14), Some("2")));
}

#[test]
fn claim_files_are_handed_on_as_they_are() {
    let ctx = testing::context(Settings::default());
    let claims = UkeAdapter::claim(&ctx, &documents(), "2024-11").unwrap();
    let told: Vec<_> = claims
        .iter()
        .map(|c| (c.payer, c.receipts, c.total))
        .collect();
    assert_eq!(
        told,
        [
            (Payer::SocialInsuranceFund, 4, 69_980),
            (Payer::NationalHealthFederation, 2, 34_990)
        ]
    );
    assert_eq!(claims[0].document.bytes, bytes(SOCIAL));
    let other = UkeAdapter::claim(&ctx, &documents(), "2024-12").unwrap_err();
    assert_eq!(other.code, "uke/other-claim-month");
    let twice = [
        claim_document("A.UKE", SOCIAL),
        claim_document("B.UKE", SOCIAL),
    ];
    let fault = UkeAdapter::claim(&ctx, &twice, "2024-11").unwrap_err();
    assert_eq!(fault.code, "uke/two-files-for-one-payer");
}

#[test]
fn a_move_takes_the_receipt_to_the_other_payers_file_and_numbers_both_anew() {
    let applied = apply(
        &documents(),
        &[relocate(
            "SHAHO.UKE#1",
            insured("990028", "３４", "５６", None),
        )],
    );
    assert_eq!(applied.refusals, []);
    let change = &applied.changes[0];
    assert_eq!(change.kind, ChangeKind::Moved);
    assert_eq!(change.extra, [("receipt".into(), "KOKUHO.UKE#3".into())]);
    let receipts = read(&applied.documents);
    let told: Vec<_> = receipts
        .iter()
        .map(|r| (r.id.as_str(), r.person.key.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("SHAHO.UKE#1", "P0002"),
            ("SHAHO.UKE#2", "P0003"),
            ("SHAHO.UKE#3", "P0004"),
            ("KOKUHO.UKE#1", "P0005"),
            ("KOKUHO.UKE#2", "P0006"),
            ("KOKUHO.UKE#3", "P0001"),
        ]
    );
    let names: Vec<_> = change
        .fields
        .iter()
        .map(|f| (f.place.document.as_str(), f.name.as_str(), f.after.as_str()))
        .collect();
    assert!(
        names.contains(&("SHAHO.UKE", "レセプト番号", "1")),
        "{names:?}"
    );
    assert!(
        names.contains(&("KOKUHO.UKE", "保険者番号", "  990028")),
        "{names:?}"
    );
    // Everything but number, type and the group is what it was.
    let kept = |text: &str, key: &str| -> Vec<String> {
        text.lines()
            .skip_while(|line| !line.contains(key))
            .enumerate()
            .take_while(|(at, line)| *at == 0 || !(line.starts_with("RE,") || *line == "GO"))
            .map(|(_, line)| line.to_owned())
            .filter(|line| {
                !line.starts_with("RE,") && !line.starts_with("HO,") && !line.starts_with("SN,")
            })
            .collect()
    };
    assert_eq!(
        kept(&text(&applied.documents[1]), "P0001"),
        kept(SOCIAL, "P0001")
    );
}

#[test]
fn a_move_without_a_file_of_the_other_payer_makes_one_and_an_emptied_file_is_dropped() {
    let one: String = FEDERATION
        .lines()
        .filter(|line| !line.is_empty())
        .take(14)
        .chain(["GO"])
        .map(|line| format!("{line}\n"))
        .collect();
    let before = [claim_document("KOKUHO.UKE", &one)];
    let operation = MonthOperation::MoveReceipt(ReplaceReceiptCoverage {
        id: "op".into(),
        receipt: "KOKUHO.UKE#1".into(),
        before: read(&before)[0].coverage.clone().unwrap(),
        after: insured("06990014", "１２", "３４", Some("01")),
    });
    let applied = apply(&before, &[operation]);
    assert_eq!(applied.refusals, []);
    assert_eq!(
        applied.changes[0].extra,
        [
            ("new-document".into(), "RECEIPTH-1.UKE".into()),
            ("dropped-document".into(), "KOKUHO.UKE".into()),
            ("receipt".into(), "RECEIPTH-1.UKE#1".into()),
        ]
    );
    assert_eq!(applied.documents.len(), 1);
    let text = text(&applied.documents[0]);
    assert!(
        text.starts_with("HM,1,13,6,9999998,ひだまり訪問看護ステーション,202411,03-0000-0000\n"),
        "{text}"
    );
    assert!(
        text.contains("RE,1,6112,202410,谷　風子,タニカゼコ,2,19601224,,,,,,P0005,\n"),
        "給付割合 goes: {text}"
    );
}

#[test]
fn a_split_puts_each_part_into_the_file_of_its_payer() {
    let operation = split(
        "SHAHO.UKE#1",
        9,
        on_file("SHAHO.UKE#1"),
        insured("990028", "", "５６７８", Some("01")),
    );
    let applied = apply(&documents(), &[operation]);
    assert_eq!(applied.refusals, []);
    assert_eq!(applied.changes[0].kind, ChangeKind::Split);
    let receipts = read(&applied.documents);
    let parts: Vec<_> = receipts
        .iter()
        .filter(|r| r.person.key == "P0001")
        .map(|r| (r.id.as_str(), r.days.len(), r.total))
        .collect();
    assert_eq!(
        parts,
        [("SHAHO.UKE#1", 1, 13_220), ("KOKUHO.UKE#3", 2, 17_100)]
    );
}

#[test]
fn what_cannot_be_done_exactly_is_refused_with_the_reason() {
    let other = || insured("01990019", "１", "２", None);
    assert_eq!(refused(replace("SHAHO.UKE#3", other())).code, "uke/money");
    assert_eq!(
        refused(replace("SHAHO.UKE#1", insured("990010", "１", "２", None))).code,
        "uke/payer-changes"
    );
    assert_eq!(
        refused(relocate("SHAHO.UKE#1", other())).code,
        "uke/payer-same"
    );
    let mut stale = replacement("SHAHO.UKE#1", other());
    stale.before.number = "９９９".into();
    assert_eq!(
        refused(MonthOperation::ReplaceReceiptCoverage(stale)).code,
        "uke/changed-meanwhile"
    );
    let mut unknown = replacement("SHAHO.UKE#1", other());
    unknown.receipt = "SHAHO.UKE#9".into();
    let fault = refused(MonthOperation::MoveReceipt(unknown));
    assert_eq!(fault.code, "uke/unknown-receipt");
    assert!(fault.message_ja.contains("SHAHO.UKE#9"));
    let mut alone = replacement("SHAHO.UKE#1", other());
    alone.receipt = "SHAHO.UKE#4".into();
    assert_eq!(
        refused(MonthOperation::ReplaceReceiptCoverage(alone)).code,
        "uke/no-insurer"
    );
    let glyph = insured("01990019", "髙１", "２", None);
    let fault = refused(replace("SHAHO.UKE#1", glyph));
    assert_eq!(fault.code, "uke/unwritable");
    assert!(fault.message_en.contains('髙'), "{}", fault.message_en);
    let nobody = Coverage {
        relationship: None,
        ..other()
    };
    assert_eq!(
        refused(replace("SHAHO.UKE#1", nobody)).code,
        "uke/kind-unknown"
    );
    assert_eq!(
        refused(split("SHAHO.UKE#1", 20, other(), other())).code,
        "uke/empty-part"
    );
}

#[test]
fn several_operations_name_receipts_as_they_were_read_although_numbers_change() {
    let applied = apply(
        &documents(),
        &[
            relocate("SHAHO.UKE#1", insured("990028", "３４", "５６", None)),
            replace(
                "SHAHO.UKE#2",
                Coverage {
                    relationship: Some(Relationship::Family),
                    ..insured("06990014", "１２", "３４", Some("03"))
                },
            ),
        ],
    );
    assert_eq!(applied.refusals, []);
    let receipts = read(&applied.documents);
    let second = receipts.iter().find(|r| r.person.key == "P0002").unwrap();
    assert_eq!(
        second.coverage.as_ref().unwrap().branch.as_deref(),
        Some("03")
    );
    assert_eq!(
        applied.changes[1].fields.len(),
        1,
        "the added SN record, nothing else"
    );
    assert_eq!(applied.changes[1].fields[0].after, "SN,1,01,,,,03,,");
}

#[test]
fn outcomes_become_a_list_for_the_staff() {
    let outcome = ReceiptOutcome {
        payer: Payer::SocialInsuranceFund,
        number: 1,
        person_key: "P0001".into(),
        name: "髙空　花子".into(),
        service_month: "2024-10".into(),
        total: 27_770,
        state: "returned".into(),
        messages: vec!["記号・番号の誤り".into(), "\"旧証\"".into()],
    };
    let accept = |settings, outcome: ReceiptOutcome| {
        UkeAdapter::accept(&testing::context(settings), &[], &[outcome])
    };
    let list = accept(Settings::default(), outcome.clone())
        .unwrap()
        .remove(0);
    let (text, _, _) = encoding_rs::SHIFT_JIS.decode(&list.bytes);
    assert!(text.ends_with(
        "\"支払基金\",\"1\",\"P0001\",\"髙空　花子\",\"2024-10\",\"27770\",\"返戻\",\"記号・番号の誤り\n\"\"旧証\"\"\"\r\n"
    ), "{text}");
    let rare = ReceiptOutcome {
        name: "𠮷田".into(),
        ..outcome
    };
    let fault = accept(Settings::default(), rare.clone()).unwrap_err();
    assert!(fault.message_ja.contains('𠮷'));
    let utf8 = Settings {
        results_encoding: Encoding::Utf8,
        ..Settings::default()
    };
    assert!(accept(utf8, rare).is_ok());
}

fn social_insurer() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("01990019"), Just("06990014"), Just("06990022")]
}

fn coverage_of(insurer: &'static str) -> impl Strategy<Value = Coverage> {
    (
        proptest::option::of("[０-９]{1,6}"),
        "[０-９]{1,7}",
        proptest::option::of("0[0-9]"),
        prop_oneof![Just(Relationship::Insured), Just(Relationship::Family)],
    )
        .prop_map(move |(symbol, number, branch, relationship)| Coverage {
            symbol,
            branch,
            relationship: Some(relationship),
            ..Coverage::new(insurer, number)
        })
}

proptest! {
    #[test]
    fn without_operations_every_byte_stays(
        lines in proptest::collection::vec(0usize..60, 0..40), tail in "[\u{1A}\n x]{0,4}"
    ) {
        let all: Vec<&str> = SOCIAL.lines().chain(FEDERATION.lines()).collect();
        let mut bytes = bytes(&format!("{}\n", all[0]));
        bytes.pop();
        for line in lines {
            bytes.extend(repertoire::encode(all[line % all.len()]).unwrap());
            bytes.extend(if line % 7 == 0 { &b"\n"[..] } else { b"\r\n" });
        }
        bytes.extend(tail.bytes());
        let document = Document::new("A.UKE", DocumentKind::Claim, bytes);
        let applied = apply(std::slice::from_ref(&document), &[]);
        prop_assert_eq!(applied.documents, vec![document]);
    }

    #[test]
    fn a_replacement_changes_exactly_the_fields_it_lists(
        after in social_insurer().prop_flat_map(coverage_of), which in 1usize..=2
    ) {
        let receipt = format!("SHAHO.UKE#{which}");
        let applied = apply(&documents(), &[replace(&receipt, after.clone())]);
        prop_assert_eq!(&applied.refusals, &[]);
        prop_assert_eq!(&applied.changes[0].kind, &ChangeKind::InPlace);
        prop_assert_eq!(replay(SOCIAL, &applied.changes[0].fields), text(&applied.documents[0]));
        prop_assert_eq!(&applied.documents[1], &documents()[1]);
        let read = read(&applied.documents);
        let coverage = read[which - 1].coverage.clone().unwrap();
        prop_assert_eq!(coverage, after);
    }

    #[test]
    fn a_split_keeps_the_yen_and_every_charge(
        day in 3u32..17, second in coverage_of("06990014"), national in coverage_of("990010"), moves in any::<bool>()
    ) {
        let second = if moves { national } else { second };
        let applied = apply(
            &documents(),
            &[split("SHAHO.UKE#1", day, on_file("SHAHO.UKE#1"), second)],
        );
        prop_assert_eq!(&applied.refusals, &[]);
        let sum = |documents: &[Document]| read(documents).iter().map(|r| r.total).sum::<u64>();
        prop_assert_eq!(sum(&applied.documents), sum(&documents()));
        prop_assert_eq!(charges(&applied.documents), charges(&documents()));
    }
}

/// How often each charge line stands in the files.
fn charges(documents: &[Document]) -> BTreeMap<String, usize> {
    let mut lines = BTreeMap::new();
    for document in documents {
        for line in text(document)
            .lines()
            .filter(|line| line.starts_with("KA,"))
        {
            *lines.entry(line.to_owned()).or_default() += 1;
        }
    }
    lines
}

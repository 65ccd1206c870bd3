//! Receipts as people read them.

use receden::Masters;

use crate::{masters, medical, parsed};

#[test]
fn the_october_sample_is_shown_as_in_the_case() {
    let shown = receden::show::file(&parsed("october"), Masters::none());
    let expected = include_str!("../cases/october.shown.txt");
    for (number, (shown, expected)) in shown.lines().zip(expected.lines()).enumerate() {
        assert_eq!(shown, expected, "line {}", number + 1);
    }
    assert_eq!(shown, expected);
}

#[test]
fn what_cannot_be_read_is_shown_as_such() {
    let mut file = parsed("october");
    file.set_field(1, 8, "1968").unwrap();
    file.set_field(11, 6, "").unwrap();
    let shown = receden::show::receipt(&file.receipt(0).unwrap(), Masters::none());
    assert!(
        shown.contains("【読めません: `1968` is not of the form YYYYMMDD"),
        "{shown}"
    );
    assert!(
        shown.lines().last().unwrap().contains("【読めません"),
        "{shown}"
    );
}

#[test]
fn with_a_master_the_charges_are_named() {
    let shown = receden::show::file(&parsed("october"), &masters::masters());
    let line = shown
        .lines()
        .find(|line| line.contains("510000110"))
        .unwrap();
    assert!(line.ends_with("基本療養費１"), "{line}");
}

#[test]
fn a_receipt_of_another_trade_is_shown_by_the_names_of_its_fields() {
    let shown = receden::show::file(&medical::sample(), Masters::none());
    assert!(
        shown.contains("診療行為コード: 111000110  点数: 288  回数: 1"),
        "{shown}"
    );
    assert!(
        shown.contains("転帰区分: 1 治ゆ・死亡・中止以外"),
        "{shown}"
    );
}

#[test]
fn the_page_to_print_holds_every_charge_and_escapes_what_people_wrote() {
    let mut file = parsed("october");
    file.set_field(49, 3, "＜b＞").unwrap();
    file.set_field(1, 14, "<i>").unwrap();
    let page = receden::show::html::file(&file, &masters::masters());
    assert_eq!(page.matches("<article>").count(), 3);
    assert_eq!(page.matches("510000110").count(), 10);
    assert!(page.contains("基本療養費１") && page.contains("見本　花子"));
    assert!(page.contains("&lt;i&gt;") && !page.contains("<i>"));
    let page = receden::show::html::file(&medical::sample(), Masters::none());
    assert!(page.contains("診療行為コード: 111000110"));
}

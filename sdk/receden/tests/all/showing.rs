//! Receipts as people read them.

use crate::parsed;

#[test]
fn the_october_sample_is_shown_as_in_the_case() {
    let shown = receden::show::file(&parsed("october"));
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
    let shown = receden::show::receipt(&file.receipt(0).unwrap());
    assert!(
        shown.contains("【読めません: `1968` is not of the form YYYYMMDD"),
        "{shown}"
    );
    assert!(
        shown.lines().last().unwrap().contains("【読めません"),
        "{shown}"
    );
}

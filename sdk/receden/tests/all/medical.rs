//! 医科: read, kept and checked record by record and field by field.

use receden::{ClaimFile, Edition, Editions, Record, Trade};

use crate::{claim_file, codes};

pub(crate) fn sample() -> ClaimFile {
    ClaimFile::parse_any(&claim_file("medical")).unwrap()
}

/// Dates as they were written before 2020, and a quantity with a zero at its end.
pub(crate) fn old_and_untidy() -> ClaimFile {
    let mut file = sample();
    file.set_field(1, 4, "43104").unwrap();
    file.set_field(1, 7, "3430412").unwrap();
    file.set_field(6, 3, "4310401").unwrap();
    let mut fields = vec!["21", "1", "610406047", "1.50", "10", "1"];
    fields.resize(43, "");
    file.insert_record(8, Record::new("IY", &fields).unwrap())
        .unwrap();
    file
}

#[test]
fn the_sample_is_read_kept_and_found_good() {
    let file = sample();
    assert_eq!(file.trade(), Trade::Medical);
    assert_eq!(file.to_bytes(), claim_file("medical"));
    let header = file.header().unwrap();
    assert_eq!(header.name().unwrap(), "みほん診療所");
    assert_eq!(header.claim_month().unwrap().to_string(), "2021-11");
    assert_eq!(header.phone().unwrap().unwrap(), "03-0000-0000");
    let receipt = file.receipt(0).unwrap();
    assert_eq!(receipt.name().unwrap(), "見本　太郎");
    assert_eq!(receipt.kana().unwrap().unwrap(), "ミホンタロウ");
    assert_eq!(receipt.birth_date().unwrap().to_string(), "1968-04-12");
    assert_eq!(receipt.person_key().unwrap().unwrap(), "P0001");
    assert_eq!(codes(&file), [] as [&str; 0]);
}

#[test]
fn dates_of_the_old_form_are_read_and_named_but_nothing_is_refused_for_them() {
    let file = old_and_untidy();
    let receipt = file.receipt(0).unwrap();
    assert_eq!(receipt.service_month().unwrap().to_string(), "2019-04");
    assert_eq!(receipt.birth_date().unwrap().to_string(), "1968-04-12");
    assert_eq!(
        codes(&file),
        ["R-FLD-15", "R-FLD-15", "R-FLD-15", "R-FLD-16"]
    );
}

#[test]
fn records_that_mix_may_stand_in_any_order_and_others_may_not() {
    let mut file = sample();
    let comment = file.record(8).unwrap().to_record();
    file.insert_record(7, comment).unwrap();
    assert_eq!(codes(&file), [] as [&str; 0]);
    let disease = file.record(6).unwrap().to_record();
    file.insert_record(9, disease).unwrap();
    assert_eq!(codes(&file), ["R-REC-02"]);
}

#[test]
fn what_is_broken_is_found_by_record_and_field() {
    for (line, field, text, rule) in [
        (2, 6, "3", "R-FLD-10"),
        (2, 3, "6112", "R-FLD-10"),
        (2, 5, "", "R-FLD-01"),
        (3, 2, "0113001", "R-FLD-04"),
        (7, 3, "20211301", "R-FLD-12"),
        (8, 4, "11100011X", "R-FLD-05"),
        (1, 4, "3", "R-FLD-10"),
    ] {
        let mut file = sample();
        file.set_field(line - 1, field, text).unwrap();
        assert!(
            codes(&file).contains(&rule),
            "{line}.{field}: {:?}",
            codes(&file)
        );
    }
    let mut file = sample();
    file.insert_record(7, Record::new("KA", &["1"]).unwrap())
        .unwrap();
    assert_eq!(codes(&file), ["R-REC-01"]);
}

#[test]
fn a_file_of_another_trade_is_taken_only_where_it_is_asked_for() {
    assert!(ClaimFile::parse(&claim_file("medical")).is_err());
    let dental = b"IR,1,13,3,1234567\r\n";
    assert_eq!(
        ClaimFile::parse_any(dental).unwrap_err().what(),
        "other-trade"
    );
}

#[test]
fn field_counts_are_those_of_the_specification() {
    let edition: &Edition = Editions::known().get("M0404").unwrap();
    let counts: Vec<(&str, usize)> = edition
        .records
        .iter()
        .map(|record| (record.id.as_str(), record.fields.len()))
        .collect();
    assert_eq!(
        counts,
        [
            ("IR", 10),
            ("RE", 38),
            ("HO", 15),
            ("KO", 12),
            ("SN", 9),
            ("JD", 33),
            ("MF", 33),
            ("GR", 3),
            ("SY", 8),
            ("SI", 44),
            ("IY", 44),
            ("TO", 48),
            ("CO", 5),
            ("SJ", 3),
            ("TI", 10),
            ("TR", 18),
            ("TS", 5),
            ("GO", 4),
        ]
    );
}

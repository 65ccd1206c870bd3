//! Laws of layouts: written and read again it is the same, whatever the layout; no file makes
//! a layout panic; what is wrong in a layout file is named by its key.

use crate::message::Content;
use crate::*;
use proptest::prelude::*;

const INVENTED: &str = include_str!("../../layouts/invented.toml");

fn invented() -> Layouts {
    toml::from_str(INVENTED).unwrap()
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,8}",
        " {0,4}[0-9]{4,8}",
        "[a-zA-Z0-9&<>\"' \\-]{0,6}[a-z]",
        "[ァ-ヶ一二三髙﨑①　●ｱ-ﾝ]{1,6}",
    ]
}

fn maybe() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(text())
}

/// Elements that no layout knows, some of them named as the crate's own.
fn extra() -> impl Strategy<Value = Vec<Element>> {
    let leaf = (
        prop_oneof![
            Just("NobodyKnows"),
            Just("ErrorCode"),
            Just("Birthdate"),
            Just("InvAlien")
        ],
        text(),
    );
    proptest::collection::vec(
        leaf.prop_map(|(name, text)| Element::leaf(name, text)),
        0..3,
    )
}

fn request_header() -> impl Strategy<Value = RequestHeader> {
    (text(), text(), maybe(), extra()).prop_map(|(day, station, tag, extra)| RequestHeader {
        confirmation_date: Some(day),
        institution_code: Some(station),
        file_identifier: tag,
        extra,
    })
}

fn search() -> impl Strategy<Value = RecheckSearch> {
    let numbers = (text(), maybe(), text(), maybe(), text(), maybe(), text());
    (numbers, prop_oneof!["1", "0"], extra()).prop_map(|(numbers, consent, extra)| {
        let (insurer, symbol, number, branch, born, reference, identifier) = numbers;
        RecheckSearch {
            insurer_number: Some(insurer),
            symbol,
            number: Some(number),
            branch,
            birthdate: Some(born),
            limit_consent: Some(consent.into()),
            reference_number: reference,
            identifier: Some(identifier),
            treatment: None,
            extra,
        }
    })
}

fn answer_header() -> impl Strategy<Value = AnswerHeader> {
    let texts = (maybe(), maybe(), maybe(), maybe(), maybe(), maybe());
    (texts, prop_oneof!["1", "2", "9", "7"], extra()).prop_map(|(texts, segment, extra)| {
        let (at, day, station, tag, code, message) = texts;
        AnswerHeader {
            execution_time: at,
            confirmation_date: day,
            institution_code: station,
            file_identifier: tag,
            segment: Some(segment.into()),
            error_code: code,
            error_message: message,
            extra,
            ..AnswerHeader::default()
        }
    })
}

fn unit() -> impl Strategy<Value = RecheckUnit> {
    // What is inside a 資格 is read by the crate's own names.
    let alien = proptest::option::of(text().prop_map(|text| Element::leaf("InvAlien", text)));
    let result = (maybe(), maybe(), maybe(), alien).prop_map(|(insurer, number, name, alien)| {
        Qualification {
            insurer_number: insurer,
            number,
            name,
            extra: alien.into_iter().collect(),
            ..Qualification::default()
        }
    });
    let results = proptest::collection::vec(result, 0..3);
    (results, maybe(), maybe(), maybe(), text(), extra()).prop_map(
        |(results, status, changed, reference, identifier, extra)| RecheckUnit {
            search: Some(SearchInfo {
                identifier: Some(identifier),
                ..SearchInfo::default()
            }),
            status: status.map(Into::into),
            validity: Some("1".into()),
            changed: changed.map(Into::into),
            reference_number: reference,
            results,
            extra,
            ..RecheckUnit::default()
        },
    )
}

fn comes_back<M: Content + PartialEq + std::fmt::Debug>(
    message: &M,
    write: impl Fn(&M, Charset) -> Result<Vec<u8>, WriteError>,
    read: impl Fn(&str, &[u8], &ReadOptions) -> Result<Read<M>, ReadError>,
) -> Result<(), TestCaseError> {
    for charset in [Charset::Utf8, Charset::ShiftJis] {
        let bytes = write(message, charset).expect("all that is required is there");
        let back = read("law", &bytes, &ReadOptions::default()).expect("own file");
        prop_assert_eq!(
            &back.message,
            message,
            "{}",
            String::from_utf8_lossy(&bytes)
        );
        prop_assert_eq!(back.charset, charset);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_re_query_comes_back(
        header in request_header(), search in search(), extra in extra(),
    ) {
        let layouts = invented();
        let layout = layouts.recheck_one().unwrap();
        // What a layout has no repeated element for has no room for unknown elements either.
        let search = RecheckSearch { extra: Vec::new(), ..search };
        let request = RecheckRequest { header, search: Some(search), extra };
        comes_back(
            &request,
            |m, c| layout.write_request(m, c),
            |f, b, o| layout.read_request(f, b, o),
        )?;
    }

    #[test]
    fn the_answer_to_a_re_query_comes_back(
        header in answer_header(), unit in unit(), extra in extra(),
    ) {
        let layouts = invented();
        let layout = layouts.recheck_one().unwrap();
        let unit = RecheckUnit { extra: Vec::new(), ..unit };
        let answer = RecheckAnswer { header, unit: Some(unit), extra };
        comes_back(
            &answer,
            |m, c| layout.write_answer(m, c),
            |f, b, o| layout.read_answer(f, b, o),
        )?;
    }

    #[test]
    fn a_bulk_re_query_comes_back_in_its_four_phases(
        header in request_header(),
        people in proptest::collection::vec(search(), 0..4),
        answered in answer_header(),
        units in proptest::collection::vec(unit(), 0..4),
        reception in text(),
        extra in extra(),
    ) {
        let layouts = invented();
        let BulkLayout { upload, download } = layouts.recheck_many().unwrap();
        let request = RecheckManyRequest { header: header.clone(), people, extra: extra.clone() };
        comes_back(
            &request,
            |m, c| upload.write_request(m, c),
            |f, b, o| upload.read_request(f, b, o),
        )?;
        let acceptance = Acceptance {
            header: AnswerHeader { confirmation_date: None, ..answered.clone() },
            reception_number: Some(reception.clone()),
            ..Acceptance::default()
        };
        comes_back(
            &acceptance,
            |m, c| upload.write_answer(m, c),
            |f, b, o| upload.read_answer(f, b, o),
        )?;
        let fetch = DownloadRequest {
            header: RequestHeader { confirmation_date: None, ..header },
            reception_number: Some(reception.clone()),
            extra: extra.clone(),
        };
        comes_back(
            &fetch,
            |m, c| download.write_request(m, c),
            |f, b, o| download.read_request(f, b, o),
        )?;
        let header = AnswerHeader { reception_number: Some(reception), ..answered };
        let result = RecheckManyAnswer { header, units, extra };
        comes_back(
            &result,
            |m, c| download.write_answer(m, c),
            |f, b, o| download.read_answer(f, b, o),
        )?;
    }

    #[test]
    fn a_withdrawal_comes_back_with_each_of_its_kinds(
        header in request_header(), search in search(), extra in extra(),
        kinds in proptest::sample::subsequence(ConsentInformation::KNOWN, 0..=5),
        answered in answer_header(), code in maybe(),
    ) {
        let layouts = invented();
        let layout = layouts.revoke_consent().unwrap();
        let header = RequestHeader { confirmation_date: None, ..header };
        let search = RecheckSearch { limit_consent: None, extra: Vec::new(), ..search };
        let request = RevokeRequest { header, search: Some(search), kinds, extra };
        comes_back(
            &request,
            |m, c| layout.write_request(m, c),
            |f, b, o| layout.read_request(f, b, o),
        )?;
        let answer = RevokeAnswer {
            header: AnswerHeader { confirmation_date: None, ..answered },
            status: Some("2".into()),
            code,
            ..RevokeAnswer::default()
        };
        comes_back(
            &answer,
            |m, c| layout.write_answer(m, c),
            |f, b, o| layout.read_answer(f, b, o),
        )?;
    }

    #[test]
    fn a_page_and_its_code_come_back(
        header in request_header(), answered in answer_header(), url in maybe(), qr: Vec<u8>,
    ) {
        let layouts = invented();
        let layout = layouts.visit_page().unwrap();
        let request = PageRequest {
            header: RequestHeader { confirmation_date: None, ..header },
            kind: Some(PageKind::HomeVisit),
            qr: Some(QrFormat::Png),
            change: Some(UrlChange::Keep),
            extra: Vec::new(),
        };
        comes_back(
            &request,
            |m, c| layout.write_request(m, c),
            |f, b, o| layout.read_request(f, b, o),
        )?;
        let mut answer = PageAnswer {
            header: AnswerHeader { confirmation_date: None, ..answered },
            url,
            ..PageAnswer::default()
        };
        if !qr.is_empty() {
            answer.set_qr(&qr);
            prop_assert_eq!(answer.qr_bytes(), Some(qr));
        }
        comes_back(
            &answer,
            |m, c| layout.write_answer(m, c),
            |f, b, o| layout.read_answer(f, b, o),
        )?;
    }

    #[test]
    fn no_bytes_make_a_layout_panic(bytes: Vec<u8>, cut: usize, at: usize) {
        let layouts = invented();
        let one = layouts.recheck_one().unwrap();
        let revoke = layouts.revoke_consent().unwrap();
        let file = "<XmlMsg><MessageHeader><InvEnd>1</InvEnd></MessageHeader><MessageBody><InvWithdrawn>\
            <InvOf>TKK</InvOf></InvWithdrawn><InvPart><InvFound><InvOne><Name>a</Name></InvOne></InvFound>\
            </InvPart></MessageBody></XmlMsg>";
        let mut damaged = file.as_bytes().to_vec();
        let at = at % damaged.len();
        damaged.splice(at..(at + cut % 8).min(damaged.len()), bytes.iter().copied());
        for file in [&bytes, &damaged] {
            let _ = one.read_answer("x", file, &ReadOptions::default());
            let _ = revoke.read_request("x", file, &ReadOptions::default());
            let _ = serde_json::from_slice::<Layouts>(file);
        }
    }
}

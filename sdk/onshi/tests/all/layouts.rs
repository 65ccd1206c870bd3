//! Layouts that settings give: what they write and read, and how a mistake in one is named.

use onshi::*;

const INVENTED: &str = include_str!("../../layouts/invented.toml");

fn invented() -> Layouts {
    toml::from_str(INVENTED).unwrap()
}

/// The invented layouts with one text in the place of another.
fn with(from: &str, to: &str) -> Result<Layouts, LayoutError> {
    assert!(INVENTED.contains(from), "{from}");
    Layouts::try_from(toml::from_str::<LayoutsSpec>(&INVENTED.replacen(from, to, 1)).unwrap())
}

fn refused(from: &str, to: &str) -> String {
    with(from, to).unwrap_err().to_string()
}

fn ida() -> RecheckSearch {
    RecheckSearch {
        insurer_number: Some(padded_insurer("999995")),
        symbol: Some("空・１２".into()),
        number: Some("0001234".into()),
        birthdate: Some("19501224".into()),
        identifier: Some("Q1".into()),
        treatment: Some(TreatmentKind::HomeVisit),
        ..RecheckSearch::default()
    }
}

fn header() -> RequestHeader {
    RequestHeader {
        confirmation_date: Some("20241001".into()),
        institution_code: Some("1369999998".into()),
        file_identifier: Some("tag-1".into()),
        ..RequestHeader::default()
    }
}

#[test]
fn a_request_is_written_as_the_layout_says() {
    let request = RecheckRequest {
        header: header(),
        search: Some(ida()),
        ..RecheckRequest::default()
    };
    let layouts = invented();
    let layout = layouts.recheck_one().unwrap();
    assert_eq!(
        layout.request_prefix(),
        "OQSsihvq01req",
        "public, so left out"
    );
    assert_eq!(layout.answer_prefix(), "OQSsihvq01res");
    assert_eq!(layout.interfaces(), (25, 26));
    let bytes = layout.write_request(&request, Charset::Utf8).unwrap();
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>
<XmlMsg>
  <MessageHeader>
    <InvStation>1369999998</InvStation>
    <InvDay>20241001</InvDay>
    <InvTag>tag-1</InvTag>
  </MessageHeader>
  <MessageBody>
    <InvKindOfCare>2</InvKindOfCare>
    <InvWho>
      <InvInsurer>  999995</InvInsurer>
      <InvSymbol>空・１２</InvSymbol>
      <InvNumber>0001234</InvNumber>
      <InvBranch></InvBranch>
      <InvBorn>19501224</InvBorn>
      <InvOurTag>Q1</InvOurTag>
    </InvWho>
  </MessageBody>
</XmlMsg>
"
    );
}

#[test]
fn an_answer_is_read_in_any_order_and_what_the_layout_does_not_know_is_kept() {
    let file = "<XmlMsg><MessageBody><InvPart>
        <InvFound><InvOne><Name>空野　春子</Name><InsurerNumber>  999995</InsurerNumber></InvOne>
          <InvOne><InsuredCardClassification>A1</InsuredCardClassification></InvOne></InvFound>
        <InvSame>1</InvSame><InvValid>1</InvValid><InvEnd>1</InvEnd><InvNew>x</InvNew>
        <InvAsked><InvOurTag>Q1</InvOurTag></InvAsked></InvPart></MessageBody>
        <MessageHeader><ErrorMessage>これは知らない要素</ErrorMessage><InvEnd>1</InvEnd>
        <InvLetters>1</InvLetters></MessageHeader></XmlMsg>";
    let layouts = invented();
    let layout = layouts.recheck_one().unwrap();
    let read = layout
        .read_answer("a.xml", file.as_bytes(), &ReadOptions::default())
        .unwrap();
    assert_eq!(
        read.warnings,
        [Warning::CharsetDisagrees {
            stated: CharacterCode::ShiftJis,
            charset: Charset::Utf8
        }]
    );
    let answer = read.message;
    assert_eq!(answer.header.outcome(), Outcome::Done);
    assert_eq!(
        answer.header.error_message, None,
        "no element by another name counts"
    );
    assert_eq!(answer.header.extra[0].name, "ErrorMessage");
    let unit = answer.unit.unwrap();
    assert_eq!(unit.changed, Some(ChangeCheck::Differs));
    assert_eq!(unit.validity, Some(Validity::Valid));
    assert!(!unit.person().is_error);
    assert_eq!(unit.results.len(), 2);
    assert_eq!(unit.results[0].name.as_deref(), Some("空野　春子"));
    assert!(unit.results[1].is_public_assistance());
    let rest = Element::group("InvPart", vec![Element::leaf("InvNew", "x")]);
    assert_eq!(answer.extra, [rest]);
    let unit = ConfirmUnit::from(unit);
    assert_eq!(unit.identifier(), Some("Q1"));
}

#[test]
fn the_whole_message_and_each_person_have_their_own_errors() {
    let layouts = invented();
    let bulk = layouts.recheck_many().unwrap();
    let failed = "<XmlMsg><MessageHeader><InvEnd>9</InvEnd><InvError><InvCode>DEMO-E1</InvCode>\
        <InvText>架空</InvText></InvError></MessageHeader><MessageBody/></XmlMsg>";
    let read = |file: &str| {
        let options = ReadOptions::default();
        bulk.download
            .read_answer("a", file.as_bytes(), &options)
            .unwrap()
            .message
    };
    let Outcome::Failed(error) = read(failed).header.outcome() else {
        panic!("failed as a whole")
    };
    assert_eq!(error.code.as_deref(), Some("DEMO-E1"));
    let working =
        "<XmlMsg><MessageHeader><InvEnd>2</InvEnd></MessageHeader><MessageBody/></XmlMsg>";
    assert_eq!(read(working).header.outcome(), Outcome::Processing);
    let person = "<XmlMsg><MessageHeader><InvEnd>1</InvEnd></MessageHeader><MessageBody><InvList>\
        <InvPart><InvAsked><InvOurTag>Q2</InvOurTag></InvAsked><InvEnd>2</InvEnd><InvCode>DEMO-P1</InvCode></InvPart>\
        <InvPart><InvAsked><InvOurTag>Q1</InvOurTag></InvAsked><InvEnd>1</InvEnd></InvPart>\
        </InvList></MessageBody></XmlMsg>";
    let answer = read(person);
    assert_eq!(answer.header.outcome(), Outcome::Done);
    let errors: Vec<bool> = answer.units.iter().map(|u| u.person().is_error).collect();
    assert_eq!(errors, [true, false]);
    assert!(answer.extra.is_empty());
}

#[test]
fn without_a_value_that_the_layout_requires_nothing_is_written() {
    let layouts = invented();
    let layout = layouts.recheck_one().unwrap();
    let request = RecheckRequest {
        header: header(),
        search: Some(RecheckSearch {
            birthdate: None,
            ..ida()
        }),
        ..RecheckRequest::default()
    };
    let error = layout.write_request(&request, Charset::Utf8).unwrap_err();
    assert_eq!(
        error.to_string(),
        "OQSsihvq01req: XmlMsg/MessageBody/InvWho/InvBorn: the layout requires `birth-date` here, \
         and there is none"
    );
}

const FLAGS: &str = "{ element = \"MessageBody/InvOffTKK\", when-kind = \"TKK\", constant = \"1\", otherwise = \"0\" },
    { element = \"MessageBody/InvOffYZK\", when-kind = \"YZK\", constant = \"1\" },
]";

fn with_flags() -> Layouts {
    let from = "    { element = \"MessageBody/InvWithdrawn\", each = \"consent-kind\", elements = [
        { element = \"InvOf\", value = \"consent-kind\", required = true },
        { element = \"InvWhy\", constant = \"1\" },
    ] },
]";
    with(from, FLAGS).unwrap()
}

#[test]
fn kinds_of_consent_may_have_an_element_each() {
    let layouts = with_flags();
    let layout = layouts.revoke_consent().unwrap();
    let mut request = RevokeRequest {
        header: RequestHeader {
            confirmation_date: None,
            ..header()
        },
        search: Some(RecheckSearch {
            limit_consent: None,
            ..ida()
        }),
        kinds: vec![ConsentInformation::Drugs],
        ..RevokeRequest::default()
    };
    let bytes = layout.write_request(&request, Charset::Utf8).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("<InvOffTKK>0</InvOffTKK>"), "{text}");
    assert!(text.contains("<InvOffYZK>1</InvOffYZK>"), "{text}");
    let back = layout
        .read_request("x", &bytes, &ReadOptions::default())
        .unwrap();
    assert_eq!(back.message, request);

    request.kinds.push(ConsentInformation::Operation);
    let error = layout.write_request(&request, Charset::Utf8).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("the layout has no place for `SHJ`"),
        "a withdrawal is never dropped: {error}"
    );
}

#[test]
fn a_code_that_is_no_base64_is_no_code() {
    let layouts = invented();
    let layout = layouts.visit_page().unwrap();
    let file = "<XmlMsg><MessageBody><InvLink>https://example.jp/x</InvLink>\
        <InvPicture>!!!</InvPicture></MessageBody></XmlMsg>";
    let answer = layout
        .read_answer("a", file.as_bytes(), &ReadOptions::default())
        .unwrap()
        .message;
    assert_eq!(answer.url.as_deref(), Some("https://example.jp/x"));
    assert_eq!(
        (answer.qr.as_deref(), answer.qr_bytes()),
        (Some("!!!"), None)
    );
}

#[test]
fn everything_with_a_layout_is_a_gap_to_this_crate() {
    let layouts = invented();
    let bulk = layouts.recheck_many().unwrap();
    for confidence in [
        layouts.recheck_one().unwrap().confidence(),
        bulk.upload.confidence(),
        bulk.download.confidence(),
        layouts.revoke_consent().unwrap().confidence(),
        layouts.visit_page().unwrap().confidence(),
    ] {
        assert_eq!(confidence, Confidence::Gap);
        assert!(confidence.is_unconfirmed());
    }
    assert!(layouts.sheet().contains("INVENTED"));
}

#[test]
fn an_operation_without_a_layout_stays_off() {
    let spec = LayoutsSpec {
        sheet: "架空".into(),
        ..LayoutsSpec::default()
    };
    let layouts = Layouts::try_from(spec).unwrap();
    assert!(layouts.recheck_one().is_none() && layouts.recheck_many().is_none());
    assert!(layouts.revoke_consent().is_none() && layouts.visit_page().is_none());
}

#[test]
fn a_mistake_in_a_layout_is_named_by_its_key() {
    let cases = [
        (
            "sheet = \"架空の例（INVENTED：公式のレイアウトではありません）\"",
            "sheet = \" \"",
            "sheet: say which document the layout was copied from",
        ),
        (
            "prefix = \"INVmuhvr01req\"\n",
            "",
            "recheck-many.request.prefix: the prefix of this message is not public: copy it from \
             the official sheet",
        ),
        (
            "\"INVmuhvr01req\"",
            "\"INV_muhvr01req\"",
            "recheck-many.request.prefix: `INV_muhvr01req` is not the prefix of a request, such as \
             `OQSsihvq01req`",
        ),
        (
            "\"INVmuhvr01req\"",
            "\"OQSmuquc01req\"",
            "recheck-many.request.prefix: the prefix `OQSmuquc01req` belongs to OQS-IF-005",
        ),
        (
            "\"INVmuhvr02req\"",
            "\"INVmuhvr01req\"",
            "recheck-many.download.prefix: the prefix `INVmuhvr01req` belongs to recheck-many.request",
        ),
        (
            "element = \"MessageBody/InvKindOfCare\", constant",
            "element = \"MessageBody/Inv Kind\", constant",
            "recheck-one.request.elements[3].element: `MessageBody/Inv Kind` is not a path of element \
             names, such as `MessageBody/BirthDay`",
        ),
        (
            "element = \"MessageBody/InvKindOfCare\", constant",
            "element = \"InvKindOfCare\", constant",
            "recheck-one.request.elements[3].element: `InvKindOfCare` begins neither with \
             `MessageHeader/` nor with `MessageBody/`",
        ),
        (
            "constant = \"2\"",
            "constant = \"2\", value = \"as-of\"",
            "recheck-one.request.elements[3]: an element has either `value`, or `constant`, or `each` \
             with `elements`",
        ),
        (
            "constant = \"2\"",
            "constant = \"2\", blank = true",
            "recheck-one.request.elements[3].blank: `blank` has no meaning here",
        ),
        (
            "constant = \"2\"",
            "constant = \" \"",
            "recheck-one.request.elements[3].constant: the text cannot stand in a message",
        ),
        (
            "constant = \"2\"",
            "value = \"institution-code\"",
            "recheck-one.request.elements[3].value: the value `institution-code` stands in two elements",
        ),
        (
            "element = \"MessageBody/InvKindOfCare\", constant = \"2\"",
            "element = \"MessageHeader/InvDay\", constant = \"2\"",
            "recheck-one.request.elements[3].element: `MessageHeader/InvDay` stands for two things",
        ),
        (
            "element = \"MessageBody/InvKindOfCare\", constant = \"2\"",
            "element = \"MessageHeader/InvDay/InvX\", constant = \"2\"",
            "recheck-one.request.elements[3].element: `MessageHeader/InvDay/InvX` stands inside another \
             element of this layout, or has one inside",
        ),
        (
            "constant = \"2\"",
            "each = \"person\", elements = []",
            "recheck-one.request.elements[3].each: nothing of this kind is repeated in this message",
        ),
        (
            "    { element = \"MessageBody/InvTicket\", value = \"reception-number\", required = true },\n",
            "",
            "recheck-many.download.elements: one of these has to stand somewhere: `reception-number`",
        ),
        (
            "    { element = \"MessageHeader/InvTicket\", value = \"reception-number\" },\n",
            "    { element = \"MessageHeader/InvTicket\", value = \"validity\" },\n",
            "recheck-many.result.elements[4].value: `validity` is a person's: it stands below an \
             element with `each = \"person\"`",
        ),
        (
            "    { element = \"MessageBody/InvLink\", value = \"url\" },\n    { element = \"MessageBody/InvPicture\", value = \"qr\" },\n",
            "",
            "visit-page.answer.elements: one of these has to stand somewhere: `url`, `qr`",
        ),
    ];
    for (from, to, error) in cases {
        assert_eq!(refused(from, to), error);
    }
    let unknown = refused("constant = \"2\"", "value = \"url\"");
    assert!(
        unknown.starts_with(
            "recheck-one.request.elements[3].value: this message has no `url`; it has `as-of`,"
        ),
        "{unknown}"
    );
}

#[test]
fn a_key_that_layouts_do_not_have_is_refused() {
    let error = toml::from_str::<Layouts>(&INVENTED.replacen("required =", "requierd =", 1))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("requierd") && error.contains("required"),
        "{error}"
    );
    let error = toml::from_str::<Layouts>(&INVENTED.replacen("\"as-of\"", "\"asof\"", 1))
        .unwrap_err()
        .to_string();
    assert!(error.contains("asof") && error.contains("as-of"), "{error}");
}

#[test]
fn the_bulk_re_query_may_share_the_prefix_of_the_batch_of_consents() {
    let layouts = with("\"INVmuhvr01req\"", "\"OQSmuhvq01req\"").unwrap();
    let bulk = layouts.recheck_many().unwrap();
    assert_eq!(bulk.upload.answer_prefix(), "OQSmuhvq01res");
}

#[test]
fn a_qr_code_may_come_as_a_file() {
    let from = "    { element = \"MessageBody/InvPicture\", value = \"qr\" },\n]";
    let layouts = with(from, "]\nqr-file = \"beside\"").unwrap();
    assert_eq!(
        layouts.visit_page().unwrap().qr_file(),
        Some(QrFile::Beside)
    );
    let both =
        "    { element = \"MessageBody/InvPicture\", value = \"qr\" },\n]\nqr-file = \"beside\"";
    assert_eq!(
        refused(from, both),
        "visit-page.answer.qr-file: the value `qr` stands in two elements"
    );
}

#[test]
fn layouts_stay_what_they_are_as_json() {
    let layouts = invented();
    let json = serde_json::to_value(&layouts).unwrap();
    assert_eq!(json["recheck-many"]["request"]["prefix"], "INVmuhvr01req");
    assert_eq!(serde_json::from_value::<Layouts>(json).unwrap(), layouts);
}

#[cfg(feature = "schema")]
#[test]
fn the_schema_of_settings_with_layouts_knows_their_keys() {
    let schema = serde_json::to_value(schemars::schema_for!(Layouts)).unwrap();
    assert_eq!(schema["required"], serde_json::json!(["sheet"]));
    assert!(schema["properties"]["recheck-many"].is_object(), "{schema}");
}

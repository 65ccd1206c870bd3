//! Laws that hold for every message: written and read again it is the same, in whatever
//! order its elements stand, and no bytes make the reader panic.

use crate::*;
use proptest::prelude::*;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Elements of a part by the name of the element that holds it.
fn layout(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "QualificationConfirmSearchInfo" => SearchInfo::ELEMENTS,
        "ResultOfQualificationConfirmation" => Qualification::ELEMENTS,
        "ElderlyRecipientCertificateInfo" => ElderlyCertificate::ELEMENTS,
        "LimitApplicationCertificateRelatedInfo" => LimitCertificate::ELEMENTS,
        "SpecificDiseasesCertificateInfo" => SpecificDisease::ELEMENTS,
        "MedicalTicketInfo" => MedicalTicket::ELEMENTS,
        "BulkConfirmUnit" => ConfirmUnit::ELEMENTS,
        "ReferenceNumberRegistrationInfo" => ReferenceInfo::ELEMENTS,
        "BulkRegistrationUnit" => RegistrationUnit::ELEMENTS,
        "QuaInf" => DrugsPerson::ELEMENTS,
        "QualificationsInfo" => CheckupPerson::ELEMENTS,
        _ => return None,
    })
}

const WRAPPERS: &[(&str, &[&str])] = &[
    ("ResultList", &["ResultOfQualificationConfirmation"]),
    (
        "SpecificDiseasesCertificateList",
        &["SpecificDiseasesCertificateInfo"],
    ),
    ("PublicExpenseResultList", &["MedicalTicketInfo"]),
];

/// Texts that both encodings can carry, those that XML has to escape, and blanks.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,8}",
        " {0,4}[0-9]{4,8}",
        "[a-zA-Z0-9&<>\"' \\-]{0,8}",
        "[ァ-ヶ一二三髙﨑①　●ｱ-ﾝ]{1,8}",
        Just(" \n ".to_owned()),
    ]
}

fn tree(name: String, depth: u32) -> BoxedStrategy<Element> {
    let named = WRAPPERS
        .iter()
        .find(|(w, _)| *w == name)
        .map(|(_, items)| *items);
    let Some(names) = named.or_else(|| layout(&name)).filter(|_| depth > 0) else {
        return text()
            .prop_map(move |t| Element::leaf(name.clone(), t))
            .boxed();
    };
    let repeated = named.is_some();
    elements(names, repeated, depth - 1)
        .prop_map(move |children| Element::group(name.clone(), children))
        .boxed()
}

/// Some of the layout's elements, now and then twice, and unknown ones.
fn elements(names: &[&'static str], repeated: bool, depth: u32) -> BoxedStrategy<Vec<Element>> {
    let mut names: Vec<String> = names
        .iter()
        .filter(|n| **n != "*")
        .map(|n| {
            n.split_once('/')
                .map_or(*n, |(wrapper, _)| wrapper)
                .to_owned()
        })
        .collect();
    if !repeated {
        names.extend(["PharmacistsInfoConsFlg", "DiagnosisNameAvailableTime"].map(str::to_owned));
        names.push("PharmaceuticalInfoConsFlg".to_owned());
        names.push("NobodyKnows".to_owned());
    }
    proptest::collection::vec(0..names.len(), 0..8)
        .prop_flat_map(move |picked| {
            picked
                .into_iter()
                .filter_map(|at| names.get(at))
                .map(|name| tree(name.clone(), depth))
                .collect::<Vec<_>>()
        })
        .boxed()
}

fn root(header: &[&'static str], body: &[&'static str]) -> impl Strategy<Value = Element> {
    (elements(header, false, 2), elements(body, false, 6)).prop_map(|(header, body)| {
        Element::group(
            "XmlMsg",
            vec![
                Element::group("MessageHeader", header),
                Element::group("MessageBody", body),
            ],
        )
    })
}

/// Another order; elements of the same name keep theirs, because the first one counts.
fn shuffled(element: &Element, seed: u64) -> Element {
    let mut children: Vec<Element> = element.children.iter().map(|c| shuffled(c, seed)).collect();
    children.sort_by_key(|c| {
        let mut hasher = DefaultHasher::new();
        (seed, consent_or_name(&c.name)).hash(&mut hasher);
        hasher.finish()
    });
    Element {
        children,
        ..element.clone()
    }
}

/// Unknown elements and consents are kept in the order of the file, so they move as one.
fn consent_or_name(name: &str) -> &str {
    let known = ["Time", "Flg"].iter().any(|s| name.ends_with(s)) || name == "NobodyKnows";
    if known { "" } else { name }
}

fn sorted(element: &Element) -> Element {
    let mut children: Vec<Element> = element.children.iter().map(sorted).collect();
    children.sort_by(|a, b| (&a.name, &a.text).cmp(&(&b.name, &b.text)));
    Element {
        children,
        ..element.clone()
    }
}

fn comes_back<M: Message + PartialEq + std::fmt::Debug>(
    root: &Element,
    seed: u64,
) -> Result<(), TestCaseError> {
    let message = M::from_root(root.clone());
    for charset in [Charset::Utf8, Charset::ShiftJis] {
        let bytes = write("law", &message, charset).expect("only texts that both carry");
        let other = match charset {
            Charset::Utf8 => Charset::ShiftJis,
            Charset::ShiftJis => Charset::Utf8,
        };
        let back = read::<M>("law", &bytes, &ReadOptions::with_fallback(other)).expect("own file");
        prop_assert_eq!(&back.message, &message);
        prop_assert_eq!(back.charset, charset);
    }
    let other_order = M::from_root(shuffled(&message.to_root(), seed));
    prop_assert_eq!(sorted(&other_order.to_root()), sorted(&message.to_root()));
    Ok(())
}

macro_rules! laws {
    ($($law:ident: $message:ident, $header:ident;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(96))]
            $(
                #[test]
                fn $law(root in root($header::ELEMENTS, $message::ELEMENTS), seed: u64) {
                    comes_back::<$message>(&root, seed)?;
                }
            )*
        }
    };
}

laws! {
    a_single_request_comes_back: SingleRequest, RequestHeader;
    a_single_answer_comes_back: SingleAnswer, AnswerHeader;
    a_bulk_request_comes_back: BulkRequest, RequestHeader;
    an_acceptance_comes_back: Acceptance, AnswerHeader;
    a_download_request_comes_back: DownloadRequest, RequestHeader;
    a_bulk_answer_comes_back: BulkAnswer, AnswerHeader;
    a_consent_request_comes_back: ConsentRequest, RequestHeader;
    a_ticket_request_comes_back: TicketRequest, RequestHeader;
    a_medical_request_comes_back: MedicalRequest, MedicalRequestHeader;
    a_medical_answer_comes_back: MedicalAnswer, MedicalAnswerHeader;
    a_reference_request_comes_back: ReferenceRequest, RequestHeader;
    a_reference_answer_comes_back: ReferenceAnswer, AnswerHeader;
    a_bulk_reference_answer_comes_back: BulkReferenceAnswer, AnswerHeader;
}

const REAL: &[u8] = include_bytes!("../tests/all/cases/single-two-results.xml");

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes: Vec<u8>, at: usize, cut: usize) {
        let mut damaged = REAL.to_vec();
        let at = at % damaged.len();
        damaged.splice(at..(at + cut % 8).min(damaged.len()), bytes.iter().copied());
        for file in [&bytes, &damaged] {
            for charset in [Charset::Utf8, Charset::ShiftJis] {
                let options = ReadOptions::with_fallback(charset);
                let _ = read::<SingleAnswer>("x", file, &options);
                let _ = read::<BulkAnswer>("x", file, &options);
                let _ = read::<Acceptance>("x", file, &options);
                if let Ok(read) = read::<MedicalAnswer>("x", file, &options) {
                    let _ = (read.message.items(), read.message.result().is_error);
                }
            }
        }
    }

    #[test]
    fn what_is_written_is_never_a_reference(text in "\\PC{0,6}") {
        let request = DownloadRequest::new("9999999999", &text);
        match write("x", &request, Charset::ShiftJis) {
            Ok(bytes) => {
                prop_assert!(!bytes.windows(2).any(|w| w == b"&#"));
                let back = read::<DownloadRequest>("x", &bytes, &ReadOptions::default());
                let back = back.expect("own file").message.reception_number;
                prop_assert_eq!(back, Some(text).filter(|t| !t.trim_matches(' ').is_empty()));
            }
            Err(error) => prop_assert_eq!(error.path, "XmlMsg/MessageBody/ReceptionNumber"),
        }
    }
}

#[test]
fn names_known_to_be_wrong_stand_in_no_layout() {
    let layouts = [
        "QualificationConfirmSearchInfo",
        "ResultOfQualificationConfirmation",
        "ElderlyRecipientCertificateInfo",
        "LimitApplicationCertificateRelatedInfo",
        "SpecificDiseasesCertificateInfo",
        "MedicalTicketInfo",
        "BulkConfirmUnit",
        "ReferenceNumberRegistrationInfo",
        "BulkRegistrationUnit",
        "QuaInf",
        "QualificationsInfo",
    ];
    let mut names: Vec<&str> = layouts
        .iter()
        .flat_map(|l| layout(l).unwrap())
        .copied()
        .collect();
    names.extend(AnswerHeader::ELEMENTS);
    names.extend(RequestHeader::ELEMENTS);
    names.extend(SingleAnswer::ELEMENTS);
    names.extend(ConsentSearch::ELEMENTS);
    names.extend(TicketSearch::ELEMENTS);
    names.extend(MedicalRequestHeader::ELEMENTS);
    names.extend(MedicalRequest::ELEMENTS);
    names.extend(MedicalAnswerHeader::ELEMENTS);
    names.extend(CONSENT_KINDS.iter().map(|k| k.element));
    for wrong in ["Pharmaceutical", "AcquisitionTime", "StatusOfInfection"] {
        assert!(!names.iter().any(|n| n.contains(wrong)), "{wrong}");
    }
    // Elements of a code table are elements of a layout.
    for element in tables::TABLES
        .iter()
        .flat_map(|t| t.elements)
        .filter(|e| !e.contains('…'))
    {
        let consent = element.strip_suffix("ConsFlg").unwrap_or(element);
        assert!(
            names.iter().any(|n| n == element || *n == consent),
            "{element}"
        );
    }
    let prefixes: Vec<&str> = CATALOGUE.iter().map(|e| e.prefix).collect();
    for wrong in ["OQSmuonl", "OQSsimm", "OQSsidrg", "OQSpdfdrg", "OQSsishd"] {
        assert!(!prefixes.iter().any(|p| p.starts_with(wrong)), "{wrong}");
    }
}

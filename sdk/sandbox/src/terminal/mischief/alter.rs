//! What faults do to the tree of an answer.

use super::Mischief;
use super::shapes::{People, each, first_named, header, set, units};
use jiff::{SignedDuration, civil::DateTime};
use onshi::{CharacterCode, Charset, Element};
use sha2::{Digest, Sha256};

/// Makes of an answer what a fault would. Faults that are not about the tree leave it alone.
pub(crate) fn alter(root: &mut Element, mischief: Mischief) {
    match mischief {
        Mischief::UnknownCode => unknown_code(root),
        Mischief::ConfirmationKey => body(root, "QualificationConfirmationKey", "SANDBOX-KEY-0001"),
        Mischief::Unpadded => each(root, "InsurerNumber", &|one| {
            one.text = one.text.trim().into()
        }),
        Mischief::Padded => {
            each(root, "InsuredCardSymbol", &|one| {
                one.text = format!(" {} ", one.text)
            });
            each(root, "InsuredIdentificationNumber", &|one| {
                one.text = format!("00{} ", one.text);
            });
        }
        Mischief::OtherInstitution => set(header(root), "MedicalInstitutionCode", "1319999991"),
        Mischief::OtherIdentifier => set(header(root), "ArbitraryFileIdentifier", "someone-elses"),
        Mischief::OtherPerson => other_person(root),
        Mischief::SeveralResults => several_results(root),
        Mischief::NoResults => no_results(root),
        Mischief::MissingUnit => {
            if let Some(body) = units(root)
                && let Some(at) = first_named(body, "BulkConfirmUnit")
            {
                body.children.remove(at);
            }
        }
        Mischief::DoubleUnit => {
            if let Some(body) = units(root)
                && let Some(at) = first_named(body, "BulkConfirmUnit")
                && let Some(unit) = body.children.get(at).cloned()
            {
                body.children.push(unit);
            }
        }
        Mischief::ReorderedUnits => {
            if let Some(body) = units(root) {
                body.children.reverse();
            }
        }
        Mischief::ExpiredConsent => expired(root),
        Mischief::MissingGlyph => first(root, "Name", |name| {
            let mut glyphs = name.chars();
            glyphs.next();
            format!("●{}", glyphs.as_str())
        }),
        Mischief::SexUnset => first(root, "Sex1", |_| "3".to_owned()),
        Mischief::SpecialCard => first(root, "InsuredCardClassification", |_| "05".to_owned()),
        Mischief::OldCardClass => first(root, "InsuredCardClassification", |_| "02".to_owned()),
        Mischief::Invalid => validity(root, "2"),
        Mischief::InvalidNew => validity(root, "3"),
        Mischief::NotFound => without(root, "4"),
        Mischief::Several => without(root, "5"),
        Mischief::Unregistered => validity(root, "6"),
        Mischief::WholeError => whole_error(root),
        Mischief::PersonError => person_error(root),
        Mischief::SuccessNote => note(root, "SANDBOX-N001", "架空の注意（証明書の有効期限が近い）"),
        Mischief::ClockAhead => clock(root, SignedDuration::from_hours(1)),
        Mischief::ClockBehind => clock(root, SignedDuration::from_hours(-1)),
        _ => {}
    }
}

/// The encoding that the site does not have, which the header then names as it is.
pub(crate) fn in_other_encoding(root: &mut Element, charset: Charset) -> Charset {
    let other = super::files::other(charset);
    set(
        header(root),
        "CharacterCodeIdentifier",
        CharacterCode::from(other).code(),
    );
    other
}

/// Another order of the elements, the same for the same seed and file. Elements of one name keep
/// their order: some pair by position.
pub(crate) fn shuffle(element: &mut Element, seed: u64, file: &str) {
    element.children.sort_by_key(|child| {
        let hash: [u8; 32] = Sha256::new()
            .chain_update(seed.to_be_bytes())
            .chain_update(format!("{file}/{}", child.name))
            .finalize()
            .into();
        hash
    });
    for child in &mut element.children {
        shuffle(child, seed, file);
    }
}

/// Changes the text of the first element of a name below the results.
fn first(root: &mut Element, name: &str, text: impl FnOnce(&str) -> String) {
    fn find<'e>(element: &'e mut Element, name: &str) -> Option<&'e mut Element> {
        if element.name == name && element.children.is_empty() {
            return Some(element);
        }
        element
            .children
            .iter_mut()
            .find_map(|child| find(child, name))
    }
    if let Some(one) = find(root, name) {
        one.text = text(&one.text);
    }
}

/// Adds an element to the body.
fn body(root: &mut Element, name: &str, text: &str) {
    if let Some(body) = root
        .children
        .iter_mut()
        .find(|one| one.name == "MessageBody")
    {
        body.children.push(Element::leaf(name, text));
    }
}

/// Puts a code that nobody knows on the first 資格有効性, and an element that nobody knows beside it.
fn unknown_code(root: &mut Element) {
    let mut people = People::of(root);
    if let Some(one) = people.first() {
        set(Some(&mut *one), "QualificationValidity", "8");
        one.children
            .push(Element::leaf("SandboxUnknownElement", "模擬"));
    }
}

fn validity(root: &mut Element, code: &str) {
    if let Some(one) = People::of(root).first() {
        set(Some(one), "QualificationValidity", code);
    }
}

/// A validity that comes without any 資格.
fn without(root: &mut Element, code: &str) {
    validity(root, code);
    no_results(root);
}

fn no_results(root: &mut Element) {
    if let Some(one) = People::of(root).first() {
        one.children.retain(|child| {
            child.name != "ResultList" && child.name != "ResultOfQualificationConfirmation"
        });
    }
}

fn other_person(root: &mut Element) {
    for (name, text) in [
        ("Name", "別人　太郎"),
        ("NameKana", "ﾍﾞﾂｼﾞﾝ ﾀﾛｳ"),
        ("Birthdate", "19010101"),
    ] {
        set(People::of(root).first_result(), name, text);
    }
}

/// The first 資格 once more, of another insurer.
fn several_results(root: &mut Element) {
    let mut people = People::of(root);
    let Some(list) = people.first_list() else {
        return;
    };
    let found = first_named(list, "ResultOfQualificationConfirmation")
        .and_then(|at| list.children.get(at))
        .cloned();
    if let Some(mut other) = found {
        set(Some(&mut other), "InsurerNumber", "06990105");
        set(Some(&mut other), "InsurerName", "架空印刷健康保険組合");
        list.children.push(other);
    }
}

fn expired(root: &mut Element) {
    const VIEWING: [&str; 4] = [
        "SpecificHealthCheckupsInfoConsFlg",
        "PharmacistsInfoConsFlg",
        "DiagnosisInfoConsFlg",
        "OperationInfoConsFlg",
    ];
    for name in VIEWING {
        each(root, name, &|flag| {
            if flag.text == "1" {
                "2".clone_into(&mut flag.text);
            }
        });
    }
}

fn whole_error(root: &mut Element) {
    let header = header(root);
    if let Some(header) = header {
        set(Some(&mut *header), "SegmentOfResult", "9");
        set(Some(&mut *header), "ErrorCode", "SANDBOX-E900");
        set(Some(header), "ErrorMessage", "模擬の障害です。");
    }
    if let Some(body) = root
        .children
        .iter_mut()
        .find(|one| one.name == "MessageBody")
    {
        body.children.clear();
    }
}

fn person_error(root: &mut Element) {
    no_results(root);
    if let Some(one) = People::of(root).first() {
        one.children
            .retain(|child| child.name != "QualificationValidity");
        set(Some(&mut *one), "ProcessingResultStatus", "2");
        set(Some(&mut *one), "ProcessingResultCode", "SANDBOX-P900");
        set(Some(one), "ProcessingResultMessage", "模擬の障害です。");
    }
}

fn note(root: &mut Element, code: &str, text: &str) {
    if let Some(one) = People::of(root).first() {
        set(Some(&mut *one), "ProcessingResultCode", code);
        set(Some(one), "ProcessingResultMessage", text);
    }
}

fn clock(root: &mut Element, by: SignedDuration) {
    const FORM: &str = "%Y%m%d%H%M%S";
    each(root, "ProcessExecutionTime", &|one| {
        let moved = DateTime::strptime(FORM, &one.text)
            .ok()
            .and_then(|at| at.checked_add(by).ok());
        if let Some(moved) = moved {
            one.text = moved.strftime(FORM).to_string();
        }
    });
}

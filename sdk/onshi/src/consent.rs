//! Consents as an answer carries them: one flag and two moments per kind of information.

use crate::part::Field;
use crate::{Confidence, ConsentFlag, Element};
use serde::{Deserialize, Serialize};

/// What a consent is about. The elements of an answer are this name and a suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsentKind {
    /// Element name without its suffix: `PharmacistsInfo`.
    pub element: &'static str,
    /// Japanese name.
    pub name_ja: &'static str,
    /// How sure the element name is.
    pub confidence: Confidence,
}

/// 限度額情報の提供への同意
pub const LIMIT: &str = "LimitApplicationCertificateRelated";
/// 特定疾病療養受療証情報の提供への同意
pub const SPECIFIC_DISEASES: &str = "SpecificDiseasesCertificateRelated";

const fn kind(element: &'static str, name_ja: &'static str, confidence: Confidence) -> ConsentKind {
    ConsentKind {
        element,
        name_ja,
        confidence,
    }
}

/// The kinds with a name. A wrong name raises no error, it just loses the consent, so
/// nothing else is read as one; it stays in `extra`. The last six (answers since 2025-01)
/// are known from another product's interface, not from a file: unconfirmed.
pub const CONSENT_KINDS: &[ConsentKind] = &[
    kind(LIMIT, "限度額適用認定証", Confidence::Secondary2),
    kind(
        SPECIFIC_DISEASES,
        "特定疾病療養受療証",
        Confidence::Secondary2,
    ),
    kind(
        "SpecificHealthCheckupsInfo",
        "特定健診情報",
        Confidence::Secondary2,
    ),
    kind("PharmacistsInfo", "薬剤情報", Confidence::Secondary2),
    kind("DiagnosisInfo", "診療情報", Confidence::Secondary2),
    kind("OperationInfo", "手術情報", Confidence::Secondary2),
    kind("DiagnosisName", "傷病名", Confidence::Implementation),
    kind("InfectiousInfo", "感染症情報", Confidence::Implementation),
    kind("AllergyInfo", "アレルギー情報", Confidence::Implementation),
    kind(
        "ContraindicationInfo",
        "薬剤禁忌情報",
        Confidence::Implementation,
    ),
    kind("TestInfo", "検査情報", Confidence::Implementation),
    kind("PrescriptionInfo", "処方情報", Confidence::Implementation),
];

const FLAG: &str = "ConsFlg";
const GIVEN: &str = "ConsTime";
const UNTIL: &str = "AvailableTime";

/// One consent of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewingConsent {
    /// Element name without its suffix, one of [`CONSENT_KINDS`].
    pub kind: String,
    /// `…ConsFlg`
    pub flag: Option<ConsentFlag>,
    /// `…ConsTime`, yyyyMMddHHmmss
    pub given_at: Option<String>,
    /// `…AvailableTime`, yyyyMMddHHmmss: until when the information may be viewed.
    pub available_until: Option<String>,
}

/// The consents of an answer, in the order they first appear.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Consents(Vec<ViewingConsent>);

impl Consents {
    /// The consents.
    pub fn iter(&self) -> std::slice::Iter<'_, ViewingConsent> {
        self.0.iter()
    }

    /// The consent of that kind.
    pub fn get(&self, kind: &str) -> Option<&ViewingConsent> {
        self.0.iter().find(|c| c.kind == kind)
    }

    /// Adds a consent, or replaces the one of the same kind. Kinds without an element name
    /// ([`CONSENT_KINDS`]) are given back.
    pub fn set(&mut self, consent: ViewingConsent) -> Result<(), ViewingConsent> {
        if !CONSENT_KINDS.iter().any(|k| k.element == consent.kind) {
            return Err(consent);
        }
        match self.0.iter_mut().find(|c| c.kind == consent.kind) {
            Some(slot) => *slot = consent,
            None => self.0.push(consent),
        }
        Ok(())
    }
}

impl<'a> IntoIterator for &'a Consents {
    type Item = &'a ViewingConsent;
    type IntoIter = std::slice::Iter<'a, ViewingConsent>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Field for Consents {
    fn offer(&mut self, _: &str, element: Element) -> Option<Element> {
        let Some((kind, suffix)) = [FLAG, GIVEN, UNTIL].iter().find_map(|suffix| {
            let kind = element.name.strip_suffix(suffix)?;
            CONSENT_KINDS
                .iter()
                .find(|k| k.element == kind)
                .map(|k| (k.element, *suffix))
        }) else {
            return Some(element);
        };
        let known = self.0.iter().position(|c| c.kind == kind);
        let mut consent = match known.and_then(|at| self.0.get(at)) {
            Some(consent) => consent.clone(),
            None => ViewingConsent {
                kind: kind.to_owned(),
                ..ViewingConsent::default()
            },
        };
        let name = element.name.clone();
        let rest = match suffix {
            FLAG => consent.flag.offer(&name, element),
            GIVEN => consent.given_at.offer(&name, element),
            _ => consent.available_until.offer(&name, element),
        };
        let holds = consent.flag.is_some()
            || consent.given_at.is_some()
            || consent.available_until.is_some();
        match known.and_then(|at| self.0.get_mut(at)) {
            Some(slot) => *slot = consent,
            None if holds => self.0.push(consent),
            None => {}
        }
        rest
    }

    fn put(&self, _: &str, out: &mut Vec<Element>) {
        for consent in &self.0 {
            consent.flag.put(&format!("{}{FLAG}", consent.kind), out);
            consent
                .given_at
                .put(&format!("{}{GIVEN}", consent.kind), out);
            consent
                .available_until
                .put(&format!("{}{UNTIL}", consent.kind), out);
        }
    }
}

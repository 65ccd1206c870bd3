use std::fmt::Display;

use reseplug_model::{Month, Payer};

use super::{CheckOptions, Finding, MOST_OF_A_RULE, Rule, RuleText, Severity};
use crate::document::ClaimFile;
use crate::edition::Edition;
use crate::record::RecordRef;
use crate::repertoire;

/// The file under check and what was found so far.
pub(super) struct Subject<'a> {
    pub(super) file: &'a ClaimFile,
    pub(super) options: &'a CheckOptions,
    /// 請求年月 and 審査支払機関 of the header, where they can be read.
    pub(super) filed: Option<Month>,
    pub(super) payer: Option<Payer>,
    /// レセプト番号 of the receipt under check.
    receipt: Option<u32>,
    findings: Vec<Finding>,
    /// Findings of each rule, listed or not.
    counts: Vec<usize>,
}

/// Where a finding points.
#[derive(Debug, Clone, Copy)]
pub(super) enum At {
    File,
    Record(usize),
    Field(usize, usize),
}

impl<'a> Subject<'a> {
    pub(super) fn new(file: &'a ClaimFile, options: &'a CheckOptions) -> Self {
        let header = file.header();
        Self {
            file,
            options,
            filed: header.and_then(|header| header.claim_month().ok()),
            payer: header.and_then(|header| header.payer().ok()),
            receipt: None,
            findings: Vec::new(),
            counts: vec![0; super::catalogue().len()],
        }
    }

    /// Findings from here on are of this receipt.
    pub(super) fn enter(&mut self, receipt: Option<u32>) {
        self.receipt = receipt;
    }

    pub(super) fn report(&mut self, rule: Rule, at: At, args: &[(&str, &dyn Display)]) {
        self.report_as(rule, None, at, args);
    }

    /// Reports a check digit that does not fit, with the severity the caller chose.
    pub(super) fn report_check_digit(&mut self, rule: Rule, at: At, value: &dyn Display) {
        let Some(chosen) = self.options.check_digits else {
            return;
        };
        let own = rule
            .text()
            .filter(|text| text.grade != reseplug_model::Grade::Official);
        // A rule that is not official never becomes graver than the catalogue has it.
        let severity = own.map_or(chosen, |text| chosen.max(text.severity));
        self.report_as(rule, Some(severity), at, &[("value", value)]);
    }

    fn report_as(
        &mut self,
        rule: Rule,
        severity: Option<Severity>,
        at: At,
        args: &[(&str, &dyn Display)],
    ) {
        let Some(text) = rule.text() else { return };
        if let Some(count) = self.counts.get_mut(rule as usize) {
            *count += 1;
            if *count > MOST_OF_A_RULE {
                return;
            }
        }
        self.list(text, severity, at, args);
    }

    fn list(
        &mut self,
        text: &'static RuleText,
        severity: Option<Severity>,
        at: At,
        args: &[(&str, &dyn Display)],
    ) {
        let (index, field) = match at {
            At::File => (None, None),
            At::Record(index) => (Some(index), None),
            At::Field(index, field) => (Some(index), Some(field)),
        };
        let record = index.and_then(|index| self.file.record(index));
        let id = record.map(RecordRef::id).unwrap_or_default();
        let name = field
            .and_then(|field| {
                Edition::r0606()
                    .record(id)?
                    .fields
                    .get(field.checked_sub(1)?)
            })
            .map(|spec| spec.name.as_str())
            .unwrap_or_default();
        let value = match (record, field) {
            (Some(record), Some(field)) => record.raw(field).map(shown).unwrap_or_default(),
            _ => String::new(),
        };
        let number = field.map(|field| field.to_string()).unwrap_or_default();
        let fill = |template: &str| {
            let mut filled = template.to_owned();
            for (key, value) in args {
                filled = filled.replace(&format!("{{{key}}}"), &value.to_string());
            }
            for (key, value) in [
                ("{record}", id),
                ("{field}", &number),
                ("{name}", name),
                ("{value}", &value),
            ] {
                filled = filled.replace(key, value);
            }
            filled.trim_end().to_owned()
        };
        let offset = match (record, field) {
            (Some(record), Some(field)) => record.range_of(field).map_or(0, |range| range.start),
            _ => 0,
        };
        let byte = index
            .and_then(|index| self.file.byte_of(index))
            .and_then(|start| u64::try_from(start + offset).ok());
        self.findings.push(Finding {
            code: &text.code,
            severity: severity.unwrap_or(text.severity),
            grade: text.grade,
            basis: &text.basis,
            line: index.map(|index| index + 1),
            record: record.map(|_| id.to_owned()),
            field,
            receipt: self.receipt,
            byte,
            message_ja: fill(&text.ja),
            message_en: fill(&text.en),
            action_ja: fill(&text.action_ja),
            action_en: fill(&text.action_en),
            asp_hint: text.asp_hint.as_deref(),
        });
    }

    pub(super) fn finish(mut self) -> Vec<Finding> {
        self.enter(None);
        let beyond: Vec<_> = self
            .counts
            .iter()
            .zip(super::catalogue())
            .filter_map(|(count, text)| Some((count.checked_sub(MOST_OF_A_RULE)?, text)))
            .filter(|(more, _)| *more > 0)
            .collect();
        for (more, of) in beyond {
            if let Some(text) = Rule::MoreOfTheSame.text() {
                let args: &[(&str, &dyn Display)] = &[("value", &of.code), ("more", &more)];
                // As grave as what it counts.
                self.list(text, Some(of.severity), At::File, args);
            }
        }
        let mut findings = self.findings;
        findings.sort_by_key(|finding| (finding.line, finding.field));
        findings
    }
}

/// A field's text for a message: never fails, never longer than a line.
pub(super) fn shown(raw: &[u8]) -> String {
    let text = repertoire::decode_lenient(raw)
        .map_or_else(|_| format!("{raw:02X?}"), |text| text.into_owned());
    if text.chars().count() > 40 {
        text.chars().take(40).chain(['…']).collect()
    } else {
        text
    }
}

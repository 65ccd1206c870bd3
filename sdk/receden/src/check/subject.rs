use std::fmt::Display;

use reseplug_model::{Grade, Month, Payer};

use super::{CheckOptions, Finding, MOST_OF_A_RULE, Rule, RuleText, Severity};
use crate::document::ClaimFile;
use crate::edition::Edition;
use crate::record::RecordRef;
use crate::repertoire;

/// The file under check and what was found so far.
pub(super) struct Subject<'a> {
    pub(super) file: &'a ClaimFile,
    pub(super) options: CheckOptions<'a>,
    /// Edition of the receipt under check, or of the header.
    pub(super) edition: &'a Edition,
    /// The edition in force for the receipt under check is not known.
    unknown: bool,
    /// 請求年月 and 審査支払機関 of the header, where they can be read.
    pub(super) filed: Option<Month>,
    pub(super) payer: Option<Payer>,
    /// レセプト番号 of the receipt under check.
    receipt: Option<u32>,
    findings: Vec<Finding>,
    /// Findings of each rule, listed or not.
    counts: Vec<usize>,
    /// Findings of all rules, listed or not.
    reported: usize,
}

/// Where a finding points.
#[derive(Debug, Clone, Copy)]
pub(super) enum At {
    File,
    Record(usize),
    Field(usize, usize),
}

impl<'a> Subject<'a> {
    pub(super) fn new(file: &'a ClaimFile, options: CheckOptions<'a>) -> Self {
        let header = file.header();
        Self {
            file,
            options,
            edition: options.editions.newest(file.trade()),
            unknown: false,
            filed: header.and_then(|header| header.claim_month().ok()),
            payer: header.and_then(|header| header.payer().ok()),
            receipt: None,
            findings: Vec::new(),
            counts: vec![0; super::catalogue().len()],
            reported: 0,
        }
    }

    /// Findings from here on are of this receipt, judged by the edition of its month.
    pub(super) fn enter(&mut self, receipt: Option<u32>, month: Option<Month>) {
        self.receipt = receipt;
        self.judge_by(month);
    }

    /// Findings from here on are of the file. Most of what is filed is of the month before.
    pub(super) fn leave(&mut self) {
        self.receipt = None;
        self.judge_by(self.filed.and_then(Month::previous));
    }

    fn judge_by(&mut self, month: Option<Month>) {
        let trade = self.file.trade();
        let editions = self.options.editions;
        self.edition = match month {
            Some(month) => editions.of(trade, month),
            None => editions.newest(trade),
        };
        self.unknown = month.is_some_and(|month| !self.edition.is_compared_for(month));
    }

    /// How many findings so far, listed or not.
    pub(super) fn reported(&self) -> usize {
        self.reported
    }

    /// Whether further findings of a rule are only counted.
    pub(super) fn is_full(&self, rule: Rule) -> bool {
        self.counts
            .get(rule as usize)
            .is_some_and(|count| *count >= MOST_OF_A_RULE)
    }

    pub(super) fn report(&mut self, rule: Rule, at: At, args: &[(&str, &dyn Display)]) {
        self.report_as(rule, None, at, args);
    }

    /// Reports a check digit that does not fit, with the severity the caller chose.
    pub(super) fn report_check_digit(&mut self, rule: Rule, at: At, value: &dyn Display) {
        let Some(chosen) = self.options.check_digits else {
            return;
        };
        let own = rule.text().filter(|text| text.grade != Grade::Official);
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
        self.reported += 1;
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
            .and_then(|field| self.edition.field(id, field))
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
        let severity = severity.unwrap_or(text.severity);
        // What an edition nobody compared may allow is no reason to refuse.
        let unknown = self.unknown && severity == Severity::Reject;
        let (severity, grade) = if unknown {
            (Severity::Attention, Grade::Unconfirmed)
        } else {
            (severity, text.grade)
        };
        let fill_message = |template: &str, mark: &str| {
            let mut message = fill(template);
            if unknown {
                message.push_str(mark);
            }
            message
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
            severity,
            grade,
            edition_unknown: unknown,
            basis: &text.basis,
            line: index.map(|index| index + 1),
            record: record.map(|_| id.to_owned()),
            field,
            receipt: self.receipt,
            byte,
            message_ja: fill_message(&text.ja, "（版が未照合のため要確認）"),
            message_en: fill_message(&text.en, " (edition unknown)"),
            action_ja: fill(&text.action_ja),
            action_en: fill(&text.action_en),
            asp_hint: text
                .asp_hint
                .as_deref()
                .or_else(|| asp_class(severity, self.receipt)),
        });
    }

    pub(super) fn finish(mut self) -> Vec<Finding> {
        self.leave();
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

/// Class of 受付・事務点検ASP a finding would fall into: L1 the whole file, L2 one receipt is not taken, L3
/// would come back. The classes are those of the published list of 医科; the list of 訪問看護 is not
/// published, so no numbers are made up.
fn asp_class(severity: Severity, receipt: Option<u32>) -> Option<&'static str> {
    match (severity, receipt) {
        (Severity::Reject, None) => Some("L1"),
        (Severity::Reject, Some(_)) => Some("L2"),
        (Severity::ReturnRisk, _) => Some("L3"),
        (Severity::Attention | Severity::Note, _) => None,
    }
}

/// A field's text for a message: never fails, never longer than a line.
pub(super) fn shown(raw: &[u8]) -> String {
    let text = repertoire::shown(raw);
    if text.chars().count() > 40 {
        text.chars().take(40).chain(['…']).collect()
    } else {
        text.into_owned()
    }
}

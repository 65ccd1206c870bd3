//! Repairs that need no knowledge of the case: the frame of a file, its numbering, blanks and zeros
//! that do not belong, characters with a usual replacement.
//!
//! Nothing is repaired but what was asked for by the code of its rule, and only where the repair
//! follows from the rule alone. Money, dates of care, persons and payers are never touched.

use std::collections::BTreeSet;

use crate::check::{CheckOptions, Finding, check};
use crate::document::ClaimFile;
use crate::era;
use crate::record::WriteError;
use crate::repertoire;

/// A rule whose breach can be repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repair {
    /// Code of the rule.
    pub code: &'static str,
    /// What is done, in Japanese.
    pub ja: &'static str,
    /// What is done, in English.
    pub en: &'static str,
    how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Eof,
    LineEnds,
    Numbers,
    Zeros,
    Blanks,
    Characters,
    Dates,
}

/// All repairs there are.
pub const REPAIRS: [Repair; 9] = [
    Repair {
        code: "R-FILE-03",
        ja: "ファイルの終わりにEOF（1A）を付けます",
        en: "puts the end-of-file byte behind the last record",
        how: How::Eof,
    },
    Repair {
        code: "R-FILE-04",
        ja: "EOF（1A）の後を取り除きます",
        en: "takes away what stands behind the end-of-file byte",
        how: How::Eof,
    },
    Repair {
        code: "R-FILE-05",
        ja: "レコードの終わりをCR+LFにそろえます",
        en: "ends every record with CR LF",
        how: How::LineEnds,
    },
    Repair {
        code: "R-FILE-09",
        ja: "レセプト番号を記録順に1から付け直します",
        en: "numbers the receipts from 1 in their order",
        how: How::Numbers,
    },
    Repair {
        code: "R-FLD-06",
        ja: "使えない文字を、通常の置き換え（髙→高 など）があるものに限り置き換えます",
        en: "replaces characters that may not stand, where there is a usual replacement (髙→高 …)",
        how: How::Characters,
    },
    Repair {
        code: "R-FLD-08",
        ja: "数字の先頭のゼロを取り除きます",
        en: "takes away leading zeros",
        how: How::Zeros,
    },
    Repair {
        code: "R-FLD-14",
        ja: "割合の先頭のゼロを取り除きます",
        en: "takes away leading zeros of percentages",
        how: How::Zeros,
    },
    Repair {
        code: "R-FLD-09",
        ja: "項目の末尾の空白を取り除きます",
        en: "takes away blanks at the end of fields",
        how: How::Blanks,
    },
    Repair {
        code: "R-FLD-15",
        ja: "和暦の年月日を西暦にします",
        en: "writes dates of the old form in Gregorian form",
        how: How::Dates,
    },
];

/// One place that was repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// Code of the rule.
    pub code: &'static str,
    /// Line, from 1; `None` for the file as a whole.
    pub line: Option<usize>,
    /// Record id.
    pub record: Option<String>,
    /// Field number, from 1.
    pub field: Option<usize>,
    /// Text before; empty for the file as a whole.
    pub before: String,
    /// Text after.
    pub after: String,
}

/// Repairs what the given rules find, and returns where. What cannot be repaired stays as it is, and
/// the next check finds it again.
///
/// ```
/// use receden::{CheckOptions, ClaimFile, fix::fix};
/// let mut file = ClaimFile::parse(b"HM,1,13,6,9999998,,202411,\nGO\n")?;
/// let repaired = fix(&mut file, &["R-FILE-03", "R-FILE-05"], &CheckOptions::default())?;
/// assert_eq!(repaired.len(), 2);
/// assert_eq!(file.to_bytes(), b"HM,1,13,6,9999998,,202411,\r\nGO\r\n\x1a");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A text that cannot be written; the file is as before then.
pub fn fix(
    file: &mut ClaimFile,
    codes: &[&str],
    options: &CheckOptions<'_>,
) -> Result<Vec<Repaired>, WriteError> {
    let mut fixed = file.clone();
    let mut repaired = Vec::new();
    let mut seen = BTreeSet::new();
    // A check lists so many findings of a rule and counts the rest: again, until nothing new comes.
    loop {
        let before = repaired.len();
        for finding in check(&fixed, options) {
            let Some(repair) = REPAIRS
                .iter()
                .find(|repair| repair.code == finding.code && codes.contains(&repair.code))
            else {
                continue;
            };
            let place = (finding.code, finding.line, finding.field);
            if seen.insert(place)
                && let Some(done) = apply(&mut fixed, *repair, &finding)?
            {
                repaired.push(done);
            }
        }
        if repaired.len() == before {
            break;
        }
    }
    repaired.sort_by_key(|done| (done.line, done.field));
    *file = fixed;
    Ok(repaired)
}

fn apply(
    file: &mut ClaimFile,
    repair: Repair,
    finding: &Finding,
) -> Result<Option<Repaired>, WriteError> {
    let done = |before: String, after: String| {
        Some(Repaired {
            code: repair.code,
            line: finding.line,
            record: finding.record.clone(),
            field: finding.field,
            before,
            after,
        })
    };
    match repair.how {
        How::Eof => {
            file.frame_well(false, true);
            return Ok(done(String::new(), "1A".to_owned()));
        }
        How::LineEnds => {
            file.frame_well(true, false);
            return Ok(done(String::new(), "CR+LF".to_owned()));
        }
        _ => {}
    }
    let (Some(index), Some(field)) = (
        finding.line.and_then(|line| line.checked_sub(1)),
        finding.field,
    ) else {
        return Ok(None);
    };
    let Some(raw) = file.record(index).and_then(|record| record.raw(field)) else {
        return Ok(None);
    };
    let Ok(before) = repertoire::decode_lenient(raw) else {
        return Ok(None);
    };
    let before = before.into_owned();
    let after = match repair.how {
        How::Numbers => {
            let position = file
                .receipts()
                .position(|receipt| receipt.record_range().contains(&index));
            match position {
                Some(position) => (position + 1).to_string(),
                None => return Ok(None),
            }
        }
        How::Zeros => {
            let text = before.trim_start_matches('0');
            if text.is_empty() { "0" } else { text }.to_owned()
        }
        How::Blanks => before.trim_end_matches([' ', '　']).to_owned(),
        How::Characters => before
            .chars()
            .map(|c| {
                if repertoire::is_permitted(c) {
                    c.to_string()
                } else {
                    repertoire::replacement(c).map_or_else(|| c.to_string(), str::to_owned)
                }
            })
            .collect(),
        How::Dates => {
            let day = era::old_day(before.as_bytes()).map(|day| day.compact());
            let month = || era::old_month(before.as_bytes()).map(|month| month.compact());
            match day.or_else(month) {
                Some(text) => text,
                None => return Ok(None),
            }
        }
        How::Eof | How::LineEnds => return Ok(None),
    };
    if after == before {
        return Ok(None);
    }
    match file.set_field(index, field, &after) {
        Ok(()) => Ok(done(before, after)),
        // Another character of the field has no replacement: a person has to write it.
        Err(WriteError::Character { .. } | WriteError::MissingGlyph { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

use std::hash::{Hash, Hasher};

use reseplug_model::StationCode;

use super::facts::{Facts, KnownCharges, Re};
use super::form::Form;
use super::subject::{At, Subject};
use super::{Rule, record};
use crate::cells::Cells;
use crate::document::{EOF, FileKind};
use crate::edition::{Edition, Need, Place, Trade};
use crate::fields::Text;
use crate::receipt::Receipt;
use crate::receipt_type::ReceiptType;
use crate::record::{RecordRef, Separator};

/// Records of a receipt that stand by 負担者種別 or 区分.
const ASCENDING: [[u8; 2]; 3] = [*b"SN", *b"JD", *b"MF"];

/// Rules of the file as a whole: its frame, and whatever stands outside of receipts.
pub(super) fn check(subject: &mut Subject<'_>) {
    let file = subject.file;
    if file.kind() == FileKind::Return {
        subject.report(Rule::FileIsReturn, At::Record(0), &[]);
    }
    match file.tail() {
        [] => subject.report(Rule::NoEof, At::File, &[]),
        [EOF] => {}
        tail => {
            let behind = tail.len().saturating_sub(1);
            subject.report(Rule::BehindEof, At::File, &[("value", &behind)]);
        }
    }
    header(subject);
}

/// The record that is looked at, and charges that were seen before.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    cells: Cells<'a>,
    charges: KnownCharges<'a>,
}

impl Reading<'_> {
    pub(super) fn new() -> Self {
        Self {
            cells: Cells::new(),
            charges: KnownCharges::new(),
        }
    }
}

/// What is gathered over the records of the file.
#[derive(Debug, Default)]
pub(super) struct Frame<'a> {
    last: Option<(usize, &'a str)>,
    receipts: usize,
    /// The first record that does not end as it must, and how many there are.
    wrong_end: Option<(usize, usize)>,
    /// How many of HM and GO so far.
    headers: usize,
    footers: usize,
}

impl<'a> Frame<'a> {
    /// Looks at every record of the file.
    fn record(&mut self, index: usize, record: RecordRef<'a>) {
        if record.separator() != Separator::CrLf {
            match &mut self.wrong_end {
                None => self.wrong_end = Some((index, 1)),
                Some((_, count)) => *count += 1,
            }
        }
    }

    /// Something comes behind what was last so far: that must not be GO.
    fn follow(&mut self, subject: &mut Subject<'_>, index: usize, id: &'a str) {
        // 医科 may have several volumes, each with a footer.
        if let Some((before, "GO")) = self.last
            && subject.file.trade() == Trade::Nursing
        {
            subject.report(Rule::NoFooter, At::Record(before), &[]);
        }
        self.last = Some((index, id));
    }

    /// Rules of a record outside of receipts.
    pub(super) fn outside(
        &mut self,
        subject: &mut Subject<'_>,
        index: usize,
        record: RecordRef<'a>,
        read: &mut Reading<'a>,
    ) {
        self.record(index, record);
        let edition = subject.edition;
        let id = record.id();
        let at = At::Record(index);
        self.follow(subject, index, id);
        let Some(spec) = edition.record(id) else {
            if !(matches!(id, "HH" | "HI" | "HG") && subject.file.kind() == FileKind::Return) {
                subject.report(Rule::UnknownRecord, at, &[]);
            }
            return;
        };
        let count = match spec.place {
            Place::Receipt => return subject.report(Rule::OutsideReceipt, at, &[]),
            Place::Header => &mut self.headers,
            Place::Footer => &mut self.footers,
        };
        *count += 1;
        if *count > spec.max.unwrap_or(usize::MAX) {
            subject.report(
                Rule::TooManyRecords,
                at,
                &[("value", count), ("wanted", &spec.max.unwrap_or(1))],
            );
        }
        read.cells.fill(record);
        let form = Form {
            edition,
            spec,
            index,
            refiled: false,
        };
        form.check(subject, &read.cells);
    }

    /// Rules that are known at the end of the file.
    pub(super) fn end(self, subject: &mut Subject<'_>) {
        if let Some((index, count)) = self.wrong_end {
            subject.report(Rule::LineEnd, At::Record(index), &[("count", &count)]);
        }
        if self.receipts == 0 {
            subject.report(Rule::NoReceipt, At::File, &[]);
        }
        if subject.file.kind() == FileKind::Claim
            && let Some((index, id)) = self.last
            && id != "GO"
        {
            subject.report(Rule::NoFooter, At::Record(index), &[]);
        }
    }
}

/// Rules of one receipt's records: which, how many, in what order, and the form of each. Fills the
/// facts that the other rules ask for.
pub(super) fn receipt<'a>(
    subject: &mut Subject<'a>,
    receipt: &Receipt<'a>,
    position: usize,
    frame: &mut Frame<'a>,
    read: &mut Reading<'a>,
    facts: &mut Facts<'a>,
) {
    frame.receipts += 1;
    let last = receipt.record_range().end.saturating_sub(1);
    frame.follow(subject, last, "RE");
    let Some((re, record)) = receipt.records().next() else {
        return;
    };
    read.cells.fill(record);
    facts.begin(re, &read.cells, subject.file.trade());
    let month = facts.re.month;
    subject.enter(number(&facts.re, position), month);
    let edition = subject.edition;
    if let Some(month) = month.filter(|month| !edition.is_compared_for(*month)) {
        subject.report(
            Rule::EditionUnknown,
            At::Field(receipt.record_range().start, 4),
            &[("value", &month), ("wanted", &edition.title)],
        );
    }
    let refiled = Text::of(facts.re.search).is_some();
    let nursing = edition.trade == Trade::Nursing;
    let mut counts = [0usize; 64];
    let mut furthest: Option<(usize, &str)> = None;
    let mut history_alone = false;
    let mut before: [Option<&[u8]>; ASCENDING.len()] = [None; ASCENDING.len()];
    for (index, record) in receipt.records() {
        frame.record(index, record);
        let known = record
            .letters()
            .and_then(|letters| Some((letters, edition.record_of(letters)?)));
        let Some((letters, spec)) = known else {
            let at = At::Record(index);
            match (record.id(), subject.file.kind()) {
                ("8" | "HR" | "RC", FileKind::Return) => {}
                ("8", FileKind::Claim) if refiled => {}
                ("8", FileKind::Claim) if history_alone => {}
                ("8", FileKind::Claim) => {
                    history_alone = true;
                    subject.report(Rule::HistoryAlone, at, &[]);
                }
                ("HR", FileKind::Claim) => subject.report(Rule::ReturnReason, at, &[]),
                _ => subject.report(Rule::UnknownRecord, at, &[]),
            }
            continue;
        };
        if let Some(count) = counts.get_mut(spec.position) {
            *count += 1;
        }
        match furthest {
            _ if spec.restarts => furthest = None,
            Some((order, after)) if spec.order < order => {
                subject.report(Rule::RecordOrder, At::Record(index), &[("after", &after)]);
            }
            _ => furthest = Some((spec.order, &spec.id)),
        }
        if nursing
            && letters == *b"KA"
            && !refiled
            && let Some(charge) = read.charges.find(spec, index, record)
        {
            facts.charges.push(charge);
            continue;
        }
        let reported = subject.reported();
        read.cells.fill(record);
        let form = Form {
            edition,
            spec,
            index,
            refiled,
        };
        form.check(subject, &read.cells);
        let cells = &read.cells;
        // With another number of fields nobody can say which one is which.
        if nursing && cells.count() == spec.fields.len() {
            record::check(subject, letters, index, cells);
        }
        // Of one id in ascending order of field 2, each value once, whatever stands between.
        if let Some(n) = ASCENDING.iter().position(|id| *id == letters)
            && let Some(before) = before.get_mut(n)
        {
            let value = cells.raw(2);
            if before.is_some_and(|before| before >= value) {
                subject.report(Rule::Ascending, At::Field(index, 2), &[]);
            }
            *before = Some(value);
        }
        if nursing {
            facts.take(edition, letters, index, cells);
            if letters == *b"KA"
                && !refiled
                && subject.reported() == reported
                && let Some(charge) = facts.charges.last()
            {
                read.charges.keep(spec, record, *charge);
            }
        }
    }
    multiplicity(subject, edition, receipt, facts.re.kind, &counts);
    numbering(subject, &facts.re, position);
}

fn header(subject: &mut Subject<'_>) {
    let Some(header) = subject.file.header() else {
        return;
    };
    // The 点数表 is part of the number, and of 医科 it is another one.
    if subject.file.trade() != Trade::Nursing {
        return;
    }
    if let (Ok(code), Ok(prefecture)) = (header.station_code(), header.prefecture())
        && !StationCode::check_digit_ok(&code, &prefecture.decode())
    {
        subject.report_check_digit(Rule::StationDigit, At::Field(0, 5), &code);
    }
}

/// How many of each record a receipt holds.
fn multiplicity(
    subject: &mut Subject<'_>,
    edition: &Edition,
    receipt: &Receipt<'_>,
    kind: Option<ReceiptType>,
    counts: &[usize],
) {
    let start = receipt.record_range().start;
    for spec in edition
        .records
        .iter()
        .filter(|spec| spec.place == Place::Receipt)
    {
        let count = counts.get(spec.position).copied().unwrap_or_default();
        if let Some(max) = spec.max.filter(|max| count > *max) {
            let index = receipt
                .records_of(&spec.id)
                .nth(max)
                .map_or(start, |(index, _)| index);
            subject.report(
                Rule::TooManyRecords,
                At::Record(index),
                &[("value", &count), ("wanted", &max)],
            );
        }
        let insurer = (spec.id == "HO")
            .then_some(())
            .and(kind)
            .map(|kind| kind.has_insurer());
        if count == 0 && (spec.need == Need::Required || insurer == Some(true)) {
            subject.report(
                Rule::MissingRecord,
                At::Record(start),
                &[("wanted", &spec.id), ("wanted_name", &spec.name)],
            );
        }
        let allowed = match (spec.id.as_str(), kind) {
            ("HO", _) => insurer != Some(false),
            ("KO", Some(kind)) => kind.public_expenses() > 0,
            _ => true,
        };
        if count > 0
            && !allowed
            && let (Some((index, _)), Some(kind)) = (receipt.records_of(&spec.id).next(), kind)
        {
            subject.report(
                Rule::RecordNotAllowed,
                At::Record(index),
                &[("value", &kind)],
            );
        }
    }
}

/// レセプト番号, or the receipt's place in the file where that cannot be read.
fn number(re: &Re<'_>, position: usize) -> Option<u32> {
    re.number.or_else(|| u32::try_from(position + 1).ok())
}

fn numbering(subject: &mut Subject<'_>, re: &Re<'_>, position: usize) {
    let wanted = position + 1;
    if let Some(number) = re.number
        && usize::try_from(number) != Ok(wanted)
    {
        subject.report(
            Rule::ReceiptNumber,
            At::Field(re.index, 2),
            &[("value", &number), ("wanted", &wanted)],
        );
    }
}

/// Receipts seen so far, to find two of the same person, payers and month. Small ones may be many:
/// each costs less than the shortest receipt that can be seen for one.
#[derive(Debug, Default)]
pub(super) struct Duplicates(Vec<Seen>);

#[derive(Debug)]
struct Seen {
    /// Of what the receipt is known by.
    hash: u64,
    /// Place in the file, from 0.
    position: u32,
    /// Index of its RE record.
    re: u32,
}

/// Receipts of the files checked before, by the names of the files.
#[derive(Debug, Default)]
pub(super) struct Earlier(Vec<(String, Duplicates)>);

impl Earlier {
    pub(super) fn add(&mut self, name: &str, seen: Duplicates) {
        self.0.push((name.to_owned(), seen));
    }
}

impl Duplicates {
    pub(super) fn add(&mut self, receipt: &Receipt<'_>, re: &Re<'_>, position: usize) {
        let (Some(month), Some(birth), Some(name), Ok(position), Ok(index)) = (
            re.month,
            re.birth,
            re.name,
            u32::try_from(position),
            u32::try_from(re.index),
        ) else {
            return;
        };
        // Of fixed seed: the same file always gives the same findings.
        let mut hasher = std::hash::DefaultHasher::new();
        (month, birth, name.bytes()).hash(&mut hasher);
        for (id, fields) in [("HO", 2..=4), ("KO", 2..=3)] {
            for (_, record) in receipt.records_of(id) {
                for field in fields.clone() {
                    record.raw(field).hash(&mut hasher);
                }
            }
        }
        self.0.push(Seen {
            hash: hasher.finish(),
            position,
            re: index,
        });
    }

    /// Reports what stands twice in this file, or once here and once in an earlier one.
    pub(super) fn report(&mut self, subject: &mut Subject<'_>, earlier: &Earlier) {
        self.0
            .sort_unstable_by_key(|seen| (seen.hash, seen.position));
        for pair in self.0.windows(2) {
            let [first, second] = pair else { continue };
            if first.hash == second.hash {
                let at = second.enter(subject, Rule::Duplicate);
                let other = first.position.saturating_add(1);
                subject.report(Rule::Duplicate, at, &[("other", &other)]);
            }
        }
        for (file, others) in &earlier.0 {
            for seen in &self.0 {
                let at = others.0.partition_point(|other| other.hash < seen.hash);
                if let Some(other) = others.0.get(at)
                    && other.hash == seen.hash
                {
                    let at = seen.enter(subject, Rule::DuplicateAcross);
                    let other = other.position.saturating_add(1);
                    subject.report(
                        Rule::DuplicateAcross,
                        at,
                        &[("file", file), ("other", &other)],
                    );
                }
            }
        }
    }
}

impl Seen {
    /// Findings from here on are of this receipt; where its RE stands.
    fn enter(&self, subject: &mut Subject<'_>, rule: Rule) -> At {
        // Only counted: not worth finding its record.
        if subject.is_full(rule) {
            return At::File;
        }
        let index = usize::try_from(self.re).unwrap_or(usize::MAX);
        let recorded = subject.file.record(index).and_then(|re| re.ascii(2));
        let number = recorded.and_then(|text| text.parse().ok());
        subject.enter(number.or(self.position.checked_add(1)), None);
        At::Record(index)
    }
}

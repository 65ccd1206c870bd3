//! `apply-register`: decided changes, each whole or not at all.

use std::collections::BTreeMap;

use reseplug_model::{Date, fold};
use reseplug_sdk::adapter::{
    AddPerson, AddPublicExpense, Applied, Change, ChangeKind, ClosePeriod, FieldChange, OpenPeriod,
    Refusal, RegisterOperation, ReplaceCoverage, SetIncome,
};
use reseplug_sdk::{Coverage, Document, Fault, types};

use super::write::{self, Group};
use super::{Entry, IncomeEntry, Period, Register};
use crate::faults::refuse;
use crate::month;
use crate::settings::Settings;
use crate::table::RowId;

/// Carries out the operations in order.
pub(crate) fn apply(
    settings: &Settings,
    documents: &[Document],
    operations: &[RegisterOperation],
) -> Result<Applied, Fault> {
    let mut editor = Editor::begin(settings, documents)?;
    let mut changes = Vec::new();
    let mut refusals = Vec::new();
    for operation in operations {
        let id = operation.id().to_owned();
        match editor.carry_out(operation) {
            Ok((kind, fields, extra)) => {
                changes.push(Change {
                    operation: id,
                    kind,
                    fields,
                    extra,
                });
            }
            Err(reason) => refusals.push(Refusal {
                operation: id,
                reason,
            }),
        }
    }
    let mut documents = documents.to_vec();
    for document in &mut documents {
        if document.kind == types::DocumentKind::Register {
            document.bytes = editor.register.table.to_bytes();
        }
    }
    Ok(Applied {
        documents,
        changes,
        refusals,
    })
}

type Done = (ChangeKind, Vec<FieldChange>, Vec<(String, String)>);

/// The register being changed. Each operation finds out first whether it can be carried out, and
/// only then sets cells, so a refused one leaves no trace.
struct Editor<'a> {
    settings: &'a Settings,
    documents: &'a [Document],
    register: Register,
    people: Vec<Entry>,
    /// Where each person stands among the people.
    known: BTreeMap<String, usize>,
    /// Keys that stand in the computed month, read when somebody is numbered.
    in_month: Option<Vec<String>>,
}

impl<'a> Editor<'a> {
    /// A register that cannot be read is a fault of the call, not of each operation.
    fn begin(settings: &'a Settings, documents: &'a [Document]) -> Result<Self, Fault> {
        let register = Register::open(settings, documents)?;
        let people = register.people(settings)?;
        let known = people
            .iter()
            .enumerate()
            .map(|(at, entry)| (entry.person.key.clone(), at))
            .collect();
        Ok(Self {
            settings,
            documents,
            register,
            people,
            known,
            in_month: None,
        })
    }

    fn carry_out(&mut self, operation: &RegisterOperation) -> Result<Done, Fault> {
        match operation {
            RegisterOperation::AddPerson(add) => self.add(add),
            RegisterOperation::OpenPeriod(open) => self.open(open),
            RegisterOperation::ClosePeriod(close) => self.close(close),
            RegisterOperation::ReplaceCoverage(replace) => self.replace(replace),
            RegisterOperation::SetIncome(income) => self.income(income),
            RegisterOperation::AddPublicExpense(expense) => self.public_expense(expense),
        }
    }

    fn add(&mut self, add: &AddPerson) -> Result<Done, Fault> {
        let name = fold::name(&add.person.name);
        let known = self.people.iter().find(|entry| {
            entry.person.key == add.person.key
                || (entry.person.birth_date == add.person.birth_date
                    && fold::name(&entry.person.name) == name)
        });
        if let Some(known) = known {
            let key = &known.person.key;
            return Err(refuse(
                "person-exists",
                format!("氏名と生年月日、または利用者番号が同じ方がすでに台帳にいます（利用者番号 {key}）。"),
                format!("The register already has this person (key {key})."),
            )
            .with("person-key", key));
        }
        let key = match add.person.key.as_str() {
            "" => self.next_key()?,
            key => key.to_owned(),
        };
        let columns = self.register.columns.clone();
        let mut cells = write::person(self.settings, &columns, &key, &add.person)?;
        cells.extend(write::coverage(
            self.settings,
            &columns,
            &add.coverage,
            Group::New,
        )?);
        let mut defaults = Vec::new();
        for (title, value) in &self.settings.register.new_person_defaults {
            let setting = "register.new_person_defaults";
            defaults.push((self.register.table.column(setting, title)?, value.clone()));
        }
        cells.extend(
            defaults
                .iter()
                .map(|(column, value)| (column, value.clone())),
        );
        let (row, fields) = self.new_row(None, BTreeMap::new(), &cells)?;
        if let Some(entry) = self.register.entry_of(self.settings, &[row])? {
            self.known.insert(key.clone(), self.people.len());
            self.people.push(entry);
        }
        Ok((
            ChangeKind::Added,
            fields,
            vec![("person-key".to_owned(), key)],
        ))
    }

    /// Puts in a row of these cells and says which.
    fn new_row(
        &mut self,
        behind: Option<RowId>,
        mut row: BTreeMap<usize, Vec<u8>>,
        cells: &[write::Cell<'_>],
    ) -> Result<(RowId, Vec<FieldChange>), Fault> {
        let table = &mut self.register.table;
        for (column, text) in cells {
            row.insert(column.index(), write::encode(table, column.title(), text)?);
        }
        let id = table.insert(behind, &row, self.settings.quoting.into());
        // Every row from there on has moved down.
        for entry in &mut self.people {
            entry.moved_down_from(id);
        }
        let mut told: Vec<_> = cells.iter().filter(|(_, text)| !text.is_empty()).collect();
        told.sort_by_key(|(column, _)| column.index());
        let fields = told
            .into_iter()
            .map(|(column, text)| write::change(table, id, column, String::new(), text.clone()))
            .collect();
        Ok((id, fields))
    }

    /// Reads a person anew after a change.
    fn refresh(&mut self, key: &str) -> Result<(), Fault> {
        let Some(known) = self.known.get(key).and_then(|at| self.people.get_mut(*at)) else {
            return Ok(());
        };
        if let Some(entry) = self.register.entry_of(self.settings, &known.rows)? {
            *known = entry;
        }
        Ok(())
    }

    /// Sets cells of a row of a person.
    fn set(
        &mut self,
        key: &str,
        row: RowId,
        cells: &[write::Cell<'_>],
    ) -> Result<Vec<FieldChange>, Fault> {
        let fields = write::set(self.settings, &mut self.register.table, row, cells)?;
        self.refresh(key)?;
        Ok(fields)
    }

    /// The highest number in use plus one. A number of the computed month is in use, too: the product
    /// gave it to somebody since it wrote the register.
    fn next_key(&mut self) -> Result<String, Fault> {
        let in_month = match self.in_month.take() {
            Some(keys) => keys,
            None => month::keys(self.settings, self.documents)?,
        };
        let in_month = self.in_month.insert(in_month);
        let new_key = &self.settings.new_key;
        let highest = self
            .people
            .iter()
            .map(|entry| &entry.person.key)
            .chain(in_month.iter())
            .filter_map(|key| key.strip_prefix(&new_key.prefix))
            .filter(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
            .filter_map(|digits| Some((digits.parse::<u64>().ok()?, digits.len())))
            .max();
        let (number, width) = highest.unwrap_or((0, 1));
        let width = match usize::from(new_key.digits) {
            0 => width,
            digits => digits,
        };
        let next = number.checked_add(1).map(|next| format!("{next:0width$}"));
        match next {
            Some(digits) if digits.len() <= width.max(1) || new_key.digits == 0 => {
                Ok(format!("{}{digits}", new_key.prefix))
            }
            _ => Err(refuse(
                "no-free-key",
                "利用者番号の桁数が足りず、新しい番号を付けられません。設定 new_key を直すか、製品で登録してください。",
                "There is no free person number of that many digits. Change `new_key` or register the person in the product.",
            )),
        }
    }

    fn open(&mut self, open: &OpenPeriod) -> Result<Done, Fault> {
        let entry = self.entry(&open.person_key)?;
        let days = period(&open.coverage)?;
        if days.from.is_none() {
            return Err(refuse(
                "no-first-day",
                "新しい資格の開始日が分かりません。製品で入力してください。",
                "The first day of the new coverage is not known. Enter it in the product.",
            ));
        }
        let other_card = entry
            .periods
            .iter()
            .find(|known| known.days.overlaps(days) && !same_card(&known.coverage, &open.coverage));
        if let Some(other) = other_card {
            return Err(refuse(
                "overlap",
                format!(
                    "台帳{}行目の資格（{}）と期間が重なります。先にその資格の終了日を決めてください。",
                    self.register.table.line(other.row),
                    other.days
                ),
                format!(
                    "It overlaps the coverage on line {} ({}). Close that period first.",
                    self.register.table.line(other.row),
                    other.days
                ),
            ));
        }
        let columns = self.register.columns.clone();
        let cells = write::coverage(self.settings, &columns, &open.coverage, Group::New)?;
        let table = &self.register.table;
        let empty = entry.rows.iter().find(|row| {
            columns
                .coverage()
                .all(|column| table.content(**row, column.index()).is_empty())
        });
        if let Some(row) = empty {
            let fields = self.set(&open.person_key, *row, &cells)?;
            return Ok((ChangeKind::InPlace, fields, Vec::new()));
        }
        let Some(last) = entry.rows.last().copied() else {
            return Err(unknown(&open.person_key));
        };
        let kept_out: Vec<&str> = columns
            .coverage()
            .map(|column| column.title())
            .chain(self.settings.register.not_copied.iter().map(String::as_str))
            .collect();
        let mut row = BTreeMap::new();
        for index in 0..table.width() {
            if !table
                .title(index)
                .is_some_and(|title| kept_out.contains(&title))
            {
                row.insert(index, table.content(last, index));
            }
        }
        let (new, fields) = self.new_row(Some(last), row, &cells)?;
        if let Some(entry) = self
            .known
            .get(&open.person_key)
            .and_then(|at| self.people.get_mut(*at))
        {
            entry.rows.push(new);
        }
        self.refresh(&open.person_key)?;
        Ok((ChangeKind::Added, fields, Vec::new()))
    }

    fn close(&mut self, close: &ClosePeriod) -> Result<Done, Fault> {
        let found = self.find(&close.person_key, &close.before)?;
        let last_day = Date::parse(&close.last_day).map_err(|e| {
            refuse(
                "unwritable",
                format!("終了日が読めません（{e}）。"),
                format!("The last day cannot be read: {e}."),
            )
        })?;
        if found.days.from.is_some_and(|from| last_day < from) {
            return Err(refuse(
                "ends-before-it-begins",
                format!("終了日 {last_day} が資格の開始日より前です。"),
                format!("The last day {last_day} lies before the period's first."),
            ));
        }
        if found.days.to.is_some_and(|to| to < last_day) {
            return Err(refuse(
                "ended-already",
                format!("この資格は {last_day} より前に終わっています。"),
                format!("The period ended before {last_day} already."),
            ));
        }
        let to = write::date(self.settings, "資格終了日", Some(&close.last_day))?;
        let columns = self.register.columns.clone();
        let cells = [(&columns.to, to.unwrap_or_default())];
        let fields = self.set(&close.person_key, found.row, &cells)?;
        Ok((ChangeKind::InPlace, fields, Vec::new()))
    }

    fn replace(&mut self, replace: &ReplaceCoverage) -> Result<Done, Fault> {
        let found = self.find(&replace.person_key, &replace.before)?;
        let group = if same_card(&found.coverage, &replace.after) {
            Group::SameCard
        } else {
            Group::New
        };
        let columns = self.register.columns.clone();
        let cells = write::coverage(self.settings, &columns, &replace.after, group)?;
        let fields = self.set(&replace.person_key, found.row, &cells)?;
        Ok((ChangeKind::InPlace, fields, Vec::new()))
    }

    /// 限度額適用区分, in the row of the coverage under which it begins. A row has one place: an
    /// earlier category that has ended gives way, one that has not is somebody's to look at.
    fn income(&mut self, set: &SetIncome) -> Result<Done, Fault> {
        let entry = self.entry(&set.person_key)?;
        let columns = self.register.columns.clone();
        let cells = write::income(self.settings, &columns, &set.after)?;
        let held: Option<&IncomeEntry> = match &set.before {
            Some(before) => {
                let same = |held: &&IncomeEntry| held.to_contract() == *before;
                Some(entry.incomes.iter().find(same).ok_or_else(|| {
                    refuse(
                        "changed-meanwhile",
                        "確認した時から台帳の適用区分が変わっています。もう一度読み込んで確認し直してください。",
                        "The register no longer holds the category the decision was made about. Read it again and decide anew.",
                    )
                    .with("person-key", &set.person_key)
                })?)
            }
            None => None,
        };
        let from = date_of(set.after.period.from.as_deref())?;
        let row = match held {
            Some(held) => held.row,
            None => {
                let under = entry
                    .periods
                    .iter()
                    .rfind(|period| from.is_none_or(|from| period.days.contains(from)))
                    .map(|period| period.row);
                under
                    .or(entry.rows.last().copied())
                    .ok_or_else(|| unknown(&set.person_key))?
            }
        };
        let stands = entry.incomes.iter().find(|known| known.row == row);
        if held.is_none()
            && let Some(stands) = stands
            && !matches!((stands.days.to, from), (Some(to), Some(from)) if to < from)
        {
            return Err(refuse(
                "income-exists",
                format!(
                    "適用区分「{}」（{}）がすでに入っていて、期間が終わっていません。",
                    stands.category, stands.days
                ),
                format!(
                    "The category `{}` ({}) stands there and has not ended.",
                    stands.category, stands.days
                ),
            ));
        }
        let kind = if stands.is_some() {
            ChangeKind::InPlace
        } else {
            ChangeKind::Added
        };
        let fields = self.set(&set.person_key, row, &cells)?;
        Ok((kind, fields, Vec::new()))
    }

    /// 医療扶助, in the first group of columns that is empty in every row of the person.
    fn public_expense(&mut self, add: &AddPublicExpense) -> Result<Done, Fault> {
        let entry = self.entry(&add.person_key)?;
        let wanted = &add.expense;
        if !reseplug_model::PublicPayerNumber::parse(&wanted.payer_number)
            .is_ok_and(|number| number.is_welfare())
        {
            return Err(refuse(
                "not-welfare",
                format!(
                    "公費負担者番号「{}」は医療扶助（12）ではありません。医療扶助のほかの公費は機械では書きません。",
                    wanted.payer_number
                ),
                "Only 医療扶助 (12) is written by the machine.",
            ));
        }
        let known = entry.public_expenses.iter().map(super::Public::to_contract);
        if known.into_iter().any(|known| {
            known.payer_number == wanted.payer_number
                && known.recipient_number == wanted.recipient_number
                && overlap(&known.period, &wanted.period)
        }) {
            return Err(refuse(
                "public-expense-exists",
                "同じ医療扶助がその期間について台帳にすでにあります。",
                "The register already holds this 医療扶助 for the period.",
            ));
        }
        let columns = self.register.columns.clone();
        if columns.public_expenses.is_empty() {
            return Err(refuse(
                "no-place",
                "この製品の台帳には公費の列がありません（設定 register.public_expenses が空です）。製品の画面で入力してください。",
                "The register has no columns for 公費 (`register.public_expenses` is empty). Enter it in the product.",
            ));
        }
        let table = &self.register.table;
        let free = columns.public_expenses.iter().find(|group| {
            entry
                .rows
                .iter()
                .all(|row| table.content(*row, group.payer_number.index()).is_empty())
        });
        let Some(group) = free else {
            return Err(refuse(
                "no-free-place",
                "公費の欄がすべて使われています。終わった公費を製品で整理してから、もう一度行ってください。",
                "Every place for 公費 is taken. Clear an ended one in the product and do it again.",
            ));
        };
        let cells = write::public_expense(self.settings, group, wanted)?;
        let mut fields = Vec::new();
        for row in &entry.rows {
            fields.extend(self.set(&add.person_key, *row, &cells)?);
        }
        Ok((ChangeKind::Added, fields, Vec::new()))
    }

    fn entry(&self, key: &str) -> Result<Entry, Fault> {
        self.known
            .get(key)
            .and_then(|at| self.people.get(*at))
            .cloned()
            .ok_or_else(|| unknown(key))
    }

    /// The period that is still as the host saw it.
    fn find(&self, key: &str, before: &Coverage) -> Result<Period, Fault> {
        let entry = self.entry(key)?;
        let mut same = entry
            .periods
            .into_iter()
            .filter(|period| unchanged(&period.coverage, before));
        let Some(found) = same.next() else {
            return Err(refuse(
                "changed-meanwhile",
                "確認した時から台帳の資格が変わっています。もう一度読み込んで確認し直してください。",
                "The register no longer holds the coverage the decision was made about. Read it again and decide anew.",
            )
            .with("person-key", key));
        };
        if same.next().is_some() {
            return Err(refuse(
                "twice",
                "同じ資格の行が二つあり、どちらを変えるか決められません。製品で一つにしてください。",
                "Two rows hold this very coverage; which one is meant cannot be told. Remove one in the product.",
            )
            .with("person-key", key));
        }
        Ok(found)
    }
}

fn unknown(key: &str) -> Fault {
    refuse(
        "unknown-person",
        format!("利用者番号「{key}」の方が台帳にいません。読み直してからやり直してください。"),
        format!("The register has no person `{key}`. Read it again."),
    )
    .with("person-key", key)
}

fn same_card(a: &Coverage, b: &Coverage) -> bool {
    a.insurer_number == b.insurer_number
        && a.symbol.as_deref().unwrap_or_default() == b.symbol.as_deref().unwrap_or_default()
        && a.number == b.number
}

/// Everything the register can hold about a coverage is as it was.
fn unchanged(found: &Coverage, before: &Coverage) -> bool {
    same_card(found, before)
        && found.branch == before.branch
        && found.relationship == before.relationship
        && found.card_class == before.card_class
        && found.burden_percent == before.burden_percent
        && found.period == before.period
}

fn date_of(text: Option<&str>) -> Result<Option<Date>, Fault> {
    text.map(Date::parse).transpose().map_err(|e| {
        refuse(
            "unwritable",
            format!("適用区分の期間が読めません（{e}）。"),
            format!("The period of the category cannot be read: {e}."),
        )
    })
}

/// Whether two periods have a day in common; ISO days compare as texts.
fn overlap(a: &types::Period, b: &types::Period) -> bool {
    let begins_by_the_end = |from: &Option<String>, to: &Option<String>| match (from, to) {
        (Some(from), Some(to)) => from <= to,
        _ => true,
    };
    begins_by_the_end(&a.from, &b.to) && begins_by_the_end(&b.from, &a.to)
}

fn period(coverage: &Coverage) -> Result<reseplug_model::Period, Fault> {
    let day = |text: &Option<String>| text.as_deref().map(Date::parse).transpose();
    let (from, to) = day(&coverage.period.from)
        .and_then(|from| Ok((from, day(&coverage.period.to)?)))
        .map_err(|e| {
            refuse(
                "unwritable",
                format!("資格の期間が読めません（{e}）。"),
                format!("The period cannot be read: {e}."),
            )
        })?;
    Ok(reseplug_model::Period::new(from, to))
}

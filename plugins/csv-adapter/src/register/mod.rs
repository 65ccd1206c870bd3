//! The register (利用者台帳): read as people with their coverage periods, changed cell by cell.

mod apply;
mod read;
mod write;

pub(crate) use apply::apply;
pub(crate) use read::{Entry, Income as IncomeEntry, Period, Public, Register};

use crate::settings::{RegisterColumns, Settings};
use crate::table::{Column, Table};
use reseplug_sdk::Fault;

/// The columns of a register document, found.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    pub(crate) key: Column,
    pub(crate) name: Column,
    pub(crate) kana: Option<Column>,
    pub(crate) sex: Column,
    pub(crate) birth_date: Column,
    pub(crate) reference_number: Option<Column>,
    pub(crate) insurer_number: Column,
    pub(crate) insurer_name: Option<Column>,
    pub(crate) symbol: Column,
    pub(crate) number: Column,
    pub(crate) branch: Option<Column>,
    pub(crate) relationship: Option<Column>,
    pub(crate) card_class: Option<Column>,
    pub(crate) burden: Option<Column>,
    pub(crate) from: Column,
    pub(crate) to: Column,
    pub(crate) income: Option<Income>,
    pub(crate) public_expenses: Vec<PublicExpense>,
}

/// The columns of 限度額適用区分, found.
#[derive(Debug, Clone)]
pub(crate) struct Income {
    pub(crate) category: Column,
    pub(crate) from: Option<Column>,
    pub(crate) to: Option<Column>,
}

/// The columns of one 公費, found.
#[derive(Debug, Clone)]
pub(crate) struct PublicExpense {
    pub(crate) payer_number: Column,
    pub(crate) recipient_number: Option<Column>,
    pub(crate) from: Option<Column>,
    pub(crate) to: Option<Column>,
}

impl Columns {
    fn find(table: &Table, settings: &Settings) -> Result<Self, Fault> {
        let RegisterColumns {
            key,
            name,
            kana,
            sex,
            birth_date,
            reference_number,
            insurer_number,
            insurer_name,
            symbol,
            number,
            branch,
            relationship,
            card_class,
            burden,
            from,
            to,
            income,
            public_expenses,
            open_end: _,
            new_person_defaults: _,
            not_copied: _,
        } = &settings.register;
        Ok(Self {
            key: table.column("register.key", key)?,
            name: table.column("register.name", name)?,
            kana: table.optional("register.kana", kana)?,
            sex: table.column("register.sex", sex)?,
            birth_date: table.column("register.birth_date", birth_date)?,
            reference_number: table.optional("register.reference_number", reference_number)?,
            insurer_number: table.column("register.insurer_number", insurer_number)?,
            insurer_name: table.optional("register.insurer_name", insurer_name)?,
            symbol: table.column("register.symbol", symbol)?,
            number: table.column("register.number", number)?,
            branch: table.optional("register.branch", branch)?,
            relationship: table.optional("register.relationship", relationship)?,
            card_class: table.optional("register.card_class", card_class)?,
            burden: table.optional("register.burden", burden)?,
            from: table.column("register.from", from)?,
            to: table.column("register.to", to)?,
            income: table
                .optional("register.income.category", &income.category)?
                .map(|category| {
                    Ok::<_, Fault>(Income {
                        category,
                        from: table.optional("register.income.from", &income.from)?,
                        to: table.optional("register.income.to", &income.to)?,
                    })
                })
                .transpose()?,
            public_expenses: public_expenses
                .iter()
                .enumerate()
                .map(|(n, public)| {
                    let setting = |name: &str| format!("register.public_expenses[{n}].{name}");
                    Ok(PublicExpense {
                        payer_number: table
                            .column(&setting("payer_number"), &public.payer_number)?,
                        recipient_number: table
                            .optional(&setting("recipient_number"), &public.recipient_number)?,
                        from: table.optional(&setting("from"), &public.from)?,
                        to: table.optional(&setting("to"), &public.to)?,
                    })
                })
                .collect::<Result<_, Fault>>()?,
        })
    }

    /// The columns that belong to one coverage: its group, its period and the 適用区分 granted
    /// under it.
    fn coverage(&self) -> impl Iterator<Item = &Column> {
        [
            &self.insurer_number,
            &self.symbol,
            &self.number,
            &self.from,
            &self.to,
        ]
        .into_iter()
        .chain(self.insurer_name.as_ref())
        .chain(self.branch.as_ref())
        .chain(self.relationship.as_ref())
        .chain(self.card_class.as_ref())
        .chain(self.burden.as_ref())
        .chain(self.income.iter().flat_map(|income| {
            std::iter::once(&income.category)
                .chain(income.from.as_ref())
                .chain(income.to.as_ref())
        }))
    }
}

//! `apply-month`: the last resort, a finished claim file changed where it stands.
//!
//! Every operation is tried on a copy of the files and kept only when it succeeds whole, so a
//! refused one leaves no trace. What a receipt may become is `receden`'s to say; which file it
//! belongs to, and whether it is still what the host saw, is decided here.

use receden::edit::{self, Refusal as Reason};
use receden::{ClaimFile, Receipt, Record};
use reseplug_model::{BranchNumber, Date, InsurerNumber, Payer, Period, Relationship};
use reseplug_sdk::adapter::{
    Applied, Change, ChangeKind, MonthOperation, Refusal, ReplaceReceiptCoverage, SetReceiptIncome,
    SplitPart, SplitReceipt,
};
use reseplug_sdk::{Coverage, Document, Fault, types};

use crate::files::{File, Files};
use crate::settings::NewFiles;
use crate::{convert, diff, faults};

/// Carries out the operations in order.
pub(crate) fn month(
    names: &NewFiles,
    documents: &[Document],
    operations: &[MonthOperation],
) -> Result<Applied, Fault> {
    let mut files = Files::open(documents)?;
    let mut changes = Vec::new();
    let mut refusals = Vec::new();
    for operation in operations {
        let id = operation.id();
        let mut attempt = Attempt {
            files: files.clone(),
            names,
            extra: Vec::new(),
        };
        match attempt.carry_out(operation) {
            Ok(kind) => {
                changes.push(Change {
                    operation: id.to_owned(),
                    kind,
                    fields: diff::fields(&files, &attempt.files),
                    extra: attempt.extra,
                });
                files = attempt.files;
            }
            Err(reason) => refusals.push(Refusal {
                operation: id.to_owned(),
                reason,
            }),
        }
    }
    Ok(Applied {
        documents: files.into_documents(),
        changes,
        refusals,
    })
}

/// One operation on a copy of the files.
struct Attempt<'a> {
    files: Files,
    names: &'a NewFiles,
    extra: Vec<(String, String)>,
}

impl Attempt<'_> {
    fn carry_out(&mut self, operation: &MonthOperation) -> Result<ChangeKind, Fault> {
        match operation {
            MonthOperation::ReplaceReceiptCoverage(replace) => self.replace(replace),
            MonthOperation::MoveReceipt(replace) => self.relocate(replace),
            MonthOperation::SplitReceipt(split) => self.split(split),
            MonthOperation::SetReceiptIncome(income) => self.income(income),
        }
    }

    /// The coverage group of one receipt, where it stands.
    fn replace(&mut self, operation: &ReplaceReceiptCoverage) -> Result<ChangeKind, Fault> {
        let id = &operation.receipt;
        let after = coverage(id, &operation.after)?;
        let file = self.file_of(id)?;
        if after.insurer.payer() != file.payer {
            return Err(faults::refuse(
                "payer-changes",
                id,
                &format!(
                    "新しい保険者の提出先は{}で、このファイルの提出先と違います。提出先の移動として扱ってください。",
                    after.insurer.payer().name_ja()
                ),
                "The new insurer's receipts are filed with the other payer: this is a move.",
            ));
        }
        let n = position(file, id)?;
        let edited = self.edited(id, &operation.before, &after)?;
        let file = self.file_of(id)?;
        let name = file.name.clone();
        file.claim
            .replace_receipt(n, vec![edited])
            .map_err(|e| faults::unwritable(&name, &e))?;
        Ok(ChangeKind::InPlace)
    }

    /// The income code among the 特記 of one receipt.
    fn income(&mut self, operation: &SetReceiptIncome) -> Result<ChangeKind, Fault> {
        let id = &operation.receipt;
        let file = self.file_of(id)?;
        let n = position(file, id)?;
        let receipt = receipt(file, id, n)?;
        let codes: String = receipt
            .remarks()
            .map_err(|e| file.unreadable(&e))?
            .collect();
        if edit::income_remark(&codes) != operation.before.as_deref() {
            return Err(faults::refuse(
                "changed-meanwhile",
                id,
                "確認した時からレセプト特記の適用区分が変わっています。もう一度読み込んで確認し直してください。",
                "Its income code is not the one the decision was made about. Read it again and decide anew.",
            ));
        }
        let edited = edit::replace_income_remark(&receipt, Some(&operation.after))
            .map_err(|e| refusal(id, &e))?;
        let name = file.name.clone();
        file.claim
            .replace_receipt(n, vec![edited.records])
            .map_err(|e| faults::unwritable(&name, &e))?;
        Ok(if operation.before.is_none() {
            ChangeKind::Added
        } else {
            ChangeKind::InPlace
        })
    }

    /// One receipt into the other payer's file.
    fn relocate(&mut self, operation: &ReplaceReceiptCoverage) -> Result<ChangeKind, Fault> {
        let id = &operation.receipt;
        let after = coverage(id, &operation.after)?;
        let payer = after.insurer.payer();
        if self.file_of(id)?.payer == payer {
            return Err(faults::refuse(
                "payer-same",
                id,
                "新しい保険者の提出先は同じなので、移動の必要がありません。その場での差し替えとして扱ってください。",
                "The new insurer's receipts are filed with the same payer: this is a replacement in place.",
            ));
        }
        let edited = self.edited(id, &operation.before, &after)?;
        let edited = edit::first_submission(edited).map_err(|e| refusal(id, &e))?;
        let source = self.take_out(id)?;
        self.append(&source, payer, id.clone(), edited)?;
        self.settle(&source)?;
        self.tell_place(id);
        Ok(ChangeKind::Moved)
    }

    /// One receipt into several, each in the file of its payer.
    fn split(&mut self, operation: &SplitReceipt) -> Result<ChangeKind, Fault> {
        let id = &operation.receipt;
        let parts = operation
            .parts
            .iter()
            .map(|part| Ok((days(id, part)?, coverage(id, &part.coverage)?)))
            .collect::<Result<Vec<_>, Fault>>()?;
        let file = self.file_of(id)?;
        let payer = file.payer;
        let n = position(file, id)?;
        let receipt = receipt(file, id, n)?;
        unchanged(file, id, &receipt, &operation.before)?;
        insurer_may_change(id, &receipt)?;
        let split = edit::split(&receipt, &parts).map_err(|e| refusal(id, &e))?;

        let mut staying = Vec::new();
        let mut leaving = Vec::new();
        for ((part, records), (_, coverage)) in (1..).zip(split).zip(&parts) {
            let new = format!("{id}{}{part}", diff::PART);
            if coverage.insurer.payer() == payer {
                staying.push((new, records));
            } else {
                leaving.push((new, coverage.insurer.payer(), records));
            }
        }
        let source = self.file_of(id)?;
        let name = source.name.clone();
        source
            .ids
            .splice(n..=n, staying.iter().map(|(new, _)| new.clone()));
        source
            .claim
            .replace_receipt(n, staying.into_iter().map(|(_, records)| records).collect())
            .map_err(|e| faults::unwritable(&name, &e))?;
        let source = source.clone();
        for (new, payer, records) in leaving {
            self.append(&source, payer, new, records)?;
        }
        self.settle(&source)?;
        for part in 1..=operation.parts.len() {
            self.tell_place(&format!("{id}{}{part}", diff::PART));
        }
        Ok(ChangeKind::Split)
    }

    fn file_of(&mut self, id: &str) -> Result<&mut File, Fault> {
        self.files
            .find_mut(|file| file.position(id).is_some())
            .ok_or_else(|| unknown(id))
    }

    /// The records of a receipt under another coverage, after every check.
    fn edited(
        &mut self,
        id: &str,
        before: &Coverage,
        after: &edit::Coverage,
    ) -> Result<Vec<Record>, Fault> {
        let file = self.file_of(id)?;
        let n = position(file, id)?;
        let receipt = receipt(file, id, n)?;
        unchanged(file, id, &receipt, before)?;
        let insurer = receipt.insurer().and_then(|insurer| insurer.number().ok());
        if insurer.as_ref() != Some(&after.insurer) {
            insurer_may_change(id, &receipt)?;
        }
        edit::replace_coverage(&receipt, after)
            .map(|edited| edited.records)
            .map_err(|e| refusal(id, &e))
    }

    /// Takes a receipt out of its file and returns that file as it was.
    fn take_out(&mut self, id: &str) -> Result<File, Fault> {
        let file = self.file_of(id)?;
        let source = file.clone();
        let n = position(file, id)?;
        file.claim
            .remove_receipt(n)
            .map_err(|e| faults::unwritable(&source.name, &e))?;
        file.ids.remove(n);
        Ok(source)
    }

    /// Puts a receipt behind the last one of a payer's file, which is made when there is none.
    fn append(
        &mut self,
        source: &File,
        payer: Payer,
        id: String,
        records: Vec<Record>,
    ) -> Result<(), Fault> {
        if self.files.find_mut(|file| file.payer == payer).is_none() {
            let name = self.names.name(payer).to_owned();
            if self.files.has_name(&name) {
                return Err(faults::refuse(
                    "name-taken",
                    &id,
                    &format!(
                        "提出先のファイルを新しく作れません。「{name}」という名前のファイルがすでにあります。設定 new_files の名前を変えてください。"
                    ),
                    &format!(
                        "A file for the other payer cannot be made: `{name}` exists already. Change `new_files` in the settings."
                    ),
                ));
            }
            let claim = source
                .claim
                .empty_for(payer)
                .map_err(|e| faults::unwritable(&name, &e))?;
            self.extra.push(("new-document".to_owned(), name.clone()));
            self.files.add(File {
                name,
                claim,
                payer,
                ids: Vec::new(),
            });
        }
        let Some(file) = self.files.find_mut(|file| file.payer == payer) else {
            return Err(unknown(&id));
        };
        file.claim
            .append_receipt(records)
            .map_err(|e| faults::unwritable(&file.name, &e))?;
        file.ids.push(id);
        renumber(file)
    }

    /// Numbers the file that lost a receipt anew, and drops it when none is left.
    fn settle(&mut self, source: &File) -> Result<(), Fault> {
        let Some(file) = self.files.find_mut(|file| file.name == source.name) else {
            return Ok(());
        };
        if file.ids.is_empty() {
            self.files.remove(&source.name);
            self.extra
                .push(("dropped-document".to_owned(), source.name.clone()));
            return Ok(());
        }
        renumber(file)
    }

    /// Says where a receipt stands now: the id it is read under from now on.
    fn tell_place(&mut self, id: &str) {
        let place = self.files.claims().find_map(|file| {
            let n = file.position(id)?;
            let number = file.claim.receipt(n)?.number().ok()?;
            Some(format!("{}#{number}", file.name))
        });
        self.extra
            .extend(place.map(|place| ("receipt".to_owned(), place)));
    }
}

fn renumber(file: &mut File) -> Result<(), Fault> {
    file.claim
        .renumber()
        .map(|_| ())
        .map_err(|e| faults::unwritable(&file.name, &e))
}

fn position(file: &File, id: &str) -> Result<usize, Fault> {
    file.position(id).ok_or_else(|| unknown(id))
}

fn receipt<'a>(file: &'a File, id: &str, n: usize) -> Result<Receipt<'a>, Fault> {
    let claim: &ClaimFile = &file.claim;
    claim.receipt(n).ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> Fault {
    faults::refuse(
        "unknown-receipt",
        id,
        "渡されたファイルにこのレセプトはありません。読み直してからやり直してください。",
        "The documents hold no such receipt. Read the month again.",
    )
}

fn refusal(id: &str, reason: &Reason) -> Fault {
    faults::refuse(
        reason.what(),
        id,
        &reason.message_ja(),
        &format!("{reason}. Correct it in the product."),
    )
}

/// Whether the receipt is still what the host saw. The period, the insurer's name and the kind of
/// card are not in the file, so they say nothing.
fn unchanged(file: &File, id: &str, receipt: &Receipt<'_>, before: &Coverage) -> Result<(), Fault> {
    let found = convert::coverage(receipt).map_err(|e| file.unreadable(&e))?;
    let Some(found) = found else {
        return Err(refusal(id, &Reason::NoInsurer));
    };
    let same = found.insurer_number == before.insurer_number
        && found.symbol == before.symbol
        && found.number == before.number
        && found.branch == before.branch
        && found.relationship == before.relationship
        && (before.burden_percent.is_none() || found.burden_percent == before.burden_percent);
    if same {
        return Ok(());
    }
    Err(faults::refuse(
        "changed-meanwhile",
        id,
        "確認した時から資格の内容が変わっています。もう一度読み込んで確認し直してください。",
        "Its coverage is not the one the decision was made about. Read it again and decide anew.",
    ))
}

/// Income and copay belong to the insurer that granted them: with another insurer they would have
/// to be decided anew, in the product.
fn insurer_may_change(id: &str, receipt: &Receipt<'_>) -> Result<(), Fault> {
    let money = |record: &str, field: usize, name: &str, value: &str| {
        Err(faults::refuse(
            "money",
            id,
            &format!(
                "{record}の「{name}」に「{value}」があり、前の保険者のもとで決まった値です。保険者だけを機械的に変えられません。製品の利用者情報を直し、請求ファイルを作り直してください。"
            ),
            &format!(
                "{record} field {field} ({name}) holds `{value}`, decided under the insurer before. Correct the register of the product and write the file again."
            ),
        ))
    };
    for (_, record) in receipt.records() {
        let held = |field: usize| record.ascii(field).filter(|text| !text.is_empty());
        match record.id() {
            "RE" => {
                if let Some(value) = held(13) {
                    return money("RE", 13, "一部負担金区分", value);
                }
                let income = receipt
                    .remarks()
                    .into_iter()
                    .flatten()
                    .find(|code| INCOME_REMARKS.contains(code));
                if let Some(code) = income {
                    return money("RE", 12, "レセプト特記", code);
                }
            }
            "HO" => {
                if let Some(value) = held(9) {
                    return money("HO", 9, "一部負担金額", value);
                }
            }
            "KO" => {
                if let Some(value) = held(7) {
                    return money("KO", 7, "一部負担金額", value);
                }
                if let Some(value) = held(8) {
                    return money("KO", 8, "公費給付対象一部負担金", value);
                }
            }
            "MF" => {
                if let Some(value) = held(2).filter(|kind| *kind != "00") {
                    return money("MF", 2, "窓口負担額区分", value);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// 別表6: 区ア–区オ, 区カ, 区キ, 長 and 長2 stand for a certificate of the insurer.
const INCOME_REMARKS: [&str; 9] = ["02", "16", "26", "27", "28", "29", "30", "41", "42"];

/// Reads the contract's coverage strictly.
fn coverage(id: &str, from: &Coverage) -> Result<edit::Coverage, Fault> {
    let wrong = |name: &str, error: &dyn std::fmt::Display| {
        faults::refuse(
            "unwritable",
            id,
            &format!("新しい資格の「{name}」を請求ファイルに書けません（{error}）。"),
            &format!("The {name} of the new coverage cannot be written: {error}."),
        )
    };
    Ok(edit::Coverage {
        insurer: InsurerNumber::parse(&from.insurer_number).map_err(|e| wrong("保険者番号", &e))?,
        symbol: from.symbol.clone().filter(|symbol| !symbol.is_empty()),
        number: Some(from.number.clone())
            .filter(|number| !number.trim().is_empty())
            .ok_or_else(|| wrong("番号", &"empty"))?,
        branch: from
            .branch
            .as_deref()
            .filter(|branch| !branch.is_empty())
            .map(BranchNumber::parse)
            .transpose()
            .map_err(|e| wrong("枝番", &e))?,
        relationship: from.relationship.map(|relationship| match relationship {
            types::Relationship::Insured => Relationship::Insured,
            types::Relationship::Family => Relationship::Family,
        }),
        burden_percent: from.burden_percent,
    })
}

fn days(id: &str, part: &SplitPart) -> Result<Period, Fault> {
    let day = |text: &Option<String>| text.as_deref().map(Date::parse).transpose();
    match (day(&part.days.from), day(&part.days.to)) {
        (Ok(from), Ok(to)) => Ok(Period::new(from, to)),
        (Err(error), _) | (_, Err(error)) => Err(faults::refuse(
            "unwritable",
            id,
            &format!("分割する期間が読めません（{error}）。"),
            &format!("The days of a part cannot be read: {error}."),
        )),
    }
}

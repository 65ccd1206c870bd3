//! What the host does to the adapter's claim files before anybody approves them: receipts that came
//! back get their 検索番号 and history, those that waited and are wanted now are put in, those that
//! are held are taken out. Amounts and everything else stay as the product made them.

use super::record::{facts, unreadable};
use super::{contract_payer, model_payer};
use crate::accept::Answers;
use crate::host::Host;
use receden::edit::first_submission;
use receden::{ClaimFile as Uke, Record};
use reseplug_claims::{Book, Event, Late, Place, Receipt, Standing, Why};
use reseplug_effect::Fault;
use reseplug_engine::contract::{ClaimFile, Document, DocumentKind};
use reseplug_model::{Month, Payer};
use serde::{Deserialize, Serialize};

/// A receipt of this month that is filed again, with what tied it to the one that came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refiled {
    /// `<file>#<レセプト番号>`
    pub id: String,
    /// 氏名
    pub name: String,
    /// The one that came back.
    pub returned: Standing,
    /// Whether it is filed as a first submission: the payer changed, or it was divided.
    pub as_first: bool,
}

/// What was put in or tied.
#[derive(Debug, Clone, Default)]
pub(crate) struct Composed {
    pub(crate) refiled: Vec<Refiled>,
    /// Ids of waiting receipts that stand in these files now.
    pub(crate) carried: Vec<String>,
}

fn unwritable(name: &str, error: &dyn std::fmt::Display) -> Fault {
    Fault::new(
        "claim/compose",
        format!(
            "請求ファイル「{name}」に返戻・月遅れのレセプトを入れられません（{error}）。製品で作り直してください。"
        ),
        format!(
            "a receipt that came back or waited cannot be put into {name}: {error}; make it in the product"
        ),
    )
}

impl Host {
    /// Ties receipts that came back, and puts in those that waited and are wanted.
    pub(crate) fn compose(
        &self,
        claims: &mut Vec<ClaimFile>,
        book: &Book,
        claim_month: Month,
        answers: &Answers,
    ) -> Result<Composed, Fault> {
        let mut done = Composed::default();
        let returned: Vec<(Standing, Option<String>)> = book
            .receipts()
            .filter(|one| one.place == Place::Returned && one.search_number.is_some())
            .map(|one| {
                let source = source_of(book, &one);
                (one, source)
            })
            .collect();
        let waiting: Vec<Late> = self.late_of(book)?;
        for claim in claims.iter_mut() {
            self.tie(claim, &returned, &waiting, &mut done)?;
        }
        for late in waiting.iter().filter(|late| answers.carries(&late.id)) {
            if there(claims, &late.receipt)? {
                continue;
            }
            self.put_in(claims, late, &returned, claim_month)?;
            done.carried.push(late.id.clone());
        }
        for claim in claims.iter_mut() {
            let name = claim.document.name.clone();
            let mut file = Uke::parse(&claim.document.bytes).map_err(|e| unwritable(&name, &e))?;
            if file.renumber().map_err(|e| unwritable(&name, &e))? > 0 {
                claim.document.bytes = file.to_bytes();
            }
        }
        Ok(done)
    }

    /// Gives receipts that came back their 検索番号 and history.
    fn tie(
        &self,
        claim: &mut ClaimFile,
        returned: &[(Standing, Option<String>)],
        waiting: &[Late],
        done: &mut Composed,
    ) -> Result<(), Fault> {
        let name = claim.document.name.clone();
        let mut file = Uke::parse(&claim.document.bytes).map_err(|e| unreadable(&name, &e))?;
        let payer = model_payer(claim.payer);
        let own: Vec<Receipt> = file
            .receipts()
            .map(|receipt| facts(&receipt).map_err(|e| unreadable(&name, &e)))
            .collect::<Result<_, _>>()?;
        let mut changed = false;
        for (at, receipt) in own.iter().enumerate() {
            if receipt.search_number.is_some() {
                continue;
            }
            // Only one that still waits: a receipt that was filed again since is filed.
            let back = returned.iter().find(|(one, _)| {
                one.receipt.overlaps(receipt)
                    && !one.on_paper
                    && waiting.iter().any(|late| {
                        late.filing.as_ref() == Some(&one.filing)
                            && late.receipt.number == one.receipt.number
                    })
            });
            let Some((back, source)) = back else {
                continue;
            };
            let divided = own.iter().filter(|r| r.overlaps(&back.receipt)).count() > 1;
            let as_first = divided || back.filing.payer != payer;
            if !as_first && let (Some(number), Some(source)) = (&back.search_number, source) {
                let history = self.history(source, number)?;
                let Some(receipt) = file.receipt(at) else {
                    continue;
                };
                let mut records: Vec<Record> =
                    receipt.records().map(|(_, r)| r.to_record()).collect();
                if let Some(first) = records.first_mut() {
                    first.set(15, number).map_err(|e| unwritable(&name, &e))?;
                }
                records.extend(history);
                file.replace_receipt(at, vec![records])
                    .map_err(|e| unwritable(&name, &e))?;
                changed = true;
            }
            done.refiled.push(Refiled {
                id: format!("{name}#{}", receipt.number),
                name: receipt.name.clone(),
                returned: back.clone(),
                as_first,
            });
        }
        if changed {
            claim.document.bytes = file.to_bytes();
        }
        Ok(())
    }

    /// The history lines (履歴管理ブロック) of a receipt in a return file, byte for byte.
    fn history(&self, source: &str, search_number: &str) -> Result<Vec<Record>, Fault> {
        let bytes = self.bytes(source)?;
        let file = Uke::parse(&bytes).map_err(|e| unwritable("返戻ファイル", &e))?;
        let mut history = Vec::new();
        for receipt in file.receipts() {
            let own = receipt.search_number().ok().flatten();
            if own.map(String::from).as_deref() == Some(search_number) {
                history.extend(
                    receipt
                        .records_of("8")
                        .map(|(_, record)| record.to_record()),
                );
            }
        }
        Ok(history)
    }

    /// Puts a receipt that waited into the file of its payer, which is made where there is none.
    fn put_in(
        &self,
        claims: &mut Vec<ClaimFile>,
        late: &Late,
        returned: &[(Standing, Option<String>)],
        claim_month: Month,
    ) -> Result<(), Fault> {
        if late.on_paper {
            return Err(Fault::new(
                "claim/on-paper",
                format!(
                    "「{}」は紙で戻ったレセプトです。請求ファイルには入れず、紙で再請求してください（再請求したら claim drop で一覧から外します）。",
                    late.id
                ),
                format!(
                    "{} came back on paper and is filed again on paper, in no file; `claim drop` takes it off the list then",
                    late.id
                ),
            ));
        }
        let missing = || {
            Fault::new(
                "claim/carry",
                format!(
                    "「{}」のレセプトの内容が記録にありません。製品で請求ファイルに入れてください。",
                    late.id
                ),
                format!(
                    "the content of {} is not in the record; put it into the file in the product",
                    late.id
                ),
            )
        };
        let back = returned.iter().find(|(one, _)| {
            late.filing.as_ref() == Some(&one.filing) && one.receipt.number == late.receipt.number
        });
        let source = match back {
            Some((_, Some(source))) => source,
            _ => late.source.as_ref().ok_or_else(missing)?,
        };
        let bytes = self.bytes(source)?;
        let from = Uke::parse(&bytes).map_err(|e| unwritable(&late.id, &e))?;
        let records = from
            .receipts()
            .find(
                |receipt| match back.and_then(|(one, _)| one.search_number.as_ref()) {
                    Some(number) => {
                        let own = receipt.search_number().ok().flatten().map(String::from);
                        own.as_ref() == Some(number)
                    }
                    None => receipt.number() == Ok(late.receipt.number),
                },
            )
            .map(|receipt| {
                let kept = receipt.records().filter(|(_, record)| record.id() != "HR");
                kept.map(|(_, record)| record.to_record())
                    .collect::<Vec<_>>()
            })
            .ok_or_else(missing)?;
        let records = match back {
            Some(_) => records,
            None => first_submission(records).map_err(|e| unwritable(&late.id, &e))?,
        };
        let at = claims
            .iter()
            .position(|claim| model_payer(claim.payer) == late.payer);
        let at = match at {
            Some(at) => at,
            None => {
                claims.push(empty(&from, late.payer, claim_month, &late.id)?);
                claims.len().saturating_sub(1)
            }
        };
        let claim = claims.get_mut(at).ok_or_else(missing)?;
        let name = claim.document.name.clone();
        let mut file = Uke::parse(&claim.document.bytes).map_err(|e| unwritable(&name, &e))?;
        file.append_receipt(records)
            .map_err(|e| unwritable(&name, &e))?;
        file.renumber().map_err(|e| unwritable(&name, &e))?;
        claim.document.bytes = file.to_bytes();
        claim.receipts = claim.receipts.saturating_add(1);
        claim.total = claim.total.saturating_add(late.receipt.total);
        Ok(())
    }
}

/// A claim file without receipts, with the header of another of the station.
fn empty(from: &Uke, payer: Payer, month: Month, id: &str) -> Result<ClaimFile, Fault> {
    let mut file = from.empty_for(payer).map_err(|e| unwritable(id, &e))?;
    file.set_field(0, 7, &month.compact())
        .map_err(|e| unwritable(id, &e))?;
    Ok(ClaimFile {
        payer: contract_payer(payer),
        claim_month: month.to_string(),
        receipts: 0,
        total: 0,
        document: Document {
            name: "RECEIPTH.UKE".to_owned(),
            kind: DocumentKind::Claim,
            bytes: file.to_bytes(),
        },
    })
}

/// Whether the product's files hold the receipt already.
fn there(claims: &[ClaimFile], wanted: &Receipt) -> Result<bool, Fault> {
    for claim in claims {
        let own = super::record::receipts_of(&claim.document.name, &claim.document.bytes)?;
        if own.iter().any(|receipt| receipt.overlaps(wanted)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The return file that a receipt came back in.
fn source_of(book: &Book, one: &Standing) -> Option<String> {
    let filing = book.filing(&one.filing)?;
    filing.events.iter().rev().find_map(|told| {
        (told.receipt == Some(one.receipt.number) && matches!(told.event, Event::Returned { .. }))
            .then(|| told.source.clone())
            .flatten()
    })
}

/// Why a receipt waits, in words.
pub fn why_ja(late: &Late) -> String {
    let mut why = match &late.why {
        Why::Held { reason } => format!("保留: {reason}"),
        Why::Place { place } => {
            let mut text = place.name_ja().to_owned();
            if !late.returned_for.is_empty() {
                text.push_str(&format!(": {}", late.returned_for.join("／")));
            }
            if late.on_paper {
                text.push_str("［紙で再請求］");
            }
            text
        }
    };
    if let Some(month) = late.approved_in {
        why.push_str(&format!("（{month}請求分の承認に入っています）"));
    }
    why
}

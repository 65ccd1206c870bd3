//! Check and approval: the claim files of a month, every checker's findings, and the guard.

mod approve;
mod report;

pub use approve::{Approval, ApproveRequest};
pub(crate) use report::duplicate_ja;
pub use report::{CheckReport, Found, Guarded, Twice};

use crate::accept::Answers;
use crate::claim::model_payer;
use crate::claim::record::receipts_of;
use crate::documents::{Stored, absolute};
use crate::fill::no_documents;
use crate::guard::{self, About, EligibilityReason, GuardedReceipt, Verdict};
use crate::host::{Host, Loaded};
use crate::people::{Person, Picture};
use reseplug_claims::{Book, Late, Place, Receipt};
use reseplug_effect::Fault;
use reseplug_engine::contract::{ClaimFile, Document};
use reseplug_journal::document_digest;
use reseplug_model::{Month, Payer};
use reseplug_policy::Name;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Which month to check.
#[derive(Debug, Clone, Default)]
pub struct CheckRequest {
    /// 請求年月; absent: this month.
    pub claim_month: Option<Month>,
    /// Adapter, unless the station file's.
    pub adapter: Option<Name>,
    /// The month's documents and the register, unless the station file's.
    pub documents: Vec<PathBuf>,
}

/// A claim file, exactly as it would leave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimLine {
    /// Where it is filed.
    pub payer: Payer,
    /// Its bytes in the store; the digest is the file's SHA-256.
    pub file: Stored,
    /// 件数
    pub receipts: u32,
    /// 合計金額
    pub total: u64,
}

/// Nothing is filed from these documents: nobody may think that a month was approved.
fn no_files(documents: &[Document], month: Month) -> Fault {
    let names: Vec<&str> = documents.iter().map(|one| one.name.as_str()).collect();
    let names = names.join("、");
    Fault::new(
        "claim/no-files",
        format!(
            "これらの書類から、{month}請求分の請求ファイルは1つもできませんでした: {names}。請求ファイル（RECEIPTH.UKE など）か製品の月の書類を指定しているか、拡張子が変わっていないかを確かめてください。何も承認していません。"
        ),
        format!(
            "no claim file of {month} comes of these documents: {names}. See whether they are the product's claim files or month, and whether a file's extension was changed. Nothing was approved"
        ),
    )
}

impl Host {
    /// Makes the claim files of a month, has every checker look at them and compares each
    /// receipt with the evidence. Asks nothing, changes nothing, needs no network.
    ///
    /// # Errors
    /// Faults of the station file, the documents and the adapter. A checker that fails is
    /// stopped and named in the report; the others go on.
    pub fn check(&self, request: &CheckRequest) -> Result<CheckReport, Fault> {
        let inputs = self.inputs(&request.documents, true);
        if inputs.is_empty() {
            return Err(no_documents(&self.station().file));
        }
        let adapter = self.adapter(request.adapter.as_ref())?;
        let stored = self.take_in(&inputs)?;
        let month = self.claim_month(request)?;
        self.check_documents(&adapter, &stored, month, &Answers::default())
    }

    fn claim_month(&self, request: &CheckRequest) -> Result<Month, Fault> {
        match request.claim_month {
            Some(month) => Ok(month),
            None => Ok(self.today()?.month()),
        }
    }

    /// The product's documents of the month that were not read, where a payer has no file: it would go
    /// unfiled without a word.
    fn left_aside(&self, stored: &[Stored], files: &[ClaimLine]) -> Vec<PathBuf> {
        let filed = |payer: &Payer| files.iter().any(|line| line.payer == *payer);
        if Payer::ALL.iter().all(filed) {
            return Vec::new();
        }
        let month = self.station().product.month.iter();
        let month = month.map(|path| absolute(&self.folder().join(path)));
        let read = |path: &PathBuf| stored.iter().any(|one| one.path == *path);
        month.filter(|path| path.exists() && !read(path)).collect()
    }

    /// What the adapter misses may stand in an output that the product has not imported yet: a
    /// person read from a card, say, whom the product's own register lacks.
    fn perhaps_not_imported(&self, mut fault: Fault, stored: &[Stored]) -> Fault {
        for one in self.not_imported(stored) {
            let path = one.path.display();
            fault.message_ja.push_str(&format!(
                "なお、受け入れた変更の入った書き出し「{path}」が、まだ製品に取り込まれていません。取り込んでから、もう一度行ってください。"
            ));
            fault.message_en.push_str(&format!(
                " The product has not imported `{path}` yet, which holds changes that were accepted: import it, then run again."
            ));
        }
        fault
    }

    fn check_documents(
        &self,
        adapter: &Loaded,
        stored: &[Stored],
        claim_month: Month,
        answers: &Answers,
    ) -> Result<CheckReport, Fault> {
        let documents = &self.documents(stored)?;
        self.say("請求ファイルを作っています", "making the claim files");
        let made = adapter
            .plugin
            .claim(&adapter.context, documents, &claim_month.to_string());
        let mut claims: Vec<ClaimFile> =
            made.map_err(|fault| self.perhaps_not_imported(fault.into(), stored))?;
        for claim in &claims {
            self.own_file(&claim.document.name, &claim.document.bytes, claim_month)?;
        }
        let book = self.book()?;
        let composed = self.compose(&mut claims, &book, claim_month, answers)?;
        if claims.is_empty() {
            return Err(no_files(documents, claim_month));
        }
        let mut duplicates = Vec::new();
        let mut held_from = BTreeMap::new();
        let mut facts: Vec<Receipt> = Vec::new();
        let month = self.read_month(adapter, documents)?;
        let picture = self.picture(&month.people)?;
        let mut receipts = Vec::new();
        let mut held = Vec::new();
        let mut lines = Vec::new();
        let mut files: Vec<Document> = Vec::new();
        for claim in claims {
            let mut own = Vec::new();
            let mut out = Vec::new();
            for (at, receipt) in guard::read(&claim.document.name, &claim.document.bytes)?
                .into_iter()
                .enumerate()
            {
                let station = &self.station().station.institution_code;
                let verdict = verdict(&receipt, &month.people, &picture, station);
                let guarded = guard_line(receipt, verdict, answers);
                match holding(&guarded, answers) {
                    Some(reason) => out.push((at, guarded, reason)),
                    None => own.push(guarded),
                }
            }
            if !out.is_empty() {
                let whole = self.keep(&claim.document, PathBuf::new())?.digest;
                held_from.extend(
                    out.iter()
                        .map(|(_, one, _)| (one.id.clone(), whole.clone())),
                );
            }
            let claim = without(claim, &mut own, &out)?;
            held.extend(
                out.into_iter()
                    .map(|(_, guarded, reason)| (guarded, reason)),
            );
            receipts.extend(own);
            if let Some(claim) = claim {
                let own = receipts_of(&claim.document.name, &claim.document.bytes)?;
                let sha256 = document_digest(&claim.document.bytes);
                duplicates.extend(twice(&book, &claim, &sha256, claim_month, &own, answers));
                facts.extend(own);
                lines.push(ClaimLine {
                    payer: model_payer(claim.payer),
                    file: self.keep(&claim.document, PathBuf::new())?,
                    receipts: claim.receipts,
                    total: claim.total,
                });
                files.push(claim.document);
            }
        }
        let mut findings = Vec::new();
        let mut stopped = Vec::new();
        self.say("請求ファイルを点検しています", "checking the claim files");
        for id in &self.station().connectors.checkers {
            let found = self.plugin(id).and_then(|checker| {
                checker
                    .plugin
                    .check(&checker.context, &files)
                    .map_err(Fault::from)
            });
            match found {
                Ok(found) => findings.extend(found.into_iter().map(|finding| Found {
                    checker: id.to_string(),
                    finding,
                })),
                Err(fault) => stopped.push((id.to_string(), fault)),
            }
        }
        Ok(CheckReport {
            claim_month,
            left_aside: self.left_aside(stored, &lines),
            files: lines,
            findings,
            stopped,
            receipts,
            held,
            cannot_show: EligibilityReason::hidden().collect(),
            duplicates,
            refiled: composed.refiled,
            late: waiting(self.late_of(&book)?, claim_month, &facts),
            carried: composed.carried,
            held_from,
            not_imported: self.not_imported(stored),
        })
    }

    /// A claim file is of this station and this month, or it is not filed under its name.
    pub(crate) fn own_file(
        &self,
        name: &str,
        bytes: &[u8],
        claim_month: Month,
    ) -> Result<(), Fault> {
        match receden::ClaimFile::parse(bytes) {
            Ok(file) => self.own(name, &file, claim_month),
            // What cannot be read is told where the receipts are.
            Err(_) => Ok(()),
        }
    }

    /// The same of one that was read already.
    pub(crate) fn own(
        &self,
        name: &str,
        file: &receden::ClaimFile,
        claim_month: Month,
    ) -> Result<(), Fault> {
        let station = &self.station().station;
        let header = file.header();
        let code = header.as_ref().and_then(|h| h.station_code().ok());
        let month = header.as_ref().and_then(|h| h.claim_month().ok());
        if let Some(code) = code
            && code.to_string() != station.code
        {
            return Err(Fault::new(
                "claim/other-station",
                format!(
                    "請求ファイル「{name}」は訪問看護ステーションコード {code} のもので、この事業所（{}）のものではありません。書類と設定を確かめてください。",
                    station.code
                ),
                format!(
                    "the claim file {name} is of station {code}, this one is {}",
                    station.code
                ),
            ));
        }
        match month {
            Some(month) if month != claim_month => Err(Fault::new(
                "claim/other-month",
                format!(
                    "請求ファイル「{name}」の請求年月は {month} で、{claim_month} ではありません。この書類の月なら --month {month} を付けてください。"
                ),
                format!("the claim file {name} is of {month}, not {claim_month}"),
            )),
            _ => Ok(()),
        }
    }
}

fn guard_line(receipt: GuardedReceipt, verdict: Verdict, answers: &Answers) -> Guarded {
    let id = format!("{}#{}", receipt.document, receipt.number);
    let anyway = &answers.file_anyway;
    Guarded {
        file_anyway: anyway
            .get(&id)
            .or_else(|| anyway.get(receipt.person_key.as_deref()?))
            .or(answers.file_all.as_ref())
            .filter(|_| verdict.needs_person())
            .cloned(),
        id,
        receipt,
        verdict,
    }
}

/// Receipts of a file that stand as claimed: in another month, or confirmed in this one under another
/// content. What is under way this month is asked about when the file leaves.
fn twice(
    book: &Book,
    claim: &ClaimFile,
    sha256: &str,
    claim_month: Month,
    receipts: &[Receipt],
    answers: &Answers,
) -> Vec<Twice> {
    book.duplicates(receipts, None)
        .into_iter()
        .filter(|one| {
            let key = &one.standing.filing;
            key.month != claim_month || (one.standing.place == Place::Filed && key.sha256 != sha256)
        })
        .map(|duplicate| {
            let id = format!("{}#{}", claim.document.name, duplicate.receipt.number);
            Twice {
                reason: answers.again(&id).cloned(),
                id,
                duplicate,
            }
        })
        .collect()
}

/// Receipts that wait from earlier months and are in none of the files.
fn waiting(mut late: Vec<Late>, claim_month: Month, receipts: &[Receipt]) -> Vec<Late> {
    late.retain(|one| {
        one.since < claim_month && !receipts.iter().any(|own| own.overlaps(&one.receipt))
    });
    late
}

/// Why a receipt is left for a later month, if somebody said so.
fn holding(guarded: &Guarded, answers: &Answers) -> Option<String> {
    answers.hold.get(&guarded.id).cloned()
}

/// The claim file without the receipts that are held: taken out whole, the others numbered
/// anew and otherwise untouched. A file without receipts does not leave at all.
fn without(
    claim: ClaimFile,
    stay: &mut [Guarded],
    out: &[(usize, Guarded, String)],
) -> Result<Option<ClaimFile>, Fault> {
    if out.is_empty() {
        return Ok(Some(claim));
    }
    if stay.is_empty() {
        return Ok(None);
    }
    let name = &claim.document.name;
    let unwritable = |error: &dyn std::fmt::Display| {
        Fault::new(
            "claim/hold",
            format!(
                "請求ファイル「{name}」からレセプトを外せません（{error}）。製品で外して作り直してください。"
            ),
            format!(
                "a receipt cannot be taken out of {name}: {error}; leave it out in the product"
            ),
        )
    };
    let mut file = receden::ClaimFile::parse(&claim.document.bytes).map_err(|e| unwritable(&e))?;
    for (at, _, _) in out.iter().rev() {
        file.remove_receipt(*at).map_err(|e| unwritable(&e))?;
    }
    file.renumber().map_err(|e| unwritable(&e))?;
    let mut total: u64 = 0;
    for (number, guarded) in (1_u32..).zip(stay.iter_mut()) {
        guarded.receipt.number = number;
        total = total
            .checked_add(guarded.receipt.total.0)
            .ok_or_else(|| unwritable(&"the total is too large"))?;
    }
    let bytes = file.to_bytes();
    Ok(Some(ClaimFile {
        receipts: u32::try_from(stay.len()).unwrap_or(u32::MAX),
        total,
        document: Document {
            bytes,
            ..claim.document
        },
        ..claim
    }))
}

/// At most ten entries of a list, and how many more.
pub(crate) fn shortened(entries: &[String]) -> String {
    const SHOWN: usize = 10;
    let mut text = entries
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join("、");
    if entries.len() > SHOWN {
        text.push_str(&format!(" ほか{}件", entries.len().saturating_sub(SHOWN)));
    }
    text
}

/// The guard's word on one receipt, by what is known of its person.
fn verdict(
    receipt: &GuardedReceipt,
    people: &[Person],
    picture: &Picture,
    station: &str,
) -> Verdict {
    let person = people
        .iter()
        .find(|p| receipt.person_key.as_deref() == Some(p.key.as_str()))
        .or_else(|| {
            let mut alike = people.iter().filter(|p| {
                p.identity.birth_date == receipt.birth_date && p.identity.name == receipt.name
            });
            // Two of the same name and birth date: neither for sure.
            match (alike.next(), alike.next()) {
                (Some(one), None) => Some(one),
                _ => None,
            }
        });
    let about = person.map_or_else(About::default, |p| About {
        also: &p.identity.also,
        ..picture.about(&p.key)
    });
    guard::judge(receipt, About { station, ..about })
}

//! What the contract demands of answers beyond their types.

use crate::contract::{
    Applied, ClaimFile, Finding, Grade, MedicalInformation, MedicalQuery, MonthOperation, Query,
    RegisterOperation, Registration, RegistrationResult, Revocation, RevocationResult, Severity,
    Verification,
};
use std::collections::BTreeMap;

/// The `id` of a register operation.
pub(crate) fn register_id(operation: &RegisterOperation) -> &str {
    match operation {
        RegisterOperation::AddPerson(o) => &o.id,
        RegisterOperation::OpenPeriod(o) => &o.id,
        RegisterOperation::ClosePeriod(o) => &o.id,
        RegisterOperation::ReplaceCoverage(o) => &o.id,
        RegisterOperation::SetIncome(o) => &o.id,
        RegisterOperation::AddPublicExpense(o) => &o.id,
    }
}

/// The `id` of a month operation.
pub(crate) fn month_id(operation: &MonthOperation) -> &str {
    match operation {
        MonthOperation::ReplaceReceiptCoverage(o) | MonthOperation::MoveReceipt(o) => &o.id,
        MonthOperation::SplitReceipt(o) => &o.id,
        MonthOperation::SetReceiptIncome(o) => &o.id,
    }
}

/// Every operation appears in `changes` or in `refusals`, once, and nothing else does.
pub(crate) fn applied<'a>(
    applied: &Applied,
    asked: impl Iterator<Item = &'a str>,
) -> Result<(), String> {
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for id in asked {
        *open.entry(id).or_default() += 1;
    }
    let changes = applied
        .changes
        .iter()
        .map(|change| change.operation.as_str());
    let refusals = applied
        .refusals
        .iter()
        .map(|refusal| refusal.operation.as_str());
    for id in changes.chain(refusals) {
        match open.get_mut(id).filter(|count| **count > 0) {
            Some(count) => *count -= 1,
            None => {
                return Err(format!(
                    "it answered the operation {id:?} that was not asked, or answered it twice"
                ));
            }
        }
    }
    match open.iter().find(|(_, count)| **count > 0) {
        Some((id, _)) => Err(format!(
            "it did not say what became of the operation {id:?}"
        )),
        None => Ok(()),
    }
}

/// One file per payer, of the month that was asked for.
pub(crate) fn claim(files: &[ClaimFile], month: &str) -> Result<(), String> {
    for (index, file) in files.iter().enumerate() {
        if file.claim_month != month {
            return Err(format!(
                "it made a claim file of {:?}, not of {month:?}",
                file.claim_month
            ));
        }
        if files
            .iter()
            .take(index)
            .any(|other| other.payer == file.payer)
        {
            return Err("it made two claim files for one payer".to_owned());
        }
    }
    Ok(())
}

/// A rule whose basis is not confirmed never has the severity `reject`.
pub(crate) fn findings(findings: &[Finding]) -> Result<(), String> {
    match findings
        .iter()
        .find(|f| f.severity == Severity::Reject && f.grade == Grade::Unconfirmed)
    {
        Some(finding) => Err(format!(
            "the finding {} is 受付不能 although its basis is not confirmed",
            finding.code
        )),
        None => Ok(()),
    }
}

/// Answers stand in the order of the queries.
pub(crate) fn answers(answers: &[Verification], queries: &[Query]) -> Result<(), String> {
    let same = answers.len() == queries.len()
        && answers.iter().zip(queries).all(|(a, q)| a.query_id == q.id);
    if same {
        Ok(())
    } else {
        Err("its answers do not follow the queries one by one".to_owned())
    }
}

/// Results stand in the order of the registrations.
pub(crate) fn registrations(
    results: &[RegistrationResult],
    asked: &[Registration],
) -> Result<(), String> {
    let same = results.len() == asked.len()
        && results
            .iter()
            .zip(asked)
            .all(|(r, a)| r.reference_number == a.reference_number);
    if same {
        Ok(())
    } else {
        Err("its results do not follow the registrations one by one".to_owned())
    }
}

/// The information answers the question that was asked: nobody else's is taken for it.
pub(crate) fn medical(answer: &MedicalInformation, query: &MedicalQuery) -> Result<(), String> {
    if answer.query_id == query.id {
        Ok(())
    } else {
        Err("its medical information answers another question".to_owned())
    }
}

/// Results stand in the order of the revocations.
pub(crate) fn revocations(
    results: &[RevocationResult],
    asked: &[Revocation],
) -> Result<(), String> {
    let same = results.len() == asked.len() && results.iter().zip(asked).all(|(r, a)| r.id == a.id);
    if same {
        Ok(())
    } else {
        Err("its results do not follow the revocations one by one".to_owned())
    }
}

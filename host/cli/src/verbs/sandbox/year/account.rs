//! A station's account at the end of the year, for the comparison.

use super::compare::{Account, Filed, Said, Whose};
use super::world::World;
use reseplug_claims::{Book, Channel, Event, Late, Stage};
use reseplug_effect::{Fault, jst};
use reseplug_model::{Month, Payer};
use reseplug_sandbox::gateway::FiledReceipt;
use std::collections::{BTreeMap, BTreeSet};

/// How much there was.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sizes {
    pub(super) receipts: usize,
    pub(super) claims: usize,
    pub(super) acknowledged: usize,
    /// Receipts that had to be filed in their month, because nothing kept them from it.
    pub(super) expected: usize,
}

impl World {
    pub(super) fn account(
        &mut self,
        at: usize,
        ledger: &[FiledReceipt],
        last: Month,
        sizes: &mut Sizes,
    ) -> Result<Account, Fault> {
        let book = self.book(at)?;
        let approved: Vec<(Payer, String, Month)> = match self.host(at)?.approval(last) {
            Ok(approval) => approval
                .report
                .receipts
                .iter()
                .filter_map(|one| {
                    let receipt = &one.receipt;
                    Some((
                        receipt.payer,
                        receipt.person_key.clone()?,
                        receipt.service_month,
                    ))
                })
                .collect(),
            Err(_) => Vec::new(),
        };
        let station = self.station(at)?;
        let whose = |person: &str, service_month: Month, payer: Payer| Whose {
            station: station.code.clone(),
            person: person.to_owned(),
            service_month,
            payer,
        };
        let mut account = Account {
            produced: station
                .product
                .receipts
                .iter()
                .map(|one| whose(&one.person, one.service_month, one.payer))
                .collect(),
            passed_over: passed_over(&book, &station.week.carried)
                .into_iter()
                .map(|late| {
                    let person = late.receipt.person_key.unwrap_or_default();
                    let whose = whose(&person, late.receipt.service_month, late.payer);
                    (whose, late.since)
                })
                .collect(),
            due: station
                .wishes
                .due()
                .map(|due| (whose(&due.own.0, due.own.1, due.payer), due))
                .collect(),
            ..Account::default()
        };
        for filing in book.filings().iter().filter(|f| !f.is_trial()) {
            sizes.claims += usize::from(filing.stage() != Stage::Released);
            sizes.acknowledged += usize::from(filing.stage() == Stage::Acknowledged);
        }
        sizes.receipts += account.produced.len();
        sizes.expected += account.due.len();
        for standing in book.receipts() {
            let key = standing.filing.clone();
            let person = standing.receipt.person_key.clone().unwrap_or_default();
            let channel = book.filing(&key).map_or(Channel::Gateway, |f| f.channel);
            let whose = whose(&person, standing.receipt.service_month, key.payer);
            if standing.place == reseplug_claims::Place::Underway {
                account.named.push(whose.clone());
            }
            account.said.push(Said {
                whose,
                key,
                channel,
                standing,
            });
        }
        let dropped = book.beside().iter().filter_map(|told| match &told.event {
            Event::Dropped { receipt, .. } => Some((told.payer, (**receipt).clone())),
            _ => None,
        });
        let late = book.late().into_iter().map(|one| (one.payer, one.receipt));
        for (payer, receipt) in late.chain(dropped) {
            let person = receipt.person_key.clone().unwrap_or_default();
            account
                .named
                .push(whose(&person, receipt.service_month, payer));
        }
        for (payer, person, service_month) in approved {
            account.named.push(whose(&person, service_month, payer));
        }
        let institution = station.institution.clone();
        for one in ledger.iter().filter(|one| one.institution == institution) {
            let (Some(payer), Ok(service), Ok(claim)) = (
                Payer::from_code(&one.payer),
                Month::parse(&one.service_month),
                Month::parse(&one.claim_month),
            ) else {
                continue;
            };
            account.filed.push(Filed {
                whose: whose(&one.person, service, payer),
                sha256: one.key.rsplit('/').next().unwrap_or_default().to_owned(),
                claim_month: claim,
                number: one.number,
                confirmed: one.confirmed_at.clone(),
                returned: one.returned.as_deref().map(ready_since),
                taken_down: one.taken_down,
                adjusted: one.adjusted,
                paid: one.paid.and_then(|paid| u64::try_from(paid).ok()),
            });
        }
        for sending in self.desk.sendings.iter().filter(|s| s.station == at) {
            let Some(confirmed) = &sending.confirmed else {
                continue;
            };
            for one in sending.filed() {
                let station = self.stations.get(at).map(|s| s.code.clone());
                account.filed.push(Filed {
                    whose: Whose {
                        station: station.unwrap_or_default(),
                        person: one.person.clone(),
                        service_month: one.service_month,
                        payer: sending.payer,
                    },
                    sha256: sending.sha256.clone(),
                    claim_month: sending.month,
                    number: one.number,
                    confirmed: jst(confirmed.at),
                    returned: one.returned.map(jst),
                    taken_down: false,
                    adjusted: one.adjusted,
                    paid: one.paid,
                });
            }
        }
        Ok(account)
    }
}

/// Since when a return of the gateway's review lies ready: `202412-1-returns`, the 5th at 8:00.
fn ready_since(download: &str) -> String {
    let month = download.get(..6).unwrap_or_default();
    let (year, month) = month.split_at_checked(4).unwrap_or_default();
    format!("{year}-{month}-05T08:00:00+09:00")
}

/// What waited when everything was put in, and still waits under the same id although such a file
/// was sent and stands.
fn passed_over(book: &Book, carried: &BTreeMap<String, BTreeSet<String>>) -> Vec<Late> {
    let sent = |files: &BTreeSet<String>, payer| {
        book.filings().iter().any(|filing| {
            filing.key.payer == payer
                && !filing.is_trial()
                && !filing.stage().is_gone()
                && files.contains(&filing.key.sha256)
        })
    };
    book.late()
        .into_iter()
        .filter(|one| !one.on_paper)
        .filter(|one| {
            let files = carried.get(&one.id);
            files.is_some_and(|files| sent(files, one.payer))
        })
        .collect()
}

//! The end of the year: what the payers have, what the stations' stores say, and what the products
//! produced, laid beside each other. Pure.
//!
//! *Filed twice*: a receipt (person, service month, overlapping days) that was confirmed again while
//! an earlier confirmation of it had neither come back nor been taken down. *Missed*: a receipt that
//! staff wanted to file and that was not filed in its month although at a moment nothing kept it from
//! leaving ([`super::wishes`]); one that the product produced and that is neither filed nor named by
//! the program as waiting, held, dropped, under way or approved; or one that waited although a later
//! file that puts everything in was sent.
//! *Disagreement*: a receipt whose standing differs between a payer and a store that claims to know
//! it. What a store only heard from staff may differ; it is counted apart as *hearsay*.

use super::wishes::{Because, Due};
use crate::output::Output;
use reseplug_claims::{Channel, FilingKey, Place, Standing};
use reseplug_effect::jst;
use reseplug_model::{Month, Payer};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How many offending receipts are listed.
const LISTED: usize = 20;

/// A receipt of a product, by what tells it apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Whose {
    pub(super) station: String,
    pub(super) person: String,
    pub(super) service_month: Month,
    pub(super) payer: Payer,
}

/// A receipt that a payer has as filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filed {
    pub(super) whose: Whose,
    /// SHA-256 of the file, with 請求年月 and number the place in the store.
    pub(super) sha256: String,
    pub(super) claim_month: Month,
    pub(super) number: u32,
    /// When it was confirmed, ISO 8601.
    pub(super) confirmed: String,
    /// Since when its return lies ready, ISO 8601.
    pub(super) returned: Option<String>,
    /// Its station asked for it back.
    pub(super) taken_down: bool,
    pub(super) adjusted: i64,
    pub(super) paid: Option<u64>,
}

/// What a store says of a receipt of a filing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) whose: Whose,
    pub(super) key: FilingKey,
    pub(super) channel: Channel,
    pub(super) standing: Standing,
}

/// Everything of one station.
#[derive(Debug, Clone, Default)]
pub(super) struct Account {
    pub(super) produced: Vec<Whose>,
    pub(super) filed: Vec<Filed>,
    pub(super) said: Vec<Said>,
    /// Receipts that the program names: waiting, held, dropped, approved.
    pub(super) named: Vec<Whose>,
    /// Receipts that wait although a file that puts everything in was sent since, with the 請求年月
    /// since which they do.
    pub(super) passed_over: Vec<(Whose, Month)>,
    /// Receipts that had to be filed in their month.
    pub(super) due: Vec<(Whose, Due)>,
}

/// A receipt that was missed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Missing {
    #[serde(flatten)]
    pub(super) whose: Whose,
    /// 請求年月 in which it was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) claim_month: Option<Month>,
    pub(super) because: Because,
    /// When nothing was in its way, ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<String>,
}

impl Missing {
    /// A line of the report.
    pub(super) fn text(&self, output: &Output) -> String {
        let Whose {
            station,
            person,
            service_month,
            payer,
        } = &self.whose;
        let claimed = self.claim_month.map(|month| month.to_string());
        let claimed = claimed.unwrap_or_else(|| "-".to_owned());
        let at = self.at.as_deref().unwrap_or_default();
        let (ja, en) = match self.because {
            Because::NothingInTheWay => (
                format!(
                    "承認済みで、{at} には受付時間内・障害なしで送れたのに、請求されていません"
                ),
                format!("approved, and at {at} nothing kept it from leaving; it is not filed"),
            ),
            Because::ApprovalRefused => (
                format!("{at} に妨げがないのに承認を断られ、請求されていません"),
                format!("nothing stood against its approval at {at}, which was refused"),
            ),
            Because::PassedOver => (
                "後の月にすべて含めて送ったのに、待ったままです".to_owned(),
                "waits although a later month put everything in".to_owned(),
            ),
            Because::NotNamed => (
                "請求されておらず、どこにも示されていません".to_owned(),
                "neither filed nor named".to_owned(),
            ),
        };
        match output.say("ja", "en") {
            "ja" => format!(
                "{station} {claimed}請求分 {} {person} {service_month}診療分: {ja}",
                payer.name_ja()
            ),
            _ => format!(
                "{station} claim month {claimed} payer {} {person} {service_month}: {en}",
                payer.code()
            ),
        }
    }
}

/// What the year came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Verdict {
    pub(super) filed_twice: usize,
    pub(super) missed: usize,
    pub(super) disagreements: usize,
    pub(super) hearsay: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) twice: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) missing: Vec<Missing>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) differing: Vec<String>,
}

impl Verdict {
    pub(super) fn is_good(&self) -> bool {
        self.filed_twice + self.missed + self.disagreements == 0
    }

    fn list<T>(list: &mut Vec<T>, one: T) {
        if list.len() < LISTED {
            list.push(one);
        }
    }

    /// What is wrong beside what the books say.
    pub(super) fn wrong(&mut self, text: String) {
        self.disagreements += 1;
        Self::list(&mut self.differing, text);
    }

    fn miss(&mut self, missing: Missing) {
        self.missed += 1;
        Self::list(&mut self.missing, missing);
    }
}

fn say(whose: &Whose) -> String {
    format!(
        "{} {} {} payer {}",
        whose.station,
        whose.person,
        whose.service_month,
        whose.payer.code()
    )
}

/// Lays a station's account beside itself and adds what was found.
pub(super) fn judge(account: &Account, verdict: &mut Verdict) {
    twice(account, verdict);
    missed(account, verdict);
    differs(account, verdict);
}

fn twice(account: &Account, verdict: &mut Verdict) {
    let mut by_receipt: BTreeMap<&Whose, Vec<&Filed>> = BTreeMap::new();
    for filed in &account.filed {
        by_receipt.entry(&filed.whose).or_default().push(filed);
    }
    for (whose, mut filed) in by_receipt {
        filed.sort_by(|a, b| a.confirmed.cmp(&b.confirmed));
        for (at, later) in filed.iter().enumerate().skip(1) {
            let stands = filed.iter().take(at).any(|earlier| {
                let back = earlier.returned.as_ref();
                !earlier.taken_down && back.is_none_or(|back| *back > later.confirmed)
            });
            if stands {
                verdict.filed_twice += 1;
                let text = format!(
                    "{}: confirmed again at {} ({} #{})",
                    say(whose),
                    later.confirmed,
                    later.claim_month,
                    later.number
                );
                Verdict::list(&mut verdict.twice, text);
            }
        }
    }
}

fn missed(account: &Account, verdict: &mut Verdict) {
    let mut said: BTreeSet<&Whose> = BTreeSet::new();
    for (whose, due) in &account.due {
        // What stands as filed in an earlier month needs no second filing.
        let filed = account.filed.iter().any(|filed| {
            let earlier = filed.claim_month < due.month && filed.returned.is_none();
            filed.whose == *whose && (filed.claim_month == due.month || earlier)
        });
        if !filed {
            said.insert(whose);
            verdict.miss(Missing {
                whose: whose.clone(),
                claim_month: Some(due.month),
                because: due.because,
                at: Some(jst(due.at)),
            });
        }
    }
    for whose in &account.produced {
        let filed = account
            .filed
            .iter()
            .any(|filed| filed.whose == *whose && filed.returned.is_none());
        if !filed && !account.named.contains(whose) && !said.contains(whose) {
            verdict.miss(Missing {
                whose: whose.clone(),
                claim_month: None,
                because: Because::NotNamed,
                at: None,
            });
        }
    }
    for (whose, since) in &account.passed_over {
        verdict.miss(Missing {
            whose: whose.clone(),
            claim_month: Some(*since),
            because: Because::PassedOver,
            at: None,
        });
    }
}

fn differs(account: &Account, verdict: &mut Verdict) {
    let mut used = vec![false; account.filed.len()];
    for said in &account.said {
        let own = account.filed.iter().position(|filed| {
            filed.sha256 == said.key.sha256
                && filed.claim_month == said.key.month
                && filed.number == said.standing.receipt.number
                && filed.whose.payer == said.key.payer
        });
        let own = own.filter(|at| {
            // The same content that was taken back before is another sending.
            let gone = matches!(said.standing.place, Place::Withdrawn | Place::NotSent);
            let other = account.said.iter().any(|other| {
                other.key.sha256 == said.key.sha256
                    && other.key != said.key
                    && other.key.month == said.key.month
                    && other.key.payer == said.key.payer
                    && !matches!(other.standing.place, Place::Withdrawn | Place::NotSent)
            });
            !(gone && other) && used.get(*at) == Some(&false)
        });
        if let Some(used) = own.and_then(|at| used.get_mut(at)) {
            *used = true;
        }
        let filed = own.and_then(|at| account.filed.get(at));
        let Some(how) = difference(said, filed) else {
            continue;
        };
        if said.standing.hearsay {
            verdict.hearsay += 1;
            continue;
        }
        verdict.wrong(format!("{} in {}: {how}", say(&said.whose), said.key));
    }
    for (filed, used) in account.filed.iter().zip(used) {
        if !used {
            verdict.wrong(format!(
                "{}: filed in {} (#{}), and the store does not know",
                say(&filed.whose),
                filed.claim_month,
                filed.number
            ));
        }
    }
}

/// How a store's word on a receipt differs from the payer's.
fn difference(said: &Said, filed: Option<&Filed>) -> Option<String> {
    let standing = &said.standing;
    let Some(filed) = filed else {
        return matches!(standing.place, Place::Filed | Place::Returned)
            .then(|| format!("{} here, unknown to the payer", standing.place.name_en()));
    };
    let place = match filed.returned {
        Some(_) => Place::Returned,
        None => Place::Filed,
    };
    if standing.place != place {
        return Some(format!(
            "{} here, {} at the payer",
            standing.place.name_en(),
            place.name_en()
        ));
    }
    if standing.adjusted != filed.adjusted {
        return Some(format!(
            "adjusted by {} yen here, {} at the payer",
            standing.adjusted, filed.adjusted
        ));
    }
    (standing.paid != filed.paid).then(|| {
        format!(
            "paid {:?} here, {:?} at the payer",
            standing.paid, filed.paid
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use reseplug_claims::{Kind, Receipt};

    fn whose() -> Whose {
        Whose {
            station: "9999998".into(),
            person: "P0001".into(),
            service_month: Month::new(2024, 10).unwrap(),
            payer: Payer::SocialInsuranceFund,
        }
    }

    fn filed(sha256: &str, confirmed: &str) -> Filed {
        Filed {
            whose: whose(),
            sha256: sha256.into(),
            claim_month: Month::new(2024, 11).unwrap(),
            number: 1,
            confirmed: confirmed.into(),
            returned: None,
            taken_down: false,
            adjusted: 0,
            paid: Some(100),
        }
    }

    fn said(sha256: &str, place: Place) -> Said {
        let key = FilingKey {
            station: "9999998".into(),
            payer: Payer::SocialInsuranceFund,
            month: Month::new(2024, 11).unwrap(),
            kind: Kind::Claim,
            sequence: 1,
            sha256: sha256.into(),
        };
        Said {
            whose: whose(),
            channel: Channel::Gateway,
            standing: Standing {
                filing: key.clone(),
                receipt: Receipt {
                    number: 1,
                    person_key: Some("P0001".into()),
                    name: "見本".into(),
                    birth_date: "1950-01-01".into(),
                    service_month: Month::new(2024, 10).unwrap(),
                    days: vec![1],
                    total: 100,
                    insurer: None,
                    search_number: None,
                },
                place,
                hearsay: false,
                returned_for: vec![],
                search_number: None,
                on_paper: false,
                given_up: None,
                take_down_asked: false,
                adjusted: 0,
                in_review: false,
                paid: Some(100),
            },
            key,
        }
    }

    fn good() -> Account {
        Account {
            produced: vec![whose()],
            filed: vec![filed("a", "2024-11-08")],
            said: vec![said("a", Place::Filed)],
            ..Account::default()
        }
    }

    fn judged(account: &Account) -> Verdict {
        let mut verdict = Verdict::default();
        judge(account, &mut verdict);
        verdict
    }

    #[test]
    fn a_receipt_that_is_filed_paid_and_known_is_in_order() {
        assert_eq!(judged(&good()), Verdict::default());
    }

    #[test]
    fn confirmed_again_is_filed_twice_unless_it_had_come_back() {
        let mut account = good();
        account.filed.push(filed("b", "2024-12-08"));
        account.said.push(said("b", Place::Filed));
        let verdict = judged(&account);
        assert_eq!((verdict.filed_twice, verdict.is_good()), (1, false));
        assert!(verdict.twice[0].contains("P0001"), "{verdict:?}");
        account.filed[0].returned = Some("2024-12-05".into());
        account.said[0].standing.place = Place::Returned;
        assert_eq!(judged(&account).filed_twice, 0);
        account.filed[0].returned = Some("2025-01-05".into());
        assert_eq!(judged(&account).filed_twice, 1);
    }

    #[test]
    fn what_is_neither_filed_nor_named_is_missed() {
        let mut account = good();
        account.filed.clear();
        account.said.clear();
        assert_eq!(judged(&account).missed, 1);
        account.named.push(whose());
        assert_eq!(judged(&account).missed, 0);
        let since = Month::new(2024, 11).unwrap();
        account.passed_over.push((whose(), since));
        let verdict = judged(&account);
        assert_eq!(verdict.missed, 1);
        assert_eq!(verdict.missing[0].because, Because::PassedOver);
    }

    /// Staff approved it, and at that moment nothing kept it from leaving in November.
    fn expected(account: &mut Account) {
        let (month, payer) = (Month::new(2024, 11).unwrap(), Payer::SocialInsuranceFund);
        let own = ("P0001".to_owned(), Month::new(2024, 10).unwrap());
        let at = "2024-11-08T10:00:00+09:00".parse().unwrap();
        let mut wishes = super::super::wishes::Wishes::default();
        wishes.want(month, payer, [own].into());
        wishes.chance(month, payer, at, Because::NothingInTheWay);
        account.due = wishes.due().map(|due| (whose(), due)).collect();
        assert_eq!(account.due.len(), 1);
    }

    #[test]
    fn what_was_approved_and_never_sent_at_a_quiet_moment_is_missed_although_it_is_named() {
        let mut account = good();
        expected(&mut account);
        assert_eq!(judged(&account), Verdict::default());
        // The store says truly that it waits, and the payer's ledger is empty: both agree.
        account.filed.clear();
        account.said.clear();
        account.named.push(whose());
        let verdict = judged(&account);
        assert_eq!((verdict.missed, verdict.disagreements), (1, 0));
        assert!(!verdict.is_good());
        let missing = serde_json::to_value(&verdict.missing[0]).unwrap();
        assert_eq!(
            missing,
            serde_json::json!({
                "station": "9999998", "person": "P0001", "service_month": "2024-10",
                "payer": "social-insurance-fund", "claim_month": "2024-11",
                "because": "nothing-in-the-way", "at": "2024-11-08T10:00:00+09:00",
            })
        );
    }

    #[test]
    fn what_is_filed_a_month_late_was_missed_and_what_stands_since_before_was_not() {
        let mut account = good();
        expected(&mut account);
        account.filed[0].claim_month = Month::new(2024, 12).unwrap();
        account.said[0].key.month = Month::new(2024, 12).unwrap();
        assert_eq!(judged(&account).missed, 1);
        account.filed[0].claim_month = Month::new(2024, 10).unwrap();
        account.said[0].key.month = Month::new(2024, 10).unwrap();
        assert_eq!(judged(&account).missed, 0);
    }

    #[test]
    fn a_store_that_knows_otherwise_disagrees_and_what_it_only_heard_is_told_apart() {
        for place in [Place::Underway, Place::Withdrawn, Place::Returned] {
            let mut account = good();
            account.said = vec![said("a", place)];
            assert_eq!(judged(&account).disagreements, 1, "{place:?}");
            account.said[0].standing.hearsay = true;
            let verdict = judged(&account);
            assert_eq!((verdict.disagreements, verdict.hearsay), (0, 1));
        }
        let mut account = good();
        account.said[0].standing.paid = None;
        assert_eq!(judged(&account).disagreements, 1);
        let mut account = good();
        account.filed[0].adjusted = -10;
        assert_eq!(judged(&account).disagreements, 1);
        let mut account = good();
        account.said.clear();
        assert_eq!(judged(&account).disagreements, 1);
        let mut account = good();
        account.filed.clear();
        account.named.push(whose());
        assert_eq!(judged(&account).disagreements, 1);
    }
}

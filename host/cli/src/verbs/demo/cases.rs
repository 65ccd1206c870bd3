//! What became of the people whose cases are known by name, and the counts.

use super::story::Told;
use reseplug::decide::GroupOutcome;
use reseplug::group::Group;
use reseplug::proposal::{Counts, Done, Proposal};
use reseplug_model::fold;
use reseplug_sandbox::station::{Person, Station};
use serde::Serialize;
use std::collections::BTreeMap;

/// How one person's case ended.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Case {
    /// The station's name.
    pub(super) station: String,
    /// The product's key.
    pub(super) person: String,
    /// 氏名
    pub(super) name: String,
    /// How the group ended.
    pub(super) outcome: GroupOutcome,
    /// What happened to the document: the proposal's kind, `none` or `refused`.
    pub(super) change: String,
    /// Why a person has to look; the adapter's code where it refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// The end in a few Japanese words.
    pub(super) outcome_ja: String,
    /// How the card read at home ended, where nobody was found for it for sure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) consent: Option<GroupOutcome>,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) as_of: String,
    pub(super) source: String,
    pub(super) accepted_by: String,
    /// `filed`, `filed-with-paper` or `held`, per receipt.
    pub(super) receipts: Vec<String>,
}

/// What the known cases are, in Japanese.
const CASES: [(&str, &str); 17] = [
    ("expired-elderly", "高齢受給者証の期限切れ"),
    ("insurer-changed-16th", "月の途中で保険者が変わった"),
    ("insurer-changes-next-month", "翌月から保険者が変わる"),
    ("invalid-new-exists", "無効（新しい資格あり）"),
    ("late-month", "月遅れの請求"),
    ("leading-zeros", "記号・番号の頭の0"),
    ("missing-branch", "枝番がない"),
    ("missing-glyph", "氏名に外字がある"),
    ("moved-payer", "提出先が変わった"),
    ("nanbyo-54", "難病の受給者証（54）"),
    ("new-at-home", "初めての訪問でカードを読み取った"),
    ("not-found", "該当する資格がない"),
    ("split-refused", "機械では分けられないレセプト"),
    ("swapped-symbol-number", "記号と番号の入れ替わり"),
    ("turns-75", "75歳になった"),
    ("two-similar", "よく似た二人"),
    ("welfare-ticket-wrong-month", "医療券の月の違い"),
];

/// A case for people; one of a newer story by its own name.
pub(crate) fn name_ja(case: &str) -> &str {
    let known = CASES.iter().find(|(name, _)| *name == case);
    known.map_or(case, |(_, ja)| ja)
}

/// The cases of one station, by name.
pub(super) fn cases(station: &Station, told: &Told) -> Vec<(String, Case)> {
    station
        .people
        .iter()
        .filter_map(|person| Some((person.case.clone()?, case(station, person, told))))
        .collect()
}

fn case(station: &Station, person: &Person, told: &Told) -> Case {
    // The case is one of the coverage, or of 医療扶助 where there is none.
    let of_the_case = |p: &&Proposal| p.person_key == person.key && p.group != Group::Income;
    let own: Vec<&Proposal> = told
        .reports
        .iter()
        .flat_map(|(_, report)| &report.proposals)
        .filter(of_the_case)
        .collect();
    let last = told.reports.last().map(|(_, report)| report);
    let in_last: Vec<&Proposal> = last
        .into_iter()
        .flat_map(|r| &r.proposals)
        .filter(of_the_case)
        .collect();
    // What was changed is the story; else how it stands in the end.
    let applied = own
        .iter()
        .rfind(|p| matches!(p.done, Done::Applied { .. }))
        .copied();
    let open = in_last
        .iter()
        .find(|p| matches!(p.done, Done::Refused { .. } | Done::Left))
        .copied();
    let chosen = open.or(applied).or_else(|| in_last.first().copied());
    let consent = last.and_then(|report| {
        report.proposals.iter().find(|p| {
            p.outcome == GroupOutcome::Unmatched
                && fold::name(&p.name) == fold::name(&person.central_name)
        })
    });
    let (change, refused) = match chosen.map(|p| &p.done) {
        Some(Done::Applied { kind, .. }) => (kind.clone(), None),
        Some(Done::Refused { fault }) => ("refused".to_owned(), Some(fault.code.clone())),
        _ => ("none".to_owned(), None),
    };
    let why = chosen
        .and_then(|p| p.reason)
        .or_else(|| consent.and_then(|p| p.reason));
    let outcome = chosen.map_or(GroupOutcome::NoAnswer, |p| p.outcome);
    let done = match change.as_str() {
        "none" => None,
        "refused" => Some("できませんでした（人へ）"),
        kind => Some(reseplug::report::kind_ja(kind)),
    };
    let outcome_ja = std::iter::once(outcome.name_ja())
        .chain(done)
        .chain(why.map(reseplug::decide::Reason::name_ja))
        .collect::<Vec<_>>()
        .join("・");
    let reason = why
        .and_then(|reason| serde_json::to_value(reason).ok())
        .and_then(|value| value.as_str().map(str::to_owned));
    let text = |coverage: Option<&reseplug::Coverage>| {
        coverage.map(ToString::to_string).unwrap_or_default()
    };
    let source = chosen.and_then(|p| p.sources.last());
    Case {
        station: station.key.clone(),
        person: person.key.clone(),
        name: person.name.clone(),
        outcome,
        outcome_ja,
        change,
        reason: refused.or(reason),
        consent: consent.map(|p| p.outcome),
        before: text(chosen.and_then(|p| p.before.as_ref())),
        after: text(chosen.and_then(|p| p.after.as_ref())),
        as_of: chosen.map(|p| p.as_of.to_string()).unwrap_or_default(),
        source: source
            .map(|s| format!("{} {}", s.message, s.as_of))
            .unwrap_or_default(),
        accepted_by: chosen
            .and_then(|p| p.accepted.as_ref())
            .map(|a| a.by.clone())
            .unwrap_or_default(),
        receipts: receipts(person, told),
    }
}

/// What was carried out, by id. A change that was carried out again, from the same originals
/// with more accepted, is one change.
pub(super) fn applied(told: &Told) -> BTreeMap<&str, &Proposal> {
    told.reports
        .iter()
        .flat_map(|(_, report)| &report.proposals)
        .filter(|p| matches!(p.done, Done::Applied { .. }))
        .map(|p| (p.id.as_str(), p))
        .collect()
}

fn receipts(person: &Person, told: &Told) -> Vec<String> {
    let Some(approval) = &told.approval else {
        return Vec::new();
    };
    let own = |key: &Option<String>| key.as_deref() == Some(person.key.as_str());
    let filed = approval
        .report
        .receipts
        .iter()
        .filter(|r| own(&r.receipt.person_key))
        .map(|r| {
            let word = match r.file_anyway {
                Some(_) => "filed-with-paper",
                None => "filed",
            };
            format!("{word}:{}", r.receipt.total.0)
        });
    let held = approval
        .report
        .held
        .iter()
        .filter(|(r, _)| own(&r.receipt.person_key))
        .map(|(r, _)| format!("held:{}", r.receipt.total.0));
    filed.chain(held).collect()
}

/// The numbers of one station, or of both together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Numbers {
    /// Receipts of the approved claim files.
    pub(super) receipts: usize,
    /// Receipts left for a later month.
    pub(super) held: usize,
    /// Yen of the approved claim files and of what is held.
    pub(super) yen: u64,
    #[serde(flatten)]
    pub(super) counts: Counts,
    /// Files in the hand-over folder. Not filed.
    pub(super) handed_over: usize,
    /// Simulated: filings confirmed at the sandbox's gateway.
    pub(super) claims_filed: usize,
    /// Simulated: 受領書
    pub(super) acknowledged: usize,
    /// Filings of one content that the gateway's ledger has more than once.
    pub(super) filed_twice: usize,
}

impl Numbers {
    pub(super) fn of(told: &Told, filed_twice: usize) -> Self {
        let mut counts = Counts::of(applied(told).into_values());
        // What waits for a person is what waits in the end, not what waited on the way.
        let last = told
            .reports
            .last()
            .map(|(_, r)| r.counts)
            .unwrap_or_default();
        counts.left_for_person = last.left_for_person;
        counts.refused = last.refused;
        let approved = told.approval.as_ref().map(|a| &a.report);
        let receipts = approved.map_or(0, |r| r.receipts.len());
        let yen = approved.map_or(0, |r| {
            r.receipts
                .iter()
                .chain(r.held.iter().map(|(held, _)| held))
                .fold(0_u64, |sum, one| sum.saturating_add(one.receipt.total.0))
        });
        Self {
            receipts,
            held: approved.map_or(0, |r| r.held.len()),
            yen,
            counts,
            handed_over: told
                .handed_over
                .iter()
                .filter(|s| !s.files.is_empty())
                .count(),
            claims_filed: told
                .filed
                .iter()
                .filter(|s| ["confirmed", "acknowledged"].contains(&s.state.as_str()))
                .count(),
            acknowledged: told.acknowledged.len(),
            filed_twice,
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.receipts = self.receipts.saturating_add(other.receipts);
        self.held = self.held.saturating_add(other.held);
        self.yen = self.yen.saturating_add(other.yen);
        self.counts += other.counts;
        self.handed_over = self.handed_over.saturating_add(other.handed_over);
        self.claims_filed = self.claims_filed.saturating_add(other.claims_filed);
        self.acknowledged = self.acknowledged.saturating_add(other.acknowledged);
        self.filed_twice = self.filed_twice.saturating_add(other.filed_twice);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reseplug_sandbox::station::{STATIONS, Station};

    #[test]
    fn each_case_of_the_stations_has_a_japanese_name() {
        let mut seen = 0;
        for station in STATIONS.map(|name| Station::load(name).unwrap()) {
            for case in station.people.iter().filter_map(|one| one.case.as_deref()) {
                assert_ne!(name_ja(case), case);
                seen += 1;
            }
        }
        assert!(seen >= CASES.len());
    }
}

//! What a notice asks of the register, so that the next month is right.

use super::evidence::about;
use super::{Kind, Notice, Untold};
use crate::change::{Operations, Planned, left, nothing, proposal_id, register_plan};
use crate::coverage::Coverage;
use crate::decide::{GroupOutcome, Reason};
use crate::group::{Group, Note};
use crate::intake::foresee;
use crate::matching::{CardNumber, Identity, Known, Match};
use crate::people::Person;
use crate::proposal::{Done, Proposal, Source, kind};
use reseplug_engine::contract::{ClosePeriod, RegisterOperation};
use reseplug_model::{Date, InsurerKind, Period, Sex, fold};

/// Whom a notice is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whose {
    /// This one, by index.
    One(usize),
    /// Nobody on file.
    Nobody,
    /// One of these, by index; a person decides.
    Unsure(Vec<usize>),
}

/// Finds the person of a notice. The product's own key decides only together with the birth
/// date or, where the notice has none, the name.
pub(crate) fn whose(notice: &Notice, people: &[Person], known: &Known) -> Whose {
    if let Some(key) = &notice.person_key
        && let Some(at) = people.iter().position(|p| p.key == *key)
        && let Some(person) = people.get(at)
    {
        let same = match notice.birth_date {
            Some(birth) => person.identity.birth_date == birth,
            None => fold::name(&person.identity.name) == fold::name(&notice.name),
        };
        return if same {
            Whose::One(at)
        } else {
            Whose::Unsure(vec![at])
        };
    }
    let Some(birth_date) = notice.birth_date else {
        return Whose::Nobody;
    };
    let numbers = [&notice.filed, &notice.stated]
        .into_iter()
        .flatten()
        .map(|c| CardNumber {
            insurer: c.insurer.to_string(),
            symbol: c.symbol.clone().unwrap_or_default(),
            number: c.number.clone(),
            branch: c.branch.map(|b| b.to_string()).unwrap_or_default(),
        })
        .collect();
    let wanted = Identity {
        reference_number: None,
        name: notice.name.clone(),
        kana: notice.kana.clone(),
        also: Vec::new(),
        birth_date,
        sex: Sex::Unset,
        numbers,
    };
    match known.find(&wanted) {
        Match::One(one) => Whose::One(one.at),
        Match::Nobody => Whose::Nobody,
        Match::Unsure(several) => Whose::Unsure(several.iter().map(|c| c.at).collect()),
    }
}

/// The day on which a coverage on file is looked for.
fn day_of(notice: &Notice) -> Date {
    about(notice).unwrap_or(Date::MIN)
}

/// What one notice asks for about somebody on file. `None`: it asks for nothing.
///
/// `person` is as they will be once earlier notices of the same import are carried out, and is
/// brought forward by this one.
pub(super) fn plan(person: &mut Person, notice: &Notice, source: Source) -> Option<Planned> {
    let as_of = day_of(notice);
    let base = nothing(person, as_of, vec![source]);
    let to_person = |base, reason| {
        Some(left(
            base,
            GroupOutcome::Differs,
            reason,
            notice.stated.clone(),
        ))
    };
    let sources = base.proposal.sources.clone();
    let planned = match notice.kind {
        Kind::Unchanged | Kind::NotConfirmed | Kind::AsFiled => return None,
        Kind::Unknown => return to_person(base, Reason::NoticeUnclear),
        Kind::Returned => return to_person(base, Reason::Returned),
        Kind::Transfer | Kind::Split => match &notice.stated {
            None => return to_person(base, Reason::NoticeUnclear),
            Some(stated) => match notice.period.from {
                Some(from) => match completed(person, notice, stated, from) {
                    Completed::Whole(coverage, note) => {
                        let mut planned = register_plan(person, &coverage, from, sources);
                        planned.proposal.notes.extend(note);
                        planned
                    }
                    Completed::Unknown(note) => {
                        let mut base = base;
                        base.proposal.notes.push(note);
                        return to_person(base, Reason::NoticeUnclear);
                    }
                },
                // A part of a divided receipt that goes on as it was needs no day.
                None if goes_on(person, notice, stated, as_of) => return Some(base),
                None => return to_person(base, Reason::NoticeWithoutDay),
            },
        },
        Kind::Branch => match with_branch(person, notice, as_of) {
            Some(coverage) => register_plan(person, &coverage, as_of, sources),
            None => return to_person(base, Reason::NoticeUnclear),
        },
        Kind::Loss => match (notice.period.to, on_file(person, as_of).cloned()) {
            (Some(last), Some(current)) if current.period.contains(last) => {
                close(person, base, current, last)
            }
            (Some(_), _) => return to_person(base, Reason::NoticeUnclear),
            (None, _) => return to_person(base, Reason::NoticeWithoutDay),
        },
    };
    foresee(person, &planned);
    Some(planned)
}

fn on_file(person: &Person, day: Date) -> Option<&Coverage> {
    person.coverages.iter().find(|c| c.period.contains(day))
}

/// What a notice states, with what its table has no column for.
enum Completed {
    /// All of it is known; what was kept as it stands on file is said.
    Whole(Coverage, Option<Note>),
    /// It is another coverage than any on file, and a part of it stands nowhere.
    Unknown(Note),
}

/// What the notice does not tell is as it stands on file where the insurer and the number are the
/// same: a table without a column says nothing about it, least of all that it is empty.
fn completed(person: &Person, notice: &Notice, stated: &Coverage, day: Date) -> Completed {
    // 後期高齢者医療 has neither symbol nor branch number.
    if notice.untold.is_empty() || stated.insurer.kind() == InsurerKind::Elderly {
        return Completed::Whole(stated.clone(), None);
    }
    let names: Vec<&str> = notice.untold.iter().map(|part| part.name_ja()).collect();
    let names = names.join("と");
    let same = |c: &&Coverage| c.insurer == stated.insurer && c.number == stated.number;
    let own = person.coverages.iter().filter(same);
    let on_day = own.clone().find(|c| c.period.contains(day));
    let Some(known) = on_day.or_else(|| own.max_by_key(|c| c.period.from)) else {
        return Completed::Unknown(Note::new(
            "notice-untold",
            format!(
                "この通知の表には{names}の列がなく、台帳にも同じ保険者・番号の資格がありません。{names}を確かめてから製品に入れてください。列があるなら、設定の [notices] に加えてください。"
            ),
            "the table of the notice has no column for the symbol or the branch number, and no coverage on file has its insurer and number: find them out, or name the columns under [notices]".to_owned(),
        ));
    };
    let mut coverage = stated.clone();
    for part in &notice.untold {
        match part {
            Untold::Symbol => coverage.symbol.clone_from(&known.symbol),
            Untold::Branch => coverage.branch = known.branch,
        }
    }
    let note = Note::new(
        "notice-untold",
        format!("この通知の表には{names}の列がないので、台帳の{names}をそのまま残します。"),
        "the table of the notice has no column for the symbol or the branch number: those on file are kept".to_owned(),
    );
    Completed::Whole(coverage, Some(note))
}

/// Whether the notice states the very coverage on file.
fn goes_on(person: &Person, notice: &Notice, stated: &Coverage, day: Date) -> bool {
    let Completed::Whole(whole, _) = completed(person, notice, stated, day) else {
        return false;
    };
    on_file(person, day).is_some_and(|current| current.is_same(&whole))
}

/// The coverage on file with the branch number of the notice. What else the notice states of
/// the coverage must agree.
fn with_branch(person: &Person, notice: &Notice, day: Date) -> Option<Coverage> {
    let branch = notice.branch?;
    let current = on_file(person, day)?;
    let agrees =
        notice
            .stated
            .as_ref()
            .is_none_or(|stated| match completed(person, notice, stated, day) {
                Completed::Whole(whole, _) => current.continues(&whole),
                Completed::Unknown(_) => false,
            });
    agrees.then(|| Coverage {
        branch: Some(branch),
        ..current.clone()
    })
}

/// The coverage on file ends on a day.
fn close(person: &Person, base: Planned, current: Coverage, last: Date) -> Planned {
    if current.period.to == Some(last) {
        return base;
    }
    let id = base.proposal.id.clone();
    let after = Coverage {
        period: Period::new(current.period.from, Some(last)),
        ..current.clone()
    };
    let operation = RegisterOperation::ClosePeriod(ClosePeriod {
        id,
        person_key: person.key.clone(),
        before: current.to_contract(),
        last_day: last.to_string(),
    });
    Planned {
        proposal: Proposal {
            outcome: GroupOutcome::Differs,
            before: Some(current),
            after: Some(after),
            done: Done::Left,
            ..base.proposal
        },
        operations: Operations::Register {
            kind: kind::PERIOD_CLOSED.to_owned(),
            operations: vec![operation],
        },
    }
}

/// A notice of nobody for sure: a person decides.
pub(super) fn stranger(notice: &Notice, source: Source, unsure: bool) -> Planned {
    let as_of = day_of(notice);
    Planned {
        proposal: Proposal {
            id: proposal_id(&source.evidence, as_of),
            person_key: String::new(),
            name: notice.name.clone(),
            group: Group::Coverage,
            outcome: GroupOutcome::Unmatched,
            as_of,
            before: notice.filed.clone(),
            after: notice.stated.clone(),
            differences: Vec::new(),
            happened: Vec::new(),
            notes: Vec::new(),
            sources: vec![source],
            reason: Some(if unsure {
                Reason::SeveralPeople
            } else {
                Reason::NotOnFile
            }),
            candidates: Vec::new(),
            as_new: false,
            accepted: None,
            done: Done::Left,
        },
        operations: Operations::None,
    }
}

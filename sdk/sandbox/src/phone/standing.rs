//! What became of a consent: given, withdrawn, expired.

use super::{Consent, Kind, Withdrawal};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Why a consent no longer holds (同意有効期限切れ理由, OQSCD031).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// 0: its time is over.
    Time,
    /// 1 医療機関による取消
    Institution,
    /// 2 患者による取消
    Person,
    /// 3 用途変更による取消
    Purpose,
}

impl Ended {
    /// The code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Time => "0",
            Self::Institution => "1",
            Self::Person => "2",
            Self::Purpose => "3",
        }
    }

    /// Its name in forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Institution => "institution",
            Self::Person => "person",
            Self::Purpose => "purpose",
        }
    }

    /// For people.
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Time => "有効期限切れ",
            Self::Institution => "事業所による取消し",
            Self::Person => "本人による取消し",
            Self::Purpose => "用途変更による取消し",
        }
    }
}

/// How long viewing stays possible under a home-visit consent. What the real centre does is not
/// public: "until cancelled, while visits go on" is all that is said. This sandbox lets it end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewing {
    /// Days after the day of the consent, to its last second.
    pub days: u16,
}

impl Default for Viewing {
    fn default() -> Self {
        Self { days: 92 }
    }
}

impl Viewing {
    /// The last moment: 23:59:59 in Japan, so many days later.
    pub fn until(self, given: Timestamp) -> Option<Timestamp> {
        let day = crate::terminal::japan(given).date();
        let last = day
            .checked_add(SignedDuration::from_hours(i64::from(self.days) * 24))
            .ok()?;
        let end = last.at(23, 59, 59, 0);
        Some(
            end.to_zoned(crate::terminal::japan_zone())
                .ok()?
                .timestamp(),
        )
    }
}

/// A consent of one kind as it stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What it is about.
    pub kind: Kind,
    /// When it was given.
    pub given: Timestamp,
    /// Until when the information may be viewed; absent for kinds that are told, not viewed.
    pub until: Option<Timestamp>,
    /// Why it no longer holds.
    pub ended: Option<Ended>,
}

impl Standing {
    /// Of a card that was read: nothing where that kind was not agreed to.
    pub fn of(
        reading: &Consent,
        kind: Kind,
        withdrawals: &[Withdrawal],
        viewing: Viewing,
        now: Timestamp,
    ) -> Option<Self> {
        if !reading.kinds.contains(&kind) {
            return None;
        }
        let until = kind
            .is_viewing()
            .then(|| viewing.until(reading.at))
            .flatten();
        let withdrawn = withdrawals.iter().find(|one| {
            one.station == reading.station
                && one.person == reading.person
                && one.kinds.contains(&kind)
                && (reading.at..=now).contains(&one.at)
        });
        let expired = until
            .is_some_and(|until| until < now)
            .then_some(Ended::Time);
        Some(Self {
            kind,
            given: reading.at,
            until,
            ended: withdrawn.map(|one| one.by).or(expired),
        })
    }

    /// The latest consent of a kind that somebody gave at a station.
    pub fn latest<'c>(
        readings: impl DoubleEndedIterator<Item = &'c Consent>,
        kind: Kind,
        withdrawals: &[Withdrawal],
        viewing: Viewing,
        now: Timestamp,
    ) -> Option<Self> {
        let mut given = readings.rev().filter(|one| one.kinds.contains(&kind));
        Self::of(given.next()?, kind, withdrawals, viewing, now)
    }

    /// Whether it holds.
    pub fn is_live(&self) -> bool {
        self.ended.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::Identified;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn reading() -> Consent {
        Consent {
            station: "hidamari".into(),
            person: "H0001".into(),
            at: at("2024-10-03T10:00:00+09:00"),
            kinds: vec![Kind::Limit, Kind::Drugs],
            identified: Identified::Pin,
        }
    }

    fn standing(kind: Kind, withdrawals: &[Withdrawal], now: &str) -> Option<Standing> {
        Standing::of(&reading(), kind, withdrawals, Viewing { days: 30 }, at(now))
    }

    #[test]
    fn viewing_ends_with_the_last_second_of_its_last_day_and_telling_does_not() {
        let drugs = standing(Kind::Drugs, &[], "2024-11-02T23:59:59+09:00").unwrap();
        assert_eq!(drugs.until, Some(at("2024-11-02T23:59:59+09:00")));
        assert!(drugs.is_live());
        let later = "2024-11-03T00:00:00+09:00";
        assert_eq!(
            standing(Kind::Drugs, &[], later).unwrap().ended,
            Some(Ended::Time)
        );
        assert!(standing(Kind::Limit, &[], later).unwrap().is_live());
        assert_eq!(standing(Kind::Checkup, &[], later), None);
    }

    #[test]
    fn a_withdrawal_ends_what_was_given_before_it_and_nothing_else() {
        let withdrawal = |day: &str, person: &str| Withdrawal {
            station: "hidamari".into(),
            person: person.into(),
            at: at(day),
            kinds: vec![Kind::Drugs],
            by: Ended::Person,
        };
        let now = "2024-10-20T00:00:00+09:00";
        let ended = |one: Withdrawal| standing(Kind::Drugs, &[one], now).unwrap().ended;
        assert_eq!(
            ended(withdrawal("2024-10-10T00:00:00Z", "H0001")),
            Some(Ended::Person)
        );
        assert_eq!(ended(withdrawal("2024-10-01T00:00:00Z", "H0001")), None);
        assert_eq!(ended(withdrawal("2024-10-10T00:00:00Z", "H0002")), None);
        assert_eq!(ended(withdrawal("2024-10-30T00:00:00Z", "H0001")), None);
        let limit = [withdrawal("2024-10-10T00:00:00Z", "H0001")];
        assert!(standing(Kind::Limit, &limit, now).unwrap().is_live());
    }
}

use crate::{FEDERATION, FUND, jst, month};
use jiff::{Timestamp, ToSpan};
use reseplug_calendar::{Activity, Calendar, Grade, Phase, Urgency, end_ja, rfc3339, start_ja};

fn open(activity: Activity, at: &str) -> bool {
    Calendar::published()
        .open(activity, FUND, jst(at))
        .is_some()
}

#[test]
fn the_hours_of_claim_week() {
    //                                        claim  correction trial download
    for (at, claim, correction, trial, download) in [
        ("2026-12-04 23:59:59", false, false, false, false),
        ("2026-12-05 07:59:59", false, false, false, false),
        ("2026-12-05 08:00:00", true, true, true, true),
        ("2026-12-07 20:59:59", true, true, true, true),
        ("2026-12-07 21:00:00", false, false, false, false),
        ("2026-12-08 21:00:00", true, true, false, true),
        ("2026-12-09 00:00:00", false, false, false, false),
        ("2026-12-10 23:59:59", true, true, false, true),
        ("2026-12-11 00:00:00", false, false, false, false),
        ("2026-12-11 08:00:00", false, true, true, true),
        ("2026-12-12 20:59:59", false, true, true, true),
        ("2026-12-12 21:00:00", false, false, false, false),
        ("2026-12-13 08:00:00", false, false, true, true),
        ("2026-12-31 20:59:59", false, false, true, true),
        ("2026-12-31 21:00:00", false, false, false, false),
    ] {
        let found = Activity::ALL.map(|activity| open(activity, at));
        assert_eq!(found, [claim, correction, trial, download], "{at}");
    }
}

#[test]
fn weekends_and_holidays_do_not_matter() {
    // Saturday, Sunday, and 成人の日.
    for at in [
        "2026-12-05 12:00:00",
        "2026-12-06 12:00:00",
        "2027-01-10 12:00:00",
    ] {
        assert!(open(Activity::Claim, at), "{at}");
    }
}

#[test]
fn a_month_closes_at_midnight_after_the_10th_over_the_year_and_in_february() {
    let calendar = Calendar::published();
    for (claimed, opens, closes, corrections) in [
        (
            "2026-12",
            "2026-12-05 08:00:00",
            "2026-12-11 00:00:00",
            "2026-12-12 21:00:00",
        ),
        (
            "2027-01",
            "2027-01-05 08:00:00",
            "2027-01-11 00:00:00",
            "2027-01-12 21:00:00",
        ),
        (
            "2027-02",
            "2027-02-05 08:00:00",
            "2027-02-11 00:00:00",
            "2027-02-12 21:00:00",
        ),
    ] {
        let claimed = month(claimed);
        assert_eq!(calendar.opens(FUND, claimed), Some(jst(opens)));
        assert_eq!(calendar.closes(FUND, claimed), Some(jst(closes)));
        assert_eq!(
            calendar.corrections_close(FUND, claimed),
            Some(jst(corrections))
        );
    }
}

#[test]
fn trials_go_on_until_the_last_day_of_february() {
    let calendar = Calendar::published();
    for (year, last) in [
        ("2027-02", "2027-02-28 21:00:00"),
        ("2028-02", "2028-02-29 21:00:00"),
    ] {
        let windows = calendar.windows(Activity::Trial, FUND, month(year));
        assert_eq!(windows.last().unwrap().to, jst(last));
    }
}

#[test]
fn the_next_opening_after_the_last_trial_of_the_year_is_in_january() {
    let next = Calendar::published()
        .next_opening(Activity::Trial, FUND, jst("2026-12-31 21:00:00"))
        .unwrap();
    assert_eq!(next.from, jst("2027-01-05 08:00:00"));
    assert_eq!(next.claim_month, month("2027-01"));
}

#[test]
fn moments_are_absolute_whatever_the_zone_of_the_machine() {
    for at in [
        "2026-12-10T23:59:59+09:00",
        "2026-12-10T14:59:59Z",
        "2026-12-10T06:59:59-08:00",
        "2026-12-11T03:59:59+13:00",
    ] {
        let at: Timestamp = at.parse().unwrap();
        let open = |at| {
            Calendar::published()
                .open(Activity::Claim, FUND, at)
                .is_some()
        };
        assert!(open(at) && !open(at + 1.second()), "{at}");
    }
}

#[test]
fn phases_of_a_month() {
    let closes = jst("2026-12-11 00:00:00");
    let last = jst("2026-12-12 21:00:00");
    for (at, phase) in [
        (
            "2026-11-20 12:00:00",
            Phase::Before {
                opens: jst("2026-12-05 08:00:00"),
            },
        ),
        (
            "2026-12-05 08:00:00",
            Phase::Open {
                closes_today: jst("2026-12-05 21:00:00"),
                closes,
            },
        ),
        (
            "2026-12-07 21:00:00",
            Phase::Night {
                opens: jst("2026-12-08 08:00:00"),
                closes,
            },
        ),
        (
            "2026-12-10 23:59:59",
            Phase::Open {
                closes_today: closes,
                closes,
            },
        ),
        (
            "2026-12-11 00:00:00",
            Phase::Correcting {
                opens: Some(jst("2026-12-11 08:00:00")),
                closes: last,
            },
        ),
        (
            "2026-12-11 08:00:00",
            Phase::Correcting {
                opens: None,
                closes: last,
            },
        ),
        (
            "2026-12-12 20:59:59",
            Phase::Correcting {
                opens: None,
                closes: last,
            },
        ),
        ("2026-12-12 21:00:00", Phase::Over),
    ] {
        let found = Calendar::published().phase(FUND, month("2026-12"), jst(at));
        assert_eq!(found, phase, "{at}");
    }
}

#[test]
fn before_online_claims_of_home_visit_nursing_began_there_is_no_rule() {
    let calendar = Calendar::published();
    assert_eq!(calendar.closes(FUND, month("2024-06")), None);
    assert!(
        calendar
            .windows(Activity::Claim, FUND, month("2024-06"))
            .is_empty()
    );
    assert_eq!(
        calendar.phase(FUND, month("2024-06"), jst("2024-06-07 12:00:00")),
        Phase::NoRule
    );
    assert_eq!(calendar.safe_by(FUND, month("2024-06")), None);
    assert_eq!(
        calendar.opens(FUND, month("2024-07")),
        Some(jst("2024-07-05 08:00:00"))
    );
}

#[test]
fn what_is_sent_by_the_end_of_the_9th_has_its_result_before_the_month_closes() {
    let calendar = Calendar::published();
    let safe = calendar.safe_by(FEDERATION, month("2026-12")).unwrap();
    assert_eq!(safe.send, jst("2026-12-10 00:00:00"));
    assert_eq!(safe.confirm, jst("2026-12-10 21:00:00"));
    assert!(
        safe.why_ja.contains("12月9日24時までに送信すれば"),
        "{}",
        safe.why_ja
    );
    assert!(
        safe.why_ja.contains("遅くとも12月10日12時"),
        "{}",
        safe.why_ja
    );
    assert!(
        safe.why_en.contains("sent by 2026-12-09 24:00"),
        "{}",
        safe.why_en
    );
    // Sent a second later, the result may come when it is too late.
    let result = calendar.result_by(safe.send).unwrap();
    assert!(result > calendar.closes(FEDERATION, month("2026-12")).unwrap());
}

#[test]
fn the_voice_rises_from_the_8th_and_it_is_an_alarm_on_the_10th() {
    for (at, urgency) in [
        ("2026-12-04 23:59:59", Urgency::Quiet),
        ("2026-12-05 00:00:00", Urgency::Note),
        ("2026-12-07 23:59:59", Urgency::Note),
        ("2026-12-08 00:00:00", Urgency::Voice),
        ("2026-12-09 23:59:59", Urgency::Voice),
        ("2026-12-10 00:00:00", Urgency::Alarm),
        ("2026-12-10 23:59:59", Urgency::Alarm),
        ("2026-12-11 00:00:00", Urgency::Quiet),
    ] {
        let found = Calendar::published().urgency(FUND, month("2026-12"), jst(at));
        assert_eq!(found, urgency, "{at}");
    }
}

#[test]
fn busy_times_are_known() {
    for (at, busy) in [
        ("2026-12-05 20:00:00", true),
        ("2026-12-09 08:00:00", true),
        ("2026-12-07 09:30:00", true),
        ("2026-12-07 10:00:00", false),
        ("2026-12-07 15:59:59", true),
        ("2026-12-07 16:00:00", false),
    ] {
        assert_eq!(Calendar::published().busy(jst(at)), busy, "{at}");
    }
}

#[test]
fn every_window_says_who_says_so() {
    for activity in Activity::ALL {
        for window in Calendar::published().windows(activity, FUND, month("2026-12")) {
            assert!(window.source.contains("AKITA"), "{window:?}");
            assert_eq!(window.grade, Grade::Official);
        }
    }
}

#[test]
fn midnight_is_written_as_24_oclock_where_something_ends() {
    let midnight = jst("2026-12-11 00:00:00");
    assert_eq!(end_ja(midnight), "12月10日24時");
    assert_eq!(start_ja(midnight), "12月11日0時");
    assert_eq!(end_ja(jst("2026-12-12 20:30:00")), "12月12日20時30分");
    assert_eq!(rfc3339(midnight), "2026-12-11T00:00:00+09:00");
}

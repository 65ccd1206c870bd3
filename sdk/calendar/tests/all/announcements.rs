use crate::{FEDERATION, FUND, jst, month};
use reseplug_calendar::{Activity, Announced, Calendar, Grade, Phase, Urgency};
use reseplug_model::Payer;

fn extended(payer: Option<Payer>, closes: &str) -> Calendar {
    Calendar::with(vec![Announced {
        payer,
        claim_month: month("2026-10"),
        closes: jst(closes),
        source: "国保連のお知らせ".to_owned(),
        noted_by: "見本 花子".to_owned(),
    }])
}

#[test]
fn an_extension_of_one_payer_leaves_the_other_as_it_was() {
    let calendar = extended(Some(FEDERATION), "2026-10-13 00:00:00");
    let october = month("2026-10");
    assert_eq!(
        calendar.closes(FEDERATION, october),
        Some(jst("2026-10-13 00:00:00"))
    );
    assert_eq!(
        calendar.closes(FUND, october),
        Some(jst("2026-10-11 00:00:00"))
    );
    let at = jst("2026-10-12 23:00:00");
    let window = calendar.open(Activity::Claim, FEDERATION, at).unwrap();
    assert_eq!(
        (window.source.as_str(), window.grade),
        ("国保連のお知らせ", Grade::Secondary)
    );
    assert!(calendar.open(Activity::Claim, FUND, at).is_none());
    assert_eq!(
        calendar.closes(FEDERATION, month("2026-11")),
        Some(jst("2026-11-11 00:00:00"))
    );
}

#[test]
fn everything_that_hangs_on_the_closing_moves_with_it() {
    let calendar = extended(None, "2026-10-13 00:00:00");
    let october = month("2026-10");
    // Corrections would have ended at 21:00 of the 12th.
    assert_eq!(
        calendar.corrections_close(FUND, october),
        Some(jst("2026-10-13 00:00:00"))
    );
    let safe = calendar.safe_by(FUND, october).unwrap();
    assert_eq!(safe.send, jst("2026-10-12 00:00:00"));
    assert_eq!(safe.confirm, jst("2026-10-12 21:00:00"));
    assert!(safe.why_ja.starts_with("10月12日24時に"), "{}", safe.why_ja);
    for (at, urgency) in [
        ("2026-10-10 12:00:00", Urgency::Voice),
        ("2026-10-12 00:00:00", Urgency::Alarm),
        ("2026-10-13 00:00:00", Urgency::Quiet),
    ] {
        assert_eq!(calendar.urgency(FUND, october, jst(at)), urgency, "{at}");
    }
    assert!(matches!(
        calendar.phase(FUND, october, jst("2026-10-11 03:00:00")),
        Phase::Night { opens, .. } if opens == jst("2026-10-11 08:00:00")
    ));
}

#[test]
fn corrections_after_an_extended_closing_are_for_what_was_sent() {
    let calendar = extended(None, "2026-10-11 12:00:00");
    let kinds: Vec<(i8, bool)> = calendar
        .windows(Activity::Correction, FUND, month("2026-10"))
        .iter()
        .filter(|window| window.from >= jst("2026-10-11 00:00:00"))
        .map(|window| {
            (
                window.from.to_zoned(reseplug_calendar::japan()).hour(),
                window.only_sent,
            )
        })
        .collect();
    assert_eq!(kinds, [(8, false), (12, true), (8, true)]);
}

#[test]
fn an_extension_into_the_small_hours_lets_the_evening_go_on() {
    let calendar = extended(None, "2026-10-11 02:00:00");
    for at in [
        "2026-10-10 23:59:59",
        "2026-10-11 00:00:00",
        "2026-10-11 01:59:59",
    ] {
        assert!(
            calendar.open(Activity::Claim, FUND, jst(at)).is_some(),
            "{at}"
        );
    }
    assert!(
        calendar
            .open(Activity::Claim, FUND, jst("2026-10-11 02:00:00"))
            .is_none()
    );
    assert!(matches!(
        calendar.phase(FUND, month("2026-10"), jst("2026-10-11 01:00:00")),
        Phase::Open { closes_today, closes } if closes_today == closes
    ));
}

#[test]
fn a_moment_that_is_not_later_changes_nothing() {
    let calendar = extended(None, "2026-10-09 12:00:00");
    assert!(calendar.extension(FUND, month("2026-10")).is_none());
    assert_eq!(
        calendar.closes(FUND, month("2026-10")),
        Some(jst("2026-10-11 00:00:00"))
    );
}

#[test]
fn no_announcement_reaches_into_the_filing_of_the_next_month() {
    let calendar = extended(None, "2099-01-01 00:00:00");
    assert_eq!(
        calendar.closes(FUND, month("2026-10")),
        Some(jst("2026-11-05 08:00:00"))
    );
    let over_the_month = calendar.open(Activity::Claim, FUND, jst("2026-11-02 10:00:00"));
    assert_eq!(over_the_month.unwrap().claim_month, month("2026-10"));
    let next = calendar.open(Activity::Claim, FUND, jst("2026-11-05 08:00:00"));
    assert_eq!(next.unwrap().claim_month, month("2026-11"));
}

#[test]
fn an_announcement_is_settings() {
    let text = r#"{"payer":"national-health-federation","claim_month":"2026-10","closes":"2026-10-13T00:00:00+09:00","source":"s","noted_by":"n"}"#;
    let announced: Announced = serde_json::from_str(text).unwrap();
    assert_eq!(announced.payer, Some(FEDERATION));
    assert_eq!(serde_json::to_string(&announced).unwrap(), text);
    let wrong = text.replace("T00:00:00+09:00", "");
    let error = serde_json::from_str::<Announced>(&wrong).unwrap_err();
    assert!(
        error.to_string().contains("2026-10-13T00:00:00+09:00"),
        "{error}"
    );
}

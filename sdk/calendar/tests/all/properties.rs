use jiff::Timestamp;
use proptest::prelude::*;
use reseplug_calendar::{Activity, Announced, Calendar, Phase};
use reseplug_model::{Month, Payer};

fn payers() -> impl Strategy<Value = Payer> {
    prop_oneof![
        Just(Payer::SocialInsuranceFund),
        Just(Payer::NationalHealthFederation)
    ]
}

fn activities() -> impl Strategy<Value = Activity> {
    proptest::sample::select(Activity::ALL.to_vec())
}

fn months() -> impl Strategy<Value = Month> {
    (2024i16..2030, 1i8..=12).prop_map(|(year, month)| Month::new(year, month).unwrap())
}

/// Seconds from the beginning of 2024 to the end of 2030.
fn moments() -> impl Strategy<Value = Timestamp> {
    (1_704_034_800i64..1_924_873_200).prop_map(|second| Timestamp::from_second(second).unwrap())
}

/// A month and an announcement that lies somewhere around its closing.
fn announced() -> impl Strategy<Value = Announced> {
    (months(), proptest::option::of(payers()), 0i64..60 * 24 * 40).prop_map(
        |(claim_month, payer, minutes)| Announced {
            payer,
            claim_month,
            closes: Timestamp::from_second(
                claim_month
                    .first_day()
                    .civil()
                    .to_zoned(reseplug_calendar::japan())
                    .unwrap()
                    .timestamp()
                    .as_second()
                    + minutes * 60,
            )
            .unwrap(),
            source: "s".to_owned(),
            noted_by: "n".to_owned(),
        },
    )
}

fn calendars() -> impl Strategy<Value = Calendar> {
    proptest::collection::vec(announced(), 0..4).prop_map(Calendar::with)
}

fn around(at: Timestamp) -> [Month; 3] {
    let day = at.to_zoned(reseplug_calendar::japan()).date();
    let month = Month::new(day.year(), day.month()).unwrap();
    [month.previous().unwrap(), month, month.next().unwrap()]
}

proptest! {
    #[test]
    fn a_moment_is_open_exactly_when_it_lies_in_a_window(
        calendar in calendars(), activity in activities(), payer in payers(), at in moments()
    ) {
        let listed = around(at).into_iter()
            .flat_map(|month| calendar.windows(activity, payer, month))
            .find(|window| window.contains(at));
        prop_assert_eq!(calendar.open(activity, payer, at), listed);
    }

    #[test]
    fn windows_are_disjoint_and_in_order_and_never_empty(
        calendar in calendars(), activity in activities(), payer in payers(), month in months()
    ) {
        let mut windows = calendar.windows(activity, payer, month);
        windows.extend(calendar.windows(activity, payer, month.next().unwrap()));
        for window in &windows {
            prop_assert!(window.from < window.to);
        }
        for pair in windows.windows(2) {
            prop_assert!(pair[0].to <= pair[1].from, "{:?}", pair);
        }
    }

    #[test]
    fn an_announcement_only_ever_moves_ends_later(announced in announced(), payer in payers()) {
        let (plain, month) = (Calendar::published(), announced.claim_month);
        let moved = Calendar::with(vec![announced]);
        prop_assert_eq!(plain.opens(payer, month), moved.opens(payer, month));
        prop_assert!(plain.closes(payer, month) <= moved.closes(payer, month));
        prop_assert!(plain.corrections_close(payer, month) <= moved.corrections_close(payer, month));
        let sent = |calendar: &Calendar| calendar.safe_by(payer, month).map(|safe| (safe.send, safe.confirm));
        prop_assert!(sent(plain) <= sent(&moved));
        for activity in Activity::ALL {
            for window in plain.windows(activity, payer, month) {
                for at in [window.from, window.to - jiff::Span::new().seconds(1)] {
                    prop_assert!(moved.open(activity, payer, at).is_some());
                }
            }
        }
    }

    #[test]
    fn filing_ends_when_the_month_closes(calendar in calendars(), payer in payers(), month in months()) {
        let last = calendar.windows(Activity::Claim, payer, month).last().map(|window| window.to);
        prop_assert_eq!(last, calendar.closes(payer, month));
    }

    #[test]
    fn the_phase_is_open_exactly_when_a_window_of_that_month_is(
        calendar in calendars(), payer in payers(), at in moments()
    ) {
        for month in around(at) {
            let open = calendar.windows(Activity::Claim, payer, month).iter().any(|window| window.contains(at));
            prop_assert_eq!(matches!(calendar.phase(payer, month, at), Phase::Open { .. }), open);
        }
    }

    #[test]
    fn what_is_sent_in_time_has_its_result_before_the_closing(
        calendar in calendars(), payer in payers(), month in months()
    ) {
        if let Some(safe) = calendar.safe_by(payer, month) {
            let closes = calendar.closes(payer, month).unwrap();
            let last = safe.send - jiff::Span::new().seconds(1);
            prop_assert!(calendar.open(Activity::Claim, payer, last).is_some());
            prop_assert!(calendar.result_by(last).unwrap() < closes);
            prop_assert!(safe.confirm < closes || calendar.advice().confirm_hours_before_closing == 0);
        }
    }

    #[test]
    fn the_next_opening_is_the_first_one_later(
        calendar in calendars(), activity in activities(), payer in payers(), at in moments()
    ) {
        let listed = around(at).into_iter()
            .flat_map(|month| calendar.windows(activity, payer, month))
            .find(|window| at < window.from);
        if let (Some(listed), Some(found)) = (listed, calendar.next_opening(activity, payer, at)) {
            prop_assert_eq!(listed, found);
        }
    }

    #[test]
    fn no_month_there_is_makes_it_panic(year in 1i16..=9999, month in 1i8..=12, payer in payers(), at in moments()) {
        let month = Month::new(year, month).unwrap();
        for activity in Activity::ALL {
            let _ = Calendar::published().windows(activity, payer, month);
        }
        for at in [at, Timestamp::MIN, Timestamp::MAX] {
            let _ = Calendar::published().phase(payer, month, at);
            let _ = Calendar::published().urgency(payer, month, at);
            let _ = Calendar::published().open(Activity::Claim, payer, at);
            let _ = Calendar::published().next_opening(Activity::Claim, payer, at);
        }
        let _ = Calendar::published().safe_by(payer, month);
    }
}

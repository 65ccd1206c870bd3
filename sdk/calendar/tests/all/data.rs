use crate::{FUND, jst, month};
use reseplug_calendar::{Activity, Calendar, CalendarError};

const FILE: &str = include_str!("../../calendar.toml");

#[test]
fn a_newer_calendar_is_a_file() {
    let newer = FILE.replace("day = 10\nhour = 24", "day = 9\nhour = 21");
    let calendar = Calendar::read(&newer).unwrap();
    assert_eq!(
        calendar.closes(FUND, month("2026-12")),
        Some(jst("2026-12-09 21:00:00"))
    );
    // What opens later than the month closes is not open, whatever the other rules say.
    let open = |at| calendar.open(Activity::Claim, FUND, jst(at)).is_some();
    assert!(open("2026-12-09 20:59:59"));
    for late in ["2026-12-09 21:00:00", "2026-12-10 09:00:00"] {
        assert!(!open(late), "{late}");
    }
    let corrected = calendar.open(Activity::Correction, FUND, jst("2026-12-10 09:00:00"));
    assert!(corrected.is_some());
}

#[test]
fn a_file_that_is_no_calendar_is_told_by_its_line_or_its_rule() {
    let wrong = FILE.replacen("from_day = 5", "fromday = 5", 1);
    let line = wrong.lines().position(|one| one == "fromday = 5").unwrap() + 1;
    let error = Calendar::read(&wrong).unwrap_err();
    assert_eq!((error.line(), error.key()), (Some(line), None), "{error}");
    assert!(error.message_ja().contains("fromday"), "{error}");

    let wrong = FILE.replacen("to_hour = 21", "to_hour = 25", 1);
    let error = Calendar::read(&wrong).unwrap_err();
    assert_eq!((error.line(), error.key()), (None, Some("claim-early")));
    assert!(error.message_ja().contains("「claim-early」"), "{error}");
}

#[test]
fn rules_that_contradict_each_other_are_refused() {
    for (from, to, expected) in [
        (
            "from_day = 8\nto_day = 10",
            "from_day = 7\nto_day = 10",
            "overlap",
        ),
        (
            "from_day = 5\nto_day = 7",
            "from_day = 7\nto_day = 5",
            "bounds",
        ),
        ("to_hour = 21", "to_hour = 25", "bounds"),
        ("from_hour = 8", "from_hour = 24", "bounds"),
        ("day = 10\nhour = 24", "day = 32\nhour = 24", "bounds"),
        ("last_days = 1", "last_days = 0", "urgency"),
        ("last_days = 1", "", "urgency"),
        ("result_hour = 12", "result_hour = 25", "bounds"),
        ("from_day = 5", "fromday = 5", "form"),
    ] {
        let found = match Calendar::read(&FILE.replace(from, to)).unwrap_err() {
            CalendarError::Form { .. } => "form",
            CalendarError::Bounds { .. } => "bounds",
            CalendarError::Overlap { .. } => "overlap",
            CalendarError::Urgency => "urgency",
        };
        assert_eq!(found, expected, "{from} -> {to}");
    }
}

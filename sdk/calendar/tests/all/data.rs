use crate::{FUND, jst, month};
use reseplug_calendar::{Calendar, CalendarError};

const FILE: &str = include_str!("../../calendar.toml");

#[test]
fn a_newer_calendar_is_a_file() {
    let newer = FILE.replace("day = 10\nhour = 24", "day = 9\nhour = 21");
    let calendar = Calendar::read(&newer).unwrap();
    assert_eq!(
        calendar.closes(FUND, month("2026-12")),
        Some(jst("2026-12-09 21:00:00"))
    );
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
            CalendarError::Form(_) => "form",
            CalendarError::Bounds { .. } => "bounds",
            CalendarError::Overlap { .. } => "overlap",
            CalendarError::Urgency => "urgency",
        };
        assert_eq!(found, expected, "{from} -> {to}");
    }
}

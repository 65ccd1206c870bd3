//! Dates of 医科 before 2020: `GYYMMDD` and `GYYMM`, G the era.

use reseplug_model::{Date, EraDate, Month};

fn number(digits: &[u8]) -> Option<u8> {
    digits.iter().try_fold(0u8, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then_some(())?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// `GYYMMDD`
pub(crate) fn old_day(raw: &[u8]) -> Option<Date> {
    let [era, y1, y2, m1, m2, d1, d2] = raw else {
        return None;
    };
    let part = |digits: &[u8]| number(digits);
    let month = i8::try_from(part(&[*m1, *m2])?).ok()?;
    let day = i8::try_from(part(&[*d1, *d2])?).ok()?;
    let date = EraDate::new(part(&[*era])?, part(&[*y1, *y2])?, month, day)?;
    Some(date.gregorian())
}

/// `GYYMM`
pub(crate) fn old_month(raw: &[u8]) -> Option<Month> {
    // An era may begin within a month: the last day tells which one it is.
    let [_, _, _, m1, m2] = raw else { return None };
    let days: &[&[u8; 2]] = match [m1, m2] {
        [b'0', b'2'] => &[b"29", b"28"],
        _ => &[b"31", b"30"],
    };
    days.iter()
        .chain(&[b"01"])
        .find_map(|day| old_day(&[raw, day.as_slice()].concat()))
        .map(Date::month)
}

/// A day of today's form or, where it may stand, of the old one.
pub(crate) fn day(raw: &[u8], old: bool) -> Option<Date> {
    Date::from_compact(raw).or_else(|| old.then(|| old_day(raw)).flatten())
}

/// A month of today's form or, where it may stand, of the old one.
pub(crate) fn month(raw: &[u8], old: bool) -> Option<Month> {
    Month::from_compact(raw).or_else(|| old.then(|| old_month(raw)).flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_dates_are_read_by_their_era() {
        assert_eq!(old_day(b"3430412").unwrap().to_string(), "1968-04-12");
        assert_eq!(old_day(b"5010501").unwrap().to_string(), "2019-05-01");
        assert_eq!(old_day(b"4310430").unwrap().to_string(), "2019-04-30");
        assert_eq!(old_month(b"43104").unwrap().to_string(), "2019-04");
        assert_eq!(old_month(b"50202").unwrap().to_string(), "2020-02");
        for wrong in [
            b"9010101".as_slice(),
            b"3431312",
            b"343041",
            b"34304121",
            b"3a30412",
        ] {
            assert_eq!(old_day(wrong), None);
        }
        assert_eq!(old_month(b"43113"), None);
    }
}

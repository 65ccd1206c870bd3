/// The check digit (検証番号) that belongs behind `digits`.
///
/// Weights 2, 1, 2, 1 … **from the last digit**, the digits of each product added up, and the
/// sum's complement to the next ten. One rule for 保険者番号, 公費負担者番号, 受給者番号 and the
/// 10-digit form of institution codes. `None` when `digits` holds anything but ASCII digits or is empty.
///
/// ```
/// assert_eq!(reseplug_model::check_digit("3312001"), Some(5));
/// ```
#[must_use]
pub fn check_digit(digits: &str) -> Option<u8> {
    if digits.is_empty() {
        return None;
    }
    let mut sum = 0u32;
    for (index, byte) in digits.bytes().rev().enumerate() {
        if !byte.is_ascii_digit() {
            return None;
        }
        let weighted = u32::from(byte - b'0') * if index % 2 == 0 { 2 } else { 1 };
        sum = sum.checked_add(weighted / 10 + weighted % 10)?;
    }
    u8::try_from((10 - sum % 10) % 10).ok()
}

/// Whether the last digit of a number is the check digit of those before it.
pub(crate) fn ends_with_its_check_digit(number: &str) -> bool {
    let Some((last, body)) = number.as_bytes().split_last() else {
        return false;
    };
    let Ok(body) = std::str::from_utf8(body) else {
        return false;
    };
    check_digit(body).is_some_and(|digit| b'0' + digit == *last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn published_example_numbers_pass_or_fail_as_known() {
        for good in [
            "33120015",
            "54016027",
            "01131234",
            "33130030",
            "06132013",
            "1369999998",
        ] {
            assert!(ends_with_its_check_digit(good), "{good}");
        }
        for bad in ["06131234", "54131234", "12139999", "02131234", "0001234"] {
            assert!(!ends_with_its_check_digit(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn exactly_one_of_ten_digits_fits(body in "[0-9]{1,12}") {
            let fitting = (0..10).filter(|d| ends_with_its_check_digit(&format!("{body}{d}"))).count();
            prop_assert_eq!(fitting, 1);
        }

        #[test]
        fn one_changed_digit_is_always_noticed(body in "[0-9]{7}", at in 0usize..7, add in 1u8..10) {
            let digit = check_digit(&body).unwrap();
            let mut changed = body.clone().into_bytes();
            changed[at] = b'0' + (changed[at] - b'0' + add) % 10;
            let changed = String::from_utf8(changed).unwrap();
            prop_assert_ne!(check_digit(&changed), Some(digit));
        }
    }
}

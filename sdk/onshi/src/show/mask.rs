//! Hiding what is somebody's own.
//!
//! 保険者番号 and 被保険者等記号・番号 may be asked for by insurance business only
//! (告知要求制限), so views, logs and exports hide them unless somebody says otherwise; names,
//! birth dates, addresses and diagnoses are hidden with them.

/// How private a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Privacy {
    /// Nobody's own.
    Open,
    /// A number of which the last two characters tell people apart well enough.
    Number,
    /// A name: its first character stays.
    Name,
    /// A birth date: the year stays.
    Birth,
    /// Nothing of it stays.
    Whole,
}

const HIDDEN: char = '＊';

/// The value with what is private hidden.
pub(super) fn masked(value: &str, privacy: Privacy) -> String {
    let count = value.chars().count();
    let keep = |kept: fn(usize, usize) -> bool| -> String {
        let character = |(at, c): (usize, char)| match c {
            blank if blank.is_whitespace() => blank,
            _ if kept(at, count) => c,
            _ => HIDDEN,
        };
        value.chars().enumerate().map(character).collect()
    };
    match privacy {
        Privacy::Open => value.to_owned(),
        Privacy::Number => keep(|at, count| count > 2 && at + 2 >= count),
        Privacy::Name => keep(|at, count| count > 1 && at == 0),
        Privacy::Birth => keep(|at, count| count == 8 && at < 4),
        Privacy::Whole => HIDDEN.to_string().repeat(4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_two_characters_of_a_number_stay() {
        assert_eq!(masked("  999995", Privacy::Number), "  ＊＊＊＊95");
        assert_eq!(masked("01", Privacy::Number), "＊＊");
        assert_eq!(masked("空・１２", Privacy::Number), "＊＊１２");
    }

    #[test]
    fn the_first_character_of_a_name_and_the_year_of_a_birth_date_stay() {
        assert_eq!(masked("空野　春子", Privacy::Name), "空＊　＊＊");
        assert_eq!(masked("孫", Privacy::Name), "＊");
        assert_eq!(masked("19501224", Privacy::Birth), "1950＊＊＊＊");
        assert_eq!(masked("昭和25年", Privacy::Birth), "＊＊＊＊＊");
    }

    #[test]
    fn the_length_of_an_address_says_nothing() {
        assert_eq!(
            masked("架空県", Privacy::Whole),
            masked("架空県架空市一丁目", Privacy::Whole)
        );
    }
}

//! Domain values of home-visit nursing claims: people, coverage, dates, numbers, kana

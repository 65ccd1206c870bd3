//! What the calendar of オンライン請求 says.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot make its scene has failed"
)]

mod announcements;
mod data;
mod fallback;
mod properties;
mod published;

use jiff::Timestamp;
use reseplug_model::{Month, Payer};

const FUND: Payer = Payer::SocialInsuranceFund;
const FEDERATION: Payer = Payer::NationalHealthFederation;

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

/// `2026-12-10 23:59:59` in Japan.
fn jst(text: &str) -> Timestamp {
    format!("{}+09:00", text.replace(' ', "T")).parse().unwrap()
}

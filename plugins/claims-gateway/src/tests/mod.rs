//! The connector against scripted gateways.

mod changing;
mod filing;
mod reading;

use super::*;
use reseplug_sdk::claims::{FilingKind, State};
use reseplug_sdk::imports::Response;
use reseplug_sdk::testing::{self, Pattern, Script};
use reseplug_sdk::{DocumentKind, Payer, RetryAdvice, Severity};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const NOW: &str = "2024-11-07T10:00:00+09:00";
const SETTLED: &str = "2024-11-07T10:00:10+09:00";
/// Only the gateway reads the file; any bytes will do here.
const CLAIM: &[u8] = b"HM,1\r\nGO\r\n\x1a";

fn ctx() -> Context<Settings> {
    testing::context(Settings::default())
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn filing() -> Filing {
    Filing {
        key: "9999998:1:2024-11".into(),
        payer: Payer::SocialInsuranceFund,
        claim_month: "2024-11".into(),
        kind: FilingKind::Claim,
        sequence: 1,
        sha256: sha256(CLAIM),
        receipts: 2,
        total: 32_960,
        document: Document::new("RECEIPTH.UKE", DocumentKind::Claim, CLAIM),
        replaces: None,
        before: None,
        calendar: vec![],
    }
}

fn submission(state: &str) -> Value {
    json!({
        "id": "s-000001", "key": "9999998:1:2024-11", "sha256": sha256(CLAIM), "kind": "claim", "payer": "1",
        "claim_month": "2024-11", "state": state, "receipts": 2, "total": 32_960,
        "counts": {"normal": 1, "attention": 1, "rejected": 0},
        "received_at": NOW, "updated_at": NOW, "confirmation": null, "news": [1],
    })
}

fn confirmed(include_errors: bool) -> Value {
    let mut submission = submission("confirmed");
    submission["confirmation"] = json!({
        "include_errors": include_errors, "automatic": false, "at": NOW, "receipts": 2, "total": 32_960, "number": "N-1",
    });
    submission
}

fn ok(body: &Value) -> Response {
    Response::new(200, body.to_string())
}

fn problem(status: u16, code: &str) -> Response {
    let body = json!({
        "type": "about:blank", "title": "x", "status": status, "code": code, "detail_ja": "理由", "detail_en": "why",
    });
    Response::new(status, body.to_string())
}

fn in_doubt() -> Fault {
    Fault::new("effect/in-doubt", "不明", "unknown").ask_first()
}

const FIND: &str = "submissions?key=9999998%3A1%3A2024-11";

#[test]
fn the_plugin_describes_itself_truly() {
    testing::check_description::<ClaimsGateway>();
    testing::check_claims::<ClaimsGateway>();
}

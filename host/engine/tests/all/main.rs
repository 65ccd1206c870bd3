//! What plugins may do to the engine, and what they may not.
//!
//! One guest component (`tests/guests`) misbehaves as its settings say; it is built once.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; helpers outside test functions do so, too"
)]

mod durable;
mod hostile;
mod loading;

use reseplug_engine::contract::{Context, Document, DocumentKind, Station};
use reseplug_engine::{Engine, EngineOptions, Plugin};
use std::path::Path;
use std::sync::OnceLock;

/// The guest's component.
fn guest() -> &'static [u8] {
    static GUEST: OnceLock<Vec<u8>> = OnceLock::new();
    GUEST.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests");
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
        reseplug_pack::build::pack_crate(&source, &target).unwrap()
    })
}

/// A plugin of the role `eligibility` that does not know `home-visit`.
fn without_home_visit() -> Vec<u8> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/eligibility-guest");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
    reseplug_pack::build::pack_crate(&source, &target).unwrap()
}

/// The guest, loaded once; its compiled code is kept between test runs.
fn plugin() -> Plugin {
    static PLUGIN: OnceLock<Plugin> = OnceLock::new();
    PLUGIN
        .get_or_init(|| engine().load(guest()).unwrap())
        .clone()
}

fn engine() -> Engine {
    let cache_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    Engine::new(EngineOptions {
        cache_dir: Some(cache_dir),
        log: None,
    })
    .unwrap()
}

fn ctx(settings: &str) -> Context {
    Context {
        settings: settings.to_owned(),
        station: Station {
            code: "9999998".to_owned(),
            prefecture: "99".to_owned(),
            name: "ひだまり訪問看護ステーション".to_owned(),
            phone: None,
            institution_code: "9969999998".to_owned(),
        },
    }
}

fn document(name: &str, bytes: &[u8]) -> Document {
    Document {
        name: name.to_owned(),
        kind: DocumentKind::Register,
        bytes: bytes.to_vec(),
    }
}

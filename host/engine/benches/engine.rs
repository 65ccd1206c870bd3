//! What our layers cost: the same component called through this crate and through bare
//! wasmtime, a replayed step, and a load with a warm cache.
//!
//! `cargo bench -p reseplug-engine`. The last line is the ratio that the design's budget is
//! about; the rest is Criterion's own report.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark fails loudly; criterion's macros are not documented"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use reseplug_effect::{Answer, Arrival, Effect, Recorded};
use reseplug_engine::contract::{
    Context, Document, DocumentKind, Fault, Query, RegisterEntry, Station,
};
use reseplug_engine::{Call, Engine, EngineOptions, Plugin, Step};
use std::path::Path;
use std::time::{Duration, Instant};
use wasmtime::Store;
use wasmtime::component::{Component, Linker};

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

fn call(amount: u32) -> Call {
    let query = Query {
        id: "q-1".to_owned(),
        as_of: "2024-10-03".to_owned(),
        insurer_number: "01990011".to_owned(),
        symbol: None,
        number: "1".to_owned(),
        branch: None,
        birth_date: "1940-01-01".to_owned(),
        income_consent: false,
        extra: Vec::new(),
    };
    Call::VerifyEach {
        ctx: ctx(&format!(r#"{{"amount":{amount}}}"#)),
        queries: vec![query],
    }
}

fn answer(effect: &Effect) -> Answer {
    match effect {
        Effect::TimerNow => Answer::Now {
            at: "2024-10-03T09:00:00+09:00".to_owned(),
        },
        Effect::ExchangePut { prefix, .. } => Answer::Published {
            name: format!("{prefix}_1.xml"),
        },
        Effect::ExchangeWait { requests, .. } => Answer::Arrivals {
            arrivals: requests
                .iter()
                .map(|request| Arrival {
                    request: request.clone(),
                    name: "TESTres_1.xml".to_owned(),
                    refused: false,
                    body: vec![b' '; 2000].into(),
                })
                .collect(),
        },
        Effect::RandomBytes { length } => Answer::Random {
            bytes: vec![7; *length as usize].into(),
        },
        _ => Answer::Slept,
    }
}

/// The history of a whole call.
fn history(plugin: &Plugin, call: &Call) -> Vec<Recorded> {
    let mut history = Vec::new();
    while let Step::Need(effect) = plugin.step(call, &history) {
        let answer = answer(&effect);
        history.push(Recorded { effect, answer });
    }
    history
}

/// A fresh instance and one typed call with nothing of ours around it: no inspection, limits,
/// log or epochs.
fn bare(component: &[u8]) -> impl Fn(&Context, &[Document]) -> Vec<RegisterEntry> {
    let mut config = wasmtime::Config::new();
    config.concurrency_support(false);
    let engine = wasmtime::Engine::new(&config).unwrap();
    let component = Component::new(&engine, component).unwrap();
    let mut linker = Linker::<()>::new(&engine);
    linker.define_unknown_imports_as_traps(&component).unwrap();
    let pre = linker.instantiate_pre(&component).unwrap();
    let adapter = component
        .get_export_index(None, "reseplug:plugin/adapter@0.1.0")
        .unwrap();
    let function = component
        .get_export_index(Some(&adapter), "read-register")
        .unwrap();
    move |ctx, documents| {
        let mut store = Store::new(&engine, ());
        let instance = pre.instantiate(&mut store).unwrap();
        let function = instance
            .get_typed_func::<(&Context, &[Document]), (Result<Vec<RegisterEntry>, Fault>,)>(
                &mut store, function,
            )
            .unwrap();
        let (entries,) = function.call(&mut store, (ctx, documents)).unwrap();
        entries.unwrap()
    }
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<_> = (0..2000)
        .map(|_| {
            let began = Instant::now();
            run();
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

fn engine_benches(c: &mut Criterion) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
    let component = reseplug_pack::build::pack_crate(&source, &target).unwrap();
    let cache = tempfile::tempdir().unwrap();
    let options = || EngineOptions {
        cache_dir: Some(cache.path().to_owned()),
        log: None,
    };
    let plugin = Engine::new(options()).unwrap().load(&component).unwrap();
    let bare = bare(&component);
    let settings = ctx("{}");
    let documents = [Document {
        name: "a".to_owned(),
        kind: DocumentKind::Register,
        bytes: vec![b'a'; 300],
    }];

    c.bench_function("fresh instance and call", |b| {
        b.iter(|| plugin.read_register(&settings, &documents).unwrap())
    });
    c.bench_function("fresh instance and call, bare wasmtime", |b| {
        b.iter(|| bare(&settings, &documents))
    });
    for amount in [0, 100, 1000] {
        let call = call(amount);
        let history = history(&plugin, &call);
        c.bench_function(&format!("run replaying {} effects", history.len()), |b| {
            b.iter(|| plugin.step(&call, &history));
        });
    }
    let engine = Engine::new(options()).unwrap();
    c.bench_function("load with a warm cache", |b| {
        b.iter(|| engine.load(&component).unwrap())
    });

    let ours = median(|| drop(plugin.read_register(&settings, &documents)));
    let theirs = median(|| drop(bare(&settings, &documents)));
    println!(
        "fresh instance and call: {ours:?}, bare wasmtime {theirs:?}, ratio {:.2}",
        ours.as_secs_f64() / theirs.as_secs_f64()
    );
}

criterion_group!(benches, engine_benches);
criterion_main!(benches);

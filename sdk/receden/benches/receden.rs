//! How fast and with how much memory a month is read and checked: `cargo bench -p receden`.
//!
//! The reference, measured in the same run on the same bytes, is what any reader of レセ電 has to do at
//! the least: decode Shift_JIS (`encoding_rs`) and split at line ends and commas.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark fails loudly and prints"
)]

#[path = "../tests/all/month.rs"]
mod month;

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use receden::{CheckOptions, ClaimFile, check};

const MB: usize = 1_000_000;
const MEMORY_OF: &str = "RECEDEN_MEMORY_OF";

fn reference(bytes: &[u8]) -> usize {
    let text = encoding_rs::SHIFT_JIS
        .decode_without_bom_handling_and_without_replacement(bytes)
        .unwrap();
    text.split("\r\n")
        .map(|line| line.split(',').map(str::len).sum::<usize>())
        .sum()
}

fn ours(bytes: &[u8]) -> usize {
    let file = ClaimFile::parse(bytes).unwrap();
    check(&file, &CheckOptions::default()).len()
}

/// The shortest of some runs of each, turn by turn: whatever else the machine does hits both.
fn best(runs: [&dyn Fn() -> usize; 2]) -> [Duration; 2] {
    let mut best = [Duration::MAX; 2];
    for _ in 0..7 {
        for (run, best) in runs.iter().zip(&mut best) {
            let began = Instant::now();
            black_box(run());
            *best = began.elapsed().min(*best);
        }
    }
    best
}

/// Peak memory of this process in bytes (Linux).
fn peak() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    let kilobytes: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// What reading and checking a file takes: a process of its own, less what an empty one takes.
fn memory_of(path: &str) -> Option<usize> {
    let run = |path: &str| -> Option<usize> {
        let output = Command::new(std::env::current_exe().ok()?)
            .env(MEMORY_OF, path)
            .output()
            .ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    run(path)?.checked_sub(run("")?)
}

/// Files that no product writes, of as many bytes as hurt most: their memory is the files' own.
fn hostile() -> [(&'static str, Vec<u8>); 4] {
    let header = b"HM,1,13,6,9999998,,202411,\r\n".as_slice();
    let of =
        |records: &[u8], times: usize| [header, &records.repeat(times), b"GO\r\n\x1a"].concat();
    [
        (
            "a line of 1 GB",
            [header, b"RE,", &b"1".repeat(1 << 30)].concat(),
        ),
        ("ten million empty records", of(b"\r\n", 10_000_000)),
        ("ten million receipts of nothing", of(b"RE\r\n", 10_000_000)),
        (
            "two million times the same receipt",
            of(b"RE,1,6112,202410,A B,,1,19680412,,,,,,,\r\n", 2_000_000),
        ),
    ]
}

fn measured_memory(bytes: &[u8]) -> f64 {
    let path = std::env::temp_dir().join(format!("receden-bench-{}.uke", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    let memory = memory_of(path.to_str().unwrap());
    std::fs::remove_file(&path).unwrap();
    memory.unwrap_or_default() as f64 / bytes.len() as f64
}

fn main() {
    if let Ok(path) = std::env::var(MEMORY_OF) {
        if !path.is_empty() {
            let file = ClaimFile::read(std::fs::File::open(path).unwrap()).unwrap();
            black_box(check(&file, &CheckOptions::default()));
        }
        println!("{}", peak().unwrap_or_default());
        return;
    }
    let bytes = month::of_size(10 * MB);
    let findings = check(&ClaimFile::parse(&bytes).unwrap(), &CheckOptions::default());
    assert!(findings.is_empty(), "{:#?}", findings.first());

    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    let mut group = criterion.benchmark_group("10 MB");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("decode and split (reference)", |b| {
        b.iter(|| reference(&bytes));
    });
    group.bench_function("read", |b| {
        b.iter(|| ClaimFile::parse(&bytes).unwrap().record_count());
    });
    group.bench_function("read and check", |b| b.iter(|| ours(&bytes)));
    group.finish();

    for size in [1, 10, 100] {
        let bytes = month::of_size(size * MB);
        let memory = measured_memory(&bytes);
        let [reference, ours] = best([&|| reference(&bytes), &|| ours(&bytes)]);
        println!(
            "{size:>4} MB: read and check {:8.1} ms, reference {:8.1} ms, speed {:5.1} % of the reference, peak memory {:4.2} x file",
            ours.as_secs_f64() * 1e3,
            reference.as_secs_f64() * 1e3,
            reference.as_secs_f64() / ours.as_secs_f64() * 100.0,
            memory,
        );
    }
    for (what, bytes) in hostile() {
        println!("{what}: peak memory {:4.2} x file", measured_memory(&bytes));
    }
}

//! The one place that says how wasm is compiled and run.

use reseplug_policy::{Limit, Limits, Role};
use sha2::{Digest, Sha256};
use std::hash::{DefaultHasher, Hash, Hasher};
use wasmtime::Config;

/// The configuration of every engine of this program.
///
/// What is off is off because no contract needs it and each is a further surface towards
/// hostile code. `gc` and `threads` are compiled in, since builds without them can abort
/// before wasmtime 48.0.9, and switched off here.
pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        // Nothing here is async, and calls without it are two to five times cheaper.
        .concurrency_support(false)
        .strategy(wasmtime::Strategy::Cranelift)
        .wasm_multi_memory(false)
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        .wasm_tail_call(false)
        .wasm_gc(false)
        .wasm_function_references(false)
        .wasm_exceptions(false)
        .wasm_threads(false)
        .wasm_wide_arithmetic(false)
        // Python's toolchain emits it.
        .wasm_extended_const(true)
        // A replay must see the same bits as the first run.
        .cranelift_nan_canonicalization(true)
        .epoch_interruption(true)
        // The stack of the calling thread: well below the 1 MiB that Windows gives a program.
        .max_wasm_stack(Limits::of(Role::Adapter).bytes(Limit::StackKib))
        .wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Disable);
    config
}

/// Identifies everything that compiled code depends on besides the component: wasmtime's own
/// version and the compatibility hash of its configuration and of this machine's processor.
pub(crate) fn fingerprint(engine: &wasmtime::Engine) -> [u8; 32] {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let mut sha = Sha256::new();
    sha.update(b"reseplug compiled code v1\0");
    sha.update(WASMTIME.as_bytes());
    sha.update(hasher.finish().to_le_bytes());
    sha.finalize().into()
}

/// The exact version of the workspace's dependency.
const WASMTIME: &str = "48.0.8";

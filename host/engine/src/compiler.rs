//! Turning a component into machine code.
//!
//! A trait, because hostile input can stall a compiler: a program may compile in a separate
//! process with its own time and memory limit. Private to this crate, because what a compiler
//! returns is run.

use crate::config::config;

/// Why a component does not compile.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub(crate) struct CompileError(pub(crate) String);

/// Compiles under [`config`].
pub(crate) trait Compiler: Send + Sync {
    /// The machine code of a component, in wasmtime's serialised form.
    fn compile(&self, component: &[u8]) -> Result<Vec<u8>, CompileError>;
}

/// Compiles in this process.
pub(crate) struct InProcess;

impl Compiler for InProcess {
    fn compile(&self, component: &[u8]) -> Result<Vec<u8>, CompileError> {
        wasmtime::Engine::new(&config())
            .and_then(|engine| engine.precompile_component(component))
            .map_err(|e| CompileError(format!("{e:#}")))
    }
}

//! Loading plugins.

use crate::cache::{Cache, component};
use crate::compiler::{Compiler, InProcess};
use crate::config::{config, fingerprint};
use crate::imports::linker;
use crate::inspect::inspect;
use crate::log::LogSink;
use crate::plugin::Plugin;
use crate::ticker::Ticker;
use crate::{LoadError, Roles};
use std::path::PathBuf;
use std::sync::Arc;

/// How an [`Engine`] is set up.
#[derive(Clone, Default)]
pub struct EngineOptions {
    /// Folder for compiled code and the machine key that authenticates it, made if absent.
    /// It should be this user's own. Absent: every load compiles.
    pub cache_dir: Option<PathBuf>,
    /// Receives the plugins' log lines; absent: they are dropped. See [`Plugin::with_log`].
    pub log: Option<LogSink>,
}

impl std::fmt::Debug for EngineOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineOptions")
            .field("cache_dir", &self.cache_dir)
            .finish_non_exhaustive()
    }
}

/// Why an engine cannot start.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// This machine cannot run compiled wasm.
    #[error("the WebAssembly engine does not start on this machine: {0}")]
    Start(String),
    /// The cache folder cannot be used.
    #[error("the folder {} cannot be used as cache: {error}", folder.display())]
    Cache {
        /// The folder.
        folder: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

/// Loads plugins and lets time pass for their calls. Cheap to clone; one per program.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) wasmtime: wasmtime::Engine,
    pub(crate) ticker: Ticker,
    fingerprint: [u8; 32],
    cache: Option<Cache>,
    compiler: Box<dyn Compiler>,
    log: Option<LogSink>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl Engine {
    /// Starts an engine.
    pub fn new(options: EngineOptions) -> Result<Self, EngineError> {
        let start = |e: &dyn std::fmt::Display| EngineError::Start(e.to_string());
        let wasmtime = wasmtime::Engine::new(&config()).map_err(|e| start(&e))?;
        let cache = options.cache_dir.map(|folder| {
            Cache::open(&folder).map_err(|error| EngineError::Cache { folder, error })
        });
        Ok(Self(Arc::new(Inner {
            ticker: Ticker::start(wasmtime.clone()).map_err(|e| start(&e))?,
            fingerprint: fingerprint(&wasmtime),
            wasmtime,
            cache: cache.transpose()?,
            compiler: Box::new(InProcess),
            log: options.log,
        })))
    }

    /// Inspects a component, compiles it or takes its code from the cache, and prepares it for
    /// calls. No code of the plugin runs.
    pub fn load(&self, bytes: &[u8]) -> Result<Plugin, LoadError> {
        let inspection = inspect(bytes)?;
        let inner = &self.0;
        let (component, origin) = component(
            &inner.wasmtime,
            inner.cache.as_ref(),
            inner.compiler.as_ref(),
            &inner.fingerprint,
            &inspection.digest,
            bytes,
        )?;
        let misfit = |e: wasmtime::Error| LoadError::Compile(format!("{e:#}"));
        let pre = linker(&inner.wasmtime, &inspection.manifest)
            .and_then(|linker| linker.instantiate_pre(&component))
            .map_err(misfit)?;
        let roles = Roles::of(&pre, &inspection).map_err(misfit)?;
        Ok(Plugin::new(
            Arc::clone(inner),
            inspection,
            pre,
            roles,
            origin,
            inner.log.clone(),
        ))
    }
}

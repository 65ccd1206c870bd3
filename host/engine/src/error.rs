//! What can go wrong with a plugin: loading it, and calling it.

use crate::compiler::CompileError;
use reseplug_effect::Fault;
use reseplug_policy::{ConfigError, ContractVersion, Limit, Name, Role};
use std::fmt;

/// Why a component cannot be used as a plugin. Each says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes are no WebAssembly component.
    #[error("this is not a WebAssembly component; `reseplug plugin pack` makes one of a module")]
    NotAComponent,
    /// The bytes break off or are malformed.
    #[error("this is not valid WebAssembly ({0}); fetch the file again")]
    Malformed(#[from] wasmparser::BinaryReaderError),
    /// The file is larger than anything sensible.
    #[error("the file has {bytes} bytes; at most {most} are accepted")]
    TooLarge {
        /// Size of the file.
        bytes: usize,
        /// Largest accepted.
        most: usize,
    },
    /// No manifest is embedded.
    #[error(
        "the component has no manifest; build it with `reseplug plugin pack`, which embeds plugin.toml"
    )]
    NoManifest,
    /// Two manifests: whose word holds would be a matter of the reader.
    #[error("the component has two manifests; pack it again from the module")]
    TwoManifests,
    /// The manifest cannot be read.
    #[error("the manifest: {0}")]
    Manifest(#[from] ConfigError),
    /// Built for another contract.
    #[error(
        "the plugin needs {wanted}, this host offers version {}; update whichever is older",
        ContractVersion::CURRENT
    )]
    Contract {
        /// What it needs.
        wanted: String,
    },
    /// The interface every plugin exports is missing.
    #[error(
        "the component does not export `reseplug:plugin/plugin`; build it with the SDK's export macro"
    )]
    NoPluginExport,
    /// Manifest and exports disagree.
    #[error(
        "plugin.toml says roles = {}, the component exports {}; make them equal",
        list(manifest),
        list(exports)
    )]
    Roles {
        /// As the manifest says.
        manifest: Vec<Role>,
        /// As the component exports.
        exports: Vec<Role>,
    },
    /// The optional interface without the role that it goes with.
    #[error(
        "the component exports `home-visit` without `eligibility`, whose questions it repeats; export both"
    )]
    HomeVisitAlone,
    /// Asks for an interface that no host of this contract offers.
    #[error(
        "the plugin needs `{import}`, this host offers only interfaces of reseplug:plugin; {}",
        without(import)
    )]
    Import {
        /// The import.
        import: String,
    },
    /// Asks for something that is no interface.
    #[error(
        "the plugin imports `{import}` at its root, which is no interface of the contract; build for wasm32-unknown-unknown and let `reseplug plugin pack` make the component"
    )]
    RootImport {
        /// The import.
        import: String,
    },
    /// Calls an interface that its manifest does not ask for.
    #[error("the plugin calls `{import}`, which its plugin.toml does not ask for; {}", asking(*kind))]
    NotRequested {
        /// The import.
        import: String,
        /// The capability to ask for; absent where its roles may not ask at all.
        kind: Option<&'static str>,
    },
    /// The code does not compile or does not fit the contract.
    #[error("the component does not compile or does not fit the contract: {0}")]
    Compile(String),
}

impl From<CompileError> for LoadError {
    fn from(error: CompileError) -> Self {
        Self::Compile(error.0)
    }
}

fn list(roles: &[Role]) -> String {
    format!(
        "[{}]",
        roles
            .iter()
            .map(|role| format!("\"{role}\""))
            .collect::<Vec<_>>()
            .join(", ")
    )
}

/// How to build without an import.
fn without(import: &str) -> &'static str {
    if import.starts_with("wasi:") {
        "build Rust for wasm32-unknown-unknown (not wasip1 or wasip2), JavaScript with componentize-js and its optional features off, Python with componentize-py --stub-wasi"
    } else {
        "remove the dependency that imports it"
    }
}

fn asking(kind: Option<&str>) -> String {
    match kind {
        Some(kind) => format!("add [[capabilities]] with kind = \"{kind}\" and reasons"),
        None => "adapters and checkers may import `log` only: remove the call".to_owned(),
    }
}

impl LoadError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAComponent | Self::Malformed(_) | Self::TooLarge { .. } => {
                "plugin/not-a-component"
            }
            Self::NoManifest | Self::TwoManifests | Self::Manifest(_) => "plugin/manifest",
            Self::Contract { .. } => "plugin/contract",
            Self::NoPluginExport | Self::Roles { .. } | Self::HomeVisitAlone => "plugin/roles",
            Self::Import { .. } | Self::RootImport { .. } | Self::NotRequested { .. } => {
                "plugin/import"
            }
            Self::Compile(_) => "plugin/compile",
        }
    }

    fn message_ja(&self) -> String {
        match self {
            Self::NotAComponent => "WebAssembly コンポーネントではありません。`reseplug plugin pack` で作成してください".into(),
            Self::Malformed(e) => format!("ファイルが壊れています（{e}）。入手し直してください"),
            Self::TooLarge { bytes, most } => format!("ファイルが大きすぎます（{bytes} バイト、上限 {most} バイト）"),
            Self::NoManifest => "マニフェストがありません。`reseplug plugin pack` で plugin.toml を埋め込んでください".into(),
            Self::TwoManifests => "マニフェストが2つあります。モジュールから作り直してください".into(),
            Self::Manifest(e) => format!("plugin.toml の {} 行 {} 列: {}", e.line, e.column, e.message_ja),
            Self::Contract { wanted } => format!(
                "プラグインは {wanted} を必要としますが、このホストの版は {} です。古い方を更新してください",
                ContractVersion::CURRENT
            ),
            Self::NoPluginExport => "`reseplug:plugin/plugin` が公開されていません。SDK のマクロで作成してください".into(),
            Self::Roles { manifest, exports } => {
                format!("plugin.toml の roles は {}、コンポーネントの公開は {} です。一致させてください", list(manifest), list(exports))
            }
            Self::HomeVisitAlone => {
                "`home-visit` だけが公開され、`eligibility` がありません。両方を公開してください".into()
            }
            Self::Import { import } => format!(
                "プラグインは `{import}` を必要としますが、このホストが提供するのは reseplug:plugin だけです。開発元は次のようにしてください: {}",
                without(import)
            ),
            Self::RootImport { import } => format!(
                "プラグインが契約にない `{import}` を取り込んでいます。wasm32-unknown-unknown 向けに作り、`reseplug plugin pack` でまとめてください"
            ),
            Self::NotRequested { import, kind: Some(kind) } => {
                format!("プラグインは `{import}` を呼びますが、plugin.toml が要求していません。kind = \"{kind}\" の [[capabilities]] を加えてください")
            }
            Self::NotRequested { import, kind: None } => {
                format!("プラグインは `{import}` を呼びますが、adapter と checker が使えるのは log だけです")
            }
            Self::Compile(e) => format!("コンパイルできないか、契約に合いません（{e}）。開発元に連絡してください"),
        }
    }
}

impl From<LoadError> for Fault {
    fn from(error: LoadError) -> Self {
        Fault::new(error.code(), error.message_ja(), error.to_string())
    }
}

/// Why a call has no value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CallError {
    /// The plugin answered with a fault of its own.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The plugin failed. The host and other plugins go on.
    #[error(transparent)]
    Failure(#[from] Box<Failure>),
}

impl From<CallError> for Fault {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Fault(fault) => fault,
            CallError::Failure(failure) => (*failure).into(),
        }
    }
}

/// How a plugin failed in a call.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, thiserror::Error)]
#[error("{} failed in {call}: {kind}", plugin.as_str())]
pub struct Failure {
    /// The plugin.
    pub plugin: Name,
    /// Interface and function: `adapter.read-register`.
    pub call: String,
    /// How.
    pub kind: FailureKind,
    /// Backtrace of the wasm code, for its author; empty where there is none.
    pub backtrace: String,
}

/// The kinds of failure.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FailureKind {
    /// The wasm code trapped.
    Trap {
        /// Which trap.
        what: String,
    },
    /// A limit was reached.
    Limit {
        /// Which.
        limit: Limit,
        /// What would have been used, in the limit's unit, where that is known.
        used: Option<u64>,
        /// The limit's value.
        most: u64,
    },
    /// The plugin's code panicked.
    Panic {
        /// Its message.
        message: String,
        /// Source file, line and column.
        place: String,
    },
    /// What the plugin answered, asked or handed over makes no sense.
    Nonsense {
        /// What was wrong with it.
        what: String,
    },
    /// The host itself failed: the journal holds an answer that no such effect can have.
    Host {
        /// What happened.
        what: String,
    },
    /// The machine refused what running a plugin takes: memory, or room for its image. None of it
    /// is the plugin's doing.
    Machine {
        /// What the system said.
        what: String,
    },
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trap { what } => write!(f, "trap: {what}"),
            Self::Limit { limit, used, most } => {
                let (name, unit) = (limit.name_en(), limit.unit());
                match used {
                    Some(used) => write!(f, "limit of {name}: {used} of at most {most} {unit}")?,
                    None => write!(f, "limit of {name}: at most {most} {unit}")?,
                }
                write!(f, " (`{}`)", limit.key())
            }
            Self::Panic { message, place } => write!(f, "panic at {place}: {message}"),
            Self::Nonsense { what } => write!(f, "it made no sense: {what}"),
            Self::Host { what } => write!(f, "the host: {what}"),
            Self::Machine { what } => write!(
                f,
                "the machine refused what running it takes ({what}); see how much memory and disk is free, and whether this user's file sizes or memory are limited"
            ),
        }
    }
}

impl Failure {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self.kind {
            FailureKind::Trap { .. } => "plugin/trap",
            FailureKind::Limit { .. } => "plugin/limit",
            FailureKind::Panic { .. } => "plugin/panic",
            FailureKind::Nonsense { .. } => "plugin/nonsense",
            FailureKind::Host { .. } => "plugin/host",
            FailureKind::Machine { .. } => "host/machine",
        }
    }

    /// The message for staff.
    pub fn message_ja(&self) -> String {
        let head = format!(
            "プラグイン「{}」の {} が失敗しました。",
            self.plugin, self.call
        );
        let tail = match &self.kind {
            FailureKind::Trap { what } => {
                format!("異常終了です（{what}）。開発元に連絡してください")
            }
            FailureKind::Limit { limit, used, most } => {
                let used = used.map_or(String::new(), |used| format!("使用 {used}、"));
                let how = if limit.is_settable() {
                    format!(
                        "[plugins.{}.limits] の {} で変更できますが、先に開発元に連絡してください",
                        self.plugin,
                        limit.key()
                    )
                } else {
                    "変更できない上限です。開発元に連絡してください".to_owned()
                };
                format!(
                    "{}の上限を超えました（{used}上限 {most} {}）。{how}",
                    limit.name_ja(),
                    limit.unit()
                )
            }
            FailureKind::Panic { message, place } => {
                format!("プログラムの誤りです（{message}、{place}）。開発元に連絡してください")
            }
            FailureKind::Nonsense { what } => {
                format!("応答が正しくありません（{what}）。開発元に連絡してください")
            }
            FailureKind::Host { what } => {
                format!("記録が正しくありません（{what}）。サポートに連絡してください")
            }
            FailureKind::Machine { what } => format!(
                "このPCが、実行に必要な場所を用意できませんでした（{what}）。プラグインの誤りではありません。メモリーとディスクの空き、利用者のファイルの大きさなどの制限を確かめて、もう一度行ってください"
            ),
        };
        head + &tail
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        let (code, ja, en) = (failure.code(), failure.message_ja(), failure.to_string());
        let mut fault = match failure.kind {
            FailureKind::Machine { .. } => Fault::later(code, ja, en),
            _ => Fault::new(code, ja, en),
        };
        if !failure.backtrace.is_empty() {
            fault
                .extra
                .push(("backtrace".to_owned(), failure.backtrace));
        }
        fault
    }
}

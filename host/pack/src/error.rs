//! What can be wrong with a plugin that is to be packed.

use reseplug_effect::Fault;
use reseplug_policy::{ConfigError, ContractVersion, Role};

/// Why a plugin was not packed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// The bytes are no readable wasm.
    #[error("the file is not a readable wasm module or component: {0}")]
    Damaged(#[from] wasmparser::BinaryReaderError),
    /// Neither a core module nor a component.
    #[error("the file is neither a wasm core module nor a component")]
    NotWasm,
    /// `plugin.toml` is wrong.
    #[error(transparent)]
    Manifest(#[from] ConfigError),
    /// The manifest in a component is no text.
    #[error("the manifest inside the file is not UTF-8")]
    ManifestNotText,
    /// The file already carries a manifest.
    #[error("the file already carries a manifest: pack the component as the compiler made it")]
    AlreadyPacked,
    /// More than one manifest.
    #[error("the file carries two sections `{section}`", section = crate::MANIFEST_SECTION)]
    TwoManifests,
    /// No manifest where one is needed.
    #[error("the file carries no manifest: pack it with `reseplug plugin pack`")]
    NoManifest,
    /// It imports what the contract does not offer.
    #[error("the plugin imports `{import}`, which the contract does not offer. {advice_en}")]
    ForeignImport {
        /// The import, `module` and name.
        import: String,
        /// How to build without it.
        advice_en: &'static str,
        /// The same in Japanese.
        advice_ja: &'static str,
    },
    /// Roles of the manifest and exports differ.
    #[error(
        "plugin.toml names the roles [{}], but the component exports [{}]: export each role with the SDK's macro and list exactly those",
        names(.declared),
        names(.exported)
    )]
    RolesDiffer {
        /// Roles of the manifest.
        declared: Vec<Role>,
        /// Roles of the component.
        exported: Vec<Role>,
    },
    /// The optional interface without the role that it goes with.
    #[error(
        "the component exports `home-visit` without `eligibility`: export both, as `export_plugin!(Mine: Eligibility, HomeVisit)`"
    )]
    HomeVisitAlone,
    /// The code was built for another contract than the manifest says.
    #[error(
        "plugin.toml says contract = \"{declared}\", but the component was built for {built_for}: write that, or build with the SDK of {declared}"
    )]
    ContractDiffers {
        /// Version of the manifest.
        declared: ContractVersion,
        /// Version of the component's imports and exports.
        built_for: String,
    },
    /// The code uses a capability that the manifest does not request.
    #[error(
        "the plugin calls `{kind}`, but plugin.toml requests no capability of that kind: add a [[capabilities]] table with kind = \"{kind}\", a name and both reasons"
    )]
    NotRequested {
        /// Kind of the capability.
        kind: &'static str,
    },
    /// The manifest requests a capability that the code never uses.
    #[error(
        "plugin.toml requests a capability of the kind `{kind}`, but the plugin never calls it: remove it, so that nobody approves what is not needed"
    )]
    NotUsed {
        /// Kind of the capability.
        kind: &'static str,
    },
    /// wit-component refused the module.
    #[error("the module cannot be made a component: {0}")]
    Encode(String),
}

impl PackError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Damaged(_) | Self::NotWasm => "pack/not-wasm",
            Self::Manifest(error) => error.code,
            Self::ManifestNotText => "pack/manifest-not-text",
            Self::AlreadyPacked => "pack/already-packed",
            Self::TwoManifests => "pack/two-manifests",
            Self::NoManifest => "pack/no-manifest",
            Self::ForeignImport { .. } => "pack/foreign-import",
            Self::RolesDiffer { .. } | Self::HomeVisitAlone => "pack/roles-differ",
            Self::ContractDiffers { .. } => "pack/contract-differs",
            Self::NotRequested { .. } => "pack/not-requested",
            Self::NotUsed { .. } => "pack/not-used",
            Self::Encode(_) => "pack/encode",
        }
    }

    fn message_ja(&self) -> String {
        match self {
            Self::Damaged(_) | Self::NotWasm => {
                "wasm のモジュールまたはコンポーネントとして読めません。".to_owned()
            }
            Self::Manifest(error) => error.message_ja.clone(),
            Self::ManifestNotText => "マニフェストが UTF-8 の文字ではありません。".to_owned(),
            Self::AlreadyPacked => {
                "すでにマニフェストが入っています。コンパイラーが出力したままのファイルを指定してください。".to_owned()
            }
            Self::TwoManifests => "マニフェストが二つ入っています。".to_owned(),
            Self::NoManifest => {
                "マニフェストがありません。`reseplug plugin pack` で作成してください。".to_owned()
            }
            Self::ForeignImport { import, advice_ja, .. } => format!(
                "プラグインが契約にない「{import}」を要求しています。{advice_ja}"
            ),
            Self::HomeVisitAlone => {
                "`home-visit` だけが公開されています。`eligibility` と共に公開してください。".to_owned()
            }
            Self::RolesDiffer { declared, exported } => format!(
                "plugin.toml の roles は「{}」ですが、コンポーネントは「{}」を公開しています。一致させてください。",
                names(declared),
                names(exported)
            ),
            Self::ContractDiffers { declared, built_for } => format!(
                "plugin.toml の contract は「{declared}」ですが、コンポーネントは「{built_for}」向けです。一致させてください。"
            ),
            Self::NotRequested { kind } => format!(
                "プラグインは「{kind}」を使いますが、plugin.toml で求めていません。[[capabilities]] に加えてください。"
            ),
            Self::NotUsed { kind } => format!(
                "plugin.toml は「{kind}」を求めていますが、プラグインは使っていません。外してください。"
            ),
            Self::Encode(why) => format!("コンポーネントにできません：{why}"),
        }
    }
}

fn names(roles: &[Role]) -> String {
    roles
        .iter()
        .map(|role| role.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

impl From<&PackError> for Fault {
    fn from(error: &PackError) -> Self {
        if let PackError::Manifest(error) = error {
            return error.clone().into();
        }
        Self::new(error.code(), error.message_ja(), error.to_string())
    }
}

/// How to build without an import that the contract does not offer.
pub(crate) fn advice(module: &str) -> (&'static str, &'static str) {
    if module.starts_with("wasi") {
        (
            "It comes from WASI: in Rust build for wasm32-unknown-unknown and use the SDK's host object instead of std::fs, std::net and std::time; in JavaScript and Python switch the optional WASI features off.",
            "WASI の機能です。Rust では wasm32-unknown-unknown 向けにビルドし、std::fs・std::net・std::time の代わりに SDK の Host を使ってください。JavaScript と Python では任意の WASI 機能を切ってください。",
        )
    } else if module.starts_with("__wbindgen") || module.starts_with("./") {
        (
            "It comes from wasm-bindgen: a dependency was built for browsers. Give the crate's folder, not a .wasm file, so that it is built with the right flags; if it still appears, look for it with `cargo tree -i wasm-bindgen --target wasm32-unknown-unknown` and switch its `js` or `wasm-bindgen` feature off.",
            "wasm-bindgen（ブラウザー向け）の機能です。.wasm ではなくクレートのフォルダーを指定すると正しい設定でビルドします。それでも残るときは `cargo tree -i wasm-bindgen --target wasm32-unknown-unknown` で依存元を調べ、その js・wasm-bindgen 機能を切ってください。",
        )
    } else if module.starts_with(crate::scan::PACKAGE) {
        (
            "This version of the contract has no such interface: use the SDK that belongs to this `reseplug`.",
            "この版の契約にはありません。この reseplug に合う版の SDK を使ってください。",
        )
    } else {
        (
            "A plugin may import nothing but the contract: remove the `extern` declaration or the dependency that brings it.",
            "プラグインが使えるのは契約にあるものだけです。extern 宣言、またはそれを持ち込む依存を外してください。",
        )
    }
}

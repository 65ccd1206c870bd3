//! Drives cargo: from a plugin crate to a core module.

use crate::PackError;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The only target whose modules import nothing but the contract.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// `[profile.plugin]`, passed on the command line so that a crate outside this workspace is
/// built in the same way. Small and without unwinding: a panic is a trap.
const PROFILE: [&str; 7] = [
    "profile.plugin.inherits=\"release\"",
    "profile.plugin.opt-level=\"s\"",
    "profile.plugin.lto=true",
    "profile.plugin.codegen-units=1",
    "profile.plugin.panic=\"abort\"",
    "profile.plugin.debug=false",
    // Names stay: they make a trap's backtrace readable for 8 KB.
    "profile.plugin.strip=\"debuginfo\"",
];

/// Why a crate was not built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A file or program could not be used.
    #[error("{what}: {error}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        error: io::Error,
    },
    /// The Rust target is not installed.
    #[error(
        "the Rust target {TARGET} is not installed and could not be added ({why}). Run: rustup target add {TARGET}"
    )]
    NoTarget {
        /// What rustup said.
        why: String,
    },
    /// cargo said no; its messages are on stderr.
    #[error("cargo could not build {0}: its messages are above")]
    Cargo(PathBuf),
    /// cargo built no wasm module.
    #[error("cargo built no wasm module of {0}: is it a library crate with an export macro?")]
    NoModule(PathBuf),
    /// The module cannot be packed.
    #[error(transparent)]
    Pack(#[from] PackError),
}

fn io_error(what: impl Into<String>) -> impl FnOnce(io::Error) -> BuildError {
    let what = what.into();
    move |error| BuildError::Io { what, error }
}

/// What is to be packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackInput {
    /// A folder with `Cargo.toml` and `plugin.toml`.
    Crate(PathBuf),
    /// A core module or component, with its `plugin.toml`.
    Wasm {
        /// The module or component.
        file: PathBuf,
        /// The manifest.
        manifest: PathBuf,
    },
}

impl PackInput {
    /// Decides what `path` is: a crate's folder, its `Cargo.toml`, or a `.wasm` file. The
    /// manifest is `plugin.toml` beside it unless it is given.
    pub fn detect(path: &Path, manifest: Option<&Path>) -> Result<Self, BuildError> {
        if path.join("Cargo.toml").is_file() {
            return Ok(Self::Crate(path.to_path_buf()));
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        if path.file_name().is_some_and(|name| name == "Cargo.toml") && path.is_file() {
            return Ok(Self::Crate(folder.to_path_buf()));
        }
        if !path.is_file() {
            return Err(io_error(format!(
                "{} is neither a crate's folder nor a .wasm file",
                path.display()
            ))(io::ErrorKind::NotFound.into()));
        }
        let manifest = manifest.map_or_else(|| folder.join("plugin.toml"), Path::to_path_buf);
        Ok(Self::Wasm {
            file: path.to_path_buf(),
            manifest,
        })
    }

    /// Builds if need be, and packs. `target_dir` is cargo's target folder for plugins; it
    /// must not be the one that an outer cargo is using.
    pub fn pack(&self, target_dir: &Path) -> Result<Vec<u8>, BuildError> {
        match self {
            Self::Crate(folder) => pack_crate(folder, target_dir),
            Self::Wasm { file, manifest } => {
                let wasm = std::fs::read(file).map_err(io_error(file.display().to_string()))?;
                Ok(crate::pack(&wasm, &read_text(manifest)?)?)
            }
        }
    }
}

/// Builds the crate in `manifest_dir` and packs it with its `plugin.toml`.
pub fn pack_crate(manifest_dir: &Path, target_dir: &Path) -> Result<Vec<u8>, BuildError> {
    let manifest = read_text(&manifest_dir.join("plugin.toml"))?;
    let module = build_crate(manifest_dir, target_dir)?;
    let wasm = std::fs::read(&module).map_err(io_error(module.display().to_string()))?;
    Ok(crate::pack(&wasm, &manifest)?)
}

/// Builds the crate in `manifest_dir` as a core module and returns where it lies. Nothing is
/// done when nothing has changed.
pub fn build_crate(manifest_dir: &Path, target_dir: &Path) -> Result<PathBuf, BuildError> {
    let manifest_dir =
        std::path::absolute(manifest_dir).map_err(io_error(manifest_dir.display().to_string()))?;
    let target_dir =
        std::path::absolute(target_dir).map_err(io_error(target_dir.display().to_string()))?;
    ensure_target(&manifest_dir, &target_dir)?;
    let mut command = clean(Command::new(cargo()));
    command
        // The folder decides about `.cargo/config.toml` and `rust-toolchain.toml`.
        .current_dir(&manifest_dir)
        .args([
            "rustc",
            "--lib",
            "--crate-type",
            "cdylib",
            "--target",
            TARGET,
        ])
        .args([
            "--profile",
            "plugin",
            "--message-format",
            "json-render-diagnostics",
        ])
        .arg("--manifest-path")
        .arg(manifest_dir.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target_dir)
        .env(
            "CARGO_ENCODED_RUSTFLAGS",
            flags(&manifest_dir, &target_dir)?,
        )
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    for setting in PROFILE {
        command.args(["--config", setting]);
    }
    let output = command.output().map_err(io_error("cargo"))?;
    if !output.status.success() {
        return Err(BuildError::Cargo(manifest_dir));
    }
    // The plugin itself is built last, so the last module is its own.
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| {
            if message.get("reason")? != "compiler-artifact" {
                return None;
            }
            let names = message.get("filenames")?.as_array()?;
            names
                .iter()
                .filter_map(|n| n.as_str())
                .find(|n| n.ends_with(".wasm"))
                .map(PathBuf::from)
        })
        .next_back()
        .ok_or(BuildError::NoModule(manifest_dir))
}

/// The child must not inherit what an outer cargo, clippy or CI set for its own build:
/// wrappers and flags would break it or rebuild everything. What says where things are
/// (`CARGO_HOME`, `RUSTUP_*`, proxies and registries) and the job server stay.
fn clean(mut command: Command) -> Command {
    const KEPT: [&str; 8] = [
        "CARGO_HOME",
        "CARGO_HTTP_",
        "CARGO_MAKEFLAGS",
        "CARGO_NET_",
        "CARGO_REGISTRIES_",
        "CARGO_REGISTRY_",
        "CARGO_SOURCE_",
        "CARGO_TERM_",
    ];
    for (name, _) in std::env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        let of_cargo = text == "CARGO" || text.starts_with("CARGO_");
        let kept = KEPT.iter().any(|k| text.starts_with(k));
        let of_rustc = text.starts_with("RUSTC") || text.starts_with("RUSTDOC");
        let flags = matches!(
            text,
            "RUSTFLAGS" | "CLIPPY_ARGS" | "CLIPPY_CONF_DIR" | "OUT_DIR"
        );
        if (of_cargo && !kept) || of_rustc || flags {
            command.env_remove(&name);
        }
    }
    command
}

/// Installs the target where rustup can, or says how.
fn ensure_target(manifest_dir: &Path, target_dir: &Path) -> Result<(), BuildError> {
    // Asking costs more than a build with nothing to do; a folder of earlier modules means
    // that the target was there.
    if target_dir.join(TARGET).join("plugin").is_dir() {
        return Ok(());
    }
    let installed = clean(Command::new("rustc"))
        .current_dir(manifest_dir)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .map_err(io_error("rustc"))?;
    let folder = String::from_utf8_lossy(&installed.stdout).trim().to_owned();
    if installed.status.success() && Path::new(&folder).is_dir() {
        return Ok(());
    }
    let added = clean(Command::new("rustup"))
        .current_dir(manifest_dir)
        .args(["target", "add", TARGET])
        .output()
        .map_err(|error| BuildError::NoTarget {
            why: format!("rustup: {error}"),
        })?;
    if added.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&added.stderr);
    Err(BuildError::NoTarget {
        why: why.lines().last().unwrap_or("rustup failed").to_owned(),
    })
}

/// A plugin has no randomness but the host's. Without this, any dependency that merely links
/// getrandom with its browser backend (the zip crate does) would import wasm-bindgen; with
/// it, getrandom answers an error when it is called.
const NO_RANDOM: &str = "--cfg\u{1f}getrandom_backend=\"unsupported\"";

/// Flags of rustc, separated as cargo wants them. They keep the builder's paths out of the
/// module: those end up in panic messages, would make the bytes differ from machine to
/// machine and tell where somebody's home is.
fn flags(manifest_dir: &Path, target_dir: &Path) -> Result<OsString, BuildError> {
    let mut pairs: Vec<(PathBuf, String)> = Vec::new();
    match workspace_of(manifest_dir) {
        // Members are compiled from the workspace's folder.
        Some(root) if root != manifest_dir => pairs.push((root, "src".to_owned())),
        // A crate of its own may depend on others by path, the SDK among them.
        _ => pairs.extend(path_packages(manifest_dir)?),
    }
    pairs.push((target_dir.to_path_buf(), "target".to_owned()));
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| {
            let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"))?;
            Some(PathBuf::from(home).join(".cargo"))
        });
    pairs.extend(home.map(|home| (home, "cargo".to_owned())));

    let mut flags = OsString::from(NO_RANDOM);
    for (path, name) in pairs {
        flags.push("\u{1f}--remap-path-prefix=");
        flags.push(path);
        flags.push("=");
        flags.push(name);
    }
    Ok(flags)
}

/// The folder of the workspace that the crate belongs to.
fn workspace_of(manifest_dir: &Path) -> Option<PathBuf> {
    manifest_dir
        .ancestors()
        .find(|folder| {
            std::fs::read_to_string(folder.join("Cargo.toml"))
                .is_ok_and(|text| text.lines().any(|line| line.trim() == "[workspace]"))
        })
        .map(Path::to_path_buf)
}

/// Folders and names of the packages that are built from where they lie.
fn path_packages(manifest_dir: &Path) -> Result<Vec<(PathBuf, String)>, BuildError> {
    let output = clean(Command::new(cargo()))
        .current_dir(manifest_dir)
        .args([
            "metadata",
            "--format-version",
            "1",
            "--filter-platform",
            TARGET,
        ])
        .stderr(Stdio::inherit())
        .output()
        .map_err(io_error("cargo metadata"))?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| BuildError::Cargo(manifest_dir.to_path_buf()))?;
    let packages = metadata.get("packages").and_then(|p| p.as_array());
    Ok(packages
        .into_iter()
        .flatten()
        .filter(|package| {
            package
                .get("source")
                .is_some_and(serde_json::Value::is_null)
        })
        .filter_map(|package| {
            let folder = Path::new(package.get("manifest_path")?.as_str()?).parent()?;
            // The crate itself is compiled from its own folder, by relative paths. Naming
            // it would only make cargo build every dependency anew for each folder.
            (folder != manifest_dir).then_some((
                folder.to_path_buf(),
                package.get("name")?.as_str()?.to_owned(),
            ))
        })
        .collect())
}

fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn read_text(path: &Path) -> Result<String, BuildError> {
    std::fs::read_to_string(path).map_err(io_error(path.display().to_string()))
}

//! Builds the shipped plugins and puts them into the program.
//!
//! Each becomes a component with its manifest in `OUT_DIR`, and `plugins.rs` there says
//! `SHIPPED: &[(id, bytes)]`. cargo's folder for them is `plugins` beside the profiles of the
//! outer build, with one profile of its own: the same bytes in debug, release, tests and
//! clippy, and no two cargos that wait for each other's lock.

use reseplug_pack::build::pack_crate;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Shipped plugins: folders below `plugins/`, whose names are the plugins' ids.
const SHIPPED: [&str; 6] = [
    "basic-checker",
    "claims-gateway",
    "claims-handover",
    "csv-adapter",
    "onshi-terminal",
    "uke-adapter",
];

/// What the plugins are made of, relative to the workspace.
const SOURCES: [&str; 9] = [
    "Cargo.lock",
    "Cargo.toml",
    "rust-toolchain.toml",
    "plugins",
    "sdk/guest",
    "sdk/model",
    "sdk/onshi",
    "sdk/receden",
    "wit",
];

fn main() -> Result<(), Box<dyn Error>> {
    let crate_dir = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out_dir = PathBuf::from(variable("OUT_DIR")?);
    let workspace = crate_dir.join("../..").canonicalize()?;
    for source in SOURCES {
        println!(
            "cargo::rerun-if-changed={}",
            workspace.join(source).display()
        );
    }
    println!("cargo::rerun-if-changed=build.rs");

    let target = plugin_target(&out_dir).ok_or("OUT_DIR lies in no target folder of cargo")?;
    let mut list = String::from(
        "/// Shipped plugins: id and packed component.\npub(super) const SHIPPED: &[(&str, &[u8])] = &[\n",
    );
    for id in SHIPPED {
        let component = pack_crate(&workspace.join("plugins").join(id), &target)
            .map_err(|error| format!("plugin {id}: {error}"))?;
        let file = out_dir.join(format!("{id}.wasm"));
        write_if_changed(&file, &component)?;
        writeln!(
            list,
            "    ({id:?}, include_bytes!({:?})),",
            file.display().to_string()
        )?;
    }
    list.push_str("];\n");
    write_if_changed(&out_dir.join("plugins.rs"), list.as_bytes())?;
    Ok(())
}

fn variable(name: &str) -> Result<std::ffi::OsString, String> {
    env::var_os(name).ok_or_else(|| format!("cargo did not set {name}"))
}

/// `target/plugins` for an `OUT_DIR` of `target/debug/build/reseplug-cli-…/out`.
fn plugin_target(out_dir: &Path) -> Option<PathBuf> {
    let build = out_dir
        .ancestors()
        .find(|folder| folder.ends_with("build"))?;
    Some(build.parent()?.parent()?.join("plugins"))
}

/// Keeps the time of an unchanged file, so that the program is not compiled anew.
fn write_if_changed(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    match fs::read(file) {
        Ok(old) if old == bytes => Ok(()),
        _ => fs::write(file, bytes),
    }
}

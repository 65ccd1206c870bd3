//! Builds and packs plugins that live outside this repository, as their authors will.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test")]

use reseplug_pack::build::{BuildError, PackInput, build_crate, pack_crate};
use reseplug_pack::{PackError, manifest_text, pack, read_manifest, surface};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// cargo's folder for the modules of these tests. It stays, so that a second run is quick.
fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugins")
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// Writes a crate that depends on the SDK by path into a fresh folder outside the repository.
fn outside(case: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap();
    let crate_toml = format!(
        r#"[package]
name = "{case}"
version = "0.1.0"
edition = "2024"

[dependencies]
reseplug-sdk = {{ path = {:?} }}
"#,
        repository.join("sdk/guest")
    );
    fs::write(folder.path().join("Cargo.toml"), crate_toml).unwrap();
    // The versions that this repository is tested with, and no look into the registry.
    fs::copy(
        repository.join("Cargo.lock"),
        folder.path().join("Cargo.lock"),
    )
    .unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::copy(
        cases().join(case).join("lib.rs"),
        folder.path().join("src/lib.rs"),
    )
    .unwrap();
    fs::copy(
        cases().join(case).join("plugin.toml"),
        folder.path().join("plugin.toml"),
    )
    .unwrap();
    folder
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle.as_bytes())
}

#[test]
fn an_adapter_outside_the_repository_builds_packs_and_imports_only_log_and_types() {
    let folder = outside("adapter");
    let plugin = pack_crate(folder.path(), &target()).unwrap();

    let mut found = surface(&plugin).unwrap();
    assert_eq!(
        found.imports,
        ["reseplug:plugin/types@0.1.0", "reseplug:plugin/log@0.1.0"]
    );
    // The linker decides about the order of the exports.
    found.exports.sort();
    assert_eq!(
        found.exports,
        [
            "reseplug:plugin/adapter@0.1.0",
            "reseplug:plugin/plugin@0.1.0"
        ]
    );
    assert_eq!(
        manifest_text(&plugin).unwrap(),
        fs::read_to_string(folder.path().join("plugin.toml")).unwrap()
    );
    assert_eq!(
        read_manifest(&plugin).unwrap().name_en,
        "An adapter outside the repository"
    );
    assert!(matches!(
        pack(&plugin, &manifest("adapter")),
        Err(PackError::AlreadyPacked)
    ));

    // Nobody is told where the author's files, the SDK and the target folder lie.
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap();
    for path in [folder.path(), &target(), &repository] {
        assert!(
            !contains(&plugin, path.to_str().unwrap()),
            "{} is inside",
            path.display()
        );
    }

    // The same sources in another folder are the same plugin.
    let elsewhere = outside("adapter");
    let again = pack_crate(elsewhere.path(), &target()).unwrap();
    assert_eq!(digest(&plugin), digest(&again));
}

#[test]
fn a_manifest_that_disagrees_with_the_code_is_refused() {
    let folder = outside("quiet-checker");
    let module = build_crate(folder.path(), &target()).unwrap();
    let wasm = fs::read(module).unwrap();
    let honest = manifest("quiet-checker");
    assert!(pack(&wasm, &honest).is_ok());

    let code = |manifest: &str| pack(&wasm, manifest).unwrap_err().code();
    assert_eq!(
        code(&honest.replace("[\"checker\"]", "[\"adapter\"]")),
        "pack/roles-differ"
    );
    assert_eq!(
        code(&honest.replace("contract = \"0.1.0\"", "contract = \"0.1.1\"")),
        "pack/contract-differs"
    );
    assert_eq!(
        code(&honest.replace("vendor", "vender")),
        "config/unknown-key"
    );
}

#[test]
fn one_component_may_export_several_roles_and_calls_what_it_requests() {
    let folder = outside("several-roles");
    let plugin = pack_crate(folder.path(), &target()).unwrap();
    let found = surface(&plugin).unwrap();
    assert!(
        found
            .exports
            .contains(&"reseplug:plugin/eligibility@0.1.0".to_owned())
    );
    assert!(
        found
            .exports
            .contains(&"reseplug:plugin/claims@0.1.0".to_owned())
    );
    assert!(
        found
            .imports
            .contains(&"reseplug:plugin/exchange@0.1.0".to_owned())
    );
    assert!(
        !found
            .imports
            .contains(&"reseplug:plugin/https@0.1.0".to_owned())
    );

    // The same code with a manifest that asks for something else.
    let asks = manifest("several-roles").replace("\"exchange\"", "\"https\"");
    fs::write(folder.path().join("plugin.toml"), asks).unwrap();
    let error = pack_crate(folder.path(), &target()).unwrap_err();
    assert!(error.to_string().contains("calls `exchange`"), "{error}");
}

#[test]
fn an_import_that_is_not_in_the_contract_is_named_with_the_way_out() {
    // A module that imports `wasi_snapshot_preview1.fd_write`.
    let mut module = wasm_encoder::Module::new();
    let mut types = wasm_encoder::TypeSection::new();
    types.ty().function([], []);
    let mut imports = wasm_encoder::ImportSection::new();
    imports.import(
        "wasi_snapshot_preview1",
        "fd_write",
        wasm_encoder::EntityType::Function(0),
    );
    module.section(&types).section(&imports);

    let error = pack(&module.finish(), &manifest("adapter")).unwrap_err();
    assert_eq!(error.code(), "pack/foreign-import");
    let text = error.to_string();
    assert!(text.contains("wasi_snapshot_preview1: fd_write"), "{text}");
    assert!(text.contains("wasm32-unknown-unknown"), "{text}");
}

#[test]
fn a_module_that_exports_no_role_is_refused() {
    let module = wasm_encoder::Module::new().finish();
    let error = pack(&module, &manifest("adapter")).unwrap_err();
    assert!(
        matches!(error, PackError::RolesDiffer { .. } | PackError::Encode(_)),
        "{error}"
    );
}

#[test]
fn a_file_needs_its_manifest_beside_it_or_given() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plugin.wasm");
    fs::write(&file, wasm_encoder::Module::new().finish()).unwrap();
    let input = PackInput::detect(&file, None).unwrap();
    let error = input.pack(&target()).unwrap_err();
    assert!(matches!(error, BuildError::Io { ref what, .. } if what.contains("plugin.toml")));
    assert!(PackInput::detect(&folder.path().join("nothing"), None).is_err());
}

fn manifest(case: &str) -> String {
    fs::read_to_string(cases().join(case).join("plugin.toml")).unwrap()
}

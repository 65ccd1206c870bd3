//! What is refused before it is compiled, and what is compiled again rather than trusted.

use crate::{ctx, guest};
use reseplug_engine::{
    CodeOrigin, Engine, EngineOptions, LoadError, MANIFEST_SECTION, digest, inspect,
};
use reseplug_policy::Role;
use std::fs;
use wasm_encoder::{
    Component, ComponentExportKind, ComponentExportSection, ComponentImportSection,
    ComponentInstanceSection, ComponentTypeRef, ComponentTypeSection, CustomSection, InstanceType,
};

const CHECKER: &str = r#"
id = "tiny"
version = "0.1.0"
vendor = "reseplug"
contract = "0.1.0"
roles = ["checker"]
name_ja = "小"
name_en = "tiny"
"#;

/// A component with these imports and exports and nothing inside.
fn component(manifest: &str, imports: &[&str], exports: &[&str]) -> Vec<u8> {
    let mut component = Component::new();
    let mut types = ComponentTypeSection::new();
    types.instance(&InstanceType::new());
    component.section(&types);
    let mut section = ComponentImportSection::new();
    for name in imports {
        section.import(*name, ComponentTypeRef::Instance(0));
    }
    component.section(&section);
    let mut instances = ComponentInstanceSection::new();
    instances.export_items(Vec::<(&str, ComponentExportKind, u32)>::new());
    component.section(&instances);
    let mut section = ComponentExportSection::new();
    for name in exports {
        section.export(
            *name,
            ComponentExportKind::Instance,
            imports.len() as u32,
            None,
        );
    }
    component.section(&section);
    component.section(&CustomSection {
        name: MANIFEST_SECTION.into(),
        data: manifest.as_bytes().into(),
    });
    component.finish()
}

const PLUGIN: &str = "reseplug:plugin/plugin@0.1.0";
const CHECK: &str = "reseplug:plugin/checker@0.1.0";
const HOME_VISIT: &str = "reseplug:plugin/home-visit@0.1.0";

#[test]
fn a_component_is_inspected_without_being_run() {
    let inspection = inspect(guest()).unwrap();
    assert_eq!(
        inspection.roles,
        [Role::Adapter, Role::Checker, Role::Eligibility]
    );
    assert!(inspection.home_visit);
    assert_eq!(inspection.manifest.id.as_str(), "test-guest");
    assert_eq!(inspection.digest, digest(guest()));
    assert_eq!(inspection.contract.to_string(), "0.1.0");
    assert!(
        inspection
            .imports
            .iter()
            .all(|import| import.starts_with("reseplug:plugin/"))
    );
}

#[test]
fn what_is_not_a_plugin_is_refused_with_what_to_do() {
    let refused = |bytes: &[u8]| inspect(bytes).unwrap_err();
    assert!(matches!(refused(b""), LoadError::NotAComponent));
    assert!(matches!(refused(b"MZ\x90\0"), LoadError::NotAComponent));
    assert!(matches!(refused(b"\0asm"), LoadError::Malformed(_)));
    assert!(matches!(
        refused(b"\0asm\x01\0\0\0"),
        LoadError::NotAComponent
    ));
    assert!(matches!(
        refused(&Component::new().finish()),
        LoadError::NoManifest
    ));
    assert!(matches!(
        refused(&guest()[..guest().len() / 2]),
        LoadError::Malformed(_)
    ));

    let error = refused(&component(
        CHECKER,
        &["wasi:cli/environment@0.2.0"],
        &[PLUGIN, CHECK],
    ));
    assert_eq!(error.code(), "plugin/import");
    assert!(
        error.to_string().contains("wasi:cli/environment@0.2.0"),
        "{error}"
    );
    assert!(
        error.to_string().contains("wasm32-unknown-unknown"),
        "{error}"
    );

    let error = refused(&component(
        CHECKER,
        &["reseplug:plugin/timer@0.1.0"],
        &[PLUGIN, CHECK],
    ));
    assert!(
        matches!(error, LoadError::NotRequested { kind: None, .. }),
        "{error}"
    );
    let error = refused(&component(
        CHECKER,
        &["reseplug:plugin/log@0.2.0"],
        &[PLUGIN, CHECK],
    ));
    assert!(
        error.to_string().contains("this host offers version 0.1.0"),
        "{error}"
    );
    let error = refused(&component(
        CHECKER,
        &[],
        &[PLUGIN, "reseplug:plugin/checker@0.2.0"],
    ));
    assert!(matches!(error, LoadError::Contract { .. }), "{error}");
    let error = refused(&component(
        CHECKER,
        &[],
        &[PLUGIN, "reseplug:plugin/adapter@0.1.0"],
    ));
    assert!(
        error
            .to_string()
            .contains(r#"roles = ["checker"], the component exports ["adapter"]"#),
        "{error}"
    );
    assert!(matches!(
        refused(&component(CHECKER, &[], &[CHECK])),
        LoadError::NoPluginExport
    ));
    let error = refused(&component(CHECKER, &[], &[PLUGIN, CHECK, HOME_VISIT]));
    assert!(matches!(error, LoadError::HomeVisitAlone), "{error}");

    let newer = CHECKER.replace("contract = \"0.1.0\"", "contract = \"0.2.0\"");
    assert!(matches!(
        refused(&component(&newer, &[], &[PLUGIN, CHECK])),
        LoadError::Contract { .. }
    ));
    let unknown = CHECKER.replace("vendor", "vendro");
    let error = refused(&component(&unknown, &[], &[PLUGIN, CHECK]));
    assert!(
        error.to_string().contains("did you mean `vendor`"),
        "{error}"
    );
}

#[test]
fn an_exchange_that_the_manifest_does_not_ask_for_is_refused() {
    let manifest = CHECKER.replace("checker", "claims");
    let import = "reseplug:plugin/exchange@0.1.0";
    let bytes = component(
        &manifest,
        &[import],
        &[PLUGIN, "reseplug:plugin/claims@0.1.0"],
    );
    assert!(matches!(
        inspect(&bytes).unwrap_err(),
        LoadError::NotRequested {
            kind: Some("exchange"),
            ..
        }
    ));
}

#[test]
fn a_root_import_that_is_no_interface_is_refused() {
    let mut component = Component::new();
    let mut types = ComponentTypeSection::new();
    types
        .function()
        .params(Vec::<(&str, wasm_encoder::ComponentValType)>::new())
        .result(None);
    component.section(&types);
    let mut imports = ComponentImportSection::new();
    imports.import("run-anything", ComponentTypeRef::Func(0));
    component.section(&imports);
    assert!(matches!(
        inspect(&component.finish()).unwrap_err(),
        LoadError::RootImport { .. }
    ));
}

#[test]
fn a_second_manifest_is_refused() {
    let mut bytes = guest().to_vec();
    let section = CustomSection {
        name: MANIFEST_SECTION.into(),
        data: CHECKER.as_bytes().into(),
    };
    let mut second = Component::new();
    second.section(&section);
    bytes.extend_from_slice(&second.finish()[8..]);
    assert!(matches!(
        inspect(&bytes).unwrap_err(),
        LoadError::TwoManifests
    ));
}

#[test]
fn exports_of_another_shape_do_not_load() {
    // Says it is a checker, but its interface is empty.
    let bytes = component(CHECKER, &[], &[PLUGIN, CHECK]);
    assert!(inspect(&bytes).is_ok());
    let engine = Engine::new(EngineOptions::default()).unwrap();
    assert!(matches!(
        engine.load(&bytes).unwrap_err(),
        LoadError::Compile(_)
    ));
}

#[test]
fn compiled_code_is_trusted_only_as_this_machine_wrote_it() {
    let folder = tempfile::tempdir().unwrap();
    let load = || {
        let cache_dir = Some(folder.path().to_owned());
        let plugin = Engine::new(EngineOptions {
            cache_dir,
            log: None,
        })
        .unwrap()
        .load(guest())
        .unwrap();
        assert!(plugin.read_register(&ctx("{}"), &[]).is_ok());
        plugin.code_origin()
    };
    assert_eq!(load(), CodeOrigin::Compiled);
    assert_eq!(load(), CodeOrigin::Cache);
    let code = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "code"))
        .unwrap();
    let whole = fs::read(&code).unwrap();

    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x01;
    fs::write(&code, &flipped).unwrap();
    assert_eq!(load(), CodeOrigin::Compiled);
    assert_eq!(load(), CodeOrigin::Cache, "the bad entry was replaced");

    fs::write(&code, &whole[..whole.len() - 1]).unwrap();
    assert_eq!(load(), CodeOrigin::Compiled);

    fs::write(folder.path().join("machine.key"), [0; 32]).unwrap();
    assert_eq!(load(), CodeOrigin::Compiled, "code under another key");
}

//! From a core module or component and its manifest to the one file that is a plugin.

use crate::error::advice;
use crate::scan::{contract_name, core_imports, surface};
use crate::{MANIFEST_SECTION, PackError, Surface};
use reseplug_policy::{CapabilityKind, ContractVersion, Manifest, Role};
use std::borrow::Cow;
use wasm_encoder::{CustomSection, Encode as _, Section as _};
use wasmparser::Parser;
use wit_component::ComponentEncoder;

/// Interfaces that a component may import without a capability.
const FREE: [&str; 4] = ["types", "log", "timer", "random"];

/// Makes a plugin of a core module, or of a component that another toolchain made, and its
/// `plugin.toml`. The manifest is embedded exactly as it is given.
pub fn pack(wasm: &[u8], manifest: &str) -> Result<Vec<u8>, PackError> {
    let declared = Manifest::parse("plugin.toml", manifest)?;
    let mut component = if Parser::is_component(wasm) {
        wasm.to_vec()
    } else if Parser::is_core_wasm(wasm) {
        encode(wasm)?
    } else {
        return Err(PackError::NotWasm);
    };
    let surface = surface(&component)?;
    if surface.manifest.is_some() {
        return Err(PackError::AlreadyPacked);
    }
    check(&surface, &declared)?;

    let section = CustomSection {
        name: Cow::Borrowed(MANIFEST_SECTION),
        data: manifest.as_bytes().into(),
    };
    component.push(section.id());
    section.encode(&mut component);
    Ok(component)
}

/// The manifest of a packed plugin.
pub fn read_manifest(component: &[u8]) -> Result<Manifest, PackError> {
    Ok(Manifest::parse(
        MANIFEST_SECTION,
        &manifest_text(component)?,
    )?)
}

/// The manifest of a packed plugin, as `plugin.toml` was.
pub fn manifest_text(component: &[u8]) -> Result<String, PackError> {
    let bytes = surface(component)?.manifest.ok_or(PackError::NoManifest)?;
    String::from_utf8(bytes).map_err(|_| PackError::ManifestNotText)
}

fn encode(module: &[u8]) -> Result<Vec<u8>, PackError> {
    for (import, name) in core_imports(module)? {
        if !import.starts_with(crate::scan::PACKAGE) {
            return Err(foreign(&format!("{import}: {name}"), &import));
        }
    }
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(ComponentEncoder::encode)
        .map_err(|error| PackError::Encode(format!("{error:#}")))
}

/// The component asks for nothing but the contract, in the version that the manifest names,
/// offers the roles that it declares and calls the capabilities that it requests.
fn check(surface: &Surface, declared: &Manifest) -> Result<(), PackError> {
    let mut used = Vec::new();
    for import in &surface.imports {
        let (interface, version) = contract_name(import).ok_or_else(|| foreign(import, import))?;
        match CapabilityKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == interface)
        {
            Some(kind) => used.push(kind),
            None if FREE.contains(&interface) => {}
            None => return Err(foreign(import, import)),
        }
        same_version(version, declared)?;
    }
    let mut exported = Vec::new();
    let mut home_visit = false;
    for (interface, version) in surface
        .exports
        .iter()
        .filter_map(|name| contract_name(name))
    {
        if let Ok(role) = Role::parse(interface) {
            same_version(version, declared)?;
            exported.push(role);
        } else if interface == "home-visit" {
            same_version(version, declared)?;
            home_visit = true;
        }
    }
    exported.sort();
    if exported != declared.roles {
        return Err(PackError::RolesDiffer {
            declared: declared.roles.clone(),
            exported,
        });
    }
    if home_visit && !declared.roles.contains(&Role::Eligibility) {
        return Err(PackError::HomeVisitAlone);
    }
    for kind in CapabilityKind::ALL {
        let requested = declared
            .capabilities
            .iter()
            .any(|c| c.capability.kind == kind);
        match (used.contains(&kind), requested) {
            (true, false) => {
                return Err(PackError::NotRequested {
                    kind: kind.as_str(),
                });
            }
            (false, true) => {
                return Err(PackError::NotUsed {
                    kind: kind.as_str(),
                });
            }
            _ => {}
        }
    }
    Ok(())
}

fn same_version(built_for: &str, declared: &Manifest) -> Result<(), PackError> {
    match ContractVersion::parse(built_for) {
        Ok(version) if version == declared.contract => Ok(()),
        _ => Err(PackError::ContractDiffers {
            declared: declared.contract,
            built_for: built_for.to_owned(),
        }),
    }
}

fn foreign(import: &str, module: &str) -> PackError {
    let (advice_en, advice_ja) = advice(module);
    PackError::ForeignImport {
        import: import.to_owned(),
        advice_en,
        advice_ja,
    }
}

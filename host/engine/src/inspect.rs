//! What a component is, before any of it is compiled.

use crate::LoadError;
use reseplug_policy::{CapabilityKind, ContractVersion, Digest, Manifest, Role};
use sha2::Digest as _;
use wasmparser::{ComponentExternalKind, ComponentTypeRef, Encoding, Parser, Payload};

/// Name of the custom section that holds the manifest as UTF-8 TOML.
pub const MANIFEST_SECTION: &str = "reseplug:manifest";

/// Components larger than this are not looked at: four times the size of the largest known,
/// a Python plugin with its interpreter.
pub const MAX_COMPONENT_BYTES: usize = 80 << 20;

/// The optional interface that goes with the role `eligibility`.
const HOME_VISIT: &str = "home-visit";

const PACKAGE: &str = "reseplug:plugin/";

/// Interfaces a component may import, with the capability that each needs.
const OFFERED: &[(&str, Need)] = &[
    ("types", Need::Nothing),
    ("log", Need::Nothing),
    ("timer", Need::Connector),
    ("random", Need::Connector),
    ("exchange", Need::Capability(CapabilityKind::Exchange)),
    ("https", Need::Capability(CapabilityKind::Https)),
    ("identity", Need::Capability(CapabilityKind::Identity)),
];

#[derive(Clone, Copy)]
enum Need {
    Nothing,
    Connector,
    Capability(CapabilityKind),
}

/// What a component says and shows of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// SHA-256 of the exact bytes.
    pub digest: Digest,
    /// Its manifest.
    pub manifest: Manifest,
    /// Names of its imports, in order.
    pub imports: Vec<String>,
    /// Names of its exports, in order.
    pub exports: Vec<String>,
    /// The roles it exports; the manifest agrees.
    pub roles: Vec<Role>,
    /// Whether it exports the optional interface `home-visit` beside the role `eligibility`.
    pub home_visit: bool,
    /// The version of the contract its exports have.
    pub contract: ContractVersion,
}

/// SHA-256 of a component's bytes.
pub fn digest(bytes: &[u8]) -> Digest {
    Digest::from_sha256(sha2::Sha256::digest(bytes).into())
}

/// Looks at a component. Nothing of it is compiled or run.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, LoadError> {
    if bytes.len() > MAX_COMPONENT_BYTES {
        return Err(LoadError::TooLarge {
            bytes: bytes.len(),
            most: MAX_COMPONENT_BYTES,
        });
    }
    let outside = scan(bytes)?;
    let text = outside.manifest.ok_or(LoadError::NoManifest)?;
    let text = std::str::from_utf8(text).map_err(|_| LoadError::NoManifest)?;
    let manifest = Manifest::parse("plugin.toml", text)?;
    if !ContractVersion::CURRENT.serves(manifest.contract) {
        return Err(LoadError::Contract {
            wanted: manifest.contract.to_string(),
        });
    }

    let mut roles = Vec::new();
    let mut contract = None;
    let mut home_visit = false;
    for export in &outside.exports {
        let Some((interface, version)) = of_contract(export) else {
            continue;
        };
        if !ContractVersion::CURRENT.serves(version) {
            return Err(LoadError::Contract {
                wanted: export.clone(),
            });
        }
        if interface == "plugin" {
            contract = Some(version);
        } else if interface == HOME_VISIT {
            home_visit = true;
        } else if let Ok(role) = Role::parse(interface) {
            roles.push(role);
        }
        // Other interfaces of the contract are optional growth that this host does not know.
    }
    let contract = contract.ok_or(LoadError::NoPluginExport)?;
    roles.sort();
    if roles != manifest.roles {
        return Err(LoadError::Roles {
            manifest: manifest.roles,
            exports: roles,
        });
    }
    if home_visit && !roles.contains(&Role::Eligibility) {
        return Err(LoadError::HomeVisitAlone);
    }
    for import in &outside.imports {
        allowed(import, &manifest)?;
    }
    Ok(Inspection {
        digest: digest(bytes),
        manifest,
        imports: outside.imports,
        exports: outside.exports,
        roles,
        home_visit,
        contract,
    })
}

impl Inspection {
    /// Whether it exports the interface of a function: `home-visit.recheck-many`. Whether it
    /// answers that function is what it says of itself (`describe`).
    pub fn exports_interface_of(&self, function: &str) -> bool {
        let interface = function.split_once('.').map_or(function, |(name, _)| name);
        match Role::parse(interface) {
            Ok(role) => self.roles.contains(&role),
            Err(_) => interface == "plugin" || (interface == HOME_VISIT && self.home_visit),
        }
    }
}

/// Whether this host offers an import to a plugin with that manifest.
fn allowed(import: &str, manifest: &Manifest) -> Result<(), LoadError> {
    let Some((interface, version)) = of_contract(import) else {
        return Err(LoadError::Import {
            import: import.to_owned(),
        });
    };
    let Some((_, need)) = OFFERED.iter().find(|(name, _)| *name == interface) else {
        return Err(LoadError::Import {
            import: import.to_owned(),
        });
    };
    if !ContractVersion::CURRENT.serves(version) {
        return Err(LoadError::Contract {
            wanted: import.to_owned(),
        });
    }
    let granted = match need {
        Need::Nothing => true,
        Need::Connector => manifest.roles.iter().any(|role| role.is_connector()),
        Need::Capability(kind) => manifest
            .capabilities
            .iter()
            .any(|r| r.capability.kind == *kind),
    };
    if granted {
        return Ok(());
    }
    Err(LoadError::NotRequested {
        import: import.to_owned(),
        kind: match need {
            Need::Capability(kind) if manifest.roles.iter().any(|role| role.is_connector()) => {
                Some(kind.as_str())
            }
            _ => None,
        },
    })
}

/// `reseplug:plugin/log@0.1.0` as interface and version.
fn of_contract(name: &str) -> Option<(&str, ContractVersion)> {
    let (interface, version) = name.strip_prefix(PACKAGE)?.split_once('@')?;
    Some((interface, ContractVersion::parse(version).ok()?))
}

#[derive(Default)]
struct Outside<'b> {
    manifest: Option<&'b [u8]>,
    imports: Vec<String>,
    exports: Vec<String>,
}

/// What every WebAssembly file begins with.
const MAGIC: &[u8] = b"\0asm";

/// The outermost component's imports, exports and manifest.
fn scan(bytes: &[u8]) -> Result<Outside<'_>, LoadError> {
    let mut outside = Outside::default();
    let mut depth = 0_usize;
    let mut manifests = Vec::new();
    if !bytes.starts_with(MAGIC) {
        return Err(LoadError::NotAComponent);
    }
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::Version { encoding, .. } => {
                depth += 1;
                if depth == 1 && encoding != Encoding::Component {
                    return Err(LoadError::NotAComponent);
                }
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if depth == 1 && section.name() == MANIFEST_SECTION => {
                manifests.push(section.data());
            }
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    let import = import?;
                    if !matches!(import.ty, ComponentTypeRef::Instance(_)) {
                        return Err(LoadError::RootImport {
                            import: import.name.name.to_owned(),
                        });
                    }
                    outside.imports.push(import.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    let export = export?;
                    if export.kind == ComponentExternalKind::Instance {
                        outside.exports.push(export.name.name.to_owned());
                    }
                }
            }
            _ => {}
        }
    }
    match manifests.as_slice() {
        [] => {}
        [manifest] => outside.manifest = Some(manifest),
        _ => return Err(LoadError::TwoManifests),
    }
    Ok(outside)
}

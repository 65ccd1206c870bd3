//! What a module or component asks for and offers, read without compiling anything.

use crate::PackError;
use wasmparser::{Parser, Payload};

/// Prefix of every interface of the contract.
pub(crate) const PACKAGE: &str = "reseplug:plugin/";

/// What stands at the outermost level of a component.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Surface {
    /// Imported names, `reseplug:plugin/log@0.1.0`, in order.
    pub imports: Vec<String>,
    /// Exported names, in order.
    pub exports: Vec<String>,
    /// Content of the section `reseplug:manifest`, if there is one.
    pub manifest: Option<Vec<u8>>,
}

/// Reads the surface of a component.
pub fn surface(component: &[u8]) -> Result<Surface, PackError> {
    let mut found = Surface::default();
    // Nested modules and components are visited, too: only depth 1 is the component itself.
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::Version { .. } => depth = depth.saturating_add(1),
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    found.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    found.exports.push(export?.name.name.to_owned());
                }
            }
            Payload::CustomSection(section)
                if depth == 1
                    && section.name() == crate::MANIFEST_SECTION
                    && found.manifest.replace(section.data().to_vec()).is_some() =>
            {
                return Err(PackError::TwoManifests);
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Module and name of everything a core module imports.
pub(crate) fn core_imports(module: &[u8]) -> Result<Vec<(String, String)>, PackError> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ImportSection(section) = payload? {
            for import in section.into_imports() {
                let import = import?;
                found.push((import.module.to_owned(), import.name.to_owned()));
            }
        }
    }
    Ok(found)
}

/// Splits `reseplug:plugin/log@0.1.0` into interface and version; nothing for other names.
pub(crate) fn contract_name(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix(PACKAGE)?.split_once('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_the_contract_splits_into_interface_and_version() {
        assert_eq!(
            contract_name("reseplug:plugin/log@0.1.0"),
            Some(("log", "0.1.0"))
        );
        assert_eq!(contract_name("wasi:cli/stdout@0.2.0"), None);
    }

    #[test]
    fn bytes_that_are_no_wasm_are_an_error() {
        assert!(matches!(
            surface(b"not wasm at all"),
            Err(PackError::Damaged(_))
        ));
    }
}

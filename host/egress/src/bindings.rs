//! What the station file binds, gathered for this crate.

use crate::fault;
use reseplug_effect::Fault;
use reseplug_identity::Facts;
use reseplug_policy::{EndpointBinding, Name, StationFile};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// The endpoints of a station and the identities they use.
#[derive(Debug, Clone)]
pub struct Bindings {
    folder: PathBuf,
    endpoints: BTreeMap<Name, EndpointBinding>,
    identities: BTreeMap<Name, Name>,
}

impl Bindings {
    /// The bindings of a station file. Relative paths in it count from `folder`, the folder the
    /// file lies in.
    pub fn of(file: &StationFile, folder: &Path) -> Self {
        let identities = file
            .identities
            .iter()
            .map(|(name, bound)| (name.clone(), bound.file.clone()))
            .collect();
        Self::new(folder, file.endpoints.values().cloned(), identities)
    }

    /// The same from parts. `identities` maps the names of endpoints' bindings to names in the
    /// identity store.
    pub fn new(
        folder: &Path,
        endpoints: impl IntoIterator<Item = EndpointBinding>,
        identities: BTreeMap<Name, Name>,
    ) -> Self {
        let endpoints = endpoints
            .into_iter()
            .map(|binding| (binding.name.clone(), binding))
            .collect();
        Self {
            folder: folder.to_owned(),
            endpoints,
            identities,
        }
    }

    pub(crate) fn endpoint(&self, name: &str) -> Result<&EndpointBinding, Fault> {
        self.endpoints
            .get(name)
            .ok_or_else(|| fault::unknown_endpoint(name))
    }

    /// Name in the identity store of the identity an endpoint uses.
    pub(crate) fn identity_of(&self, binding: &EndpointBinding) -> Result<Option<&Name>, Fault> {
        let Some(name) = &binding.identity else {
            return Ok(None);
        };
        self.identities
            .get(name)
            .map(Some)
            .ok_or_else(|| fault::unbound_identity(&binding.name, name))
    }

    pub(crate) fn roots_of(&self, binding: &EndpointBinding) -> PathBuf {
        self.folder.join(&binding.roots)
    }
}

/// Where requests to an endpoint go and as whom, for the audit record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Base URL.
    pub url: String,
    /// The certificate presented now; absent where the endpoint asks for none.
    pub identity: Option<Facts>,
    /// Oldest TLS version accepted, `1.2` or `1.3`.
    pub tls_floor: &'static str,
}

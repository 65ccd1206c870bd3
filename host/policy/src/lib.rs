//! Manifests, capabilities, grants, endpoint grammar and limits.
//!
//! Everything a station or a plugin's author writes down about what a plugin may do is parsed
//! here into values that cannot be wrong, and every question "may it?" is answered here:
//! [`StationFile`] and [`Manifest`] come in, [`Grants`], [`Limits`] and the checks of
//! [`settings`] come out. The engine, the folders and the outbound connections ask; none of
//! them has a rule of its own.
//!
//! It refuses unknown keys (naming file, line and the nearest known key), names and paths with
//! more than one reading, and every effect that is not requested by the manifest, approved for
//! the plugin's exact bytes and bound to something real. A denial prints the lines to add.
//!
//! It does no I/O at all, knows no clock and reads no environment: paths are text here, names
//! are not resolved, digests are computed elsewhere.

mod address;
mod claims;
mod endpoint;
mod error;
mod exchange;
mod grants;
mod limits;
mod manifest;
mod name;
mod notice;
mod path;
mod prefecture;
pub mod settings;
mod station;
mod station_toml;
mod toml_reader;

pub use address::{AddressRange, AddressRule};
pub use claims::{Claims, Extension, Hours};
pub use endpoint::{BaseUrl, EndpointBinding, EndpointRule, HeaderName, Method, Repeat, TlsFloor};
pub use error::{ConfigError, Refused};
pub use exchange::{ExchangeBinding, Folder};
pub use grants::{Admitted, Grants};
pub use limits::{Limit, LimitOverrides, Limits};
pub use manifest::{Capability, CapabilityKind, ContractVersion, Manifest, Requested, Role};
pub use name::{Digest, Name};
pub use notice::{ColumnAt, NoticeColumn, NoticeEncoding, NoticeKind, NoticeLayout};
pub use path::{PathPattern, RelativePath};
pub use prefecture::prefecture_name;
pub use settings::{Settings, SettingsError};
pub use station::{
    Accept, Approval, ApprovedDigest, Connectors, Eligibility, IdentityBinding, Intake, LossDay,
    PluginEntry, PluginSource, Product, References, Station, StationFile, TimeOfDay,
};
pub use toml_reader::nearest;

#[cfg(test)]
mod tests;

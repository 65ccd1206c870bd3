//! What a plugin says of itself before any of its code runs (`plugin.toml`).

use crate::toml_reader::{Node, Reader, Shape};
use crate::{ConfigError, Name, Refused};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The manifest of a plugin, embedded in the component as a custom section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Identifies the plugin in station files.
    pub id: Name,
    /// Version of the plugin, `major.minor.patch`.
    pub version: String,
    /// Who made it.
    pub vendor: String,
    /// Version of the contract it was built for.
    pub contract: ContractVersion,
    /// What it exports. Never empty, each once, in the order of [`Role`].
    pub roles: Vec<Role>,
    /// Name for staff, in Japanese.
    pub name_ja: String,
    /// Name in English.
    pub name_en: String,
    /// What it asks for.
    pub capabilities: Vec<Requested>,
}

/// An exported role of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Knows one product's documents. Pure.
    Adapter,
    /// Knows rules. Pure.
    Checker,
    /// Verifies eligibility. Durable.
    Eligibility,
    /// Files claims. Durable.
    Claims,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 4] = [
        Role::Adapter,
        Role::Checker,
        Role::Eligibility,
        Role::Claims,
    ];

    /// The name of the role, which is that of its interface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Adapter => "adapter",
            Role::Checker => "checker",
            Role::Eligibility => "eligibility",
            Role::Claims => "claims",
        }
    }

    /// Whether the role may ask for capabilities. The others get nothing but `log`.
    pub const fn is_connector(self) -> bool {
        matches!(self, Role::Eligibility | Role::Claims)
    }

    /// The role of that name.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| {
            Refused::new(
                format!("役割「{}」はありません。adapter・checker・eligibility・claims のいずれかです", text.escape_debug()),
                format!("there is no role {text:?}; the roles are adapter, checker, eligibility, claims"),
            )
        })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Version of the contract, `major.minor.patch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContractVersion {
    /// Major version.
    pub major: u32,
    /// Minor version: before 1.0 a change here is incompatible.
    pub minor: u32,
    /// Patch version: growth that older plugins can bear.
    pub patch: u32,
}

impl ContractVersion {
    /// What this host offers.
    pub const CURRENT: Self = Self {
        major: 0,
        minor: 1,
        patch: 0,
    };

    /// Parses `0.1.0`.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let number = |part: &str| {
            let plain = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            let canonical = part == "0" || !part.starts_with('0');
            (plain && canonical).then(|| part.parse().ok()).flatten()
        };
        let parts: Option<Vec<u32>> = text.split('.').map(number).collect();
        match parts.as_deref() {
            Some([major, minor, patch]) => Ok(Self {
                major: *major,
                minor: *minor,
                patch: *patch,
            }),
            _ => Err(Refused::new(
                format!(
                    "版「{}」は「0.1.0」の形で書いてください",
                    text.escape_debug()
                ),
                format!("the version {text:?} must look like `0.1.0`"),
            )),
        }
    }

    /// Whether a host that offers `self` can run a plugin built for `wanted`.
    ///
    /// Before 1.0 every minor version is a contract of its own; a plugin may not be newer than
    /// its host, because it might call what the host has not.
    pub fn serves(self, wanted: Self) -> bool {
        self.major == wanted.major
            && if self.major == 0 {
                self.minor == wanted.minor && self.patch >= wanted.patch
            } else {
                (self.minor, self.patch) >= (wanted.minor, wanted.patch)
            }
    }
}

impl fmt::Display for ContractVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// The kinds of things a plugin can be granted. `timer`, `random` and `log` need no grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CapabilityKind {
    /// A logical folder.
    Exchange,
    /// A named endpoint.
    Https,
    /// Facts about a named certificate.
    Identity,
}

impl CapabilityKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Exchange, Self::Https, Self::Identity];

    /// The kind as text, which is the name of its imported interface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::Https => "https",
            Self::Identity => "identity",
        }
    }

    fn parse(text: &str) -> Result<Self, Refused> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| {
                Refused::new(
                    format!(
                        "種類「{}」はありません。exchange・https・identity のいずれかです",
                        text.escape_debug()
                    ),
                    format!(
                        "there is no capability {text:?}; the kinds are exchange, https, identity"
                    ),
                )
            })
    }
}

/// One capability: a kind and the plugin's name for the thing, written `exchange:terminal`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Capability {
    /// What kind of thing.
    pub kind: CapabilityKind,
    /// The name the plugin uses; the station binds it to a real thing.
    pub name: Name,
}

impl Capability {
    /// Parses `exchange:terminal`.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let (kind, name) = text.split_once(':').ok_or_else(|| {
            Refused::new(
                format!("「{}」は「exchange:terminal」のように種類と名前をコロンでつないで書いてください", text.escape_debug()),
                format!("{text:?} must be a kind and a name, such as `exchange:terminal`"),
            )
        })?;
        Ok(Self {
            kind: CapabilityKind::parse(kind)?,
            name: Name::parse(name)?,
        })
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.as_str(), self.name)
    }
}

/// A capability a plugin asks for, with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requested {
    /// What.
    pub capability: Capability,
    /// Exchange only: message prefixes it may publish, for example `OQSsiquc01req`. Empty for
    /// a hand-over folder.
    pub prefixes: Vec<String>,
    /// Why, for the person who approves, in Japanese.
    pub reason_ja: String,
    /// The same in English.
    pub reason_en: String,
}

const SHAPE: Shape = Shape::Table(&[
    ("id", Shape::Leaf),
    ("version", Shape::Leaf),
    ("vendor", Shape::Leaf),
    ("contract", Shape::Leaf),
    ("roles", Shape::Leaf),
    ("name_ja", Shape::Leaf),
    ("name_en", Shape::Leaf),
    (
        "capabilities",
        Shape::List(&Shape::Table(&[
            ("kind", Shape::Leaf),
            ("name", Shape::Leaf),
            ("prefixes", Shape::Leaf),
            ("reason_ja", Shape::Leaf),
            ("reason_en", Shape::Leaf),
        ])),
    ),
]);

impl Manifest {
    /// Reads a manifest. `file` is its name for messages.
    ///
    /// ```
    /// let manifest = reseplug_policy::Manifest::parse("plugin.toml", r#"
    /// id = "basic-checker"
    /// version = "0.1.0"
    /// vendor = "reseplug"
    /// contract = "0.1.0"
    /// roles = ["checker"]
    /// name_ja = "基本点検"
    /// name_en = "Basic checks"
    /// "#).unwrap();
    /// assert_eq!(manifest.roles, [reseplug_policy::Role::Checker]);
    /// ```
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let reader = Reader::parse(file, text, &SHAPE)?;
        let root = reader.root();
        let mut roles = Vec::new();
        for item in root.required("roles")?.list()? {
            roles.push(item.parsed(Role::parse)?);
        }
        roles.sort();
        roles.dedup();
        let roles_node = root.required("roles")?;
        if roles.is_empty() {
            return Err(roles_node.refuse(&Refused::new(
                "役割を1つ以上書いてください",
                "name at least one role",
            )));
        }
        let mut capabilities = Vec::new();
        if let Some(list) = root.optional("capabilities") {
            for item in list.list()? {
                capabilities.push(requested(&item)?);
            }
            if !capabilities.is_empty() && !roles.iter().any(|role| role.is_connector()) {
                return Err(list.refuse(&Refused::new(
                    "adapter と checker は何も要求できません。capabilities を削除してください",
                    "adapters and checkers may ask for nothing; remove the capabilities",
                )));
            }
            let mut seen = std::collections::BTreeSet::new();
            for requested in &capabilities {
                if !seen.insert(&requested.capability) {
                    return Err(list.refuse(&Refused::new(
                        format!("{} が重複しています", requested.capability),
                        format!("{} is asked for twice", requested.capability),
                    )));
                }
            }
        }
        Ok(Self {
            id: root.required("id")?.parsed(Name::parse)?,
            version: root
                .required("version")?
                .parsed(|v| ContractVersion::parse(v).map(|_| v.to_owned()))?,
            vendor: root.required("vendor")?.line()?,
            contract: root.required("contract")?.parsed(ContractVersion::parse)?,
            roles,
            name_ja: root.required("name_ja")?.line()?,
            name_en: root.required("name_en")?.line()?,
            capabilities,
        })
    }

    /// What the manifest says about a capability, if it asks for it.
    pub fn requested(&self, capability: &Capability) -> Option<&Requested> {
        self.capabilities
            .iter()
            .find(|requested| requested.capability == *capability)
    }
}

fn requested(node: &Node<'_>) -> Result<Requested, ConfigError> {
    let kind = node.required("kind")?.parsed(CapabilityKind::parse)?;
    let name = node.required("name")?.parsed(Name::parse)?;
    let mut prefixes = Vec::new();
    if let Some(list) = node.optional("prefixes") {
        if kind != CapabilityKind::Exchange {
            return Err(list.refuse(&Refused::new(
                "prefixes は exchange だけに書けます",
                "only an exchange has prefixes",
            )));
        }
        for item in list.list()? {
            prefixes.push(item.parsed(prefix)?);
        }
    }
    Ok(Requested {
        capability: Capability { kind, name },
        prefixes,
        reason_ja: node.required("reason_ja")?.line()?,
        reason_en: node.required("reason_en")?.line()?,
    })
}

/// A prefix becomes the beginning of a file name.
fn prefix(text: &str) -> Result<String, Refused> {
    if text.is_empty() || text.len() > 64 || !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Refused::new(
            format!(
                "接頭辞「{}」は半角英数字で64文字以内にしてください",
                text.escape_debug()
            ),
            format!("the prefix {text:?} must be 1 to 64 ASCII letters or digits"),
        ));
    }
    Ok(text.to_owned())
}

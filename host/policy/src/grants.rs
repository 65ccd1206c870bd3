//! What a plugin may really do: what its manifest asks for, a person has approved for exactly
//! these bytes, and the station has bound to something real.

use crate::{
    ApprovedDigest, Capability, CapabilityKind, Digest, EndpointBinding, EndpointRule,
    ExchangeBinding, IdentityBinding, Manifest, Name, PluginEntry, Refused, RelativePath,
    Requested, StationFile,
};
use reseplug_effect::{Effect, Fault, RepeatClass, codes};
use std::collections::BTreeMap;

/// The grants of one plugin at one station. Asking for anything else is a [`Fault`]
/// `policy/denied` that prints the lines to add.
#[derive(Debug, Clone)]
pub struct Grants {
    plugin: Name,
    digest: Digest,
    builtin: bool,
    station_file: String,
    requested: Vec<Requested>,
    entry: Option<PluginEntry>,
    exchange: BTreeMap<Name, ExchangeBinding>,
    endpoints: BTreeMap<Name, EndpointBinding>,
    identities: BTreeMap<Name, IdentityBinding>,
}

/// An effect the plugin may ask for, with what it is bound to.
#[derive(Debug, Clone)]
pub enum Admitted<'g> {
    /// `exchange.*` on a bound folder.
    Exchange(&'g ExchangeBinding),
    /// `https.send` under a rule, with the path in its one spelling.
    Https {
        /// The endpoint.
        endpoint: &'g EndpointBinding,
        /// The rule that admits the request.
        rule: &'g EndpointRule,
        /// Path and query.
        path: RelativePath,
    },
    /// `identity.facts` of a bound identity.
    Identity(&'g IdentityBinding),
    /// `timer` and `random`, which need no grant.
    Free,
}

impl Admitted<'_> {
    /// Whether the effect may be repeated when its outcome is unknown. Folder operations may:
    /// whether a file was published can be seen afterwards.
    pub fn repeat(&self) -> RepeatClass {
        match self {
            Self::Https { rule, .. } => rule.repeat.class(),
            Self::Exchange(_) | Self::Identity(_) | Self::Free => RepeatClass::Safe,
        }
    }
}

impl Grants {
    /// The grants of a plugin. `builtin` says that this very build ships these bytes under the
    /// manifest's id, which is what an approval of `digest = "builtin"` stands for.
    pub fn new(manifest: &Manifest, digest: &Digest, builtin: bool, station: &StationFile) -> Self {
        Self {
            plugin: manifest.id.clone(),
            digest: digest.clone(),
            builtin,
            station_file: station.file.clone(),
            requested: manifest.capabilities.clone(),
            entry: station.plugins.get(&manifest.id).cloned(),
            exchange: station.exchange.clone(),
            endpoints: station.endpoints.clone(),
            identities: station.identities.clone(),
        }
    }

    /// The plugin these are the grants of.
    pub fn plugin(&self) -> &Name {
        &self.plugin
    }

    /// The folder of that name. `prefix` is the message prefix to publish; for waiting and for
    /// a hand-over it is empty.
    pub fn exchange(&self, folder: &str, prefix: &str) -> Result<&ExchangeBinding, Fault> {
        let (capability, requested) = self.granted(CapabilityKind::Exchange, folder)?;
        let bound = self.exchange.get(folder);
        let extra = bound.map_or(&[][..], |binding| &binding.extra_prefixes);
        let is_granted = |prefix: &str| {
            let mut all = requested.prefixes.iter().chain(extra);
            all.any(|p| p == prefix)
        };
        if !prefix.is_empty() && !is_granted(prefix) {
            let prefix = prefix.escape_debug().to_string();
            let asked = quoted(&requested.prefixes, &prefix);
            let granted = quoted(extra, &prefix);
            let (plugin, file) = (&self.plugin, &self.station_file);
            return Err(denied(
                format!(
                    "プラグイン「{plugin}」の plugin.toml は {capability} で接頭辞「{prefix}」を要求していません。電文の形式を設定ファイルで与えたときは、{file} に次の行を加えてください:\n[exchange.{folder}]\nextra_prefixes = [{granted}]\nそうでなければ、開発元が prefixes に加えてください:\nprefixes = [{asked}]"
                ),
                format!(
                    "the plugin.toml of `{plugin}` does not ask for the prefix `{prefix}` of {capability}. Where the station gives the message's layout in a file, add to {file}:\n[exchange.{folder}]\nextra_prefixes = [{granted}]\nOtherwise its author adds it:\nprefixes = [{asked}]"
                ),
            ));
        }
        bound.ok_or_else(|| {
            self.unbound(&capability, &if requested.prefixes.is_empty() {
                format!("[exchange.{folder}]\nkind = \"handover\"\npath = \"{folder}\"")
            } else {
                format!("[exchange.{folder}]\nkind = \"terminal\"\nreq = \"C:/OQS/Req\"\nres = \"C:/OQS/Res\"")
            })
        })
    }

    /// The endpoint of that name.
    pub fn endpoint(&self, name: &str) -> Result<&EndpointBinding, Fault> {
        let (capability, _) = self.granted(CapabilityKind::Https, name)?;
        self.endpoints.get(name).ok_or_else(|| {
            self.unbound(
                &capability,
                &format!("[endpoints.{name}]\nurl = \"https://…/\"\nroots = \"ca.pem\""),
            )
        })
    }

    /// The identity of that name.
    pub fn identity(&self, name: &str) -> Result<&IdentityBinding, Fault> {
        let (capability, _) = self.granted(CapabilityKind::Identity, name)?;
        self.identities.get(name).ok_or_else(|| {
            self.unbound(
                &capability,
                &format!("[identities.{name}]\nfile = \"{name}\""),
            )
        })
    }

    /// The one door for effects: what an effect is bound to, or why it is denied.
    pub fn admit(&self, effect: &Effect) -> Result<Admitted<'_>, Fault> {
        let wrong_kind = |folder: &str, wants: &str| {
            denied(
                format!(
                    "フォルダー「{folder}」の種類が違います。{} の [exchange.{folder}] に kind = \"{wants}\" と書いてください",
                    self.station_file
                ),
                format!(
                    "the folder `{folder}` is of another kind. In {} under [exchange.{folder}] write kind = \"{wants}\"",
                    self.station_file
                ),
            )
        };
        match effect {
            Effect::ExchangePut { folder, prefix, .. } => {
                if prefix.is_empty() {
                    return Err(denied(
                        "接頭辞が空です".to_owned(),
                        "the prefix is empty".to_owned(),
                    ));
                }
                let binding = self.exchange(folder, prefix)?;
                if binding.is_handover() {
                    Err(wrong_kind(folder, "terminal"))
                } else {
                    Ok(Admitted::Exchange(binding))
                }
            }
            Effect::ExchangeWait { folder, .. } => {
                let binding = self.exchange(folder, "")?;
                if binding.is_handover() {
                    Err(wrong_kind(folder, "terminal"))
                } else {
                    Ok(Admitted::Exchange(binding))
                }
            }
            Effect::ExchangePlace { folder, .. } => {
                let binding = self.exchange(folder, "")?;
                if binding.is_handover() {
                    Ok(Admitted::Exchange(binding))
                } else {
                    Err(wrong_kind(folder, "handover"))
                }
            }
            Effect::HttpsSend { endpoint, request } => {
                let endpoint = self.endpoint(endpoint)?;
                let (rule, path) = endpoint.admit(&request.method, &request.path)?;
                Ok(Admitted::Https {
                    endpoint,
                    rule,
                    path,
                })
            }
            Effect::IdentityFacts { name } => self.identity(name).map(Admitted::Identity),
            Effect::TimerNow | Effect::TimerSleepUntil { .. } | Effect::RandomBytes { .. } => {
                Ok(Admitted::Free)
            }
        }
    }

    /// Everything the manifest asks for that the plugin would be denied, for the person who
    /// installs it.
    pub fn missing(&self) -> Vec<Fault> {
        self.requested
            .iter()
            .filter_map(|requested| {
                let name = requested.capability.name.as_str();
                match requested.capability.kind {
                    CapabilityKind::Exchange => self.exchange(name, "").map(|_| ()),
                    CapabilityKind::Https => self.endpoint(name).map(|_| ()),
                    CapabilityKind::Identity => self.identity(name).map(|_| ()),
                }
                .err()
            })
            .collect()
    }

    /// Requested and approved for these bytes.
    fn granted(&self, kind: CapabilityKind, name: &str) -> Result<(Capability, &Requested), Fault> {
        let name = Name::parse(name).map_err(|why: Refused| denied(why.ja, why.en))?;
        let capability = Capability { kind, name };
        let plugin = &self.plugin;
        let Some(requested) = self.requested.iter().find(|r| r.capability == capability) else {
            let lines = format!(
                "[[capabilities]]\nkind = \"{}\"\nname = \"{}\"\nreason_ja = \"…\"\nreason_en = \"…\"",
                kind.as_str(),
                capability.name
            );
            return Err(denied(
                format!(
                    "プラグイン「{plugin}」は {capability} を要求していません。開発元は plugin.toml に次の行を加えてください:\n{lines}"
                ),
                format!(
                    "the plugin `{plugin}` does not ask for {capability}. Its author adds to plugin.toml:\n{lines}"
                ),
            ));
        };
        let file = &self.station_file;
        let approved = self
            .entry
            .as_ref()
            .and_then(|entry| entry.approved.as_ref());
        let matches = approved.is_some_and(|approved| match &approved.digest {
            ApprovedDigest::Builtin => self.builtin,
            ApprovedDigest::Exact(digest) => *digest == self.digest,
        });
        let Some(approved) = approved.filter(|_| matches) else {
            let stale = approved.is_some();
            let lines = self.approval_lines(
                &self
                    .requested
                    .iter()
                    .map(|r| r.capability.to_string())
                    .collect::<Vec<_>>(),
            );
            let (ja, en) = if stale {
                (
                    "の承認は別の版に対するものです。内容を確かめて承認し直すには",
                    "was approved as another version. To look at it and approve it again,",
                )
            } else {
                (
                    "はまだ承認されていません。承認するには",
                    "is not approved yet. To approve it,",
                )
            };
            return Err(denied(
                format!(
                    "プラグイン「{plugin}」{ja} {file} に次のように書いてください（{capability}: {}）:\n{lines}",
                    requested.reason_ja
                ),
                format!(
                    "the plugin `{plugin}` {en} write in {file} ({capability}: {}):\n{lines}",
                    requested.reason_en
                ),
            ));
        };
        if !approved.capabilities.contains(&capability) {
            let mut all: Vec<_> = approved
                .capabilities
                .iter()
                .map(ToString::to_string)
                .collect();
            all.push(capability.to_string());
            let lines = format!(
                "[plugins.{plugin}.approved]\ncapabilities = [{}]",
                quoted(&all, "")
            );
            return Err(denied(
                format!(
                    "プラグイン「{plugin}」に {capability} は承認されていません（理由: {}）。承認するには {file} を次のように直してください:\n{lines}",
                    requested.reason_ja
                ),
                format!(
                    "{capability} is not approved for the plugin `{plugin}` (reason: {}). To approve it, change {file} to:\n{lines}",
                    requested.reason_en
                ),
            ));
        }
        Ok((capability, requested))
    }

    fn approval_lines(&self, capabilities: &[String]) -> String {
        let digest = if self.builtin {
            "builtin"
        } else {
            self.digest.as_str()
        };
        format!(
            "[plugins.{}.approved]\ndigest = \"{digest}\"\nby = \"…\"\nat = \"…\"\ncapabilities = [{}]",
            self.plugin,
            quoted(capabilities, "")
        )
    }

    fn unbound(&self, capability: &Capability, lines: &str) -> Fault {
        let file = &self.station_file;
        denied(
            format!(
                "{capability} の割り当て先がありません。{file} に次の行を加えてください:\n{lines}"
            ),
            format!("{capability} is bound to nothing. Add to {file}:\n{lines}"),
        )
    }
}

fn denied(ja: String, en: String) -> Fault {
    Fault::new(codes::DENIED, ja, en)
}

/// `"a", "b"` with one more at the end unless that is empty.
fn quoted(list: &[String], more: &str) -> String {
    let more = (!more.is_empty()).then(|| format!("\"{more}\""));
    list.iter()
        .map(|item| format!("\"{item}\""))
        .chain(more)
        .collect::<Vec<_>>()
        .join(", ")
}

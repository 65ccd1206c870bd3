//! `station.toml`, read into [`StationFile`].

use crate::station::{
    Accept, Approval, ApprovedDigest, Connectors, Eligibility, IdentityBinding, Intake, LossDay,
    PluginEntry, PluginSource, Product, References, Station, TimeOfDay, digits,
};
use crate::toml_reader::{Node, Reader, Shape};
use crate::{
    AddressRange, AddressRule, BaseUrl, Capability, ConfigError, Digest, EndpointBinding,
    EndpointRule, ExchangeBinding, Folder, HeaderName, Limit, LimitOverrides, Method, Name,
    PathPattern, Refused, Repeat, StationFile, TlsFloor,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use Shape::{Any, Leaf, List, Names, Table};

/// Every key of the file.
const SHAPE: Shape = Table(&[
    (
        "station",
        Table(&[
            ("code", Leaf),
            ("prefecture", Leaf),
            ("name", Leaf),
            ("phone", Leaf),
            ("institution_code", Leaf),
        ]),
    ),
    ("store", Table(&[("path", Leaf)])),
    (
        "plugins",
        Names(&Table(&[
            ("file", Leaf),
            ("settings", Any),
            // Its keys are keys of the settings.
            ("settings_files", Any),
            (
                "approved",
                Table(&[
                    ("digest", Leaf),
                    ("by", Leaf),
                    ("at", Leaf),
                    ("capabilities", Leaf),
                ]),
            ),
            // Its keys are the limits themselves; see `limits`.
            ("limits", Any),
        ])),
    ),
    (
        "exchange",
        Names(&Table(&[
            ("kind", Leaf),
            ("req", Leaf),
            ("res", Leaf),
            ("path", Leaf),
            ("settle_ms", Leaf),
            ("max_bytes", Leaf),
            ("extra_prefixes", Leaf),
        ])),
    ),
    (
        "endpoints",
        Names(&Table(&[
            ("url", Leaf),
            ("identity", Leaf),
            ("roots", Leaf),
            ("tls_floor", Leaf),
            ("addresses", Leaf),
            ("timeout_seconds", Leaf),
            ("max_request_bytes", Leaf),
            ("max_response_bytes", Leaf),
            (
                "allow",
                List(&Table(&[
                    ("method", Leaf),
                    ("path", Leaf),
                    ("repeat", Leaf),
                    ("key_header", Leaf),
                ])),
            ),
        ])),
    ),
    ("identities", Names(&Table(&[("file", Leaf)]))),
    (
        "accept",
        Table(&[
            ("by", Leaf),
            ("add_person", Leaf),
            ("new_period", Leaf),
            ("fill", Leaf),
            ("differs", Leaf),
            ("burden", Leaf),
            ("income", Leaf),
            ("welfare", Leaf),
        ]),
    ),
    ("references", Table(&[("by", Leaf), ("enabled", Leaf)])),
    (
        "intake",
        Table(&[("times", Leaf), ("look_back_days", Leaf)]),
    ),
    ("eligibility", Table(&[("loss_day", Leaf)])),
    (
        "product",
        Table(&[("adapter", Leaf), ("register", Leaf), ("month", Leaf)]),
    ),
    (
        "connectors",
        Table(&[
            ("eligibility", Leaf),
            ("handover", Leaf),
            ("gateway", Leaf),
            ("checkers", Leaf),
        ]),
    ),
    ("notices", Names(&crate::notice::SHAPE)),
    ("claims", crate::claims::SHAPE),
]);

/// No file of the exchange or body of an endpoint is larger than this.
const MAX_BYTES: u64 = 1 << 30;

impl StationFile {
    /// Reads a station file. `file` is its name for messages; paths stay as they are written.
    ///
    /// ```
    /// let error = reseplug_policy::StationFile::parse("station.toml", "[station]\ncod = \"9999998\"\n").unwrap_err();
    /// assert_eq!((error.line, error.column, error.key.as_str()), (2, 1, "station.cod"));
    /// assert!(error.message_en.contains("did you mean `code`"));
    /// ```
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let reader = Reader::parse(file, text, &SHAPE)?;
        let root = reader.root();
        let station = station(&root.required("station")?)?;
        let plugins = named(&root, "plugins", plugin)?;
        let this = Self {
            file: file.to_owned(),
            station,
            store: root.required("store")?.required("path")?.parsed(path)?,
            exchange: named(&root, "exchange", exchange)?,
            endpoints: named(&root, "endpoints", endpoint)?,
            identities: named(&root, "identities", |name, node| {
                let file = node.required("file")?.parsed(Name::parse)?;
                Ok(IdentityBinding { name, file })
            })?,
            accept: root
                .optional("accept")
                .map(|node| accept(&node))
                .transpose()?,
            references: root
                .optional("references")
                .map(|node| references(&node))
                .transpose()?,
            product: root
                .optional("product")
                .map(|node| product(&node, &plugins))
                .transpose()?
                .unwrap_or_default(),
            connectors: root
                .optional("connectors")
                .map(|node| connectors(&node, &plugins))
                .transpose()?
                .unwrap_or_default(),
            intake: root
                .optional("intake")
                .map(|node| intake(&node))
                .transpose()?
                .unwrap_or_default(),
            eligibility: Eligibility {
                loss_day: root
                    .optional("eligibility")
                    .and_then(|node| node.optional("loss_day"))
                    .map_or(Ok(LossDay::default()), |node| node.parsed(LossDay::parse))?,
            },
            notices: named(&root, "notices", |_, node| crate::notice::layout(node))?,
            claims: root
                .optional("claims")
                .map(|node| crate::claims::read(&node))
                .transpose()?
                .unwrap_or_default(),
            plugins,
        };
        this.check_references(&root)?;
        Ok(this)
    }

    /// An endpoint's identity must be one of the file's.
    fn check_references(&self, root: &Node<'_>) -> Result<(), ConfigError> {
        let Some(endpoints) = root.optional("endpoints") else {
            return Ok(());
        };
        for (_, node) in endpoints.entries()? {
            if let Some(identity) = node.optional("identity") {
                let name = identity.text()?;
                if !self.identities.contains_key(name) {
                    return Err(identity.refuse(&Refused::new(
                        format!("「{name}」の定義がありません。次の行を加えてください:\n[identities.{name}]\nfile = \"{name}\""),
                        format!("`{name}` is not defined. Add:\n[identities.{name}]\nfile = \"{name}\""),
                    )));
                }
            }
        }
        Ok(())
    }
}

fn named<T>(
    root: &Node<'_>,
    key: &str,
    read: impl Fn(Name, &Node<'_>) -> Result<T, ConfigError>,
) -> Result<BTreeMap<Name, T>, ConfigError> {
    let Some(table) = root.optional(key) else {
        return Ok(BTreeMap::new());
    };
    table
        .entries()?
        .into_iter()
        .map(|(name, node)| {
            let name = Name::parse(&name).map_err(|why| node.refuse(&why))?;
            Ok((name.clone(), read(name, &node)?))
        })
        .collect()
}

pub(crate) fn path(text: &str) -> Result<PathBuf, Refused> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err(Refused::new(
            "フォルダーかファイルのパスを書いてください",
            "write a path",
        ));
    }
    Ok(PathBuf::from(text))
}

fn station(node: &Node<'_>) -> Result<Station, ConfigError> {
    let code = node.required("code")?.parsed(|text| digits(text, 7))?;
    let prefecture = node
        .required("prefecture")?
        .parsed(crate::prefecture::parse)?;
    let institution_code = match node.optional("institution_code") {
        Some(node) => node.parsed(|text| own_institution(digits(text, 10)?, &prefecture, &code))?,
        None => Station::assumed_institution_code(&prefecture, &code),
    };
    Ok(Station {
        code,
        prefecture,
        name: node.required("name")?.line()?,
        phone: node.optional("phone").map(|node| node.line()).transpose()?,
        institution_code,
    })
}

/// The 医療機関コード holds the station's own code. One that does not is another station's: its
/// certificate would carry this station's file, or this station's certificate the other's.
fn own_institution(written: String, prefecture: &str, code: &str) -> Result<String, Refused> {
    let own = Station::assumed_institution_code(prefecture, code);
    // The digit between both is not officially confirmed for stations.
    if written.starts_with(prefecture) && written.ends_with(code) {
        return Ok(written);
    }
    Err(Refused::new(
        format!(
            "医療機関コードは、都道府県 {prefecture} で始まり、ステーションコード {code} で終わります（ふつうは {own}）。別の事業所のコードになっていないか、prefecture と code も確かめてください。この行は省けます"
        ),
        format!(
            "begins with the prefecture {prefecture} and ends with the station's code {code} (usually {own}). See whether it is another station's code, and whether prefecture and code are right; the line may be left out"
        ),
    ))
}

fn plugin(_: Name, node: &Node<'_>) -> Result<PluginEntry, ConfigError> {
    Ok(PluginEntry {
        source: node
            .required("file")?
            .parsed(|text| match text.strip_prefix("builtin:") {
                Some(name) => Name::parse(name).map(PluginSource::Builtin),
                None => path(text).map(PluginSource::File),
            })?,
        settings: match node.optional("settings") {
            Some(settings) => {
                settings.entries()?; // a table, not a bare value
                settings.json()?
            }
            None => serde_json::Value::Object(serde_json::Map::new()),
        },
        settings_files: settings_files(node)?,
        approved: node
            .optional("approved")
            .map(|node| approval(&node))
            .transpose()?,
        limits: node
            .optional("limits")
            .map(|node| limits(&node))
            .transpose()?
            .unwrap_or_default(),
    })
}

/// `settings_files = { layouts = "layouts.toml" }`: no key stands in both places.
fn settings_files(node: &Node<'_>) -> Result<BTreeMap<String, PathBuf>, ConfigError> {
    let Some(files) = node.optional("settings_files") else {
        return Ok(BTreeMap::new());
    };
    let settings = node.optional("settings");
    files
        .entries()?
        .into_iter()
        .map(|(key, file)| {
            if settings
                .as_ref()
                .is_some_and(|s| s.optional(&key).is_some())
            {
                return Err(file.refuse(&Refused::new(
                    format!("設定「{key}」は settings にもあります。どちらか一方にしてください"),
                    format!("`{key}` stands in `settings`, too; keep one of the two"),
                )));
            }
            Ok((key, file.parsed(path)?))
        })
        .collect()
}

fn approval(node: &Node<'_>) -> Result<Approval, ConfigError> {
    let mut capabilities = BTreeSet::new();
    if let Some(list) = node.optional("capabilities") {
        for item in list.list()? {
            capabilities.insert(item.parsed(Capability::parse)?);
        }
    }
    Ok(Approval {
        digest: node.required("digest")?.parsed(|text| match text {
            "builtin" => Ok(ApprovedDigest::Builtin),
            text => Digest::parse(text).map(ApprovedDigest::Exact),
        })?,
        by: node.required("by")?.line()?,
        at: node.required("at")?.line()?,
        capabilities,
    })
}

fn limits(node: &Node<'_>) -> Result<LimitOverrides, ConfigError> {
    let mut overrides = Vec::new();
    for (key, value) in node.entries()? {
        let limit = Limit::all()
            .filter(|limit| limit.is_settable())
            .find(|limit| limit.key() == key);
        let Some(limit) = limit else {
            let known: Vec<_> = Limit::all()
                .filter(|limit| limit.is_settable())
                .map(Limit::key)
                .collect();
            return Err(value.unknown_key(&key, &known));
        };
        overrides.push((limit, value.number(limit.bounds())?));
    }
    Ok(LimitOverrides(overrides))
}

fn exchange(name: Name, node: &Node<'_>) -> Result<ExchangeBinding, ConfigError> {
    let kind = node.required("kind")?;
    let unused = |keys: &[&str], kind: &str| {
        keys.iter()
            .find_map(|key| node.optional(key))
            .map_or(Ok(()), |node| {
                Err(node.refuse(&Refused::new(
                    format!("kind = \"{kind}\" では使いません。削除してください"),
                    format!("has no meaning for kind = \"{kind}\"; remove it"),
                )))
            })
    };
    let folder = match kind.text()? {
        "terminal" => {
            unused(&["path"], "terminal")?;
            Folder::Terminal {
                req: node.required("req")?.parsed(path)?,
                res: node.required("res")?.parsed(path)?,
                settle: match node.optional("settle_ms") {
                    Some(node) => Duration::from_millis(node.number(0..=60_000)?),
                    None => ExchangeBinding::DEFAULT_SETTLE,
                },
            }
        }
        "handover" => {
            unused(&["req", "res", "settle_ms", "extra_prefixes"], "handover")?;
            Folder::Handover {
                path: node.required("path")?.parsed(path)?,
            }
        }
        other => {
            return Err(kind.refuse(&Refused::new(
                format!("「{}」はありません。terminal（資格確認端末）か handover（引渡しフォルダー）です", other.escape_debug()),
                format!("there is no kind {other:?}; the kinds are terminal, handover"),
            )));
        }
    };
    let max_bytes = bytes(node, "max_bytes", ExchangeBinding::DEFAULT_MAX_BYTES)?;
    let extra_prefixes = match node.optional("extra_prefixes") {
        Some(list) => list
            .list()?
            .iter()
            .map(|item| item.parsed(request_prefix))
            .collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    Ok(ExchangeBinding {
        name,
        max_bytes,
        extra_prefixes,
        folder,
    })
}

/// A prefix that the station grants has the form of a request's.
fn request_prefix(text: &str) -> Result<String, Refused> {
    let well = (4..=40).contains(&text.len())
        && text.ends_with("req")
        && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if well {
        return Ok(text.to_owned());
    }
    Err(Refused::new(
        format!(
            "接頭辞「{}」は、半角英数字40文字以内で「req」で終わるように書いてください（例 OQSsihvq01req）",
            text.escape_debug()
        ),
        format!(
            "the prefix {text:?} must be up to 40 letters and digits and end in `req`, as OQSsihvq01req does"
        ),
    ))
}

fn bytes(node: &Node<'_>, key: &str, default: u64) -> Result<u64, ConfigError> {
    node.optional(key)
        .map_or(Ok(default), |node| node.number(1..=MAX_BYTES))
}

fn endpoint(name: Name, node: &Node<'_>) -> Result<EndpointBinding, ConfigError> {
    let addresses = match node.optional("addresses") {
        None => AddressRule::Public,
        Some(list) => {
            let ranges: Result<Vec<_>, _> = list
                .list()?
                .iter()
                .map(|item| item.parsed(AddressRange::parse))
                .collect();
            AddressRule::Within(ranges?)
        }
    };
    let mut allow = Vec::new();
    if let Some(list) = node.optional("allow") {
        for item in list.list()? {
            allow.push(rule(&item)?);
        }
    }
    Ok(EndpointBinding {
        name,
        url: node.required("url")?.parsed(BaseUrl::parse)?,
        identity: node
            .optional("identity")
            .map(|node| node.parsed(Name::parse))
            .transpose()?,
        roots: node.required("roots")?.parsed(path)?,
        tls_floor: node
            .optional("tls_floor")
            .map_or(Ok(TlsFloor::Tls13), |node| node.parsed(TlsFloor::parse))?,
        addresses,
        timeout: match node.optional("timeout_seconds") {
            Some(node) => Duration::from_secs(node.number(1..=600)?),
            None => EndpointBinding::DEFAULT_TIMEOUT,
        },
        max_request_bytes: bytes(
            node,
            "max_request_bytes",
            EndpointBinding::DEFAULT_MAX_BYTES,
        )?,
        max_response_bytes: bytes(
            node,
            "max_response_bytes",
            EndpointBinding::DEFAULT_MAX_BYTES,
        )?,
        allow,
    })
}

fn rule(node: &Node<'_>) -> Result<EndpointRule, ConfigError> {
    let repeat = node.required("repeat")?;
    let header = node.optional("key_header");
    let repeat = match (repeat.text()?, header) {
        ("safe", None) => Repeat::Safe,
        ("never", None) => Repeat::Never,
        ("keyed", Some(header)) => Repeat::Keyed {
            header: header.parsed(HeaderName::parse)?,
        },
        ("keyed", None) => {
            node.required("key_header")?;
            Repeat::Never
        }
        ("safe" | "never", Some(header)) => {
            return Err(header.refuse(&Refused::new(
                "key_header は repeat = \"keyed\" だけに書けます",
                "only repeat = \"keyed\" has a key header",
            )));
        }
        (other, _) => {
            return Err(repeat.refuse(&Refused::new(
                format!(
                    "「{}」はありません。safe・keyed・never のいずれかです",
                    other.escape_debug()
                ),
                format!("there is no repeat class {other:?}; the classes are safe, keyed, never"),
            )));
        }
    };
    Ok(EndpointRule {
        method: node.required("method")?.parsed(Method::parse)?,
        path: node.required("path")?.parsed(PathPattern::parse)?,
        repeat,
    })
}

/// A plugin that the file defines.
fn reference(node: &Node<'_>, plugins: &BTreeMap<Name, PluginEntry>) -> Result<Name, ConfigError> {
    let name = node.parsed(Name::parse)?;
    if plugins.contains_key(&name) {
        return Ok(name);
    }
    Err(node.refuse(&Refused::new(
        format!("プラグイン「{name}」の定義がありません。次の行を加えてください:\n[plugins.{name}]\nfile = \"builtin:{name}\""),
        format!("the plugin `{name}` is not defined. Add:\n[plugins.{name}]\nfile = \"builtin:{name}\""),
    )))
}

fn product(node: &Node<'_>, plugins: &BTreeMap<Name, PluginEntry>) -> Result<Product, ConfigError> {
    let paths = |key: &str| {
        node.optional(key).map_or(Ok(Vec::new()), |list| {
            list.list()?.iter().map(|item| item.parsed(path)).collect()
        })
    };
    Ok(Product {
        adapter: node
            .optional("adapter")
            .map(|node| reference(&node, plugins))
            .transpose()?,
        register: paths("register")?,
        month: paths("month")?,
    })
}

fn connectors(
    node: &Node<'_>,
    plugins: &BTreeMap<Name, PluginEntry>,
) -> Result<Connectors, ConfigError> {
    let one = |key: &str| {
        node.optional(key)
            .map(|node| reference(&node, plugins))
            .transpose()
    };
    Ok(Connectors {
        eligibility: one("eligibility")?,
        handover: one("handover")?,
        gateway: one("gateway")?,
        checkers: node.optional("checkers").map_or(Ok(Vec::new()), |list| {
            list.list()?
                .iter()
                .map(|item| reference(item, plugins))
                .collect()
        })?,
    })
}

fn references(node: &Node<'_>) -> Result<References, ConfigError> {
    Ok(References {
        by: node.required("by")?.line()?,
        enabled: node.required("enabled")?.flag()?,
    })
}

fn accept(node: &Node<'_>) -> Result<Accept, ConfigError> {
    let flag = |key: &str| node.optional(key).map_or(Ok(false), |node| node.flag());
    Ok(Accept {
        by: node.required("by")?.line()?,
        add_person: flag("add_person")?,
        new_period: flag("new_period")?,
        fill: flag("fill")?,
        differs: flag("differs")?,
        burden: flag("burden")?,
        income: flag("income")?,
        welfare: flag("welfare")?,
    })
}

fn intake(node: &Node<'_>) -> Result<Intake, ConfigError> {
    let mut times = node.optional("times").map_or(Ok(Vec::new()), |list| {
        list.list()?
            .iter()
            .map(|item| item.parsed(TimeOfDay::parse))
            .collect::<Result<Vec<_>, _>>()
    })?;
    times.sort_unstable();
    times.dedup();
    Ok(Intake {
        times,
        look_back_days: match node.optional("look_back_days") {
            Some(node) => u16::try_from(node.number(0..=366)?).unwrap_or(Intake::LOOK_BACK_DAYS),
            None => Intake::LOOK_BACK_DAYS,
        },
    })
}

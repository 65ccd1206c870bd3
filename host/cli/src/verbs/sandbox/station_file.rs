//! The station file of a fictional station at the sandbox, and the layout file beside it.

use reseplug_effect::Fault;
use reseplug_sandbox::station::{DocumentKind, Product, Station};
use reseplug_sandbox::terminal::{INVENTED_LAYOUTS, TerminalOptions};
use serde_json::{Value, json};
use std::path::Path;

/// Who approved and decided everything, in the station file.
const BY: &str = "架空の管理者（模擬環境）";
/// When. The story plays in October 2024.
const AT: &str = "2024-10-01T09:00:00+09:00";

/// Where a station's things are. Relative paths count from the station file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places<'p> {
    /// Where requests to the terminal are published.
    pub(crate) req: &'p Path,
    /// Where its answers arrive.
    pub(crate) res: &'p Path,
    /// Where claim files are handed to people.
    pub(crate) handover: &'p Path,
    /// Base URL of the gateway.
    pub(crate) gateway_url: &'p str,
    /// PEM file of the gateway's authority.
    pub(crate) roots: &'p Path,
    /// Folder of the product's documents; empty for the station file's own.
    pub(crate) products: &'p Path,
    /// How long an answer has to stay the same before it is taken.
    pub(crate) settle_ms: u32,
    /// Whether [`LAYOUTS`] lies beside the station file.
    pub(crate) layouts: bool,
    /// Whether the days and hours of filing are kept.
    pub(crate) keeps_hours: bool,
}

/// What may be sent to the gateway, and who may repeat it: method, path, repeat class.
const ALLOWED: [(&str, &str, &str); 11] = [
    ("POST", "submissions", "keyed"),
    ("GET", "submissions", "safe"),
    ("GET", "submissions/*", "safe"),
    ("GET", "submissions/*/file", "safe"),
    ("GET", "submissions/*/findings", "safe"),
    ("GET", "submissions/*/acknowledgement", "safe"),
    ("GET", "downloads", "safe"),
    ("GET", "downloads/*", "safe"),
    ("POST", "submissions/*/confirm", "never"),
    ("POST", "submissions/*/withdraw", "never"),
    ("POST", "submissions/*/take-down", "never"),
];

/// Name of the layout file beside the station file.
pub(crate) const LAYOUTS: &str = "layouts.toml";

/// The text of [`LAYOUTS`]: the invented layouts that the simulated terminal answers by, too. Only
/// stations of the sandbox get it, and only where somebody asks for it: without it they are as a real
/// station is, which has no layouts until somebody has copied the official sheet.
pub(crate) fn layouts_file() -> String {
    format!("{LAYOUTS_HEAD}{INVENTED_LAYOUTS}")
}

const LAYOUTS_HEAD: &str = "\
# INVENTED FOR THE SANDBOX / 模擬環境のための架空のレイアウトです。
# 模擬の端末（reseplug sandbox）だけが、この要素名で答えます。実際の資格確認端末は答えません。
# 本番のステーションには使わないでください。外部インターフェイス仕様書から写したものではありません。
# Only the simulated terminal answers by these element names. Not for a real station: nothing in
# here was copied from the official sheet.
#
";

/// The text of a station file with which everything works against the sandbox: the shipped
/// plugins, approved, their folders, endpoint and certificate bound.
///
/// `adapter_settings` is TOML, for instance [`Station::adapter_settings`]; empty for the
/// adapter's defaults.
///
/// # Errors
/// `sandbox/station-file` if the settings are no TOML, or the station's documents cannot be
/// made.
pub(crate) fn station_file(
    station: &Station,
    places: &Places<'_>,
    adapter_settings: &str,
) -> Result<String, Fault> {
    let fail = |why: String| {
        Fault::new(
            "sandbox/station-file",
            format!("設定ファイルを作れません（{why}）。"),
            format!("the station file cannot be made: {why}"),
        )
    };
    let settings: toml::Table = adapter_settings
        .parse()
        .map_err(|error: toml::de::Error| fail(error.to_string()))?;
    let documents = station
        .documents()
        .map_err(|error| fail(error.to_string()))?;
    let paths = |wanted: &[DocumentKind]| -> Vec<String> {
        documents
            .iter()
            .filter(|document| wanted.contains(&document.kind))
            .map(|document| text(&places.products.join(&document.path)))
            .collect()
    };
    let sections = [
        (
            "架空のステーション。人・番号・保険者はすべて実在しません。\nA fictional station: nobody and no number is real.",
            station_section(station),
        ),
        (
            "製品が書き出す書類。\nThe product's documents.",
            json!({ "product": {
                "adapter": adapter(station.product),
                "register": paths(&[DocumentKind::Register]),
                "month": paths(&[DocumentKind::Month, DocumentKind::Claim]),
            } }),
        ),
        (
            "どのプラグインに何をさせるか。\nWhich plugin does what.",
            json!({ "connectors": {
                "eligibility": "onshi-terminal", "handover": "claims-handover",
                "gateway": "claims-gateway", "checkers": ["basic-checker"],
            } }),
        ),
        (
            "プラグインと、その承認。\nThe plugins and what was approved.",
            plugins(station.product, places.layouts),
        ),
        (
            "請求の日時を、このソフトが守るか（keep）、模擬のゲートウェイに任せるか（ignore）。\nWhether the days and hours of filing are kept here, or left to the simulated gateway.",
            json!({ "claims": { "hours": if places.keeps_hours { "keep" } else { "ignore" } } }),
        ),
        (
            "模擬の資格確認端末のフォルダーと、引渡しフォルダー。\nFolders of the simulated terminal, and the one for hand-over.",
            json!({ "exchange": {
                "terminal": terminal(places),
                "handover": { "kind": "handover", "path": text(places.handover) },
            } }),
        ),
        (
            "模擬のゲートウェイ。請求はどこにも届きません。\nThe simulated gateway: nothing is filed anywhere.",
            json!({ "endpoints": { "gateway": gateway(places) } }),
        ),
        (
            "電子証明書。`reseplug identity import` で取り込みます。\nThe certificate, to be imported.",
            json!({ "identities": { "station": { "file": "station" } } }),
        ),
        (
            "一件ずつ聞かずに受け入れてよいもの。食い違いは必ず人が見ます。\nWhat is accepted without asking; a person looks at every difference.",
            json!({ "accept": {
                "by": BY, "add_person": true, "new_period": true, "fill": true, "differs": false,
            } }),
        ),
    ];
    let mut out = String::new();
    for (comment, section) in sections {
        let mut table = toml::Table::try_from(section).map_err(|error| fail(error.to_string()))?;
        if let Some(of_adapter) = adapter_table(&mut table, station.product)
            && !settings.is_empty()
        {
            of_adapter.insert("settings".to_owned(), settings.clone().into());
        }
        let body = toml::to_string(&table).map_err(|error| fail(error.to_string()))?;
        if !out.is_empty() {
            out.push('\n');
        }
        for line in comment.lines() {
            out.push_str("# ");
            out.push_str(line);
            out.push('\n');
        }
        out.push_str(&body);
    }
    Ok(out)
}

/// The shipped adapter for a product.
fn adapter(product: Product) -> &'static str {
    match product {
        Product::Uke => "uke-adapter",
        Product::Csv => "csv-adapter",
    }
}

/// `[plugins.<adapter>]`, in the section that has it.
fn adapter_table(section: &mut toml::Table, product: Product) -> Option<&mut toml::Table> {
    section
        .get_mut("plugins")?
        .get_mut(adapter(product))?
        .as_table_mut()
}

/// The terminal's folders, and the prefixes of the messages that [`LAYOUTS`] lays out.
fn terminal(places: &Places<'_>) -> Value {
    let mut terminal = json!({
        "kind": "terminal", "req": text(places.req), "res": text(places.res),
        "settle_ms": places.settle_ms,
    });
    if let (Some(terminal), true) = (terminal.as_object_mut(), places.layouts) {
        let layouts = TerminalOptions::invented_layouts();
        let prefixes = layouts.iter().flat_map(|layouts| layouts.prefixes());
        let prefixes: Vec<&str> = prefixes.map(|(_, prefix)| prefix).collect();
        terminal.insert("extra_prefixes".to_owned(), json!(prefixes));
    }
    terminal
}

fn station_section(station: &Station) -> Value {
    json!({
        "station": {
            "code": station.code.to_string(), "prefecture": station.prefecture,
            "name": station.name, "phone": station.phone,
            "institution_code": station.institution(),
        },
        "store": { "path": "store" },
    })
}

fn plugins(product: Product, layouts: bool) -> Value {
    let entry = |id: &str, capabilities: &[&str], settings: Option<Value>| {
        let mut entry = json!({
            "file": format!("builtin:{id}"),
            "approved": { "digest": "builtin", "by": BY, "at": AT, "capabilities": capabilities },
        });
        if let (Some(entry), Some(settings)) = (entry.as_object_mut(), settings) {
            entry.insert("settings".to_owned(), settings);
        }
        entry
    };
    let mut onshi = entry(
        "onshi-terminal",
        &["exchange:terminal"],
        Some(json!({ "poll_seconds": 1 })),
    );
    if let (Some(onshi), true) = (onshi.as_object_mut(), layouts) {
        onshi.insert("settings_files".to_owned(), json!({ "layouts": LAYOUTS }));
    }
    // The simulated terminal and gateway answer at once: wait as little as the schemas allow.
    json!({ "plugins": {
        adapter(product): entry(adapter(product), &[], None),
        "basic-checker": entry("basic-checker", &[], None),
        "claims-gateway": entry("claims-gateway", &["https:gateway"], Some(json!({ "settle_seconds": 1 }))),
        "claims-handover": entry("claims-handover", &["exchange:handover"], None),
        "onshi-terminal": onshi,
    } })
}

fn gateway(places: &Places<'_>) -> Value {
    endpoint(places.gateway_url, places.roots, "station")
}

/// `[endpoints.gateway]` of a station at a simulated gateway.
pub(crate) fn endpoint(url: &str, roots: &Path, identity: &str) -> Value {
    let allow: Vec<Value> = ALLOWED
        .iter()
        .map(|(method, path, repeat)| {
            let mut rule = json!({ "method": method, "path": path, "repeat": repeat });
            if let (Some(rule), "keyed") = (rule.as_object_mut(), *repeat) {
                rule.insert("key_header".to_owned(), "idempotency-key".into());
            }
            rule
        })
        .collect();
    json!({
        "url": url, "identity": identity, "roots": text(roots),
        "tls_floor": "1.3", "addresses": ["127.0.0.0/8"], "allow": allow,
    })
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reseplug_policy::{Folder, Name, StationFile, settings};

    fn written(key: &str) -> StationFile {
        let station = Station::load(key).unwrap();
        let places = Places {
            req: Path::new(r"C:\sandbox\req"),
            res: Path::new(r"C:\sandbox\res"),
            handover: Path::new("handover"),
            gateway_url: "https://127.0.0.1:18443/v1/",
            roots: Path::new(r"C:\sandbox\ca.pem"),
            products: Path::new("product"),
            settle_ms: 300,
            layouts: true,
            keeps_hours: false,
        };
        let text = station_file(&station, &places, station.adapter_settings()).unwrap();
        StationFile::parse("station.toml", &text).unwrap_or_else(|e| panic!("{e:?}\n{text}"))
    }

    #[test]
    fn the_file_of_each_station_is_accepted_and_says_what_was_meant() {
        let hidamari = written("hidamari");
        assert!(hidamari.product.register.is_empty());
        assert_eq!(hidamari.product.month.len(), 2);
        let aozora = written("aozora");
        assert_eq!(aozora.product.register, [Path::new("product/RIYOSHA.CSV")]);
        let terminal = aozora.exchange.get("terminal").unwrap();
        assert!(
            matches!(&terminal.folder, Folder::Terminal { req, .. } if req == Path::new(r"C:\sandbox\req"))
        );
        let csv = &aozora.plugins[&Name::parse("csv-adapter").unwrap()];
        assert_eq!(csv.settings["new_key"]["prefix"], "A");
        assert_eq!(csv.settings["month"]["records"][0]["id"], "RE");
        assert!(csv.approved.is_some());
    }

    #[test]
    fn every_shipped_plugin_takes_its_settings_and_is_granted_what_it_asks_for() {
        let engine = reseplug_engine::Engine::new(Default::default()).unwrap();
        for file in [written("hidamari"), written("aozora")] {
            for (id, entry) in &file.plugins {
                let bytes = crate::SHIPPED
                    .iter()
                    .find(|(name, _)| *name == id.as_str())
                    .unwrap()
                    .1;
                let plugin = engine.load(bytes).unwrap();
                let schema = plugin.describe().unwrap().settings_schema;
                let joined =
                    settings::Settings::of(entry, |path| match path == Path::new(LAYOUTS) {
                        true => Ok(layouts_file()),
                        false => panic!("{path:?}"),
                    });
                let joined = joined.unwrap();
                joined.check(&schema).unwrap();
                let has_layouts = joined.json().contains("recheck-many");
                assert_eq!(has_layouts, id.as_str() == "onshi-terminal");
                let found = plugin.inspection();
                let grants =
                    reseplug_policy::Grants::new(&found.manifest, &found.digest, true, &file);
                assert!(grants.missing().is_empty(), "{:?}", grants.missing());
            }
        }
    }
}

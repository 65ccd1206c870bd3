//! `reseplug plugin inspect`: what a plugin is, needs and offers, and how to set it.

use super::schema::properties;
use crate::SHIPPED;
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs::station;
use reseplug_effect::Fault;
use reseplug_engine::contract::Description;
use reseplug_engine::{Engine, EngineOptions, Inspection};
use reseplug_policy::{Grants, Settings, SettingsError, StationFile, settings};
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn run(bytes: &[u8], config: Option<&Path>, output: &Output) -> Result<Exit, Fault> {
    let station = config.map(station).transpose()?;
    let plugin = Engine::new(EngineOptions::default())
        .map_err(|error| {
            Fault::new(
                "engine/start",
                format!("このPCではプラグインを動かせません（{error}）。"),
                error.to_string(),
            )
        })?
        .load(bytes)?;
    let found = plugin.inspection();
    let description = plugin.describe()?;
    let example = settings::check(&description.settings_schema, &description.settings_example)
        .err()
        .unwrap_or_default();
    let here = station
        .as_ref()
        .zip(config)
        .map(|(station, config)| Here::of(station, config, found, &description, bytes))
        .transpose()?;
    let schema = parsed(&description.settings_schema);

    let mut value = json(found, &description, &schema, &example, bytes.len());
    if let (Some(object), Some(here)) = (value.as_object_mut(), &here) {
        object.insert("station".into(), here.json());
    }
    output.show(&value, |lines| {
        head(found, &description, output, lines);
        setting_lines(found, &description, &schema, &example, output, lines);
        if let Some(here) = &here {
            here.lines(output, lines);
        }
    });
    let fine = example.is_empty() && here.is_none_or(|here| here.is_fine());
    Ok(if fine { Exit::Done } else { Exit::Attention })
}

/// JSON text of the plugin; what is no JSON stays text.
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

fn json(
    found: &Inspection,
    description: &Description,
    schema: &Value,
    example: &[SettingsError],
    bytes: usize,
) -> Value {
    let manifest = &found.manifest;
    json!({
        "id": manifest.id.to_string(), "version": manifest.version, "vendor": manifest.vendor,
        "name_ja": manifest.name_ja, "name_en": manifest.name_en,
        "summary_ja": description.summary_ja, "summary_en": description.summary_en,
        "contract": found.contract.to_string(), "digest": found.digest.to_string(),
        "roles": found.roles.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "home_visit": found.home_visit, "unsupported": description.unsupported,
        "capabilities": manifest.capabilities.iter().map(|c| c.capability.to_string()).collect::<Vec<_>>(),
        "requests": manifest.capabilities.iter().map(|c| json!({
            "capability": c.capability.to_string(), "prefixes": c.prefixes,
            "reason_ja": c.reason_ja, "reason_en": c.reason_en,
        })).collect::<Vec<_>>(),
        "imports": found.imports, "exports": found.exports, "bytes": bytes,
        "settings_schema": schema, "settings_example": parsed(&description.settings_example),
        "example_faults": example.iter().map(fault_json).collect::<Vec<_>>(),
    })
}

fn fault_json(error: &SettingsError) -> Value {
    json!({
        "file": error.file, "path": error.path,
        "message_ja": error.message_ja, "message_en": error.message_en,
    })
}

fn fault_line(error: &SettingsError, output: &Output) -> String {
    format!(
        "    - {}: {}",
        error.place(),
        output.say(&error.message_ja, &error.message_en)
    )
}

fn head(found: &Inspection, description: &Description, output: &Output, lines: &mut Vec<String>) {
    let manifest = &found.manifest;
    lines.push(format!(
        "{} {}  ({})",
        manifest.id, manifest.version, manifest.vendor
    ));
    let mut line = |ja: &str, en: &str, text: &str| {
        lines.push(format!("  {}: {text}", output.say(ja, en)));
    };
    line(
        "名前",
        "name",
        output.say(&manifest.name_ja, &manifest.name_en),
    );
    line(
        "用途",
        "purpose",
        output.say(&description.summary_ja, &description.summary_en),
    );
    line("ダイジェスト", "digest", found.digest.as_str());
    line("契約", "contract", &found.contract.to_string());
    for role in &found.roles {
        line("役割", "role", role.as_str());
    }
    if found.home_visit {
        line(
            "追加の機能",
            "also",
            output.say(
                "home-visit（訪問診療等：再照会・医療扶助・診療情報等の閲覧・同意の取消・受付ページ）",
                "home-visit (re-check without the card, 医療扶助, medical information, withdrawal, visit page)",
            ),
        );
    }
    for function in &description.unsupported {
        line("使えない機能", "not offered", function);
    }
    for requested in &manifest.capabilities {
        let capability = &requested.capability;
        let reason = output.say(&requested.reason_ja, &requested.reason_en);
        line("要求", "asks for", &format!("{capability} — {reason}"));
    }
    for import in &found.imports {
        lines.push(format!("  import {import}"));
    }
    for export in &found.exports {
        lines.push(format!("  export {export}"));
    }
}

fn setting_lines(
    found: &Inspection,
    description: &Description,
    schema: &Value,
    example: &[SettingsError],
    output: &Output,
    lines: &mut Vec<String>,
) {
    let all = properties(schema);
    if all.is_empty() {
        lines.push(format!(
            "  {}",
            output.say("設定はありません", "no settings")
        ));
    } else {
        lines.push(format!(
            "  {} [plugins.{}.settings]:",
            output.say("設定", "settings"),
            found.manifest.id
        ));
    }
    for property in all {
        let default = property
            .default
            .map_or_else(String::new, |default| format!(" = {}", short(&default)));
        lines.push(format!(
            "    {} ({}){default}",
            property.path, property.form
        ));
        if !property.description.is_empty() {
            lines.push(format!("        {}", property.description));
        }
    }
    if !is_empty(&description.settings_example) {
        lines.push(format!("  {}:", output.say("設定の例", "example")));
        let pretty = serde_json::to_string_pretty(&parsed(&description.settings_example))
            .unwrap_or_else(|_| description.settings_example.clone());
        lines.extend(pretty.lines().map(|line| format!("    {line}")));
    }
    if !example.is_empty() {
        lines.push(format!(
            "  {}:",
            output.say(
                "設定の例がスキーマに合いません。開発元は直してください",
                "the example does not fit its own schema; its author has to correct it"
            )
        ));
        lines.extend(example.iter().map(|error| fault_line(error, output)));
    }
}

/// Long defaults are read in the example or with `--json`.
fn short(text: &str) -> String {
    const WIDTH: usize = 60;
    if text.chars().count() <= WIDTH {
        return text.to_owned();
    }
    text.chars().take(WIDTH).chain(['…']).collect()
}

fn is_empty(example: &str) -> bool {
    matches!(parsed(example), Value::Object(map) if map.is_empty())
}

/// What the plugin is at one station.
struct Here {
    file: String,
    /// Lines to add where the station file does not name the plugin.
    absent: Option<String>,
    settings: Vec<SettingsError>,
    /// What it would be denied, each with the lines to add.
    missing: Vec<Fault>,
}

impl Here {
    fn of(
        station: &StationFile,
        config: &Path,
        found: &Inspection,
        description: &Description,
        bytes: &[u8],
    ) -> Result<Self, Fault> {
        let id = &found.manifest.id;
        let builtin = SHIPPED
            .iter()
            .any(|(name, shipped)| *name == id.as_str() && *shipped == bytes);
        let entry = station.plugins.get(id);
        let source = if builtin {
            format!("builtin:{id}")
        } else {
            format!("{id}.wasm")
        };
        let folder = config.parent().unwrap_or(Path::new(""));
        let settings = entry
            .map(|entry| Settings::of(entry, |path| reseplug::text_file(&folder.join(path))))
            .transpose()?;
        Ok(Self {
            file: station.file.clone(),
            absent: entry
                .is_none()
                .then(|| format!("[plugins.{id}]\nfile = \"{source}\"")),
            settings: settings
                .and_then(|settings| settings.check(&description.settings_schema).err())
                .unwrap_or_default(),
            missing: Grants::new(&found.manifest, &found.digest, builtin, station).missing(),
        })
    }

    fn is_fine(&self) -> bool {
        self.absent.is_none() && self.settings.is_empty() && self.missing.is_empty()
    }

    fn json(&self) -> Value {
        json!({
            "file": self.file, "ready": self.is_fine(), "add": self.absent,
            "settings_faults": self.settings.iter().map(fault_json).collect::<Vec<_>>(),
            "missing": self.missing,
        })
    }

    fn lines(&self, output: &Output, lines: &mut Vec<String>) {
        lines.push(format!("  {}:", self.file));
        if self.is_fine() {
            lines.push(format!(
                "    {}",
                output.say(
                    "設定と承認はそろっています",
                    "settings and grants are complete"
                )
            ));
        }
        if let Some(add) = &self.absent {
            lines.push(format!(
                "    {}",
                output.say(
                    "このプラグインの記載がありません。次の行を加えてください:",
                    "it does not name this plugin. Add:"
                )
            ));
            lines.extend(add.lines().map(|line| format!("      {line}")));
        }
        if !self.settings.is_empty() {
            lines.push(format!(
                "    {}",
                output.say("設定を直してください:", "settings to correct:")
            ));
            lines.extend(self.settings.iter().map(|error| fault_line(error, output)));
        }
        for fault in &self.missing {
            let text = output.say(&fault.message_ja, &fault.message_en);
            for (number, line) in text.lines().enumerate() {
                let lead = if number == 0 { "    - " } else { "      " };
                lines.push(format!("{lead}{line}"));
            }
        }
    }
}

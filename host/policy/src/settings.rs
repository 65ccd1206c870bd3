//! A plugin's settings, joined from the station file and files of their own, and checked
//! against the schema it describes.

use crate::toml_reader::{Reader, Shape, nearest};
use crate::{ConfigError, PluginEntry};
use jsonschema::error::ValidationErrorKind as Kind;
use reseplug_effect::Fault;
use serde_json::Value;
use std::path::Path;

/// One thing wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    /// The file of `settings_files` that it stands in; absent for the station file itself.
    pub file: Option<String>,
    /// JSON pointer into the settings, `/folder`, or into that file; empty for the whole.
    pub path: String,
    /// What is wrong and what to write, in Japanese.
    pub message_ja: String,
    /// The same in English.
    pub message_en: String,
}

impl SettingsError {
    /// File and place, for a line of a list: `layouts.toml: /recheck-one/prefix`.
    pub fn place(&self) -> String {
        match (&self.file, self.path.as_str()) {
            (None, "") => "settings".to_owned(),
            (None, path) => path.to_owned(),
            (Some(file), "") => file.clone(),
            (Some(file), path) => format!("{file}: {path}"),
        }
    }
}

/// The settings of one plugin at one station, whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    value: Value,
    /// Key and name of each file.
    files: Vec<(String, String)>,
}

impl Settings {
    /// Joins what stands in the station file with what stands in files of their own. `read`
    /// gives the text of such a file; its path is as the station file has it.
    ///
    /// # Errors
    /// Those of `read`; `config/syntax` and `config/value`, naming the file and its line.
    pub fn of(
        entry: &PluginEntry,
        mut read: impl FnMut(&Path) -> Result<String, Fault>,
    ) -> Result<Self, Fault> {
        let mut value = entry.settings.clone();
        let mut files = Vec::new();
        for (key, path) in &entry.settings_files {
            let name = path.display().to_string();
            let inner = parse(&name, &read(path)?)?;
            if let Some(object) = value.as_object_mut() {
                object.insert(key.clone(), inner);
            }
            files.push((key.clone(), name));
        }
        Ok(Self { value, files })
    }

    /// The settings as JSON text, which is what a plugin is given.
    pub fn json(&self) -> String {
        self.value.to_string()
    }

    /// [`check`], each error named with the file that it stands in.
    pub fn check(&self, schema: &str) -> Result<(), Vec<SettingsError>> {
        check(schema, &self.json()).map_err(|errors| {
            errors
                .into_iter()
                .map(|error| self.in_its_file(error))
                .collect()
        })
    }

    fn in_its_file(&self, error: SettingsError) -> SettingsError {
        for (key, file) in &self.files {
            // As JSON pointers write a key.
            let key = key.replace('~', "~0").replace('/', "~1");
            let inside = error
                .path
                .strip_prefix('/')
                .and_then(|path| path.strip_prefix(key.as_str()))
                .filter(|rest| rest.is_empty() || rest.starts_with('/'));
            if let Some(inside) = inside {
                return SettingsError {
                    file: Some(file.clone()),
                    path: inside.to_owned(),
                    ..error
                };
            }
        }
        error
    }
}

/// A file of settings: JSON by its name, else TOML.
fn parse(file: &str, text: &str) -> Result<Value, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_json = Path::new(file)
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if !is_json {
        return Reader::parse(file, text, &Shape::Any)?.root().json();
    }
    serde_json::from_str(text).map_err(|e| ConfigError {
        code: ConfigError::SYNTAX,
        file: file.to_owned(),
        line: e.line().max(1),
        column: e.column().max(1),
        key: String::new(),
        message_ja: format!("JSON として読めません: {e}"),
        message_en: format!("this is not JSON: {e}"),
    })
}

/// Checks settings against a schema, both as JSON. Nothing is fetched: a schema that refers
/// to another document is an error of the plugin.
///
/// ```
/// let schema = r#"{"type":"object","properties":{"days":{"type":"integer","maximum":31}},"required":["days"]}"#;
/// assert!(reseplug_policy::settings::check(schema, r#"{"days":3}"#).is_ok());
/// let errors = reseplug_policy::settings::check(schema, r#"{"days":99}"#).unwrap_err();
/// assert_eq!(errors[0].path, "/days");
/// ```
pub fn check(schema: &str, settings: &str) -> Result<(), Vec<SettingsError>> {
    let whole = |ja: String, en: String| {
        vec![SettingsError {
            file: None,
            path: String::new(),
            message_ja: ja,
            message_en: en,
        }]
    };
    let schema: Value = serde_json::from_str(schema).map_err(|e| {
        whole(
            format!(
                "プラグインの設定スキーマが JSON ではありません（{e}）。開発元に連絡してください"
            ),
            format!("the plugin's settings schema is not JSON ({e}); tell its vendor"),
        )
    })?;
    let settings: Value = serde_json::from_str(settings).map_err(|e| {
        whole(
            format!("設定が JSON ではありません: {e}"),
            format!("the settings are not JSON: {e}"),
        )
    })?;
    let validator = jsonschema::validator_for(&schema).map_err(|e| {
        whole(
            format!("プラグインの設定スキーマが正しくありません（{e}）。開発元に連絡してください"),
            format!("the plugin's settings schema is not valid ({e}); tell its vendor"),
        )
    })?;
    let errors: Vec<_> = validator
        .iter_errors(&settings)
        .map(|error| {
            let (hint_ja, hint_en) = hint(&schema, &error);
            SettingsError {
                file: None,
                path: error.instance_path().to_string(),
                message_ja: japanese(error.kind()) + &hint_ja,
                message_en: error.to_string() + &hint_en,
            }
        })
        .collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

/// For keys that the schema does not know: those that are probably meant.
fn hint(schema: &Value, error: &jsonschema::ValidationError<'_>) -> (String, String) {
    let Kind::AdditionalProperties { unexpected } = error.kind() else {
        return Default::default();
    };
    // The keyword `additionalProperties` stands beside the properties it is about.
    let place = error.schema_path().to_string();
    let known: Vec<&str> = place
        .rsplit_once('/')
        .and_then(|(object, _)| schema.pointer(object)?.get("properties")?.as_object())
        .map(|properties| properties.keys().map(String::as_str).collect())
        .unwrap_or_default();
    let (ja, en): (Vec<_>, Vec<_>) = unexpected
        .iter()
        .filter_map(|key| {
            let near = nearest(key, &known)?;
            Some((
                format!("（「{key}」は「{near}」ではありませんか）"),
                format!("; for `{key}`, did you mean `{near}`?"),
            ))
        })
        .unzip();
    (ja.concat(), en.concat())
}

fn japanese(kind: &Kind) -> String {
    match kind {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            format!(
                "設定「{}」はありません。綴りを確かめるか、削除してください",
                unexpected.join("」「")
            )
        }
        Kind::Required { property } => format!("設定 {property} が必要です"),
        Kind::Type { kind } => {
            let name = |t: &jsonschema::JsonType| match t {
                jsonschema::JsonType::Array => "配列",
                jsonschema::JsonType::Boolean => "true か false",
                jsonschema::JsonType::Integer => "整数",
                jsonschema::JsonType::Null => "空",
                jsonschema::JsonType::Number => "数",
                jsonschema::JsonType::Object => "表",
                jsonschema::JsonType::String => "文字列",
            };
            let names = match kind {
                jsonschema::error::TypeKind::Single(one) => name(one).to_owned(),
                jsonschema::error::TypeKind::Multiple(many) => {
                    many.iter().map(|t| name(&t)).collect::<Vec<_>>().join("・")
                }
            };
            format!("{names}で書いてください")
        }
        Kind::Enum { options } => format!("次のいずれかにしてください: {options}"),
        Kind::Constant { expected_value } => format!("{expected_value} にしてください"),
        Kind::Maximum { limit } => format!("{limit} 以下にしてください"),
        Kind::Minimum { limit } => format!("{limit} 以上にしてください"),
        Kind::ExclusiveMaximum { limit } => format!("{limit} より小さくしてください"),
        Kind::ExclusiveMinimum { limit } => format!("{limit} より大きくしてください"),
        Kind::MaxLength { limit } => format!("{limit} 文字以内にしてください"),
        Kind::MinLength { limit } => format!("{limit} 文字以上にしてください"),
        Kind::MaxItems { limit } => format!("{limit} 個以内にしてください"),
        Kind::MinItems { limit } => format!("{limit} 個以上にしてください"),
        Kind::Pattern { pattern } => format!("書き方が決まった形（{pattern}）に合いません"),
        Kind::Format { format } => format!("{format} の書き方に合いません"),
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => {
            "認められる書き方のどれにも合いません".to_owned()
        }
        other => format!("設定が条件「{}」に合いません", other.keyword()),
    }
}

/// The errors as one fault, for a caller that reports nothing finer. `plugin` is the id.
pub fn fault(plugin: &str, errors: &[SettingsError]) -> Fault {
    let list = |message: fn(&SettingsError) -> &str| {
        errors
            .iter()
            .map(|e| format!("\n- {}: {}", e.place(), message(e)))
            .collect::<String>()
    };
    Fault::new(
        "config/settings",
        format!(
            "プラグイン「{plugin}」の設定 [plugins.{plugin}.settings] を直してください:{}",
            list(|e| &e.message_ja)
        ),
        format!(
            "the settings [plugins.{plugin}.settings] must be corrected:{}",
            list(|e| &e.message_en)
        ),
    )
}

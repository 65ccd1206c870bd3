//! What every function is given: the settings, parsed, and the station.

use crate::bindings::base::reseplug::plugin::log as import;
use crate::construct::SETTINGS;
use crate::imports::Level;
use crate::types::{self, Fault, Place, Station};
use serde::de::DeserializeOwned;

/// What every function of a role is given besides its own arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Context<S> {
    /// The plugin's settings, read from JSON.
    pub settings: S,
    /// The station on whose behalf the call is made.
    pub station: Station,
}

impl<S> Context<S> {
    /// Log lines of the plugin.
    pub fn log(&self) -> Log {
        Log
    }
}

impl<S: DeserializeOwned> Context<S> {
    /// Reads the contract's context. Settings that do not fit are a fault that names the key.
    pub fn read(raw: types::Context) -> Result<Self, Fault> {
        let mut json = serde_json::Deserializer::from_str(&raw.settings);
        let settings = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let key = error.path().to_string();
            let reason = error.into_inner();
            Fault::new(
                SETTINGS,
                format!(
                    "プラグインの設定「{key}」を読めません（{reason}）。設定ファイルの settings を直してください。"
                ),
                format!(
                    "Cannot read the plugin's setting `{key}`: {reason}. Correct `settings` in the station file."
                ),
            )
            .at(Place::document("settings").field(key))
        })?;
        Ok(Self {
            settings,
            station: raw.station,
        })
    }
}

/// Log lines. The host keeps them silent while a call is replayed, caps their length and
/// strips control characters. Never write personal data. In native tests they go to stderr.
#[derive(Debug, Clone, Copy)]
pub struct Log;

impl Log {
    /// For developers.
    pub fn debug(&self, message: &str, fields: &[(&str, &str)]) {
        self.write(Level::Debug, message, fields);
    }

    /// What happened.
    pub fn info(&self, message: &str, fields: &[(&str, &str)]) {
        self.write(Level::Info, message, fields);
    }

    /// Something a person may want to look at.
    pub fn warn(&self, message: &str, fields: &[(&str, &str)]) {
        self.write(Level::Warn, message, fields);
    }

    /// Something went wrong.
    pub fn error(&self, message: &str, fields: &[(&str, &str)]) {
        self.write(Level::Error, message, fields);
    }

    fn write(&self, level: Level, message: &str, fields: &[(&str, &str)]) {
        if cfg!(target_arch = "wasm32") {
            let fields: Vec<(String, String)> = fields
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect();
            import::write(level, message, &fields);
        } else {
            eprintln!("{level:?}: {message} {fields:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[allow(dead_code)]
        columns: Inner,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[allow(dead_code)]
        number: u32,
    }

    fn read(settings: &str) -> Result<Context<Outer>, Fault> {
        Context::read(types::Context {
            settings: settings.into(),
            station: crate::testing::station(),
        })
    }

    #[test]
    fn a_setting_of_the_wrong_kind_is_named_by_its_path() {
        let fault = read(r#"{"columns": {"number": "x"}}"#).unwrap_err();
        assert_eq!(fault.code, "plugin/settings");
        assert_eq!(
            fault.place.unwrap().field.as_deref(),
            Some("columns.number")
        );
        assert!(
            fault.message_en.contains("columns.number"),
            "{}",
            fault.message_en
        );
    }

    #[test]
    fn an_unknown_setting_is_named() {
        let fault = read(r#"{"columns": {"number": 1}, "colour": 2}"#).unwrap_err();
        assert!(fault.message_en.contains("colour"), "{}", fault.message_en);
    }
}

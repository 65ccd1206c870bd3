//! Words of the contract in the JSON for other people's programs: kebab-case, as everything else there.
//! What the journal keeps of calls stays as the contract has it.

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// For a field that is one of the contract's enums.
///
/// # Errors
/// Those of the value.
pub(crate) fn serialize<T: Serialize, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut value = serde_json::to_value(value).map_err(S::Error::custom)?;
    rename(&mut value, &kebab);
    value.serialize(serializer)
}

/// Reads such a field.
///
/// # Errors
/// Those of the value.
pub(crate) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let mut value = Value::deserialize(deserializer)?;
    rename(&mut value, &camel);
    serde_json::from_value(value).map_err(D::Error::custom)
}

/// For findings: one, or a list of them.
pub(crate) mod findings {
    use super::{
        Deserialize as _, DeserializeOwned, Deserializer, Serialize, Serializer, Value, camel,
        kebab, rename,
    };
    use serde::de::Error as _;
    use serde::ser::Error as _;

    /// The fields of a finding that are enums.
    const FIELDS: [&str; 2] = ["severity", "grade"];

    fn each(value: &mut Value, word: &impl Fn(&str) -> String) {
        match value {
            Value::Array(all) => all.iter_mut().for_each(|one| each(one, word)),
            Value::Object(of) => {
                for field in FIELDS {
                    if let Some(value) = of.get_mut(field) {
                        rename(value, word);
                    }
                }
            }
            _ => {}
        }
    }

    pub(crate) fn serialize<T: Serialize, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let value = written(value).map_err(S::Error::custom)?;
        value.serialize(serializer)
    }

    /// Findings as they are recorded.
    pub(crate) fn written<T: Serialize>(findings: &T) -> Result<Value, serde_json::Error> {
        let mut value = serde_json::to_value(findings)?;
        each(&mut value, &kebab);
        Ok(value)
    }

    /// Reads what was recorded so.
    pub(crate) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, serde_json::Error> {
        let mut value = value.clone();
        each(&mut value, &camel);
        serde_json::from_value(value)
    }

    pub(crate) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let value = Value::deserialize(deserializer)?;
        read(&value).map_err(D::Error::custom)
    }
}

/// A variant without or with a value: `"Returns"`, `{"Other": …}`.
fn rename(value: &mut Value, word: &impl Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = word(text),
        Value::Object(of) => {
            let named = std::mem::take(of);
            of.extend(named.into_iter().map(|(name, value)| (word(&name), value)));
        }
        _ => {}
    }
}

fn kebab(text: &str) -> String {
    let mut word = String::new();
    for letter in text.chars() {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.push(letter.to_ascii_lowercase());
    }
    word
}

fn camel(text: &str) -> String {
    let capital = |part: &str| {
        let mut letters = part.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    text.split('-').map(capital).collect()
}

#[cfg(test)]
mod tests {
    use reseplug_engine::contract::DownloadKind;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Shown {
        #[serde(with = "super")]
        kind: DownloadKind,
    }

    #[test]
    fn a_word_of_the_contract_is_written_as_every_other_word_and_reads_back() {
        for (kind, text) in [
            (
                DownloadKind::Acknowledgement,
                r#"{"kind":"acknowledgement"}"#,
            ),
            (
                DownloadKind::Other("月報".into()),
                r#"{"kind":{"other":"月報"}}"#,
            ),
        ] {
            let shown = Shown { kind };
            assert_eq!(serde_json::to_string(&shown).unwrap(), text);
            assert_eq!(serde_json::from_str::<Shown>(text).unwrap(), shown);
        }
        assert_eq!(super::kebab("ReturnRisk"), "return-risk");
        assert_eq!(super::camel("return-risk"), "ReturnRisk");
    }
}

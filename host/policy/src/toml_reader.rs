//! Reads TOML so that every complaint can name file, line, column and key.
//!
//! The keys a file may have are a table (a [`Shape`]), checked first and as a whole; reading
//! the values afterwards is plain code. serde would stop at the first unknown key without
//! knowing where the nearest known one is.

use crate::{ConfigError, Refused, error::position};
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// The keys of a file, as data.
#[derive(Debug)]
pub(crate) enum Shape {
    /// A value; its type is checked where it is read.
    Leaf,
    /// Anything, keys included: settings that only a plugin's schema knows.
    Any,
    /// Exactly these keys.
    Table(&'static [(&'static str, Shape)]),
    /// A table whose keys are names.
    Names(&'static Shape),
    /// An array of tables.
    List(&'static Shape),
}

/// A parsed file.
#[derive(Debug)]
pub(crate) struct Reader<'t> {
    file: &'t str,
    text: &'t str,
    root: DeValue<'t>,
    span: Range<usize>,
}

impl<'t> Reader<'t> {
    pub(crate) fn parse(
        file: &'t str,
        text: &'t str,
        shape: &'static Shape,
    ) -> Result<Self, ConfigError> {
        let table = DeTable::parse(text).map_err(|e| {
            let (line, column) = position(text, &e.span().unwrap_or(0..0));
            ConfigError {
                code: ConfigError::SYNTAX,
                file: file.to_owned(),
                line,
                column,
                key: String::new(),
                message_ja: format!("TOML として読めません: {}", e.message()),
                message_en: format!("this is not TOML: {}", e.message()),
            }
        })?;
        let span = table.span();
        let reader = Self {
            file,
            text,
            root: DeValue::Table(table.into_inner()),
            span,
        };
        reader.check(&reader.root, shape, "")?;
        Ok(reader)
    }

    pub(crate) fn root(&self) -> Node<'_> {
        Node {
            reader: self,
            value: &self.root,
            span: self.span.clone(),
            key: String::new(),
        }
    }

    fn check(
        &self,
        value: &DeValue<'t>,
        shape: &'static Shape,
        key: &str,
    ) -> Result<(), ConfigError> {
        match (shape, value) {
            (Shape::Table(known), DeValue::Table(table)) => {
                for (name, inner) in table {
                    let path = join(key, name.get_ref());
                    match known.iter().find(|(k, _)| k == name.get_ref()) {
                        Some((_, shape)) => self.check(inner.get_ref(), shape, &path)?,
                        None => {
                            let known: Vec<_> = known.iter().map(|(k, _)| *k).collect();
                            return Err(self.unknown(&name.span(), name.get_ref(), &known, &path));
                        }
                    }
                }
                Ok(())
            }
            (Shape::Names(shape), DeValue::Table(table)) => {
                for (name, inner) in table {
                    let path = join(key, name.get_ref());
                    crate::Name::parse(name.get_ref())
                        .map_err(|why| self.error(ConfigError::VALUE, &name.span(), &path, &why))?;
                    self.check(inner.get_ref(), shape, &path)?;
                }
                Ok(())
            }
            (Shape::List(shape), DeValue::Array(array)) => array
                .iter()
                .try_for_each(|inner| self.check(inner.get_ref(), shape, key)),
            // A value of another type is refused where it is read.
            _ => Ok(()),
        }
    }

    fn unknown(&self, span: &Range<usize>, name: &str, known: &[&str], path: &str) -> ConfigError {
        let all = known.join(", ");
        let why = match nearest(name, known) {
            Some(near) => Refused::new(
                format!(
                    "キー「{path}」はありません。「{near}」ではありませんか（使えるキー: {all}）"
                ),
                format!("unknown key `{path}`; did you mean `{near}`? (known here: {all})"),
            ),
            None => Refused::new(
                format!("キー「{path}」はありません（使えるキー: {all}）"),
                format!("unknown key `{path}` (known here: {all})"),
            ),
        };
        self.error(ConfigError::UNKNOWN_KEY, span, path, &why)
    }

    fn error(
        &self,
        code: &'static str,
        span: &Range<usize>,
        key: &str,
        why: &Refused,
    ) -> ConfigError {
        let (line, column) = position(self.text, span);
        // Messages about keys name the key themselves.
        let named = key.is_empty() || code != ConfigError::VALUE;
        let prefix = format!("{key}: ");
        ConfigError {
            code,
            file: self.file.to_owned(),
            line,
            column,
            key: key.to_owned(),
            message_ja: format!("{}{}", if named { "" } else { &prefix }, why.ja),
            message_en: format!("{}{}", if named { "" } else { &prefix }, why.en),
        }
    }
}

/// The known key that is probably meant: one cut short (`timeout` for `timeout_seconds`), or
/// mistyped.
pub fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let short = known
        .iter()
        .find(|k| name.len() >= 3 && k.starts_with(name));
    let near = || {
        known
            .iter()
            .map(|k| (strsim::damerau_levenshtein(k, name), k))
            .min()
            .filter(|(distance, k)| *distance <= k.len().max(3) / 2)
            .map(|(_, k)| k)
    };
    short.or_else(near).copied()
}

fn join(key: &str, name: &str) -> String {
    if key.is_empty() {
        name.to_owned()
    } else {
        format!("{key}.{name}")
    }
}

/// A value in a file, with its place.
#[derive(Debug)]
pub(crate) struct Node<'r> {
    reader: &'r Reader<'r>,
    value: &'r DeValue<'r>,
    span: Range<usize>,
    key: String,
}

impl<'r> Node<'r> {
    fn table(&self) -> Result<&'r DeTable<'r>, ConfigError> {
        self.value
            .as_table()
            .ok_or_else(|| self.wrong("表（[…]）", "a table"))
    }

    /// A key that may be absent. A node that is no table has none.
    pub(crate) fn optional(&self, name: &str) -> Option<Node<'r>> {
        let inner = self.value.as_table()?.get(name)?;
        Some(Node {
            reader: self.reader,
            value: inner.get_ref(),
            span: inner.span(),
            key: join(&self.key, name),
        })
    }

    /// A key that must be there.
    pub(crate) fn required(&self, name: &str) -> Result<Node<'r>, ConfigError> {
        self.table()?;
        self.optional(name).ok_or_else(|| {
            let path = join(&self.key, name);
            let why = Refused::new(
                format!("「{path}」がありません"),
                format!("`{path}` is missing"),
            );
            self.reader
                .error(ConfigError::MISSING_KEY, &self.span, &path, &why)
        })
    }

    /// The entries of a table, by name.
    pub(crate) fn entries(&self) -> Result<Vec<(String, Node<'r>)>, ConfigError> {
        Ok(self
            .table()?
            .iter()
            .map(|(name, inner)| {
                let name = name.get_ref().to_string();
                let key = join(&self.key, &name);
                (
                    name,
                    Node {
                        reader: self.reader,
                        value: inner.get_ref(),
                        span: inner.span(),
                        key,
                    },
                )
            })
            .collect())
    }

    pub(crate) fn list(&self) -> Result<Vec<Node<'r>>, ConfigError> {
        let array = self
            .value
            .as_array()
            .ok_or_else(|| self.wrong("配列（[…]）", "an array"))?;
        Ok(array
            .iter()
            .map(|inner| Node {
                reader: self.reader,
                value: inner.get_ref(),
                span: inner.span(),
                key: self.key.clone(),
            })
            .collect())
    }

    pub(crate) fn text(&self) -> Result<&'r str, ConfigError> {
        self.value
            .as_str()
            .ok_or_else(|| self.wrong("文字列（\"…\"）", "a string"))
    }

    /// Text that people read: one line, not blank.
    pub(crate) fn line(&self) -> Result<String, ConfigError> {
        let text = self.text()?;
        if text.trim().is_empty() || text.chars().any(char::is_control) {
            return Err(self.refuse(&Refused::new(
                "空でない1行の文字列にしてください",
                "write one line of text, not blank",
            )));
        }
        Ok(text.to_owned())
    }

    pub(crate) fn parsed<T>(
        &self,
        parse: impl FnOnce(&str) -> Result<T, Refused>,
    ) -> Result<T, ConfigError> {
        parse(self.text()?).map_err(|why| self.refuse(&why))
    }

    pub(crate) fn flag(&self) -> Result<bool, ConfigError> {
        self.value
            .as_bool()
            .ok_or_else(|| self.wrong("true か false", "true or false"))
    }

    /// A whole number within bounds.
    pub(crate) fn number(&self, bounds: std::ops::RangeInclusive<u64>) -> Result<u64, ConfigError> {
        let integer = self
            .value
            .as_integer()
            .ok_or_else(|| self.wrong("整数", "a whole number"))?;
        let value = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
        value.filter(|v| bounds.contains(v)).ok_or_else(|| {
            let (low, high) = (bounds.start(), bounds.end());
            self.refuse(&Refused::new(
                format!("{low} から {high} までの整数にしてください"),
                format!("must be a whole number from {low} to {high}"),
            ))
        })
    }

    /// The value as JSON, for settings.
    pub(crate) fn json(&self) -> Result<serde_json::Value, ConfigError> {
        use serde_json::Value;
        Ok(match self.value {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(flag) => Value::Bool(*flag),
            DeValue::Datetime(moment) => Value::String(moment.to_string()),
            DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
                .map(Value::from)
                .map_err(|_| self.wrong("64ビットの整数", "a 64-bit integer"))?,
            DeValue::Float(float) => float
                .as_str()
                .parse::<f64>()
                .ok()
                .and_then(serde_json::Number::from_f64)
                .map(Value::Number)
                .ok_or_else(|| self.wrong("有限の数", "a finite number"))?,
            DeValue::Array(_) => Value::Array(
                self.list()?
                    .iter()
                    .map(Node::json)
                    .collect::<Result<_, _>>()?,
            ),
            DeValue::Table(_) => Value::Object(
                self.entries()?
                    .iter()
                    .map(|(name, node)| Ok((name.clone(), node.json()?)))
                    .collect::<Result<_, ConfigError>>()?,
            ),
        })
    }

    /// This value's key is not among the known ones.
    pub(crate) fn unknown_key(&self, name: &str, known: &[&str]) -> ConfigError {
        self.reader.unknown(&self.span, name, known, &self.key)
    }

    pub(crate) fn refuse(&self, why: &Refused) -> ConfigError {
        self.reader
            .error(ConfigError::VALUE, &self.span, &self.key, why)
    }

    fn wrong(&self, ja: &str, en: &str) -> ConfigError {
        self.refuse(&Refused::new(
            format!("{ja}で書いてください"),
            format!("must be {en}, not {}", self.value.type_str()),
        ))
    }
}

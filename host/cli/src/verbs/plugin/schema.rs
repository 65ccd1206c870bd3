//! A settings schema as a list of properties, for people.

use serde_json::Value;
use std::collections::BTreeMap;

/// One setting.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Property {
    /// Dotted as in the station file; `[]` behind a list.
    pub(super) path: String,
    /// What may be written there: `string`, `integer`, `"a" | "b"`. A table whose settings were
    /// listed before says where: `object = first`.
    pub(super) form: String,
    /// What holds where nothing is written, as JSON; for a table with settings of its own these
    /// say it.
    pub(super) default: Option<String>,
    /// In the author's words, Japanese and English.
    pub(super) description: String,
}

/// Settings inside settings inside settings: deeper than this nobody writes by hand, and a
/// schema that refers to itself has no end.
const DEPTH: usize = 6;

/// Every setting that a schema describes, in the order of the schema.
pub(super) fn properties(schema: &Value) -> Vec<Property> {
    let mut found = Vec::new();
    let mut walk = Walk {
        root: schema,
        listed: BTreeMap::new(),
    };
    walk.object(schema, "", DEPTH, &mut found);
    found
}

struct Walk<'s> {
    root: &'s Value,
    /// Tables that have a name of their own, and where each was listed first.
    listed: BTreeMap<&'s str, String>,
}

impl<'s> Walk<'s> {
    fn object(&mut self, schema: &'s Value, path: &str, depth: usize, found: &mut Vec<Property>) {
        let Some(deeper) = depth.checked_sub(1) else {
            return;
        };
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            return;
        };
        for (name, property) in properties {
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            let (resolved, reference) = self.resolve(property);
            let text = |of: &Value| {
                of.get("description")
                    .and_then(Value::as_str)
                    .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
            };
            found.push(Property {
                form: self.form(resolved),
                default: property
                    .get("default")
                    .filter(|default| !default.is_null() && resolved.get("properties").is_none())
                    .map(Value::to_string),
                description: text(property)
                    .or_else(|| text(resolved))
                    .unwrap_or_default(),
                path: path.clone(),
            });
            let this = found.len().saturating_sub(1);
            let mut same = self.inside(resolved, reference, &path, deeper, found);
            if let Some(items) = resolved.get("items") {
                let (items, reference) = self.resolve(items);
                let path = format!("{path}[]");
                same = same.or(self.inside(items, reference, &path, deeper, found));
            }
            if let (Some(same), Some(property)) = (same, found.get_mut(this)) {
                property.form.push_str(&format!(" = {same}"));
            }
        }
    }

    /// The settings of a table, or where they were listed before.
    fn inside(
        &mut self,
        schema: &'s Value,
        reference: Option<&'s str>,
        path: &str,
        depth: usize,
        found: &mut Vec<Property>,
    ) -> Option<String> {
        schema.get("properties")?;
        if let Some(reference) = reference {
            if let Some(first) = self.listed.get(reference) {
                return Some(first.clone());
            }
            self.listed.insert(reference, path.to_owned());
        }
        self.object(schema, path, depth, found);
        None
    }

    /// Behind `$ref`, and behind the one real alternative of something that may be null; with
    /// the last reference on the way.
    fn resolve(&self, mut schema: &'s Value) -> (&'s Value, Option<&'s str>) {
        let mut reference = None;
        for _ in 0..DEPTH {
            let at = schema.get("$ref").and_then(Value::as_str);
            let target = at.and_then(|at| self.root.pointer(at.strip_prefix('#')?));
            if target.is_some() {
                reference = at;
            }
            let only = schema
                .get("anyOf")
                .and_then(Value::as_array)
                .and_then(|any| any.iter().find(|one| !is_null(one)));
            match target.or(only) {
                Some(next) => schema = next,
                None => break,
            }
        }
        (schema, reference)
    }

    fn form(&self, schema: &'s Value) -> String {
        let constants: Vec<String> = ["oneOf", "enum"]
            .iter()
            .filter_map(|key| schema.get(key).and_then(Value::as_array))
            .flatten()
            .flat_map(|one| match (one.get("const"), one.get("enum")) {
                (Some(constant), _) => vec![constant.to_string()],
                (_, Some(Value::Array(several))) => several.iter().map(Value::to_string).collect(),
                _ if one.is_string() || one.is_number() => vec![one.to_string()],
                _ => Vec::new(),
            })
            .collect();
        if !constants.is_empty() {
            return constants.join(" | ");
        }
        let mut form = match schema.get("type") {
            Some(Value::String(kind)) => kind.clone(),
            Some(Value::Array(kinds)) => kinds
                .iter()
                .filter_map(Value::as_str)
                .filter(|kind| *kind != "null")
                .collect::<Vec<_>>()
                .join(" | "),
            _ => "any".to_owned(),
        };
        if let (Some(least), Some(most)) = (schema.get("minimum"), schema.get("maximum")) {
            form.push_str(&format!(" {least}–{most}"));
        }
        form
    }
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nested_settings_are_listed_once_under_their_dotted_path_and_a_circle_ends() {
        let schema = json!({
            "type": "object",
            "properties": {
                "days": { "type": "integer", "minimum": 1, "maximum": 31, "default": 3, "description": "日数。\nDays." },
                "mode": { "$ref": "#/$defs/Mode", "description": "様式" },
                "first": { "$ref": "#/$defs/Node", "default": { "next": null } },
                "next": { "anyOf": [{ "$ref": "#/$defs/Node" }, { "type": "null" }] },
                "rows": { "type": "array", "items": { "$ref": "#/$defs/Node" } }
            },
            "$defs": {
                "Mode": { "oneOf": [{ "const": "a" }, { "const": "b" }] },
                "Node": { "type": "object", "properties": { "next": { "$ref": "#/$defs/Node" } } }
            }
        });
        let found = properties(&schema);
        let of = |path: &str| found.iter().find(|p| p.path == path).unwrap();
        assert_eq!(of("days").form, "integer 1–31");
        assert_eq!(of("days").default.as_deref(), Some("3"));
        assert_eq!(of("days").description, "日数。 Days.");
        assert_eq!(of("first").default, None);
        assert_eq!(of("mode").form, r#""a" | "b""#);
        assert_eq!(of("first.next").form, "object = first");
        assert_eq!(of("next").form, "object = first");
        assert_eq!(of("rows").form, "array = first");
        assert_eq!(found.len(), 6);
    }
}

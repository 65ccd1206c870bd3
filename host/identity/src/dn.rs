//! Distinguished names as RFC 4514 text.

use x509_parser::{der_parser::asn1_rs::oid, x509::X509Name};

/// The name as RFC 4514 writes it: last attribute first, special characters escaped.
/// Attributes without a short name in RFC 4514 §3 appear by their number.
pub(crate) fn rfc4514(name: &X509Name<'_>) -> String {
    let mut parts: Vec<String> = name
        .iter_rdn()
        .map(|rdn| {
            rdn.iter()
                .map(|attribute| {
                    let oid = attribute.attr_type();
                    let short = SHORT_NAMES.iter().find(|(known, _)| known == oid);
                    let key =
                        short.map_or_else(|| oid.to_id_string(), |(_, text)| (*text).to_owned());
                    match attribute.as_str() {
                        Ok(value) => format!("{key}={}", escape(value)),
                        Err(_) => format!("{key}=#{}", hex::encode(attribute.as_slice())),
                    }
                })
                .collect::<Vec<_>>()
                .join("+")
        })
        .collect();
    parts.reverse();
    parts.join(",")
}

/// RFC 4514 §3.
static SHORT_NAMES: [(x509_parser::der_parser::asn1_rs::Oid<'static>, &str); 9] = [
    (oid!(2.5.4.3), "CN"),
    (oid!(2.5.4.6), "C"),
    (oid!(2.5.4.7), "L"),
    (oid!(2.5.4.8), "ST"),
    (oid!(2.5.4.9), "STREET"),
    (oid!(2.5.4.10), "O"),
    (oid!(2.5.4.11), "OU"),
    (oid!(0.9.2342.19200300.100.1.1), "UID"),
    (oid!(0.9.2342.19200300.100.1.25), "DC"),
];

/// RFC 4514 §2.4.
fn escape(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut out = String::with_capacity(value.len());
    for (at, c) in value.chars().enumerate() {
        let edge_space = c == ' ' && (at == 0 || at == last);
        if edge_space
            || (at == 0 && c == '#')
            || matches!(c, '"' | '+' | ',' | ';' | '<' | '>' | '\\')
        {
            out.push('\\');
        }
        if c == '\0' {
            out.push_str("\\00");
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn characters_with_a_meaning_are_escaped() {
        assert_eq!(escape("Sue, Grabbit+Runn"), "Sue\\, Grabbit\\+Runn");
        assert_eq!(escape("#1 "), "\\#1\\ ");
        assert_eq!(escape("ひだまり"), "ひだまり");
    }
}

//! `RULES.md` lists the rules as they are. `RECEDEN_WRITE_RULES=1 cargo test -p receden` writes it anew.

use receden::check::catalogue;
use receden::{Grade, Severity};

fn table() -> String {
    let mut text = String::new();
    let count = |grade| {
        catalogue()
            .iter()
            .filter(|rule| rule.grade == grade)
            .count()
    };
    text.push_str(&format!(
        "{} rules: {} official, {} secondary, {} inferred, {} unconfirmed. Only official ones say 受付不能.\n\n",
        catalogue().len(),
        count(Grade::Official),
        count(Grade::Secondary),
        count(Grade::Inferred),
        count(Grade::Unconfirmed),
    ));
    text.push_str("| code | 区分 | grade | basis | what is found |\n|---|---|---|---|---|\n");
    for rule in catalogue() {
        let severity = match rule.severity {
            Severity::Reject => "受付不能",
            Severity::ReturnRisk => "返戻のおそれ",
            Severity::Attention => "要確認",
            Severity::Note => "参考",
        };
        let grade = format!("{:?}", rule.grade).to_lowercase();
        text.push_str(&format!(
            "| {} | {severity} | {grade} | {} | `{}` |\n",
            rule.code, rule.basis, rule.ja
        ));
    }
    text
}

#[test]
fn the_table_of_rules_is_what_the_catalogue_says() {
    const BEGIN: &str = "<!-- catalogue -->\n";
    const END: &str = "<!-- end of catalogue -->";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/RULES.md");
    let stands = std::fs::read_to_string(path).unwrap();
    let (before, rest) = stands.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let wanted = format!("{before}{BEGIN}{}{END}{after}", table());
    if std::env::var_os("RECEDEN_WRITE_RULES").is_some() {
        std::fs::write(path, &wanted).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == wanted,
        "RULES.md is not what editions/rules.toml says: RECEDEN_WRITE_RULES=1 writes it anew"
    );
}

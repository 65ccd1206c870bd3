//! The files as people write them, and what is granted because of them.

use crate::*;
use reseplug_effect::{Effect, Fault, HttpRequest, RepeatClass};
use std::time::Duration;

const STATION: &str = include_str!("../tests/cases/station.toml");
const MANIFEST: &str = include_str!("../tests/cases/plugin.toml");

fn station(text: &str) -> StationFile {
    StationFile::parse("station.toml", text).unwrap_or_else(|e| panic!("{e}"))
}

fn manifest() -> Manifest {
    Manifest::parse("plugin.toml", MANIFEST).unwrap_or_else(|e| panic!("{e}"))
}

fn digest() -> Digest {
    Digest::from_sha256([0xab; 32])
}

fn grants(text: &str) -> Grants {
    Grants::new(&manifest(), &digest(), false, &station(text))
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

#[test]
fn a_station_file_is_read_whole() {
    let file = station(STATION);
    assert_eq!(file.station.institution_code, "1369999998");
    assert_eq!(file.store.to_str(), Some("store"));
    let entry = &file.plugins["test-gateway"];
    assert_eq!(
        entry.settings,
        serde_json::json!({"days": 3, "names": ["a"], "deep": {"flag": true}})
    );
    assert_eq!(
        entry.source,
        PluginSource::File("plugins/gateway.wasm".into())
    );
    assert_eq!(entry.limits.over(Role::Claims).get(Limit::MemoryMib), 64);
    assert_eq!(entry.limits.over(Role::Claims).get(Limit::Steps), 10_000);
    let endpoint = &file.endpoints["gateway"];
    assert_eq!(endpoint.timeout, Duration::from_secs(10));
    assert_eq!(endpoint.allow.len(), 3);
    assert!(endpoint.addresses.permits("127.0.0.1".parse().unwrap()));
    assert!(!endpoint.addresses.permits("8.8.8.8".parse().unwrap()));
    assert!(
        matches!(&file.exchange["terminal"].folder, Folder::Terminal { settle, .. } if settle.as_millis() == 300)
    );
    assert!(file.exchange["handover"].is_handover());
    let accept = file.accept.unwrap();
    assert!(accept.fill && !accept.differs);
    assert!(accept.income && !accept.burden && !accept.welfare);
    let times: Vec<String> = file.intake.times.iter().map(ToString::to_string).collect();
    assert_eq!(times, ["12:30", "17:30"]);
    assert_eq!(file.intake.look_back_days, 3);
    assert_eq!(file.eligibility.loss_day, LossDay::DayAfter);
}

#[test]
fn a_station_that_says_nothing_collects_on_command_and_counts_the_day_of_loss_as_uncovered() {
    let text = STATION;
    let text = text.split("[intake]").next().unwrap();
    let file = station(text);
    assert_eq!(file.intake, Intake::default());
    assert_eq!(file.intake.look_back_days, 2);
    assert_eq!(file.eligibility.loss_day, LossDay::DayItself);
}

#[test]
fn the_institution_code_is_the_stations_own() {
    let written = |code: &str| {
        let line = format!("code = \"9999998\"\ninstitution_code = \"{code}\"");
        StationFile::parse("s.toml", &STATION.replace("code = \"9999998\"", &line))
    };
    assert_eq!(
        written("1369999998").unwrap().station.institution_code,
        "1369999998"
    );
    // Another station's, another prefecture's. The digit between both is not confirmed: nobody is refused for it.
    assert!(written("1379999998").is_ok());
    for other in ["1369999972", "1469999998"] {
        let error = written(other).unwrap_err();
        assert_eq!((error.code, error.line), (ConfigError::VALUE, 3), "{other}");
        assert!(error.key.ends_with("institution_code"), "{error:?}");
        assert!(error.message_ja.contains("1369999998"), "{error:?}");
        assert!(error.message_en.contains("1369999998"), "{error:?}");
    }
}

/// The station file with a line below `[plugins.test-gateway]`'s own keys.
fn entry_with(line: &str) -> PluginEntry {
    let file = "file = \"plugins/gateway.wasm\"";
    assert!(STATION.contains(file));
    let text = STATION.replace(file, &format!("{file}\n{line}"));
    station(&text).plugins["test-gateway"].clone()
}

const SCHEMA: &str = r#"{
    "type": "object",
    "properties": {
        "days": {"type": "integer"}, "names": {}, "deep": {},
        "layouts": {
            "type": "object",
            "properties": {"one": {"type": "object", "properties": {"prefix": {"type": "string"}},
                                   "additionalProperties": false}},
            "additionalProperties": false
        }
    },
    "additionalProperties": false
}"#;

fn joined(line: &str, text: &str) -> Result<Settings, Fault> {
    Settings::of(&entry_with(line), |_| Ok(text.to_owned()))
}

#[test]
fn a_setting_may_stand_in_a_file_of_its_own_as_toml_or_json() {
    let toml = joined(
        "settings_files = { layouts = \"layouts.toml\" }",
        "\u{feff}[one]\nprefix = \"OQSsihvq01req\"\n",
    )
    .unwrap();
    let json = joined(
        "settings_files = { layouts = \"layouts.JSON\" }",
        r#"{"one": {"prefix": "OQSsihvq01req"}}"#,
    )
    .unwrap();
    assert_eq!(toml.json(), json.json());
    toml.check(SCHEMA).unwrap();
    let value: serde_json::Value = serde_json::from_str(&toml.json()).unwrap();
    assert_eq!(value["layouts"]["one"]["prefix"], "OQSsihvq01req");
    assert_eq!(value["days"], 3, "what the station file says stays");
}

#[test]
fn what_is_wrong_in_such_a_file_is_said_of_that_file() {
    let line = "settings_files = { layouts = \"layouts.toml\" }";
    let errors = joined(line, "[one]\nprefx = \"a\"\n")
        .unwrap()
        .check(SCHEMA)
        .unwrap_err();
    assert_eq!(errors[0].file.as_deref(), Some("layouts.toml"));
    assert_eq!(errors[0].path, "/one");
    let fault = settings::fault("test-gateway", &errors);
    assert!(fault.message_ja.contains("layouts.toml: /one"), "{fault:?}");
    assert!(fault.message_ja.contains("prefix"), "{fault:?}");

    let fault = joined(line, "[one]\nprefix = \n").unwrap_err();
    assert_eq!(fault.code, "config/syntax");
    assert!(
        fault.message_ja.contains("layouts.toml の 2 行"),
        "{fault:?}"
    );
    let fault = joined(
        "settings_files = { layouts = \"a.json\" }",
        "{\n\"one\": x}",
    )
    .unwrap_err();
    assert!(fault.message_en.starts_with("a.json:2:"), "{fault:?}");
}

#[test]
fn a_station_grants_prefixes_that_its_layout_file_gives() {
    let req = "kind = \"terminal\"";
    assert!(STATION.contains(req));
    let text = STATION.replace(req, &format!("{req}\nextra_prefixes = [\"OQSsihvq01req\"]"));
    let with = grants(&text);
    let without = grants(STATION);
    assert!(with.exchange("terminal", "OQSsihvq01req").is_ok());
    assert!(with.exchange("terminal", "OQSsiurl01req").is_err());
    let fault = without.exchange("terminal", "OQSsihvq01req").unwrap_err();
    assert_eq!(fault.code, "policy/denied");
    assert!(
        fault
            .message_ja
            .contains("extra_prefixes = [\"OQSsihvq01req\"]"),
        "{fault:?}"
    );
}

/// A change of the station file, where the complaint stands, and what it says.
const COMPLAINTS: &[(&str, &str, &str, &str)] = &[
    ("[accept]", "[acept]", "acept", "did you mean `accept`"),
    ("\"17:30\"", "\"25:30\"", "intake.times", "12:30"),
    (
        "\"day-after\"",
        "\"after\"",
        "eligibility.loss_day",
        "day-itself",
    ),
    (
        "req = ",
        "reg = ",
        "exchange.terminal.reg",
        "did you mean `req`",
    ),
    (
        "timeout_seconds = 10",
        "timeout = 10",
        "endpoints.gateway.timeout",
        "did you mean",
    ),
    (
        "key_header = ",
        "keyheader = ",
        "endpoints.gateway.allow.keyheader",
        "did you mean `key_header`",
    ),
    (
        "memory_mib = 64",
        "memory_mb = 64",
        "plugins.test-gateway.limits.memory_mb",
        "did you mean `memory_mib`",
    ),
    (
        "memory_mib = 64",
        "memory_mib = 0",
        "plugins.test-gateway.limits.memory_mib",
        "from 1 to 4096",
    ),
    (
        "file = \"plugins/gateway.wasm\"",
        "file = \"plugins/gateway.wasm\"\nsettings_files = { days = \"days.toml\" }",
        "plugins.test-gateway.settings_files.days",
        "stands in `settings`, too",
    ),
    (
        "kind = \"terminal\"",
        "kind = \"terminal\"\nextra_prefixes = [\"OQSsihvq01\"]",
        "exchange.terminal.extra_prefixes",
        "end in `req`",
    ),
    (
        "kind = \"handover\"",
        "kind = \"handover\"\nextra_prefixes = [\"OQSsihvq01req\"]",
        "exchange.handover.extra_prefixes",
        "has no meaning",
    ),
    (
        "code = \"9999998\"",
        "code = 9999998",
        "station.code",
        "must be a string, not integer",
    ),
    (
        "code = \"9999998\"",
        "code = \"999999\"",
        "station.code",
        "7 digits",
    ),
    ("code = \"9999998\"", "", "station.code", "is missing"),
    (
        "tls_floor = \"1.3\"",
        "tls_floor = \"1.1\"",
        "endpoints.gateway.tls_floor",
        "1.2",
    ),
    (
        "https://127.0.0.1",
        "http://127.0.0.1",
        "endpoints.gateway.url",
        "https",
    ),
    (
        "identity = \"station\"",
        "identity = \"other\"",
        "endpoints.gateway.identity",
        "[identities.other]",
    ),
    (
        "127.0.0.0/8",
        "127.0.0.1/8",
        "endpoints.gateway.addresses",
        "127.0.0.0/8",
    ),
    (
        "path = \"submissions\"",
        "path = \"../submissions\"",
        "endpoints.gateway.allow.path",
        "`..`",
    ),
    (
        "repeat = \"never\"",
        "repeat = \"maybe\"",
        "endpoints.gateway.allow.repeat",
        "safe, keyed, never",
    ),
    (
        "key_header = \"idempotency-key\"",
        "",
        "endpoints.gateway.allow.key_header",
        "is missing",
    ),
    (
        "key_header = \"idempotency-key\"",
        "key_header = \"Host\"",
        "endpoints.gateway.allow.key_header",
        "is the host's",
    ),
    (
        "kind = \"handover\"",
        "kind = \"terminal\"",
        "exchange.handover.path",
        "no meaning",
    ),
    (
        "[exchange.handover]",
        "[exchange.Handover]",
        "exchange.Handover",
        "lower-case",
    ),
    (
        "digest = \"sha256:",
        "digest = \"md5:",
        "plugins.test-gateway.approved.digest",
        "sha256",
    ),
    (
        "\"https:gateway\"",
        "\"http:gateway\"",
        "plugins.test-gateway.approved.capabilities",
        "exchange, https, identity",
    ),
    (
        "fill = true",
        "fill = \"yes\"",
        "accept.fill",
        "true or false",
    ),
];

#[test]
fn every_complaint_names_the_key_and_the_line_and_says_what_to_write() {
    for (right, wrong, key, says) in COMPLAINTS {
        assert!(STATION.contains(right), "{right}");
        let text = STATION.replacen(right, wrong, 1);
        let error = StationFile::parse("station.toml", &text).expect_err(wrong);
        assert_eq!(error.key, *key, "{error}");
        assert!(error.message_en.contains(says), "{error}");
        assert!(!error.message_ja.is_ascii(), "{}", error.message_ja);
        // What is missing is missed at its table.
        if error.code != ConfigError::MISSING_KEY {
            let line = STATION
                .lines()
                .take_while(|line| !line.contains(right))
                .count()
                + 1;
            // A kind that does not fit is complained about at the next line, its path.
            assert!(error.line == line || error.line == line + 1, "{error}");
        }
        let fault = Fault::from(error);
        assert!(
            fault.message_en.starts_with("station.toml:") && fault.code.starts_with("config/"),
            "{fault}"
        );
    }
}

#[test]
fn text_that_is_no_toml_is_refused_where_it_stops_being() {
    let error = StationFile::parse("station.toml", "[station]\ncode = \n").unwrap_err();
    assert_eq!((error.code, error.line), (ConfigError::SYNTAX, 2));
    let error = StationFile::parse("station.toml", "").unwrap_err();
    assert_eq!(
        (error.code, error.key.as_str()),
        (ConfigError::MISSING_KEY, "station")
    );
}

#[test]
fn a_manifest_is_read_whole_and_refuses_what_it_does_not_know() {
    let manifest = manifest();
    assert_eq!(manifest.roles, [Role::Eligibility, Role::Claims]);
    assert_eq!(manifest.capabilities.len(), 4);
    for (right, wrong, says) in [
        ("vendor", "vender", "did you mean `vendor`"),
        ("[\"claims\", \"eligibility\"]", "[]", "at least one role"),
        (
            "[\"claims\", \"eligibility\"]",
            "[\"claim\"]",
            "adapter, checker, eligibility, claims",
        ),
        (
            "[\"claims\", \"eligibility\"]",
            "[\"adapter\"]",
            "may ask for nothing",
        ),
        (
            "id = \"test-gateway\"",
            "id = \"Test Gateway\"",
            "lower-case",
        ),
        ("contract = \"0.1.0\"", "contract = \"0.1\"", "0.1.0"),
        ("\"TESTreq\"", "\"../x\"", "ASCII letters or digits"),
        ("name = \"handover\"", "name = \"terminal\"", "twice"),
    ] {
        assert!(MANIFEST.contains(right), "{right}");
        let error =
            Manifest::parse("plugin.toml", &MANIFEST.replacen(right, wrong, 1)).expect_err(wrong);
        assert!(error.message_en.contains(says), "{error}");
    }
}

#[test]
fn a_host_serves_its_own_contract_and_what_older_plugins_need_of_it() {
    let version = |text| ContractVersion::parse(text).unwrap();
    for (host, plugin, serves) in [
        ("0.1.0", "0.1.0", true),
        ("0.1.2", "0.1.1", true),
        ("0.1.0", "0.1.1", false),
        ("0.2.0", "0.1.0", false),
        ("1.3.0", "1.2.9", true),
        ("1.2.0", "1.3.0", false),
        ("2.0.0", "1.0.0", false),
    ] {
        assert_eq!(
            version(host).serves(version(plugin)),
            serves,
            "{host} {plugin}"
        );
    }
    for text in [
        "",
        "1",
        "1.2",
        "1.2.3.4",
        "01.2.3",
        "1.2.x",
        "1.2.-3",
        "1.2.99999999999",
    ] {
        assert!(ContractVersion::parse(text).is_err(), "{text}");
    }
}

#[test]
fn what_is_requested_approved_and_bound_is_granted() {
    let grants = grants(STATION);
    assert!(grants.missing().is_empty(), "{:?}", grants.missing());
    assert_eq!(
        grants.exchange("terminal", "TESTreq").unwrap().name,
        name("terminal")
    );
    assert!(grants.exchange("handover", "").unwrap().is_handover());
    assert_eq!(grants.endpoint("gateway").unwrap().url.port(), 18443);
    assert_eq!(grants.identity("station").unwrap().file, name("station"));
}

/// What is asked of altered files, and the line that the denial must print.
#[test]
fn a_denial_prints_the_lines_to_add() {
    let denied = |result: Result<(), Fault>, lines: &str| {
        let fault = result.expect_err(lines);
        assert_eq!(fault.code, "policy/denied");
        assert!(
            fault.message_en.contains(lines),
            "{}\n-- lacks --\n{lines}",
            fault.message_en
        );
        assert!(fault.message_ja.contains(lines), "{}", fault.message_ja);
    };
    let all = "capabilities = [\"exchange:terminal\", \"exchange:handover\", \"https:gateway\", \"identity:station\"]";

    // Not in the manifest.
    denied(
        grants(STATION).exchange("elsewhere", "").map(drop),
        "[[capabilities]]\nkind = \"exchange\"\nname = \"elsewhere\"",
    );
    denied(
        grants(STATION).exchange("terminal", "OTHERreq").map(drop),
        "prefixes = [\"TESTreq\", \"OTHERreq\"]",
    );
    denied(grants(STATION).exchange("../x", "").map(drop), "");

    // Not approved, or approved as something else.
    let text = STATION.replace(
        "[plugins.test-gateway.approved]",
        "[plugins.other]\nfile = \"x\"\n[plugins.other.approved]",
    );
    denied(grants(&text).endpoint("gateway").map(drop), all);
    let text = STATION.replacen("sha256:ab", "sha256:00", 1);
    denied(
        grants(&text).endpoint("gateway").map(drop),
        &format!("digest = \"{}\"", digest()),
    );
    assert_eq!(grants(&text).missing().len(), 4);
    let text = STATION.replace(", \"https:gateway\"", "");
    denied(
        grants(&text).endpoint("gateway").map(drop),
        "[plugins.test-gateway.approved]\ncapabilities = [\"exchange:handover\", \"exchange:terminal\", \"identity:station\", \"https:gateway\"]",
    );

    // Bound to nothing.
    let text = STATION.replace("[exchange.handover]", "[exchange.archive]");
    denied(
        grants(&text).exchange("handover", "").map(drop),
        "[exchange.handover]\nkind = \"handover\"",
    );
}

#[test]
fn an_approval_of_builtin_holds_for_shipped_plugins_only() {
    let exact = digest().to_string();
    let text = STATION.replace(&exact, "builtin");
    assert!(grants(&text).endpoint("gateway").is_err());
    let shipped = Grants::new(&manifest(), &digest(), true, &station(&text));
    assert!(shipped.endpoint("gateway").is_ok());
}

fn send(method: &str, path: &str) -> Effect {
    let request = HttpRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: vec![],
        body: vec![].into(),
    };
    Effect::HttpsSend {
        endpoint: "gateway".to_owned(),
        request,
    }
}

#[test]
fn the_binding_decides_who_may_repeat_an_effect() {
    let grants = grants(STATION);
    let class = |effect| grants.admit(&effect).map(|admitted| admitted.repeat());
    assert_eq!(
        class(send("POST", "submissions")).unwrap(),
        RepeatClass::Keyed
    );
    assert_eq!(
        class(send("GET", "submissions/17?full=1")).unwrap(),
        RepeatClass::Safe
    );
    assert_eq!(
        class(send("POST", "submissions/17/confirm")).unwrap(),
        RepeatClass::Never
    );
    assert_eq!(class(Effect::TimerNow).unwrap(), RepeatClass::Safe);
    for (method, path) in [
        ("DELETE", "submissions"),
        ("POST", "submissions/17"),
        ("post", "submissions"),
        ("GET", "submissions/17/x"),
        ("GET", "https://elsewhere.example/"),
        ("GET", "/submissions/17"),
        ("GET", "submissions/%2E%2E"),
        ("GET", ""),
    ] {
        let fault = class(send(method, path)).unwrap_err();
        assert_eq!(fault.code, "policy/denied", "{method} {path}");
    }
    let fault = class(send("PUT", "submissions/17")).unwrap_err();
    assert!(
        fault
            .message_en
            .contains("[[endpoints.gateway.allow]]\nmethod = \"PUT\"\npath = \"submissions/17\"")
    );
}

#[test]
fn a_request_goes_to_a_terminal_and_a_file_to_a_hand_over_folder() {
    let grants = grants(STATION);
    let put = |folder: &str, prefix: &str| Effect::ExchangePut {
        folder: folder.to_owned(),
        prefix: prefix.to_owned(),
        extension: "xml".to_owned(),
        body: vec![].into(),
    };
    let place = |folder: &str| Effect::ExchangePlace {
        folder: folder.to_owned(),
        path: "a".to_owned(),
        body: vec![].into(),
    };
    assert!(grants.admit(&put("terminal", "TESTreq")).is_ok());
    assert!(grants.admit(&put("terminal", "")).is_err());
    assert!(grants.admit(&put("handover", "TESTreq")).is_err());
    assert!(grants.admit(&place("handover")).is_ok());
    assert!(
        grants
            .admit(&place("terminal"))
            .unwrap_err()
            .message_en
            .contains("kind = \"handover\"")
    );
}

#[test]
fn an_unknown_setting_is_told_with_the_one_that_is_meant_also_behind_a_reference() {
    let schema = r##"{"type":"object","additionalProperties":false,
        "properties":{"poll_seconds":{"type":"integer"},"key":{"$ref":"#/$defs/Key"}},
        "$defs":{"Key":{"type":"object","additionalProperties":false,"properties":{"digits":{"type":"integer"}}}}}"##;
    for (settings, path, meant) in [
        (r#"{"pol_seconds":1}"#, "", "poll_seconds"),
        (r#"{"poll":1}"#, "", "poll_seconds"),
        (r#"{"key":{"digit":1}}"#, "/key", "digits"),
    ] {
        let errors = settings::check(schema, settings).unwrap_err();
        assert_eq!(errors[0].path, path);
        assert!(
            errors[0]
                .message_ja
                .contains(&format!("「{meant}」ではありませんか"))
        );
        assert!(
            errors[0]
                .message_en
                .contains(&format!("did you mean `{meant}`"))
        );
    }
    let errors = settings::check(schema, r#"{"something-else-altogether":1}"#).unwrap_err();
    assert!(!errors[0].message_en.contains("did you mean"));
}

#[test]
fn settings_are_checked_with_their_path_in_both_languages() {
    let schema = r#"{"type":"object","additionalProperties":false,"required":["days"],
        "properties":{"days":{"type":"integer","minimum":1},"mode":{"enum":["a","b"]}}}"#;
    assert!(settings::check(schema, r#"{"days":1,"mode":"a"}"#).is_ok());
    for (wrong, path, ja) in [
        (r#"{"days":0}"#, "/days", "1 以上"),
        (r#"{"days":"1"}"#, "/days", "整数"),
        (r#"{"days":1,"mode":"c"}"#, "/mode", "いずれか"),
        (r#"{"days":1,"dyas":2}"#, "", "dyas"),
        ("{}", "", "days"),
        ("no", "", "JSON"),
    ] {
        let errors = settings::check(schema, wrong).unwrap_err();
        assert_eq!(errors[0].path, path, "{wrong}");
        assert!(
            errors[0].message_ja.contains(ja),
            "{}",
            errors[0].message_ja
        );
    }
    assert!(settings::check(r#"{"$ref":"https://elsewhere.example/schema.json"}"#, "{}").is_err());
    assert!(settings::check("{", "{}").is_err());
    let fault = settings::fault("test-gateway", &settings::check(schema, "{}").unwrap_err());
    assert!(
        fault.message_en.contains("[plugins.test-gateway.settings]"),
        "{fault}"
    );
}

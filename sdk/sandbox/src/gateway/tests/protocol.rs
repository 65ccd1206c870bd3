//! The document of the protocol and the program say the same.

use super::*;
use crate::gateway::problem::Code;

/// The lines of a block of the document that begins with `head`, without its indentation.
fn block<'d>(head: &str, indentation: usize) -> Vec<&'d str> {
    // The last one: schemas stand behind responses of the same name.
    let (_, rest) = OPENAPI.rsplit_once(&format!("\n{head}\n")).unwrap();
    rest.lines()
        .take_while(|line| line.len() - line.trim_start().len() >= indentation)
        .map(|line| &line[indentation..])
        .collect()
}

#[test]
fn every_route_stands_in_the_document_and_no_other() {
    let mut documented = Vec::new();
    let mut path = "";
    for line in block("paths:", 2) {
        if let Some(name) = line.strip_prefix('/') {
            path = name.trim_end_matches(':');
        } else if let Some(method) = line
            .strip_prefix("  ")
            .filter(|line| matches!(*line, "get:" | "post:"))
        {
            documented.push((method.trim_end_matches(':').to_owned(), format!("/{path}")));
        }
    }
    let routes: Vec<_> = ROUTES
        .map(|(method, path)| (method.to_owned(), path.to_owned()))
        .to_vec();
    assert_eq!(documented, routes);
}

#[test]
fn every_problem_stands_in_the_document_with_its_status_and_no_other() {
    let known: Vec<String> = Code::ALL
        .iter()
        .map(|code| format!("{}: {}", code.name(), code.status().as_u16()))
        .collect();
    let documented = OPENAPI.split_once("    ProblemCode:\n").unwrap().1;
    let (_, documented) = documented.split_once("      x-status:\n").unwrap();
    let documented: Vec<&str> = documented
        .lines()
        .map_while(|line| line.strip_prefix("        "))
        .collect();
    assert_eq!(documented, known);
}

#[test]
fn every_state_and_what_may_follow_it_stands_in_the_document() {
    let known: Vec<String> = State::ALL
        .iter()
        .map(|state| {
            let next: Vec<&str> = state.next().iter().map(|next| next.name()).collect();
            format!("{}: [{}]", state.name(), next.join(", "))
        })
        .collect();
    assert_eq!(block("      x-next:", 8), known);
    for state in State::ALL {
        assert_eq!(serde_json::to_value(state).unwrap(), state.name());
    }
}

#[test]
fn every_answer_carries_the_time_of_the_gateways_own_clock() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, OWN);
    for path in ["submissions", "nowhere", "calendar"] {
        let date = station.header(station.ask(Method::GET, path), "date");
        assert_eq!(
            date.as_deref(),
            Some("Thu, 07 Nov 2024 01:00:00 GMT"),
            "{path}"
        );
    }
}

/// What a schema of the document requires, and what it knows.
fn schema(name: &str) -> (Vec<&'static str>, Vec<&'static str>) {
    let lines = block(&format!("    {name}:"), 6);
    let required = lines
        .iter()
        .find_map(|line| line.strip_prefix("required: [")?.strip_suffix(']'))
        .unwrap();
    let known = lines
        .iter()
        .skip_while(|line| **line != "properties:")
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_once(':'));
    (
        required.split(", ").collect(),
        known.map(|(name, _)| name).collect(),
    )
}

#[track_caller]
fn is(name: &str, value: &Value) {
    let (required, known) = schema(name);
    let has: Vec<&str> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    for field in required {
        assert!(has.contains(&field), "{name} lacks {field}: {value}");
    }
    for field in has {
        assert!(
            known.contains(&field),
            "{name} does not know {field}: {value}"
        );
    }
}

#[test]
fn answers_have_the_fields_that_the_document_gives_them() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Turned::at(DAY);
    let options = GatewayOptions {
        review: Some(Review {
            return_one_in: 0,
            adjust_one_in: 1,
            ..Review::default()
        }),
        ..turned(&clock)
    };
    let gateway = Gateway::start(folder.path(), options).unwrap();
    let station = Station::new(&gateway, OWN);
    is("Submission", &station.submit("k", &claim()).1);
    is(
        "Finding",
        &station.get("submissions/s-000001/findings").1["findings"][0],
    );
    is(
        "Problem",
        &station.get("submissions/s-000001/acknowledgement").1,
    );
    is(
        "Submission",
        &station
            .post("submissions/s-000001/confirm?errors=include")
            .1,
    );
    is(
        "Acknowledgement",
        &station.get("submissions/s-000001/acknowledgement").1,
    );
    let calendar = station.get("calendar").1;
    is("Calendar", &calendar);
    is("Activity", &calendar["payers"][0]["claims"]);
    clock.turn("2024-12-21T09:00:00+09:00");
    let listed = station.get("downloads").1;
    let rows = listed["downloads"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{listed}");
    for (row, name, receipt) in [
        (&rows[0], "Adjustments", "/adjustments/0/receipt"),
        (&rows[1], "Payments", "/payments/0/rows/0/receipt"),
    ] {
        is("Download", row);
        let bytes = station.bytes(&format!("downloads/{}", row["id"].as_str().unwrap()));
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        is(name, &document);
        is("ReceiptRef", document.pointer(receipt).unwrap());
    }
}

/// Answers that stand beside the document, for whoever writes a client or a gateway; the plugin's
/// tests read the same files.
#[test]
fn the_examples_beside_the_document_are_what_the_gateway_answers() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Turned::at(DAY);
    let options = GatewayOptions {
        review: Some(Review {
            return_one_in: 0,
            adjust_one_in: 1,
            ..Review::default()
        }),
        ..turned(&clock)
    };
    let gateway = Gateway::start(folder.path(), options).unwrap();
    let station = Station::new(&gateway, OWN);
    station.submit("9999998:1:2024-11", &claim());
    let path = |rest: &str| format!("submissions/s-000001{rest}");
    station.post(&path("/confirm?errors=include"));
    station.take_down(
        "s-000001",
        &json!({"receipts": [2], "reason": "保険者番号の誤り"}),
    );
    let csv = station
        .ask(Method::GET, &path("/acknowledgement"))
        .header("accept", "text/csv");
    let mut answers = vec![
        ("submission.json", station.bytes(&path(""))),
        (
            "acknowledgement.json",
            station.bytes(&path("/acknowledgement")),
        ),
        (
            "acknowledgement.csv",
            station.text(csv).unwrap().1.into_bytes(),
        ),
        ("calendar.json", station.bytes("calendar")),
    ];
    clock.turn("2024-12-21T09:00:00+09:00");
    answers.push(("downloads.json", station.bytes("downloads")));
    for (name, id) in [
        ("returns.HEN", "202412-1-returns"),
        ("adjustments.json", "202412-1-adjustments"),
        ("payments.json", "202412-1-payments"),
    ] {
        answers.push((name, station.bytes(&format!("downloads/{id}"))));
    }
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("gateway-examples");
    for (name, answer) in answers {
        let path = examples.join(name);
        if std::env::var_os("WRITE_EXAMPLES").is_some() {
            std::fs::write(&path, &answer).unwrap();
        }
        let example = std::fs::read(&path).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&example),
            String::from_utf8_lossy(&answer),
            "{name}: run this test with WRITE_EXAMPLES=1 where the protocol changed on purpose"
        );
    }
}

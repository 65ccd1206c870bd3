//! The document of the protocol and the program say the same.

use super::*;
use crate::gateway::problem::Code;

/// The lines of a block of the document that begins with `head`, without its indentation.
fn block<'d>(head: &str, indentation: usize) -> Vec<&'d str> {
    let (_, rest) = OPENAPI.split_once(&format!("\n{head}\n")).unwrap();
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

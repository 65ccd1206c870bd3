//! What is known of a request that got no ordinary answer.

use crate::{
    scene::{Scene, get, post},
    server::Then,
};
use reseplug_policy::{AddressRange, AddressRule, BaseUrl};
use std::time::Duration;

#[test]
fn a_redirect_is_an_answer_and_nobody_follows_it() {
    let scene = Scene::new(Then::Answer(
        "HTTP/1.1 302 Found\r\nlocation: https://127.0.0.1/elsewhere\r\ncontent-length: 0\r\n\r\n"
            .into(),
    ));
    let response = scene.send(&get("submissions/1")).unwrap();
    assert_eq!(response.status, 302);
    assert!(
        response
            .headers
            .contains(&("location".into(), "https://127.0.0.1/elsewhere".into()))
    );
    assert_eq!(scene.server.seen.connections(), 1);
}

#[test]
fn a_connection_cut_before_the_answer_leaves_the_outcome_unknown_and_is_not_retried() {
    let scene = Scene::new(Then::Cut);
    assert_eq!(
        scene.unknown(&post("submissions", &[], b"x")),
        "egress/connection-lost"
    );
    assert_eq!(scene.server.seen.requests.lock().unwrap().len(), 1);
    assert_eq!(scene.server.seen.connections(), 1);
}

#[test]
fn no_answer_in_time_leaves_the_outcome_unknown() {
    let mut scene = Scene::new(Then::Hang);
    scene.binding.timeout = Duration::from_millis(1500);
    assert_eq!(
        scene.unknown(&post("submissions", &[], b"x")),
        "egress/timeout"
    );
}

#[test]
fn an_answer_that_stops_half_way_is_not_taken_for_whole() {
    let scene = Scene::new(Then::Answer(
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".into(),
    ));
    assert_eq!(
        scene.unknown(&post("submissions", &[], b"x")),
        "egress/connection-lost"
    );
}

#[test]
fn an_answer_above_the_cap_is_not_read() {
    let scene = Scene::new(Then::ok(&"x".repeat(1001)));
    assert_eq!(
        scene.unknown(&get("submissions/1")),
        "egress/response-too-large"
    );
    let scene = Scene::new(Then::ok(&"x".repeat(1000)));
    assert_eq!(
        scene
            .send(&get("submissions/1"))
            .unwrap()
            .body
            .as_slice()
            .len(),
        1000
    );
}

#[test]
fn nobody_listening_is_told_from_a_name_nobody_knows() {
    let mut scene = Scene::new(Then::ok(""));
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    scene.binding.url = BaseUrl::parse(&format!("https://{free}/v1/")).unwrap();
    assert_eq!(
        scene.not_sent(&get("submissions/1")),
        "egress/connection-refused"
    );
    // RFC 6761 §6.4: no name below `invalid` ever exists.
    scene.binding.url = BaseUrl::parse("https://gateway.invalid/v1/").unwrap();
    assert_eq!(scene.not_sent(&get("submissions/1")), "egress/dns");
}

#[test]
fn a_name_is_resolved_checked_and_connected_to() {
    let mut scene = Scene::new(Then::ok("by name"));
    let port = scene.server.address.port();
    scene.binding.url = BaseUrl::parse(&format!("https://localhost:{port}/v1/")).unwrap();
    let ranges = ["127.0.0.0/8", "::1"].map(|range| AddressRange::parse(range).unwrap());
    scene.binding.addresses = AddressRule::Within(ranges.to_vec());
    assert_eq!(
        scene.send(&get("submissions/1")).unwrap().body.as_slice(),
        b"by name"
    );
}

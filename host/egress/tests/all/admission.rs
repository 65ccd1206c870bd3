//! What never reaches the network.

use crate::{
    scene::{Scene, get, post},
    server::Then,
};
use reseplug_effect::RepeatClass;

#[test]
fn who_may_repeat_is_the_bindings_to_say_and_a_key_must_be_there() {
    let scene = Scene::new(Then::ok(""));
    let egress = scene.egress();
    let class = |request| egress.class("gateway", &request).unwrap();
    assert_eq!(class(get("submissions/1")), RepeatClass::Safe);
    assert_eq!(
        class(post("submissions/1/withdraw", &[], b"")),
        RepeatClass::Never
    );
    assert_eq!(
        class(post("submissions", &[("Idempotency-Key", "k")], b"")),
        RepeatClass::Keyed
    );
    for headers in [
        &[][..],
        &[("idempotency-key", " ")],
        &[("idempotency-key", "a"), ("Idempotency-Key", "b")],
    ] {
        assert_eq!(
            class(post("submissions", headers, b"")),
            RepeatClass::Never,
            "{headers:?}"
        );
    }
    assert_eq!(
        egress.class("gateway", &get("returns")).unwrap_err().code,
        "policy/denied"
    );
    assert_eq!(
        egress.class("elsewhere", &get("returns")).unwrap_err().code,
        "policy/denied"
    );
}

#[test]
fn what_the_binding_does_not_allow_is_not_sent() {
    let scene = Scene::new(Then::ok(""));
    assert_eq!(scene.not_sent(&get("returns")), "policy/denied");
    assert_eq!(
        scene.not_sent(&get("submissions/../returns")),
        "policy/denied"
    );
    assert_eq!(
        scene.not_sent(&get("https://other.example/")),
        "policy/denied"
    );
    let big = vec![b'x'; 1001];
    assert_eq!(
        scene.not_sent(&post("submissions", &[], &big)),
        "egress/request-too-large"
    );
    for header in [
        ("host", "other"),
        ("Content-Length", "1"),
        ("transfer-encoding", "chunked"),
        ("x\r\ny", "1"),
        ("x", "a\r\nb: c"),
    ] {
        assert_eq!(
            scene.not_sent(&post("submissions", &[header], b"")),
            "egress/header",
            "{header:?}"
        );
    }
    assert_eq!(scene.server.seen.connections(), 0);
}

#[test]
fn an_endpoint_nobody_bound_is_named_in_the_refusal() {
    let scene = Scene::new(Then::ok(""));
    let fault = scene
        .egress()
        .send("elsewhere", &get("x"))
        .unwrap_err()
        .fault()
        .clone();
    assert!(
        fault.message_en.contains("[endpoints.elsewhere]"),
        "{}",
        fault.message_en
    );
}

//! Requests to endpoints and facts about certificates, against the simulated gateway.

use super::super::*;
use super::not_done;
use crate::doors::scene::Scene;
use reseplug_effect::{RetryAdvice, codes};
use reseplug_sandbox::gateway::{Gateway, GatewayOptions, Mischief, RunningGateway};
use std::fs;

fn with_gateway() -> (tempfile::TempDir, RunningGateway, Scene) {
    let folder = tempfile::tempdir().unwrap();
    let gateway = Gateway::start(folder.path(), GatewayOptions::default()).unwrap();
    let scene = Scene::with(&format!(
        r#"
[endpoints.gateway]
url = "{}"
identity = "station"
roots = "ca.pem"
addresses = ["127.0.0.0/8"]
[[endpoints.gateway.allow]]
method = "POST"
path = "submissions"
repeat = "keyed"
key_header = "idempotency-key"
[[endpoints.gateway.allow]]
method = "GET"
path = "submissions"
repeat = "safe"
"#,
        gateway.url()
    ));
    fs::copy(gateway.ca_pem_path(), scene.path("ca.pem")).unwrap();
    (folder, gateway, scene)
}

fn import(doors: &Doors, gateway: &RunningGateway) {
    let container = fs::read(gateway.client_p12_path()).unwrap();
    doors
        .identities()
        .unwrap()
        .import("gateway-client", &container, gateway.client_password())
        .unwrap();
}

fn request(method: &str, headers: &[(&str, &str)], body: &[u8]) -> Effect {
    Effect::HttpsSend {
        endpoint: "gateway".into(),
        request: HttpRequest {
            method: method.into(),
            path: "submissions".into(),
            headers: headers
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect(),
            body: body.into(),
        },
    }
}

/// A file whose only receipt is refused by every check: enough to be taken.
fn filing() -> Effect {
    use sha2::Digest as _;
    let mut body = receden::repertoire::encode("HM,1,13,6,9999998,ひだまり,202411,").unwrap();
    body.extend(b"\r\nRE,1,6112,202410\r\nGO\r\n\x1a");
    let hash = hex::encode(sha2::Sha256::digest(&body));
    request(
        "POST",
        &[
            ("idempotency-key", "k-1"),
            ("content-sha256", &hash),
            ("x-payer", "1"),
            ("x-claim-month", "2024-11"),
            ("x-kind", "claim"),
        ],
        &body,
    )
}

#[test]
fn an_identity_that_is_not_imported_is_told_before_anything_is_sent() {
    let (_folder, _gateway, scene) = with_gateway();
    let (doors, grants) = (scene.doors(), scene.grants());
    let mut world = Mediation::new(&doors, &grants);
    let fault = not_done(world.perform(&request("GET", &[], b""), None));
    assert_eq!(fault.code, "identity/not-found");
    let facts = Effect::IdentityFacts {
        name: "station".into(),
    };
    assert_eq!(
        not_done(world.perform(&facts, None)).code,
        "identity/not-found"
    );
}

#[test]
fn a_request_goes_out_as_the_station_and_the_audit_record_may_say_so() {
    let (_folder, gateway, scene) = with_gateway();
    let (doors, grants) = (scene.doors(), scene.grants());
    import(&doors, &gateway);
    let mut world = Mediation::new(&doors, &grants);

    let whose = Effect::IdentityFacts {
        name: "station".into(),
    };
    let Performed::Done(Answer::Identity { facts: certificate }) = world.perform(&whose, None)
    else {
        panic!("it is there")
    };
    assert!(certificate.not_after.ends_with("+09:00"));
    assert_eq!(
        world.facts(&whose).identity.as_deref(),
        Some("gateway-client")
    );

    let look = request("GET", &[], b"");
    assert_eq!(world.prepare(&look).unwrap(), None);
    assert_eq!(world.facts(&look).tls, None, "nothing was done yet");
    let performed = world.perform(&look, None);
    assert!(
        matches!(&performed, Performed::Done(Answer::Response { response }) if response.status == 200),
        "{performed:?}"
    );
    let facts = world.facts(&look);
    assert_eq!(
        facts.destination,
        Some(format!("gateway {}", gateway.url()))
    );
    assert_eq!(
        facts.identity,
        Some(format!("gateway-client sha256:{}", certificate.thumbprint))
    );
    assert_eq!(facts.tls.as_deref(), Some("TLSv1.3"));
}

#[test]
fn the_binding_decides_who_may_repeat_a_request() {
    let (_folder, _gateway, scene) = with_gateway();
    let (doors, grants) = (scene.doors(), scene.grants());
    let world = Mediation::new(&doors, &grants);
    let class = |effect: &Effect| world.class(effect).unwrap();
    assert_eq!(class(&request("GET", &[], b"")), RepeatClass::Safe);
    assert_eq!(class(&filing()), RepeatClass::Keyed);
    assert_eq!(
        class(&request("POST", &[], b"")),
        RepeatClass::Never,
        "a keyed request without its key"
    );
    let denied = world.class(&request("DELETE", &[], b"")).unwrap_err();
    assert_eq!(denied.code, codes::DENIED);
}

#[test]
fn an_endpoint_that_is_down_is_not_sent_to_and_may_be_tried_later() {
    let (_folder, gateway, scene) = with_gateway();
    let (doors, grants) = (scene.doors(), scene.grants());
    import(&doors, &gateway);
    gateway.stop();
    let mut world = Mediation::new(&doors, &grants);
    world.prepare(&filing()).unwrap();
    let fault = not_done(world.perform(&filing(), None));
    assert_eq!(fault.code, "egress/connection-refused");
    assert_eq!(fault.retry, RetryAdvice::Later);
    assert_eq!(world.facts(&filing()).tls, None);
}

#[test]
fn what_may_have_arrived_is_not_called_unsent_because_the_next_attempt_failed() {
    let (_folder, gateway, scene) = with_gateway();
    let (doors, grants) = (scene.doors(), scene.grants());
    import(&doors, &gateway);
    let mut world = Mediation::new(&doors, &grants);
    world.prepare(&filing()).unwrap();
    gateway.arm(Mischief::AcceptThenCut).unwrap();
    assert!(matches!(
        world.perform(&filing(), None),
        Performed::Unknown(_)
    ));
    gateway.stop();
    assert!(matches!(
        world.perform(&filing(), None),
        Performed::Unknown(_)
    ));
    // The same after a crash between asking and being answered, also without the grant.
    let unapproved = scene.grants_of(false);
    for grants in [&grants, &unapproved] {
        let mut world = Mediation::new(&doors, grants);
        assert_eq!(world.recover(&filing(), None), Recovered::Unknown);
        assert!(matches!(
            world.perform(&filing(), None),
            Performed::Unknown(_)
        ));
    }
}

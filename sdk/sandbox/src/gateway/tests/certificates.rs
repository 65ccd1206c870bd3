//! Whose certificate is honoured.

use super::*;

fn refused(station: &Station) -> bool {
    station
        .text(station.ask(Method::GET, "submissions"))
        .is_none()
}

#[test]
fn without_a_certificate_nobody_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let nobody = Station::speaking(&gateway, |config| config.with_no_client_auth());
    assert!(refused(&nobody));
}

#[test]
fn an_expired_certificate_and_one_of_another_authority_are_not_served() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    for container in [
        gateway.expired_p12_path(OWN).unwrap(),
        gateway.stranger_p12_path(OWN).unwrap(),
    ] {
        assert!(
            refused(&Station::with(&gateway, &container)),
            "{container:?}"
        );
    }
}

#[test]
fn a_certificate_revoked_in_the_middle_of_the_week_is_refused_and_a_new_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = start(folder.path());
    let station = Station::new(&gateway, OWN);
    assert_eq!(station.submit("k", &claim()).0, 201);
    gateway.revoke_client(OWN).unwrap();
    let code = |station: &Station| station.get("submissions").1["code"].clone();
    assert_eq!(code(&station), "certificate-revoked");
    assert_eq!(Station::new(&gateway, OTHER).get("submissions").0, 200);
    gateway.stop();
    let gateway = start(folder.path());
    assert_eq!(code(&Station::new(&gateway, OWN)), "certificate-revoked");
    gateway.reissue_client(OWN, None).unwrap();
    let found = Station::new(&gateway, OWN).get("submissions?key=k").1;
    assert_eq!(found["submissions"][0]["id"], "s-000001");
}

#[test]
fn a_certificate_ends_by_the_gateways_clock() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Turned::at("2040-11-07T10:00:00+09:00");
    let gateway = Gateway::start(folder.path(), turned(&clock)).unwrap();
    let container = gateway.reissue_client(OWN, Some((2040, 11, 8))).unwrap();
    let station = Station::with(&gateway, &container);
    assert_eq!(station.get("submissions").0, 200);
    clock.turn("2040-11-09T10:00:00+09:00");
    let (status, problem) = station.get("submissions");
    assert_eq!(
        (status, &problem["code"]),
        (403, &json!("certificate-expired"))
    );
}

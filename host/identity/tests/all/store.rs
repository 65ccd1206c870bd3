//! The folder: what lies in it, and what happens when somebody touches it.

use crate::fixtures::{PASSWORD, Spec, entry, good_p12, issue, p12, store, store_at};
use reseplug_identity::{FileSealer, KeyHolder};
use std::fs;

#[test]
fn nothing_readable_lies_in_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let issued = issue(&Spec::default());
    store(folder.path())
        .import("station", &p12(vec![("station", entry(&issued))]), PASSWORD)
        .unwrap();
    let key = issued.key.serialized_der();
    for file in fs::read_dir(folder.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        for secret in [
            &key[key.len() - 40..],
            PASSWORD.as_bytes(),
            &issued.certificate[..40],
        ] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret));
        }
    }
}

#[cfg(unix)]
#[test]
fn files_belong_to_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    store(folder.path())
        .import("station", &good_p12(), PASSWORD)
        .unwrap();
    for file in fs::read_dir(folder.path()).unwrap() {
        assert_eq!(
            file.unwrap().metadata().unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let key = folder.path().join(FileSealer::FILE_NAME);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(
        store(folder.path()).list().unwrap_err().code(),
        "identity/seal-key-unusable"
    );
}

#[test]
fn an_altered_or_renamed_file_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    store.import("station", &good_p12(), PASSWORD).unwrap();
    let path = folder.path().join("station.1.sealed");
    let mut bytes = fs::read(&path).unwrap();
    fs::copy(&path, folder.path().join("other.1.sealed")).unwrap();
    assert_eq!(store.active("other").unwrap_err().code(), "identity/sealed");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert_eq!(
        store.active("station").unwrap_err().code(),
        "identity/sealed"
    );
}

#[test]
fn a_lost_store_key_is_not_silently_replaced() {
    let folder = tempfile::tempdir().unwrap();
    store(folder.path())
        .import("station", &good_p12(), PASSWORD)
        .unwrap();
    fs::remove_file(folder.path().join(FileSealer::FILE_NAME)).unwrap();
    assert_eq!(
        store(folder.path()).list().unwrap_err().code(),
        "identity/seal-key-missing"
    );
    assert_eq!(
        store(folder.path())
            .import("second", &good_p12(), PASSWORD)
            .unwrap_err()
            .code(),
        "identity/seal-key-missing"
    );
}

#[test]
fn the_same_certificate_twice_is_one_and_a_renewal_is_the_next_generation() {
    let folder = tempfile::tempdir().unwrap();
    let first = p12(vec![(
        "station",
        entry(&issue(&Spec {
            to: (2024, 12, 1),
            ..Spec::default()
        })),
    )]);
    let before = store(folder.path())
        .import("station", &first, PASSWORD)
        .unwrap();
    assert_eq!(
        store(folder.path())
            .import("station", &first, PASSWORD)
            .unwrap(),
        before
    );
    let renewed = store(folder.path())
        .import("station", &good_p12(), PASSWORD)
        .unwrap();
    assert_eq!((renewed.generation, renewed.active), (2, true));
    let all = store(folder.path()).list().unwrap();
    assert_eq!(
        all.iter().map(|facts| facts.active).collect::<Vec<_>>(),
        [false, true]
    );

    // A wrong one was imported: the right one, imported again, is in use again.
    let back = store(folder.path())
        .import("station", &first, PASSWORD)
        .unwrap();
    assert_eq!((back.generation, back.active), (3, true));
    assert_eq!(back.thumbprint, before.thumbprint);
    store(folder.path()).remove("station", 3).unwrap();

    store(folder.path()).remove("station", 2).unwrap();
    assert_eq!(
        store(folder.path()).active_facts("station").unwrap(),
        before
    );
    // The first has ended by then: nothing is active, and it says why.
    let later = store_at(folder.path(), "2024-12-20T09:00:00+09:00");
    assert_eq!(
        later.active("station").unwrap_err().code(),
        "identity/expired"
    );
    assert_eq!(
        later.active("nobody").unwrap_err().code(),
        "identity/not-found"
    );
}

#[test]
fn facts_are_written_with_japans_time_and_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let facts = store(folder.path())
        .import("station", &good_p12(), PASSWORD)
        .unwrap();
    let json = serde_json::to_string(&facts).unwrap();
    assert!(
        json.contains(r#""not_after":"2027-04-01T09:00:00+09:00""#),
        "{json}"
    );
    assert!(
        json.contains(r#""imported_at":"2024-10-03T09:12:00+09:00""#),
        "{json}"
    );
}

use super::*;
use crate::lease::Owned;
use jiff::{SignedDuration, Timestamp};
use reseplug_effect::RetryAdvice;
use std::path::Path;

/// A clock that stands until it is moved.
struct Hands(Mutex<Timestamp>);

impl Hands {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new("2024-10-03T00:12:00Z".parse().unwrap())))
    }
    fn pass(&self, time: SignedDuration) {
        *self.0.lock().unwrap() += time;
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct Site {
    root: tempfile::TempDir,
    clock: Arc<Hands>,
}

impl Site {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["req", "res"] {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        Self {
            root,
            clock: Hands::new(),
        }
    }
    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }
    fn binding(&self, host: &Host) -> Binding {
        let state = self.path(&format!("state-{}", host.id));
        let mut binding = Binding::new(self.path("req"), self.path("res"), state);
        binding.settle = Duration::ZERO;
        binding.max_bytes = 1000;
        binding
    }
    fn open_as(&self, host: &Host) -> Result<Folders, OpenError> {
        Folders::open(
            self.binding(host),
            host,
            Arc::clone(&self.clock) as Arc<dyn Clock>,
        )
    }
    fn open(&self) -> Folders {
        self.open_as(&host("A")).unwrap()
    }
    fn res(&self, name: &str, body: &[u8]) {
        fs::write(self.path("res").join(name), body).unwrap();
    }
    /// The visible files of a folder.
    fn list(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path(folder))
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.starts_with('.'))
            .collect();
        names.sort();
        names
    }
}

fn host(id: &str) -> Host {
    Host {
        id: id.to_owned(),
        name: format!("受付PC-{id}"),
    }
}

fn crash(folders: Folders) {
    folders.state.into_inner().unwrap().ownership.crash();
}

fn owned(error: OpenError) -> Owned {
    match error {
        OpenError::Owned(owned) => owned,
        OpenError::Fault(fault) => panic!("{fault}"),
    }
}

fn put(folders: &Folders, body: &[u8]) -> String {
    let prepared = folders.prepare_put("OQSsiquc01req", "xml", body).unwrap();
    folders.publish(&prepared).unwrap();
    prepared.name
}

const WHOLE: &[u8] = b"<XmlMsg></XmlMsg>\r\n";

#[test]
fn a_request_appears_whole_and_only_when_it_is_published() {
    let site = Site::new();
    let folders = site.open();
    let prepared = folders.prepare_put("OQSsiquc01req", "xml", WHOLE).unwrap();
    assert_eq!(prepared.name, "OQSsiquc01req_202410030001.xml");
    assert!(site.list("req").is_empty());
    assert!(!folders.is_published(&prepared).unwrap());
    folders.publish(&prepared).unwrap();
    assert!(folders.is_published(&prepared).unwrap());
    assert_eq!(
        fs::read(site.path("req").join(&prepared.name)).unwrap(),
        WHOLE
    );
}

#[test]
fn a_kill_before_the_rename_leaves_a_request_that_can_still_be_published() {
    let site = Site::new();
    let folders = site.open();
    let prepared = folders.prepare_put("OQSsiquc01req", "xml", WHOLE).unwrap();
    crash(folders);
    let folders = site.open();
    assert!(!folders.is_published(&prepared).unwrap());
    folders.publish(&prepared).unwrap();
    assert_eq!(site.list("req"), [prepared.name.as_str()]);
}

#[test]
fn a_kill_after_the_rename_publishes_nothing_again_even_if_the_terminal_took_it() {
    let site = Site::new();
    let folders = site.open();
    let prepared = folders.prepare_put("OQSsiquc01req", "xml", WHOLE).unwrap();
    folders.publish(&prepared).unwrap();
    fs::remove_file(site.path("req").join(&prepared.name)).unwrap();
    crash(folders);
    let folders = site.open();
    assert!(folders.is_published(&prepared).unwrap());
    folders.publish(&prepared).unwrap();
    assert!(site.list("req").is_empty());
}

#[test]
fn a_kill_before_the_intent_leaves_a_temporary_file_that_is_swept() {
    let site = Site::new();
    let folders = site.open();
    let known = folders.prepare_put("OQSsiquc01req", "xml", WHOLE).unwrap();
    let orphan = folders.prepare_put("OQSsiquc01req", "xml", WHOLE).unwrap();
    fs::write(
        site.path("req")
            .join(".reseplug-OQSsiquc01req_202410030099.xml.tmp"),
        b"",
    )
    .unwrap();
    assert_eq!(folders.sweep(std::slice::from_ref(&known)).unwrap(), 1);
    assert!(!folders.is_published(&known).unwrap());
    assert!(!site.path("req").join(orphan.temp).exists());
    assert!(
        site.path("req")
            .join(".reseplug-OQSsiquc01req_202410030099.xml.tmp")
            .exists()
    );
}

#[test]
fn a_name_whose_answer_still_lies_there_is_skipped() {
    let site = Site::new();
    let folders = site.open();
    site.res("OQSsiquc01res_202410030001.xml", WHOLE);
    site.res("OQSsiquc01req_202410030002.err", b"");
    fs::write(
        site.path("req").join("OQSsiquc01req_202410030003.xml"),
        b"theirs",
    )
    .unwrap();
    assert_eq!(put(&folders, WHOLE), "OQSsiquc01req_202410030004.xml");
}

#[test]
fn a_name_is_not_used_again_after_a_restart_or_when_the_clock_goes_back() {
    let site = Site::new();
    let first = put(&site.open(), WHOLE);
    site.clock.pass(SignedDuration::from_hours(24));
    let next_day = put(&site.open(), WHOLE);
    assert_eq!(next_day, "OQSsiquc01req_202410040001.xml");
    site.clock.pass(SignedDuration::from_hours(-24));
    assert_ne!(put(&site.open(), WHOLE), first);
}

#[test]
fn a_record_of_names_that_cannot_be_read_stops_requests_instead_of_repeating_names() {
    let site = Site::new();
    put(&site.open(), WHOLE);
    fs::write(site.path("state-A").join("names-20241003.json"), b"{").unwrap();
    let fault = site
        .open()
        .prepare_put("OQSsiquc01req", "xml", WHOLE)
        .unwrap_err();
    assert_eq!(fault.code, "exchange/names-unreadable");
}

#[test]
fn answers_are_found_in_the_order_of_the_requests_and_removed_only_when_finished() {
    let site = Site::new();
    let folders = site.open();
    let names: Vec<String> = (0..4).map(|_| put(&folders, WHOLE)).collect();
    site.res("OQSsiquc01res_202410030003.pdf", b"%PDF-1.7\n%%EOF\n");
    site.res("OQSsiquc01req_202410030002.err", b"");
    site.res("OQSsiquc01res_202410030001.xml", WHOLE);
    let found = folders.poll(&names, usize::MAX).unwrap();
    let seen: Vec<_> = found
        .iter()
        .map(|f| (f.request.as_str(), f.name.as_str(), f.refused))
        .collect();
    assert_eq!(
        seen,
        [
            (names[0].as_str(), "OQSsiquc01res_202410030001.xml", false),
            (names[1].as_str(), "OQSsiquc01req_202410030002.err", true),
            (names[2].as_str(), "OQSsiquc01res_202410030003.pdf", false),
        ]
    );
    assert_eq!(folders.poll(&names, 1).unwrap().len(), 1);
    assert_eq!(
        folders.poll(&names, usize::MAX).unwrap(),
        found,
        "looking takes nothing away"
    );
    for arrival in &found {
        folders.finish(&arrival.name).unwrap();
        folders.finish(&arrival.name).unwrap();
    }
    assert!(site.list("res").is_empty());
}

#[test]
fn a_half_written_answer_is_left_until_it_is_whole() {
    let site = Site::new();
    let folders = site.open();
    let names = [put(&folders, WHOLE)];
    for half in [&b""[..], b"<XmlMsg>", b"<XmlMsg></Xml"] {
        site.res("OQSsiquc01res_202410030001.xml", half);
        if half.ends_with(b">") {
            continue;
        }
        assert_eq!(folders.poll(&names, 1).unwrap(), []);
    }
    site.res("OQSsiquc01res_202410030001.xml", WHOLE);
    assert_eq!(folders.poll(&names, 1).unwrap()[0].body.as_slice(), WHOLE);
}

#[test]
fn an_answer_that_changes_within_the_settle_interval_is_left() {
    let site = Site::new();
    let mut folders = site.open();
    let names = [put(&folders, WHOLE)];
    let path = site.path("res").join("OQSsiquc01res_202410030001.xml");
    fs::write(&path, b"<a><b/>").unwrap();
    folders.settle = Box::new(move |_| fs::write(&path, b"<a><b/></a>").unwrap());
    assert_eq!(folders.poll(&names, 1).unwrap(), []);
    assert_eq!(
        folders.poll(&names, 1).unwrap()[0].body.as_slice(),
        b"<a><b/></a>"
    );
}

#[test]
fn files_of_others_are_neither_taken_nor_touched() {
    let site = Site::new();
    let folders = site.open();
    let name = put(&folders, WHOLE);
    let theirs = [
        "OQSsiquc01res_202410030077.xml",
        "OQSsiquc01res_face_9999999999abcdefghijklmnopqrst_20241003091200.xml",
        "EPSsiquc01res_202410030001.xml",
        "notes.txt",
    ];
    for file in theirs {
        site.res(file, WHOLE);
        assert_eq!(
            folders.finish(file).unwrap_err().code,
            "exchange/bad-name",
            "{file}"
        );
    }
    assert_eq!(
        folders.finish("../req/x").unwrap_err().code,
        "exchange/bad-name"
    );
    let request = "OQSsiquc01req_202410030077.xml".to_owned();
    assert_eq!(
        folders.poll(&[request], 1).unwrap_err().code,
        "exchange/bad-name"
    );
    assert_eq!(folders.poll(&[name], 1).unwrap(), []);
    folders.sweep(&[]).unwrap();
    assert_eq!(site.list("res").len(), theirs.len());
}

#[test]
fn an_encrypted_answer_names_the_setting_to_change_and_stays() {
    let site = Site::new();
    let folders = site.open();
    let names = [put(&folders, WHOLE)];
    site.res(
        "OQSsiquc01res_202410030001.zip",
        b"PK\x03\x04\x14\x00\x01\x00...PK\x05\x06....",
    );
    let fault = folders.poll(&names, 1).unwrap_err();
    assert_eq!(fault.code, "exchange/encrypted");
    assert!(
        fault.message_ja.contains("OQSsiquc01=n"),
        "{}",
        fault.message_ja
    );
    assert_eq!(site.list("res").len(), 1);
}

#[test]
fn an_answer_that_is_too_large_or_a_link_is_refused() {
    let site = Site::new();
    let folders = site.open();
    let names = [put(&folders, WHOLE)];
    site.res("OQSsiquc01res_202410030001.xml", &[b'x'; 1001]);
    assert_eq!(
        folders.poll(&names, 1).unwrap_err().code,
        "exchange/too-large"
    );
    #[cfg(unix)]
    {
        let path = site.path("res").join("OQSsiquc01res_202410030001.xml");
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", &path).unwrap();
        assert_eq!(
            folders.poll(&names, 1).unwrap_err().code,
            "exchange/not-a-file"
        );
    }
}

#[test]
fn a_prefix_that_is_no_request_is_refused() {
    let site = Site::new();
    let folders = site.open();
    for prefix in ["OQSsiquc01res", "../req", "req", "OQS_req", ""] {
        let fault = folders.prepare_put(prefix, "xml", b"").unwrap_err();
        assert_eq!(fault.code, "exchange/bad-name", "{prefix}");
    }
    assert!(folders.prepare_put("OQSsiquc01req", "x/y", b"").is_err());
}

#[test]
fn a_second_host_is_refused_with_the_owners_name_and_since_when() {
    let site = Site::new();
    let _folders = site.open();
    let refused = owned(site.open_as(&host("B")).unwrap_err());
    let by = refused.by.clone().unwrap();
    assert_eq!(
        (by.host.name.as_str(), by.since.as_str()),
        ("受付PC-A", "2024-10-03T09:12:00+09:00")
    );
    assert!(!refused.here && !refused.old);
    let fault = Fault::from(OpenError::Owned(refused));
    assert!(
        fault.message_ja.contains("受付PC-A")
            && fault.message_ja.contains("2024-10-03T09:12:00+09:00")
    );
    assert_eq!(fault.retry, RetryAdvice::Later);
}

#[test]
fn another_process_of_the_same_host_is_told_so() {
    let site = Site::new();
    let _folders = site.open();
    assert!(owned(site.open_as(&host("A")).unwrap_err()).here);
}

#[test]
fn a_host_that_ended_well_leaves_the_folders_to_anybody() {
    let site = Site::new();
    drop(site.open());
    site.open_as(&host("B")).unwrap();
}

#[test]
fn after_a_crash_the_folders_are_ours_again_and_nobody_elses() {
    let site = Site::new();
    crash(site.open());
    assert!(!owned(site.open_as(&host("B")).unwrap_err()).old);
    site.open();
}

#[test]
fn an_old_lease_says_so_and_is_taken_over_only_by_decision() {
    let site = Site::new();
    crash(site.open());
    let take_over = |clock: &Arc<Hands>| {
        let b = host("B");
        Folders::take_over(site.binding(&b), &b, Arc::clone(clock) as Arc<dyn Clock>)
    };
    assert!(
        take_over(&site.clock).is_err(),
        "its owner may be alive behind a share without locks"
    );
    site.clock.pass(SignedDuration::from_mins(6));
    let refused = owned(site.open_as(&host("B")).unwrap_err());
    assert!(refused.old);
    assert!(
        Fault::from(OpenError::Owned(refused))
            .message_ja
            .contains("引き継ぎ")
    );
    take_over(&site.clock).unwrap();
}

#[test]
fn a_live_host_renews_its_heartbeat_and_notices_that_it_was_replaced() {
    let site = Site::new();
    let folders = site.open();
    let lease = site.path("res").join(".reseplug-lease.json");
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    site.clock.pass(SignedDuration::from_mins(10));
    folders.heartbeat().unwrap();
    assert!(read(&lease).contains("2024-10-03T09:22:00+09:00"));
    fs::write(&lease, read(&lease).replace("\"A\"", "\"B\"")).unwrap();
    site.clock.pass(SignedDuration::from_mins(10));
    assert_eq!(folders.heartbeat().unwrap_err().code, "exchange/owned");
    drop(folders);
    assert!(lease.exists(), "the other host's lease stays");
}

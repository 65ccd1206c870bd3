use super::*;
use crate::Left;
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
        // A test beside this one that starts another program lets it hold every lock of this process
        // for the moment between fork and exec.
        for _ in 0..100 {
            match self.open_as(&host("A")) {
                Err(OpenError::Owned(_)) => std::thread::sleep(Duration::from_millis(10)),
                opened => return opened.unwrap(),
            }
        }
        panic!("the folder stays locked");
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
fn answers_that_come_while_the_first_one_settles_are_taken_with_it() {
    let site = Site::new();
    let mut folders = site.open();
    folders.binding.settle = Binding::SETTLE;
    let names = [
        put(&folders, WHOLE),
        put(&folders, WHOLE),
        put(&folders, WHOLE),
    ];
    let answer = |name: &str| name.replace("req_", "res_");
    site.res(&answer(&names[0]), WHOLE);
    let second = site.path("res").join(answer(&names[1]));
    let waited = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&waited);
    folders.settle = Box::new(move |time| {
        let mut waited = log.lock().unwrap();
        waited.push(time);
        if waited.iter().sum::<Duration>() == LOOK_AGAIN * 2 {
            fs::write(&second, WHOLE).unwrap();
        }
    });
    let found = folders.poll(&names, 3).unwrap();
    let requests: Vec<&String> = found.iter().map(|one| &one.request).collect();
    assert_eq!(
        requests,
        [&names[0], &names[1]],
        "the third is not there yet"
    );
    let waited: Duration = waited.lock().unwrap().iter().sum();
    assert_eq!(
        waited,
        Binding::SETTLE + LOOK_AGAIN * 2,
        "the second settled, too"
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

fn names(left: Result<Vec<Left>, Fault>) -> Vec<String> {
    left.unwrap().into_iter().map(|left| left.name).collect()
}

/// What lies there, with whether it was used.
fn left(folders: &Folders) -> Vec<(String, bool)> {
    let left = folders.late(|| Ok(BTreeSet::new())).unwrap();
    left.into_iter()
        .map(|left| (left.name, left.used))
        .collect()
}

#[test]
fn an_answer_that_was_used_and_cannot_be_removed_is_told_as_used_and_goes_when_it_can() {
    let site = Site::new();
    let folders = site.open();
    let request = put(&folders, WHOLE);
    let name = "OQSsiquc01res_202410030001.xml";
    site.res(name, WHOLE);
    let arrivals = folders.poll(std::slice::from_ref(&request), 1).unwrap();
    // What another program keeps from being removed: a folder in the file's place does so for everybody.
    let path = site.path("res").join(name);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(
        folders.finish(&arrivals[0].name).unwrap_err().code,
        "exchange/io"
    );
    drop(folders);

    let folders = site.open();
    assert_eq!(
        left(&folders),
        [(name.to_owned(), true)],
        "after a restart, too"
    );
    folders.late_told(&[name.to_owned()]).unwrap();
    assert_eq!(left(&folders), [], "told once");
    fs::remove_dir(&path).unwrap();
    site.res(name, WHOLE);
    assert_eq!(left(&folders), []);
    assert!(!path.exists(), "removed as soon as it can be");
}

#[test]
fn an_answer_that_nobody_waits_for_is_told_once_and_stays() {
    let site = Site::new();
    let folders = site.open();
    let (gone, waited) = (put(&folders, WHOLE), put(&folders, WHOLE));
    let live = BTreeSet::from([waited]);
    for name in [
        "OQSsiquc01res_202410030001.xml",
        "OQSsiquc01res_202410030002.xml",
        // Another product's, and a card reader's.
        "OQSsiquc01res_202410030077.xml",
        "OQSsiquc01res_face_9999999999abcdefghijklmnopqrst_20241003091200.xml",
    ] {
        site.res(name, WHOLE);
    }
    assert!(gone.ends_with("0001.xml"));
    for _ in 0..2 {
        assert_eq!(
            names(folders.late(|| Ok(live.clone()))),
            ["OQSsiquc01res_202410030001.xml"],
            "again until it was told"
        );
    }
    folders
        .late_told(&["OQSsiquc01res_202410030001.xml".to_owned()])
        .unwrap();
    assert!(folders.late(|| Ok(live.clone())).unwrap().is_empty());
    drop(folders);
    let folders = site.open();
    assert!(
        folders.late(|| Ok(live.clone())).unwrap().is_empty(),
        "nor after a restart"
    );
    assert_eq!(
        names(folders.late(|| Ok(BTreeSet::new()))),
        ["OQSsiquc01res_202410030002.xml"]
    );
    assert_eq!(site.list("res").len(), 4);
}

#[test]
fn a_document_that_comes_after_its_message_was_taken_stays_and_is_told() {
    let site = Site::new();
    let folders = site.open();
    let request = put(&folders, WHOLE);
    site.res("OQSsiquc01res_202410030001.xml", WHOLE);
    let arrivals = folders.poll(std::slice::from_ref(&request), 1).unwrap();
    assert_eq!(arrivals.len(), 1);
    folders.finish(&arrivals[0].name).unwrap();

    site.res("OQSsiquc01res_202410030001.pdf", b"%PDF-1.7 %%EOF");
    assert_eq!(
        names(folders.late(|| Ok(BTreeSet::new()))),
        ["OQSsiquc01res_202410030001.pdf"]
    );
    assert_eq!(site.list("res").len(), 1);
}

#[test]
fn an_answer_that_names_another_institution_is_left_where_it_lies_and_told_once() {
    let site = Site::new();
    let mut binding = site.binding(&host("A"));
    binding.owner = Some(Owner {
        element: "MedicalInstitutionCode".into(),
        ours: "1369999998".into(),
    });
    let clock = Arc::clone(&site.clock) as Arc<dyn Clock>;
    let folders = Folders::open(binding, &host("A"), clock).unwrap();
    let of = |code: &str| {
        format!("<XmlMsg><MedicalInstitutionCode>{code}</MedicalInstitutionCode></XmlMsg>")
    };
    let requests = [put(&folders, WHOLE), put(&folders, WHOLE)];
    let theirs = "OQSsiquc01res_202410030001.xml";
    site.res(theirs, of("1319999991").as_bytes());
    site.res(
        "OQSsiquc01res_202410030002.xml",
        of("1369999998").as_bytes(),
    );
    let arrivals = folders.poll(&requests, 2).unwrap();
    assert_eq!(arrivals.len(), 1, "ours is not held up by theirs");
    folders.finish(&arrivals[0].name).unwrap();
    // Nobody was told of theirs yet: were nobody to look again, it would be an answer left there.
    assert_eq!(left(&folders), [(theirs.to_owned(), false)]);

    let fault = folders.poll(&requests[..1], 1).unwrap_err();
    assert_eq!(fault.code, "exchange/other-institution");
    for word in ["1319999991", "1369999998", theirs] {
        assert!(fault.message_ja.contains(word), "{word}");
        assert!(word == theirs || fault.message_en.contains(word), "{word}");
    }
    assert_eq!(site.list("res"), [theirs]);
    assert!(folders.late(|| Ok(BTreeSet::new())).unwrap().is_empty());
}

#[test]
fn two_answers_to_one_question_are_reported_and_both_stay() {
    let site = Site::new();
    let folders = site.open();
    let names = [put(&folders, WHOLE), put(&folders, WHOLE)];
    site.res("OQSsiquc01res_202410030001.xml", WHOLE);
    for second in [
        "OQSsiquc01res_202410030001.zip",
        "OQSsiquc01req_202410030001.err",
        "OQSsiquc01res_202410030001.err",
    ] {
        let body: &[u8] = if second.ends_with("zip") {
            b"PK\x03\x04\x14\x00\x00\x00 PK\x05\x06"
        } else {
            b""
        };
        site.res(second, body);
        let fault = folders.poll(&names, 2).unwrap_err();
        assert_eq!(fault.code, "exchange/two-answers");
        for name in ["OQSsiquc01res_202410030001.xml", second] {
            assert!(fault.message_ja.contains(name), "{fault}");
        }
        assert_eq!(site.list("res").len(), 2);
        fs::remove_file(site.path("res").join(second)).unwrap();
    }
    assert_eq!(folders.poll(&names, 2).unwrap().len(), 1);
}

#[test]
fn a_document_beside_a_message_is_part_of_one_answer() {
    let site = Site::new();
    let folders = site.open();
    let names = [put(&folders, WHOLE)];
    site.res(
        "OQSsiquc01res_202410030001.png",
        b"\x89PNG\r\n\x1a\n...IEND\xaeB`\x82",
    );
    site.res("OQSsiquc01res_202410030001.xml", WHOLE);
    let found = folders.poll(&names, 1).unwrap();
    let files: Vec<_> = found.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(
        files,
        [
            "OQSsiquc01res_202410030001.xml",
            "OQSsiquc01res_202410030001.png"
        ]
    );
    assert!(found.iter().all(|f| f.request == names[0]));
}

#[test]
fn what_is_wrong_with_one_answer_does_not_cost_the_others() {
    let site = Site::new();
    let folders = site.open();
    let names = [put(&folders, WHOLE), put(&folders, WHOLE)];
    site.res("OQSsiquc01res_202410030001.xml", &[b'x'; 1001]);
    site.res("OQSsiquc01res_202410030002.xml", WHOLE);
    let found = folders.poll(&names, 2).unwrap();
    assert_eq!(found[0].request, names[1]);
    folders.finish(&found[0].name).unwrap();
    let fault = folders.poll(&names, 2).unwrap_err();
    assert_eq!(fault.code, "exchange/too-large");
    assert_eq!(site.list("res"), ["OQSsiquc01res_202410030001.xml"]);
}

#[test]
fn half_a_file_that_ends_in_a_whole_element_is_left_too() {
    let site = Site::new();
    let folders = site.open();
    let names = [put(&folders, WHOLE)];
    let half = b"<?xml version=\"1.0\"?><XmlMsg><MessageHeader></MessageHeader>";
    site.res("OQSsiquc01res_202410030001.xml", half);
    assert_eq!(folders.poll(&names, 1).unwrap(), []);
    assert_eq!(site.list("res").len(), 1);
}

#[test]
fn ten_thousand_files_of_others_make_no_difference_and_none_is_touched() {
    let site = Site::new();
    let folders = site.open();
    let names = [put(&folders, WHOLE)];
    for number in 0..10_000 {
        site.res(&format!("OQSsiquc01res_20241002{number:04}.xml"), WHOLE);
    }
    let begun = Instant::now();
    assert_eq!(folders.poll(&names, 1).unwrap(), []);
    site.res("OQSsiquc01res_202410030001.xml", WHOLE);
    let found = folders.poll(&names, 1).unwrap();
    folders.finish(&found[0].name).unwrap();
    println!("two looks among 10,000 files: {:?}", begun.elapsed());
    assert_eq!(found.len(), 1);
    assert_eq!(site.list("res").len(), 10_000);
}

#[test]
fn a_folder_that_disappears_is_reported_and_used_again_when_it_is_back() {
    let site = Site::new();
    let folders = site.open();
    let names = [put(&folders, WHOLE)];
    let (res, away) = (site.path("res"), site.path("away"));
    fs::rename(&res, &away).unwrap();
    let fault = folders.poll(&names, 1).unwrap_err();
    assert_eq!(
        (fault.code.as_str(), fault.retry),
        ("exchange/io", RetryAdvice::Later)
    );
    assert!(fault.message_ja.contains("共有フォルダー"), "{fault}");
    // The terminal answered meanwhile.
    fs::write(away.join("OQSsiquc01res_202410030001.xml"), WHOLE).unwrap();
    fs::rename(&away, &res).unwrap();
    assert_eq!(folders.poll(&names, 1).unwrap().len(), 1);
}

#[test]
fn a_folder_that_was_made_anew_is_owned_again() {
    let site = Site::new();
    let folders = site.open();
    fs::remove_dir_all(site.path("res")).unwrap();
    site.clock.pass(SignedDuration::from_mins(1));
    assert_eq!(folders.heartbeat().unwrap_err().code, "exchange/io");
    fs::create_dir(site.path("res")).unwrap();
    site.clock.pass(SignedDuration::from_mins(1));
    folders.heartbeat().unwrap();
    let refused = owned(site.open_as(&host("B")).unwrap_err());
    assert_eq!(refused.by.unwrap().host.id, "A");
}

/// A disk of a few kilobytes, where the machine allows making one.
#[cfg(target_os = "linux")]
struct TinyDisk(PathBuf);

#[cfg(target_os = "linux")]
impl TinyDisk {
    fn at(path: PathBuf) -> Option<Self> {
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=16k", "tmpfs"])
            .arg(&path)
            .stderr(std::process::Stdio::null())
            .status();
        mounted.is_ok_and(|s| s.success()).then_some(Self(path))
    }
}

#[cfg(target_os = "linux")]
impl Drop for TinyDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(&self.0).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_publishes_nothing_and_leaves_nothing_behind() {
    let site = Site::new();
    let Some(_disk) = TinyDisk::at(site.path("req")) else {
        println!("not run: only root may mount a small disk");
        return;
    };
    let folders = site.open();
    let fault = folders
        .prepare_put("OQSsiquc01req", "xml", &[b'x'; 64 * 1024])
        .unwrap_err();
    assert_eq!(
        (fault.code.as_str(), fault.retry),
        ("exchange/io", RetryAdvice::Later)
    );
    assert!(fault.message_ja.contains("空き容量"), "{fault}");
    assert_eq!(fs::read_dir(site.path("req")).unwrap().count(), 0);
    // With room again all goes on, and no name is used twice.
    assert_eq!(put(&folders, WHOLE), "OQSsiquc01req_202410030002.xml");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_the_record_of_names_makes_no_request() {
    let site = Site::new();
    fs::create_dir(site.path("state-A")).unwrap();
    let Some(_disk) = TinyDisk::at(site.path("state-A")) else {
        println!("not run: only root may mount a small disk");
        return;
    };
    let folders = site.open();
    let first = put(&folders, WHOLE);
    let filler = site.path("state-A").join("filler");
    let _ = fs::write(&filler, [0; 64 * 1024]);
    assert_eq!(
        folders
            .prepare_put("OQSsiquc01req", "xml", WHOLE)
            .unwrap_err()
            .code,
        "exchange/io"
    );
    assert_eq!(site.list("req"), [first.as_str()]);
    fs::remove_file(&filler).unwrap();
    assert_ne!(put(&folders, WHOLE), first);
}

#[test]
fn a_clock_an_hour_off_does_not_make_a_living_host_old() {
    let site = Site::new();
    crash(site.open());
    // Ours is an hour fast: the other's heartbeat looks an hour old, its file does not.
    site.clock.pass(SignedDuration::from_hours(1));
    assert!(!owned(site.open_as(&host("B")).unwrap_err()).old);
    // Ours is an hour slow: a host that is gone is old all the same.
    site.clock.pass(SignedDuration::from_hours(-2));
    silent_for(&site, Duration::from_secs(6 * 60));
    assert!(owned(site.open_as(&host("B")).unwrap_err()).old);
}

/// The lease's file was last written so long ago, as the file server tells it.
fn silent_for(site: &Site, time: Duration) {
    let lease = site.path("res").join(".reseplug-lease.json");
    let file = fs::File::options().write(true).open(lease).unwrap();
    let then = std::time::SystemTime::now() - time;
    file.set_modified(then).unwrap();
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
    silent_for(&site, Duration::from_secs(6 * 60));
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
fn a_second_run_says_that_another_one_is_there_even_before_that_one_wrote_its_name() {
    let site = Site::new();
    let first = site.open();
    let told = |site: &Site| Fault::from(site.open_as(&host("A")).unwrap_err());
    assert!(told(&site).message_ja.contains("もう一つ動いて"));
    // Its name is not there yet, or not any more.
    fs::remove_file(site.path("res").join(".reseplug-lease.json")).unwrap();
    let fault = told(&site);
    assert_eq!(fault.code, "exchange/owned");
    for part in ["別の実行", "このPC", "もう一度"] {
        assert!(fault.message_ja.contains(part), "{}", fault.message_ja);
    }
    assert!(!fault.message_ja.contains('?'), "{}", fault.message_ja);
    // One that is about to go is waited for.
    let going = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        drop(first);
    });
    site.open();
    going.join().unwrap();
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

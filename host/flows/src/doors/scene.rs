//! A station on a disk of its own, for tests.

use crate::Doors;
use jiff::{SignedDuration, Timestamp};
use reseplug_effect::{Answer, Clock, Effect};
use reseplug_journal::{Performed, World};
use reseplug_policy::{Digest, Grants, Manifest, StationFile};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

pub(crate) const WHOLE: &[u8] = b"<XmlMsg></XmlMsg>\r\n";
/// An hour after the scene's clock begins.
pub(crate) const UNTIL: &str = "2024-10-03T10:12:00+09:00";

const MANIFEST: &str = r#"
id = "connector"
version = "0.1.0"
vendor = "test"
contract = "0.1.0"
roles = ["eligibility"]
name_ja = "試験"
name_en = "Test"
[[capabilities]]
kind = "exchange"
name = "terminal"
prefixes = ["OQSsiquc01req"]
reason_ja = "試験"
reason_en = "Test"
[[capabilities]]
kind = "exchange"
name = "handover"
reason_ja = "試験"
reason_en = "Test"
[[capabilities]]
kind = "https"
name = "gateway"
reason_ja = "試験"
reason_en = "Test"
[[capabilities]]
kind = "identity"
name = "station"
reason_ja = "試験"
reason_en = "Test"
"#;

const STATION: &str = r#"
[station]
code = "9999998"
prefecture = "13"
name = "ひだまり訪問看護ステーション"
[store]
path = "store"
[plugins.connector]
file = "builtin:connector"
[plugins.connector.approved]
digest = "builtin"
by = "管理者 青空花子"
at = "2024-09-30T10:00:00+09:00"
capabilities = ["exchange:terminal", "exchange:handover", "https:gateway", "identity:station"]
[exchange.terminal]
kind = "terminal"
req = "req"
res = "res"
settle_ms = 0
max_bytes = 1000
[exchange.handover]
kind = "handover"
path = "handover"
max_bytes = 1000
[identities.station]
file = "gateway-client"
"#;

/// A clock that stands until it is moved.
pub(crate) struct Hands(Mutex<Timestamp>);

impl Hands {
    pub(crate) fn pass(&self, time: SignedDuration) {
        *self.0.lock().unwrap() += time;
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

pub(crate) struct Scene {
    root: tempfile::TempDir,
    pub(crate) clock: Arc<Hands>,
    pub(crate) station: StationFile,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    /// The usual station and more lines in its file.
    pub(crate) fn with(more: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["req", "res"] {
            fs::create_dir_all(root.path().join("station").join(folder)).unwrap();
        }
        let start = "2024-10-03T00:12:00Z".parse().unwrap();
        Self {
            root,
            clock: Arc::new(Hands(Mutex::new(start))),
            station: StationFile::parse("station.toml", &format!("{STATION}{more}")).unwrap(),
        }
    }

    /// Where the station file lies.
    pub(crate) fn folder(&self) -> PathBuf {
        self.root.path().join("station")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    pub(crate) fn doors(&self) -> Doors {
        self.doors_of("store")
    }

    /// The doors of an installation with a store of its own.
    pub(crate) fn doors_of(&self, store: &str) -> Doors {
        Doors::new(
            &self.station,
            &self.folder(),
            &self.path(store),
            Arc::clone(&self.clock) as Arc<dyn Clock>,
        )
    }

    pub(crate) fn grants(&self) -> Grants {
        self.grants_of(true)
    }

    /// The grants of a plugin that this program ships, or of another under its name, which
    /// nobody has approved.
    pub(crate) fn grants_of(&self, shipped: bool) -> Grants {
        let manifest = Manifest::parse("plugin.toml", MANIFEST).unwrap();
        let digest = Digest::from_sha256([1; 32]);
        Grants::new(&manifest, &digest, shipped, &self.station)
    }

    /// Every file of a folder but those of the lease.
    pub(crate) fn list(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path(folder))
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != ".reseplug.lock" && name != ".reseplug-lease.json")
            .collect();
        names.sort();
        names
    }

    /// The terminal answers: the request is taken away, an answer lies there.
    pub(crate) fn answer(&self, request: &str) -> String {
        let _ = fs::remove_file(self.path("req").join(request));
        let name = request.replace("req_", "res_");
        fs::write(self.path("res").join(&name), WHOLE).unwrap();
        name
    }
}

pub(crate) fn put() -> Effect {
    put_as("OQSsiquc01req", WHOLE)
}

pub(crate) fn put_as(prefix: &str, body: &[u8]) -> Effect {
    Effect::ExchangePut {
        folder: "terminal".into(),
        prefix: prefix.into(),
        extension: "xml".into(),
        body: body.into(),
    }
}

pub(crate) fn wait(request: &str) -> Effect {
    Effect::ExchangeWait {
        folder: "terminal".into(),
        requests: vec![request.into()],
        until: UNTIL.into(),
    }
}

pub(crate) fn place(path: &str, body: &[u8]) -> Effect {
    Effect::ExchangePlace {
        folder: "handover".into(),
        path: path.into(),
        body: body.into(),
    }
}

/// Prepares and publishes as the loop does, and returns the request's name.
pub(crate) fn published(world: &mut dyn World) -> String {
    let prepared = world.prepare(&put()).unwrap();
    match world.perform(&put(), prepared.as_ref()) {
        Performed::Done(Answer::Published { name }) => name,
        other => panic!("{other:?}"),
    }
}

/// Whether a folder's lease is held by anybody.
pub(crate) fn is_leased(res: &Path) -> bool {
    res.join(".reseplug-lease.json").exists()
}

//! A real browser, driven over WebDriver, for the pages that people see.
//!
//! Chromium and its driver have to be on the machine; where they are not, a test says so and
//! ends, unless `RESEPLUG_BROWSER=required` is set, as the checks that decide a landing set it.

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where the driver of the distribution puts itself.
const DRIVER: &str = "chromedriver";
/// The key of an element in the WebDriver protocol (W3C WebDriver, 12.1).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// How long a page may take to show something.
const PATIENCE: Duration = Duration::from_secs(20);

/// One window of a phone's width.
pub(crate) struct Browser {
    /// `http://127.0.0.1:<port>/session/<id>`
    session: String,
    driver: Child,
    /// Its profile, gone with it.
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Opens one, or nothing where the machine has no browser and none is required.
    pub(crate) fn open() -> Option<Self> {
        let driver = Command::new(DRIVER)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut driver = match driver {
            Ok(driver) => driver,
            Err(why) => {
                let required = std::env::var("RESEPLUG_BROWSER").is_ok_and(|v| v == "required");
                assert!(!required, "{DRIVER} does not start: {why}");
                eprintln!("skipped: no {DRIVER} on this machine ({why})");
                return None;
            }
        };
        let port = port_of(&mut driver);
        let profile = tempfile::tempdir().unwrap();
        let wanted = json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": { "args": [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--window-size=412,915",
            format!("--user-data-dir={}", profile.path().display()),
        ] } } } });
        let root = format!("http://127.0.0.1:{port}/session");
        let opened = post(&root, &wanted);
        Some(Self {
            session: format!("{root}/{}", opened["sessionId"].as_str().unwrap()),
            driver,
            _profile: profile,
        })
    }

    pub(crate) fn go(&self, url: &str) {
        self.post("url", &json!({ "url": url }));
    }

    /// Clicks what a selector names, once it is there.
    pub(crate) fn click(&self, css: &str) {
        let element = self.find(css);
        self.post(&format!("element/{element}/click"), &json!({}));
    }

    /// Types into what a selector names.
    pub(crate) fn write(&self, css: &str, text: &str) {
        let element = self.find(css);
        self.post(
            &format!("element/{element}/value"),
            &json!({ "text": text }),
        );
    }

    /// What stands there, as somebody reads it.
    pub(crate) fn text(&self, css: &str) -> String {
        let element = self.find(css);
        get(&format!("{}/element/{element}/text", self.session))
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// What a script returns.
    pub(crate) fn script(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({ "script": script, "args": [] }))
    }

    fn find(&self, css: &str) -> String {
        let until = Instant::now() + PATIENCE;
        let wanted = json!({ "using": "css selector", "value": css });
        loop {
            let found = self.post("elements", &wanted);
            if let Some(element) = found[0][ELEMENT].as_str() {
                return element.to_owned();
            }
            assert!(
                Instant::now() < until,
                "no `{css}` on the page: {}",
                self.script("return document.body.innerText")
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn post(&self, command: &str, body: &Value) -> Value {
        post(&format!("{}/{command}", self.session), body)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = ureq::delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn post(url: &str, body: &Value) -> Value {
    let answer = ureq::post(url)
        .config()
        .http_status_as_error(false)
        .build()
        .send_json(body);
    value_of(url, answer)
}

fn get(url: &str) -> Value {
    value_of(url, ureq::get(url).call())
}

fn value_of(url: &str, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Value {
    let mut answer = answer.unwrap_or_else(|why| panic!("{url}: {why}"));
    let value: Value = answer.body_mut().read_json().unwrap();
    assert!(answer.status().is_success(), "{url}: {value}");
    value["value"].clone()
}

/// The driver says on which port it listens.
fn port_of(driver: &mut Child) -> u16 {
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
        let (_, rest) = line.rsplit_once("successfully on port ")?;
        rest.trim_end_matches('.').parse().ok()
    });
    // Its pipe stays open, or its next line would end it.
    std::thread::spawn(move || lines.for_each(drop));
    port.unwrap_or_else(|| panic!("{DRIVER} ended before it listened"))
}

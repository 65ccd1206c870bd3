//! The two stations' autumn, scene by scene. A scene may be cut off anywhere and is played
//! again from its beginning: its jobs have fixed names, so they go on where they stood.

use super::clock::{StoryClock, StoryPatience};
use crate::SHIPPED;
use crate::verbs::sandbox::station_file;
use crate::verbs::write;
use jiff::Timestamp;
use reseplug::accept::{Answers, PaperEvidence};
use reseplug::decide::Reason;
use reseplug::{
    Acknowledged, Approval, ApproveRequest, Channel, CheckRequest, Ended, FillRequest, Host,
    HostOptions, IntakeRequest, RecheckRequest, Report, ReportRequest, SendRequest, Sendings, Sent,
};
use reseplug_effect::{Clock as _, Fault};
use reseplug_model::{Date, Month};
use reseplug_sandbox::phone::{ConsentBook, Identified, record_consent};
use reseplug_sandbox::station::{Product, STATIONS, Station};
use reseplug_sandbox::terminal::TerminalOptions;
use reseplug_sandbox::{RunningSandbox, Sandbox, SandboxOptions};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The demo's named user: who approves and answers.
pub(super) const USER: &str = "架空 花子（デモの管理者）";

/// What happens in a scene, to one station after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scene {
    /// The consents of these days are collected.
    Intake(&'static str, &'static str),
    /// Everybody confirmed before is asked about again.
    Recheck(&'static str),
    /// The month is filled by the station's policy.
    Fill,
    /// The user accepts what was left over.
    FillAccepted,
    /// Checked and approved.
    Approve,
    /// Files for the official terminal.
    Handover,
    /// Simulated: filed over the gateway.
    Submit,
    /// Simulated: 受付・事務点検, then 請求確定.
    Confirm,
    /// Simulated: 受領書.
    Acknowledge,
}

/// Name, moment, what happens, what to say: Japanese, English.
const SCENES: [(&str, &str, Scene, &str, &str); 15] = [
    (
        "01-september",
        "2024-09-30T18:00:00+09:00",
        Scene::Intake("2024-09-01", "2024-09-30"),
        "9月30日 夕方 — 9月に在宅で読み取ったカードを集める",
        "30 Sep, evening: collect September's card readings",
    ),
    (
        "02-recheck-october",
        "2024-10-01T08:30:00+09:00",
        Scene::Recheck("2024-10-01"),
        "10月1日 朝 — 月初の再確認",
        "1 Oct, morning: recheck",
    ),
    (
        "03-first-visit",
        "2024-10-03T18:00:00+09:00",
        Scene::Intake("2024-10-01", "2024-10-03"),
        "10月3日 夕方 — 初回訪問で読み取ったカード",
        "3 Oct, evening: a card read at a first visit",
    ),
    (
        "04-mid-october",
        "2024-10-18T18:00:00+09:00",
        Scene::Intake("2024-10-04", "2024-10-18"),
        "10月18日 夕方 — 16日に保険が変わった方",
        "18 Oct, evening: somebody's insurer changed on the 16th",
    ),
    (
        "05-birthday",
        "2024-10-22T18:00:00+09:00",
        Scene::Intake("2024-10-19", "2024-10-22"),
        "10月22日 夕方 — 75歳になった方",
        "22 Oct, evening: somebody turned 75",
    ),
    (
        "06-end-of-october",
        "2024-10-31T18:00:00+09:00",
        Scene::Intake("2024-10-23", "2024-10-31"),
        "10月31日 夕方 — 月末まで",
        "31 Oct, evening: the rest of the month",
    ),
    (
        "07-recheck-november",
        "2024-11-01T08:30:00+09:00",
        Scene::Recheck("2024-11-01"),
        "11月1日 朝 — 月初の再確認",
        "1 Nov, morning: recheck",
    ),
    (
        "08-november-visit",
        "2024-11-01T18:00:00+09:00",
        Scene::Intake("2024-11-01", "2024-11-01"),
        "11月1日 夕方 — 11月からの新しい保険",
        "1 Nov, evening: a coverage that begins in November",
    ),
    (
        "09-fill",
        "2024-11-05T09:00:00+09:00",
        Scene::Fill,
        "11月5日 — 10月分を訪問日ごとに確かめ、補完する",
        "5 Nov: verify October as of each visit day, fill",
    ),
    (
        "10-accept",
        "2024-11-05T10:00:00+09:00",
        Scene::FillAccepted,
        "11月5日 — 残った相違を管理者が受け入れる",
        "5 Nov: the manager accepts the remaining differences",
    ),
    (
        "11-approve",
        "2024-11-05T11:00:00+09:00",
        Scene::Approve,
        "11月5日 — 点検・照合して承認する",
        "5 Nov: check, guard, approve",
    ),
    (
        "12-handover",
        "2024-11-05T13:00:00+09:00",
        Scene::Handover,
        "11月5日 — 提出先ごとの請求ファイルを引き渡す",
        "5 Nov: hand over the files for both payers",
    ),
    (
        "13-submit",
        "2024-11-05T14:00:00+09:00",
        Scene::Submit,
        "11月5日 — 引渡しの分は使わないと管理者が記録し、【模擬】ゲートウェイへ送信",
        "5 Nov: the manager records that the hand-over is not used; simulated filing over the gateway",
    ),
    (
        "14-confirm",
        "2024-11-06T09:00:00+09:00",
        Scene::Confirm,
        "11月6日 — 【模擬】点検結果を見て請求確定",
        "6 Nov: simulated findings and confirmation",
    ),
    (
        "15-acknowledge",
        "2024-11-11T09:00:00+09:00",
        Scene::Acknowledge,
        "11月11日 — 【模擬】受領書を受け取る",
        "11 Nov: simulated acknowledgement",
    ),
];

/// What one station's story came to.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Told {
    /// Reports of intake, recheck and fill, by scene.
    pub(super) reports: Vec<(String, Report)>,
    pub(super) approval: Option<Approval>,
    pub(super) handed_over: Vec<Sent>,
    pub(super) filed: Vec<Sent>,
    pub(super) acknowledged: Vec<Acknowledged>,
}

/// How far the story is; survives a kill.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Bookmark {
    /// `<station>/<scene>` of each finished scene.
    done: BTreeSet<String>,
}

impl Bookmark {
    /// The moment of the first scene that is not over for both stations.
    fn next(&self) -> &'static str {
        let over = |name: &str| {
            STATIONS
                .iter()
                .all(|station| self.done.contains(&format!("{station}/{name}")))
        };
        SCENES
            .iter()
            .find(|(name, ..)| !over(name))
            .or(SCENES.last())
            .map_or("", |(_, when, ..)| when)
    }
}

pub(super) struct Story {
    folder: PathBuf,
    clock: Arc<StoryClock>,
    sandbox: RunningSandbox,
    bookmark: Bookmark,
    hosts: Vec<(Station, Host)>,
}

impl Story {
    /// Starts the sandbox on the folder and opens both stations' hosts.
    pub(super) fn open(folder: &Path) -> Result<Self, Fault> {
        let bookmark: Bookmark = match std::fs::read(folder.join("story.json")) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| damaged(&e))?,
            Err(_) => Bookmark::default(),
        };
        // The sandbox goes on where it was cut off as soon as it starts, so it must be that
        // scene's time already.
        let clock = Arc::new(StoryClock::default());
        clock.set(moment(bookmark.next())?);
        let time = Arc::clone(&clock);
        let options = SandboxOptions {
            terminal: TerminalOptions {
                poll: Duration::from_millis(2),
                processing_rounds: 1,
                scripted: false,
                ..TerminalOptions::default()
            },
            clock: Arc::new(move || time.now()),
            ..SandboxOptions::default()
        };
        let began = Instant::now();
        let sandbox = Sandbox::start(&folder.join("sandbox"), options).map_err(|e| {
            Fault::new(
                "demo/sandbox",
                format!("模擬環境を始められません（{e}）。"),
                format!("the sandbox does not start: {e}"),
            )
        })?;
        clock.give(began.elapsed());
        let mut hosts = Vec::new();
        for station in sandbox.stations() {
            let host = prepare(folder, station, &sandbox, &clock)?;
            hosts.push((station.clone(), host));
        }
        Ok(Self {
            folder: folder.to_owned(),
            clock,
            sandbox,
            bookmark,
            hosts,
        })
    }

    /// Real time that went to the sandbox.
    pub(super) fn sandbox_time(&self) -> Duration {
        self.clock.given()
    }

    /// What the sandbox was made to do.
    pub(super) fn sandbox(&self) -> &RunningSandbox {
        &self.sandbox
    }

    /// Plays the story from where it stands to its end. `say` is told each scene.
    pub(super) fn play(
        &mut self,
        mut say: impl FnMut(usize, usize, &str, &str),
    ) -> Result<(), Fault> {
        for (at, (name, when, scene, ja, en)) in SCENES.iter().enumerate() {
            say(at, SCENES.len(), ja, en);
            for n in 0..self.hosts.len() {
                let Some((station, host)) = self.hosts.get(n) else {
                    continue;
                };
                let mark = format!("{}/{name}", station.key);
                if self.bookmark.done.contains(&mark) {
                    continue;
                }
                self.clock.set(moment(when)?);
                self.scene(station, host, name, *scene)?;
                self.bookmark.done.insert(mark);
                let text = serde_json::to_vec_pretty(&self.bookmark).map_err(|e| damaged(&e))?;
                write(&self.folder.join("story.json"), &text)?;
            }
        }
        // Whatever is read back is read at the end of the story.
        if let Some((_, when, ..)) = SCENES.last() {
            self.clock.set(moment(when)?);
        }
        Ok(())
    }

    fn scene(&self, station: &Station, host: &Host, name: &str, scene: Scene) -> Result<(), Fault> {
        let month = station.claim_month;
        match scene {
            Scene::Intake(from, to) => {
                let began = Instant::now();
                self.visits(station, from, to)?;
                self.clock.give(began.elapsed());
                let report = done(host.intake(&IntakeRequest {
                    job: Some(name.to_owned()),
                    from: Some(date(from)?),
                    to: Some(date(to)?),
                    ..IntakeRequest::default()
                })?)?;
                self.import(station, &report)
            }
            Scene::Recheck(as_of) => {
                let report = done(host.recheck(&RecheckRequest {
                    job: Some(name.to_owned()),
                    as_of: Some(date(as_of)?),
                    ..RecheckRequest::default()
                })?)?;
                self.import(station, &report)
            }
            Scene::Fill => done(host.fill(&FillRequest {
                job: Some(name.to_owned()),
                ..FillRequest::default()
            })?)
            .map(drop),
            Scene::FillAccepted => {
                let left: Report = self.ended(host, "09-fill")?;
                let report = done(host.fill(&FillRequest {
                    job: Some(name.to_owned()),
                    answers: Some(accept_all(&left)),
                    ..FillRequest::default()
                })?)?;
                self.import(station, &report)
            }
            Scene::Approve => self.approve(station, host, name),
            Scene::Handover => self.send(host, month, Channel::Handover),
            Scene::Submit => {
                self.give_handover_up(host, month)?;
                self.send(host, month, Channel::Gateway)
            }
            Scene::Confirm => self.confirm(host, month),
            Scene::Acknowledge => {
                for one in host.acknowledge(month, None, None)? {
                    done(one.ended?)?.ok_or_else(|| unfinished("受領書"))?;
                }
                Ok(())
            }
        }
    }

    /// The nurses' visits of these days: each card is read on the phone page, once.
    fn visits(&self, station: &Station, from: &str, to: &str) -> Result<(), Fault> {
        let fail = |e: &dyn std::fmt::Display| {
            Fault::new(
                "demo/phone",
                format!("模擬の在宅受付画面に記録できません（{e}）。"),
                format!("the phone page does not record: {e}"),
            )
        };
        let book = ConsentBook::open(self.sandbox.dir()).map_err(|e| fail(&e))?;
        let known = book.all().map_err(|e| fail(&e))?;
        let days = from..=to;
        for person in &station.people {
            for reading in &person.home {
                let day: String = reseplug_effect::jst(reading.at).chars().take(10).collect();
                let recorded = known.iter().any(|k| {
                    k.station == station.key && k.person == person.key && k.at == reading.at
                });
                if !days.contains(&day.as_str()) || recorded {
                    continue;
                }
                record_consent(
                    self.sandbox.phone().url(),
                    &station.key,
                    &person.key,
                    Some(reading.at),
                    &reading.consents,
                    Identified::Pin,
                )
                .map_err(|e| fail(&e))?;
            }
        }
        Ok(())
    }

    /// The product imports its register as the host wrote it.
    fn import(&self, station: &Station, report: &Report) -> Result<(), Fault> {
        if station.product != Product::Csv {
            return Ok(());
        }
        for output in &report.outputs {
            let bytes = crate::verbs::read(&output.path)?;
            write(&self.product(station).join(&output.name), &bytes)?;
        }
        Ok(())
    }

    fn product(&self, station: &Station) -> PathBuf {
        self.folder.join(&station.key).join("product")
    }

    /// The month as it is after filling: of a product with a register its own documents, of
    /// one without the patched claim files.
    fn month_documents(&self, station: &Station, host: &Host) -> Result<Vec<PathBuf>, Fault> {
        if station.product == Product::Csv {
            return Ok(Vec::new());
        }
        let report: Report = self.ended(host, "10-accept")?;
        Ok(report.outputs.into_iter().map(|o| o.path).collect())
    }

    fn approve(&self, station: &Station, host: &Host, name: &str) -> Result<(), Fault> {
        let check = CheckRequest {
            claim_month: Some(station.claim_month),
            documents: self.month_documents(station, host)?,
            ..CheckRequest::default()
        };
        let report = host.check(&check)?;
        let mut answers = Answers {
            by: USER.to_owned(),
            ..Answers::default()
        };
        for one in report.unanswered() {
            let person = one
                .receipt
                .person_key
                .as_deref()
                .and_then(|key| station.person(key));
            let paper = person.and_then(|p| p.expect.paper.clone());
            match paper {
                Some(seen) => {
                    let reason = "オンラインでは確認できないため、書面で確認した".to_owned();
                    answers
                        .file_anyway
                        .insert(one.id.clone(), PaperEvidence { reason, seen });
                }
                // Nobody has seen anything: it waits for next month.
                None => {
                    let reason = "製品で分けて作り直し、翌月に請求する".to_owned();
                    answers.hold.insert(one.id.clone(), reason);
                }
            }
        }
        done(host.approve(&ApproveRequest {
            job: Some(name.to_owned()),
            check,
            answers,
            dry_run: false,
        })?)
        .map(drop)
    }

    /// What was handed over is not used, so that nothing goes by two ways: the user records it, once.
    fn give_handover_up(&self, host: &Host, month: Month) -> Result<(), Fault> {
        for one in host.filed(month, Some(Channel::Handover), None)? {
            if one.trial || one.state != "handed-over" {
                continue;
            }
            host.report_claim(&ReportRequest {
                claim_month: month,
                payer: one.payer,
                trial: false,
                sequence: Some(one.sequence),
                told: reseplug::Told::Cancelled,
                file: None,
                at: String::new(),
                by: USER.to_owned(),
                dry_run: false,
            })?;
        }
        Ok(())
    }

    fn send(&self, host: &Host, month: Month, channel: Channel) -> Result<(), Fault> {
        for one in host.send(&SendRequest {
            claim_month: month,
            channel,
            trial: false,
            payer: None,
            by: USER.to_owned(),
            // The same content was handed over before, and given up.
            again: (channel == Channel::Gateway)
                .then(|| "引渡しをやめ、模擬のゲートウェイで送る（デモ）".to_owned()),
            dry_run: false,
        })? {
            done(one.ended?)?;
        }
        Ok(())
    }

    /// Looks at the findings until every filing is checked, then confirms.
    fn confirm(&self, host: &Host, month: Month) -> Result<(), Fault> {
        const LOOKS: u32 = 50;
        for _ in 0..LOOKS {
            let mut checking = false;
            for one in host.standing(month, None)? {
                checking |= done(one.ended?)?.sent.state == "checking";
            }
            if !checking {
                for one in host.confirm(month, Sendings::default(), true, USER, false)? {
                    done(one.ended?)?;
                }
                return Ok(());
            }
            self.clock.advance(Duration::from_secs(60));
        }
        Err(unfinished("受付・事務点検"))
    }

    fn ended<T: serde::de::DeserializeOwned>(&self, host: &Host, job: &str) -> Result<T, Fault> {
        use reseplug_journal::{JobState, Journal};
        match host.journal().job(job)?.map(|j| j.state) {
            Some(JobState::Done { value }) => {
                serde_json::from_value(value).map_err(|e| damaged(&e))
            }
            _ => Err(unfinished(job)),
        }
    }

    /// Everything the stations' jobs ended with, read back from their stores.
    pub(super) fn told(&self) -> Result<Vec<(&Station, Told)>, Fault> {
        self.hosts
            .iter()
            .map(|(station, host)| {
                let mut told = Told::default();
                for (name, _, scene, _, _) in &SCENES {
                    match scene {
                        Scene::Intake(..)
                        | Scene::Recheck(_)
                        | Scene::Fill
                        | Scene::FillAccepted => {
                            told.reports
                                .push(((*name).to_owned(), self.ended(host, name)?));
                        }
                        Scene::Approve => told.approval = Some(self.ended(host, name)?),
                        _ => {}
                    }
                }
                let month = station.claim_month;
                told.handed_over = host.filed(month, Some(Channel::Handover), None)?;
                told.filed = host.filed(month, Some(Channel::Gateway), None)?;
                // All are there already: this reads them back.
                for one in host.acknowledge(month, None, None)? {
                    told.acknowledged.extend(done(one.ended?)?);
                }
                Ok((station, told))
            })
            .collect()
    }
}

/// Everything that waits only for somebody's word.
fn accept_all(report: &Report) -> Answers {
    Answers {
        by: USER.to_owned(),
        proposals: report
            .proposals
            .iter()
            .filter(|p| p.reason == Some(Reason::NotAccepted))
            .map(|p| (p.id.clone(), true))
            .collect(),
        ..Answers::default()
    }
}

/// Writes the product's documents and the station file where they are missing, imports the
/// certificate, and opens the host.
fn prepare(
    folder: &Path,
    station: &Station,
    sandbox: &RunningSandbox,
    clock: &Arc<StoryClock>,
) -> Result<Host, Fault> {
    let home = folder.join(&station.key);
    let product = home.join("product");
    let written = home.join("product.ready");
    if !written.exists() {
        station.write_documents(&product).map_err(|e| {
            Fault::new(
                "demo/product",
                format!("製品の書類を書けません（{e}）。"),
                format!("the product's documents cannot be written: {e}"),
            )
        })?;
        write(&written, b"")?;
    }
    let config = home.join("station.toml");
    // The sandbox keeps its addresses, so the file is the same each time.
    let text = settings(station, sandbox)?;
    write(&config, text.as_bytes())?;
    let patience = Arc::clone(clock);
    let host = Host::open(
        &config,
        HostOptions {
            builtin: SHIPPED,
            clock: Arc::clone(clock) as Arc<dyn reseplug_effect::Clock>,
            patience: Arc::new(move || Box::new(StoryPatience(Arc::clone(&patience)))),
            actor: "demo".to_owned(),
            ..HostOptions::default()
        },
    )?;
    let identities = host.doors().identities()?;
    if identities.list().map_err(|e| e.fault())?.is_empty() {
        let file = sandbox
            .client_p12_path(&station.key)
            .ok_or_else(|| unfinished("PKCS#12"))?;
        identities
            .import(
                "station",
                &crate::verbs::read(&file)?,
                sandbox.gateway().client_password(),
            )
            .map_err(|e| e.fault())?;
    }
    Ok(host)
}

/// The station file at this sandbox. Its terminal writes each answer at once, so nothing has
/// to settle.
fn settings(station: &Station, sandbox: &RunningSandbox) -> Result<String, Fault> {
    let terminal = sandbox
        .terminal(&station.key)
        .ok_or_else(|| unfinished("terminal"))?;
    let gateway = sandbox.gateway();
    station_file::station_file(
        station,
        &station_file::Places {
            req: terminal.req(),
            res: terminal.res(),
            handover: Path::new("handover"),
            gateway_url: gateway.url(),
            roots: &gateway.ca_pem_path(),
            products: Path::new("product"),
            settle_ms: 0,
            // The demo shows what a station has today: nobody gave it the official sheet.
            layouts: false,
            keeps_hours: false,
        },
        station.adapter_settings(),
    )
}

fn done<T>(ended: Ended<T>) -> Result<T, Fault> {
    match ended {
        Ended::Done(value) => Ok(value),
        Ended::Waiting { job, until } => Err(Fault::later(
            "demo/waiting",
            format!(
                "処理 {job} が {until} を待っています。同じコマンドをもう一度実行してください。"
            ),
            format!("job {job} waits until {until}; run the same command again"),
        )),
        Ended::Parked { job, reason } => Err(Fault::new(
            "demo/parked",
            format!("処理 {job} が止まりました: {reason}"),
            format!("job {job} is parked: {reason}"),
        )),
    }
}

fn unfinished(what: &str) -> Fault {
    Fault::new(
        "demo/unfinished",
        format!("デモの途中の結果（{what}）がありません。フォルダーを消してやり直してください。"),
        format!("{what} of the demo is missing; remove its folder and begin anew"),
    )
}

fn damaged(error: &serde_json::Error) -> Fault {
    Fault::new(
        "demo/damaged",
        format!(
            "デモのフォルダーのしおり（story.json）が読めません（{error}）。フォルダーを消してやり直してください。"
        ),
        format!("story.json cannot be read: {error}; remove the demo's folder and begin anew"),
    )
}

fn date(text: &str) -> Result<Date, Fault> {
    Date::parse(text).map_err(|e| Fault::new("demo/date", e.to_string(), e.to_string()))
}

fn moment(text: &str) -> Result<Timestamp, Fault> {
    text.parse()
        .map_err(|e: jiff::Error| Fault::new("demo/date", e.to_string(), e.to_string()))
}

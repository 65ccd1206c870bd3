//! `reseplug sandbox …`: the whole outside world in a folder, for trying things.

mod people;
pub(crate) mod station_file;
mod trouble;
mod year;

pub(crate) use station_file::{LAYOUTS, Places, layouts_file, station_file};

use super::write;
use crate::exit::Exit;
use crate::output::Output;
use crate::verbs::demo::cases::name_ja;
use jiff::Timestamp;
use reseplug_effect::{Fault, io_reason_ja};
use reseplug_policy::Folder;
use reseplug_sandbox::gateway::{Clock, GatewayOptions, Review};
use reseplug_sandbox::population::{Population, PopulationOptions};
use reseplug_sandbox::station::{Person, STATIONS, Station};
use reseplug_sandbox::terminal::TerminalOptions;
use reseplug_sandbox::{RunningSandbox, Sandbox, SandboxError, SandboxOptions};
use serde_json::{Value, json};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const YEAR_HELP: &str = "\
例 / examples:
  reseplug sandbox year --seed 7 --stations 50 --months 12
  reseplug sandbox year --seed 7 --stations 3 --months 3 --json
  reseplug sandbox year --seed 7 --folder ./year

5件に1件のステーションは引渡し（公式の端末は模擬）、ほかはゲートウェイで請求します。時刻は進めるだけで、待ちません。
終わりに提出先の台帳と記録を突き合わせます。どれも 0 のときだけ終了コード 0 です。
  filed_twice    差し戻しも取下げもないうちに、同じレセプト（人・年月・重なる日）がもう一度確定された
  missed         製品が作ったのに、請求されておらず、保留・月遅れ・取りやめ・承認のどこにも出ていない。
                 または、月遅れをすべて入れて請求した月があったのに、まだ待っている
  disagreements  提出先と、知っているとする記録とで、請求・返戻・増減点・支払が違う
  hearsay        職員の報告だけで、事実と違うもの（数えるだけ）

One station in five files by hand-over through a simulated official terminal, the others over the gateway. Time
is moved on, never waited for. The exit code is 0 only when the first three are 0.";

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// 模擬環境を動かす。Ctrl-C で終わり、次は続きから / run it; Ctrl-C ends it, the next start goes on
    #[command(
        after_help = "例 / examples:\n  reseplug sandbox up\n  reseplug sandbox up --folder ./sandbox --station hidamari\n  reseplug sandbox up --slow 3 --one-in 5 --seed 7\n  reseplug sandbox up --population 5000 --users 300 --seed 7\n  reseplug sandbox up --invented-layouts\n\n資格確認も請求もどこにも届きません。人・番号・保険者はすべて架空です。\nNothing is asked or filed anywhere; everybody and every number is fictional."
    )]
    Up(Up),
    /// 架空の加入者に何が起きるかの一覧 / what happens to whom in the population
    #[command(
        after_help = "例 / examples:\n  reseplug sandbox people\n  reseplug sandbox people --story job-change\n  reseplug sandbox people --population 5000 --users 300 --seed 7 --json\n\n同じ種・人数・月からは、どの機械でも同じ人たちが生まれます。製品の台帳には、起きる前の資格が入っています。\nThe same seed, size and month give the same people on every machine. The product's register says what held before."
    )]
    People(people::People),
    /// 模擬の一年。多くのステーションの請求を、あらゆる層の不具合とともに回し、提出先と記録を突き合わせる / a simulated year with trouble at every layer; at its end payers and stores are compared
    #[command(
        after_help = YEAR_HELP
    )]
    Year(year::Year),
    /// 模擬端末の不具合を選んで起こす / let the simulated terminal misbehave, by name
    #[command(subcommand)]
    Trouble(trouble::Verb),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Up {
    /// 模擬環境のフォルダー。状態はすべてここに残る / its folder, which keeps everything
    #[arg(long, default_value = "sandbox")]
    folder: PathBuf,
    /// ステーション（hidamari, aozora）。既定は両方 / stations, by default both
    #[arg(long = "station", value_name = "NAME", value_parser = STATIONS)]
    stations: Vec<String>,
    #[command(flatten)]
    grown: people::Grown,
    /// 要求の何回に1回、種で決まる不具合を起こすか。0 で止める / one request in so many meets a fault fixed by --seed; 0 ends it
    #[arg(long, value_name = "N")]
    one_in: Option<u32>,
    /// 時計をこの日時から進める（日本時間。例: 2026-10-05T09:00）/ let the sandbox's clock begin at this moment, JST where no zone stands
    #[arg(long, value_name = "MOMENT", value_parser = crate::arguments::moment)]
    now: Option<Timestamp>,
    /// 端末の回答とゲートウェイの点検にかける秒数 / seconds an answer and a check take
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    slow: u32,
    /// 公開されていない電文（再照会・閲覧同意の取消・受付ページ）を、架空のレイアウトで使う。設定ファイルを新しく書くときだけ /
    /// let new station files use the messages whose layout is not public, by an invented layout
    #[arg(long)]
    invented_layouts: bool,
    /// ゲートウェイに請求の日時（5〜12日・時間帯・10日24時の自動確定）を守らせる / let the gateway keep the calendar of filing
    #[arg(long)]
    calendar: bool,
    /// 翌月の返戻・増減点連絡書・振込を、種で決めて返させる / let returns, adjustments and payments come back, fixed by --seed
    #[arg(long)]
    review: bool,
    /// 標準入力が閉じたら終わる（ほかのプログラムから使うとき）/ end when standard input closes, for programs
    #[arg(long)]
    until_stdin_closes: bool,
}

pub(crate) fn run(verb: &Verb, output: &Output) -> Result<Exit, Fault> {
    match verb {
        Verb::Up(up) => up_and_wait(up, output),
        Verb::People(people) => people::run(people, output),
        Verb::Trouble(verb) => trouble::run(verb, output),
        Verb::Year(year) => year::run(year, output),
    }
}

fn up_and_wait(up: &Up, output: &Output) -> Result<Exit, Fault> {
    // What is written into station files must mean the same from everywhere.
    let folder = std::path::absolute(&up.folder).unwrap_or_else(|_| up.folder.clone());
    let population = up.grown.of_folder(&folder)?;
    let sandbox = Sandbox::start(&folder, options(up, population)).map_err(refused)?;
    if let Some(population) = population {
        population.remember(&folder).map_err(not_started)?;
    }
    arm(&sandbox, up)?;
    let desks = sandbox
        .stations()
        .iter()
        .map(|station| Desk::prepare(&sandbox, station, up))
        .collect::<Result<Vec<_>, Fault>>()?;
    show(&sandbox, &desks, up, output);
    if up.until_stdin_closes {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        sandbox.stop();
        return Ok(Exit::Done);
    }
    // Ctrl-C ends the process where it stands, which the sandbox's folder survives.
    loop {
        std::thread::park();
    }
}

fn options(up: &Up, population: Option<PopulationOptions>) -> SandboxOptions {
    let slow = Duration::from_secs(up.slow.into());
    SandboxOptions {
        stations: if up.stations.is_empty() {
            STATIONS.map(str::to_owned).to_vec()
        } else {
            up.stations.clone()
        },
        terminal: TerminalOptions {
            delay: slow,
            seed: up.grown.seed,
            ..TerminalOptions::default()
        },
        gateway: GatewayOptions {
            checking: slow,
            calendar: up.calendar,
            review: up.review.then(|| Review {
                seed: up.grown.seed,
                ..Review::default()
            }),
            ..GatewayOptions::default()
        },
        population,
        clock: clock(up.now),
        ..SandboxOptions::default()
    }
}

/// The machine's clock, or one that began at another moment.
fn clock(begins: Option<Timestamp>) -> Clock {
    let Some(begins) = begins else {
        return Arc::new(Timestamp::now);
    };
    let started = Instant::now();
    Arc::new(move || begins.checked_add(started.elapsed()).unwrap_or(begins))
}

fn refused(error: SandboxError) -> Fault {
    match error {
        SandboxError::Running { phone } => Fault::new(
            "sandbox/running",
            format!(
                "このフォルダーの模擬環境はすでに動いています（在宅受付の模擬ページ {phone}）。それを使うか、終わらせてから始めるか、--folder で別の場所を指定してください。"
            ),
            format!(
                "a sandbox is running in this folder already (phone page {phone}); use it, end it first, or name another folder with --folder"
            ),
        ),
        other => not_started(other),
    }
}

/// Nothing was begun. The system's own reason is said in Japanese.
fn not_started(why: impl std::error::Error + 'static) -> Fault {
    let mut reasons =
        std::iter::successors(Some(&why as &(dyn std::error::Error + 'static)), |e| {
            e.source()
        });
    let reason = reasons
        .find_map(|e| e.downcast_ref::<io::Error>())
        .map_or_else(|| why.to_string(), io_reason_ja);
    Fault::new(
        "sandbox/start",
        format!(
            "模擬環境を始められません（{reason}）。フォルダーを確かめるか、--folder で別の場所を指定してください。"
        ),
        format!(
            "the sandbox does not start: {why}; look at its folder, or name another with --folder"
        ),
    )
}

fn arm(sandbox: &RunningSandbox, up: &Up) -> Result<(), Fault> {
    let Some(one_in) = up.one_in else {
        return Ok(());
    };
    let seed = up.grown.seed;
    for station in sandbox.stations() {
        if let Some(terminal) = sandbox.terminal(&station.key) {
            terminal.seed_faults(seed, one_in).map_err(not_started)?;
        }
    }
    sandbox
        .gateway()
        .seed_faults(seed, one_in)
        .map_err(not_started)
}

/// Whether a station file that was there already is bound to this sandbox. What cannot be read
/// is the matter of whoever uses it.
fn points_here(file: &Path, sandbox: &RunningSandbox, req: &Path) -> bool {
    let Ok(found) = super::station(file) else {
        return true;
    };
    let terminal = found
        .exchange
        .values()
        .all(|binding| match &binding.folder {
            Folder::Terminal { req: bound, .. } => bound == req,
            Folder::Handover { .. } => true,
        });
    let url = sandbox.gateway().url();
    terminal && found.endpoints.values().all(|to| to.url.as_str() == url)
}

/// What a station's staff have in front of them.
struct Desk<'s> {
    station: &'s Station,
    folder: PathBuf,
    req: PathBuf,
    res: PathBuf,
    handover: PathBuf,
    certificate: PathBuf,
    station_file: PathBuf,
    /// The station file speaks of another sandbox, or of this one at an earlier address.
    elsewhere: bool,
    /// The invented layouts were asked for, and the station file is older than that.
    without_layouts: bool,
    documents: Vec<PathBuf>,
}

impl<'s> Desk<'s> {
    /// Writes the product's documents and the station file where they are not there yet, with the
    /// invented layouts beside it where they are wanted.
    /// Whoever changed them keeps the changes.
    fn prepare(sandbox: &RunningSandbox, station: &'s Station, up: &Up) -> Result<Self, Fault> {
        let layouts = up.invented_layouts;
        let folder = sandbox.dir().join("products").join(&station.key);
        let documents: Vec<PathBuf> = station
            .documents()
            .map_err(not_started)?
            .iter()
            .map(|document| folder.join(&document.path))
            .collect();
        if !documents.iter().any(|document| document.exists()) {
            station.write_documents(&folder).map_err(not_started)?;
        }
        let (req, res) = sandbox
            .terminal(&station.key)
            .map(|terminal| (terminal.req().to_owned(), terminal.res().to_owned()))
            .unwrap_or_default();
        let mut desk = Self {
            station,
            elsewhere: false,
            without_layouts: false,
            req,
            res,
            handover: folder.join("handover"),
            certificate: sandbox.client_p12_path(&station.key).unwrap_or_default(),
            station_file: folder.join("station.toml"),
            documents,
            folder,
        };
        std::fs::create_dir_all(&desk.handover).map_err(not_started)?;
        if desk.station_file.exists() {
            desk.elsewhere = !points_here(&desk.station_file, sandbox, &desk.req);
            desk.without_layouts = layouts && !desk.folder.join(LAYOUTS).exists();
        } else {
            let places = Places {
                req: &desk.req,
                res: &desk.res,
                handover: Path::new("handover"),
                gateway_url: sandbox.gateway().url(),
                roots: &sandbox.gateway().ca_pem_path(),
                products: Path::new(""),
                settle_ms: 300,
                layouts: up.invented_layouts,
                keeps_hours: up.calendar,
            };
            let text = station_file(station, &places, station.adapter_settings())?;
            if layouts {
                write(&desk.folder.join(LAYOUTS), layouts_file().as_bytes())?;
            }
            write(&desk.station_file, text.as_bytes())?;
        }
        Ok(desk)
    }

    /// People with a story, in the order of the product.
    fn cases(&self) -> impl Iterator<Item = (&'s str, &'s Person)> {
        self.station
            .people
            .iter()
            .filter_map(|person| Some((person.case.as_deref()?, person)))
    }

    fn json(&self, password: &str) -> Value {
        let shown = |path: &Path| path.display().to_string();
        let people: Vec<Value> = self
            .cases()
            .map(|(case, person)| {
                json!({
                    "case": case, "key": person.key, "name": person.name, "kana": person.kana,
                    "born": person.born.to_string(), "registered": person.registered,
                    "outcome": person.expect.outcome, "change": person.expect.change,
                    "note": person.expect.note,
                })
            })
            .collect();
        json!({
            "key": self.station.key, "name": self.station.name,
            "code": self.station.code.to_string(), "institution": self.station.institution(),
            "req": shown(&self.req), "res": shown(&self.res), "handover": shown(&self.handover),
            "certificate": shown(&self.certificate), "password": password,
            "products": shown(&self.folder),
            "documents": self.documents.iter().map(|path| shown(path)).collect::<Vec<_>>(),
            "station_file": shown(&self.station_file), "station_file_points_elsewhere": self.elsewhere,
            "service_month": self.station.service_month.to_string(),
            "claim_month": self.station.claim_month.to_string(),
            "people": people,
        })
    }

    fn lines(&self, password: &str, output: &Output, lines: &mut Vec<String>) {
        let station = self.station;
        lines.push(String::new());
        lines.push(format!(
            "{}  {}  {}",
            station.key, station.name, station.code
        ));
        let mut line = |ja: &str, en: &str, text: String| {
            lines.push(format!("  {}: {text}", output.say(ja, en)));
        };
        let shown = |path: &Path| path.display().to_string();
        line("設定ファイル", "station file", shown(&self.station_file));
        for document in &self.documents {
            line("製品の書類", "product's document", shown(document));
        }
        line("要求フォルダー", "req", shown(&self.req));
        line("回答フォルダー", "res", shown(&self.res));
        line(
            "引渡しフォルダー",
            "hand-over folder",
            shown(&self.handover),
        );
        line("電子証明書", "certificate", shown(&self.certificate));
        line("暗証番号", "its password", password.to_owned());
        line(
            "証明書の取込み",
            "to import it",
            format!(
                "reseplug identity import \"{}\" --config \"{}\"",
                shown(&self.certificate),
                shown(&self.station_file)
            ),
        );
        let layouts = self.folder.join(LAYOUTS);
        if layouts.exists() {
            line("架空のレイアウト", "invented layouts", shown(&layouts));
        }
        if self.without_layouts {
            line(
                "注意",
                "note",
                output
                    .say(
                        "--invented-layouts は設定ファイルを新しく書くときだけ効きます。ファイルを消して始め直してください",
                        "--invented-layouts counts only where the station file is written anew; remove it and start again",
                    )
                    .to_owned(),
            );
        }
        if self.elsewhere {
            line(
                "注意",
                "note",
                output
                    .say(
                        "この設定は、ほかの場所の（またはアドレスが変わる前の）模擬環境を指しています。ファイルを消して始め直すと作り直します",
                        "this file is bound to a sandbox elsewhere, or to an earlier address; remove it and start again to have it written anew",
                    )
                    .to_owned(),
            );
        }
        if station.key == Population::STATION {
            line(
                "誰に何が起きるか",
                "what happens to whom",
                "reseplug sandbox people".to_owned(),
            );
            return;
        }
        let rows = self
            .cases()
            .map(|(case, person)| {
                vec![
                    output.say(name_ja(case), case).to_owned(),
                    person.key.clone(),
                    person.name.clone(),
                    person.expect.note.clone(),
                ]
            })
            .collect();
        lines.push(output.table(
            &[
                ("事例", "case"),
                ("番号", "key"),
                ("氏名", "name"),
                ("どうなるべきか", "what should become of it"),
            ],
            rows,
        ));
    }
}

fn show(sandbox: &RunningSandbox, desks: &[Desk<'_>], up: &Up, output: &Output) {
    let (phone, gateway) = (sandbox.phone(), sandbox.gateway());
    let roots = gateway.ca_pem_path().display().to_string();
    let password = gateway.client_password();
    let stations: Vec<Value> = desks.iter().map(|desk| desk.json(password)).collect();
    output.show(
        &json!({
            "folder": sandbox.dir().display().to_string(),
            "phone": { "url": phone.url() },
            "gateway": { "url": gateway.url(), "roots": roots },
            "stations": stations,
        }),
        |lines| {
            let mut line = |ja: &str, en: &str, text: &str| {
                lines.push(format!("{}: {text}", output.say(ja, en)));
            };
            line("模擬環境", "sandbox", &sandbox.dir().display().to_string());
            line(
                "訪問先のスマホ画面（模擬）",
                "phone page for visits",
                phone.url(),
            );
            line("請求ゲートウェイ（模擬）", "claims gateway", gateway.url());
            line("その認証局", "its authority", &roots);
            for desk in desks {
                desk.lines(password, output, lines);
            }
            lines.push(String::new());
            lines.push(
                if up.until_stdin_closes {
                    output.say(
                        "標準入力が閉じるまで動きます。",
                        "running until standard input closes",
                    )
                } else {
                    output.say(
                        "動いています。終わるには Ctrl-C。状態はフォルダーに残ります。",
                        "running; Ctrl-C ends it, the folder keeps everything",
                    )
                }
                .to_owned(),
            );
        },
    );
}

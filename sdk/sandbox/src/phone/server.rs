//! The page's server: 127.0.0.1, plain HTTP, a thread of its own.

use super::address::{self, QrForm, page_address};
use super::{Consent, ConsentBook, Ended, Identified, Kind, Standing, Viewing, Withdrawal, page};
use crate::gateway::Clock;
use crate::station::{Person, Station};
use axum::{
    Form, Router,
    extract::{Path as UrlPath, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use jiff::{Timestamp, Unit, civil};
use maud::Markup;
use reseplug_model::fold;
use serde::Deserialize;
use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    thread::JoinHandle,
};
use tokio::{net::TcpListener, sync::oneshot};

/// How a phone page is to behave.
#[derive(Clone)]
pub struct PhoneOptions {
    /// Port on 127.0.0.1; 0 for the one used last in this folder, or any free one at first.
    pub port: u16,
    /// The time of a reading that names none.
    pub clock: Clock,
    /// How long viewing stays possible.
    pub viewing: Viewing,
}

impl Default for PhoneOptions {
    fn default() -> Self {
        Self {
            port: 0,
            clock: Arc::new(Timestamp::now),
            viewing: Viewing::default(),
        }
    }
}

impl fmt::Debug for PhoneOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PhoneOptions")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// Why a phone page does not start.
#[derive(Debug, thiserror::Error)]
#[error("the phone page could not {action}: {source}")]
pub struct PhoneError {
    action: &'static str,
    #[source]
    source: io::Error,
}

fn failed(action: &'static str) -> impl FnOnce(io::Error) -> PhoneError {
    move |source| PhoneError { action, source }
}

struct Shared {
    stations: Vec<Station>,
    book: ConsentBook,
    clock: Clock,
    viewing: Viewing,
    url: String,
    /// `127.0.0.1:<port>`: another Host means that some other page pretends to be this one.
    hosts: [String; 2],
}

/// Starts phone pages.
#[derive(Debug)]
pub struct PhonePage;

impl PhonePage {
    /// Starts a page for these stations on a sandbox folder. Consents go to `dir/phone`.
    pub fn start(
        dir: &Path,
        stations: Vec<Station>,
        options: PhoneOptions,
    ) -> Result<RunningPhone, PhoneError> {
        let book = ConsentBook::open(dir).map_err(failed("open its consents"))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed("start a runtime"))?;
        let last = address::last_port(dir);
        let wanted = if options.port == 0 {
            last.unwrap_or(0)
        } else {
            options.port
        };
        let bind = |port| {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            runtime.block_on(TcpListener::bind(address))
        };
        let listener = match bind(wanted) {
            Err(e) if options.port == 0 && wanted != 0 && e.kind() == io::ErrorKind::AddrInUse => {
                bind(0)
            }
            other => other,
        }
        .map_err(failed("listen on 127.0.0.1"))?;
        let port = listener
            .local_addr()
            .map_err(failed("listen on 127.0.0.1"))?
            .port();
        address::remember_port(dir, port).map_err(failed("remember its port"))?;
        let shared = Arc::new(Shared {
            stations,
            book,
            clock: options.clock,
            viewing: options.viewing,
            url: address::root(port),
            hosts: [format!("127.0.0.1:{port}"), format!("localhost:{port}")],
        });
        let router = Router::new()
            .route("/", get(stations_page))
            .route("/{station}", get(cards_page))
            .route("/{station}/qr/{form}", get(qr))
            .route("/{station}/card", get(chosen))
            .route("/{station}/{person}", get(form_page).post(submit))
            .route("/{station}/{person}/withdraw", post(withdraw))
            .fallback(async || (StatusCode::NOT_FOUND, html(&page::missing())))
            .layer(middleware::from_fn_with_state(
                shared.clone(),
                own_host_only,
            ))
            .with_state(shared);
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new()
            .name("sandbox-phone".into())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        _ = axum::serve(listener, router) => {}
                        _ = stopped => {}
                    }
                });
                runtime.shutdown_background();
            })
            .map_err(failed("start a thread"))?;
        Ok(RunningPhone {
            url: address::root(port),
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

/// A page that is answering. Dropping it stops it; the consents stay.
#[derive(Debug)]
pub struct RunningPhone {
    url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl RunningPhone {
    /// Address of the page, ending in `/`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops the page and waits for its thread.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for RunningPhone {
    fn drop(&mut self) {
        self.end();
    }
}

/// Other pages in the visitor's browser must not reach this one: a foreign `Host` (DNS rebinding)
/// and a foreign `Origin` are refused.
async fn own_host_only(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    if !shared.is_own(request.headers()) {
        return (
            StatusCode::FORBIDDEN,
            "この模擬画面は 127.0.0.1 からだけ使えます。",
        )
            .into_response();
    }
    next.run(request).await
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn html(markup: &Markup) -> Html<String> {
    Html(markup.clone().into_string())
}

impl Shared {
    fn is_own(&self, headers: &HeaderMap) -> bool {
        let own = |host: &str| self.hosts.iter().any(|known| known == host);
        let from_here = text(headers, header::ORIGIN)
            .is_none_or(|origin| origin.strip_prefix("http://").is_some_and(own));
        text(headers, header::HOST).is_some_and(own) && from_here
    }

    fn station(&self, key: &str) -> Option<&Station> {
        self.stations.iter().find(|station| station.key == key)
    }

    fn person(&self, station: &str, person: &str) -> Option<(&Station, &Person)> {
        let station = self.station(station)?;
        Some((station, station.person(person)?))
    }

    /// Address of a station's page.
    fn page_of(&self, station: &Station) -> String {
        page_address(&self.url, &station.key)
    }

    /// What a person agreed to, each kind as it stands now.
    fn standings(&self, station: &Station, person: &Person) -> io::Result<Vec<Standing>> {
        let now = (self.clock)();
        self.book.with(|entries| {
            let own = |one: &&Consent| {
                one.station == station.key && one.person == person.key && one.at <= now
            };
            let mut readings: Vec<&Consent> = entries.consents.iter().filter(own).collect();
            readings.sort_by_key(|one| one.at);
            let latest = |kind| {
                let readings = readings.iter().copied();
                Standing::latest(readings, kind, &entries.withdrawals, self.viewing, now)
            };
            Kind::ALL.into_iter().filter_map(latest).collect()
        })
    }

    fn form(
        &self,
        station: &Station,
        person: &Person,
        status: StatusCode,
        error: Option<&str>,
    ) -> Response {
        match self.standings(station, person) {
            Ok(given) => {
                (status, html(&page::form(station, person, &given, error))).into_response()
            }
            Err(e) => broken(&e),
        }
    }
}

async fn stations_page(State(shared): State<Arc<Shared>>) -> Html<String> {
    html(&page::stations(&shared.stations))
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
}

async fn cards_page(
    State(shared): State<Arc<Shared>>,
    UrlPath(key): UrlPath<String>,
    Query(search): Query<Search>,
) -> Response {
    let Some(station) = shared.station(&key) else {
        return not_found();
    };
    let all = found(station, &search.q);
    let url = shared.page_of(station);
    let shown = shared.book.with(|entries| {
        let found = all.iter().take(page::SHOWN).map(|person| {
            let own = |one: &&Consent| one.station == station.key && one.person == person.key;
            (*person, entries.consents.iter().rfind(own))
        });
        let cards = page::Cards {
            station,
            url: &url,
            search: &search.q,
            found: found.collect(),
            more: all.len().saturating_sub(page::SHOWN),
        };
        html(&page::cards(&cards))
    });
    match shown {
        Ok(page) => page.into_response(),
        Err(e) => broken(&e),
    }
}

/// People by name, reading, key or birth date, however each is written.
fn found<'s>(station: &'s Station, search: &str) -> Vec<&'s Person> {
    let (name, kana) = (fold::name(search), fold::kana(search));
    let digits: String = search.chars().filter(char::is_ascii_digit).collect();
    station
        .people
        .iter()
        .filter(|person| {
            search.trim().is_empty()
                || (!name.is_empty() && fold::name(&person.name).contains(&name))
                || (!kana.is_empty() && fold::kana(&person.kana).contains(&kana))
                || person.key.eq_ignore_ascii_case(search.trim())
                || (digits.len() == 8 && person.born.compact() == digits)
        })
        .collect()
}

/// The station's code, for the page (SVG) and for printing (PNG, PDF).
async fn qr(
    State(shared): State<Arc<Shared>>,
    UrlPath((key, form)): UrlPath<(String, QrForm)>,
) -> Response {
    let Some(station) = shared.station(&key) else {
        return not_found();
    };
    let mime = match form {
        QrForm::Svg => "image/svg+xml",
        QrForm::Png => "image/png",
        QrForm::Pdf => "application/pdf",
    };
    match address::code(&shared.page_of(station), station, form) {
        Some(code) => ([(header::CONTENT_TYPE, mime)], code).into_response(),
        None => not_found(),
    }
}

#[derive(Deserialize)]
struct Chosen {
    person: String,
}

async fn chosen(
    State(shared): State<Arc<Shared>>,
    UrlPath(station): UrlPath<String>,
    Query(Chosen { person }): Query<Chosen>,
) -> Response {
    match shared.person(&station, &person) {
        Some((station, person)) => {
            Redirect::to(&format!("/{}/{}", station.key, person.key)).into_response()
        }
        None => not_found(),
    }
}

async fn form_page(
    State(shared): State<Arc<Shared>>,
    UrlPath((station, person)): UrlPath<(String, String)>,
) -> Response {
    match shared.person(&station, &person) {
        Some((station, person)) => shared.form(station, person, StatusCode::OK, None),
        None => not_found(),
    }
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, html(&page::missing())).into_response()
}

fn broken(error: &io::Error) -> Response {
    let text = format!("同意を記録できません（{error}）。模擬環境のフォルダを確かめてください。");
    (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
}

/// Boxes as a browser sends them: one that is not ticked is absent.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Boxes {
    limit: Option<String>,
    specific_disease: Option<String>,
    checkup: Option<String>,
    drugs: Option<String>,
    diagnosis: Option<String>,
    operation: Option<String>,
}

impl Boxes {
    fn kinds(&self) -> Vec<Kind> {
        let ticked = [
            &self.limit,
            &self.specific_disease,
            &self.checkup,
            &self.drugs,
            &self.diagnosis,
            &self.operation,
        ];
        let both = Kind::ALL.into_iter().zip(ticked);
        both.filter_map(|(kind, box_)| box_.is_some().then_some(kind))
            .collect()
    }
}

#[derive(Deserialize)]
struct Sent {
    identified: Identified,
    #[serde(default)]
    pin: String,
    #[serde(default)]
    at: String,
    #[serde(flatten)]
    boxes: Boxes,
}

impl Sent {
    /// The moment of the reading: RFC 3339, or what a browser's field gives, which is Japan's time.
    fn at(&self, clock: &Clock) -> Option<Timestamp> {
        if self.at.is_empty() {
            let now = clock();
            return Some(now.round(Unit::Second).unwrap_or(now));
        }
        self.at.parse().ok().or_else(|| {
            let local: civil::DateTime = self.at.parse().ok()?;
            let zone = crate::terminal::japan_zone();
            Some(local.to_zoned(zone).ok()?.timestamp())
        })
    }
}

async fn submit(
    State(shared): State<Arc<Shared>>,
    UrlPath((station, person)): UrlPath<(String, String)>,
    Form(sent): Form<Sent>,
) -> Response {
    let Some((station, person)) = shared.person(&station, &person) else {
        return not_found();
    };
    let again = |error: &str| {
        shared.form(
            station,
            person,
            StatusCode::UNPROCESSABLE_ENTITY,
            Some(error),
        )
    };
    let pin = sent.pin.len() == 4 && sent.pin.bytes().all(|b| b.is_ascii_digit());
    if sent.identified == Identified::Pin && !pin {
        return again(
            "暗証番号を4桁の数字で入力してください。入力できないときは目視確認を選んでください。",
        );
    }
    let Some(at) = sent.at(&shared.clock) else {
        return again("日時が読めません。空欄にすると今の時刻になります。");
    };
    let consent = Consent {
        station: station.key.clone(),
        person: person.key.clone(),
        at,
        kinds: sent.boxes.kinds(),
        identified: sent.identified,
    };
    match shared.book.record(&consent) {
        Ok(()) => html(&page::done(station, person, &consent)).into_response(),
        Err(e) => broken(&e),
    }
}

#[derive(Deserialize)]
struct SentWithdrawal {
    #[serde(default = "by_the_person")]
    by: Ended,
    #[serde(flatten)]
    boxes: Boxes,
}

fn by_the_person() -> Ended {
    Ended::Person
}

async fn withdraw(
    State(shared): State<Arc<Shared>>,
    UrlPath((station, person)): UrlPath<(String, String)>,
    Form(sent): Form<SentWithdrawal>,
) -> Response {
    let Some((station, person)) = shared.person(&station, &person) else {
        return not_found();
    };
    let given = match shared.standings(station, person) {
        Ok(given) => given,
        Err(e) => return broken(&e),
    };
    let live = |kind: &Kind| given.iter().any(|one| one.kind == *kind && one.is_live());
    let kinds: Vec<Kind> = sent.boxes.kinds().into_iter().filter(live).collect();
    if kinds.is_empty() {
        let error = "取り消す同意を選んでください。すでに終わった同意は選べません。";
        return shared.form(
            station,
            person,
            StatusCode::UNPROCESSABLE_ENTITY,
            Some(error),
        );
    }
    let withdrawal = Withdrawal {
        station: station.key.clone(),
        person: person.key.clone(),
        at: (shared.clock)(),
        kinds,
        by: sent.by,
    };
    match shared.book.withdraw(&withdrawal) {
        Ok(()) => html(&page::withdrawn(
            station,
            person,
            &withdrawal.kinds,
            withdrawal.by,
        ))
        .into_response(),
        Err(e) => broken(&e),
    }
}

//! Connections: TLS with a client certificate, HTTP/1.1, faults, and threads of its own. What waits
//! for the disk or reads a file does so beside the threads that accept and answer.

use super::{
    GatewayError, MAX_BODY, Mischief, Shared, calendar,
    certificates::{self, Client},
    cut::{self, Cut},
    io_error,
    problem::{Code, Problem},
    routes::{self, Asked, Route},
    store::write_whole,
};
use axum::{
    body::Body,
    http::{HeaderValue, Request, Response, StatusCode, header},
};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use rustls::ServerConfig;
use serde_json::{Value, json};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
};
use tokio_rustls::TlsAcceptor;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long work that has begun may take to end when the gateway stops.
const LEAVE: Duration = Duration::from_secs(10);

pub(super) struct Listening {
    pub(super) port: u16,
    pub(super) stop: oneshot::Sender<()>,
    pub(super) thread: JoinHandle<()>,
}

/// Listens on 127.0.0.1. The port is remembered in the folder, so that a gateway started again
/// is found where it was.
pub(super) fn listen(
    folder: &Path,
    port: u16,
    config: ServerConfig,
    shared: Arc<Shared>,
) -> Result<Listening, GatewayError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("sandbox-gateway")
        .enable_all()
        .build()
        .map_err(io_error("start", "a runtime"))?;
    let remembered = folder.join("port");
    let last = fs::read_to_string(&remembered)
        .ok()
        .and_then(|text| text.trim().parse::<u16>().ok());
    let wanted = if port == 0 { last.unwrap_or(0) } else { port };
    let bind = |port| {
        runtime.block_on(TcpListener::bind(SocketAddr::from((
            Ipv4Addr::LOCALHOST,
            port,
        ))))
    };
    let listener = match bind(wanted) {
        // Somebody else has the remembered port: any other will do, the caller asked for none.
        Err(e) if port == 0 && wanted != 0 && e.kind() == std::io::ErrorKind::AddrInUse => bind(0),
        other => other,
    }
    .map_err(io_error("listen on", format!("127.0.0.1:{wanted}")))?;
    let port = listener
        .local_addr()
        .map_err(io_error("listen on", "127.0.0.1"))?
        .port();
    write_whole(&remembered, port.to_string().as_bytes())?;

    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (stop, stopped) = oneshot::channel();
    let thread = std::thread::Builder::new()
        .name("sandbox-gateway".into())
        .spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, acceptor, shared) => {}
                    _ = stopped => {}
                }
            });
            // The folder may be opened again at once: nobody may still be writing there.
            runtime.shutdown_timeout(LEAVE);
        })
        .map_err(io_error("start", "a thread"))?;
    Ok(Listening { port, stop, thread })
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Small TLS records must not wait for the other side's delayed acknowledgement.
                let _ = stream.set_nodelay(true);
                let (acceptor, shared) = (acceptor.clone(), shared.clone());
                tokio::spawn(connection(stream, acceptor, shared));
            }
            // Out of file handles, for instance: wait instead of spinning.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await else {
        return;
    };
    let certificate = stream
        .get_ref()
        .1
        .peer_certificates()
        .and_then(|chain| chain.first());
    let client = Arc::new(certificate.and_then(|leaf| certificates::client(leaf)));
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let (shared, client) = (shared.clone(), client.clone());
        async move {
            let now = (shared.options.clock)();
            let mut response = respond(&shared, client.as_ref().as_ref(), request, now).await?;
            // The gateway's own time, not the machine's.
            if let Ok(date) = HeaderValue::from_str(&calendar::http_date(now)) {
                response.headers_mut().insert(header::DATE, date);
            }
            Ok::<_, Cut>(response)
        }
    });
    // A cut is an error here, and closing the connection is what it asks for.
    let _ = hyper::server::conn::http1::Builder::new()
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn respond(
    shared: &Arc<Shared>,
    client: Option<&Client>,
    request: Request<Incoming>,
    now: Timestamp,
) -> Result<Response<Body>, Cut> {
    let institution = match known(shared, client, now) {
        Ok(institution) => institution,
        Err(problem) => return Ok(problem.response()),
    };
    let (head, body) = request.into_parts();
    let Some((route, id)) = Route::of(&head.method, head.uri.path()) else {
        return Ok(Problem::not_found().response());
    };
    let mischief = match beside(|| shared.faults.take(route)) {
        Ok(mischief) => mischief,
        Err(e) => return Ok(Problem::storage(e).response()),
    };
    if let Some(mischief) = mischief.filter(|one| !one.needs_work()) {
        shared.faults.strike(mischief);
    }
    match mischief {
        Some(Mischief::CutBefore) => return Err(Cut),
        Some(Mischief::CutInRequest) => {
            cut::read_half(body).await;
            return Err(Cut);
        }
        _ => {}
    }
    let Ok(body) = axum::body::to_bytes(Body::new(body), MAX_BODY).await else {
        return Ok(Problem::new(
            Code::TooLarge,
            "ファイルが大きすぎるか、途中で切れました。",
            "the file is too large or was cut short",
        )
        .response());
    };
    if let Some(refusal) = mischief.and_then(refusal) {
        return Ok(refusal);
    }
    let asked = Asked {
        institution,
        route,
        id,
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: body.to_vec(),
        extra: mischief.map_or(super::faults::Extra::None, Mischief::extra),
    };
    let response = beside(|| routes::answer_to(shared, asked, now));
    if let Some(mischief) = mischief.filter(|one| one.needs_work()) {
        // A key that is there already is answered, and its file is not checked anew.
        let worked = match mischief.extra() {
            super::faults::Extra::None => response.status().is_success(),
            _ => response.status() == StatusCode::CREATED,
        };
        if worked {
            shared.faults.strike(mischief);
        }
    }
    match mischief {
        Some(Mischief::AcceptThenCut) => Err(Cut),
        Some(Mischief::Slow) => {
            tokio::time::sleep(shared.options.slow).await;
            Ok(response)
        }
        Some(mischief) => altered(response, mischief).await,
        None => Ok(response),
    }
}

/// Work that waits for the disk or a long calculation, off the threads that answer.
fn beside<T>(work: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(work)
}

/// The station behind a certificate, while the gateway honours it.
fn known(shared: &Shared, client: Option<&Client>, now: Timestamp) -> Result<String, Problem> {
    let client = client.ok_or_else(|| {
        Problem::new(
            Code::NoInstitution,
            "証明書に10桁の医療機関コード（CN）がありません。",
            "the certificate's common name is not a 10-digit institution code",
        )
    })?;
    if shared
        .revoked
        .holds(&client.fingerprint)
        .map_err(Problem::storage)?
    {
        return Err(Problem::new(
            Code::CertificateRevoked,
            "この証明書は失効しています。新しい証明書を取り込んでください。",
            "this certificate was revoked; import the new one",
        ));
    }
    if client.until < now {
        return Err(Problem::new(
            Code::CertificateExpired,
            "この証明書は有効期限が切れています。新しい証明書を取り込んでください。",
            "this certificate has expired; import the new one",
        ));
    }
    Ok(client.institution.clone())
}

/// The answer of a fault that does nothing.
fn refusal(mischief: Mischief) -> Option<Response<Body>> {
    match mischief {
        Mischief::ServerErrorOnce => Some(
            Problem::new(
                Code::SimulatedError,
                "模擬の障害です。処理はしていません。",
                "a simulated failure; nothing was done",
            )
            .response(),
        ),
        Mischief::Busy => Some(
            Problem::new(
                Code::SimulatedBusy,
                "混み合っています（模擬）。処理はしていません。",
                "busy (simulated); nothing was done",
            )
            .after(Some(1))
            .response(),
        ),
        Mischief::Redirect => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::FOUND;
            let elsewhere = HeaderValue::from_static("https://login.invalid/");
            response.headers_mut().insert(header::LOCATION, elsewhere);
            Some(response)
        }
        Mischief::AcknowledgementLost => Some(Problem::no_acknowledgement().response()),
        _ => None,
    }
}

/// The answer of a fault that does the work and tells it wrongly.
async fn altered(response: Response<Body>, mischief: Mischief) -> Result<Response<Body>, Cut> {
    let (mut head, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX)
        .await
        .map_err(|_| Cut)?;
    if mischief == Mischief::CutInAnswer {
        return Ok(Response::from_parts(head, cut::half(&bytes)));
    }
    let told = if head.status.is_success() {
        serde_json::from_slice(&bytes).ok()
    } else {
        None
    };
    let told = told.map(|mut told: Value| {
        match mischief {
            Mischief::OtherSubmission => {
                if let Some(told) = told.as_object_mut() {
                    told.insert("id".to_owned(), json!("s-999999"));
                    told.insert("key".to_owned(), json!("another-key"));
                }
            }
            Mischief::StrangeFinding => {
                if let Some(findings) = told.get_mut("findings").and_then(Value::as_array_mut) {
                    findings.push(stranger());
                }
            }
            _ => {}
        }
        told.to_string()
    });
    head.headers.remove(header::CONTENT_LENGTH);
    let body = told.map_or_else(|| Body::from(bytes), Body::from);
    Ok(Response::from_parts(head, body))
}

/// A finding about a receipt that no file has.
fn stranger() -> Value {
    json!({
        "code": "SIM-STRANGER", "severity": "attention", "grade": "unconfirmed", "basis": "模擬 / simulated",
        "line": null, "record": null, "field": null, "receipt": 999_999, "byte": null,
        "message_ja": "存在しないレセプトへの指摘です（模擬）。", "message_en": "about a receipt that does not exist (simulated)",
        "action_ja": "ゲートウェイの運営者に確かめてください。", "action_en": "ask the gateway's operator",
    })
}

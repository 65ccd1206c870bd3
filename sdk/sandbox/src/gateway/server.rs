//! Connections: TLS with a client certificate, HTTP/1.1, faults, and a thread of its own.

use super::{
    GatewayError, MAX_BODY, Mischief, Shared, io_error, pki,
    problem::Problem,
    routes::{self, Asked},
    state::write_whole,
};
use axum::{
    body::Body,
    http::{Request, Response, StatusCode},
};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
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

pub(super) struct Listening {
    pub(super) port: u16,
    pub(super) stop: oneshot::Sender<()>,
    pub(super) thread: JoinHandle<()>,
}

/// Why a connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("cut on purpose")]
struct Cut;

/// Listens on 127.0.0.1. The port is remembered in the folder, so that a gateway started again
/// is found where it was.
pub(super) fn listen(
    folder: &Path,
    port: u16,
    config: ServerConfig,
    shared: Arc<Shared>,
) -> Result<Listening, GatewayError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
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
            runtime.shutdown_background();
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
    let institution = certificate.and_then(|leaf| pki::institution_of(leaf));
    let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
        let (shared, institution) = (shared.clone(), institution.clone());
        async move { respond(shared, institution, request).await }
    });
    // A cut is an error here, and closing the connection is what it asks for.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn respond(
    shared: Arc<Shared>,
    institution: Option<String>,
    request: Request<hyper::body::Incoming>,
) -> Result<Response<Body>, Cut> {
    let Some(institution) = institution else {
        return Ok(Problem::new(
            StatusCode::FORBIDDEN,
            "no-institution",
            "証明書に10桁の医療機関コード（CN）がありません。",
            "the certificate's common name is not a 10-digit institution code",
        )
        .response());
    };
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(Body::new(body), MAX_BODY).await else {
        return Ok(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "ファイルが大きすぎるか、途中で切れました。",
            "the file is too large or was cut short",
        )
        .response());
    };
    let mischief = if head.method == "POST" {
        match shared.faults.take() {
            Ok(mischief) => mischief,
            Err(e) => return Ok(Problem::storage(e).response()),
        }
    } else {
        None
    };
    match mischief {
        Some(Mischief::CutBefore) => return Err(Cut),
        Some(Mischief::ServerErrorOnce) => {
            return Ok(Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "simulated-error",
                "模擬の障害です。処理はしていません。",
                "a simulated failure; nothing was done",
            )
            .response());
        }
        Some(Mischief::AcceptThenCut | Mischief::Slow) | None => {}
    }
    let asked = Asked {
        institution,
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: body.to_vec(),
    };
    let response = routes::answer_to(&shared, asked);
    match mischief {
        Some(Mischief::AcceptThenCut) => Err(Cut),
        Some(Mischief::Slow) => {
            tokio::time::sleep(shared.options.slow).await;
            Ok(response)
        }
        _ => Ok(response),
    }
}

//! A TLS server on a thread of its own that does one thing to every request.

use rustls::{RootCertStore, ServerConfig, server::WebPkiClientVerifier};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// What it does with a request it has read.
#[derive(Clone)]
pub(crate) enum Then {
    Answer(String),
    Cut,
    Hang,
}

impl Then {
    pub(crate) fn ok(body: &str) -> Self {
        Self::Answer(format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nX-Seen: yes\r\n\r\n{body}",
            body.len()
        ))
    }
}

/// What it saw.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) connections: AtomicUsize,
    pub(crate) requests: Mutex<Vec<String>>,
    pub(crate) certificates: Mutex<Vec<Option<Vec<u8>>>>,
    pub(crate) versions: Mutex<Vec<rustls::ProtocolVersion>>,
}

impl Seen {
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) seen: Arc<Seen>,
}

pub(crate) fn config(
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<&[u8]>,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions)
        .unwrap();
    let builder = match client_ca {
        Some(ca) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from(ca.to_vec())).unwrap();
            builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                    .build()
                    .unwrap(),
            )
        }
        None => builder.with_no_client_auth(),
    };
    builder
        .with_single_cert(
            vec![CertificateDer::from(certificate)],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key)),
        )
        .unwrap()
}

pub(crate) fn start(config: ServerConfig, then: Then) -> Server {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Seen::default());
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let shared = seen.clone();
    std::thread::spawn(move || {
        runtime.block_on(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let (acceptor, seen, then) = (acceptor.clone(), shared.clone(), then.clone());
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve(stream, &seen, then).await;
                    }
                });
            }
        })
    });
    Server { address, seen }
}

async fn serve(
    mut stream: tokio_rustls::server::TlsStream<tokio::net::TcpStream>,
    seen: &Seen,
    then: Then,
) {
    let connection = stream.get_ref().1;
    let certificate = connection
        .peer_certificates()
        .and_then(|chain| chain.first())
        .map(|leaf| leaf.to_vec());
    seen.certificates.lock().unwrap().push(certificate);
    seen.versions
        .lock()
        .unwrap()
        .extend(connection.protocol_version());
    let mut read = Vec::new();
    loop {
        let mut some = [0_u8; 4096];
        let Ok(count) = stream.read(&mut some).await else {
            return;
        };
        if count == 0 {
            return;
        }
        read.extend_from_slice(&some[..count]);
        let text = String::from_utf8_lossy(&read);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length: ")
                    .map(|n| n.parse().unwrap())
            })
            .unwrap_or(0_usize);
        if body.len() >= length {
            break;
        }
    }
    seen.requests
        .lock()
        .unwrap()
        .push(String::from_utf8_lossy(&read).into_owned());
    match then {
        Then::Answer(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        Then::Cut => {}
        Then::Hang => std::future::pending().await,
    }
}

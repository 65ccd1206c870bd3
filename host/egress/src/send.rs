//! Admission, connection and answer of one request.

use crate::{
    Bindings, Destination, classify, fault,
    resolve::{self, Pinned},
    timeouts::TIMEOUTS,
    tls::{self, ClientCertificate},
    worker::Worker,
};
use reqwest::header::{HeaderMap, HeaderName as WireName, HeaderValue};
use reseplug_effect::{Bytes, Fault, HttpRequest, HttpResponse, RepeatClass};
use reseplug_identity::{Facts, KeyHolder};
use reseplug_policy::{EndpointBinding, HeaderName, Name, Repeat};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// A request that brought no answer, and whether it can have been carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendError {
    /// It cannot have been: refused here, or failed before the other side could read it.
    NotSent(Fault),
    /// Its first byte may have been sent; nobody here knows what came of it.
    Unknown(Fault),
}

impl SendError {
    /// The fault, whichever it is.
    pub fn fault(&self) -> &Fault {
        match self {
            Self::NotSent(fault) | Self::Unknown(fault) => fault,
        }
    }
}

/// The way out: endpoints by name, through the bindings of one station.
pub struct Egress {
    bindings: Bindings,
    keys: Arc<dyn KeyHolder>,
    worker: Worker,
    clients: Mutex<BTreeMap<Name, Client>>,
}

impl std::fmt::Debug for Egress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Egress")
            .field("bindings", &self.bindings)
            .finish_non_exhaustive()
    }
}

/// A client of one endpoint as one generation of its identity.
#[derive(Clone)]
struct Client {
    /// Thumbprint of the certificate presented.
    generation: Option<String>,
    http: reqwest::Client,
    pinned: Pinned,
    certificate: Arc<ClientCertificate>,
}

/// A request that the binding admits, in the form it is sent in.
struct Admitted {
    method: reqwest::Method,
    url: reqwest::Url,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Egress {
    /// The way out of a station. Nothing is connected or read yet, apart from starting the
    /// thread that connections live on.
    pub fn new(bindings: Bindings, keys: Arc<dyn KeyHolder>) -> Result<Self, Fault> {
        Ok(Self {
            bindings,
            keys,
            worker: Worker::start()?,
            clients: Mutex::default(),
        })
    }

    /// Who may repeat this request when its outcome is unknown: what the binding's rule says.
    /// A keyed rule needs its header in the request with a value; without one the request is
    /// never repeated.
    pub fn class(&self, endpoint: &str, request: &HttpRequest) -> Result<RepeatClass, Fault> {
        let (rule, _) = self
            .bindings
            .endpoint(endpoint)?
            .admit(&request.method, &request.path)?;
        Ok(match &rule.repeat {
            Repeat::Keyed { header } if !has_value(request, header) => RepeatClass::Never,
            repeat => repeat.class(),
        })
    }

    /// Where requests to an endpoint go and as whom, for the audit record.
    pub fn destination(&self, endpoint: &str) -> Result<Destination, Fault> {
        let binding = self.bindings.endpoint(endpoint)?;
        Ok(Destination {
            url: binding.url.as_str().to_owned(),
            identity: self.facts(binding)?,
            tls_floor: classify::floor(binding),
        })
    }

    /// Sends one request and returns what came back, whatever its status. Blocks up to the
    /// binding's time.
    pub fn send(&self, endpoint: &str, request: &HttpRequest) -> Result<HttpResponse, SendError> {
        let binding = self
            .bindings
            .endpoint(endpoint)
            .map_err(SendError::NotSent)?;
        let admitted = admit(binding, request).map_err(SendError::NotSent)?;
        let client = self.client(binding).map_err(SendError::NotSent)?;
        let binding = binding.clone();
        let done = self
            .worker
            .run(async move { exchange(&binding, &client, admitted).await });
        done.unwrap_or_else(|| {
            Err(SendError::Unknown(fault::ask_first(Fault::new(
                "egress/internal",
                "通信の処理が途中で止まりました。処理されたかどうかは照会して確かめてください。",
                "the connection's thread stopped on the way; whether the other side acted is unknown",
            ))))
        })
    }

    fn facts(&self, binding: &EndpointBinding) -> Result<Option<Facts>, Fault> {
        let name = self.bindings.identity_of(binding)?;
        name.map(|name| self.keys.active_facts(name.as_str()).map_err(|e| e.fault()))
            .transpose()
    }

    /// The client of the endpoint, made anew when its identity has another generation.
    fn client(&self, binding: &EndpointBinding) -> Result<Client, Fault> {
        let facts = self.facts(binding)?;
        tls::versions(binding, facts.as_ref())?;
        let generation = facts.map(|facts| facts.thumbprint);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients
            .get(&binding.name)
            .filter(|client| client.generation == generation)
        {
            return Ok(client.clone());
        }
        let client = self.new_client(binding)?;
        clients.insert(binding.name.clone(), client.clone());
        Ok(client)
    }

    fn new_client(&self, binding: &EndpointBinding) -> Result<Client, Fault> {
        let name = self.bindings.identity_of(binding)?;
        let identity = name
            .map(|name| self.keys.active(name.as_str()).map_err(|e| e.fault()))
            .transpose()?;
        let certificate = Arc::new(ClientCertificate::new(
            identity.as_ref().map(|identity| identity.key.clone()),
        ));
        let roots = self.bindings.roots_of(binding);
        let config = tls::config(binding, &roots, identity.as_ref(), certificate.clone())?;
        let pinned = Pinned::default();
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(config)
            .https_only(true)
            .http1_only()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(pinned.clone()))
            .connect_timeout(TIMEOUTS.connect.min(binding.timeout))
            .user_agent(concat!("reseplug/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| fault::internal(&e.to_string()))?;
        Ok(Client {
            generation: identity.map(|identity| identity.facts.thumbprint),
            http,
            pinned,
            certificate,
        })
    }
}

fn has_value(request: &HttpRequest, header: &HeaderName) -> bool {
    let mut values = request
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(header.as_str()));
    // Two keys are no key: which one the other side takes is not known.
    values
        .next()
        .is_some_and(|(_, value)| !value.trim().is_empty())
        && values.next().is_none()
}

/// The request as it will be sent, or why the binding does not let it pass.
fn admit(binding: &EndpointBinding, request: &HttpRequest) -> Result<Admitted, Fault> {
    let (rule, path) = binding.admit(&request.method, &request.path)?;
    let method = reqwest::Method::from_bytes(rule.method.as_str().as_bytes())
        .map_err(|e| fault::internal(&e.to_string()))?;
    let url = reqwest::Url::parse(&binding.url.join(&path))
        .map_err(|e| fault::internal(&e.to_string()))?;
    let body = request.body.as_slice();
    if u64::try_from(body.len()).map_or(true, |size| size > binding.max_request_bytes) {
        return Err(fault::request_too_large(binding, body.len()));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let allowed =
            HeaderName::parse(name).map_err(|why| fault::header(name, &why.ja, &why.en))?;
        let wire = WireName::from_bytes(allowed.as_str().as_bytes())
            .map_err(|e| fault::header(name, "名前が正しくありません。", &e.to_string()))?;
        let value = HeaderValue::from_str(value).map_err(|_| {
            fault::header(
                name,
                "値に使えない文字があります。",
                "its value has characters that are not allowed",
            )
        })?;
        headers.append(wire, value);
    }
    Ok(Admitted {
        method,
        url,
        headers,
        body: body.to_vec(),
    })
}

/// Resolve, check, connect, send, read: under the binding's time as a whole.
async fn exchange(
    binding: &EndpointBinding,
    client: &Client,
    request: Admitted,
) -> Result<HttpResponse, SendError> {
    let started = tokio::time::Instant::now();
    let addresses = resolve::checked(binding)
        .await
        .map_err(SendError::NotSent)?;
    client.pinned.set(addresses);
    let unanswered = |e: reqwest::Error| classify::transport(&e, binding, &client.certificate);
    let mut response = client
        .http
        .request(request.method, request.url)
        .headers(request.headers)
        .body(request.body)
        .timeout(binding.timeout.saturating_sub(started.elapsed()))
        .send()
        .await
        .map_err(unanswered)?;

    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unanswered)? {
        let size = body.len().saturating_add(chunk.len());
        if u64::try_from(size).map_or(true, |size| size > binding.max_response_bytes) {
            return Err(SendError::Unknown(fault::response_too_large(binding)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(HttpResponse {
        status,
        headers,
        body: Bytes::from(body),
    })
}

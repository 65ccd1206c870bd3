//! Names to addresses: looked up once, every one checked, and only those connected to.

use crate::{fault, timeouts::TIMEOUTS};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reseplug_effect::Fault;
use reseplug_policy::EndpointBinding;
use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

/// Looks up the endpoint's host and checks every address. One address outside the binding's
/// ranges refuses them all: a name that points inside as well as outside is not trusted.
pub(crate) async fn checked(binding: &EndpointBinding) -> Result<Vec<SocketAddr>, Fault> {
    let (host, port) = (binding.url.host(), binding.url.port());
    let found: Vec<SocketAddr> = match host.parse::<IpAddr>() {
        Ok(literal) => vec![SocketAddr::new(literal, port)],
        Err(_) => tokio::time::timeout(TIMEOUTS.resolve, tokio::net::lookup_host((host, port)))
            .await
            .map_err(|_| fault::dns(binding, "no answer in time"))?
            .map_err(|e| fault::dns(binding, &e.to_string()))?
            .collect(),
    };
    if found.is_empty() {
        return Err(fault::dns(binding, "the name has no address"));
    }
    match found
        .iter()
        .find(|address| !binding.addresses.permits(address.ip()))
    {
        Some(outside) => Err(fault::address(binding, outside.ip())),
        None => Ok(found),
    }
}

/// Answers a client's look-ups with the addresses that were checked, and never looks up itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pinned(Arc<Mutex<Vec<SocketAddr>>>);

impl Pinned {
    pub(crate) fn set(&self, addresses: Vec<SocketAddr>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = addresses;
    }
}

impl Resolve for Pinned {
    fn resolve(&self, _name: Name) -> Resolving {
        let addresses = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Box::pin(async move {
            let addresses: Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}

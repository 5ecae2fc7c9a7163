//! An address and the limits of a connection to it (reliability D2).
//!
//! How the addresses of a host name are found lives in `resolve`. The rule not to be broken: a peer that has gone
//! without a word is noticed within seconds.

use std::{net::SocketAddr, time::Duration};

use fault::Fault;
use http::Uri;
use tokio::sync::watch;
use tonic::transport::{self, Endpoint};

use super::resolve;

pub(super) const CONNECT_MAX: Duration = Duration::from_secs(1);
const PING_EVERY: Duration = Duration::from_secs(2);
const PONG_MAX: Duration = Duration::from_secs(2);
const TCP_PROBE_AFTER: Duration = Duration::from_secs(10);
const TCP_PROBE_EVERY: Duration = Duration::from_secs(2);
const TCP_PROBES_MAX: u32 = 3;
const HEADER_BYTES_MAX: u32 = 16 * 1024;
const LOCALHOST: &str = "localhost";

/// Where a channel leads.
#[derive(Clone, Debug)]
pub(super) struct Target {
    uri: Uri,
    host: String,
    port: u16,
}

impl Target {
    /// Reads `http://host:port`. *Errors*: internal.
    pub(super) fn parse(url: &str) -> Result<Self, Fault> {
        let refuse = || Fault::internal(format!("{url} is no address such as http://host:port"));
        let uri: Uri = url.parse().map_err(|_| refuse())?;
        let (Some("http"), Some(host), Some(port)) = (uri.scheme_str(), uri.host(), uri.port_u16()) else {
            return Err(refuse());
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(refuse());
        }
        Ok(Self { uri, host, port })
    }

    /// Gives the address for people and metrics.
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Opens a channel, and tells how many addresses of a host name are known.
    pub(super) fn open(self) -> (transport::Channel, Option<watch::Receiver<usize>>) {
        let is_plain = self.host == LOCALHOST || self.host.parse::<std::net::IpAddr>().is_ok();
        if is_plain {
            return (limited(Endpoint::from(self.uri)).connect_lazy(), None);
        }
        let (channel, changes) = transport::Channel::balance_channel(resolve::ADDRESSES_MAX);
        let (tell, known) = watch::channel(0);
        tokio::spawn(resolve::follow(self, changes, tell));
        (channel, Some(known))
    }

    pub(super) fn host(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// Makes the endpoint of one address of the host. Requests still name the host.
    pub(super) fn at(&self, address: SocketAddr) -> Option<Endpoint> {
        let uri: Uri = format!("http://{address}").parse().ok()?;
        Some(limited(Endpoint::from(uri)).origin(self.uri.clone()))
    }
}

fn limited(endpoint: Endpoint) -> Endpoint {
    endpoint
        .connect_timeout(CONNECT_MAX)
        .tcp_nodelay(true)
        .tcp_keepalive(Some(TCP_PROBE_AFTER))
        .tcp_keepalive_interval(Some(TCP_PROBE_EVERY))
        .tcp_keepalive_retries(Some(TCP_PROBES_MAX))
        .http2_keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PONG_MAX)
        .keep_alive_while_idle(true)
        .http2_max_header_list_size(HEADER_BYTES_MAX)
}

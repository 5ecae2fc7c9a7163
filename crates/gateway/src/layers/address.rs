//! The address of the client: of the connection, or what trusted proxies say about it.
//!
//! `X-Forwarded-For` is read from the right and only as far as trusted proxies reach, so that a client cannot
//! choose his address. Other forwarding headers are not read at all.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use http::{Extensions, HeaderMap};
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";
const HOPS_MAX: usize = 20;
/// A household or a machine has a whole network of this size.
const V6_NETWORK_BITS: u32 = 64;

/// The other end of the connection; put there by the accept loop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeerAddress(pub(crate) SocketAddr);

/// The address of the client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

/// The networks whose word about addresses is believed.
#[derive(Clone, Debug)]
pub(crate) struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    /// Believes proxies in these networks.
    pub(crate) fn new(networks: &[IpNet]) -> Self {
        Self(networks.into())
    }

    /// Finds the client: the right-most address that no trusted proxy has.
    pub(crate) fn client(&self, extensions: &Extensions, headers: &HeaderMap) -> ClientAddress {
        let unknown = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
        let mut address = extensions.get::<PeerAddress>().map_or(unknown, |peer| peer.0.ip().to_canonical());
        let values = headers.get_all(FORWARDED_FOR).iter().rev().filter_map(|value| value.to_str().ok());
        for hop in values.flat_map(|value| value.rsplit(',')).take(HOPS_MAX) {
            if !self.trusts(address) {
                break;
            }
            let Some(before) = ip_of(hop.trim()) else { break };
            address = before.to_canonical();
        }
        ClientAddress(address)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl ClientAddress {
    /// Gives the key under which requests of this address are counted.
    pub(crate) fn bucket(self) -> String {
        match self.0 {
            IpAddr::V4(address) => format!("address:{address}"),
            IpAddr::V6(address) => {
                let network = address.to_bits() >> (128 - V6_NETWORK_BITS) << (128 - V6_NETWORK_BITS);
                format!("address:{}", Ipv6Addr::from_bits(network))
            }
        }
    }
}

/// Reads an address with or without a port.
fn ip_of(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

//! How a listener is reached from this machine.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Gives the `http://` address, without a slash at the end, under which this machine reaches a listener: one that
/// listens everywhere is reached at loopback.
pub fn local_url(listener: SocketAddr) -> String {
    let ip = if listener.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { listener.ip() };
    format!("http://{}", SocketAddr::new(ip, listener.port()))
}

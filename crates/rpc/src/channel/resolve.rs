//! The addresses behind a host name, looked up again and again.
//!
//! A headless service has an address for each copy, and copies come and go; tonic asks once. A dead address that
//! is still listed would be picked as often as a living one, so those that do not accept are left out while any
//! other does. The rule not to be broken: a look-up that fails changes nothing.

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use futures::future::join_all;
use tokio::{
    net::{TcpStream, lookup_host},
    sync::{mpsc::Sender, watch},
    time,
};
use tonic::transport::{Endpoint, channel::Change};

use super::endpoint::{CONNECT_MAX, Target};

/// More copies than this of one service are not used.
pub(super) const ADDRESSES_MAX: usize = 64;
const AGAIN_AFTER: Duration = Duration::from_secs(3);
/// While no address is known.
const AGAIN_SOON: Duration = Duration::from_millis(250);
const LOOKUP_MAX: Duration = Duration::from_secs(2);

/// Keeps the endpoints of a channel in step with DNS until the channel is gone.
pub(super) async fn follow(
    target: Target,
    changes: Sender<Change<SocketAddr, Endpoint>>,
    known: watch::Sender<usize>,
) {
    let mut present = BTreeSet::new();
    while !changes.is_closed() {
        match look_up(&target).await {
            Some(found) if found != present => {
                if apply(&target, &changes, &present, &found).await.is_none() {
                    return;
                }
                tracing::info!(
                    peer = target.name(),
                    count = found.len(),
                    "{} has new addresses",
                    target.name()
                );
                let _ = known.send(found.len());
                present = found;
            }
            _ => {}
        }
        let pause = if present.is_empty() { AGAIN_SOON } else { AGAIN_AFTER };
        let _ = time::timeout(pause, changes.closed()).await;
    }
}

/// Hands the difference to the channel. *Shape*: nothing if the channel is gone.
async fn apply(
    target: &Target,
    changes: &Sender<Change<SocketAddr, Endpoint>>,
    present: &BTreeSet<SocketAddr>,
    found: &BTreeSet<SocketAddr>,
) -> Option<()> {
    for address in found.difference(present) {
        if let Some(endpoint) = target.at(*address) {
            changes.send(Change::Insert(*address, endpoint)).await.ok()?;
        }
    }
    for address in present.difference(found) {
        changes.send(Change::Remove(*address)).await.ok()?;
    }
    Some(())
}

/// Looks the host up. *Shape*: nothing if that failed; else at least one address, all of one family, IPv4 if there
/// is any.
async fn look_up(target: &Target) -> Option<BTreeSet<SocketAddr>> {
    let all: Vec<_> = time::timeout(LOOKUP_MAX, lookup_host(target.host())).await.ok()?.ok()?.collect();
    let has_v4 = all.iter().any(SocketAddr::is_ipv4);
    let found: BTreeSet<_> =
        all.into_iter().filter(|address| address.is_ipv4() == has_v4).take(ADDRESSES_MAX).collect();
    match found.len() {
        0 => None,
        1 => Some(found),
        _ => Some(accepting(found).await),
    }
}

/// Leaves out the addresses that do not accept a connection, unless none does.
pub(crate) async fn accepting(found: BTreeSet<SocketAddr>) -> BTreeSet<SocketAddr> {
    let probes = found.iter().map(|address| async {
        let probe = time::timeout(CONNECT_MAX, TcpStream::connect(*address)).await;
        matches!(probe, Ok(Ok(_))).then_some(*address)
    });
    let living: BTreeSet<_> = join_all(probes).await.into_iter().flatten().collect();
    if living.is_empty() { found } else { living }
}

//! Endpoints behind a host name: looked up again and again, so that copies of a service may come and go.

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use fault::Fault;
use tokio::{net::lookup_host, sync::mpsc::Sender, time::sleep};
use tonic::transport::{Channel, Endpoint, channel::Change};

const LOOKUP_EVERY: Duration = Duration::from_secs(5);
const CHANGES_QUEUED_MAX: usize = 64;

/// Makes a channel over every address of a host. The look-ups end with the channel.
pub(crate) fn balanced(host: String, port: u16, configure: fn(Endpoint) -> Endpoint) -> Channel {
    let (channel, changes) = Channel::balance_channel(CHANGES_QUEUED_MAX);
    tokio::spawn(follow(host, port, configure, changes));
    channel
}

/// Makes the endpoint of an address.
pub(crate) fn endpoint(url: String) -> Result<Endpoint, Fault> {
    Endpoint::from_shared(url).map_err(Fault::internal)
}

async fn follow(
    host: String,
    port: u16,
    configure: fn(Endpoint) -> Endpoint,
    changes: Sender<Change<SocketAddr, Endpoint>>,
) {
    let mut known = BTreeSet::new();
    while !changes.is_closed() {
        match lookup_host((host.as_str(), port)).await {
            // A name that suddenly has no address is a fault of the name service: the known ones stay.
            Ok(found) => {
                let found: BTreeSet<_> = found.collect();
                if !found.is_empty() && !apply(&known, &found, configure, &changes).await {
                    return;
                }
                known = if found.is_empty() { known } else { found };
            }
            Err(error) => tracing::warn!(host, %error, "the host was not found"),
        }
        sleep(LOOKUP_EVERY).await;
    }
}

async fn apply(
    known: &BTreeSet<SocketAddr>,
    found: &BTreeSet<SocketAddr>,
    configure: fn(Endpoint) -> Endpoint,
    changes: &Sender<Change<SocketAddr, Endpoint>>,
) -> bool {
    for address in found.difference(known) {
        let Ok(endpoint) = endpoint(format!("http://{address}")) else { continue };
        if changes.send(Change::Insert(*address, configure(endpoint))).await.is_err() {
            return false;
        }
    }
    for address in known.difference(found) {
        if changes.send(Change::Remove(*address)).await.is_err() {
            return false;
        }
    }
    true
}

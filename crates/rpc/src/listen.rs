//! Taking an address.
//!
//! It may still belong to the process that is being replaced, or to an outgoing connection that the system gave just
//! this port, for as long as it rests after its end. The rule not to be broken: an address that somebody else serves is
//! an error, soon.

use std::{io::ErrorKind, net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    time::{Instant, sleep, timeout},
};

use crate::Error;

/// As long as a process that is being replaced may need.
const PATIENCE: Duration = Duration::from_secs(3);
/// As long as the system keeps the port of a connection that has ended, and a little more.
const PATIENCE_WITH_NOBODY: Duration = Duration::from_secs(65);
const PAUSE: Duration = Duration::from_millis(100);

/// Listens on an address; one that is taken is tried for three seconds, and for 65 while nobody answers there.
/// *Errors*: [`Error::Listen`].
pub async fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    let started = Instant::now();
    let mut is_told = false;
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(source)
                if source.kind() == ErrorKind::AddrInUse && started.elapsed() < patience(address).await =>
            {
                if !is_told {
                    tracing::warn!(%address, "{address} is taken, waiting for it");
                    is_told = true;
                }
                sleep(PAUSE).await;
            }
            Err(source) => return Err(Error::Listen { address, source }),
        }
    }
}

async fn patience(address: SocketAddr) -> Duration {
    let is_served = timeout(PAUSE, TcpStream::connect(address)).await.is_ok_and(|stream| stream.is_ok());
    if is_served { PATIENCE } else { PATIENCE_WITH_NOBODY }
}

//! Taking an address.
//!
//! It may still belong to the process that is being replaced, or for a moment to an outgoing connection that the
//! system gave just this port. The rule not to be broken: an address that stays taken is an error, soon.

use std::{io::ErrorKind, net::SocketAddr, time::Duration};

use tokio::{
    net::TcpListener,
    time::{Instant, sleep},
};

use crate::Error;

const PATIENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(100);

/// Listens on an address; one that is taken is tried for three seconds. *Errors*: [`Error::Listen`].
pub async fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    let started = Instant::now();
    let mut is_told = false;
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(source) if source.kind() == ErrorKind::AddrInUse && started.elapsed() < PATIENCE => {
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

//! Building a server: its routes, its gate, health, reflection, and the limits of reliability D2.
//!
//! What happens to a single call lives in `door`, serving and ending in `run`. Which services there are is told by
//! the crate that owns them. The rule not to be broken: whatever waits has a limit, also the end of the server.

mod door;
mod frames;
mod health;
mod methods;
mod run;

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use fault::Fault;
use futures::future::BoxFuture;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::Gate;

/// A request message is no larger, unless the service says so.
const REQUEST_BYTES_MAX: usize = 256 * 1024;

/// Tells whether the service can do its work now.
pub type Readiness = Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// The gRPC server of one service, bound to its address and not yet serving.
pub struct Server {
    service: &'static str,
    listener: TcpListener,
    routes: Routes,
    names: &'static [&'static str],
    descriptors: &'static [u8],
    gate: Arc<dyn Gate>,
    readiness: Readiness,
    request_bytes_max: usize,
    linger: Duration,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("service", &self.service)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Binds an address; port 0 lets the system choose. The gate decides about every call.
    ///
    /// *Errors*: `SERVICE_UNAVAILABLE` if the address is taken.
    pub async fn bind(
        service: &'static str,
        address: SocketAddr,
        gate: Arc<dyn Gate>,
    ) -> Result<Self, Fault> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| Fault::unavailable(format!("{service}: cannot listen on {address}: {error}")))?;
        Ok(Self::on(service, listener, gate))
    }

    /// Takes a socket that is bound already.
    pub fn on(service: &'static str, listener: TcpListener, gate: Arc<dyn Gate>) -> Self {
        Self {
            service,
            listener,
            routes: Routes::default(),
            names: &[],
            descriptors: &[],
            gate,
            readiness: Arc::new(|| Box::pin(async { true })),
            request_bytes_max: REQUEST_BYTES_MAX,
            linger: Duration::ZERO,
        }
    }

    /// Sets what is served: the routes, the full names of their services, and the encoded `FileDescriptorSet` that
    /// describes them. A method that is not described is answered with UNIMPLEMENTED, whatever the gate says.
    #[must_use]
    pub fn serving(
        mut self,
        routes: Routes,
        names: &'static [&'static str],
        descriptors: &'static [u8],
    ) -> Self {
        self.routes = routes;
        self.names = names;
        self.descriptors = descriptors;
        self
    }

    /// Sets what health follows. It is asked once a second; no answer within a second means no.
    #[must_use]
    pub fn readiness(mut self, readiness: Readiness) -> Self {
        self.readiness = readiness;
        self
    }

    /// Allows larger request messages than 256 KiB. A generated service has a limit of its own, 4 MiB unless
    /// `max_decoding_message_size` raises it.
    #[must_use]
    pub const fn request_bytes_max(mut self, bytes: usize) -> Self {
        self.request_bytes_max = bytes;
        self
    }

    /// Goes on serving for a while after the stop while health says no, so that callers turn elsewhere. None by
    /// default; five seconds where a load balancer watches.
    #[must_use]
    pub const fn linger(mut self, linger: Duration) -> Self {
        self.linger = linger;
        self
    }

    /// Gives the address, with the port that the system chose.
    pub fn local_address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Serves until the token is cancelled and what runs has ended, at most fifteen seconds and the linger later.
    ///
    /// *Errors*: internal, if the descriptors cannot be read or the server breaks.
    pub async fn serve(self, stop: CancellationToken) -> Result<(), Fault> {
        run::serve(self, stop).await
    }
}

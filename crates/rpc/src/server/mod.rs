//! Building a server: its services, its gate, health, reflection, and the limits of reliability D2.
//!
//! What happens to a single call lives in `door`, serving and ending in `run`. Which services there are is told by
//! the crate that owns them. The rule not to be broken: whatever waits has a limit, also the end of the server.

mod door;
mod frames;
mod health;
mod methods;
mod run;

use std::{convert::Infallible, fmt, net::SocketAddr, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use http::{Request, Response};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::{body::Body, server::NamedService, service::Routes};
use tower::Service;

pub use self::run::Bound;
use crate::{Error, Gate, gate::Closed, listen};

/// A request message is no larger, unless the service says so.
const REQUEST_BYTES_MAX: usize = 256 * 1024;
/// How long calls and detached work may take after the stop.
const DRAIN_MAX: Duration = Duration::from_secs(15);

type Readiness = Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// Builds the gRPC server of one service.
pub struct Server {
    name: &'static str,
    address: SocketAddr,
    listener: Option<TcpListener>,
    routes: Routes,
    services: Vec<&'static str>,
    descriptors: Vec<&'static [u8]>,
    gate: Arc<dyn Gate>,
    readiness: Readiness,
    request_bytes_max: usize,
    linger: Duration,
    drain_max: Duration,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("name", &self.name)
            .field("address", &self.address)
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Begins a server that will listen on an address; port 0 lets the system choose. Until [`Server::access`] it
    /// admits nobody.
    pub fn builder(name: &'static str, address: SocketAddr) -> Self {
        Self {
            name,
            address,
            listener: None,
            routes: Routes::default(),
            services: Vec::new(),
            descriptors: Vec::new(),
            gate: Arc::new(Closed),
            readiness: Arc::new(|| Box::pin(async { true })),
            request_bytes_max: REQUEST_BYTES_MAX,
            linger: Duration::ZERO,
            drain_max: DRAIN_MAX,
        }
    }

    /// Adds a generated service.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "a server plus a service is no sum")]
    pub fn add<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.services.push(S::NAME);
        self.routes = self.routes.add_service(service);
        self
    }

    /// Adds an encoded `FileDescriptorSet`. Methods of added services that no set describes are answered with
    /// UNIMPLEMENTED; described services that were not added are not shown by reflection.
    #[must_use]
    pub fn descriptor(mut self, encoded: &'static [u8]) -> Self {
        self.descriptors.push(encoded);
        self
    }

    /// Sets who decides about each call.
    #[must_use]
    pub fn access(mut self, gate: impl Gate) -> Self {
        self.gate = Arc::new(gate);
        self
    }

    /// Sets what health follows. It is asked once a second; no answer within a second means no.
    #[must_use]
    pub fn readiness(mut self, ready: impl Fn() -> BoxFuture<'static, bool> + Send + Sync + 'static) -> Self {
        self.readiness = Arc::new(ready);
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

    /// Gives calls and detached work another time than fifteen seconds to end after the stop.
    #[must_use]
    pub const fn drain_max(mut self, drain_max: Duration) -> Self {
        self.drain_max = drain_max;
        self
    }

    /// Listens on a socket that is bound already, instead of the address.
    #[must_use]
    pub fn listener(mut self, listener: TcpListener) -> Self {
        self.listener = Some(listener);
        self
    }

    /// Binds the address, without answering yet. *Errors*: [`Error::Listen`], [`Error::Descriptor`].
    pub async fn bind(mut self) -> Result<Bound, Error> {
        let address = self.address;
        let refused = |source| Error::Listen { address, source };
        let listener = match self.listener.take() {
            Some(listener) => listener,
            None => listen(address).await?,
        };
        let address = listener.local_addr().map_err(refused)?;
        Bound::new(self, listener, address).await
    }

    /// Binds and serves until the token is cancelled, see [`Bound::serve`].
    pub async fn serve(self, stop: CancellationToken) -> Result<(), Error> {
        self.bind().await?.serve(stop).await
    }
}

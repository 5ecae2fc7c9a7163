//! An accept loop of our own: axum's has no header time-out, no connection cap and no end to its shutdown.
//!
//! HTTP/1 only: browsers speak no clear-text HTTP/2, and the version sniff has no time-out. The rule not to be
//! broken: a connection costs a permit, and every wait here has a bound.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use fault::Fault;
use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::layers::PeerAddress;

/// How long a client may take to send the head of a request, the wait for the next one included.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// How long to wait when the process has no file handles left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A bound address with what is served there.
pub(crate) struct Listener {
    name: &'static str,
    socket: TcpListener,
    router: Router,
}

impl Listener {
    /// Binds an address.
    ///
    /// *Errors*: internal, when it cannot be had.
    pub(crate) async fn bind(name: &'static str, address: SocketAddr, router: Router) -> Result<Self, Fault> {
        let socket =
            rpc::listen(address).await.map_err(|error| Fault::internal(format!("{name}: {error}")))?;
        Ok(Self { name, socket, router })
    }

    /// Gives the address, with the port that the system chose for port 0.
    pub(crate) fn address(&self) -> Result<SocketAddr, Fault> {
        self.socket.local_addr().map_err(Fault::internal)
    }

    /// Serves until `stop`, then lets running requests end within a time.
    pub(crate) async fn serve(self, connections_max: usize, stop: CancellationToken, drain: Duration) {
        let permits = Arc::new(Semaphore::new(connections_max));
        let graceful = GracefulShutdown::new();
        while let Some((stream, address, permit)) = self.accept(&permits, &stop).await {
            self.connect(stream, address, permit, &graceful);
        }
        drop(self.socket);
        if timeout(drain, graceful.shutdown()).await.is_err() {
            tracing::warn!(
                listener = self.name,
                "requests were cut off at the end of listener {}",
                self.name
            );
        }
    }

    /// Takes the next connection; none once `stop` is given.
    async fn accept(
        &self,
        permits: &Arc<Semaphore>,
        stop: &CancellationToken,
    ) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let accepted = async {
            let permit = Arc::clone(permits).acquire_owned().await.ok()?;
            loop {
                match self.socket.accept().await {
                    Ok((stream, address)) => break Some((stream, address, permit)),
                    Err(error) => {
                        tracing::warn!(%error, listener = self.name, "a connection was not accepted");
                        sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => None,
            accepted = accepted => accepted,
        }
    }

    fn connect(
        &self,
        stream: TcpStream,
        address: SocketAddr,
        permit: OwnedSemaphorePermit,
        graceful: &GracefulShutdown,
    ) {
        // Without it small answers wait for acknowledgements; a socket that refuses is about to die.
        let _ = stream.set_nodelay(true);
        let router = self.router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(PeerAddress(address));
            let router = router.clone();
            async move {
                Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {}))
            }
        });
        let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .max_buf_size(HEAD_BYTES_MAX);
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error, "a connection ended early");
            }
            drop(permit);
        });
    }
}

//! Serving and ending.
//!
//! The end: health says no, the server lingers, sends GOAWAY and waits for calls and detached work; fifteen
//! seconds later, or when the drain is over, what is left is answered UNAVAILABLE. Waiting longer for anybody does not live here.

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, time};
use tokio_util::sync::CancellationToken;
use tonic::{
    service::Routes,
    transport::{Server as Transport, server::TcpIncoming},
};
use tonic_health::{
    pb::health_server::{self, HealthServer},
    server::HealthService,
};
use tower::{
    layer::util::{Identity, Stack},
    layer::{LayerFn, layer_fn},
};

use super::{
    Server,
    door::{Door, Porter},
    health::Health,
    methods::Methods,
};
use crate::{Error, attempts, detached};

const STREAMS_PER_CONNECTION_MAX: u32 = 200;
const HEADER_BYTES_MAX: u32 = 16 * 1024;
const PING_EVERY: Duration = Duration::from_secs(10);
const PONG_MAX: Duration = Duration::from_secs(5);
/// Connections end after five to ten minutes, so that callers find new copies of the service. There must be no
/// grace: with one, tonic cuts them without a GOAWAY (reliability D2).
const AGE_MIN: Duration = Duration::from_mins(5);
const TCP_PROBE_AFTER: Duration = Duration::from_secs(30);
const TCP_PROBE_EVERY: Duration = Duration::from_secs(5);
const TCP_PROBES_MAX: u32 = 3;
const REFLECTION: [&str; 2] =
    ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];

/// A server that holds its address and does not answer yet.
pub struct Bound {
    name: &'static str,
    address: SocketAddr,
    listener: TcpListener,
    routes: Routes,
    porter: Arc<Porter>,
    health: Health,
    linger: Duration,
    drain_max: Duration,
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound")
            .field("name", &self.name)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Bound {
    pub(super) async fn new(
        server: Server,
        listener: TcpListener,
        address: SocketAddr,
    ) -> Result<Self, Error> {
        let Server { name, linger, drain_max, descriptors: mut described, services: mut names, .. } = server;
        let health = Health::new(&names, server.readiness).await;
        let health_service = HealthServer::new(HealthService::from_health_reporter(health.reporter()));
        described.extend([
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
        ]);
        names.push(health_server::SERVICE_NAME);
        names.extend(REFLECTION);
        let routes = reflected(server.routes.add_service(health_service), &described, &names)?;
        let methods = Methods::read(&described, &names)?;
        let porter = Arc::new(Porter::new(name, methods, server.gate, server.request_bytes_max));
        Ok(Self { name, address, listener, routes, porter, health, linger, drain_max })
    }

    /// Gives the address, with the port that the system chose.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the token is cancelled and what runs has ended, at most the linger and the
    /// drain later.
    ///
    /// *Errors*: [`Error::Serve`].
    pub async fn serve(self, stop: CancellationToken) -> Result<(), Error> {
        let Self { name, address, listener, routes, porter, health, linger, drain_max } = self;
        tracing::info!(service = name, %address, "{name} answers gRPC on {address}");
        let following = tokio::spawn(health.follow(stop.clone()));
        let draining = CancellationToken::new();
        let serving = transport(&porter)
            .add_routes(routes)
            .serve_with_incoming_shutdown(incoming(listener), draining.clone().cancelled_owned());
        let mut serving = std::pin::pin!(serving);
        tokio::select! {
            ended = &mut serving => return ended.map_err(Error::Serve),
            () = async { stop.cancelled().await; time::sleep(linger).await } => {}
        }
        draining.cancel();
        let deadline = time::Instant::now() + drain_max;
        let ended = time::timeout_at(deadline, serving).await;
        porter.cut();
        let left = deadline.saturating_duration_since(time::Instant::now());
        if !detached::drained(left).await || ended.is_err() {
            tracing::warn!(service = name, "{name} stopped before all its calls had ended");
        }
        let _ = following.await;
        ended.unwrap_or(Ok(())).map_err(Error::Serve)
    }
}

/// Adds both versions of reflection, which list the services that are served here and no others.
fn reflected(routes: Routes, described: &[&'static [u8]], names: &[&'static str]) -> Result<Routes, Error> {
    let builder = || {
        let builder = tonic_reflection::server::Builder::configure().include_reflection_service(false);
        let builder = described
            .iter()
            .fold(builder, |builder, encoded| builder.register_encoded_file_descriptor_set(encoded));
        names.iter().fold(builder, |builder, name| builder.with_service_name(*name))
    };
    let broken = |error| Error::Descriptor(Box::new(error));
    let v1 = builder().build_v1().map_err(broken)?;
    let v1alpha = builder().build_v1alpha().map_err(broken)?;
    Ok(routes.add_service(v1).add_service(v1alpha))
}

fn incoming(listener: TcpListener) -> TcpIncoming {
    TcpIncoming::from(listener)
        .with_nodelay(Some(true))
        .with_keepalive(Some(TCP_PROBE_AFTER))
        .with_keepalive_interval(Some(TCP_PROBE_EVERY))
        .with_keepalive_retries(Some(TCP_PROBES_MAX))
}

type Doors<F> = Stack<LayerFn<F>, Identity>;

fn transport(porter: &Arc<Porter>) -> Transport<Doors<impl Fn(Routes) -> Door<Routes> + Clone + use<>>> {
    let porter = Arc::clone(porter);
    Transport::builder()
        .http2_keepalive_interval(Some(PING_EVERY))
        .http2_keepalive_timeout(Some(PONG_MAX))
        .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
        .http2_max_header_list_size(HEADER_BYTES_MAX)
        .max_connection_age(AGE_MIN + attempts::pause(AGE_MIN))
        .layer(layer_fn(move |inner| Door::new(inner, Arc::clone(&porter))))
}

//! A gRPC server with everything around its methods: health, reflection, limits, a bounded end.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use fault::Fault;
use futures::future::BoxFuture;
use tokio::{net::TcpListener, time::sleep};
use tokio_util::sync::CancellationToken;
use tonic::{
    service::Routes,
    transport::{Server as Transport, server::TcpIncoming},
};
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{Gate, layer::DoorLayer};

const STREAMS_PER_CONNECTION_MAX: u32 = 200;
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECTION_AGE_SECONDS: u64 = 300;
const HEADER_BYTES_MAX: u32 = 16 * 1024;
const DRAIN: Duration = Duration::from_secs(15);
const READINESS_POLL: Duration = Duration::from_secs(1);

/// Tells whether the service can do its work now.
pub type Readiness = Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// A server that is bound to its address and not yet serving.
pub struct Server {
    service: &'static str,
    listener: TcpListener,
    routes: Routes,
    names: &'static [&'static str],
    descriptors: &'static [u8],
    gate: Arc<dyn Gate>,
    readiness: Readiness,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("service", &self.service)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Binds a server. `names` are the full names of the gRPC services in `routes`, for health and reflection.
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
        Ok(Self {
            service,
            listener,
            routes: Routes::default(),
            names: &[],
            descriptors: &[],
            gate,
            readiness: Arc::new(|| Box::pin(async { true })),
        })
    }

    /// Adds what is served: the routes, the full names of their services, and the descriptors that describe them.
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

    /// Lets the health service follow a readiness of the service's own.
    #[must_use]
    pub fn readiness(mut self, readiness: Readiness) -> Self {
        self.readiness = readiness;
        self
    }

    /// The address that was bound, with the port that was found for port 0.
    pub fn local_address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Serves until `stop`, then lets calls end within fifteen seconds.
    pub async fn serve(self, stop: CancellationToken) -> Result<(), Fault> {
        let (reporter, health) = tonic_health::server::health_reporter();
        let routes = self.routes.clone().add_service(health);
        let routes = reflect(routes, self.names, self.descriptors)?;
        let watch = tokio::spawn(report(reporter, self.names, Arc::clone(&self.readiness), stop.clone()));
        let incoming = TcpIncoming::from(self.listener)
            .with_nodelay(Some(true))
            .with_keepalive(Some(Duration::from_secs(30)));
        let served = Transport::builder()
            .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
            .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
            .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
            .http2_max_header_list_size(HEADER_BYTES_MAX)
            .max_connection_age(Duration::from_secs(
                CONNECTION_AGE_SECONDS + u64::from(std::process::id() % 300),
            ))
            .layer(DoorLayer { gate: self.gate, service: self.service })
            .add_routes(routes.prepare())
            .serve_with_incoming_shutdown(incoming, stop.clone().cancelled_owned());
        let outcome = tokio::select! {
            served = served => served.map_err(Fault::internal),
            () = async { stop.cancelled().await; sleep(DRAIN).await } => {
                tracing::warn!(service = self.service, "calls were left unfinished");
                Ok(())
            }
        };
        stop.cancel();
        let _ = watch.await;
        outcome
    }
}

/// Adds reflection of both versions; it lists only what this server serves.
fn reflect(routes: Routes, names: &[&str], descriptors: &'static [u8]) -> Result<Routes, Fault> {
    let builder = || {
        let mut builder = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .with_service_name("grpc.health.v1.Health");
        if !descriptors.is_empty() {
            builder = builder.register_encoded_file_descriptor_set(descriptors);
        }
        names.iter().fold(builder, |builder, name| builder.with_service_name(*name))
    };
    let v1 = builder().build_v1().map_err(Fault::internal)?;
    let v1alpha = builder().build_v1alpha().map_err(Fault::internal)?;
    Ok(routes.add_service(v1).add_service(v1alpha))
}

/// Keeps the health service true: serving while ready, not serving once asked to stop.
async fn report(
    reporter: HealthReporter,
    names: &'static [&'static str],
    readiness: Readiness,
    stop: CancellationToken,
) {
    let set = async |status: ServingStatus| {
        for name in std::iter::once("").chain(names.iter().copied()) {
            reporter.set_service_status(name, status).await;
        }
    };
    while !stop.is_cancelled() {
        let status = if readiness().await { ServingStatus::Serving } else { ServingStatus::NotServing };
        set(status).await;
        tokio::select! {
            () = sleep(READINESS_POLL) => {}
            () = stop.cancelled() => {}
        }
    }
    set(ServingStatus::NotServing).await;
}

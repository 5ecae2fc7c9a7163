//! Serving and ending.
//!
//! The end: health says no, the server lingers, sends GOAWAY and waits for calls and detached work; fifteen
//! seconds later what is left is answered UNAVAILABLE. Waiting longer for anybody does not live here.

use std::{sync::Arc, time::Duration};

use fault::Fault;
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
use crate::{attempts, detached};

/// How long calls and detached work may take after the stop.
const DRAIN_MAX: Duration = Duration::from_secs(15);
const STREAMS_PER_CONNECTION_MAX: u32 = 200;
const HEADER_BYTES_MAX: u32 = 16 * 1024;
const PING_EVERY: Duration = Duration::from_secs(10);
const PONG_MAX: Duration = Duration::from_secs(5);
/// Connections end after five to ten minutes, so that callers find new copies of the service. There must be no
/// grace: with one, tonic cuts them without a GOAWAY (reliability D2).
const AGE_MIN: Duration = Duration::from_secs(5 * 60);
const TCP_PROBE_AFTER: Duration = Duration::from_secs(30);
const TCP_PROBE_EVERY: Duration = Duration::from_secs(5);
const TCP_PROBES_MAX: u32 = 3;
const REFLECTION: [&str; 2] =
    ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];

/// Serves a built server to its end.
pub(super) async fn serve(server: Server, stop: CancellationToken) -> Result<(), Fault> {
    let Server { service, listener, names, descriptors, linger, .. } = server;
    let health = Health::new(names, server.readiness).await;
    let health_service = HealthServer::new(HealthService::from_health_reporter(health.reporter()));
    let mut names = names.to_vec();
    names.push(health_server::SERVICE_NAME);
    names.extend(REFLECTION);
    let described = [
        descriptors,
        tonic_health::pb::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
    ];
    let routes = reflected(server.routes.add_service(health_service), &described, &names)?;
    let methods = Methods::read(&described, &names)?;
    let porter = Arc::new(Porter::new(service, methods, server.gate, server.request_bytes_max));
    let following = tokio::spawn(health.follow(stop.clone()));
    let draining = CancellationToken::new();
    let serving = transport(&porter)
        .add_routes(routes)
        .serve_with_incoming_shutdown(incoming(listener), draining.clone().cancelled_owned());
    let mut serving = std::pin::pin!(serving);
    tokio::select! {
        ended = &mut serving => return ended.map_err(Fault::internal),
        () = async { stop.cancelled().await; time::sleep(linger).await } => {}
    }
    draining.cancel();
    let deadline = time::Instant::now() + DRAIN_MAX;
    let ended = time::timeout_at(deadline, serving).await;
    porter.cut();
    let left = deadline.saturating_duration_since(time::Instant::now());
    if !detached::drained(left).await || ended.is_err() {
        tracing::warn!(service, "{service} stopped before all its calls had ended");
    }
    let _ = following.await;
    ended.unwrap_or(Ok(())).map_err(Fault::internal)
}

/// Adds both versions of reflection, which list the services that are served here and no others.
fn reflected(routes: Routes, described: &[&'static [u8]], names: &[&'static str]) -> Result<Routes, Fault> {
    let builder = || {
        let builder = tonic_reflection::server::Builder::configure().include_reflection_service(false);
        let builder = described
            .iter()
            .fold(builder, |builder, encoded| builder.register_encoded_file_descriptor_set(encoded));
        names.iter().fold(builder, |builder, name| builder.with_service_name(*name))
    };
    let v1 = builder().build_v1().map_err(Fault::internal)?;
    let v1alpha = builder().build_v1alpha().map_err(Fault::internal)?;
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

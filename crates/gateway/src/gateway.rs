//! The gateway as a whole: what is made of the settings, what listens where, and how it ends.

use std::{net::SocketAddr, sync::Arc};

use axum::{Router, routing::get};
use clock::Clock;
use ephemeral::{Limiter, Redis};
use fault::Fault;
use http::{Method, Uri};
use identity::Liveness;
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    app::App,
    callbacks,
    faces::{Face, admin, billing, checkout, dorm, payments},
    going,
    layers::{self, Door, Meters, Origins, TrustedProxies},
    live::{self, Hub, HubParts, Live, Parts},
    peers::Peers,
    problem::{self, Problem},
    pulse::Pulse,
    returning,
    server::Listener,
    settings::{Limits, Settings},
    web,
};

/// A gateway that is bound to its addresses and not yet serving.
pub(crate) struct Gateway {
    http: Listener,
    websocket: Listener,
    operations: Listener,
    live: Live,
    limits: Limits,
    /// Ends what runs in the background, sockets included.
    stop: CancellationToken,
    /// Makes the gateway unready before it ends.
    stopping: CancellationToken,
}

/// Where a gateway listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addresses {
    pub(crate) http: SocketAddr,
    pub(crate) websocket: SocketAddr,
    pub(crate) operations: SocketAddr,
}

impl Gateway {
    /// Makes everything and binds the three addresses.
    ///
    /// *Errors*: internal, when an address or a key cannot be used.
    pub(crate) async fn bind(settings: &Settings, clock: Clock) -> Result<Self, Fault> {
        let (stop, stopping) = (CancellationToken::new(), CancellationToken::new());
        let credentials: Arc<dyn rpc::Credentials> = settings.identity.signer("gateway", clock.clone())?;
        let peers = Peers::new(&settings.services, &credentials)?;
        let redis = Redis::connect(&settings.ephemeral, clock.clone());
        let pulse = Pulse::start(peers.clone(), redis.clone(), stop.clone());
        let door = door(settings, &peers, &redis, &clock);
        let live = live(settings, &door, &peers, &redis, &pulse, &stop);
        let callbacks = layers::admitted_providers(callbacks::routes(peers.clone()), &door);
        let app = App::new(peers, clock, settings);
        let (faces, described) = faces(app.clone());
        let faces = faces
            .merge(returning::routes(app.clone()))
            .merge(going::routes(app))
            .merge(socket_at("/ws", &live));
        let faces = layers::admitted(faces, &door).merge(callbacks);
        let pages = web::pages(pulse.clone(), &described)?;
        let http = layers::dressed(faces.merge(pages), &door);
        let websocket = layers::dressed(layers::admitted(socket_at("/", &live), &door), &door);
        let operations = telemetry::operations_router(pulse.readiness(stopping.clone()));
        Ok(Self {
            http: Listener::bind("public HTTP", settings.http_addr, http).await?,
            websocket: Listener::bind("public WebSocket", settings.websocket_addr, websocket).await?,
            operations: Listener::bind("operations", settings.operations_addr, operations).await?,
            live,
            limits: settings.limits.clone(),
            stop,
            stopping,
        })
    }

    /// Gives the addresses, with the ports that the system chose.
    ///
    /// *Errors*: internal, when the system does not tell.
    pub(crate) fn addresses(&self) -> Result<Addresses, Fault> {
        Ok(Addresses {
            http: self.http.address()?,
            websocket: self.websocket.address()?,
            operations: self.operations.address()?,
        })
    }

    /// Serves until `stop`: first unready, then closed to new connections, then drained, sockets with them.
    pub(crate) async fn serve(self, stop: CancellationToken) {
        let Self { http, websocket, operations, live, limits, stop: background, stopping } = self;
        let (drain, connections_max) = (limits.shutdown_timeout, limits.connections_max);
        let closing = CancellationToken::new();
        let end = async {
            stop.cancelled().await;
            stopping.cancel();
            tokio::time::sleep(limits.shutdown_delay).await;
            closing.cancel();
            background.cancel();
            live.finish(drain).await;
        };
        tokio::join!(
            http.serve(connections_max, closing.clone(), drain),
            websocket.serve(connections_max, closing.clone(), drain),
            operations.serve(connections_max, closing.clone(), drain),
            end,
        );
    }
}

/// Puts together what every request passes.
pub(crate) fn door(settings: &Settings, peers: &Peers, redis: &Redis, clock: &Clock) -> Arc<Door> {
    let per_minute = settings.limits.requests_per_minute;
    Arc::new(Door {
        clock: clock.clone(),
        proxies: TrustedProxies::new(&settings.trusted_proxies),
        origins: Origins::new(&settings.allowed_origins, settings.profile),
        verifier: settings.identity.verifier(clock.clone()),
        liveness: Liveness::new(peers.user_channel()),
        limiter: Limiter::new(redis.clone(), per_minute, per_minute),
        meters: Meters::default(),
        callbacks_per_minute: settings.payments.callbacks_per_minute,
        request_timeout: settings.limits.request_timeout,
    })
}

#[expect(clippy::too_many_arguments, reason = "each is another part of the gateway; it is called once")]
fn live(
    settings: &Settings,
    door: &Door,
    peers: &Peers,
    redis: &Redis,
    pulse: &Pulse,
    stop: &CancellationToken,
) -> Live {
    let limits = settings.limits.clone();
    let hub = Hub::start(HubParts {
        peers: peers.clone(),
        redis: redis.clone(),
        pulse: pulse.clone(),
        clock: door.clock.clone(),
        limits: limits.clone(),
        stop: stop.clone(),
    });
    Live::new(Parts {
        hub,
        peers: peers.clone(),
        verifier: door.verifier.clone(),
        liveness: door.liveness.clone(),
        origins: door.origins.clone(),
        clock: door.clock.clone(),
        permits: Arc::new(Semaphore::new(limits.sockets_max)),
        limits,
        stop: stop.clone(),
        tasks: TaskTracker::new(),
    })
}

/// All faces, and what they say of themselves.
fn faces(app: App) -> (Router, Vec<web::Described>) {
    let (mut router, mut described) = (Router::new(), Vec::new());
    let payments_routes = match app.sandbox {
        Some(_) => payments::routes().merge(payments::sandbox_routes()),
        None => payments::routes(),
    };
    for (name, about, routes) in [
        (Face::Dorm, &dorm::about::ABOUT, dorm::routes()),
        (Face::Payments, &payments::about::ABOUT, payments_routes),
        (Face::Admin, &admin::about::ABOUT, admin::routes()),
        (Face::Checkout, &checkout::about::ABOUT, checkout::routes()),
        (Face::Billing, &billing::about::ABOUT, billing::routes()),
    ] {
        let (face, mut description) = routes.split_for_parts();
        description.merge(callbacks::described(name));
        router = router.merge(face);
        described.push((about, web::describe(about, description)));
    }
    (refusing(router.with_state(app)), described)
}

fn socket_at(path: &str, live: &Live) -> Router {
    Router::new().route(path, get(live::open)).with_state(live.clone())
}

/// Refuses unknown paths and methods in the envelope.
fn refusing(router: Router) -> Router {
    router.fallback(no_such_path).method_not_allowed_fallback(no_such_method)
}

async fn no_such_path(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(100).collect();
    Fault::not_found(format!("path {path}")).into()
}

async fn no_such_method(method: Method) -> axum::response::Response {
    use axum::response::IntoResponse as _;
    if method == Method::OPTIONS {
        problem::no_content()
    } else {
        Problem::method_not_allowed().into_response()
    }
}

//! What every request passes through, from the outside in: visit, rest of its body, headers, panic guard, CORS,
//! compression, admission.
//!
//! Each layer is a file. What a request is about is never looked at here. The rule not to be broken: identity
//! comes from the verified token alone, the client's address from trusted proxies alone.

mod address;
mod admit;
mod enter;
mod headers;
mod linger;
mod meters;
mod origin;
mod wanted;

use std::{any::Any, panic::AssertUnwindSafe, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
};
use fault::Fault;
use futures::FutureExt as _;
use http::header::{ACCEPT_ENCODING, ORIGIN};
use tower_http::compression::{
    CompressionLayer,
    predicate::{DefaultPredicate, Predicate as _, SizeAbove},
};

use self::wanted::Wanted;
pub(crate) use self::{
    address::{PeerAddress, TrustedProxies},
    admit::Door,
    meters::Meters,
    origin::Origins,
};
use crate::problem::Problem;

/// A smaller answer fits into one packet as it is; to compress it would cost more than to send it.
const COMPRESSED_FROM_BYTES: u64 = 1_024;

/// Puts admission around a router: rate limit, authentication, the context of calls to services.
pub(crate) fn admitted<S: Clone + Send + Sync + 'static>(router: Router<S>, door: &Arc<Door>) -> Router<S> {
    router.layer(from_fn_with_state(Arc::clone(door), admit::admit))
}

/// Puts the admission of payment providers around a router.
pub(crate) fn admitted_providers(router: Router, door: &Arc<Door>) -> Router {
    router.layer(from_fn_with_state(Arc::clone(door), admit::admit_provider))
}

/// Puts around a router what every answer of ours needs, refusals and panics too.
pub(crate) fn dressed(router: Router, door: &Arc<Door>) -> Router {
    let compressible = DefaultPredicate::new().and(SizeAbove::new(COMPRESSED_FROM_BYTES));
    router
        .layer(Wanted::by(ACCEPT_ENCODING, CompressionLayer::new().compress_when(compressible)))
        .layer(Wanted::by(ORIGIN, door.origins.cors()))
        .layer(from_fn_with_state(Arc::clone(door), dress))
}

/// The outer layers as one: each layer of axum costs a request a box and a copy of all that is inside of it.
async fn dress(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let lingering = |request| linger::linger(request, |request| secured(request, next));
    enter::enter(&door, request, lingering).await
}

async fn secured(request: Request, next: Next) -> Response {
    let policy = headers::Policy::of(&request);
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    policy.secure(answered.unwrap_or_else(|panic| of_panic(&*panic)))
}

fn of_panic(panic: &(dyn Any + Send)) -> Response {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Problem::from(Fault::internal(format!("a handler panicked: {text}"))).into_response()
}

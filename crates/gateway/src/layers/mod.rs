//! What every request passes through, from the outside in: visit, rest of its body, panic guard, headers, CORS,
//! compression, admission.
//!
//! Each layer is a file. What a request is about is never looked at here. The rule not to be broken: identity
//! comes from the verified token alone, the client's address from trusted proxies alone.

mod address;
mod admit;
mod enter;
mod headers;
mod linger;
mod origin;

use std::any::Any;

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse as _, Response},
};
use fault::Fault;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

pub(crate) use self::{
    address::{PeerAddress, TrustedProxies},
    admit::Door,
    origin::Origins,
};
use crate::problem::Problem;

/// Puts admission around a router: rate limit, authentication, the context of calls to services.
pub(crate) fn admitted<S: Clone + Send + Sync + 'static>(router: Router<S>, door: &Door) -> Router<S> {
    router.layer(from_fn_with_state(door.clone(), admit::admit))
}

/// Puts around a router what every answer of ours needs, refusals and panics too.
pub(crate) fn dressed(router: Router, door: &Door) -> Router {
    router
        .layer(CompressionLayer::new())
        .layer(door.origins.cors())
        .layer(from_fn(headers::secure))
        .layer(CatchPanicLayer::custom(of_panic))
        .layer(from_fn(linger::linger))
        .layer(from_fn_with_state(door.clone(), enter::enter))
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
fn of_panic(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Problem::from(Fault::internal(format!("a handler panicked: {text}"))).into_response()
}

//! Admission: who is it, is it too often, and under whose name do services hear of it.
//!
//! Counts by user once a token is proven, else by address, so that garbage tokens are counted too. Leaves a `Knock`
//! for `callers` and runs the rest inside the context that `rpc` sends along. The rule not to be broken: a token
//! that was refused is never passed on.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use clock::Clock;
use ephemeral::{Decision, Limiter};
use fault::{Code, Fault};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header::AUTHORIZATION};
use identity::{Liveness, User, Verifier};

use super::{
    address::{ClientAddress, TrustedProxies},
    meters::Meters,
    origin::Origins,
};
use crate::{callers::Knock, problem::Problem, visit::Visit};

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const KEY_BYTES_MAX: usize = 255;
/// Time for a form to arrive, beside the time of an ordinary request.
const FORM_TIME: Duration = Duration::from_mins(1);
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Holds what admission and what is around it need.
pub(crate) struct Door {
    pub(crate) clock: Clock,
    pub(crate) proxies: TrustedProxies,
    pub(crate) origins: Origins,
    pub(crate) verifier: Verifier,
    pub(crate) liveness: Liveness,
    pub(crate) limiter: Limiter,
    pub(crate) meters: Meters,
    pub(crate) callbacks_per_minute: u32,
    pub(crate) request_timeout: Duration,
}

/// Admits a request or refuses it.
pub(crate) async fn admit(State(door): State<Arc<Door>>, mut request: Request, next: Next) -> Response {
    let proof = door.proof(request.headers());
    let client = request.extensions().get::<ClientAddress>().copied();
    let client = client.unwrap_or(ClientAddress(IpAddr::from([0; 4])));
    let bucket = match &proof {
        Proof::User { user, .. } => format!("user:{}", user.id),
        Proof::None | Proof::Refused(_) => client.bucket(),
    };
    let decision = door.limiter.check(&bucket).await;
    let mut response = if decision.allowed {
        match door.context(&request, &proof, client) {
            Ok(context) => {
                let knock = door.knock(proof).await;
                let context = rpc::Context {
                    authorization: context.authorization.filter(|_| matches!(knock, Knock::User(_))),
                    ..context
                };
                request.extensions_mut().insert(knock);
                rpc::context::scope(context, next.run(request)).await
            }
            Err(fault) => Problem::from(fault).into_response(),
        }
    } else {
        let fault = Fault::new(Code::RateLimitExceeded, "too many requests in a minute");
        Problem::from(fault.with_retry_after(decision.retry_after.max(1))).into_response()
    };
    tell(response.headers_mut(), &decision);
    response
}

/// Admits what a payment provider tells: counted apart from users, and no token is looked at.
pub(crate) async fn admit_provider(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let client = request.extensions().get::<ClientAddress>().copied();
    let client = client.unwrap_or(ClientAddress(IpAddr::from([0; 4])));
    let bucket = format!("callback:{}", client.bucket());
    let decision = door.limiter.check_with(&bucket, door.callbacks_per_minute).await;
    if !decision.allowed {
        let fault = Fault::new(Code::RateLimitExceeded, "too many callbacks in a minute");
        return Problem::from(fault.with_retry_after(decision.retry_after.max(1))).into_response();
    }
    let context = rpc::Context {
        traceparent: telemetry::traceparent(),
        client_address: Some(client.0.to_string()),
        ..rpc::Context::edge(Visit::request_id(), door.request_timeout)
    };
    rpc::context::scope(context, next.run(request)).await
}

/// What a token says before anybody was asked whether its session lives.
enum Proof {
    None,
    Refused(Fault),
    User { user: User, authorization: String },
}

impl Door {
    fn proof(&self, headers: &HeaderMap) -> Proof {
        let Some(value) = headers.get(AUTHORIZATION) else { return Proof::None };
        let token = value.to_str().ok().and_then(|text| text.split_once(' '));
        let Some((_, token)) = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) else {
            return Proof::Refused(Fault::new(
                Code::AuthInvalid,
                "authorization: must be `Bearer` and a token",
            ));
        };
        match self.verifier.verify(token.trim()) {
            Ok(claims) => {
                Proof::User { user: claims.user, authorization: format!("Bearer {}", token.trim()) }
            }
            Err(fault) => Proof::Refused(fault),
        }
    }

    async fn knock(&self, proof: Proof) -> Knock {
        match proof {
            Proof::None => Knock::Nobody,
            Proof::Refused(fault) => Knock::Refused(fault),
            Proof::User { user, .. } => match self.liveness.check(user.session_id).await {
                Ok(()) => Knock::User(user),
                Err(fault) => Knock::Refused(fault),
            },
        }
    }

    fn context(
        &self,
        request: &Request,
        proof: &Proof,
        client: ClientAddress,
    ) -> Result<rpc::Context, Fault> {
        let is_form = request
            .headers()
            .get(http::header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
        let form_time = if is_form { FORM_TIME } else { Duration::ZERO };
        Ok(rpc::Context {
            authorization: match proof {
                Proof::User { authorization, .. } => Some(authorization.clone()),
                Proof::None | Proof::Refused(_) => None,
            },
            traceparent: telemetry::traceparent(),
            idempotency_key: idempotency_key(request)?,
            client_address: Some(client.0.to_string()),
            ..rpc::Context::edge(Visit::request_id(), self.request_timeout + form_time)
        })
    }
}

/// Takes the idempotency key of a POST (contract section 7).
fn idempotency_key(request: &Request) -> Result<Option<String>, Fault> {
    let Some(key) = request.headers().get(IDEMPOTENCY_KEY).filter(|_| request.method() == Method::POST)
    else {
        return Ok(None);
    };
    let is_printable = key.as_bytes().iter().all(|byte| (0x20..0x7f).contains(byte));
    match key.to_str() {
        Ok(text) if is_printable && !text.trim().is_empty() && text.len() <= KEY_BYTES_MAX => {
            Ok(Some(text.to_owned()))
        }
        _ => Err(Fault::validation("idempotency-key", "must be 1 to 255 printable ASCII characters")),
    }
}

fn tell(headers: &mut HeaderMap, decision: &Decision) {
    headers.insert(LIMIT, HeaderValue::from(decision.limit));
    headers.insert(REMAINING, HeaderValue::from(decision.remaining));
    headers.insert(RESET, HeaderValue::from(decision.reset_seconds));
}

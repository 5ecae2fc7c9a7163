//! The outermost layer: the request's id, its span, its language, and one log line and metric for its end.
//!
//! An id from outside is taken over when it is plain; a `traceparent` is followed. The rule not to be broken: no
//! token, query or body is logged.

use std::time::{Duration, Instant};

use axum::{
    extract::{MatchedPath, Request},
    response::Response,
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{CONTENT_LANGUAGE, VARY},
};
use tracing::{Instrument as _, Span};

use super::admit::Door;
use crate::{faces::Face, language::Language, problem, visit::Visit};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const TRACEPARENT: &str = "traceparent";
const REQUEST_ID_BYTES_MAX: usize = 64;

/// Answers a request inside a visit of its own.
pub(super) async fn enter<F: Future<Output = Response>>(
    door: &Door,
    mut request: Request,
    answer: impl FnOnce(Request) -> F,
) -> Response {
    let started = Instant::now();
    let request_id =
        given_id(request.headers()).unwrap_or_else(|| door.clock.new_uuid().simple().to_string());
    let client = door.proxies.client(request.extensions(), request.headers());
    request.extensions_mut().insert(client);
    let language = Language::of(request.headers());
    let visit = Visit::new(request_id.clone(), language, Face::of_path(request.uri().path()));
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("unknown", MatchedPath::as_str);
    let span = tracing::info_span!("request", %method, route, request_id, client = %client.0);
    follow(&span, request.headers());
    let mut response = visit.clone().scope(answer(request)).instrument(span.clone()).await;
    let headers = response.headers_mut();
    if let Ok(request_id) = HeaderValue::from_str(&request_id) {
        headers.insert(REQUEST_ID, request_id);
    }
    if visit.is_replayed() {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    headers.append(VARY, HeaderValue::from_static("accept-language"));
    let took = started.elapsed();
    tell(&span, route, &method, &response, took);
    door.meters.note(route, &method, response.status().as_u16(), took);
    response
}

/// Takes over an id from outside when it is short and plain.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(&REQUEST_ID)?.to_str().ok()?;
    let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    (is_plain && !id.is_empty() && id.len() <= REQUEST_ID_BYTES_MAX).then(|| id.to_owned())
}

fn follow(span: &Span, headers: &HeaderMap) {
    if let Some(traceparent) = headers.get(TRACEPARENT).and_then(|value| value.to_str().ok()) {
        telemetry::follow(span, traceparent);
    }
}

/// Writes the line of a request that was answered, without entering its span again.
fn tell(span: &Span, route: &str, method: &Method, response: &Response, took: Duration) {
    let status = response.status().as_u16();
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    if problem::is_failure(response) {
        tracing::warn!(parent: span, status, duration_ms, "{method} {route} answered {status}");
    } else {
        tracing::info!(parent: span, status, duration_ms, "{method} {route} answered {status}");
    }
}

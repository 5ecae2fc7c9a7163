//! What travels with a request from hop to hop, in a task-local.
//!
//! The gateway makes it from HTTP, a server from gRPC metadata; the client sends it on. Nothing is decided here.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use http::HeaderMap;

/// Metadata names, the same on both sides.
pub(crate) const REQUEST_ID: &str = "x-request-id";
pub(crate) const TRACEPARENT: &str = "traceparent";
pub(crate) const AUTHORIZATION: &str = "authorization";
pub(crate) const SERVICE_AUTHORIZATION: &str = "x-service-authorization";
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";
pub(crate) const CLIENT_ADDRESS: &str = "x-client-address";
pub(crate) const TIMEOUT: &str = "grpc-timeout";

/// The longest a request may take that brings no deadline of its own.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// What belongs to one request, whoever works on it.
#[derive(Clone, Debug)]
pub struct Context {
    /// Names the request in every log line.
    pub request_id: String,
    /// When the answer is of no use any more.
    pub deadline: Instant,
    /// The end user's own token as he sent it, `Bearer …`.
    pub authorization: Option<String>,
    /// The caller's place in a trace.
    pub traceparent: Option<String>,
    /// The client's name for this request: 1 to 255 printable ASCII characters.
    pub idempotency_key: Option<String>,
    /// From where the end user called.
    pub client_address: Option<String>,
    /// Whether calls made now carry the idempotency key on: true at the edge, false behind the first service, whose
    /// key it is.
    pub passes_key_on: bool,
}

impl Context {
    /// Starts a context at the edge.
    pub fn edge(request_id: impl Into<String>, timeout: Duration) -> Self {
        Self {
            request_id: request_id.into(),
            deadline: Instant::now() + timeout,
            authorization: None,
            traceparent: None,
            idempotency_key: None,
            client_address: None,
            passes_key_on: true,
        }
    }

    /// Reads what a caller sent.
    pub(crate) fn from_metadata(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let timeout = text(TIMEOUT).and_then(|value| parse_timeout(&value)).unwrap_or(DEFAULT_TIMEOUT);
        Self {
            request_id: text(REQUEST_ID).unwrap_or_default(),
            deadline: Instant::now() + timeout.min(DEFAULT_TIMEOUT * 6),
            authorization: text(AUTHORIZATION),
            traceparent: text(TRACEPARENT),
            idempotency_key: text(IDEMPOTENCY_KEY),
            client_address: text(CLIENT_ADDRESS),
            passes_key_on: false,
        }
    }

    /// How long the answer is still of use.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

tokio::task_local! {
    static CURRENT: Context;
}

/// Runs a future with a context.
pub async fn scope<F: Future>(context: Context, future: F) -> F::Output {
    CURRENT.scope(context, future).await
}

/// The context of the request that this task works on.
pub fn current() -> Option<Context> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Reads `grpc-timeout`: at most eight digits and a unit.
fn parse_timeout(value: &str) -> Option<Duration> {
    let unit = value.get(value.len().checked_sub(1)?..)?;
    let digits = value.get(..value.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number.checked_mul(3_600)?)),
        "M" => Some(Duration::from_secs(number.checked_mul(60)?)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

//! What travels with a call: whose request it is, until when, on whose behalf.
//!
//! It is read from metadata by the server, kept in a task-local, and written into metadata by the channel. Spawned
//! tasks do not inherit it, [`crate::detached`] work does. The rule not to be broken: an idempotency key reaches
//! only the service that the one who received it from the client calls; further hops have keys of their own.

use std::{
    fmt,
    future::Future,
    time::{Duration, Instant},
};

use clock::Clock;
use fault::Fault;
use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub(crate) const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(crate) const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("x-client-address");
pub(crate) const SERVICE_AUTHORIZATION: HeaderName = HeaderName::from_static("x-service-authorization");

const REQUEST_ID_CHARS_MAX: usize = 128;
const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;
const CLIENT_ADDRESS_CHARS_MAX: usize = 64;
const TRACEPARENT_CHARS_MAX: usize = 128;

tokio::task_local! {
    static CURRENT: Context;
}

/// Says whose request a call belongs to and until when an answer is of use.
#[derive(Clone)]
pub struct Context {
    /// The id that the client sees: at most 128 visible ASCII characters.
    pub request_id: String,
    /// When nobody waits for the answer any more.
    pub deadline: Instant,
    /// The end user's own `authorization` header, `Bearer` included.
    pub authorization: Option<String>,
    /// The trace of the one who called, as W3C writes it.
    pub traceparent: Option<String>,
    /// The client's key: 1 to 255 printable ASCII characters.
    pub idempotency_key: Option<String>,
    /// The address of the client at the edge, for audit.
    pub client_address: Option<String>,
    /// Whether calls made now carry the idempotency key on: true at the edge, false behind the first service, whose
    /// key it is.
    pub passes_key_on: bool,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("request_id", &self.request_id)
            .field("deadline", &self.deadline)
            .field("has_authorization", &self.authorization.is_some())
            .field("client_address", &self.client_address)
            .finish_non_exhaustive()
    }
}

impl Context {
    /// Begins the context of a request at the edge.
    pub fn edge(request_id: impl Into<String>, budget: Duration) -> Self {
        Self {
            request_id: request_id.into(),
            deadline: Instant::now() + budget,
            authorization: None,
            traceparent: None,
            idempotency_key: None,
            client_address: None,
            passes_key_on: true,
        }
    }

    /// Gives how long an answer is still of use.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Writes the context into the headers of a call. Headers that are set already stay.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        put(headers, REQUEST_ID, Some(&self.request_id));
        put(headers, AUTHORIZATION, self.authorization.as_ref());
        put(headers, CLIENT_ADDRESS, self.client_address.as_ref());
        put(headers, TRACEPARENT, self.traceparent.as_ref());
        if self.passes_key_on {
            put(headers, IDEMPOTENCY_KEY, self.idempotency_key.as_ref());
        }
    }

    /// Reads what a caller sent. What is not well-formed counts as not sent, except the idempotency key.
    ///
    /// *Errors*: `VALIDATION_ERROR` for a key that is none: to ignore it would make the effect happen twice.
    pub(crate) fn received(headers: &HeaderMap, budget: Duration) -> Result<Self, Fault> {
        let id = text(headers, &REQUEST_ID, REQUEST_ID_CHARS_MAX).filter(|id| !id.contains(' '));
        let id = id.unwrap_or_else(|| Clock::system().new_uuid().to_string());
        let mut context = Self { passes_key_on: false, ..Self::edge(id, budget) };
        context.authorization = text(headers, &AUTHORIZATION, usize::MAX);
        context.traceparent = text(headers, &TRACEPARENT, TRACEPARENT_CHARS_MAX);
        context.client_address = text(headers, &CLIENT_ADDRESS, CLIENT_ADDRESS_CHARS_MAX);
        context.idempotency_key = text(headers, &IDEMPOTENCY_KEY, IDEMPOTENCY_KEY_CHARS_MAX);
        if headers.contains_key(&IDEMPOTENCY_KEY) && context.idempotency_key.is_none() {
            return Err(Fault::validation("Idempotency-Key", "must be 1 to 255 printable ASCII characters"));
        }
        Ok(context)
    }
}

/// Runs a future inside a context.
pub async fn scope<F: Future>(context: Context, future: F) -> F::Output {
    CURRENT.scope(context, future).await
}

/// Gives the context of the request that this task works on, if there is one.
pub fn current() -> Option<Context> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Wraps a future so that it runs inside the present context wherever it is polled.
pub(crate) fn carry<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let context = current();
    async move {
        match context {
            Some(context) => scope(context, future).await,
            None => future.await,
        }
    }
}

/// Sets a header that is not set yet.
pub(crate) fn put(headers: &mut HeaderMap, name: HeaderName, value: Option<&String>) {
    if let Some(mut value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
        value.set_sensitive(name == AUTHORIZATION || name == SERVICE_AUTHORIZATION);
        headers.entry(name).or_insert(value);
    }
}

/// Reads a header of printable ASCII characters that is there once.
fn text(headers: &HeaderMap, name: &HeaderName, chars_max: usize) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let (first, second) = (values.next()?, values.next());
    let text =
        first.to_str().ok().filter(|text| (1..=chars_max).contains(&text.len()) && second.is_none())?;
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte)).then(|| text.to_owned())
}

//! How a client calls: a channel that connects by itself, carries the context on, and keeps the deadline.
//!
//! A call that reads only is tried once more when nobody was there; nothing else is ever repeated here.

use std::{
    fmt,
    future::Future,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use bytes::Bytes;
use fault::{Code, Fault};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt as _, Full};
use tonic::{
    Status,
    body::Body,
    transport::{Channel as Transport, Endpoint},
};
use tower::{Service, ServiceExt as _};

use crate::{
    context::{
        self, AUTHORIZATION, CLIENT_ADDRESS, Context, IDEMPOTENCY_KEY, REQUEST_ID, SERVICE_AUTHORIZATION,
        TIMEOUT, TRACEPARENT,
    },
    resolve,
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const KEEPALIVE: Duration = Duration::from_secs(5);
const CALL_TIMEOUT: Duration = Duration::from_millis(2_500);
/// Of the time left, this share is handed on: the rest is ours to answer in.
const HANDED_ON_PERCENT: u32 = 90;
/// Methods that begin so change nothing.
const READS: [&str; 4] = ["Get", "List", "Search", "Check"];
const UNAVAILABLE: &str = "14";

/// Gives a service's own proof of identity.
pub trait Credentials: Send + Sync + fmt::Debug {
    /// The header's value, `Bearer …`.
    fn authorization(&self) -> String;
}

/// A connection to one service, for generated clients. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Channel {
    inner: Transport,
    credentials: Option<Arc<dyn Credentials>>,
}

/// Makes a channel. It connects when it is first used, and again whenever it has to; the service need not be there
/// yet. A host name is looked up again and again and its addresses are used in turn. Call it inside a runtime.
///
/// *Errors*: internal, if the URL is none.
pub fn channel(url: &str, credentials: Option<Arc<dyn Credentials>>) -> Result<Channel, Fault> {
    let uri: Uri = url.parse().map_err(Fault::internal)?;
    let host = uri.host().ok_or_else(|| Fault::internal(format!("{url} names no host")))?;
    let is_literal = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    let inner = if is_literal {
        configure(resolve::endpoint(url.to_owned())?).connect_lazy()
    } else {
        resolve::balanced(host.to_owned(), uri.port_u16().unwrap_or(80), configure)
    };
    Ok(Channel { inner, credentials })
}

fn configure(endpoint: Endpoint) -> Endpoint {
    endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true)
        .tcp_keepalive(Some(Duration::from_secs(30)))
        .http2_keep_alive_interval(KEEPALIVE)
        .keep_alive_timeout(KEEPALIVE)
        .keep_alive_while_idle(true)
}

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, tonic::transport::Error>> + Send>>;

impl Service<Request<Body>> for Channel {
    type Response = Response<Body>;
    type Error = tonic::transport::Error;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        // Readiness is awaited inside the call, under its deadline.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let channel = self.clone();
        let current = context::current();
        let timeout =
            current.as_ref().map_or(CALL_TIMEOUT, |current| current.remaining() * HANDED_ON_PERCENT / 100);
        channel.address(request.headers_mut(), current.as_ref(), timeout);
        Box::pin(async move {
            match tokio::time::timeout(timeout, channel.send(request)).await {
                Ok(outcome) => outcome,
                Err(_) => {
                    let fault = Fault::new(Code::ServiceUnavailable, "no answer in time").with_retry_after(1);
                    Ok(Status::from(fault).into_http())
                }
            }
        })
    }
}

impl Channel {
    /// Writes what travels with the request into its metadata.
    fn address(&self, headers: &mut HeaderMap, current: Option<&Context>, timeout: Duration) {
        let mut put = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        put(TIMEOUT, &format!("{}m", timeout.as_millis().min(99_999_999)));
        if let Some(credentials) = &self.credentials {
            put(SERVICE_AUTHORIZATION, &credentials.authorization());
        }
        if let Some(traceparent) = telemetry::traceparent() {
            put(TRACEPARENT, &traceparent);
        }
        let Some(current) = current else { return };
        put(REQUEST_ID, &current.request_id);
        let key = current.idempotency_key.as_ref().filter(|_| current.passes_key_on);
        let optional = [(AUTHORIZATION, &current.authorization), (CLIENT_ADDRESS, &current.client_address)];
        for (name, value) in
            optional.into_iter().filter_map(|(name, value)| value.as_ref().map(|value| (name, value)))
        {
            put(name, value);
        }
        if let Some(key) = key {
            put(IDEMPOTENCY_KEY, key);
        }
    }

    async fn send(self, request: Request<Body>) -> Result<Response<Body>, tonic::transport::Error> {
        let method = request.uri().path().rsplit('/').next().unwrap_or_default();
        if !READS.iter().any(|read| method.starts_with(read)) {
            return self.once(request).await;
        }
        let (parts, body) = request.into_parts();
        let Ok(collected) = body.collect().await else {
            return Ok(Status::internal("the request could not be read").into_http());
        };
        let message = collected.to_bytes();
        let first = self.once(Request::from_parts(parts.clone(), whole(message.clone()))).await;
        if first
            .as_ref()
            .is_ok_and(|answer| answer.headers().get("grpc-status").is_none_or(|code| code != UNAVAILABLE))
        {
            return first;
        }
        self.once(Request::from_parts(parts, whole(message))).await
    }

    async fn once(&self, request: Request<Body>) -> Result<Response<Body>, tonic::transport::Error> {
        let mut inner = self.inner.clone();
        inner.ready().await?.call(request).await
    }
}

fn whole(message: Bytes) -> Body {
    Body::new(Full::new(message))
}

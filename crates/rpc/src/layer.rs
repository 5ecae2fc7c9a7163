//! What every call of a server goes through: context, span, gate, deadline, figures.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll},
    time::{Duration, Instant},
};

use fault::{Code, Fault};
use http::{HeaderMap, Request, Response};
use tonic::{Status, body::Body};
use tower::{Layer, Service};
use tracing::Instrument as _;

use crate::{Context, Gate, context};

/// Work with less time left than this is not begun.
const USEFUL_MS_MIN: u64 = 5;

#[derive(Clone)]
pub(crate) struct DoorLayer {
    pub(crate) gate: Arc<dyn Gate>,
    pub(crate) service: &'static str,
}

impl<S> Layer<S> for DoorLayer {
    type Service = Door<S>;

    fn layer(&self, inner: S) -> Door<S> {
        Door { inner, layer: self.clone() }
    }
}

#[derive(Clone)]
pub(crate) struct Door<S> {
    inner: S,
    layer: DoorLayer,
}

type Answer<E> = Pin<Box<dyn Future<Output = Result<Response<Body>, E>> + Send>>;

impl<S> Service<Request<Body>> for Door<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Answer<S::Error>;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // The inner service that was polled ready is the one that is called.
        let ready = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, ready);
        let layer = self.layer.clone();
        Box::pin(async move { layer.pass(inner, request).await })
    }
}

impl DoorLayer {
    async fn pass<S>(self, mut inner: S, mut request: Request<Body>) -> Result<Response<Body>, S::Error>
    where
        S: Service<Request<Body>, Response = Response<Body>>,
    {
        let started = Instant::now();
        let method = request.uri().path().to_owned();
        let mut current = Context::from_metadata(request.headers());
        let span =
            tracing::info_span!("rpc", service = self.service, method, request_id = current.request_id);
        if let Some(parent) = &current.traceparent {
            telemetry::follow(&span, parent);
        }
        let outcome = async {
            match self.admit(&method, &current, request.headers().clone()).await {
                Ok(extensions) => {
                    current.traceparent = telemetry::traceparent();
                    request.extensions_mut().extend(extensions);
                    context::scope(current, inner.call(request)).await
                }
                Err(fault) => Ok(Status::from(fault).into_http()),
            }
        }
        .instrument(span)
        .await;
        if let Ok(response) = &outcome {
            count(self.service, &method, response, started.elapsed());
        }
        outcome
    }

    async fn admit(
        &self,
        method: &str,
        current: &Context,
        headers: HeaderMap,
    ) -> Result<http::Extensions, Fault> {
        if current.remaining() < Duration::from_millis(USEFUL_MS_MIN) {
            return Err(Fault::new(Code::ServiceUnavailable, "there is no time left for this call"));
        }
        self.gate.check(method, &headers).await
    }
}

fn count(service: &'static str, method: &str, response: &Response<Body>, took: Duration) {
    // An answer without a body carries its status among the headers; one with a body went well so far. An unknown
    // method is counted under one name, so that nobody can make up names.
    let code =
        response.headers().get("grpc-status").and_then(|code| code.to_str().ok()).unwrap_or("0").to_owned();
    let method = if code == "12" { "unknown".to_owned() } else { method.to_owned() };
    metrics::histogram!("rpc_server_seconds", "service" => service, "method" => method, "code" => code)
        .record(took.as_secs_f64());
}

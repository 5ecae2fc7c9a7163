//! What every call passes on its way in: is there such a method, may the caller, is there time, is there room.
//!
//! The answer leaves with a metric and inside a span. What a call means is the service's. The rule not to be
//! broken: nothing that a caller sends makes the door panic, wait without end or answer without a status.

use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    sync::Arc,
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use fault::Fault;
use futures::{FutureExt as _, future::BoxFuture};
use http::{HeaderMap, Request, Response};
use tokio::{sync::Semaphore, time};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, body::Body};
use tower::{Service, ServiceExt as _};
use tracing::{Instrument as _, Span};

use super::{frames, methods::Methods};
use crate::{
    Context, Gate,
    channel::timeout,
    context::{self, GRPC_TIMEOUT},
    meter::{Meter, Names},
};

/// What a caller gets that names no time-out: none of ours.
const BUDGET_DEFAULT: Duration = Duration::from_secs(10);
const BUDGET_MAX: Duration = Duration::from_mins(1);
/// With less than this left, no answer would arrive in time.
const BUDGET_MIN: Duration = Duration::from_millis(20);
/// The answer leaves this much before the caller stops waiting.
const ANSWER_RESERVE: Duration = Duration::from_millis(5);
/// Calls that run at the same time in one server; the next is told to come back.
const CALLS_MAX: usize = 512;

const NAMES: Names =
    Names { seconds: "rpc_server_seconds", calls: "rpc_server_calls_total", whose: "service" };

/// Decides about calls; one for each server.
pub(super) struct Porter {
    name: &'static str,
    methods: Methods,
    meter: Meter,
    gate: Arc<dyn Gate>,
    request_bytes_max: usize,
    room: Semaphore,
    cut: CancellationToken,
}

/// Stands in front of the services.
#[derive(Clone)]
pub(super) struct Door<S> {
    inner: S,
    porter: Arc<Porter>,
}

impl<S> Door<S> {
    pub(super) const fn new(inner: S, porter: Arc<Porter>) -> Self {
        Self { inner, porter }
    }
}

impl<S> Service<Request<Body>> for Door<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (inner, porter) = (self.inner.clone(), Arc::clone(&self.porter));
        Box::pin(async move { Ok(porter.pass(inner, request).await) })
    }
}

impl Porter {
    pub(super) fn new(
        name: &'static str,
        methods: Methods,
        gate: Arc<dyn Gate>,
        request_bytes_max: usize,
    ) -> Self {
        let (room, cut) = (Semaphore::new(CALLS_MAX), CancellationToken::new());
        let meter = Meter::new(NAMES, name.into());
        Self { name, methods, meter, gate, request_bytes_max, room, cut }
    }

    /// Answers what still runs with UNAVAILABLE.
    pub(super) fn cut(&self) {
        self.cut.cancel();
    }

    async fn pass<S>(&self, inner: S, request: Request<Body>) -> Response<Body>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Send + 'static,
        S::Future: Send,
    {
        let (started, path) = (time::Instant::now(), request.uri().path().to_owned());
        let answer = match Context::received(request.headers(), budget(request.headers())) {
            Ok(context) => {
                let span = span(self.name, &path, &context);
                self.answer(inner, request, context).instrument(span).await
            }
            Err(fault) => Err(fault.into()),
        };
        let response = answer.unwrap_or_else(Status::into_http);
        self.meter.count(self.methods.label(&path), code(response.headers()), started.elapsed());
        response
    }

    async fn answer<S>(
        &self,
        inner: S,
        request: Request<Body>,
        context: Context,
    ) -> Result<Response<Body>, Status>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Send + 'static,
        S::Future: Send,
    {
        let path = request.uri().path();
        if !self.methods.has(path) {
            return Err(Status::unimplemented(format!("there is no method {path}")));
        }
        let deadline = time::Instant::from_std(context.deadline);
        if context.remaining() < BUDGET_MIN {
            return Err(Status::deadline_exceeded("too little time is left for an answer"));
        }
        let Ok(_room) = self.room.try_acquire() else {
            return Err(Fault::unavailable("the service is busy").into());
        };
        let served = AssertUnwindSafe(context::scope(context, self.serve(inner, request))).catch_unwind();
        tokio::select! {
            served = served => served.unwrap_or_else(|_| Err(Fault::internal("a call panicked").into())),
            () = time::sleep_until(deadline) => Err(Status::deadline_exceeded("the time for an answer is over")),
            () = self.cut.cancelled() => Err(Fault::unavailable("the service is stopping").into()),
        }
    }

    async fn serve<S>(&self, inner: S, mut request: Request<Body>) -> Result<Response<Body>, Status>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Send + 'static,
        S::Future: Send,
    {
        let admitted = self.gate.check(request.uri().path(), request.headers()).await?;
        request.extensions_mut().extend(admitted);
        let request = request.map(|body| frames::limited(body, self.request_bytes_max));
        let response = inner.oneshot(request).await;
        response.map_err(|never| match never {})
    }
}

fn span(service: &str, path: &str, context: &Context) -> Span {
    let request_id = &context.request_id;
    let span =
        tracing::info_span!("call", otel.name = path, otel.kind = "server", service, rpc = path, request_id);
    if let Some(traceparent) = &context.traceparent {
        telemetry::follow(&span, traceparent);
    }
    span
}

fn budget(headers: &HeaderMap) -> Duration {
    let asked = headers.get(GRPC_TIMEOUT).and_then(timeout::parse);
    asked.unwrap_or(BUDGET_DEFAULT).min(BUDGET_MAX).saturating_sub(ANSWER_RESERVE)
}

/// Reads the status of an answer that has no message. An answer with one counts as OK.
fn code(headers: &HeaderMap) -> Code {
    headers.get(Status::GRPC_STATUS).map_or(Code::Ok, |value| Code::from_bytes(value.as_bytes()))
}

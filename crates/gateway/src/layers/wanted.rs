//! A layer that is passed only by requests that carry a certain header; all others pay nothing for it.
//!
//! Programs send no `Origin` and often no `Accept-Encoding`. The rule not to be broken: a request without the header
//! is answered as if the layer were not there.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use futures::{
    TryFutureExt as _,
    future::{BoxFuture, Either},
};
use http::HeaderName;
use tower::{Layer, Service, ServiceExt as _};

/// Lets only requests with `header` pass a layer.
#[derive(Clone)]
pub(super) struct Wanted<L> {
    header: HeaderName,
    layer: Arc<L>,
}

impl<L> Wanted<L> {
    /// Makes a layer of another one.
    pub(super) fn by(header: HeaderName, layer: L) -> Self {
        Self { header, layer: Arc::new(layer) }
    }
}

impl<S, L> Layer<S> for Wanted<L> {
    type Service = Chosen<S, L>;

    fn layer(&self, inner: S) -> Chosen<S, L> {
        Chosen { header: self.header.clone(), layer: Arc::clone(&self.layer), inner }
    }
}

/// Asks `inner`, through the layer where it is wanted.
#[derive(Clone)]
pub(super) struct Chosen<S, L> {
    header: HeaderName,
    layer: Arc<L>,
    inner: S,
}

impl<S, L> Service<Request> for Chosen<S, L>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone,
    L: Layer<S>,
    L::Service: Service<Request, Response: IntoResponse, Error = Infallible, Future: Send> + Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, BoxFuture<'static, Result<Response, Infallible>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if !request.headers().contains_key(&self.header) {
            return Either::Left(self.inner.call(request));
        }
        let layered = self.layer.layer(self.inner.clone());
        Either::Right(Box::pin(layered.oneshot(request).map_ok(IntoResponse::into_response)))
    }
}

//! A peer for tests: a real gRPC server on a real socket whose methods are closures.
//!
//! Only the methods that a test needs are there; every other one is unimplemented. The closures see decoded messages
//! and may note what was asked. Nothing here is used outside tests.

use std::{
    collections::HashMap,
    convert::Infallible,
    marker::PhantomData,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
};

use fault::Fault;
use futures::future::BoxFuture;
use http::{Request, Response};
use prost::Message;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{
    Status,
    body::Body,
    server::{Grpc, NamedService, UnaryService},
};
use tonic_prost::ProstCodec;
use tower::Service;

type Method = Arc<dyn Fn(Request<Body>) -> BoxFuture<'static, Response<Body>> + Send + Sync>;

/// A gRPC service made of closures. `S` is the generated server that lends its name, such as
/// `RoomServiceServer<()>`.
pub struct Puppet<S> {
    methods: HashMap<&'static str, Method>,
    name: PhantomData<fn() -> S>,
}

impl<S> Default for Puppet<S> {
    fn default() -> Self {
        Self { methods: HashMap::new(), name: PhantomData }
    }
}

impl<S> Clone for Puppet<S> {
    fn clone(&self) -> Self {
        Self { methods: self.methods.clone(), name: PhantomData }
    }
}

impl<S> std::fmt::Debug for Puppet<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Puppet").field("methods", &self.methods.keys()).finish_non_exhaustive()
    }
}

impl<S: NamedService + 'static> Puppet<S> {
    /// Adds a method by its bare name, such as `GetMembers`.
    #[must_use]
    pub fn on<M, R>(
        mut self,
        method: &'static str,
        answer: impl Fn(M) -> Result<R, Fault> + Send + Sync + 'static,
    ) -> Self
    where
        M: Message + Default + 'static,
        R: Message + Default + 'static,
    {
        let answer = Arc::new(answer);
        let serve: Method = Arc::new(move |request| {
            let once = Once { answer: Arc::clone(&answer), types: PhantomData::<fn(M) -> R> };
            Box::pin(async move { Grpc::new(ProstCodec::<R, M>::default()).unary(once, request).await })
        });
        self.methods.insert(method, serve);
        self
    }

    /// Serves on any free port until the value is dropped; lets everybody in.
    pub async fn serve(self) -> Served {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        serve(rpc::Server::builder("puppet", address).add(self)).await
    }

    /// As [`serve`](Self::serve), with a second service at the same door.
    pub async fn serve_beside<T: NamedService + 'static>(self, other: Puppet<T>) -> Served {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        serve(rpc::Server::builder("puppet", address).add(self).add(other)).await
    }
}

async fn serve(server: rpc::Server) -> Served {
    let bound = server
        .descriptor(proto::FILE_DESCRIPTOR_SET)
        .access(rpc::Open)
        .bind()
        .await
        .unwrap_or_else(|error| unreachable!("a puppet cannot listen: {error}"));
    let url = format!("http://{}", bound.address());
    let stop = CancellationToken::new();
    tokio::spawn(bound.serve(stop.clone()));
    Served { url, _stop: stop.drop_guard() }
}

/// A puppet that serves.
#[derive(Debug)]
pub struct Served {
    /// Where, as `http://host:port`.
    pub url: String,
    _stop: DropGuard,
}

impl<S: NamedService> NamedService for Puppet<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<Request<Body>> for Puppet<S> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let name = request.uri().path().rsplit('/').next().unwrap_or_default();
        let Some(method) = self.methods.get(name) else {
            let status = Status::unimplemented(format!("the puppet has no method {name}"));
            return Box::pin(async move { Ok(status.into_http()) });
        };
        let answering = method(request);
        Box::pin(async move { Ok(answering.await) })
    }
}

struct Once<A, M, R> {
    answer: Arc<A>,
    types: PhantomData<fn(M) -> R>,
}

impl<A, M, R> UnaryService<M> for Once<A, M, R>
where
    A: Fn(M) -> Result<R, Fault>,
    R: Send + 'static,
{
    type Response = R;
    type Future = BoxFuture<'static, Result<tonic::Response<R>, Status>>;

    fn call(&mut self, request: tonic::Request<M>) -> Self::Future {
        let answer = (self.answer)(request.into_inner()).map(tonic::Response::new).map_err(Status::from);
        Box::pin(async move { answer })
    }
}

//! A service of two methods that take a word and give a word, and what calls them.
//!
//! What it does is given by the test. `GetWord` is safe by its name, `PutWord` is not.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, LazyLock},
    task::{Context as TaskContext, Poll},
};

use futures::future::BoxFuture;
use http::uri::PathAndQuery;
use prost::Message as _;
use prost_types::{FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto, ServiceDescriptorProto};
use settings::Source;
use telemetry::Guard;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{
    Request, Response, Status,
    body::Body,
    client::Grpc,
    server::{Grpc as ServerGrpc, NamedService, UnaryService},
};
use tonic_prost::ProstCodec;
use tower::Service;

use crate::{Bound, Channel, Error, Open, Server, channel};

/// Logs, traces and metrics as the program has them.
static TELEMETRY: LazyLock<Guard> = LazyLock::new(|| {
    let quiet = Source::from_pairs([("LOG_LEVEL", "warn")]);
    let settings = telemetry::Settings::read(&quiet).unwrap();
    telemetry::start(&settings, "probe").unwrap()
});

pub(super) const GET: &str = "/test.Probe/GetWord";
pub(super) const PUT: &str = "/test.Probe/PutWord";

pub(super) type Words = Result<Response<String>, Status>;

/// Answers every word by a function of the test.
#[derive(Clone)]
pub(super) struct Probe(Arc<dyn Fn(Request<String>) -> BoxFuture<'static, Words> + Send + Sync>);

impl Probe {
    pub(super) fn new<F, R>(answer: F) -> Self
    where
        F: Fn(Request<String>) -> R + Send + Sync + 'static,
        R: Future<Output = Words> + Send + 'static,
    {
        Self(Arc::new(move |request| Box::pin(answer(request))))
    }

    /// Gives every word back.
    pub(super) fn echo() -> Self {
        Self::new(async |request| Ok(Response::new(request.into_inner())))
    }
}

impl NamedService for Probe {
    const NAME: &'static str = "test.Probe";
}

impl UnaryService<String> for Probe {
    type Response = String;
    type Future = BoxFuture<'static, Words>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        (self.0)(request)
    }
}

impl Service<http::Request<Body>> for Probe {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let probe = self.clone();
        Box::pin(async move {
            let codec = ProstCodec::<String, String>::default();
            Ok(ServerGrpc::new(codec)
                .apply_max_message_size_config(Some(usize::MAX), None)
                .unary(probe, request)
                .await)
        })
    }
}

/// Describes the two methods, and one service that nobody serves.
pub(super) fn descriptor() -> &'static [u8] {
    let word = || Some(".google.protobuf.StringValue".to_owned());
    let method = |name: &str| MethodDescriptorProto {
        name: Some(name.to_owned()),
        input_type: word(),
        output_type: word(),
        ..MethodDescriptorProto::default()
    };
    let service = |name: &str| ServiceDescriptorProto {
        name: Some(name.to_owned()),
        method: vec![method("GetWord"), method("PutWord")],
        ..ServiceDescriptorProto::default()
    };
    let file = FileDescriptorProto {
        name: Some("probe.proto".to_owned()),
        package: Some("test".to_owned()),
        service: vec![service("Probe"), service("Elsewhere")],
        ..FileDescriptorProto::default()
    };
    FileDescriptorSet { file: vec![file] }.encode_to_vec().leak()
}

/// A server that runs until it is dropped.
pub(super) struct Running {
    pub(super) address: SocketAddr,
    pub(super) ended: JoinHandle<Result<(), Error>>,
    pub(super) stop: CancellationToken,
    _guard: DropGuard,
}

/// Builds a server of a probe on any free port, open to all.
pub(super) fn server(probe: Probe) -> Server {
    server_at(SocketAddr::from(([127, 0, 0, 1], 0)), probe)
}

pub(super) fn server_at(address: SocketAddr, probe: Probe) -> Server {
    let _ = &*TELEMETRY;
    Server::builder("probe", address).add(probe).descriptor(descriptor()).access(Open)
}

pub(super) async fn run(server: Server) -> Running {
    start(server.bind().await.unwrap())
}

fn start(bound: Bound) -> Running {
    let (address, stop) = (bound.address(), CancellationToken::new());
    let ended = tokio::spawn(bound.serve(stop.clone()));
    Running { address, ended, _guard: stop.clone().drop_guard(), stop }
}

impl Running {
    pub(super) fn channel(&self) -> Channel {
        to(self.address)
    }
}

pub(super) fn to(address: SocketAddr) -> Channel {
    channel(&format!("http://{address}"), None).unwrap()
}

/// Sends a word to a method.
pub(super) async fn say(channel: &Channel, method: &'static str, word: &str) -> Result<String, Status> {
    send(channel, method, Request::new(word.to_owned())).await
}

pub(super) async fn send(
    channel: &Channel,
    method: &'static str,
    request: Request<String>,
) -> Result<String, Status> {
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await?;
    let codec = ProstCodec::<String, String>::default();
    grpc.unary(request, PathAndQuery::from_static(method), codec).await.map(Response::into_inner)
}

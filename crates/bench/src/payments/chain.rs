//! The yardstick of reads: a bare chain of axum, a unary call over tonic and a GET in Redis, in a process of its own.
//!
//! `GET /{key}` gives the bytes that stand under that key. No layer, no check, no log: as little as such a chain can be. It
//! runs with as many threads as the platform that it is compared with. The rule not to be broken: what it answers comes
//! out of Redis each time, over a real connection to its own second half.

use std::{
    convert::Infallible,
    net::SocketAddr,
    process::Stdio,
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
    routing::get,
};
use bytes::Bytes;
use http::{
    StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
};
use redis::{AsyncCommands as _, aio::MultiplexedConnection};
use tokio::{
    io::AsyncReadExt as _,
    net::TcpListener,
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};
use tonic::{
    Request, Response as Reply, Status,
    body::Body,
    client::Grpc,
    codegen::BoxFuture,
    server::{Grpc as Server, NamedService, UnaryService},
    transport::{Channel, Endpoint, Server as Transport},
};
use tonic_prost::ProstCodec;

use crate::{
    http::Connection,
    stage::{FreePorts, Stage},
};

const METHOD: &str = "/bare.Chain/Get";
const READY_MAX: Duration = Duration::from_secs(10);
const STOP_MAX: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(10);

/// Where a chain listens and reads.
#[derive(Clone, Debug)]
pub struct ChainOptions {
    /// Its HTTP.
    pub http: SocketAddr,
    /// Its gRPC.
    pub grpc: SocketAddr,
    /// Where Redis is.
    pub redis_url: String,
}

/// Serves until standard input ends.
pub async fn chain(options: ChainOptions) -> Result<()> {
    let redis = redis::Client::open(options.redis_url)?.get_multiplexed_async_connection().await?;
    let reader = Transport::builder().tcp_nodelay(true).add_service(Reader(redis)).serve(options.grpc);
    let channel = Endpoint::from_shared(format!("http://{}", options.grpc))?.tcp_nodelay(true).connect_lazy();
    let router = Router::new().route("/{key}", get(show)).with_state(channel);
    let listener = TcpListener::bind(options.http).await?;
    let door = axum::serve(
        axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true))),
        router,
    );
    let (mut input, mut nothing) = (tokio::io::stdin(), [0_u8; 1]);
    tokio::select! {
        ended = reader => ended.context("the chain's gRPC"),
        ended = async { door.await } => ended.context("the chain's HTTP"),
        _ = input.read(&mut nothing) => Ok(()),
    }
}

async fn show(State(channel): State<Channel>, Path(key): Path<String>) -> Response {
    match ask(channel, key).await {
        Ok(bytes) => ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], bytes).into_response(),
        Err(status) => (StatusCode::BAD_GATEWAY, status.to_string()).into_response(),
    }
}

async fn ask(channel: Channel, key: String) -> Result<Bytes, Status> {
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let path = http::uri::PathAndQuery::from_static(METHOD);
    let codec = ProstCodec::<String, Bytes>::default();
    grpc.unary(Request::new(key), path, codec).await.map(Reply::into_inner)
}

/// The second half: gives what stands under a key.
#[derive(Clone)]
struct Reader(MultiplexedConnection);

impl NamedService for Reader {
    const NAME: &'static str = "bare.Chain";
}

impl UnaryService<String> for Reader {
    type Response = Bytes;
    type Future = BoxFuture<Reply<Bytes>, Status>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        let mut redis = self.0.clone();
        Box::pin(async move {
            let found: Option<Vec<u8>> = redis
                .get(request.into_inner())
                .await
                .map_err(|error| Status::unavailable(error.to_string()))?;
            let found = found.ok_or_else(|| Status::not_found("nothing stands there"))?;
            Ok(Reply::new(Bytes::from(found)))
        })
    }
}

impl tower::Service<http::Request<Body>> for Reader {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let reader = self.clone();
        let codec = ProstCodec::<Bytes, String>::default();
        Box::pin(async move { Ok(Server::new(codec).unary(reader, request).await) })
    }
}

/// A chain that runs, and what it answers with.
pub(super) struct Chain {
    process: Child,
    pub(super) http: SocketAddr,
    redis: MultiplexedConnection,
    keys: Vec<String>,
    name: String,
}

impl Chain {
    /// Starts a chain. `name` is the run's own.
    pub(super) async fn start(stage: &Stage, redis_url: &str, name: &str) -> Result<Self> {
        let mut ports = FreePorts::default();
        let (http, grpc) = (ports.next()?, ports.next()?);
        drop(ports);
        let mut command: Command = stage.command("bench");
        command
            .args(["chain", "--http", &http.to_string(), "--grpc", &grpc.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .kill_on_drop(true);
        let process = command.spawn().context("starting the bare chain")?;
        let redis = redis::Client::open(redis_url)?.get_multiplexed_async_connection().await?;
        let mut chain = Self { process, http, redis, keys: Vec::new(), name: name.to_owned() };
        chain.wait_until_ready().await?;
        Ok(chain)
    }

    async fn wait_until_ready(&mut self) -> Result<()> {
        let start = Instant::now();
        while Connection::open(self.http, None).await.is_err() {
            if let Some(status) = self.process.try_wait()? {
                bail!("the bare chain ended with {status}");
            }
            anyhow::ensure!(start.elapsed() < READY_MAX, "the bare chain is not ready");
            sleep(POLL).await;
        }
        Ok(())
    }

    /// Gives it something to answer with, and the path under which it does.
    pub(super) async fn keep(&mut self, bytes: &[u8]) -> Result<String> {
        let key = format!("{}:{}", self.name, self.keys.len());
        let () = self.redis.set_ex(&key, bytes, 3_600).await?;
        self.keys.push(key.clone());
        Ok(format!("/{key}"))
    }

    /// Gives the id of its process.
    pub(super) fn pid(&self) -> Result<u32> {
        self.process.id().context("the bare chain does not run")
    }

    /// Ends it, and forgets what it answered with.
    pub(super) async fn stop(mut self) -> Result<()> {
        for keys in self.keys.chunks(1_000) {
            let () = self.redis.del(keys).await?;
        }
        drop(self.process.stdin.take());
        if timeout(STOP_MAX, self.process.wait()).await.is_err() {
            self.process.kill().await.context("ending the bare chain")?;
        }
        Ok(())
    }
}

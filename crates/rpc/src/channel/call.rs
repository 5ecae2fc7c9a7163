//! One call over a channel, from its deadline to its answer.
//!
//! The rules not to be broken: no call without a deadline; a call is sent twice only if its method changes nothing
//! and the first try ended in UNAVAILABLE; a broken connection is always UNAVAILABLE, whatever the transport
//! calls it.

use std::{error::Error as _, time::Duration};

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::{Request, Response, request::Parts};
use http_body_util::{BodyExt as _, BodyStream, Full, StreamBody};
use tokio::time::{self, Instant};
use tonic::{Code, Status, TimeoutExpired, body::Body, transport};
use tower::{Service as _, ServiceExt as _};

use super::{Channel, endpoint::CONNECT_MAX, timeout};
use crate::{
    Context, attempts,
    context::{self, GRPC_TIMEOUT, SERVICE_AUTHORIZATION, TRACEPARENT},
};

/// What a hop leaves to the one before it: a tenth.
const RESERVE_DIVISOR: u32 = 10;
/// With less than this left a call is not made.
const BUDGET_MIN: Duration = Duration::from_millis(20);
const RETRY_PAUSE_MAX: Duration = Duration::from_millis(60);
const SAFE: [&str; 4] = ["Get", "List", "Search", "Check"];

pub(super) struct Call {
    channel: Channel,
    deadline: Instant,
}

impl Call {
    pub(super) async fn run(
        channel: Channel,
        held: Option<Context>,
        request: Request<Body>,
    ) -> Result<Response<Body>, Status> {
        let (mut parts, body) = request.into_parts();
        let (started, path) = (Instant::now(), parts.uri.path().to_owned());
        let budget = budget(&channel, held.as_ref(), &parts);
        if budget < BUDGET_MIN {
            return Err(Status::deadline_exceeded("too little time is left for a call"));
        }
        let call = Self { deadline: started + budget, channel };
        call.sign(held.as_ref(), &mut parts);
        let outcome =
            if is_safe(&path) { call.twice(parts, body).await } else { call.once(parts, body).await };
        call.channel.meter.count(&path, code(&outcome), started.elapsed());
        outcome.map(|response| response.map(|body| call.bounded(body)))
    }

    /// Adds who calls, for whom, and in which trace.
    fn sign(&self, held: Option<&Context>, parts: &mut Parts) {
        context::put(&mut parts.headers, TRACEPARENT, telemetry::traceparent().as_ref());
        if let Some(held) = held {
            held.write(&mut parts.headers);
        }
        if let Some(credentials) = &self.channel.credentials {
            let proof = Some(credentials.authorization()).filter(|proof| !proof.is_empty());
            context::put(&mut parts.headers, SERVICE_AUTHORIZATION, proof.as_ref());
        }
    }

    /// Sends a call that changes nothing, and again if nobody was there.
    async fn twice(&self, parts: Parts, body: Body) -> Result<Response<Body>, Status> {
        let message = body.collect().await?.to_bytes();
        let first = self.once(parts.clone(), full(message.clone())).await;
        let pause = attempts::pause(RETRY_PAUSE_MAX);
        if code(&first) != Code::Unavailable || Instant::now() + pause + BUDGET_MIN > self.deadline {
            return first;
        }
        time::sleep(pause).await;
        tracing::debug!(peer = %self.channel.peer, "{} is called a second time", self.channel.peer);
        self.once(parts, full(message)).await
    }

    async fn once(&self, mut parts: Parts, body: Body) -> Result<Response<Body>, Status> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if let Some(timeout) = timeout::write(left) {
            parts.headers.insert(GRPC_TIMEOUT, timeout);
        }
        let request = Request::from_parts(parts, body);
        time::timeout_at(self.deadline, self.send(request)).await.unwrap_or_else(|_| Err(self.late()))
    }

    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, Status> {
        if let Some(mut known) = self.channel.known.clone() {
            let known = time::timeout(CONNECT_MAX, known.wait_for(|count| *count > 0)).await;
            if !matches!(known, Ok(Ok(_))) {
                return Err(self.broken("its name has no address"));
            }
        }
        let mut inner = self.channel.inner.clone();
        let ready = inner.ready().await.map_err(|error| self.failed(&error))?;
        ready.call(request).await.map_err(|error| self.failed(&error))
    }

    /// Ends an answer that does not arrive in time or whose connection breaks.
    fn bounded(self, body: Body) -> Body {
        let frames = stream::unfold((Some(BodyStream::new(body)), self), async |(frames, call)| {
            let mut frames = frames?;
            match time::timeout_at(call.deadline, frames.next()).await {
                Err(_) => Some((Err(call.late()), (None, call))),
                Ok(None) => None,
                Ok(Some(Ok(frame))) => Some((Ok(frame), (Some(frames), call))),
                Ok(Some(Err(error))) => Some((Err(call.broken(&error)), (None, call))),
            }
        });
        Body::new(StreamBody::new(frames.into_stream()))
    }

    fn late(&self) -> Status {
        Status::deadline_exceeded(format!("{} did not answer in time", self.channel.peer))
    }

    /// Tells a call that took too long, which the transport notices by itself too, from a broken connection.
    fn failed(&self, error: &transport::Error) -> Status {
        let mut source = error.source();
        while let Some(error) = source {
            if error.is::<TimeoutExpired>() {
                return self.late();
            }
            source = error.source();
        }
        self.broken(error)
    }

    fn broken<E: std::fmt::Debug + ?Sized>(&self, error: &E) -> Status {
        let peer = &self.channel.peer;
        tracing::debug!(%peer, ?error, "the connection to {peer} is broken");
        Status::unavailable(format!("{peer} cannot be reached"))
    }
}

/// Finds out how long a call may take.
fn budget(channel: &Channel, held: Option<&Context>, parts: &Parts) -> Duration {
    let own = parts.headers.get(GRPC_TIMEOUT).and_then(timeout::parse).unwrap_or(channel.budget);
    let Some(held) = held else { return own };
    let left = held.remaining();
    own.min(left.saturating_sub(left / RESERVE_DIVISOR))
}

/// Tells whether a method changes nothing, by its name.
fn is_safe(path: &str) -> bool {
    let method = path.rsplit('/').next().unwrap_or_default();
    SAFE.iter().any(|verb| {
        method.strip_prefix(verb).is_some_and(|rest| rest.chars().next().is_none_or(char::is_uppercase))
    })
}

fn full(message: Bytes) -> Body {
    Body::new(Full::new(message))
}

fn code(outcome: &Result<Response<Body>, Status>) -> Code {
    match outcome {
        Ok(response) => response
            .headers()
            .get(Status::GRPC_STATUS)
            .map_or(Code::Ok, |value| Code::from_bytes(value.as_bytes())),
        Err(status) => status.code(),
    }
}

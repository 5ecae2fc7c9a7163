//! The handle that everything else here works with.
//!
//! It sends a command with a limit of time, counts what fails, and keeps away while Redis does. Keys begin with
//! `dormpay:`; channels name the database's number too, because Redis shares channels between databases. The
//! rule not to be broken: a caller is never kept waiting for Redis to come back.

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use clock::Clock;
use fault::Fault;
use redis::{ErrorKind, RedisError, RedisResult, ServerErrorKind, aio::ConnectionManager};
use settings::ExposeSecret as _;
use tokio::time::{Instant, timeout};

use crate::{Settings, breaker::Breaker, link::Link};

/// How often a refusal is logged.
const TELL_EVERY: Duration = Duration::from_mins(1);

/// Stands for Redis, there or not. Cheap to clone; clones share one connection and one breaker.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    link: Option<Link>,
    breaker: Breaker,
    clock: Clock,
    limits: Limits,
    refusal_told_at: Mutex<Option<Instant>>,
}

/// Says how long to wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// For a value or a verdict.
    pub(crate) quick: Duration,
    /// For a lease, for news sent, and for a sign of life.
    pub(crate) patient: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { quick: Duration::from_millis(150), patient: Duration::from_millis(250) }
    }
}

/// Says why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Away {
    /// Nothing was sent.
    NotAsked,
    /// It may have been done, or may be done later.
    Unknown,
    /// Redis refused the command.
    Refused,
}

impl Redis {
    /// Makes the handle; the connection follows with the first command. Needs a running tokio runtime.
    pub fn connect(settings: &Settings, clock: Clock) -> Self {
        Self::connect_within(settings, clock, Limits::default())
    }

    /// Makes a handle that waits for as long as it is told.
    pub(crate) fn connect_within(settings: &Settings, clock: Clock, limits: Limits) -> Self {
        let link = Link::new(settings.url.expose_secret());
        if let Err(error) = &link {
            tracing::error!(kind = ?error.kind(), "the address of Redis cannot be used, going on without Redis");
        }
        metrics::gauge!("redis_available").set(1.0);
        let (breaker, refusal_told_at) = (Breaker::default(), Mutex::default());
        Self(Arc::new(Inner { link: link.ok(), breaker, clock, limits, refusal_told_at }))
    }

    /// Says whether Redis counts as there. It does until three commands in a row have failed.
    pub fn available(&self) -> bool {
        self.0.link.is_some() && self.0.breaker.is_closed()
    }

    /// Asks Redis whether it is there, even while nothing else is sent. *Units*: answers within 250 ms.
    pub async fn health(&self) -> bool {
        let ping = |mut conn: ConnectionManager| async move {
            redis::cmd("PING").query_async::<String>(&mut conn).await
        };
        self.send(self.limits().patient, ping).await.is_ok()
    }

    /// Sends news to whoever listens at this moment.
    ///
    /// *Errors*: unavailable, when Redis did not confirm; it may have been sent all the same.
    pub async fn publish(&self, channel: &str, payload: impl Into<Bytes>) -> Result<(), Fault> {
        self.publish_all([(channel, payload)]).await
    }

    /// Sends many pieces of news in one round trip, in order, each to its channel.
    ///
    /// *Errors*: unavailable, when Redis did not confirm; some may have been sent all the same.
    pub async fn publish_all<C, P>(&self, news: impl IntoIterator<Item = (C, P)>) -> Result<(), Fault>
    where
        C: AsRef<str>,
        P: Into<Bytes>,
    {
        let (mut pipe, prefix) = (redis::pipe(), self.channel_prefix());
        for (channel, payload) in news {
            let payload: Bytes = payload.into();
            pipe.cmd("PUBLISH").arg(format!("{prefix}{}", channel.as_ref())).arg(payload.as_ref()).ignore();
        }
        if pipe.is_empty() {
            return Ok(());
        }
        let sent = self
            .run(self.limits().patient, |mut conn| async move { pipe.query_async::<()>(&mut conn).await });
        sent.await.map_err(|away| {
            Fault::unavailable("news cannot be sent at the moment").with_internal(format!("redis: {away:?}"))
        })
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn limits(&self) -> Limits {
        self.0.limits
    }

    pub(crate) fn link(&self) -> Option<&Link> {
        self.0.link.as_ref()
    }

    /// Gives what all channels of this deployment begin with.
    pub(crate) fn channel_prefix(&self) -> String {
        let info = self.link().map(|link| link.client().get_connection_info().redis_settings().db());
        format!("dormpay:{}:", info.unwrap_or_default())
    }

    /// Does something with the connection within a limit of time, unless Redis counts as away.
    pub(crate) async fn run<T, F>(
        &self,
        limit: Duration,
        work: impl FnOnce(ConnectionManager) -> F,
    ) -> Result<T, Away>
    where
        F: Future<Output = RedisResult<T>>,
    {
        if self.0.breaker.admits() {
            self.send(limit, work).await
        } else {
            metrics::counter!("redis_commands_total", "outcome" => "not_asked").increment(1);
            Err(Away::NotAsked)
        }
    }

    async fn send<T, F>(&self, limit: Duration, work: impl FnOnce(ConnectionManager) -> F) -> Result<T, Away>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let Some(link) = self.link() else { return Err(Away::NotAsked) };
        let (outcome, result) = match timeout(limit, work(link.manager())).await {
            Ok(Ok(value)) => ("answered", Ok(value)),
            Ok(Err(error)) if is_of_no_use(&error) => ("unfit", Err(self.failed(link))),
            Ok(Err(error)) if is_transport(&error) => ("failed", Err(self.failed(link))),
            Ok(Err(error)) => ("refused", Err(self.refused(&error))),
            Err(_) => ("timed_out", Err(self.failed(link))),
        };
        if matches!(result, Ok(_) | Err(Away::Refused)) && self.0.breaker.succeeded() {
            tracing::info!("redis answers again");
            metrics::gauge!("redis_available").set(1.0);
        }
        metrics::counter!("redis_commands_total", "outcome" => outcome).increment(1);
        result
    }

    /// Notes a failure. Once the breaker is open each try gets a new connection: one that is silent does not break
    /// by itself, and one that could not be made would first hand out its old error.
    fn failed(&self, link: &Link) -> Away {
        if self.0.breaker.failed() {
            tracing::warn!("redis does not answer, going on without it");
            metrics::gauge!("redis_available").set(0.0);
        }
        if !self.0.breaker.is_closed() {
            link.renew();
        }
        Away::Unknown
    }

    /// Logs a refusal, such as of a full or a guarded Redis, now and then.
    fn refused(&self, error: &RedisError) -> Away {
        let mut told_at = self.0.refusal_told_at.lock().unwrap_or_else(PoisonError::into_inner);
        if told_at.is_none_or(|at| at.elapsed() > TELL_EVERY) {
            *told_at = Some(Instant::now());
            tracing::warn!(kind = ?error.kind(), code = error.code(), "redis refused a command");
        }
        Away::Refused
    }
}

/// Says whether a server answered that cannot serve: a replica after a failover, or one that still loads.
fn is_of_no_use(error: &RedisError) -> bool {
    use ServerErrorKind::{BusyLoading, ClusterDown, MasterDown, ReadOnly};
    matches!(error.kind(), ErrorKind::Server(BusyLoading | ClusterDown | MasterDown | ReadOnly))
}

/// Says whether no proper answer came.
fn is_transport(error: &RedisError) -> bool {
    !matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension | ErrorKind::UnexpectedReturnType)
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("available", &self.available()).finish_non_exhaustive()
    }
}

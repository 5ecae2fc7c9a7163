//! Listening to news of other processes.
//!
//! A task of its own keeps one connection subscribed, and subscribes again when it breaks or falls silent. News
//! may be lost; who needs all of it reads again from the database. The rule not to be broken: a reader that may
//! have missed something is told so.

use std::{pin::pin, time::Duration};

use bytes::Bytes;
use futures::StreamExt as _;
use redis::{
    Msg, RedisResult, Value,
    aio::{PubSubSink, PubSubStream},
};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::Redis;

/// Events waiting for the reader.
const QUEUE: usize = 1_024;
const SUBSCRIBE_TIMEOUT: Duration = Duration::from_secs(1);
const PING_TIMEOUT: Duration = Duration::from_secs(1);
const PING_EVERY: Duration = Duration::from_secs(2);
const RETRY_DELAY_MIN: Duration = Duration::from_millis(50);
const RETRY_DELAY_MAX: Duration = Duration::from_secs(1);

/// Tells a reader what it listens for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody published.
    Message {
        /// The channel, as its publisher named it.
        channel: String,
        /// What was published.
        payload: Bytes,
    },
    /// Listening begins here, for the first time or again: anything published before may have been missed.
    Reconnected,
    /// The reader was too slow: something published before this point was dropped.
    Lagged,
}

/// Starts listening.
#[derive(Clone, Copy, Debug)]
pub struct Fanout;

impl Fanout {
    /// Listens to channels by name or by pattern (`room:*`) until `stop`.
    ///
    /// *Shape*: the first event is [`Event::Reconnected`], as soon as Redis is there; after `stop`, or when the
    /// receiver is dropped, the task ends and so do the events.
    pub fn subscribe<P: Into<String>>(
        redis: &Redis,
        patterns: impl IntoIterator<Item = P>,
        stop: CancellationToken,
    ) -> mpsc::Receiver<Event> {
        let (events, receiver) = mpsc::channel(QUEUE);
        let prefix = redis.channel_prefix();
        let patterns = patterns.into_iter().map(|pattern| format!("{prefix}{}", pattern.into())).collect();
        let listener = Listener { redis: redis.clone(), prefix, patterns, events, owed: None };
        tokio::spawn(async move {
            let ends = stop.cancelled_owned();
            tokio::select! {
                () = ends => {}
                () = listener.run() => {}
            }
        });
        receiver
    }
}

struct Listener {
    redis: Redis,
    prefix: String,
    patterns: Vec<String>,
    events: mpsc::Sender<Event>,
    /// What the reader must be told before anything else. Until there is room for it, messages are dropped.
    owed: Option<Event>,
}

impl Listener {
    /// Subscribes again and again until nobody reads.
    async fn run(mut self) {
        let mut delay = RETRY_DELAY_MIN;
        while !self.events.is_closed() {
            match timeout(SUBSCRIBE_TIMEOUT, self.subscribe()).await {
                Ok(Ok((sink, stream))) => {
                    tracing::info!("listening to news");
                    delay = RETRY_DELAY_MIN;
                    self.owed = Some(Event::Reconnected);
                    self.listen(sink, stream).await;
                    metrics::counter!("fanout_breaks_total").increment(1);
                    tracing::info!("not listening to news any more");
                }
                Ok(Err(error)) => tracing::debug!(kind = ?error.kind(), "news cannot be subscribed to"),
                Err(_) => tracing::debug!("news cannot be subscribed to in time"),
            }
            tokio::select! {
                () = sleep(delay) => {}
                () = self.events.closed() => {}
            }
            delay = (delay * 2).min(RETRY_DELAY_MAX);
        }
    }

    async fn subscribe(&self) -> RedisResult<(PubSubSink, PubSubStream)> {
        let Some(link) = self.redis.link() else {
            return Err((redis::ErrorKind::InvalidClientConfig, "no usable address").into());
        };
        let (mut sink, stream) = link.client().get_async_pubsub().await?.split();
        sink.psubscribe(&self.patterns).await?;
        Ok((sink, stream))
    }

    /// Hands on what comes until the connection breaks, is silent, or nobody reads.
    async fn listen(&mut self, sink: PubSubSink, mut stream: PubSubStream) {
        let events = self.events.clone();
        let mut silent = pin!(silence(sink));
        loop {
            tokio::select! {
                biased;
                room = events.reserve(), if self.owed.is_some() => match (room, self.owed.take()) {
                    (Ok(room), Some(owed)) => room.send(owed),
                    _ => return,
                },
                message = stream.next() => match message {
                    Some(message) => self.hand_on(&message),
                    None => return,
                },
                () = &mut silent => return,
                () = events.closed() => return,
            }
        }
    }

    /// Queues a message. If there is no room it is dropped, and so are those after it until the reader is told.
    fn hand_on(&mut self, message: &Msg) {
        if self.owed.is_none() {
            let channel = message.get_channel_name();
            let channel = channel.strip_prefix(&self.prefix).unwrap_or(channel).to_owned();
            let payload = Bytes::copy_from_slice(message.get_payload_bytes());
            if self.events.try_send(Event::Message { channel, payload }).is_ok() {
                return;
            }
            self.owed = Some(Event::Lagged);
        }
        metrics::counter!("fanout_dropped_total").increment(1);
    }
}

/// Ends when Redis leaves a ping without an answer. A connection whose other end is gone does not break by itself.
async fn silence(mut sink: PubSubSink) {
    loop {
        sleep(PING_EVERY).await;
        if !matches!(timeout(PING_TIMEOUT, sink.ping::<Value>()).await, Ok(Ok(_))) {
            return;
        }
    }
}

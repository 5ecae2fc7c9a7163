//! Sends numbered events to whoever listens: one message for each, on the channel `room:{id}`, in the order of `seq`.
//!
//! A message is an encoded `dormpay.event.v1.Event`. It may be sent twice, and is lost while nobody listens; listeners
//! fill gaps by `ListEvents`. The rule not to be broken: what is sent has been committed.

use chrono::TimeDelta;
use clock::Clock;
use durable::outbox::JobView;
use ephemeral::Redis;
use fault::Fault;
use prost::Message as _;
use proto::room::v1::AppendEventsRequest;

/// News older than this are no news: while Redis is away they are given up, and read from the log instead.
const NEWS_FOR: TimeDelta = TimeDelta::minutes(5);

/// Publishes the events of some jobs.
pub(super) async fn publish(redis: Redis, clock: Clock, jobs: Vec<JobView>) -> Result<(), Fault> {
    let newest = jobs.iter().map(|job| job.created_at).max();
    let mut messages = Vec::new();
    for job in jobs {
        let events = AppendEventsRequest::decode(job.payload.as_slice()).map_err(Fault::internal)?.events;
        messages.extend(events.iter().map(|event| (channel(event.room_id), event.encode_to_vec())));
    }
    let count = u64::try_from(messages.len()).unwrap_or_default();
    match redis.publish_all(messages).await {
        Ok(()) => metrics::counter!("room_events_published_total").increment(count),
        Err(_) if newest.is_some_and(|at| clock.now() - at > NEWS_FOR) => {
            metrics::counter!("room_events_given_up_total").increment(count);
        }
        Err(fault) => return Err(fault),
    }
    Ok(())
}

/// Names the channel of a room.
fn channel(room_id: i64) -> String {
    format!("room:{room_id}")
}

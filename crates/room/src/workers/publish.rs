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

/// Publishes the events of one job.
pub(super) async fn publish(redis: Redis, clock: Clock, job: JobView) -> Result<(), Fault> {
    let events = AppendEventsRequest::decode(job.payload.as_slice()).map_err(Fault::internal)?.events;
    for event in &events {
        let sent = redis.publish(&channel(event.room_id), event.encode_to_vec()).await;
        match sent {
            Ok(()) => metrics::counter!("room_events_published_total").increment(1),
            Err(_) if clock.now() - job.created_at > NEWS_FOR => {
                metrics::counter!("room_events_given_up_total").increment(1);
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}

/// Names the channel of a room.
fn channel(room_id: i64) -> String {
    format!("room:{room_id}")
}

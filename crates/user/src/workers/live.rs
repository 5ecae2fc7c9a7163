//! Sends notifications live: from the outbox to the channels of their users, in order.
//!
//! News may be lost once it left; the list of notifications is the truth. The rule not to be broken: a publication
//! that failed is told to the relay, which tries again.

use std::time::Duration;

use durable::{
    Connection, Database,
    outbox::{self, Job, JobView, Relay},
};
use ephemeral::Redis;
use fault::Fault;
use prost::Message as _;
use proto::event::v1::Event;

/// All of them stand in one order, which is that of each user too.
const JOB: Job = Job {
    queue: "user.live",
    order_key: 0,
    kind: "user.notifications",
    payload: Vec::new(),
    delay: Duration::ZERO,
};
/// Jobs whose notifications are sent in one go.
const TOGETHER: u16 = 20;

/// Live news of any users.
#[derive(Clone, PartialEq, prost::Message)]
struct LiveNews {
    #[prost(message, repeated, tag = "1")]
    events: Vec<Event>,
}

/// Writes the job that sends these events, each to its user.
pub(crate) async fn send(conn: &mut Connection, events: Vec<Event>) -> Result<(), Fault> {
    if !events.is_empty() {
        let payload = LiveNews { events }.encode_to_vec();
        outbox::append(conn, Job { payload, ..JOB }).await?;
    }
    Ok(())
}

/// Makes the relay of this service.
pub(crate) fn relay(db: Database, redis: Redis) -> Relay {
    Relay::new(db).on_many(JOB.kind, TOGETHER, move |jobs: Vec<JobView>| {
        let redis = redis.clone();
        async move { redis.publish_all(messages(&jobs)?).await }
    })
}

fn messages(jobs: &[JobView]) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    let mut messages = Vec::new();
    for job in jobs {
        let events = LiveNews::decode(job.payload.as_slice()).map_err(Fault::internal)?.events;
        messages.extend(events.iter().map(|event| (channel(event.user_id), event.encode_to_vec())));
    }
    Ok(messages)
}

/// Names the channel of a user, to which gateways listen.
pub(crate) fn channel(user_id: i64) -> String {
    format!("user:{user_id}")
}

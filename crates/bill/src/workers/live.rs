//! Sends news of orders to their owners: from the outbox to the channel of the user, in order.
//!
//! News may be lost once it left; the order is the truth. The rule not to be broken: a publication that failed is told
//! to the relay, which tries again.

use std::time::Duration;

use durable::{
    Connection,
    outbox::{self, Job, JobView, Relay},
};
use ephemeral::Redis;
use fault::Fault;
use prost::Message as _;
use proto::event::v1::Event;

const QUEUE: &str = "order.live";
const KIND: &str = "order_news";
/// Jobs that travel together.
const TOGETHER: u16 = 100;

/// Writes the job that sends an event to its user.
pub(crate) async fn send(conn: &mut Connection, event: Event) -> Result<(), Fault> {
    let (order_key, payload) = (event.user_id, event.encode_to_vec());
    outbox::append(conn, Job { queue: QUEUE, order_key, kind: KIND, payload, delay: Duration::ZERO }).await?;
    Ok(())
}

/// Lets a relay deliver news of orders.
pub(crate) fn serve(relay: Relay, redis: &Redis) -> Relay {
    let redis = redis.clone();
    relay.on_many(KIND, TOGETHER, move |jobs: Vec<JobView>| {
        let redis = redis.clone();
        async move { redis.publish_all(messages(&jobs)?).await }
    })
}

fn messages(jobs: &[JobView]) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    let message = |job: &JobView| {
        let event = Event::decode(job.payload.as_slice()).map_err(Fault::internal)?;
        // Gateways listen to the channels of users.
        Ok((format!("user:{}", event.user_id), job.payload.clone()))
    };
    jobs.iter().map(message).collect()
}

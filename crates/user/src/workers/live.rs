//! Sends notifications live: from the outbox to the channel of their user, in order.
//!
//! News may be lost once it left; the list of notifications is the truth. The rule not to be broken: a publication
//! that failed is told to the relay, which tries again.

use durable::{
    Database,
    outbox::{JobView, Relay},
};
use ephemeral::Redis;

/// The stream of these jobs; their order key is the user's id.
pub(crate) const QUEUE: &str = "user.live";
/// The payload is an encoded `dormpay.event.v1.Event`.
pub(crate) const NOTIFICATION: &str = "user.notification";

/// Notifications that are sent in one go.
const TOGETHER: u16 = 200;

/// Makes the relay of this service.
pub(crate) fn relay(db: Database, redis: Redis) -> Relay {
    Relay::new(db).on_many(NOTIFICATION, TOGETHER, move |jobs: Vec<JobView>| {
        let redis = redis.clone();
        let news = jobs.into_iter().map(|job| (channel(job.order_key), job.payload));
        async move { redis.publish_all(news).await }
    })
}

/// Names the channel of a user, to which gateways listen.
pub(crate) fn channel(user_id: i64) -> String {
    format!("user:{user_id}")
}

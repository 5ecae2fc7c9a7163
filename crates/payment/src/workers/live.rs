//! Sends news of payments and refunds to their owners, and keeps the copies for display.
//!
//! News travel from the outbox to the channel of the user, in order; they may be lost once they left. A copy is replaced
//! by newer ones only. The rule not to be broken: a state that somebody may have been told is never older in a copy.

use std::time::Duration;

use durable::outbox::{Job, JobView, Relay};
use fault::Fault;
use prost::Message as _;
use proto::event::v1::{Event, event::Payload};

use crate::{
    service::Service,
    store::{payments, refunds},
    wire,
};

const QUEUE: &str = "payment.live";
const KIND: &str = "payment_news";
/// Jobs that travel together.
const TOGETHER: u16 = 100;

/// News that a payment was begun (000-V06).
pub(crate) fn payment_created(row: &payments::Row) -> Job {
    news(row.user_id, format!("payment:{}:created", row.id), Payload::PaymentCreated(wire::payment(row)))
}

/// News that a payment has succeeded and its order is paid (003-W01).
pub(crate) fn payment_success(row: &payments::Row) -> Job {
    news(row.user_id, format!("payment:{}:success", row.id), Payload::PaymentSuccess(wire::payment(row)))
}

/// News that a refund has ended.
pub(crate) fn refund_updated(row: &refunds::Row) -> Job {
    let uid = format!("refund:{}:{}", row.id, row.version);
    news(row.user_id, uid, Payload::RefundUpdated(wire::refund(row)))
}

fn news(user_id: i64, uid: String, payload: Payload) -> Job {
    let event = Event { uid, user_id, payload: Some(payload), ..Event::default() };
    let payload = event.encode_to_vec();
    Job { queue: QUEUE, order_key: user_id, kind: KIND, payload, delay: Duration::ZERO }
}

/// Lets a relay deliver news.
pub(crate) fn serve(relay: Relay, service: &Service) -> Relay {
    let service = service.clone();
    relay.on_many(KIND, TOGETHER, move |jobs: Vec<JobView>| {
        let service = service.clone();
        async move { service.redis.publish_all(messages(&service, &jobs)?).await }
    })
}

fn messages(service: &Service, jobs: &[JobView]) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    let message = |job: &JobView| {
        let mut event = Event::decode(job.payload.as_slice()).map_err(Fault::internal)?;
        event.at = Some(host::timestamp(service.clock.now()));
        // Gateways listen to the channels of users.
        Ok((format!("user:{}", event.user_id), event.encode_to_vec()))
    };
    jobs.iter().map(message).collect()
}

/// Replaces the copy of a payment after a change.
pub(crate) async fn copy(service: &Service, row: &payments::Row) {
    if is_kept(row) {
        keep(service, row).await;
    } else {
        // What was kept of an earlier state is gone, and stays away.
        let version = i64::from(row.version).saturating_sub(1);
        service.details.tombstones(&keys(row), version).await;
    }
}

/// Keeps a copy of what was read, if it has ended.
pub(crate) async fn copy_new(service: &Service, row: &payments::Row) {
    if is_kept(row) {
        keep(service, row).await;
    }
}

/// Forgets the copy of a payment that nobody may see any more.
pub(crate) async fn forget(service: &Service, row: &payments::Row) {
    service.details.tombstones(&keys(row), i64::from(row.version).saturating_add(1)).await;
}

async fn keep(service: &Service, row: &payments::Row) {
    let encoded = wire::payment(row).encode_to_vec();
    service.details.put_bytes(&keys(row), row.version.into(), &encoded).await;
}

/// The names under which a payment is asked for.
fn keys(row: &payments::Row) -> [String; 2] {
    [row.id.to_string(), row.payment_no.clone()]
}

/// Tells whether a state is worth a copy: nothing but its settling, which replaces the copy, will soon change it.
fn is_kept(row: &payments::Row) -> bool {
    !row.status().is_open() && row.reserved_minor == 0 && row.deleted_at.is_none()
}

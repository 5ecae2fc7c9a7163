//! What every step of an order leaves beside its row: the history, the live event for the owner.
//!
//! The rule not to be broken: all of it is written in the transaction of the step.

use chrono::{DateTime, Utc};
use durable::{Connection, Tx, audit::Actor};
use fault::Fault;
use host::{Answer, Call, timestamp};
use proto::{
    bill::v1::Order as WireOrder,
    event::v1::{Event, event::Payload},
};

use crate::{
    domain::order::Status,
    order_wire,
    service::Service,
    store::{
        order_parts::{self, Step},
        orders::{self, Order},
    },
    workers::live,
};

/// A step that was taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken<'a> {
    pub(super) order_id: i64,
    pub(super) from: Status,
    pub(super) to: Status,
    pub(super) actor: &'a str,
    pub(super) reason: &'a str,
}

/// Writes a step down and tells the owner. Gives the order as the transaction leaves it.
pub(super) async fn note(tx: &mut Tx, taken: Taken<'_>, now: DateTime<Utc>) -> Result<WireOrder, Fault> {
    let order = existing(tx, taken.order_id).await?;
    let step = Step {
        order_id: order.id,
        version: order.version,
        from: taken.from.as_str(),
        to: taken.to.as_str(),
        actor: taken.actor,
        reason: taken.reason,
    };
    order_parts::append_history(tx, &step, now).await?;
    tell(tx, &order, now).await
}

/// Tells the owner how his order is now (event `order_updated`).
pub(super) async fn tell(tx: &mut Tx, order: &Order, now: DateTime<Utc>) -> Result<WireOrder, Fault> {
    let shown = shown(tx, order, now).await?;
    let event = Event {
        uid: format!("order_updated:{}:{}", order.id, order.version),
        user_id: order.user_id,
        at: Some(timestamp(now)),
        actor_user_id: order.user_id,
        payload: Some(Payload::OrderUpdated(shown.clone())),
        ..Event::default()
    };
    live::send(tx, event).await?;
    Ok(shown)
}

/// Finds an order that must be there.
pub(super) async fn existing(conn: &mut Connection, order_id: i64) -> Result<Order, Fault> {
    orders::find(conn, order_id).await?.ok_or_else(|| Fault::internal(format!("order {order_id} is gone")))
}

/// Finds an order by its number. *Errors*: `NOT_FOUND`.
pub(super) async fn by_no(service: &Service, order_no: &str) -> Result<Order, Fault> {
    let mut conn = service.db.acquire().await?;
    orders::find_by_no(&mut conn, order_no).await?.ok_or_else(|| Fault::not_found("order"))
}

/// An order with who gets its money.
pub(super) async fn shown(
    conn: &mut Connection,
    order: &Order,
    now: DateTime<Utc>,
) -> Result<WireOrder, Fault> {
    let credits = order_parts::credits(conn, &[order.id]).await?.remove(&order.id).unwrap_or_default();
    order_wire::order(order, &credits, now)
}

/// Passes who may see an order: its owner, a holder of a permission, a service on its own.
///
/// *Errors*: `NOT_FOUND` for everybody else, as for no such order.
pub(super) fn may_see(call: &Call, order: &Order, permission: &str) -> Result<(), Fault> {
    match &call.caller.user {
        Some(user) if user.id != order.user_id && !user.has(permission) => Err(Fault::not_found("order")),
        _ => Ok(()),
    }
}

/// Names who acts, for the history.
pub(super) fn actor(call: &Call) -> String {
    match call.actor() {
        Actor::User(id) => format!("user:{id}"),
        Actor::Service(name) => format!("service:{name}"),
        Actor::System => "system".to_owned(),
    }
}

/// Gives the answer of an earlier request with the same key. The key stays free: it is claimed with the outcome.
pub(super) async fn replayed<R: prost::Message + Default>(
    service: &Service,
    call: &Call,
) -> Result<Option<Answer<R>>, Fault> {
    if call.key().is_none() {
        return Ok(None);
    }
    let mut tx = service.db.begin().await?;
    let answer = call.claim(&mut tx).await?;
    tx.rollback().await?;
    Ok(answer)
}

/// Wraps a reply that is made anew each time.
pub(super) const fn fresh<R>(reply: R) -> Answer<R> {
    Answer { reply, is_replay: false }
}

/// Reads a number that the payment service gave. *Errors*: `VALIDATION_ERROR`.
pub(super) fn number(field: &str, raw: &str) -> Result<(), Fault> {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if (1..=64).contains(&raw.len()) && raw.bytes().all(is_known) {
        return Ok(());
    }
    Err(Fault::validation(field, "must have 1 to 64 of the characters 0-9, A-Z, a-z, _ and -"))
}

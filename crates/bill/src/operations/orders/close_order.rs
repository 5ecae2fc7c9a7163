//! Cancels a pending order (003-E03, 004-E08). The payment service does, after it has closed every attempt to pay.

use fault::Fault;
use host::{Answer, Call};
use proto::bill::v1::{CloseOrderRequest, CloseOrderResponse};

use super::steps::{self, Taken};
use crate::{domain::order::Status, order_wire, service::Service, store::orders};

/// Cancels an order, unless it is paid or cancelled by now: money wins. Answers what it found.
///
/// *Errors*: `NOT_FOUND`, for a stranger too; `VALIDATION_ERROR` naming `reason`. *Idempotent*: by the order.
pub(crate) async fn close_order(
    service: &Service,
    call: &Call,
    asked: &CloseOrderRequest,
) -> Result<Answer<CloseOrderResponse>, Fault> {
    let reason = input::lines("reason", &asked.reason, 0..=input::NOTE_CHARS_MAX)?;
    let order = steps::by_no(service, &asked.order_no).await?;
    steps::may_see(call, &order, "payment:write")?;
    let now = service.clock.now();
    let reason = if order.is_overdue(now) { order_wire::OVERDUE } else { &reason };
    let mut tx = service.db.begin().await?;
    let reply = if orders::cancel(&mut tx, order.id, reason, now).await?.is_some() {
        let (order_id, actor) = (order.id, steps::actor(call));
        let (from, to) = (Status::Pending, Status::Cancelled);
        let shown = steps::note(&mut tx, Taken { order_id, from, to, actor: &actor, reason }, now).await?;
        CloseOrderResponse { order: Some(shown), is_closed: true }
    } else {
        let order = steps::existing(&mut tx, order.id).await?;
        CloseOrderResponse { order: Some(steps::shown(&mut tx, &order, now).await?), is_closed: false }
    };
    tx.commit().await?;
    Ok(steps::fresh(reply))
}

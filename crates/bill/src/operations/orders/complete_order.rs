//! Closes a paid order by hand, after delivery. Holders of `payment:write` may.

use durable::audit;
use fault::Fault;
use host::{Answer, Call};
use proto::bill::v1::CompleteOrderResponse;
use serde_json::json;

use super::steps::{self, Taken};
use crate::{domain::order::Status, service::Service, store::orders};

/// Completes an order.
///
/// *Errors*: `FORBIDDEN`, `NOT_FOUND`, `STATE_CONFLICT` unless it is paid, delivered and no refund of it is open.
/// *Idempotent*: by the call's key.
pub(crate) async fn complete_order(
    service: &Service,
    call: &Call,
    order_id: i64,
) -> Result<Answer<CompleteOrderResponse>, Fault> {
    call.caller.user()?.require("payment:write")?;
    let now = service.clock.now();
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    orders::lock(&mut tx, order_id).await?;
    let order = orders::find(&mut tx, order_id).await?.ok_or_else(|| Fault::not_found("order"))?;
    if orders::complete(&mut tx, order_id, now).await?.is_none() {
        let shown = &order.status;
        return Err(Fault::conflict(format!(
            "order {order_id} is {shown}; only a paid, delivered one without an open refund is completed"
        )));
    }
    let (from, to, actor) = (Status::Paid, Status::Completed, steps::actor(call));
    let shown = steps::note(&mut tx, Taken { order_id, from, to, actor: &actor, reason: "" }, now).await?;
    let states = [from, to].map(|status| Some(json!({ "status": status.as_str() })));
    audit::append(&mut tx, call.audit("order.completed", format!("order:{order_id}"), states.into())).await?;
    let answer = call.store(&mut tx, CompleteOrderResponse { order: Some(shown) }).await?;
    tx.commit().await?;
    Ok(answer)
}

//! The money of a refund went back: the order says so, and what was delivered is taken back.

use durable::audit;
use fault::Fault;
use host::{Answer, Call};
use proto::bill::v1::{ApplyRefundRequest, ApplyRefundResponse};
use serde_json::json;

use super::steps::{self, Taken};
use crate::{
    domain::order::Status,
    order_wire,
    service::Service,
    store::{
        order_refunds::{self, Refund, State},
        orders::{self, Order},
    },
    workers::orders as jobs,
};

/// Applies a refund.
///
/// *Errors*: `NOT_FOUND`, `STATE_CONFLICT` unless it is prepared. *Idempotent*: by the refund's number.
pub(crate) async fn apply_refund(
    service: &Service,
    call: &Call,
    asked: &ApplyRefundRequest,
) -> Result<Answer<ApplyRefundResponse>, Fault> {
    let refund_no = &asked.refund_no;
    let mut tx = service.db.begin().await?;
    let found = order_refunds::find(&mut tx, refund_no).await?;
    let refund = found.ok_or_else(|| Fault::not_found("refund"))?;
    orders::lock(&mut tx, refund.order_id).await?;
    let now = service.clock.now();
    let step = (&[State::Prepared][..], State::Applied);
    if order_refunds::step(&mut tx, refund_no, step, None, now).await? {
        let before = steps::existing(&mut tx, refund.order_id).await?;
        note(&mut tx, call, &before, &refund, now).await?;
        jobs::take_back(&mut tx, &refund).await?;
    }
    let found = order_refunds::find(&mut tx, refund_no).await?;
    let refund = found.ok_or_else(|| Fault::internal("a refund is gone"))?;
    if refund.state()? != State::Applied {
        return Err(Fault::conflict(format!(
            "refund {refund_no} is {}; it was never prepared",
            refund.state
        )));
    }
    let order = steps::existing(&mut tx, refund.order_id).await?;
    let parts = order_refunds::parts(&mut tx, refund_no).await?;
    let reply = ApplyRefundResponse {
        refund: Some(order_wire::refund(&refund, &order.order_no, &parts)?),
        order: Some(steps::shown(&mut tx, &order, now).await?),
    };
    tx.commit().await?;
    Ok(steps::fresh(reply))
}

async fn note(
    tx: &mut durable::Tx,
    call: &Call,
    before: &Order,
    refund: &Refund,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), Fault> {
    let change = (refund.amount_minor, refund.reason.as_str());
    let done = orders::refund(tx, before.id, change, now).await?;
    done.ok_or_else(|| Fault::internal("a prepared refund does not fit its order"))?;
    let after = steps::existing(tx, before.id).await?;
    if after.status()? == Status::Refunded {
        let (from, to, actor) = (Status::Paid, Status::Refunded, steps::actor(call));
        let taken = Taken { order_id: before.id, from, to, actor: &actor, reason: &refund.reason };
        steps::note(tx, taken, now).await?;
    } else {
        steps::tell(tx, &after, now).await?;
    }
    let states = [before, &after].map(|order| {
        Some(json!({ "status": order.status, "refunded_minor": order.refunded_minor, "refund_no": refund.refund_no }))
    });
    audit::append(tx, call.audit("order.refunded", format!("order:{}", before.id), states.into())).await
}

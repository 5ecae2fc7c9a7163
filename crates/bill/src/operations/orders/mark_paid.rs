//! Says that a payment has succeeded (003-E02, 004-E06). The payment service does, as often as it needs to.
//!
//! One conditional update decides; what follows from it is a job of the same transaction.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use durable::{Tx, audit};
use fault::Fault;
use host::{Answer, Call};
use proto::bill::v1::{MarkPaidRequest, MarkPaidResponse, Order as WireOrder};
use serde_json::json;

use super::steps::{self, Taken};
use crate::{
    domain::order::{Due, Kind, Money, Outcome, Status, judge},
    order_wire,
    service::Service,
    store::orders::{self, Order},
    workers::orders as jobs,
};

/// How far the provider's clock may be ahead of ours.
const AHEAD_MAX: TimeDelta = TimeDelta::minutes(10);
/// The reason for which an order is cancelled whose share was handed over otherwise.
const PAID_OTHERWISE: &str = "该份额已另行付清";

/// Judges the money of a payment, and has delivered what it pays for.
///
/// *Errors*: `NOT_FOUND`, `VALIDATION_ERROR` naming the field, `SERVICE_UNAVAILABLE` while nobody can say whether a
/// share is still owed. *Idempotent*: by the payment.
pub(crate) async fn mark_paid(
    service: &Service,
    call: &Call,
    asked: &MarkPaidRequest,
) -> Result<Answer<MarkPaidResponse>, Fault> {
    let now = service.clock.now();
    let money = read(asked, now)?;
    let order = steps::by_no(service, &asked.order_no).await?;
    let is_owed = is_owed(service, &order, money).await?;
    let mut tx = service.db.begin().await?;
    orders::lock(&mut tx, order.id).await?;
    let order = steps::existing(&mut tx, order.id).await?;
    let (outcome, shown) = match judge(due(&order)?, money) {
        Outcome::Accepted if is_owed => {
            (Outcome::Accepted, accept((&mut tx, call), &order, money, now).await?)
        }
        Outcome::Accepted => (Outcome::Double, give_up((&mut tx, call), &order, now).await?),
        other => (other, steps::shown(&mut tx, &order, now).await?),
    };
    tx.commit().await?;
    if !matches!(outcome, Outcome::Accepted | Outcome::Already) {
        let (order_no, payment_no) = (&asked.order_no, &asked.payment_no);
        tracing::warn!(order_no, payment_no, ?outcome, "payment {payment_no} does not pay order {order_no}");
    }
    let outcome = order_wire::outcome(outcome).into();
    Ok(steps::fresh(MarkPaidResponse { outcome, order: Some(shown) }))
}

fn read(asked: &MarkPaidRequest, now: DateTime<Utc>) -> Result<Money<'_>, Fault> {
    steps::number("payment_no", &asked.payment_no)?;
    let paid_at = asked.paid_at.as_ref().and_then(host::instant);
    let paid_at = paid_at.ok_or_else(|| Fault::validation("paid_at", "must be an instant"))?;
    if paid_at.signed_duration_since(now) > AHEAD_MAX {
        return Err(Fault::validation("paid_at", "must not lie in the future"));
    }
    if asked.amount_minor <= 0 {
        return Err(Fault::validation("amount", "must be above zero"));
    }
    Ok(Money { payment_no: &asked.payment_no, amount_minor: asked.amount_minor, paid_at })
}

fn due(order: &Order) -> Result<Due<'_>, Fault> {
    Ok(Due {
        status: order.status()?,
        amount_minor: order.amount_minor,
        expires_at: order.expires_at,
        payment_no: order.payment_no.as_deref(),
    })
}

/// Tells whether a share is still owed that this money would pay. Frozen it may be; other orders always are owed.
async fn is_owed(service: &Service, order: &Order, money: Money<'_>) -> Result<bool, Fault> {
    if order.kind()? != Kind::BillShare || judge(due(order)?, money) != Outcome::Accepted {
        return Ok(true);
    }
    let (bill_id, _) = order.share()?;
    Ok(service.expenses.due(bill_id, order.user_id).await?.due_minor >= order.amount_minor)
}

async fn accept(
    (tx, call): (&mut Tx, &Call),
    order: &Order,
    money: Money<'_>,
    now: DateTime<Utc>,
) -> Result<WireOrder, Fault> {
    let paid = orders::pay(tx, order.id, money, now).await?;
    paid.ok_or_else(|| Fault::internal("a locked order was not paid"))?;
    let (from, to, actor) = (Status::Pending, Status::Paid, steps::actor(call));
    let reason = money.payment_no;
    let shown = steps::note(tx, Taken { order_id: order.id, from, to, actor: &actor, reason }, now).await?;
    let after =
        json!({ "status": to.as_str(), "payment_no": money.payment_no, "amount_minor": money.amount_minor });
    let states = (Some(json!({ "status": from.as_str() })), Some(after));
    audit::append(tx, call.audit("order.paid", format!("order:{}", order.id), states)).await?;
    if order.kind()?.needs_delivery() {
        jobs::fulfil(tx, order.id, Duration::ZERO).await?;
    }
    Ok(shown)
}

/// Cancels an order whose share was handed over otherwise, so that nobody pays it once more.
async fn give_up(
    (tx, call): (&mut Tx, &Call),
    order: &Order,
    now: DateTime<Utc>,
) -> Result<WireOrder, Fault> {
    orders::cancel(tx, order.id, PAID_OTHERWISE, now).await?;
    let (from, to, actor) = (Status::Pending, Status::Cancelled, steps::actor(call));
    steps::note(tx, Taken { order_id: order.id, from, to, actor: &actor, reason: PAID_OTHERWISE }, now).await
}

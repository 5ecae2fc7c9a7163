//! Sets aside what a refund will take back, before money goes back (contract section 5).
//!
//! Three steps: the intent is written, days and points are set aside by those who keep them, the outcome is written.
//! An intent that nobody finishes is given up after a minute.

use chrono::TimeDelta;
use durable::Tx;
use fault::{Code, Fault};
use host::{Answer, Call};
use proto::bill::v1::{PrepareRefundRequest, PrepareRefundResponse};

use super::{
    refund_jobs,
    reservation::{Asked, Known},
    steps,
};
use crate::{
    domain::order::Kind,
    order_wire,
    peers::Hold,
    service::Service,
    store::{
        order_parts,
        order_refunds::{self, Refund, State},
        orders::{self, Order},
    },
    workers::orders as jobs,
};

/// How long points are set aside at most; a provider settles a refund within weeks.
const HELD: TimeDelta = TimeDelta::days(180);

/// Sets aside what a refund takes.
///
/// *Errors*: as `Known::refund`; `NOT_FOUND`, `VALIDATION_ERROR` naming the field, `REFUND_NOT_ALLOWED` when what was
/// delivered is gone, `IDEMPOTENCY_CONFLICT` for a number of another refund, `STATE_CONFLICT` for a released one.
/// *Idempotent*: by the refund's number.
pub(crate) async fn prepare_refund(
    service: &Service,
    _: &Call,
    asked: &PrepareRefundRequest,
) -> Result<Answer<PrepareRefundResponse>, Fault> {
    steps::number("refund_no", &asked.refund_no)?;
    if asked.amount_minor <= 0 {
        return Err(Fault::validation("amount", "must be above zero"));
    }
    let reason = input::lines("reason", &asked.reason, 0..=input::NOTE_CHARS_MAX)?;
    let order = steps::by_no(service, &asked.order_no).await?;
    let wanted = Asked { refund_no: asked.refund_no.clone(), amount_minor: asked.amount_minor, reason };
    let refund = intent(service, &order, wanted).await?;
    if refund.state()? != State::Preparing {
        return answer(service, &refund.refund_no, &order.order_no).await;
    }
    match set_aside(service, &order, &refund).await {
        Ok(hold_id) => finish(service, &order, &refund, hold_id).await?,
        Err(fault) if is_gone(&fault) => {
            refund_jobs::release(service, &refund.refund_no).await?;
            return Err(Fault::new(Code::RefundNotAllowed, fault.detail().to_owned()));
        }
        Err(fault) => return Err(fault),
    }
    answer(service, &refund.refund_no, &order.order_no).await
}

/// Writes the intent, or finds that of an earlier try.
async fn intent(service: &Service, order: &Order, asked: Asked) -> Result<Refund, Fault> {
    let now = service.clock.now();
    let mut tx = service.db.begin().await?;
    orders::lock(&mut tx, order.id).await?;
    if let Some(known) = order_refunds::find(&mut tx, &asked.refund_no).await? {
        if known.order_id != order.id || known.amount_minor != asked.amount_minor {
            let detail = format!("refund {} is of another order or amount", known.refund_no);
            return Err(Fault::new(Code::IdempotencyConflict, detail));
        }
        if known.state()? == State::Released {
            let detail = format!("refund {} was given up; take another number", known.refund_no);
            return Err(Fault::conflict(detail));
        }
        return Ok(known);
    }
    let (refund, parts) = known(&mut tx, order.id).await?.refund(asked, now)?;
    order_refunds::insert(&mut tx, &refund, &parts).await?;
    jobs::watch_refund(&mut tx, &refund).await?;
    tx.commit().await?;
    Ok(refund)
}

async fn known(tx: &mut Tx, order_id: i64) -> Result<Known, Fault> {
    Ok(Known {
        order: steps::existing(tx, order_id).await?,
        credits: order_parts::credits(tx, &[order_id]).await?.remove(&order_id).unwrap_or_default(),
        standing: order_refunds::standing(tx, order_id).await?,
        given: order_refunds::standing_parts(tx, order_id).await?,
        products: order_parts::products(tx).await?,
    })
}

/// Has days taken and points held; gives the number of the hold.
async fn set_aside(service: &Service, order: &Order, refund: &Refund) -> Result<Option<i64>, Fault> {
    match order.kind()? {
        Kind::Membership if refund.days > 0 => {
            service.memberships.take_back(&order.order_no, &refund.refund_no, refund.days).await?;
            Ok(None)
        }
        Kind::Points if refund.points > 0 => service.points.hold(hold(order, refund)).await.map(Some),
        Kind::BillShare => service.expenses.check_refund(&order.order_no).await.map(|()| None),
        Kind::Membership | Kind::Points | Kind::Recharge | Kind::External => Ok(None),
    }
}

/// Names the points that a refund takes; the same at each try.
pub(super) fn hold<'a>(order: &'a Order, refund: &'a Refund) -> Hold<'a> {
    Hold {
        refund_no: &refund.refund_no,
        order_no: &order.order_no,
        user_id: order.user_id,
        points: refund.points,
        expires_at: refund.created_at.checked_add_signed(HELD).unwrap_or(refund.created_at),
    }
}

/// Tells whether what was delivered is gone, rather than nobody knowing.
const fn is_gone(fault: &Fault) -> bool {
    matches!(
        fault.code(),
        Code::RefundNotAllowed | Code::InsufficientBalance | Code::AccountFrozen | Code::NotFound
    )
}

async fn finish(
    service: &Service,
    order: &Order,
    refund: &Refund,
    hold_id: Option<i64>,
) -> Result<(), Fault> {
    let mut tx = service.db.begin().await?;
    orders::lock(&mut tx, order.id).await?;
    let step = (&[State::Preparing][..], State::Prepared);
    if order_refunds::step(&mut tx, &refund.refund_no, step, hold_id, service.clock.now()).await? {
        return tx.commit().await;
    }
    let now = order_refunds::find(&mut tx, &refund.refund_no).await?;
    tx.rollback().await?;
    if now.is_some_and(|now| now.state == State::Released.as_str()) {
        // It was given up meanwhile; what was set aside since is freed once more.
        refund_jobs::undo(service, &refund.refund_no).await?;
        return Err(Fault::conflict("the refund took too long and was given up; take another number"));
    }
    Ok(())
}

async fn answer(
    service: &Service,
    refund_no: &str,
    order_no: &str,
) -> Result<Answer<PrepareRefundResponse>, Fault> {
    let mut conn = service.db.acquire().await?;
    let refund = order_refunds::find(&mut conn, refund_no).await?;
    let refund = refund.ok_or_else(|| Fault::internal("a refund is gone"))?;
    let parts = order_refunds::parts(&mut conn, refund_no).await?;
    let refund = order_wire::refund(&refund, order_no, &parts)?;
    Ok(steps::fresh(PrepareRefundResponse { refund: Some(refund) }))
}

//! Ends a refund that a payer has asked for (contract section 16).
//!
//! *Idempotent* by the caller's key. *Locks*: the payment's row.

use durable::{audit, outbox};
use fault::Fault;
use host::{Answer, Call};
use proto::payment::v1::{RejectRefundRequest, RejectRefundResponse};
use serde_json::json;

use super::{
    approve_refund, refunding,
    seeing::{self, missing},
};
use crate::{
    domain::RefundStatus,
    service::Service,
    store::{payments, refunds},
    wire, workers,
};

/// Ends it; its amount may be refunded again. *Errors*: `FORBIDDEN`, `NOT_FOUND`, `PAYMENT_STATUS_ERROR` unless it waits.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &RejectRefundRequest,
) -> Result<Answer<RejectRefundResponse>, Fault> {
    let by = seeing::operator(call)?;
    let why = input::lines("reason", &asked.reason, 0..=input::NOTE_CHARS_MAX)?;
    let refund = refunding::read(service, asked.refund_id).await?;
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        tx.rollback().await?;
        return Ok(answer);
    }
    let payment = payments::lock(&mut tx, refund.payment_id).await?.ok_or_else(missing)?;
    if !refunds::reject(&mut tx, refund.id, (by, &why), service.clock.now()).await? {
        return Err(approve_refund::not_waiting());
    }
    refunding::release(service, &mut tx, &payment, &refund, RefundStatus::Failed).await?;
    let states = (Some(json!({ "status": refund.status })), Some(json!({ "status": "failed", "why": why })));
    audit::append(&mut tx, call.audit("refund.rejected", format!("refund:{}", refund.id), states)).await?;
    let row = refunds::by_id(&mut tx, refund.id).await?.unwrap_or(refund);
    outbox::append(&mut tx, workers::refund_updated(&row)).await?;
    let answer = call.store(&mut tx, RejectRefundResponse { refund: Some(wire::refund(&row)) }).await?;
    let payment = payments::lock(&mut tx, payment.id).await?.unwrap_or(payment);
    tx.commit().await?;
    workers::copy(service, &payment).await;
    Ok(answer)
}

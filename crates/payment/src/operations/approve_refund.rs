//! Lets a refund begin that a payer has asked for (contract section 16).
//!
//! *Idempotent* by the caller's key. *Locks*: the payment's row.

use chrono::TimeDelta;
use durable::audit;
use fault::{Code, Fault};
use host::{Answer, Call};
use proto::payment::v1::{ApproveRefundRequest, ApproveRefundResponse};
use serde_json::json;

use super::{
    create_refund, refunding,
    seeing::{self, fresh, missing},
};
use crate::{
    domain::Status,
    milestone::milestone,
    service::Service,
    store::{payments, refunds},
    wire, workers,
};

/// Lets it begin and carries it out as far as it goes now. *Errors*: `FORBIDDEN`, `NOT_FOUND`, `PAYMENT_STATUS_ERROR`
/// unless it waits; those of refunds.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &ApproveRefundRequest,
) -> Result<Answer<ApproveRefundResponse>, Fault> {
    let by = seeing::operator(call)?;
    let refund = refunding::read(service, asked.refund_id).await?;
    let now = service.clock.now();
    let mut tx = service.db.begin().await?;
    if let Some(Answer { is_replay, .. }) = call.claim::<ApproveRefundResponse>(&mut tx).await? {
        tx.rollback().await?;
        // What is kept under the key is how it began; how it went is told again.
        let refund = Some(wire::refund(&create_refund::carry_out(service, refund.id).await?));
        return Ok(Answer { reply: ApproveRefundResponse { refund }, is_replay });
    }
    let payment = payments::lock(&mut tx, refund.payment_id).await?.ok_or_else(missing)?;
    let next = now + TimeDelta::seconds(workers::REFUND_PAUSE_SECONDS);
    if !refunds::approve(&mut tx, refund.id, by, (now, next)).await? {
        return Err(not_waiting());
    }
    if payment.status() != Status::Refunding {
        payments::book_refund(&mut tx, payment.id, (Status::Refunding, 0, 0), now).await?;
        let actor = seeing::word(&call.actor());
        refunding::begun(&mut tx, &payment, Status::Refunding, (&actor, &refund.refund_no), now).await?;
    }
    let states = (Some(json!({ "status": refund.status })), Some(json!({ "status": "processing" })));
    audit::append(&mut tx, call.audit("refund.approved", format!("refund:{}", refund.id), states)).await?;
    let row = refunds::by_id(&mut tx, refund.id).await?.unwrap_or(refund);
    call.store(&mut tx, ApproveRefundResponse { refund: Some(wire::refund(&row)) }).await?;
    tx.commit().await?;
    milestone!("refund: it is approved");
    let row = create_refund::carry_out(service, row.id).await?;
    Ok(fresh(ApproveRefundResponse { refund: Some(wire::refund(&row)) }))
}

/// Says that a refund does not wait for approval.
pub(super) fn not_waiting() -> Fault {
    Fault::new(Code::PaymentStatusError, "the refund does not wait for approval")
}

//! Hides a payment that ended without money (002-E06). It is kept.
//!
//! *Locks*: the payment's row. The rule not to be broken: what had money stays in sight.

use durable::audit;
use fault::{Code, Fault};
use host::{Answer, Call};
use proto::payment::v1::{DeletePaymentRequest, DeletePaymentResponse};
use serde_json::json;

use super::seeing::missing;
use crate::{service::Service, store::payments, workers};

/// Hides it. *Errors*: `FORBIDDEN`, `PAYMENT_NOT_FOUND`, `PAYMENT_STATUS_ERROR` unless it ended without money.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &DeletePaymentRequest,
) -> Result<Answer<DeletePaymentResponse>, Fault> {
    call.caller.admin()?;
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        tx.rollback().await?;
        return Ok(answer);
    }
    let row = payments::lock(&mut tx, asked.payment_id).await?;
    let row = row.filter(|row| row.deleted_at.is_none()).ok_or_else(missing)?;
    if !payments::hide(&mut tx, row.id, service.clock.now()).await? {
        return Err(Fault::new(Code::PaymentStatusError, "only a payment that ended unpaid can be deleted"));
    }
    let states = (Some(json!({ "status": row.status })), Some(json!({ "deleted": true })));
    audit::append(&mut tx, call.audit("payment.deleted", format!("payment:{}", row.id), states)).await?;
    let answer = call.store(&mut tx, DeletePaymentResponse {}).await?;
    tx.commit().await?;
    // Its copy, if there is one, must not outlive it.
    workers::forget(service, &row).await;
    Ok(answer)
}

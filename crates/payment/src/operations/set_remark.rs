//! Sets the remark of a payment (002-E05): all that may be changed by hand.
//!
//! *Idempotent*. *Locks*: the payment's row.

use durable::audit;
use fault::Fault;
use host::{Answer, Call};
use proto::payment::v1::{SetRemarkRequest, SetRemarkResponse};
use serde_json::json;

use super::seeing::missing;
use crate::{service::Service, store::payments, wire, workers};

/// Sets it. *Errors*: `FORBIDDEN`, `PAYMENT_NOT_FOUND`.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &SetRemarkRequest,
) -> Result<Answer<SetRemarkResponse>, Fault> {
    call.caller.admin()?;
    let remark = input::lines("remark", &asked.remark, 0..=input::NOTE_CHARS_MAX)?;
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        tx.rollback().await?;
        return Ok(answer);
    }
    let row = payments::lock(&mut tx, asked.payment_id).await?;
    let row = row.filter(|row| row.deleted_at.is_none()).ok_or_else(missing)?;
    payments::set_remark(&mut tx, row.id, &remark, service.clock.now()).await?;
    let states = (Some(json!({ "remark": row.remark })), Some(json!({ "remark": remark })));
    audit::append(&mut tx, call.audit("payment.remarked", format!("payment:{}", row.id), states)).await?;
    let row = payments::lock(&mut tx, row.id).await?.ok_or_else(missing)?;
    let answer = call.store(&mut tx, SetRemarkResponse { payment: Some(wire::payment(&row)) }).await?;
    tx.commit().await?;
    workers::copy(service, &row).await;
    Ok(answer)
}

//! Disputes a share of a bill (contract section 5). Its debtor or its payee may; the expense service decides and
//! freezes the share.

use fault::Fault;
use host::{Answer, Call};
use proto::{
    bill::v1::{OpenDisputeRequest, OpenDisputeResponse},
    expense::v1::OpenBillDisputeRequest,
};

use super::get_bill;
use crate::{domain::status::Status, service::Service, store::parts};

/// Opens a dispute.
///
/// *Errors*: `NOT_FOUND` for a stranger or no such share, `STATE_CONFLICT` unless the bill is approved or when the
/// share is disputed already, `FORBIDDEN` for others. *Idempotent*: by the call's key.
pub(crate) async fn open_dispute(
    service: &Service,
    call: &Call,
    asked: &OpenDisputeRequest,
) -> Result<Answer<OpenDisputeResponse>, Fault> {
    let (row, _) = get_bill::find(service, asked.bill_id, call.caller.user()?.id).await?;
    let reason = input::lines("reason", &asked.reason, 1..=input::NOTE_CHARS_MAX)?;
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    tx.rollback().await?;
    let split = {
        let mut conn = service.db.acquire().await?;
        let splits = parts::splits(&mut conn, row.id).await?;
        splits.into_iter().find(|split| split.id == asked.split_id)
    };
    let split = split.ok_or_else(|| Fault::not_found("share"))?;
    if row.status != Status::Approved.as_str() {
        return Err(Fault::conflict(format!("bill {} is not approved; reject it instead", row.id)));
    }
    let request =
        OpenBillDisputeRequest { bill_id: row.id, split_id: split.id, debtor_user_id: split.user_id, reason };
    let dispute = service.expenses.dispute(request).await?;
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    let answer = call.store(&mut tx, OpenDisputeResponse { dispute: Some(dispute) }).await?;
    tx.commit().await?;
    Ok(answer)
}

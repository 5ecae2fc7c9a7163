//! Confirms that a share was handed over (000-E21). Its debtor, its payee or a room admin may.
//!
//! The expense service settles the shares behind it, and decides who may; here it is told to the room.

use fault::Fault;
use host::{Answer, Call};
use proto::bill::v1::{ConfirmShareRequest, ConfirmShareResponse};

use super::{get_bill, stories};
use crate::{domain::status::Status, service::Service, store::parts};

/// Confirms a share. Confirmed again it moves nothing.
///
/// *Errors*: `NOT_FOUND` for a stranger or no such share, `STATE_CONFLICT` unless the bill is approved or while the
/// share is disputed, `FORBIDDEN` for others. *Idempotent*: by the share, and by the call's key.
pub(crate) async fn confirm_share(
    service: &Service,
    call: &Call,
    asked: &ConfirmShareRequest,
) -> Result<Answer<ConfirmShareResponse>, Fault> {
    let user_id = call.caller.user()?.id;
    let (row, _) = get_bill::find(service, asked.bill_id, user_id).await?;
    let split = {
        let mut tx = service.db.begin().await?;
        // Only looked at: the key is claimed with the outcome, below.
        if let Some(answer) = call.claim(&mut tx).await? {
            return Ok(answer);
        }
        let splits = parts::splits(&mut tx, row.id).await?;
        tx.rollback().await?;
        splits.into_iter().find(|split| split.id == asked.split_id)
    };
    let split = split.ok_or_else(|| Fault::not_found("share"))?;
    if row.status != Status::Approved.as_str() {
        return Err(Fault::conflict(format!(
            "bill {} is not approved; only an approved bill is paid",
            row.id
        )));
    }
    service.expenses.confirm(row.id, split.user_id).await?;
    let bill = get_bill::shown(service, &row).await?;
    let now = service.clock.now();
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    if let Some(paid) = bill.splits.iter().find(|shown| shown.id == split.id && shown.is_paid) {
        stories::share_paid(&bill, paid, user_id, now).send(&mut tx, row.room_id).await?;
    }
    let answer = call.store(&mut tx, ConfirmShareResponse { bill: Some(bill) }).await?;
    tx.commit().await?;
    Ok(answer)
}

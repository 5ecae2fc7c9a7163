//! An order that pays a share of a bill (contract section 11).
//!
//! What is owed, and to whom, the expense service says.

use fault::{Code, Fault};
use proto::bill::v1::ShareOrder;

use super::draft::{About, Draft};
use crate::{
    domain::{order::Kind, status::Status},
    operations::get_bill,
    peers::Due,
    service::Service,
    store::{order_parts::Credit, parts},
};

/// What is open of the caller's own share.
///
/// *Errors*: `NOT_FOUND` for a stranger or no such share, `FORBIDDEN` for somebody else's, `STATE_CONFLICT` unless the
/// bill is approved, while the share is disputed or when it owes nothing, `PAYMENT_ALREADY_SUCCESS` when all is paid.
pub(super) async fn share(service: &Service, user_id: i64, asked: ShareOrder) -> Result<Draft, Fault> {
    let (row, _) = get_bill::find(service, asked.bill_id, user_id).await?;
    let splits = {
        let mut conn = service.db.acquire().await?;
        parts::splits(&mut conn, row.id).await?
    };
    let split = splits.into_iter().find(|split| split.id == asked.split_id);
    let split = split.ok_or_else(|| Fault::not_found("share"))?;
    if split.user_id != user_id {
        return Err(Fault::forbidden("only the debtor pays a share"));
    }
    if row.status != Status::Approved.as_str() {
        return Err(Fault::conflict(format!(
            "bill {} is not approved; only an approved bill is paid",
            row.id
        )));
    }
    let due = service.expenses.due(row.id, user_id).await?;
    payable(&due)?;
    let credit = |transfer: &proto::expense::v1::Transfer| Credit {
        kind: "user".to_owned(),
        owner: transfer.to_user_id.to_string(),
        amount_minor: transfer.amount_minor,
    };
    Ok(Draft {
        kind: Kind::BillShare,
        user_id,
        amount_minor: due.due_minor,
        subject: row.title,
        credits: due.transfers.iter().map(credit).collect(),
        about: About::Share { bill_id: row.id, split_id: split.id, room_id: row.room_id },
    })
}

fn payable(due: &Due) -> Result<(), Fault> {
    if due.currency != "CNY" {
        return Err(Fault::conflict(format!("a bill in {} cannot be paid here, only CNY", due.currency)));
    }
    if due.is_frozen {
        return Err(Fault::conflict("the share is frozen by a dispute until a room admin decides"));
    }
    if due.debt_minor == 0 {
        return Err(Fault::conflict("nothing is owed for this share"));
    }
    if due.due_minor == 0 {
        return Err(Fault::new(Code::PaymentAlreadySuccess, "the share is paid already"));
    }
    Ok(())
}

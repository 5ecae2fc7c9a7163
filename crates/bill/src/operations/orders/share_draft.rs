//! An order that pays a share of a bill (contract section 11).
//!
//! What is owed, and to whom, the expense service says. The rule not to be broken: a share has one pending order.

use durable::Tx;
use fault::{Code, Fault};
use proto::bill::v1::{Order as WireOrder, ShareOrder};

use super::{
    draft::{About, Draft},
    steps::{self, Taken},
};
use crate::{
    domain::{order::Kind, order::Status, status},
    operations::get_bill,
    order_wire,
    peers::Due,
    service::Service,
    store::{
        order_parts::{self, Credit},
        orders, parts,
    },
};

/// The reason for which an order is cancelled whose share is owed otherwise by now.
const CHANGED: &str = "应付金额已变更";

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
    if row.status != status::Status::Approved.as_str() {
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

/// Gives the share's pending order if it says what is owed now; one that does not is cancelled.
pub(super) async fn pending(
    service: &Service,
    tx: &mut Tx,
    draft: &Draft,
    actor: &str,
) -> Result<Option<WireOrder>, Fault> {
    let About::Share { split_id, .. } = draft.about else { return Ok(None) };
    let Some(order) = orders::pending_of_split(tx, split_id).await? else { return Ok(None) };
    let now = service.clock.now();
    let credits = order_parts::credits(tx, &[order.id]).await?.remove(&order.id).unwrap_or_default();
    let reason = if order.is_overdue(now) { order_wire::OVERDUE } else { CHANGED };
    if reason == CHANGED && credits == draft.credits {
        return order_wire::order(&order, &credits, now).map(Some);
    }
    if orders::cancel(tx, order.id, reason, now).await?.is_some() {
        let (from, to) = (Status::Pending, Status::Cancelled);
        steps::note(tx, Taken { order_id: order.id, from, to, actor, reason }, now).await?;
    }
    Ok(None)
}

//! Tells what is still to be handed over of a share of a bill, and to whom. The bill service asks.

use std::collections::BTreeMap;

use fault::Fault;
use money::Minor;
use proto::expense::v1::{GetShareDueRequest, GetShareDueResponse, Transfer};

use super::confirm_bill_share::find_share;
use crate::{service::Service, store};

/// Reads what is due.
///
/// *Errors*: `NOT_FOUND` for no such bill or share, `STATE_CONFLICT` when the bill is not approved. *Shape*: transfers
/// sorted by who gets them, adding up to what is due.
pub(crate) async fn share_due(
    service: &Service,
    request: GetShareDueRequest,
) -> Result<GetShareDueResponse, Fault> {
    let GetShareDueRequest { bill_id, user_id } = request;
    let mut conn = service.db.acquire().await?;
    let bill = store::bills::find(&mut conn, bill_id).await?.filter(|bill| bill.room_id != 0);
    let bill = bill.ok_or_else(|| Fault::not_found("bill"))?;
    let share = find_share(&mut conn, &bill, user_id).await?;
    let parts = store::bill_shares::parts_of_user(&mut conn, bill_id, user_id).await?;
    let expense_ids: Vec<i64> = parts.iter().map(|part| part.expense_id).collect();
    let expenses = store::expenses::find_many(&mut conn, &expense_ids).await?;
    let (mut due, mut by_payee) = (Minor::ZERO, BTreeMap::<i64, Minor>::new());
    for (part, expense) in parts.iter().zip(&expenses) {
        let split = expense.splits.iter().find(|split| split.user_id == user_id);
        let Some(split) = split else { continue };
        let open = part.debt.checked_sub(part.paid).unwrap_or_default().min(split.open_debt());
        for leg in expense.legs_for(split, open)? {
            let sum = by_payee.entry(leg.to_user_id).or_default();
            *sum = sum.checked_add(leg.amount).ok_or_else(overflow)?;
            due = due.checked_add(leg.amount).ok_or_else(overflow)?;
        }
    }
    let transfer = |(to_user_id, amount): (i64, Minor)| Transfer {
        from_user_id: user_id,
        to_user_id,
        amount_minor: amount.get(),
    };
    Ok(GetShareDueResponse {
        room_id: bill.room_id,
        currency: bill.currency.as_str().to_owned(),
        due_minor: due.get(),
        is_frozen: share.is_frozen,
        transfers: by_payee.into_iter().map(transfer).collect(),
        debt_minor: share.debt_minor,
    })
}

fn overflow() -> Fault {
    Fault::internal("what is due of a share overflows")
}

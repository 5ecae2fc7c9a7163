//! Objects to a share of a bill: its debtor or its payee may. The bill service asks on their behalf.

use fault::Fault;
use host::Call;
use proto::expense::v1::{OpenBillDisputeRequest, OpenBillDisputeResponse};

use super::{
    confirm_bill_share::member_by_bill,
    open_dispute::{new, told},
    seal_bill::lock,
    stories,
};
use crate::{
    domain::text,
    service::Service,
    store::{
        self,
        bills::{Bill, State},
        disputes::Dispute,
    },
    wire,
};
use news::Occasion;

/// Opens a dispute of a share of a bill that is approved or waits for review.
///
/// *Errors*: `NOT_FOUND`, `FORBIDDEN`, `VALIDATION_ERROR` on `reason`, `STATE_CONFLICT` when nothing is owed, the
/// bill was rejected, or a dispute of the share is open. *Locks*: the room.
pub(crate) async fn open_bill_dispute(
    service: &Service,
    call: &Call,
    request: &OpenBillDisputeRequest,
) -> Result<OpenBillDisputeResponse, Fault> {
    let caller_id = call.caller.user()?.id;
    let members = member_by_bill(service, request.bill_id, caller_id).await?;
    let reason = text::reason(&request.reason)?;
    let (mut tx, bill) = lock(service, request.bill_id).await?;
    let payees = payees(&mut tx, &bill, request.debtor_user_id).await?;
    if caller_id != request.debtor_user_id && !payees.contains(&caller_id) {
        return Err(Fault::forbidden("only the debtor or the payee may dispute this share"));
    }
    let dispute = Dispute {
        bill_id: Some(bill.id),
        ..new(service, bill.room_id, caller_id, (request.split_id, request.debtor_user_id), reason)
    };
    store::disputes::insert(tx.conn(), &dispute).await?;
    let occasion = Occasion { room_id: bill.room_id, at: dispute.created_at, actor_user_id: caller_id };
    let facts = stories::dispute_facts(occasion, &members.room_name, &dispute);
    let told = told(&members, request.debtor_user_id, payees);
    stories::disputed(occasion, &facts, &dispute, told).send(tx.conn(), bill.room_id).await?;
    tx.commit().await?;
    Ok(OpenBillDisputeResponse { dispute: Some(wire::dispute(&dispute)) })
}

/// Names those to whom a user's share of a bill goes; before approval, those who laid the billed expenses out.
pub(super) async fn payees(tx: &mut durable::Tx, bill: &Bill, debtor_id: i64) -> Result<Vec<i64>, Fault> {
    match bill.state {
        State::Released => Err(Fault::conflict(format!("bill {} was rejected", bill.id))),
        State::Sealed => {
            let shares = store::bill_shares::shares(tx.conn(), &[bill.id]).await?;
            let share = shares.into_iter().find(|share| share.user_id == debtor_id);
            let share = share.ok_or_else(|| Fault::not_found("split"))?;
            if share.debt_minor == 0 {
                return Err(Fault::conflict("nothing is owed for this share"));
            }
            Ok(share.payee_user_ids)
        }
        State::Allocated => {
            let expense_ids: Vec<i64> = bill.items.iter().map(|item| item.expense_id).collect();
            let expenses = store::expenses::find_many(tx.conn(), &expense_ids).await?;
            let payers = expenses.iter().flat_map(|expense| &expense.payers).map(|payer| payer.user_id);
            Ok(payers.filter(|user_id| *user_id != debtor_id).collect())
        }
    }
}

//! Sends a rejected bill again, edited (contract section 5). Its author may, and a room admin.

use fault::Fault;
use host::{Answer, Call};
use proto::bill::v1::{NewBill, ResubmitBillResponse};

use super::{allocation, draft, get_bill, stories};
use crate::{
    domain::status::Status,
    peers::Sending,
    service::Service,
    store::{
        bills::{self, Draft, Row, Step},
        parts,
    },
};

/// Sends a rejected bill again.
///
/// *Errors*: `NOT_FOUND` for a stranger, `FORBIDDEN` for other members, `STATE_CONFLICT` unless it is rejected,
/// `VALIDATION_ERROR` naming the field. *Idempotent*: sent twice it is pending, and the second call is told so.
pub(crate) async fn resubmit_bill(
    service: &Service,
    call: &Call,
    bill_id: i64,
    input: &NewBill,
) -> Result<Answer<ResubmitBillResponse>, Fault> {
    let user_id = call.caller.user()?.id;
    let (row, members) = get_bill::find(service, bill_id, user_id).await?;
    if row.created_by != user_id && !members.has_admin(user_id) {
        return Err(Fault::forbidden("only the author or a room admin sends a bill again"));
    }
    if row.status != Status::Rejected.as_str() {
        return Err(Fault::conflict(format!(
            "bill {bill_id} is not rejected; only a rejected bill is sent again"
        )));
    }
    if input.room_id != row.room_id {
        return Err(Fault::validation("room_id", "must be the bill's room"));
    }
    let asked = draft::read(input)?;
    // Above the version in which it was rejected, so that the release of that one passes this one over.
    let sending = Sending { bill_id, version: row.version.saturating_add(1) };
    let allocated = service.expenses.allocate(sending, row.room_id, asked.items.clone()).await?;
    let content = allocation::divide(&service.clock, bill_id, &asked, &allocated, members.user_ids());
    let content = match content {
        Ok(content) => content,
        Err(fault) => {
            give_back(service, &row, sending).await?;
            return Err(fault);
        }
    };
    let draft = Draft {
        id: bill_id,
        room_id: row.room_id,
        title: asked.title,
        description: asked.description,
        due_date: asked.due_date,
        split_type: asked.split_type.as_str(),
        created_by: row.created_by,
    };
    finish(service, call, &row, (&draft, content), &members).await
}

/// Gives back what was allocated for nothing. The bill moves a version on, so that the next sending is a later one.
async fn give_back(service: &Service, row: &Row, sending: Sending) -> Result<(), Fault> {
    let mut tx = service.db.begin().await?;
    bills::touch_rejected(&mut tx, row.id, row.version).await?;
    allocation::release_later(&mut tx, sending, std::time::Duration::ZERO).await?;
    tx.commit().await
}

async fn finish(
    service: &Service,
    call: &Call,
    row: &Row,
    (draft, content): (&Draft, allocation::Content),
    members: &roster::Members,
) -> Result<Answer<ResubmitBillResponse>, Fault> {
    let now = service.clock.now();
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    let stored = bills::Content { draft, total_minor: content.total_minor, currency: &content.currency };
    let version =
        bills::make_pending(&mut tx, &stored, Status::Rejected, row.version, now).await?.ok_or_else(
            || Fault::conflict(format!("bill {} was sent again by somebody else just now", row.id)),
        )?;
    parts::replace(&mut tx, draft.id, &content.items, &content.splits).await?;
    let actor_id = call.caller.scope();
    let step =
        Step { bill_id: row.id, version, from: Status::Rejected, to: Status::Pending, actor_id, comment: "" };
    bills::append_history(&mut tx, &step, now).await?;
    let bill = get_bill::whole(service, &mut tx, row.id).await?;
    stories::sent_again(&bill, members, now).send(&mut tx, row.room_id).await?;
    let answer = call.store(&mut tx, ResubmitBillResponse { bill: Some(bill) }).await?;
    tx.commit().await?;
    Ok(answer)
}

//! Approves or rejects a bill (000-E20). Never its author.
//!
//! An approval is written as an intent, then the expenses are divided by the bill, then it stands. What was cut off
//! in between is finished by a job.

use fault::Fault;
use host::{Answer, Call};
use proto::bill::v1::{ReviewBillRequest, ReviewBillResponse, Status as WireStatus};
use roster::Members;

use super::{allocation, get_bill, seal, stories};
use crate::{
    domain::status::Status,
    peers::Sending,
    service::Service,
    store::bills::{self, Review, Row, Step},
};

/// Decides on a bill.
///
/// *Errors*: `NOT_FOUND` for a stranger, `FORBIDDEN` for the author and for members who may not review,
/// `STATE_CONFLICT` unless it is pending, `VALIDATION_ERROR` naming the field. *Idempotent*: by the call's key.
pub(crate) async fn review_bill(
    service: &Service,
    call: &Call,
    asked: &ReviewBillRequest,
) -> Result<Answer<ReviewBillResponse>, Fault> {
    let user_id = call.caller.user()?.id;
    let (row, members) = get_bill::find(service, asked.bill_id, user_id).await?;
    may_review(&row, &members, user_id)?;
    let comment = input::lines("review_comment", &asked.review_comment, 0..=input::NOTE_CHARS_MAX)?;
    let to = match WireStatus::try_from(asked.status) {
        Ok(WireStatus::Approved) => Status::Approving,
        Ok(WireStatus::Rejected) => Status::Rejected,
        _ => return Err(Fault::validation("status", "must be approved or rejected")),
    };
    let decision = Decision { row: &row, members: &members, user_id, comment: &comment };
    match to {
        Status::Rejected => decision.reject(service, call).await,
        _ => decision.approve(service, call).await,
    }
}

/// Other room admins review; where the author is the only admin, any other member does.
fn may_review(row: &Row, members: &Members, user_id: i64) -> Result<(), Fault> {
    if row.created_by == user_id {
        return Err(Fault::forbidden("the author never reviews his own bill"));
    }
    let other_admins = members.admin_ids().iter().any(|admin| *admin != row.created_by);
    if other_admins && !members.has_admin(user_id) {
        return Err(Fault::forbidden("a room admin reviews this bill"));
    }
    Ok(())
}

struct Decision<'a> {
    row: &'a Row,
    members: &'a Members,
    user_id: i64,
    comment: &'a str,
}

impl Decision<'_> {
    async fn reject(&self, service: &Service, call: &Call) -> Result<Answer<ReviewBillResponse>, Fault> {
        let now = service.clock.now();
        let mut tx = service.db.begin().await?;
        if let Some(answer) = call.claim(&mut tx).await? {
            return Ok(answer);
        }
        let version = self.write(&mut tx, Status::Rejected, now).await?;
        let sending = Sending { bill_id: self.row.id, version };
        allocation::release_later(&mut tx, sending, std::time::Duration::ZERO).await?;
        let bill = get_bill::whole(service, &mut tx, self.row.id).await?;
        stories::reviewed(&bill, self.members, now).send(&mut tx, self.row.room_id).await?;
        let answer = call.store(&mut tx, ReviewBillResponse { bill: Some(bill) }).await?;
        tx.commit().await?;
        // At once, so that the next bill can have what this one held; the job does it where this fails.
        if let Err(fault) = allocation::release(service, sending).await {
            tracing::warn!(%fault, bill_id = self.row.id, "bill {} gives its expenses back later", self.row.id);
        }
        Ok(answer)
    }

    async fn approve(&self, service: &Service, call: &Call) -> Result<Answer<ReviewBillResponse>, Fault> {
        let now = service.clock.now();
        let mut tx = service.db.begin().await?;
        // Only looked at: the key is claimed with the outcome, below.
        if let Some(answer) = call.claim(&mut tx).await? {
            return Ok(answer);
        }
        tx.rollback().await?;
        let mut tx = service.db.begin().await?;
        self.write(&mut tx, Status::Approving, now).await?;
        seal::finish_later(&mut tx, self.row.id).await?;
        tx.commit().await?;
        seal::finish(service, self.row.id, Some(call)).await
    }

    async fn write(
        &self,
        tx: &mut durable::Tx,
        to: Status,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<i32, Fault> {
        let (bill_id, comment) = (self.row.id, self.comment);
        let review = Review { bill_id, version: self.row.version, to, reviewer_id: self.user_id, comment };
        let version = bills::review(tx, &review, now).await?.ok_or_else(|| {
            Fault::conflict(format!("bill {bill_id} is not waiting for review (any more); read it again"))
        })?;
        let step = Step { bill_id, version, from: Status::Pending, to, actor_id: self.user_id, comment };
        bills::append_history(tx, &step, now).await?;
        Ok(version)
    }
}

//! Carries an approval out: the expenses are divided by the bill's shares, then the bill is approved.
//!
//! The reviewer's request does it, and the job that was written with his decision does it again if need be. The rule
//! not to be broken: an approved bill is sealed.

use std::time::Duration;

use durable::outbox::{self, Job};
use fault::{Code, Fault};
use host::{Answer, Call};
use prost::Message as _;
use proto::{bill::v1::ReviewBillResponse, expense::v1::AllocatedShare};

use super::{get_bill, stories};
use crate::{
    domain::status::Status,
    service::Service,
    store::{
        bills::{self, Row, Step},
        parts,
    },
    workers::{self, Approval},
};

/// When the job looks after an approval that its request should have finished.
const LOOK_AFTER: Duration = Duration::from_secs(10);

/// Asks, in the caller's transaction, that an approval is finished whatever happens.
pub(super) async fn finish_later(tx: &mut durable::Tx, bill_id: i64) -> Result<(), Fault> {
    let payload = Approval { bill_id }.encode_to_vec();
    let job = Job {
        queue: workers::APPROVAL_QUEUE,
        order_key: bill_id,
        kind: workers::APPROVAL,
        payload,
        delay: LOOK_AFTER,
    };
    outbox::append(tx, job).await?;
    Ok(())
}

/// Finishes an approval that is still open. Safe to run twice.
pub(crate) async fn finish_approval(service: &Service, bill_id: i64) -> Result<(), Fault> {
    let row = {
        let mut conn = service.db.acquire().await?;
        bills::find(&mut conn, bill_id).await?
    };
    match row.filter(|row| row.status == Status::Approving.as_str()) {
        Some(_) => finish(service, bill_id, None).await.map(drop),
        None => Ok(()),
    }
}

/// Divides the expenses and approves the bill.
///
/// *Errors*: what the expense service refuses; the bill is pending again then. When the expense service is away, the
/// approval stays open and the job goes on with it.
pub(super) async fn finish(
    service: &Service,
    bill_id: i64,
    call: Option<&Call>,
) -> Result<Answer<ReviewBillResponse>, Fault> {
    let shares = {
        let mut conn = service.db.acquire().await?;
        parts::splits(&mut conn, bill_id).await?
    };
    let shares = shares
        .iter()
        .map(|split| AllocatedShare { user_id: split.user_id, amount_minor: split.amount_minor })
        .collect();
    match service.expenses.seal(bill_id, shares).await {
        Ok(()) => approve(service, bill_id, call).await,
        Err(fault) if is_final(&fault) => {
            take_back(service, bill_id, &fault).await?;
            Err(fault)
        }
        Err(fault) => Err(fault),
    }
}

/// Whether another try would be refused as well.
fn is_final(fault: &Fault) -> bool {
    matches!(fault.code(), Code::StateConflict | Code::ValidationError | Code::NotFound)
}

async fn approve(
    service: &Service,
    bill_id: i64,
    call: Option<&Call>,
) -> Result<Answer<ReviewBillResponse>, Fault> {
    let now = service.clock.now();
    let room_id = {
        let mut conn = service.db.acquire().await?;
        bills::find(&mut conn, bill_id).await?.ok_or_else(|| Fault::not_found("bill"))?.room_id
    };
    let members = service.roster.members(room_id).await?;
    let mut tx = service.db.begin().await?;
    if let Some(call) = call
        && let Some(answer) = call.claim(&mut tx).await?
    {
        return Ok(answer);
    }
    // None: the job was faster, and told everybody.
    if let Some(version) = bills::approve(&mut tx, bill_id, now).await? {
        let row = bills::find(&mut tx, bill_id).await?.ok_or_else(|| Fault::internal("the bill is gone"))?;
        append(&mut tx, &row, (version, Status::Approved), "").await?;
        let bill = get_bill::whole(service, &mut tx, bill_id).await?;
        stories::reviewed(&bill, &members, now).send(&mut tx, room_id).await?;
    }
    let bill = get_bill::whole(service, &mut tx, bill_id).await?;
    let reply = ReviewBillResponse { bill: Some(bill) };
    let answer = match call {
        Some(call) => call.store(&mut tx, reply).await?,
        None => Answer { reply, is_replay: false },
    };
    tx.commit().await?;
    Ok(answer)
}

async fn take_back(service: &Service, bill_id: i64, why: &Fault) -> Result<(), Fault> {
    let now = service.clock.now();
    let mut tx = service.db.begin().await?;
    if let Some(version) = bills::unapprove(&mut tx, bill_id, now).await? {
        let row = bills::find(&mut tx, bill_id).await?.ok_or_else(|| Fault::internal("the bill is gone"))?;
        append(&mut tx, &row, (version, Status::Pending), why.detail()).await?;
    }
    tx.commit().await
}

async fn append(
    tx: &mut durable::Tx,
    row: &Row,
    (version, to): (i32, Status),
    comment: &str,
) -> Result<(), Fault> {
    let actor_id = row.reviewed_by.unwrap_or_default();
    let step = Step { bill_id: row.id, version, from: Status::Approving, to, actor_id, comment };
    bills::append_history(tx, &step, row.updated_at).await
}

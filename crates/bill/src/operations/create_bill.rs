//! Sends a new bill for review (000-E17). Any member of the room may.
//!
//! Three steps: the intent is written, the expenses are allocated, the bill is made. A request that was cut off is
//! taken up where it stopped when it comes again under its key; what never comes again is given back after a minute.

use std::time::Duration;

use chrono::{DateTime, Utc};
use durable::idempotency::{self, Reserved};
use fault::Fault;
use host::{Answer, Call};
use prost::Message as _;
use proto::bill::v1::{CreateBillResponse, NewBill};

use super::{
    allocation::{self, Content},
    draft::{self, Asked},
    get_bill, stories,
};
use crate::{
    domain::status::Status,
    peers::Sending,
    service::Service,
    store::{
        bills::{self, Draft, Step},
        parts,
    },
};

/// How long a request works at most before another may take it up.
const LEASE: Duration = Duration::from_secs(15);
/// When an intent that nobody finished is given up.
const GIVE_UP_AFTER: Duration = Duration::from_mins(1);
/// The first sending of every bill.
const FIRST: i32 = 1;

/// Where a request begins.
enum Begun {
    Here(Draft),
    Done(Box<Answer<CreateBillResponse>>),
}

/// Sends a new bill.
///
/// *Errors*: `NOT_FOUND` for a stranger, `VALIDATION_ERROR` naming the field, `STATE_CONFLICT` when an expense has not
/// enough left. *Idempotent*: by the call's key.
pub(crate) async fn create_bill(
    service: &Service,
    call: &Call,
    input: &NewBill,
) -> Result<Answer<CreateBillResponse>, Fault> {
    let user_id = call.caller.user()?.id;
    let members = service.roster.of_member(input.room_id, user_id, "room").await?;
    let asked = draft::read(input)?;
    let draft = match begin(service, call, input.room_id, &asked).await? {
        Begun::Here(draft) => draft,
        Begun::Done(answer) => return Ok(*answer),
    };
    let sending = Sending { bill_id: draft.id, version: FIRST };
    let content = match content(service, sending, input.room_id, &asked, members.user_ids()).await {
        Ok(content) => content,
        Err(fault) => {
            give_up(service, call, sending).await?;
            return Err(fault);
        }
    };
    finish(service, call, &draft, content, &members).await
}

async fn content(
    service: &Service,
    sending: Sending,
    room_id: i64,
    asked: &Asked,
    member_ids: &[i64],
) -> Result<Content, Fault> {
    let allocated = service.expenses.allocate(sending, room_id, asked.items.clone()).await?;
    allocation::divide(&service.clock, sending.bill_id, asked, &allocated, member_ids)
}

/// Writes the intent, or finds that of an earlier try of the same request.
async fn begin(service: &Service, call: &Call, room_id: i64, asked: &Asked) -> Result<Begun, Fault> {
    let now = service.clock.now();
    let mut draft = Draft {
        id: service.clock.new_id(),
        room_id,
        title: asked.title.clone(),
        description: asked.description.clone(),
        due_date: asked.due_date,
        split_type: asked.split_type.as_str(),
        created_by: call.caller.user()?.id,
    };
    let mut tx = service.db.begin().await?;
    if let Some(key) = call.key() {
        match idempotency::reserve(&mut tx, key, &draft.id.to_be_bytes(), LEASE).await? {
            Reserved::Fresh => {}
            Reserved::Replay(bytes) => {
                let reply = CreateBillResponse::decode(bytes.as_slice()).map_err(Fault::internal)?;
                return Ok(Begun::Done(Box::new(Answer { reply, is_replay: true })));
            }
            Reserved::Resume(bytes) => {
                let earlier =
                    <[u8; 8]>::try_from(bytes.as_slice()).map(i64::from_be_bytes).unwrap_or_default();
                let row = bills::find_any(&mut tx, earlier).await?;
                if row.is_some_and(|row| row.status == Status::Reserving.as_str()) {
                    draft.id = earlier;
                    tx.commit().await?;
                    return Ok(Begun::Here(draft));
                }
                idempotency::advance(&mut tx, key, &draft.id.to_be_bytes(), LEASE).await?;
            }
        }
    }
    write_intent(&mut tx, &draft, now).await?;
    tx.commit().await?;
    Ok(Begun::Here(draft))
}

async fn write_intent(tx: &mut durable::Tx, draft: &Draft, now: DateTime<Utc>) -> Result<(), Fault> {
    bills::insert_intent(tx, draft, now).await?;
    allocation::release_later(tx, Sending { bill_id: draft.id, version: FIRST }, GIVE_UP_AFTER).await
}

/// Leaves nothing behind of a request that was refused, its key included.
async fn give_up(service: &Service, call: &Call, sending: Sending) -> Result<(), Fault> {
    let now = service.clock.now();
    let mut tx = service.db.begin().await?;
    if let Some(version) = bills::abandon(&mut tx, sending.bill_id, now).await? {
        let actor_id = call.caller.scope();
        let (bill_id, from, to) = (sending.bill_id, Status::Reserving, Status::Abandoned);
        let step = Step { bill_id, version, from, to, actor_id, comment: "refused" };
        bills::append_history(&mut tx, &step, now).await?;
        // Whether the expense service allocated something before it said no may be unknown.
        allocation::release_later(&mut tx, sending, Duration::ZERO).await?;
    }
    if let Some(key) = call.key() {
        idempotency::release(&mut tx, key).await?;
    }
    tx.commit().await
}

async fn finish(
    service: &Service,
    call: &Call,
    draft: &Draft,
    content: Content,
    members: &roster::Members,
) -> Result<Answer<CreateBillResponse>, Fault> {
    let now = service.clock.now();
    let mut tx = service.db.begin().await?;
    let stored = bills::Content { draft, total_minor: content.total_minor, currency: &content.currency };
    let version = bills::make_pending(&mut tx, &stored, Status::Reserving, FIRST, now)
        .await?
        .ok_or_else(|| Fault::unavailable("the bill took too long; send it again"))?;
    parts::replace(&mut tx, draft.id, &content.items, &content.splits).await?;
    let (from, to) = (Status::Reserving, Status::Pending);
    let step = Step { bill_id: draft.id, version, from, to, actor_id: draft.created_by, comment: "" };
    bills::append_history(&mut tx, &step, now).await?;
    let bill = get_bill::whole(service, &mut tx, draft.id).await?;
    stories::sent(&bill, members, now).send(&mut tx, draft.room_id).await?;
    let reply = CreateBillResponse { bill: Some(bill) };
    if let Some(key) = call.key() {
        idempotency::finish(&mut tx, key, &reply.encode_to_vec()).await?;
    }
    tx.commit().await?;
    Ok(Answer { reply, is_replay: false })
}

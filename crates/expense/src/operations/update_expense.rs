//! Changes an expense (000-E14): its creator, a payer or a room admin may.

use durable::Tx;
use fault::Fault;
use host::Call;
use prost::Message as _;
use proto::expense::v1::{UpdateExpenseRequest, UpdateExpenseResponse};

use super::{draft, patch, rights, stories};
use crate::{
    service::Service,
    store::{self, Action, Expense, changes::Movements, expenses::Change, insertion::Entry},
    wire,
};
use news::Occasion;
use roster::Members;

/// Changes an expense. A change that changes nothing makes no version.
///
/// *Errors*: `NOT_FOUND`, `FORBIDDEN`, `VALIDATION_ERROR` naming the field, `VERSION_CONFLICT`, `STATE_CONFLICT`
/// when a share was handed over, is frozen, or an approved bill holds the expense. *Locks*: the room.
pub(crate) async fn update_expense(
    service: &Service,
    call: &Call,
    request: &UpdateExpenseRequest,
) -> Result<UpdateExpenseResponse, Fault> {
    let user_id = call.caller.user()?.id;
    let (room_id, members) = rights::member_by_expense(service, request.expense_id, user_id).await?;
    check_receipts(service, user_id, request).await?;
    let mut tx = service.db.begin().await?;
    let ledger = store::ledger::lock(tx.conn(), room_id).await?;
    let old = living(&mut tx, request.expense_id).await?;
    rights::edit(&old, &members, user_id)?;
    let taken = store::bills::taken(tx.conn(), &[old.id]).await?;
    patch::not_sealed(&taken)?;
    let mut new = patch::apply(&service.clock, &members, &old, request)?;
    if new == old {
        return Ok(UpdateExpenseResponse { expense: Some(wire::expense(&old)) });
    }
    patch::may_replace(&old, &new, &taken)?;

    let occasion = Occasion { room_id, at: service.clock.now(), actor_user_id: user_id };
    new.version = old.version.saturating_add(1);
    new.updated_at = occasion.at;
    let mut movements = Movements::default();
    movements.take_back(&old)?;
    movements.add(&new)?;
    ledger.admit(movements.users())?;
    write(&mut tx, occasion, &members, (&old, new.clone()), &movements).await?;
    tx.commit().await?;
    Ok(UpdateExpenseResponse { expense: Some(wire::expense(&new)) })
}

/// Passes the receipts of the request; those that the expense has already were checked when they came.
async fn check_receipts(
    service: &Service,
    user_id: i64,
    request: &UpdateExpenseRequest,
) -> Result<(), Fault> {
    if !request.replace_receipts.unwrap_or_default() {
        return Ok(());
    }
    let known = {
        let mut conn = service.db.acquire().await?;
        store::expenses::find(&mut conn, request.expense_id).await?.map(|expense| expense.receipt_upload_ids)
    };
    draft::receipts(service, user_id, &request.receipt_upload_ids, &known.unwrap_or_default()).await
}

/// Reads an expense that is not deleted. *Errors*: `NOT_FOUND`.
pub(super) async fn living(tx: &mut Tx, expense_id: i64) -> Result<Expense, Fault> {
    let found = store::expenses::find(tx.conn(), expense_id).await?;
    found.filter(|expense| !expense.is_deleted).ok_or_else(|| Fault::not_found("expense"))
}

async fn write(
    tx: &mut Tx,
    occasion: Occasion,
    members: &Members,
    (old, new): (&Expense, Expense),
    movements: &Movements,
) -> Result<(), Fault> {
    let news = stories::updated(occasion, &members.room_name, old, &new);
    let change = Change { action: Action::Updated, actor_user_id: occasion.actor_user_id, at: occasion.at };
    let snapshot = wire::expense(&new).encode_to_vec();
    store::expenses::replace(tx.conn(), old, &Entry { expense: new, snapshot }, change).await?;
    store::balances::apply(tx.conn(), occasion.room_id, movements).await?;
    news.send(tx.conn(), occasion.room_id).await
}

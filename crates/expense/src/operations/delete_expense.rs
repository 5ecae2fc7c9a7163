//! Deletes an expense (000-E16): its creator, a payer or a room admin may. Its rows and history stay.

use durable::Tx;
use fault::Fault;
use host::Call;
use prost::Message as _;

use super::{patch, rights, stories, update_expense::living};
use crate::{
    service::Service,
    store::{self, Action, Expense, changes::Movements, expenses::Change, insertion::Entry},
    wire,
};
use news::Occasion;

/// Deletes an expense.
///
/// *Errors*: `NOT_FOUND`, `FORBIDDEN`, `STATE_CONFLICT` when a share was handed over or is frozen, or a bill
/// holds a part of it. *Locks*: the room.
pub(crate) async fn delete_expense(service: &Service, call: &Call, expense_id: i64) -> Result<(), Fault> {
    let user_id = call.caller.user()?.id;
    let (room_id, members) = rights::member_by_expense(service, expense_id, user_id).await?;
    let mut tx = service.db.begin().await?;
    let ledger = store::ledger::lock(tx.conn(), room_id).await?;
    let old = living(&mut tx, expense_id).await?;
    rights::edit(&old, &members, user_id)?;
    may_delete(&mut tx, &old).await?;

    let mut movements = Movements::default();
    movements.take_back(&old)?;
    ledger.admit(movements.users())?;
    let occasion = Occasion { room_id, at: service.clock.now(), actor_user_id: user_id };
    let new = Expense {
        version: old.version.saturating_add(1),
        updated_at: occasion.at,
        is_deleted: true,
        ..old.clone()
    };
    let news = stories::deleted(occasion, &new);
    let change = Change { action: Action::Deleted, actor_user_id: user_id, at: occasion.at };
    let snapshot = wire::expense(&new).encode_to_vec();
    store::expenses::delete(tx.conn(), &old, &Entry { expense: new, snapshot }, change).await?;
    store::balances::apply(tx.conn(), room_id, &movements).await?;
    news.send(tx.conn(), room_id).await?;
    tx.commit().await
}

async fn may_delete(tx: &mut Tx, expense: &Expense) -> Result<(), Fault> {
    let taken = store::bills::taken(tx.conn(), &[expense.id]).await?;
    patch::not_sealed(&taken)?;
    if let Some(bill) = taken.first() {
        let detail = format!("the expense is part of bill {} that waits for review", bill.bill_id);
        return Err(Fault::conflict(detail));
    }
    if expense.has_confirmed_share() {
        let detail = "a share of this expense has been handed over; record a correcting expense instead of deleting it";
        return Err(Fault::conflict(detail));
    }
    match store::disputes::open_of_expense(tx.conn(), expense.id).await? {
        Some(dispute) => Err(Fault::conflict(format!("dispute {dispute} about this expense is open"))),
        None => Ok(()),
    }
}

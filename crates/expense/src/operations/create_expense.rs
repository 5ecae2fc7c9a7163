//! Records one expense (000-E11). Any member of the room may.

use fault::Fault;
use host::{Answer, Call};
use prost::Message as _;
use proto::expense::v1::{CreateExpenseResponse, NewExpense};

use super::{
    draft::{self, Setting},
    record, rights, stories,
};
use crate::{
    service::Service,
    store::{self, Action, Expense, changes::Movements, insertion::Entry},
    wire,
};
use news::Occasion;
use roster::Members;

/// Records an expense.
///
/// *Errors*: `NOT_FOUND` for a stranger, `VALIDATION_ERROR` naming the field, `STATE_CONFLICT` when somebody
/// named has just left the room. *Idempotent*: by the call's key. *Locks*: the room.
pub(crate) async fn create_expense(
    service: &Service,
    call: &Call,
    input: &NewExpense,
) -> Result<Answer<CreateExpenseResponse>, Fault> {
    let user_id = call.caller.user()?.id;
    let members = rights::member(service, input.room_id, user_id).await?;
    draft::receipts(service, user_id, &input.receipt_upload_ids, &[]).await?;
    let at = service.clock.now();
    let setting = Setting { clock: &service.clock, members: &members, user_id, at };
    let expense = draft::read(setting, input)?;

    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    let reply = CreateExpenseResponse { expense: Some(wire::expense(&expense)) };
    let expenses = vec![expense];
    write(&mut tx, &members, expenses, Action::Created).await?;
    record::answer(tx, call, reply).await
}

/// Writes new expenses of one room with balances, history and news. All have one author and instant.
pub(super) async fn write(
    tx: &mut durable::Tx,
    members: &Members,
    expenses: Vec<Expense>,
    action: Action,
) -> Result<(), Fault> {
    let Some(first) = expenses.first() else { return Ok(()) };
    let occasion = Occasion { room_id: first.room_id, at: first.created_at, actor_user_id: first.created_by };
    let mut movements = Movements::default();
    let mut entries = Vec::with_capacity(expenses.len());
    let mut news = Vec::with_capacity(expenses.len());
    for expense in expenses {
        movements.add(&expense)?;
        if action == Action::Created {
            news.push(stories::created(occasion, &members.room_name, &expense).encode_to_vec());
        }
        let snapshot = wire::expense(&expense).encode_to_vec();
        entries.push(Entry { expense, snapshot });
    }
    let named: Vec<i64> = movements.named().collect();
    store::insertion::insert(tx.conn(), &entries, action).await?;
    store::ledger::enter(tx.conn(), occasion.room_id, &named, entries.len()).await?;
    store::insertion::account(tx.conn(), occasion.room_id, &entries, &movements, &news).await
}

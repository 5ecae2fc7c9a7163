//! Confirms that a share has been handed over (000-E15): by its debtor, its payee or a room admin.

use durable::Tx;
use fault::Fault;
use host::{Answer, Call};
use proto::expense::v1::ConfirmSplitResponse;
use serde_json::json;

use super::{
    handing_over::{self, Word},
    record::{self, Act},
    rights, stories,
};
use crate::{
    domain::Transfer,
    service::Service,
    store::{self, Expense, Settlement, Split, changes::Movements},
    wire,
};
use news::{News, Occasion};
use roster::Members;

/// Confirms all that is open of a share, and of the shares of sealed bills it stands behind.
///
/// *Errors*: `NOT_FOUND`, `FORBIDDEN`, `STATE_CONFLICT` when the share is frozen or owes nothing.
/// *Idempotent*: a share that is paid stays as it is. *Locks*: the room.
pub(crate) async fn confirm_split(
    service: &Service,
    call: &Call,
    expense_id: i64,
    split_id: i64,
) -> Result<Answer<ConfirmSplitResponse>, Fault> {
    let user_id = call.caller.user()?.id;
    let (room_id, members) = rights::member_by_expense(service, expense_id, user_id).await?;
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    let ledger = store::ledger::lock(tx.conn(), room_id).await?;
    let found = store::expenses::find(tx.conn(), expense_id).await?.filter(|expense| !expense.is_deleted);
    let mut expense = found.ok_or_else(|| Fault::not_found("expense"))?;
    let split = find(&expense, split_id)?;
    rights::confirm(&expense, &split, &members, user_id)?;
    may_be_confirmed(&mut tx, &expense, &split).await?;

    let occasion = Occasion { room_id, at: service.clock.now(), actor_user_id: user_id };
    let word = Word { clock: &service.clock, occasion, date: service.today(), bill_id: None };
    let settlements = handing_over::hand_over(word, &mut expense, split.user_id, split.open_debt())?;
    let confirmed = find(&expense, split_id)?;
    if !settlements.is_empty() {
        let movements = moved(&settlements)?;
        ledger.admit(movements.users())?;
        write(&mut tx, (&expense, &confirmed), &settlements, &movements).await?;
        tell((&mut tx, call), occasion, &members, (&expense, &confirmed), &settlements).await?;
    }
    record::answer(tx, call, ConfirmSplitResponse { split: Some(wire::split(&confirmed)) }).await
}

fn find(expense: &Expense, split_id: i64) -> Result<Split, Fault> {
    let split = expense.splits.iter().find(|split| split.id == split_id);
    split.cloned().ok_or_else(|| Fault::not_found("split"))
}

async fn may_be_confirmed(tx: &mut Tx, expense: &Expense, split: &Split) -> Result<(), Fault> {
    if !split.debt.is_positive() {
        return Err(Fault::conflict("nothing is owed for this share"));
    }
    if !split.is_frozen {
        return Ok(());
    }
    let dispute =
        store::disputes::freezing_split(tx.conn(), expense.id, split.user_id).await?.unwrap_or_default();
    Err(Fault::conflict(format!("the share is frozen by dispute {dispute} until a room admin decides")))
}

/// Gives how settlements move balances.
pub(super) fn moved(settlements: &[Settlement]) -> Result<Movements, Fault> {
    let mut movements = Movements::default();
    settlements.iter().try_for_each(|settlement| movements.hand_over(settlement))?;
    Ok(movements)
}

async fn write(
    tx: &mut Tx,
    (expense, split): (&Expense, &Split),
    settlements: &[Settlement],
    movements: &Movements,
) -> Result<(), Fault> {
    let confirmed = (split.confirmed_by.unwrap_or_default(), split.confirmed_at.unwrap_or_default());
    store::expenses::confirm_split(tx.conn(), expense, split).await?;
    store::settlements::insert(tx.conn(), settlements).await?;
    store::balances::apply(tx.conn(), expense.room_id, movements).await?;
    store::bill_shares::mark_parts_paid(tx.conn(), expense.id, split.user_id, None).await?;
    store::bill_shares::confirm_shares(tx.conn(), &[expense.id], split.user_id, confirmed).await
}

async fn tell(
    (tx, call): (&mut Tx, &Call),
    occasion: Occasion,
    members: &Members,
    (expense, split): (&Expense, &Split),
    settlements: &[Settlement],
) -> Result<(), Fault> {
    let legs: Vec<Transfer> = settlements.iter().map(|settlement| settlement.transfer).collect();
    let news = stories::confirmed(News::default(), occasion, &members.room_name, (expense, split), &legs);
    news.send(tx.conn(), occasion.room_id).await?;
    let act = Act {
        action: "split.confirmed",
        subject: format!("split:{}", split.id),
        before: None,
        after: Some(json!({
            "expense_id": expense.id,
            "user_id": split.user_id,
            "currency": expense.currency.as_str(),
            "paid_minor": split.paid.get(),
        })),
    };
    record::act(tx.conn(), call, act).await
}

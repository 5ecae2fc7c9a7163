//! Notes that money of an order went back: the share is open again by as much. The bill service tells.
//!
//! The money has moved already, so nothing is refused.

use durable::Tx;
use fault::Fault;
use host::Call;
use money::Minor;
use news::{News, Occasion};
use proto::{event::v1::event::Payload, expense::v1::TakeBackShareOnlineRequest};
use serde_json::json;

use super::{
    handing_over::Word,
    online_money::{self, Between, ByPerson},
    record::{self, Act},
    seal_bill::lock,
};
use crate::{
    domain::Transfer,
    service::Service,
    store::{self, Expense, Settlement, SettlementKind, changes::Movements, online::Order},
    wire,
};

/// What a refund undoes.
#[derive(Default)]
struct Undone {
    movements: Movements,
    /// What each payee does not have any more.
    taken: ByPerson,
    /// What is left of settlements that were cut.
    rests: Vec<Settlement>,
    news: News,
}

/// Takes settlements of an order back.
///
/// *Errors*: `NOT_FOUND` for an order that nobody noted, `VALIDATION_ERROR`. *Idempotent*: by the refund. *Locks*: the
/// room.
pub(crate) async fn take_back_share_online(
    service: &Service,
    call: &Call,
    request: &TakeBackShareOnlineRequest,
) -> Result<(), Fault> {
    let people = online_money::read(&request.parts)?;
    let total = online_money::total(&people)?;
    let order = {
        let mut conn = service.db.acquire().await?;
        store::online::find_order(&mut conn, &request.order_no).await?
    };
    let order = order.ok_or_else(|| Fault::not_found("order"))?;
    let (mut tx, bill) = lock(service, order.bill_id).await?;
    let at = service.clock.now();
    let noted = (order.order_no.as_str(), total.get());
    if !store::online::insert_refund(tx.conn(), &request.refund_no, noted, at).await? {
        return tx.rollback().await;
    }
    let occasion = Occasion { room_id: bill.room_id, at, actor_user_id: order.user_id };
    let word = Word { clock: &service.clock, occasion, date: service.today(), bill_id: Some(bill.id) };
    let mut undone = undo(&mut tx, word, &order, (&request.refund_no, total)).await?;
    // Who gave more back than he had of the debts gives it to the debtor; who gave less gets the rest from him.
    let between = Between { word, bill_id: bill.id, currency: bill.currency, giver_id: order.user_id };
    let levelled = online_money::level(between, &undone.taken, &people);
    for settlement in undone.rests.iter().chain(&levelled) {
        undone.movements.hand_over(settlement)?;
    }
    let written: Vec<Settlement> = undone.rests.iter().chain(&levelled).cloned().collect();
    store::settlements::insert(tx.conn(), &written).await?;
    store::online::link(tx.conn(), &order.order_no, &undone.rests).await?;
    store::online::reopen_share(tx.conn(), bill.id, order.user_id).await?;
    store::balances::apply(tx.conn(), bill.room_id, &undone.movements).await?;
    undone.news.send(tx.conn(), bill.room_id).await?;
    audit(&mut tx, call, &order, (&request.refund_no, total)).await?;
    tx.commit().await
}

/// Takes settlements back, the newest first, until they come to the amount.
async fn undo(
    tx: &mut Tx,
    word: Word<'_>,
    order: &Order,
    (refund_no, total): (&str, Minor),
) -> Result<Undone, Fault> {
    let mut undone = Undone::default();
    let mut left = total;
    for made in store::online::settlements(tx.conn(), &order.order_no).await? {
        if !left.is_positive() || made.transfer.from_user_id != order.user_id {
            continue;
        }
        let taken = made.transfer.amount.min(left);
        left = left.checked_sub(taken).unwrap_or_default();
        store::settlements::delete(tx.conn(), made.id, order.user_id, word.occasion.at).await?;
        undone.movements.hand_back(&made)?;
        let sum = undone.taken.entry(made.transfer.to_user_id).or_default();
        *sum = sum.saturating_add(taken.get());
        let rest = made.transfer.amount.checked_sub(taken).unwrap_or_default();
        if rest.is_positive() {
            let transfer = Transfer { amount: rest, ..made.transfer };
            let (id, created_at) = (word.clock.new_id(), word.occasion.at);
            undone.rests.push(Settlement { id, transfer, created_at, ..made.clone() });
        }
        if let Some(expense_id) = made.expense_id.filter(|_| made.kind == SettlementKind::Bill) {
            let expense = reopen(tx, order, expense_id, taken).await?;
            let uid = format!("expense:{expense_id}:refunded:{}:{refund_no}", made.id);
            undone.news =
                undone.news.event(word.occasion, uid, Payload::ExpenseUpdated(wire::expense(&expense)));
        }
    }
    Ok(undone)
}

/// Opens a debt again: in the expense, and in the part of the bill as far as it is owed there.
async fn reopen(tx: &mut Tx, order: &Order, expense_id: i64, taken: Minor) -> Result<Expense, Fault> {
    let found = store::expenses::find_many(tx.conn(), &[expense_id]).await?.into_iter().next();
    let mut expense = found.ok_or_else(|| Fault::internal(format!("expense {expense_id} is gone")))?;
    let split = expense.splits.iter_mut().find(|split| split.user_id == order.user_id);
    let split = split.ok_or_else(|| Fault::internal(format!("expense {expense_id} has no such split")))?;
    let open_before = split.open_debt();
    split.paid = split.paid.checked_sub(taken).unwrap_or_default().max(Minor::ZERO);
    if !split.is_paid() {
        (split.confirmed_by, split.confirmed_at) = (None, None);
    }
    let opened = split.open_debt().checked_sub(open_before).unwrap_or_default();
    let changed = split.clone();
    store::expenses::confirm_split(tx.conn(), &expense, &changed).await?;
    let place = (order.bill_id, expense_id, order.user_id);
    store::online::move_part(tx.conn(), place, opened.neg().get()).await?;
    Ok(expense)
}

async fn audit(
    tx: &mut Tx,
    call: &Call,
    order: &Order,
    (refund_no, total): (&str, Minor),
) -> Result<(), Fault> {
    let act = Act {
        action: "bill_share.refunded",
        subject: format!("bill:{}", order.bill_id),
        before: None,
        after: Some(json!({
            "user_id": order.user_id,
            "order_no": order.order_no,
            "refund_no": refund_no,
            "amount_minor": total.get(),
        })),
    };
    record::act(tx.conn(), call, act).await
}

//! Lets a bill take parts of expenses. The bill service asks, before it writes its own bill.

use std::collections::BTreeSet;

use durable::Tx;
use fault::Fault;
use money::Minor;
use proto::expense::v1::{AllocateToBillRequest, AllocateToBillResponse, AllocatedItem, AllocatedShare};

use super::seal_division::{self, Billed};
use crate::{
    domain::Part,
    service::Service,
    store::{
        self, Expense,
        bills::{Bill, Item, State, Taken},
    },
    wire,
};

/// The most expenses of one bill.
const ITEMS_MAX: usize = 100;

/// Takes parts of living expenses of one room and one currency for a bill, in place of what it took before.
///
/// An amount of 0 takes all that is left. *Shape*: items in the order asked. *Errors*: `VALIDATION_ERROR` on
/// `items[i].<field>`, `STATE_CONFLICT` for an approved bill and for a call
/// that comes too late. *Idempotent*: by bill id. *Locks*: the room.
pub(crate) async fn allocate_to_bill(
    service: &Service,
    request: &AllocateToBillRequest,
) -> Result<AllocateToBillResponse, Fault> {
    check(request)?;
    let mut tx = service.db.begin().await?;
    store::ledger::lock(tx.conn(), request.room_id).await?.admit([])?;
    let before = store::bills::find(tx.conn(), request.bill_id).await?;
    before.map_or(Ok(()), |bill| may_follow(&bill, request))?;
    let expense_ids: Vec<i64> = request.items.iter().map(|item| item.expense_id).collect();
    let expenses = store::expenses::find_many(tx.conn(), &expense_ids).await?;
    let taken = store::bills::taken(tx.conn(), &expense_ids).await?;
    let (bill, chosen) = choose(request, &expenses, &taken)?;
    let items = describe(&mut tx, &bill, &chosen).await?;
    store::bills::allocate(tx.conn(), &bill).await?;
    tx.commit().await?;
    Ok(AllocateToBillResponse { items })
}

fn check(request: &AllocateToBillRequest) -> Result<(), Fault> {
    if request.bill_id <= 0 || request.room_id <= 0 {
        return Err(Fault::validation("room_id", "must be given"));
    }
    if request.items.is_empty() {
        return Err(Fault::validation("items", "must hold at least one expense"));
    }
    if request.items.len() > ITEMS_MAX {
        return Err(Fault::validation("items", format!("must be at most {ITEMS_MAX}")));
    }
    let mut seen = BTreeSet::new();
    match request.items.iter().position(|item| !seen.insert(item.expense_id)) {
        Some(index) => Err(Fault::validation(format!("items[{index}].expense_id"), "is named twice")),
        None => Ok(()),
    }
}

/// Passes an allocation that is not older than what is known of the bill.
fn may_follow(before: &Bill, request: &AllocateToBillRequest) -> Result<(), Fault> {
    if before.room_id != 0 && before.room_id != request.room_id {
        return Err(Fault::not_found("bill"));
    }
    if before.state == State::Sealed {
        return Err(Fault::conflict(format!("bill {} is approved and can't be changed", before.id)));
    }
    let is_late = match before.state {
        State::Released => request.bill_version <= before.version,
        State::Allocated | State::Sealed => request.bill_version < before.version,
    };
    if is_late {
        let detail = format!("bill {} has come to version {} meanwhile", before.id, before.version);
        return Err(Fault::conflict(detail));
    }
    Ok(())
}

/// Finds the expense of each item and settles its amount.
fn choose<'a>(
    request: &AllocateToBillRequest,
    expenses: &'a [Expense],
    taken: &[Taken],
) -> Result<(Bill, Vec<&'a Expense>), Fault> {
    let mut items = Vec::with_capacity(request.items.len());
    let mut chosen: Vec<&Expense> = Vec::with_capacity(request.items.len());
    for (index, item) in request.items.iter().enumerate() {
        let refuse = |field: &str, rule: String| Fault::validation(format!("items[{index}].{field}"), rule);
        let found = expenses.iter().find(|expense| expense.id == item.expense_id);
        let expense = found
            .filter(|expense| expense.room_id == request.room_id && !expense.is_deleted)
            .ok_or_else(|| refuse("expense_id", "is not an expense of the room".to_owned()))?;
        if chosen.first().is_some_and(|first| first.currency != expense.currency) {
            return Err(refuse("expense_id", "has another currency than the first expense".to_owned()));
        }
        let left = left(expense, taken, request.bill_id);
        let amount = if item.amount_minor == 0 { left } else { Minor::new(item.amount_minor) };
        if !left.is_positive() {
            return Err(refuse(
                "amount",
                "nothing is left of the expense, other bills hold all of it".to_owned(),
            ));
        }
        if !amount.is_positive() {
            return Err(refuse("amount", "must be greater than 0".to_owned()));
        }
        if amount > left {
            return Err(refuse("amount", format!("must be at most {left}, what is left of the expense")));
        }
        items.push(Item { expense_id: expense.id, amount });
        chosen.push(expense);
    }
    let currency = chosen.first().map(|expense| expense.currency).unwrap_or_default();
    let bill = Bill {
        id: request.bill_id,
        room_id: request.room_id,
        currency,
        state: State::Allocated,
        version: request.bill_version,
        items,
    };
    Ok((bill, chosen))
}

/// Gives what other bills leave of an expense.
fn left(expense: &Expense, taken: &[Taken], bill_id: i64) -> Minor {
    let others = taken.iter().filter(|taken| taken.expense_id == expense.id && taken.bill_id != bill_id);
    let held = Minor::sum(others.map(|taken| taken.amount)).unwrap_or(Minor::MAX_INPUT);
    expense.amount.checked_sub(held).unwrap_or_default()
}

/// Tells how the expenses themselves divide what the bill takes, and who laid it out.
async fn describe(tx: &mut Tx, bill: &Bill, chosen: &[&Expense]) -> Result<Vec<AllocatedItem>, Fault> {
    let expense_ids: Vec<i64> = bill.items.iter().map(|item| item.expense_id).collect();
    let sealed = store::bills::parts_of_expenses(tx.conn(), &expense_ids).await?;
    let mut items = Vec::with_capacity(chosen.len());
    for (expense, item) in chosen.iter().zip(&bill.items) {
        let billed = Billed::of(expense, item.amount, &sealed)?;
        items.push(AllocatedItem {
            expense_id: expense.id,
            amount_minor: item.amount.get(),
            currency: expense.currency.as_str().to_owned(),
            title: expense.title.clone(),
            category: expense.category.clone(),
            shares: seal_division::held(&billed.shares).map(share).collect(),
            payers: seal_division::held(&billed.payers).map(wire::payer).collect(),
        });
    }
    Ok(items)
}

const fn share(part: Part) -> AllocatedShare {
    AllocatedShare { user_id: part.user_id, amount_minor: part.amount.get() }
}

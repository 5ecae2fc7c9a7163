//! Hands a part of a debt over: to whom it goes, and what the share is like afterwards.
//!
//! Used by both ways of confirming, by expense and by bill. Nothing is written here. The rule not to be broken:
//! what has been handed over is never handed over again; each call starts where the last one ended.

use clock::Clock;
use fault::Fault;
use money::Minor;

use crate::{
    domain::Transfer,
    store::{Expense, Settlement, SettlementKind},
};
use news::Occasion;

/// By whose word a debt is handed over, when, and through which bill.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub(super) clock: &'a Clock,
    pub(super) occasion: Occasion,
    pub(super) date: chrono::NaiveDate,
    pub(super) bill_id: Option<i64>,
}

/// Hands `amount` of a user's open debt over and notes it in his split of `expense`.
///
/// *Shape*: a settlement for each payee; none when nothing is open. *Errors*: internal, when the user has no
/// split.
pub(super) fn hand_over(
    word: Word<'_>,
    expense: &mut Expense,
    user_id: i64,
    amount: Minor,
) -> Result<Vec<Settlement>, Fault> {
    let place = expense.splits.iter().position(|split| split.user_id == user_id);
    let split = place.and_then(|place| expense.splits.get(place)).cloned();
    let mut split =
        split.ok_or_else(|| Fault::internal(format!("user {user_id} has no split to hand over")))?;
    let amount = amount.min(split.open_debt());
    if !amount.is_positive() {
        return Ok(Vec::new());
    }
    let legs = expense.legs_for(&split, amount)?;
    let settlements = legs.iter().map(|leg| settlement(word, expense, *leg)).collect();
    split.paid = split.paid.checked_add(amount).ok_or_else(|| Fault::internal("a paid amount overflows"))?;
    split.confirmed_by = Some(word.occasion.actor_user_id);
    split.confirmed_at = Some(word.occasion.at);
    if let Some(slot) = place.and_then(|place| expense.splits.get_mut(place)) {
        *slot = split;
    }
    Ok(settlements)
}

fn settlement(word: Word<'_>, expense: &Expense, leg: Transfer) -> Settlement {
    Settlement {
        id: word.clock.new_id(),
        room_id: expense.room_id,
        transfer: leg,
        currency: expense.currency,
        date: word.date,
        kind: if word.bill_id.is_some() { SettlementKind::Bill } else { SettlementKind::Split },
        expense_id: Some(expense.id),
        bill_id: word.bill_id,
        note: String::new(),
        created_by: word.occasion.actor_user_id,
        created_at: word.occasion.at,
    }
}

//! Traces a person's balance to the expenses and settlements behind it, fen by fen.
//!
//! What they are is read elsewhere. The rule not to be broken: an explanation is given only when its lines
//! and settlements add up to the balance.

use chrono::NaiveDate;
use fault::Fault;
use money::Minor;

use super::Transfer;

/// What one expense does to a person's balance (contract section 15).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which expense it is.
    pub expense_id: i64,
    /// Its title.
    pub title: String,
    /// Its date.
    pub date: NaiveDate,
    /// What the person laid out for it.
    pub paid: Minor,
    /// What he consumed of it.
    pub owed: Minor,
}

impl Line {
    /// Gives what the expense adds to the balance: `paid - owed`. Amounts of expenses cannot overflow.
    pub fn net(&self) -> Minor {
        Minor::new(self.paid.get().saturating_sub(self.owed.get()))
    }
}

/// Gives what a settlement adds to a person's balance: its amount for the giver, minus it for the taker.
pub fn settled_for(user_id: i64, settlement: &Transfer) -> Minor {
    let given = if settlement.from_user_id == user_id { settlement.amount.get() } else { 0 };
    let taken = if settlement.to_user_id == user_id { settlement.amount.get() } else { 0 };
    Minor::new(given.saturating_sub(taken))
}

/// Adds up what lines and settlements make of a person's balance. `None` when a sum leaves 64 bits.
pub fn sum(user_id: i64, lines: &[Line], settlements: &[Transfer]) -> Option<Minor> {
    let lines = lines.iter().map(Line::net);
    let settlements = settlements.iter().map(|settlement| settled_for(user_id, settlement));
    Minor::sum(lines.chain(settlements))
}

/// Checks that lines and settlements explain the balance to the fen.
///
/// *Errors*: an internal fault with both figures when they do not.
pub fn check(user_id: i64, balance: Minor, lines: &[Line], settlements: &[Transfer]) -> Result<(), Fault> {
    match sum(user_id, lines, settlements) {
        Some(sum) if sum == balance => Ok(()),
        Some(sum) => Err(Fault::internal(format!(
            "the explanation of user {user_id} adds up to {sum}, but his balance is {balance}"
        ))),
        None => Err(Fault::internal(format!("the explanation of user {user_id} overflows"))),
    }
}

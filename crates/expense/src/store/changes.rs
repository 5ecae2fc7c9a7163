//! What a change of a room writes beside its rows: how balances move, and the news it causes.
//!
//! Only values and their collection; they are written by `balances` and `expenses`.

use std::collections::BTreeMap;

use fault::Fault;
use money::{Currency, Minor};

use super::records::{Expense, Settlement};
use crate::domain::{Part, Transfer};

/// How far the balances of a room move, by currency and user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Movements(BTreeMap<(Currency, i64), Movement>);

/// How far one balance moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Movement {
    /// Added to what the user laid out or handed over.
    pub(crate) paid: Minor,
    /// Added to what the user consumed or received.
    pub(crate) owed: Minor,
}

impl Movement {
    /// Tells whether the balance, `paid - owed`, changes.
    fn changes_balance(self) -> bool {
        self.paid != self.owed
    }
}

impl Movements {
    /// Adds an expense.
    pub(crate) fn add(&mut self, expense: &Expense) -> Result<(), Fault> {
        self.parts(expense.currency, &expense.payers, &expense.shares())
    }

    /// Takes an expense back.
    pub(crate) fn take_back(&mut self, expense: &Expense) -> Result<(), Fault> {
        let negative =
            |parts: &[Part]| parts.iter().map(|part| Part::new(part.user_id, part.amount.neg())).collect();
        let (payers, shares): (Vec<Part>, Vec<Part>) =
            (negative(&expense.payers), negative(&expense.shares()));
        self.parts(expense.currency, &payers, &shares)
    }

    /// Adds money handed over: paid by the giver, owed by the taker.
    pub(crate) fn hand_over(&mut self, settlement: &Settlement) -> Result<(), Fault> {
        self.transfer(settlement.currency, settlement.transfer)
    }

    /// Takes a settlement back.
    pub(crate) fn hand_back(&mut self, settlement: &Settlement) -> Result<(), Fault> {
        let amount = settlement.transfer.amount.neg();
        self.transfer(settlement.currency, Transfer { amount, ..settlement.transfer })
    }

    /// Names everybody who laid out, consumed, gave or took something.
    pub(crate) fn named(&self) -> impl Iterator<Item = i64> + '_ {
        self.0.keys().map(|(_, user_id)| *user_id)
    }

    /// Names the users whose balance changes.
    pub(crate) fn users(&self) -> impl Iterator<Item = i64> + '_ {
        self.0.iter().filter(|(_, movement)| movement.changes_balance()).map(|((_, user_id), _)| *user_id)
    }

    /// Gives the movements sorted by currency and user id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Currency, i64, Movement)> + '_ {
        self.0.iter().map(|((currency, user_id), movement)| (*currency, *user_id, *movement))
    }

    fn transfer(&mut self, currency: Currency, transfer: Transfer) -> Result<(), Fault> {
        let given = Part::new(transfer.from_user_id, transfer.amount);
        let taken = Part::new(transfer.to_user_id, transfer.amount);
        self.parts(currency, &[given], &[taken])
    }

    fn parts(&mut self, currency: Currency, paid: &[Part], owed: &[Part]) -> Result<(), Fault> {
        for part in paid {
            let movement = self.0.entry((currency, part.user_id)).or_default();
            movement.paid = movement.paid.checked_add(part.amount).ok_or_else(overflow)?;
        }
        for part in owed {
            let movement = self.0.entry((currency, part.user_id)).or_default();
            movement.owed = movement.owed.checked_add(part.amount).ok_or_else(overflow)?;
        }
        Ok(())
    }
}

fn overflow() -> Fault {
    Fault::internal("the balances of a room overflow")
}

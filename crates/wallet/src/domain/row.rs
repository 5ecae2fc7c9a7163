//! An account as a walk sees it, and the rules of what goes in and out.
//!
//! Whose account it is stands in its name. The rule not to be broken: a change that a rule forbids leaves no trace that
//! anybody keeps.

use fault::{Code, Fault};

use super::Account;

/// The largest balance either way, in minor units; a check of the table says the same.
const BALANCE_MINOR_MAX: u64 = 1_000_000_000_000_000_000;

/// An account as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) balance_minor: i64,
    pub(crate) held_minor: i64,
    pub(crate) version: i64,
    pub(crate) last_entry_number: i64,
    pub(crate) is_frozen: bool,
}

impl Row {
    /// Lets an amount in (above 0) or out (below), by the rules of the account.
    pub(super) fn pass(&mut self, account: Account, amount_minor: i64) -> Result<(), Fault> {
        if amount_minor < 0 {
            self.may_spend(account, amount_minor.saturating_neg())?;
        }
        self.enter(account, amount_minor)
    }

    /// Sets an amount aside.
    pub(super) fn hold(&mut self, account: Account, amount_minor: i64) -> Result<(), Fault> {
        self.may_spend(account, amount_minor)?;
        self.held_minor = self.held_minor.checked_add(amount_minor).ok_or_else(|| too_large(account))?;
        Ok(())
    }

    /// Lets held money out. It was set aside before, so that a freeze does not stop it.
    pub(super) fn settle(
        &mut self,
        account: Account,
        amount_minor: i64,
        freed_minor: i64,
    ) -> Result<(), Fault> {
        self.free(freed_minor)?;
        self.enter(account, amount_minor.saturating_neg())
    }

    /// Gives held money back.
    pub(super) fn free(&mut self, amount_minor: i64) -> Result<(), Fault> {
        let rest = self.held_minor.checked_sub(amount_minor).filter(|rest| *rest >= 0);
        self.held_minor =
            rest.ok_or_else(|| Fault::internal(format!("account {} holds less than its holds", self.id)))?;
        Ok(())
    }

    fn enter(&mut self, account: Account, amount_minor: i64) -> Result<(), Fault> {
        let balance = self.balance_minor.checked_add(amount_minor);
        let balance = balance.filter(|balance| balance.unsigned_abs() <= BALANCE_MINOR_MAX);
        self.balance_minor = balance.ok_or_else(|| too_large(account))?;
        self.last_entry_number = self.last_entry_number.saturating_add(1);
        Ok(())
    }

    fn may_spend(&self, account: Account, amount_minor: i64) -> Result<(), Fault> {
        if self.is_frozen {
            return Err(Fault::new(Code::AccountFrozen, format!("{account}: the account is frozen")));
        }
        let available = self.balance_minor.saturating_sub(self.held_minor);
        if !account.may_be_negative() && available < amount_minor {
            let detail = format!("{account}: the available balance is smaller than the amount");
            return Err(Fault::new(Code::InsufficientBalance, detail));
        }
        Ok(())
    }
}

fn too_large(account: Account) -> Fault {
    Fault::conflict(format!("{account}: the balance would pass its bound"))
}

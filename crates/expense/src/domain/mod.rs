//! What an expense means in money: who paid, who owes, how shares are cut, and how a room gets even.
//!
//! Pure arithmetic on values handed in: no database, no network, no clock, nothing async, no float. Rights,
//! states and storage are decided elsewhere. The rule not to be broken: every division adds up exactly to
//! what was divided, and the same input always gives the same result.

pub mod debts;
pub mod divide;
pub mod explain;
pub mod import;
pub mod payers;
pub mod settle;
pub use share as split;
pub mod text;

use fault::Fault;
use money::Minor;

/// One person's part of an amount: what he paid, what he shares, or his balance.
///
/// *Units*: hundredths of the currency that the context knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// Whose part it is.
    pub user_id: i64,
    /// How much it is.
    pub amount: Minor,
}

impl Part {
    /// Names a person and an amount.
    pub const fn new(user_id: i64, amount: Minor) -> Self {
        Self { user_id, amount }
    }
}

/// Money that goes from one person to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Transfer {
    /// Who hands it over.
    pub from_user_id: i64,
    /// Who receives it.
    pub to_user_id: i64,
    /// How much, always above zero.
    pub amount: Minor,
}

/// Adds up the parts of one amount.
///
/// *Errors*: an internal fault when the sum leaves 64 bits, which accepted amounts cannot reach.
pub fn total(parts: &[Part]) -> Result<Minor, Fault> {
    Minor::sum(parts.iter().map(|part| part.amount))
        .ok_or_else(|| Fault::internal("a sum of parts overflows"))
}

#[cfg(test)]
mod tests;

//! Who laid out the money of an expense: one person, or several whose amounts add up.
//!
//! Who may be named is handed in. The rule not to be broken: the payers' amounts add up to the expense's
//! amount, each is above zero, and nobody is named twice.

use std::{cmp::Reverse, collections::HashSet};

use fault::Fault;
use money::Minor;

use super::Part;

/// The most payers one expense may have.
pub const PAYERS_MAX: usize = 20;

/// What a client says of who paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaidBy<'a> {
    /// One person paid all of it (`paid_by`).
    One(i64),
    /// Several paid (`payers`); at least one, adding up to the amount.
    Several(&'a [Part]),
}

/// Checks who paid and gives each payer's amount.
///
/// *Shape*: in the order given, never empty, adding up to `amount`. *Errors*: a validation fault naming
/// `paid_by`, `payers`, `payers[i].user_id` or `payers[i].amount`.
pub fn payers(amount: Minor, paid_by: PaidBy<'_>, member_ids: &[i64]) -> Result<Vec<Part>, Fault> {
    amount.require_positive().map_err(|error| Fault::validation("amount", error.to_string()))?;
    match paid_by {
        PaidBy::One(user_id) if member_ids.contains(&user_id) => Ok(vec![Part::new(user_id, amount)]),
        PaidBy::One(_) => Err(Fault::validation("paid_by", "is not a member of the room")),
        PaidBy::Several(given) => several(amount, given, member_ids),
    }
}

/// Names the one who stands for all payers: who paid most, then who has the lowest id. `None` without payers.
pub fn principal(payers: &[Part]) -> Option<i64> {
    payers.iter().max_by_key(|payer| (payer.amount, Reverse(payer.user_id))).map(|payer| payer.user_id)
}

fn several(amount: Minor, given: &[Part], member_ids: &[i64]) -> Result<Vec<Part>, Fault> {
    if given.is_empty() {
        return Err(Fault::validation("payers", "must name at least one payer"));
    }
    if given.len() > PAYERS_MAX {
        return Err(Fault::validation("payers", format!("must be at most {PAYERS_MAX}")));
    }
    let mut seen = HashSet::new();
    for (index, payer) in given.iter().enumerate() {
        let user = || format!("payers[{index}].user_id");
        if !member_ids.contains(&payer.user_id) {
            return Err(Fault::validation(user(), "is not a member of the room"));
        }
        if !seen.insert(payer.user_id) {
            return Err(Fault::validation(user(), "is named twice"));
        }
        let paid = payer.amount.require_positive();
        paid.map_err(|error| Fault::validation(format!("payers[{index}].amount"), error.to_string()))?;
    }
    check_sum(amount, given)?;
    Ok(given.to_vec())
}

fn check_sum(amount: Minor, given: &[Part]) -> Result<(), Fault> {
    let too_large = || Fault::validation("payers", "the sum is too large");
    let sum = Minor::sum(given.iter().map(|payer| payer.amount)).ok_or_else(too_large)?;
    let miss = sum.checked_sub(amount).ok_or_else(too_large)?;
    if miss.is_zero() {
        return Ok(());
    }
    let side = if miss.is_negative() { "missing" } else { "too much" };
    let rule = format!("amounts add up to {sum}, expected {amount} ({} {side})", miss.abs());
    Err(Fault::validation("payers", rule))
}

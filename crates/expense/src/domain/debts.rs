//! Who owes whom for one expense, and which creditor each handed-over fen goes to.
//!
//! A person's debt is what his share exceeds what he paid. Debts meet credits in the order of user ids (the
//! north-west corner of the debtor-creditor table). The rule not to be broken: parts of a debt handed over at
//! different times go, taken together, to exactly the creditors that the whole debt would have gone to.

use std::collections::BTreeMap;

use fault::Fault;
use money::Minor;

use super::{Part, Transfer};

/// How one person stands in one expense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who it is.
    pub user_id: i64,
    /// What he laid out.
    pub paid: Minor,
    /// What he consumed.
    pub share: Minor,
    /// `paid - share`: above zero money is due to him.
    pub net: Minor,
}

impl Standing {
    /// Gives what he owes to others: `share - paid`, never below zero.
    pub fn debt(&self) -> Minor {
        self.net.neg().max(Minor::ZERO)
    }

    /// Gives what others owe him: `paid - share`, never below zero.
    pub fn credit(&self) -> Minor {
        self.net.max(Minor::ZERO)
    }
}

/// Works out how everybody stands who paid or shares.
///
/// *Shape*: one row a person, sorted by user id; nets add up to zero when payers and shares have one sum.
/// *Errors*: an internal fault when an amount leaves 64 bits.
pub fn standings(payers: &[Part], shares: &[Part]) -> Result<Vec<Standing>, Fault> {
    let mut sides: BTreeMap<i64, (Minor, Minor)> = BTreeMap::new();
    for payer in payers {
        let (paid, _) = sides.entry(payer.user_id).or_default();
        *paid = paid.checked_add(payer.amount).ok_or_else(overflow)?;
    }
    for share in shares {
        let (_, owed) = sides.entry(share.user_id).or_default();
        *owed = owed.checked_add(share.amount).ok_or_else(overflow)?;
    }
    sides
        .into_iter()
        .map(|(user_id, (paid, share))| {
            let net = paid.checked_sub(share).ok_or_else(overflow)?;
            Ok(Standing { user_id, paid, share, net })
        })
        .collect()
}

/// Gives what one person owes to others for the expense, zero for who owes nothing.
///
/// *Errors*: an internal fault when an amount leaves 64 bits.
pub fn debt_of(payers: &[Part], shares: &[Part], user_id: i64) -> Result<Minor, Fault> {
    let standings = standings(payers, shares)?;
    Ok(standings.iter().find(|row| row.user_id == user_id).map_or(Minor::ZERO, Standing::debt))
}

/// Gives all debts of the expense: from each debtor to his creditors.
///
/// *Shape*: sorted by debtor, then creditor; each pair at most once; every debt and every credit is used up
/// when payers and shares have one sum. *Errors*: an internal fault when an amount leaves 64 bits.
pub fn legs(payers: &[Part], shares: &[Part]) -> Result<Vec<Transfer>, Fault> {
    let standings = standings(payers, shares)?;
    let mut creditors = standings.iter().filter(|row| row.net.is_positive());
    let mut legs = Vec::new();
    let mut creditor: Option<(i64, Minor)> = None;
    for debtor in standings.iter().filter(|row| row.net.is_negative()) {
        let mut open = debtor.debt();
        while open.is_positive() {
            let Some((to_user_id, credit)) =
                creditor.take().or_else(|| creditors.next().map(|row| (row.user_id, row.credit())))
            else {
                return Ok(legs);
            };
            let amount = open.min(credit);
            legs.push(Transfer { from_user_id: debtor.user_id, to_user_id, amount });
            open = open.checked_sub(amount).ok_or_else(overflow)?;
            let rest = credit.checked_sub(amount).ok_or_else(overflow)?;
            creditor = rest.is_positive().then_some((to_user_id, rest));
        }
    }
    Ok(legs)
}

/// Gives where the next part of one debtor's debt goes, after `paid_before` of it has been handed over.
///
/// The debt is laid out as one line over the debtor's legs; the part from `paid_before` to
/// `paid_before + amount` is cut out of it. So calls that follow each other add up to the legs of the whole.
/// *Shape*: sorted by creditor; what lies beyond the debt is left out, so the result adds up to
/// `min(amount, debt - paid_before)`. *Errors*: an internal fault when an amount leaves 64 bits.
pub fn legs_for(
    payers: &[Part],
    shares: &[Part],
    debtor_id: i64,
    paid_before: Minor,
    amount: Minor,
) -> Result<Vec<Transfer>, Fault> {
    let end = paid_before.checked_add(amount).ok_or_else(overflow)?;
    let mut reached = Minor::ZERO;
    let mut cut = Vec::new();
    for leg in legs(payers, shares)?.into_iter().filter(|leg| leg.from_user_id == debtor_id) {
        let next = reached.checked_add(leg.amount).ok_or_else(overflow)?;
        let part = next.min(end).checked_sub(reached.max(paid_before)).ok_or_else(overflow)?;
        if part.is_positive() {
            cut.push(Transfer { amount: part, ..leg });
        }
        reached = next;
    }
    Ok(cut)
}

fn overflow() -> Fault {
    Fault::internal("the amounts of an expense overflow")
}

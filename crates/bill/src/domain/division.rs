//! How a bill's total is divided: as asked, or as the expenses behind it are.

use std::collections::BTreeMap;

use fault::Fault;
use money::Minor;
use share::{Share, SplitInput, SplitType};

/// One person's part of one item. *Units*: minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Whose.
    pub(crate) user_id: i64,
    /// How much.
    pub(crate) amount: Minor,
}

/// Divides the total of a bill.
///
/// `custom` without splits takes the expenses' own shares; everything else is [`share::split`]. *Shape*: adds up to
/// `total`. *Errors*: as `share::split`.
pub(crate) fn divide(
    kind: SplitType,
    total: Minor,
    inputs: &[SplitInput],
    own: &[Part],
    people: People<'_>,
) -> Result<Vec<Share>, Fault> {
    if kind == SplitType::Custom && inputs.is_empty() {
        return as_the_expenses(own, total);
    }
    share::split(kind, total, inputs, people.member_ids, people.seed)
}

/// Who may be named, and who bears the remainder first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct People<'a> {
    /// The room's members.
    pub(crate) member_ids: &'a [i64],
    /// The bill's id.
    pub(crate) seed: i64,
}

fn as_the_expenses(own: &[Part], total: Minor) -> Result<Vec<Share>, Fault> {
    let mut sums = BTreeMap::<i64, Minor>::new();
    for part in own {
        let sum = sums.entry(part.user_id).or_default();
        *sum = sum.checked_add(part.amount).ok_or_else(|| Fault::internal("a sum of shares overflows"))?;
    }
    let shares: Vec<_> = sums
        .into_iter()
        .filter(|(_, amount)| !amount.is_zero())
        .map(|(user_id, amount)| Share { user_id, amount, percentage: None, weight: None })
        .collect();
    if Minor::sum(shares.iter().map(|share| share.amount)) != Some(total) {
        return Err(Fault::internal("the expenses' shares do not add up to the bill's total"));
    }
    Ok(shares)
}

//! Parts of an order: what an upgrade costs, and what a refund takes back.
//!
//! The rule not to be broken: refunds that follow each other add up, so that all of the money takes back all of what
//! was delivered, and nothing twice.

use fault::Fault;

/// The least that an order costs, in fen.
const PRICE_MIN_MINOR: i64 = 1;

/// What is left of one plan. *Units*: fen, whole days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rest {
    pub(crate) price_minor: i64,
    pub(crate) days: i32,
    pub(crate) days_left: i32,
}

/// Gives what an upgrade costs: the new price less what is left of the present plans, by whole days, and never below
/// 0.01 (contract section 16). *Errors*: internal, when a sum leaves 64 bits.
pub(crate) fn upgrade_price(price_minor: i64, rests: &[Rest]) -> Result<i64, Fault> {
    let mut left = 0_i64;
    for rest in rests {
        let worth = part(rest.price_minor, i64::from(rest.days_left), i64::from(rest.days))?;
        left = left.checked_add(worth).ok_or_else(overflow)?;
    }
    Ok(price_minor.saturating_sub(left).max(PRICE_MIN_MINOR))
}

/// What an order is over and how much of it went back so far. *Units*: fen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refunded {
    pub(crate) amount_minor: i64,
    pub(crate) before_minor: i64,
    pub(crate) now_minor: i64,
}

/// Gives what of a delivered quantity this refund takes back, when `taken` of it went back before. The last fen takes
/// the rest. *Errors*: internal, when a sum leaves 64 bits.
pub(crate) fn taken_back(quantity: i64, taken: i64, refunded: Refunded) -> Result<i64, Fault> {
    let money = refunded.before_minor.checked_add(refunded.now_minor).ok_or_else(overflow)?;
    Ok(part(quantity, money, refunded.amount_minor)?.saturating_sub(taken).max(0))
}

/// Takes an amount out of what each account got, the last one first. `left` is what each still has of the order, in
/// its order. *Shape*: as `left`, adding up to the amount if there is so much.
pub(crate) fn from_the_end(left: &[i64], amount: i64) -> Vec<i64> {
    let mut open = amount;
    let mut taken: Vec<i64> = left
        .iter()
        .rev()
        .map(|has| {
            let take = open.min(*has).max(0);
            open = open.saturating_sub(take);
            take
        })
        .collect();
    taken.reverse();
    taken
}

/// `quantity * of / whole`, rounded down.
fn part(quantity: i64, of: i64, whole: i64) -> Result<i64, Fault> {
    let product = i128::from(quantity).checked_mul(i128::from(of)).ok_or_else(overflow)?;
    let part = product.checked_div(i128::from(whole)).ok_or_else(overflow)?;
    i64::try_from(part).map_err(|_| overflow())
}

fn overflow() -> Fault {
    Fault::internal("a part of an order overflows")
}

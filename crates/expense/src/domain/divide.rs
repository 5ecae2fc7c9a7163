//! Cuts the billed part out of an expense, and divides the expenses of an approved bill anew.
//!
//! Which expenses stand in which bill is decided elsewhere. The rule not to be broken: no part ever becomes
//! negative, every expense keeps its amount, and the users' parts add up to the bill's shares to the fen.

use std::collections::{BTreeMap, VecDeque};

use fault::Fault;
use money::{Minor, split_by_weights};

use super::{Part, total};

/// The billed part of one expense and how it is divided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Which expense it is.
    pub expense_id: i64,
    /// Each user's part; they add up to what is billed.
    pub shares: Vec<Part>,
}

/// Cuts an amount out of what is left of an expense's shares (or of its payers' amounts), in proportion.
///
/// `left` is what other bills have not taken yet. Each part is at most what is left of it, so that bills that
/// follow each other never take more than a share, and the last one takes exactly the rest.
/// *Shape*: as many parts as `left`, in its order, adding up to `billed`. *Errors*: a validation fault on
/// `amount` when `billed` is not above zero or more than what is left.
pub fn scale(left: &[Part], billed: Minor, seed: i64) -> Result<Vec<Part>, Fault> {
    let whole = total(left)?;
    if !billed.is_positive() {
        return Err(Fault::validation("amount", "must be greater than 0"));
    }
    if billed > whole {
        return Err(Fault::validation(
            "amount",
            format!("must be at most {whole}, what is left of the expense"),
        ));
    }
    cut(left, billed, seed)
}

/// Divides the items of a bill anew so that each user's parts add up to his share of the bill.
///
/// Who has too much gives it up in proportion over his items; who has too little takes it there. So exactly
/// what is too much moves, and no division could move less. *Shape*: the items in their order, each with the
/// same sum as before; users with nothing are left out, the others are sorted by id. *Errors*: an internal
/// fault when a part or target is negative or the targets do not add up to the items.
pub fn redivide(items: &[Item], targets: &[Part]) -> Result<Vec<Item>, Fault> {
    let mut rows = items.iter().map(Row::read).collect::<Result<Vec<_>, _>>()?;
    let mut gaps: BTreeMap<i64, Minor> = BTreeMap::new();
    for target in targets {
        if target.amount.is_negative() {
            return Err(Fault::internal("a share of a bill is negative"));
        }
        add(gaps.entry(target.user_id).or_default(), target.amount)?;
    }
    for (user_id, part) in rows.iter().flat_map(|row| &row.parts) {
        add(gaps.entry(*user_id).or_default(), part.neg())?;
    }
    if !Minor::sum(gaps.values().copied()).is_some_and(Minor::is_zero) {
        return Err(Fault::internal("the shares of a bill do not add up to its items"));
    }
    for (user_id, gap) in gaps.iter().filter(|(_, gap)| gap.is_negative()) {
        give_up(&mut rows, *user_id, gap.neg())?;
    }
    take_up(&mut rows, gaps)?;
    Ok(rows.into_iter().map(Row::into_item).collect())
}

/// One item while it is divided anew.
struct Row {
    expense_id: i64,
    parts: BTreeMap<i64, Minor>,
    /// What has been given up and not been taken yet.
    free: Minor,
}

impl Row {
    fn read(item: &Item) -> Result<Self, Fault> {
        let mut parts = BTreeMap::new();
        for share in &item.shares {
            if share.amount.is_negative() {
                return Err(Fault::internal("a part of a billed expense is negative"));
            }
            add(parts.entry(share.user_id).or_default(), share.amount)?;
        }
        Ok(Self { expense_id: item.expense_id, parts, free: Minor::ZERO })
    }

    fn part(&self, user_id: i64) -> Minor {
        self.parts.get(&user_id).copied().unwrap_or_default()
    }

    fn into_item(self) -> Item {
        let held = self.parts.into_iter().filter(|(_, amount)| !amount.is_zero());
        Item {
            expense_id: self.expense_id,
            shares: held.map(|(user_id, amount)| Part::new(user_id, amount)).collect(),
        }
    }
}

/// Frees what a user has too much, in proportion to his parts.
fn give_up(rows: &mut [Row], user_id: i64, surplus: Minor) -> Result<(), Fault> {
    let held: Vec<Part> = rows.iter().map(|row| Part::new(user_id, row.part(user_id))).collect();
    for (row, taken) in rows.iter_mut().zip(cut(&held, surplus, user_id)?) {
        add(row.parts.entry(user_id).or_default(), taken.amount.neg())?;
        add(&mut row.free, taken.amount)?;
    }
    Ok(())
}

/// Hands what is free to the users who have too little, item by item, lowest user id first.
fn take_up(rows: &mut [Row], gaps: BTreeMap<i64, Minor>) -> Result<(), Fault> {
    let mut open: VecDeque<(i64, Minor)> = gaps.into_iter().filter(|(_, gap)| gap.is_positive()).collect();
    for row in rows {
        while row.free.is_positive() {
            let Some((user_id, gap)) = open.pop_front() else {
                return Err(Fault::internal("more of a bill is free than anybody lacks"));
            };
            let amount = gap.min(row.free);
            add(row.parts.entry(user_id).or_default(), amount)?;
            add(&mut row.free, amount.neg())?;
            let rest = gap.checked_sub(amount).ok_or_else(overflow)?;
            if rest.is_positive() {
                open.push_front((user_id, rest));
            }
        }
    }
    Ok(())
}

/// Cuts `amount` out of parts in proportion. A part never loses more than it has, because its exact
/// proportion is at most the part, a whole number, and is rounded up at most to the next whole number.
fn cut(parts: &[Part], amount: Minor, seed: i64) -> Result<Vec<Part>, Fault> {
    let weights = parts
        .iter()
        .map(|part| {
            u64::try_from(part.amount.get()).map_err(|_| Fault::internal("a part to be cut is negative"))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let amounts = split_by_weights(amount, &weights, seed).map_err(Fault::internal)?;
    Ok(parts.iter().zip(amounts).map(|(part, amount)| Part { amount, ..*part }).collect())
}

fn add(place: &mut Minor, amount: Minor) -> Result<(), Fault> {
    *place = place.checked_add(amount).ok_or_else(overflow)?;
    Ok(())
}

fn overflow() -> Fault {
    Fault::internal("the amounts of a bill overflow")
}

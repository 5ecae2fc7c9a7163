//! Works out how a sealed bill divides the expenses behind it.
//!
//! Nothing is written here. The rules not to be broken: an expense keeps its amount; the users' parts add up to
//! the bill's shares; what was handed over before counts for the bill, once.

use std::collections::{BTreeMap, BTreeSet};

use clock::Clock;
use fault::Fault;
use money::Minor;

use super::draft;
use crate::{
    domain::{
        Part, debts,
        divide::{self, Item},
        split::{Share, SplitType},
    },
    store::{
        Expense,
        bills::{Bill, BillPart, SealedShare},
    },
};

/// The parts that sealed bills hold, by bill.
pub(super) type Sealed = BTreeMap<i64, Vec<BillPart>>;

/// The billed part of an expense as the expense itself divides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Billed {
    pub(super) shares: Vec<Part>,
    pub(super) payers: Vec<Part>,
}

/// What sealing changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Division {
    /// The expenses as they are afterwards, with the version and instant of before; sorted by id.
    pub(super) expenses: Vec<Expense>,
    pub(super) parts: Vec<BillPart>,
    /// Parts of bills sealed before, by bill, whose debt became less because this bill owes their users something.
    pub(super) lowered: Vec<(i64, BillPart)>,
    pub(super) shares: Vec<SealedShare>,
}

impl Billed {
    /// Cuts an amount out of what sealed bills leave of an expense.
    pub(super) fn of(expense: &Expense, amount: Minor, sealed: &Sealed) -> Result<Self, Fault> {
        let shares = left(expense, &expense.shares(), sealed, |part| part.share)?;
        let payers = left(expense, &expense.payers, sealed, |part| part.laid_out)?;
        Ok(Self {
            shares: divide::scale(&shares, amount, expense.id)?,
            payers: divide::scale(&payers, amount, expense.id)?,
        })
    }
}

/// Passes the parts that are not zero.
pub(super) fn held(parts: &[Part]) -> impl Iterator<Item = Part> + '_ {
    parts.iter().copied().filter(|part| !part.amount.is_zero())
}

fn left(
    expense: &Expense,
    parts: &[Part],
    sealed: &Sealed,
    of: fn(&BillPart) -> Minor,
) -> Result<Vec<Part>, Fault> {
    let left = parts.iter().map(|part| {
        let gone = sum(parts_of(sealed, expense.id, part.user_id).map(of))?;
        Ok(Part::new(part.user_id, minus(part.amount, gone)?))
    });
    left.collect()
}

fn parts_of(sealed: &Sealed, expense_id: i64, user_id: i64) -> impl Iterator<Item = &BillPart> {
    sealed.values().flatten().filter(move |part| part.expense_id == expense_id && part.user_id == user_id)
}

/// Divides the expenses behind a bill so that the users' parts add up to the targets.
///
/// `expenses` are those of the bill, sorted by id; `sealed` the parts of other bills. *Errors*: a validation
/// fault on `shares` when the targets do not add up to the bill.
pub(super) fn divide(
    clock: &Clock,
    bill: &Bill,
    expenses: &[Expense],
    sealed: &Sealed,
    targets: &[Part],
) -> Result<Division, Fault> {
    let mut before = Vec::with_capacity(expenses.len());
    for expense in expenses {
        let amount = bill.items.iter().find(|item| item.expense_id == expense.id).map(|item| item.amount);
        before.push(Billed::of(expense, amount.unwrap_or_default(), sealed)?);
    }
    let items: Vec<Item> = expenses
        .iter()
        .zip(&before)
        .map(|(expense, billed)| Item { expense_id: expense.id, shares: billed.shares.clone() })
        .collect();
    check_sum(bill, targets)?;
    let divided = divide::redivide(&items, targets)?;
    let mut division = Division::default();
    for ((expense, billed), item) in expenses.iter().zip(&before).zip(&divided) {
        let after = redraw(clock, expense, &billed.shares, &item.shares)?;
        division.parts.extend(parts(&after, &billed.payers, &item.shares, sealed)?);
        division.lowered.extend(lowered(&after, sealed)?);
        division.expenses.push(after);
    }
    division.shares = shares(&division, targets)?;
    Ok(division)
}

fn check_sum(bill: &Bill, targets: &[Part]) -> Result<(), Fault> {
    let total = sum(bill.items.iter().map(|item| item.amount))?;
    let sum = sum(targets.iter().map(|target| target.amount))?;
    if sum == total && targets.iter().all(|target| !target.amount.is_negative()) {
        return Ok(());
    }
    Err(Fault::validation("shares", format!("shares add up to {sum}, expected {total}")))
}

/// Gives the expense with its billed part divided anew.
fn redraw(clock: &Clock, expense: &Expense, before: &[Part], after: &[Part]) -> Result<Expense, Fault> {
    let mut amounts: BTreeMap<i64, Minor> =
        expense.splits.iter().map(|split| (split.user_id, split.amount)).collect();
    for part in before {
        let amount = amounts.entry(part.user_id).or_default();
        *amount = minus(*amount, part.amount)?;
    }
    for part in after {
        let amount = amounts.entry(part.user_id).or_default();
        *amount = sum([*amount, part.amount])?;
    }
    let is_same = expense.splits.len() == amounts.len()
        && expense.splits.iter().all(|split| amounts.get(&split.user_id) == Some(&split.amount));
    if is_same {
        return Ok(expense.clone());
    }
    let plain = |(user_id, amount)| Share { user_id, amount, percentage: None, weight: None };
    let shares: Vec<Share> = amounts.into_iter().map(plain).collect();
    let splits = draft::splits(clock, &expense.payers, &shares, &expense.splits)?;
    Ok(Expense { split_type: SplitType::Custom, splits, ..expense.clone() })
}

/// Gives each user's part of the billed part, what of it he owes, and what of that he has handed over already.
fn parts(
    expense: &Expense,
    payers: &[Part],
    shares: &[Part],
    sealed: &Sealed,
) -> Result<Vec<BillPart>, Fault> {
    let mut parts = Vec::new();
    for standing in debts::standings(payers, shares)? {
        if standing.paid.is_zero() && standing.share.is_zero() {
            continue;
        }
        let split = expense.splits.iter().find(|split| split.user_id == standing.user_id);
        let others = |of: fn(&BillPart) -> Minor| sum(parts_of(sealed, expense.id, standing.user_id).map(of));
        let open_debt = minus(split.map(|it| it.debt).unwrap_or_default(), others(|part| part.debt)?)?;
        let unclaimed = minus(split.map(|it| it.paid).unwrap_or_default(), others(|part| part.paid)?)?;
        let debt = standing.debt().min(open_debt).max(Minor::ZERO);
        parts.push(BillPart {
            expense_id: expense.id,
            user_id: standing.user_id,
            laid_out: standing.paid,
            share: standing.share,
            debt,
            paid: debt.min(unclaimed).max(Minor::ZERO),
        });
    }
    Ok(parts)
}

/// Gives the parts of other bills that owe more than is left to owe, with the debt they keep; the newest bill gives way
/// first, and nothing that was handed over is taken back.
///
/// A user owes what all bills together leave him to owe: what one bill lets him get back of an expense, another that
/// holds a part of the same expense no longer asks of him.
fn lowered(expense: &Expense, sealed: &Sealed) -> Result<Vec<(i64, BillPart)>, Fault> {
    let mut lowered = Vec::new();
    for split in &expense.splits {
        let debts = sum(parts_of(sealed, expense.id, split.user_id).map(|part| part.debt))?;
        let mut excess = minus(debts, split.debt)?;
        for (bill_id, parts) in sealed.iter().rev() {
            let here = |part: &&BillPart| part.expense_id == expense.id && part.user_id == split.user_id;
            let Some(part) = parts.iter().find(here) else { continue };
            let cut = minus(part.debt, part.paid)?.min(excess);
            if cut.is_positive() {
                excess = minus(excess, cut)?;
                lowered.push((*bill_id, BillPart { debt: minus(part.debt, cut)?, ..*part }));
            }
        }
    }
    Ok(lowered)
}

/// Gives the users' shares of the bill, and to whom their debts go.
fn shares(division: &Division, targets: &[Part]) -> Result<Vec<SealedShare>, Fault> {
    let mut shares = Vec::with_capacity(targets.len());
    for target in targets {
        let mut payees = BTreeSet::new();
        let owed =
            division.parts.iter().filter(|part| part.user_id == target.user_id && part.debt.is_positive());
        for part in owed {
            if let Some(expense) = division.expenses.iter().find(|expense| expense.id == part.expense_id) {
                payees.extend(expense.payees_of(target.user_id)?);
            }
        }
        shares.push(SealedShare { part: *target, payee_user_ids: payees.into_iter().collect() });
    }
    Ok(shares)
}

fn sum(amounts: impl IntoIterator<Item = Minor>) -> Result<Minor, Fault> {
    Minor::sum(amounts).ok_or_else(|| Fault::internal("the amounts of a bill overflow"))
}

fn minus(amount: Minor, less: Minor) -> Result<Minor, Fault> {
    amount.checked_sub(less).ok_or_else(|| Fault::internal("the amounts of a bill overflow"))
}

//! Works out what an expense is like after a change, and whether the change may be made.
//!
//! Nothing is written here. The rules not to be broken: what money was handed over for never changes, a bill
//! never holds more than its expense, and who paid never changes (contract section 5).

use std::collections::BTreeSet;

use clock::Clock;
use fault::{Code, Fault};
use money::Minor;
use proto::expense::v1::UpdateExpenseRequest;

use super::draft;
use crate::{
    domain::{
        Part,
        payers::{self, PaidBy},
        split::{self, Share, SplitInput, SplitType},
        text,
    },
    store::{Expense, Split, bills::Taken},
    wire,
};
use roster::Members;

/// Gives the expense as it is after the change; its version and instant are still the old ones.
///
/// *Errors*: `VALIDATION_ERROR` naming the field, `VERSION_CONFLICT`.
pub(super) fn apply(
    clock: &Clock,
    members: &Members,
    old: &Expense,
    request: &UpdateExpenseRequest,
) -> Result<Expense, Fault> {
    if request.expected_version.is_some_and(|version| version != old.version) {
        let detail = format!("the expense is at version {} by now", old.version);
        return Err(Fault::new(Code::VersionConflict, detail).with_field("expected_version"));
    }
    let mut new = old.clone();
    if let Some(title) = &request.title {
        new.title = text::title(title)?;
    }
    if let Some(category) = &request.category {
        new.category = text::category(category)?;
    }
    if let Some(description) = &request.description {
        new.description = text::description(description)?;
    }
    if let Some(date) = &request.date {
        new.date = text::date("date", date)?;
    }
    if request.replace_receipts.unwrap_or_default() {
        new.receipt_upload_ids.clone_from(&request.receipt_upload_ids);
    }
    divide(clock, members, old, &mut new, request)?;
    Ok(new)
}

/// Changes amount, payers and splits, as far as the request says so.
fn divide(
    clock: &Clock,
    members: &Members,
    old: &Expense,
    new: &mut Expense,
    request: &UpdateExpenseRequest,
) -> Result<(), Fault> {
    if let Some(amount) = request.amount_minor {
        new.amount = text::amount("amount", Minor::new(amount))?;
    }
    if let Some(kind) = wire::read_split_type(request.split_type)? {
        new.split_type = kind;
    }
    let inputs: Vec<SplitInput> = request.splits.iter().map(wire::read_split).collect();
    let is_same = new.amount == old.amount && new.split_type == old.split_type && inputs.is_empty();
    if is_same && request.payers.is_empty() {
        return Ok(());
    }
    new.payers = pay(old, new.amount, request)?;
    new.paid_by = payers::principal(&new.payers).unwrap_or(old.paid_by);
    let shares =
        if is_same { old.splits.iter().map(share_of).collect() } else { share(members, old, new, inputs)? };
    new.splits = draft::splits(clock, &new.payers, &shares, &old.splits)?;
    Ok(())
}

/// Works out who paid how much of the new amount; the people stay the same.
fn pay(old: &Expense, amount: Minor, request: &UpdateExpenseRequest) -> Result<Vec<Part>, Fault> {
    let users: Vec<i64> = old.payers.iter().map(|payer| payer.user_id).collect();
    if request.payers.is_empty() {
        return match users.as_slice() {
            [user_id] => payers::payers(amount, PaidBy::One(*user_id), &users),
            _ if amount == old.amount => Ok(old.payers.clone()),
            _ => Err(Fault::validation("payers", "must say who paid how much of the new amount")),
        };
    }
    let given: Vec<Part> = request.payers.iter().map(wire::read_payer).collect();
    let named: BTreeSet<i64> = given.iter().map(|payer| payer.user_id).collect();
    if named != users.iter().copied().collect() {
        return Err(Fault::validation("payers", "must name those who paid the expense; they never change"));
    }
    let mut payers = payers::payers(amount, PaidBy::Several(&given), &users)?;
    payers.sort_unstable();
    Ok(payers)
}

/// Works out everybody's share; without new splits the same people share as before.
fn share(
    members: &Members,
    old: &Expense,
    new: &Expense,
    mut inputs: Vec<SplitInput>,
) -> Result<Vec<Share>, Fault> {
    let before = old.splits.iter().map(|split| split.user_id);
    let named: Vec<i64> = members.user_ids().iter().copied().chain(before).collect();
    let kind = new.split_type;
    if inputs.is_empty()
        && (kind == SplitType::Equal || (kind == old.split_type && kind != SplitType::Custom))
    {
        inputs = old.splits.iter().map(|split| share_of(split).as_input(kind)).collect();
    }
    split::split(kind, new.amount, &inputs, &named, old.id)
}

const fn share_of(split: &Split) -> Share {
    Share { user_id: split.user_id, amount: split.amount, percentage: split.percentage, weight: split.weight }
}

/// Passes a change that touches neither what was handed over, nor what is frozen, nor what bills hold.
///
/// `taken` is what bills that wait for review hold of the expense. *Errors*: `STATE_CONFLICT` that says what stands against it.
pub(super) fn may_replace(old: &Expense, new: &Expense, taken: &[Taken]) -> Result<(), Fault> {
    if old.amount == new.amount && old.payers == new.payers && same_amounts(old, new) {
        return Ok(());
    }
    if old.has_confirmed_share() {
        return Err(Fault::conflict(
            "a share of this expense has been handed over; record a correcting expense instead of changing amounts",
        ));
    }
    let is_touched = |split: &&Split| {
        split.is_frozen
            && !new.splits.iter().any(|it| it.user_id == split.user_id && it.amount == split.amount)
    };
    if let Some(split) = old.splits.iter().find(is_touched) {
        let detail = format!("the share of user {} is disputed; its amount can't change now", split.user_id);
        return Err(Fault::conflict(detail));
    }
    let held = Minor::sum(taken.iter().map(|taken| taken.amount)).unwrap_or(Minor::MAX_INPUT);
    match taken.first() {
        Some(bill) if held > new.amount => Err(Fault::conflict(format!(
            "bill {} holds {held} of this expense; the amount can't become less",
            bill.bill_id
        ))),
        _ => Ok(()),
    }
}

/// Passes an expense that no approved bill holds.
pub(super) fn not_sealed(taken: &[Taken]) -> Result<(), Fault> {
    match taken.iter().find(|taken| taken.is_sealed) {
        Some(bill) => Err(Fault::conflict(format!(
            "the expense is part of the approved bill {} and can't be changed",
            bill.bill_id
        ))),
        None => Ok(()),
    }
}

fn same_amounts(old: &Expense, new: &Expense) -> bool {
    let amounts = |expense: &Expense| {
        let mut shares = expense.shares();
        shares.sort_unstable();
        shares
    };
    amounts(old) == amounts(new)
}

//! Tests of billed parts and of bills divided anew.
//!
//! Properties run over random bills with shares that add up to them.
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{detail, fen, parts, sum};
use crate::domain::{
    Part,
    divide::{Item, redivide, scale},
};

fn item(expense_id: i64, shares: &[(i64, i64)]) -> Item {
    Item { expense_id, shares: parts(shares) }
}

fn columns(items: &[Item]) -> BTreeMap<i64, i64> {
    let mut columns = BTreeMap::new();
    for share in items.iter().flat_map(|item| &item.shares) {
        *columns.entry(share.user_id).or_default() += share.amount.get();
    }
    columns
}

#[test]
fn a_bill_over_the_whole_expense_takes_the_shares_as_they_are() {
    let left = parts(&[(1, 3333), (2, 3334), (3, 3333)]);
    assert_eq!(scale(&left, fen(10_000), 5).unwrap(), left);
}

#[test]
fn a_bill_over_half_of_an_expense_takes_half_of_each_share() {
    let left = parts(&[(1, 6000), (2, 4000), (3, 0)]);
    assert_eq!(scale(&left, fen(5_000), 5).unwrap(), parts(&[(1, 3000), (2, 2000), (3, 0)]));
}

#[test]
fn a_bill_over_nothing_or_more_than_is_left_is_refused() {
    let left = parts(&[(1, 50), (2, 50)]);
    assert_eq!(detail(scale(&left, fen(0), 5)), "amount: must be greater than 0");
    assert_eq!(
        detail(scale(&left, fen(101), 5)),
        "amount: must be at most 1.00, what is left of the expense"
    );
}

#[test]
fn a_bill_whose_shares_fit_already_changes_nothing() {
    let items = [item(10, &[(1, 50), (2, 50)]), item(11, &[(1, 10), (3, 20)])];
    assert_eq!(redivide(&items, &parts(&[(1, 60), (2, 50), (3, 20)])).unwrap(), items);
}

#[test]
fn who_has_too_much_gives_it_to_who_has_too_little_in_the_same_expense() {
    let items = [item(10, &[(1, 50), (2, 50)])];
    let divided = redivide(&items, &parts(&[(1, 30), (2, 60), (3, 10)])).unwrap();
    assert_eq!(divided, [item(10, &[(1, 30), (2, 60), (3, 10)])]);
}

#[test]
fn who_has_no_share_of_the_bill_is_left_out_of_its_expenses() {
    let items = [item(10, &[(1, 50), (2, 50)]), item(11, &[(1, 50), (2, 50)])];
    let divided = redivide(&items, &parts(&[(2, 200)])).unwrap();
    assert_eq!(divided, [item(10, &[(2, 100)]), item(11, &[(2, 100)])]);
}

#[test]
fn shares_of_a_bill_that_do_not_add_up_to_its_items_are_a_mistake_of_ours() {
    let refused = redivide(&[item(10, &[(1, 50)])], &parts(&[(1, 49)])).unwrap_err();
    assert_eq!(refused.code(), fault::Code::InternalError);
    let refused = redivide(&[item(10, &[(1, 50)])], &parts(&[(1, 60), (2, -10)])).unwrap_err();
    assert_eq!(refused.code(), fault::Code::InternalError);
}

fn shares() -> impl Strategy<Value = Vec<Part>> {
    prop::collection::vec(0_i64..=10_000, 1..=6)
        .prop_map(|amounts| (1..).zip(amounts).map(|(id, amount)| Part::new(id, fen(amount))).collect())
}

/// A bill, and targets over up to eight users that add up to it.
fn bill() -> impl Strategy<Value = (Vec<Item>, Vec<Part>)> {
    let items = prop::collection::vec(shares(), 1..=6);
    (items, prop::collection::vec(0_i64..=1_000, 8)).prop_map(|(items, wishes)| {
        let items: Vec<Item> =
            (100..).zip(items).map(|(expense_id, shares)| Item { expense_id, shares }).collect();
        let mut open: i64 = items.iter().map(|item| sum(&item.shares)).sum();
        let mut targets = Vec::new();
        for (user_id, wish) in (1..).zip(wishes) {
            let amount = if user_id == 8 { open } else { (open * wish / 2_000).min(open) };
            targets.push(Part::new(user_id, fen(amount)));
            open -= amount;
        }
        (items, targets)
    })
}

proptest! {
    #[test]
    fn bills_that_follow_each_other_take_every_share_exactly_once(
        whole in shares(), steps in prop::collection::vec(1_i64..=20_000, 1..=10), seed in any::<i64>(),
    ) {
        prop_assume!(sum(&whole) > 0);
        let mut left = whole;
        for step in steps.into_iter().chain([i64::MAX]) {
            let billed = step.min(sum(&left));
            if billed == 0 {
                break;
            }
            let taken = scale(&left, fen(billed), seed).unwrap();
            prop_assert_eq!(sum(&taken), billed);
            for (left, taken) in left.iter_mut().zip(&taken) {
                prop_assert!(!taken.amount.is_negative());
                left.amount = left.amount.checked_sub(taken.amount).unwrap();
                prop_assert!(!left.amount.is_negative());
            }
        }
        prop_assert_eq!(sum(&left), 0);
    }

    #[test]
    fn a_bill_divided_anew_keeps_every_expense_and_meets_every_share((items, targets) in bill()) {
        let divided = redivide(&items, &targets).unwrap();
        prop_assert_eq!(divided.len(), items.len());
        for (before, after) in items.iter().zip(&divided) {
            prop_assert_eq!(before.expense_id, after.expense_id);
            prop_assert_eq!(sum(&before.shares), sum(&after.shares));
            prop_assert!(after.shares.iter().all(|share| share.amount.is_positive()));
        }
        let expected: BTreeMap<i64, i64> = targets
            .iter()
            .filter(|target| !target.amount.is_zero())
            .map(|target| (target.user_id, target.amount.get()))
            .collect();
        prop_assert_eq!(columns(&divided), expected);
    }

    #[test]
    fn a_bill_divided_anew_moves_only_what_somebody_had_too_much((items, targets) in bill()) {
        let divided = redivide(&items, &targets).unwrap();
        let before = columns(&items);
        let surplus: i64 = before
            .iter()
            .map(|(user_id, had)| {
                let target = targets.iter().find(|target| target.user_id == *user_id).unwrap().amount.get();
                (had - target).max(0)
            })
            .sum();
        let mut moved = 0;
        for (before, after) in items.iter().zip(&divided) {
            for user_id in 1..=8 {
                let of = |item: &Item| item.shares.iter().find(|s| s.user_id == user_id).map_or(0, |s| s.amount.get());
                moved += (of(before) - of(after)).max(0);
            }
        }
        prop_assert_eq!(moved, surplus);
    }
}

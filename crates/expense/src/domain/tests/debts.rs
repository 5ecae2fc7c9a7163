//! Tests of who owes whom for one expense.
//!
//! Properties run over random payers and shares with one sum.
use std::collections::BTreeMap;

use money::{Minor, split_by_weights};
use proptest::prelude::*;

use super::{fen, parts, transfer};
use crate::domain::{
    Part, Transfer,
    debts::{debt_of, legs, legs_for, standings},
};

#[test]
fn with_one_payer_everybody_else_owes_him_his_share() {
    let legs = legs(&parts(&[(2, 900)]), &parts(&[(1, 300), (2, 300), (3, 300)])).unwrap();
    assert_eq!(legs, [transfer(1, 2, 300), transfer(3, 2, 300)]);
}

#[test]
fn the_own_share_of_a_payer_is_no_debt() {
    let payers = parts(&[(2, 900)]);
    let shares = parts(&[(1, 300), (2, 600)]);
    assert_eq!(debt_of(&payers, &shares, 2).unwrap(), Minor::ZERO);
    assert_eq!(debt_of(&payers, &shares, 1).unwrap(), fen(300));
    assert_eq!(debt_of(&payers, &shares, 7).unwrap(), Minor::ZERO);
}

#[test]
fn a_payer_who_paid_less_than_his_share_owes_the_difference() {
    let payers = parts(&[(1, 100), (2, 800)]);
    let shares = parts(&[(1, 450), (2, 450)]);
    assert_eq!(legs(&payers, &shares).unwrap(), [transfer(1, 2, 350)]);
}

#[test]
fn several_creditors_are_filled_in_the_order_of_their_ids() {
    let payers = parts(&[(4, 500), (3, 400)]);
    let shares = parts(&[(2, 600), (1, 300)]);
    assert_eq!(
        legs(&payers, &shares).unwrap(),
        [transfer(1, 3, 300), transfer(2, 3, 100), transfer(2, 4, 500)]
    );
}

#[test]
fn part_of_a_debt_goes_to_the_first_creditor_that_is_not_satisfied_yet() {
    let payers = parts(&[(4, 500), (3, 400)]);
    let shares = parts(&[(2, 600), (1, 300)]);
    let cut = |before, amount| legs_for(&payers, &shares, 2, fen(before), fen(amount)).unwrap();
    assert_eq!(cut(0, 60), [transfer(2, 3, 60)]);
    assert_eq!(cut(60, 60), [transfer(2, 3, 40), transfer(2, 4, 20)]);
    assert_eq!(cut(120, 10_000), [transfer(2, 4, 480)]);
    assert_eq!(cut(600, 1), []);
}

fn expense() -> impl Strategy<Value = (Vec<Part>, Vec<Part>)> {
    let weights =
        || prop::collection::vec(0_u64..=9, 1..=8).prop_filter("somebody", |w| w.iter().any(|w| *w > 0));
    (1_i64..=100_000, weights(), weights(), any::<i64>()).prop_map(|(amount, paid, owed, seed)| {
        let cut = |weights: &[u64]| {
            let amounts = split_by_weights(fen(amount), weights, seed).unwrap();
            (1..).zip(amounts).map(|(user_id, amount)| Part::new(user_id, amount)).collect()
        };
        (cut(&paid), cut(&owed))
    })
}

fn totals(legs: &[Transfer]) -> BTreeMap<(i64, i64), i64> {
    let mut totals = BTreeMap::new();
    for leg in legs {
        *totals.entry((leg.from_user_id, leg.to_user_id)).or_default() += leg.amount.get();
    }
    totals
}

proptest! {
    #[test]
    fn legs_use_up_every_debt_and_every_credit((payers, shares) in expense()) {
        let legs = legs(&payers, &shares).unwrap();
        prop_assert!(legs.iter().all(|leg| leg.amount.is_positive() && leg.from_user_id != leg.to_user_id));
        for row in standings(&payers, &shares).unwrap() {
            let given: i64 = legs.iter().filter(|leg| leg.from_user_id == row.user_id).map(|leg| leg.amount.get()).sum();
            let taken: i64 = legs.iter().filter(|leg| leg.to_user_id == row.user_id).map(|leg| leg.amount.get()).sum();
            prop_assert_eq!(given, row.debt().get());
            prop_assert_eq!(taken, row.credit().get());
        }
    }

    #[test]
    fn a_debt_handed_over_bit_by_bit_reaches_the_same_creditors_as_at_once(
        (payers, shares) in expense(), steps in prop::collection::vec(1_i64..=5_000, 1..=20),
    ) {
        for row in standings(&payers, &shares).unwrap() {
            let debt = row.debt().get();
            let mut before = 0;
            let mut cut = Vec::new();
            for step in steps.iter().copied().chain([debt]) {
                let amount = step.min(debt - before);
                let now = legs_for(&payers, &shares, row.user_id, fen(before), fen(amount)).unwrap();
                prop_assert_eq!(now.iter().map(|leg| leg.amount.get()).sum::<i64>(), amount);
                cut.extend(now);
                before += amount;
            }
            let whole: Vec<Transfer> =
                legs(&payers, &shares).unwrap().into_iter().filter(|leg| leg.from_user_id == row.user_id).collect();
            prop_assert_eq!(totals(&cut), totals(&whole));
        }
    }

    #[test]
    fn the_order_in_which_people_are_listed_does_not_matter((payers, shares) in expense()) {
        let reversed = |parts: &[Part]| parts.iter().rev().copied().collect::<Vec<_>>();
        prop_assert_eq!(legs(&payers, &shares).unwrap(), legs(&reversed(&payers), &reversed(&shares)).unwrap());
    }
}

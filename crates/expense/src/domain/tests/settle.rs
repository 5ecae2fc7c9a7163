//! Tests of the settlement plan.
//!
//! The fewest transfers are found again by an exhaustive search that knows nothing of groups.
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{fen, parts, transfer};
use crate::domain::{
    Part,
    settle::{Method, PROVEN_PEOPLE_MAX, Plan, plan},
};

/// Finds the fewest transfers by trying, for the first open person, every partner on the other side.
fn fewest(balances: &mut [i64], from: usize) -> usize {
    let Some(first) = (from..balances.len()).find(|at| balances[*at] != 0) else { return 0 };
    let open = balances[first];
    let mut best = usize::MAX;
    for other in first + 1..balances.len() {
        if balances[other] != 0 && (balances[other] < 0) != (open < 0) {
            balances[other] += open;
            best = best.min(1 + fewest(balances, first + 1));
            balances[other] -= open;
        }
    }
    best
}

fn people(balances: &[i64]) -> Vec<Part> {
    (1..).zip(balances).map(|(user_id, amount)| Part::new(user_id, fen(*amount))).collect()
}

/// Closes a list of balances with one that makes the sum zero.
fn closed(mut balances: Vec<i64>) -> Vec<i64> {
    balances.push(-balances.iter().sum::<i64>());
    balances
}

fn everybody_is_even(balances: &[Part], plan: &Plan) -> bool {
    let mut open: BTreeMap<i64, i64> =
        balances.iter().map(|part| (part.user_id, part.amount.get())).collect();
    for transfer in &plan.transfers {
        assert!(transfer.amount.is_positive() && transfer.from_user_id != transfer.to_user_id);
        *open.get_mut(&transfer.from_user_id).unwrap() += transfer.amount.get();
        *open.get_mut(&transfer.to_user_id).unwrap() -= transfer.amount.get();
    }
    open.values().all(|balance| *balance == 0)
}

#[test]
fn a_room_that_is_even_needs_no_transfer() {
    let plan = plan(&parts(&[(1, 0), (2, 0)])).unwrap();
    assert_eq!(plan, Plan { method: Method::ProvenMinimal, transfers: vec![] });
}

#[test]
fn an_empty_room_needs_no_transfer() {
    assert_eq!(plan(&[]).unwrap().transfers, []);
}

#[test]
fn the_demo_dorm_gets_even_with_three_transfers() {
    let plan = plan(&parts(&[(1, -6763), (2, -8297), (3, -13100), (4, 28160)])).unwrap();
    assert_eq!(plan.transfers, [transfer(1, 4, 6763), transfer(2, 4, 8297), transfer(3, 4, 13100)]);
}

#[test]
fn two_pairs_that_cancel_out_need_one_transfer_each() {
    let plan = plan(&parts(&[(1, 500), (2, -300), (3, 300), (4, -500)])).unwrap();
    assert_eq!(plan.transfers, [transfer(2, 3, 300), transfer(4, 1, 500)]);
}

#[test]
fn groups_that_greedy_matching_would_tear_apart_are_found() {
    // The largest debtor with the largest creditor would need five transfers.
    let plan = plan(&parts(&[(1, 800), (2, 700), (3, -500), (4, -300), (5, -600), (6, -100)])).unwrap();
    assert_eq!(plan.method, Method::ProvenMinimal);
    assert_eq!(
        plan.transfers,
        [transfer(3, 1, 500), transfer(4, 1, 300), transfer(5, 2, 600), transfer(6, 2, 100)]
    );
}

#[test]
fn balances_that_do_not_add_up_are_a_mistake_of_ours() {
    assert_eq!(plan(&parts(&[(1, 500), (2, -499)])).unwrap_err().code(), fault::Code::InternalError);
}

#[test]
fn sixteen_people_are_proven_and_seventeen_are_not() {
    let sixteen = people(&closed((1..=15).map(|step| step * 1_001).collect()));
    let proven = plan(&sixteen).unwrap();
    assert_eq!((sixteen.len(), proven.method), (PROVEN_PEOPLE_MAX, Method::ProvenMinimal));
    assert_eq!(proven.transfers.len(), 15);
    let seventeen = people(&closed((1..=16).map(|step| step * 1_001).collect()));
    assert_eq!(plan(&seventeen).unwrap().method, Method::Heuristic);
}

#[test]
fn people_who_are_even_do_not_count_towards_the_limit() {
    let mut balances = parts(&[(1, 5), (2, -5)]);
    balances.extend((3..=60).map(|user_id| Part::new(user_id, fen(0))));
    let plan = plan(&balances).unwrap();
    assert_eq!((plan.method, plan.transfers), (Method::ProvenMinimal, vec![transfer(2, 1, 5)]));
}

#[test]
fn sixteen_people_in_five_hidden_groups_need_eleven_transfers() {
    let balances = [
        700_001, -300_000, -400_001, 500_010, -200_003, -300_007, 900_100, -450_050, -450_050, 123_456,
        -100_000, -23_456, 800_000, 70_007, -500_005, -370_002,
    ];
    let people = people(&balances);
    let plan = plan(&people).unwrap();
    assert!(everybody_is_even(&people, &plan));
    assert_eq!(plan.transfers.len(), 11);
}

#[test]
fn the_largest_balances_that_a_room_can_have_are_settled() {
    let people = people(&[i64::MAX, -i64::MAX, i64::MAX - 1, -(i64::MAX - 1)]);
    assert_eq!(plan(&people).unwrap().transfers.len(), 2);
}

proptest! {
    #[test]
    fn up_to_eight_people_get_the_fewest_transfers_that_exhaustive_search_finds(
        balances in prop::collection::vec(-6_i64..=6, 1..=7),
    ) {
        let balances = closed(balances);
        let people = people(&balances);
        let plan = plan(&people).unwrap();
        prop_assert_eq!(plan.method, Method::ProvenMinimal);
        prop_assert!(everybody_is_even(&people, &plan));
        prop_assert_eq!(plan.transfers.len(), fewest(&mut balances.clone(), 0));
    }

    #[test]
    fn the_order_in_which_balances_are_listed_does_not_matter(
        balances in prop::collection::vec(-9_i64..=9, 1..=9).prop_map(closed).prop_map(|it| people(&it)),
    ) {
        let reversed: Vec<Part> = balances.iter().rev().copied().collect();
        prop_assert_eq!(plan(&balances).unwrap(), plan(&reversed).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_room_gets_even_with_less_transfers_than_people(
        balances in prop::collection::vec(-500_000_i64..=500_000, 1..=60).prop_map(closed),
    ) {
        let people = people(&balances);
        let plan = plan(&people).unwrap();
        prop_assert!(everybody_is_even(&people, &plan));
        prop_assert!(plan.transfers.len() < people.len());
    }

    #[test]
    fn above_the_limit_pairs_that_cancel_out_still_need_one_transfer_each(
        amounts in prop::collection::vec(1_i64..=500_000, 9..=40),
    ) {
        let balances: Vec<i64> = amounts.iter().copied().chain(amounts.iter().map(|amount| -amount)).collect();
        let plan = plan(&people(&balances)).unwrap();
        prop_assert_eq!(plan.method, Method::Heuristic);
        prop_assert_eq!(plan.transfers.len(), amounts.len());
    }
}

//! Tests of how an expense is divided among people.
//!
//! Every refusal is compared word for word, because clients show it.
use fault::Code;
use money::Minor;
use proptest::prelude::*;

use crate::{SPLITS_MAX, Share, SplitInput, SplitType, split};

fn minor(text: &str) -> Minor {
    Minor::parse(text).unwrap()
}

fn fen(amount: i64) -> Minor {
    Minor::new(amount)
}

fn detail<T: std::fmt::Debug>(result: Result<T, fault::Fault>) -> String {
    result.unwrap_err().detail().to_owned()
}

fn users(ids: &[i64]) -> Vec<SplitInput> {
    ids.iter().map(|user_id| SplitInput { user_id: *user_id, ..SplitInput::default() }).collect()
}

fn custom(pairs: &[(i64, &str)]) -> Vec<SplitInput> {
    let input = |(user_id, amount): &(i64, &str)| SplitInput {
        user_id: *user_id,
        amount: Some(minor(amount)),
        ..SplitInput::default()
    };
    pairs.iter().map(input).collect()
}

fn percentages(pairs: &[(i64, i64)]) -> Vec<SplitInput> {
    let input = |(user_id, percentage): &(i64, i64)| SplitInput {
        user_id: *user_id,
        percentage: Some(*percentage),
        ..SplitInput::default()
    };
    pairs.iter().map(input).collect()
}

fn weights(pairs: &[(i64, i64)]) -> Vec<SplitInput> {
    let input = |(user_id, weight): &(i64, i64)| SplitInput {
        user_id: *user_id,
        weight: Some(*weight),
        ..SplitInput::default()
    };
    pairs.iter().map(input).collect()
}

fn amounts(shares: &[Share]) -> Vec<(i64, i64)> {
    shares.iter().map(|share| (share.user_id, share.amount.get())).collect()
}

#[test]
fn an_equal_split_without_a_list_names_all_members_by_id() {
    let shares = split(SplitType::Equal, minor("100.00"), &[], &[3, 1, 2, 4], 7).unwrap();
    assert_eq!(amounts(&shares), [(1, 2500), (2, 2500), (3, 2500), (4, 2500)]);
}

#[test]
fn an_equal_split_with_a_list_names_the_listed_in_their_order() {
    let shares = split(SplitType::Equal, minor("10.00"), &users(&[4, 2]), &[1, 2, 3, 4], 7).unwrap();
    assert_eq!(amounts(&shares), [(4, 500), (2, 500)]);
}

#[test]
fn an_equal_split_among_nobody_is_refused() {
    let refused = split(SplitType::Equal, minor("10.00"), &[], &[], 7);
    assert_eq!(detail(refused), "splits: there is nobody to divide the amount among");
}

#[test]
fn custom_shares_that_add_up_are_taken_as_they_are_even_when_one_is_zero() {
    let inputs = custom(&[(2, "60.00"), (1, "40.00"), (3, "0")]);
    let shares = split(SplitType::Custom, minor("100.00"), &inputs, &[1, 2, 3], 7).unwrap();
    assert_eq!(amounts(&shares), [(2, 6000), (1, 4000), (3, 0)]);
}

#[test]
fn custom_shares_that_do_not_add_up_are_refused_with_both_sums() {
    let inputs = custom(&[(1, "50.00"), (2, "50.01")]);
    let refused = split(SplitType::Custom, minor("100.00"), &inputs, &[1, 2], 7).unwrap_err();
    assert_eq!(refused.code(), Code::ValidationError);
    assert_eq!(refused.detail(), "splits: shares add up to 100.01, expected 100.00");
}

#[test]
fn a_negative_custom_share_is_refused_by_name() {
    let inputs = custom(&[(1, "101.00"), (2, "-1.00")]);
    let refused = split(SplitType::Custom, minor("100.00"), &inputs, &[1, 2], 7);
    assert_eq!(detail(refused), "splits[1].amount: must not be negative");
}

#[test]
fn custom_shares_whose_sum_leaves_64_bits_are_refused() {
    let input = |user_id| SplitInput { user_id, amount: Some(fen(i64::MAX)), ..SplitInput::default() };
    let refused = split(SplitType::Custom, minor("1.00"), &[input(1), input(2)], &[1, 2], 7);
    assert_eq!(detail(refused), "splits: the sum is too large");
}

#[test]
fn percentages_that_add_up_to_one_hundred_are_kept_beside_the_shares() {
    let inputs = percentages(&[(1, 3333), (2, 6667)]);
    let shares = split(SplitType::Percentage, minor("100.00"), &inputs, &[1, 2], 7).unwrap();
    assert_eq!(amounts(&shares), [(1, 3333), (2, 6667)]);
    assert_eq!(shares[0].percentage.map(money::Percentage::get), Some(3333));
}

#[test]
fn percentages_that_do_not_add_up_are_refused_with_what_they_make() {
    let inputs = percentages(&[(1, 3333), (2, 3333), (3, 3333)]);
    let refused = split(SplitType::Percentage, minor("100.00"), &inputs, &[1, 2, 3], 7);
    assert_eq!(detail(refused), "splits: percentages add up to 99.99, expected 100.00");
}

#[test]
fn a_percentage_out_of_range_is_refused_by_name() {
    for percentage in [-1, 10_001, i64::MAX, i64::MIN] {
        let inputs = percentages(&[(1, percentage), (2, 0)]);
        let refused = split(SplitType::Percentage, minor("100.00"), &inputs, &[1, 2], 7);
        assert_eq!(detail(refused), "splits[0].percentage: must be a percentage from 0 to 100");
    }
}

#[test]
fn weights_divide_in_proportion_and_are_kept() {
    let shares = split(SplitType::Shares, minor("90.00"), &weights(&[(1, 1), (2, 2)]), &[1, 2], 7).unwrap();
    assert_eq!(amounts(&shares), [(1, 3000), (2, 6000)]);
    assert_eq!(shares[1].weight, Some(2));
}

#[test]
fn a_weight_out_of_range_is_refused_by_name() {
    for weight in [0, -1, 1_000_001, i64::MAX] {
        let refused = split(SplitType::Shares, minor("9.00"), &weights(&[(1, 1), (2, weight)]), &[1, 2], 7);
        assert_eq!(detail(refused), "splits[1].shares: must be from 1 to 1000000");
    }
}

#[test]
fn a_user_who_is_not_a_member_is_refused_by_place() {
    let refused = split(SplitType::Equal, minor("10.00"), &users(&[1, 9]), &[1, 2], 7);
    assert_eq!(detail(refused), "splits[1].user_id: is not a member of the room");
}

#[test]
fn a_user_who_is_named_twice_is_refused_by_place() {
    let refused = split(SplitType::Equal, minor("10.00"), &users(&[1, 2, 1]), &[1, 2], 7);
    assert_eq!(detail(refused), "splits[2].user_id: is named twice");
}

#[test]
fn more_splits_than_allowed_are_refused() {
    let ids: Vec<i64> = (1..).take(SPLITS_MAX + 1).collect();
    let refused = split(SplitType::Equal, minor("10.00"), &users(&ids), &ids, 7);
    assert_eq!(detail(refused), "splits: must be at most 100");
}

#[test]
fn every_type_but_equal_needs_splits() {
    for (kind, name) in
        [(SplitType::Custom, "custom"), (SplitType::Percentage, "percentage"), (SplitType::Shares, "shares")]
    {
        let refused = split(kind, minor("10.00"), &[], &[1, 2], 7);
        assert_eq!(detail(refused), format!("splits: must be given when split_type is {name}"));
    }
}

#[test]
fn of_amount_and_percentage_the_one_that_the_type_names_counts() {
    let mut inputs = custom(&[(1, "4.00"), (2, "6.00")]);
    for input in &mut inputs {
        input.percentage = Some(5000);
    }
    let amounts = |kind| {
        let shares = split(kind, minor("10.00"), &inputs, &[1, 2], 7).unwrap();
        shares.iter().map(|share| share.amount).collect::<Vec<_>>()
    };
    assert_eq!(amounts(SplitType::Custom), [minor("4.00"), minor("6.00")]);
    assert_eq!(amounts(SplitType::Percentage), [minor("5.00"), minor("5.00")]);
    assert_eq!(amounts(SplitType::Equal), [minor("5.00"), minor("5.00")]);
}

#[test]
fn weights_stand_alone() {
    let refused = split(SplitType::Equal, minor("10.00"), &weights(&[(1, 1)]), &[1, 2], 7);
    assert_eq!(detail(refused), "splits[0].shares: must not be given when split_type is equal");
}

#[test]
fn a_missing_field_is_named() {
    let missing = |kind| detail(split(kind, minor("10.00"), &users(&[1]), &[1], 7));
    assert_eq!(missing(SplitType::Custom), "splits[0].amount: must be given when split_type is custom");
    assert_eq!(
        missing(SplitType::Percentage),
        "splits[0].percentage: must be given when split_type is percentage"
    );
    assert_eq!(missing(SplitType::Shares), "splits[0].shares: must be given when split_type is shares");
}

#[test]
fn an_amount_that_is_not_positive_is_refused() {
    for amount in [fen(0), fen(-1)] {
        let refused = split(SplitType::Equal, amount, &[], &[1], 7);
        assert_eq!(detail(refused), "amount: must be greater than 0");
    }
}

#[test]
fn the_name_of_a_split_type_leads_back_to_it() {
    for kind in [SplitType::Equal, SplitType::Custom, SplitType::Percentage, SplitType::Shares] {
        assert_eq!(SplitType::parse(kind.as_str()), Some(kind));
    }
    assert_eq!(SplitType::parse("Equal"), None);
}

#[test]
fn over_many_expenses_each_member_pays_the_extra_fen_about_equally_often() {
    let mut extra = [0_u32; 3];
    for expense_id in 1..=3_000 {
        let shares = split(SplitType::Equal, minor("100.00"), &[], &[1, 2, 3], expense_id * 4096).unwrap();
        for (count, share) in extra.iter_mut().zip(&shares) {
            *count += u32::from(share.amount == minor("33.34"));
        }
    }
    assert_eq!(extra.iter().sum::<u32>(), 3_000);
    assert!(extra.iter().all(|count| (850..=1_150).contains(count)), "{extra:?}");
}

proptest! {
    #[test]
    fn equal_shares_add_up_and_differ_by_at_most_a_fen(
        amount in 1_i64..=Minor::MAX_INPUT.get(), people in 1_i64..=100, seed in any::<i64>(),
    ) {
        let members: Vec<i64> = (1..=people).collect();
        let shares = split(SplitType::Equal, fen(amount), &[], &members, seed).unwrap();
        let amounts: Vec<i64> = shares.iter().map(|share| share.amount.get()).collect();
        prop_assert_eq!(amounts.iter().sum::<i64>(), amount);
        prop_assert!(amounts.iter().max().unwrap() - amounts.iter().min().unwrap() <= 1);
        prop_assert_eq!(shares, split(SplitType::Equal, fen(amount), &[], &members, seed).unwrap());
    }

    #[test]
    fn weighted_shares_add_up_and_lie_within_a_fen_of_their_proportion(
        amount in 1_i64..=Minor::MAX_INPUT.get(),
        given in prop::collection::vec(1_i64..=1_000_000, 1..=100),
        seed in any::<i64>(),
    ) {
        let members: Vec<i64> = (1..).take(given.len()).collect();
        let inputs: Vec<(i64, i64)> = members.iter().copied().zip(given.iter().copied()).collect();
        let shares = split(SplitType::Shares, fen(amount), &weights(&inputs), &members, seed).unwrap();
        prop_assert_eq!(shares.iter().map(|share| share.amount.get()).sum::<i64>(), amount);
        let whole: i128 = given.iter().copied().map(i128::from).sum();
        for (share, weight) in shares.iter().zip(given) {
            let off = i128::from(share.amount.get()) * whole - i128::from(amount) * i128::from(weight);
            prop_assert!(off.abs() < whole);
        }
    }

    #[test]
    fn shares_given_back_as_input_make_the_same_shares(
        amount in 1_i64..=1_000_000, given in prop::collection::vec(1_i64..=50, 1..=8), seed in any::<i64>(),
    ) {
        let members: Vec<i64> = (1..).take(given.len()).collect();
        let inputs: Vec<(i64, i64)> = members.iter().copied().zip(given).collect();
        let first = split(SplitType::Shares, fen(amount), &weights(&inputs), &members, seed).unwrap();
        for kind in [SplitType::Shares, SplitType::Custom] {
            let again: Vec<SplitInput> = first.iter().map(|share| share.as_input(kind)).collect();
            let second = split(kind, fen(amount), &again, &members, seed).unwrap();
            prop_assert_eq!(amounts(&first), amounts(&second));
        }
    }
}

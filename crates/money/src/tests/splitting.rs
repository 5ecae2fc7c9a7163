//! Divisions, as properties: nothing is lost, nobody is favoured, the same input gives the same result.
//!
//! Fairness is counted over thousands of ids, in order, in steps and at random. The properties hold for any
//! seed, so none of them names one.

use proptest::prelude::*;

use crate::{
    Minor, MoneyError, Percentage, require_sum, split_by_percentages, split_by_weights, split_equal,
};

/// How far from its fair number of extra hundredths a part may end after [`ROUNDS`] divisions: five standard
/// deviations of a coin with the worst odds, so that an honest rotation practically never fails.
const DEVIATION_MAX: i64 = 160;
const ROUNDS: i64 = 4_000;

fn minor(hundredths: &[i64]) -> Vec<Minor> {
    hundredths.iter().copied().map(Minor::new).collect()
}

fn percentages(texts: &[&str]) -> Vec<Percentage> {
    texts.iter().map(|text| Percentage::parse(text).unwrap()).collect()
}

/// Counts how often each part gets an extra hundredth over many seeds, and demands equal luck.
fn assert_fair(parts: usize, remainder: i64, seeds: impl Iterator<Item = i64>) {
    let total = Minor::new(i64::try_from(parts).unwrap() * 1_000 + remainder);
    let mut extras = vec![0_i64; parts];
    let mut rounds = 0;
    for seed in seeds {
        for (extra, part) in extras.iter_mut().zip(split_equal(total, parts, seed)) {
            *extra += part.get() - 1_000;
        }
        rounds += 1;
    }
    let fair = rounds * remainder / i64::try_from(parts).unwrap();
    assert!(
        extras.iter().all(|extra| (extra - fair).abs() <= DEVIATION_MAX),
        "{parts} parts, remainder {remainder}: {extras:?}, fair {fair}"
    );
}

#[test]
fn a_share_that_does_not_divide_leaves_no_cent_behind() {
    let parts = split_equal(Minor::new(10_000), 3, 7);
    let mut sorted = parts.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, minor(&[3_333, 3_333, 3_334]));
    assert_eq!(Minor::sum(parts), Some(Minor::new(10_000)));
}

#[test]
fn the_remainder_goes_to_the_largest_fractions() {
    // 100 hundredths by 1 : 2 : 4 are 14.29, 28.57 and 57.14: the one left goes to the second, by any seed.
    for seed in 0..50 {
        assert_eq!(split_by_weights(Minor::new(100), &[1, 2, 4], seed), Ok(minor(&[14, 29, 57])));
    }
}

#[test]
fn percentages_must_be_one_hundred_and_the_message_says_what_they_are() {
    let shares = percentages(&["33.33", "33.33", "33.33"]);
    let error = split_by_percentages(Minor::new(100), &shares, 1).unwrap_err();
    assert_eq!(error.to_string(), "percentages add up to 99.99, expected 100.00");
    let shares = percentages(&["60", "40.01"]);
    let error = split_by_percentages(Minor::new(100), &shares, 1).unwrap_err();
    assert_eq!(error, MoneyError::PercentagesDiffer { actual: Minor::new(10_001) });
    assert!(split_by_percentages(Minor::new(100), &[], 1).is_err());
}

#[test]
fn percentages_divide_exactly() {
    let shares = percentages(&["33.34", "33.33", "33.33"]);
    assert_eq!(split_by_percentages(Minor::new(10_000), &shares, 1), Ok(minor(&[3_334, 3_333, 3_333])));
}

#[test]
fn given_shares_must_add_up_and_the_message_says_by_how_much_they_do_not() {
    let error = require_sum(Minor::new(10_000), &minor(&[5_000, 5_001])).unwrap_err();
    assert_eq!(error.to_string(), "shares add up to 100.01, expected 100.00");
    assert_eq!(require_sum(Minor::new(10_000), &minor(&[5_000, 5_000])), Ok(()));
    assert_eq!(require_sum(Minor::new(1), &minor(&[i64::MAX, 1])), Err(MoneyError::Overflow));
}

#[test]
fn weights_that_are_all_zero_divide_nothing() {
    assert_eq!(split_by_weights(Minor::new(100), &[0, 0], 1), Err(MoneyError::NoWeight));
    assert_eq!(split_by_weights(Minor::new(100), &[], 1), Err(MoneyError::NoWeight));
}

#[test]
fn the_largest_weights_and_amounts_do_not_overflow() {
    let parts = split_by_weights(Minor::new(i64::MAX), &[u64::MAX; 5], 3).unwrap();
    assert_eq!(Minor::sum(parts), Some(Minor::new(i64::MAX)));
    let parts = split_equal(Minor::new(i64::MIN), 7, 3);
    assert_eq!(Minor::sum(parts), Some(Minor::new(i64::MIN)));
}

#[test]
#[should_panic(expected = "divided among nobody")]
fn dividing_among_nobody_is_a_mistake_of_the_program() {
    split_equal(Minor::new(1), 0, 1);
}

#[test]
fn the_extra_hundredth_rotates_fairly_over_consecutive_ids() {
    for parts in 2..=12_usize {
        for remainder in 1..i64::try_from(parts).unwrap() {
            assert_fair(parts, remainder, 1..=ROUNDS);
        }
    }
}

#[test]
fn the_extra_hundredth_rotates_fairly_over_ids_that_grow_in_steps() {
    // An expense takes ids for itself, its splits and its history: its own id grows by a fixed step.
    for step in [2, 4, 6, 12, 60, 4_096] {
        for parts in [2, 3, 4, 6, 12] {
            assert_fair(parts, 1, (0..ROUNDS).map(|round| 1_234_567 + round * step));
        }
    }
}

#[test]
fn the_extra_hundredth_rotates_fairly_over_random_ids() {
    // A fixed linear generator: random enough, and the same on every run.
    let mut state = 20_260_101_i64;
    for parts in [2, 3, 5, 7, 8] {
        let seeds: Vec<i64> = (0..ROUNDS)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state
            })
            .collect();
        assert_fair(parts, 1, seeds.into_iter());
    }
}

proptest! {
    #[test]
    fn equal_parts_add_up_and_differ_by_at_most_one(
        total in -9_999_999_999_i64..=9_999_999_999, parts in 1_usize..60, seed: i64,
    ) {
        let divided = split_equal(Minor::new(total), parts, seed);
        prop_assert_eq!(divided.len(), parts);
        prop_assert_eq!(Minor::sum(divided.iter().copied()), Some(Minor::new(total)));
        let (min, max) = (divided.iter().min().unwrap(), divided.iter().max().unwrap());
        prop_assert!(max.get() - min.get() <= 1);
    }

    #[test]
    fn weighted_parts_add_up_and_stay_within_one_of_their_exact_share(
        total in 0_i64..=9_999_999_999, weights in prop::collection::vec(0_u64..100_000, 1..40), seed: i64,
    ) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let divided = split_by_weights(Minor::new(total), &weights, seed).unwrap();
        prop_assert_eq!(Minor::sum(divided.iter().copied()), Some(Minor::new(total)));
        let whole: i128 = weights.iter().copied().map(i128::from).sum();
        for (part, weight) in divided.iter().zip(&weights) {
            let exact = i128::from(total) * i128::from(*weight);
            prop_assert!((i128::from(part.get()) * whole - exact).abs() < whole);
            prop_assert!(*weight > 0 || part.is_zero());
        }
    }

    #[test]
    fn a_greater_weight_never_gets_less(
        total in 0_i64..=999_999, weights in prop::collection::vec(1_u64..1_000, 2..20), seed: i64,
    ) {
        let divided = split_by_weights(Minor::new(total), &weights, seed).unwrap();
        for (a, part_a) in weights.iter().zip(&divided) {
            for (b, part_b) in weights.iter().zip(&divided) {
                prop_assert!(a <= b || part_a >= part_b);
            }
        }
    }

    #[test]
    fn percentage_parts_add_up(total in 0_i64..=9_999_999_999, cut in 0_u16..=10_000, seed: i64) {
        let shares = [Percentage::new(cut).unwrap(), Percentage::new(10_000 - cut).unwrap()];
        let divided = split_by_percentages(Minor::new(total), &shares, seed).unwrap();
        prop_assert_eq!(Minor::sum(divided), Some(Minor::new(total)));
    }

    #[test]
    fn the_same_input_gives_the_same_result(
        total: i32, weights in prop::collection::vec(1_u64..50, 1..20), seed: i64,
    ) {
        let divide = || split_by_weights(Minor::new(i64::from(total)), &weights, seed);
        prop_assert_eq!(divide(), divide());
    }

    #[test]
    fn what_is_divided_negative_is_the_same_division_with_the_sign_turned(
        total in 0_i64..=9_999_999_999, weights in prop::collection::vec(1_u64..50, 1..20), seed: i64,
    ) {
        let positive = split_by_weights(Minor::new(total), &weights, seed).unwrap();
        let negative = split_by_weights(Minor::new(-total), &weights, seed).unwrap();
        let turned: Vec<Minor> = negative.into_iter().map(Minor::neg).collect();
        prop_assert_eq!(positive, turned);
    }
}

//! Medians, percentiles and ratios.

use std::time::Duration;

use crate::{
    cpu,
    figures::{Spread, each_us, median_ms, percentile_ms, ratios},
};

#[test]
fn the_median_of_an_odd_number_is_the_one_in_the_middle() {
    let spread = Spread::of(&[9.0, 1.0, 4.0]).unwrap();
    assert_eq!(spread, Spread { median: 4.0, least: 1.0, most: 9.0 });
}

#[test]
fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
    assert_eq!(Spread::of(&[8.0, 1.0, 2.0, 3.0]).map(|spread| spread.median), Some(2.5));
}

#[test]
fn nothing_has_no_median() {
    assert_eq!(Spread::of(&[]), None);
    assert_eq!(median_ms(&[]), None);
    assert_eq!(percentile_ms(&[], 99), None);
}

#[test]
fn what_is_no_number_is_left_out() {
    assert_eq!(Spread::of(&[f64::NAN, 2.0, f64::INFINITY]).map(|spread| spread.most), Some(2.0));
}

#[test]
fn the_99th_percentile_is_near_the_slow_end() {
    let times: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
    assert_eq!(percentile_ms(&times, 99), Some(199.0));
    assert_eq!(percentile_ms(&times, 100), Some(200.0));
}

#[test]
fn ratios_are_taken_round_by_round() {
    assert_eq!(ratios(&[1.0, 9.0, 5.0], &[2.0, 3.0]), [0.5, 3.0]);
}

#[test]
fn processor_time_of_no_request_is_nothing() {
    let each = vec![each_us(Duration::from_secs(1), 0), each_us(Duration::from_secs(1), 1_000)];
    assert_eq!(each, [0.0, 1_000.0]);
}

#[test]
fn a_process_with_brackets_in_its_name_still_tells_its_time() {
    let stat = "42 (odd) name (x) S 1 42 42 0 -1 4194560 900 0 0 0 17 5 0 0 20 0 3 0 12 1 2";
    assert_eq!(cpu::ticks(stat), Some(22));
}

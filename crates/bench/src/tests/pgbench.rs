//! What `pgbench` prints, and what is made of it.

use std::time::Duration;

use crate::{databases::plain, ledger::tpc_b::best_of_each_round, pgbench};

#[test]
fn the_rate_is_read_out_of_what_pgbench_prints() {
    let printed = "latency average = 1.570 ms\ntps = 5105.123456 (without initial connection time)\n";
    assert!((pgbench::tps(printed).unwrap() - 5_105.123_456).abs() < 1e-9);
    assert!(pgbench::tps("nothing").is_err());
}

#[test]
fn times_are_read_out_of_the_log_of_pgbench() {
    let log = "0 1 853 0 1763739000 123456\n0 2 901 0 1763739000 124400\n";
    assert_eq!(pgbench::logged(log), [853, 901].map(Duration::from_micros));
}

#[test]
fn the_best_of_a_round_counts_whatever_the_number_of_clients() {
    let rates = [vec![5.0, 3.0], vec![4.0, 6.0], vec![1.0, 2.0, 9.0]];
    assert_eq!(best_of_each_round(&rates), [5.0, 6.0]);
}

#[test]
fn a_password_loses_its_percent_signs() {
    assert_eq!(plain("a%2Fb%25c%zz%"), "a/b%c%zz%");
}

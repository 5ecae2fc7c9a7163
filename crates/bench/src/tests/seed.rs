//! What a seeded room must add up to.

use crate::seed::{Plan, expected_balances, two_decimals};

fn plan(expenses: i64) -> Plan {
    Plan { room_id: 1, after: 0, members: vec![11, 12, 13, 14], expenses }
}

#[test]
fn the_balances_of_a_seeded_room_add_up_to_zero() {
    for expenses in [1, 2, 3, 100, 12_347] {
        assert_eq!(expected_balances(&plan(expenses)).iter().sum::<i64>(), 0);
    }
}

#[test]
fn one_expense_leaves_three_shares_owed_to_its_payer() {
    assert_eq!(expected_balances(&plan(1)), [300, -100, -100, -100]);
}

#[test]
fn hundredths_are_written_with_two_decimals() {
    assert_eq!([0, 5, -5, 100, -12_345].map(two_decimals), ["0.00", "0.05", "-0.05", "1.00", "-123.45"]);
}

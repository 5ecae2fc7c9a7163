//! Tests of who paid for an expense.
//!
//! Every refusal is compared word for word, because clients show it.
use super::{detail, fen, minor, parts};
use crate::domain::{
    Part,
    payers::{PAYERS_MAX, PaidBy, payers, principal},
};

fn several(amount: &str, given: &[(i64, i64)]) -> Result<Vec<Part>, fault::Fault> {
    payers(minor(amount), PaidBy::Several(&parts(given)), &[1, 2, 3])
}

#[test]
fn one_payer_pays_all_of_it() {
    assert_eq!(payers(minor("9.00"), PaidBy::One(2), &[1, 2]).unwrap(), parts(&[(2, 900)]));
}

#[test]
fn one_payer_who_is_not_a_member_is_refused() {
    let refused = payers(minor("9.00"), PaidBy::One(7), &[1, 2]);
    assert_eq!(detail(refused), "paid_by: is not a member of the room");
}

#[test]
fn several_payers_who_add_up_are_taken_in_their_order() {
    assert_eq!(several("9.00", &[(3, 500), (1, 400)]).unwrap(), parts(&[(3, 500), (1, 400)]));
}

#[test]
fn several_payers_who_miss_the_amount_are_told_by_how_much() {
    assert_eq!(
        detail(several("9.00", &[(3, 500), (1, 350)])),
        "payers: amounts add up to 8.50, expected 9.00 (0.50 missing)"
    );
    assert_eq!(
        detail(several("9.00", &[(3, 500), (1, 401)])),
        "payers: amounts add up to 9.01, expected 9.00 (0.01 too much)"
    );
}

#[test]
fn a_payer_of_nothing_or_less_is_refused_by_place() {
    assert_eq!(detail(several("9.00", &[(3, 900), (1, 0)])), "payers[1].amount: must be greater than 0");
    assert_eq!(detail(several("9.00", &[(3, -1), (1, 901)])), "payers[0].amount: must be greater than 0");
}

#[test]
fn a_payer_named_twice_or_from_elsewhere_is_refused_by_place() {
    assert_eq!(detail(several("9.00", &[(3, 500), (3, 400)])), "payers[1].user_id: is named twice");
    assert_eq!(
        detail(several("9.00", &[(8, 500), (3, 400)])),
        "payers[0].user_id: is not a member of the room"
    );
}

#[test]
fn no_payers_and_too_many_payers_are_refused() {
    assert_eq!(detail(several("9.00", &[])), "payers: must name at least one payer");
    let many: Vec<Part> = (1..).take(PAYERS_MAX + 1).map(|id| Part::new(id, fen(1))).collect();
    let refused = payers(minor("0.21"), PaidBy::Several(&many), &[1]);
    assert_eq!(detail(refused), "payers: must be at most 20");
}

#[test]
fn payers_whose_sum_leaves_64_bits_are_refused() {
    assert_eq!(detail(several("9.00", &[(1, i64::MAX), (2, i64::MAX)])), "payers: the sum is too large");
}

#[test]
fn the_principal_payer_paid_most_and_among_equals_has_the_lowest_id() {
    assert_eq!(principal(&parts(&[(5, 100), (2, 300), (9, 200)])), Some(2));
    assert_eq!(principal(&parts(&[(5, 300), (2, 300), (9, 200)])), Some(2));
    assert_eq!(principal(&[]), None);
}

//! Tests of how a balance is explained.
//!
//! An explanation that is off by a fen must never be shown.
use chrono::NaiveDate;
use money::Minor;

use super::{fen, minor, transfer};
use crate::domain::explain::{Line, check, settled_for, sum};

fn line(expense_id: i64, paid: i64, owed: i64) -> Line {
    let date = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    Line { expense_id, title: "hot pot".to_owned(), date, paid: fen(paid), owed: fen(owed) }
}

#[test]
fn a_line_says_what_was_paid_less_what_was_consumed() {
    assert_eq!(line(1, 0, 2_500).net(), minor("-25.00"));
    assert_eq!(line(1, 10_000, 2_500).net(), minor("75.00"));
}

#[test]
fn a_settlement_raises_the_giver_and_lowers_the_taker() {
    let settlement = transfer(1, 2, 300);
    assert_eq!(settled_for(1, &settlement), fen(300));
    assert_eq!(settled_for(2, &settlement), fen(-300));
    assert_eq!(settled_for(3, &settlement), Minor::ZERO);
}

#[test]
fn lines_and_settlements_that_add_up_explain_the_balance() {
    let lines = [line(1, 0, 2_500), line(2, 900, 300)];
    let settlements = [transfer(1, 2, 1_000), transfer(3, 1, 50)];
    assert_eq!(sum(1, &lines, &settlements), Some(fen(-950)));
    assert!(check(1, fen(-950), &lines, &settlements).is_ok());
}

#[test]
fn a_fen_that_nothing_explains_is_a_mistake_of_ours_that_names_both_figures() {
    let refused = check(1, fen(-2_499), &[line(1, 0, 2_500)], &[]).unwrap_err();
    assert_eq!(refused.code(), fault::Code::InternalError);
    let context = refused.internal_context().unwrap_or_default();
    assert!(context.contains("-25.00") && context.contains("-24.99"), "{context}");
}

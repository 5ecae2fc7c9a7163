//! Tests of what texts, dates, currencies and amounts may look like.
//!
//! Every refusal is compared word for word, because clients show it.
use money::{Currency, Minor};

use super::{detail, fen};
use crate::domain::text;

#[test]
fn a_title_is_trimmed_and_brought_to_normal_form() {
    assert_eq!(text::title("  cafe\u{301} \n").unwrap(), "caf\u{e9}");
}

#[test]
fn a_title_of_a_hundred_characters_is_taken_and_of_one_more_refused() {
    assert_eq!(text::title(&"费".repeat(100)).unwrap().chars().count(), 100);
    assert_eq!(detail(text::title(&"费".repeat(101))), "title: must be at most 100 characters");
}

#[test]
fn a_title_of_blanks_only_is_refused() {
    assert_eq!(detail(text::title(" \u{3000} ")), "title: must not be empty");
}

#[test]
fn a_title_with_a_line_break_or_another_control_character_is_refused() {
    for raw in ["a\nb", "a\tb", "a\u{0}b", "a\u{7f}b", "a\u{85}b", "a\u{1f}b"] {
        assert_eq!(detail(text::title(raw)), "title: must not hold control characters");
    }
}

#[test]
fn a_category_is_at_most_32_characters() {
    assert!(text::category(&"c".repeat(32)).is_ok());
    assert_eq!(detail(text::category(&"c".repeat(33))), "category: must be at most 32 characters");
    assert_eq!(detail(text::category("")), "category: must not be empty");
}

#[test]
fn a_description_may_be_empty_and_may_break_lines() {
    assert_eq!(text::description("").unwrap(), "");
    assert_eq!(text::description("one\r\ntwo\nthree").unwrap(), "one\ntwo\nthree");
    assert_eq!(detail(text::description("a\u{1b}b")), "description: must not hold control characters");
    assert_eq!(detail(text::description("a\rb")), "description: must not hold control characters");
    assert_eq!(detail(text::description(&"x".repeat(1_001))), "description: must be at most 1000 characters");
}

#[test]
fn a_reason_is_needed_while_a_comment_and_a_note_are_not() {
    assert_eq!(detail(text::reason(" ")), "reason: must not be empty");
    assert_eq!(text::comment(" ").unwrap(), "");
    assert_eq!(text::note(" ").unwrap(), "");
}

#[test]
fn a_date_that_does_not_exist_or_lies_out_of_range_is_refused() {
    for raw in
        ["2025-02-29", "2025-13-01", "1969-12-31", "2200-01-01", "2025-1-1", "", "2025-01-01T00:00:00Z"]
    {
        let refused = detail(text::date("date", raw));
        assert_eq!(refused, "date: must be a date that exists, from 1970-01-01 to 2199-12-31", "{raw}");
    }
    assert!(text::date("date", "2024-02-29").is_ok());
}

#[test]
fn an_optional_date_may_be_left_out_but_not_be_wrong() {
    assert_eq!(text::optional_date("start_date", "").unwrap(), None);
    assert!(detail(text::optional_date("start_date", "soon")).starts_with("start_date: "));
}

#[test]
fn a_currency_left_out_is_cny_and_an_unknown_one_is_refused() {
    assert_eq!(text::currency("").unwrap(), Currency::CNY);
    assert_eq!(text::currency("EUR").unwrap().as_str(), "EUR");
    assert_eq!(detail(text::currency("eur")), "currency: must be an ISO 4217 currency code such as CNY");
}

#[test]
fn an_amount_is_above_zero_and_at_most_the_largest_input() {
    assert!(text::amount("amount", Minor::MAX_INPUT).is_ok());
    assert_eq!(detail(text::amount("amount", fen(0))), "amount: must be greater than 0");
    assert_eq!(detail(text::amount("amount", fen(-1))), "amount: must be greater than 0");
    assert_eq!(detail(text::amount("amount", fen(10_000_000_000))), "amount: must be at most 99999999.99");
}

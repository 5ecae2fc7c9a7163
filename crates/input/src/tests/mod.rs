//! Sentences about what people enter.

use fault::Fault;
use money::Minor;

fn refusal<T: std::fmt::Debug>(result: Result<T, Fault>) -> String {
    result.unwrap_err().detail().to_owned()
}

#[test]
fn texts_are_trimmed_and_normalised() {
    assert_eq!(crate::line("title", "  cafe\u{301} \n", 1..=100).unwrap(), "caf\u{e9}");
}

#[test]
fn lengths_are_counted_in_characters() {
    assert!(crate::line("title", &"费".repeat(100), 1..=100).is_ok());
    assert_eq!(
        refusal(crate::line("title", &"费".repeat(101), 1..=100)),
        "title: must be at most 100 characters"
    );
    assert_eq!(refusal(crate::line("username", "ab", 3..=32)), "username: must be at least 3 characters");
    assert_eq!(refusal(crate::line("title", " \u{3000} ", 1..=100)), "title: must not be empty");
}

#[test]
fn control_characters_are_refused_and_line_breaks_kept_where_they_may_be() {
    for raw in ["a\u{0}b", "a\u{7f}b", "a\tb", "a\nb"] {
        assert_eq!(refusal(crate::line("title", raw, 0..=100)), "title: must not hold control characters");
    }
    assert_eq!(crate::lines("note", "a\r\nb", 0..=100).unwrap(), "a\nb");
}

#[test]
fn dates_exist_and_ranges_run_forward() {
    assert!(refusal(crate::date("date", "2026-02-30")).starts_with("date: must be a date that exists"));
    assert!(crate::date_range("2026-01-01", "").is_ok());
    assert_eq!(
        refusal(crate::date_range("2026-01-02", "2026-01-01")),
        "end_date: must not lie before start_date"
    );
}

#[test]
fn amounts_lie_above_zero_and_below_the_limit() {
    assert!(crate::amount("amount", Minor::MAX_INPUT).is_ok());
    assert_eq!(refusal(crate::amount("amount", Minor::ZERO)), "amount: must be greater than 0");
    assert!(
        refusal(crate::amount("amount", Minor::new(Minor::MAX_INPUT.get() + 1)))
            .starts_with("amount: must be at most")
    );
}

#[test]
fn an_empty_currency_is_the_yuan() {
    assert_eq!(crate::currency("").unwrap(), money::Currency::CNY);
    assert!(refusal(crate::currency("XXQ")).starts_with("currency: "));
}

//! Amounts, percentages and currencies as text.
//!
//! What issue and contract call bad input is refused here by name; what is printed is read back unchanged.

use proptest::prelude::*;

use crate::{Currency, Minor, MoneyError, Percentage};

#[test]
fn plain_decimals_are_read_as_hundredths() {
    let cases = [
        ("0", 0),
        ("5", 500),
        ("5.5", 550),
        ("0.10", 10),
        ("0.01", 1),
        ("100.50", 10_050),
        ("-3.20", -320),
        ("-0.05", -5),
        ("99999999.99", 9_999_999_999),
        ("-99999999.99", -9_999_999_999),
    ];
    for (text, hundredths) in cases {
        assert_eq!(Minor::parse(text), Ok(Minor::new(hundredths)), "{text}");
    }
}

#[test]
fn what_is_not_plain_decimal_notation_is_refused() {
    let cases = [
        "",
        " ",
        "-",
        ".",
        "-.",
        "+1",
        ".5",
        "5.",
        "-.5",
        "00",
        "00.1",
        "01",
        "1e2",
        "1e400",
        "1E2",
        "1,000",
        "1 000",
        "1_000",
        " 1",
        "1 ",
        "1\n",
        "\t1",
        "--1",
        "1-",
        "1.2.3",
        "0x10",
        "NaN",
        "inf",
        "null",
        "１２３",
        "٣",
        "1．5",
        "¥1",
        "1元",
        "1.0e0",
        "1.-5",
        "1.+5",
        "−1",
        "\u{feff}1",
    ];
    for text in cases {
        assert_eq!(Minor::parse(text), Err(MoneyError::NotPlainDecimal), "{text:?}");
    }
}

#[test]
fn a_third_decimal_is_refused_even_if_it_is_zero() {
    for text in ["0.001", "1.000", "-1.234", "5.550", &format!("0.{}", "0".repeat(10_000))] {
        assert_eq!(Minor::parse(text), Err(MoneyError::TooManyDecimals));
    }
}

#[test]
fn amounts_out_of_range_are_refused() {
    let many_digits = "9".repeat(10_000);
    for text in ["100000000", "100000000.00", "9007199254740993", "18446744073709551616", &many_digits] {
        assert_eq!(Minor::parse(text), Err(MoneyError::TooLarge), "{text}");
        assert_eq!(Minor::parse(&format!("-{text}")), Err(MoneyError::TooSmall), "-{text}");
    }
}

#[test]
fn zero_and_negative_amounts_are_refused_where_only_positive_ones_make_sense() {
    for text in ["0", "0.00", "-0", "-1", "-0.01"] {
        let amount = Minor::parse(text).unwrap();
        assert_eq!(amount.require_positive(), Err(MoneyError::NotPositive), "{text}");
    }
    assert_eq!(Minor::new(1).require_positive(), Ok(Minor::new(1)));
    assert_eq!(Minor::ZERO.require_not_negative(), Ok(Minor::ZERO));
    assert_eq!(Minor::new(-1).require_not_negative(), Err(MoneyError::Negative));
}

#[test]
fn refusals_say_the_rule() {
    let cases = [
        (MoneyError::NotPlainDecimal, "must be a plain decimal number such as 12.50"),
        (MoneyError::TooManyDecimals, "must have at most two decimals"),
        (MoneyError::TooLarge, "must be at most 99999999.99"),
        (MoneyError::TooSmall, "must be at least -99999999.99"),
        (MoneyError::NotPositive, "must be greater than 0"),
        (MoneyError::UnknownCurrency, "must be an ISO 4217 currency code such as CNY"),
    ];
    for (error, text) in cases {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn amounts_print_with_two_decimals_and_keep_their_sign() {
    let cases = [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (10_050, "100.50"), (-12_345, "-123.45")];
    for (hundredths, text) in cases {
        assert_eq!(Minor::new(hundredths).to_string(), text);
    }
    assert_eq!(Minor::new(i64::MIN).to_string(), "-92233720368547758.08");
}

#[test]
fn sums_that_leave_64_bits_are_no_sums() {
    let huge = Minor::new(i64::MAX);
    assert_eq!(huge.checked_add(Minor::new(1)), None);
    assert_eq!(Minor::new(i64::MIN).checked_sub(Minor::new(1)), None);
    assert_eq!(Minor::sum([huge, huge]), None);
    assert_eq!(Minor::sum([]), Some(Minor::ZERO));
    assert_eq!(Minor::new(i64::MIN).neg(), huge);
    assert_eq!(Minor::new(i64::MIN).abs(), huge);
}

#[test]
fn percentages_reach_from_zero_to_one_hundred() {
    assert_eq!(Percentage::parse("33.34").map(Percentage::get), Ok(3_334));
    assert_eq!(Percentage::parse("0"), Ok(Percentage::default()));
    assert_eq!(Percentage::parse("100.00"), Ok(Percentage::WHOLE));
    for text in ["100.01", "-0.01", "1000", "70000", &"9".repeat(50)] {
        assert_eq!(Percentage::parse(text), Err(MoneyError::NotAPercentage), "{text}");
    }
    assert_eq!(Percentage::parse("33.333"), Err(MoneyError::TooManyDecimals));
    assert_eq!(Percentage::parse("50%"), Err(MoneyError::NotPlainDecimal));
    assert_eq!(Percentage::WHOLE.to_string(), "100.00");
}

#[test]
fn currencies_are_upper_case_iso_codes() {
    for code in ["CNY", "EUR", "USD", "JPY", "HKD"] {
        assert_eq!(Currency::parse(code).map(Currency::as_str), Ok(code));
    }
    for text in ["cny", "", "CN", "CNYY", "ＣＮＹ", "RMB", "XXX", "XTS", " CNY", "C Y"] {
        assert_eq!(Currency::parse(text), Err(MoneyError::UnknownCurrency), "{text:?}");
    }
    assert_eq!(Currency::default(), Currency::CNY);
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(hundredths in -9_999_999_999_i64..=9_999_999_999) {
        let amount = Minor::new(hundredths);
        prop_assert_eq!(Minor::parse(&amount.to_string()), Ok(amount));
    }

    #[test]
    fn no_text_makes_reading_fail_otherwise_than_by_a_refusal(text in "\\PC{0,40}") {
        if let Ok(amount) = Minor::parse(&text) {
            prop_assert!(text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'.')));
            prop_assert!(amount.abs() <= Minor::MAX_INPUT);
        }
    }

    #[test]
    fn every_number_of_two_decimals_is_read_exactly(units in 0_i64..=99_999_999, hundredths in 0_i64..100) {
        let text = format!("{units}.{hundredths:02}");
        prop_assert_eq!(Minor::parse(&text), Ok(Minor::new(units * 100 + hundredths)));
    }
}

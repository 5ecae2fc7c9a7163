//! Amounts in JSON: what a request may say and what an answer says.
//!
//! Requests are read through `serde_json` alone, as the gateway reads them. A refusal must keep the text of its
//! rule, and the path to the field must stay findable.

use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Currency, Minor, MoneyError, Percentage};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Share {
    amount: Minor,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    percentage: Option<Percentage>,
    #[serde(default)]
    currency: Currency,
}

#[test]
fn an_amount_is_written_as_a_number_with_two_decimals() {
    let share = Share {
        amount: Minor::new(10_050),
        percentage: Percentage::new(3_334).ok(),
        currency: Currency::CNY,
    };
    let text = serde_json::to_string(&share).unwrap();
    assert_eq!(text, r#"{"amount":100.50,"percentage":33.34,"currency":"CNY"}"#);
}

#[test]
fn a_number_and_a_string_are_read_alike() {
    for body in [r#"{"amount": 100.5}"#, r#"{"amount": "100.50"}"#, r#"{"amount": "\u0031\u0030\u0030.5"}"#] {
        let share: Share = serde_json::from_str(body).unwrap();
        assert_eq!(share.amount, Minor::new(10_050), "{body}");
    }
}

#[test]
fn bad_amounts_of_a_request_are_refused_with_the_rule() {
    let cases = [
        ("0.001", MoneyError::TooManyDecimals),
        ("1e400", MoneyError::NotPlainDecimal),
        ("1E2", MoneyError::NotPlainDecimal),
        (r#""1,000""#, MoneyError::NotPlainDecimal),
        (r#""１００""#, MoneyError::NotPlainDecimal),
        ("null", MoneyError::NotPlainDecimal),
        ("true", MoneyError::NotPlainDecimal),
        ("[1]", MoneyError::NotPlainDecimal),
        (r#"{"amount":1}"#, MoneyError::NotPlainDecimal),
        ("9007199254740993", MoneyError::TooLarge),
        (r#"" 1""#, MoneyError::NotPlainDecimal),
        (r#""1 ""#, MoneyError::NotPlainDecimal),
        (r#""+1""#, MoneyError::NotPlainDecimal),
        (r#"".5""#, MoneyError::NotPlainDecimal),
        (r#""5.""#, MoneyError::NotPlainDecimal),
        (r#""""#, MoneyError::NotPlainDecimal),
    ];
    for (raw, expected) in cases {
        assert_eq!(Minor::parse_json(raw), Err(expected.clone()), "{raw}");
        let error = serde_json::from_str::<Share>(&format!(r#"{{"amount":{raw}}}"#)).unwrap_err();
        assert!(error.to_string().starts_with(&expected.to_string()), "{raw}: {error}");
    }
}

#[test]
fn a_refused_amount_is_found_by_its_path() {
    let body = r#"[{"amount":1},{"amount":0.001}]"#;
    let mut reader = serde_json::Deserializer::from_slice(body.as_bytes());
    let error = serde_path_to_error::deserialize::<_, Vec<Share>>(&mut reader).unwrap_err();
    assert_eq!(error.path().to_string(), "[1].amount");
    assert!(error.inner().to_string().starts_with("must have at most two decimals"));
}

#[test]
fn a_missing_percentage_and_a_null_one_are_none() {
    for body in [r#"{"amount":1}"#, r#"{"amount":1,"percentage":null}"#] {
        assert_eq!(serde_json::from_str::<Share>(body).unwrap().percentage, None);
    }
    assert!(serde_json::from_str::<Share>(r#"{"amount":1,"percentage":100.01}"#).is_err());
    assert!(serde_json::from_str::<Share>(r#"{"amount":1,"currency":"cny"}"#).is_err());
}

proptest! {
    #[test]
    fn every_amount_survives_json(hundredths in -9_999_999_999_i64..=9_999_999_999) {
        let amount = Minor::new(hundredths);
        let text = serde_json::to_string(&amount).unwrap();
        prop_assert_eq!(text.as_str(), amount.to_string());
        prop_assert_eq!(serde_json::from_str::<Minor>(&text).unwrap(), amount);
        prop_assert_eq!(Minor::parse_json(&format!("\"{text}\"")), Ok(amount));
    }
}

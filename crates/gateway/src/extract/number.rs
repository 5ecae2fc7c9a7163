//! The number of a payment, a refund or an order in a path or a body: the text or the integer (contract section 4).

use axum::extract::{FromRequestParts, RawPathParams};
use fault::Fault;
use http::request::Parts;
use serde::{Deserialize, Deserializer, de::Error as _};

use super::{Path, values};
use crate::problem::Problem;

/// The rule that every number obeys.
pub(crate) const NUMBER_RULE: &str = "must be an id, or 6 to 32 of the characters 0-9, A-Z, a-z, _ and -";
const LENGTHS: std::ops::RangeInclusive<usize> = 6..=32;

/// Names a thing by its id, or by its number where the id is 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Number {
    /// 0 when it is named by its number.
    pub(crate) id: i64,
    /// Empty when it is named by its id.
    pub(crate) no: String,
}

impl Number {
    /// Reads an id or a number; what can be an id is one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(id) = values::id_of_text(text) {
            return Some(Self { id, no: String::new() });
        }
        is_number(text).then(|| Self { id: 0, no: text.to_owned() })
    }
}

/// Tells whether a text has the form of a number.
pub(crate) fn is_number(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    LENGTHS.contains(&text.len()) && text.bytes().all(is_plain)
}

/// Reads a text number: an order's, or that which a provider knows.
pub(crate) fn text_number<'de, D: Deserializer<'de>>(reader: D) -> Result<String, D::Error> {
    let text = String::deserialize(reader)?;
    if is_number(&text) {
        Ok(text)
    } else {
        Err(D::Error::custom("must have 6 to 32 of the characters 0-9, A-Z, a-z, _ and -"))
    }
}

/// Reads a text number that may be missing, but not `null`.
pub(crate) fn given_text_number<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<String>, D::Error> {
    text_number(reader).map(Some)
}

/// Reads an id or a number that may be missing, but not `null`.
pub(crate) fn given_number<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Number>, D::Error> {
    let value = serde_json::Value::deserialize(reader)?;
    let text = match &value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Number(number) => number.to_string(),
        _ => return Err(D::Error::custom(NUMBER_RULE)),
    };
    Number::parse(&text).map(Some).ok_or_else(|| D::Error::custom(NUMBER_RULE))
}

impl<S: Send + Sync> FromRequestParts<S> for Path<Number> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| Fault::validation("path", "must be valid UTF-8"))?;
        let Some((name, text)) = params.iter().next() else {
            return Err(Fault::internal("a route of one number has none").into());
        };
        Number::parse(text).map(Self).ok_or_else(|| Fault::validation(name, NUMBER_RULE).into())
    }
}

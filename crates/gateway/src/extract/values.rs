//! Readers of single values, for `#[serde(deserialize_with = …)]` in bodies and queries.
//!
//! `given_…` is for fields that may be missing; where `null` would be ambiguous it is refused. The texts of the
//! refusals are rules that follow the field's name and a colon.

use money::{Minor, Percentage};
use serde::{Deserialize, Deserializer, de::Error as _};

/// The rule that every id obeys.
pub(crate) const ID_RULE: &str = "must be a positive whole number";
/// Ids stay exact in JavaScript.
const ID_MAX: i64 = (1 << 53) - 1;
const PAGE_SIZE_MAX: i32 = 100;

/// Reads an id from a path or query: digits only, no leading zero.
pub(crate) fn id_of_text(text: &str) -> Option<i64> {
    let is_plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|id| is_plain && (1..=ID_MAX).contains(id))
}

/// Reads an id.
pub(crate) fn id<'de, D: Deserializer<'de>>(reader: D) -> Result<i64, D::Error> {
    let id = i64::deserialize(reader)?;
    if (1..=ID_MAX).contains(&id) { Ok(id) } else { Err(D::Error::custom(ID_RULE)) }
}

/// Reads an id that may be missing.
pub(crate) fn given_id<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<i64>, D::Error> {
    id(reader).map(Some)
}

/// Reads a list of ids that may be missing.
pub(crate) fn given_ids<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Vec<i64>>, D::Error> {
    let ids = Vec::<i64>::deserialize(reader)?;
    let is_valid = ids.iter().all(|id| (1..=ID_MAX).contains(id));
    if is_valid { Ok(Some(ids)) } else { Err(D::Error::custom("must be a list of positive whole numbers")) }
}

/// Reads an amount above zero.
pub(crate) fn positive<'de, D: Deserializer<'de>>(reader: D) -> Result<Minor, D::Error> {
    Minor::deserialize(reader)?.require_positive().map_err(D::Error::custom)
}

/// Reads an amount above zero that may be missing, but not `null`.
pub(crate) fn given_positive<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Minor>, D::Error> {
    positive(reader).map(Some)
}

/// Reads an amount above zero from a query.
pub(crate) fn positive_of_text<'de, D: Deserializer<'de>>(reader: D) -> Result<Minor, D::Error> {
    let text = String::deserialize(reader)?;
    Minor::parse(&text).and_then(Minor::require_positive).map_err(D::Error::custom)
}

/// Reads a whole number from 0 to 9 that may be missing.
pub(crate) fn given_digit<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<u8>, D::Error> {
    let number = i64::deserialize(reader)?;
    let digit = u8::try_from(number).ok().filter(|digit| *digit <= 9);
    digit.map(Some).ok_or_else(|| D::Error::custom("must be from 0 to 9"))
}

/// Reads an amount of zero or more that may be missing, but not `null`.
pub(crate) fn given_amount<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Minor>, D::Error> {
    Minor::deserialize(reader)?.require_not_negative().map(Some).map_err(D::Error::custom)
}

/// Reads a percentage that may be missing, but not `null`.
pub(crate) fn given_percentage<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Percentage>, D::Error> {
    Percentage::deserialize(reader).map(Some)
}

/// Reads a day that exists, `YYYY-MM-DD`.
pub(crate) fn date<'de, D: Deserializer<'de>>(reader: D) -> Result<String, D::Error> {
    let text = String::deserialize(reader)?;
    match clock::parse_date(&text) {
        Some(_) => Ok(text),
        None => Err(D::Error::custom("must be a date that exists, as YYYY-MM-DD")),
    }
}

/// Reads a day that may be missing.
pub(crate) fn given_date<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<String>, D::Error> {
    date(reader).map(Some)
}

/// Reads a page's number, from 1.
pub(crate) fn page_number<'de, D: Deserializer<'de>>(reader: D) -> Result<i32, D::Error> {
    let number = i32::deserialize(reader)?;
    if number >= 1 { Ok(number) } else { Err(D::Error::custom("must be at least 1")) }
}

/// Reads a page's size, from 1 to 100.
pub(crate) fn page_size<'de, D: Deserializer<'de>>(reader: D) -> Result<i32, D::Error> {
    let size = i32::deserialize(reader)?;
    if (1..=PAGE_SIZE_MAX).contains(&size) {
        Ok(size)
    } else {
        Err(D::Error::custom("must be from 1 to 100"))
    }
}

/// The number of the page nobody asked for by name.
pub(crate) const fn first_page() -> i32 {
    1
}

/// The size of the page nobody asked for by name (000-B04).
pub(crate) const fn usual_page_size() -> i32 {
    10
}

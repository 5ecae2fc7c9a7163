//! What texts, dates, currencies and amounts of an expense may look like.
//!
//! Texts are stored in Unicode normal form C, trimmed, without control characters; their lengths are counted
//! in characters of that form (contract section 15). The rule not to be broken: every refusal names the field
//! and the rule, and repeats nothing of what was sent.

use chrono::NaiveDate;
use fault::Fault;
use money::{Currency, Minor, MoneyError};
use unicode_normalization::UnicodeNormalization as _;

/// The longest title, in characters.
pub const TITLE_CHARS_MAX: usize = 100;

/// The longest category, in characters.
pub const CATEGORY_CHARS_MAX: usize = 32;

/// The longest description, reason, comment or note, in characters.
pub const NOTE_CHARS_MAX: usize = 1_000;

/// Whether a text may hold line breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Breaks {
    Refused,
    /// Kept as `\n`, however they were sent.
    Allowed,
}

/// Reads the `title` of an expense: 1 to 100 characters on one line.
pub fn title(raw: &str) -> Result<String, Fault> {
    required("title", raw, TITLE_CHARS_MAX, Breaks::Refused)
}

/// Reads the `category` of an expense: 1 to 32 characters on one line.
pub fn category(raw: &str) -> Result<String, Fault> {
    required("category", raw, CATEGORY_CHARS_MAX, Breaks::Refused)
}

/// Reads the `description` of an expense: at most 1,000 characters, line breaks allowed, may be empty.
pub fn description(raw: &str) -> Result<String, Fault> {
    clean("description", raw, NOTE_CHARS_MAX, Breaks::Allowed)
}

/// Reads the `reason` of a dispute: 1 to 1,000 characters, line breaks allowed.
pub fn reason(raw: &str) -> Result<String, Fault> {
    required("reason", raw, NOTE_CHARS_MAX, Breaks::Allowed)
}

/// Reads a `comment` on a decision: at most 1,000 characters, line breaks allowed, may be empty.
pub fn comment(raw: &str) -> Result<String, Fault> {
    clean("comment", raw, NOTE_CHARS_MAX, Breaks::Allowed)
}

/// Reads the `note` of a settlement: at most 1,000 characters, line breaks allowed, may be empty.
pub fn note(raw: &str) -> Result<String, Fault> {
    clean("note", raw, NOTE_CHARS_MAX, Breaks::Allowed)
}

/// Reads a date that exists, from 1970 to 2199, written `YYYY-MM-DD`.
pub fn date(field: &str, raw: &str) -> Result<NaiveDate, Fault> {
    clock::parse_date(raw)
        .ok_or_else(|| Fault::validation(field, "must be a date that exists, from 1970-01-01 to 2199-12-31"))
}

/// Reads a date as [`date`] does; an empty text is no date.
pub fn optional_date(field: &str, raw: &str) -> Result<Option<NaiveDate>, Fault> {
    if raw.is_empty() { Ok(None) } else { date(field, raw).map(Some) }
}

/// Reads the `currency` of an amount; an empty text is CNY.
pub fn currency(raw: &str) -> Result<Currency, Fault> {
    if raw.is_empty() {
        return Ok(Currency::CNY);
    }
    Currency::parse(raw).map_err(|error| Fault::validation("currency", error.to_string()))
}

/// Passes an amount above zero and at most 99,999,999.99.
pub fn amount(field: &str, amount: Minor) -> Result<Minor, Fault> {
    let checked = match amount.require_positive() {
        Ok(amount) if amount > Minor::MAX_INPUT => Err(MoneyError::TooLarge),
        other => other,
    };
    checked.map_err(|error| Fault::validation(field, error.to_string()))
}

fn required(field: &str, raw: &str, chars_max: usize, breaks: Breaks) -> Result<String, Fault> {
    let text = clean(field, raw, chars_max, breaks)?;
    if text.is_empty() { Err(Fault::validation(field, "must not be empty")) } else { Ok(text) }
}

fn clean(field: &str, raw: &str, chars_max: usize, breaks: Breaks) -> Result<String, Fault> {
    let unified = raw.replace("\r\n", "\n");
    let text: String = unified.trim().nfc().collect();
    if text.chars().any(|char| char.is_control() && !(char == '\n' && breaks == Breaks::Allowed)) {
        return Err(Fault::validation(field, "must not hold control characters"));
    }
    if text.chars().count() > chars_max {
        return Err(Fault::validation(field, format!("must be at most {chars_max} characters")));
    }
    Ok(text)
}

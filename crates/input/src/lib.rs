//! What people enter, checked: texts, dates, currencies and amounts, each refusal naming its field.
//!
//! Texts are kept in Unicode normal form C, trimmed, without control characters; lengths are counted in characters
//! of that form (contract section 15). Not here: which fields a subject has; its own crate says so. The rule not to
//! be broken: a refusal names field and rule and repeats nothing of what was sent.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use fault::Fault;
use money::{Currency, Minor, MoneyError};
use unicode_normalization::UnicodeNormalization as _;

/// The longest name or title, in characters.
pub const NAME_CHARS_MAX: usize = 100;

/// The longest description, reason, comment or note, in characters.
pub const NOTE_CHARS_MAX: usize = 1_000;

/// Reads a text of one line, such as a name or a title, whose length lies in a range.
pub fn line(field: &str, raw: &str, chars: RangeInclusive<usize>) -> Result<String, Fault> {
    read(field, raw, chars, |_| false)
}

/// Reads a text that may hold line breaks, such as a comment; they are kept as `\n`, however they were sent.
pub fn lines(field: &str, raw: &str, chars: RangeInclusive<usize>) -> Result<String, Fault> {
    read(field, raw, chars, |char| char == '\n')
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

/// Reads the two ends of a range of dates, both optional; the end may not lie before the start.
pub fn date_range(start: &str, end: &str) -> Result<(Option<NaiveDate>, Option<NaiveDate>), Fault> {
    let (start, end) = (optional_date("start_date", start)?, optional_date("end_date", end)?);
    if start.zip(end).is_some_and(|(start, end)| end < start) {
        return Err(Fault::validation("end_date", "must not lie before start_date"));
    }
    Ok((start, end))
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

fn read(
    field: &str,
    raw: &str,
    chars: RangeInclusive<usize>,
    allowed: fn(char) -> bool,
) -> Result<String, Fault> {
    let unified = raw.replace("\r\n", "\n");
    let text: String = unified.trim().nfc().collect();
    if text.chars().any(|char| char.is_control() && !allowed(char)) {
        return Err(Fault::validation(field, "must not hold control characters"));
    }
    let (length, least, most) = (text.chars().count(), *chars.start(), *chars.end());
    match length {
        0 if least == 1 => Err(Fault::validation(field, "must not be empty")),
        _ if length < least => Err(Fault::validation(field, format!("must be at least {least} characters"))),
        _ if length > most => Err(Fault::validation(field, format!("must be at most {most} characters"))),
        _ => Ok(text),
    }
}

#[cfg(test)]
mod tests;

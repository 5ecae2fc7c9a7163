//! The forms in which time is read and written.
//!
//! Instants as RFC 3339 in UTC with milliseconds, dates as `YYYY-MM-DD`, and the date that an instant has in
//! a business zone. Durations and calendars for people do not live here. Reading is strict: a date that does
//! not exist is no date.

use chrono::{DateTime, Datelike as _, NaiveDate, SecondsFormat, Utc};
use chrono_tz::Tz;

/// The years that a caller may name.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2199;

/// Gives the date that an instant has in a zone.
pub fn business_date(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// Reads `YYYY-MM-DD`: ten ASCII characters, a date that exists, a year from 1970 to 2199.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let is_shaped = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let date = if is_shaped { NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()? } else { return None };
    YEARS.contains(&date.year()).then_some(date)
}

/// Writes an instant as document 000 prints it: `2023-01-01T00:00:00.000Z`.
pub fn format_instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Reads an instant in RFC 3339 with any offset, a year from 1970 to 2199. *Units*: the result is UTC.
pub fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
    YEARS.contains(&instant.year()).then_some(instant)
}

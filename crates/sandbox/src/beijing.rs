//! Times as the providers write and read them: in Beijing's zone, whatever ours is.
//!
//! Nothing here asks for the time.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Asia::Shanghai;

/// Writes `2026-01-01 08:00:00`.
pub(crate) fn spaced(at: DateTime<Utc>) -> String {
    written(at, "%Y-%m-%d %H:%M:%S")
}

/// Writes `2026-01-01 08:00:00.123`.
pub(crate) fn with_millis(at: DateTime<Utc>) -> String {
    written(at, "%Y-%m-%d %H:%M:%S%.3f")
}

/// Writes `20260101080000`.
pub(crate) fn compact(at: DateTime<Utc>) -> String {
    written(at, "%Y%m%d%H%M%S")
}

/// Writes in a form of chrono's.
pub(crate) fn written(at: DateTime<Utc>, form: &str) -> String {
    at.with_timezone(&Shanghai).format(form).to_string()
}

/// Writes RFC 3339 with the offset `+08:00`.
pub(crate) fn rfc3339(at: DateTime<Utc>) -> String {
    at.with_timezone(&Shanghai).to_rfc3339_opts(chrono::SecondsFormat::Secs, false)
}

/// Gives the day on which an instant lies.
pub(crate) fn day(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Shanghai).date_naive()
}

/// Reads `2026-01-01 08:00:00`.
pub(crate) fn read_spaced(text: &str) -> Option<DateTime<Utc>> {
    read(text, "%Y-%m-%d %H:%M:%S")
}

/// Reads `20260101080000`.
pub(crate) fn read_compact(text: &str) -> Option<DateTime<Utc>> {
    read(text, "%Y%m%d%H%M%S")
}

/// Reads RFC 3339.
pub(crate) fn read_rfc3339(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc())
}

fn read(text: &str, form: &str) -> Option<DateTime<Utc>> {
    let local = NaiveDateTime::parse_from_str(text, form).ok()?;
    Some(Shanghai.from_local_datetime(&local).earliest()?.to_utc())
}

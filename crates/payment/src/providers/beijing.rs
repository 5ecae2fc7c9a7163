//! Times as the providers write them: in Beijing's zone, whatever ours is.

use chrono::{DateTime, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Asia::Shanghai;

const SPACED: &str = "%Y-%m-%d %H:%M:%S";
const COMPACT: &str = "%Y%m%d%H%M%S";

/// Writes `2026-01-01 08:00:00`.
pub(crate) fn spaced(at: DateTime<Utc>) -> String {
    at.with_timezone(&Shanghai).format(SPACED).to_string()
}

/// Writes `20260101080000`.
pub(crate) fn compact(at: DateTime<Utc>) -> String {
    at.with_timezone(&Shanghai).format(COMPACT).to_string()
}

/// Writes RFC 3339 with the offset `+08:00`.
pub(crate) fn rfc3339(at: DateTime<Utc>) -> String {
    at.with_timezone(&Shanghai).to_rfc3339_opts(chrono::SecondsFormat::Secs, false)
}

/// Reads `2026-01-01 08:00:00`, with or without a fraction.
pub(crate) fn read_spaced(text: &str) -> Option<DateTime<Utc>> {
    read(text, "%Y-%m-%d %H:%M:%S%.f")
}

/// Reads `20260101080000`.
pub(crate) fn read_compact(text: &str) -> Option<DateTime<Utc>> {
    read(text, COMPACT)
}

/// Reads RFC 3339.
pub(crate) fn read_rfc3339(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc())
}

fn read(text: &str, form: &str) -> Option<DateTime<Utc>> {
    let local = NaiveDateTime::parse_from_str(text, form).ok()?;
    Some(Shanghai.from_local_datetime(&local).earliest()?.to_utc())
}

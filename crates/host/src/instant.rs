//! Instants as the contract writes them.
//!
//! Only the form is changed here, nothing is judged.

use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};
use prost_types::Timestamp;

/// Writes an instant for the wire.
pub fn timestamp(at: DateTime<Utc>) -> Timestamp {
    // chrono counts the nanoseconds of a leap second on; the wire has none.
    let nanos = at.timestamp_subsec_nanos().min(999_999_999);
    Timestamp { seconds: at.timestamp(), nanos: i32::try_from(nanos).unwrap_or_default() }
}

/// The seconds that a timestamp of protobuf may have: the years 1 to 9999.
const SECONDS: RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// Reads an instant from the wire; one that no calendar has is none.
pub fn instant(at: &Timestamp) -> Option<DateTime<Utc>> {
    if !SECONDS.contains(&at.seconds) {
        return None;
    }
    DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).ok()?)
}

//! Times of the faces of documents 001 and 003: local, without a zone, in the business zone (contract section 4).
//!
//! Input may also carry an offset, or be a day alone. The rule not to be broken: what is printed to the second is
//! found again by that second, as the beginning and as the end of a period.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound as _, TimeZone as _, Utc};
use chrono_tz::Tz;
use prost_types::Timestamp;
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::faces::shapes;

const RULE: &str = "must be a time such as 2024-01-16T10:30:00, or a date";
/// `2024-01-16`, and `T10:30:00` behind it.
const DATE_BYTES: usize = 10;
const LOCAL_BYTES: usize = 19;
/// How long a second is, less the microsecond at which the next one begins.
const REST_OF_SECOND: Duration = Duration::microseconds(999_999);

/// A time that a caller named, before it is known in which zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Day(NaiveDate),
    /// To the second.
    Local(NaiveDateTime),
    /// To the second too: a whole one stands for all of it at the end of a period.
    Instant(DateTime<Utc>),
}

impl Moment {
    /// Gives its beginning.
    pub(crate) fn first(self, zone: Tz) -> Timestamp {
        timestamp(match self {
            Self::Day(day) => utc(day.and_time(NaiveTime::MIN), zone),
            Self::Local(local) => utc(local, zone),
            Self::Instant(instant) => instant,
        })
    }

    /// Gives its end, which is still a part of it.
    pub(crate) fn last(self, zone: Tz) -> Timestamp {
        timestamp(match self {
            Self::Day(day) => {
                let next = day.succ_opt().unwrap_or(day);
                utc(next.and_time(NaiveTime::MIN), zone) - Duration::microseconds(1)
            }
            Self::Local(local) => utc(local, zone) + REST_OF_SECOND,
            Self::Instant(instant) if instant.trunc_subsecs(0) == instant => instant + REST_OF_SECOND,
            Self::Instant(instant) => instant,
        })
    }

    fn parse(text: &str) -> Option<Self> {
        if text.len() == DATE_BYTES {
            return clock::parse_date(text).map(Self::Day);
        }
        if text.as_bytes().get(DATE_BYTES) != Some(&b'T') {
            return None;
        }
        if text.len() != LOCAL_BYTES {
            return clock::parse_instant(text).map(Self::Instant);
        }
        // Years and digits are those that the clock knows; its instants have an offset.
        let instant = clock::parse_instant(&format!("{text}Z"))?;
        Some(Self::Local(instant.naive_utc()))
    }
}

/// Reads a time that may be missing, but not `null`.
pub(crate) fn given_moment<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Moment>, D::Error> {
    let text = String::deserialize(reader)?;
    Moment::parse(&text).map(Some).ok_or_else(|| D::Error::custom(RULE))
}

/// Prints an instant of a service; none when it is not set.
pub(crate) fn local(at: Option<Timestamp>, zone: Tz) -> Option<String> {
    let at = shapes::instant(at)?.with_timezone(&zone).naive_local();
    // Its debug form is ISO 8601 and is written without a format string to be read first.
    Some(format!("{:?}", at.trunc_subsecs(0)))
}

/// Finds the instant of a local time: the first of two, and an hour on where the clocks were put forward.
fn utc(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    let found = zone.from_local_datetime(&local).earliest();
    let found = found.or_else(|| zone.from_local_datetime(&(local + Duration::hours(1))).earliest());
    found.map_or_else(|| local.and_utc(), |found| found.to_utc())
}

fn timestamp(at: DateTime<Utc>) -> Timestamp {
    // Below 10^9 by definition.
    Timestamp {
        seconds: at.timestamp(),
        nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or_default(),
    }
}

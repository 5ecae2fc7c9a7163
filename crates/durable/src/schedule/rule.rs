//! When a job is due next.
//!
//! Pure. The rule not to be broken: all copies compute the same instant from the same rule.

use std::{fmt, time::Duration};

use chrono::{DateTime, Days, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    Daily { time: NaiveTime, zone: Tz },
    Every { period: Duration },
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Daily { time, zone } => write!(f, "daily at {time} {zone}"),
            Self::Every { period } => write!(f, "every {} s", period.as_secs()),
        }
    }
}

impl Rule {
    /// Gives the first instant after another at which the job is due.
    pub(super) fn next_after(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        match *self {
            Self::Daily { time, zone } => next_day(time, zone, at),
            Self::Every { period } => next_multiple(period, at),
        }
    }
}

fn next_multiple(period: Duration, at: DateTime<Utc>) -> DateTime<Utc> {
    let seconds = i64::try_from(period.as_secs()).unwrap_or(i64::MAX).max(1);
    let into = at.timestamp().rem_euclid(seconds);
    let next = at.timestamp().saturating_sub(into).saturating_add(seconds);
    DateTime::from_timestamp(next, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn next_day(time: NaiveTime, zone: Tz, at: DateTime<Utc>) -> DateTime<Utc> {
    let today = at.with_timezone(&zone).date_naive();
    (0..=2)
        .filter_map(|days| today.checked_add_days(Days::new(days)))
        .filter_map(|date| {
            let local = date.and_time(time);
            // A time that the change to summer time leaves out is an hour later on that day.
            let late = local.checked_add_signed(TimeDelta::hours(1)).unwrap_or(local);
            zone.from_local_datetime(&local).earliest().or_else(|| zone.from_local_datetime(&late).earliest())
        })
        .map(|local| local.with_timezone(&Utc))
        .find(|next| *next > at)
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

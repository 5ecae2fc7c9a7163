//! Time and chance as arguments: now, new ids, new secrets, and the few forms in which time is written.
//!
//! A [`Clock`] is the system's or one that a test moves by hand. Scheduling, time-outs and sleeping do not
//! live here. The rule not to be broken: no other crate asks the system for the time or for randomness, so
//! that a test decides both what time it is and what is compared.

mod id;
mod random;
mod text;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Duration, DurationRound as _, Utc};
use uuid::{NoContext, Timestamp, Uuid};

pub use crate::text::{business_date, format_instant, parse_date, parse_instant};

/// Tells the time and makes what must be new. Cheap to clone; clones of a manual clock move together.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    /// Microseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl Clock {
    /// Follows the system's time.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// Stands still at an instant until it is advanced. For tests.
    pub fn manual(at: DateTime<Utc>) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(at.timestamp_micros()))))
    }

    /// Moves a manual clock, back too if the duration is negative. On the system's clock it panics: only a
    /// test may move time.
    pub fn advance(&self, by: Duration) {
        match &self.0 {
            Source::Manual(micros) => {
                micros.fetch_add(by.num_microseconds().unwrap_or_default(), Ordering::SeqCst);
            }
            Source::System => unreachable!("only a manual clock can be moved"),
        }
    }

    /// Tells the time. *Units*: UTC, whole microseconds, which is what PostgreSQL keeps.
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => system_now(),
            Source::Manual(micros) => {
                DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst)).unwrap_or_default()
            }
        }
    }

    /// Makes an id that is new in this process and greater than the one before.
    ///
    /// *Shape*: above 0, below 2^53 (exact in JavaScript), ordered by time; two processes may rarely make the
    /// same one, which the primary key then refuses.
    pub fn new_id(&self) -> i64 {
        id::next(self.now())
    }

    /// Makes a UUID of version 7, ordered by time.
    pub fn new_uuid(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos()))
    }

    /// Makes a secret from the operating system's randomness: `bytes` bytes as base64url without padding.
    pub fn token(&self, bytes: usize) -> String {
        random::token(bytes)
    }

    /// Makes a code that people can read out: `length` of the characters A-Z and 2-9 without I and O, each
    /// carrying five bits of the operating system's randomness.
    pub fn code(&self, length: usize) -> String {
        random::code(length)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the system for the time")]
fn system_now() -> DateTime<Utc> {
    let now = Utc::now();
    now.duration_trunc(Duration::microseconds(1)).unwrap_or(now)
}

#[cfg(test)]
mod tests;

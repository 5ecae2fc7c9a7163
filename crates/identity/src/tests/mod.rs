//! What identity promises, as sentences.

mod access;
mod development;
mod guard;
mod keys;
mod liveness;
mod tokens;

use chrono::DateTime;
use clock::Clock;

/// A clock that stands still at a round second.
fn still() -> Clock {
    Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).unwrap())
}

//! Ids of 53 bits, ordered by time: milliseconds since 2026, then twelve bits that count.
//!
//! The count starts at a random place in each process, so that two copies of a service rarely meet in the
//! same millisecond; a primary key catches the rest. The rule not to be broken: within a process ids grow.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};

use crate::random;

/// 2026-01-01T00:00:00Z in milliseconds since 1970.
const EPOCH_MS: i64 = 1_767_225_600_000;
const COUNT_BITS: u32 = 12;
const COUNT_MASK: i64 = (1 << COUNT_BITS) - 1;
/// The last millisecond whose ids, with the count carried over, stay below 2^53. It lies in 2095.
const LAST_MS: i64 = (1 << (53 - COUNT_BITS)) - 2;

/// The id made last; zero before the first.
static LAST: AtomicI64 = AtomicI64::new(0);

/// Makes the next id at an instant. Where time stands still or goes back, the count is carried into the
/// milliseconds, so that the order holds.
pub(crate) fn next(at: DateTime<Utc>) -> i64 {
    let ms = at.timestamp_millis().saturating_sub(EPOCH_MS).clamp(0, LAST_MS);
    let mut last = LAST.load(Ordering::Relaxed);
    loop {
        let next = after(last, ms);
        match LAST.compare_exchange_weak(last, next, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return next,
            Err(actual) => last = actual,
        }
    }
}

fn after(last: i64, ms: i64) -> i64 {
    let counted = if last == 0 { i64::from(random::start()) } else { last.saturating_add(1) };
    let fresh = (ms << COUNT_BITS) | (counted & COUNT_MASK);
    if ms > last >> COUNT_BITS { fresh } else { counted }
}

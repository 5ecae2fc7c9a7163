//! Forgetting the answered keys of repeated requests, which are kept seven days (contract section 7).
//!
//! Safe to run twice and in many copies. The rule not to be broken: nothing but answered keys is deleted here.

use chrono::{NaiveTime, TimeDelta};
use chrono_tz::Tz;
use durable::{Database, idempotency, schedule::Schedule};
use fault::Fault;

const KEPT: TimeDelta = TimeDelta::days(7);
/// A purge takes a thousand at once; a run stops after a million, and the next one goes on.
const PURGES_MAX: usize = 1_000;

/// Forgets the answered keys of a database that are older than seven days, and gives how many.
pub async fn forget_old_keys(db: &Database) -> Result<u64, Fault> {
    let before = db.clock().now() - KEPT;
    let mut forgotten = 0_u64;
    for _ in 0..PURGES_MAX {
        let mut conn = db.acquire().await?;
        match idempotency::purge(&mut conn, before).await? {
            0 => break,
            rows => forgotten = forgotten.saturating_add(rows),
        }
    }
    Ok(forgotten)
}

/// Makes a schedule with one job that does it each night at the business zone's midnight. For services without a
/// clean-up of their own; the others do it with theirs.
pub fn nightly_clean_up(db: &Database, job: &'static str, zone: Tz) -> Schedule {
    let own = db.clone();
    Schedule::new(db.clone()).daily_at(job, NaiveTime::MIN, zone, move || {
        let db = own.clone();
        async move { forget_old_keys(&db).await.map(|_| ()) }
    })
}

//! Deleting in batches, and forgetting the answered keys of repeated requests after seven days (contract section 7).
//!
//! Safe to run twice and in many copies. The rule not to be broken: nothing but answered keys is deleted by itself.

use chrono::{NaiveTime, TimeDelta};
use chrono_tz::Tz;
use durable::{Database, idempotency, schedule::Schedule};
use fault::Fault;

const KEPT: TimeDelta = TimeDelta::days(7);
/// A run stops after so many batches, and the next one goes on.
const BATCHES_MAX: usize = 1_000;

/// Deletes in batches, each by itself, until one of them finds nothing; gives how many rows went.
pub async fn in_batches<F>(db: &Database, delete: impl Fn(Database) -> F) -> Result<u64, Fault>
where
    F: Future<Output = Result<u64, Fault>>,
{
    let mut deleted = 0_u64;
    for _ in 0..BATCHES_MAX {
        match delete(db.clone()).await? {
            0 => break,
            rows => deleted = deleted.saturating_add(rows),
        }
    }
    Ok(deleted)
}

/// Forgets the answered keys of a database that are older than seven days, and gives how many.
pub async fn forget_old_keys(db: &Database) -> Result<u64, Fault> {
    let before = db.clock().now() - KEPT;
    in_batches(db, |db| async move { idempotency::purge(&mut *db.acquire().await?, before).await }).await
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

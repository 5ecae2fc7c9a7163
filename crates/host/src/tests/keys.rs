//! Keys of repeated requests, forgotten in time.

use chrono::TimeDelta;
use chrono_tz::Asia::Shanghai;
use clock::Clock;
use durable::{
    Database,
    idempotency::{self, Key},
};
use sqlx::Executor as _;
use testkit::TestDb;

use super::{MIGRATIONS, noon};
use crate::nightly_clean_up;

/// Answers a key and makes it as old as a statement says.
async fn answered(test_db: &TestDb, db: &Database, key: &str, ageing: &'static str) {
    let mut tx = db.begin().await.unwrap();
    let key = Key::new(7, key, "/m", b"");
    idempotency::claim(&mut tx, Some(&key)).await.unwrap();
    idempotency::store(&mut tx, Some(&key), b"reply").await.unwrap();
    tx.commit().await.unwrap();
    test_db.owner().await.execute(ageing).await.unwrap();
}

#[tokio::test]
async fn answered_keys_are_forgotten_at_midnight_after_seven_days_and_no_earlier() {
    let test_db = testkit::database(&MIGRATIONS).await;
    let clock = Clock::manual(noon());
    let db = test_db.connect(clock.clone()).await;
    let schedule = nightly_clean_up(&db, "some_cleanup", Shanghai);
    schedule.status().await.unwrap();
    let eight_days = "update idempotency set created_at = '2026-02-21T12:00:00Z' where key = 'old'";
    let six_days = "update idempotency set created_at = '2026-02-23T12:00:00Z' where key = 'young'";
    answered(&test_db, &db, "old", eight_days).await;
    answered(&test_db, &db, "young", six_days).await;
    assert_eq!(schedule.run_due().await.unwrap(), 0, "it is not midnight yet");
    clock.advance(TimeDelta::hours(4));
    assert_eq!(schedule.run_due().await.unwrap(), 1);
    let left: Vec<String> = sqlx::query_scalar("select key from idempotency")
        .fetch_all(&mut test_db.owner().await)
        .await
        .unwrap();
    assert_eq!(left, ["young"]);
}

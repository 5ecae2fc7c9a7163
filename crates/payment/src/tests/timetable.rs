//! What the service does unasked (000-J01, J02, J03).

use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use durable::idempotency::{self, Key};
use sqlx::Executor as _;

use super::Stage;
use crate::service::Service;

/// How often a task ended well and badly.
async fn counts(service: &Service, name: &str) -> (i64, i64) {
    let all = service.schedule.status().await.unwrap();
    let status = all.into_iter().find(|status| status.name == name).unwrap();
    (status.success_count, status.failure_count)
}

#[tokio::test]
async fn reminders_go_out_at_noon_of_the_business_zone() {
    let stage = Stage::new().await;
    let service = stage.copy().await;
    service.schedule.status().await.unwrap();
    stage.clock.advance(TimeDelta::minutes(16 * 60 - 1));
    service.schedule.run_due().await.unwrap();
    assert_eq!(stage.fakes.asked("RemindUnpaid"), 0, "it is 11:59");
    stage.clock.advance(TimeDelta::minutes(1));
    service.schedule.run_due().await.unwrap();
    assert_eq!(stage.fakes.asked("RemindUnpaid"), 1);
}

#[tokio::test]
async fn several_copies_run_a_task_once() {
    let stage = Stage::new().await;
    let (one, two) = (stage.copy().await, stage.copy().await);
    one.schedule.status().await.unwrap();
    stage.clock.advance(TimeDelta::hours(17));
    let (first, second) = tokio::join!(one.schedule.run_due(), two.schedule.run_due());
    assert_eq!(first.unwrap() + second.unwrap(), 3, "each of the three tasks on one copy");
    assert_eq!(stage.fakes.asked("RemindUnpaid"), 1);
    assert_eq!(counts(&two, "payment_reminder").await, (1, 0));
}

#[tokio::test]
async fn missed_runs_are_caught_up_once() {
    let stage = Stage::new().await;
    let service = stage.copy().await;
    service.schedule.status().await.unwrap();
    stage.clock.advance(TimeDelta::days(5));
    for _ in 0..3 {
        service.schedule.run_due().await.unwrap();
    }
    assert_eq!(stage.fakes.asked("RemindUnpaid"), 1);
    for task in ["payment_reminder", "payment_sync", "payment_cleanup"] {
        assert_eq!(counts(&service, task).await, (1, 0), "{task}");
    }
}

#[tokio::test]
async fn the_clean_up_goes_to_every_service_until_nothing_is_left() {
    let stage = Stage::new().await;
    stage.fakes.state.user_batches.store(3, Ordering::SeqCst);
    let service = stage.copy().await;
    service.schedule.status().await.unwrap();
    stage.clock.advance(TimeDelta::hours(4));
    service.schedule.run_due().await.unwrap();
    let asked = ["UserService", "RoomService", "ExpenseService", "BillService"]
        .map(|name| stage.fakes.asked(&format!("{name}/PurgeExpired")));
    assert_eq!(asked, [4, 1, 1, 1]);
    assert_eq!(counts(&service, "payment_cleanup").await, (1, 0));
}

#[tokio::test]
async fn one_service_that_cannot_clean_up_keeps_no_other_from_it() {
    let stage = Stage::new().await;
    stage.fakes.state.is_room_broken.store(true, Ordering::SeqCst);
    let service = stage.copy().await;
    service.schedule.status().await.unwrap();
    stage.clock.advance(TimeDelta::hours(4));
    service.schedule.run_due().await.unwrap();
    let asked =
        ["ExpenseService", "BillService"].map(|name| stage.fakes.asked(&format!("{name}/PurgeExpired")));
    assert_eq!(asked, [1, 1]);
    assert_eq!(counts(&service, "payment_cleanup").await, (0, 1));
}

#[tokio::test]
async fn the_clean_up_forgets_answered_keys_of_its_own_after_seven_days() {
    let stage = Stage::new().await;
    let service = stage.copy().await;
    service.schedule.status().await.unwrap();
    let mut owner = stage.test_db.owner().await;
    for name in ["old", "young"] {
        let mut tx = service.db.begin().await.unwrap();
        let key = Key::new(1, name, "/m", b"");
        idempotency::claim(&mut tx, Some(&key)).await.unwrap();
        idempotency::store(&mut tx, Some(&key), b"reply").await.unwrap();
        tx.commit().await.unwrap();
    }
    owner
        .execute("update idempotency set created_at = '2026-02-20T00:00:00Z' where key = 'old'")
        .await
        .unwrap();
    owner
        .execute("update idempotency set created_at = '2026-02-27T00:00:00Z' where key = 'young'")
        .await
        .unwrap();
    stage.clock.advance(TimeDelta::hours(4));
    service.schedule.run_due().await.unwrap();
    let left: Vec<String> =
        sqlx::query_scalar("select key from idempotency").fetch_all(&mut owner).await.unwrap();
    assert_eq!(left, ["young"]);
}

#[tokio::test]
async fn a_peer_that_is_away_for_a_moment_is_waited_for() {
    let stage = Stage::new().await;
    stage.fakes.state.away.store(3, Ordering::SeqCst);
    let service = stage.copy().await;
    service.schedule.status().await.unwrap();
    stage.clock.advance(TimeDelta::hours(16));
    service.schedule.run_due().await.unwrap();
    assert_eq!(stage.fakes.asked("RemindUnpaid"), 4);
    assert_eq!(counts(&service, "payment_reminder").await, (1, 0));
}

#[tokio::test]
async fn a_peer_that_stays_away_fails_the_run_and_not_the_service() {
    let stage = Stage::new().await;
    stage.fakes.state.away.store(100, Ordering::SeqCst);
    let service = stage.copy().await;
    service.schedule.status().await.unwrap();
    stage.clock.advance(TimeDelta::hours(16));
    service.schedule.run_due().await.unwrap();
    assert_eq!(stage.fakes.asked("RemindUnpaid"), 5, "a bounded number of tries");
    assert_eq!(counts(&service, "payment_reminder").await, (0, 1));
    assert_eq!(counts(&service, "payment_cleanup").await, (1, 0));
}

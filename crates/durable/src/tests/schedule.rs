//! Each job runs once, however many copies there are.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::{America::New_York, Asia::Shanghai, Tz};
use clock::Clock;
use fault::{Code, Fault};
use testkit::TestDb;
use tokio::{sync::Notify, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{MIGRATIONS, connect};
use crate::{
    Database,
    schedule::{Schedule, Status},
};

const PATIENCE: Duration = Duration::from_secs(10);

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn database_at(now: &str) -> (TestDb, Database, Clock) {
    testkit::trace();
    let test_db = testkit::database(&MIGRATIONS).await;
    let clock = Clock::manual(at(now));
    let db = connect(&test_db, clock.clone()).await;
    (test_db, db, clock)
}

/// A job that counts its runs, every two hours.
fn counting(db: &Database, runs: &Arc<AtomicU32>) -> Schedule {
    let runs = Arc::clone(runs);
    Schedule::new(db.clone()).every("payment_sync", Duration::from_hours(2), move || {
        runs.fetch_add(1, Ordering::SeqCst);
        async { Ok(()) }
    })
}

/// A job that runs until it is told to end.
fn hanging(db: &Database, begun: &Arc<Notify>, may_end: &Arc<Notify>) -> Schedule {
    let (begun, may_end) = (Arc::clone(begun), Arc::clone(may_end));
    Schedule::new(db.clone()).every("payment_sync", Duration::from_hours(2), move || {
        let may_end = Arc::clone(&may_end);
        begun.notify_one();
        async move {
            may_end.notified().await;
            Ok(())
        }
    })
}

async fn status(schedule: &Schedule) -> Status {
    schedule.status().await.unwrap().remove(0)
}

async fn next_of(now: &str, time: NaiveTime, zone: Tz) -> DateTime<Utc> {
    let (_test_db, db, _clock) = database_at(now).await;
    let schedule = Schedule::new(db).daily_at("payment_reminder", time, zone, || async { Ok(()) });
    status(&schedule).await.next_run_at
}

#[tokio::test]
async fn two_copies_run_a_job_once() {
    let (test_db, db, clock) = database_at("2026-01-01T11:59:00Z").await;
    let other = connect(&test_db, clock.clone()).await;
    let runs = Arc::default();
    let (first, second) = (counting(&db, &runs), counting(&other, &runs));
    assert_eq!(first.run_due().await.unwrap() + second.run_due().await.unwrap(), 0, "nothing is due yet");
    clock.advance(TimeDelta::minutes(1));
    for _ in 0..3 {
        let (left, right) = tokio::join!(first.run_due(), second.run_due());
        left.unwrap();
        right.unwrap();
    }
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    let status = status(&first).await;
    assert_eq!((status.success_count, status.last_run_at), (1, Some(at("2026-01-01T12:00:00Z"))));
    assert_eq!(status.next_run_at, at("2026-01-01T14:00:00Z"));
}

#[tokio::test]
async fn missed_runs_are_caught_up_once() {
    let (test_db, db, clock) = database_at("2026-01-01T11:59:00Z").await;
    let runs = Arc::default();
    counting(&db, &runs).run_due().await.unwrap();
    clock.advance(TimeDelta::days(3));
    let restarted = counting(&connect(&test_db, clock.clone()).await, &runs);
    for _ in 0..3 {
        restarted.run_due().await.unwrap();
    }
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    assert_eq!(status(&restarted).await.next_run_at, at("2026-01-04T12:00:00Z"));
}

#[tokio::test]
async fn a_job_that_is_new_waits_for_its_first_time() {
    let (_test_db, db, _clock) = database_at("2026-01-01T11:00:00Z").await;
    let runs = Arc::default();
    let schedule = counting(&db, &runs);
    assert_eq!(schedule.run_due().await.unwrap(), 0);
    assert_eq!(status(&schedule).await.next_run_at, at("2026-01-01T12:00:00Z"));
}

#[tokio::test]
async fn a_job_that_runs_cannot_be_triggered_by_any_copy() {
    let (test_db, db, clock) = database_at("2026-01-01T11:00:00Z").await;
    let other = connect(&test_db, clock.clone()).await;
    let (begun, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let schedule = hanging(&db, &begun, &may_end);
    let started = schedule.trigger("payment_sync").await.unwrap();
    assert_eq!(started.started_at, clock.now());
    timeout(PATIENCE, begun.notified()).await.unwrap();
    for copy in [&schedule, &hanging(&other, &begun, &may_end)] {
        assert!(status(copy).await.is_running);
        assert_eq!(copy.trigger("payment_sync").await.unwrap_err().code(), Code::StateConflict);
    }
    may_end.notify_one();
    let ended = async {
        while status(&schedule).await.is_running {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, ended).await.unwrap();
    schedule.trigger("payment_sync").await.unwrap();
}

#[tokio::test]
async fn a_trigger_leaves_the_timetable_alone() {
    let (_test_db, db, clock) = database_at("2026-01-01T11:00:00Z").await;
    let runs = Arc::default();
    let schedule = counting(&db, &runs);
    schedule.trigger("payment_sync").await.unwrap();
    let ended = async {
        while status(&schedule).await.success_count == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, ended).await.unwrap();
    assert_eq!(status(&schedule).await.next_run_at, at("2026-01-01T12:00:00Z"));
    clock.advance(TimeDelta::hours(1));
    schedule.run_due().await.unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_unknown_job_cannot_be_triggered() {
    let (_test_db, db, _clock) = database_at("2026-01-01T11:00:00Z").await;
    let fault = counting(&db, &Arc::default()).trigger("payment_magic").await.unwrap_err();
    assert_eq!(fault.code(), Code::NotFound);
}

#[tokio::test]
async fn a_run_that_fails_or_panics_is_counted_and_waits_for_its_next_time() {
    let (_test_db, db, clock) = database_at("2026-01-01T11:59:00Z").await;
    let schedule = Schedule::new(db)
        .every("refused", Duration::from_mins(1), || async { Err(Fault::conflict("not today")) })
        .every("panics", Duration::from_mins(1), || async { panic!("a mistake of the handler") });
    schedule.run_due().await.unwrap();
    clock.advance(TimeDelta::minutes(1));
    assert_eq!(schedule.run_due().await.unwrap(), 2);
    for status in schedule.status().await.unwrap() {
        assert_eq!((status.success_count, status.failure_count), (0, 1), "{status:?}");
        assert_eq!(status.next_run_at, at("2026-01-01T12:01:00Z"));
        assert!(status.last_error.is_some());
    }
}

#[tokio::test]
async fn a_run_whose_process_died_is_run_again_when_its_lease_is_over() {
    let (test_db, db, clock) = database_at("2026-01-01T11:59:00Z").await;
    let (begun, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let dying = hanging(&db, &begun, &may_end);
    dying.run_due().await.unwrap();
    clock.advance(TimeDelta::minutes(1));
    let run = tokio::spawn(async move { dying.run_due().await });
    timeout(PATIENCE, begun.notified()).await.unwrap();
    run.abort();
    let runs = Arc::default();
    let other = counting(&connect(&test_db, clock.clone()).await, &runs);
    assert_eq!(other.run_due().await.unwrap(), 0, "the lease still lives");
    clock.advance(TimeDelta::minutes(2));
    assert_eq!(other.run_due().await.unwrap(), 1);
}

#[tokio::test]
async fn a_running_schedule_runs_what_becomes_due_and_stops_when_told() {
    let (_test_db, db, clock) = database_at("2026-01-01T11:59:59Z").await;
    let (begun, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let schedule = hanging(&db, &begun, &may_end);
    schedule.status().await.unwrap();
    clock.advance(TimeDelta::seconds(1));
    let stop = CancellationToken::new();
    let running = {
        let (schedule, stop) = (schedule.clone(), stop.clone());
        tokio::spawn(async move { schedule.run(stop).await })
    };
    timeout(PATIENCE, begun.notified()).await.unwrap();
    stop.cancel();
    may_end.notify_one();
    timeout(PATIENCE, running).await.unwrap().unwrap();
    let status = status(&schedule).await;
    assert_eq!((status.is_running, status.success_count), (false, 1));
}

#[tokio::test]
async fn a_day_is_the_day_of_the_zone() {
    let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap();
    assert_eq!(next_of("2026-01-01T03:59:59Z", noon, Shanghai).await, at("2026-01-01T04:00:00Z"));
    assert_eq!(next_of("2026-01-01T04:00:00Z", noon, Shanghai).await, at("2026-01-02T04:00:00Z"));
    let midnight = NaiveTime::MIN;
    assert_eq!(next_of("2026-01-01T15:00:00Z", midnight, Shanghai).await, at("2026-01-01T16:00:00Z"));
}

#[tokio::test]
async fn a_time_that_summer_time_leaves_out_is_an_hour_later() {
    let half_past_two = NaiveTime::from_hms_opt(2, 30, 0).unwrap();
    let next = next_of("2026-03-08T05:00:00Z", half_past_two, New_York).await;
    assert_eq!(next, at("2026-03-08T07:30:00Z"));
}

#[tokio::test]
async fn a_changed_timetable_counts_from_the_next_start() {
    let (test_db, db, clock) = database_at("2026-01-01T11:00:00Z").await;
    counting(&db, &Arc::default()).run_due().await.unwrap();
    let db = connect(&test_db, clock.clone()).await;
    let changed = Schedule::new(db).every("payment_sync", Duration::from_mins(1), || async { Ok(()) });
    assert_eq!(status(&changed).await.next_run_at, at("2026-01-01T11:01:00Z"));
}

#[tokio::test]
async fn a_job_taken_in_a_transaction_that_rolls_back_is_free_again() {
    let (_test_db, db, _clock) = database_at("2026-03-01T11:30:00Z").await;
    let runs = Arc::new(AtomicU32::new(0));
    let schedule = counting(&db, &runs);
    let mut tx = db.begin().await.unwrap();
    let taken = schedule.take(&mut tx, "payment_sync").await.unwrap();
    let refused = schedule.take(&mut tx, "payment_sync").await.unwrap_err();
    assert_eq!(refused.code(), Code::StateConflict);
    tx.rollback().await.unwrap();
    drop(taken);
    schedule.trigger("payment_sync").await.unwrap();
}

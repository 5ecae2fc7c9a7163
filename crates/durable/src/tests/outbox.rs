//! Jobs happen at least once and in order.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use clock::Clock;
use fault::{Code, Fault};
use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{connect, database, execute, number};
use crate::{
    Database,
    outbox::{self, Job, JobView, Relay},
};

pub(super) const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn job(order_key: i64, text: &str) -> Job {
    Job { queue: "events", order_key, kind: "event", payload: text.into(), delay: Duration::ZERO }
}

pub(super) async fn write(db: &Database, jobs: impl IntoIterator<Item = Job>) {
    let mut tx = db.begin().await.unwrap();
    for job in jobs {
        outbox::append(&mut tx, job).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// A relay that tells what it delivered.
fn telling(db: &Database) -> (Relay, mpsc::UnboundedReceiver<JobView>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let relay = Relay::new(db.clone()).on("event", move |job| {
        let _ = sender.send(job);
        async { Ok(()) }
    });
    (relay, receiver)
}

/// A running relay, stopped when dropped.
pub(super) struct Running(CancellationToken, JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.cancel();
        self.1.abort();
    }
}

pub(super) fn start(relay: Relay) -> Running {
    let stop = CancellationToken::new();
    Running(stop.clone(), tokio::spawn(relay.run(stop)))
}

async fn next(receiver: &mut mpsc::UnboundedReceiver<JobView>) -> String {
    let job = timeout(PATIENCE, receiver.recv()).await.expect("nothing was delivered").unwrap();
    String::from_utf8(job.payload).unwrap()
}

pub(super) async fn until_zero(db: &Database, question: &str) {
    let began = Instant::now();
    while number(&mut db.acquire().await.unwrap(), question).await != 0 {
        assert!(began.elapsed() < PATIENCE, "never zero: {question}");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn what_was_rolled_back_never_happens() {
    let (_test_db, db) = database().await;
    let mut tx = db.begin().await.unwrap();
    outbox::append(&mut tx, job(1, "undone")).await.unwrap();
    tx.rollback().await.unwrap();
    write(&db, [job(1, "done")]).await;
    let (relay, mut told) = telling(&db);
    let _running = start(relay);
    assert_eq!(next(&mut told).await, "done");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_relays_deliver_each_key_in_order_and_one_at_a_time() {
    let (test_db, db) = database().await;
    let other = connect(&test_db, Clock::system()).await;
    let delivered: Arc<Mutex<Vec<(i64, i64)>>> = Arc::default();
    let busy: Arc<Mutex<Vec<i64>>> = Arc::default();
    let relay = |db: &Database| {
        let (delivered, busy) = (Arc::clone(&delivered), Arc::clone(&busy));
        Relay::new(db.clone()).on("event", move |job| {
            let (delivered, busy) = (Arc::clone(&delivered), Arc::clone(&busy));
            async move {
                let key = job.order_key;
                {
                    let mut busy = busy.lock().unwrap();
                    assert!(!busy.contains(&key), "two deliveries of key {key} at once");
                    busy.push(key);
                }
                sleep(Duration::from_millis(u64::try_from(job.id % 4).unwrap())).await;
                delivered.lock().unwrap().push((key, job.id));
                busy.lock().unwrap().retain(|other| *other != key);
                Ok(())
            }
        })
    };
    let (_first, _second) = (start(relay(&db)), start(relay(&other)));
    for round in 0..60 {
        write(&db, (0..5).map(|key| job(key, &round.to_string()))).await;
    }
    until_zero(&db, "select count(id) from outbox").await;
    let delivered = delivered.lock().unwrap().clone();
    assert_eq!(delivered.len(), 300);
    for key in 0..5 {
        let ids: Vec<_> = delivered.iter().filter(|(of, _)| *of == key).map(|(_, id)| *id).collect();
        assert!(ids.is_sorted(), "key {key}: {ids:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_whose_relay_died_is_delivered_again_before_those_behind_it() {
    let (test_db, db) = database().await;
    let other = connect(&test_db, Clock::system()).await;
    write(&db, [job(1, "first"), job(1, "second")]).await;
    let begun = Arc::new(Notify::new());
    let dying = {
        let begun = Arc::clone(&begun);
        Relay::new(db.clone()).on("event", move |_| {
            begun.notify_one();
            std::future::pending()
        })
    };
    let died = start(dying.with_timing(|timing| timing.lease = Duration::from_millis(300)));
    timeout(PATIENCE, begun.notified()).await.unwrap();
    drop(died);
    let (relay, mut told) = telling(&other);
    let _running = start(relay);
    assert_eq!((next(&mut told).await, next(&mut told).await), ("first".to_owned(), "second".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_lost_its_lease_does_not_settle_what_another_holds() {
    let (test_db, db) = database().await;
    let other = connect(&test_db, Clock::system()).await;
    write(&db, [job(1, "held")]).await;
    let (slow_begun, slow_may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (begun, may_end) = (Arc::clone(&slow_begun), Arc::clone(&slow_may_end));
        Relay::new(db.clone()).on("event", move |_| {
            let (begun, may_end) = (Arc::clone(&begun), Arc::clone(&may_end));
            async move {
                begun.notify_one();
                may_end.notified().await;
                Ok(())
            }
        })
    };
    let _slow = start(slow.with_timing(|timing| timing.lease = Duration::from_millis(100)));
    timeout(PATIENCE, slow_begun.notified()).await.unwrap();
    sleep(Duration::from_millis(150)).await;
    let taken = Arc::new(Notify::new());
    let holder = {
        let taken = Arc::clone(&taken);
        Relay::new(other).on("event", move |_| {
            taken.notify_one();
            std::future::pending()
        })
    };
    let _holder = start(holder);
    timeout(PATIENCE, taken.notified()).await.unwrap();
    slow_may_end.notify_one();
    sleep(Duration::from_millis(200)).await;
    assert_eq!(number(&mut test_db.owner().await, "select count(id) from outbox").await, 1);
}

#[tokio::test]
async fn a_job_that_is_refused_for_good_is_kept_and_lets_the_next_one_pass() {
    let (_test_db, db) = database().await;
    write(&db, [job(1, "bad"), job(1, "good")]).await;
    let (sender, mut told) = mpsc::unbounded_channel();
    let relay = Relay::new(db.clone()).on("event", move |job: JobView| {
        let _ = sender.send(job.clone());
        async move {
            if job.payload == b"bad" { Err(Fault::validation("amount", "must be a number")) } else { Ok(()) }
        }
    });
    let _running = start(relay.with_timing(|timing| {
        timing.retry_min = Duration::from_millis(1);
        timing.refusals_max = 3;
    }));
    for expected in ["bad", "bad", "bad", "good"] {
        assert_eq!(next(&mut told).await, expected);
    }
    until_zero(&db, "select count(id) from outbox").await;
    let dead = outbox::dead(&mut db.acquire().await.unwrap(), None, 10).await.unwrap();
    let [letter] = dead.as_slice() else { panic!("{dead:?}") };
    assert_eq!((letter.payload.as_slice(), letter.attempts), (b"bad".as_slice(), 3));
    assert!(letter.last_error.as_deref().unwrap().contains("amount: must be a number"));
}

#[tokio::test]
async fn a_revived_job_is_delivered_under_its_old_number() {
    let (_test_db, db) = database().await;
    write(&db, [job(1, "revived")]).await;
    let relay = Relay::new(db.clone()).on("event", |_| async { Err(Fault::conflict("not now")) });
    let running = start(relay.with_timing(|timing| timing.refusals_max = 1));
    until_zero(&db, "select count(id) from outbox").await;
    drop(running);
    let mut conn = db.acquire().await.unwrap();
    let id = outbox::dead(&mut conn, None, 10).await.unwrap()[0].id;
    outbox::revive(&mut conn, id).await.unwrap();
    assert_eq!(outbox::revive(&mut conn, id).await.unwrap_err().code(), Code::NotFound);
    let (relay, mut told) = telling(&db);
    let _running = start(relay);
    let job = timeout(PATIENCE, told.recv()).await.unwrap().unwrap();
    assert_eq!((job.id, job.attempts), (id, 1));
}

#[tokio::test]
async fn a_receiver_that_is_away_gets_its_job_when_it_is_back() {
    let (_test_db, db) = database().await;
    write(&db, [job(1, "patient")]).await;
    let (tries, (sender, mut told)) = (Arc::new(AtomicU32::new(0)), mpsc::unbounded_channel());
    let relay = {
        let tries = Arc::clone(&tries);
        Relay::new(db.clone()).on("event", move |job| {
            let is_back = tries.fetch_add(1, Ordering::SeqCst) == 9;
            let told = is_back.then(|| sender.send(job));
            async move { told.map(|_| ()).ok_or_else(|| Fault::unavailable("the room service is away")) }
        })
    };
    let _running = start(relay.with_timing(|timing| {
        timing.retry_min = Duration::from_millis(1);
        timing.retry_max = Duration::from_millis(20);
        timing.refusals_max = 1;
    }));
    assert_eq!(next(&mut told).await, "patient");
    assert_eq!(tries.load(Ordering::SeqCst), 10);
}

#[tokio::test]
async fn a_handler_that_panics_or_hangs_has_failed() {
    let (_test_db, db) = database().await;
    write(&db, [job(1, "panics"), job(2, "hangs")]).await;
    let relay = Relay::new(db.clone()).on("event", |job: JobView| async move {
        assert_ne!(job.payload, b"panics", "a mistake of the handler");
        std::future::pending().await
    });
    let _running = start(relay.with_timing(|timing| {
        timing.handler = Duration::from_millis(50);
        timing.refusals_max = 1;
        timing.attempts_max = 1;
    }));
    until_zero(&db, "select count(id) from outbox").await;
    let dead = outbox::dead(&mut db.acquire().await.unwrap(), None, 10).await.unwrap();
    assert_eq!(dead.len(), 2, "{dead:?}");
}

#[tokio::test]
async fn a_commit_wakes_the_relay() {
    let (_test_db, db) = database().await;
    let (relay, mut told) = telling(&db);
    let _running = start(relay);
    let began = Instant::now();
    for round in 0..8 {
        write(&db, [job(round, "at once")]).await;
        next(&mut told).await;
        sleep(Duration::from_millis(30)).await;
    }
    // Looking once a second would take about eight.
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_job_of_another_copy_is_found_without_a_wake() {
    let (test_db, db) = database().await;
    let (relay, mut told) = telling(&db);
    let _running = start(relay);
    let statement = "insert into outbox (queue, order_key, kind, payload, available_at)
        values ('events', 1, 'event', 'from afar', now())";
    execute(&mut test_db.owner().await, statement).await.unwrap();
    assert_eq!(next(&mut told).await, "from afar");
}

#[tokio::test]
async fn a_job_that_is_not_due_waits_and_holds_back_those_of_its_key_only() {
    let (_test_db, db) = database().await;
    let later = Job { delay: Duration::from_hours(1), ..job(1, "later") };
    write(&db, [later, job(1, "behind it"), job(2, "elsewhere")]).await;
    let (relay, mut told) = telling(&db);
    let _running = start(relay);
    assert_eq!(next(&mut told).await, "elsewhere");
    until_zero(&db, "select count(id) from outbox where order_key = 2").await;
    assert!(told.try_recv().is_err());
}

#[tokio::test]
async fn a_kind_that_this_release_does_not_know_waits_for_one_that_does() {
    let (_test_db, db) = database().await;
    write(&db, [Job { kind: "new_kind", ..job(1, "unknown") }, job(2, "known")]).await;
    let (relay, mut told) = telling(&db);
    let _running = start(relay);
    assert_eq!(next(&mut told).await, "known");
    until_zero(&db, "select count(id) from outbox where order_key = 2").await;
    let backlog = outbox::backlog(&mut db.acquire().await.unwrap()).await.unwrap();
    assert_eq!((backlog.waiting, backlog.dead), (1, 0));
}

#[tokio::test]
async fn a_stopped_relay_gives_back_what_it_did_not_finish() {
    let (_test_db, db) = database().await;
    write(&db, [job(1, "unfinished")]).await;
    let begun = Arc::new(Notify::new());
    let hanging = {
        let begun = Arc::clone(&begun);
        Relay::new(db.clone()).on("event", move |_| {
            begun.notify_one();
            std::future::pending()
        })
    };
    let stop = CancellationToken::new();
    let hanging = hanging.with_timing(|timing| timing.grace = Duration::from_millis(20));
    let running = tokio::spawn(hanging.run(stop.clone()));
    timeout(PATIENCE, begun.notified()).await.unwrap();
    stop.cancel();
    timeout(PATIENCE, running).await.unwrap().unwrap();
    let leased = "select count(id) from outbox where lease_until is not null";
    assert_eq!(number(&mut db.acquire().await.unwrap(), leased).await, 0);
}

#[tokio::test]
async fn the_backlog_tells_how_old_the_oldest_job_is() {
    let (test_db, db) = database().await;
    write(&db, [job(1, "old"), job(1, "new")]).await;
    let ago = TimeDelta::seconds(90).num_seconds();
    let age = format!("update outbox set created_at = now() - interval '{ago} s' where payload = 'old'");
    execute(&mut test_db.owner().await, &age).await.unwrap();
    let backlog = outbox::backlog(&mut db.acquire().await.unwrap()).await.unwrap();
    assert_eq!((backlog.waiting, backlog.oldest_seconds), (2, 90));
}

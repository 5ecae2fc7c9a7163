//! Jobs that travel together: gathered over keys, in order for each, and each alone after a failure.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use clock::Clock;
use fault::Fault;
use tokio::{sync::mpsc, time::timeout};

use super::{
    connect, database, number,
    outbox::{PATIENCE, job, start, until_zero, write},
};
use crate::{
    Database,
    outbox::{self, Job, JobView, Relay, Timing},
};

/// A relay of jobs that travel in threes, and what it delivered.
fn in_threes(db: &Database) -> (Relay, mpsc::UnboundedReceiver<Vec<String>>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let relay = Relay::new(db.clone()).on_many("event", 3, move |jobs| {
        let _ = sender.send(texts(&jobs));
        async { Ok(()) }
    });
    (relay, receiver)
}

fn texts(jobs: &[JobView]) -> Vec<String> {
    jobs.iter().map(|job| String::from_utf8(job.payload.clone()).unwrap()).collect()
}

async fn next(told: &mut mpsc::UnboundedReceiver<Vec<String>>) -> Vec<String> {
    timeout(PATIENCE, told.recv()).await.expect("nothing was delivered").unwrap()
}

#[tokio::test]
async fn jobs_of_several_keys_make_one_delivery_of_bounded_size() {
    let (_test_db, db) = database().await;
    write(&db, [job(1, "a"), job(2, "b"), job(1, "c"), job(1, "d"), job(3, "e")]).await;
    let (relay, mut told) = in_threes(&db);
    let _running = start(relay);
    assert_eq!(next(&mut told).await, ["a", "b", "e"], "every key gets its share");
    assert_eq!(next(&mut told).await, ["c", "d"]);
    until_zero(&db, "select count(id) from outbox").await;
}

#[tokio::test]
async fn a_job_of_another_kind_or_not_yet_due_ends_what_its_key_sends_along() {
    let (_test_db, db) = database().await;
    let later = Job { delay: Duration::from_hours(1), ..job(2, "later") };
    let other = Job { kind: "other", ..job(1, "other") };
    write(&db, [job(1, "a"), other, job(1, "after"), job(2, "b"), later, job(2, "behind")]).await;
    let (relay, mut told) = in_threes(&db);
    let running = start(relay);
    assert_eq!(next(&mut told).await, ["a", "b"]);
    until_zero(&db, "select count(id) from outbox where payload in ('a', 'b')").await;
    drop(running);
    assert!(told.try_recv().is_err());
    assert_eq!(number(&mut db.acquire().await.unwrap(), "select count(id) from outbox").await, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_relays_keep_the_order_of_every_key() {
    let (test_db, db) = database().await;
    let second = connect(&test_db, Clock::system()).await;
    let delivered: Arc<Mutex<Vec<(i64, i64)>>> = Arc::default();
    let busy: Arc<Mutex<Vec<i64>>> = Arc::default();
    let relay = |db: &Database| {
        let (delivered, busy) = (Arc::clone(&delivered), Arc::clone(&busy));
        Relay::new(db.clone()).on_many("event", 7, move |jobs| {
            let (delivered, busy) = (Arc::clone(&delivered), Arc::clone(&busy));
            async move {
                let mut keys: Vec<_> = jobs.iter().map(|job| job.order_key).collect();
                keys.sort_unstable();
                keys.dedup();
                {
                    let mut busy = busy.lock().unwrap();
                    assert!(!keys.iter().any(|key| busy.contains(key)), "two deliveries of a key at once");
                    busy.extend(&keys);
                }
                tokio::time::sleep(Duration::from_millis(3)).await;
                delivered.lock().unwrap().extend(jobs.iter().map(|job| (job.order_key, job.id)));
                busy.lock().unwrap().retain(|key| !keys.contains(key));
                // Now and then a delivery fails after it has happened; its jobs come again, each alone.
                if jobs.len() > 1 && jobs[0].id % 5 == 0 { Err(Fault::unavailable("lost")) } else { Ok(()) }
            }
        })
    };
    let quick = |timing: &mut Timing| timing.retry_min = Duration::from_millis(2);
    let (_first, _second) = (start(relay(&db).with_timing(quick)), start(relay(&second).with_timing(quick)));
    for round in 0..60 {
        write(&db, (0..5).map(|key| job(key, &round.to_string()))).await;
    }
    until_zero(&db, "select count(id) from outbox").await;
    let delivered = delivered.lock().unwrap().clone();
    for key in 0..5 {
        let ids: Vec<_> = delivered.iter().filter(|(of, _)| *of == key).map(|(_, id)| *id).collect();
        // A job may come again, but none comes for the first time before one that stands ahead of it.
        let mut highest = 0;
        let mut firsts = 0;
        for id in &ids {
            firsts += i32::from(*id > highest);
            highest = highest.max(*id);
        }
        assert_eq!(firsts, 60, "key {key}: {ids:?}");
    }
}

#[tokio::test]
async fn after_a_failure_each_travels_alone_and_only_the_bad_one_dies() {
    let (_test_db, db) = database().await;
    write(&db, [job(1, "good"), job(1, "bad"), job(2, "innocent")]).await;
    let (sender, mut told) = mpsc::unbounded_channel();
    let relay = Relay::new(db.clone()).on_many("event", 10, move |jobs: Vec<JobView>| {
        let texts = texts(&jobs);
        let is_bad = texts.iter().any(|text| text == "bad");
        let _ = sender.send(texts);
        async move { if is_bad { Err(Fault::validation("amount", "must be a number")) } else { Ok(()) } }
    });
    let _running = start(relay.with_timing(|timing| {
        timing.retry_min = Duration::from_millis(1);
        timing.refusals_max = 3;
    }));
    assert_eq!(next(&mut told).await, ["good", "bad", "innocent"]);
    until_zero(&db, "select count(id) from outbox").await;
    let mut alone = Vec::new();
    while let Ok(texts) = told.try_recv() {
        assert_eq!(texts.len(), 1, "{texts:?}");
        alone.extend(texts);
    }
    alone.sort_unstable();
    assert_eq!(alone, ["bad", "bad", "good", "innocent"]);
    let dead = outbox::dead(&mut db.acquire().await.unwrap(), None, 10).await.unwrap();
    assert_eq!(texts(&dead), ["bad"]);
}

#[tokio::test]
async fn what_comes_while_a_batch_is_on_its_way_makes_the_next_one() {
    let (_test_db, db) = database().await;
    let (sender, mut told) = mpsc::unbounded_channel();
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let relay = {
        let gate = Arc::clone(&gate);
        Relay::new(db.clone()).on_many("event", 10, move |jobs: Vec<JobView>| {
            let _ = sender.send(texts(&jobs));
            let gate = Arc::clone(&gate);
            async move { gate.acquire().await.map(tokio::sync::SemaphorePermit::forget).map_err(Fault::internal) }
        })
    };
    let _running = start(relay);
    write(&db, [job(1, "first")]).await;
    assert_eq!(next(&mut told).await, ["first"]);
    for (key, text) in [(2, "b"), (3, "c"), (1, "d")] {
        write(&db, [job(key, text)]).await;
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    assert!(told.try_recv().is_err());
    gate.add_permits(2);
    assert_eq!(next(&mut told).await, ["b", "c", "d"]);
}

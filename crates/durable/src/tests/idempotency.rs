//! One effect for each key.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use fault::{Code, Fault};
use futures::future::join_all;
use tokio::{sync::Barrier, time::sleep};

use super::{database, number};
use crate::{
    Database,
    idempotency::{self, Claim, Key, Reserved},
    outbox,
};

const LEASE: Duration = Duration::from_mins(1);

fn key(message: &[u8]) -> Key {
    Key::new(7, "key-1", "/dormpay.expense.v1.ExpenseService/CreateExpense", message)
}

/// Makes an effect once, as an operation does: claim, effect, reply, commit.
async fn create(db: &Database, key: &Key, work: Duration) -> Result<Vec<u8>, Fault> {
    let mut tx = db.begin().await?;
    if let Claim::Replay(reply) = idempotency::claim(&mut tx, Some(key)).await? {
        return Ok(reply);
    }
    let job = outbox::Job { queue: "q", order_key: 1, kind: "k", payload: Vec::new(), delay: Duration::ZERO };
    let id = outbox::append(&mut tx, job).await?;
    sleep(work).await;
    let reply = id.to_be_bytes().to_vec();
    idempotency::store(&mut tx, Some(key), &reply).await?;
    tx.commit().await?;
    Ok(reply)
}

async fn twenty_at_once(work: Duration) -> (Vec<Result<Vec<u8>, Fault>>, i64) {
    let (test_db, db) = database().await;
    // Twenty connections take their time on a busy machine.
    let settings = crate::Settings {
        max_connections: 20,
        acquire_timeout: Duration::from_secs(10),
        ..crate::Settings::at("test", &test_db.url)
    };
    let wide = Database::connect(&settings, db.clock().clone()).await.unwrap();
    let start = Arc::new(Barrier::new(20));
    let all = (0..20).map(|_| {
        let (db, start) = (wide.clone(), Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            create(&db, &key(b"same"), work).await
        })
    });
    let replies = join_all(all).await.into_iter().map(|joined| joined.unwrap()).collect();
    let effects = number(&mut test_db.owner().await, "select count(id) from outbox").await;
    (replies, effects)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_equal_requests_at_once_have_one_effect_and_one_reply() {
    let (replies, effects) = twenty_at_once(Duration::from_millis(20)).await;
    assert_eq!(effects, 1);
    let first = replies.iter().find_map(|reply| reply.as_ref().ok()).unwrap();
    for reply in &replies {
        match reply {
            Ok(reply) => assert_eq!(reply, first),
            Err(fault) => assert_eq!(fault.code(), Code::IdempotencyInProgress),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_do_not_wait_long_for_the_first_one() {
    let (replies, effects) = twenty_at_once(Duration::from_millis(1_200)).await;
    let refused: Vec<_> = replies.iter().filter_map(|reply| reply.as_ref().err()).collect();
    assert_eq!((effects, refused.len()), (1, 19));
    for fault in refused {
        assert_eq!((fault.code(), fault.retry_after_seconds()), (Code::IdempotencyInProgress, Some(1)));
    }
}

#[tokio::test]
async fn the_same_key_with_another_request_is_refused() {
    let (_test_db, db) = database().await;
    create(&db, &key(b"one"), Duration::ZERO).await.unwrap();
    let fault = create(&db, &key(b"other"), Duration::ZERO).await.unwrap_err();
    assert_eq!(fault.code(), Code::IdempotencyConflict);
}

#[tokio::test]
async fn the_same_key_of_another_user_is_another_key() {
    let (_test_db, db) = database().await;
    let first = create(&db, &key(b"one"), Duration::ZERO).await.unwrap();
    let second = create(&db, &Key { scope: 8, ..key(b"one") }, Duration::ZERO).await.unwrap();
    assert_ne!(first, second);
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_free() {
    let (_test_db, db) = database().await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(idempotency::claim(&mut tx, Some(&key(b"one"))).await.unwrap(), Claim::Fresh);
    drop(tx);
    create(&db, &key(b"other"), Duration::ZERO).await.unwrap();
}

#[tokio::test]
async fn without_a_key_every_request_is_fresh() {
    let (_test_db, db) = database().await;
    let mut conn = db.acquire().await.unwrap();
    for _ in 0..2 {
        assert_eq!(idempotency::claim(&mut conn, None).await.unwrap(), Claim::Fresh);
    }
}

#[tokio::test]
async fn an_effect_without_its_reply_cannot_commit() {
    let (test_db, db) = database().await;
    let mut tx = db.begin().await.unwrap();
    idempotency::claim(&mut tx, Some(&key(b"one"))).await.unwrap();
    let fault = tx.commit().await.unwrap_err();
    assert_eq!(fault.code(), Code::DatabaseError);
    assert_eq!(number(&mut test_db.owner().await, "select count(key) from idempotency").await, 0);
}

#[tokio::test]
async fn keys_are_printable_and_short() {
    let (_test_db, db) = database().await;
    for text in ["", "line\nbreak", "全角", &"x".repeat(256)] {
        let key = Key::new(7, text, "/m", b"");
        let mut conn = db.acquire().await.unwrap();
        let fault = idempotency::claim(&mut conn, Some(&key)).await.unwrap_err();
        assert_eq!(fault.code(), Code::ValidationError, "{text:?}");
    }
}

#[tokio::test]
async fn reserved_work_is_in_progress_while_its_lease_lives() {
    let (_test_db, db) = database().await;
    let mut conn = db.acquire().await.unwrap();
    let first = idempotency::reserve(&mut conn, &key(b"one"), b"phase 1", LEASE).await.unwrap();
    let fault = idempotency::reserve(&mut conn, &key(b"one"), b"phase 1", LEASE).await.unwrap_err();
    assert_eq!((first, fault.code()), (Reserved::Fresh, Code::IdempotencyInProgress));
}

#[tokio::test]
async fn an_expired_lease_resumes_from_the_recorded_phase_for_one_taker() {
    let (_test_db, db) = database().await;
    let mut conn = db.acquire().await.unwrap();
    let key = key(b"one");
    idempotency::reserve(&mut conn, &key, b"phase 1", LEASE).await.unwrap();
    idempotency::advance(&mut conn, &key, b"phase 2", Duration::ZERO).await.unwrap();
    let taken = idempotency::reserve(&mut conn, &key, b"phase 1", LEASE).await.unwrap();
    let late = idempotency::reserve(&mut conn, &key, b"phase 1", LEASE).await.unwrap_err();
    assert_eq!((taken, late.code()), (Reserved::Resume(b"phase 2".to_vec()), Code::IdempotencyInProgress));
}

#[tokio::test]
async fn finished_work_replays() {
    let (_test_db, db) = database().await;
    let mut conn = db.acquire().await.unwrap();
    let key = key(b"one");
    idempotency::reserve(&mut conn, &key, b"phase 1", LEASE).await.unwrap();
    idempotency::finish(&mut conn, &key, b"reply").await.unwrap();
    let again = idempotency::reserve(&mut conn, &key, b"phase 1", LEASE).await.unwrap();
    assert_eq!(again, Reserved::Replay(b"reply".to_vec()));
}

#[tokio::test]
async fn old_answers_are_forgotten_and_running_work_is_not() {
    let (test_db, db) = database().await;
    create(&db, &key(b"done"), Duration::ZERO).await.unwrap();
    let mut conn = db.acquire().await.unwrap();
    let running = Key { scope: 9, ..key(b"running") };
    idempotency::reserve(&mut conn, &running, b"", Duration::ZERO).await.unwrap();
    let in_an_hour = db.clock().now() + TimeDelta::hours(1);
    assert_eq!(idempotency::purge(&mut conn, in_an_hour - TimeDelta::hours(2)).await.unwrap(), 0);
    assert_eq!(idempotency::purge(&mut conn, in_an_hour).await.unwrap(), 1);
    assert_eq!(number(&mut test_db.owner().await, "select count(key) from idempotency").await, 1);
}

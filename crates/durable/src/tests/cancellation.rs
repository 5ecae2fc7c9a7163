//! reliability.md D1: requests that are cancelled while they begin must not cost others their writes.

use std::time::Duration;

use clock::Clock;
use futures::{StreamExt as _, stream};
use sqlx::{Connection as _, PgPool, postgres::PgPoolOptions};
use testkit::{Proxy, TestDb};
use tokio::time::timeout;

use super::{MIGRATIONS, execute, number, server_of, through};
use crate::Database;

const CANCELLED: u64 = 1_000;
const WRITES: u64 = 1_000;
/// The server's answers take this long, so that a cancellation hits the moment between BEGIN and its answer.
const ANSWER: Duration = Duration::from_millis(6);
/// Cancellations come between nothing and five answers, in steps of a tenth of a millisecond.
const STEPS: u64 = 300;
const ROUNDS: u64 = 100;

async fn slow_database() -> (TestDb, Proxy) {
    let test_db = testkit::database(&MIGRATIONS).await;
    let mut owner = test_db.owner().await;
    execute(&mut owner, "create table acknowledged (id bigint constraint acknowledged_pkey primary key)")
        .await
        .unwrap();
    execute(&mut owner, "grant select, insert on acknowledged to dormpay_app").await.unwrap();
    let proxy = testkit::proxy(&server_of(&test_db)).await;
    proxy.delay_answers(ANSWER);
    (test_db, proxy)
}

async fn pool_of(size: u32, proxy: &Proxy, test_db: &TestDb) -> Database {
    let settings = crate::Settings {
        max_connections: size,
        acquire_timeout: Duration::from_secs(10),
        ..through(proxy, test_db)
    };
    let db = Database::connect(&settings, Clock::system()).await.unwrap();
    // Connecting takes many answers; a cancelled caller must not be the one who waits for them.
    let open = stream::iter(0..size).then(|_| db.acquire()).collect::<Vec<_>>().await;
    assert!(open.iter().all(Result::is_ok), "{open:?}");
    db
}

fn moment(request: u64) -> Duration {
    Duration::from_micros(request * 77 % STEPS * 100)
}

/// Writes without a transaction, so that an OK means committed, and gives how many were acknowledged.
async fn acknowledged(db: &Database) -> u64 {
    let writes = stream::iter(0..WRITES).map(|id| async move {
        let mut conn = db.acquire().await.unwrap();
        execute(&mut conn, &format!("insert into acknowledged (id) values ({id})")).await.unwrap()
    });
    writes.buffer_unordered(10).fold(0, |sum, rows| async move { sum + rows }).await
}

async fn present(test_db: &TestDb) -> i64 {
    number(&mut test_db.owner().await, "select count(id) from acknowledged").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_cancelled_requests_cost_no_acknowledged_write() {
    let (test_db, proxy) = slow_database().await;
    let db = pool_of(5, &proxy, &test_db).await;
    let cancelled = stream::iter(0..CANCELLED).map(|request| timeout(moment(request), db.begin()));
    let begun =
        cancelled.buffer_unordered(4).filter(|result| std::future::ready(result.is_ok())).count().await;
    assert!((100..900).contains(&begun), "{begun} of {CANCELLED} requests ended before they were cancelled");
    proxy.delay_answers(Duration::ZERO);
    assert_eq!(acknowledged(&db).await, WRITES);
    db.close().await;
    assert_eq!(present(&test_db).await, 1_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_between_cancelled_requests_stay() {
    let (test_db, proxy) = slow_database().await;
    let db = pool_of(1, &proxy, &test_db).await;
    for id in 0..ROUNDS {
        let _ = timeout(moment(id), db.begin()).await;
        let mut conn = db.acquire().await.unwrap();
        execute(&mut conn, &format!("insert into acknowledged (id) values ({id})")).await.unwrap();
    }
    db.close().await;
    assert_eq!(present(&test_db).await, 100);
}

/// Without this one the sentences above would prove nothing: the same cancellations on a plain pool lose writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_pool_loses_acknowledged_writes() {
    let (test_db, proxy) = slow_database().await;
    let pool: PgPool = PgPoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .connect(through(&proxy, &test_db).url())
        .await
        .unwrap();
    for id in 0..ROUNDS {
        let _ = timeout(moment(id), pool.begin()).await;
        let mut conn = pool.acquire().await.unwrap();
        let rows = execute(&mut conn, &format!("insert into acknowledged (id) values ({id})")).await.unwrap();
        assert_eq!(rows, 1, "the write is acknowledged");
    }
    pool.close().await;
    assert!(
        present(&test_db).await < 100,
        "the plain pool lost nothing, so the test does not hit the moment"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_begin_past_the_door_is_undone_when_its_connection_comes_back() {
    let (test_db, proxy) = slow_database().await;
    let db = pool_of(1, &proxy, &test_db).await;
    for id in 0..ROUNDS {
        let mut conn = db.acquire().await.unwrap();
        let _ = timeout(moment(id), conn.begin()).await;
        drop(conn);
        let mut conn = db.acquire().await.unwrap();
        execute(&mut conn, &format!("insert into acknowledged (id) values ({id})")).await.unwrap();
    }
    db.close().await;
    assert_eq!(present(&test_db).await, 100);
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    let (test_db, proxy) = slow_database().await;
    let db = pool_of(1, &proxy, &test_db).await;
    let mut tx = db.begin().await.unwrap();
    execute(&mut tx, "insert into acknowledged (id) values (1)").await.unwrap();
    drop(tx);
    db.ping().await.unwrap();
    assert_eq!(present(&test_db).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_goes_on_when_its_caller_goes_away() {
    let (test_db, proxy) = slow_database().await;
    let db = pool_of(1, &proxy, &test_db).await;
    let mut tx = db.begin().await.unwrap();
    execute(&mut tx, "insert into acknowledged (id) values (1)").await.unwrap();
    assert!(timeout(ANSWER / 4, tx.commit()).await.is_err(), "the commit was to be cancelled");
    // The only connection comes back once the commit is done.
    db.ping().await.unwrap();
    assert_eq!(present(&test_db).await, 1);
}

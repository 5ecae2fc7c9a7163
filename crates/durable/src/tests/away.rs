//! What happens while the server is silent, slow or gone.

use std::time::Duration;

use clock::Clock;
use fault::Code;
use tokio::time::{Instant, sleep};

use super::{MIGRATIONS, database, execute, number, server_of, through};
use crate::{Database, Settings, fault_of};

#[tokio::test]
async fn a_connection_to_a_silent_server_is_given_up_within_a_second() {
    let test_db = testkit::database(&MIGRATIONS).await;
    let proxy = testkit::proxy(&server_of(&test_db)).await;
    let settings = Settings { max_connections: 1, ..through(&proxy, &test_db) };
    let db = Database::connect(&settings, Clock::system()).await.unwrap();
    let mut conn = db.acquire().await.unwrap();
    let first = number(&mut conn, "select pg_backend_pid()::bigint").await;
    proxy.freeze(true);
    drop(conn);
    sleep(Duration::from_millis(700)).await;
    proxy.freeze(false);
    let mut conn = db.acquire().await.unwrap();
    assert_ne!(number(&mut conn, "select pg_backend_pid()::bigint").await, first);
}

#[tokio::test]
async fn a_server_that_is_gone_is_a_503_with_a_second_to_wait_and_heals() {
    let test_db = testkit::database(&MIGRATIONS).await;
    let proxy = testkit::proxy(&server_of(&test_db)).await;
    let db = Database::connect(&through(&proxy, &test_db), Clock::system()).await.unwrap();
    assert!(db.health().await.is_ready);
    proxy.refuse(true);
    let mut faults = Vec::new();
    while let Err(fault) = db.ping().await {
        faults.push(fault);
        assert!(!db.health().await.is_ready);
        if faults.len() == 2 {
            proxy.refuse(false);
        }
        assert!(faults.len() < 10, "it does not heal: {faults:?}");
    }
    assert!(!faults.is_empty(), "nobody noticed");
    for fault in faults {
        assert_eq!((fault.code(), fault.retry_after_seconds()), (Code::ServiceUnavailable, Some(1)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_that_hangs_on_a_silent_server_is_replaced() {
    let test_db = testkit::database(&MIGRATIONS).await;
    let proxy = testkit::proxy(&server_of(&test_db)).await;
    let settings = Settings {
        max_connections: 2,
        // A busy machine takes a while to make a connection.
        acquire_timeout: Duration::from_secs(1),
        stuck_after: Duration::from_millis(300),
        ..through(&proxy, &test_db)
    };
    let db = Database::connect(&settings, Clock::system()).await.unwrap();
    let (mut first, mut second) = (db.acquire().await.unwrap(), db.acquire().await.unwrap());
    proxy.freeze(true);
    let hanging = [
        tokio::spawn(async move { execute(&mut first, "select 1").await }),
        tokio::spawn(async move { execute(&mut second, "select 1").await }),
    ];
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(1_500) {
        assert!(db.ping().await.is_err());
    }
    proxy.refuse(true);
    proxy.freeze(false);
    proxy.refuse(false);
    for _ in 0..20 {
        if db.ping().await.is_ok() {
            break;
        }
    }
    db.ping().await.unwrap();
    hanging.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_service_starts_before_its_database() {
    let port = testkit::free_port();
    let settings = Settings::at("test", format!("postgres://nobody@127.0.0.1:{port}/none"));
    let db = Database::connect(&settings, Clock::system()).await.unwrap();
    let health = db.health().await;
    assert!(!health.is_ready);
    assert!(!health.detail.contains("nobody"), "{}", health.detail);
}

#[tokio::test]
async fn the_server_ends_a_statement_that_takes_too_long() {
    let (_test_db, db) = database().await;
    let mut conn = db.acquire().await.unwrap();
    let began = Instant::now();
    let fault = execute(&mut conn, "select pg_sleep(30)").await.map_err(fault_of).unwrap_err();
    assert_eq!(fault.code(), Code::ServiceUnavailable);
    assert!(began.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn a_lock_that_is_not_got_in_time_is_named() {
    let (_test_db, db) = database().await;
    let mut holder = db.begin().await.unwrap();
    execute(&mut holder, "select pg_advisory_xact_lock(7)").await.unwrap();
    let mut other = db.begin().await.unwrap();
    let fault = execute(&mut other, "select pg_advisory_xact_lock(7)").await.map_err(fault_of).unwrap_err();
    assert_eq!((fault.code(), fault.retry_after_seconds()), (Code::LockTimeout, Some(1)));
}

#[tokio::test]
async fn a_transaction_that_rests_too_long_is_ended() {
    let test_db = testkit::database(&MIGRATIONS).await;
    let settings = Settings {
        idle_in_transaction_timeout: Duration::from_millis(50),
        ..Settings::at("test", &test_db.url)
    };
    let db = Database::connect(&settings, Clock::system()).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    sleep(Duration::from_millis(300)).await;
    let fault = execute(&mut tx, "select 1").await.map_err(fault_of).unwrap_err();
    assert_eq!(fault.code(), Code::ServiceUnavailable, "{fault:?}");
}

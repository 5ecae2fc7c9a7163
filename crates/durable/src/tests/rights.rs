//! What the application's role may do, and how a database comes to be.

use clock::Clock;
use sqlx::{ConnectOptions as _, Connection as _, postgres::PgConnectOptions};

use super::{MIGRATIONS, database, execute, number};
use crate::{Database, Settings, migrate};

#[tokio::test]
async fn the_pool_takes_on_the_applications_role() {
    let (_test_db, db) = database().await;
    let mut conn = db.acquire().await.unwrap();
    assert_eq!(number(&mut conn, "select count(1) where current_user = 'dormpay_app'").await, 1);
}

#[tokio::test]
async fn the_application_can_neither_change_nor_delete_what_is_append_only() {
    let (_test_db, db) = database().await;
    let mut conn = db.acquire().await.unwrap();
    for table in ["audit", "audit_seal"] {
        for statement in [
            format!("delete from {table}"),
            format!("truncate {table}"),
            format!("update {table} set audit_id = 1"),
        ] {
            let statement = statement.replace("update audit set audit_id", "update audit set subject");
            let error = execute(&mut conn, &statement).await.unwrap_err().to_string();
            assert!(error.contains("permission denied"), "{statement}: {error}");
        }
    }
}

#[tokio::test]
async fn the_application_cannot_take_a_table_off_the_list() {
    let (_test_db, db) = database().await;
    let mut conn = db.acquire().await.unwrap();
    let error = execute(&mut conn, "delete from append_only").await.unwrap_err().to_string();
    assert!(error.contains("permission denied"), "{error}");
}

#[tokio::test]
async fn a_table_that_a_later_migration_lists_is_append_only_too() {
    let (test_db, db) = database().await;
    let mut owner = test_db.owner().await;
    execute(&mut owner, "create table history (id bigint constraint history_pkey primary key)")
        .await
        .unwrap();
    execute(&mut owner, "insert into append_only (table_name) values ('history')").await.unwrap();
    migrate(&test_db.url, &MIGRATIONS).await.unwrap();
    let mut conn = db.acquire().await.unwrap();
    execute(&mut conn, "insert into history (id) values (1)").await.unwrap();
    let error = execute(&mut conn, "delete from history").await.unwrap_err().to_string();
    assert!(error.contains("permission denied"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_copies_may_make_the_database_at_once() {
    let (test_db, _db) = database().await;
    let name = format!("dormpay_test_{}_{}", Clock::system().now().timestamp(), Clock::system().new_id());
    let options: PgConnectOptions = test_db.url.parse().unwrap();
    let url = options.database(&name).to_url_lossy().to_string();
    let copies = (0..4).map(|_| migrate(&url, &MIGRATIONS));
    for made in futures::future::join_all(copies).await {
        made.unwrap();
    }
    let made = Database::connect(&Settings::at("test", &url), Clock::system()).await.unwrap();
    made.ping().await.unwrap();
    made.close().await;
    let mut owner = test_db.owner().await;
    execute(&mut owner, &format!("drop database {name} with (force)")).await.unwrap();
    owner.close().await.unwrap();
}

#[tokio::test]
async fn a_connection_that_comes_back_is_lent_again() {
    let (test_db, _db) = database().await;
    let settings = Settings { max_connections: 1, ..Settings::at("test", &test_db.url) };
    let db = Database::connect(&settings, Clock::system()).await.unwrap();
    let mut pids = Vec::new();
    for _ in 0..3 {
        let mut tx = db.begin().await.unwrap();
        pids.push(number(&mut tx, "select pg_backend_pid()::bigint").await);
        tx.commit().await.unwrap();
    }
    pids.dedup();
    assert_eq!(pids.len(), 1, "a connection was closed without need");
}

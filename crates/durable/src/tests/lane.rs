//! The connection that a worker keeps.

use fault::Code;
use sqlx::PgConnection;

use super::database;
use crate::{Lane, fault_of};

async fn pid(conn: &mut PgConnection) -> i32 {
    sqlx::query_scalar!(r#"select pg_backend_pid() as "pid!""#).fetch_one(conn).await.unwrap()
}

async fn note(conn: &mut PgConnection, queue: &str) {
    sqlx::query!(
        "insert into outbox (queue, order_key, kind, payload, available_at) values ($1, 1, 'k', '', now())",
        queue,
    )
    .execute(conn)
    .await
    .unwrap();
}

async fn noted(db: &crate::Database) -> i64 {
    let mut conn = db.acquire().await.unwrap();
    sqlx::query_scalar!(r#"select count(id) as "count!" from outbox"#).fetch_one(&mut *conn).await.unwrap()
}

#[tokio::test]
async fn transactions_that_follow_each_other_have_one_connection_and_are_whole() {
    let (_test_db, db) = database().await;
    let mut lane = Lane::new(db.clone());
    let first = lane.once(async |conn| Ok(pid(conn).await)).await.unwrap();
    let mut tx = lane.begin().await.unwrap();
    assert_eq!(pid(&mut tx).await, first);
    note(&mut tx, "kept").await;
    assert_eq!(noted(&db).await, 0, "nobody sees it before the commit");
    tx.commit().await.unwrap();
    let mut tx = lane.begin().await.unwrap();
    assert_eq!(pid(&mut tx).await, first);
    note(&mut tx, "taken back").await;
    tx.rollback().await.unwrap();
    assert_eq!(noted(&db).await, 1);
}

#[tokio::test]
async fn a_transaction_that_is_dropped_is_taken_back_and_its_connection_is_whole_again() {
    let (_test_db, db) = database().await;
    let mut lane = Lane::new(db.clone());
    for _ in 0..20 {
        let mut tx = lane.begin().await.unwrap();
        note(&mut tx, "dropped").await;
        drop(tx);
        lane.once(async |conn| {
            note(conn, "acknowledged").await;
            Ok(())
        })
        .await
        .unwrap();
    }
    drop(lane);
    assert_eq!(noted(&db).await, 20);
}

#[tokio::test]
async fn after_a_fault_the_next_one_has_a_connection_that_works() {
    let (_test_db, db) = database().await;
    let mut lane = Lane::new(db.clone());
    let failed = lane.once(async |conn| {
        sqlx::query!(r#"select 1 / $1::integer as "sum!""#, 0).fetch_one(conn).await.map_err(fault_of)
    });
    assert_eq!(failed.await.unwrap_err().code(), Code::DatabaseError);
    let mut tx = lane.begin().await.unwrap();
    note(&mut tx, "afterwards").await;
    tx.commit().await.unwrap();
    assert_eq!(noted(&db).await, 1);
}

#[tokio::test]
async fn a_lane_needs_no_connection_of_the_pool() {
    let (_test_db, db) = database().await;
    let mut borrowed = Vec::new();
    while let Ok(conn) = db.acquire().await {
        borrowed.push(conn);
        assert!(borrowed.len() < 100, "the pool has an end");
    }
    let mut lane = Lane::new(db.clone());
    let own = lane.once(async |conn| Ok(pid(conn).await)).await.unwrap();
    for conn in &mut borrowed {
        assert_ne!(pid(conn).await, own);
    }
}

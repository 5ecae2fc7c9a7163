//! What a broken constraint and a refused transaction mean.

use fault::{Code, Fault};

use super::{database, execute};
use crate::{OnConstraint as _, fault_of};

const TWICE: &str = "insert into append_only (table_name) values ('audit')";
const SHORT_HASH: &str =
    "insert into idempotency (scope, key, hash, state) values (1, 'k', '', 'in_progress')";

#[tokio::test]
async fn a_broken_constraint_is_the_fault_that_its_name_stands_for() {
    let (test_db, _db) = database().await;
    let mut conn = test_db.owner().await;
    let broken = execute(&mut conn, SHORT_HASH).await;
    let fault = broken.on_constraint("idempotency_hash_length", || Fault::conflict("short")).unwrap_err();
    assert_eq!(fault.detail(), "short");
}

#[tokio::test]
async fn another_constraint_stays_private() {
    let (test_db, _db) = database().await;
    let mut conn = test_db.owner().await;
    let broken = execute(&mut conn, SHORT_HASH).await;
    let fault = broken.on_constraint("something_else", || Fault::conflict("short")).unwrap_err();
    assert_eq!(fault.code(), Code::DatabaseError);
    assert!(!fault.detail().contains("idempotency"), "{}", fault.detail());
    assert!(fault.internal_context().unwrap().contains("idempotency_hash_length"));
}

#[tokio::test]
async fn an_id_made_twice_may_be_tried_again() {
    let (test_db, _db) = database().await;
    let fault = execute(&mut test_db.owner().await, TWICE).await.or_fault().unwrap_err();
    assert!(fault.is_retryable(), "{fault:?}");
}

#[tokio::test]
async fn a_primary_key_with_a_meaning_is_not_tried_again() {
    let (test_db, _db) = database().await;
    let broken = execute(&mut test_db.owner().await, TWICE).await;
    let taken = |name: &str| (name == "append_only_pkey").then(|| Fault::duplicate("name", "is taken"));
    let fault = broken.on_constraints(taken).unwrap_err();
    assert_eq!((fault.code(), fault.is_retryable()), (Code::DuplicateEntry, false));
}

#[tokio::test]
async fn a_deadlock_may_be_tried_again() {
    let (_test_db, db) = database().await;
    let (mut left, mut right) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    for tx in [&mut left, &mut right] {
        // Deadlocks are looked for sooner here than waiting is given up.
        execute(tx, "set local lock_timeout = '5s'").await.unwrap();
    }
    execute(&mut left, "select pg_advisory_xact_lock(1)").await.unwrap();
    execute(&mut right, "select pg_advisory_xact_lock(2)").await.unwrap();
    let (left, right) = tokio::join!(
        execute(&mut left, "select pg_advisory_xact_lock(2)"),
        execute(&mut right, "select pg_advisory_xact_lock(1)"),
    );
    let fault = left.err().or(right.err()).map(fault_of).expect("one of them is refused");
    assert!(fault.is_retryable(), "{fault:?}");
}

//! Nobody changes what was done without being noticed.

use futures::future::join_all;
use serde_json::json;

use super::{database, execute, number};
use crate::{
    Database,
    audit::{self, Actor, Entry, Filter, Sealer, Verdict},
};

fn entry(actor: Actor, subject: &str) -> Entry {
    Entry {
        actor,
        action: "room.renamed",
        subject: subject.to_owned(),
        before: Some(json!({"name": "old"})),
        after: Some(json!({"name": "新"})),
        client_address: Some("192.0.2.1".to_owned()),
        request_id: None,
    }
}

async fn act(db: &Database, count: i64) {
    let mut tx = db.begin().await.unwrap();
    for id in 1..=count {
        audit::append(&mut tx, entry(Actor::User(id), &format!("room:{id}"))).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn verdict(db: &Database) -> Verdict {
    audit::verify(&mut db.acquire().await.unwrap()).await.unwrap()
}

/// Acts, seals, then corrupts as the owner of the database.
async fn after_corruption(statement: &str) -> Verdict {
    let (test_db, db) = database().await;
    act(&db, 10).await;
    assert_eq!(Sealer::new(db.clone()).seal().await.unwrap(), 10);
    assert_eq!(execute(&mut test_db.owner().await, statement).await.unwrap(), 1);
    verdict(&db).await
}

#[tokio::test]
async fn an_act_that_was_rolled_back_leaves_no_row() {
    let (test_db, db) = database().await;
    let mut tx = db.begin().await.unwrap();
    audit::append(&mut tx, entry(Actor::System, "room:1")).await.unwrap();
    drop(tx);
    act(&db, 1).await;
    assert_eq!(number(&mut test_db.owner().await, "select count(id) from audit").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_sealers_make_one_chain() {
    let (_test_db, db) = database().await;
    let sealing = (0..4).map(|_| {
        let db = db.clone();
        tokio::spawn(async move {
            for _ in 0..10 {
                act(&db, 15).await;
                Sealer::new(db.clone()).seal().await.unwrap();
            }
        })
    });
    join_all(sealing).await.into_iter().for_each(|joined| joined.unwrap());
    while Sealer::new(db.clone()).seal().await.unwrap() > 0 {}
    let verdict = verdict(&db).await;
    assert!(matches!(verdict, Verdict::Intact { links: 600, .. }), "{verdict:?}");
}

#[tokio::test]
async fn rows_that_wait_for_their_seal_are_no_offence() {
    let (_test_db, db) = database().await;
    act(&db, 3).await;
    assert_eq!(verdict(&db).await, Verdict::Intact { links: 0, head: [0; 32] });
}

#[tokio::test]
async fn a_changed_row_is_noticed() {
    let verdict = after_corruption("update audit set after = '{\"name\": \"forged\"}' where id = 4").await;
    assert_eq!(verdict, Verdict::Broken { position: 4 });
}

#[tokio::test]
async fn an_emptied_column_is_noticed() {
    let verdict = after_corruption("update audit set client_address = null where id = 4").await;
    assert_eq!(verdict, Verdict::Broken { position: 4 });
}

#[tokio::test]
async fn a_deleted_row_is_noticed() {
    assert_eq!(after_corruption("delete from audit where id = 7").await, Verdict::Broken { position: 7 });
}

#[tokio::test]
async fn a_deleted_link_is_noticed() {
    let verdict = after_corruption("delete from audit_seal where position = 7").await;
    assert_eq!(verdict, Verdict::Broken { position: 7 });
}

#[tokio::test]
async fn a_row_put_in_past_the_sealer_is_noticed() {
    let verdict = after_corruption(
        "insert into audit (actor_kind, action, subject) values ('system', 'room.renamed', 'room:1')",
    )
    .await;
    assert_eq!(verdict, Verdict::Stray { audit_id: 11 });
}

#[tokio::test]
async fn the_list_goes_backwards_page_by_page() {
    let (_test_db, db) = database().await;
    act(&db, 5).await;
    let mut conn = db.acquire().await.unwrap();
    let first = audit::list(&mut conn, &Filter::default(), None, 2).await.unwrap();
    let second = audit::list(&mut conn, &Filter::default(), Some(first[1].id), 2).await.unwrap();
    let subjects: Vec<_> = first.iter().chain(&second).map(|record| record.subject.as_str()).collect();
    assert_eq!(subjects, ["room:5", "room:4", "room:3", "room:2"]);
}

#[tokio::test]
async fn the_list_narrows_by_user_subject_action_and_time() {
    let (_test_db, db) = database().await;
    act(&db, 3).await;
    let mut conn = db.acquire().await.unwrap();
    let soon = db.clock().now() + chrono::TimeDelta::hours(1);
    let one = [
        (Filter { user_id: Some(2), ..Filter::default() }, 1),
        (Filter { subject: Some("room:2".to_owned()), ..Filter::default() }, 1),
        (Filter { action: Some("room.renamed".to_owned()), ..Filter::default() }, 3),
        (Filter { action: Some("room.deleted".to_owned()), ..Filter::default() }, 0),
        (Filter { from: Some(soon), ..Filter::default() }, 0),
        (Filter { until: Some(soon), ..Filter::default() }, 3),
    ];
    for (filter, expected) in one {
        assert_eq!(audit::list(&mut conn, &filter, None, 100).await.unwrap().len(), expected, "{filter:?}");
    }
}

#[tokio::test]
async fn a_row_comes_back_as_it_was_written() {
    let (_test_db, db) = database().await;
    let mut conn = db.acquire().await.unwrap();
    for actor in [Actor::User(7), Actor::Service("expense".to_owned()), Actor::System] {
        let written = entry(actor, "room:1");
        audit::append(&mut conn, written.clone()).await.unwrap();
        let read = audit::list(&mut conn, &Filter::default(), None, 1).await.unwrap().remove(0);
        assert_eq!((read.actor, read.action.as_str()), (written.actor, written.action));
        assert_eq!((read.before, read.after), (written.before, written.after));
        assert_eq!((read.client_address, read.request_id), (written.client_address, written.request_id));
    }
}

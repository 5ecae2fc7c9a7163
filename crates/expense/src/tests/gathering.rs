//! Expenses that come at the same time share a transaction, and nothing else.

use std::time::Duration;

use fault::{Code, Fault};
use futures::future::join_all;
use proto::expense::v1::*;
use sqlx::Connection as _;
use tokio::time::timeout;

use super::{
    invariants::assert_books,
    world::{ANNA, BEN, ROOM, World, create, expense},
};

/// Gives ANNA some rooms of her own, each with BEN.
fn rooms(world: &World, count: i64) -> Vec<i64> {
    let ids: Vec<i64> = (3_000..).take(usize::try_from(count).unwrap()).collect();
    for id in &ids {
        world.known.facts().rooms.insert(*id, [(ANNA, true), (BEN, false)].into());
    }
    ids
}

fn in_room(room_id: i64) -> NewExpense {
    NewExpense { room_id, ..expense(1_000) }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_need_fewer_transactions_and_each_hears_his_own_answer() {
    let world = World::new().await;
    let rooms = rooms(&world, 8);
    join_all(rooms.iter().map(|room_id| world.record(ANNA, in_room(*room_id)))).await;
    let mut closer = world.service("room");
    world.record(BEN, NewExpense { payers: Vec::new(), paid_by: BEN, ..in_room(rooms[0]) }).await;
    closer.close_member(CloseMemberRequest { room_id: rooms[0], user_id: BEN }).await.unwrap();
    let requests = (0..10).flat_map(|_| rooms.iter().copied()).enumerate().map(|(number, room_id)| {
        // Every other request has a key of its own.
        let mut client =
            if number % 2 == 0 { world.user(ANNA) } else { world.with_key(ANNA, &number.to_string()) };
        async move { (room_id, create(&mut client, in_room(room_id)).await) }
    });
    for (room_id, answer) in join_all(requests).await {
        match answer {
            Ok(made) => assert_eq!((made.room_id, room_id == rooms[0]), (room_id, false)),
            Err(fault) => assert_eq!((fault.code(), room_id), (Code::StateConflict, rooms[0])),
        }
    }
    let mut conn = world.test_db.owner().await;
    let counts = sqlx::query!(
        r#"select count(id) as "rows!", count(distinct xmin::text) as "transactions!"
           from expense
           where room_id > 3000"#,
    );
    let counts = counts.fetch_one(&mut conn).await.unwrap();
    assert_eq!(counts.rows, 7 * 11);
    assert!(counts.transactions < counts.rows, "{counts:?}");
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_is_locked_holds_up_nobody_but_its_own() {
    let world = World::new().await;
    let rooms = rooms(&world, 2);
    join_all(rooms.iter().map(|room_id| world.record(ANNA, in_room(*room_id)))).await;
    let mut holder = world.test_db.owner().await;
    let mut lock = holder.begin().await.unwrap();
    sqlx::query!("select room_id from room_ledger where room_id = $1 for update", rooms[0])
        .fetch_one(&mut *lock)
        .await
        .unwrap();
    let waiting = tokio::spawn({
        let (mut anna, room_id) = (world.with_key(ANNA, "waits"), rooms[0]);
        async move { create(&mut anna, in_room(room_id)).await }
    });
    for _ in 0..5 {
        let free = world.record(ANNA, in_room(rooms[1]));
        timeout(Duration::from_secs(2), free).await.expect("a free room had to wait");
    }
    assert!(!waiting.is_finished());
    lock.rollback().await.unwrap();
    let made = waiting.await.unwrap().unwrap();
    let again = create(&mut world.with_key(ANNA, "waits"), in_room(rooms[0])).await.unwrap();
    assert_eq!(again.id, made.id);
    assert_books(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_expense_does_not_use_up_its_key() {
    let world = World::new().await;
    let room_id = rooms(&world, 1)[0];
    let mut closer = world.service("room");
    closer.close_member(CloseMemberRequest { room_id, user_id: BEN }).await.unwrap();
    let mut anna = world.with_key(ANNA, "again");
    let refused: Fault = create(&mut anna, in_room(room_id)).await.unwrap_err();
    assert_eq!(refused.code(), Code::StateConflict);
    closer.reopen_member(ReopenMemberRequest { room_id, user_id: BEN }).await.unwrap();
    create(&mut anna, in_room(room_id)).await.unwrap();
    let others = (0..4).map(|_| world.record(ANNA, NewExpense { room_id: ROOM, ..expense(100) }));
    join_all(others).await;
    assert_books(&world).await;
}

//! Batches form while one is on its way, and every member gets his own answer.

use std::{
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use fault::{Code, Fault};
use futures::future::join_all;
use tokio::sync::Semaphore;

use crate::group::{Group, Member};

type Sizes = Arc<Mutex<Vec<usize>>>;

/// Doubles numbers, refuses odd ones, and notes the sizes of its batches; each waits for a permit.
fn doubling(most: usize) -> (Group<i64, i64>, Arc<Semaphore>, Sizes) {
    let (gate, sizes) = (Arc::new(Semaphore::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (passed, noted) = (Arc::clone(&gate), Arc::clone(&sizes));
    let group = Group::start(most, move |batch: Vec<Member<i64, i64>>| {
        let (gate, sizes) = (Arc::clone(&passed), Arc::clone(&noted));
        async move {
            gate.acquire().await.unwrap().forget();
            sizes.lock().unwrap().push(batch.len());
            for member in batch {
                assert_ne!(member.item, 13, "a mistake of the work");
                let number = member.item;
                let refused = Err(Fault::validation("number", "must be even"));
                member.answer(if number % 2 == 0 { Ok(number * 2) } else { refused });
            }
        }
    });
    (group, gate, sizes)
}

#[tokio::test]
async fn one_goes_at_once_and_those_who_come_meanwhile_go_together() {
    let (group, gate, sizes) = doubling(3);
    let first = tokio::spawn({
        let group = group.clone();
        async move { group.join(2).await }
    });
    // The first is on its way once its batch holds the gate too.
    while Arc::strong_count(&gate) < 3 {
        tokio::task::yield_now().await;
    }
    let others = (0..7).map(|number| {
        let group = group.clone();
        tokio::spawn(async move { group.join(number).await })
    });
    let others: Vec<_> = others.collect();
    tokio::task::yield_now().await;
    gate.add_permits(100);
    assert_eq!(first.await.unwrap().unwrap(), 4);
    for (number, answer) in (0..7).zip(join_all(others).await) {
        match answer.unwrap() {
            Ok(double) => assert_eq!(double, number * 2),
            Err(fault) => assert_eq!((number % 2, fault.code()), (1, Code::ValidationError)),
        }
    }
    assert_eq!(*sizes.lock().unwrap(), [1, 3, 3, 1]);
}

#[tokio::test]
async fn a_batch_that_panics_is_told_to_its_members_and_the_next_goes_on() {
    let (group, gate, _) = doubling(10);
    gate.add_permits(10);
    assert_eq!(group.join(13).await.unwrap_err().code(), Code::InternalError);
    assert_eq!(group.join(4).await.unwrap(), 8);
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_undo_his_item() {
    let (group, gate, sizes) = doubling(10);
    let gone = tokio::spawn({
        let group = group.clone();
        async move { group.join(2).await }
    });
    tokio::task::yield_now().await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    gate.add_permits(2);
    assert_eq!(group.join(6).await.unwrap(), 12);
    assert_eq!(sizes.lock().unwrap().iter().sum::<usize>(), 2);
}

#[tokio::test]
async fn a_group_apart_works_on_its_own_thread_and_answers_here() {
    let names = |batch: Vec<Member<(), Option<String>>>| async move {
        // Its runtime has a clock and tasks of its own.
        tokio::time::sleep(Duration::from_millis(1)).await;
        for member in batch {
            member.answer(Ok(thread::current().name().map(str::to_owned)));
        }
    };
    let group = Group::start_apart("apart", 10, names).unwrap();
    assert!(group.is_idle());
    let joined = tokio::spawn({
        let group = group.clone();
        async move { group.join(()).await }
    });
    tokio::task::yield_now().await;
    assert!(!group.is_idle(), "somebody waits for his answer");
    assert_eq!(joined.await.unwrap().unwrap().as_deref(), Some("apart"));
    assert!(group.is_idle());
}

#[tokio::test]
async fn who_goes_away_is_not_counted_as_present() {
    let (group, _gate, _) = doubling(10);
    let gone = tokio::spawn({
        let group = group.clone();
        async move { group.join(2).await }
    });
    tokio::task::yield_now().await;
    assert!(!group.is_idle());
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    assert!(group.is_idle());
}

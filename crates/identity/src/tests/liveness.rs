//! Sessions that live and sessions that do not.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use fault::{Code, Fault};
use tokio::sync::Semaphore;

use crate::{Liveness, Sessions};

/// A user service made of switches: session 1 lives while `is_living`.
#[derive(Clone)]
struct Switch {
    is_living: Arc<AtomicBool>,
    is_away: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

impl Switch {
    fn new() -> Self {
        let [is_living, is_away] = [true, false].map(|on| Arc::new(AtomicBool::new(on)));
        Self {
            is_living,
            is_away,
            asked: Arc::default(),
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Sessions for Switch {
    async fn living(&self, session_ids: Vec<i64>) -> Result<Vec<i64>, Fault> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let _permit = self.gate.acquire().await.unwrap();
        if self.is_away.load(Ordering::SeqCst) {
            return Err(Fault::internal("away"));
        }
        Ok(session_ids.into_iter().filter(|id| *id == 1 && self.is_living.load(Ordering::SeqCst)).collect())
    }
}

async fn code(liveness: &Liveness, id: i64) -> Option<Code> {
    liveness.check(id).await.err().map(|fault| fault.code())
}

/// Longer than an answer is believed.
async fn a_second() {
    tokio::time::sleep(Duration::from_secs(1)).await;
}

#[tokio::test]
async fn an_answer_serves_many_questions() {
    let switch = Switch::new();
    let liveness = Liveness::local(switch.clone());
    for _ in 0..100 {
        assert_eq!(code(&liveness, 1).await, None);
    }
    assert_eq!(switch.asked(), 1);
}

#[tokio::test]
async fn an_ended_session_is_refused_within_a_second() {
    let switch = Switch::new();
    let liveness = Liveness::local(switch.clone());
    assert_eq!(code(&liveness, 1).await, None);
    switch.is_living.store(false, Ordering::SeqCst);
    a_second().await;
    assert_eq!(code(&liveness, 1).await, Some(Code::AuthInvalid));
}

#[tokio::test]
async fn without_an_answer_nobody_passes() {
    let switch = Switch::new();
    let liveness = Liveness::local(switch.clone());
    assert_eq!(code(&liveness, 1).await, None);
    switch.is_away.store(true, Ordering::SeqCst);
    a_second().await;
    assert_eq!(code(&liveness, 1).await, Some(Code::ServiceUnavailable));
    switch.is_away.store(false, Ordering::SeqCst);
    assert_eq!(code(&liveness, 1).await, None);
}

#[tokio::test]
async fn questions_of_the_same_moment_travel_together() {
    let switch = Switch::new();
    let liveness = Liveness::local(switch.clone());
    let checks = (0..500).map(|id| {
        let liveness = liveness.clone();
        tokio::spawn(async move { liveness.check(id % 50).await.is_ok() })
    });
    let passed = futures::future::join_all(checks)
        .await
        .into_iter()
        .filter(|passed| *passed.as_ref().unwrap())
        .count();
    assert_eq!(passed, 10);
    assert!(switch.asked() <= 10, "{} questions", switch.asked());
}

#[tokio::test]
async fn a_late_answer_is_believed_no_longer_than_a_second_after_its_question() {
    let switch = Switch { gate: Arc::new(Semaphore::new(0)), ..Switch::new() };
    let liveness = Liveness::local(switch.clone());
    let waiting = tokio::spawn({
        let liveness = liveness.clone();
        async move { liveness.check(1).await.map_err(|fault| fault.code()) }
    });
    a_second().await;
    switch.gate.add_permits(1);
    assert_eq!(waiting.await.unwrap(), Err(Code::ServiceUnavailable));
    assert_eq!(code(&liveness, 1).await, None);
    assert_eq!(switch.asked(), 2);
}

#[tokio::test]
async fn open_sockets_are_checked_together() {
    let switch = Switch::new();
    let liveness = Liveness::local(switch.clone());
    let ids: Vec<i64> = (1..=2_500).collect();
    assert_eq!(liveness.check_many(&ids).await.unwrap(), [1].into());
    assert_eq!(switch.asked(), 3);
}

//! A crash at every place where the work waits: it ends by itself within 60 s, in a legal state, with equal books.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use host::Call;
use identity::{Caller, Role, User};

use super::*;
use crate::operations::withdraw as does;

/// Stops a future for ever after so many polls, as a crash does.
struct Cut<F> {
    inner: Pin<Box<F>>,
    polls_left: usize,
}

impl<F: Future> Future for Cut<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls_left == 0 {
            return Poll::Ready(None);
        }
        self.polls_left -= 1;
        self.inner.as_mut().poll(context).map(Some)
    }
}

fn call(world: &World) -> Call {
    let user = User {
        id: OWNER,
        role: Role::User,
        permissions: Vec::new(),
        session_id: 1,
        token_version: 1,
        expires_at: world.clock.now() + TimeDelta::hours(1),
    };
    let mut call = Call::default();
    call.caller = Caller { user: Some(user), via: None };
    call
}

/// Begins a withdrawal and crashes after so many polls; true if it came to its end before.
async fn crash(world: &World, service: &Service, request: &WithdrawRequest, polls: usize) -> bool {
    let call = call(world);
    let inner = Box::pin(does::run(service, &call, request));
    Cut { inner, polls_left: polls }.await.is_some()
}

/// Begins a withdrawal and crashes as soon as it has come to a stage. The test has it wait there.
pub(super) async fn until_stage(world: &World, service: &Service, request: WithdrawRequest, stage: &str) {
    let (call, before) = (call(world), world.all().await.len());
    let there = async {
        while !world.all().await.iter().skip(before).any(|row| row.stage == stage) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        _ = does::run(service, &call, &request) => {}
        () = there => {}
    }
}

#[tokio::test]
async fn wherever_it_crashes_it_ends_within_a_minute_with_equal_books() {
    let world = World::new().await;
    let (doomed, copies) = (world.copy().await, [&world.copy().await, &world.copy().await]);
    let mut ended_before = 0;
    for polls in 1.. {
        if crash(&world, &doomed, &wanted(1_000), polls).await {
            ended_before += 1;
        }
        world.clock.advance(TimeDelta::milliseconds(1));
        if ended_before == 3 {
            assert!(polls > 10, "there were places to crash at");
            break;
        }
    }
    world.sweep(copies, 60).await;
    let all = world.all().await;
    assert!(all.iter().all(|row| row.status().has_ended()), "{all:?}");
    let paid = all.iter().filter(|row| row.status().has_ended() && row.stage == "paid").count();
    // Where the wallet had not heard of it yet, it has failed; by chance there is none.
    assert!(paid > 3, "{paid} of {}", all.len());
    let paid = i64::try_from(paid).unwrap();
    world.assert_paid_out(paid * 1_000, paid).await;
}

#[tokio::test]
async fn a_sweeper_that_crashes_too_is_gone_on_with() {
    let world = World::new().await;
    let (doomed, copies) = (world.copy().await, [&world.copy().await, &world.copy().await]);
    world.fault("transfer", "timeout", 40).await;
    for _ in 0..10 {
        until_stage(&world, &doomed, wanted(1_000), "sent").await;
        world.clock.advance(TimeDelta::milliseconds(1));
    }
    for polls in 1..40 {
        world.clock.advance(TimeDelta::seconds(5));
        let inner = Box::pin(round(&doomed));
        Cut { inner, polls_left: polls }.await;
    }
    world.no_more_faults().await;
    world.sweep(copies, 60).await;
    let paid = world.count("withdrawal where status = 'success'").await;
    assert_eq!(world.count("withdrawal").await, paid);
    world.assert_paid_out(paid * 1_000, paid).await;
}

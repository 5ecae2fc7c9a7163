//! What is sent twice and what is not.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use fault::Fault;
use tonic::{Code, Response};

use super::probe::{GET, PUT, Probe, run, say, server};
use crate::{Context, attempts, context};

/// Refuses so many calls and then answers; counts all.
fn refusing(times: usize, fault: fn() -> Fault) -> (Probe, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let calls = Arc::clone(&count);
    let probe = Probe::new(move |request| {
        let is_refused = calls.fetch_add(1, Ordering::SeqCst) < times;
        async move { if is_refused { Err(fault().into()) } else { Ok(Response::new(request.into_inner())) } }
    });
    (probe, count)
}

#[tokio::test]
async fn a_read_is_sent_again_once_when_nobody_was_there() {
    let (probe, count) = refusing(1, || Fault::unavailable("away"));
    let server = run(server(probe)).await;
    assert_eq!(say(&server.channel(), GET, "hello").await.unwrap(), "hello");
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_read_is_not_sent_a_third_time() {
    let (probe, count) = refusing(2, || Fault::unavailable("away"));
    let server = run(server(probe)).await;
    assert_eq!(say(&server.channel(), GET, "hello").await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_write_is_never_sent_again() {
    let (probe, count) = refusing(1, || Fault::unavailable("away"));
    let server = run(server(probe)).await;
    assert_eq!(say(&server.channel(), PUT, "hello").await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_is_not_repeated() {
    let (probe, count) = refusing(1, || Fault::conflict("paid already"));
    let server = run(server(probe)).await;
    assert_eq!(say(&server.channel(), GET, "hello").await.unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

/// Runs an operation that fails so many times, and counts its runs.
async fn run_failing(times: u32, fault: Fault) -> (Result<u32, Fault>, u32) {
    let mut runs = 0;
    let outcome = attempts(3, || {
        runs += 1;
        let (run, fault) = (runs, fault.clone());
        async move { if run <= times { Err(fault) } else { Ok(run) } }
    })
    .await;
    (outcome, runs)
}

#[tokio::test]
async fn an_operation_runs_again_after_a_fault_that_left_nothing() {
    let lost = Fault::conflict("met another").with_retryable();
    assert_eq!(run_failing(2, lost.clone()).await, (Ok(3), 3));
    assert_eq!(run_failing(3, lost.clone()).await, (Err(lost), 3));
}

#[tokio::test]
async fn an_operation_that_was_refused_runs_once() {
    let refused = Fault::conflict("paid already");
    assert_eq!(run_failing(1, refused.clone()).await, (Err(refused), 1));
}

#[tokio::test]
async fn an_operation_does_not_run_again_when_nobody_waits_any_more() {
    let lost = Fault::conflict("met another").with_retryable();
    let late = Context::edge("request-1", Duration::from_millis(5));
    assert_eq!(context::scope(late, run_failing(1, lost.clone())).await, (Err(lost), 1));
}

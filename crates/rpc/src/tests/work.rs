//! Work that outlives the one who asked for it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use fault::{Code as Reason, Fault};
use tokio::{sync::Notify, time::timeout};
use tonic::{Code, Response};

use super::probe::{PUT, Probe, run, say, server};
use crate::{Context, context, detached};

#[tokio::test]
async fn a_client_that_hangs_up_does_not_stop_an_operation() {
    let done = Arc::new(Notify::new());
    let told = Arc::clone(&done);
    let probe = Probe::new(move |_| {
        let done = Arc::clone(&done);
        async move {
            let operation = async move {
                tokio::time::sleep(Duration::from_millis(400)).await;
                done.notify_one();
                Ok(Response::new(String::new()))
            };
            Ok(detached(operation).await?)
        }
    });
    let server = run(server(probe)).await;
    let channel = server.channel();
    assert!(timeout(Duration::from_millis(150), say(&channel, PUT, "")).await.is_err(), "the client hung up");
    timeout(Duration::from_secs(5), told.notified()).await.expect("the operation went on");
}

#[tokio::test]
async fn an_operation_ends_the_call_at_the_deadline_but_not_itself() {
    let is_done = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&is_done);
    let probe = Probe::new(move |_| {
        let is_done = Arc::clone(&is_done);
        async move {
            let operation = async move {
                tokio::time::sleep(Duration::from_millis(500)).await;
                is_done.store(true, Ordering::SeqCst);
                Ok(Response::new(String::new()))
            };
            Ok(detached(operation).await?)
        }
    });
    let server = run(server(probe)).await;
    let hasty = server.channel().with_budget(Duration::from_millis(200));
    assert_eq!(say(&hasty, PUT, "").await.unwrap_err().code(), Code::DeadlineExceeded);
    assert!(!told.load(Ordering::SeqCst));
    server.stop.cancel();
    server.ended.await.unwrap().unwrap();
    assert!(told.load(Ordering::SeqCst), "the server waits for detached work");
}

#[tokio::test]
async fn detached_work_knows_the_context() {
    let id = context::scope(Context::edge("request-1", Duration::from_secs(1)), async {
        detached(async { Ok(context::current().map(|context| context.request_id)) }).await
    });
    assert_eq!(id.await, Ok(Some("request-1".to_owned())));
}

#[tokio::test]
async fn a_panic_in_detached_work_is_an_internal_fault() {
    let outcome: Result<(), Fault> = detached(async { panic!("as asked") }).await;
    assert_eq!(outcome.unwrap_err().code(), Reason::InternalError);
}

//! Health, and the end of a server.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use fault::{Code as Reason, Fault};
use tokio::{
    io::AsyncReadExt as _,
    net::TcpStream,
    time::{Instant, sleep, timeout},
};
use tonic::Response;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use super::probe::{PUT, Probe, run, say, server};
use crate::Channel;

async fn health(channel: &Channel, service: &str) -> ServingStatus {
    let request = HealthCheckRequest { service: service.to_owned() };
    HealthClient::new(channel.clone()).check(request).await.unwrap().into_inner().status()
}

/// Waits until health says so, at most three seconds.
async fn becomes(channel: &Channel, service: &str, status: ServingStatus) {
    let until = async {
        while health(channel, service).await != status {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(3), until).await.expect("health follows");
}

#[tokio::test]
async fn health_follows_readiness() {
    let is_ready = Arc::new(AtomicBool::new(true));
    let answer = Arc::clone(&is_ready);
    let server = server(Probe::echo()).readiness(move || {
        let answer = answer.load(Ordering::SeqCst);
        Box::pin(async move { answer })
    });
    let server = run(server).await;
    let channel = server.channel();
    becomes(&channel, "", ServingStatus::Serving).await;
    is_ready.store(false, Ordering::SeqCst);
    becomes(&channel, "", ServingStatus::NotServing).await;
    becomes(&channel, "test.Probe", ServingStatus::NotServing).await;
}

#[tokio::test]
async fn a_readiness_that_never_answers_is_a_no() {
    let server = run(server(Probe::echo()).readiness(|| Box::pin(pending()))).await;
    sleep(Duration::from_millis(1_300)).await;
    assert_eq!(health(&server.channel(), "").await, ServingStatus::NotServing);
}

#[tokio::test]
async fn a_stopping_server_says_no_and_still_answers_while_it_lingers() {
    let server = run(server(Probe::echo()).linger(Duration::from_millis(800))).await;
    let channel = server.channel();
    becomes(&channel, "", ServingStatus::Serving).await;
    server.stop.cancel();
    becomes(&channel, "", ServingStatus::NotServing).await;
    assert_eq!(say(&channel, PUT, "hello").await.unwrap(), "hello");
    server.ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_stopping_server_lets_calls_end_and_takes_no_new_ones() {
    let probe = Probe::new(async |request| {
        sleep(Duration::from_millis(400)).await;
        Ok(Response::new(request.into_inner()))
    });
    let server = run(server(probe)).await;
    let (channel, other) = (server.channel(), server.channel());
    let stop = async {
        sleep(Duration::from_millis(150)).await;
        server.stop.cancel();
        sleep(Duration::from_millis(100)).await;
        say(&other, PUT, "late").await
    };
    let (word, late) = tokio::join!(say(&channel, PUT, "hello"), stop);
    assert_eq!(word.unwrap(), "hello");
    assert_eq!(Fault::from(late.unwrap_err()).code(), Reason::ServiceUnavailable);
    server.ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_call_without_end_is_cut_when_the_drain_is_over() {
    let server =
        run(server(Probe::new(async |_| pending().await)).drain_max(Duration::from_millis(500))).await;
    let channel = server.channel();
    let stop = async {
        sleep(Duration::from_millis(200)).await;
        server.stop.cancel();
    };
    let (word, ()) = tokio::join!(say(&channel, PUT, "hello"), stop);
    assert_eq!(Fault::from(word.unwrap_err()).code(), Reason::ServiceUnavailable);
    timeout(Duration::from_secs(2), server.ended).await.expect("the server ends").unwrap().unwrap();
}

#[tokio::test]
async fn a_connection_that_says_nothing_does_not_hold_the_end_up() {
    let server = run(server(Probe::echo()).drain_max(Duration::from_millis(500))).await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    let mut byte = [0];
    let _ = timeout(Duration::from_millis(100), silent.read(&mut byte)).await;
    let stopped_at = Instant::now();
    server.stop.cancel();
    timeout(Duration::from_secs(3), server.ended).await.expect("the server ends").unwrap().unwrap();
    assert!(stopped_at.elapsed() < Duration::from_secs(2));
}

//! What a server does not let in.

use std::time::Duration;

use fault::{Code as Reason, Fault};
use futures::{StreamExt as _, stream::FuturesUnordered};
use http::{Extensions, HeaderMap};
use tokio::sync::watch;
use tonic::{Code, Request, Response};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use super::probe::{GET, PUT, Probe, descriptor, run, say, send, server};
use crate::{Gate, Server};

struct Porter;

#[async_trait::async_trait]
impl Gate for Porter {
    async fn check(&self, method: &str, headers: &HeaderMap) -> Result<Extensions, Fault> {
        if !headers.contains_key("authorization") {
            return Err(Fault::new(Reason::AuthRequired, "who are you"));
        }
        let mut extensions = Extensions::new();
        extensions.insert(format!("{method} by a friend"));
        Ok(extensions)
    }
}

#[tokio::test]
async fn a_method_that_nobody_described_is_unimplemented_whatever_the_gate_says() {
    let server = run(server(Probe::echo()).access(Porter)).await;
    for method in ["/test.Probe/DropWord", "/test.Elsewhere/GetWord", "/nobody.Knows/This"] {
        let refused = say(&server.channel(), method, "hello").await.unwrap_err();
        assert_eq!(refused.code(), Code::Unimplemented, "{method}: {refused}");
    }
}

#[tokio::test]
async fn a_server_without_a_gate_admits_nobody_but_health() {
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let server = run(Server::builder("probe", address).add(Probe::echo()).descriptor(descriptor())).await;
    let refused = say(&server.channel(), GET, "hello").await.unwrap_err();
    assert_eq!(Fault::from(refused).code(), Reason::Forbidden);
    let request = HealthCheckRequest { service: String::new() };
    HealthClient::new(server.channel()).check(request).await.unwrap();
}

#[tokio::test]
async fn the_gate_decides_and_tells_the_service_who_calls() {
    let probe = Probe::new(async |request| {
        Ok(Response::new(request.extensions().get::<String>().cloned().unwrap_or_default()))
    });
    let server = run(server(probe).access(Box::new(Porter))).await;
    let refused = Fault::from(say(&server.channel(), GET, "hello").await.unwrap_err());
    assert_eq!((refused.code(), refused.detail()), (Reason::AuthRequired, "who are you"));
    let mut request = Request::new("hello".to_owned());
    request.metadata_mut().insert("authorization", "Bearer friend".parse().unwrap());
    let word = send(&server.channel(), GET, request).await.unwrap();
    assert_eq!(word, "/test.Probe/GetWord by a friend");
}

#[tokio::test]
async fn a_message_that_is_too_large_never_reaches_the_service() {
    let server = run(server(Probe::echo())).await;
    let largest = "x".repeat(256 * 1024 - 8);
    assert_eq!(say(&server.channel(), PUT, &largest).await.unwrap(), largest);
    let refused = say(&server.channel(), PUT, &"x".repeat(256 * 1024 + 1)).await.unwrap_err();
    assert_eq!(Fault::from(refused).code(), Reason::PayloadTooLarge);
}

#[tokio::test]
async fn a_service_may_allow_larger_messages() {
    let server = run(server(Probe::echo()).request_bytes_max(2 * 1024 * 1024)).await;
    let word = "x".repeat(1024 * 1024);
    assert_eq!(say(&server.channel(), PUT, &word).await.unwrap(), word);
}

#[tokio::test]
async fn a_panic_is_an_internal_fault_and_the_server_goes_on() {
    let probe = Probe::new(async |request| {
        assert_ne!(request.get_ref(), "panic", "as asked");
        Ok(Response::new(request.into_inner()))
    });
    let server = run(server(probe)).await;
    let refused = say(&server.channel(), PUT, "panic").await.unwrap_err();
    assert_eq!(Fault::from(refused).code(), Reason::InternalError);
    assert_eq!(say(&server.channel(), PUT, "hello").await.unwrap(), "hello");
}

#[tokio::test]
async fn an_idempotency_key_that_is_none_is_refused() {
    let server = run(server(Probe::echo())).await;
    let mut request = Request::new("hello".to_owned());
    request.metadata_mut().insert("idempotency-key", "k".repeat(256).parse().unwrap());
    let refused = Fault::from(send(&server.channel(), PUT, request).await.unwrap_err());
    assert_eq!(refused.code(), Reason::ValidationError);
    assert_eq!(refused.field(), Some("Idempotency-Key"));
}

#[tokio::test]
async fn a_server_that_is_full_tells_callers_to_come_back() {
    let (release, released) = watch::channel(false);
    let probe = Probe::new(move |request| {
        let mut released = released.clone();
        async move {
            let _ = released.wait_for(|is_released| *is_released).await;
            Ok(Response::new(request.into_inner()))
        }
    });
    let server = run(server(probe)).await;
    // A connection carries 200 streams, a server 512 calls: three connections fill it.
    let channels = [server.channel(), server.channel(), server.channel()]
        .map(|channel| channel.with_budget(Duration::from_secs(30)));
    let mut calls: FuturesUnordered<_> =
        (0..540).map(|number| say(&channels[number % 3], PUT, "hello")).collect();
    for _ in 512..540 {
        let refused = Fault::from(calls.next().await.unwrap().unwrap_err());
        assert_eq!((refused.code(), refused.retry_after_seconds()), (Reason::ServiceUnavailable, Some(1)));
    }
    release.send(true).unwrap();
    while let Some(admitted) = calls.next().await {
        admitted.unwrap();
    }
}

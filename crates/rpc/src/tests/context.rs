//! What travels with a call.

use std::{sync::Arc, time::Duration};

use tonic::{Request, Response, metadata::MetadataMap};

use super::probe::{GET, PUT, Probe, Words, run, say, send, server, to};
use crate::{Context, Credentials, channel, context};

#[derive(Debug)]
struct Badge;

impl Credentials for Badge {
    fn authorization(&self) -> String {
        "Bearer badge".to_owned()
    }
}

/// Tells what the service sees: metadata as `name=value`, separated by commas.
fn seen(metadata: &MetadataMap, names: &[&str]) -> String {
    let value = |name: &&str| metadata.get(*name).map(|value| format!("{name}={}", value.to_str().unwrap()));
    names.iter().filter_map(value).collect::<Vec<_>>().join(",")
}

fn teller(names: &'static [&'static str]) -> Probe {
    Probe::new(async move |request: Request<String>| Ok(Response::new(seen(request.metadata(), names))))
}

fn full_context() -> Context {
    Context {
        authorization: Some("Bearer user".to_owned()),
        idempotency_key: Some("key 1".to_owned()),
        client_address: Some("203.0.113.7".to_owned()),
        ..Context::edge("request-1", Duration::from_secs(5))
    }
}

#[tokio::test]
async fn a_call_carries_its_context_and_the_credentials_of_the_service() {
    const NAMES: &[&str] =
        &["x-request-id", "authorization", "x-service-authorization", "idempotency-key", "x-client-address"];
    let server = run(server(teller(NAMES))).await;
    let channel = channel(&format!("http://{}", server.address), Some(Arc::new(Badge))).unwrap();
    let word = context::scope(full_context(), say(&channel, PUT, "")).await.unwrap();
    assert_eq!(
        word,
        "x-request-id=request-1,authorization=Bearer user,x-service-authorization=Bearer badge,\
         idempotency-key=key 1,x-client-address=203.0.113.7"
    );
}

#[tokio::test]
async fn the_service_sees_the_context_and_passes_all_but_the_key_on() {
    let last =
        run(server(teller(&["x-request-id", "authorization", "idempotency-key", "x-client-address"]))).await;
    let next = last.channel();
    let first = Probe::new(move |_| {
        let next = next.clone();
        async move {
            let own = context::current().unwrap().idempotency_key.unwrap_or_default();
            Ok(Response::new(format!("{own}/{}", say(&next, PUT, "").await?)))
        }
    });
    let first = run(server(first)).await;
    let word = context::scope(full_context(), say(&first.channel(), PUT, "")).await.unwrap();
    assert_eq!(word, "key 1/x-request-id=request-1,authorization=Bearer user,x-client-address=203.0.113.7");
}

#[tokio::test]
async fn a_request_id_that_is_none_is_replaced() {
    let probe = Probe::new(async |_| Ok(Response::new(context::current().unwrap().request_id)));
    let server = run(server(probe)).await;
    let mut request = Request::new(String::new());
    request.metadata_mut().insert("x-request-id", "two words".parse().unwrap());
    let id = send(&server.channel(), GET, request).await.unwrap();
    assert_eq!(id.len(), 36, "{id}");
}

#[tokio::test]
async fn headers_that_a_call_sets_itself_stay() {
    let server = run(server(teller(&["idempotency-key"]))).await;
    let mut request = Request::new(String::new());
    request.metadata_mut().insert("idempotency-key", "own".parse().unwrap());
    let word = context::scope(full_context(), send(&server.channel(), PUT, request)).await.unwrap();
    assert_eq!(word, "idempotency-key=own");
}

async fn time_left(_: Request<String>) -> Words {
    Ok(Response::new(context::current().unwrap().remaining().as_millis().to_string()))
}

#[tokio::test]
async fn a_call_has_two_and_a_half_seconds_or_nine_tenths_of_what_is_left() {
    let server = run(server(Probe::new(time_left))).await;
    let channel = server.channel();
    let alone: u64 = say(&channel, GET, "").await.unwrap().parse().unwrap();
    assert!((2_000..=2_500).contains(&alone), "{alone}");
    let inside = Context::edge("request-1", Duration::from_secs(1));
    let inside: u64 = context::scope(inside, say(&channel, GET, "")).await.unwrap().parse().unwrap();
    assert!((600..=900).contains(&inside), "{inside}");
    let mut request = Request::new(String::new());
    request.set_timeout(Duration::from_secs(8));
    let longer: u64 = send(&channel, GET, request).await.unwrap().parse().unwrap();
    assert!((7_000..=8_000).contains(&longer), "{longer}");
}

#[tokio::test]
async fn a_call_without_time_left_is_not_made() {
    let server = run(server(Probe::echo())).await;
    let late = Context::edge("request-1", Duration::from_millis(15));
    let refused = context::scope(late, say(&to(server.address), PUT, "")).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::DeadlineExceeded);
}

#[test]
fn a_context_in_a_log_shows_no_token() {
    let shown = format!("{:?}", full_context());
    assert!(shown.contains("request-1") && !shown.contains("Bearer"), "{shown}");
}

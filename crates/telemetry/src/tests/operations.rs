//! The operations router, asked as a prober and a scraper ask it.
//!
//! No listener is opened: the router is called as the listener would call it. Time that must pass is
//! simulated.

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::{Check, operations_router};

async fn ask(checks: Vec<Check>, path: &str) -> (StatusCode, String) {
    let router = operations_router(move || Box::pin(std::future::ready(checks.clone())));
    answer(router, path).await
}

async fn answer(router: axum::Router, path: &str) -> (StatusCode, String) {
    let response = router.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_process_is_ready_when_every_check_passes() {
    for path in ["/health/ready", "/health"] {
        let (status, body) = ask(vec![Check::ok("postgres"), Check::ok("redis")], path).await;
        assert_eq!(status, StatusCode::OK);
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((&body["status"], &body["checks"][1]["name"]), (&"ready".into(), &"redis".into()));
    }
}

#[tokio::test]
async fn one_failed_check_makes_it_unready_but_leaves_it_alive() {
    let checks = vec![Check::ok("redis"), Check::failed("postgres", "no connection")];
    let (status, body) = ask(checks.clone(), "/health/ready").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&body["status"], &body["checks"][1]["detail"]),
        (&"not_ready".into(), &"no connection".into())
    );
    assert_eq!(ask(checks, "/health/live").await.0, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn checks_that_do_not_end_make_it_unready_after_two_seconds() {
    let router = operations_router(|| Box::pin(std::future::pending()));
    assert_eq!(answer(router, "/health/ready").await.0, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn metrics_are_served_as_text_and_nothing_else_is_served() {
    let (status, _) = ask(vec![], "/metrics").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(ask(vec![], "/").await.0, StatusCode::NOT_FOUND);
}

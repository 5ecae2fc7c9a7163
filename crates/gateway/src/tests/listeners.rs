//! What each listener serves and does not serve.

use reqwest::Method;

use super::stage::{Stage, send};

#[tokio::test(flavor = "multi_thread")]
async fn metrics_and_internal_routes_do_not_exist_in_public() {
    let stage = Stage::new().await;
    for path in ["/metrics", "/health/ready", "/health/live", "/api/payments/offline"] {
        let reply = stage.get(path).await;
        assert_eq!(reply.status, 404, "{path}");
        assert!(reply.text.contains(&format!("path {path} not found")), "{}", reply.text);
    }
    let path = "/internal/payment/1";
    let message = format!("资源不存在: path {path} not found");
    stage.get(path).await.is_refused_in_admin(404, 6001, &message);
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_see_metrics_and_readiness_on_their_own_listener() {
    let stage = Stage::new().await;
    stage.becomes_ready().await;
    for path in ["/metrics", "/health/live", "/health/ready"] {
        assert_eq!(stage.get_at(stage.addresses.operations, path).await.status, 200, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_tells_the_public_one_word() {
    let stage = Stage::new().await;
    stage.becomes_ready().await;
    assert_eq!(stage.get_at(stage.addresses.http, "/health").await.text, r#"{"status":"ok"}"#);
    stage.fakes.stop_serving();
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    let degraded = stage.get_at(stage.addresses.http, "/health").await;
    assert_eq!((degraded.status, degraded.text.as_str()), (200, r#"{"status":"degraded"}"#));
    assert_eq!(stage.get_at(stage.addresses.operations, "/health/ready").await.status, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_path_and_a_wrong_method_answer_in_the_envelope() {
    let stage = Stage::new().await;
    stage.get("/api/nothing").await.is_refused(404, "NOT_FOUND", "path /api/nothing not found");
    let reply = send(stage.request(Method::PATCH, "/api/rooms")).await;
    reply.is_refused(405, "METHOD_NOT_ALLOWED", "the path does not know this method");
    assert!(reply.header("allow").contains("POST"), "{:?}", reply.headers);
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_are_taken_literally() {
    let stage = Stage::new().await;
    for path in ["/api/rooms/", "/api//rooms", "/API/rooms", "/api/rooms;x", "/api/users%2Fme"] {
        let reply = stage.get(path).await;
        assert_eq!(reply.status, 404, "{path}: {}", reply.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn head_answers_like_get_without_a_body_and_options_names_the_methods() {
    let stage = Stage::new().await;
    let head = send(stage.request(Method::HEAD, "/api/users/me")).await;
    assert_eq!((head.status, head.text.as_str()), (401, ""));
    let options = send(stage.request(Method::OPTIONS, "/api/users/me")).await;
    assert!(options.status < 300, "{options:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_its_request_id_and_takes_over_a_plain_one() {
    let stage = Stage::new().await;
    let taken = send(stage.request(Method::GET, "/api/users/me").header("x-request-id", "abc-1")).await;
    assert_eq!(taken.header("x-request-id"), "abc-1");
    let made = send(stage.request(Method::GET, "/api/users/me").header("x-request-id", "a b")).await;
    assert_eq!(made.header("x-request-id").len(), 32);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_foreign_origin_is_not_let_in_and_a_listed_one_is() {
    let stage = Stage::with(&[("ALLOWED_ORIGINS", "https://dorm.example")]).await;
    let ask = |origin: &'static str| {
        let request = stage.request(Method::OPTIONS, "/api/rooms").header("origin", origin);
        send(request.header("access-control-request-method", "POST"))
    };
    assert_eq!(
        ask("https://dorm.example").await.header("access-control-allow-origin"),
        "https://dorm.example"
    );
    assert_eq!(ask("https://evil.example").await.header("access-control-allow-origin"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_and_refusals_to_a_listed_page_name_its_origin() {
    let stage = Stage::with(&[("ALLOWED_ORIGINS", "https://dorm.example")]).await;
    let ask = |origin: &'static str| {
        send(stage.request(Method::GET, "/api/v1/payments/wallet/1/balance").header("origin", origin))
    };
    let listed = ask("https://dorm.example").await;
    assert_eq!((listed.status, listed.header("access-control-allow-origin")), (401, "https://dorm.example"));
    assert!(listed.header("access-control-expose-headers").contains("x-cache"), "{:?}", listed.headers);
    assert_eq!(ask("https://evil.example").await.header("access-control-allow-origin"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_answers_that_are_worth_it_are_compressed() {
    let stage = Stage::new().await;
    for (path, encoding) in [("/api/nothing", ""), ("/openapi/dorm.json", "gzip")] {
        let reply = stage.request(Method::GET, path).header("accept-encoding", "gzip").send().await.unwrap();
        let found = reply.headers().get("content-encoding").map(|value| value.to_str().unwrap());
        assert_eq!(found.unwrap_or_default(), encoding, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_tell_browsers_to_be_careful() {
    let stage = Stage::new().await;
    let reply = stage.get("/api/nothing").await;
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
}

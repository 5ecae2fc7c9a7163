//! How refusals look: every code, both languages, nothing of the inside.

use fault::{Code, Fault};
use reqwest::Method;

use super::stage::{Stage, send};

/// Code → status, from checklist 6.5 and contract section 6.
const STATUSES: &[(Code, u16)] = &[
    (Code::AuthRequired, 401),
    (Code::AuthInvalid, 401),
    (Code::AuthExpired, 401),
    (Code::Forbidden, 403),
    (Code::NotFound, 404),
    (Code::ValidationError, 400),
    (Code::DuplicateEntry, 409),
    (Code::StateConflict, 409),
    (Code::VersionConflict, 409),
    (Code::IdempotencyConflict, 422),
    (Code::IdempotencyInProgress, 409),
    (Code::LockTimeout, 409),
    (Code::RateLimitExceeded, 429),
    (Code::PayloadTooLarge, 413),
    (Code::BatchLimitExceeded, 400),
    (Code::ServiceUnavailable, 503),
    (Code::DatabaseError, 500),
    (Code::InternalError, 500),
    (Code::PaymentNotFound, 404),
    (Code::MockOrderNotFound, 404),
    (Code::PaymentStatusError, 409),
    (Code::PaymentExpired, 409),
    (Code::PaymentAlreadySuccess, 409),
    (Code::PaymentAlreadyCancelled, 409),
    (Code::RefundNotAllowed, 409),
    (Code::MockPaymentStatusError, 409),
    (Code::MockPaymentNotPending, 409),
    (Code::PaymentAmountError, 400),
    (Code::RefundAmountExceeded, 400),
    (Code::InsufficientBalance, 400),
    (Code::PaymentLimitExceeded, 400),
    (Code::RiskControlRejected, 403),
    (Code::PaymentPasswordError, 403),
    (Code::AccountFrozen, 403),
    (Code::MockPaymentDisabled, 403),
    (Code::ThirdPartyError, 502),
    (Code::MockOrderUpdateFailed, 500),
    (Code::CacheKeyInvalid, 500),
    (Code::CacheExpired, 500),
    (Code::CacheUpdateFailed, 500),
];

const ME: &str = "user.v1.UserService/GetMe";

#[tokio::test(flavor = "multi_thread")]
async fn every_code_of_a_service_gets_the_status_of_the_checklist() {
    assert_eq!(STATUSES.len(), Code::ALL.len(), "a code has no expected status");
    let stage = Stage::new().await;
    for (code, status) in STATUSES {
        stage.fakes.refuse(ME, Fault::new(*code, "what happened"));
        let reply = stage.get("/api/users/me").await;
        assert_eq!((reply.status, reply.json()["code"].as_str()), (*status, Some(code.as_str())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_those_of_the_document_and_english_on_request() {
    let stage = Stage::new().await;
    for (code, zh, en) in [
        (Code::AuthExpired, "认证已过期", "authentication expired"),
        (Code::Forbidden, "权限不足", "forbidden"),
        (Code::NotFound, "资源不存在", "not found"),
        (Code::DuplicateEntry, "重复条目", "duplicate entry"),
        (Code::DatabaseError, "数据库错误", "database error"),
    ] {
        stage.fakes.refuse(ME, Fault::new(code, "x"));
        assert_eq!(stage.get("/api/users/me").await.json()["message"], zh);
        let request = stage.request(Method::GET, "/api/users/me").header("authorization", stage.keys.user(1));
        let english = send(request.header("accept-language", "fr;q=1, en-GB;q=0.9, zh;q=0.1")).await;
        assert_eq!(english.json()["message"], en);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_tells_a_constant_text_and_the_request_id_alone() {
    let stage = Stage::new().await;
    stage.fakes.refuse(ME, Fault::internal("select secret from vault"));
    let reply = stage.get("/api/users/me").await;
    let body = reply.json();
    assert_eq!(body["error"], "internal error");
    assert_eq!(body["request_id"], reply.header("x-request-id"));
    assert!(!reply.text.contains("vault"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_away_says_when_to_come_back() {
    let stage = Stage::new().await;
    stage.fakes.refuse(ME, Fault::unavailable("postgres on 10.0.0.7 is away").with_retry_after(7));
    let reply = stage.get("/api/users/me").await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, "7"));
    assert!(!reply.text.contains("10.0.0.7"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_not_there_is_503_in_time() {
    let nobody = format!("http://127.0.0.1:{}", testkit::free_port());
    let stage = Stage::with(&[("BILL_SERVICE_URL", &nobody)]).await;
    let reply = stage.get("/api/bills/1").await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, "1"));
}

//! Which face answers: the path alone decides, for refusals too.

use std::sync::Arc;

use axum::{Router, body::Body, extract::Request, routing::get};
use bytes::Bytes;
use clock::Clock;
use ephemeral::Redis;
use fault::{Code, Fault};
use http_body_util::BodyExt as _;
use identity::testing::Keys;
use proto::wallet::v1 as wallet;
use reqwest::Method;
use tower::ServiceExt as _;

use super::{
    fakes::Fakes,
    stage::{Stage, send, settings},
};
use crate::{gateway, layers, peers::Peers};

const BALANCE: &str = "/api/v1/payments/wallet/1/balance";
const SHOW: &str = "wallet.v1.WalletService/ShowBalance";

/// Code → Chinese text, as document 001 prints its table of error codes.
const TEXTS: [(Code, &str); 22] = [
    (Code::PaymentNotFound, "支付记录不存在"),
    (Code::PaymentStatusError, "支付状态错误"),
    (Code::PaymentAmountError, "支付金额错误"),
    (Code::PaymentExpired, "支付已过期"),
    (Code::PaymentAlreadySuccess, "支付已成功"),
    (Code::PaymentAlreadyCancelled, "支付已取消"),
    (Code::RefundNotAllowed, "不允许退款"),
    (Code::RefundAmountExceeded, "退款金额超限"),
    (Code::InsufficientBalance, "余额不足"),
    (Code::PaymentPasswordError, "支付密码错误"),
    (Code::PaymentLimitExceeded, "超出支付限额"),
    (Code::RiskControlRejected, "风控拒绝"),
    (Code::ThirdPartyError, "第三方支付错误"),
    (Code::AccountFrozen, "账户被冻结"),
    (Code::MockPaymentDisabled, "模拟支付已禁用（生产环境）"),
    (Code::MockPaymentStatusError, "模拟支付状态错误"),
    (Code::MockPaymentNotPending, "支付状态不是待支付，无法模拟"),
    (Code::MockOrderNotFound, "关联订单不存在"),
    (Code::MockOrderUpdateFailed, "订单状态更新失败"),
    (Code::CacheKeyInvalid, "缓存键值无效"),
    (Code::CacheExpired, "缓存已过期"),
    (Code::CacheUpdateFailed, "缓存更新失败"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_codes_of_document_001_have_its_texts_and_english_ones() {
    let stage = Stage::new().await;
    for (code, text) in TEXTS {
        stage.fakes.refuse(SHOW, Fault::new(code, "why"));
        let reply = stage.get(BALANCE).await;
        let detail = if reply.status < 500 { ": why" } else { "" };
        let body = reply.json();
        assert_eq!(body["responseCode"], code.as_str());
        assert_eq!(body["responseMessage"], format!("{text}{detail}"));
        assert_eq!(body["data"], serde_json::Value::Null);
        assert!(body.get("error").is_none() && body["success"] == false, "{}", reply.text);
        let request = stage.request(Method::GET, BALANCE).header("authorization", stage.keys.user(1));
        let english = send(request.header("accept-language", "en")).await.json();
        let english = english["responseMessage"].as_str().unwrap().to_owned();
        assert!(english.is_ascii() && english.ends_with(detail), "{english}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_tells_a_constant_text_and_the_request_id_alone() {
    let stage = Stage::new().await;
    stage.fakes.refuse(SHOW, Fault::internal("select secret from vault"));
    let reply = stage.get(BALANCE).await;
    let request_id = reply.header("x-request-id");
    let expected = format!(
        r#"{{"success":false,"responseCode":"INTERNAL_ERROR","responseMessage":"服务器内部错误","data":null,"requestId":"{request_id}"}}"#
    );
    assert_eq!((reply.status, reply.text.as_str()), (500, expected.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_service_that_is_not_there_is_503_in_the_envelope() {
    let nobody = format!("http://127.0.0.1:{}", testkit::free_port());
    let stage = Stage::with(&[("WALLET_SERVICE_URL", &nobody)]).await;
    let reply = stage.get(BALANCE).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, "1"));
    assert_eq!((reply.code().as_str(), &reply.json()["success"]), ("SERVICE_UNAVAILABLE", &false.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_and_wrong_methods_answer_as_the_face_of_their_prefix() {
    let stage = Stage::new().await;
    for path in ["/api/v1/payments/", "/api/v1/payments/1/x", "/api/v1/payments/wallet/1/withdrawals"] {
        let message = format!("资源不存在: path {path} not found");
        stage.get(path).await.is_refused_in_payments(404, "NOT_FOUND", &message);
    }
    for path in ["/api/v1/payment/x", "/api/v1/payment"] {
        stage.get(path).await.is_refused_in_checkout(404, &format!("资源不存在: path {path} not found"));
    }
    for path in ["/payments/1/x", "/payment", "/api/v1/payment/alipay", "/internal/payment/1"] {
        stage.get(path).await.is_refused_in_admin(404, 6001, &format!("资源不存在: path {path} not found"));
    }
    for path in ["/billing", "/api/billing/x"] {
        let message = format!("资源不存在: path {path} not found");
        stage.get(path).await.is_refused_in_billing(404, "NOT_FOUND", &message);
    }
    for path in ["/api/v1/paymentsx", "/api/V1/payments/1", "/paymentsx", "/api/billings", "/"] {
        stage.get(path).await.is_refused(404, "NOT_FOUND", &format!("path {path} not found"));
    }
    let reply = stage.json(Method::DELETE, BALANCE, "").await;
    let message = "请求方法不支持: the path does not know this method";
    reply.is_refused_in_payments(405, "METHOD_NOT_ALLOWED", message);
    assert!(reply.header("allow").contains("GET"), "{:?}", reply.headers);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_nobody_and_who_asks_too_often_hear_it_in_the_envelope() {
    let address = format!("2001:db8:{:x}::1", super::client::fresh() & 0xffff);
    let stage = Stage::with(&[("RATE_LIMIT_PER_MINUTE", "1"), ("TRUSTED_PROXIES", "127.0.0.0/8")]).await;
    let ask = || send(stage.request(Method::GET, BALANCE).header("x-forwarded-for", &address));
    let message = "需要认证: authorization: a bearer token is required";
    ask().await.is_refused_in_payments(401, "AUTH_REQUIRED", message);
    let message = "请求过于频繁: too many requests in a minute";
    ask().await.is_refused_in_payments(429, "RATE_LIMIT_EXCEEDED", message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_refused_in_the_envelope() {
    let stage = Stage::new().await;
    let body = format!(r#"{{"transferReason":"{}"}}"#, "x".repeat(64 * 1024));
    let reply = stage.post("/api/v1/payments/wallet/1/transfer", &body).await;
    let message = "请求内容过大: body: must be at most 65536 bytes";
    reply.is_refused_in_payments(413, "PAYLOAD_TOO_LARGE", message);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_service_decides_about_rights_is_passed_on() {
    let stage = Stage::new().await;
    stage.fakes.refuse(SHOW, Fault::forbidden("a wallet is shown to its user alone"));
    let reply = stage.get("/api/v1/payments/wallet/2/balance").await;
    let message = "权限不足: a wallet is shown to its user alone";
    reply.is_refused_in_payments(403, "FORBIDDEN", message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_none_is_a_mistake_of_ours() {
    let stage = Stage::new().await;
    stage
        .fakes
        .on_stream(SHOW, http::HeaderMap::new(), |_: wallet::ShowBalanceRequest| Ok(Vec::<Bytes>::new()));
    let reply = stage.get(BALANCE).await;
    assert_eq!((reply.status, reply.code().as_str()), (500, "INTERNAL_ERROR"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_a_failure_in_the_envelope_of_its_face_and_tells_nothing() {
    async fn panics() {
        panic!("the vault is open");
    }
    testkit::trace();
    let (fakes, clock) = (Fakes::start().await, Clock::system());
    let settings = settings(&fakes, &Keys::new(&clock), &[]);
    let credentials: Arc<dyn rpc::Credentials> = settings.identity.signer("gateway", clock.clone()).unwrap();
    let peers = Peers::new(&settings.services, &credentials).unwrap();
    let door = gateway::door(&settings, &peers, &Redis::connect(&settings.ephemeral, clock.clone()), &clock);
    let router = Router::new().route("/api/v1/payments/x", get(panics)).route("/api/x", get(panics));
    let router = layers::dressed(router, &door);
    for (path, code) in [("/api/v1/payments/x", "responseCode"), ("/api/x", "code")] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status().as_u16(), 500);
        assert_eq!(response.headers()["x-frame-options"], "DENY");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body[code], "INTERNAL_ERROR");
        assert!(!body.to_string().contains("vault"), "{body}");
    }
}

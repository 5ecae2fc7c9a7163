//! What providers call: every address, raw bytes through, answers as they are.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use fault::Fault;
use proto::payment::v1::{HandleCallbackRequest, HandleCallbackResponse, Method as By};
use reqwest::Method;

use super::{
    pay::CALLBACK,
    stage::{Stage, send},
};

const WECHAT_FAIL: &str = r#"{"code":"FAIL","message":"失败"}"#;
/// Every documented address (contract section 3), its provider, and what that one hears as failure.
const ADDRESSES: [(&str, By, &str); 16] = [
    ("/api/v1/payments/notify/alipay", By::Alipay, "failure"),
    ("/api/v1/payments/notify/ALIPAY", By::Alipay, "failure"),
    ("/api/v1/payments/notify/wechat", By::Wechat, WECHAT_FAIL),
    ("/api/v1/payments/notify/bank", By::Unionpay, "fail"),
    ("/api/v1/payments/refund/notify/alipay", By::Alipay, "failure"),
    ("/api/v1/payments/refund/notify/wechat", By::Wechat, WECHAT_FAIL),
    ("/api/v1/payments/refund/notify/bank", By::Unionpay, "fail"),
    ("/api/v1/payments/refunds/notify/wechat", By::Wechat, WECHAT_FAIL),
    ("/api/v1/payments/refunds/notify/alipay", By::Alipay, "failure"),
    ("/api/v1/payment/alipay/notify", By::Alipay, "failure"),
    ("/api/v1/payment/alipay/callback", By::Alipay, "failure"),
    ("/api/v1/payment/wechat/callback", By::Wechat, WECHAT_FAIL),
    ("/api/billing/payments/notify/wechat", By::Wechat, WECHAT_FAIL),
    ("/api/billing/payments/notify/alipay", By::Alipay, "failure"),
    ("/billing/payments/notify/wechat", By::Wechat, WECHAT_FAIL),
    ("/billing/payments/notify/alipay", By::Alipay, "failure"),
];

/// Lets callbacks be taken, and keeps them.
fn teach(stage: &Stage) -> Arc<Mutex<Vec<HandleCallbackRequest>>> {
    let taken = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&taken);
    stage.fakes.on(CALLBACK, move |request: HandleCallbackRequest| {
        kept.lock().unwrap().push(request);
        Ok(HandleCallbackResponse {
            status: 202,
            content_type: "text/x-provider".to_owned(),
            body: Bytes::from_static(b"su\xffccess"),
            is_taken: true,
        })
    });
    taken
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_passes_raw_bytes_and_headers_on_and_answers_what_the_service_says() {
    let stage = Stage::new().await;
    let taken = teach(&stage);
    let body: &[u8] = b"a=1&b=%2B \xff\x00{\"x\" : 1.10}\r\n";
    for (path, by, _) in ADDRESSES {
        let request =
            stage.request(Method::POST, path).header("wechatpay-signature", "c2ln").body(body.to_vec());
        let response = request.header("content-type", "text/odd").send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (202, &"text/x-provider".parse().unwrap())
        );
        assert_eq!(response.bytes().await.unwrap().as_ref(), b"su\xffccess");
        let request = taken.lock().unwrap().pop().unwrap();
        assert_eq!((request.method(), request.body.as_ref()), (by, body), "{path}");
        let header = |name: &str| {
            request.headers.iter().find(|header| header.name == name).map(|found| found.value.clone())
        };
        assert_eq!(header("wechatpay-signature").as_deref(), Some("c2ln"));
        assert_eq!(header("content-type").as_deref(), Some("text/odd"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_whatever_kind_changes_nothing_and_is_not_used() {
    let stage = Stage::new().await;
    teach(&stage);
    for token in [stage.keys.user(1), "Bearer x.y.z".to_owned(), "Basic abc".to_owned()] {
        let request = stage.request(Method::POST, ADDRESSES[0].0).header("authorization", token);
        assert_eq!(send(request.header("idempotency-key", "k").body("x")).await.status, 202);
    }
    for call in stage.fakes.calls(CALLBACK) {
        assert!(!call.headers.contains_key("authorization") && !call.headers.contains_key("idempotency-key"));
        assert!(call.headers.contains_key("x-service-authorization"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_method_than_post_hears_failure_and_reaches_nobody() {
    let stage = Stage::new().await;
    for (path, _, failure) in ADDRESSES {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let reply = send(stage.request(method, path)).await;
            assert_eq!((reply.status, reply.text.as_str()), (405, failure), "{path}");
        }
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_hears_failure_and_reaches_nobody() {
    let stage = Stage::new().await;
    let taken = teach(&stage);
    for (path, _, failure) in ADDRESSES {
        for bytes in [256 * 1024 + 1, 1024 * 1024] {
            let reply = send(stage.request(Method::POST, path).body(vec![b'x'; bytes])).await;
            assert_eq!((reply.status, reply.text.as_str()), (413, failure), "{path}");
        }
    }
    assert!(taken.lock().unwrap().is_empty());
    let reply =
        stage.request(Method::POST, ADDRESSES[0].0).body(vec![b'x'; 256 * 1024]).send().await.unwrap();
    assert_eq!(reply.status().as_u16(), 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_fails_or_is_away_is_heard_as_failure_without_its_reasons() {
    let stage = Stage::new().await;
    for (fault, status) in
        [(Fault::internal("select secret"), 500), (Fault::unavailable("postgres is away"), 503)]
    {
        stage.fakes.refuse(CALLBACK, fault);
        for (path, _, failure) in ADDRESSES {
            let reply = send(stage.request(Method::POST, path).body("x")).await;
            assert_eq!((reply.status, reply.text.as_str()), (status, failure), "{path}");
        }
    }
    stage.fakes.on(CALLBACK, |_: HandleCallbackRequest| {
        Ok(HandleCallbackResponse { status: 7, ..HandleCallbackResponse::default() })
    });
    let reply = send(stage.request(Method::POST, ADDRESSES[0].0).body("x")).await;
    assert_eq!((reply.status, reply.text.as_str()), (500, "failure"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_none_is_not_found() {
    let stage = Stage::new().await;
    for channel in ["paypal", "balance", "unionpay"] {
        let reply =
            send(stage.request(Method::POST, &format!("/api/v1/payments/notify/{channel}")).body("x")).await;
        reply.is_refused_in_payments(404, "NOT_FOUND", "资源不存在: channel not found");
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_are_counted_apart_from_users() {
    let address = format!("2001:db8:{:x}:7::1", super::client::fresh() & 0xffff);
    let few =
        [("RATE_LIMIT_PER_MINUTE", "1"), ("CALLBACKS_PER_MINUTE", "3"), ("TRUSTED_PROXIES", "127.0.0.0/8")];
    let stage = Stage::with(&few).await;
    teach(&stage);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let request = stage.request(Method::POST, ADDRESSES[0].0).header("x-forwarded-for", &address);
        statuses.push(send(request.body("x")).await.status);
    }
    assert_eq!(statuses, [202, 202, 202, 429]);
    let request = stage.request(Method::GET, "/api/v1/payments/1").header("x-forwarded-for", &address);
    assert_eq!(send(request).await.status, 401, "a user was counted with the callbacks");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_headers_are_refused() {
    let stage = Stage::new().await;
    teach(&stage);
    let mut request = stage.request(Method::POST, ADDRESSES[0].0);
    for number in 0..100 {
        request = request.header(format!("x-h-{number}"), "v");
    }
    assert_eq!(send(request.body("x")).await.status, 431);
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

//! 001-E05: the sandbox pays, in development alone.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::{Path, Request},
    routing::post,
};
use fault::Fault;
use proto::{
    bill::v1::{GetOrderRequest, GetOrderResponse, Order, OrderStatus},
    payment::v1::{self as payment, Method as By, PaymentStatus},
};
use reqwest::Method;

use super::{
    pay::{GET_ORDER, minute, opened, order, paid, teach_payment},
    stage::{Stage, send},
};

const QUERY: &str = "payment.v1.PaymentService/QueryPayment";
const PATH: &str = "/api/v1/payments/PAY202401160001/mock-success";
const BODY: &str = r#"{"userId":1,"mockTransactionId":"MOCK202401160001","mockNotifyData":{"channel":"alipay","actualAmount":237.00,"feeAmount":2.37,"channelOrderId":"20240116220000001"},"testRemark":"测试订单支付流程"}"#;

/// Plays the control of a sandbox that answers with a status; keeps what it was asked.
async fn sandbox(status: u16) -> (String, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&asked);
    let pay = async move |Path(number): Path<String>, request: Request| {
        kept.lock().unwrap().push(format!("{number}?{}", request.uri().query().unwrap_or_default()));
        http::StatusCode::from_u16(status).unwrap()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/control/trades/{number}/pay", post(pay));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, asked)
}

fn teach(stage: &Stage) {
    teach_payment(stage, opened(), false);
    stage.fakes.on(QUERY, |request: payment::QueryPaymentRequest| {
        assert_eq!(request.payment_id, 77);
        let reply = payment::QueryPaymentResponse {
            payment: Some(paid()),
            was_asked: true,
            ..payment::QueryPaymentResponse::default()
        };
        Ok(reply)
    });
    let looks = Mutex::new(0);
    stage.fakes.on(GET_ORDER, move |_: GetOrderRequest| {
        let mut looks = looks.lock().unwrap();
        *looks += 1;
        let status = if *looks < 3 { OrderStatus::Pending } else { OrderStatus::Paid };
        Ok(GetOrderResponse {
            order: Some(Order { status: status.into(), paid_at: Some(minute(15)), ..order() }),
        })
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_pays_and_the_answer_prints_001_e05() {
    let (url, asked) = sandbox(200).await;
    let stage = Stage::with(&[("SANDBOX_URL", &url)]).await;
    teach(&stage);
    let reply = stage.post(PATH, BODY).await;
    assert_eq!(
        (reply.status, reply.text.as_str()),
        (
            200,
            r#"{"success":true,"responseCode":"SUCCESS","responseMessage":"模拟支付成功","data":{"paymentId":"PAY202401160001","paymentNo":"PAY202401160001","orderId":987654,"orderNo":"ORD202401160001","originalStatus":"pending","newStatus":"success","mockTransactionId":"MOCK202401160001","paidTime":"2024-01-16T10:45:00","mockData":{"isTestPayment":true,"mockChannel":"alipay","actualAmount":237.00,"processingTime":"2024-01-16T10:45:00"},"relatedOrderStatus":{"orderId":987654,"orderStatus":"paid","statusUpdateTime":"2024-01-16T10:45:00"}}}"#
        )
    );
    assert_eq!(*asked.lock().unwrap(), ["PAY202401160001?provider=alipay"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reason_not_to_simulate_has_its_code() {
    let (unknown, _) = sandbox(404).await;
    let (closed, _) = sandbox(409).await;
    let status_error = (409, "MOCK_PAYMENT_STATUS_ERROR");
    for (url, expected) in [(unknown, status_error), (closed, (409, "MOCK_PAYMENT_NOT_PENDING"))] {
        let stage = Stage::with(&[("SANDBOX_URL", &url)]).await;
        teach(&stage);
        let reply = stage.post(PATH, BODY).await;
        assert_eq!((reply.status, reply.code().as_str()), expected);
    }
    let (url, asked) = sandbox(200).await;
    let stage = Stage::with(&[("SANDBOX_URL", &url)]).await;
    teach(&stage);
    teach_payment(&stage, paid(), false);
    assert_eq!(stage.post(PATH, BODY).await.code(), "MOCK_PAYMENT_NOT_PENDING");
    teach_payment(&stage, payment::Payment { method: By::Balance.into(), ..opened() }, false);
    assert_eq!(stage.post(PATH, BODY).await.code(), "MOCK_PAYMENT_STATUS_ERROR");
    assert!(asked.lock().unwrap().is_empty());
    teach_payment(&stage, opened(), false);
    stage.fakes.refuse(GET_ORDER, Fault::not_found("order"));
    let reply = stage.post(PATH, BODY).await;
    assert_eq!((reply.status, reply.code().as_str()), (404, "MOCK_ORDER_NOT_FOUND"));
    stage.fakes.on(GET_ORDER, |_: GetOrderRequest| Ok(GetOrderResponse { order: Some(order()) }));
    let reply = stage.post(PATH, BODY).await;
    assert_eq!((reply.status, reply.code().as_str()), (500, "MOCK_ORDER_UPDATE_FAILED"));
    stage.fakes.on(QUERY, |_: payment::QueryPaymentRequest| {
        let failed = payment::Payment { status: PaymentStatus::Failed.into(), ..opened() };
        Ok(payment::QueryPaymentResponse {
            payment: Some(failed),
            ..payment::QueryPaymentResponse::default()
        })
    });
    assert_eq!(stage.post(PATH, BODY).await.code(), "MOCK_PAYMENT_STATUS_ERROR");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_that_is_away_and_bad_input_are_refused() {
    let nobody = format!("http://127.0.0.1:{}", testkit::free_port());
    let stage = Stage::with(&[("SANDBOX_URL", &nobody)]).await;
    teach(&stage);
    assert_eq!(stage.post(PATH, BODY).await.status, 503);
    for (body, status, code) in [
        ("{}", 400, "VALIDATION_ERROR"),
        (r#"{"userId":1,"amount":1}"#, 400, "VALIDATION_ERROR"),
        (r#"{"userId":1,"mockTransactionId":"x"}"#, 400, "VALIDATION_ERROR"),
        (r#"{"userId":2}"#, 403, "FORBIDDEN"),
    ] {
        let reply = stage.post(PATH, body).await;
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{body}");
    }
}

#[test]
fn production_has_no_sandbox_and_sends_browsers_and_webhooks_nowhere_unasked() {
    let source = settings::Source::from_pairs([
        ("DORMPAY_PROFILE", "production"),
        ("SANDBOX_URL", "http://127.0.0.1:4100"),
    ]);
    let entries = crate::settings::Settings::entries(&source);
    let shown = format!("{entries:?}");
    assert!(!shown.contains("SANDBOX_URL"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_sandbox_the_path_does_not_exist() {
    let stage = Stage::without_sandbox().await;
    stage.post(PATH, BODY).await.is_refused_in_payments(
        404,
        "NOT_FOUND",
        &format!("资源不存在: path {PATH} not found"),
    );
    let reply = send(stage.request(Method::GET, "/openapi/payments.json")).await;
    assert!(!reply.text.contains("mock-success"));
}

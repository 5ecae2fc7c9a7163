//! Answers of the billing face (document 004).

use std::sync::{Arc, Mutex};

use fault::{Code, Fault};
use http::{HeaderMap, HeaderValue};
use proto::{
    bill::v1::{self as bill, create_order_request::What},
    page::v1::Info,
    payment::v1 as payment,
};
use reqwest::Method;

use super::{
    paid::{
        CREATE, CREATE_ORDER, GET, GET_ORDER, LIST, QUERY, REFUND, STATES, at, in_state, open, order, paid,
        refund,
    },
    pay::CANCEL_ORDER,
    stage::{Stage, send},
};

const PLACES: [&str; 2] = ["/api/billing", "/billing"];
const PAID: &str = r#"{"id":1,"paymentNo":"PAY20250115175000ABC123","orderId":1,"orderNo":"ORD20250115001","userId":1,"amount":99.99,"currency":"CNY","method":"alipay","status":"success","paymentUrl":null,"qrCode":null,"transactionId":"2025011522001400001","refundedAmount":0.00,"failReason":null,"paidAt":"2025-01-15T10:00:00.000Z","expiresAt":"2025-01-15T10:05:00.000Z","createdAt":"2025-01-15T09:50:00.000Z","updatedAt":"2025-01-15T10:00:00.000Z"}"#;
const ORDER: &str = r#"{"id":1,"orderNo":"ORD20250115001","userId":1,"planId":3,"subject":"商品名称","amount":99.90,"currency":"CNY","status":"pending","expiresAt":"2025-01-15T10:20:00.000Z","paidAt":null,"cancelReason":null,"refundedAmount":0.00,"refundReason":null,"createdAt":"2025-01-15T09:50:00.000Z"}"#;

fn plan() -> bill::Order {
    let kind = bill::OrderKind::Membership.into();
    bill::Order { kind, product_id: 3, amount_minor: 9_990, ..order() }
}

fn by_code() -> payment::Payment {
    let handout = payment::Handout {
        qr_code: "weixin://wxpay/bizpayurl?pr=p4lpSuKzz".to_owned(),
        expires_at: at(10, 5),
        ..payment::Handout::default()
    };
    payment::Payment {
        method: payment::Method::Wechat.into(),
        channel: payment::Channel::Qr.into(),
        handout: Some(handout),
        ..open()
    }
}

fn teach_payment(stage: &Stage, shown: payment::Payment) {
    stage.fakes.on(GET, move |request: payment::GetPaymentRequest| {
        assert_eq!((request.payment_id, request.payment_no.as_str()), (1, ""));
        Ok(payment::GetPaymentResponse { payment: Some(shown.clone()), is_cached: false })
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_a_plan_is_made_at_both_addresses() {
    let stage = Stage::new().await;
    stage.fakes.on(CREATE_ORDER, |request: bill::CreateOrderRequest| {
        let product = bill::ProductOrder { product_id: 3, is_upgrade: false };
        assert_eq!((request.what, request.expected_amount_minor), (Some(What::Product(product)), 9_990));
        Ok(bill::CreateOrderResponse { order: Some(plan()) })
    });
    for place in PLACES {
        for body in [r#"{"planId":3,"amount":99.9}"#, r#"{"planId":"3","amount":"99.90"}"#] {
            let reply = stage.post(&format!("{place}/orders"), body).await;
            assert_eq!((reply.status, reply.text.as_str()), (200, ORDER));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_that_is_not_the_price_is_an_amount_error() {
    let stage = Stage::new().await;
    stage.fakes.refuse(CREATE_ORDER, Fault::new(Code::PaymentAmountError, "amount: must be 99.00"));
    let reply = stage.post("/api/billing/orders", r#"{"planId":3,"amount":99.9}"#).await;
    reply.is_refused_in_billing(400, "PAYMENT_AMOUNT_ERROR", "支付金额错误: amount: must be 99.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_cancelled_with_its_reason() {
    let stage = Stage::new().await;
    stage.fakes.on(CANCEL_ORDER, |request: payment::CancelOrderRequest| {
        let named = (request.order_id, request.order_no.as_str(), request.reason.as_str());
        assert_eq!(named, (7, "", "不想要了"));
        Ok(payment::CancelOrderResponse {
            order_no: "ORD20250115001".to_owned(),
            order_id: 7,
            is_closed: true,
        })
    });
    stage.fakes.on(GET_ORDER, |request: bill::GetOrderRequest| {
        assert_eq!(request.order_id, 7);
        let status = bill::OrderStatus::Cancelled.into();
        let order = bill::Order { status, cancel_reason: "不想要了".to_owned(), ..plan() };
        Ok(bill::GetOrderResponse { order: Some(order) })
    });
    for place in PLACES {
        let reply = stage.post(&format!("{place}/orders/7/cancel"), r#"{"reason":"不想要了"}"#).await;
        let body = reply.json();
        assert_eq!((&body["status"], &body["cancelReason"]), (&"cancelled".into(), &"不想要了".into()));
    }
    stage.fakes.refuse(CANCEL_ORDER, Fault::new(Code::PaymentAlreadySuccess, "the order is paid"));
    let reply = stage.post("/billing/orders/7/cancel", r#"{"reason":"x"}"#).await;
    reply.is_refused_in_billing(409, "PAYMENT_ALREADY_SUCCESS", "支付已成功: the order is paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_state_of_an_order_has_its_word() {
    use bill::OrderStatus as S;
    let stage = Stage::new().await;
    for (status, word) in [
        (S::Pending, "pending"),
        (S::Paid, "paid"),
        (S::Completed, "completed"),
        (S::Cancelled, "cancelled"),
        (S::Refunded, "refunded"),
    ] {
        stage.fakes.on(CREATE_ORDER, move |_: bill::CreateOrderRequest| {
            let order = bill::Order { status: status.into(), product_id: 0, ..plan() };
            Ok(bill::CreateOrderResponse { order: Some(order) })
        });
        let body = stage.post("/billing/orders", r#"{"planId":3,"amount":99.9}"#).await.json();
        assert_eq!((&body["status"], &body["planId"]), (&word.into(), &().into()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_payment_leads_to_its_code() {
    let stage = Stage::new().await;
    stage.fakes.on(CREATE, |request: payment::CreatePaymentRequest| {
        assert_eq!((request.order_id, request.expected_amount_minor), (1, 9_990));
        assert_eq!((request.method(), request.channel()), (payment::Method::Wechat, payment::Channel::Qr));
        Ok(payment::CreatePaymentResponse { payment: Some(by_code()), is_new: true })
    });
    for place in PLACES {
        let body = r#"{"orderId":1,"method":"wechat","amount":99.9}"#;
        let reply = stage.post(&format!("{place}/payments"), body).await;
        let body = reply.json();
        assert_eq!((reply.status, &body["status"]), (200, &"processing".into()));
        let code = "weixin://wxpay/bizpayurl?pr=p4lpSuKzz";
        assert_eq!((&body["paymentUrl"], &body["qrCode"]), (&code.into(), &code.into()));
        assert_eq!(body["paymentNo"], "PAY20250115175000ABC123");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_on_a_phone_leads_to_a_page_and_one_out_of_the_balance_carries_its_password() {
    let stage = Stage::new().await;
    stage.fakes.on(CREATE, |request: payment::CreatePaymentRequest| {
        match request.method() {
            payment::Method::Alipay => assert_eq!(request.channel(), payment::Channel::H5),
            method => {
                let told = (method, request.channel(), request.payment_password.as_str());
                let expected = (payment::Method::Balance, payment::Channel::Unspecified, "encrypted");
                assert_eq!(told, expected);
            }
        }
        Ok(payment::CreatePaymentResponse { payment: Some(open()), is_new: true })
    });
    for body in [
        r#"{"orderId":1,"method":"ALIPAY","amount":99.99,"channel":"h5"}"#,
        r#"{"orderId":1,"method":"balance","amount":99.99,"paymentPassword":"encrypted"}"#,
    ] {
        let body = stage.post("/billing/payments", body).await.json();
        assert_eq!(body["paymentUrl"], "https://openapi.alipay.com/gateway.do?x=1", "{body}");
        assert_eq!(body["qrCode"], serde_json::Value::Null);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_shown_in_each_of_seven_states() {
    let stage = Stage::new().await;
    teach_payment(&stage, paid());
    for place in PLACES {
        let reply = stage.get(&format!("{place}/payments/1")).await;
        assert_eq!((reply.status, reply.text.as_str()), (200, PAID));
    }
    for (status, _, word) in STATES {
        teach_payment(&stage, in_state(status));
        assert_eq!(stage.get("/billing/payments/1").await.json()["status"], word, "{status:?}");
    }
    let partly = in_state(payment::PaymentStatus::PartiallyRefunded);
    teach_payment(&stage, payment::Payment { refunded_minor: 3_000, ..partly });
    let text = stage.get("/billing/payments/1").await.text;
    assert!(text.contains(r#""status":"success""#) && text.contains(r#""refundedAmount":30.00"#), "{text}");
}

/// Lists payments and gives what the payment service was asked.
async fn asked(stage: &Stage, query: &str) -> payment::ListPaymentsRequest {
    let seen = Arc::new(Mutex::new(None));
    let place = Arc::clone(&seen);
    stage.fakes.on(LIST, move |request: payment::ListPaymentsRequest| {
        *place.lock().unwrap() = Some(request);
        let page = Some(Info { number: 1, size: 10, total_rows: 41 });
        Ok(payment::ListPaymentsResponse { payments: vec![paid()], page, is_cached: false })
    });
    let reply = stage.get(&format!("/api/billing/payments{query}")).await;
    let expected = (200, "41", format!("[{PAID}]"));
    assert_eq!((reply.status, reply.header("x-total-count"), reply.text.clone()), expected);
    let request = seen.lock().unwrap().take();
    request.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_an_array_with_its_total_in_a_header() {
    use payment::PaymentStatus as S;
    let stage = Stage::new().await;
    let expected = payment::ListPaymentsRequest {
        page: Some(proto::page::v1::Request { number: 1, size: 10 }),
        ..payment::ListPaymentsRequest::default()
    };
    assert_eq!(asked(&stage, "").await, expected);
    let request = asked(&stage, "?page=2&limit=5&orderId=7&method=WeChat&status=success").await;
    assert_eq!(request.page.map(|page| (page.number, page.size)), Some((2, 5)));
    assert_eq!((request.order_id, request.methods), (7, vec![payment::Method::Wechat.into()]));
    assert_eq!(request.statuses, [S::Success, S::PartiallyRefunded].map(i32::from));
    for (status, _, word) in STATES.into_iter().filter(|row| row.2 != "success") {
        assert_eq!(asked(&stage, &format!("?status={word}")).await.statuses, [i32::from(status)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_by_number_shows_the_newest_state() {
    let stage = Stage::new().await;
    stage.fakes.on(QUERY, |request: payment::QueryPaymentRequest| {
        let named = (request.payment_id, request.payment_no.as_str());
        assert_eq!(named, (0, "PAY20250115175000ABC123"));
        let provider_state = "PAID".to_owned();
        Ok(payment::QueryPaymentResponse { payment: Some(paid()), was_asked: true, provider_state })
    });
    for place in PLACES {
        let body = r#"{"paymentNo":"PAY20250115175000ABC123"}"#;
        let reply = stage.post(&format!("{place}/payments/query"), body).await;
        assert_eq!((reply.status, reply.text.as_str()), (200, PAID));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payers_refund_waits_and_shows_the_payment_as_it_was() {
    let stage = Stage::new().await;
    stage.fakes.on(REFUND, |request: payment::CreateRefundRequest| {
        let asked = (request.payment_id, request.amount_minor, request.reason.as_str());
        assert_eq!(asked, (1, 3_000, "不想要了"));
        assert_eq!(request.operator_type(), payment::OperatorType::Unspecified);
        Ok(payment::CreateRefundResponse { refund: Some(refund(payment::RefundStatus::WaitingApproval)) })
    });
    teach_payment(&stage, payment::Payment { refunding_minor: 3_000, ..paid() });
    for place in PLACES {
        let body = r#"{"amount":30.00,"reason":"不想要了"}"#;
        let reply = stage.post(&format!("{place}/payments/1/refund"), body).await;
        assert_eq!((reply.status, reply.text.as_str()), (200, PAID));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_printed_as_its_framework_does() {
    let stage = Stage::new().await;
    let body = r#"{"orderId":1,"method":"wechat","amount":99.9}"#;
    for (code, status, error, text) in [
        (Code::NotFound, 404, "Not Found", "资源不存在: why"),
        (Code::PaymentNotFound, 404, "Not Found", "支付记录不存在: why"),
        (Code::PaymentAmountError, 400, "Bad Request", "支付金额错误: why"),
        (Code::PaymentExpired, 409, "Conflict", "支付已过期: why"),
        (Code::PaymentAlreadySuccess, 409, "Conflict", "支付已成功: why"),
        (Code::PaymentAlreadyCancelled, 409, "Conflict", "支付已取消: why"),
        (Code::PaymentStatusError, 409, "Conflict", "支付状态错误: why"),
        (Code::PaymentLimitExceeded, 400, "Bad Request", "超出支付限额: why"),
        (Code::InsufficientBalance, 400, "Bad Request", "余额不足: why"),
        (Code::PaymentPasswordError, 403, "Forbidden", "支付密码错误: why"),
        (Code::RiskControlRejected, 403, "Forbidden", "风控拒绝: why"),
        (Code::IdempotencyConflict, 422, "Unprocessable Entity", "幂等键已用于其他请求: why"),
    ] {
        stage.fakes.refuse(CREATE, Fault::new(code, "why"));
        let reply = stage.post("/api/billing/payments", body).await;
        let code = code.as_str();
        let expected =
            format!(r#"{{"statusCode":{status},"message":"{text}","error":"{error}","code":"{code}"}}"#);
        assert_eq!((reply.status, reply.text), (status, expected));
    }
    stage.fakes.refuse(CREATE, Fault::new(Code::ThirdPartyError, "why"));
    let reply = stage.post("/api/billing/payments", body).await;
    let body = reply.json();
    assert_eq!((reply.status, &body["code"]), (502, &"THIRD_PARTY_ERROR".into()));
    assert_eq!((&body["error"], &body["message"]), (&"Bad Gateway".into(), &"第三方支付错误".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_refunds_keep_their_codes() {
    let stage = Stage::new().await;
    for (code, status, text) in [
        (Code::RefundNotAllowed, 409, "不允许退款: why"),
        (Code::RefundAmountExceeded, 400, "退款金额超限: why"),
        (Code::PaymentStatusError, 409, "支付状态错误: why"),
    ] {
        stage.fakes.refuse(REFUND, Fault::new(code, "why"));
        let reply = stage.post("/billing/payments/1/refund", r#"{"amount":1,"reason":"x"}"#).await;
        reply.is_refused_in_billing(status, code.as_str(), text);
    }
    for (theirs, ours) in [("refundReason", "reason"), ("refundAmount", "amount")] {
        stage.fakes.refuse(REFUND, Fault::validation(theirs, "must be better"));
        let reply = stage.post("/billing/payments/1/refund", r#"{"amount":1,"reason":"x"}"#).await;
        let message = format!("请求参数验证失败: {ours}: must be better");
        reply.is_refused_in_billing(400, "VALIDATION_ERROR", &message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_a_service_is_in_the_words_of_document_004() {
    let stage = Stage::new().await;
    for (theirs, ours) in [
        ("amount_minor", "amount"),
        ("payment_password", "paymentPassword"),
        ("order_id", "orderId"),
        ("method", "method"),
        ("paymentMethod", "method"),
        ("channel", "channel"),
    ] {
        stage.fakes.refuse(CREATE, Fault::validation(theirs, "must be better"));
        let body = r#"{"orderId":1,"method":"wechat","amount":99.9}"#;
        let message = format!("请求参数验证失败: {ours}: must be better");
        let reply = stage.post("/billing/payments", body).await;
        reply.is_refused_in_billing(400, "VALIDATION_ERROR", &message);
    }
    stage.fakes.refuse(CREATE_ORDER, Fault::validation("product_id", "must be better"));
    let reply = stage.post("/billing/orders", r#"{"planId":3,"amount":1}"#).await;
    let message = "请求参数验证失败: planId: must be better";
    reply.is_refused_in_billing(400, "VALIDATION_ERROR", message);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_speak_english_on_request_and_replays_are_marked() {
    let stage = Stage::new().await;
    stage.fakes.refuse(GET, Fault::new(Code::PaymentNotFound, "payment not found"));
    let request = stage.request(Method::GET, "/billing/payments/1").header("accept-language", "en");
    let reply = send(request.header("authorization", stage.keys.user(1))).await;
    reply.is_refused_in_billing(404, "PAYMENT_NOT_FOUND", "payment not found: payment not found");
    let mut headers = HeaderMap::new();
    headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    stage.fakes.on_stream(CREATE, headers, |_: payment::CreatePaymentRequest| {
        Ok(vec![payment::CreatePaymentResponse { payment: Some(by_code()), is_new: false }])
    });
    let request = stage.request(Method::POST, "/billing/payments").header("idempotency-key", "k1");
    let request =
        request.header("authorization", stage.keys.user(1)).header("content-type", "application/json");
    let reply = send(request.body(r#"{"orderId":1,"method":"wechat","amount":99.9}"#)).await;
    assert_eq!((reply.status, reply.header("idempotent-replayed")), (200, "true"));
    assert_eq!(stage.fakes.calls(CREATE)[0].headers["idempotency-key"], "k1");
}

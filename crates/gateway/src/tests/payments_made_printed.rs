//! Payments, refunds and recharges, as document 001 prints them.

use fault::{Code, Fault};
use http::{HeaderMap, HeaderValue};
use proto::{
    bill::v1::{self as bill, OrderKind},
    page::v1::{Info, Request},
    payment::v1::{self as payment, Channel, Method as By, PaymentStatus},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    pay::{CANCEL, CREATE, ENSURE, GET, LIST, ORDER, REFUND, opened, order, paid, teach, teach_payment},
    stage::{Reply, Stage, send},
};

const PAYMENTS: &str = "/api/v1/payments";
/// The body that document 001 prints, of user 1.
const BODY: &str = r#"{"orderId":987654,"orderNo":"ORD202401160001","userId":1,"amount":237.00,"currency":"CNY","paymentMethod":"alipay","paymentChannel":"app","subject":"购买Java编程教程","description":"订单号：ORD202401160001","returnUrl":"https://app.example.com/payment/return","notifyUrl":"https://api.example.com/payment/notify","expireTime":30,"clientIp":"192.168.1.100","deviceInfo":{"deviceId":"device123","deviceType":"mobile","appVersion":"1.0.0"},"extraData":{"merchantId":"88","storeId":"store456"}}"#;
/// What is printed of it.
const CREATED: &str = r#"{"success":true,"responseCode":"SUCCESS","responseMessage":"支付创建成功","data":{"paymentId":"PAY202401160001","paymentNo":"PAY202401160001","orderId":987654,"orderNo":"ORD202401160001","userId":1,"amount":237.00,"currency":"CNY","paymentMethod":"alipay","paymentChannel":"app","status":"pending","subject":"购买Java编程教程","createTime":"2024-01-16T10:30:00","expireTime":"2024-01-16T11:00:00","paymentInfo":{"paymentUrl":"https://openapi.alipay.com/gateway.do?x=1","qrCodeUrl":"https://qr.alipay.com/bax08888","orderString":"alipay_sdk=a&charset=utf8","appId":"2021000000000000","partnerId":"2088000000000000"}}}"#;
const PAID: &str = r#"{"success":true,"responseCode":"SUCCESS","responseMessage":"查询成功","data":{"paymentId":"PAY202401160001","paymentNo":"PAY202401160001","orderId":987654,"orderNo":"ORD202401160001","status":"success","amount":237.00,"actualAmount":237.00,"paymentMethod":"alipay","paymentChannel":"app","thirdPartyTransactionId":"2024011622001465731234567890","paidTime":"2024-01-16T10:45:00","createTime":"2024-01-16T10:30:00","updateTime":"2024-01-16T10:45:00"}}"#;

async fn as_admin(stage: &Stage, path: &str, body: &str) -> Reply {
    let request = stage.request(Method::POST, path).header("authorization", stage.keys.admin(9));
    send(request.header("content-type", "application/json").body(body.to_owned())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_payment_prints_001_e01_and_passes_everything_on() {
    let stage = Stage::new().await;
    stage.fakes.on(ENSURE, |request: bill::EnsureExternalOrderRequest| {
        let expected = bill::EnsureExternalOrderRequest {
            order_no: "ORD202401160001".to_owned(),
            amount_minor: 23_700,
            subject: "购买Java编程教程".to_owned(),
            merchant_id: 88,
        };
        assert_eq!(request, expected);
        Ok(bill::EnsureExternalOrderResponse { order: Some(order()), is_new: true })
    });
    stage.fakes.on(CREATE, |request: payment::CreatePaymentRequest| {
        let device = r#"{"appVersion":"1.0.0","deviceId":"device123","deviceType":"mobile"}"#;
        let expected = payment::CreatePaymentRequest {
            order_id: 987_654,
            order_no: String::new(),
            method: By::Alipay.into(),
            channel: Channel::App.into(),
            expected_amount_minor: 23_700,
            currency: "CNY".to_owned(),
            return_url: "https://app.example.com/payment/return".to_owned(),
            notify_url: "https://api.example.com/payment/notify".to_owned(),
            client_ip: "192.168.1.100".to_owned(),
            device_json: device.to_owned(),
            extra_json: r#"{"merchantId":"88","storeId":"store456"}"#.to_owned(),
            description: "订单号：ORD202401160001".to_owned(),
            expire_minutes: 30,
            payment_password: String::new(),
        };
        let (device, extra): (Value, Value) = (
            serde_json::from_str(&request.device_json).unwrap(),
            serde_json::from_str(&request.extra_json).unwrap(),
        );
        assert_eq!(device, serde_json::from_str::<Value>(&expected.device_json).unwrap());
        assert_eq!(extra, serde_json::from_str::<Value>(&expected.extra_json).unwrap());
        let plain = payment::CreatePaymentRequest {
            device_json: expected.device_json.clone(),
            extra_json: expected.extra_json.clone(),
            ..request
        };
        assert_eq!(plain, expected);
        Ok(payment::CreatePaymentResponse { payment: Some(opened()), is_new: true })
    });
    let reply = stage.post(PAYMENTS, BODY).await;
    assert_eq!((reply.status, reply.text.as_str()), (200, CREATED));
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_and_channels_are_read_in_any_case_and_the_address_is_that_of_the_connection() {
    let stage = Stage::new().await;
    teach(&stage);
    stage.fakes.on(CREATE, |request: payment::CreatePaymentRequest| {
        assert_eq!((request.method(), request.channel()), (By::Unionpay, Channel::Qr));
        assert_eq!((request.client_ip.as_str(), request.expire_minutes), ("127.0.0.1", 0));
        let paid = payment::Payment { method: By::Unionpay.into(), channel: Channel::Qr.into(), ..opened() };
        Ok(payment::CreatePaymentResponse { payment: Some(paid), is_new: true })
    });
    let body = r#"{"orderId":1,"orderNo":"abc_DEF-1","userId":1,"amount":"237","paymentMethod":"BANK","paymentChannel":"Qr","subject":"x"}"#;
    let data = stage.post(PAYMENTS, body).await.json()["data"].clone();
    assert_eq!((&data["paymentMethod"], &data["paymentChannel"]), (&json!("bank"), &json!("qr")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_is_a_number_a_word_or_the_platform() {
    let stage = Stage::new().await;
    teach(&stage);
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let noted = std::sync::Arc::clone(&seen);
    stage.fakes.on(ENSURE, move |request: bill::EnsureExternalOrderRequest| {
        noted.lock().unwrap().push(request.merchant_id);
        Ok(bill::EnsureExternalOrderResponse { order: Some(order()), is_new: true })
    });
    for extra in
        [r#"{"merchantId":42}"#, r#"{"merchantId":"merchant123"}"#, r#"{"merchantId":"merchant123"}"#, "{}"]
    {
        let body = BODY.replace(r#"{"merchantId":"88","storeId":"store456"}"#, extra);
        assert_eq!(stage.post(PAYMENTS, &body).await.status, 200);
    }
    let seen = seen.lock().unwrap().clone();
    assert_eq!((seen[0], seen[3]), (42, 1));
    assert!(seen[1] > 1_000 && seen[1] == seen[2], "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_id_of_an_order_of_ours_must_be_its_own() {
    let stage = Stage::new().await;
    teach(&stage);
    stage.fakes.on(ENSURE, |_: bill::EnsureExternalOrderRequest| {
        let order = bill::Order { kind: OrderKind::Points.into(), ..order() };
        Ok(bill::EnsureExternalOrderResponse { order: Some(order), is_new: false })
    });
    assert_eq!(stage.post(PAYMENTS, BODY).await.status, 200);
    let reply = stage.post(PAYMENTS, &BODY.replace("987654", "5")).await;
    let message = "请求参数验证失败: orderId: must be the id of the order that orderNo names";
    reply.is_refused_in_payments(400, "VALIDATION_ERROR", message);
    assert_eq!(stage.fakes.calls(CREATE).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_out_of_the_balance_has_nothing_to_scan_and_passes_the_password_on() {
    let stage = Stage::new().await;
    teach(&stage);
    stage.fakes.on(CREATE, |request: payment::CreatePaymentRequest| {
        assert_eq!((request.method(), request.payment_password.as_str()), (By::Balance, "secret"));
        let payment = payment::Payment { method: By::Balance.into(), channel: Channel::Web.into(), ..paid() };
        Ok(payment::CreatePaymentResponse { payment: Some(payment), is_new: true })
    });
    let body = BODY
        .replace(r#""alipay""#, r#""balance""#)
        .replace(r#""expireTime":30"#, r#""paymentPassword":"secret""#);
    let data = stage.post(PAYMENTS, &body).await.json()["data"].clone();
    assert_eq!((&data["status"], &data["paymentInfo"]), (&json!("success"), &json!(null)));
    assert_eq!(data["paymentMethod"], "balance");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_reaches_both_services_and_a_replay_is_marked() {
    let stage = Stage::new().await;
    teach(&stage);
    let mut headers = HeaderMap::new();
    headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    stage.fakes.on_stream(CREATE, headers, |_: payment::CreatePaymentRequest| {
        Ok(vec![payment::CreatePaymentResponse { payment: Some(opened()), is_new: false }])
    });
    let request = stage.request(Method::POST, PAYMENTS).header("authorization", stage.keys.user(1));
    let request = request.header("content-type", "application/json").header("idempotency-key", "k1");
    let reply = send(request.header("accept-language", "en").body(BODY)).await;
    assert_eq!((reply.status, reply.header("idempotent-replayed")), (200, "true"));
    assert_eq!(reply.json()["responseMessage"], "payment created");
    for method in [ENSURE, CREATE] {
        assert_eq!(stage.fakes.calls(method)[0].headers["idempotency-key"], "k1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_prints_001_e02_by_number_and_by_id() {
    let stage = Stage::new().await;
    stage.fakes.on(GET, |request: payment::GetPaymentRequest| {
        let named = (request.payment_id, request.payment_no.as_str());
        assert!([(0, "PAY202401160001"), (77, "")].contains(&named), "{named:?}");
        Ok(payment::GetPaymentResponse { payment: Some(paid()), is_cached: request.payment_id == 77 })
    });
    for (number, cache) in [("PAY202401160001", "miss"), ("77", "hit"), ("77?userId=1", "hit")] {
        let reply = stage.get(&format!("{PAYMENTS}/{number}")).await;
        assert_eq!((reply.text.as_str(), reply.header("x-cache")), (PAID, cache));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_state_is_shown_as_the_checklist_says() {
    let stage = Stage::new().await;
    for (status, refunded_minor, word) in [
        (PaymentStatus::Pending, 0, "pending"),
        (PaymentStatus::Processing, 0, "pending"),
        (PaymentStatus::Success, 0, "success"),
        (PaymentStatus::Failed, 0, "failed"),
        (PaymentStatus::Cancelled, 0, "cancelled"),
        (PaymentStatus::Refunding, 0, "success"),
        (PaymentStatus::PartiallyRefunded, 8_900, "success"),
        (PaymentStatus::Refunded, 23_700, "refunded"),
    ] {
        teach_payment(&stage, payment::Payment { status: status.into(), refunded_minor, ..paid() }, false);
        let data = stage.get(&format!("{PAYMENTS}/77")).await.json()["data"].clone();
        assert_eq!(data["status"], word);
        assert_eq!(data.get("refundedAmount").is_some(), refunded_minor != 0, "{data}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_payment_shows_how_to_pay_it_and_nothing_that_did_not_come() {
    let stage = Stage::new().await;
    teach_payment(&stage, opened(), false);
    let data = stage.get(&format!("{PAYMENTS}/77")).await.json()["data"].clone();
    assert_eq!(data["paymentInfo"]["qrCodeUrl"], "https://qr.alipay.com/bax08888");
    for field in ["actualAmount", "thirdPartyTransactionId", "paidTime"] {
        assert_eq!(data[field], json!(null), "{field}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn giving_up_a_payment_prints_it_and_passes_the_reason_on() {
    let stage = Stage::new().await;
    stage.fakes.on(CANCEL, |request: payment::CancelPaymentRequest| {
        assert_eq!(
            (request.payment_no.as_str(), request.reason.as_str()),
            ("PAY202401160001", "用户主动取消")
        );
        let status = PaymentStatus::Cancelled.into();
        Ok(payment::CancelPaymentResponse {
            payment: Some(payment::Payment { status, handout: None, ..opened() }),
        })
    });
    let path = format!("{PAYMENTS}/PAY202401160001/cancel");
    let body = r#"{"userId":1,"cancelReason":"用户主动取消","operatorType":"user"}"#;
    let reply = stage.post(&path, body).await.json();
    assert_eq!(
        (&reply["responseMessage"], &reply["data"]["status"]),
        (&json!("支付取消成功"), &json!("cancelled"))
    );
    teach_payment(&stage, opened(), false);
    for kind in ["admin", "system", "user"] {
        let body = format!(r#"{{"userId":1,"cancelReason":"用户主动取消","operatorType":"{kind}"}}"#);
        assert_eq!(as_admin(&stage, &path, &body).await.status, 200, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_asks_for_what_was_wished_and_prints_a_page() {
    let stage = Stage::new().await;
    stage.fakes.on(LIST, |request: payment::ListPaymentsRequest| {
        let expected = payment::ListPaymentsRequest {
            page: Some(Request { number: 2, size: 5 }),
            user_id: 1,
            order_id: 987_654,
            payment_no: "20240116103000001".to_owned(),
            statuses: vec![
                PaymentStatus::Success.into(),
                PaymentStatus::Refunding.into(),
                PaymentStatus::PartiallyRefunded.into(),
            ],
            methods: vec![By::Alipay.into()],
            channels: vec![Channel::App.into()],
            amount_minor_min: 10_000,
            amount_minor_max: 100_000,
            order: payment::PaymentOrder::Amount.into(),
            ascending: true,
            ..payment::ListPaymentsRequest::default()
        };
        assert_eq!(request.from.unwrap().seconds, 1_704_038_400);
        assert_eq!(request.to.unwrap().seconds, 1_706_716_799);
        assert_eq!(payment::ListPaymentsRequest { from: None, to: None, ..request }, expected);
        let page = Some(Info { number: 2, size: 5, total_rows: 6 });
        Ok(payment::ListPaymentsResponse { payments: vec![paid()], page, is_cached: false })
    });
    let body = r#"{"pageNum":2,"pageSize":5,"userId":1,"orderId":987654,"paymentNo":"20240116103000001","status":"success","paymentMethod":"alipay","paymentChannel":"app","startTime":"2024-01-01T00:00:00","endTime":"2024-01-31T23:59:59","minAmount":100.00,"maxAmount":1000.00,"orderBy":"amount","orderDirection":"asc"}"#;
    let data = stage.post(&format!("{PAYMENTS}/query"), body).await.json()["data"].clone();
    assert_eq!((&data["total"], &data["pageNum"], &data["pages"]), (&json!(6), &json!(2), &json!(2)));
    let row = &data["list"][0];
    assert_eq!(
        (&row["paymentId"], &row["userId"], &row["status"]),
        (&json!("PAY202401160001"), &json!(1), &json!("success"))
    );
    assert_eq!((&row["actualAmount"], &row["refundedAmount"]), (&json!(237.00), &json!(0.00)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_without_wishes_is_the_newest_twenty() {
    let stage = Stage::new().await;
    stage.fakes.on(LIST, |request: payment::ListPaymentsRequest| {
        let expected = payment::ListPaymentsRequest {
            page: Some(Request { number: 1, size: 20 }),
            order: payment::PaymentOrder::CreateTime.into(),
            ..payment::ListPaymentsRequest::default()
        };
        assert_eq!(request, expected);
        let page = Some(Info { number: 1, size: 20, total_rows: 0 });
        Ok(payment::ListPaymentsResponse { payments: vec![], page, is_cached: false })
    });
    let reply = stage.post(&format!("{PAYMENTS}/query"), "{}").await;
    assert_eq!(
        reply.text,
        r#"{"success":true,"responseCode":"SUCCESS","responseMessage":"查询成功","data":{"list":[],"total":0,"pageNum":1,"pageSize":20,"pages":0}}"#
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recharge_is_an_order_and_answers_like_a_payment() {
    let stage = Stage::new().await;
    teach(&stage);
    stage.fakes.on(ORDER, |request: bill::CreateOrderRequest| {
        let what = bill::create_order_request::What::Recharge(bill::RechargeOrder { amount_minor: 10_000 });
        assert_eq!(request, bill::CreateOrderRequest { what: Some(what), expected_amount_minor: 10_000 });
        Ok(bill::CreateOrderResponse { order: Some(order()) })
    });
    stage.fakes.on(CREATE, |request: payment::CreatePaymentRequest| {
        assert_eq!((request.order_id, request.expected_amount_minor), (987_654, 10_000));
        assert_eq!(request.return_url, "https://app.example.com/wallet/recharge/return");
        Ok(payment::CreatePaymentResponse { payment: Some(opened()), is_new: true })
    });
    let body = r#"{"amount":100.00,"paymentMethod":"alipay","paymentChannel":"app","description":"钱包充值","returnUrl":"https://app.example.com/wallet/recharge/return"}"#;
    let reply = stage.post(&format!("{PAYMENTS}/wallet/1/recharge"), body).await;
    assert_eq!((reply.status, reply.text.as_str()), (200, CREATED));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_of_a_payment_is_printed_with_its_status() {
    let stage = Stage::new().await;
    teach(&stage);
    for (code, status, text) in [
        (Code::PaymentAmountError, 400, "支付金额错误"),
        (Code::PaymentExpired, 409, "支付已过期"),
        (Code::PaymentAlreadySuccess, 409, "支付已成功"),
        (Code::PaymentAlreadyCancelled, 409, "支付已取消"),
        (Code::PaymentStatusError, 409, "支付状态错误"),
        (Code::PaymentLimitExceeded, 400, "超出支付限额"),
        (Code::InsufficientBalance, 400, "余额不足"),
        (Code::PaymentPasswordError, 403, "支付密码错误"),
        (Code::AccountFrozen, 403, "账户被冻结"),
        (Code::RiskControlRejected, 403, "风控拒绝"),
        (Code::LockTimeout, 409, "资源正忙，请稍后重试"),
        (Code::IdempotencyConflict, 422, "幂等键已用于其他请求"),
    ] {
        stage.fakes.refuse(CREATE, Fault::new(code, "why"));
        let reply = stage.post(PAYMENTS, BODY).await;
        reply.is_refused_in_payments(status, code.as_str(), &format!("{text}: why"));
    }
    stage.fakes.refuse(CREATE, Fault::new(Code::ThirdPartyError, "10.0.0.1 said no"));
    let reply = stage.post(PAYMENTS, BODY).await;
    assert_eq!((reply.status, reply.code().as_str()), (502, "THIRD_PARTY_ERROR"));
    assert!(!reply.text.contains("10.0.0.1"));
    stage.fakes.refuse(ENSURE, Fault::not_found("order"));
    stage.post(PAYMENTS, BODY).await.is_refused_in_payments(404, "NOT_FOUND", "资源不存在: order not found");
    stage.fakes.refuse(GET, Fault::new(Code::PaymentNotFound, "payment not found"));
    let message = "支付记录不存在: payment not found";
    stage.get(&format!("{PAYMENTS}/77")).await.is_refused_in_payments(404, "PAYMENT_NOT_FOUND", message);
    for (code, status, text) in [
        (Code::RefundNotAllowed, 409, "不允许退款"),
        (Code::RefundAmountExceeded, 400, "退款金额超限"),
        (Code::PaymentStatusError, 409, "支付状态错误"),
    ] {
        stage.fakes.refuse(REFUND, Fault::new(code, "why"));
        let body = r#"{"refundAmount":1,"refundReason":"x","refundType":"full","operatorId":1,"operatorType":"user"}"#;
        let reply = stage.post(&format!("{PAYMENTS}/77/refund"), body).await;
        reply.is_refused_in_payments(status, code.as_str(), &format!("{text}: why"));
    }
}

//! Payments through Alipay, as document 002 prints them.

use fault::{Code, Fault};
use proto::{bill::v1 as bill, page::v1::Info, payment::v1 as payment};
use reqwest::Method;

use super::{
    paid::{CREATE, ENSURE, LIST, OF_ORDER, QUERY, REFUND, in_state, open, order, paid, refund},
    pay::CANCEL,
    stage::{Stage, send},
};

const ALIPAY: &str = "/api/v1/payment/alipay";
const NO: &str = "ORD20250115001";
const BODY: &str = r#"{"orderId":1,"orderNo":"ORD20250115001","subject":"商品名称","amount":99.99,"returnUrl":"http://example.com/return","notifyUrl":"http://example.com/notify"}"#;

fn said(message: &str, data: &str) -> (u16, String) {
    (200, format!(r#"{{"code":200,"message":"{message}","data":{data}}}"#))
}

/// Teaches that the order has this payment, and what asking the provider leads to.
fn teach(stage: &Stage, found: payment::Payment, asked: payment::Payment, was_asked: bool) {
    stage.fakes.on(OF_ORDER, move |request: payment::GetPaymentOfOrderRequest| {
        assert_eq!((request.order_id, request.order_no.as_str()), (0, NO));
        Ok(payment::GetPaymentOfOrderResponse { payment: Some(found.clone()) })
    });
    stage.fakes.on(QUERY, move |request: payment::QueryPaymentRequest| {
        assert_eq!((request.payment_id, request.payment_no.as_str()), (1, ""));
        Ok(payment::QueryPaymentResponse {
            payment: Some(asked.clone()),
            was_asked,
            provider_state: String::new(),
        })
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn creating_prints_002_e11() {
    let stage = Stage::new().await;
    stage.fakes.on(ENSURE, |request: bill::EnsureExternalOrderRequest| {
        let expected = bill::EnsureExternalOrderRequest {
            order_no: NO.to_owned(),
            amount_minor: 9_999,
            subject: "商品名称".to_owned(),
            merchant_id: 1,
        };
        assert_eq!(request, expected);
        Ok(bill::EnsureExternalOrderResponse { order: Some(order()), is_new: true })
    });
    stage.fakes.on(CREATE, |request: payment::CreatePaymentRequest| {
        assert_eq!((request.order_id, request.expected_amount_minor), (1, 9_999));
        assert_eq!((request.method(), request.channel()), (payment::Method::Alipay, payment::Channel::Web));
        let urls = [request.return_url.as_str(), request.notify_url.as_str()];
        assert!([["http://example.com/return", "http://example.com/notify"], ["", ""]].contains(&urls));
        Ok(payment::CreatePaymentResponse { payment: Some(open()), is_new: true })
    });
    let data =
        r#"{"paymentForm":"<form>...</form>","paymentUrl":"https://openapi.alipay.com/gateway.do?x=1"}"#;
    let curl = r#"{"orderId":1,"orderNo":"ORD20250115001","subject":"商品名称","amount":99.99}"#;
    for body in [BODY, curl] {
        let reply = stage.post(&format!("{ALIPAY}/create"), body).await;
        assert_eq!((reply.status, reply.text), said("支付订单创建成功", data));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_id_of_an_order_of_ours_must_be_its_own() {
    let stage = Stage::new().await;
    stage.fakes.on(ENSURE, |_: bill::EnsureExternalOrderRequest| {
        let known = bill::Order { id: 77, kind: bill::OrderKind::Membership.into(), ..order() };
        Ok(bill::EnsureExternalOrderResponse { order: Some(known), is_new: false })
    });
    let reply = stage.post(&format!("{ALIPAY}/create"), BODY).await;
    let rule = "must be the id of the order that orderNo names";
    reply.is_refused_in_admin(400, 400, &format!("请求参数验证失败: orderId: {rule}"));
    assert!(stage.fakes.calls(CREATE).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_that_is_not_the_orders_is_6003_and_a_strangers_order_6001() {
    let stage = Stage::new().await;
    let path = format!("{ALIPAY}/create");
    stage.fakes.refuse(ENSURE, Fault::new(Code::PaymentAmountError, "amount: must be 1.00"));
    stage.post(&path, BODY).await.is_refused_in_admin(400, 6003, "支付金额错误: amount: must be 1.00");
    stage.fakes.refuse(ENSURE, Fault::not_found("order"));
    stage.post(&path, BODY).await.is_refused_in_admin(404, 6001, "资源不存在: order not found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_is_told_in_the_words_of_alipay() {
    use payment::PaymentStatus as S;
    let stage = Stage::new().await;
    for (status, word, is_paid) in [
        (S::Pending, "WAIT_BUYER_PAY", false),
        (S::Processing, "WAIT_BUYER_PAY", false),
        (S::Success, "TRADE_SUCCESS", true),
        (S::Refunding, "TRADE_SUCCESS", true),
        (S::PartiallyRefunded, "TRADE_SUCCESS", true),
        (S::Refunded, "TRADE_CLOSED", false),
        (S::Failed, "TRADE_CLOSED", false),
        (S::Cancelled, "TRADE_CLOSED", false),
    ] {
        teach(&stage, open(), in_state(status), true);
        let reply = stage.get(&format!("{ALIPAY}/query/{NO}")).await;
        assert_eq!((reply.status, reply.text), said("查询成功", &format!(r#""{word}""#)));
        let reply = stage.get(&format!("{ALIPAY}/verify/{NO}")).await;
        let message = if is_paid { "支付成功" } else { "支付未完成" };
        assert_eq!((reply.status, reply.text), said(message, &is_paid.to_string()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alipay_that_does_not_answer_is_6006() {
    let stage = Stage::new().await;
    teach(&stage, open(), open(), false);
    for act in ["query", "verify"] {
        let reply = stage.get(&format!("{ALIPAY}/{act}/{NO}")).await;
        let body = reply.json();
        assert_eq!((reply.status, &body["code"]), (502, &6006.into()), "{}", reply.text);
        assert_eq!(body["message"], "第三方支付错误");
    }
    teach(&stage, paid(), paid(), false);
    let reply = stage.get(&format!("{ALIPAY}/query/{NO}")).await;
    assert_eq!((reply.status, reply.text), said("查询成功", r#""TRADE_SUCCESS""#));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_of_which_alipay_reported_another_amount_is_6003() {
    let stage = Stage::new().await;
    let frozen = payment::Payment { is_frozen: true, frozen_reason: "1.00".to_owned(), ..open() };
    teach(&stage, open(), frozen, false);
    for act in ["query", "verify"] {
        let reply = stage.get(&format!("{ALIPAY}/{act}/{NO}")).await;
        reply.is_refused_in_admin(400, 6003, "支付金额错误: alipay reported another amount");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_development_the_samples_without_a_token_are_answered() {
    let stage = Stage::new().await;
    teach(&stage, paid(), paid(), false);
    for (act, data) in [("query", r#""TRADE_SUCCESS""#), ("verify", "true")] {
        let reply = send(stage.request(Method::GET, &format!("{ALIPAY}/{act}/{NO}"))).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert!(reply.text.ends_with(&format!(r#""data":{data}}}"#)), "{}", reply.text);
    }
    let call = &stage.fakes.calls(OF_ORDER)[0];
    assert!(!call.headers.contains_key("authorization"));
    assert!(call.headers.contains_key("x-service-authorization"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_paid_otherwise_has_its_alipay_payment_all_the_same() {
    let stage = Stage::new().await;
    let wechat = payment::Payment { id: 2, method: payment::Method::Wechat.into(), ..open() };
    teach(&stage, wechat, paid(), true);
    stage.fakes.on(LIST, |request: payment::ListPaymentsRequest| {
        let alipay: i32 = payment::Method::Alipay.into();
        assert_eq!((request.order_no.as_str(), request.methods.as_slice()), (NO, [alipay].as_slice()));
        let page = Some(Info { number: 1, size: 1, total_rows: 1 });
        Ok(payment::ListPaymentsResponse { payments: vec![open()], page, is_cached: false })
    });
    let path = format!("{ALIPAY}/query/{NO}");
    assert_eq!(stage.get(&path).await.status, 200);
    let nobody = send(stage.request(Method::GET, &path)).await;
    nobody.is_refused_in_admin(404, 6001, "支付记录不存在: payment not found");
    stage.fakes.on(LIST, |_: payment::ListPaymentsRequest| {
        let page = Some(Info { number: 1, size: 1, total_rows: 0 });
        Ok(payment::ListPaymentsResponse { payments: Vec::new(), page, is_cached: false })
    });
    stage.get(&path).await.is_refused_in_admin(404, 6001, "支付记录不存在: payment not found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_true_once_it_went_and_false_while_it_waits() {
    use payment::RefundStatus as S;
    let stage = Stage::new().await;
    teach(&stage, paid(), paid(), false);
    for (status, message, data) in [
        (S::Processing, "退款处理完成", "true"),
        (S::Success, "退款处理完成", "true"),
        (S::WaitingApproval, "退款申请已提交，等待审核", "false"),
    ] {
        stage.fakes.on(REFUND, move |request: payment::CreateRefundRequest| {
            assert_eq!((request.payment_id, request.amount_minor), (1, 3_000));
            assert_eq!(request.reason, "不想要了");
            Ok(payment::CreateRefundResponse { refund: Some(refund(status)) })
        });
        let query = format!("outTradeNo={NO}&refundAmount=30.00&refundReason=不想要了");
        let reply = stage.post(&format!("{ALIPAY}/refund?{query}"), "").await;
        assert_eq!((reply.status, reply.text), said(message, data));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_gives_up_the_payment_and_says_when_it_is_too_late() {
    let stage = Stage::new().await;
    teach(&stage, open(), open(), false);
    stage.fakes.on(CANCEL, |request: payment::CancelPaymentRequest| {
        assert_eq!(request.payment_id, 1);
        Ok(payment::CancelPaymentResponse { payment: Some(in_state(payment::PaymentStatus::Cancelled)) })
    });
    let path = format!("{ALIPAY}/close/{NO}");
    let reply = stage.post(&path, "").await;
    assert_eq!((reply.status, reply.text), said("订单关闭成功", "true"));
    for (code, status, number) in [
        (Code::PaymentAlreadySuccess, 409, 6002),
        (Code::PaymentAlreadyCancelled, 409, 6002),
        (Code::ThirdPartyError, 502, 6006),
    ] {
        stage.fakes.refuse(CANCEL, Fault::new(code, "why"));
        let reply = stage.post(&path, "").await;
        assert_eq!((reply.status, &reply.json()["code"]), (status, &number.into()), "{}", reply.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_nobody_knows_has_no_payment() {
    let stage = Stage::new().await;
    stage.fakes.refuse(OF_ORDER, Fault::new(Code::PaymentNotFound, "payment not found"));
    let message = "支付记录不存在: payment not found";
    stage.get(&format!("{ALIPAY}/query/{NO}")).await.is_refused_in_admin(404, 6001, message);
    stage.get(&format!("{ALIPAY}/verify/{NO}")).await.is_refused_in_admin(404, 6001, message);
    stage.post(&format!("{ALIPAY}/close/{NO}"), "").await.is_refused_in_admin(404, 6001, message);
    let query = format!("outTradeNo={NO}&refundAmount=1&refundReason=x");
    let reply = stage.post(&format!("{ALIPAY}/refund?{query}"), "").await;
    reply.is_refused_in_admin(404, 6001, message);
}

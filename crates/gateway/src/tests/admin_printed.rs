//! Payments of the admin face, as document 002 prints them.

use std::sync::{Arc, Mutex};

use fault::{Code, Fault};
use proto::{bill::v1 as bill, page::v1::Info, payment::v1 as payment};
use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{
    paid::{
        CREATE, ENSURE, GET, GET_ORDER, LIST, OF_ORDER, REFUND, STATES, in_state, open, order, paid, refund,
    },
    stage::{Reply, Stage, send},
};

const DTO: &str = r#"{"id":1,"orderId":1,"orderNo":"ORD20250115001","userId":1,"amount":99.99,"currency":"CNY","paymentMethod":"ALIPAY","paymentChannel":"ALIPAY_PC","status":1,"transactionId":"2025011522001400001","paidAt":"2025-01-15T10:00:00Z","createdAt":"2025-01-15T09:50:00Z"}"#;
const SUCCESS: &str = "payment.v1.PaymentService/MarkSuccess";
const FAILED: &str = "payment.v1.PaymentService/MarkFailed";

/// Asks in the name of the administrator 9.
pub(crate) async fn admin(stage: &Stage, method: Method, path: &str, body: &str) -> Reply {
    let request = stage.request(method, path).header("authorization", stage.keys.admin(9));
    send(request.header("content-type", "application/json").body(body.to_owned())).await
}

fn said(message: &str, data: &str) -> String {
    format!(r#"{{"code":200,"message":"{message}","data":{data}}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_prints_002_m01() {
    let stage = Stage::new().await;
    stage.fakes.on(GET, |request: payment::GetPaymentRequest| {
        assert_eq!((request.payment_id, request.payment_no.as_str()), (1, ""));
        Ok(payment::GetPaymentResponse { payment: Some(paid()), is_cached: false })
    });
    stage.fakes.on(OF_ORDER, |request: payment::GetPaymentOfOrderRequest| {
        assert_eq!((request.order_id, request.order_no.as_str()), (7, ""));
        Ok(payment::GetPaymentOfOrderResponse { payment: Some(paid()) })
    });
    for path in ["/payments/1", "/payments/order/7"] {
        let reply = admin(&stage, Method::GET, path, "").await;
        assert_eq!((reply.status, reply.text), (200, said("查询成功", DTO)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_state_method_and_channel_has_its_number_and_names() {
    use payment::{Channel as C, Method as M};
    let stage = Stage::new().await;
    for (status, number, _) in STATES {
        stage.fakes.on(GET, move |_: payment::GetPaymentRequest| {
            Ok(payment::GetPaymentResponse { payment: Some(in_state(status)), is_cached: true })
        });
        let reply = admin(&stage, Method::GET, "/payments/1", "").await;
        assert_eq!(reply.json()["data"]["status"], number, "{status:?}");
    }
    for (method, channel, names) in [
        (M::Alipay, C::H5, ("ALIPAY", "ALIPAY_WAP")),
        (M::Alipay, C::App, ("ALIPAY", "ALIPAY_APP")),
        (M::Alipay, C::Qr, ("ALIPAY", "ALIPAY_QR")),
        (M::Wechat, C::Qr, ("WECHAT", "WECHAT_NATIVE")),
        (M::Wechat, C::H5, ("WECHAT", "WECHAT_H5")),
        (M::Wechat, C::App, ("WECHAT", "WECHAT_APP")),
        (M::Wechat, C::Web, ("WECHAT", "WECHAT")),
        (M::Unionpay, C::Web, ("UNION", "UNION")),
        (M::Balance, C::Unspecified, ("BALANCE", "BALANCE")),
    ] {
        stage.fakes.on(GET, move |_: payment::GetPaymentRequest| {
            let shown = payment::Payment { method: method.into(), channel: channel.into(), ..paid() };
            Ok(payment::GetPaymentResponse { payment: Some(shown), is_cached: true })
        });
        let data = admin(&stage, Method::GET, "/payments/1", "").await.json()["data"].clone();
        let printed = (data["paymentMethod"].as_str().unwrap(), data["paymentChannel"].as_str().unwrap());
        assert_eq!(printed, names);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_administrator_should_know_follows_the_printed_fields() {
    let stage = Stage::new().await;
    stage.fakes.on(GET, |_: payment::GetPaymentRequest| {
        let shown = payment::Payment {
            refunded_minor: 3_000,
            close_reason: "no".to_owned(),
            remark: "VIP".to_owned(),
            is_frozen: true,
            frozen_reason: "amount".to_owned(),
            ..paid()
        };
        Ok(payment::GetPaymentResponse { payment: Some(shown), is_cached: false })
    });
    let reply = admin(&stage, Method::GET, "/payments/1", "").await;
    let end = r#","refundedAmount":30.00,"failReason":"no","remark":"VIP","frozenReason":"amount"}}"#;
    assert!(reply.text.ends_with(end), "{}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_payments_has_records() {
    let stage = Stage::new().await;
    stage.fakes.on(LIST, |request: payment::ListPaymentsRequest| {
        let expected = payment::ListPaymentsRequest {
            page: Some(proto::page::v1::Request { number: 1, size: 10 }),
            ..payment::ListPaymentsRequest::default()
        };
        assert_eq!(request, expected);
        let page = Some(Info { number: 1, size: 10, total_rows: 11 });
        Ok(payment::ListPaymentsResponse { payments: vec![paid()], page, is_cached: false })
    });
    let reply = admin(&stage, Method::GET, "/payments", "").await;
    let data = format!(r#"{{"records":[{DTO}],"total":11,"page":1,"size":10,"pages":2}}"#);
    assert_eq!((reply.status, reply.text), (200, said("查询成功", &data)));
}

/// Lists payments and gives what the payment service was asked; none when it was not.
async fn asked(stage: &Stage, query: &str) -> Option<payment::ListPaymentsRequest> {
    let seen = Arc::new(Mutex::new(None));
    let place = Arc::clone(&seen);
    stage.fakes.on(LIST, move |request: payment::ListPaymentsRequest| {
        *place.lock().unwrap() = Some(request);
        let page = Some(Info { number: 1, size: 10, total_rows: 0 });
        Ok(payment::ListPaymentsResponse { payments: Vec::new(), page, is_cached: false })
    });
    let reply = admin(stage, Method::GET, &format!("/payments?{query}"), "").await;
    assert_eq!((reply.status, &reply.json()["data"]["total"]), (200, &0.into()), "{}", reply.text);
    seen.lock().unwrap().take()
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_by_number_reach_the_payment_service() {
    use payment::{Channel as C, Method as M};
    let stage = Stage::new().await;
    let request = asked(&stage, "page=3&size=100&userId=12").await.unwrap();
    assert_eq!(request.page.map(|page| (page.number, page.size)), Some((3, 100)));
    assert_eq!(request.user_id, 12);
    for number in 0..=5 {
        let wanted: Vec<i32> = STATES.iter().filter(|row| row.1 == number).map(|row| row.0.into()).collect();
        let mut statuses = asked(&stage, &format!("status={number}")).await.unwrap().statuses;
        statuses.sort_unstable();
        let mut expected = wanted.clone();
        expected.sort_unstable();
        assert_eq!(statuses, expected, "{number}");
    }
    for number in 6..=9 {
        assert_eq!(asked(&stage, &format!("status={number}&page=2")).await, None, "no payment has {number}");
    }
    for (number, method, channel) in [
        (0, None, None),
        (1, Some(M::Alipay), Some(C::Web)),
        (2, Some(M::Alipay), Some(C::H5)),
        (3, Some(M::Alipay), Some(C::App)),
        (4, Some(M::Alipay), Some(C::Qr)),
        (5, Some(M::Wechat), Some(C::Qr)),
        (6, Some(M::Wechat), Some(C::H5)),
        (7, Some(M::Wechat), Some(C::App)),
        (8, Some(M::Unionpay), None),
        (9, Some(M::Balance), None),
    ] {
        let request = asked(&stage, &format!("channel={number}")).await.unwrap();
        let method: Vec<i32> = method.into_iter().map(Into::into).collect();
        let channel: Vec<i32> = channel.into_iter().map(Into::into).collect();
        assert_eq!((request.methods, request.channels), (method, channel), "{number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_made_for_an_order_that_is_made_if_nobody_knows_it() {
    let stage = Stage::new().await;
    stage.fakes.on(ENSURE, |request: bill::EnsureExternalOrderRequest| {
        let expected = bill::EnsureExternalOrderRequest {
            order_no: "ORD20250115001".to_owned(),
            amount_minor: 9_999,
            subject: "ORD20250115001".to_owned(),
            merchant_id: 1,
        };
        assert_eq!(request, expected);
        Ok(bill::EnsureExternalOrderResponse { order: Some(order()), is_new: true })
    });
    stage.fakes.on(CREATE, |request: payment::CreatePaymentRequest| {
        assert_eq!((request.order_id, request.expected_amount_minor), (1, 9_999));
        assert_eq!((request.method(), request.channel()), (payment::Method::Alipay, payment::Channel::Web));
        assert_eq!((request.currency.as_str(), request.client_ip.as_str()), ("CNY", "127.0.0.1"));
        Ok(payment::CreatePaymentResponse { payment: Some(open()), is_new: true })
    });
    let body = r#"{"orderId":1,"orderNo":"ORD20250115001","userId":9,"amount":99.99,"currency":"CNY","paymentMethod":"ALIPAY","paymentChannel":"ALIPAY_PC","status":0}"#;
    let reply = admin(&stage, Method::POST, "/payments", body).await;
    let open = DTO.replace(
        r#""status":1,"transactionId":"2025011522001400001","paidAt":"2025-01-15T10:00:00Z""#,
        r#""status":0,"transactionId":null,"paidAt":null"#,
    );
    assert_eq!((reply.status, reply.text), (200, said("支付创建成功", &open)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_of_another_user_needs_an_order_that_is_his() {
    let stage = Stage::new().await;
    stage.fakes.on(GET_ORDER, |request: bill::GetOrderRequest| {
        assert_eq!((request.order_id, request.order_no.as_str()), (0, "ORD20250115001"));
        Ok(bill::GetOrderResponse { order: Some(order()) })
    });
    stage.fakes.on(CREATE, |request: payment::CreatePaymentRequest| {
        assert_eq!(request.channel(), payment::Channel::Qr);
        Ok(payment::CreatePaymentResponse { payment: Some(open()), is_new: true })
    });
    let body = |user_id: i64| {
        format!(
            r#"{{"orderNo":"ORD20250115001","userId":{user_id},"amount":"99.99","paymentMethod":"wechat"}}"#
        )
    };
    assert_eq!(admin(&stage, Method::POST, "/payments", &body(1)).await.status, 200);
    let reply = admin(&stage, Method::POST, "/payments", &body(2)).await;
    reply.is_refused_in_admin(400, 400, "请求参数验证失败: userId: must be the owner of the order");
    assert_eq!((stage.fakes.calls(ENSURE).len(), stage.fakes.calls(CREATE).len()), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remark_is_set_and_a_payment_hidden() {
    let stage = Stage::new().await;
    stage.fakes.on("payment.v1.PaymentService/SetRemark", |request: payment::SetRemarkRequest| {
        assert_eq!((request.payment_id, request.remark.as_str()), (1, "VIP"));
        let payment = Some(payment::Payment { remark: request.remark, ..paid() });
        Ok(payment::SetRemarkResponse { payment })
    });
    stage.fakes.on("payment.v1.PaymentService/DeletePayment", |request: payment::DeletePaymentRequest| {
        assert_eq!(request.payment_id, 1);
        Ok(payment::DeletePaymentResponse {})
    });
    let reply = admin(&stage, Method::PUT, "/payments/1", r#"{"remark":"VIP"}"#).await;
    let data = DTO.replace(r#"Z"}"#, r#"Z","remark":"VIP"}"#);
    assert_eq!((reply.status, reply.text), (200, said("支付更新成功", &data)));
    let reply = admin(&stage, Method::DELETE, "/payments/1", "").await;
    assert_eq!((reply.status, reply.text), (200, said("支付删除成功", "true")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_set_by_hand_prints_002_e07_and_e08() {
    let stage = Stage::new().await;
    stage.fakes.on(SUCCESS, |request: payment::MarkSuccessRequest| {
        assert_eq!(request.payment_id, 1);
        Ok(payment::MarkSuccessResponse { payment: Some(paid()) })
    });
    stage.fakes.on(FAILED, |request: payment::MarkFailedRequest| {
        assert!(["", "超时"].contains(&request.reason.as_str()));
        Ok(payment::MarkFailedResponse { payment: Some(in_state(payment::PaymentStatus::Failed)) })
    });
    let reply = admin(&stage, Method::POST, "/payments/1/success", "").await;
    assert_eq!((reply.status, reply.text), (200, said("支付成功处理完成", "true")));
    for path in ["/payments/1/fail", "/payments/1/fail?failReason=超时"] {
        let reply = admin(&stage, Method::POST, path, "").await;
        assert_eq!((reply.status, reply.text), (200, said("支付失败处理完成", "true")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_on_which_the_provider_insists_is_6002() {
    let stage = Stage::new().await;
    stage.fakes.on(SUCCESS, |_: payment::MarkSuccessRequest| {
        Ok(payment::MarkSuccessResponse { payment: Some(in_state(payment::PaymentStatus::Cancelled)) })
    });
    stage.fakes.on(FAILED, |_: payment::MarkFailedRequest| {
        Ok(payment::MarkFailedResponse { payment: Some(paid()) })
    });
    for act in ["success", "fail"] {
        let reply = admin(&stage, Method::POST, &format!("/payments/1/{act}"), "").await;
        reply.is_refused_in_admin(409, 6002, "支付状态错误: the provider says otherwise");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_prints_002_e09() {
    let stage = Stage::new().await;
    stage.fakes.on(REFUND, |request: payment::CreateRefundRequest| {
        assert_eq!((request.payment_id, request.amount_minor), (1, 9_999));
        assert!(["退款", "用户申请退款"].contains(&request.reason.as_str()), "{}", request.reason);
        Ok(payment::CreateRefundResponse { refund: Some(refund(payment::RefundStatus::Processing)) })
    });
    for query in ["refundAmount=99.99&refundReason=用户申请退款", "refundAmount=99.99"] {
        let reply = admin(&stage, Method::POST, &format!("/payments/1/refund?{query}"), "").await;
        assert_eq!((reply.status, reply.text), (200, said("退款处理完成", "true")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_curl_sample_of_a_refund_is_understood_as_curl_sends_it() {
    let stage = Stage::new().await;
    stage.fakes.on(REFUND, |request: payment::CreateRefundRequest| {
        assert_eq!((request.amount_minor, request.reason.as_str()), (9_999, "用户申请退款"));
        Ok(payment::CreateRefundResponse { refund: Some(refund(payment::RefundStatus::Processing)) })
    });
    let mut stream = tokio::net::TcpStream::connect(stage.addresses.http).await.unwrap();
    let head = format!(
        "POST /payments/1/refund?refundAmount=99.99&refundReason=用户申请退款 HTTP/1.1\r\nhost: x\r\n\
         authorization: {}\r\nconnection: close\r\n\r\n",
        stage.keys.admin(9)
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.ends_with(&said("退款处理完成", "true")), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_the_provider_refuses_is_6006_and_tells_nothing_of_the_inside() {
    let stage = Stage::new().await;
    stage.fakes.on(REFUND, |_: payment::CreateRefundRequest| {
        let failed = payment::Refund {
            failure: "ACQ.SELLER_BALANCE_NOT_ENOUGH".to_owned(),
            ..refund(payment::RefundStatus::Failed)
        };
        Ok(payment::CreateRefundResponse { refund: Some(failed) })
    });
    let reply = admin(&stage, Method::POST, "/payments/1/refund?refundAmount=1", "").await;
    assert_eq!((reply.status, &reply.json()["code"]), (502, &6006.into()));
    assert!(!reply.text.contains("BALANCE"), "{}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_number_of_document_002_is_reached_by_its_cause() {
    let stage = Stage::new().await;
    let path = "/payments/1/refund?refundAmount=1";
    for (code, status, number, text) in [
        (Code::PaymentNotFound, 404, 6001, "支付记录不存在: why"),
        (Code::NotFound, 404, 6001, "资源不存在: why"),
        (Code::PaymentStatusError, 409, 6002, "支付状态错误: why"),
        (Code::PaymentExpired, 409, 6002, "支付已过期: why"),
        (Code::PaymentAlreadySuccess, 409, 6002, "支付已成功: why"),
        (Code::PaymentAlreadyCancelled, 409, 6002, "支付已取消: why"),
        (Code::RefundNotAllowed, 409, 6002, "不允许退款: why"),
        (Code::PaymentAmountError, 400, 6003, "支付金额错误: why"),
        (Code::InsufficientBalance, 400, 6003, "余额不足: why"),
        (Code::PaymentLimitExceeded, 400, 6003, "超出支付限额: why"),
        (Code::RiskControlRejected, 403, 6004, "风控拒绝: why"),
        (Code::RefundAmountExceeded, 400, 6005, "退款金额超限: why"),
        (Code::Forbidden, 403, 403, "权限不足: why"),
        (Code::AccountFrozen, 403, 403, "账户被冻结: why"),
        (Code::LockTimeout, 409, 409, "资源正忙，请稍后重试: why"),
        (Code::IdempotencyConflict, 422, 422, "幂等键已用于其他请求: why"),
    ] {
        stage.fakes.refuse(REFUND, Fault::new(code, "why"));
        admin(&stage, Method::POST, path, "").await.is_refused_in_admin(status, number, text);
    }
    stage.fakes.refuse(REFUND, Fault::new(Code::ThirdPartyError, "why"));
    let reply = admin(&stage, Method::POST, path, "").await;
    let body = reply.json();
    assert_eq!((reply.status, &body["code"], &body["data"]), (502, &6006.into(), &().into()));
    assert_eq!(body["message"], "第三方支付错误");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_a_service_names_the_fields_of_this_face() {
    let stage = Stage::new().await;
    for (theirs, number, ours) in [
        ("amount_minor", 6003, "支付金额错误: refundAmount"),
        ("reason", 400, "请求参数验证失败: refundReason"),
    ] {
        stage.fakes.refuse(REFUND, Fault::validation(theirs, "must be better"));
        let reply = admin(&stage, Method::POST, "/payments/1/refund?refundAmount=1", "").await;
        reply.is_refused_in_admin(400, number, &format!("{ours}: must be better"));
    }
    stage.fakes.refuse(FAILED, Fault::validation("reason", "must be shorter"));
    let reply = admin(&stage, Method::POST, "/payments/1/fail", "").await;
    reply.is_refused_in_admin(400, 400, "请求参数验证失败: failReason: must be shorter");
    stage.fakes.refuse(LIST, Fault::validation("page.size", "must be less"));
    let reply = admin(&stage, Method::GET, "/payments", "").await;
    reply.is_refused_in_admin(400, 400, "请求参数验证失败: size: must be less");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_face_speaks_english_on_request() {
    let stage = Stage::new().await;
    stage.fakes.on(SUCCESS, |_: payment::MarkSuccessRequest| {
        Ok(payment::MarkSuccessResponse { payment: Some(paid()) })
    });
    let request = stage.request(Method::POST, "/payments/1/success").header("accept-language", "en");
    let reply = send(request.header("authorization", stage.keys.admin(9))).await;
    assert_eq!(reply.text, said("payment marked as successful", "true"));
}

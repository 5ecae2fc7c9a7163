//! Paying a bill's share, approving refunds, and the list of exceptions, in the envelope of the dorm face.

use fault::{Code, Fault};
use proto::{
    bill::v1::{self as bill, create_order_request::What},
    page::v1::Info,
    payment::v1 as payment,
};
use reqwest::Method;

use super::{
    admin_printed::admin,
    paid::{CREATE, CREATE_ORDER, at, in_state, open, order, paid, refund},
    pay::LIST_REFUNDS,
    stage::{Stage, send},
};

const PAY: &str = "/api/bills/7/pay";
const BODY: &str = r#"{"split_id":3,"payment_method":"alipay","payment_channel":"qr"}"#;
const REFUND_JSON: &str = r#"{"id":5,"refund_no":"REF20250115190000ABC123","payment_id":1,"payment_no":"PAY20250115175000ABC123","order_id":1,"order_no":"ORD20250115001","user_id":1,"amount":30.00,"currency":"CNY","status":"STATUS","reason":"不想要了","operator_id":1,"is_automatic":false,"created_at":"2025-01-15T11:00:00.000Z","updated_at":"2025-01-15T11:00:00.000Z"}"#;
const APPROVE: &str = "payment.v1.PaymentService/ApproveRefund";
const REJECT: &str = "payment.v1.PaymentService/RejectRefund";
const EXCEPTIONS: &str = "payment.v1.PaymentService/ListExceptions";

fn share() -> bill::Order {
    let kind = bill::OrderKind::BillShare.into();
    let subject = "测试账单".to_owned();
    bill::Order { kind, subject, bill_id: 7, split_id: 3, room_id: 2, ..order() }
}

fn teach(stage: &Stage, made: payment::Payment) {
    stage.fakes.on(CREATE_ORDER, |request: bill::CreateOrderRequest| {
        let what = What::BillShare(bill::ShareOrder { bill_id: 7, split_id: 3 });
        assert_eq!((request.what, request.expected_amount_minor), (Some(what), 0));
        Ok(bill::CreateOrderResponse { order: Some(share()) })
    });
    stage.fakes.on(CREATE, move |request: payment::CreatePaymentRequest| {
        assert_eq!((request.order_id, request.expected_amount_minor), (1, 9_999));
        assert_eq!(request.client_ip, "127.0.0.1");
        Ok(payment::CreatePaymentResponse { payment: Some(made.clone()), is_new: true })
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn paying_a_share_gives_an_order_and_what_the_payer_needs() {
    let stage = Stage::new().await;
    let handout = payment::Handout {
        qr_code: "https://qr.alipay.com/bax0".to_owned(),
        expires_at: at(10, 5),
        ..payment::Handout::default()
    };
    let channel = payment::Channel::Qr.into();
    teach(&stage, payment::Payment { channel, handout: Some(handout), ..open() });
    let reply = stage.post(PAY, BODY).await;
    assert_eq!(
        reply.text,
        r#"{"success":true,"data":{"order":{"id":1,"order_no":"ORD20250115001","bill_id":7,"split_id":3,"room_id":2,"subject":"测试账单","amount":99.99,"currency":"CNY","status":"pending","created_at":"2025-01-15T09:50:00.000Z","expires_at":"2025-01-15T10:20:00.000Z"},"payment":{"id":1,"payment_no":"PAY20250115175000ABC123","order_id":1,"order_no":"ORD20250115001","user_id":1,"amount":99.99,"currency":"CNY","payment_method":"alipay","payment_channel":"qr","status":"processing","qr_code":"https://qr.alipay.com/bax0","qr_code_expires_at":"2025-01-15T10:05:00.000Z","created_at":"2025-01-15T09:50:00.000Z","expires_at":"2025-01-15T10:05:00.000Z"}},"message":"账单支付创建成功"}"#
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_and_channels_are_taken_in_any_case_and_have_a_usual_channel() {
    use payment::{Channel as C, Method as M};
    let stage = Stage::new().await;
    teach(&stage, open());
    for (words, method, channel) in [
        (r#""payment_method":"Alipay""#, M::Alipay, C::Qr),
        (r#""payment_method":"WECHAT""#, M::Wechat, C::Qr),
        (r#""payment_method":"bank""#, M::Unionpay, C::Web),
        (r#""payment_method":"balance""#, M::Balance, C::Web),
        (r#""payment_method":"wechat","payment_channel":"H5""#, M::Wechat, C::H5),
        (r#""payment_method":"alipay","payment_channel":"app""#, M::Alipay, C::App),
    ] {
        stage.fakes.on(CREATE, move |request: payment::CreatePaymentRequest| {
            assert_eq!((request.method(), request.channel()), (method, channel));
            Ok(payment::CreatePaymentResponse { payment: Some(open()), is_new: true })
        });
        let reply = stage.post(PAY, &format!(r#"{{"split_id":3,{words}}}"#)).await;
        assert_eq!(reply.status, 200, "{words}: {}", reply.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_paid_out_of_the_balance_shows_its_order_paid_at_once() {
    let stage = Stage::new().await;
    teach(&stage, paid());
    stage.fakes.on(CREATE, |request: payment::CreatePaymentRequest| {
        assert_eq!(request.payment_password, "encrypted");
        Ok(payment::CreatePaymentResponse { payment: Some(paid()), is_new: true })
    });
    let body = r#"{"split_id":3,"payment_method":"balance","payment_password":"encrypted"}"#;
    let data = stage.post(PAY, body).await.json()["data"].clone();
    assert_eq!((&data["order"]["status"], &data["payment"]["status"]), (&"paid".into(), &"success".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_share_may_not_is_told_as_the_services_say() {
    let stage = Stage::new().await;
    for (code, status) in
        [(Code::NotFound, 404), (Code::StateConflict, 409), (Code::PaymentAlreadySuccess, 409)]
    {
        stage.fakes.refuse(CREATE_ORDER, Fault::new(code, "why"));
        stage.post(PAY, BODY).await.is_refused(status, code.as_str(), "why");
    }
    teach(&stage, open());
    for (theirs, ours) in [
        ("method", "payment_method"),
        ("channel", "payment_channel"),
        ("paymentMethod", "payment_method"),
        ("payment_password", "payment_password"),
    ] {
        stage.fakes.refuse(CREATE, Fault::validation(theirs, "must be better"));
        let detail = format!("{ours}: must be better");
        stage.post(PAY, BODY).await.is_refused(400, "VALIDATION_ERROR", &detail);
    }
    stage.fakes.refuse(CREATE, Fault::new(Code::PaymentPasswordError, "payment_password: is wrong"));
    stage.post(PAY, BODY).await.is_refused(403, "PAYMENT_PASSWORD_ERROR", "payment_password: is wrong");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_to_a_payment_of_a_share_is_named() {
    let stage = Stage::new().await;
    let words = "must be one of alipay, wechat, bank, balance";
    for (body, detail) in [
        (r#"{"payment_method":"alipay"}"#, "split_id: is required"),
        (r#"{"split_id":3}"#, "payment_method: is required"),
        (r#"{"split_id":0,"payment_method":"alipay"}"#, "split_id: must be a positive whole number"),
        (r#"{"split_id":3,"payment_method":"cash"}"#, &format!("payment_method: {words}")),
        (r#"{"split_id":3,"payment_method":null}"#, "payment_method: must be a string"),
        (
            r#"{"split_id":3,"payment_method":"alipay","payment_channel":"pc"}"#,
            "payment_channel: must be one of app, web, h5, qr",
        ),
        (r#"{"split_id":3,"payment_method":"alipay","amount":1}"#, "amount: is not a known field"),
        (r#"{"splitId":3,"payment_method":"alipay"}"#, "splitId: is not a known field"),
        (r#"{"split_id":3,"split_id":4,"payment_method":"alipay"}"#, "split_id: is given more than once"),
    ] {
        stage.post(PAY, body).await.is_refused(400, "VALIDATION_ERROR", detail);
    }
    let reply = stage.post("/api/bills/x/pay", BODY).await;
    reply.is_refused(400, "VALIDATION_ERROR", "id: must be a positive whole number");
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_waits_is_approved_or_rejected_by_its_id_or_number() {
    use payment::RefundStatus as S;
    let stage = Stage::new().await;
    stage.fakes.on("payment.v1.PaymentService/GetRefund", |request: payment::GetRefundRequest| {
        let named = (request.refund_id, request.refund_no.as_str());
        assert_eq!(named, (0, "REF20250115190000ABC123"));
        Ok(payment::GetRefundResponse { refund: Some(refund(S::WaitingApproval)) })
    });
    stage.fakes.on(APPROVE, |request: payment::ApproveRefundRequest| {
        assert_eq!(request.refund_id, 5);
        Ok(payment::ApproveRefundResponse { refund: Some(refund(S::Processing)) })
    });
    stage.fakes.on(REJECT, |request: payment::RejectRefundRequest| {
        assert_eq!((request.refund_id, request.reason.as_str()), (5, "太晚了"));
        Ok(payment::RejectRefundResponse { refund: Some(refund(S::Failed)) })
    });
    for id in ["5", "REF20250115190000ABC123"] {
        let path = format!("/api/admin/refunds/{id}");
        let reply = admin(&stage, Method::POST, &format!("{path}/approve"), "").await;
        let data = REFUND_JSON.replace("STATUS", "processing");
        assert_eq!(reply.text, format!(r#"{{"success":true,"data":{data},"message":"退款审批通过"}}"#));
        let reply = admin(&stage, Method::POST, &format!("{path}/reject"), r#"{"reason":"太晚了"}"#).await;
        let data = REFUND_JSON.replace("STATUS", "failed");
        assert_eq!(reply.text, format!(r#"{{"success":true,"data":{data},"message":"退款已驳回"}}"#));
    }
    stage.fakes.refuse(APPROVE, Fault::new(Code::PaymentStatusError, "the refund does not wait"));
    let reply = admin(&stage, Method::POST, "/api/admin/refunds/5/approve", "").await;
    reply.is_refused(409, "PAYMENT_STATUS_ERROR", "the refund does not wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_are_listed_by_their_state() {
    use payment::RefundStatus as S;
    let stage = Stage::new().await;
    for (query, status) in [
        ("", None),
        ("?status=waiting_approval", Some(S::WaitingApproval)),
        ("?status=processing", Some(S::Processing)),
        ("?status=success", Some(S::Success)),
        ("?status=failed", Some(S::Failed)),
    ] {
        stage.fakes.on(LIST_REFUNDS, move |request: payment::ListRefundsRequest| {
            let wanted: Vec<i32> = status.into_iter().map(Into::into).collect();
            assert_eq!(request.statuses, wanted);
            let page = Some(Info { number: 1, size: 10, total_rows: 1 });
            Ok(payment::ListRefundsResponse { refunds: vec![refund(S::WaitingApproval)], page })
        });
        let reply = admin(&stage, Method::GET, &format!("/api/admin/refunds{query}"), "").await;
        let data = REFUND_JSON.replace("STATUS", "waiting_approval");
        let page = r#"{"page":1,"limit":10,"total":1,"totalPages":1}"#;
        assert_eq!(reply.text, format!(r#"{{"success":true,"data":[{data}],"pagination":{page}}}"#));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exceptions_show_the_payment_and_its_automatic_refund() {
    use payment::ExceptionReason as R;
    let stage = Stage::new().await;
    for (reason, word) in
        [(R::Frozen, "frozen"), (R::Late, "late"), (R::Double, "double"), (R::Mismatch, "mismatch")]
    {
        stage.fakes.on(EXCEPTIONS, move |request: payment::ListExceptionsRequest| {
            assert_eq!((request.reason(), request.open_only), (reason, true));
            assert_eq!(request.page.map(|page| (page.number, page.size)), Some((2, 5)));
            let entry = payment::ExceptionEntry {
                id: 8,
                reason: reason.into(),
                payment: Some(in_state(payment::PaymentStatus::Cancelled)),
                amount_minor: 3_000,
                detail: "the order was over".to_owned(),
                refund: Some(refund(payment::RefundStatus::Success)),
                is_resolved: true,
                created_at: at(12, 0),
            };
            let page = Some(Info { number: 2, size: 5, total_rows: 6 });
            Ok(payment::ListExceptionsResponse { entries: vec![entry], page })
        });
        let query = format!("reason={word}&open_only=true&page=2&limit=5");
        let reply = admin(&stage, Method::GET, &format!("/api/admin/payment-exceptions?{query}"), "").await;
        let start = format!(
            r#"{{"success":true,"data":[{{"id":8,"reason":"{word}","amount":30.00,"detail":"the order was over","is_resolved":true,"created_at":"2025-01-15T12:00:00.000Z","payment":{{"id":1,"#
        );
        assert!(reply.text.starts_with(&start), "{}", reply.text);
        let row = reply.json()["data"][0].clone();
        assert_eq!((&row["payment"]["status"], &row["refund"]["id"]), (&"cancelled".into(), &5.into()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_of_operators_is_named() {
    let stage = Stage::new().await;
    for (path, detail) in [
        ("payment-exceptions?reason=odd", "reason: must be one of frozen, late, double, mismatch"),
        ("payment-exceptions?open_only=1", "open_only: must be true or false"),
        ("payment-exceptions?limit=101", "limit: must be from 1 to 100"),
        ("payment-exceptions?page=0", "page: must be at least 1"),
        ("refunds?status=open", "status: must be one of waiting_approval, processing, success, failed"),
        ("refunds?user_id=1", "user_id: is not a known field"),
    ] {
        let reply = admin(&stage, Method::GET, &format!("/api/admin/{path}"), "").await;
        reply.is_refused(400, "VALIDATION_ERROR", detail);
    }
    let path = "/api/admin/refunds/5/reject";
    for (body, detail) in [
        ("{}", "reason: is required"),
        (r#"{"reason":"x","status":"failed"}"#, "status: is not a known field"),
    ] {
        admin(&stage, Method::POST, path, body).await.is_refused(400, "VALIDATION_ERROR", detail);
    }
    let reply = admin(&stage, Method::POST, "/api/admin/refunds/x/approve", "").await;
    let rule = "must be an id, or 6 to 32 of the characters 0-9, A-Z, a-z, _ and -";
    reply.is_refused(400, "VALIDATION_ERROR", &format!("id: {rule}"));
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn paying_a_share_is_told_in_english_on_request() {
    let stage = Stage::new().await;
    teach(&stage, open());
    let request = stage.request(Method::POST, PAY).header("authorization", stage.keys.user(1));
    let request = request.header("accept-language", "en").header("content-type", "application/json");
    assert_eq!(send(request.body(BODY)).await.json()["message"], "bill payment begun");
}

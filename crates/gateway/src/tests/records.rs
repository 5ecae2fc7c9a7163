//! Kept lists say so in `X-Cache`; frozen payments go on when an operator says so.

use fault::{Code, Fault};
use proto::{page::v1::Info, payment::v1 as payment};
use reqwest::Method;

use super::{
    admin_printed::admin,
    paid::{LIST, in_state, open},
    stage::{Stage, send},
};

const UNFREEZE: &str = "payment.v1.PaymentService/UnfreezePayment";
const PATH: &str = "/api/admin/payments/1/unfreeze";
const BODY: &str = r#"{"reason":"已与支付宝核对"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_payments_says_whether_it_came_out_of_the_cache() {
    let stage = Stage::new().await;
    for (is_cached, word) in [(false, "miss"), (true, "hit")] {
        stage.fakes.on(LIST, move |_: payment::ListPaymentsRequest| {
            let page = Some(Info { number: 1, size: 10, total_rows: 1 });
            Ok(payment::ListPaymentsResponse { payments: vec![open()], page, is_cached })
        });
        let listed = stage.post("/api/v1/payments/query", "{}").await;
        assert_eq!((listed.status, listed.header("x-cache")), (200, word));
        let listed = stage.get("/api/billing/payments").await;
        assert_eq!(
            (listed.status, listed.header("x-cache"), listed.header("x-total-count")),
            (200, word, "1")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_payment_goes_on_by_its_id_or_number() {
    let stage = Stage::new().await;
    for (id, named) in [("1", (1, "")), ("PAY202401160001", (0, "PAY202401160001"))] {
        stage.fakes.on(UNFREEZE, move |request: payment::UnfreezePaymentRequest| {
            assert_eq!((request.payment_id, request.payment_no.as_str()), named);
            assert_eq!(request.reason, "已与支付宝核对");
            let payment = Some(in_state(payment::PaymentStatus::Success));
            Ok(payment::UnfreezePaymentResponse { payment })
        });
        let reply = admin(&stage, Method::POST, &format!("/api/admin/payments/{id}/unfreeze"), BODY).await;
        let all = reply.json();
        assert_eq!((reply.status, &all["message"]), (200, &"支付解冻成功".into()));
        assert_eq!((&all["data"]["id"], &all["data"]["status"]), (&1.into(), &"success".into()));
    }
    for (code, status) in
        [(Code::PaymentStatusError, 409), (Code::PaymentAmountError, 400), (Code::ThirdPartyError, 502)]
    {
        stage.fakes.refuse(UNFREEZE, Fault::new(code, "why"));
        let reply = admin(&stage, Method::POST, PATH, BODY).await;
        assert_eq!((reply.status, reply.code().as_str()), (status, code.as_str()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unfreezing_is_for_operators_who_say_why() {
    let stage = Stage::new().await;
    for (body, detail) in [
        ("{}", "reason: is required"),
        (r#"{"reason":7}"#, "reason: must be a string"),
        (r#"{"reason":"x","status":"success"}"#, "status: is not a known field"),
    ] {
        admin(&stage, Method::POST, PATH, body).await.is_refused(400, "VALIDATION_ERROR", detail);
    }
    assert_eq!(stage.post(PATH, BODY).await.status, 403);
    let request = stage.request(Method::POST, PATH).header("content-type", "application/json");
    let request = request.header("authorization", stage.keys.admin(1)).header("accept-language", "en");
    stage.fakes.on(UNFREEZE, |_: payment::UnfreezePaymentRequest| {
        Ok(payment::UnfreezePaymentResponse { payment: Some(open()) })
    });
    assert_eq!(send(request.body(BODY)).await.json()["message"], "payment unfrozen");
}

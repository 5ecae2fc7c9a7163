//! Refunds, as document 001 prints them.

use proto::{
    page::v1::{Info, Request},
    payment::v1::{self as payment, OperatorType, RefundStatus, RefundType},
};
use reqwest::Method;
use serde_json::json;

use super::{
    pay::{GET_REFUND, LIST_REFUNDS, REFUND, minute, refund},
    stage::{Reply, Stage, send},
};

const PAYMENTS: &str = "/api/v1/payments";
const REFUNDED: &str = r#"{"success":true,"responseCode":"SUCCESS","responseMessage":"退款申请成功","data":{"refundId":"REF202401160001","refundNo":"REF202401160001","paymentId":"PAY202401160001","orderId":987654,"refundAmount":89.00,"refundReason":"商品质量问题","refundType":"partial","status":"processing","operatorId":9,"operatorType":"merchant","createTime":"2024-01-16T14:00:00","estimatedTime":"2024-01-17T14:00:00"}}"#;

async fn as_admin(stage: &Stage, path: &str, body: &str) -> Reply {
    let request = stage.request(Method::POST, path).header("authorization", stage.keys.admin(9));
    send(request.header("content-type", "application/json").body(body.to_owned())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_prints_001_e07_and_passes_everything_on() {
    let stage = Stage::new().await;
    stage.fakes.on(REFUND, |request: payment::CreateRefundRequest| {
        let expected = payment::CreateRefundRequest {
            payment_id: 0,
            payment_no: "PAY202401160001".to_owned(),
            amount_minor: 8_900,
            r#type: RefundType::Partial.into(),
            reason: "商品质量问题".to_owned(),
            description: "用户申请部分退款".to_owned(),
            operator_type: OperatorType::Merchant.into(),
            notify_url: "https://api.example.com/refund/notify".to_owned(),
            extra_json: r#"{"returnOrderId":"RET202401160001"}"#.to_owned(),
        };
        assert_eq!(request, expected);
        Ok(payment::CreateRefundResponse { refund: Some(refund()) })
    });
    let body = r#"{"refundAmount":89.00,"refundReason":"商品质量问题","refundType":"partial","operatorId":9,"operatorType":"merchant","description":"用户申请部分退款","notifyUrl":"https://api.example.com/refund/notify","extraData":{"returnOrderId":"RET202401160001"}}"#;
    let reply = as_admin(&stage, &format!("{PAYMENTS}/PAY202401160001/refund"), body).await;
    assert_eq!((reply.status, reply.text.as_str()), (200, REFUNDED));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_waits_is_shown_processing_and_one_that_failed_says_why() {
    let stage = Stage::new().await;
    for (status, failure, word) in [
        (RefundStatus::WaitingApproval, "", "processing"),
        (RefundStatus::Processing, "", "processing"),
        (RefundStatus::Success, "", "success"),
        (RefundStatus::Failed, "rejected", "failed"),
    ] {
        stage.fakes.on(GET_REFUND, move |request: payment::GetRefundRequest| {
            assert_eq!(request.refund_no, "REF202401160001");
            let found = payment::Refund {
                status: status.into(),
                failure: failure.to_owned(),
                finished_at: Some(minute(211)),
                ..refund()
            };
            Ok(payment::GetRefundResponse { refund: Some(found) })
        });
        let data = stage.get(&format!("{PAYMENTS}/refunds/REF202401160001")).await.json()["data"].clone();
        assert_eq!(data["status"], word);
        let why = if failure.is_empty() { json!(null) } else { json!(failure) };
        assert_eq!((&data["failReason"], &data["finishTime"]), (&why, &json!("2024-01-16T14:01:00")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_are_listed_by_payment_state_and_type() {
    let stage = Stage::new().await;
    stage.fakes.on(LIST_REFUNDS, |request: payment::ListRefundsRequest| {
        let expected = payment::ListRefundsRequest {
            page: Some(Request { number: 1, size: 20 }),
            user_id: 1,
            payment_no: "PAY202401160001".to_owned(),
            statuses: vec![RefundStatus::Success.into()],
            r#type: RefundType::Partial.into(),
            ..payment::ListRefundsRequest::default()
        };
        assert_eq!(payment::ListRefundsRequest { from: None, to: None, ..request }, expected);
        let page = Some(Info { number: 1, size: 20, total_rows: 1 });
        Ok(payment::ListRefundsResponse { refunds: vec![refund()], page })
    });
    let body = r#"{"pageNum":1,"pageSize":20,"userId":1,"paymentId":"PAY202401160001","status":"success","refundType":"partial","startTime":"2024-01-01T00:00:00","endTime":"2024-01-31T23:59:59","orderBy":"createTime","orderDirection":"DESC"}"#;
    let data = stage.post(&format!("{PAYMENTS}/refunds/query"), body).await.json()["data"].clone();
    assert_eq!((&data["total"], &data["list"][0]["refundAmount"]), (&json!(1), &json!(89.00)));
}

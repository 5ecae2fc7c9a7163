//! Faults: of notifications and of requests, each as asked for and no more often.

use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};
use wire::Error;

use super::{Inbox, Merchant, Stage, merchant::Mode};

const NATIVE: &str = "/v3/pay/transactions/native";

/// Begins an order at WeChat Pay.
async fn begun(stage: &Stage, number: &str, inbox: &Inbox) -> Merchant {
    let merchant = Merchant::new(stage, Mode::Key);
    let order = merchant.order(number, 8_888, &inbox.url);
    assert_eq!(merchant.wechat(stage, Method::POST, NATIVE, order).await.0, 200);
    merchant
}

async fn with_fault(fault: &str, number: &str) -> (Stage, Inbox, Merchant) {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = begun(&stage, number, &inbox).await;
    stage
        .fault(&json!({ "operation": "callback", "fault": fault, "times": 1, "out_trade_no": number }))
        .await;
    stage.pay(number).await;
    (stage, inbox, merchant)
}

fn faults_of(trade: &Value) -> Vec<Option<&str>> {
    let attempts = trade["notifications"][0]["attempts"].as_array().unwrap();
    attempts.iter().map(|attempt| attempt["fault"].as_str()).collect()
}

#[tokio::test]
async fn a_lost_notification_comes_with_the_next_try() {
    let (stage, inbox, merchant) = with_fault("lost", "F00001").await;
    stage.until("F00001", |trade| faults_of(trade) == [Some("lost")]).await;
    assert!(inbox.is_empty());
    stage.pass(Duration::seconds(15));
    merchant.read_wechat(&stage, &inbox.next().await).unwrap();
    let trade = stage.until("F00001", |trade| trade["notifications"][0]["standing"] == "acknowledged").await;
    assert_eq!(faults_of(&trade), [Some("lost"), None]);
}

#[tokio::test]
async fn a_late_notification_comes_after_its_delay() {
    let (stage, inbox, merchant) = with_fault("late", "F00002").await;
    stage.until("F00002", |trade| faults_of(trade) == [Some("late")]).await;
    stage.pass(Duration::seconds(59));
    stage.until("F00002", |trade| trade["notifications"][0]["tries"] == 0).await;
    assert!(inbox.is_empty());
    stage.pass(Duration::seconds(1));
    merchant.read_wechat(&stage, &inbox.next().await).unwrap();
}

#[tokio::test]
async fn a_doubled_notification_comes_twice_with_the_same_number() {
    let (stage, inbox, merchant) = with_fault("doubled", "F00003").await;
    let (one, _) = merchant.read_wechat(&stage, &inbox.next().await).unwrap();
    let (other, _) = merchant.read_wechat(&stage, &inbox.next().await).unwrap();
    assert_eq!(one.id, other.id);
    stage.until("F00003", |trade| trade["notifications"][0]["standing"] == "acknowledged").await;
}

#[tokio::test]
async fn a_reordered_notification_comes_after_the_next_one_of_the_trade() {
    let (stage, inbox, merchant) = with_fault("reordered", "F00004").await;
    stage.until("F00004", |trade| faults_of(trade) == [Some("reordered")]).await;
    let refund = json!({
        "out_trade_no": "F00004", "out_refund_no": "R1", "notify_url": inbox.url,
        "amount": { "refund": 1, "total": 8_888, "currency": "CNY" },
    });
    merchant.wechat(&stage, Method::POST, "/v3/refund/domestic/refunds", refund).await;
    stage.pass(Duration::seconds(2));
    for expected in ["REFUND.SUCCESS", "TRANSACTION.SUCCESS"] {
        let (told, _) = merchant.read_wechat(&stage, &inbox.next().await).unwrap();
        assert_eq!(told.event_type, expected);
    }
}

#[tokio::test]
async fn a_forged_notification_does_not_verify_and_the_true_one_follows() {
    let (stage, inbox, merchant) = with_fault("forged", "F00005").await;
    assert_eq!(merchant.read_wechat(&stage, &inbox.next().await), Err(Error::BadSignature));
    merchant.read_wechat(&stage, &inbox.next().await).unwrap();
}

#[tokio::test]
async fn a_probe_is_one_and_the_true_notification_follows() {
    let (stage, inbox, merchant) = with_fault("probe", "F00006").await;
    assert_eq!(merchant.read_wechat(&stage, &inbox.next().await), Err(Error::Probe));
    merchant.read_wechat(&stage, &inbox.next().await).unwrap();
}

#[tokio::test]
async fn a_wrong_amount_is_signed_well_and_a_fen_too_much() {
    let (stage, inbox, merchant) = with_fault("wrong_amount", "F00007").await;
    let (_, plain) = merchant.read_wechat(&stage, &inbox.next().await).unwrap();
    assert_eq!(plain["amount"]["total"], 8_889);
    assert_eq!(stage.control("book").await["books"][1]["received_fen"], 8_888, "the book knows better");
}

#[tokio::test]
async fn the_other_providers_forge_and_err_too() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Certificate);
    let biz = json!({ "out_trade_no": "FA1", "total_amount": "1.00", "subject": "x" });
    let more = [("notify_url", inbox.url.as_str())];
    merchant.alipay_with(&stage, "alipay.trade.precreate", &more, biz).await;
    let form = super::unionpay::form(&stage, &merchant, "FU202601", &inbox);
    super::unionpay::begun(&stage, &form).await;
    for number in ["FA1", "FU202601"] {
        for fault in ["forged", "wrong_amount"] {
            stage
                .fault(
                    &json!({ "operation": "callback", "fault": fault, "times": 1, "out_trade_no": number }),
                )
                .await;
        }
    }
    let keys = merchant.alipay_keys();
    stage.pay("FA1").await;
    assert_eq!(wire::alipay::read_notification(&inbox.next().await.body, &keys), Err(Error::BadSignature));
    let altered = wire::alipay::read_notification(&inbox.next().await.body, &keys).unwrap();
    assert_eq!(altered["total_amount"], "1.01");
    stage.pay("FU202601").await;
    let forged = merchant.read_unionpay(&stage, &inbox.next().await.body);
    assert!(matches!(forged, Err(Error::Untrusted(_))), "{forged:?}");
    assert_eq!(merchant.read_unionpay(&stage, &inbox.next().await.body).unwrap()["txnAmt"], "8889");
}

#[tokio::test]
async fn an_error_comes_before_or_after_the_booking() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    for (fault, number, is_booked) in [("error_before", "F00008", false), ("error_after", "F00009", true)] {
        stage
            .fault(&json!({ "provider": "wechat", "operation": "create", "fault": fault, "times": 1 }))
            .await;
        let order = merchant.order(number, 1, &inbox.url);
        let (status, answer) = merchant.wechat(&stage, Method::POST, NATIVE, order.clone()).await;
        assert_eq!((status, answer["code"].as_str()), (500, Some("SYSTEM_ERROR")));
        assert_eq!(stage.get(&format!("/control/trades/{number}")).await.0 == 200, is_booked);
        assert_eq!(merchant.wechat(&stage, Method::POST, NATIVE, order).await.0, 200, "repeated it works");
    }
}

#[tokio::test]
async fn a_connection_is_reset_before_or_after_the_booking() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    for (fault, number, is_booked) in [
        ("reset_before", "F00010", false),
        ("reset_after", "F00011", true),
        ("timeout", "F00012", true),
        ("timeout_before", "F00013", false),
    ] {
        let planned =
            json!({ "operation": "any", "fault": fault, "times": 1, "delay_ms": 20, "out_trade_no": number });
        stage.fault(&planned).await;
        let body = merchant.order(number, 1, &inbox.url).to_string();
        let header = merchant.wechat_authorization(&stage, &Method::POST, NATIVE, body.as_bytes());
        let sent = stage.client.post(format!("{}{NATIVE}", stage.url)).header("Authorization", header);
        let answer = sent.header("Accept", "application/json").body(body).send().await;
        let read = match answer {
            Ok(answer) => answer.bytes().await,
            Err(error) => Err(error),
        };
        assert!(read.is_err(), "{fault}: nothing that could be read came");
        assert_eq!(stage.get(&format!("/control/trades/{number}")).await.0 == 200, is_booked, "{fault}");
    }
}

#[tokio::test]
async fn a_request_that_is_never_answered_ends_with_the_sandbox() {
    let (mut stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    stage.fault(&json!({ "operation": "query", "fault": "timeout" })).await;
    begun(&stage, "F00014", &inbox).await;
    let path = "/v3/pay/transactions/out-trade-no/F00014?mchid=1900000001";
    let header = merchant.wechat_authorization(&stage, &Method::GET, path, b"");
    let asked = stage.client.get(format!("{}{path}", stage.url)).header("Authorization", header);
    let asked = asked
        .header("Accept", "application/json")
        .timeout(std::time::Duration::from_millis(150))
        .send()
        .await;
    assert!(asked.is_err_and(|error| error.is_timeout()));
    stage.end().await;
}

#[tokio::test]
async fn a_slow_answer_is_whole() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    stage.fault(&json!({ "operation": "create", "fault": "slow", "delay_ms": 30 })).await;
    let started = std::time::Instant::now();
    begun(&stage, "F00015", &inbox).await;
    assert!(started.elapsed() >= std::time::Duration::from_millis(30));
}

#[tokio::test]
async fn an_answer_can_be_a_probe_although_the_work_is_done() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    stage.fault(&json!({ "provider": "wechat", "operation": "create", "fault": "probe", "times": 1 })).await;
    let body = merchant.order("F00016", 1, &inbox.url).to_string().into_bytes();
    let header = merchant.wechat_authorization(&stage, &Method::POST, NATIVE, &body);
    let (status, headers, _) = merchant.wechat_raw(&stage, (Method::POST, NATIVE), &header, body).await;
    let signature = headers["wechatpay-signature"].to_str().unwrap();
    assert!(status == 200 && signature.starts_with(wire::wechat::PROBE_PREFIX));
    assert_eq!(stage.control("trades/F00016").await["status"], "waiting");
}

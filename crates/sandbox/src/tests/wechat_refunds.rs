//! WeChat Pay's refunds: accepted first, done a moment later, and never more than was paid.

use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Inbox, Merchant, Stage, merchant::Mode};

const PATH: &str = "/v3/refund/domestic/refunds";

async fn paid(stage: &Stage, merchant: &Merchant, number: &str, inbox: &Inbox) {
    let order = merchant.order(number, 10_000, &inbox.url);
    merchant.wechat(stage, Method::POST, "/v3/pay/transactions/native", order).await;
    stage.pay(number).await;
    inbox.next().await;
}

fn body(number: &str, refund: &str, fen: i64, notify_url: &str) -> Value {
    json!({
        "out_trade_no": number, "out_refund_no": refund, "reason": "退一部分", "notify_url": notify_url,
        "amount": { "refund": fen, "total": 10_000, "currency": "CNY" },
    })
}

#[tokio::test]
async fn a_refund_is_processing_then_success_and_told() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    paid(&stage, &merchant, "R00001", &inbox).await;
    let wanted = body("R00001", "BACK-1", 3_000, &inbox.url);
    let (_, made) = merchant.wechat(&stage, Method::POST, PATH, wanted.clone()).await;
    assert_eq!(
        (made["status"].as_str(), made["amount"]["refund"].as_i64()),
        (Some("PROCESSING"), Some(3_000))
    );
    let (_, again) = merchant.wechat(&stage, Method::POST, PATH, wanted).await;
    assert_eq!(again, made);
    assert_eq!(stage.control("book").await["books"][1]["refunded_fen"], 0);
    stage.pass(Duration::seconds(2));
    let (told, plain) = merchant.read_wechat(&stage, &inbox.next().await).unwrap();
    assert_eq!(
        (told.event_type.as_str(), plain["refund_status"].as_str()),
        ("REFUND.SUCCESS", Some("SUCCESS"))
    );
    let (_, asked) = merchant.wechat(&stage, Method::GET, &format!("{PATH}/BACK-1"), Value::Null).await;
    assert_eq!((asked["status"].as_str(), &asked["refund_id"]), (Some("SUCCESS"), &made["refund_id"]));
    let by = "/v3/pay/transactions/out-trade-no/R00001?mchid=1900000001";
    let (_, trade) = merchant.wechat(&stage, Method::GET, by, Value::Null).await;
    assert_eq!(trade["trade_state"], "REFUND", "a part is enough");
    assert_eq!(stage.control("book").await["books"][1]["net"], "70.00");
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_with_its_code() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Certificate);
    paid(&stage, &merchant, "R00002", &inbox).await;
    let order = merchant.order("R00003", 10_000, &inbox.url);
    merchant.wechat(&stage, Method::POST, "/v3/pay/transactions/native", order).await;
    let mut other_total = body("R00002", "X2", 1, &inbox.url);
    other_total["amount"]["total"] = json!(10_001);
    let mut nameless = body("R00002", "X3", 1, &inbox.url);
    nameless.as_object_mut().unwrap().remove("out_trade_no");
    for (wanted, expected) in [
        (body("R00002", "X1", 4_000, &inbox.url), (200, "")),
        (body("R00002", "X1", 4_001, &inbox.url), (400, "INVALID_REQUEST")),
        (body("R00002", "X2", 6_001, &inbox.url), (400, "INVALID_REQUEST")),
        (other_total, (400, "INVALID_REQUEST")),
        (nameless, (400, "PARAM_ERROR")),
        (body("R00002", "X4", 0, &inbox.url), (400, "PARAM_ERROR")),
        (body("R00002", "X 4", 1, &inbox.url), (400, "PARAM_ERROR")),
        (body("R00003", "X5", 1, &inbox.url), (400, "INVALID_REQUEST")),
        (body("R00009", "X6", 1, &inbox.url), (404, "RESOURCE_NOT_EXISTS")),
    ] {
        let (status, answer) = merchant.wechat(&stage, Method::POST, PATH, wanted.clone()).await;
        assert_eq!((status, answer["code"].as_str().unwrap_or_default()), expected, "{wanted}");
    }
    let (status, answer) = merchant.wechat(&stage, Method::GET, &format!("{PATH}/X9"), Value::Null).await;
    assert_eq!((status, answer["code"].as_str()), (404, Some("RESOURCE_NOT_EXISTS")));
    stage.pass(Duration::days(366));
    let (_, late) = merchant.wechat(&stage, Method::POST, PATH, body("R00002", "X7", 1, &inbox.url)).await;
    assert_eq!(late["code"], "INVALID_REQUEST");
}

#[tokio::test]
async fn of_twenty_at_once_three_get_their_share() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    paid(&stage, &merchant, "R00004", &inbox).await;
    let tries = (0..20).map(|index| {
        let wanted = body("R00004", &format!("P{index}"), 3_000, &inbox.url);
        merchant.wechat(&stage, Method::POST, PATH, wanted)
    });
    let done = futures::future::join_all(tries).await;
    assert_eq!(done.iter().filter(|(status, _)| *status == 200).count(), 3);
    assert_eq!(stage.control("trades/R00004").await["refunded_fen"], 9_000);
}

//! Notifications: the providers' schedules, what counts as received, and the end of trying.

use chrono::Duration;
use http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Inbox, Merchant, Stage, merchant::Mode};
use crate::{notices::pause_after, trades::Provider};

async fn waits(stage: &Stage, number: &str, inbox: &Inbox) -> Vec<i64> {
    let mut all = Vec::new();
    loop {
        inbox.next().await;
        let tries = all.len() + 1;
        let trade = stage.until(number, |trade| trade["notifications"][0]["tries"] == tries).await;
        let notice = &trade["notifications"][0];
        let Some(next) = notice["next_at"].as_str() else {
            assert_eq!(notice["standing"], "given_up");
            return all;
        };
        let next: chrono::DateTime<chrono::Utc> = next.parse().unwrap();
        let wait = next.signed_duration_since(stage.clock.now());
        all.push(wait.num_seconds());
        stage.pass(wait);
    }
}

#[tokio::test]
async fn what_wechat_is_not_thanked_for_comes_fifteen_more_times() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    inbox.answer(StatusCode::INTERNAL_SERVER_ERROR, "{\"code\":\"FAIL\"}");
    let merchant = Merchant::new(&stage, Mode::Key);
    merchant
        .wechat(&stage, Method::POST, "/v3/pay/transactions/native", merchant.order("S00001", 1, &inbox.url))
        .await;
    stage.pay("S00001").await;
    let hours = [10_800, 10_800, 10_800, 21_600, 21_600];
    let expected = [&[15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800, 3_600][..], &hours].concat();
    assert_eq!(waits(&stage, "S00001", &inbox).await, expected);
}

#[tokio::test]
async fn alipay_wants_one_word_and_nothing_else() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    inbox.answer(StatusCode::OK, "\"success\"");
    let merchant = Merchant::new(&stage, Mode::Key);
    let biz = json!({ "out_trade_no": "S2", "total_amount": "1.00", "subject": "x" });
    merchant.alipay_with(&stage, "alipay.trade.precreate", &[("notify_url", &inbox.url)], biz).await;
    stage.pay("S2").await;
    assert_eq!(waits(&stage, "S2", &inbox).await, [240, 600, 600, 3_600, 7_200, 21_600, 54_000]);
}

#[tokio::test]
async fn unionpay_looks_at_the_status_alone() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    inbox.answer(StatusCode::OK, "whatever");
    let merchant = Merchant::new(&stage, Mode::Key);
    super::unionpay::begun(&stage, &super::unionpay::form(&stage, &merchant, "S20260003", &inbox)).await;
    stage.pay("S20260003").await;
    stage.until("S20260003", |trade| trade["notifications"][0]["standing"] == "acknowledged").await;
}

#[tokio::test]
async fn a_merchant_that_is_away_is_tried_again() {
    let stage = Stage::new().await;
    let merchant = Merchant::new(&stage, Mode::Key);
    let order = merchant.order("S00004", 1, "http://127.0.0.1:9/nobody");
    merchant.wechat(&stage, Method::POST, "/v3/pay/transactions/native", order).await;
    stage.pay("S00004").await;
    let trade = stage.until("S00004", |trade| trade["notifications"][0]["tries"] == 1).await;
    let attempt = &trade["notifications"][0]["attempts"][0];
    assert_eq!(
        (&attempt["http_status"], attempt["detail"].as_str()),
        (&Value::Null, Some("nobody listens there"))
    );
}

#[test]
fn a_scale_shortens_every_wait() {
    let wait = |scale: u32| pause_after(Provider::Alipay, 1, scale).unwrap();
    assert_eq!((wait(1).as_secs(), wait(60).as_secs(), wait(1_000).as_millis()), (240, 4, 240));
    assert_eq!(pause_after(Provider::Alipay, 8, 1), None);
}

#[tokio::test]
async fn nothing_is_told_twice_after_it_was_received() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    let merchant = Merchant::new(&stage, Mode::Key);
    merchant
        .wechat(&stage, Method::POST, "/v3/pay/transactions/native", merchant.order("S00005", 1, &inbox.url))
        .await;
    stage.pay("S00005").await;
    stage.pay("S00005").await;
    inbox.next().await;
    stage.until("S00005", |trade| trade["notifications"][0]["standing"] == "acknowledged").await;
    stage.pass(Duration::days(2));
    let trade = stage.until("S00005", |trade| trade["notifications"][0]["next_at"].is_null()).await;
    assert!(inbox.is_empty() && trade["notifications"].as_array().unwrap().len() == 1);
}

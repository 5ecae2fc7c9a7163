//! What a restart leaves: trades, books, what is still to be told; and the keys.

use std::fs;

use chrono::Duration;
use http::StatusCode;
use reqwest::Method;
use serde_json::json;

use super::{Inbox, Merchant, Stage, merchant::Mode};

#[tokio::test]
async fn a_restart_keeps_trades_books_and_what_is_still_to_be_told() {
    let (stage, inbox) = (Stage::new().await, Inbox::new().await);
    inbox.answer(StatusCode::SERVICE_UNAVAILABLE, "later");
    let merchant = Merchant::new(&stage, Mode::Key);
    let refund = json!({
        "out_trade_no": "K00001", "out_refund_no": "R1", "notify_url": inbox.url,
        "amount": { "refund": 1_000, "total": 8_888, "currency": "CNY" },
    });
    merchant
        .wechat(
            &stage,
            Method::POST,
            "/v3/pay/transactions/native",
            merchant.order("K00001", 8_888, &inbox.url),
        )
        .await;
    stage.pay("K00001").await;
    inbox.next().await;
    stage.until("K00001", |trade| trade["notifications"][0]["tries"] == 1).await;
    merchant.wechat(&stage, Method::POST, "/v3/refund/domestic/refunds", refund).await;
    let before = stage.control("book").await;

    let stage = stage.restarted().await;
    let merchant = Merchant::new(&stage, Mode::Key);
    assert_eq!(stage.control("book").await, before);
    let trade = stage.control("trades/K00001").await;
    assert_eq!(
        (trade["status"].as_str(), trade["refunds"][0]["status"].as_str()),
        (Some("paid"), Some("processing"))
    );
    inbox.answer(StatusCode::NO_CONTENT, "");
    stage.pass(Duration::seconds(15));
    let mut told = [inbox.next().await, inbox.next().await]
        .map(|got| merchant.read_wechat(&stage, &got).unwrap().0.event_type);
    told.sort();
    assert_eq!(told, ["REFUND.SUCCESS", "TRANSACTION.SUCCESS"]);
    assert_eq!(stage.control("book").await["books"][1]["net_fen"], 7_888);
}

#[tokio::test]
async fn keys_are_made_once_and_only_their_owner_reads_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let stage = Stage::new().await;
    let path = stage.folder().join("sandbox.env");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let key = |stage: &Stage| Merchant::new(stage, Mode::Key).of("ALIPAY_PRIVATE_KEY").to_owned();
    let before = key(&stage);
    let stage = stage.restarted().await;
    assert_eq!(key(&stage), before);
    assert!(
        Merchant::new(&stage, Mode::Key).of("WECHAT_PAY_BASE_URL") == stage.url,
        "the address is the new one"
    );
}

#[tokio::test]
async fn two_sandboxes_do_not_share_a_folder() {
    let stage = Stage::new().await;
    let settings = crate::Settings {
        addr: "127.0.0.1:0".parse().unwrap(),
        public_url: None,
        time_scale: 1,
        folder: stage.folder(),
    };
    let other = crate::open(settings, stage.clock.clone(), tokio_util::sync::CancellationToken::new()).await;
    assert!(other.is_err());
}

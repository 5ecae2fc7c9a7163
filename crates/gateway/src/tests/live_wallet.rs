//! News of wallets over a socket.

use std::time::Duration;

use proto::event::v1::{Event, WalletChanged, event::Payload};
use serde_json::json;

use super::{
    client::{Client, fresh},
    fakes::instant,
    stage::Stage,
};

fn changed(user_id: i64, currency: &str) -> Event {
    let wallet = WalletChanged {
        user_id,
        balance_minor: 125_000,
        available_minor: 115_000,
        held_minor: 10_000,
        currency: currency.to_owned(),
        version: 9,
    };
    let uid = format!("wallet:{user_id}:{currency}");
    Event {
        uid,
        user_id,
        at: Some(instant()),
        payload: Some(Payload::WalletChanged(wallet)),
        ..Event::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_his_wallet_is_told_to_its_user_alone() {
    let stage = Stage::new().await;
    let (user_id, stranger) = (fresh(), fresh());
    let mut client = Client::hearing(&stage, user_id, &["wallet"]).await;
    let mut other = Client::hearing(&stage, stranger, &["wallet"]).await;
    stage.publish(&changed(user_id, "CNY")).await;
    let frame = client.hear().await;
    let data = json!({
        "user_id": user_id, "total_balance": 1250.00, "available_balance": 1150.00, "frozen_balance": 100.00,
        "currency": "CNY", "version": 9
    });
    assert_eq!((&frame["type"], &frame["data"]), (&json!("wallet_changed"), &data));
    assert!(frame.get("room_id").is_none() && frame.get("seq").is_none());
    other.hears_nothing(Duration::from_millis(300)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn points_are_counted_whole() {
    let stage = Stage::new().await;
    let user_id = fresh();
    let mut client = Client::hearing(&stage, user_id, &["wallet"]).await;
    stage.publish(&changed(user_id, "POINTS")).await;
    let data = client.hear().await["data"].clone();
    assert_eq!((&data["total_balance"], &data["frozen_balance"]), (&json!(125_000), &json!(10_000)));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_did_not_subscribe_to_the_wallet_hears_nothing_of_it() {
    let stage = Stage::new().await;
    let user_id = fresh();
    let mut client = Client::hearing(&stage, user_id, &["payments", "notifications"]).await;
    stage.publish(&changed(user_id, "CNY")).await;
    client.hears_nothing(Duration::from_millis(300)).await;
}

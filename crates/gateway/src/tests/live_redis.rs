//! Redis away, frozen and back: news come slower, none is lost, nothing else stops.

use proto::event::v1::Event;
use serde_json::Value;
use testkit::Proxy;

use super::{
    client::{Client, expense_in, fresh},
    stage::Stage,
};

/// Sets up a gateway whose Redis is behind a proxy.
async fn behind_proxy() -> (Stage, Proxy) {
    let (proxy, url) = testkit::redis_behind_proxy().await;
    (Stage::with(&[("REDIS_URL", &url)]).await, proxy)
}

async fn hearing_a_room(stage: &Stage) -> (Client, i64) {
    let (user_id, room_id) = (fresh(), fresh());
    stage.fakes.add_member(room_id, user_id);
    (Client::hearing(stage, user_id, &["expenses"]).await, room_id)
}

fn stored(stage: &Stage, room_id: i64, title: &str) -> Event {
    stage.fakes.append(expense_in(room_id, title))
}

fn title(frame: &Value) -> &str {
    frame["data"]["title"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn news_are_heard_while_redis_is_gone_and_once_it_is_back() {
    let (stage, proxy) = behind_proxy().await;
    let (mut client, room_id) = hearing_a_room(&stage).await;
    proxy.refuse(true);
    stored(&stage, room_id, "while gone");
    assert_eq!(title(&client.hear().await), "while gone");
    proxy.refuse(false);
    stored(&stage, room_id, "missed");
    assert_eq!(title(&client.hear().await), "missed");
    assert_eq!(stage.get("/api/rooms?page=0").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn news_are_heard_while_redis_is_frozen() {
    let (stage, proxy) = behind_proxy().await;
    let (mut client, room_id) = hearing_a_room(&stage).await;
    proxy.freeze(true);
    stored(&stage, room_id, "while frozen");
    assert_eq!(title(&client.hear().await), "while frozen");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_limited_without_redis_too() {
    let nobody = format!("redis://127.0.0.1:{}/0", testkit::free_port());
    let stage = Stage::with(&[("REDIS_URL", &nobody), ("RATE_LIMIT_PER_MINUTE", "3")]).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(stage.get("/api/rooms?page=0").await.status);
    }
    assert_eq!(statuses, [400, 400, 400, 429]);
}

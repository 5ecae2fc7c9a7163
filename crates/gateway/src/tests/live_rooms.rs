//! What a member hears of his rooms: everything, once, in order, and nothing of others (contract section 10).

use std::time::Duration;

use proto::{bill::v1::Bill, event::v1::event::Payload};
use serde_json::json;

use super::{
    client::{Client, event_in, expense_in, fresh},
    stage::Stage,
};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_printed_like_the_document() {
    let stage = Stage::new().await;
    let (user_id, room_id) = (fresh(), fresh());
    stage.fakes.add_member(room_id, user_id);
    let mut client = Client::hearing(&stage, user_id, &["expenses"]).await;
    let event = stage.happen(expense_in(room_id, "rice")).await;
    let frame = client.hear().await;
    assert_eq!((&frame["type"], &frame["id"]), (&json!("expense_created"), &json!(event.uid)));
    assert_eq!((&frame["room_id"], &frame["seq"]), (&json!(room_id), &json!(1)));
    assert_eq!(frame["timestamp"], "2023-01-01T00:00:00.000Z");
    assert_eq!((&frame["data"]["title"], &frame["data"]["amount"]), (&json!("rice"), &json!(100.50)));
}

#[tokio::test(flavor = "multi_thread")]
async fn both_names_of_a_review_are_heard() {
    let stage = Stage::new().await;
    let (user_id, room_id) = (fresh(), fresh());
    stage.fakes.add_member(room_id, user_id);
    let mut client = Client::hearing(&stage, user_id, &["bills"]).await;
    stage.happen(event_in(room_id, Payload::BillReviewed(Bill::default()))).await;
    stage.happen(event_in(room_id, Payload::ReviewStatusUpdated(Bill::default()))).await;
    assert_eq!(client.hear().await["type"], "bill_reviewed");
    assert_eq!(client.hear().await["type"], "review_status_updated");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_subscribed_topics_are_heard() {
    let stage = Stage::new().await;
    let (user_id, room_id) = (fresh(), fresh());
    stage.fakes.add_member(room_id, user_id);
    let mut client = Client::hearing(&stage, user_id, &["bills"]).await;
    stage.happen(expense_in(room_id, "rice")).await;
    stage.happen(event_in(room_id, Payload::BillCreated(Bill::default()))).await;
    assert_eq!(client.hear().await["type"], "bill_created");
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_rooms_are_never_heard() {
    let stage = Stage::new().await;
    let (user_id, own, foreign) = (fresh(), fresh(), fresh());
    stage.fakes.add_member(own, user_id);
    stage.fakes.add_member(foreign, fresh());
    let mut client = Client::hearing(&stage, user_id, &["expenses"]).await;
    stage.happen(expense_in(foreign, "secret")).await;
    stage.happen(expense_in(own, "rice")).await;
    assert_eq!(client.hear().await["data"]["title"], "rice");
    client.hears_nothing(Duration::from_millis(700)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_redis_loses_is_fetched_and_told_in_order() {
    let stage = Stage::new().await;
    let (user_id, room_id) = (fresh(), fresh());
    stage.fakes.add_member(room_id, user_id);
    let mut client = Client::hearing(&stage, user_id, &["expenses"]).await;
    stage.happen(expense_in(room_id, "1")).await;
    for title in ["2", "3"] {
        stage.fakes.append(expense_in(room_id, title));
    }
    stage.happen(expense_in(room_id, "4")).await;
    assert_eq!(client.hear_seqs(4).await, [1, 2, 3, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_redis_doubles_and_reorders_is_told_once_in_order() {
    let stage = Stage::new().await;
    let (user_id, room_id) = (fresh(), fresh());
    stage.fakes.add_member(room_id, user_id);
    let mut client = Client::hearing(&stage, user_id, &["expenses"]).await;
    let events: Vec<_> = (0..4).map(|n| stage.fakes.append(expense_in(room_id, &n.to_string()))).collect();
    for at in [1, 0, 0, 3, 1, 2, 3] {
        stage.publish(&events[at]).await;
    }
    assert_eq!(client.hear_seqs(4).await, [1, 2, 3, 4]);
    client.hears_nothing(Duration::from_millis(300)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resuming_tells_what_was_missed_without_a_gap_or_a_double() {
    let stage = Stage::new().await;
    let (user_id, room_id) = (fresh(), fresh());
    stage.fakes.add_member(room_id, user_id);
    for title in 0..1_203 {
        stage.fakes.append(expense_in(room_id, &title.to_string()));
    }
    let mut client = Client::hearing(&stage, user_id, &["expenses"]).await;
    client.say(&json!({"type": "resume", "room_id": room_id, "after_seq": 2})).await;
    stage.happen(expense_in(room_id, "while resuming")).await;
    let mut seqs = Vec::new();
    while seqs.last() != Some(&1_204) {
        let frame = client.hear().await;
        if frame["type"] == "resumed" {
            assert_eq!((&frame["room_id"], &frame["complete"]), (&json!(room_id), &json!(true)));
        } else {
            seqs.push(frame["seq"].as_i64().unwrap());
        }
    }
    assert_eq!(seqs, (3..=1_204).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn resuming_in_a_foreign_room_is_refused_by_the_room_service_in_the_users_name() {
    let stage = Stage::new().await;
    let mut client = Client::hearing(&stage, fresh(), &["expenses"]).await;
    client.say(&json!({"type": "resume", "room_id": fresh(), "after_seq": 0})).await;
    assert_eq!(client.hear().await["code"], "NOT_FOUND");
    let calls = stage.fakes.calls("room.v1.RoomService/ListEvents");
    assert!(calls.last().unwrap().headers.contains_key("authorization"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_does_not_read_is_ended_and_others_hear_on() {
    let stage = Stage::with(&[("LIVE_QUEUE_MAX", "8")]).await;
    let (slow, quick, room_id) = (fresh(), fresh(), fresh());
    stage.fakes.add_member(room_id, slow);
    stage.fakes.add_member(room_id, quick);
    let mut lazy = Client::hearing(&stage, slow, &["expenses"]).await;
    let mut client = Client::hearing(&stage, quick, &["expenses"]).await;
    let title = "x".repeat(60_000);
    for seq in 1..=300 {
        stage.happen(expense_in(room_id, &title)).await;
        assert_eq!(client.hear_seqs(1).await, [seq]);
    }
    // Its connection is full: the close code may get through or not.
    assert!(matches!(lazy.is_closed().await, 0 | 1013));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_is_heard_by_its_user_alone() {
    let stage = Stage::new().await;
    let (user_id, other) = (fresh(), fresh());
    let mut client = Client::hearing(&stage, user_id, &["notifications"]).await;
    let mut stranger = Client::hearing(&stage, other, &["notifications"]).await;
    let notification = proto::user::v1::Notification { title: "账单".to_owned(), ..Default::default() };
    let mut event = event_in(0, Payload::Notification(notification));
    event.user_id = user_id;
    stage.publish(&event).await;
    let frame = client.hear().await;
    assert_eq!((&frame["type"], &frame["data"]["title"]), (&json!("notification"), &json!("账单")));
    assert!(frame.get("seq").is_none());
    stranger.hears_nothing(Duration::from_millis(300)).await;
}

//! Who hears what changes while sockets are open: joining, leaving, logging out, services that come and go.

use std::time::Duration;

use fault::Fault;
use proto::event::v1::MemberChange;
use serde_json::json;
use tokio::time::Instant;

use super::{
    client::{Client, expense_in, fresh, member_in},
    stage::Stage,
};

const A_SECOND: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_member_hears_nothing_after_a_second() {
    let stage = Stage::new().await;
    let (user_id, room_id) = (fresh(), fresh());
    stage.fakes.add_member(room_id, user_id);
    let mut client = Client::hearing(&stage, user_id, &["expenses"]).await;
    stage.fakes.remove_member(room_id, user_id);
    tokio::time::sleep(A_SECOND).await;
    stage.happen(expense_in(room_id, "secret")).await;
    client.hears_nothing(Duration::from_millis(500)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_news_of_a_removal_is_the_last_that_the_removed_hears() {
    let stage = Stage::with(&[("LIVE_CHECK_EVERY_MS", "1000")]).await;
    let (user_id, room_id) = (fresh(), fresh());
    stage.fakes.add_member(room_id, user_id);
    let mut client = Client::hearing(&stage, user_id, &["expenses", "rooms"]).await;
    stage.fakes.remove_member(room_id, user_id);
    stage.happen(member_in(room_id, user_id, MemberChange::Removed)).await;
    stage.happen(expense_in(room_id, "secret")).await;
    let frame = client.hear().await;
    assert_eq!(
        (&frame["type"], &frame["data"]["change"]),
        (&json!("room_member_changed"), &json!("removed"))
    );
    client.hears_nothing(A_SECOND).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_member_hears_the_room_within_a_second() {
    let stage = Stage::new().await;
    let (user_id, room_id) = (fresh(), fresh());
    stage.fakes.append(expense_in(room_id, "before"));
    let mut client = Client::hearing(&stage, user_id, &["expenses"]).await;
    stage.fakes.add_member(room_id, user_id);
    tokio::time::sleep(A_SECOND).await;
    stage.happen(expense_in(room_id, "rice")).await;
    assert_eq!(client.hear().await["data"]["title"], "rice");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_closes_its_sockets_within_a_second_and_no_others() {
    let stage = Stage::new().await;
    let (user_id, other) = (fresh(), fresh());
    let mut client = Client::hearing(&stage, user_id, &["bills"]).await;
    let mut another = Client::hearing(&stage, other, &["bills"]).await;
    let ended_at = Instant::now();
    stage.fakes.end_session(user_id);
    assert_eq!(client.hear().await["code"], "AUTH_INVALID");
    assert_eq!(client.is_closed().await, 1008);
    assert!(ended_at.elapsed() < A_SECOND, "{:?}", ended_at.elapsed());
    another.say(&json!({"type": "ping"})).await;
    assert_eq!(another.hear().await["type"], "pong");
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_outlive_services_that_are_away_for_a_while() {
    let stage = Stage::new().await;
    let (user_id, room_id) = (fresh(), fresh());
    stage.fakes.add_member(room_id, user_id);
    let mut client = Client::hearing(&stage, user_id, &["expenses"]).await;
    let away = || Fault::unavailable("away");
    stage.fakes.refuse("room.v1.RoomService/ListMemberships", away());
    stage.fakes.refuse("user.v1.UserService/CheckSessions", away());
    tokio::time::sleep(A_SECOND).await;
    stage.happen(expense_in(room_id, "rice")).await;
    assert_eq!(client.hear().await["data"]["title"], "rice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_goes_away_is_told_to_who_asked() {
    let stage = Stage::new().await;
    stage.becomes_ready().await;
    let mut client = Client::hearing(&stage, fresh(), &["system"]).await;
    stage.fakes.stop_serving();
    let frame = client.hear().await;
    assert_eq!(
        (&frame["type"], &frame["data"]["status"]),
        (&json!("system_status_updated"), &json!("degraded"))
    );
    assert_eq!(frame["data"]["services"]["bill"], "down");
}

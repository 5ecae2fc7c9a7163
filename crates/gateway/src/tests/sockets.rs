//! The manners of a socket: saying who is there, subscribing, frames that are none (000-W01 to W03).

use serde_json::json;
use tokio::time::Duration;

use super::{
    client::{Client, fresh},
    stage::{Stage, send},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_is_acknowledged_and_can_be_taken_back() {
    let stage = Stage::new().await;
    let mut client = Client::hearing(&stage, fresh(), &["expenses", "bills", "payments"]).await;
    client.say(&json!({"type": "unsubscribe", "events": ["bills"]})).await;
    assert_eq!(client.hear().await, json!({"type": "unsubscribed", "events": ["bills"]}));
    client.say(&json!({"type": "ping"})).await;
    assert_eq!(client.hear().await["type"], "pong");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_say_who_he_is_in_time_is_shown_out() {
    let stage = Stage::with(&[("LIVE_AUTH_TIMEOUT_MS", "200")]).await;
    let mut client = Client::open(&stage).await;
    let refusal = client.hear().await;
    assert_eq!((&refusal["type"], &refusal["code"]), (&json!("auth_error"), &json!("AUTH_REQUIRED")));
    assert_eq!(client.is_closed().await, 1008);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_token_and_a_first_frame_without_one_are_refused() {
    let stage = Stage::new().await;
    for (frame, code) in [
        (json!({"type": "auth", "token": "x.y.z"}), "AUTH_INVALID"),
        (json!({"type": "subscribe", "events": ["bills"]}), "AUTH_REQUIRED"),
        (json!({"type": "auth"}), "VALIDATION_ERROR"),
    ] {
        let mut client = Client::open(&stage).await;
        client.say(&frame).await;
        let refusal = client.hear().await;
        assert_eq!((&refusal["type"], &refusal["code"]), (&json!("auth_error"), &json!(code)));
        assert_eq!(client.is_closed().await, 1008);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_breaks_a_rule_is_refused_by_name_and_the_socket_stays() {
    let stage = Stage::new().await;
    let mut client = Client::hearing(&stage, fresh(), &["bills"]).await;
    for (frame, detail) in [
        (
            r#"{"type":"subscribe","events":["bills","gossip"]}"#,
            "events[1]: must be one of expenses, bills, payments, rooms, notifications, disputes, wallet, system",
        ),
        (r#"{"type":"subscribe","events":[]}"#, "events: must name at least one topic"),
        (r#"{"type":"subscribe"}"#, "events: is required"),
        (r#"{"type":"shout"}"#, "type: must be one of auth, subscribe, unsubscribe, resume, ping"),
        (r#"{"type":"resume","room_id":0,"after_seq":1}"#, "room_id: must be a positive whole number"),
        (r#"{"type":"resume","room_id":1}"#, "after_seq: must be given, or after_id instead, not both"),
        ("{", "body: must be valid JSON (line 1, column 1)"),
    ] {
        client.say_text(frame).await;
        let refusal = client.hear().await;
        assert_eq!((&refusal["type"], &refusal["error"]), (&json!("error"), &json!(detail)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_over_64_kib_closes_the_socket() {
    let stage = Stage::new().await;
    for size in [64 * 1024 + 1, 200 * 1024] {
        let mut client = Client::hearing(&stage, fresh(), &["bills"]).await;
        client.say_text(&" ".repeat(size)).await;
        assert_eq!(client.is_closed().await, 1009, "{size}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_foreign_origin_opens_no_socket() {
    let stage = Stage::with(&[("ALLOWED_ORIGINS", "https://dorm.example")]).await;
    assert!(Client::open_from(&stage, "https://dorm.example").await.is_ok());
    assert!(Client::open_from(&stage, &format!("http://{}", stage.addresses.http)).await.is_ok());
    let refused = Client::open_from(&stage, "https://evil.example").await.err().unwrap();
    assert!(refused.contains("403"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_no_handshake_is_told_so() {
    let stage = Stage::new().await;
    let detail = "upgrade: must be a WebSocket handshake";
    stage.get("/ws").await.is_refused(400, "VALIDATION_ERROR", detail);
    stage.get_at(stage.addresses.websocket, "/").await.is_refused(400, "VALIDATION_ERROR", detail);
    assert_eq!(send(stage.request(reqwest::Method::GET, "/")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_has_only_so_many_sockets_and_a_process_too() {
    let stage = Stage::with(&[("LIVE_SOCKETS_PER_USER_MAX", "1"), ("LIVE_SOCKETS_MAX", "2")]).await;
    let user_id = fresh();
    let _first = Client::hearing(&stage, user_id, &["bills"]).await;
    let mut second = Client::open(&stage).await;
    let token = stage.keys.user(user_id)["Bearer ".len()..].to_owned();
    second.say(&json!({"type": "auth", "token": token})).await;
    assert!(Client::open_from(&stage, "http://localhost").await.err().unwrap().contains("503"));
    assert_eq!(second.is_closed().await, 1013);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_says_so() {
    let stage = Stage::new().await;
    let mut client = Client::hearing(&stage, fresh(), &["bills"]).await;
    stage.stop.cancel();
    assert_eq!(client.is_closed().await, 1012);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_token_of_the_same_user_keeps_the_socket_and_one_of_another_ends_it() {
    let stage = Stage::new().await;
    let user_id = fresh();
    let mut client = Client::hearing(&stage, user_id, &["bills"]).await;
    client.log_in(&stage, user_id).await;
    let token = stage.keys.user(fresh())["Bearer ".len()..].to_owned();
    client.say(&json!({"type": "auth", "token": token})).await;
    assert_eq!(client.hear().await["type"], "auth_error");
    assert_eq!(client.is_closed().await, 1008);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_frames_end_the_socket() {
    let stage = Stage::new().await;
    let mut client = Client::hearing(&stage, fresh(), &["bills"]).await;
    for _ in 0..600 {
        client.say(&json!({"type": "ping"})).await;
        tokio::time::sleep(Duration::from_micros(50)).await;
    }
    assert_eq!(client.is_closed().await, 1008);
}

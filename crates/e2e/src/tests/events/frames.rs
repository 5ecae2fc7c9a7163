//! The frames around events: who is there, what he wants, what he may not say, and how a socket ends.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{super::room::Room, AUTH_TIMEOUT_MS, ear::TOPICS};
use crate::{
    client::Client,
    socket::Socket,
    stage::{PASSWORD, Stage},
};

const NOT_ALLOWED: u16 = 1008;
const TOO_LARGE: u16 = 1009;
const QUIET: Duration = Duration::from_millis(400);

pub(super) async fn topics_are_chosen(stage: &Stage, room: &Room) -> Result<()> {
    let (url, me) = (stage.websocket_url(), &room.people[1]);
    let mut socket = Socket::connect(&url).await?;
    socket.send(&json!({"type": "auth", "token": me.token()})).await?;
    let welcome = socket.next().await?;
    assert_eq!((&welcome["type"], &welcome["user_id"]), (&json!("auth_ok"), &json!(me.user_id)));
    // Without a subscription nothing is heard; one topic per frame as in the document, then several.
    room.admin().post("/api/expenses", &room.expense("无人听", "4.00")).await?.data()?;
    assert_eq!(socket.drain(QUIET).await, Vec::<Value>::new());
    for topic in TOPICS {
        socket.send(&json!({"type": "subscribe", "events": [topic]})).await?;
        assert_eq!(socket.next().await?, json!({"type": "subscribed", "events": [topic]}));
    }
    socket.send(&json!({"type": "unsubscribe", "events": ["expenses", "notifications", "payments"]})).await?;
    let gone = socket.next().await?;
    assert_eq!(gone, json!({"type": "unsubscribed", "events": ["expenses", "payments", "notifications"]}));
    room.admin().post("/api/expenses", &room.expense("不再听", "4.00")).await?.data()?;
    assert_eq!(socket.drain(QUIET).await, Vec::<Value>::new());
    // The same socket stands on the public listener too.
    let public = stage.public_url().replacen("http", "ws", 1);
    let mut other = Socket::open(&format!("{public}/ws"), me.token()).await?;
    other.subscribe(&["expenses"]).await?;
    room.admin().post("/api/expenses", &room.expense("两扇门", "4.00")).await?.data()?;
    assert_eq!(other.wait_for("expense_created").await?["data"]["title"], "两扇门");
    Ok(())
}

pub(super) async fn wrong_frames_are_named(stage: &Stage, room: &Room) -> Result<()> {
    let mut socket = Socket::open(&stage.websocket_url(), room.people[1].token()).await?;
    for (frame, field) in [
        (json!({"type": "subscribe", "events": ["everything"]}).to_string(), "events[0]"),
        (json!({"type": "subscribe", "events": []}).to_string(), "events"),
        (json!({"type": "subscribe", "events": "expenses"}).to_string(), "events"),
        (json!({"type": "subscribe", "events": ["bills"], "room_id": 1}).to_string(), "room_id"),
        (json!({"type": "resume", "room_id": room.id}).to_string(), "after_seq"),
        (json!({"type": "resume", "room_id": room.id, "after_seq": -1}).to_string(), "after_seq"),
        (json!({"type": "resume", "room_id": "x", "after_seq": 1}).to_string(), "room_id"),
        (json!({"type": "shout"}).to_string(), "type"),
        (json!({"events": ["bills"]}).to_string(), "type"),
        ("[1]".to_owned(), "body"),
        ("{".to_owned(), "body"),
        ("[".repeat(10_000), "body"),
    ] {
        socket.send_text(frame.clone()).await?;
        let answer = socket.next().await?;
        let is_refused = answer["type"] == "error" && answer["code"] == "VALIDATION_ERROR";
        let is_named = answer["error"].as_str().is_some_and(|text| text.contains(field));
        assert!(is_refused && is_named, "{field}: {frame} {answer}");
    }
    socket.subscribe(&["bills"]).await
}

/// No word in time, a wrong token, another first frame, a frame over 64 KiB: each is told, then the socket closes.
pub(super) async fn who_says_nothing_or_too_much_is_let_go(stage: &Stage, room: &Room) -> Result<()> {
    let url = stage.websocket_url();
    let mut silent = Socket::connect(&url).await?;
    let began = Instant::now();
    let (frames, code) = silent.ending().await?;
    assert_eq!((refusal(&frames).as_str(), code), ("AUTH_REQUIRED", NOT_ALLOWED));
    let waited = began.elapsed();
    let allowed = Duration::from_millis(AUTH_TIMEOUT_MS / 2)..Duration::from_millis(AUTH_TIMEOUT_MS * 3);
    assert!(allowed.contains(&waited), "{waited:?}");

    for (frame, expected) in [
        (json!({"type": "auth", "token": "your_jwt_token"}), "AUTH_INVALID"),
        (json!({"type": "subscribe", "events": ["expenses"]}), "AUTH_REQUIRED"),
        (json!({"type": "auth"}), "VALIDATION_ERROR"),
    ] {
        let mut socket = Socket::connect(&url).await?;
        socket.send(&frame).await?;
        let (frames, code) = socket.ending().await?;
        assert_eq!((refusal(&frames).as_str(), code), (expected, NOT_ALLOWED), "{frame}");
    }
    // A token in the address is no login.
    let mut socket = Socket::connect(&format!("{url}/?token={}", room.admin().token())).await?;
    assert_eq!(socket.ending().await?.1, NOT_ALLOWED);

    let mut socket = Socket::open(&url, room.admin().token()).await?;
    let frame = |bytes: usize| format!("{{\"type\":\"ping\",\"x\":\"{}\"}}", "x".repeat(bytes));
    socket.send_text(frame(64 * 1024 - 100)).await?;
    assert!(socket.next().await.is_ok(), "a frame below 64 KiB is read");
    socket.send_text(frame(64 * 1024)).await?;
    assert_eq!(socket.ending().await?.1, TOO_LARGE);
    Ok(())
}

/// The code of the one `auth_error` before the close.
fn refusal(frames: &[Value]) -> String {
    assert_eq!(frames.len(), 1, "{frames:?}");
    assert_eq!(frames[0]["type"], "auth_error", "{frames:?}");
    frames[0]["code"].as_str().unwrap_or_default().to_owned()
}

/// A changed password and a shut account end open sockets within a second.
pub(super) async fn sessions_that_end_end_their_sockets(stage: &Stage, room: &Room) -> Result<()> {
    let url = stage.websocket_url();
    let changing = &room.people[2];
    let mut socket = Socket::open(&url, changing.token()).await?;
    let body = json!({"old_password": PASSWORD, "new_password": "another-horse-battery"});
    changing.put("/api/users/me/password", &body).await?;
    ends_within_a_second(&mut socket).await?;

    let shut = &room.people[3];
    let mut socket = Socket::open(&url, shut.token()).await?;
    let operator: Client = stage.admin().await?;
    let path = format!("/api/admin/users/{}/status", shut.user_id);
    operator.put(&path, &json!({"disabled": true})).await?.data()?;
    ends_within_a_second(&mut socket).await
}

async fn ends_within_a_second(socket: &mut Socket) -> Result<()> {
    let began = Instant::now();
    let (frames, code) = socket.ending().await?;
    let took = began.elapsed();
    assert_eq!((refusal(&frames).as_str(), code), ("AUTH_INVALID", NOT_ALLOWED));
    assert!(took < Duration::from_secs(1), "{took:?}");
    Ok(())
}

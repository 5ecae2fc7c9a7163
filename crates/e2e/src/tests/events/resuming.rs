//! Missed events are sent again, from a sequence number or from an event's id, to members only.

use anyhow::Result;
use serde_json::{Value, json};

use super::{super::room::Room, ear::TOPICS};
use crate::{socket::Socket, stage::Stage};

pub(super) async fn what_was_missed_is_sent_again(stage: &Stage, room: &Room, heard: &[Value]) -> Result<()> {
    let half = heard.len() / 2;
    let last = heard.last().unwrap();
    for from in [json!({"after_seq": heard[half]["seq"]}), json!({"after_id": heard[half]["id"]})] {
        let mut socket = Socket::open(&stage.websocket_url(), room.people[3].token()).await?;
        socket.subscribe(&TOPICS).await?;
        let mut frame = json!({"type": "resume", "room_id": room.id});
        frame.as_object_mut().unwrap().extend(from.as_object().unwrap().clone());
        socket.send(&frame).await?;
        let mut again = Vec::new();
        let end = loop {
            let frame = socket.next().await?;
            if frame["type"] == "resumed" {
                break frame;
            }
            again.push(frame);
        };
        assert_eq!(again, heard[half + 1..], "the same frames in the same order");
        assert_eq!(
            end,
            json!({"type": "resumed", "room_id": room.id, "last_seq": last["seq"], "complete": true})
        );
    }
    only_chosen_topics_are_sent_again(stage, room, heard).await
}

async fn only_chosen_topics_are_sent_again(stage: &Stage, room: &Room, heard: &[Value]) -> Result<()> {
    let mut socket = Socket::open(&stage.websocket_url(), room.people[3].token()).await?;
    socket.subscribe(&["disputes"]).await?;
    let first = heard[0]["seq"].as_i64().unwrap();
    socket.send(&json!({"type": "resume", "room_id": room.id, "after_seq": first - 1})).await?;
    for kind in ["dispute_opened", "dispute_processed", "resumed"] {
        assert_eq!(socket.next().await?["type"], kind);
    }
    Ok(())
}

pub(super) async fn strangers_resume_nothing(stage: &Stage, room: &Room) -> Result<()> {
    let stranger = stage.person("passer_by", "路人").await?;
    let mut socket = Socket::open(&stage.websocket_url(), stranger.token()).await?;
    socket.subscribe(&TOPICS).await?;
    let mut answers = Vec::new();
    for room_id in [room.id, 999] {
        socket.send(&json!({"type": "resume", "room_id": room_id, "after_seq": 0})).await?;
        answers.push(socket.next().await?);
    }
    assert_eq!((&answers[0]["type"], &answers[0]["code"]), (&json!("error"), &json!("NOT_FOUND")));
    assert_eq!(answers[0], answers[1], "a foreign room is one that does not exist");
    // The socket lives on.
    socket.send(&json!({"type": "ping"})).await?;
    assert_eq!(socket.next().await?["type"], "pong");
    Ok(())
}

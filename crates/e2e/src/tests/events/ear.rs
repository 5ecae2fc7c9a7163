//! A listener who keeps what he hears and can be asked for an event by name, in whatever order they came.

use anyhow::{Context, Result};
use serde_json::Value;

use super::super::face::{exactly, looks_like};
use crate::{client::Client, socket::Socket, stage::Stage};

pub(super) const TOPICS: [&str; 8] =
    ["expenses", "bills", "payments", "rooms", "notifications", "disputes", "wallet", "system"];

pub(in crate::tests) struct Ear {
    socket: Socket,
    unread: Vec<Value>,
    /// Every event of a room, in the order in which they came.
    pub(super) log: Vec<Value>,
}

impl Ear {
    /// Listens to every topic.
    pub(in crate::tests) async fn of(stage: &Stage, person: &Client) -> Result<Self> {
        let mut socket = Socket::open(&stage.websocket_url(), person.token()).await?;
        socket.subscribe(&TOPICS).await?;
        Ok(Self { socket, unread: Vec::new(), log: Vec::new() })
    }

    /// The next event of this name, whole frame; what comes in between is kept.
    pub(in crate::tests) async fn hear(&mut self, kind: &str) -> Result<Value> {
        loop {
            if let Some(at) = self.unread.iter().position(|frame| frame["type"] == kind) {
                return Ok(self.unread.remove(at));
            }
            let frame =
                self.socket.next().await.with_context(|| format!("{kind} after {:?}", self.unread))?;
            well_formed(&frame);
            if frame["seq"].is_i64() {
                self.log.push(frame.clone());
            }
            self.unread.push(frame);
        }
    }

    /// The data of the next event of this name, with exactly these fields.
    pub(in crate::tests) async fn hear_data(&mut self, kind: &str, names: &str) -> Result<Value> {
        let frame = self.hear(kind).await?;
        exactly(&frame["data"], names, "");
        Ok(frame["data"].clone())
    }
}

/// `type`, `data`, `timestamp`, `id`, `room_id` with `seq` for what happens in a room, `order_no` for what is about an
/// order.
fn well_formed(frame: &Value) {
    let of_room = if frame["seq"].is_null() { "" } else { "room_id seq" };
    let of_order = if frame["order_no"].is_null() { "" } else { "order_no" };
    exactly(frame, "type data timestamp", &format!("id {of_room} {of_order}"));
    let timestamp = frame["timestamp"].as_str().unwrap_or_default();
    assert!(looks_like(timestamp, "0000-00-00T00:00:00.000Z"), "{frame}");
    assert!(frame["id"].as_str().is_some_and(|id| !id.is_empty()), "{frame}");
    assert!(frame["data"].is_object(), "{frame}");
}

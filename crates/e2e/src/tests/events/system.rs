//! The state of the platform itself (000-V15): a database that goes away and comes back.

use anyhow::Result;
use serde_json::json;

use super::super::{face::exactly, room::Room};
use crate::{socket::Socket, stage::Stage};

pub(super) async fn what_goes_away_and_comes_back_is_told(stage: &Stage, room: &Room) -> Result<()> {
    let mut socket = Socket::open(&stage.websocket_url(), room.admin().token()).await?;
    socket.subscribe(&["system"]).await?;
    stage.postgres.close();
    let heard = socket.wait_for("system_status_updated").await?;
    exactly(&heard, "type data timestamp", "id");
    exactly(&heard["data"], "status services", "");
    assert_eq!(heard["data"]["status"], "degraded", "{heard}");
    stage.postgres.open();
    loop {
        let heard = socket.wait_for("system_status_updated").await?;
        if heard["data"]["status"] == "ok" {
            let services = heard["data"]["services"].as_object().unwrap();
            assert!(services.values().all(|state| *state == json!("up")), "{heard}");
            return Ok(());
        }
    }
}

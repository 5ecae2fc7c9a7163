//! Live events: everybody in the room hears everything in order, nobody else hears anything.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use super::room::Room;
use crate::{socket::Socket, stage::Stage};

const EXPENSES: usize = 20;

/// The sequence numbers of a room's events; acknowledgements have none.
fn room_seqs(frames: &[Value], room: &Room) -> Vec<i64> {
    frames
        .iter()
        .filter(|frame| frame["room_id"] == room.id)
        .filter_map(|frame| frame["seq"].as_i64())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_hear_every_event_in_order_and_others_hear_nothing() -> Result<()> {
    let stage = Stage::start(&[]).await?;
    let room = Room::of_four(&stage).await?;
    let stranger = stage.person("stranger", "外人").await?;
    let url = stage.websocket_url();
    let mut member = Socket::open(&url, room.people[1].token()).await?;
    let mut outsider = Socket::open(&url, stranger.token()).await?;
    let topics = ["expenses", "bills", "payments", "rooms", "notifications", "disputes"];
    member.subscribe(&topics).await?;
    outsider.subscribe(&topics).await?;

    for at in 0..EXPENSES {
        room.admin().post("/api/expenses", &room.expense(&format!("第{at}笔"), "4.00")).await?.data()?;
    }
    let mut heard = Vec::new();
    while heard.len() < EXPENSES {
        let frame = member.wait_for("expense_created").await?;
        assert!(
            frame["data"]["id"].is_i64() && frame["timestamp"].is_string() && frame["id"].is_string(),
            "{frame}"
        );
        heard.push(frame["seq"].as_i64().unwrap());
    }
    assert!(heard.windows(2).all(|pair| pair[0] < pair[1]), "in order: {heard:?}");
    assert_eq!(outsider.drain(Duration::from_millis(500)).await, Vec::<Value>::new());

    // Missed while away: resumed without a gap.
    drop(member);
    room.admin().post("/api/expenses", &room.expense("离线时", "4.00")).await?.data()?;
    let mut member = Socket::open(&url, room.people[1].token()).await?;
    member.subscribe(&topics).await?;
    let last = *heard.last().unwrap();
    member.send(&json!({"type": "resume", "room_id": room.id, "after_seq": last - 5})).await?;
    let seqs = room_seqs(&member.drain(Duration::from_secs(1)).await, &room);
    let first = seqs[0];
    assert_eq!(first, last - 4);
    assert_eq!(seqs, (first..first + i64::try_from(seqs.len())?).collect::<Vec<_>>(), "gap-free");
    assert!(*seqs.last().unwrap() > last);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_removed_or_logs_out_hears_nothing_a_second_later() -> Result<()> {
    let stage = Stage::start(&[]).await?;
    let room = Room::of_four(&stage).await?;
    let (removed, gone) = (&room.people[3], &room.people[2]);
    let url = stage.websocket_url();
    let mut ex_member = Socket::open(&url, removed.token()).await?;
    ex_member.subscribe(&["expenses"]).await?;
    let mut logged_out = Socket::open(&url, gone.token()).await?;
    logged_out.subscribe(&["expenses"]).await?;

    room.admin().delete(&room.path(&format!("/members/{}", removed.user_id))).await?.data()?;
    gone.post("/api/auth/logout", &json!({})).await?;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    room.admin().post("/api/expenses", &room.expense("之后", "4.00")).await?.data()?;
    let heard = ex_member.drain(Duration::from_secs(1)).await;
    assert!(heard.iter().all(|frame| frame["type"] != "expense_created"), "{heard:?}");
    assert!(
        logged_out.drain(Duration::from_secs(1)).await.iter().all(|frame| frame["type"] != "expense_created")
    );
    assert_eq!(gone.get("/api/users/me").await?.status, 401);

    // Back again while the socket is open: heard within a second.
    room.admin()
        .post(&room.path("/members"), &json!({"user_id": removed.user_id, "role": "member"}))
        .await?
        .data()?;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    room.admin().post("/api/expenses", &room.expense("回来", "4.00")).await?.data()?;
    while ex_member.wait_for("expense_created").await?["data"]["title"] != "回来" {}
    Ok(())
}

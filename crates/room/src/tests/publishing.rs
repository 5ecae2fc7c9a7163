//! What listeners hear on the channel of a room.

use std::{collections::BTreeMap, time::Duration};

use ephemeral::{Event as Heard, Fanout};
use futures::future::join_all;
use prost::Message as _;
use proto::{event::v1::Event, room::v1::AppendEventsRequest};
use tokio::{sync::mpsc, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{BEN, event, room_with, stage::Stage};

async fn listen(stage: &Stage) -> mpsc::Receiver<Heard> {
    let mut heard = Fanout::subscribe(&stage.redis, ["room:*"], CancellationToken::new());
    assert_eq!(next(&mut heard).await, Heard::Reconnected);
    heard
}

async fn next(heard: &mut mpsc::Receiver<Heard>) -> Heard {
    timeout(Duration::from_secs(30), heard.recv()).await.expect("nothing is heard").unwrap()
}

/// Listens until each of these rooms has been heard up to a number; gives the numbers heard, by room.
async fn hear(heard: &mut mpsc::Receiver<Heard>, rooms: &[i64], last: i64) -> BTreeMap<i64, Vec<Event>> {
    let mut log: BTreeMap<i64, Vec<Event>> = BTreeMap::new();
    let is_complete = |log: &BTreeMap<i64, Vec<Event>>| {
        rooms.iter().all(|id| log.get(id).is_some_and(|events| events.iter().any(|event| event.seq == last)))
    };
    while !is_complete(&log) {
        if let Heard::Message { channel, payload } = next(heard).await {
            let event = Event::decode(payload).unwrap();
            assert_eq!(channel, format!("room:{}", event.room_id));
            log.entry(event.room_id).or_default().push(event);
        }
    }
    log
}

#[tokio::test]
async fn events_of_a_room_are_heard_in_the_order_of_their_numbers() {
    let stage = Stage::open().await;
    let mut heard = listen(&stage).await;
    let rooms = [room_with(&stage, &[BEN]).await.id, room_with(&stage, &[BEN]).await.id];
    let writers = (0..8).map(|writer| {
        let mut client = stage.service("expense");
        async move {
            for at in 0..10 {
                let events = rooms.iter().map(|id| event(*id, &format!("{writer}-{at}"))).collect();
                let request = AppendEventsRequest { events };
                while client.append_events(request.clone()).await.is_err() {}
            }
        }
    });
    let (_, log) = futures::future::join(join_all(writers), hear(&mut heard, &rooms, 82)).await;
    for room_id in rooms {
        let mut told = log[&room_id].clone();
        assert!(told.iter().map(|event| event.seq).is_sorted(), "{:?}", super::seqs(&told));
        told.dedup();
        assert_eq!(told, stage.log(room_id).await, "what is heard is what is kept");
    }
}

#[tokio::test]
async fn what_was_written_while_redis_was_away_is_heard_when_it_is_back() {
    let (proxy, through) = testkit::redis_behind_proxy().await;
    proxy.refuse(true);
    let stage = Stage::open_with_redis(&through).await;
    let room = room_with(&stage, &[BEN]).await;
    assert_eq!(stage.log(room.id).await.len(), 2, "nothing waits for Redis");
    proxy.refuse(false);
    let mut heard = listen(&stage).await;
    let log = hear(&mut heard, &[room.id], 2).await;
    assert!(log[&room.id].iter().map(|event| event.seq).is_sorted());
}

#[tokio::test]
async fn an_event_is_kept_before_it_is_heard() {
    let stage = Stage::open().await;
    let mut heard = listen(&stage).await;
    let room = room_with(&stage, &[]).await;
    for at in 2..=20 {
        let events = vec![event(room.id, &at.to_string())];
        stage.service("expense").append_events(AppendEventsRequest { events }).await.unwrap();
        let log = hear(&mut heard, &[room.id], at).await;
        let kept = stage.log(room.id).await;
        assert_eq!(log[&room.id].last(), kept.last());
    }
}

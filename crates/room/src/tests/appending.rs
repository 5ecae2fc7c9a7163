//! Giving events their numbers.

use std::collections::BTreeSet;

use fault::Code;
use futures::future::join_all;
use proto::{event::v1::Event, room::v1::AppendEventsRequest};

use super::{event, refusal, room_with, seqs, stage::Stage};

fn batch(events: Vec<Event>) -> AppendEventsRequest {
    AppendEventsRequest { events }
}

#[tokio::test]
async fn events_get_the_next_numbers_in_the_order_in_which_they_come() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[]).await;
    let mut expense = stage.service("expense");
    expense.append_events(batch(vec![event(room.id, "b"), event(room.id, "a")])).await.unwrap();
    expense.append_events(batch(vec![event(room.id, "c")])).await.unwrap();
    let log = stage.log(room.id).await;
    let named: Vec<_> = log[1..].iter().map(|event| (event.seq, event.uid.as_str())).collect();
    assert_eq!(named, [(2, "b"), (3, "a"), (4, "c")]);
    assert_eq!(log[1].at, Some(host::timestamp(stage.clock.now())));
    assert_eq!(log[1].payload, event(room.id, "b").payload);
}

#[tokio::test]
async fn an_event_that_comes_again_keeps_its_number() {
    let stage = Stage::open().await;
    let (room, other) = (room_with(&stage, &[]).await, room_with(&stage, &[]).await);
    let mut expense = stage.service("expense");
    for _ in 0..3 {
        let events =
            vec![event(room.id, "a"), event(room.id, "a"), event(other.id, "a"), event(room.id, "b")];
        expense.append_events(batch(events)).await.unwrap();
    }
    expense.append_events(batch(vec![event(room.id, "b"), event(room.id, "c")])).await.unwrap();
    let uids: Vec<_> = stage.log(room.id).await.into_iter().skip(1).map(|event| event.uid).collect();
    assert_eq!(uids, ["a", "b", "c"]);
    assert_eq!(seqs(&stage.log(other.id).await), [1, 2], "another room may use the name");
}

#[tokio::test]
async fn many_writers_leave_no_gap_and_no_event_twice() {
    let stage = Stage::open().await;
    let (room, other) = (room_with(&stage, &[]).await, room_with(&stage, &[]).await);
    let writers = (0..24).map(|writer| {
        let mut client = stage.service(if writer % 2 == 0 { "expense" } else { "bill" });
        async move {
            for at in 0..10 {
                // Every event is sent by two writers, some with one of the other room, in either order.
                let mut events = vec![event(room.id, &format!("{}-{at}", writer / 2))];
                events.push(event(other.id, &format!("{}-{at}", writer / 2)));
                if writer % 3 == 0 {
                    events.reverse();
                }
                while client.append_events(batch(events.clone())).await.is_err() {}
            }
        }
    });
    join_all(writers).await;
    for room_id in [room.id, other.id] {
        let log = stage.log(room_id).await;
        assert_eq!(seqs(&log), (1..=121).collect::<Vec<_>>());
        assert_eq!(log.iter().map(|event| event.uid.as_str()).collect::<BTreeSet<_>>().len(), 121);
    }
}

#[tokio::test]
async fn events_that_are_none_are_refused_by_name_and_nothing_is_kept() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[]).await;
    let good = event(room.id, "good");
    for (bad, field) in [
        (Event { uid: String::new(), ..good.clone() }, "events[1].uid"),
        (Event { uid: "a".repeat(101), ..good.clone() }, "events[1].uid"),
        (Event { uid: "a\u{0}".to_owned(), ..good.clone() }, "events[1].uid"),
        (Event { room_id: 0, ..good.clone() }, "events[1].room_id"),
        (Event { user_id: 1, ..good.clone() }, "events[1].user_id"),
        (Event { payload: None, ..good.clone() }, "events[1].payload"),
    ] {
        let fault = refusal(stage.service("bill").append_events(batch(vec![good.clone(), bad])).await);
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some(field)));
    }
    let too_many = (0..101).map(|at| event(room.id, &at.to_string())).collect();
    let fault = refusal(stage.service("bill").append_events(batch(too_many)).await);
    assert_eq!(fault.code(), Code::BatchLimitExceeded);
    let nowhere = batch(vec![good, event(4_711, "nowhere")]);
    assert_eq!(refusal(stage.service("bill").append_events(nowhere).await).code(), Code::NotFound);
    assert_eq!(stage.log(room.id).await.len(), 1);
}

#[tokio::test]
async fn numbers_that_callers_send_are_not_believed() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[]).await;
    let event = Event { seq: 77, ..event(room.id, "a") };
    stage.service("expense").append_events(batch(vec![event])).await.unwrap();
    assert_eq!(seqs(&stage.log(room.id).await), [1, 2]);
}

#[tokio::test]
async fn a_refused_change_of_a_room_leaves_no_number_behind() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[]).await;
    let mut anna = stage.user(super::ANNA);
    assert!(anna.add_member(super::addition(room.id, super::ANNA)).await.is_err());
    anna.add_member(super::addition(room.id, super::BEN)).await.unwrap();
    assert_eq!(seqs(&stage.log(room.id).await), [1, 2]);
}

//! Reading events again, and dropping them after seven days.

use chrono::TimeDelta;
use fault::Code;
use proto::{
    event::v1::{Event, RoomUpdated, event::Payload},
    room::v1::{AppendEventsRequest, ListEventsRequest, ListEventsResponse, PurgeExpiredRequest},
};

use super::{
    ANNA, BEN, code, event, events_after, refusal, room_with, seqs,
    stage::{Stage, eventually},
};

/// A room whose log holds the events 1 to `last`; those from 2 on are named after their numbers.
async fn room_of(stage: &Stage, last: i64) -> i64 {
    let room = room_with(stage, &[]).await;
    append(stage, room.id, 2..=last).await;
    room.id
}

async fn append(stage: &Stage, room_id: i64, numbers: std::ops::RangeInclusive<i64>) {
    let events = numbers.map(|number| event(room_id, &number.to_string())).collect();
    stage.service("expense").append_events(AppendEventsRequest { events }).await.unwrap();
}

async fn read(stage: &Stage, request: ListEventsRequest) -> ListEventsResponse {
    stage.user(ANNA).list_events(request).await.unwrap().into_inner()
}

async fn purge(stage: &Stage) -> i64 {
    let reply = stage.service("payment").purge_expired(PurgeExpiredRequest {}).await.unwrap();
    reply.into_inner().rows_deleted
}

fn after_uid(room_id: i64, uid: &str) -> ListEventsRequest {
    ListEventsRequest { after_uid: uid.to_owned(), ..events_after(room_id, 0) }
}

#[tokio::test]
async fn what_was_missed_is_read_by_number_or_by_name() {
    let stage = Stage::open().await;
    let room_id = room_of(&stage, 6).await;
    let by_number = read(&stage, events_after(room_id, 4)).await;
    assert_eq!((seqs(&by_number.events), by_number.last_seq, by_number.oldest_seq), (vec![5, 6], 6, 0));
    assert_eq!(read(&stage, after_uid(room_id, "4")).await, by_number);
    assert_eq!(read(&stage, after_uid(room_id, "6")).await.events, Vec::<Event>::new());
    assert_eq!(read(&stage, events_after(room_id, 99)).await.last_seq, 6);
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap() {
    let stage = Stage::open().await;
    let room_id = room_of(&stage, 10).await;
    let (mut seen, mut after_seq) = (Vec::new(), 0);
    loop {
        let page = read(&stage, ListEventsRequest { limit: 3, ..events_after(room_id, after_seq) }).await;
        seen.extend(seqs(&page.events));
        after_seq = *seen.last().unwrap();
        if after_seq == page.last_seq {
            break;
        }
        assert_eq!(page.events.len(), 3);
    }
    assert_eq!(seen, (1..=10).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_answer_stays_small_however_large_its_events_are() {
    let stage = Stage::open().await;
    let room_id = room_of(&stage, 1).await;
    for at in 0..15 {
        let name = "x".repeat(100_000);
        let payload = Payload::RoomUpdated(RoomUpdated { room_id, name, ..RoomUpdated::default() });
        let events = vec![Event { payload: Some(payload), ..event(room_id, &at.to_string()) }];
        stage.service("expense").append_events(AppendEventsRequest { events }).await.unwrap();
    }
    let (mut seen, mut answers) = (Vec::new(), 0);
    while seen.len() < 16 {
        let page = read(&stage, events_after(room_id, seen.last().copied().unwrap_or_default())).await;
        assert!(!page.events.is_empty() && page.events.len() <= 11);
        seen.extend(seqs(&page.events));
        answers += 1;
    }
    assert_eq!((seen, answers), ((1..=16).collect(), 2));
}

#[tokio::test]
async fn wrong_questions_are_refused_by_name() {
    let stage = Stage::open().await;
    let room_id = room_of(&stage, 3).await;
    let good = events_after(room_id, 0);
    for (request, field) in [
        (ListEventsRequest { limit: 0, ..good.clone() }, "limit"),
        (ListEventsRequest { limit: 501, ..good.clone() }, "limit"),
        (ListEventsRequest { after_seq: -1, ..good.clone() }, "after_seq"),
        (ListEventsRequest { after_seq: 1, after_uid: "2".to_owned(), ..good.clone() }, "after_uid"),
    ] {
        let fault = refusal(stage.user(ANNA).list_events(request).await);
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some(field)));
    }
    assert_eq!(code(stage.user(ANNA).list_events(after_uid(room_id, "never")).await), Code::NotFound);
}

#[tokio::test]
async fn an_event_of_another_room_is_no_place_to_begin() {
    let stage = Stage::open().await;
    let room_id = room_of(&stage, 3).await;
    let other = room_with(&stage, &[BEN]).await;
    let name = stage.log(other.id).await.pop().unwrap().uid;
    assert_eq!(code(stage.user(ANNA).list_events(after_uid(room_id, &name)).await), Code::NotFound);
}

#[tokio::test]
async fn events_are_kept_for_seven_days_and_the_log_tells_what_is_gone() {
    let stage = Stage::open().await;
    let room_id = room_of(&stage, 4).await;
    age(&stage, "3 days").await;
    append(&stage, room_id, 5..=6).await;
    age(&stage, "4 days").await;
    assert_eq!(purge(&stage).await, 0, "not before they are older than seven days");
    age(&stage, "1 second").await;
    assert_eq!(purge(&stage).await, 4);
    let left = read(&stage, events_after(room_id, 2)).await;
    assert_eq!((seqs(&left.events), left.last_seq, left.oldest_seq), (vec![5, 6], 6, 5));
    assert_eq!(code(stage.user(ANNA).list_events(after_uid(room_id, "4")).await), Code::NotFound);
    append(&stage, room_id, 7..=7).await;
    assert_eq!(seqs(&stage.log(room_id).await), [5, 6, 7]);
}

#[tokio::test]
async fn a_log_that_has_lost_everything_goes_on_with_its_numbers() {
    let stage = Stage::open().await;
    let room_id = room_of(&stage, 7).await;
    age(&stage, "8 days").await;
    assert_eq!(purge(&stage).await, 7);
    let empty = read(&stage, events_after(room_id, 0)).await;
    assert_eq!((empty.events.len(), empty.last_seq, empty.oldest_seq), (0, 7, 8));
    append(&stage, room_id, 8..=8).await;
    assert_eq!(seqs(&stage.log(room_id).await), [8]);
}

#[tokio::test]
async fn expired_invites_and_many_events_are_purged_too() {
    let stage = Stage::open().await;
    let room_id = room_of(&stage, 1).await;
    for batch in 0..12 {
        append(&stage, room_id, 2 + batch * 100..=101 + batch * 100).await;
    }
    super::invite(&stage, room_id, 1).await;
    age(&stage, "30 days").await;
    assert_eq!(purge(&stage).await, 1_201 + 1);
    assert_eq!(purge(&stage).await, 0);
}

#[tokio::test]
async fn the_schedule_purges_by_itself() {
    let stage = Stage::open().await;
    let room_id = room_of(&stage, 5).await;
    stage.clock.advance(TimeDelta::days(8));
    eventually("the events are gone", async || stage.log(room_id).await.is_empty()).await;
}

/// Makes everything that is kept for a while older. The clock stands still, so that the schedule sleeps.
async fn age(stage: &Stage, by: &str) {
    let mut conn = stage.test_db.owner().await;
    sqlx::query!("update event set stored_at = stored_at - $1::text::interval", by)
        .execute(&mut conn)
        .await
        .unwrap();
    sqlx::query!("update invite set expires_at = expires_at - $1::text::interval", by)
        .execute(&mut conn)
        .await
        .unwrap();
}

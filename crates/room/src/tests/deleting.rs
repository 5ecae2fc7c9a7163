//! Deleting a room, through every sort of failure.

use fault::Code;
use proto::{
    event::v1::event::Payload,
    room::v1::{
        AppendEventsRequest, DeleteRoomRequest, GetMembersRequest, GetRoomRequest, ListMembershipsRequest,
        ListRoomsRequest, TransferOwnershipRequest,
    },
};

use super::{
    ANNA, BEN, code, event, events_after, invite, new_room, refusal, room_with,
    stage::{Mood, Stage, eventually},
};

async fn is_there(stage: &Stage, room_id: i64) -> bool {
    stage.user(ANNA).get_room(GetRoomRequest { room_id }).await.is_ok()
}

#[tokio::test]
async fn a_deleted_room_is_gone_for_everybody() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    let request = invite(&stage, room.id, 5).await;
    stage.user(ANNA).delete_room(DeleteRoomRequest { room_id: room.id }).await.unwrap();
    assert!(stage.book().closed_rooms.contains(&room.id));
    for user_id in [ANNA, BEN] {
        let mut client = stage.user(user_id);
        assert_eq!(code(client.get_room(GetRoomRequest { room_id: room.id }).await), Code::NotFound);
        assert_eq!(code(client.list_events(events_after(room.id, 0)).await), Code::NotFound);
        let rooms = client.list_rooms(ListRoomsRequest { page: None }).await.unwrap().into_inner();
        assert_eq!(rooms.rooms.len(), 0);
    }
    assert_eq!(code(stage.user(66).join_room(request).await), Code::NotFound);
    let members = stage.service("bill").get_members(GetMembersRequest { room_id: room.id }).await;
    assert_eq!(code(members), Code::NotFound);
    let asked = ListMembershipsRequest { user_ids: vec![ANNA] };
    let rooms = stage.service("gateway").list_memberships(asked).await.unwrap().into_inner();
    assert_eq!(rooms.memberships, Vec::new());
}

#[tokio::test]
async fn a_deletion_is_told_written_down_and_makes_place_for_another_room() {
    let stage = Stage::open().await;
    stage.count_rooms(ANNA, 99).await;
    let room = room_with(&stage, &[BEN]).await;
    assert_eq!(code(stage.user(ANNA).create_room(new_room()).await), Code::StateConflict);
    stage.user(ANNA).delete_room(DeleteRoomRequest { room_id: room.id }).await.unwrap();
    let told = stage.log(room.id).await.pop().unwrap();
    assert!(matches!(told.payload, Some(Payload::RoomUpdated(room)) if room.deleted));
    let audit = stage.audit(room.id).await.pop().unwrap();
    assert_eq!((audit.action.as_str(), audit.actor), ("room.deleted", durable::audit::Actor::User(ANNA)));
    let before = serde_json::json!({ "name": "101寝室", "owner_id": ANNA, "member_ids": [ANNA, BEN] });
    assert_eq!(audit.before, Some(before));
    assert!(stage.user(ANNA).create_room(new_room()).await.is_ok());
}

#[tokio::test]
async fn a_room_with_an_open_balance_stays() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    stage.book().open_balances.insert((room.id, BEN));
    let fault = refusal(stage.user(ANNA).delete_room(DeleteRoomRequest { room_id: room.id }).await);
    assert_eq!((fault.code(), fault.detail()), (Code::StateConflict, "a balance is open"));
    stage.book().open_balances.clear();
    stage.let_jobs_come_due().await;
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    assert!(is_there(&stage, room.id).await, "what was refused does not happen later");
}

#[tokio::test]
async fn a_room_that_was_closed_without_an_answer_is_deleted_by_the_job() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    stage.book().mood = Mood::Silent;
    let answer = stage.user(ANNA).delete_room(DeleteRoomRequest { room_id: room.id }).await;
    assert_eq!(code(answer), Code::ServiceUnavailable);
    assert!(is_there(&stage, room.id).await);
    let handed = TransferOwnershipRequest { room_id: room.id, user_id: BEN };
    stage.user(ANNA).transfer_ownership(handed).await.unwrap();
    stage.book().mood = Mood::Well;
    stage.let_jobs_come_due().await;
    eventually("the room is deleted", async || !is_there(&stage, room.id).await).await;
    let audit = stage.audit(room.id).await.pop().unwrap();
    assert_eq!((audit.action.as_str(), audit.actor), ("room.deleted", durable::audit::Actor::User(ANNA)));
}

#[tokio::test]
async fn a_room_whose_deletion_is_refused_to_the_job_stays() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    stage.book().mood = Mood::Away;
    let answer = stage.user(ANNA).delete_room(DeleteRoomRequest { room_id: room.id }).await;
    assert_eq!(code(answer), Code::ServiceUnavailable);
    stage.book().open_balances.insert((room.id, BEN));
    stage.book().mood = Mood::Well;
    stage.let_jobs_come_due().await;
    let mut conn = stage.test_db.owner().await;
    eventually("the attempt is taken back", async || {
        let left =
            sqlx::query_scalar!(r#"select count(*) as "left!" from room where closing_id is not null"#);
        left.fetch_one(&mut conn).await.unwrap() == 0
    })
    .await;
    assert!(is_there(&stage, room.id).await);
}

#[tokio::test]
async fn news_under_way_to_a_deleted_room_are_kept() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[]).await;
    stage.user(ANNA).delete_room(DeleteRoomRequest { room_id: room.id }).await.unwrap();
    let events = vec![event(room.id, "late")];
    stage.service("expense").append_events(AppendEventsRequest { events }).await.unwrap();
    assert_eq!(super::seqs(&stage.log(room.id).await), [1, 2, 3]);
}

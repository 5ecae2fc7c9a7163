//! Handing a room over.

use fault::Code;
use proto::{
    event::v1::event::Payload,
    room::v1::{MemberRole, TransferOwnershipRequest},
};

use super::{
    ANNA, BEN, STRANGER, refusal, removal, room_with,
    stage::{Stage, client},
    user_ids,
};

fn to(room_id: i64, user_id: i64) -> TransferOwnershipRequest {
    TransferOwnershipRequest { room_id, user_id }
}

#[tokio::test]
async fn the_new_owner_is_admin_and_the_old_one_may_leave() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    let after =
        stage.user(ANNA).transfer_ownership(to(room.id, BEN)).await.unwrap().into_inner().room.unwrap();
    assert_eq!((after.owner_id, after.creator_id), (BEN, ANNA));
    assert!(after.members.iter().all(|member| member.role() == MemberRole::Admin));
    assert_eq!(after, stage.room(BEN, room.id).await);
    stage.user(ANNA).remove_member(removal(room.id, ANNA)).await.unwrap();
    assert_eq!(user_ids(&stage.room(BEN, room.id).await.members), [BEN]);
}

#[tokio::test]
async fn a_transfer_is_told_and_written_down() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    stage.user(ANNA).transfer_ownership(to(room.id, BEN)).await.unwrap();
    let log = stage.log(room.id).await;
    let told: Vec<_> = log[2..].iter().map(|event| event.payload.clone().unwrap()).collect();
    assert!(
        matches!(&told[0], Payload::RoomMemberChanged(change) if change.user_id == BEN && change.role == "admin")
    );
    assert!(matches!(&told[1], Payload::RoomUpdated(room) if room.owner_id == BEN));
    let audit = stage.audit(room.id).await.pop().unwrap();
    assert_eq!(audit.action, "room.owner_changed");
    assert_eq!(audit.before, Some(serde_json::json!({ "owner_id": ANNA })));
    assert_eq!(audit.after, Some(serde_json::json!({ "owner_id": BEN })));
}

#[tokio::test]
async fn a_room_is_handed_to_members_only_and_to_oneself_without_effect() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    let fault = refusal(stage.user(ANNA).transfer_ownership(to(room.id, STRANGER)).await);
    assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some("user_id")));
    stage.user(ANNA).transfer_ownership(to(room.id, ANNA)).await.unwrap();
    assert_eq!(stage.room(ANNA, room.id).await.owner_id, ANNA);
    assert_eq!(stage.log(room.id).await.len(), 2);
}

#[tokio::test]
async fn one_key_hands_over_once() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    let mut anna = client(&stage.served.user(ANNA).key("hand over"));
    let first = anna.transfer_ownership(to(room.id, BEN)).await.unwrap().into_inner();
    let again = anna.transfer_ownership(to(room.id, BEN)).await.unwrap();
    assert_eq!(again.metadata().get(host::IDEMPOTENT_REPLAYED).unwrap(), "true");
    assert_eq!(again.into_inner(), first, "although she is no longer the owner");
}

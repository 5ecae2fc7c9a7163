//! Adding members and changing their roles.

use fault::Code;
use futures::future::join;
use proto::{
    event::v1::{MemberChange, event::Payload},
    room::v1::{AddMemberRequest, MemberRole},
    user::v1::NotificationType,
};

use super::{
    ANNA, BEN, CARA, NOBODY, addition, code, refusal, role, room_with,
    stage::{Stage, client, eventually},
    user_ids,
};

#[tokio::test]
async fn a_new_member_is_in_the_room_told_to_all_and_notified() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[]).await;
    let request = AddMemberRequest { role: MemberRole::Admin.into(), ..addition(room.id, BEN) };
    let member = stage.user(ANNA).add_member(request).await.unwrap().into_inner().member.unwrap();
    assert_eq!((member.user_id, member.role()), (BEN, MemberRole::Admin));
    assert_eq!(user_ids(&stage.room(BEN, room.id).await.members), [ANNA, BEN]);
    let told = stage.log(room.id).await.pop().unwrap();
    assert_eq!((told.seq, told.actor_user_id), (2, ANNA));
    match told.payload {
        Some(Payload::RoomMemberChanged(change)) => {
            assert_eq!(
                (change.user_id, change.change(), change.role.as_str()),
                (BEN, MemberChange::Added, "admin")
            );
        }
        other => panic!("{other:?}"),
    }
    eventually("Ben is notified", async || !stage.notified().is_empty()).await;
    let note = stage.notified().pop().unwrap();
    assert_eq!((note.user_id, note.r#type()), (BEN, NotificationType::RoomJoined));
    let facts = note.facts.unwrap();
    assert_eq!((facts.room_id, facts.room_name.as_str(), facts.actor_user_id), (room.id, "101寝室", ANNA));
}

#[tokio::test]
async fn a_member_is_not_added_twice_and_nobody_is_invented() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    let mut anna = stage.user(ANNA);
    let twice = refusal(anna.add_member(addition(room.id, BEN)).await);
    assert_eq!((twice.code(), twice.field()), (Code::DuplicateEntry, Some("user_id")));
    for user_id in [NOBODY, 0, -1] {
        let fault = refusal(anna.add_member(addition(room.id, user_id)).await);
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some("user_id")));
    }
    let fault = refusal(anna.add_member(AddMemberRequest { role: 0, ..addition(room.id, CARA) }).await);
    assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some("role")));
    assert_eq!(user_ids(&stage.room(ANNA, room.id).await.members), [ANNA, BEN]);
    assert_eq!(stage.log(room.id).await.len(), 2);
}

#[tokio::test]
async fn adding_with_one_key_twice_adds_once_and_answers_the_same() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[]).await;
    let mut anna = client(&stage.served.user(ANNA).key("add"));
    let first = anna.add_member(addition(room.id, BEN)).await.unwrap();
    let again = anna.add_member(addition(room.id, BEN)).await.unwrap();
    assert_eq!(again.metadata().get(host::IDEMPOTENT_REPLAYED).unwrap(), "true");
    assert_eq!(first.into_inner(), again.into_inner());
    assert_eq!(code(anna.add_member(addition(room.id, CARA)).await), Code::IdempotencyConflict);
}

#[tokio::test]
async fn a_room_takes_a_hundred_members() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[]).await;
    stage.fill(room.id, 98).await;
    let mut anna = stage.user(ANNA);
    assert!(anna.add_member(addition(room.id, BEN)).await.is_ok());
    assert_eq!(code(anna.add_member(addition(room.id, CARA)).await), Code::StateConflict);
}

#[tokio::test]
async fn a_change_of_role_is_told_and_written_down() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    let mut anna = stage.user(ANNA);
    let promoted = anna.set_member_role(role(room.id, BEN, MemberRole::Admin)).await.unwrap().into_inner();
    assert_eq!(promoted.member.unwrap().role(), MemberRole::Admin);
    anna.set_member_role(role(room.id, BEN, MemberRole::Admin)).await.unwrap();
    let log = stage.log(room.id).await;
    assert_eq!(log.len(), 3, "the same role again is no news");
    let audit = stage.audit(room.id).await;
    let last = audit.last().unwrap();
    assert_eq!((audit.len(), last.action.as_str()), (2, "room.role_changed"));
    assert_eq!(last.before, Some(serde_json::json!({ "user_id": BEN, "role": "member" })));
    assert_eq!(last.after, Some(serde_json::json!({ "user_id": BEN, "role": "admin" })));
    assert_eq!(last.actor, durable::audit::Actor::User(ANNA));
}

#[tokio::test]
async fn the_last_admin_stays_admin() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    let mut anna = stage.user(ANNA);
    let fault = refusal(anna.set_member_role(role(room.id, ANNA, MemberRole::Member)).await);
    assert_eq!(fault.code(), Code::StateConflict);
    assert!(fault.detail().contains("make another member admin first"), "{fault}");
    anna.set_member_role(role(room.id, BEN, MemberRole::Admin)).await.unwrap();
    assert!(anna.set_member_role(role(room.id, ANNA, MemberRole::Member)).await.is_ok());
}

#[tokio::test]
async fn nobody_but_the_owner_makes_him_a_plain_member() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    stage.user(ANNA).set_member_role(role(room.id, BEN, MemberRole::Admin)).await.unwrap();
    let demotion = role(room.id, ANNA, MemberRole::Member);
    assert_eq!(code(stage.user(BEN).set_member_role(demotion).await), Code::Forbidden);
    assert!(stage.user(ANNA).set_member_role(demotion).await.is_ok());
}

#[tokio::test]
async fn the_role_of_who_is_not_a_member_cannot_be_changed() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[]).await;
    let mut anna = stage.user(ANNA);
    assert_eq!(code(anna.set_member_role(role(room.id, BEN, MemberRole::Admin)).await), Code::NotFound);
    let fault = refusal(anna.set_member_role(role(room.id, ANNA, MemberRole::Unspecified)).await);
    assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some("role")));
}

#[tokio::test]
async fn two_admins_who_demote_each_other_leave_an_admin() {
    let stage = Stage::open().await;
    for _ in 0..10 {
        let room = room_with(&stage, &[BEN, CARA]).await;
        for user_id in [BEN, CARA] {
            stage.user(ANNA).set_member_role(role(room.id, user_id, MemberRole::Admin)).await.unwrap();
        }
        stage.user(ANNA).set_member_role(role(room.id, ANNA, MemberRole::Member)).await.unwrap();
        let (mut ben, mut cara) = (stage.user(BEN), stage.user(CARA));
        let (by_ben, by_cara) = join(
            ben.set_member_role(role(room.id, CARA, MemberRole::Member)),
            cara.set_member_role(role(room.id, BEN, MemberRole::Member)),
        )
        .await;
        let refused = [by_ben, by_cara].into_iter().filter_map(Result::err).collect::<Vec<_>>();
        assert_eq!(refused.len(), 1, "one of them is no admin any more when it is his turn");
        assert_eq!(fault::Fault::from(refused[0].clone()).code(), Code::Forbidden);
        let members = stage.room(ANNA, room.id).await.members;
        assert_eq!(members.iter().filter(|member| member.role() == MemberRole::Admin).count(), 1);
    }
}

#[tokio::test]
async fn the_database_itself_refuses_a_room_without_an_admin_or_without_its_owner() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    let mut conn = stage.test_db.owner().await;
    for statement in [
        "update member set role = 'member' where user_id = 11",
        "delete from member where user_id = 11",
        "update room set owner_id = 66",
    ] {
        let error = sqlx::raw_sql(statement).execute(&mut conn).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().constraint(), Some("room_is_run"), "{statement}");
    }
    assert_eq!(user_ids(&stage.room(ANNA, room.id).await.members), [ANNA, BEN]);
}

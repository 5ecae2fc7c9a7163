//! Coming into a room by a code.

use chrono::TimeDelta;
use fault::Code;
use futures::future::join_all;
use proto::room::v1::{CreateInviteRequest, JoinRoomRequest, MemberRole};

use super::{
    ANNA, BEN, CARA, STRANGER, addition, code, invite, refusal, removal, role, room_with,
    stage::{Stage, client},
    user_ids,
};

fn with(room_id: i64, expires_in_hours: Option<i32>, max_uses: Option<i32>) -> CreateInviteRequest {
    CreateInviteRequest { room_id, expires_in_hours, max_uses }
}

#[tokio::test]
async fn a_code_lets_somebody_in_as_a_plain_member() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[]).await;
    let made = stage.user(ANNA).create_invite(with(room.id, None, None)).await.unwrap().into_inner();
    assert_eq!(made.max_uses, 10);
    assert_eq!(made.expires_at, Some(host::timestamp(stage.clock.now() + TimeDelta::hours(72))));
    let joined = stage.user(BEN).join_room(JoinRoomRequest { code: made.code }).await.unwrap().into_inner();
    let joined = joined.room.unwrap();
    assert_eq!(user_ids(&joined.members), [ANNA, BEN]);
    assert_eq!(joined.members[1].role(), MemberRole::Member);
    assert_eq!(joined, stage.room(BEN, room.id).await);
    assert_eq!(stage.audit(room.id).await.pop().unwrap().action, "room.member_joined");
    assert!(stage.notified().is_empty(), "he knows what he did himself");
}

#[tokio::test]
async fn a_code_may_be_written_as_people_write_codes() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[]).await;
    let made = invite(&stage, room.id, 10).await.code;
    let (head, tail) = made.split_at(13);
    let written = format!(" {}-{tail} ", head.to_lowercase());
    assert!(stage.user(BEN).join_room(JoinRoomRequest { code: written }).await.is_ok());
}

#[tokio::test]
async fn codes_that_are_none_are_not_found() {
    let stage = Stage::open().await;
    let made = invite(&stage, room_with(&stage, &[]).await.id, 10).await.code;
    for text in ["ABCDEFGH", &made[..25], &format!("{made}A")] {
        let request = JoinRoomRequest { code: text.to_owned() };
        assert_eq!(code(stage.user(BEN).join_room(request).await), Code::NotFound, "{text}");
    }
    for text in ["", " - ", &"A".repeat(101)] {
        let fault = refusal(stage.user(BEN).join_room(JoinRoomRequest { code: text.to_owned() }).await);
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some("code")), "{text}");
    }
}

#[tokio::test]
async fn thirty_who_use_a_code_for_five_are_five() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[]).await;
    let request = invite(&stage, room.id, 5).await;
    let joining = (100..130).map(|user_id| {
        let (mut client, request) = (stage.user(user_id), request.clone());
        async move {
            // A database under load may ask to come again.
            loop {
                match client.join_room(request.clone()).await {
                    Ok(_) => return true,
                    Err(status) => match fault::Fault::from(status).code() {
                        Code::StateConflict => return false,
                        Code::ServiceUnavailable | Code::LockTimeout => {}
                        other => panic!("{other:?}"),
                    },
                }
            }
        }
    });
    let came_in = join_all(joining).await.into_iter().filter(|is_in| *is_in).count();
    assert_eq!(came_in, 5);
    assert_eq!(stage.room(ANNA, room.id).await.members.len(), 6);
    let log = stage.log(room.id).await;
    assert_eq!(super::seqs(&log), (1..=6).collect::<Vec<_>>());
}

#[tokio::test]
async fn twenty_equal_requests_of_one_person_use_a_code_once() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[]).await;
    let request = invite(&stage, room.id, 2).await;
    let ben = client(&stage.served.user(BEN).key("join"));
    let joining = (0..20).map(|_| {
        let (mut ben, request) = (ben.clone(), request.clone());
        async move { ben.join_room(request).await.is_ok() }
    });
    assert!(join_all(joining).await.into_iter().any(|is_in| is_in));
    assert!(stage.user(CARA).join_room(request.clone()).await.is_ok(), "one use is left");
    assert_eq!(code(stage.user(STRANGER).join_room(request).await), Code::StateConflict);
    assert_eq!(user_ids(&stage.room(ANNA, room.id).await.members), [ANNA, BEN, CARA]);
}

#[tokio::test]
async fn a_member_uses_nothing_up() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    let request = invite(&stage, room.id, 1).await;
    assert_eq!(code(stage.user(BEN).join_room(request.clone()).await), Code::DuplicateEntry);
    assert!(stage.user(CARA).join_room(request).await.is_ok());
}

#[tokio::test]
async fn a_code_ends_to_the_second() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[]).await;
    let request = with(room.id, Some(1), None);
    let made = stage.user(ANNA).create_invite(request).await.unwrap().into_inner().code;
    stage.clock.advance(TimeDelta::minutes(60) - TimeDelta::seconds(1));
    assert!(stage.user(BEN).join_room(JoinRoomRequest { code: made.clone() }).await.is_ok());
    stage.clock.advance(TimeDelta::seconds(1));
    let fault = refusal(stage.user(CARA).join_room(JoinRoomRequest { code: made }).await);
    assert_eq!(
        (fault.code(), fault.detail()),
        (Code::StateConflict, "the invite has expired; ask for a new one")
    );
}

#[tokio::test]
async fn terms_out_of_bounds_are_refused() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[]).await;
    let mut anna = stage.user(ANNA);
    for (hours, uses, field) in [
        (Some(0), None, "expires_in_hours"),
        (Some(721), None, "expires_in_hours"),
        (None, Some(0), "max_uses"),
        (None, Some(101), "max_uses"),
        (None, Some(-1), "max_uses"),
    ] {
        let fault = refusal(anna.create_invite(with(room.id, hours, uses)).await);
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some(field)));
    }
    assert!(anna.create_invite(with(room.id, Some(720), Some(100))).await.is_ok());
}

#[tokio::test]
async fn one_key_makes_one_code() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[]).await;
    let mut anna = client(&stage.served.user(ANNA).key("invite"));
    let first = anna.create_invite(with(room.id, None, None)).await.unwrap().into_inner();
    let again = anna.create_invite(with(room.id, None, None)).await.unwrap().into_inner();
    assert_eq!(first, again);
}

#[tokio::test]
async fn a_code_counts_only_while_its_maker_is_admin() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN]).await;
    stage.user(ANNA).set_member_role(role(room.id, BEN, MemberRole::Admin)).await.unwrap();
    let made = stage.user(BEN).create_invite(with(room.id, None, None)).await.unwrap().into_inner();
    stage.user(ANNA).set_member_role(role(room.id, BEN, MemberRole::Member)).await.unwrap();
    let request = JoinRoomRequest { code: made.code };
    assert_eq!(code(stage.user(CARA).join_room(request).await), Code::NotFound);
}

#[tokio::test]
async fn who_was_removed_needs_a_newer_code_and_who_left_does_not() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN, CARA]).await;
    let old = invite(&stage, room.id, 10).await;
    stage.clock.advance(TimeDelta::minutes(1));
    stage.user(ANNA).remove_member(removal(room.id, BEN)).await.unwrap();
    stage.user(CARA).remove_member(removal(room.id, CARA)).await.unwrap();
    assert_eq!(code(stage.user(BEN).join_room(old.clone()).await), Code::NotFound);
    assert!(stage.user(CARA).join_room(old).await.is_ok());
    stage.clock.advance(TimeDelta::minutes(1));
    let new = invite(&stage, room.id, 10).await;
    assert!(stage.user(BEN).join_room(new).await.is_ok());
    assert!(stage.book().closed_members.is_empty(), "both are open again");
}

#[tokio::test]
async fn a_full_room_lets_nobody_in() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[]).await;
    let request = invite(&stage, room.id, 10).await;
    stage.fill(room.id, 98).await;
    assert!(stage.user(BEN).join_room(request.clone()).await.is_ok());
    assert_eq!(code(stage.user(CARA).join_room(request).await), Code::StateConflict);
    assert_eq!(code(stage.user(ANNA).add_member(addition(room.id, CARA)).await), Code::StateConflict);
}

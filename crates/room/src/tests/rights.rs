//! What each person may do with a room, over every method that names one.

use fault::{Code, Fault};
use proto::room::v1::{
    CreateInviteRequest, DeleteRoomRequest, GetRoomRequest, MemberRole, TransferOwnershipRequest,
    UpdateRoomRequest,
};

use super::{
    ANNA, BEN, CARA, Client, STRANGER, addition, events_after, new_room, refusal, removal, role, room_with,
    stage::{Stage, client},
};

const EX_MEMBER: i64 = 14;
const ELSEWHERE: i64 = 15;
const NEWCOMER: i64 = 16;

const METHODS: [&str; 9] = [
    "GetRoom",
    "ListEvents",
    "UpdateRoom",
    "AddMember",
    "RemoveMember",
    "SetMemberRole",
    "CreateInvite",
    "TransferOwnership",
    "DeleteRoom",
];

/// Calls a method of a room with a message that is well-formed for everybody.
async fn call(mut client: Client, method: &str, room_id: i64) -> Result<(), Fault> {
    let answer = match method {
        "GetRoom" => client.get_room(GetRoomRequest { room_id }).await.map(|_| ()),
        "ListEvents" => client.list_events(events_after(room_id, 0)).await.map(|_| ()),
        "UpdateRoom" => client
            .update_room(UpdateRoomRequest { room_id, name: Some("102".to_owned()), description: None })
            .await
            .map(|_| ()),
        "AddMember" => client.add_member(addition(room_id, NEWCOMER)).await.map(|_| ()),
        "RemoveMember" => client.remove_member(removal(room_id, NEWCOMER)).await.map(|_| ()),
        "SetMemberRole" => client.set_member_role(role(room_id, CARA, MemberRole::Member)).await.map(|_| ()),
        "CreateInvite" => client
            .create_invite(CreateInviteRequest { room_id, ..CreateInviteRequest::default() })
            .await
            .map(|_| ()),
        "TransferOwnership" => {
            client.transfer_ownership(TransferOwnershipRequest { room_id, user_id: ANNA }).await.map(|_| ())
        }
        "DeleteRoom" => client.delete_room(DeleteRoomRequest { room_id }).await.map(|_| ()),
        _ => unreachable!("no method {method}"),
    };
    answer.map_err(Fault::from)
}

/// A room of Anna's in which Ben is admin and Cara a member; somebody was in it, somebody else is admin elsewhere.
async fn house() -> (Stage, i64) {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[BEN, CARA, EX_MEMBER]).await;
    let mut anna = stage.user(ANNA);
    anna.set_member_role(role(room.id, BEN, MemberRole::Admin)).await.unwrap();
    anna.remove_member(removal(room.id, EX_MEMBER)).await.unwrap();
    stage.user(ELSEWHERE).create_room(new_room()).await.unwrap();
    (stage, room.id)
}

#[tokio::test]
async fn for_strangers_a_room_does_not_exist_in_any_method() {
    let (stage, room_id) = house().await;
    let strangers = [
        ("other user", stage.user(STRANGER)),
        ("admin of another room", stage.user(ELSEWHERE)),
        ("ex-member", stage.user(EX_MEMBER)),
        ("administrator of the platform", client(&stage.served.admin(STRANGER))),
    ];
    for (who, client) in strangers {
        for method in METHODS {
            let foreign = call(client.clone(), method, room_id).await.unwrap_err();
            let missing = call(client.clone(), method, 4_711).await.unwrap_err();
            assert_eq!(foreign.code(), Code::NotFound, "{method} by {who}");
            assert_eq!(foreign, missing, "{method} by {who} tells a room that is there from one that is not");
        }
    }
}

#[tokio::test]
async fn plain_members_read_and_change_nothing() {
    let (stage, room_id) = house().await;
    for method in METHODS {
        let answer = call(stage.user(CARA), method, room_id).await;
        match method {
            "GetRoom" | "ListEvents" => assert_eq!(answer, Ok(()), "{method}"),
            _ => assert_eq!(answer.unwrap_err().code(), Code::Forbidden, "{method}"),
        }
    }
}

#[tokio::test]
async fn admins_do_everything_but_what_is_the_owners() {
    let (stage, room_id) = house().await;
    for method in METHODS {
        let answer = call(stage.user(BEN), method, room_id).await;
        match method {
            "TransferOwnership" | "DeleteRoom" => {
                assert_eq!(answer.unwrap_err().code(), Code::Forbidden, "{method}");
            }
            _ => assert_eq!(answer, Ok(()), "{method}"),
        }
    }
}

#[tokio::test]
async fn the_owner_does_everything() {
    let (stage, room_id) = house().await;
    for method in METHODS {
        assert_eq!(call(stage.user(ANNA), method, room_id).await, Ok(()), "{method}");
    }
}

#[tokio::test]
async fn an_administrator_of_the_platform_who_is_a_member_is_a_member() {
    let (stage, room_id) = house().await;
    let cara = client(&stage.served.admin(CARA));
    assert_eq!(call(cara.clone(), "GetRoom", room_id).await, Ok(()));
    assert_eq!(call(cara, "UpdateRoom", room_id).await.unwrap_err().code(), Code::Forbidden);
}

#[tokio::test]
async fn a_stranger_learns_nothing_about_users_by_adding_them() {
    let (stage, room_id) = house().await;
    for user_id in [ANNA, NEWCOMER, super::NOBODY, -1] {
        let mut stranger = stage.user(STRANGER);
        let fault = refusal(stranger.add_member(addition(room_id, user_id)).await);
        assert_eq!(fault, Fault::not_found("room"), "user {user_id}");
    }
}

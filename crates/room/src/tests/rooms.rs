//! Making, listing, reading and changing rooms.

use fault::Code;
use futures::future::join_all;
use host::IDEMPOTENT_REPLAYED;
use proto::{
    event::v1::event::Payload,
    page::v1 as page,
    room::v1::{
        CreateRoomRequest, GetMembersRequest, GetRoomGrowthRequest, ListMembershipsRequest, ListRoomsRequest,
        MemberRole, Membership, UpdateRoomRequest,
    },
};

use super::{
    ANNA, BEN, CARA, STRANGER, code, new_room, refusal, role, room_with,
    stage::{Stage, client},
    user_ids,
};

fn page(number: i32, size: i32) -> ListRoomsRequest {
    ListRoomsRequest { page: Some(page::Request { number, size }) }
}

#[tokio::test]
async fn who_makes_a_room_is_its_owner_its_admin_and_its_only_member() {
    let stage = Stage::open().await;
    let room = stage.user(ANNA).create_room(new_room()).await.unwrap().into_inner().room.unwrap();
    assert_eq!((room.name.as_str(), room.description.as_str()), ("101寝室", "four of us"));
    assert_eq!((room.creator_id, room.owner_id), (ANNA, ANNA));
    assert_eq!(room.created_at, Some(host::timestamp(stage.clock.now())));
    assert_eq!((user_ids(&room.members), room.members[0].role()), (vec![ANNA], MemberRole::Admin));
    assert_eq!(stage.room(ANNA, room.id).await, room);
}

#[tokio::test]
async fn names_and_descriptions_are_trimmed_and_bounded() {
    let stage = Stage::open().await;
    let mut anna = stage.user(ANNA);
    let said = |name: &str, description: &str| CreateRoomRequest {
        name: name.to_owned(),
        description: description.to_owned(),
    };
    let room = anna.create_room(said("  501 ", " a\r\nb ")).await.unwrap().into_inner().room.unwrap();
    assert_eq!((room.name.as_str(), room.description.as_str()), ("501", "a\nb"));
    assert!(anna.create_room(said(&"宿".repeat(100), &"舍".repeat(1_000))).await.is_ok());
    for (name, description, field) in [
        ("", "", "name"),
        ("  ", "", "name"),
        ("a\u{7}b", "", "name"),
        ("a\nb", "", "name"),
        (&"宿".repeat(101), "", "name"),
        ("a", &"舍".repeat(1_001), "description"),
        ("a", "\u{0}", "description"),
    ] {
        let fault = refusal(anna.create_room(said(name, description)).await);
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some(field)), "{name:?}");
    }
}

#[tokio::test]
async fn twenty_equal_requests_with_one_key_make_one_room() {
    let stage = Stage::open().await;
    let anna = client(&stage.served.user(ANNA).key("k-1"));
    let requests = (0..20).map(|_| {
        let mut anna = anna.clone();
        async move { anna.create_room(new_room()).await }
    });
    let mut made = Vec::new();
    for answer in join_all(requests).await {
        match answer {
            Ok(reply) => made.push(reply.into_inner().room.unwrap().id),
            Err(status) => {
                let code = fault::Fault::from(status).code();
                assert!(matches!(code, Code::IdempotencyInProgress | Code::ServiceUnavailable), "{code:?}");
            }
        }
    }
    let replay = anna.clone().create_room(new_room()).await.unwrap();
    assert_eq!(replay.metadata().get(IDEMPOTENT_REPLAYED).unwrap(), "true");
    made.push(replay.into_inner().room.unwrap().id);
    made.dedup();
    assert_eq!(made.len(), 1);
    let rooms = stage.user(ANNA).list_rooms(page(1, 10)).await.unwrap().into_inner();
    assert_eq!(rooms.page.unwrap().total_rows, 1);
    let other = CreateRoomRequest { name: "102".to_owned(), description: String::new() };
    assert_eq!(code(anna.clone().create_room(other).await), Code::IdempotencyConflict);
}

#[tokio::test]
async fn nobody_makes_more_than_a_hundred_rooms() {
    let stage = Stage::open().await;
    stage.count_rooms(ANNA, 99).await;
    let mut anna = stage.user(ANNA);
    assert!(anna.create_room(new_room()).await.is_ok());
    assert_eq!(code(anna.create_room(new_room()).await), Code::StateConflict);
    assert!(stage.user(BEN).create_room(new_room()).await.is_ok());
}

#[tokio::test]
async fn a_list_holds_the_callers_own_rooms_newest_first_with_their_members() {
    let stage = Stage::open().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(room_with(&stage, &[BEN]).await.id);
        stage.clock.advance(chrono::TimeDelta::seconds(1));
    }
    stage.user(STRANGER).create_room(new_room()).await.unwrap();
    ids.reverse();
    let first = stage.user(BEN).list_rooms(page(1, 2)).await.unwrap().into_inner();
    let second = stage.user(BEN).list_rooms(page(2, 2)).await.unwrap().into_inner();
    let listed: Vec<i64> = first.rooms.iter().chain(&second.rooms).map(|room| room.id).collect();
    assert_eq!(listed, ids);
    assert_eq!(first.page, Some(page::Info { number: 1, size: 2, total_rows: 3 }));
    assert!(first.rooms.iter().all(|room| user_ids(&room.members) == [ANNA, BEN]));
    let beyond = stage.user(BEN).list_rooms(page(9, 100)).await.unwrap().into_inner();
    assert_eq!((beyond.rooms.len(), beyond.page.unwrap().total_rows), (0, 3));
}

#[tokio::test]
async fn pages_that_do_not_exist_are_refused() {
    let stage = Stage::open().await;
    for (number, size, field) in [(0, 10, "page"), (-1, 10, "page"), (1, 0, "limit"), (1, 101, "limit")] {
        let fault = refusal(stage.user(ANNA).list_rooms(page(number, size)).await);
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some(field)));
    }
}

#[tokio::test]
async fn a_change_touches_what_is_given_and_is_told_once() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[]).await;
    stage.clock.advance(chrono::TimeDelta::minutes(1));
    let change = UpdateRoomRequest { room_id: room.id, name: Some(" 102 ".to_owned()), description: None };
    let mut anna = stage.user(ANNA);
    let changed = anna.update_room(change.clone()).await.unwrap().into_inner().room.unwrap();
    assert_eq!((changed.name.as_str(), changed.description.as_str()), ("102", "four of us"));
    assert_eq!(changed.updated_at, Some(host::timestamp(stage.clock.now())));
    anna.update_room(change).await.unwrap();
    let log = stage.log(room.id).await;
    assert_eq!(log.len(), 2, "the second change changes nothing");
    match log[1].payload.clone() {
        Some(Payload::RoomUpdated(told)) => {
            assert_eq!((told.name.as_str(), told.owner_id, told.deleted), ("102", ANNA, false));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn services_learn_who_is_in_a_room() {
    let stage = Stage::open().await;
    let room = room_with(&stage, &[CARA, BEN]).await;
    stage.user(ANNA).set_member_role(role(room.id, BEN, MemberRole::Admin)).await.unwrap();
    let asked = GetMembersRequest { room_id: room.id };
    let reply = stage.service("expense").get_members(asked).await.unwrap().into_inner();
    assert_eq!((reply.room_name.as_str(), reply.owner_id), ("101寝室", ANNA));
    let admins: Vec<i64> =
        reply.members.iter().filter(|m| m.role() == MemberRole::Admin).map(|m| m.user_id).collect();
    assert_eq!((reply.members.len(), admins), (3, vec![ANNA, BEN]));
    let nowhere = GetMembersRequest { room_id: 4_711 };
    assert_eq!(code(stage.service("bill").get_members(nowhere).await), Code::NotFound);
}

#[tokio::test]
async fn services_learn_the_rooms_of_many_users() {
    let stage = Stage::open().await;
    let (first, second) = (room_with(&stage, &[BEN]).await.id, room_with(&stage, &[]).await.id);
    let asked = ListMembershipsRequest { user_ids: vec![BEN, ANNA, STRANGER] };
    let reply = stage.service("gateway").list_memberships(asked).await.unwrap().into_inner();
    let expected = [
        Membership { user_id: ANNA, room_ids: vec![first, second] },
        Membership { user_id: BEN, room_ids: vec![first] },
    ];
    assert_eq!(reply.memberships, expected);
    let too_many = ListMembershipsRequest { user_ids: (1..=1_001).collect() };
    assert_eq!(code(stage.service("gateway").list_memberships(too_many).await), Code::BatchLimitExceeded);
}

#[tokio::test]
async fn administrators_see_how_many_rooms_each_month_brought() {
    let stage = Stage::open().await;
    room_with(&stage, &[]).await;
    // 2026-03-31 16:30 UTC is April in Shanghai.
    stage.clock.advance(chrono::TimeDelta::hours(30 * 24) + chrono::TimeDelta::minutes(270));
    room_with(&stage, &[]).await;
    room_with(&stage, &[]).await;
    let mut admin = client(&stage.served.admin(1));
    let growth = admin.get_room_growth(GetRoomGrowthRequest {}).await.unwrap().into_inner();
    let months: Vec<_> = growth.months.iter().map(|month| (month.month.as_str(), month.count)).collect();
    assert_eq!((growth.total_rooms, months), (3, vec![("2026-03", 1), ("2026-04", 2)]));
}

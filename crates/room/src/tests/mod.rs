//! The service as its callers see it: over a real socket, on real PostgreSQL and Redis.
//!
//! The expense and user services are puppets: small servers that keep a book and can be told to be away.

mod access;
mod appending;
mod deleting;
mod events;
mod invites;
mod leaving;
mod members;
mod ownership;
mod publishing;
mod rights;
mod rooms;
mod settings;
mod stage;

use fault::{Code, Fault};
use host::testing::Line;
use proto::{
    event::v1::{Event, RoomUpdated, event::Payload},
    room::v1::{
        AddMemberRequest, CreateInviteRequest, CreateRoomRequest, JoinRoomRequest, ListEventsRequest, Member,
        MemberRole, RemoveMemberRequest, Room, SetMemberRoleRequest, room_service_client::RoomServiceClient,
    },
};
use tonic::{Response, Status};

use self::stage::Stage;

type Client = RoomServiceClient<Line>;

/// Owner and first admin of most rooms.
const ANNA: i64 = 11;
const BEN: i64 = 12;
const CARA: i64 = 13;
/// In no room of these.
const STRANGER: i64 = 66;
/// Users from here on do not exist.
const NOBODY: i64 = 1_000;

/// What a refused caller is told.
fn refusal<T: std::fmt::Debug>(answer: Result<Response<T>, Status>) -> Fault {
    Fault::from(answer.unwrap_err())
}

fn code<T: std::fmt::Debug>(answer: Result<Response<T>, Status>) -> Code {
    refusal(answer).code()
}

fn new_room() -> CreateRoomRequest {
    CreateRoomRequest { name: "101寝室".to_owned(), description: "four of us".to_owned() }
}

fn addition(room_id: i64, user_id: i64) -> AddMemberRequest {
    AddMemberRequest { room_id, user_id, role: MemberRole::Member.into() }
}

fn removal(room_id: i64, user_id: i64) -> RemoveMemberRequest {
    RemoveMemberRequest { room_id, user_id }
}

fn role(room_id: i64, user_id: i64, role: MemberRole) -> SetMemberRoleRequest {
    SetMemberRoleRequest { room_id, user_id, role: role.into() }
}

fn events_after(room_id: i64, after_seq: i64) -> ListEventsRequest {
    ListEventsRequest { room_id, after_seq, after_uid: String::new(), limit: 500 }
}

/// An event as another service sends it.
fn event(room_id: i64, uid: &str) -> Event {
    let payload =
        Payload::RoomUpdated(RoomUpdated { room_id, name: uid.to_owned(), ..RoomUpdated::default() });
    Event { uid: uid.to_owned(), room_id, payload: Some(payload), ..Event::default() }
}

fn seqs(events: &[Event]) -> Vec<i64> {
    events.iter().map(|event| event.seq).collect()
}

fn user_ids(members: &[Member]) -> Vec<i64> {
    members.iter().map(|member| member.user_id).collect()
}

/// Makes a room of Anna's with these members.
async fn room_with(stage: &Stage, members: &[i64]) -> Room {
    let mut anna = stage.user(ANNA);
    let room = anna.create_room(new_room()).await.unwrap().into_inner().room.unwrap();
    for user_id in members {
        anna.add_member(addition(room.id, *user_id)).await.unwrap();
    }
    stage.room(ANNA, room.id).await
}

/// Makes an invite of Anna's.
async fn invite(stage: &Stage, room_id: i64, max_uses: i32) -> JoinRoomRequest {
    let request = CreateInviteRequest { room_id, expires_in_hours: None, max_uses: Some(max_uses) };
    let reply = stage.user(ANNA).create_invite(request).await.unwrap().into_inner();
    JoinRoomRequest { code: reply.code }
}

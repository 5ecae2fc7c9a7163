//! Rooms (000-E05 to E08; delete, join and transfer of contract section 15).

use axum::extract::State;
use proto::room::v1 as room;

use super::{
    bodies::{
        rooms::{CreatedRoom, Depth, Join, NewRoom, Room, Transfer, UpdateRoom, UpdatedRoom},
        shapes::PageQuery,
    },
    envelope::{Answer, Done, Listing, Reply},
    messages::Message,
};
use crate::{
    app::App,
    callers::Member,
    extract::{Json, Path, Query},
    peers::{Told as _, required},
    problem::Problem,
};

/// Lists the caller's rooms, newest first (000-E05).
#[utoipa::path(get, path = "/api/rooms", tag = "rooms", responses((status = OK, body = Listing<Room>)))]
pub(crate) async fn list(
    _: Member,
    State(app): State<App>,
    Query(query): Query<PageQuery>,
) -> Result<Listing<Room>, Problem> {
    let reply = app.peers.room().list_rooms(room::ListRoomsRequest { page: query.request() }).await.told()?;
    let ids = reply.rooms.iter().flat_map(|room| &room.members).map(|member| member.user_id);
    let people = app.peers.people(ids).await?;
    let rooms = reply.rooms.into_iter().map(|room| Room::of(room, &people, Depth::List)).collect();
    Listing::of(rooms, reply.page)
}

/// Makes a room; the caller becomes its owner and admin (000-E06).
#[utoipa::path(post, path = "/api/rooms", tag = "rooms", responses((status = OK, body = Answer<CreatedRoom>)))]
pub(crate) async fn create(
    _: Member,
    State(app): State<App>,
    Json(body): Json<NewRoom>,
) -> Reply<CreatedRoom> {
    let reply = app.peers.room().create_room(room::CreateRoomRequest::from(body)).await.told()?;
    Ok(Answer::said(Message::RoomCreated, required(reply.room, "room")?.into()))
}

/// Shows a room with its members (000-E07).
#[utoipa::path(get, path = "/api/rooms/{id}", tag = "rooms", responses((status = OK, body = Answer<Room>)))]
pub(crate) async fn get(_: Member, State(app): State<App>, Path(id): Path<i64>) -> Reply<Room> {
    let reply = app.peers.room().get_room(room::GetRoomRequest { room_id: id }).await.told()?;
    Ok(Answer::read(detail(&app, reply.room).await?))
}

/// Changes a room's name or description (000-E08). For room admins.
#[utoipa::path(put, path = "/api/rooms/{id}", tag = "rooms", responses((status = OK, body = Answer<UpdatedRoom>)))]
pub(crate) async fn update(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Json(body): Json<UpdateRoom>,
) -> Reply<UpdatedRoom> {
    let reply = app.peers.room().update_room(body.request(id)).await.told()?;
    Ok(Answer::said(Message::RoomUpdated, required(reply.room, "room")?.into()))
}

/// Deletes a room in which nobody owes anything. For the owner.
#[utoipa::path(delete, path = "/api/rooms/{id}", tag = "rooms", responses((status = OK, body = Done)))]
pub(crate) async fn delete(_: Member, State(app): State<App>, Path(id): Path<i64>) -> Result<Done, Problem> {
    app.peers.room().delete_room(room::DeleteRoomRequest { room_id: id }).await.told()?;
    Ok(Done::said(Message::RoomDeleted))
}

/// Comes into a room by an invite code.
#[utoipa::path(post, path = "/api/rooms/join", tag = "rooms", responses((status = OK, body = Answer<Room>)))]
pub(crate) async fn join(_: Member, State(app): State<App>, Json(body): Json<Join>) -> Reply<Room> {
    let reply = app.peers.room().join_room(room::JoinRoomRequest { code: body.code }).await.told()?;
    Ok(Answer::said(Message::RoomJoined, detail(&app, reply.room).await?))
}

/// Hands a room over to another member. For the owner.
#[utoipa::path(post, path = "/api/rooms/{id}/transfer", tag = "rooms", responses((status = OK, body = Answer<Room>)))]
pub(crate) async fn transfer(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Json(body): Json<Transfer>,
) -> Reply<Room> {
    let request = room::TransferOwnershipRequest { room_id: id, user_id: body.user_id };
    let reply = app.peers.room().transfer_ownership(request).await.told()?;
    Ok(Answer::said(Message::RoomTransferred, detail(&app, reply.room).await?))
}

/// Prints a room with the names of its members.
async fn detail(app: &App, room: Option<room::Room>) -> Result<Room, Problem> {
    let room = required(room, "room")?;
    let people = app.peers.people(room.members.iter().map(|member| member.user_id)).await?;
    Ok(Room::of(room, &people, Depth::Detail))
}

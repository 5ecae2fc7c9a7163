//! Statistics (000-E23 to E25).

use axum::extract::State;
use proto::{
    expense::v1::{GetSystemStatsRequest, GetUserStatsRequest},
    room::v1::{GetRoomGrowthRequest, GetRoomRequest},
    user::v1::GetUserGrowthRequest,
};

use super::{
    bodies::stats::{RoomStats, RoomStatsQuery, SystemStats, UserStats, UserStatsQuery},
    envelope::{Answer, Reply},
};
use crate::{
    app::App,
    callers::{Member, Operator},
    extract::{Path, Query},
    peers::{Told as _, required},
};

/// Shows the caller's expenses in numbers (000-E23).
#[utoipa::path(get, path = "/api/stats/user", tag = "stats", responses((status = OK, body = Answer<UserStats>)))]
pub(crate) async fn user(
    _: Member,
    State(app): State<App>,
    Query(query): Query<UserStatsQuery>,
) -> Reply<UserStats> {
    let reply = app.peers.expense().get_user_stats(GetUserStatsRequest::from(query)).await.told()?;
    Ok(Answer::read(reply.into()))
}

/// Shows a room in numbers (000-E24). For its members.
#[utoipa::path(get, path = "/api/stats/room/{id}", tag = "stats",
    responses((status = OK, body = Answer<RoomStats>)))]
pub(crate) async fn room(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(query): Query<RoomStatsQuery>,
) -> Reply<RoomStats> {
    let (mut rooms, mut expenses) = (app.peers.room(), app.peers.expense());
    let (room, stats) = tokio::join!(
        rooms.get_room(GetRoomRequest { room_id: id }),
        expenses.get_room_stats(query.request(id))
    );
    let (room, stats) = (room.told()?, stats.told()?);
    let people = app.peers.people(stats.members.iter().map(|member| member.user_id)).await?;
    Ok(Answer::read(RoomStats::of(required(room.room, "room")?, stats, &people)))
}

/// Shows the whole platform in numbers (000-E25). For administrators.
#[utoipa::path(get, path = "/api/stats/system", tag = "stats",
    responses((status = OK, body = Answer<SystemStats>)))]
pub(crate) async fn system(_: Operator, State(app): State<App>) -> Reply<SystemStats> {
    let (mut users, mut rooms, mut expenses) = (app.peers.user(), app.peers.room(), app.peers.expense());
    let (users, rooms, expenses) = tokio::join!(
        users.get_user_growth(GetUserGrowthRequest {}),
        rooms.get_room_growth(GetRoomGrowthRequest {}),
        expenses.get_system_stats(GetSystemStatsRequest {}),
    );
    Ok(Answer::read(SystemStats::of(users.told()?, rooms.told()?, expenses.told()?)))
}

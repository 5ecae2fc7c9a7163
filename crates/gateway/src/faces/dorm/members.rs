//! Members and invites of a room (000-E09, 000-E10, contract section 15).

use axum::extract::State;
use proto::room::v1::RemoveMemberRequest;

use super::{
    bodies::rooms::{AddMember, Invite, Membership, NewInvite, SetMemberRole},
    envelope::{Answer, Done, Reply},
    messages::Message,
};
use crate::{
    app::App,
    callers::Member,
    extract::{Json, Path},
    peers::{Told as _, required},
    problem::Problem,
};

/// Takes a user into a room (000-E09). For room admins.
#[utoipa::path(post, path = "/api/rooms/{id}/members", tag = "rooms",
    responses((status = OK, body = Answer<Membership>)))]
pub(crate) async fn add(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Json(body): Json<AddMember>,
) -> Reply<Membership> {
    let reply = app.peers.room().add_member(body.request(id)).await.told()?;
    Ok(Answer::said(Message::MemberAdded, Membership::of(id, required(reply.member, "member")?)))
}

/// Changes a member's role. For room admins.
#[utoipa::path(put, path = "/api/rooms/{id}/members/{userId}", tag = "rooms",
    params(("id" = i64, Path), ("userId" = i64, Path)), responses((status = OK, body = Answer<Membership>)))]
pub(crate) async fn set_role(
    _: Member,
    State(app): State<App>,
    Path((id, user_id)): Path<(i64, i64)>,
    Json(body): Json<SetMemberRole>,
) -> Reply<Membership> {
    let reply = app.peers.room().set_member_role(body.request(id, user_id)).await.told()?;
    Ok(Answer::said(Message::MemberRoleChanged, Membership::of(id, required(reply.member, "member")?)))
}

/// Removes a member who owes nothing and is owed nothing (000-E10). For room admins; oneself leaves.
#[utoipa::path(delete, path = "/api/rooms/{id}/members/{userId}", tag = "rooms",
    params(("id" = i64, Path), ("userId" = i64, Path)), responses((status = OK, body = Done)))]
pub(crate) async fn remove(
    _: Member,
    State(app): State<App>,
    Path((id, user_id)): Path<(i64, i64)>,
) -> Result<Done, Problem> {
    app.peers.room().remove_member(RemoveMemberRequest { room_id: id, user_id }).await.told()?;
    Ok(Done::said(Message::MemberRemoved))
}

/// Makes an invite code. For room admins.
#[utoipa::path(post, path = "/api/rooms/{id}/invites", tag = "rooms",
    responses((status = OK, body = Answer<Invite>)))]
pub(crate) async fn invite(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Json(body): Json<NewInvite>,
) -> Reply<Invite> {
    let reply = app.peers.room().create_invite(body.request(id)).await.told()?;
    Ok(Answer::said(Message::InviteCreated, reply.into()))
}

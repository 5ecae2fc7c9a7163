//! The user himself and finding others (000-E03, 000-E04, contract section 7).

use axum::extract::State;
use proto::user::v1::{ChangePasswordRequest, GetMeRequest, SearchUsersRequest, UpdateMeRequest};

use super::{
    bodies::{
        shapes::Person,
        users::{Account, ChangePassword, SearchQuery, UpdateMe, UpdatedAccount},
    },
    envelope::{Answer, Done, Reply},
    messages::Message,
};
use crate::{
    app::App,
    callers::Member,
    extract::{Json, Query},
    peers::{Told as _, required},
    problem::Problem,
};

/// Shows the caller's account (000-E03).
#[utoipa::path(get, path = "/api/users/me", tag = "users", responses((status = OK, body = Answer<Account>)))]
pub(crate) async fn me(_: Member, State(app): State<App>) -> Reply<Account> {
    let reply = app.peers.user().get_me(GetMeRequest {}).await.told()?;
    Ok(Answer::read(required(reply.user, "user")?.into()))
}

/// Changes the caller's account (000-E04).
#[utoipa::path(put, path = "/api/users/me", tag = "users", responses((status = OK, body = Answer<UpdatedAccount>)))]
pub(crate) async fn update_me(
    _: Member,
    State(app): State<App>,
    Json(body): Json<UpdateMe>,
) -> Reply<UpdatedAccount> {
    let reply = app.peers.user().update_me(UpdateMeRequest::from(body)).await.told()?;
    Ok(Answer::said(Message::UserUpdated, required(reply.user, "user")?.into()))
}

/// Changes the caller's password and ends all his sessions, this one too.
#[utoipa::path(put, path = "/api/users/me/password", tag = "users", responses((status = OK, body = Done)))]
pub(crate) async fn change_password(
    _: Member,
    State(app): State<App>,
    Json(body): Json<ChangePassword>,
) -> Result<Done, Problem> {
    app.peers.user().change_password(ChangePasswordRequest::from(body)).await.told()?;
    Ok(Done::said(Message::PasswordChanged))
}

/// Finds users by the beginning of a name or a whole e-mail address.
#[utoipa::path(get, path = "/api/users/search", tag = "users", responses((status = OK, body = Answer<Vec<Person>>)))]
pub(crate) async fn search(
    _: Member,
    State(app): State<App>,
    Query(query): Query<SearchQuery>,
) -> Reply<Vec<Person>> {
    let request = SearchUsersRequest { query: query.q, limit: query.limit };
    let reply = app.peers.user().search_users(request).await.told()?;
    Ok(Answer::read(reply.users.into_iter().map(Person::from).collect()))
}

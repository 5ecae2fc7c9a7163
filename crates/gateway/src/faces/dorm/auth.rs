//! Registering, logging in and out, refreshing (000-E01, 000-E02, contract section 7).

use axum::extract::State;
use proto::user::v1::{LogoutRequest, RefreshRequest};

use super::{
    bodies::users::{Account, Login, Refresh, Register, SessionTokens},
    envelope::{Answer, Done, Reply},
    messages::Message,
};
use crate::{
    app::App,
    callers::{Anyone, Member},
    extract::Json,
    peers::{Told as _, required},
    problem::Problem,
};

/// Registers a user (000-E01).
#[utoipa::path(post, path = "/api/auth/register", tag = "auth", responses((status = OK, body = Answer<Account>)))]
pub(crate) async fn register(
    _: Anyone,
    State(app): State<App>,
    Json(body): Json<Register>,
) -> Reply<Account> {
    let reply = app.peers.user().register(proto::user::v1::RegisterRequest::from(body)).await.told()?;
    Ok(Answer::said(Message::UserRegistered, required(reply.user, "user")?.into()))
}

/// Logs a user in (000-E02).
#[utoipa::path(post, path = "/api/auth/login", tag = "auth", responses((status = OK, body = Answer<SessionTokens>)))]
pub(crate) async fn login(
    _: Anyone,
    State(app): State<App>,
    Json(body): Json<Login>,
) -> Reply<SessionTokens> {
    let reply = app.peers.user().login(proto::user::v1::LoginRequest::from(body)).await.told()?;
    Ok(Answer::said(Message::LoggedIn, required(reply.session, "session")?.try_into()?))
}

/// Trades a refresh token for new tokens. A refresh token that was used before ends its whole session.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "auth", responses((status = OK, body = Answer<SessionTokens>)))]
pub(crate) async fn refresh(
    _: Anyone,
    State(app): State<App>,
    Json(body): Json<Refresh>,
) -> Reply<SessionTokens> {
    let request = RefreshRequest { refresh_token: body.refresh_token };
    let reply = app.peers.user().refresh(request).await.told()?;
    Ok(Answer::said(Message::TokenRefreshed, required(reply.session, "session")?.try_into()?))
}

/// Ends the session: its tokens and its sockets stop within a second.
#[utoipa::path(post, path = "/api/auth/logout", tag = "auth", responses((status = OK, body = Done)))]
pub(crate) async fn logout(_: Member, State(app): State<App>) -> Result<Done, Problem> {
    app.peers.user().logout(LogoutRequest {}).await.told()?;
    Ok(Done::said(Message::LoggedOut))
}

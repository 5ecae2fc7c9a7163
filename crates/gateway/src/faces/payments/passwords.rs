//! The payment password: its key, its state, setting and resetting it (contract sections 7 and 16).
//!
//! Passwords are passed on as they came; what is right, wrong or too weak is decided by the wallet service.

use axum::extract::State;
use proto::wallet::v1 as wallet;

use super::{
    bodies::passwords::{NewPassword, PasswordState, PublicKey, ResetPassword},
    envelope::{Answer, Done, Reply},
    messages::Message,
    names,
};
use crate::{
    app::App,
    callers::{Anyone, Member},
    extract::{Json, Path},
    peers::Told as _,
    problem::Problem,
};

/// Gives the key with which payment passwords are encrypted.
#[utoipa::path(get, path = "/api/v1/payments/wallet/public-key", tag = "wallet",
    responses((status = OK, body = Answer<PublicKey>)))]
pub(crate) async fn public_key(_: Anyone, State(app): State<App>) -> Reply<PublicKey> {
    let request = wallet::GetPublicKeyRequest {};
    let reply = app.peers.wallet().get_public_key(request).await.told_as(names::of_service)?;
    Ok(Answer::said(Message::Found, reply.into()))
}

/// Tells whether a payment password is set and whether it is locked. For the wallet's user alone.
#[utoipa::path(get, path = "/api/v1/payments/wallet/{userId}/payment-password", tag = "wallet",
    params(("userId" = i64, Path)), responses((status = OK, body = Answer<PasswordState>)))]
pub(crate) async fn get(_: Member, State(app): State<App>, Path(user_id): Path<i64>) -> Reply<PasswordState> {
    let request = wallet::GetPaymentPasswordRequest { user_id };
    let reply = app.peers.wallet().get_payment_password(request).await.told_as(names::of_service)?;
    Ok(Answer::said(Message::Found, PasswordState::of(&reply, app.zone())))
}

/// Sets the first payment password, or changes it with the old one. For the wallet's user alone.
#[utoipa::path(put, path = "/api/v1/payments/wallet/{userId}/payment-password", tag = "wallet",
    params(("userId" = i64, Path)), responses((status = OK, body = Done)))]
pub(crate) async fn set(
    _: Member,
    State(app): State<App>,
    Path(user_id): Path<i64>,
    Json(body): Json<NewPassword>,
) -> Result<Done, Problem> {
    let request = body.request(user_id);
    app.peers.wallet().set_payment_password(request).await.told_as(names::of_service)?;
    Ok(Done::said(Message::PaymentPasswordSet))
}

/// Sets a new payment password with the login password, which ends a lock. For the wallet's user alone.
#[utoipa::path(post, path = "/api/v1/payments/wallet/{userId}/payment-password/reset", tag = "wallet",
    params(("userId" = i64, Path)), responses((status = OK, body = Done)))]
pub(crate) async fn reset(
    _: Member,
    State(app): State<App>,
    Path(user_id): Path<i64>,
    Json(body): Json<ResetPassword>,
) -> Result<Done, Problem> {
    let request = body.request(user_id);
    app.peers.wallet().reset_payment_password(request).await.told_as(names::of_service)?;
    Ok(Done::said(Message::PaymentPasswordReset))
}

//! Money out of one's own wallet to an account outside (001-E17).
//!
//! Whose wallet it is, what is in it and what becomes of it is decided by the payment service.

use axum::extract::State;

use super::{
    bodies::withdrawals::{NewWithdrawal, Withdrawal},
    envelope::{Answer, Reply},
    messages::Message,
    names,
};
use crate::{
    app::App,
    callers::Member,
    extract::{Json, Path},
    peers::{Told as _, at_provider, required},
};

/// Withdraws money (001-E17). For the wallet's user alone.
#[utoipa::path(post, path = "/api/v1/payments/wallet/{userId}/withdraw", tag = "wallet",
    params(("userId" = i64, Path)), responses((status = OK, body = Answer<Withdrawal>)))]
pub(crate) async fn withdraw(
    _: Member,
    State(app): State<App>,
    Path(user_id): Path<i64>,
    Json(body): Json<NewWithdrawal>,
) -> Reply<Withdrawal> {
    let request = body.request(user_id)?;
    let made = at_provider(app.peers.withdrawals().withdraw(request)).await;
    let made = required(made.told_as(names::of_withdrawal)?.withdrawal, "withdrawal")?;
    Ok(Answer::said(Message::WithdrawalRequested, Withdrawal::of(made, app.zone())))
}

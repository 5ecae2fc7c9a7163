//! A user's wallet: balance, transfer, transactions (001-E15, 001-E18, 001-E19).
//!
//! Whose wallet a caller may see or use is decided by the wallet service, and so is every rule about money.

use axum::extract::State;
use proto::wallet::v1 as wallet;

use super::{
    bodies::wallets::{Balance, NewTransfer, Transaction, TransactionsQuery, Transfer},
    envelope::{Answer, Cached, Listing, Reply},
    messages::Message,
    names,
};
use crate::{
    app::App,
    callers::Member,
    extract::{Json, Path},
    peers::{Told as _, required},
    problem::Problem,
};

/// Shows a wallet (001-E15). `X-Cache` says whether it came out of the cache. For its user and administrators.
#[utoipa::path(get, path = "/api/v1/payments/wallet/{userId}/balance", tag = "wallet",
    params(("userId" = i64, Path)),
    responses((status = OK, body = Answer<Balance>, headers(("X-Cache" = String, description = "`hit` or `miss`")))))]
pub(crate) async fn balance(
    _: Member,
    State(app): State<App>,
    Path(user_id): Path<i64>,
) -> Result<Cached<Balance>, Problem> {
    let request = wallet::ShowBalanceRequest { user_id };
    let reply = app.peers.wallet().show_balance(request).await.told_as(names::of_service)?;
    let is_hit = reply.is_cached;
    Ok(Answer::said(Message::Found, Balance::of(user_id, reply, app.zone())).cached(is_hit))
}

/// Gives money to another user (001-E18). For the wallet's user alone.
#[utoipa::path(post, path = "/api/v1/payments/wallet/{userId}/transfer", tag = "wallet",
    params(("userId" = i64, Path)), responses((status = OK, body = Answer<Transfer>)))]
pub(crate) async fn transfer(
    _: Member,
    State(app): State<App>,
    Path(user_id): Path<i64>,
    Json(body): Json<NewTransfer>,
) -> Reply<Transfer> {
    let reply = app.peers.wallet().transfer(body.request(user_id)).await.told_as(names::of_transfer)?;
    let transaction = required(reply.transaction, "transaction")?;
    Ok(Answer::said(Message::Transferred, Transfer::of(user_id, transaction, app.zone())))
}

/// Lists what moved in a wallet (001-E19). For its user and administrators.
#[utoipa::path(post, path = "/api/v1/payments/wallet/{userId}/transactions", tag = "wallet",
    params(("userId" = i64, Path)), responses((status = OK, body = Answer<Listing<Transaction>>)))]
pub(crate) async fn transactions(
    _: Member,
    State(app): State<App>,
    Path(user_id): Path<i64>,
    Json(query): Json<TransactionsQuery>,
) -> Reply<Listing<Transaction>> {
    let zone = app.zone();
    let request = query.request(user_id, zone)?;
    let reply = app.peers.wallet().list_transactions(request).await.told_as(names::of_service)?;
    let rows = reply.transactions.into_iter().map(|row| Transaction::of(user_id, row, zone)).collect();
    Ok(Answer::said(Message::Found, Listing::of(rows, reply.page)?))
}

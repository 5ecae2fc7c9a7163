//! Freezing a wallet and letting it go again, for administrators.

use axum::extract::State;
use money::Currency;
use proto::wallet::v1 as wallet;

use super::{bodies::accounts::Reason, envelope::Done, messages::Message, names};
use crate::{
    app::App,
    callers::Operator,
    extract::{Json, Path},
    peers::Told as _,
    problem::Problem,
};

/// Freezes a wallet: money comes in, nothing goes out.
#[utoipa::path(post, path = "/api/v1/payments/wallet/{userId}/freeze", tag = "wallet",
    params(("userId" = i64, Path)), responses((status = OK, body = Done)))]
pub(crate) async fn freeze(
    _: Operator,
    State(app): State<App>,
    Path(user_id): Path<i64>,
    Json(Reason { reason }): Json<Reason>,
) -> Result<Done, Problem> {
    let request = wallet::FreezeAccountRequest { account: account_of(user_id), reason };
    app.peers.wallet().freeze_account(request).await.told_as(names::of_service)?;
    Ok(Done::said(Message::AccountFrozen))
}

/// Lets a frozen wallet go.
#[utoipa::path(post, path = "/api/v1/payments/wallet/{userId}/unfreeze", tag = "wallet",
    params(("userId" = i64, Path)), responses((status = OK, body = Done)))]
pub(crate) async fn unfreeze(
    _: Operator,
    State(app): State<App>,
    Path(user_id): Path<i64>,
    Json(Reason { reason }): Json<Reason>,
) -> Result<Done, Problem> {
    let request = wallet::UnfreezeAccountRequest { account: account_of(user_id), reason };
    app.peers.wallet().unfreeze_account(request).await.told_as(names::of_service)?;
    Ok(Done::said(Message::AccountUnfrozen))
}

#[expect(clippy::unnecessary_wraps, reason = "a message field is optional on the wire")]
fn account_of(user_id: i64) -> Option<wallet::Account> {
    Some(wallet::Account {
        kind: wallet::AccountKind::User.into(),
        owner: user_id.to_string(),
        asset: Currency::CNY.as_str().to_owned(),
    })
}

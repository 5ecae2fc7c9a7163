//! Money for one's own wallet (001-E16): an order of the kind recharge and its payment.

use axum::extract::State;
use fault::Fault;

use super::{
    bodies::{new_payment::NewRecharge, payments::Created},
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

/// Recharges a wallet (001-E16). The answer is that of a new payment. For the wallet's user alone.
#[utoipa::path(post, path = "/api/v1/payments/wallet/{userId}/recharge", tag = "wallet",
    params(("userId" = i64, Path)), responses((status = OK, body = Answer<Created>)))]
pub(crate) async fn recharge(
    Member(user): Member,
    State(app): State<App>,
    Path(user_id): Path<i64>,
    Json(body): Json<NewRecharge>,
) -> Reply<Created> {
    if user_id != user.id {
        return Err(Fault::forbidden("userId: must be the user of the token").into());
    }
    body.check(&app)?;
    let reply = app.peers.orders().create_order(body.order()).await.told_as(names::of_payment)?;
    let order = required(reply.order, "order")?;
    let request = body.request(order.id, &app)?;
    let made = at_provider(app.peers.payment().create_payment(request)).await.told_as(names::of_payment)?;
    let made = required(made.payment, "payment")?;
    Ok(Answer::said(Message::PaymentCreated, Created::of(made, app.zone())))
}

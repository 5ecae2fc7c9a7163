//! Orders of plans (004-E08, 004-E09).
//!
//! What a plan costs and who may cancel an order is decided by the services.

use axum::extract::State;
use proto::{bill::v1::GetOrderRequest, payment::v1::CancelOrderRequest};

use super::{
    bodies::orders::{Cancellation, NewOrder, Order},
    envelope::{Bare, Reply},
    names,
};
use crate::{
    app::App,
    callers::Member,
    extract::{Json, Path},
    peers::{Told as _, at_provider, required},
};

/// Orders a plan (004-E09). It may be paid for 30 minutes.
#[utoipa::path(post, path = "/orders", tag = "orders", responses((status = OK, body = Order)))]
pub(crate) async fn create(_: Member, State(app): State<App>, Json(body): Json<NewOrder>) -> Reply<Order> {
    let reply = app.peers.orders().create_order(body.request()).await.told_as(names::of_service)?;
    Ok(Bare(required(reply.order, "order")?.into()))
}

/// Cancels an order and closes what was begun to pay it (004-E08). For its owner and holders of `payment:write`.
#[utoipa::path(post, path = "/orders/{orderId}/cancel", tag = "orders",
    params(("orderId" = i64, Path)), responses((status = OK, body = Order)))]
pub(crate) async fn cancel(
    _: Member,
    State(app): State<App>,
    Path(order_id): Path<i64>,
    Json(Cancellation { reason }): Json<Cancellation>,
) -> Reply<Order> {
    let request = CancelOrderRequest { order_id, reason, ..CancelOrderRequest::default() };
    at_provider(app.peers.payment().cancel_order(request)).await.told_as(names::of_service)?;
    let request = GetOrderRequest { order_id, ..GetOrderRequest::default() };
    let reply = app.peers.orders().get_order(request).await.told_as(names::of_service)?;
    Ok(Bare(required(reply.order, "order")?.into()))
}

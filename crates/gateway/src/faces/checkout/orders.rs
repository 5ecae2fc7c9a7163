//! Orders: making one with its payment, asking how it stands, giving it up (003-E01, 003-E02, 003-E03).

use axum::extract::State;
use fault::Fault;
use proto::{
    bill::v1::GetOrderRequest,
    payment::v1::{CancelOrderRequest, Channel, CreatePaymentRequest},
};

use super::{
    bodies::{NewOrder, OrderStatus, Ordered, Which},
    envelope::{Bare, Done, Reply},
    messages::Message,
};
use crate::{
    app::App,
    callers::Member,
    extract::{Json, Query},
    peers::{Told as _, at_provider, required},
    problem::Problem,
};

/// Why an order is given up through this face.
const BY_THE_USER: &str = "用户取消订单";

/// Orders a product and asks the provider for a code to scan (003-E01).
#[utoipa::path(post, path = "/api/v1/payment/create-order", tag = "orders",
    responses((status = OK, body = Ordered)))]
pub(crate) async fn create(_: Member, State(app): State<App>, Json(body): Json<NewOrder>) -> Reply<Ordered> {
    body.check()?;
    let products = app.peers.orders().list_products(body.products()).await.told()?.products;
    if !products.iter().any(|product| product.id == body.product_id) {
        return Err(Fault::not_found("product").into());
    }
    let order = app.peers.orders().create_order(body.request()).await.told()?.order;
    let order = required(order, "order")?;
    let request = CreatePaymentRequest {
        order_id: order.id,
        method: body.payment_method.into(),
        channel: Channel::Qr.into(),
        expected_amount_minor: order.amount_minor,
        ..CreatePaymentRequest::default()
    };
    let made = at_provider(app.peers.payment().create_payment(request)).await.told()?;
    let payment = required(made.payment, "payment")?;
    Ok(Bare(Ordered::of(order, payment, app.zone())))
}

/// Tells how an order stands (003-E02). For its owner and holders of `payment:read`.
#[utoipa::path(get, path = "/api/v1/payment/order-status", tag = "orders", params(Which),
    responses((status = OK, body = OrderStatus)))]
pub(crate) async fn status(
    _: Member,
    State(app): State<App>,
    Query(Which { order_no }): Query<Which>,
) -> Reply<OrderStatus> {
    let found = app.peers.orders().get_order(GetOrderRequest { order_id: 0, order_no }).await.told()?;
    Ok(Bare(OrderStatus::of(required(found.order, "order")?, app.zone())))
}

/// Gives an order up, at the provider first (003-E03). For its owner and holders of `payment:write`.
#[utoipa::path(post, path = "/api/v1/payment/cancel-order", tag = "orders",
    responses((status = OK, body = Done)))]
pub(crate) async fn cancel(
    _: Member,
    State(app): State<App>,
    Json(Which { order_no }): Json<Which>,
) -> Result<Done, Problem> {
    let request = CancelOrderRequest { order_no, reason: BY_THE_USER.to_owned(), order_id: 0 };
    at_provider(app.peers.payment().cancel_order(request)).await.told()?;
    Ok(Done::said(Message::OrderCancelled))
}

//! Finding, making, remarking and hiding payments (002-E01 to E06). For administrators.
//!
//! What may be done with a payment is decided by the payment service.

use axum::extract::State;
use proto::payment::v1 as payment;

use super::{
    bodies::payments::{NewPayment, PaymentDto, PaymentsQuery, Remark},
    envelope::{Answer, Listing, Reply},
    messages::Message,
    names, orders,
};
use crate::{
    app::App,
    callers::Operator,
    extract::{Json, Path, Query},
    faces::json::{self, Cached},
    peers::{Told as _, at_provider, required},
    problem::Problem,
};

/// Lists payments, newest first (002-E01).
#[utoipa::path(get, path = "/payments", tag = "payments",
    responses((status = OK, body = Answer<Listing<PaymentDto>>)))]
pub(crate) async fn list(
    _: Operator,
    State(app): State<App>,
    Query(query): Query<PaymentsQuery>,
) -> Reply<Listing<PaymentDto>> {
    let Some(request) = query.request() else {
        return Ok(Answer::said(Message::Found, Listing::empty(query.page())));
    };
    let reply = app.peers.payment().list_payments(request).await.told_as(names::of_service)?;
    let rows = reply.payments.into_iter().map(PaymentDto::from).collect();
    Ok(Answer::said(Message::Found, Listing::of(rows, reply.page)?))
}

/// Shows a payment (002-E02). `X-Cache` says whether it came out of the cache.
#[utoipa::path(get, path = "/payments/{id}", tag = "payments",
    responses((status = OK, body = Answer<PaymentDto>, headers(("X-Cache" = String, description = "`hit` or `miss`")))))]
pub(crate) async fn get(
    _: Operator,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Cached<Answer<PaymentDto>>, Problem> {
    let request = payment::GetPaymentRequest { payment_id: id, ..payment::GetPaymentRequest::default() };
    let reply = app.peers.shown_payment(request).await.map_err(names::of_service)?;
    let shown = Answer::said(Message::Found, required(reply.payment, "payment")?.into());
    Ok(json::cached(shown, reply.is_cached))
}

/// Shows the payment that paid an order, else its newest one (002-E03).
#[utoipa::path(get, path = "/payments/order/{orderId}", tag = "payments",
    params(("orderId" = i64, Path)), responses((status = OK, body = Answer<PaymentDto>)))]
pub(crate) async fn of_order(
    _: Operator,
    State(app): State<App>,
    Path(order_id): Path<i64>,
) -> Reply<PaymentDto> {
    let request =
        payment::GetPaymentOfOrderRequest { order_id, ..payment::GetPaymentOfOrderRequest::default() };
    let reply = app.peers.payment().get_payment_of_order(request).await.told_as(names::of_service)?;
    Ok(Answer::said(Message::Found, required(reply.payment, "payment")?.into()))
}

/// Begins to pay an order (002-E04). One that nobody knows is made, in the name of the caller.
#[utoipa::path(post, path = "/payments", tag = "payments",
    responses((status = OK, body = Answer<PaymentDto>)))]
pub(crate) async fn create(
    Operator { id: caller_id }: Operator,
    State(app): State<App>,
    Json(body): Json<NewPayment>,
) -> Reply<PaymentDto> {
    body.check()?;
    let order = orders::of_payment(&app, caller_id, &body).await?;
    orders::is_about(&order, body.order_id)?;
    let request = body.request(&order);
    let reply = at_provider(app.peers.payment().create_payment(request)).await.told_as(names::of_service)?;
    Ok(Answer::said(Message::PaymentCreated, required(reply.payment, "payment")?.into()))
}

/// Sets the remark of a payment; nothing else of it is changed by hand (002-E05).
#[utoipa::path(put, path = "/payments/{id}", tag = "payments",
    responses((status = OK, body = Answer<PaymentDto>)))]
pub(crate) async fn remark(
    _: Operator,
    State(app): State<App>,
    Path(id): Path<i64>,
    Json(Remark { remark }): Json<Remark>,
) -> Reply<PaymentDto> {
    let request = payment::SetRemarkRequest { payment_id: id, remark };
    let reply = app.peers.payment().set_remark(request).await.told_as(names::of_service)?;
    Ok(Answer::said(Message::PaymentUpdated, required(reply.payment, "payment")?.into()))
}

/// Hides a payment that ended unpaid (002-E06).
#[utoipa::path(delete, path = "/payments/{id}", tag = "payments",
    responses((status = OK, body = Answer<bool>)))]
pub(crate) async fn delete(_: Operator, State(app): State<App>, Path(id): Path<i64>) -> Reply<bool> {
    let request = payment::DeletePaymentRequest { payment_id: id };
    app.peers.payment().delete_payment(request).await.told_as(names::of_service)?;
    Ok(Answer::said(Message::PaymentDeleted, true))
}

//! Payments and their refunds (004-E01 to E05).
//!
//! Whose payments a caller may see or refund, and every rule about money, is decided by the payment service.

use axum::extract::State;
use proto::payment::v1 as payment;

use super::{
    bodies::payments::{NewPayment, NewRefund, Payment, PaymentQuestion, PaymentsQuery},
    envelope::{Bare, Reply, Rows},
    names,
};
use crate::{
    app::App,
    callers::Member,
    extract::{Json, Path, Query},
    faces::json::{self, Cached},
    peers::{Told as _, at_provider, required},
    problem::Problem,
};

/// Begins to pay an order that is known (004-E01). For its owner. `paymentUrl` leads to the payment.
#[utoipa::path(post, path = "/payments", tag = "payments", responses((status = OK, body = Payment)))]
pub(crate) async fn create(
    _: Member,
    State(app): State<App>,
    Json(body): Json<NewPayment>,
) -> Reply<Payment> {
    let request = body.request();
    let reply = at_provider(app.peers.payment().create_payment(request)).await.told_as(names::of_service)?;
    Ok(Bare(required(reply.payment, "payment")?.into()))
}

/// Lists the caller's payments, newest first, everybody's for holders of `payment:read` (004-E02). `X-Cache` says whether
/// they came out of the cache.
#[utoipa::path(get, path = "/payments", tag = "payments",
    responses((status = OK, body = Vec<Payment>,
        headers(("X-Total-Count" = i64, description = "Rows on all pages."),
            ("X-Cache" = String, description = "`hit` or `miss`")))))]
pub(crate) async fn list(
    _: Member,
    State(app): State<App>,
    Query(query): Query<PaymentsQuery>,
) -> Result<Cached<Rows<Payment>>, Problem> {
    let reply = app.peers.payment().list_payments(query.request()).await.told_as(names::of_service)?;
    let rows = Rows::of(reply.payments.into_iter().map(Payment::from).collect(), reply.page)?;
    Ok(json::cached(rows, reply.is_cached))
}

/// Shows a payment (004-E03). `X-Cache` says whether it came out of the cache. For its payer and holders of
/// `payment:read`.
#[utoipa::path(get, path = "/payments/{id}", tag = "payments",
    responses((status = OK, body = Payment, headers(("X-Cache" = String, description = "`hit` or `miss`")))))]
pub(crate) async fn get(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Cached<Bare<Payment>>, Problem> {
    shown(&app, id).await
}

/// Asks the provider about a payment that is open, and shows it (004-E04).
#[utoipa::path(post, path = "/payments/query", tag = "payments", responses((status = OK, body = Payment)))]
pub(crate) async fn query(
    _: Member,
    State(app): State<App>,
    Json(PaymentQuestion { payment_no }): Json<PaymentQuestion>,
) -> Reply<Payment> {
    let request = payment::QueryPaymentRequest { payment_no, ..payment::QueryPaymentRequest::default() };
    let reply = at_provider(app.peers.payment().query_payment(request)).await.told_as(names::of_service)?;
    Ok(Bare(required(reply.payment, "payment")?.into()))
}

/// Refunds a payment, or a part of it (004-E05). Of its payer it waits for approval: the payment is as it was.
#[utoipa::path(post, path = "/payments/{id}/refund", tag = "payments",
    responses((status = OK, body = Payment)))]
pub(crate) async fn refund(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Json(body): Json<NewRefund>,
) -> Reply<Payment> {
    at_provider(app.peers.payment().create_refund(body.request(id))).await.told_as(names::of_service)?;
    let (_, payment) = shown(&app, id).await?;
    Ok(payment)
}

async fn shown(app: &App, payment_id: i64) -> Result<Cached<Bare<Payment>>, Problem> {
    let request = payment::GetPaymentRequest { payment_id, ..payment::GetPaymentRequest::default() };
    let reply = app.peers.shown_payment(request).await.map_err(names::of_service)?;
    Ok(json::cached(Bare(required(reply.payment, "payment")?.into()), reply.is_cached))
}

//! Payments: making, showing, giving up, listing (001-E01, 001-E02, 001-E03, 001-E06).
//!
//! Whose payment a caller may see or change is decided by the payment service; here only whether the user that he
//! names is himself.

use axum::extract::State;
use fault::{Code, Fault};
use proto::payment::v1 as payment;

use super::{
    bodies::{
        new_payment::NewPayment,
        payments::{Asker, Cancel, CancelOperator, Created, Payment, PaymentsQuery, Row},
    },
    envelope::{Answer, Cached, Listing, Reply},
    messages::Message,
    names,
};
use crate::{
    app::App,
    callers::Member,
    extract::{Json, Number, Path, Query},
    peers::{Told as _, at_provider, required},
    problem::Problem,
};

const READ: &str = "payment:read";
const WRITE: &str = "payment:write";

/// Pays an order (001-E01): one of ours, or one of an outside business, which is made. For its owner. The open payment
/// of this method is given again if there is one.
#[utoipa::path(post, path = "/api/v1/payments", tag = "payments",
    responses((status = OK, body = Answer<Created>)))]
pub(crate) async fn create(
    Member(user): Member,
    State(app): State<App>,
    Json(body): Json<NewPayment>,
) -> Reply<Created> {
    if body.user_id != user.id {
        return Err(Fault::forbidden("userId: must be the user of the token").into());
    }
    body.check(&app)?;
    let known = app.peers.orders().ensure_external_order(body.order(&app)?).await;
    let order = required(known.told_as(names::of_payment)?.order, "order")?;
    body.is_about(&order)?;
    let request = body.request(order.id, &app)?;
    let made = at_provider(app.peers.payment().create_payment(request)).await.told_as(names::of_payment)?;
    let made = required(made.payment, "payment")?;
    Ok(Answer::said(Message::PaymentCreated, Created::of(made, app.zone())))
}

/// Shows a payment (001-E02). `X-Cache` says whether it came out of the cache. For its owner and holders of
/// `payment:read`.
#[utoipa::path(get, path = "/api/v1/payments/{paymentId}", tag = "payments",
    params(("paymentId" = String, Path), Asker),
    responses((status = OK, body = Answer<Payment>, headers(("X-Cache" = String, description = "`hit` or `miss`")))))]
pub(crate) async fn get(
    caller: Member,
    State(app): State<App>,
    Path(Number { id, no }): Path<Number>,
    Query(Asker { user_id }): Query<Asker>,
) -> Result<Cached<Payment>, Problem> {
    caller.acts_for(user_id.unwrap_or(caller.0.id), READ)?;
    let request = payment::GetPaymentRequest { payment_id: id, payment_no: no };
    let reply = app.peers.shown_payment(request).await.map_err(names::of_payment)?;
    let found = required(reply.payment, "payment")?;
    is_of(&found, user_id)?;
    let shown = Answer::said(Message::Found, Payment::of(found, app.zone()));
    Ok(shown.cached(reply.is_cached))
}

/// Gives a payment up (001-E03), at the provider first. For its owner and holders of `payment:write`.
#[utoipa::path(post, path = "/api/v1/payments/{paymentId}/cancel", tag = "payments",
    params(("paymentId" = String, Path)), responses((status = OK, body = Answer<Payment>)))]
pub(crate) async fn cancel(
    caller: Member,
    State(app): State<App>,
    Path(Number { id, no }): Path<Number>,
    Json(body): Json<Cancel>,
) -> Reply<Payment> {
    caller.acts_for(body.user_id, WRITE)?;
    if body.operator_type != CancelOperator::User {
        caller.0.require(WRITE)?;
    }
    if body.user_id != caller.0.id {
        let request = payment::GetPaymentRequest { payment_id: id, payment_no: no.clone() };
        let found = app.peers.payment().get_payment(request).await.told_as(names::of_cancel)?;
        is_of(&required(found.payment, "payment")?, Some(body.user_id))?;
    }
    let request =
        payment::CancelPaymentRequest { payment_id: id, payment_no: no, reason: body.cancel_reason };
    let reply = at_provider(app.peers.payment().cancel_payment(request)).await.told_as(names::of_cancel)?;
    let cancelled = required(reply.payment, "payment")?;
    Ok(Answer::said(Message::PaymentCancelled, Payment::of(cancelled, app.zone())))
}

/// Lists payments (001-E06). `X-Cache` says whether they came out of the cache. For a user his own, for holders of
/// `payment:read` all.
#[utoipa::path(post, path = "/api/v1/payments/query", tag = "payments",
    responses((status = OK, body = Answer<Listing<Row>>, headers(("X-Cache" = String, description = "`hit` or `miss`")))))]
pub(crate) async fn query(
    caller: Member,
    State(app): State<App>,
    Json(query): Json<PaymentsQuery>,
) -> Result<Cached<Listing<Row>>, Problem> {
    caller.acts_for(query.user_id.unwrap_or(caller.0.id), READ)?;
    let zone = app.zone();
    let request = query.request(zone)?;
    let reply = app.peers.payment().list_payments(request).await.told_as(names::of_payment)?;
    let rows = reply.payments.into_iter().map(|row| Row::of(row, zone)).collect();
    Ok(Answer::said(Message::Found, Listing::of(rows, reply.page)?).cached(reply.is_cached))
}

/// Hides a payment that is not of the user who was named.
pub(super) fn is_of(payment: &payment::Payment, user_id: Option<i64>) -> Result<(), Fault> {
    if user_id.is_none_or(|user_id| user_id == payment.user_id) {
        return Ok(());
    }
    Err(Fault::new(Code::PaymentNotFound, "payment not found"))
}

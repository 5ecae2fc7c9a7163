//! Payments through Alipay, named by the caller's number of the order (002-E11, 002-E13 to E16).
//!
//! Whose orders a caller may see, close or refund is decided by the services. Callbacks do not come here.

use axum::extract::State;
use proto::payment::v1::{self as payment, RefundStatus};

use super::{
    acts,
    bodies::trades::{NewTrade, Trade, TradeRefund},
    envelope::{Answer, Reply},
    messages::Message,
    names,
    order_no::OrderNo,
    orders, trades,
};
use crate::{
    app::App,
    callers::{Guest, Member},
    extract::{Json, Query},
    peers::{Told as _, at_provider, required},
};

/// Begins to pay an order through Alipay, on a computer (002-E11). One that nobody knows is made, in the name of the
/// caller.
#[utoipa::path(post, path = "/api/v1/payment/alipay/create", tag = "alipay",
    responses((status = OK, body = Answer<Trade>)))]
pub(crate) async fn create(_: Member, State(app): State<App>, Json(body): Json<NewTrade>) -> Reply<Trade> {
    body.check(&app)?;
    let order = orders::ensured(&app, &body.order_no, body.amount, &body.subject).await?;
    orders::is_about(&order, Some(body.order_id))?;
    let request = body.request(&order, &app)?;
    let reply = at_provider(app.peers.payment().create_payment(request)).await.told_as(names::of_service)?;
    let handout = required(reply.payment, "payment")?.handout.unwrap_or_default();
    Ok(Answer::said(Message::TradeCreated, handout.into()))
}

/// Asks Alipay about a payment and tells its state in Alipay's words (002-E13). In the development profile for
/// everybody.
#[utoipa::path(get, path = "/api/v1/payment/alipay/query/{outTradeNo}", tag = "alipay",
    params(("outTradeNo" = String, Path)), responses((status = OK, body = Answer<String>)))]
pub(crate) async fn query(
    guest: Guest,
    State(app): State<App>,
    OrderNo(order_no): OrderNo,
) -> Reply<&'static str> {
    let payment = trades::asked(&app, guest, &order_no).await?;
    Ok(Answer::said(Message::Found, trades::state(payment.status())))
}

/// Asks Alipay about a payment and tells whether it is paid (002-E16). In the development profile for everybody.
#[utoipa::path(get, path = "/api/v1/payment/alipay/verify/{outTradeNo}", tag = "alipay",
    params(("outTradeNo" = String, Path)), responses((status = OK, body = Answer<bool>)))]
pub(crate) async fn verify(guest: Guest, State(app): State<App>, OrderNo(order_no): OrderNo) -> Reply<bool> {
    let payment = trades::asked(&app, guest, &order_no).await?;
    let is_paid = trades::state(payment.status()) == trades::SUCCESS;
    let message = if is_paid { Message::Paid } else { Message::NotPaid };
    Ok(Answer::said(message, is_paid))
}

/// Gives back a payment or a part of it (002-E14): at once for holders of `payment:write`; of the payer it waits for
/// approval, and `data` is false.
#[utoipa::path(post, path = "/api/v1/payment/alipay/refund", tag = "alipay",
    responses((status = OK, body = Answer<bool>)))]
pub(crate) async fn refund(
    _: Member,
    State(app): State<App>,
    Query(query): Query<TradeRefund>,
) -> Reply<bool> {
    let payment = trades::found(&app, true, &query.out_trade_no).await?;
    let request = payment::CreateRefundRequest {
        payment_id: payment.id,
        amount_minor: query.refund_amount.get(),
        reason: query.refund_reason,
        ..payment::CreateRefundRequest::default()
    };
    let reply = at_provider(app.peers.payment().create_refund(request)).await.told_as(names::of_refund)?;
    let refund = required(reply.refund, "refund")?;
    acts::went(&refund)?;
    if refund.status() == RefundStatus::WaitingApproval {
        return Ok(Answer::said(Message::RefundWaits, false));
    }
    Ok(Answer::said(Message::RefundHandled, true))
}

/// Closes a payment that is not paid (002-E15). For its payer and holders of `payment:write`.
#[utoipa::path(post, path = "/api/v1/payment/alipay/close/{outTradeNo}", tag = "alipay",
    params(("outTradeNo" = String, Path)), responses((status = OK, body = Answer<bool>)))]
pub(crate) async fn close(_: Member, State(app): State<App>, OrderNo(order_no): OrderNo) -> Reply<bool> {
    let payment = trades::found(&app, true, &order_no).await?;
    let request =
        payment::CancelPaymentRequest { payment_id: payment.id, ..payment::CancelPaymentRequest::default() };
    at_provider(app.peers.payment().cancel_payment(request)).await.told_as(names::of_service)?;
    Ok(Answer::said(Message::TradeClosed, true))
}

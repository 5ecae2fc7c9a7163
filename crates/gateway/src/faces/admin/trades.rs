//! Finding the Alipay payment that a caller names by his number of the order, and telling its state in Alipay's words.
//!
//! No route lives here. The rule not to be broken: what Alipay has not answered is not told as its word.

use fault::{Code, Fault};
use proto::payment::v1::{self as payment, Method, PaymentStatus};

use super::names;
use crate::{
    app::App,
    callers::Guest,
    peers::{Told as _, at_provider, required},
    problem::Problem,
};

/// Alipay's word for a payment that came.
pub(super) const SUCCESS: &str = "TRADE_SUCCESS";

/// Finds the payment of an order that goes through Alipay: the successful one, else the newest.
///
/// A visitor without a token hears of the order's main payment alone. *Errors*: `PAYMENT_NOT_FOUND`, as the service
/// says, and for an order that is not paid through Alipay.
pub(super) async fn found(app: &App, is_user: bool, order_no: &str) -> Result<payment::Payment, Problem> {
    let request = payment::GetPaymentOfOrderRequest {
        order_no: order_no.to_owned(),
        ..payment::GetPaymentOfOrderRequest::default()
    };
    let reply = app.peers.payment().get_payment_of_order(request).await.told_as(names::of_trade)?;
    let main = required(reply.payment, "payment")?;
    if main.method() == Method::Alipay {
        return Ok(main);
    }
    let other = if is_user { newest(app, order_no).await? } else { None };
    other.ok_or_else(|| Fault::new(Code::PaymentNotFound, "payment not found").into())
}

/// Finds the newest payment of an order through Alipay beside one through another method.
async fn newest(app: &App, order_no: &str) -> Result<Option<payment::Payment>, Problem> {
    let request = payment::ListPaymentsRequest {
        order_no: order_no.to_owned(),
        methods: vec![Method::Alipay.into()],
        page: Some(proto::page::v1::Request { number: 1, size: 1 }),
        ..payment::ListPaymentsRequest::default()
    };
    let reply = app.peers.payment().list_payments(request).await.told_as(names::of_trade)?;
    Ok(reply.payments.into_iter().next())
}

/// Finds a payment and asks Alipay about it while it is open.
///
/// *Errors*: as `found`; `PAYMENT_AMOUNT_ERROR` for one that is frozen because Alipay reported another amount;
/// `THIRD_PARTY_ERROR` when Alipay was to be asked and did not answer.
pub(super) async fn asked(app: &App, guest: Guest, order_no: &str) -> Result<payment::Payment, Problem> {
    let payment_id = found(app, guest.is_user, order_no).await?.id;
    let request = payment::QueryPaymentRequest { payment_id, ..payment::QueryPaymentRequest::default() };
    let reply = at_provider(app.peers.payment().query_payment(request)).await.told_as(names::of_trade)?;
    let payment = required(reply.payment, "payment")?;
    if payment.is_frozen {
        return Err(Fault::new(Code::PaymentAmountError, "alipay reported another amount").into());
    }
    let is_open = matches!(payment.status(), PaymentStatus::Pending | PaymentStatus::Processing);
    if is_open && !reply.was_asked {
        let fault = Fault::new(Code::ThirdPartyError, "alipay did not answer");
        return Err(fault.into());
    }
    Ok(payment)
}

/// Gives Alipay's word for the state of a payment.
pub(super) const fn state(status: PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Unspecified | PaymentStatus::Pending | PaymentStatus::Processing => "WAIT_BUYER_PAY",
        PaymentStatus::Success | PaymentStatus::Refunding | PaymentStatus::PartiallyRefunded => SUCCESS,
        PaymentStatus::Failed | PaymentStatus::Cancelled | PaymentStatus::Refunded => "TRADE_CLOSED",
    }
}

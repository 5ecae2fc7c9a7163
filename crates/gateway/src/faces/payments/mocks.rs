//! A payment that is simulated (001-E05), in development alone: the sandbox lets the payer pay, and the money arrives
//! through the ordinary signed callback or the answer of the provider.

use std::time::Duration;

use axum::extract::State;
use fault::{Code, Fault};
use proto::{
    bill::v1::{GetOrderRequest, Order, OrderStatus},
    payment::v1::{self as payment, Method, PaymentStatus},
};

use super::{
    attempts::is_of,
    bodies::mock::{Mock, Mocked},
    envelope::{Answer, Reply},
    messages::Message,
    names,
};
use crate::{
    app::App,
    callers::Member,
    extract::{Json, Number, Path},
    peers::{Told as _, at_provider, required},
    problem::Problem,
};

/// How often, and how long apart, the order is asked whether it has heard of the payment.
const LOOKS: u32 = 25;
const PAUSE: Duration = Duration::from_millis(100);

/// Lets the sandbox pay (001-E05). For the payment's owner and holders of `payment:write`.
#[utoipa::path(post, path = "/api/v1/payments/{paymentId}/mock-success", tag = "payments",
    params(("paymentId" = String, Path)), responses((status = OK, body = Answer<Mocked>)))]
pub(crate) async fn succeed(
    caller: Member,
    State(app): State<App>,
    Path(number): Path<Number>,
    Json(body): Json<Mock>,
) -> Reply<Mocked> {
    caller.acts_for(body.user_id, "payment:write")?;
    let open = open(&app, number, body.user_id).await?;
    let sandbox = app.sandbox.as_ref().ok_or_else(|| Fault::new(Code::MockPaymentDisabled, "no sandbox"))?;
    sandbox.pay(&open.payment_no, provider_of(&open)?).await?;
    let (paid, order) = at_provider(settled(&app, &open)).await?;
    let mocked = Mocked::of(body.mock_transaction_id, paid, &order, app.zone());
    Ok(Answer::said(Message::PaymentSimulated, mocked))
}

/// Finds the payment, which must wait for money.
async fn open(app: &App, Number { id, no }: Number, user_id: i64) -> Result<payment::Payment, Problem> {
    let request = payment::GetPaymentRequest { payment_id: id, payment_no: no };
    let found = app.peers.payment().get_payment(request).await.told_as(names::of_payment)?;
    let found = required(found.payment, "payment")?;
    is_of(&found, Some(user_id))?;
    if matches!(found.status(), PaymentStatus::Pending | PaymentStatus::Processing) {
        return Ok(found);
    }
    Err(Fault::new(Code::MockPaymentNotPending, "the payment does not wait for money").into())
}

fn provider_of(payment: &payment::Payment) -> Result<&'static str, Fault> {
    match payment.method() {
        Method::Alipay => Ok("alipay"),
        Method::Wechat => Ok("wechat"),
        Method::Unionpay => Ok("unionpay"),
        Method::Balance | Method::Unspecified => {
            Err(Fault::new(Code::MockPaymentStatusError, "no provider has a part in this payment"))
        }
    }
}

/// Asks the provider, then waits until the order has heard of it.
async fn settled(app: &App, open: &payment::Payment) -> Result<(payment::Payment, Order), Problem> {
    let request = payment::QueryPaymentRequest { payment_id: open.id, payment_no: String::new() };
    let asked = app.peers.payment().query_payment(request).await.told_as(names::of_payment)?;
    let paid = required(asked.payment, "payment")?;
    if paid.status() != PaymentStatus::Success {
        return Err(Fault::new(Code::MockPaymentStatusError, "the payment did not succeed").into());
    }
    for _ in 0..LOOKS {
        let request = GetOrderRequest { order_id: open.order_id, order_no: String::new() };
        let order = required(app.peers.orders().get_order(request).await.told_as(no_order)?.order, "order")?;
        if order.status() != OrderStatus::Pending {
            return Ok((paid, order));
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Fault::new(Code::MockOrderUpdateFailed, "the order did not hear of its payment").into())
}

fn no_order(fault: Fault) -> Fault {
    if fault.code() == Code::NotFound {
        Fault::new(Code::MockOrderNotFound, "order not found")
    } else {
        fault
    }
}

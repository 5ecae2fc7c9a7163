//! Shows the payment of an order (002-E03, 002-E18).
//!
//! Read only: the one that paid it, else the newest.

use fault::Fault;
use host::{Answer, Call};
use proto::payment::v1::{GetPaymentOfOrderRequest, GetPaymentOfOrderResponse};

use super::{
    seeing::{fresh, missing},
    showing::show,
};
use crate::{service::Service, store::payments};

/// Gives it. *Errors*: `PAYMENT_NOT_FOUND`.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &GetPaymentOfOrderRequest,
) -> Result<Answer<GetPaymentOfOrderResponse>, Fault> {
    let rows = {
        let mut conn = service.db.acquire().await?;
        payments::of_order(&mut conn, asked.order_id, &asked.order_no).await?
    };
    let payment = show(service, &call.caller, rows.first().ok_or_else(missing)?)?;
    Ok(fresh(GetPaymentOfOrderResponse { payment: Some(payment) }))
}

//! Shows one order (003-E02): to its owner, to holders of `payment:read`, to the services that work with payments.

use fault::Fault;
use host::Call;
use proto::bill::v1::{GetOrderRequest, GetOrderResponse};

use super::steps;
use crate::{service::Service, store::orders};

/// Shows an order. *Errors*: `NOT_FOUND`, for a stranger too.
pub(crate) async fn get_order(
    service: &Service,
    call: &Call,
    asked: &GetOrderRequest,
) -> Result<GetOrderResponse, Fault> {
    let mut conn = service.db.acquire().await?;
    let found = if asked.order_id == 0 {
        orders::find_by_no(&mut conn, &asked.order_no).await?
    } else {
        orders::find(&mut conn, asked.order_id).await?
    };
    let order = found.ok_or_else(|| Fault::not_found("order"))?;
    steps::may_see(call, &order, "payment:read")?;
    let order = steps::shown(&mut conn, &order, service.clock.now()).await?;
    Ok(GetOrderResponse { order: Some(order) })
}

//! The money of a refund did not go back: what was set aside is given back.

use fault::Fault;
use host::{Answer, Call};
use proto::bill::v1::{OrderRefund, RefundState, ReleaseRefundRequest, ReleaseRefundResponse};

use super::{refund_jobs, steps};
use crate::{
    order_wire,
    service::Service,
    store::order_refunds::{self, State},
};

/// Releases a refund. One that nobody knows needs nothing.
///
/// *Errors*: `STATE_CONFLICT` when it is applied. *Idempotent*: by the refund's number.
pub(crate) async fn release_refund(
    service: &Service,
    _: &Call,
    asked: &ReleaseRefundRequest,
) -> Result<Answer<ReleaseRefundResponse>, Fault> {
    let refund_no = &asked.refund_no;
    refund_jobs::release(service, refund_no).await?;
    let mut conn = service.db.acquire().await?;
    let Some(refund) = order_refunds::find(&mut conn, refund_no).await? else {
        let state = RefundState::Released.into();
        let refund = OrderRefund { refund_no: refund_no.clone(), state, ..OrderRefund::default() };
        return Ok(steps::fresh(ReleaseRefundResponse { refund: Some(refund) }));
    };
    if refund.state()? != State::Released {
        return Err(Fault::conflict(format!("refund {refund_no} is {}", refund.state)));
    }
    let order = steps::existing(&mut conn, refund.order_id).await?;
    let parts = order_refunds::parts(&mut conn, refund_no).await?;
    let refund = order_wire::refund(&refund, &order.order_no, &parts)?;
    Ok(steps::fresh(ReleaseRefundResponse { refund: Some(refund) }))
}

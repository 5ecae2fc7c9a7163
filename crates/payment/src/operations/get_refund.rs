//! Shows a refund (001-E08).
//!
//! Read only. A stranger's refund looks like none.

use fault::Fault;
use host::{Answer, Call};
use proto::payment::v1::{GetRefundRequest, GetRefundResponse};

use super::seeing::{fresh, may_see};
use crate::{service::Service, store::refunds, wire};

/// Gives a refund by its id, or by its number if the id is 0. *Errors*: `NOT_FOUND`.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &GetRefundRequest,
) -> Result<Answer<GetRefundResponse>, Fault> {
    let mut conn = service.db.acquire().await?;
    let found = if asked.refund_id == 0 {
        refunds::by_no(&mut conn, &asked.refund_no).await?
    } else {
        refunds::by_id(&mut conn, asked.refund_id).await?
    };
    let row = found.filter(|row| may_see(&call.caller, row.user_id));
    let row = row.ok_or_else(|| Fault::not_found("refund"))?;
    Ok(fresh(GetRefundResponse { refund: Some(wire::refund(&row)) }))
}

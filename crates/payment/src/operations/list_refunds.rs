//! Lists refunds (001-E10).
//!
//! Read only: of the caller's own payments, or of all for holders of `payment:read`.

use fault::Fault;
use host::{Answer, Call, Page};
use proto::payment::v1::{ListRefundsRequest, ListRefundsResponse, RefundType};

use super::{
    list_payments::{bound, non_empty, whose},
    seeing::fresh,
};
use crate::{
    service::Service,
    store::refund_lists::{self, Filter},
    wire,
};

/// Gives a page. *Errors*: `FORBIDDEN` for somebody else's; validation.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &ListRefundsRequest,
) -> Result<Answer<ListRefundsResponse>, Fault> {
    let page = Page::of(asked.page)?;
    let words = asked.statuses.iter().map(|raw| Ok(wire::read_refund_status(*raw)?.as_str().to_owned()));
    let filter = Filter {
        user_id: whose(&call.caller, asked.user_id)?,
        payment_id: Some(asked.payment_id).filter(|id| *id != 0),
        payment_no: non_empty(&asked.payment_no),
        statuses: words.collect::<Result<_, Fault>>()?,
        kind: match asked.r#type() {
            RefundType::Full => Some("full"),
            RefundType::Partial => Some("partial"),
            RefundType::Unspecified => None,
        },
        from: bound("startTime", asked.from.as_ref())?,
        to: bound("endTime", asked.to.as_ref())?,
        ascending: asked.ascending,
    };
    let mut conn = service.db.acquire().await?;
    let total = refund_lists::count(&mut conn, &filter).await?;
    let rows = refund_lists::page(&mut conn, &filter, (page.limit(), page.offset())).await?;
    let refunds = rows.iter().map(wire::refund).collect();
    Ok(fresh(ListRefundsResponse { refunds, page: Some(page.info(total)) }))
}

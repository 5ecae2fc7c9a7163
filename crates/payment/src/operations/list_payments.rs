//! Lists payments (001-E06, 002-E01, 004-E02).
//!
//! Read only: the caller's own, or all for holders of `payment:read`. Handouts are not shown here.

use chrono::{DateTime, Utc};
use fault::Fault;
use host::{Answer, Call, Page, instant};
use identity::Caller;
use proto::payment::v1::{ListPaymentsRequest, ListPaymentsResponse, PaymentOrder};

use super::seeing::{READ, fresh, holds, is};
use crate::{
    service::Service,
    store::lists::{self, Filter},
    wire,
};

/// Gives a page. *Errors*: `FORBIDDEN` for somebody else's; validation.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &ListPaymentsRequest,
) -> Result<Answer<ListPaymentsResponse>, Fault> {
    let page = Page::of(asked.page)?;
    let filter = filter(&call.caller, asked)?;
    let mut conn = service.db.acquire().await?;
    let total = lists::count(&mut conn, &filter).await?;
    let rows = lists::page(&mut conn, &filter, (page.limit(), page.offset())).await?;
    let payments = rows.iter().map(wire::payment).collect();
    Ok(fresh(ListPaymentsResponse { payments, page: Some(page.info(total)) }))
}

fn filter(caller: &Caller, asked: &ListPaymentsRequest) -> Result<Filter, Fault> {
    let statuses = asked.statuses.iter().map(|raw| Ok(wire::read_status(*raw)?.as_str().to_owned()));
    let methods = asked.methods.iter().map(|raw| Ok(wire::read_method(*raw)?.as_str().to_owned()));
    let channels = asked.channels.iter().map(|raw| Ok(wire::read_lane(*raw)?.as_str().to_owned()));
    if asked.amount_minor_min < 0 || asked.amount_minor_max < 0 {
        return Err(Fault::validation("minAmount", "must not be below 0"));
    }
    Ok(Filter {
        user_id: whose(caller, asked.user_id)?,
        order_id: Some(asked.order_id).filter(|id| *id != 0),
        order_no: non_empty(&asked.order_no),
        payment_no: non_empty(&asked.payment_no),
        statuses: statuses.collect::<Result<_, Fault>>()?,
        methods: methods.collect::<Result<_, Fault>>()?,
        channels: channels.collect::<Result<_, Fault>>()?,
        from: bound("startTime", asked.from.as_ref())?,
        to: bound("endTime", asked.to.as_ref())?,
        amount_minor_min: asked.amount_minor_min,
        amount_minor_max: if asked.amount_minor_max == 0 { i64::MAX } else { asked.amount_minor_max },
        by_amount: asked.order() == PaymentOrder::Amount,
        ascending: asked.ascending,
    })
}

/// Says whose rows the caller wants and may see; none is everybody's.
pub(super) fn whose(caller: &Caller, asked: i64) -> Result<Option<i64>, Fault> {
    let is_operator = holds(caller, READ);
    match asked {
        0 if is_operator => Ok(None),
        0 => Ok(Some(caller.user()?.id)),
        user_id if is_operator || is(caller, user_id) => Ok(Some(user_id)),
        _ => Err(Fault::forbidden("userId: this is somebody else")),
    }
}

/// Reads an end of a range of time.
pub(super) fn bound(
    field: &str,
    raw: Option<&prost_types::Timestamp>,
) -> Result<Option<DateTime<Utc>>, Fault> {
    let Some(raw) = raw else { return Ok(None) };
    instant(raw).map(Some).ok_or_else(|| Fault::validation(field, "must be an instant that exists"))
}

/// Reads a text that narrows a list; an empty one does not.
pub(super) fn non_empty(raw: &str) -> Option<String> {
    Some(raw.to_owned()).filter(|text| !text.is_empty())
}

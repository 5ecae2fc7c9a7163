//! Lists payments (001-E06, 002-E01, 004-E02).
//!
//! Read only: the caller's own, or all for holders of `payment:read`. Handouts are not shown here. The first pages of a
//! user are kept for a while (contract section 8), each with the version of that user's payments; without Redis the answer
//! is the same. The rules not to be broken: the version is read from the database each time, and before the page, so that
//! no page is older than what anybody was told; rights are asked before copies.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use fault::Fault;
use host::{Answer, Call, Page, instant};
use identity::Caller;
use prost::Message as _;
use proto::payment::v1::{ListPaymentsRequest, ListPaymentsResponse, PaymentOrder};
use sqlx::PgConnection;

use super::seeing::{READ, fresh, holds, is};
use crate::{
    service::Service,
    store::lists::{self, Filter},
    wire,
};

/// Pages that begin before this row are kept.
const KEPT_ROWS: i64 = 100;

/// Gives a page. *Errors*: `FORBIDDEN` for somebody else's; validation.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &ListPaymentsRequest,
) -> Result<Answer<ListPaymentsResponse>, Fault> {
    let page = Page::of(asked.page)?;
    let filter = filter(&call.caller, asked)?;
    match filter.all_of_user() {
        Some(user_id) if page.offset() < KEPT_ROWS => {
            kept(service, user_id, (page, &filter)).await.map(fresh)
        }
        _ => Ok(fresh(read(&mut *service.db.acquire().await?, page, &filter).await?)),
    }
}

/// Shows a page from its copy if that is the newest one, else reads and keeps it.
async fn kept(
    service: &Service,
    user_id: i64,
    (page, filter): (Page, &Filter),
) -> Result<ListPaymentsResponse, Fault> {
    // No connection is kept while Redis is asked.
    let version = lists::version(&mut *service.db.acquire().await?, user_id).await?;
    let key = format!("{user_id}:{}:{}", page.offset(), page.limit());
    if let Some(text) = service.records.get_at::<String>(&key, version).await
        && let Some(copy) = decoded(&text)
    {
        return Ok(ListPaymentsResponse { is_cached: true, ..copy });
    }
    let response = read(&mut *service.db.acquire().await?, page, filter).await?;
    service.records.put(&key, version, &STANDARD.encode(response.encode_to_vec())).await;
    Ok(response)
}

fn decoded(text: &str) -> Option<ListPaymentsResponse> {
    ListPaymentsResponse::decode(STANDARD.decode(text).ok()?.as_slice()).ok()
}

async fn read(conn: &mut PgConnection, page: Page, filter: &Filter) -> Result<ListPaymentsResponse, Fault> {
    let total = lists::count(conn, filter).await?;
    let rows = lists::page(conn, filter, (page.limit(), page.offset())).await?;
    let payments = rows.iter().map(wire::payment).collect();
    Ok(ListPaymentsResponse { payments, page: Some(page.info(total)), is_cached: false })
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

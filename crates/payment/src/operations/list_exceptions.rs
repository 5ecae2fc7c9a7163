//! Lists what people should look at: frozen payments, money in suspense.
//!
//! Read only.

use fault::Fault;
use host::{Answer, Call, Page, timestamp};
use proto::payment::v1::{ExceptionEntry, ExceptionReason, ListExceptionsRequest, ListExceptionsResponse};
use sqlx::PgConnection;

use super::seeing::{READ, fresh};
use crate::{
    service::Service,
    store::{
        lists::{self, Exceptional},
        payments, refunds,
    },
    wire,
};

/// Gives a page, newest first. *Errors*: `FORBIDDEN`.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &ListExceptionsRequest,
) -> Result<Answer<ListExceptionsResponse>, Fault> {
    call.caller.user()?.require(READ)?;
    let page = Page::of(asked.page)?;
    let reason = match asked.reason() {
        ExceptionReason::Unspecified => None,
        ExceptionReason::Frozen => Some("frozen"),
        ExceptionReason::Late => Some("late"),
        ExceptionReason::Double => Some("double"),
        ExceptionReason::Mismatch => Some("mismatch"),
    };
    let mut conn = service.db.acquire().await?;
    let of = (reason, asked.open_only);
    let found = lists::exceptions(&mut conn, of, (page.limit(), page.offset())).await?;
    let total = found.first().map_or(0, |first| first.total);
    let mut entries = Vec::new();
    for one in found {
        entries.push(entry(&mut conn, one).await?);
    }
    Ok(fresh(ListExceptionsResponse { entries, page: Some(page.info(total)) }))
}

async fn entry(conn: &mut PgConnection, of: Exceptional) -> Result<ExceptionEntry, Fault> {
    let payment = payments::by_id(conn, of.payment_id).await?;
    let refund = match of.refund_id {
        Some(id) => refunds::by_id(conn, id).await?,
        None => None,
    };
    let reason = match of.reason.as_str() {
        "late" => ExceptionReason::Late,
        "double" => ExceptionReason::Double,
        "mismatch" => ExceptionReason::Mismatch,
        _ => ExceptionReason::Frozen,
    };
    Ok(ExceptionEntry {
        id: of.id,
        reason: reason.into(),
        payment: payment.as_ref().map(wire::payment),
        amount_minor: of.amount_minor,
        detail: of.detail,
        refund: refund.as_ref().map(wire::refund),
        is_resolved: of.is_resolved,
        created_at: Some(timestamp(of.at)),
    })
}

//! Lists and counts of payments, and the exception list.
//!
//! The rule not to be broken: count and page have the same conditions.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use super::payments::Row;

/// Which payments to list; what is absent does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) user_id: Option<i64>,
    pub(crate) order_id: Option<i64>,
    pub(crate) order_no: Option<String>,
    pub(crate) payment_no: Option<String>,
    pub(crate) statuses: Vec<String>,
    pub(crate) methods: Vec<String>,
    pub(crate) channels: Vec<String>,
    /// Inclusive.
    pub(crate) from: Option<DateTime<Utc>>,
    /// Inclusive.
    pub(crate) to: Option<DateTime<Utc>>,
    /// Inclusive.
    pub(crate) amount_minor_min: i64,
    /// Inclusive.
    pub(crate) amount_minor_max: i64,
    pub(crate) by_amount: bool,
    pub(crate) ascending: bool,
}

impl Filter {
    /// Gives the user of whom all payments are meant, newest first; none if the filter says more or less than that.
    pub(crate) fn all_of_user(&self) -> Option<i64> {
        let user_id = self.user_id?;
        let plain = Self { user_id: Some(user_id), amount_minor_max: i64::MAX, ..Self::default() };
        (*self == plain).then_some(user_id)
    }
}

/// Gives the version of all payments of a user; it grows with each change.
pub(crate) async fn version(conn: &mut PgConnection, user_id: i64) -> Result<i64, Fault> {
    let found = sqlx::query_scalar!("select version from payment_user where user_id = $1", user_id)
        .fetch_optional(conn)
        .await
        .or_fault()?;
    Ok(found.unwrap_or_default())
}

/// Counts the payments of a filter.
pub(crate) async fn count(conn: &mut PgConnection, of: &Filter) -> Result<i64, Fault> {
    sqlx::query_file_scalar!(
        "src/store/payments_count.sql",
        of.user_id,
        of.order_id,
        of.order_no.as_deref(),
        of.payment_no.as_deref(),
        &of.statuses,
        &of.methods,
        &of.channels,
        of.from,
        of.to,
        of.amount_minor_min,
        of.amount_minor_max,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// Lists a page of the payments of a filter.
pub(crate) async fn page(
    conn: &mut PgConnection,
    of: &Filter,
    (limit, offset): (i64, i64),
) -> Result<Vec<Row>, Fault> {
    sqlx::query_file_as!(
        Row,
        "src/store/payments_page.sql",
        of.user_id,
        of.order_id,
        of.order_no.as_deref(),
        of.payment_no.as_deref(),
        &of.statuses,
        &of.methods,
        &of.channels,
        of.from,
        of.to,
        of.amount_minor_min,
        of.amount_minor_max,
        of.by_amount,
        of.ascending,
        limit,
        offset,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// A line of the exception list.
#[derive(Clone, Debug)]
pub(crate) struct Exceptional {
    pub(crate) id: i64,
    pub(crate) reason: String,
    pub(crate) payment_id: i64,
    pub(crate) amount_minor: i64,
    pub(crate) detail: String,
    pub(crate) refund_id: Option<i64>,
    pub(crate) is_resolved: bool,
    pub(crate) at: DateTime<Utc>,
    /// Of the whole list.
    pub(crate) total: i64,
}

/// Lists frozen payments and money in suspense, newest first.
pub(crate) async fn exceptions(
    conn: &mut PgConnection,
    (reason, open_only): (Option<&str>, bool),
    (limit, offset): (i64, i64),
) -> Result<Vec<Exceptional>, Fault> {
    sqlx::query_as!(
        Exceptional,
        r#"select id as "id!", reason as "reason!", payment_id as "payment_id!", amount_minor as "amount_minor!",
                  detail as "detail!", refund_id, is_resolved as "is_resolved!", at as "at!",
                  count(*) over () as "total!"
           from (
               select id, 'frozen' as reason, id as payment_id, paid_minor as amount_minor, frozen_reason as detail,
                      null::bigint as refund_id, false as is_resolved, updated_at as at
               from payment
               where frozen_reason is not null
               union all
               select suspense.id, suspense.reason, suspense.payment_id, suspense.amount_minor, suspense.detail,
                      suspense.refund_id, refund.status = 'success', suspense.at
               from suspense
               join refund on refund.id = suspense.refund_id
           ) as found
           where ($1::text is null or reason = $1) and not ($2 and is_resolved)
           order by at desc, id desc
           limit $3
           offset $4"#,
        reason,
        open_only,
        limit,
        offset,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

//! Lists and counts of refunds.
//!
//! The rule not to be broken: count and page have the same conditions.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use super::refunds::Row;

/// Which refunds to list; what is absent does not narrow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) user_id: Option<i64>,
    pub(crate) payment_id: Option<i64>,
    pub(crate) payment_no: Option<String>,
    pub(crate) statuses: Vec<String>,
    pub(crate) kind: Option<&'static str>,
    /// Inclusive.
    pub(crate) from: Option<DateTime<Utc>>,
    /// Inclusive.
    pub(crate) to: Option<DateTime<Utc>>,
    pub(crate) ascending: bool,
}

/// Counts the refunds of a filter.
pub(crate) async fn count(conn: &mut PgConnection, of: &Filter) -> Result<i64, Fault> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!"
           from refund
           join payment on payment.id = refund.payment_id
           where ($1::bigint is null or refund.user_id = $1)
             and ($2::bigint is null or payment_id = $2)
             and ($3::text is null or payment.payment_no = $3)
             and (cardinality($4::text[]) = 0 or refund.status = any($4))
             and ($5::text is null or type = $5)
             and ($6::timestamptz is null or refund.created_at >= $6)
             and ($7::timestamptz is null or refund.created_at <= $7)"#,
        of.user_id,
        of.payment_id,
        of.payment_no.as_deref(),
        &of.statuses,
        of.kind,
        of.from,
        of.to,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// Lists a page of the refunds of a filter.
pub(crate) async fn page(
    conn: &mut PgConnection,
    of: &Filter,
    (limit, offset): (i64, i64),
) -> Result<Vec<Row>, Fault> {
    sqlx::query_file_as!(
        Row,
        "src/store/refunds_page.sql",
        of.user_id,
        of.payment_id,
        of.payment_no.as_deref(),
        &of.statuses,
        of.kind,
        of.from,
        of.to,
        of.ascending,
        limit,
        offset,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

//! What belongs to an order: who gets its money, the steps of its life, what can be ordered, and lists of orders.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use super::orders::Order;

/// An account of the ledger and an amount of fen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credit {
    /// `user`, `merchant` or `revenue`.
    pub(crate) kind: String,
    /// The id of the user or merchant, empty for revenue.
    pub(crate) owner: String,
    pub(crate) amount_minor: i64,
}

/// Writes who gets the money of an order.
pub(crate) async fn insert_credits(
    conn: &mut PgConnection,
    order_id: i64,
    credits: &[Credit],
) -> Result<(), Fault> {
    let kinds: Vec<_> = credits.iter().map(|credit| credit.kind.clone()).collect();
    let owners: Vec<_> = credits.iter().map(|credit| credit.owner.clone()).collect();
    let amounts: Vec<_> = credits.iter().map(|credit| credit.amount_minor).collect();
    sqlx::query!(
        "insert into order_credit (order_id, position, kind, owner, amount_minor)
         select $1, given.position, given.kind, given.owner, given.amount_minor
         from unnest($2::text[], $3::text[], $4::bigint[])
             with ordinality as given (kind, owner, amount_minor, position)",
        order_id,
        &kinds,
        &owners,
        &amounts,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Lists who gets the money of orders, by order. *Shape*: in the order in which they were written.
pub(crate) async fn credits(
    conn: &mut PgConnection,
    order_ids: &[i64],
) -> Result<HashMap<i64, Vec<Credit>>, Fault> {
    let rows = sqlx::query!(
        "select order_id, kind, owner, amount_minor
         from order_credit
         where order_id = any($1)
         order by order_id, position",
        order_ids,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    let mut found = HashMap::<i64, Vec<Credit>>::new();
    for row in rows {
        let credit = Credit { kind: row.kind, owner: row.owner, amount_minor: row.amount_minor };
        found.entry(row.order_id).or_default().push(credit);
    }
    Ok(found)
}

/// A step of an order's life.
#[derive(Clone, Debug)]
pub(crate) struct Step<'a> {
    pub(crate) order_id: i64,
    pub(crate) version: i32,
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    /// `user:7`, `service:payment` or `system`.
    pub(crate) actor: &'a str,
    pub(crate) reason: &'a str,
}

/// Appends a step to the history. A step that is not legal breaks `order_history_step_legal`.
pub(crate) async fn append_history(
    conn: &mut PgConnection,
    step: &Step<'_>,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "insert into order_history (order_id, version, from_status, to_status, actor, reason, at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        step.order_id,
        step.version,
        step.from,
        step.to,
        step.actor,
        step.reason,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Something that can be ordered. *Units*: fen, days.
#[derive(Clone, Debug)]
pub(crate) struct Product {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) price_minor: i64,
    pub(crate) plan: String,
    pub(crate) days: i32,
    pub(crate) points: i64,
    pub(crate) is_offered: bool,
}

/// Lists all products, those too that are not offered any more, in the order in which they are shown.
pub(crate) async fn products(conn: &mut PgConnection) -> Result<Vec<Product>, Fault> {
    sqlx::query_as!(
        Product,
        "select id, kind, name, price_minor, plan, days, points, is_offered
         from product
         order by position, id",
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Which orders to list; what is absent does not narrow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filter {
    pub(crate) user_id: Option<i64>,
    /// An overdue order is a cancelled one.
    pub(crate) status: Option<&'static str>,
    pub(crate) kind: Option<&'static str>,
    pub(crate) now: DateTime<Utc>,
}

/// Counts the orders of a filter.
pub(crate) async fn count(conn: &mut PgConnection, filter: Filter) -> Result<i64, Fault> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!"
         from orders
         where ($1::bigint is null or user_id = $1)
           and ($2::text is null or kind = $2)
           and ($3::text is null
               or case when status = 'pending' and expires_at < $4 then 'cancelled' else status end = $3)"#,
        filter.user_id,
        filter.kind,
        filter.status,
        filter.now,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// Lists the orders of a filter, newest first.
pub(crate) async fn page(
    conn: &mut PgConnection,
    filter: Filter,
    (offset, limit): (i64, i64),
) -> Result<Vec<Order>, Fault> {
    sqlx::query_as!(
        Order,
        "select id, order_no, kind, user_id, amount_minor, currency, subject, status, refunded_minor, created_at,
             expires_at, paid_at, payment_no, delivered_at, cancel_reason, refund_reason, product_id, is_upgrade,
             bill_id, split_id, room_id, merchant_id, version
         from orders
         where ($1::bigint is null or user_id = $1)
           and ($2::text is null or kind = $2)
           and ($3::text is null
               or case when status = 'pending' and expires_at < $4 then 'cancelled' else status end = $3)
         order by id desc
         offset $5
         limit $6",
        filter.user_id,
        filter.kind,
        filter.status,
        filter.now,
        offset,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

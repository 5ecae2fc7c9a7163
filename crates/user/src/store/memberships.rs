//! Grants of memberships and what refunds took of them.
//!
//! The rule not to be broken: the user's row is locked before his grants are read to be changed.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use crate::domain::membership::Grant;

/// Locks the memberships of a user until the end of the transaction.
pub(crate) async fn lock(conn: &mut PgConnection, user_id: i64, at: DateTime<Utc>) -> Result<(), Fault> {
    sqlx::query!(
        "insert into membership (user_id, updated_at)
         values ($1, $2)
         on conflict on constraint membership_pkey do update
         set updated_at = excluded.updated_at",
        user_id,
        at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Reads the grants of a user. *Shape*: in the order in which they run.
pub(crate) async fn grants(conn: &mut PgConnection, user_id: i64) -> Result<Vec<Grant>, Fault> {
    sqlx::query_as!(
        Grant,
        "select order_no, plan, days, is_upgrade, starts_at, ends_at, taken_days, replaced_by, replaced_at, created_at
         from membership_grant
         where user_id = $1
         order by starts_at, ends_at, order_no",
        user_id,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Names whose grant an order bought.
pub(crate) async fn owner(conn: &mut PgConnection, order_no: &str) -> Result<Option<i64>, Fault> {
    sqlx::query_scalar!("select user_id from membership_grant where order_no = $1", order_no)
        .fetch_optional(conn)
        .await
        .or_fault()
}

/// Writes a grant, over what it was before. *Locks*: needs [`lock`].
pub(crate) async fn put(conn: &mut PgConnection, user_id: i64, grant: &Grant) -> Result<(), Fault> {
    sqlx::query!(
        "insert into membership_grant (order_no, user_id, plan, days, is_upgrade, starts_at, ends_at, taken_days,
             replaced_by, replaced_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict on constraint membership_grant_pkey do update
         set starts_at = excluded.starts_at,
             ends_at = excluded.ends_at,
             taken_days = excluded.taken_days,
             replaced_by = excluded.replaced_by,
             replaced_at = excluded.replaced_at",
        grant.order_no,
        user_id,
        grant.plan,
        grant.days,
        grant.is_upgrade,
        grant.starts_at,
        grant.ends_at,
        grant.taken_days,
        grant.replaced_by,
        grant.replaced_at,
        grant.created_at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// What a refund took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taking {
    pub(crate) order_no: String,
    pub(crate) days: i32,
    pub(crate) is_returned: bool,
}

/// Notes a refund; none when it was noted before.
pub(crate) async fn insert_taking(
    conn: &mut PgConnection,
    refund_no: &str,
    taking: &Taking,
    at: DateTime<Utc>,
) -> Result<Option<()>, Fault> {
    let inserted = sqlx::query!(
        "insert into membership_taking (refund_no, order_no, days, is_returned, created_at)
         values ($1, $2, $3, $4, $5)
         on conflict on constraint membership_taking_pkey do nothing",
        refund_no,
        taking.order_no,
        taking.days,
        taking.is_returned,
        at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok((inserted.rows_affected() == 1).then_some(()))
}

/// Finds what a refund took. *Locks*: its row.
pub(crate) async fn taking(conn: &mut PgConnection, refund_no: &str) -> Result<Option<Taking>, Fault> {
    sqlx::query_as!(
        Taking,
        "select order_no, days, is_returned from membership_taking where refund_no = $1 for update",
        refund_no,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Notes that what a refund took is given back.
pub(crate) async fn give_back(conn: &mut PgConnection, refund_no: &str) -> Result<(), Fault> {
    sqlx::query!("update membership_taking set is_returned = true where refund_no = $1", refund_no)
        .execute(conn)
        .await
        .or_fault()?;
    Ok(())
}

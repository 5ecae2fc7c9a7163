//! Objections to shares, of expenses and of bills.
//!
//! The rule not to be broken: at most one dispute of a share is open, which a partial unique index holds; and a
//! decision is made once, by a conditional update.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

const LIST_MAX: i64 = 100;

/// One dispute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dispute {
    pub(crate) id: i64,
    pub(crate) room_id: i64,
    pub(crate) expense_id: Option<i64>,
    pub(crate) bill_id: Option<i64>,
    pub(crate) split_id: i64,
    pub(crate) debtor_user_id: i64,
    pub(crate) opened_by: i64,
    pub(crate) reason: String,
    /// `open`, `upheld` or `rejected`.
    pub(crate) status: String,
    pub(crate) comment: String,
    pub(crate) resolved_by: Option<i64>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) resolved_at: Option<DateTime<Utc>>,
}

/// Opens a dispute. *Errors*: `STATE_CONFLICT` when one of the share is open.
pub(crate) async fn insert(conn: &mut PgConnection, dispute: &Dispute) -> Result<(), Fault> {
    sqlx::query!(
        "insert into dispute (
             id, room_id, expense_id, bill_id, split_id, debtor_user_id, opened_by, reason, created_at
         )
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        dispute.id,
        dispute.room_id,
        dispute.expense_id,
        dispute.bill_id,
        dispute.split_id,
        dispute.debtor_user_id,
        dispute.opened_by,
        dispute.reason,
        dispute.created_at,
    )
    .execute(conn)
    .await
    .on_constraints(|name| {
        matches!(name, "dispute_open_expense_key" | "dispute_open_bill_key")
            .then(|| Fault::conflict("a dispute of this share is already open"))
    })?;
    Ok(())
}

/// Reads one dispute.
pub(crate) async fn find(conn: &mut PgConnection, id: i64) -> Result<Option<Dispute>, Fault> {
    sqlx::query_as!(
        Dispute,
        "select
             id, room_id, expense_id, bill_id, split_id, debtor_user_id, opened_by, reason, status, comment,
             resolved_by, created_at, resolved_at
         from dispute
         where id = $1",
        id,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Writes a decision; false when it was made before.
pub(crate) async fn resolve(conn: &mut PgConnection, decided: &Dispute) -> Result<bool, Fault> {
    let updated = sqlx::query!(
        "update dispute
         set status = $2, comment = $3, resolved_by = $4, resolved_at = $5
         where id = $1
           and status = 'open'",
        decided.id,
        decided.status,
        decided.comment,
        decided.resolved_by,
        decided.resolved_at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(updated.rows_affected() == 1)
}

/// Lists disputes of a room. *Shape*: newest first, at most 100.
pub(crate) async fn list(
    conn: &mut PgConnection,
    room_id: i64,
    is_open_only: bool,
) -> Result<Vec<Dispute>, Fault> {
    sqlx::query_as!(
        Dispute,
        "select
             id, room_id, expense_id, bill_id, split_id, debtor_user_id, opened_by, reason, status, comment,
             resolved_by, created_at, resolved_at
         from dispute
         where room_id = $1
           and (not $2 or status = 'open')
         order by id desc
         limit $3",
        room_id,
        is_open_only,
        LIST_MAX,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Names the open dispute that freezes a user's share of an expense: its own, or one of a bill share that it
/// stands behind.
pub(crate) async fn freezing_split(
    conn: &mut PgConnection,
    expense_id: i64,
    user_id: i64,
) -> Result<Option<i64>, Fault> {
    sqlx::query_scalar!(
        "select id
         from dispute
         where status = 'open'
           and debtor_user_id = $2
           and (
               expense_id = $1
               or bill_id in (select bill_id from bill_part where expense_id = $1 and user_id = $2)
           )
         order by id
         limit 1",
        expense_id,
        user_id,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Names the open dispute that freezes a user's share of a bill: its own, or one of an expense share behind it.
pub(crate) async fn freezing_bill_share(
    conn: &mut PgConnection,
    bill_id: i64,
    user_id: i64,
) -> Result<Option<i64>, Fault> {
    sqlx::query_scalar!(
        "select id
         from dispute
         where status = 'open'
           and debtor_user_id = $2
           and (
               bill_id = $1
               or expense_id in (select expense_id from bill_part where bill_id = $1 and user_id = $2)
           )
         order by id
         limit 1",
        bill_id,
        user_id,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Names an open dispute about any share of an expense.
pub(crate) async fn open_of_expense(conn: &mut PgConnection, expense_id: i64) -> Result<Option<i64>, Fault> {
    sqlx::query_scalar!(
        "select id from dispute where status = 'open' and expense_id = $1 order by id limit 1",
        expense_id,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Names an open dispute about any share of a user in a room.
pub(crate) async fn open_of_user(
    conn: &mut PgConnection,
    room_id: i64,
    user_id: i64,
) -> Result<Option<i64>, Fault> {
    sqlx::query_scalar!(
        "select id from dispute where status = 'open' and room_id = $1 and debtor_user_id = $2 order by id limit 1",
        room_id,
        user_id,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

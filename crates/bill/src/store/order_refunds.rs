//! What refunds take back of orders.
//!
//! States change by conditional updates under the lock of the order's row.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use super::order_parts::Credit;

/// One row of `order_refund`. *Units*: fen, days, points.
#[derive(Clone, Debug)]
pub(crate) struct Refund {
    pub(crate) refund_no: String,
    pub(crate) order_id: i64,
    pub(crate) amount_minor: i64,
    pub(crate) state: String,
    pub(crate) reason: String,
    pub(crate) days: i32,
    pub(crate) points: i64,
    pub(crate) hold_id: Option<i64>,
    pub(crate) created_at: DateTime<Utc>,
}

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It is written down, and what it takes is being set aside.
    Preparing,
    /// All is set aside.
    Prepared,
    /// The money went back.
    Applied,
    /// The money did not go back.
    Released,
}

impl State {
    /// Gives the word of the database.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Prepared => "prepared",
            Self::Applied => "applied",
            Self::Released => "released",
        }
    }
}

impl Refund {
    /// Gives where it stands. *Errors*: internal, for a word that nobody knows.
    pub(crate) fn state(&self) -> Result<State, Fault> {
        [State::Preparing, State::Prepared, State::Applied, State::Released]
            .into_iter()
            .find(|state| state.as_str() == self.state)
            .ok_or_else(|| Fault::internal(format!("refund {} has an unknown state", self.refund_no)))
    }
}

/// Writes the intent of a refund and who gives the money back.
pub(crate) async fn insert(conn: &mut PgConnection, refund: &Refund, parts: &[Credit]) -> Result<(), Fault> {
    sqlx::query!(
        "insert into order_refund (refund_no, order_id, amount_minor, state, reason, days, points, created_at,
             updated_at)
         values ($1, $2, $3, 'preparing', $4, $5, $6, $7, $7)",
        refund.refund_no,
        refund.order_id,
        refund.amount_minor,
        refund.reason,
        refund.days,
        refund.points,
        refund.created_at,
    )
    .execute(&mut *conn)
    .await
    .or_fault()?;
    let kinds: Vec<_> = parts.iter().map(|part| part.kind.clone()).collect();
    let owners: Vec<_> = parts.iter().map(|part| part.owner.clone()).collect();
    let amounts: Vec<_> = parts.iter().map(|part| part.amount_minor).collect();
    sqlx::query!(
        "insert into order_refund_part (refund_no, position, kind, owner, amount_minor)
         select $1, given.position, given.kind, given.owner, given.amount_minor
         from unnest($2::text[], $3::text[], $4::bigint[])
             with ordinality as given (kind, owner, amount_minor, position)",
        refund.refund_no,
        &kinds,
        &owners,
        &amounts,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Finds a refund.
pub(crate) async fn find(conn: &mut PgConnection, refund_no: &str) -> Result<Option<Refund>, Fault> {
    sqlx::query_as!(
        Refund,
        "select refund_no, order_id, amount_minor, state, reason, days, points, hold_id, created_at
         from order_refund
         where refund_no = $1",
        refund_no,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Lists who gives how much of a refund back.
pub(crate) async fn parts(conn: &mut PgConnection, refund_no: &str) -> Result<Vec<Credit>, Fault> {
    sqlx::query_as!(
        Credit,
        "select kind, owner, amount_minor
         from order_refund_part
         where refund_no = $1
         order by position",
        refund_no,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Lists the refunds of an order that took or may still take something back.
pub(crate) async fn standing(conn: &mut PgConnection, order_id: i64) -> Result<Vec<Refund>, Fault> {
    sqlx::query_as!(
        Refund,
        "select refund_no, order_id, amount_minor, state, reason, days, points, hold_id, created_at
         from order_refund
         where order_id = $1 and state <> 'released'
         order by created_at, refund_no",
        order_id,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Sums what each account gave back, or may still, of an order.
pub(crate) async fn standing_parts(conn: &mut PgConnection, order_id: i64) -> Result<Vec<Credit>, Fault> {
    sqlx::query_as!(
        Credit,
        r#"select part.kind, part.owner, sum(part.amount_minor)::bigint as "amount_minor!"
         from order_refund_part as part
         join order_refund as refund on refund.refund_no = part.refund_no
         where refund.order_id = $1 and refund.state <> 'released'
         group by part.kind, part.owner"#,
        order_id,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Takes a step of a refund; false when it is elsewhere by then. A hold is noted when there is one.
pub(crate) async fn step(
    conn: &mut PgConnection,
    refund_no: &str,
    (from, to): (&[State], State),
    hold_id: Option<i64>,
    now: DateTime<Utc>,
) -> Result<bool, Fault> {
    let from: Vec<String> = from.iter().map(|state| state.as_str().to_owned()).collect();
    let updated = sqlx::query!(
        "update order_refund
         set state = $3, hold_id = coalesce($4, hold_id), updated_at = $5
         where refund_no = $1 and state = any($2)",
        refund_no,
        &from,
        to.as_str(),
        hold_id,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(updated.rows_affected() == 1)
}

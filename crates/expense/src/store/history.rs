//! Every version of an expense as it was. Only grows.
//!
//! A version is kept as the encoded message of the contract, so that it reads the same for ever.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use super::{expenses::Change, insertion::Entry};

/// The most versions that are read, the newest ones.
const VERSIONS_MAX: i64 = 200;

/// One version of an expense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) version: i32,
    pub(crate) action: String,
    pub(crate) actor_user_id: i64,
    pub(crate) at: DateTime<Utc>,
    /// An encoded `dormpay.expense.v1.Expense`.
    pub(crate) snapshot: Vec<u8>,
}

/// Adds a version.
pub(super) async fn append(conn: &mut PgConnection, entry: &Entry, change: Change) -> Result<(), Fault> {
    sqlx::query!(
        "insert into expense_history (expense_id, version, action, actor_user_id, at, snapshot)
         values ($1, $2, $3, $4, $5, $6)",
        entry.expense.id,
        entry.expense.version,
        change.action.as_str(),
        change.actor_user_id,
        change.at,
        entry.snapshot,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Reads the newest versions of an expense. *Shape*: oldest first, at most 200.
pub(crate) async fn read(conn: &mut PgConnection, expense_id: i64) -> Result<Vec<Version>, Fault> {
    let mut versions = sqlx::query_as!(
        Version,
        "select version, action, actor_user_id, at, snapshot
         from expense_history
         where expense_id = $1
         order by version desc
         limit $2",
        expense_id,
        VERSIONS_MAX,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    versions.reverse();
    Ok(versions)
}

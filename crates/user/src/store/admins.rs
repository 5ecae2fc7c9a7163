//! Roles, permissions and disabling.
//!
//! The rule not to be broken: the rows of all active administrators are locked before one of them may lose his
//! office, so that two who remove each other cannot both succeed.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use identity::Role;
use sqlx::PgConnection;

use super::accounts::{Account, Row};

/// Lists the ids of active administrators. *Locks*: their rows, in id order.
pub(crate) async fn lock_active_admins(conn: &mut PgConnection) -> Result<Vec<i64>, Fault> {
    sqlx::query_scalar!("select id from account where role = 'admin' and not disabled order by id for update")
        .fetch_all(conn)
        .await
        .or_fault()
}

/// Finds an account. *Locks*: its row.
pub(crate) async fn lock(conn: &mut PgConnection, id: i64) -> Result<Option<Account>, Fault> {
    let row = sqlx::query_as!(
        Row,
        "select id, username, email, full_name, role, permissions, avatar, disabled, token_version,
             created_at, updated_at
         from account
         where id = $1
         for update",
        id,
    )
    .fetch_optional(conn)
    .await
    .or_fault()?;
    row.map(Account::try_from).transpose()
}

/// Sets role and permissions; access tokens made before end by the version.
pub(crate) async fn set_rights(
    conn: &mut PgConnection,
    id: i64,
    (role, permissions): (Role, &[String]),
    at: DateTime<Utc>,
) -> Result<Account, Fault> {
    let row = sqlx::query_as!(
        Row,
        "update account
         set role = $2, permissions = $3, token_version = token_version + 1, updated_at = $4
         where id = $1
         returning id, username, email, full_name, role, permissions, avatar, disabled, token_version,
             created_at, updated_at",
        id,
        role.as_str(),
        permissions,
        at,
    )
    .fetch_one(conn)
    .await
    .or_fault()?;
    row.try_into()
}

/// Disables or enables an account; access tokens made before end by the version.
pub(crate) async fn set_disabled(
    conn: &mut PgConnection,
    id: i64,
    disabled: bool,
    at: DateTime<Utc>,
) -> Result<Account, Fault> {
    let row = sqlx::query_as!(
        Row,
        "update account
         set disabled = $2, token_version = token_version + 1, updated_at = $3
         where id = $1
         returning id, username, email, full_name, role, permissions, avatar, disabled, token_version,
             created_at, updated_at",
        id,
        disabled,
        at,
    )
    .fetch_one(conn)
    .await
    .or_fault()?;
    row.try_into()
}

/// Counts accounts by the month of their making in a time zone. *Shape*: `YYYY-MM`, unsorted.
pub(crate) async fn growth(conn: &mut PgConnection, zone: &str) -> Result<Vec<(String, i64)>, Fault> {
    let rows = sqlx::query!(
        r#"select to_char(created_at at time zone $1, 'YYYY-MM') as "month!", count(id) as "count!"
           from account
           group by 1"#,
        zone,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    Ok(rows.into_iter().map(|row| (row.month, row.count)).collect())
}

//! Finding people: names for ids, search by the beginning of a name, lists for administrators.
//!
//! An e-mail address is found only when it is whole, so that nobody collects addresses.

use durable::OnConstraint as _;
use fault::Fault;
use host::Page;
use sqlx::PgConnection;

use super::accounts::{Account, Row};

/// What other people may see of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) id: i64,
    pub(crate) username: String,
    pub(crate) full_name: String,
    pub(crate) avatar: String,
}

/// Finds profiles by id. *Shape*: sorted by id; unknown ids are left out.
pub(crate) async fn profiles(conn: &mut PgConnection, ids: &[i64]) -> Result<Vec<Profile>, Fault> {
    sqlx::query_as!(
        Profile,
        "select id, username, full_name, avatar
         from account
         where id = any($1)
         order by id",
        ids,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Finds enabled people by the key of a name's beginning or of an e-mail address. *Shape*: sorted by user name, at
/// most `limit`.
pub(crate) async fn search(conn: &mut PgConnection, key: &str, limit: i64) -> Result<Vec<Profile>, Fault> {
    sqlx::query_as!(
        Profile,
        "with found as (
             select id
             from account_matching($1)
             where not disabled
             order by username_key
             limit $2
         )
         select account.id, account.username, account.full_name, account.avatar
         from found
         join account on account.id = found.id
         order by account.username_key",
        key,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Lists all accounts. *Shape*: newest first.
pub(crate) async fn list(conn: &mut PgConnection, page: Page) -> Result<Vec<Account>, Fault> {
    let rows = sqlx::query_as!(
        Row,
        "select id, username, email, full_name, role, permissions, avatar, disabled, token_version,
             created_at, updated_at
         from account
         order by id desc
         limit $1
         offset $2",
        page.limit(),
        page.offset(),
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    rows.into_iter().map(Account::try_from).collect()
}

/// Counts what [`list`] has.
pub(crate) async fn count(conn: &mut PgConnection) -> Result<i64, Fault> {
    sqlx::query_scalar!(r#"select count(id) as "count!" from account"#).fetch_one(conn).await.or_fault()
}

/// Lists accounts found as [`search`] finds, disabled ones too. *Shape*: newest first.
pub(crate) async fn list_found(
    conn: &mut PgConnection,
    key: &str,
    page: Page,
) -> Result<Vec<Account>, Fault> {
    let rows = sqlx::query_as!(
        Row,
        "with found as (
             select id
             from account_matching($1)
             order by id desc
             limit $2
             offset $3
         )
         select account.id, account.username, account.email, account.full_name, account.role,
             account.permissions, account.avatar, account.disabled, account.token_version, account.created_at,
             account.updated_at
         from found
         join account on account.id = found.id
         order by account.id desc",
        key,
        page.limit(),
        page.offset(),
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    rows.into_iter().map(Account::try_from).collect()
}

/// Counts what [`list_found`] has.
pub(crate) async fn count_found(conn: &mut PgConnection, key: &str) -> Result<i64, Fault> {
    sqlx::query_scalar!(r#"select count(id) as "count!" from account_matching($1)"#, key)
        .fetch_one(conn)
        .await
        .or_fault()
}

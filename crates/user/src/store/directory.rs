//! Finding people: names for ids, search by the beginning of a name, lists for administrators.
//!
//! An e-mail address is found only when it is whole, so that nobody collects addresses.

use durable::OnConstraint as _;
use fault::Fault;
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

/// What to look for: the beginning of a name, or a whole e-mail address.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) pattern: String,
    pub(crate) email_key: String,
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

/// Finds enabled people. *Shape*: sorted by user name, at most `limit`.
pub(crate) async fn search(
    conn: &mut PgConnection,
    query: &Query,
    limit: i64,
) -> Result<Vec<Profile>, Fault> {
    sqlx::query_as!(
        Profile,
        "select id, username, full_name, avatar
         from account
         where not disabled
           and (username_key like $1 or full_name_key like $1 or email_key = $2)
         order by username_key
         limit $3",
        query.pattern,
        query.email_key,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Lists accounts, all or those found. *Shape*: newest first.
pub(crate) async fn list(
    conn: &mut PgConnection,
    query: Option<&Query>,
    (limit, offset): (i64, i64),
) -> Result<Vec<Account>, Fault> {
    let rows = sqlx::query_as!(
        Row,
        "select id, username, email, full_name, role, permissions, avatar, disabled, token_version,
             created_at, updated_at
         from account
         where $1::text is null or username_key like $1 or full_name_key like $1 or email_key = $2
         order by id desc
         limit $3
         offset $4",
        query.map(|query| query.pattern.as_str()),
        query.map(|query| query.email_key.as_str()),
        limit,
        offset,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    rows.into_iter().map(Account::try_from).collect()
}

/// Counts what [`list`] has.
pub(crate) async fn count(conn: &mut PgConnection, query: Option<&Query>) -> Result<i64, Fault> {
    sqlx::query_scalar!(
        r#"select count(id) as "count!"
           from account
           where $1::text is null or username_key like $1 or full_name_key like $1 or email_key = $2"#,
        query.map(|query| query.pattern.as_str()),
        query.map(|query| query.email_key.as_str()),
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

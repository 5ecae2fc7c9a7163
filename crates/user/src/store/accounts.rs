//! Accounts: made, found, changed by their owner.
//!
//! Lists and searches live in `directory`, rights in `admins`.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use identity::Role;
use sqlx::PgConnection;

/// A person as the database has him, without his password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) id: i64,
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) full_name: String,
    pub(crate) role: Role,
    /// What was given to him beside his role.
    pub(crate) permissions: Vec<String>,
    pub(crate) avatar: String,
    pub(crate) disabled: bool,
    pub(crate) token_version: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// A row before its words are read.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) username: String,
    pub(super) email: String,
    pub(super) full_name: String,
    pub(super) role: String,
    pub(super) permissions: Vec<String>,
    pub(super) avatar: String,
    pub(super) disabled: bool,
    pub(super) token_version: i64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

impl TryFrom<Row> for Account {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        let role =
            Role::parse(&row.role).ok_or_else(|| Fault::internal(format!("{} is no role", row.role)))?;
        Ok(Self {
            id: row.id,
            username: row.username,
            email: row.email,
            full_name: row.full_name,
            role,
            permissions: row.permissions,
            avatar: row.avatar,
            disabled: row.disabled,
            token_version: row.token_version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// An account to be made. The keys are the forms for comparing.
#[derive(Clone, Debug)]
pub(crate) struct NewAccount {
    pub(crate) id: i64,
    pub(crate) username: String,
    pub(crate) username_key: String,
    pub(crate) email: String,
    pub(crate) email_key: String,
    pub(crate) full_name: String,
    pub(crate) full_name_key: String,
    pub(crate) password_hash: String,
    pub(crate) role: Role,
    pub(crate) at: DateTime<Utc>,
}

/// What an owner changes; what is absent stays.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    pub(crate) email: Option<(String, String)>,
    pub(crate) full_name: Option<(String, String)>,
    /// The address and, for an own upload, its id.
    pub(crate) avatar: Option<(String, Option<i64>)>,
}

/// Makes an account. *Errors*: `DUPLICATE_ENTRY` naming `username` or `email`.
pub(crate) async fn insert(conn: &mut PgConnection, new: &NewAccount) -> Result<Account, Fault> {
    let row = sqlx::query_as!(
        Row,
        "insert into account (
             id, username, username_key, email, email_key, full_name, full_name_key, password_hash, role,
             created_at, updated_at
         )
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
         returning id, username, email, full_name, role, permissions, avatar, disabled, token_version,
             created_at, updated_at",
        new.id,
        new.username,
        new.username_key,
        new.email,
        new.email_key,
        new.full_name,
        new.full_name_key,
        new.password_hash,
        new.role.as_str(),
        new.at,
    )
    .fetch_one(conn)
    .await
    .on_constraints(taken)?;
    row.try_into()
}

/// Finds an account by its id.
pub(crate) async fn find(conn: &mut PgConnection, id: i64) -> Result<Option<Account>, Fault> {
    let row = sqlx::query_as!(
        Row,
        "select id, username, email, full_name, role, permissions, avatar, disabled, token_version,
             created_at, updated_at
         from account
         where id = $1",
        id,
    )
    .fetch_optional(conn)
    .await
    .or_fault()?;
    row.map(Account::try_from).transpose()
}

/// Finds an account and its password hash by the key of its name.
pub(crate) async fn find_for_login(
    conn: &mut PgConnection,
    username_key: &str,
) -> Result<Option<(i64, String)>, Fault> {
    let row = sqlx::query!("select id, password_hash from account where username_key = $1", username_key)
        .fetch_optional(conn)
        .await
        .or_fault()?;
    Ok(row.map(|row| (row.id, row.password_hash)))
}

/// Finds the password hash of an account.
pub(crate) async fn password_hash(conn: &mut PgConnection, id: i64) -> Result<Option<String>, Fault> {
    sqlx::query_scalar!("select password_hash from account where id = $1", id)
        .fetch_optional(conn)
        .await
        .or_fault()
}

/// Locks an account for a session that begins or goes on; where a password was compared, only if it is still that
/// one. *Locks*: the account, against changes.
pub(crate) async fn lock_for_session(
    conn: &mut PgConnection,
    id: i64,
    compared_hash: Option<&str>,
) -> Result<Option<Account>, Fault> {
    let row = sqlx::query_as!(
        Row,
        "select id, username, email, full_name, role, permissions, avatar, disabled, token_version,
             created_at, updated_at
         from account
         where id = $1 and ($2::text is null or password_hash = $2)
         for share",
        id,
        compared_hash,
    )
    .fetch_optional(conn)
    .await
    .or_fault()?;
    row.map(Account::try_from).transpose()
}

/// Changes what the owner may change. *Errors*: `DUPLICATE_ENTRY` naming `email`.
pub(crate) async fn change(
    conn: &mut PgConnection,
    id: i64,
    change: &Change,
    at: DateTime<Utc>,
) -> Result<Option<Account>, Fault> {
    let (email, email_key) = change.email.clone().unzip();
    let (full_name, full_name_key) = change.full_name.clone().unzip();
    let (avatar, avatar_upload_id) = change.avatar.clone().unzip();
    let row = sqlx::query_as!(
        Row,
        "update account
         set email = coalesce($2, email),
             email_key = coalesce($3, email_key),
             full_name = coalesce($4, full_name),
             full_name_key = coalesce($5, full_name_key),
             avatar = coalesce($6, avatar),
             avatar_upload_id = case when $6::text is null then avatar_upload_id else $7 end,
             updated_at = $8
         where id = $1
         returning id, username, email, full_name, role, permissions, avatar, disabled, token_version,
             created_at, updated_at",
        id,
        email,
        email_key,
        full_name,
        full_name_key,
        avatar,
        avatar_upload_id.flatten(),
        at,
    )
    .fetch_optional(conn)
    .await
    .on_constraints(taken)?;
    row.map(Account::try_from).transpose()
}

/// Sets a new password if the old one is still the one that was compared; old access tokens end by the version.
pub(crate) async fn set_password(
    conn: &mut PgConnection,
    id: i64,
    [old_hash, new_hash]: [&str; 2],
    at: DateTime<Utc>,
) -> Result<bool, Fault> {
    let done = sqlx::query!(
        "update account
         set password_hash = $3, token_version = token_version + 1, updated_at = $4
         where id = $1 and password_hash = $2",
        id,
        old_hash,
        new_hash,
        at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(done.rows_affected() == 1)
}

fn taken(constraint: &str) -> Option<Fault> {
    match constraint {
        "account_username_key" => Some(Fault::duplicate("username", "is taken")),
        "account_email_key" => Some(Fault::duplicate("email", "is taken")),
        _ => None,
    }
}

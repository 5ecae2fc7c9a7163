//! The statements of holds.
//!
//! Whoever changes a hold has locked its account before. The rule not to be broken: what an account holds is changed in
//! the same transaction.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use crate::domain::{Account, Hold, HoldState, NewHold, Placed};

/// A hold with the account's name, as rows have it.
struct Found {
    id: i64,
    amount_minor: i64,
    settled_minor: i64,
    state: String,
    expires_at: DateTime<Utc>,
    kind: String,
    owner: String,
    asset: String,
}

impl Found {
    fn read(self) -> Result<Hold, Fault> {
        let unknown = || Fault::internal(format!("hold {} has an unknown state", self.id));
        Ok(Hold {
            id: self.id,
            account: Account::parse("account", &self.kind, &self.owner, &self.asset)
                .map_err(Fault::internal)?,
            amount_minor: self.amount_minor,
            settled_minor: self.settled_minor,
            state: HoldState::parse(&self.state).ok_or_else(unknown)?,
            expires_at: self.expires_at,
        })
    }
}

/// Reads holds. Those that do not exist are left out.
pub(crate) async fn read(conn: &mut PgConnection, ids: &[i64]) -> Result<Vec<Hold>, Fault> {
    let found = sqlx::query_as!(
        Found,
        "select hold.id, hold.amount_minor, hold.settled_minor, hold.state, hold.expires_at,
                account.kind, account.owner, account.asset
         from hold
         join account on account.id = hold.account_id
         where hold.id = any($1)",
        ids,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    found.into_iter().map(Found::read).collect()
}

/// Lists open holds whose time is over, at most `limit`, the oldest first.
pub(crate) async fn due(conn: &mut PgConnection, now: DateTime<Utc>, limit: i64) -> Result<Vec<Hold>, Fault> {
    let found = sqlx::query_as!(
        Found,
        "select hold.id, hold.amount_minor, hold.settled_minor, hold.state, hold.expires_at,
                account.kind, account.owner, account.asset
         from hold
         join account on account.id = hold.account_id
         where hold.state = 'open' and hold.expires_at <= $1
         order by hold.expires_at
         limit $2",
        now,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    found.into_iter().map(Found::read).collect()
}

/// Reads what was placed under these keys, each with the hash of its request.
pub(crate) async fn placed(
    conn: &mut PgConnection,
    keys: &[&str],
) -> Result<HashMap<String, ([u8; 32], Placed)>, Fault> {
    let rows = sqlx::query!(
        r#"select held.id as "id!", used.key as "key!", held.request_hash as "request_hash!",
                held.expires_at as "expires_at!"
         from unnest($1::text[]) as used (key)
         cross join lateral (
             select id, request_hash, expires_at
             from hold
             where idempotency_key = used.key
             limit 1
         ) as held"#,
        keys as _,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    rows.into_iter()
        .map(|row| {
            let hash =
                row.request_hash.try_into().map_err(|_| Fault::internal("a hash is not 32 bytes long"))?;
            Ok((row.key, (hash, Placed { hold_id: row.id, expires_at: row.expires_at })))
        })
        .collect()
}

/// Places holds; tells whether every key was free. If not, the transaction must be rolled back.
pub(crate) async fn place(
    conn: &mut PgConnection,
    holds: &[NewHold<'_>],
    at: DateTime<Utc>,
) -> Result<bool, Fault> {
    let column = |of: fn(&NewHold<'_>) -> i64| -> Vec<i64> { holds.iter().map(of).collect() };
    let keys: Vec<&str> = holds.iter().map(|hold| hold.note.key.as_str()).collect();
    let hashes: Vec<&[u8]> = holds.iter().map(|hold| hold.note.hash.as_slice()).collect();
    let references: Vec<&str> = holds.iter().map(|hold| hold.note.reference.as_str()).collect();
    let memos: Vec<&str> = holds.iter().map(|hold| hold.note.memo.as_str()).collect();
    let actors: Vec<&str> = holds.iter().map(|hold| hold.note.actor.as_str()).collect();
    let ends: Vec<DateTime<Utc>> = holds.iter().map(|hold| hold.expires_at).collect();
    let placed = sqlx::query!(
        "insert into hold (
             id, account_id, amount_minor, idempotency_key, request_hash, reference, memo, actor, expires_at,
             created_at
         )
         select id, account_id, amount_minor, idempotency_key, request_hash, reference, memo, actor, expires_at,
                $10
         from unnest(
             $1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bytea[], $6::text[], $7::text[], $8::text[],
             $9::timestamptz[]
         ) as new (
             id, account_id, amount_minor, idempotency_key, request_hash, reference, memo, actor, expires_at
         )
         on conflict on constraint hold_idempotency_key_key do nothing",
        &column(|hold| hold.id),
        &column(|hold| hold.account_id),
        &column(|hold| hold.amount_minor),
        &keys as _,
        &hashes as _,
        &references as _,
        &memos as _,
        &actors as _,
        &ends,
        at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(usize::try_from(placed.rows_affected()).is_ok_and(|placed| placed == holds.len()))
}

/// Writes how far holds have come. *Locks*: needs their accounts locked.
pub(crate) async fn change(conn: &mut PgConnection, holds: &[Hold], at: DateTime<Utc>) -> Result<(), Fault> {
    let ids: Vec<i64> = holds.iter().map(|hold| hold.id).collect();
    let settled: Vec<i64> = holds.iter().map(|hold| hold.settled_minor).collect();
    let states: Vec<&str> = holds.iter().map(|hold| hold.state.as_str()).collect();
    sqlx::query!(
        "update hold
         set settled_minor = new.settled_minor,
             state = new.state,
             ended_at = case when new.state = 'open' then null else $4::timestamptz end
         from unnest($1::bigint[], $2::bigint[], $3::text[]) as new (id, settled_minor, state)
         where hold.id = new.id",
        &ids,
        &settled,
        &states as _,
        at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// What was written beside a hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) reference: String,
    pub(crate) memo: String,
    pub(crate) actor: String,
    pub(crate) created_at: DateTime<Utc>,
}

/// Reads what was written beside a hold.
pub(crate) async fn written(conn: &mut PgConnection, id: i64) -> Result<Option<Written>, Fault> {
    sqlx::query_as!(Written, "select reference, memo, actor, created_at from hold where id = $1", id)
        .fetch_optional(conn)
        .await
        .or_fault()
}

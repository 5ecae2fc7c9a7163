//! Repeated requests: one effect for each key, and the same reply again (contract section 7).
//!
//! The key is written first, in the transaction of the effect, and its reply before the commit; so key, effect
//! and reply are true together or not at all. Work that calls outside between two transactions reserves the key
//! instead and resumes from the phase it recorded. Leases follow the database's time, the one clock that all
//! copies share. The rule not to be broken: an expired lease resumes, it never starts again.

use std::{collections::HashSet, time::Duration};

use chrono::{DateTime, Utc};
use fault::{Code, Fault};
use sha2::{Digest as _, Sha256};
use sqlx::{PgConnection, postgres::types::PgInterval};

use crate::{OnConstraint as _, error::has_state, fault_of};

const KEY_BYTES_MAX: usize = 255;
const PURGE_BATCH: i64 = 1_000;
/// The SQLSTATE of a wait for a lock that took too long.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Names one request of one caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The user's id, 0 for a caller without one.
    pub scope: i64,
    /// What the caller sent: 1 to 255 printable ASCII characters.
    pub key: String,
    /// SHA-256 of method path and message.
    pub hash: [u8; 32],
}

impl Key {
    /// Names a request by its caller, his key, the gRPC method path and the encoded message.
    pub fn new(scope: i64, key: impl Into<String>, method: &str, message: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(method.as_bytes());
        hash.update([0]);
        hash.update(message);
        Self { scope, key: key.into(), hash: hash.finalize().into() }
    }
}

/// Says whether the effect is still to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nobody did it yet: make the effect, [`store`] the reply, commit.
    Fresh,
    /// It is done; this is the stored reply.
    Replay(Vec<u8>),
}

/// Says how far work in phases has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// Nobody began it: the key is reserved with the given phase.
    Fresh,
    /// It was begun and its lease has run out: go on from this recorded phase.
    Resume(Vec<u8>),
    /// It is done; this is the stored reply.
    Replay(Vec<u8>),
}

/// Claims a key inside the caller's transaction; without a key the claim is always fresh.
///
/// *Errors*: `IDEMPOTENCY_CONFLICT` if the key was used with another request, `IDEMPOTENCY_IN_PROGRESS` if its
/// first request still runs after the lock time-out; both end the transaction. *Locks*: the key's row, until
/// the end of the transaction; claim before any other lock.
pub async fn claim(conn: &mut PgConnection, key: Option<&Key>) -> Result<Claim, Fault> {
    let Some(key) = key else { return Ok(Claim::Fresh) };
    check(key)?;
    let inserted = sqlx::query!(
        "insert into idempotency (scope, key, hash, state)
         values ($1, $2, $3, 'in_progress')
         on conflict on constraint idempotency_pkey do nothing",
        key.scope,
        key.key,
        key.hash.as_slice(),
    )
    .execute(&mut *conn)
    .await
    .map_err(in_progress_or_fault)?;
    if inserted.rows_affected() == 1 {
        return Ok(Claim::Fresh);
    }
    match find(conn, key).await?.reply {
        Some(reply) => Ok(Claim::Replay(reply)),
        None => Err(in_progress()),
    }
}

/// Claims the keys of several requests that are made in one transaction; tells for each whether it is fresh.
///
/// One that is not was used before, or stands twice among them, and is [`claim`]ed by itself elsewhere. *Errors*:
/// as [`claim`]. *Locks*: the keys' rows, in their order.
pub async fn claim_all(conn: &mut PgConnection, keys: &[&Key]) -> Result<Vec<bool>, Fault> {
    let (mut scopes, mut names, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
    for key in keys {
        check(key)?;
        scopes.push(key.scope);
        names.push(key.key.clone());
        hashes.push(key.hash.to_vec());
    }
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let inserted = sqlx::query!(
        r#"insert into idempotency (scope, key, hash, state)
         select scope, key, hash, 'in_progress'
         from unnest($1::bigint[], $2::text[], $3::bytea[]) as given (scope, key, hash)
         order by scope, key collate "C"
         on conflict on constraint idempotency_pkey do nothing
         returning scope, key, hash"#,
        &scopes,
        &names,
        &hashes,
    )
    .fetch_all(conn)
    .await
    .map_err(in_progress_or_fault)?;
    let mut fresh: HashSet<_> = inserted.into_iter().map(|row| (row.scope, row.key, row.hash)).collect();
    let mut is_fresh = |key: &&Key| fresh.remove(&(key.scope, key.key.clone(), key.hash.to_vec()));
    Ok(keys.iter().map(&mut is_fresh).collect())
}

/// Stores the replies of keys that [`claim_all`] found fresh.
pub async fn store_all(conn: &mut PgConnection, replies: Vec<(&Key, Vec<u8>)>) -> Result<(), Fault> {
    let (mut scopes, mut names, mut stored) = (Vec::new(), Vec::new(), Vec::new());
    for (key, reply) in replies {
        scopes.push(key.scope);
        names.push(key.key.clone());
        stored.push(reply);
    }
    if scopes.is_empty() {
        return Ok(());
    }
    let updated = sqlx::query!(
        "update idempotency
         set state = 'done', reply = given.reply, lease_until = null
         from unnest($1::bigint[], $2::text[], $3::bytea[]) as given (scope, key, reply)
         where idempotency.scope = given.scope
           and idempotency.key = given.key
           and idempotency.state = 'in_progress'",
        &scopes,
        &names,
        &stored,
    )
    .execute(conn)
    .await
    .or_fault()?;
    if usize::try_from(updated.rows_affected()) == Ok(scopes.len()) { Ok(()) } else { exactly_one(0) }
}

/// Stores the reply of a claimed key, in the transaction of the effect. Without a key it does nothing.
///
/// *Errors*: internal, if the key was not claimed before. A transaction that claimed a key and stores no reply
/// cannot commit.
pub async fn store(conn: &mut PgConnection, key: Option<&Key>, reply: &[u8]) -> Result<(), Fault> {
    match key {
        Some(key) => finish(conn, key, reply).await,
        None => Ok(()),
    }
}

/// Reserves a key for work in phases; commit it before the first call outside.
///
/// `resume` is what is needed to go on after a crash; `lease` is longer than the work ever takes. *Errors*:
/// `IDEMPOTENCY_CONFLICT` for another request, `IDEMPOTENCY_IN_PROGRESS` while another holder's lease lives.
pub async fn reserve(
    conn: &mut PgConnection,
    key: &Key,
    resume: &[u8],
    lease: Duration,
) -> Result<Reserved, Fault> {
    check(key)?;
    let lease = interval(lease)?;
    let inserted = sqlx::query!(
        "insert into idempotency (scope, key, hash, state, resume, lease_until)
         values ($1, $2, $3, 'in_progress', $4, clock_timestamp() + $5::interval)
         on conflict on constraint idempotency_pkey do nothing",
        key.scope,
        key.key,
        key.hash.as_slice(),
        resume,
        lease,
    )
    .execute(&mut *conn)
    .await
    .map_err(in_progress_or_fault)?;
    if inserted.rows_affected() == 1 {
        return Ok(Reserved::Fresh);
    }
    if let Some(reply) = find(conn, key).await?.reply {
        return Ok(Reserved::Replay(reply));
    }
    take_over(conn, key, lease).await?.map(Reserved::Resume).ok_or_else(in_progress)
}

/// Records how far reserved work has come and lengthens its lease, in the transaction of that phase.
pub async fn advance(
    conn: &mut PgConnection,
    key: &Key,
    resume: &[u8],
    lease: Duration,
) -> Result<(), Fault> {
    let updated = sqlx::query!(
        "update idempotency
         set resume = $3, lease_until = clock_timestamp() + $4::interval
         where scope = $1 and key = $2 and state = 'in_progress'",
        key.scope,
        key.key,
        resume,
        interval(lease)?,
    )
    .execute(conn)
    .await
    .or_fault()?;
    exactly_one(updated.rows_affected())
}

/// Stores the reply of a claimed or reserved key, in the transaction of the (last) effect.
pub async fn finish(conn: &mut PgConnection, key: &Key, reply: &[u8]) -> Result<(), Fault> {
    let updated = sqlx::query!(
        "update idempotency
         set state = 'done', reply = $3, lease_until = null
         where scope = $1 and key = $2 and state = 'in_progress'",
        key.scope,
        key.key,
        reply,
    )
    .execute(conn)
    .await
    .or_fault()?;
    exactly_one(updated.rows_affected())
}

/// Gives a reserved key back, because the work was refused and left no effect.
pub async fn release(conn: &mut PgConnection, key: &Key) -> Result<(), Fault> {
    sqlx::query!(
        "delete from idempotency where scope = $1 and key = $2 and state = 'in_progress'",
        key.scope,
        key.key,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Forgets answered keys older than an instant, at most a thousand; gives how many. Keep them seven days.
pub async fn purge(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<u64, Fault> {
    let deleted = sqlx::query!(
        "delete from idempotency
         where (scope, key) in (
             select old.scope, old.key
             from idempotency as old
             where old.created_at < $1 and old.state = 'done'
             order by old.created_at
             limit $2
         )",
        before,
        PURGE_BATCH,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(deleted.rows_affected())
}

struct Found {
    hash: Vec<u8>,
    reply: Option<Vec<u8>>,
}

/// Reads the row of a key that exists. *Errors*: `IDEMPOTENCY_CONFLICT` if it stands for another request.
async fn find(conn: &mut PgConnection, key: &Key) -> Result<Found, Fault> {
    let found = sqlx::query_as!(
        Found,
        "select hash, reply from idempotency where scope = $1 and key = $2",
        key.scope,
        key.key,
    )
    .fetch_optional(conn)
    .await
    .or_fault()?;
    // A holder that was just purged or given back leaves nothing; the caller tries again.
    let found = found.ok_or_else(in_progress)?;
    if found.hash == key.hash {
        Ok(found)
    } else {
        let detail = "this idempotency key was used before with another request";
        Err(Fault::new(Code::IdempotencyConflict, detail))
    }
}

/// Takes over reserved work whose lease has run out and gives its recorded phase.
async fn take_over(conn: &mut PgConnection, key: &Key, lease: PgInterval) -> Result<Option<Vec<u8>>, Fault> {
    sqlx::query_scalar!(
        "update idempotency
         set lease_until = clock_timestamp() + $3::interval
         where scope = $1 and key = $2 and state = 'in_progress' and lease_until <= clock_timestamp()
         returning coalesce(resume, '') as \"resume!\"",
        key.scope,
        key.key,
        lease,
    )
    .fetch_optional(conn)
    .await
    .map_err(in_progress_or_fault)
}

fn check(key: &Key) -> Result<(), Fault> {
    let is_printable = key.key.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
    if key.key.is_empty() || key.key.len() > KEY_BYTES_MAX || !is_printable {
        return Err(Fault::validation("Idempotency-Key", "must have 1 to 255 printable ASCII characters"));
    }
    Ok(())
}

fn in_progress() -> Fault {
    Fault::new(Code::IdempotencyInProgress, "the request with this idempotency key is still running")
        .with_retry_after(1)
}

/// Waiting for the holder of a key took too long, or something else went wrong.
fn in_progress_or_fault(error: sqlx::Error) -> Fault {
    if has_state(&error, &[LOCK_NOT_AVAILABLE]) { in_progress() } else { fault_of(error) }
}

fn exactly_one(rows: u64) -> Result<(), Fault> {
    match rows {
        1 => Ok(()),
        _ => Err(Fault::internal("a reply was to be stored for a key that nobody holds")),
    }
}

fn interval(duration: Duration) -> Result<PgInterval, Fault> {
    PgInterval::try_from(duration).map_err(Fault::internal)
}

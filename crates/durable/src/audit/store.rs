//! The statements of the audit trail and of its chain.
//!
//! How a link is computed lives in `chain`. JSON is hashed in the text form that the database gives it.

use chrono::{DateTime, Utc};
use fault::Fault;
use serde_json::Value;
use sqlx::PgConnection;

use super::{Actor, Entry, Filter, Record, chain::Link};
use crate::OnConstraint as _;

/// The number of the advisory lock under which a chain grows ("audit" in ASCII).
const CHAIN_LOCK: i64 = 0x61_75_64_69_74;

/// Writes a row and marks it as waiting for its seal.
pub(super) async fn append(conn: &mut PgConnection, entry: &Entry) -> Result<(), Fault> {
    let (kind, id, name) = columns(&entry.actor);
    sqlx::query!(
        "with written as (
             insert into audit (
                 actor_kind, actor_id, actor_name, action, subject, before, after, client_address, request_id
             )
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             returning id
         )
         insert into audit_unsealed (audit_id)
         select id from written",
        kind,
        id,
        name,
        entry.action,
        entry.subject,
        entry.before,
        entry.after,
        entry.client_address,
        entry.request_id,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

struct Row {
    id: i64,
    at: DateTime<Utc>,
    actor_kind: String,
    actor_id: Option<i64>,
    actor_name: Option<String>,
    action: String,
    subject: String,
    before: Option<Value>,
    after: Option<Value>,
    client_address: Option<String>,
    request_id: Option<String>,
}

/// Lists rows below an id, newest first.
pub(super) async fn list(
    conn: &mut PgConnection,
    filter: &Filter,
    before_id: i64,
    limit: i64,
) -> Result<Vec<Record>, Fault> {
    let rows = sqlx::query_as!(
        Row,
        "select id, at, actor_kind, actor_id, actor_name, action, subject, before, after, client_address,
             request_id
         from audit
         where id < $1
           and ($2::bigint is null or actor_id = $2)
           and ($3::text is null or action = $3)
           and ($4::text is null or subject = $4)
           and ($5::timestamptz is null or at >= $5)
           and ($6::timestamptz is null or at < $6)
         order by id desc
         limit $7",
        before_id,
        filter.user_id,
        filter.action,
        filter.subject,
        filter.from,
        filter.until,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    Ok(rows.into_iter().map(Record::from).collect())
}

/// One row as it is hashed.
pub(super) struct Sealable {
    pub(super) id: i64,
    pub(super) at: DateTime<Utc>,
    pub(super) actor_kind: String,
    pub(super) actor_id: Option<i64>,
    pub(super) actor_name: Option<String>,
    pub(super) action: String,
    pub(super) subject: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    pub(super) client_address: Option<String>,
    pub(super) request_id: Option<String>,
}

/// Takes the right to lengthen the chain until the end of the transaction; false if another copy has it.
pub(super) async fn lock_chain(conn: &mut PgConnection) -> Result<bool, Fault> {
    sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock($1) as "locked!""#, CHAIN_LOCK)
        .fetch_one(conn)
        .await
        .or_fault()
}

/// Reads rows that wait for their seal, in order of id.
pub(super) async fn unsealed(conn: &mut PgConnection, limit: i64) -> Result<Vec<Sealable>, Fault> {
    sqlx::query_as!(
        Sealable,
        r#"select audit.id, audit.at, audit.actor_kind, audit.actor_id, audit.actor_name, audit.action,
             audit.subject, audit.before::text as "before?", audit.after::text as "after?",
             audit.client_address, audit.request_id
         from audit_unsealed
         join audit on audit.id = audit_unsealed.audit_id
         order by audit_unsealed.audit_id
         limit $1"#,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// A link as it is stored.
pub(super) struct Stored {
    pub(super) position: i64,
    pub(super) audit_id: i64,
    pub(super) prev_hash: Vec<u8>,
    pub(super) hash: Vec<u8>,
}

/// Reads the last link.
pub(super) async fn head(conn: &mut PgConnection) -> Result<Option<Stored>, Fault> {
    sqlx::query_as!(
        Stored,
        "select position, audit_id, prev_hash, hash from audit_seal order by position desc limit 1",
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Appends links and takes their rows off the waiting list.
pub(super) async fn seal(conn: &mut PgConnection, links: &[Link]) -> Result<(), Fault> {
    let positions: Vec<i64> = links.iter().map(|link| link.position).collect();
    let ids: Vec<i64> = links.iter().map(|link| link.audit_id).collect();
    let before: Vec<Vec<u8>> = links.iter().map(|link| link.prev_hash.to_vec()).collect();
    let hashes: Vec<Vec<u8>> = links.iter().map(|link| link.hash.to_vec()).collect();
    sqlx::query!(
        "insert into audit_seal (position, audit_id, prev_hash, hash)
         select position, audit_id, prev_hash, hash
         from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[])
             as link (position, audit_id, prev_hash, hash)",
        &positions,
        &ids,
        &before,
        &hashes,
    )
    .execute(&mut *conn)
    .await
    .or_fault()?;
    sqlx::query!("delete from audit_unsealed where audit_id = any($1)", &ids)
        .execute(conn)
        .await
        .or_fault()?;
    Ok(())
}

/// Reads links after a position, in order.
pub(super) async fn links(conn: &mut PgConnection, after: i64, limit: i64) -> Result<Vec<Stored>, Fault> {
    sqlx::query_as!(
        Stored,
        "select position, audit_id, prev_hash, hash
         from audit_seal
         where position > $1
         order by position
         limit $2",
        after,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Reads rows as they are hashed, in order of id.
pub(super) async fn sealables(conn: &mut PgConnection, ids: &[i64]) -> Result<Vec<Sealable>, Fault> {
    sqlx::query_as!(
        Sealable,
        r#"select id, at, actor_kind, actor_id, actor_name, action, subject, before::text as "before?",
             after::text as "after?", client_address, request_id
         from audit
         where id = any($1)
         order by id"#,
        ids,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Finds a row that has no link and does not wait for one.
pub(super) async fn stray(conn: &mut PgConnection) -> Result<Option<i64>, Fault> {
    sqlx::query_scalar!(
        "select id
         from audit
         where not exists (select 1 from audit_seal where audit_seal.audit_id = audit.id)
           and not exists (select 1 from audit_unsealed where audit_unsealed.audit_id = audit.id)
         order by id
         limit 1",
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

fn columns(actor: &Actor) -> (&'static str, Option<i64>, Option<&str>) {
    match actor {
        Actor::User(id) => ("user", Some(*id), None),
        Actor::Service(name) => ("service", None, Some(name)),
        Actor::System => ("system", None, None),
    }
}

impl From<Row> for Record {
    fn from(row: Row) -> Self {
        let actor = match (row.actor_kind.as_str(), row.actor_id, row.actor_name) {
            ("user", Some(id), _) => Actor::User(id),
            ("service", _, Some(name)) => Actor::Service(name),
            _ => Actor::System,
        };
        Self {
            id: row.id,
            at: row.at,
            actor,
            action: row.action,
            subject: row.subject,
            before: row.before,
            after: row.after,
            client_address: row.client_address,
            request_id: row.request_id,
        }
    }
}

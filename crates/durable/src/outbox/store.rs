//! The statements of the outbox.
//!
//! A delivery is known by the job's id and its `attempts`: each claim counts up, so that a relay whose lease
//! ran out can no longer settle a job that another one holds. Times are the database's.

use std::time::Duration;

use fault::Fault;
use sqlx::{PgConnection, postgres::types::PgInterval};

use super::{Backlog, Job, JobView};
use crate::OnConstraint as _;

/// Writes a job.
pub(super) async fn append(conn: &mut PgConnection, job: &Job) -> Result<i64, Fault> {
    sqlx::query_scalar!(
        "insert into outbox (queue, order_key, kind, payload, available_at)
         values ($1, $2, $3, $4, now() + $5::interval)
         returning id",
        job.queue,
        job.order_key,
        job.kind,
        job.payload,
        interval(job.delay)?,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// Leases the first job of up to `limit` keys that nobody works on.
///
/// *Locks*: the claimed rows, skipping those that are locked. A row that an earlier or a leased job of its key
/// stands beside is not taken.
pub(super) async fn claim(
    conn: &mut PgConnection,
    kinds: &[String],
    lease: Duration,
    limit: i64,
) -> Result<Vec<JobView>, Fault> {
    sqlx::query_as!(
        JobView,
        "with ready as materialized (
             select first.id
             from outbox as first
             where first.available_at <= clock_timestamp()
               and (first.lease_until is null or first.lease_until <= clock_timestamp())
               and first.kind = any($1)
               and not exists (
                   select 1
                   from outbox as other
                   where other.queue = first.queue
                     and other.order_key = first.order_key
                     and other.id <> first.id
                     and (other.id < first.id or other.lease_until > clock_timestamp())
               )
             order by first.id
             limit $3
             for update of first skip locked
         )
         update outbox
         set attempts = outbox.attempts + 1, lease_until = clock_timestamp() + $2::interval
         from ready
         where outbox.id = ready.id
         returning outbox.id, queue, order_key, kind, payload, attempts, refusals, last_error, created_at",
        kinds,
        interval(lease)?,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Deletes a delivered job and leases the next one of its key, if it is due and its kind is known.
///
/// *Shape*: none also if the lease was lost; then another relay goes on.
pub(super) async fn complete(
    conn: &mut PgConnection,
    job: &JobView,
    kinds: &[String],
    lease: Duration,
) -> Result<Option<JobView>, Fault> {
    sqlx::query_as!(
        JobView,
        "with delivered as (
             delete from outbox
             where id = $1 and attempts = $2
             returning id
         ),
         following as materialized (
             select id, available_at, lease_until, kind
             from outbox
             where queue = $3 and order_key = $4 and id <> $1
             order by id
             limit 1
             for update
         )
         update outbox
         set attempts = outbox.attempts + 1, lease_until = clock_timestamp() + $6::interval
         from following
         where outbox.id = following.id
           and exists (select 1 from delivered)
           and following.available_at <= clock_timestamp()
           and (following.lease_until is null or following.lease_until <= clock_timestamp())
           and following.kind = any($5)
         returning outbox.id, outbox.queue, outbox.order_key, outbox.kind, outbox.payload, outbox.attempts,
             outbox.refusals, outbox.last_error, outbox.created_at",
        job.id,
        job.attempts,
        job.queue,
        job.order_key,
        kinds,
        interval(lease)?,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Puts a failed job off, with the number of its refusals so far. *Idempotent*: by id and attempt; a lost
/// lease changes nothing.
pub(super) async fn put_off(
    conn: &mut PgConnection,
    job: &JobView,
    error: &str,
    delay: Duration,
) -> Result<(), Fault> {
    sqlx::query!(
        "update outbox
         set lease_until = null, available_at = clock_timestamp() + $3::interval, last_error = $4, refusals = $5
         where id = $1 and attempts = $2",
        job.id,
        job.attempts,
        interval(delay)?,
        error,
        job.refusals,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Gives a lease back before its time; the delivery does not count.
pub(super) async fn give_back(conn: &mut PgConnection, job: &JobView) -> Result<(), Fault> {
    sqlx::query!(
        "update outbox set lease_until = null where id = $1 and attempts = $2",
        job.id,
        job.attempts,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Moves a job to the dead letters.
pub(super) async fn bury(conn: &mut PgConnection, job: &JobView, error: &str) -> Result<(), Fault> {
    sqlx::query!(
        "with given_up as (
             delete from outbox
             where id = $1 and attempts = $2
             returning id, queue, order_key, kind, payload, attempts, created_at
         )
         insert into outbox_dead (id, queue, order_key, kind, payload, attempts, last_error, created_at)
         select id, queue, order_key, kind, payload, attempts, $3, created_at
         from given_up",
        job.id,
        job.attempts,
        error,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Lists dead letters below an id, newest first.
pub(super) async fn dead(conn: &mut PgConnection, before_id: i64, limit: i64) -> Result<Vec<JobView>, Fault> {
    sqlx::query_as!(
        JobView,
        r#"select id, queue, order_key, kind, payload, attempts, 0 as "refusals!", last_error as "last_error?",
             created_at
         from outbox_dead
         where id < $1
         order by id desc
         limit $2"#,
        before_id,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Puts a dead letter back; false if there is none.
pub(super) async fn revive(conn: &mut PgConnection, id: i64) -> Result<bool, Fault> {
    let moved = sqlx::query!(
        "with dead as (
             delete from outbox_dead
             where id = $1
             returning id, queue, order_key, kind, payload, last_error, created_at
         )
         insert into outbox (id, queue, order_key, kind, payload, last_error, available_at, created_at)
         select id, queue, order_key, kind, payload, last_error, clock_timestamp(), created_at
         from dead",
        id,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(moved.rows_affected() == 1)
}

/// Counts what waits and what is dead.
pub(super) async fn backlog(conn: &mut PgConnection) -> Result<Backlog, Fault> {
    sqlx::query_as!(
        Backlog,
        r#"select
             (select count(id) from outbox) as "waiting!",
             (select count(id) from outbox_dead) as "dead!",
             coalesce(
                 (select extract(epoch from clock_timestamp() - min(created_at))::bigint from outbox),
                 0
             ) as "oldest_seconds!""#,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

fn interval(duration: Duration) -> Result<PgInterval, Fault> {
    PgInterval::try_from(duration).map_err(Fault::internal)
}

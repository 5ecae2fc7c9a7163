//! The statements of the outbox.
//!
//! A delivery is known by the job's id and its `attempts`: each claim counts up, so that a relay whose lease
//! ran out can no longer settle a job that another one holds. Times are the database's.

use std::time::Duration;

use fault::Fault;
use sqlx::{PgConnection, postgres::types::PgInterval};

use super::{Backlog, Job, JobView};
use crate::OnConstraint as _;

/// Writes jobs in the order in which they come and gives their numbers.
pub(super) async fn append(conn: &mut PgConnection, jobs: Vec<Job>) -> Result<Vec<i64>, Fault> {
    let (mut queues, mut order_keys, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
    let (mut payloads, mut delays) = (Vec::new(), Vec::new());
    for job in jobs {
        queues.push(job.queue.to_owned());
        order_keys.push(job.order_key);
        kinds.push(job.kind.to_owned());
        payloads.push(job.payload);
        delays.push(interval(job.delay)?);
    }
    sqlx::query_scalar!(
        "insert into outbox (queue, order_key, kind, payload, available_at)
         select queue, order_key, kind, payload, now() + delay
         from unnest($1::text[], $2::bigint[], $3::text[], $4::bytea[], $5::interval[]) with ordinality
             as given (queue, order_key, kind, payload, delay, place)
         order by place
         returning id",
        &queues,
        &order_keys,
        &kinds,
        &payloads,
        &delays,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Leases what can be delivered now: of each kind one job that failed before, and up to `most` that did not.
///
/// A key's jobs come from its first on and without a gap; a key of which somebody holds a lease is left alone.
/// *Shape*: in order of id. *Locks*: the first job of each key, skipping those that are locked; whoever holds it
/// may take those behind it.
pub(super) async fn claim(
    conn: &mut PgConnection,
    (kinds, most): (&[String], &[i64]),
    lease: Duration,
) -> Result<Vec<JobView>, Fault> {
    let mut jobs = sqlx::query_file_as!(JobView, "src/outbox/claim.sql", kinds, most, interval(lease)?)
        .fetch_all(conn)
        .await
        .or_fault()?;
    jobs.sort_unstable_by_key(|job| job.id);
    Ok(jobs)
}

/// Deletes delivered jobs. *Idempotent*: by id and attempt; a lost lease changes nothing.
///
/// Nobody waits for the disk: what a crash of the server brings back is delivered again.
pub(super) async fn complete(conn: &mut PgConnection, jobs: &[JobView]) -> Result<(), Fault> {
    let (ids, attempts) = held(jobs);
    sqlx::query!(
        "delete from outbox
         using
             unnest($1::bigint[], $2::integer[]) as held (id, attempts),
             set_config('synchronous_commit', 'off', true)
         where outbox.id = held.id and outbox.attempts = held.attempts",
        &ids,
        &attempts,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Puts failed jobs off; each was refused `refusals` times more. *Idempotent*: by id and attempt; a lost lease
/// changes nothing.
pub(super) async fn put_off(
    conn: &mut PgConnection,
    jobs: &[JobView],
    error: &str,
    (delay, refusals): (Duration, i32),
) -> Result<(), Fault> {
    let (ids, attempts) = held(jobs);
    sqlx::query!(
        "update outbox
         set lease_until = null,
             available_at = clock_timestamp() + $3::interval,
             last_error = $4,
             refusals = refusals + $5
         from unnest($1::bigint[], $2::integer[]) as held (id, attempts)
         where outbox.id = held.id and outbox.attempts = held.attempts",
        &ids,
        &attempts,
        interval(delay)?,
        error,
        refusals,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Gives leases back before their time.
pub(super) async fn give_back(conn: &mut PgConnection, jobs: &[JobView]) -> Result<(), Fault> {
    let (ids, attempts) = held(jobs);
    sqlx::query!(
        "update outbox
         set lease_until = null
         from unnest($1::bigint[], $2::integer[]) as held (id, attempts)
         where outbox.id = held.id and outbox.attempts = held.attempts",
        &ids,
        &attempts,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Names leases by the ids of jobs and the numbers of their deliveries.
fn held(jobs: &[JobView]) -> (Vec<i64>, Vec<i32>) {
    jobs.iter().map(|job| (job.id, job.attempts)).unzip()
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

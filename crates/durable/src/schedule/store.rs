//! The statements of the schedule.
//!
//! Times are the service's clock, so that a test can move them. A run is known by its id: only the run that
//! holds the lease renews or ends it.

use chrono::{DateTime, Utc};
use fault::Fault;
use sqlx::PgConnection;

use super::Status;
use crate::OnConstraint as _;

/// One run of one job.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) name: &'static str,
    pub(super) id: i64,
    pub(super) started_at: DateTime<Utc>,
}

/// Enters a job, or its new rule.
pub(super) async fn enter(
    conn: &mut PgConnection,
    name: &str,
    rule: &str,
    next: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "insert into schedule (name, rule, next_run_at)
         values ($1, $2, $3)
         on conflict on constraint schedule_pkey do update
         set rule = excluded.rule, next_run_at = excluded.next_run_at
         where schedule.rule <> excluded.rule",
        name,
        rule,
        next,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Names the jobs that are due and that nobody runs.
pub(super) async fn due(
    conn: &mut PgConnection,
    names: &[String],
    now: DateTime<Utc>,
) -> Result<Vec<String>, Fault> {
    sqlx::query_scalar!(
        "select name
         from schedule
         where name = any($1)
           and next_run_at <= $2
           and (lease_until is null or lease_until <= $2)
         order by next_run_at",
        names,
        now,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Takes the lease of a job that is due (`must_be_due`) or of any that nobody runs; false if it is not free.
pub(super) async fn start(
    conn: &mut PgConnection,
    run: &Run,
    lease_until: DateTime<Utc>,
    must_be_due: bool,
) -> Result<bool, Fault> {
    let started = sqlx::query!(
        "update schedule
         set run_id = $2, lease_until = $3
         where name = $1
           and (lease_until is null or lease_until <= $4)
           and (next_run_at <= $4 or not $5)",
        run.name,
        run.id,
        lease_until,
        run.started_at,
        must_be_due,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(started.rows_affected() == 1)
}

/// Lengthens the lease of a run.
pub(super) async fn renew(
    conn: &mut PgConnection,
    run: &Run,
    lease_until: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "update schedule set lease_until = $3 where name = $1 and run_id = $2",
        run.name,
        run.id,
        lease_until,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Ends a run, counts it, and sets the next one if this one was due at `now`.
pub(super) async fn end(
    conn: &mut PgConnection,
    run: &Run,
    error: Option<&str>,
    now: DateTime<Utc>,
    next: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "update schedule
         set run_id = null,
             lease_until = null,
             last_run_at = $3,
             last_error = $4,
             success_count = success_count + case when $4::text is null then 1 else 0 end,
             failure_count = failure_count + case when $4::text is null then 0 else 1 end,
             next_run_at = case when next_run_at <= $5 then $6 else next_run_at end
         where name = $1 and run_id = $2",
        run.name,
        run.id,
        run.started_at,
        error,
        now,
        next,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Gives a run back that did not end; it is due as before.
pub(super) async fn give_back(conn: &mut PgConnection, run: &Run) -> Result<(), Fault> {
    sqlx::query!(
        "update schedule set run_id = null, lease_until = null where name = $1 and run_id = $2",
        run.name,
        run.id,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Shows jobs.
pub(super) async fn status(
    conn: &mut PgConnection,
    names: &[String],
    now: DateTime<Utc>,
) -> Result<Vec<Status>, Fault> {
    sqlx::query_as!(
        Status,
        r#"select name, coalesce(lease_until > $2, false) as "is_running!", last_run_at, next_run_at,
             success_count, failure_count, last_error
         from schedule
         where name = any($1)"#,
        names,
        now,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

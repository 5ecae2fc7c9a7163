//! How jobs are started, kept alive and ended.
//!
//! No connection is held while a handler runs. The rule not to be broken: a run is counted only by the copy that
//! holds its lease.

use std::{panic::AssertUnwindSafe, sync::atomic::Ordering, time::Duration};

use chrono::TimeDelta;
use fault::Fault;
use futures::{FutureExt as _, future};
use sqlx::PgConnection;
use tokio::time::{interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{
    Job, Schedule, Started, Taken,
    store::{self, Run},
};
use crate::Database;

const POLL: Duration = Duration::from_secs(1);
const LEASE: TimeDelta = TimeDelta::seconds(60);
const RENEW_EVERY: Duration = Duration::from_secs(15);
const GRACE: Duration = Duration::from_secs(5);
const END_TRIES: usize = 3;

/// Enters all jobs of a schedule, once per process.
pub(super) async fn enter(schedule: &Schedule, conn: &mut PgConnection) -> Result<(), Fault> {
    if schedule.is_entered.load(Ordering::Relaxed) {
        return Ok(());
    }
    enter_all(schedule, conn).await?;
    schedule.is_entered.store(true, Ordering::Relaxed);
    Ok(())
}

async fn enter_all(schedule: &Schedule, conn: &mut PgConnection) -> Result<(), Fault> {
    let now = schedule.db.clock().now();
    for job in &schedule.jobs {
        store::enter(conn, job.name, &job.rule.to_string(), job.rule.next_after(now)).await?;
    }
    Ok(())
}

/// Looks once a second for what is due.
pub(super) async fn until_stopped(schedule: &Schedule, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match start_due(schedule).await {
            Ok(runs) => {
                for (job, run) in runs {
                    let (db, stop) = (schedule.db.clone(), schedule.stop.clone());
                    schedule.runs.spawn(async move { carry_out(&db, &job, run, &stop).await });
                }
            }
            Err(fault) => tracing::debug!(%fault, "the schedule could not look for what is due"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(POLL) => {}
        }
    }
    schedule.stop.cancel();
    schedule.runs.close();
    if timeout(GRACE.saturating_mul(2), schedule.runs.wait()).await.is_err() {
        tracing::warn!(running = schedule.runs.len(), "the schedule stopped before its runs did");
    }
}

/// Runs what is due and waits for it.
pub(super) async fn due_now(schedule: &Schedule) -> Result<usize, Fault> {
    let runs = start_due(schedule).await?;
    let count = runs.len();
    let all = runs.into_iter().map(|(job, run)| {
        let (db, stop) = (schedule.db.clone(), schedule.stop.clone());
        async move { carry_out(&db, &job, run, &stop).await }
    });
    future::join_all(all).await;
    Ok(count)
}

/// Takes the lease of one job, in the caller's transaction or without one.
pub(super) async fn take(schedule: &Schedule, conn: &mut PgConnection, name: &str) -> Result<Taken, Fault> {
    let job = schedule.job(name).ok_or_else(|| Fault::not_found("task"))?;
    let run = new_run(&schedule.db, job);
    // A transaction may still roll back, so this does not count as having entered the jobs.
    if !schedule.is_entered.load(Ordering::Relaxed) {
        enter_all(schedule, conn).await?;
    }
    if !store::start(conn, &run, run.started_at + LEASE, false).await? {
        return Err(Fault::conflict(format!("{name} is running")));
    }
    Ok(Taken { job: job.clone(), run })
}

/// Starts a job whose lease is taken, in the background.
pub(super) fn begin(schedule: &Schedule, taken: Taken) -> Started {
    let started = taken.started();
    let (db, stop) = (schedule.db.clone(), schedule.stop.clone());
    schedule.runs.spawn(async move { carry_out(&db, &taken.job, taken.run, &stop).await });
    started
}

/// Takes the leases of all jobs that are due.
async fn start_due(schedule: &Schedule) -> Result<Vec<(Job, Run)>, Fault> {
    let mut conn = schedule.db.acquire().await?;
    enter(schedule, &mut conn).await?;
    let mut runs = Vec::new();
    for name in store::due(&mut conn, &schedule.names(), schedule.db.clock().now()).await? {
        let Some(job) = schedule.job(&name) else { continue };
        let run = new_run(&schedule.db, job);
        if store::start(&mut conn, &run, run.started_at + LEASE, true).await? {
            runs.push((job.clone(), run));
        }
    }
    Ok(runs)
}

fn new_run(db: &Database, job: &Job) -> Run {
    Run { name: job.name, id: db.clock().new_id(), started_at: db.clock().now() }
}

/// Runs the handler, renews the lease meanwhile, and counts the end.
async fn carry_out(db: &Database, job: &Job, run: Run, stop: &CancellationToken) {
    let handler = AssertUnwindSafe((job.handler)()).catch_unwind();
    let stopped = async {
        stop.cancelled().await;
        sleep(GRACE).await;
    };
    let result = tokio::select! {
        result = handler => result.unwrap_or_else(|_| Err(Fault::internal("the handler panicked"))),
        () = keep(db, &run) => Err(Fault::internal("the lease is kept for ever")),
        () = stopped => return give_back(db, &run).await,
    };
    let name = run.name;
    let outcome = if result.is_ok() { "success" } else { "failure" };
    metrics::counter!("schedule_runs_total", "job" => name, "outcome" => outcome).increment(1);
    if let Err(fault) = &result {
        tracing::warn!(name, run = run.id, ?fault, "a run of {name} failed");
    }
    let error = result.err().map(|fault| fault.to_string());
    for _ in 0..END_TRIES {
        if end(db, job, &run, error.as_deref()).await.is_ok() {
            return;
        }
    }
    tracing::warn!(name, run = run.id, "the end of a run of {name} is not recorded, it will run again");
}

async fn end(db: &Database, job: &Job, run: &Run, error: Option<&str>) -> Result<(), Fault> {
    let now = db.clock().now();
    let mut conn = db.acquire().await?;
    store::end(&mut conn, run, error, now, job.rule.next_after(now)).await
}

/// Renews the lease of a run until it is dropped.
async fn keep(db: &Database, run: &Run) {
    let mut ticks = interval(RENEW_EVERY);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let renewed = async {
            let mut conn = db.acquire().await?;
            store::renew(&mut conn, run, db.clock().now() + LEASE).await
        };
        if let Err(fault) = renewed.await {
            tracing::debug!(%fault, run = run.id, "the lease of a run was not renewed");
        }
    }
}

async fn give_back(db: &Database, run: &Run) {
    let given = async {
        let mut conn = db.acquire().await?;
        store::give_back(&mut conn, run).await
    };
    if let Err(fault) = given.await {
        tracing::debug!(%fault, run = run.id, "the lease of a run runs out by itself");
    }
}

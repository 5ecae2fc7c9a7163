//! Jobs by the clock: each runs once, however many copies of a service there are (contract section 9).
//!
//! A row per job says when it is due; a run takes a lease on the row and renews it. A run that was missed is
//! caught up once; one whose process died is run again when its lease has run out. What a job does is not known
//! here. The rule not to be broken: handlers are safe to run twice.

mod rule;
mod run;
mod store;

use std::{
    fmt,
    future::Future,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use fault::Fault;
use futures::{FutureExt as _, future::BoxFuture};
use sqlx::PgConnection;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::rule::Rule;
use crate::Database;

type Handler = Arc<dyn Fn() -> BoxFuture<'static, Result<(), Fault>> + Send + Sync>;

/// Runs the jobs of one service. Cheap to clone; clones are the same schedule once no more jobs are added.
#[derive(Clone)]
pub struct Schedule {
    db: Database,
    jobs: Vec<Job>,
    stop: CancellationToken,
    runs: TaskTracker,
    is_entered: Arc<AtomicBool>,
}

#[derive(Clone)]
struct Job {
    name: &'static str,
    rule: Rule,
    handler: Handler,
}

/// A job taken by [`Schedule::take`], to be begun once that is committed.
pub struct Taken {
    job: Job,
    run: store::Run,
}

impl fmt::Debug for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Taken").field("run", &self.run).finish_non_exhaustive()
    }
}

impl Taken {
    /// Tells which run it will be.
    pub const fn started(&self) -> Started {
        Started { run_id: self.run.id, started_at: self.run.started_at }
    }
}

/// Tells that a run has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started {
    /// The number of the run.
    pub run_id: i64,
    /// When it began.
    pub started_at: DateTime<Utc>,
}

/// Shows a job (000-E36).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The job.
    pub name: String,
    /// Whether some copy runs it now.
    pub is_running: bool,
    /// When its last finished run began.
    pub last_run_at: Option<DateTime<Utc>>,
    /// When it is due next.
    pub next_run_at: DateTime<Utc>,
    /// Runs that ended well.
    pub success_count: i64,
    /// Runs that failed.
    pub failure_count: i64,
    /// Why the last run failed, public text only; none if it ended well.
    pub last_error: Option<String>,
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.jobs.iter().map(|job| job.name).collect();
        f.debug_struct("Schedule").field("jobs", &names).finish_non_exhaustive()
    }
}

impl Schedule {
    /// Makes an empty schedule.
    pub fn new(db: Database) -> Self {
        let is_entered = Arc::new(AtomicBool::new(false));
        Self { db, jobs: Vec::new(), stop: CancellationToken::new(), runs: TaskTracker::new(), is_entered }
    }

    /// Adds a job that runs each day at a time of day in a zone.
    #[must_use]
    pub fn daily_at<F, R>(self, name: &'static str, time: NaiveTime, zone: Tz, handler: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Fault>> + Send + 'static,
    {
        self.with(name, Rule::Daily { time, zone }, handler)
    }

    /// Adds a job that runs at every whole multiple of a period since 1970 UTC; every two hours is at even hours.
    /// *Units*: at least a second.
    #[must_use]
    pub fn every<F, R>(self, name: &'static str, period: Duration, handler: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Fault>> + Send + 'static,
    {
        self.with(name, Rule::Every { period: period.max(Duration::from_secs(1)) }, handler)
    }

    /// Runs what is due until it is told to stop, then lets runs end within five seconds and gives back the
    /// rest. It outlives every fault of the database.
    pub async fn run(&self, stop: CancellationToken) {
        run::until_stopped(self, stop).await;
    }

    /// Runs what is due now, waits for it, and gives how many runs this copy made. For tests and consoles.
    pub async fn run_due(&self) -> Result<usize, Fault> {
        run::due_now(self).await
    }

    /// Starts a job at once, in the background, and leaves its timetable alone.
    ///
    /// *Errors*: `NOT_FOUND` for an unknown job; `STATE_CONFLICT` while any copy runs it.
    pub async fn trigger(&self, name: &str) -> Result<Started, Fault> {
        let mut conn = self.db.acquire().await?;
        let taken = run::take(self, &mut conn, name).await?;
        drop(conn);
        Ok(self.begin(taken))
    }

    /// Takes a job for this copy, in the caller's transaction, so that what else belongs to the start (a key, an
    /// audit row) is true together with it; [`begin`](Self::begin) it after the commit.
    ///
    /// *Errors*: as [`trigger`](Self::trigger). *Locks*: the job's row. A job that is taken and not begun is free
    /// again after a minute.
    pub async fn take(&self, conn: &mut PgConnection, name: &str) -> Result<Taken, Fault> {
        run::take(self, conn, name).await
    }

    /// Starts a job that was taken, in the background, and leaves its timetable alone.
    pub fn begin(&self, taken: Taken) -> Started {
        run::begin(self, taken)
    }

    /// Shows all jobs, in the order in which they were added.
    pub async fn status(&self) -> Result<Vec<Status>, Fault> {
        let mut conn = self.db.acquire().await?;
        let now = self.db.clock().now();
        run::enter(self, &mut conn).await?;
        let mut found = store::status(&mut conn, &self.names(), now).await?;
        found.sort_by_key(|status| self.jobs.iter().position(|job| job.name == status.name));
        Ok(found)
    }

    fn with<F, R>(mut self, name: &'static str, rule: Rule, handler: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Fault>> + Send + 'static,
    {
        self.is_entered = Arc::new(AtomicBool::new(false));
        self.jobs.push(Job { name, rule, handler: Arc::new(move || handler().boxed()) });
        self
    }

    fn names(&self) -> Vec<String> {
        self.jobs.iter().map(|job| job.name.to_owned()).collect()
    }

    fn job(&self, name: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.name == name)
    }
}

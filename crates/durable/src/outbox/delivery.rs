//! One delivery: handle what is leased, then settle it.
//!
//! No connection is held while a handler runs. What a job is about is not known here. The rule not to be broken:
//! a job is deleted only after its handler has succeeded, and by the delivery that holds its lease.

use std::{panic::AssertUnwindSafe, time::Duration};

use fault::{Code, Fault};
use futures::FutureExt as _;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{
    JobView,
    relay::{Handler, Timing},
    store,
};
use crate::Database;

const SETTLE_TRIES: u32 = 3;
const ERROR_CHARS_MAX: usize = 1_000;

/// Jobs of one kind that are leased together and handled by one call.
pub(super) struct Delivery {
    pub(super) db: Database,
    pub(super) kind: String,
    pub(super) handler: Handler,
    pub(super) timing: Timing,
    pub(super) stop: CancellationToken,
}

/// How a delivery ended.
enum Outcome {
    Delivered,
    Failed(Fault),
    Interrupted,
}

impl Delivery {
    /// Delivers leased jobs: all or, as far as this service knows, none.
    pub(super) async fn run(&self, jobs: Vec<JobView>) {
        match self.handle(&jobs).await {
            Outcome::Delivered => self.settle_delivered(&jobs).await,
            Outcome::Failed(fault) => self.settle_failed(&jobs, &fault).await,
            Outcome::Interrupted => self.give_back(&jobs).await,
        }
    }

    /// Runs the handler within its time. After the stop it has a few seconds more.
    async fn handle(&self, jobs: &[JobView]) -> Outcome {
        let run = AssertUnwindSafe((self.handler)(jobs.to_vec())).catch_unwind();
        let stopped = async {
            self.stop.cancelled().await;
            sleep(self.timing.grace).await;
        };
        let result = tokio::select! {
            result = timeout(self.timing.handler, run) => result,
            () = stopped => return Outcome::Interrupted,
        };
        match result {
            Ok(Ok(Ok(()))) => Outcome::Delivered,
            Ok(Ok(Err(fault))) => Outcome::Failed(fault),
            Ok(Err(_)) => Outcome::Failed(Fault::internal("the handler panicked")),
            Err(_) => Outcome::Failed(Fault::unavailable("the handler took too long")),
        }
    }

    /// Deletes the jobs. If the database is away the lease runs out and they are delivered again.
    async fn settle_delivered(&self, jobs: &[JobView]) {
        let count = u64::try_from(jobs.len()).unwrap_or_default();
        metrics::counter!("outbox_delivered_total", "kind" => self.kind.clone()).increment(count);
        for attempt in 1..=SETTLE_TRIES {
            let settled = async { store::complete(&mut *self.db.acquire().await?, jobs).await };
            let Err(fault) = settled.await else { return };
            let (kind, id) = (self.kind.as_str(), jobs.first().map(|job| job.id));
            tracing::warn!(kind, id, count, attempt, %fault, "jobs are done but not deleted");
        }
    }

    /// Puts the jobs off; of a single one that has failed too often, gives it up. Which of many is to blame is
    /// not known: from now on each of them travels alone.
    async fn settle_failed(&self, jobs: &[JobView], fault: &Fault) {
        let error = told(fault);
        let settled = match jobs {
            [job] if self.is_last(job, fault) => self.give_up(job, &error).await,
            jobs => self.put_off(jobs, fault, &error).await,
        };
        if let Err(fault) = settled {
            let id = jobs.first().map(|job| job.id);
            tracing::warn!(id, %fault, "a failure is not recorded; its lease runs out instead");
        }
    }

    /// A receiver that is away may stay away for a day; one that refuses will refuse again.
    fn is_last(&self, job: &JobView, fault: &Fault) -> bool {
        job.refusals.saturating_add(refusals(fault)) >= self.timing.refusals_max
            || job.attempts >= self.timing.attempts_max
    }

    async fn give_up(&self, job: &JobView, error: &str) -> Result<(), Fault> {
        let (id, kind, attempts) = (job.id, job.kind.as_str(), job.attempts);
        metrics::counter!("outbox_dead_total", "kind" => job.kind.clone()).increment(1);
        tracing::error!(id, kind, attempts, error, "job {id} is given up and kept as a dead letter");
        store::bury(&mut *self.db.acquire().await?, job, error).await
    }

    async fn put_off(&self, jobs: &[JobView], fault: &Fault, error: &str) -> Result<(), Fault> {
        let attempts = jobs.iter().map(|job| job.attempts).max().unwrap_or(1);
        for job in jobs {
            let (id, kind, attempts) = (job.id, job.kind.as_str(), job.attempts);
            tracing::warn!(
                id,
                kind,
                attempts,
                error,
                together = jobs.len(),
                "job {id} failed and is put off"
            );
        }
        let pause = (self.pause_after(attempts), refusals(fault));
        store::put_off(&mut *self.db.acquire().await?, jobs, error, pause).await
    }

    async fn give_back(&self, jobs: &[JobView]) {
        let given = async { store::give_back(&mut *self.db.acquire().await?, jobs).await };
        if let Err(fault) = given.await {
            let id = jobs.first().map(|job| job.id);
            tracing::debug!(id, %fault, "the lease of jobs runs out by itself");
        }
    }

    fn pause_after(&self, attempts: i32) -> Duration {
        let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(16);
        self.timing.retry_min.saturating_mul(1 << doublings).min(self.timing.retry_max)
    }
}

/// Counts a failure as a refusal, unless the receiver is away.
fn refusals(fault: &Fault) -> i32 {
    i32::from(!is_away(fault))
}

/// Tells whether the receiver may do it once it is back or less busy.
const fn is_away(fault: &Fault) -> bool {
    fault.is_retryable()
        || matches!(
            fault.code(),
            Code::ServiceUnavailable
                | Code::LockTimeout
                | Code::RateLimitExceeded
                | Code::IdempotencyInProgress
                | Code::ThirdPartyError
        )
}

/// What an operator reads about a failure.
fn told(fault: &Fault) -> String {
    let context = fault.internal_context().map(|context| format!(" ({context})")).unwrap_or_default();
    format!("{fault}{context}").chars().take(ERROR_CHARS_MAX).collect()
}

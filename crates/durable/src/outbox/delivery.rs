//! One delivery after another on one lane: handle, settle, take the next job of the same key.
//!
//! No connection is held while a handler runs. What a job is about is not known here. The rule not to be broken:
//! a job is deleted only after its handler has succeeded, and by the delivery that holds its lease.

use std::{collections::HashMap, panic::AssertUnwindSafe, time::Duration};

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

/// Jobs of one key in a row on one lane, before others get their turn.
const RUN_MAX: usize = 100;
const SETTLE_TRIES: u32 = 3;
const ERROR_CHARS_MAX: usize = 1_000;

pub(super) struct Lane {
    db: Database,
    handlers: HashMap<String, Handler>,
    kinds: Vec<String>,
    timing: Timing,
    stop: CancellationToken,
}

/// How a delivery ended.
enum Outcome {
    Delivered,
    Failed(Fault),
    Interrupted,
}

impl Lane {
    pub(super) fn new(
        db: Database,
        handlers: HashMap<String, Handler>,
        timing: Timing,
        stop: CancellationToken,
    ) -> Self {
        let kinds = handlers.keys().cloned().collect();
        Self { db, handlers, kinds, timing, stop }
    }

    /// Leases the first jobs of up to `limit` keys; none while the database is away.
    pub(super) async fn claim(&self, limit: usize) -> Vec<JobView> {
        let limit = i64::try_from(limit).unwrap_or(1);
        let claimed = async {
            let mut conn = self.db.acquire().await?;
            store::claim(&mut conn, &self.kinds, self.timing.lease, limit).await
        };
        claimed.await.unwrap_or_else(|fault| {
            tracing::debug!(%fault, "the relay could not look for jobs");
            Vec::new()
        })
    }

    /// Delivers a leased job and those of its key that follow.
    pub(super) async fn drive(&self, first: JobView) {
        let mut next = Some(first);
        for _ in 0..RUN_MAX {
            let Some(job) = next.take() else { return };
            match self.deliver(&job).await {
                Outcome::Delivered => next = self.settle_delivered(&job).await,
                Outcome::Failed(fault) => return self.settle_failed(job, &fault).await,
                Outcome::Interrupted => return self.give_back(&job).await,
            }
            if self.stop.is_cancelled() {
                break;
            }
        }
        if let Some(job) = next {
            self.give_back(&job).await;
        }
    }

    /// Runs the handler within its time. After the stop it has a few seconds more.
    async fn deliver(&self, job: &JobView) -> Outcome {
        let Some(handler) = self.handlers.get(&job.kind) else { return Outcome::Interrupted };
        let run = AssertUnwindSafe(handler(job.clone())).catch_unwind();
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

    /// Deletes the job and leases the next of its key. If the database is away the lease runs out and the job
    /// is delivered again.
    async fn settle_delivered(&self, job: &JobView) -> Option<JobView> {
        metrics::counter!("outbox_delivered_total", "kind" => job.kind.clone()).increment(1);
        for attempt in 1..=SETTLE_TRIES {
            let settled = async {
                let mut conn = self.db.acquire().await?;
                store::complete(&mut conn, job, &self.kinds, self.timing.lease).await
            };
            match settled.await {
                Ok(next) => return next,
                Err(fault) => {
                    tracing::warn!(job = job.id, attempt, %fault, "job {} is done but not deleted", job.id);
                }
            }
        }
        None
    }

    /// Puts the job off or gives it up. A receiver that is away may stay away for a day; one that refuses will
    /// refuse again.
    async fn settle_failed(&self, mut job: JobView, fault: &Fault) {
        let error = told(fault);
        job.refusals = job.refusals.saturating_add(i32::from(!is_away(fault)));
        let is_last = job.refusals >= self.timing.refusals_max || job.attempts >= self.timing.attempts_max;
        let settled = async {
            let mut conn = self.db.acquire().await?;
            if is_last {
                store::bury(&mut conn, &job, &error).await
            } else {
                store::put_off(&mut conn, &job, &error, self.pause_after(job.attempts)).await
            }
        };
        let (id, kind, attempts) = (job.id, job.kind.as_str(), job.attempts);
        if is_last {
            metrics::counter!("outbox_dead_total", "kind" => job.kind.clone()).increment(1);
            tracing::error!(id, kind, attempts, error, "job {id} is given up and kept as a dead letter");
        } else {
            tracing::warn!(id, kind, attempts, error, "job {id} failed and is put off");
        }
        if let Err(fault) = settled.await {
            tracing::warn!(id, %fault, "the failure of job {id} is not recorded; its lease runs out instead");
        }
    }

    async fn give_back(&self, job: &JobView) {
        let given = async {
            let mut conn = self.db.acquire().await?;
            store::give_back(&mut conn, job).await
        };
        if let Err(fault) = given.await {
            tracing::debug!(id = job.id, %fault, "the lease of job {} runs out by itself", job.id);
        }
    }

    fn pause_after(&self, attempts: i32) -> Duration {
        let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(16);
        self.timing.retry_min.saturating_mul(1 << doublings).min(self.timing.retry_max)
    }
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

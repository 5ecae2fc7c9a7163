//! The relay: finds what is due and delivers it on a few lanes at once.
//!
//! It wakes after each commit of its process and looks once a second besides, for jobs of other copies and for
//! jobs put off. (`NOTIFY` is left out on purpose: it serialises all commits of the database.) How one job is
//! delivered lives in `delivery`. The rule not to be broken: one lane per order key, over all copies.

use std::{collections::HashMap, fmt, future::Future, sync::Arc, time::Duration};

use fault::Fault;
use futures::{FutureExt as _, future::BoxFuture};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{JobView, delivery::Lane, store};
use crate::Database;

const POLL: Duration = Duration::from_secs(1);
const PAUSE_WHEN_EMPTY: Duration = Duration::from_millis(15);
const COUNT_EVERY: Duration = Duration::from_secs(10);
const LANES: usize = 4;

/// Carries a job out. An error means: try again, later and not for ever.
pub(super) type Handler = Arc<dyn Fn(JobView) -> BoxFuture<'static, Result<(), Fault>> + Send + Sync>;

/// Delivers the jobs of one database.
#[derive(Clone)]
pub struct Relay {
    db: Database,
    handlers: HashMap<String, Handler>,
    timing: Timing,
}

/// The times and numbers that bound a delivery.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// How long one delivery may take before it counts as failed.
    pub(crate) handler: Duration,
    /// How long nobody else touches a job; longer than the handler's time.
    pub(crate) lease: Duration,
    /// How long a delivery may go on after the stop.
    pub(crate) grace: Duration,
    /// The wait after the first failure; it doubles.
    pub(crate) retry_min: Duration,
    /// The longest wait.
    pub(crate) retry_max: Duration,
    /// Deliveries of a job that its receiver refuses.
    pub(crate) refusals_max: i32,
    /// Deliveries of a job whose receiver is away: a day of waits of half a minute.
    pub(crate) attempts_max: i32,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            handler: Duration::from_secs(10),
            lease: Duration::from_secs(20),
            grace: Duration::from_secs(5),
            retry_min: Duration::from_millis(200),
            retry_max: Duration::from_secs(30),
            refusals_max: 8,
            attempts_max: 2_880,
        }
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("kinds", &self.handlers.keys()).finish_non_exhaustive()
    }
}

impl Relay {
    /// Makes a relay that knows no kind of job yet.
    pub fn new(db: Database) -> Self {
        Self { db, handlers: HashMap::new(), timing: Timing::default() }
    }

    /// Names the handler of a kind. It may run twice for one job and must then have one effect; it must not
    /// hold a connection while it calls another service. *Units*: it has ten seconds.
    #[must_use]
    pub fn on<F, R>(mut self, kind: &str, handler: F) -> Self
    where
        F: Fn(JobView) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Fault>> + Send + 'static,
    {
        self.handlers.insert(kind.to_owned(), Arc::new(move |job| handler(job).boxed()));
        self
    }

    #[cfg(test)]
    pub(crate) fn with_timing(mut self, change: impl FnOnce(&mut Timing)) -> Self {
        change(&mut self.timing);
        self
    }

    /// Delivers until it is told to stop, then lets running deliveries end within five seconds and gives back
    /// the rest. It outlives every fault of the database.
    pub async fn run(self, stop: CancellationToken) {
        let mut counted_at = None;
        let lane = Arc::new(Lane::new(self.db.clone(), self.handlers, self.timing, stop.clone()));
        let lanes = TaskTracker::new();
        while !stop.is_cancelled() {
            count(&self.db, &mut counted_at).await;
            let free = LANES.saturating_sub(lanes.len());
            let claimed = if free == 0 { Vec::new() } else { lane.claim(free).await };
            let is_idle = claimed.is_empty();
            for job in claimed {
                let (lane, db) = (Arc::clone(&lane), self.db.clone());
                lanes.spawn(async move {
                    lane.drive(job).await;
                    db.wake_relay();
                });
            }
            if is_idle {
                rest(&self.db, &stop).await;
            }
        }
        lanes.close();
        if timeout(self.timing.grace.saturating_mul(2), lanes.wait()).await.is_err() {
            tracing::warn!(running = lanes.len(), "the relay stopped before its deliveries did");
        }
    }
}

/// Waits for a commit, a second, or the stop; never less than a few milliseconds.
async fn rest(db: &Database, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        _ = timeout(POLL, db.woken()) => sleep(PAUSE_WHEN_EMPTY).await,
    }
}

/// Publishes what waits and what is dead, every ten seconds.
async fn count(db: &Database, counted_at: &mut Option<Instant>) {
    if counted_at.is_some_and(|at| at.elapsed() < COUNT_EVERY) {
        return;
    }
    *counted_at = Some(Instant::now());
    let Ok(mut conn) = db.acquire().await else { return };
    let Ok(backlog) = store::backlog(&mut conn).await else { return };
    let service = db.service().to_owned();
    set("outbox_waiting", &service, backlog.waiting);
    set("outbox_dead", &service, backlog.dead);
    set("outbox_oldest_seconds", &service, backlog.oldest_seconds);
}

fn set(name: &'static str, service: &str, value: i64) {
    let value = f64::from(i32::try_from(value).unwrap_or(i32::MAX));
    metrics::gauge!(name, "service" => service.to_owned()).set(value);
}

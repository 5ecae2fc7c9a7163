//! The relay: finds what is due and has it delivered.
//!
//! It wakes after each commit of its process and looks once a second besides, for jobs of other copies and for
//! jobs put off. (`NOTIFY` is left out on purpose: it serialises all commits of the database.) Kinds that travel
//! together form the next batch while one is on its way. How a delivery goes lives in `delivery`. The rule not to be
//! broken: one delivery at a time for each order key, over all copies.

use std::{collections::HashMap, fmt, future::Future, sync::Arc, time::Duration};

use fault::Fault;
use futures::{FutureExt as _, future::BoxFuture};
use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{JobView, delivery::Delivery, store};
use crate::Database;

const POLL: Duration = Duration::from_secs(1);
const PAUSE_WHEN_EMPTY: Duration = Duration::from_millis(15);
const COUNT_EVERY: Duration = Duration::from_secs(10);
/// Deliveries at once of a kind whose jobs travel alone.
const LANES: usize = 4;
/// Deliveries at once of a kind whose jobs travel together: what comes meanwhile makes the next batch.
const LANES_TOGETHER: usize = 1;

/// Carries jobs of one kind out, all of them. An error means: try again, later and not for ever.
pub(super) type Handler = Arc<dyn Fn(Vec<JobView>) -> BoxFuture<'static, Result<(), Fault>> + Send + Sync>;

/// Delivers the jobs of one database.
#[derive(Clone)]
pub struct Relay {
    db: Database,
    kinds: HashMap<String, Kind>,
    timing: Timing,
}

/// How jobs of one kind are delivered.
#[derive(Clone)]
struct Kind {
    handler: Handler,
    /// Jobs of one delivery at most.
    most: i64,
    lanes: TaskTracker,
}

impl Kind {
    fn new(most: i64, handler: Handler) -> Self {
        Self { handler, most, lanes: TaskTracker::new() }
    }

    fn has_room(&self) -> bool {
        self.lanes.len() < if self.most == 1 { LANES } else { LANES_TOGETHER }
    }
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
        f.debug_struct("Relay").field("kinds", &self.kinds.keys()).finish_non_exhaustive()
    }
}

impl Relay {
    /// Makes a relay that knows no kind of job yet.
    pub fn new(db: Database) -> Self {
        Self { db, kinds: HashMap::new(), timing: Timing::default() }
    }

    /// Names the handler of a kind. It may run twice for one job and must then have one effect; it must not
    /// hold a connection while it calls another service. *Units*: it has ten seconds.
    #[must_use]
    pub fn on<F, R>(self, kind: &str, handler: F) -> Self
    where
        F: Fn(JobView) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Fault>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        self.with(kind, 1, move |jobs: Vec<JobView>| {
            let handler = Arc::clone(&handler);
            async move {
                for job in jobs {
                    handler(job).await?;
                }
                Ok(())
            }
        })
    }

    /// Names the handler of a kind whose jobs may travel together: up to `most` (1 to 1,000) of any keys, in order
    /// of id. All are done or all are tried again, each by itself. Otherwise as [`on`](Self::on).
    #[must_use]
    pub fn on_many<F, R>(self, kind: &str, most: u16, handler: F) -> Self
    where
        F: Fn(Vec<JobView>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Fault>> + Send + 'static,
    {
        self.with(kind, i64::from(most.clamp(1, 1_000)), handler)
    }

    fn with<F, R>(mut self, kind: &str, most: i64, handler: F) -> Self
    where
        F: Fn(Vec<JobView>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Fault>> + Send + 'static,
    {
        self.kinds.insert(kind.to_owned(), Kind::new(most, Arc::new(move |jobs| handler(jobs).boxed())));
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
        let (mut counted_at, delivered) = (None, Arc::new(Notify::new()));
        while !stop.is_cancelled() {
            count(&self.db, &mut counted_at).await;
            let claimed = self.claim().await;
            let is_idle = claimed.is_empty();
            for jobs in claimed {
                self.send(jobs, &delivered, &stop);
            }
            if is_idle {
                rest(&self.db, &delivered, &stop).await;
            }
        }
        let ended = self.kinds.values().map(|kind| {
            kind.lanes.close();
            kind.lanes.wait()
        });
        if timeout(self.timing.grace.saturating_mul(2), futures::future::join_all(ended)).await.is_err() {
            tracing::warn!("the relay stopped before its deliveries did");
        }
    }

    /// Leases what kinds with a free lane may deliver, as deliveries; nothing while the database is away.
    async fn claim(&self) -> Vec<Vec<JobView>> {
        let free = self.kinds.iter().filter(|(_, kind)| kind.has_room());
        let (names, most): (Vec<_>, Vec<_>) = free.map(|(name, kind)| (name.clone(), kind.most)).unzip();
        if names.is_empty() {
            return Vec::new();
        }
        let claimed = async {
            let mut conn = self.db.acquire().await?;
            store::claim(&mut conn, (&names, &most), self.timing.lease).await
        };
        claimed.await.map_or_else(
            |fault| {
                tracing::debug!(%fault, "the relay could not look for jobs");
                Vec::new()
            },
            deliveries,
        )
    }

    /// Starts a delivery on a lane of its kind. After jobs that travel alone the relay looks again at once, for
    /// the next of their key; after others it lets some gather.
    fn send(&self, jobs: Vec<JobView>, delivered: &Arc<Notify>, stop: &CancellationToken) {
        let Some((name, kind)) = jobs.first().and_then(|job| self.kinds.get_key_value(&job.kind)) else {
            return;
        };
        let delivery = Delivery {
            db: self.db.clone(),
            kind: name.clone(),
            handler: Arc::clone(&kind.handler),
            timing: self.timing,
            stop: stop.clone(),
        };
        let gathers = kind.most > 1 && jobs.iter().all(|job| job.last_error.is_none());
        let delivered = Arc::clone(delivered);
        kind.lanes.spawn(async move {
            delivery.run(jobs).await;
            if gathers { delivery.db.wake_relay() } else { delivered.notify_one() }
        });
    }
}

/// Makes deliveries of leased jobs: those that failed before alone, the others together with their kind.
fn deliveries(jobs: Vec<JobView>) -> Vec<Vec<JobView>> {
    let (failed, others): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| job.last_error.is_some());
    let mut together: HashMap<String, Vec<JobView>> = HashMap::new();
    for job in others {
        together.entry(job.kind.clone()).or_default().push(job);
    }
    failed.into_iter().map(|job| vec![job]).chain(together.into_values()).collect()
}

/// Waits for a commit, a delivery, a second, or the stop. After a commit others get a few milliseconds to follow.
async fn rest(db: &Database, delivered: &Notify, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = delivered.notified() => {}
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

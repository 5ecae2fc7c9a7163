//! The database of one service: connections, transactions, health.
//!
//! Cheap to clone. Statements do not live here. The rule not to be broken: a transaction begins in a task of its
//! own, which nobody cancels; a caller that goes away drops a transaction that has begun, and that one rolls back.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use clock::Clock;
use fault::Fault;
use sqlx::{PgPool, Postgres, Transaction, pool::PoolConnection};
use tokio::sync::Notify;

use crate::{Settings, Tx, fault_of, pool};

const NOT_FAILING: u64 = u64::MAX;
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Lends connections to one service's database.
#[derive(Clone, Debug)]
pub struct Database(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    clock: Clock,
    pool: Mutex<PgPool>,
    started: Instant,
    /// Milliseconds since `started` from which on no connection was lent to anybody who asked.
    failing_since_ms: AtomicU64,
    wake: Arc<Notify>,
}

/// Tells how the database is, for readiness and operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether a connection could be borrowed and answered.
    pub is_ready: bool,
    /// What is wrong, or how many connections are open.
    pub detail: String,
}

impl Database {
    /// Prepares the pool. It connects by itself, now or as soon as the server is there, so that a service can
    /// start before its database. *Errors*: internal, if the address cannot be read.
    #[expect(clippy::unused_async, reason = "the pool needs a runtime to keep its connections")]
    pub async fn connect(settings: &Settings, clock: Clock) -> Result<Self, Fault> {
        Self::prepare(settings.clone(), clock)
    }

    /// Prepares a pool of one connection to the same database. Needs a runtime.
    pub(crate) fn of_one(&self) -> Result<Self, Fault> {
        let settings = Settings { max_connections: 1, min_connections: 0, ..self.0.settings.clone() };
        Self::prepare(settings, self.0.clock.clone())
    }

    fn prepare(settings: Settings, clock: Clock) -> Result<Self, Fault> {
        Ok(Self(Arc::new(Inner {
            pool: Mutex::new(pool::lazy(&settings)?),
            settings,
            clock,
            started: Instant::now(),
            failing_since_ms: AtomicU64::new(NOT_FAILING),
            wake: Arc::new(Notify::new()),
        })))
    }

    /// Gives the clock of the service.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Borrows a connection for reading. Each statement stands for itself.
    ///
    /// *Errors*: `SERVICE_UNAVAILABLE` after half a second without one.
    pub async fn acquire(&self) -> Result<PoolConnection<Postgres>, Fault> {
        let pool = self.pool();
        let borrowed = pool.acquire().await;
        self.note(borrowed.is_ok(), &pool);
        borrowed.map_err(fault_of)
    }

    /// Begins a transaction (read committed).
    ///
    /// A caller that goes away stops waiting for a connection, but never stops a BEGIN that was sent. *Errors*:
    /// `SERVICE_UNAVAILABLE` after half a second without a connection.
    pub async fn begin(&self) -> Result<Tx, Fault> {
        let conn = self.acquire().await?;
        let begun = tokio::spawn(Transaction::begin(conn, None)).await.map_err(Fault::internal)?;
        begun.map(|tx| Tx::new(tx, Arc::clone(&self.0.wake))).map_err(fault_of)
    }

    /// Asks the server for an answer.
    pub async fn ping(&self) -> Result<(), Fault> {
        let mut conn = self.acquire().await?;
        sqlx::query_scalar!("select 1").fetch_one(&mut *conn).await.map_err(fault_of)?;
        Ok(())
    }

    /// Tells whether the database answers, for readiness. Never takes longer than a statement may.
    pub async fn health(&self) -> Health {
        match self.ping().await {
            Ok(()) => {
                let pool = self.pool();
                let detail = format!("{} connections open, {} idle", pool.size(), pool.num_idle());
                Health { is_ready: true, detail }
            }
            Err(fault) => Health { is_ready: false, detail: fault.detail().to_owned() },
        }
    }

    /// Wakes the relay of this process. A commit does it by itself; this is for jobs written outside a `Tx`.
    pub fn wake_relay(&self) {
        self.0.wake.notify_one();
    }

    /// Closes the pool, waiting at most two seconds for what is borrowed.
    pub async fn close(&self) {
        if tokio::time::timeout(CLOSE_TIMEOUT, self.pool().close()).await.is_err() {
            tracing::warn!("the pool was left with connections still borrowed");
        }
    }

    /// Gives the name of the service whose database it is.
    pub fn service(&self) -> &str {
        &self.0.settings.service
    }

    pub(crate) async fn woken(&self) {
        self.0.wake.notified().await;
    }

    fn pool(&self) -> PgPool {
        self.0.pool.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes whether a connection was lent, and replaces a pool from which none was for too long.
    fn note(&self, is_lent: bool, pool: &PgPool) {
        let failing_since = &self.0.failing_since_ms;
        if is_lent {
            failing_since.store(NOT_FAILING, Ordering::Relaxed);
            return;
        }
        let now_ms = u64::try_from(self.0.started.elapsed().as_millis()).unwrap_or(NOT_FAILING);
        let since_ms = failing_since.fetch_min(now_ms, Ordering::Relaxed);
        let is_stuck = u128::from(now_ms.saturating_sub(since_ms)) > self.0.settings.stuck_after.as_millis();
        if is_stuck && pool.size() > 0 && !pool.is_closed() {
            failing_since.store(NOT_FAILING, Ordering::Relaxed);
            self.replace_pool();
        }
    }

    fn replace_pool(&self) {
        let Ok(fresh) = pool::lazy(&self.0.settings) else { return };
        let stuck =
            std::mem::replace(&mut *self.0.pool.lock().unwrap_or_else(PoisonError::into_inner), fresh);
        tracing::warn!(open = stuck.size(), "no connection was lent for seconds, the pool is replaced");
        tokio::spawn(async move { tokio::time::timeout(CLOSE_TIMEOUT, stuck.close()).await });
    }
}

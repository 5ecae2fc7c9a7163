//! A connection that one worker keeps for itself, for transactions that follow each other closely.
//!
//! What is borrowed anew for each transaction is examined each time it is given back; the worker of a [`Group`] comes
//! again at once. Only for whoever is never cancelled: a worker of its own task. The rule not to be broken: a
//! connection stays only after a commit or rollback that the server confirmed; any other goes back to the pool, which
//! looks after it.
//!
//! [`Group`]: crate::group::Group

use std::{
    fmt,
    ops::{Deref, DerefMut},
    time::Duration,
};

use fault::Fault;
use sqlx::{PgConnection, Postgres, pool::PoolConnection};
use tokio::time::Instant;

use crate::{Database, fault_of};

/// How long a connection is kept without a look at how the pool would have it.
const KEPT_MAX: Duration = Duration::from_secs(30);

/// Keeps at most one connection.
pub struct Lane {
    service: Database,
    /// A pool of one, made by whoever asks first: a connection belongs to the runtime in which it was made.
    own: Option<Database>,
    kept: Option<(PoolConnection<Postgres>, Instant)>,
}

/// An open transaction of a lane. Dropped, it is rolled back by the pool. Pass `&mut tx` where a connection is asked for.
pub struct LaneTx<'l> {
    lane: &'l mut Lane,
    conn: PoolConnection<Postgres>,
    since: Instant,
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane").field("is_kept", &self.kept.is_some()).finish_non_exhaustive()
    }
}

impl fmt::Debug for LaneTx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LaneTx").finish_non_exhaustive()
    }
}

impl Lane {
    /// Makes a lane without a connection yet.
    pub const fn new(service: Database) -> Self {
        Self { service, own: None, kept: None }
    }

    /// Runs one statement that stands for itself. *Errors*: those of `work`; as [`Database::acquire`].
    pub async fn once<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let (mut conn, since) = self.take().await?;
        let result = work(&mut conn).await;
        if result.is_ok() {
            self.kept = Some((conn, since));
        }
        result
    }

    /// Begins a transaction (read committed). *Errors*: as [`Database::begin`].
    pub async fn begin(&mut self) -> Result<LaneTx<'_>, Fault> {
        let (mut conn, since) = self.take().await?;
        sqlx::raw_sql("begin").execute(&mut *conn).await.map_err(fault_of)?;
        Ok(LaneTx { lane: self, conn, since })
    }

    async fn take(&mut self) -> Result<(PoolConnection<Postgres>, Instant), Fault> {
        match self.kept.take().filter(|(_, since)| since.elapsed() < KEPT_MAX) {
            Some(kept) => Ok(kept),
            None => Ok((self.own()?.acquire().await?, Instant::now())),
        }
    }

    fn own(&mut self) -> Result<&Database, Fault> {
        if self.own.is_none() {
            self.own = Some(self.service.of_one()?);
        }
        self.own.as_ref().ok_or_else(|| Fault::internal("a lane has no connection"))
    }
}

impl LaneTx<'_> {
    /// Makes all of it true. *Errors*: as [`Tx::commit`](crate::Tx::commit): afterwards the outcome may be unknown.
    pub async fn commit(self) -> Result<(), Fault> {
        self.end("commit").await
    }

    /// Takes all of it back.
    pub async fn rollback(self) -> Result<(), Fault> {
        self.end("rollback").await
    }

    async fn end(mut self, how: &'static str) -> Result<(), Fault> {
        sqlx::raw_sql(how).execute(&mut *self.conn).await.map_err(fault_of)?;
        self.lane.kept = Some((self.conn, self.since));
        Ok(())
    }
}

impl Deref for LaneTx<'_> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.conn
    }
}

impl DerefMut for LaneTx<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.conn
    }
}

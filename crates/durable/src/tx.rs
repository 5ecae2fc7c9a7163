//! One transaction.
//!
//! It is a connection to whoever writes with it. Dropped, it rolls back; committed, it wakes the relay. How it
//! begins lives in `database`. The rule not to be broken: nothing slow and no second connection while it is open.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use fault::Fault;
use sqlx::{PgConnection, Postgres, Transaction};
use tokio::sync::Notify;

use crate::fault_of;

/// Holds one open transaction. Pass `&mut tx` where a connection is asked for.
#[derive(Debug)]
pub struct Tx {
    inner: Transaction<'static, Postgres>,
    wake: Arc<Notify>,
}

impl Tx {
    pub(crate) const fn new(inner: Transaction<'static, Postgres>, wake: Arc<Notify>) -> Self {
        Self { inner, wake }
    }

    /// Gives the connection, for calls that do not dereference by themselves.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    /// Makes all of it true, and wakes the relay of this process.
    ///
    /// The commit goes on if the caller goes away meanwhile. *Errors*: as `fault_of`; a broken connection leaves
    /// the outcome unknown, so a caller looks it up by his own key before he tries again.
    pub async fn commit(self) -> Result<(), Fault> {
        let Self { inner, wake } = self;
        let committed = tokio::spawn(async move {
            let result = inner.commit().await;
            wake.notify_one();
            result
        });
        committed.await.map_err(Fault::internal)?.map_err(fault_of)
    }

    /// Takes all of it back now, rather than when the connection is next used.
    pub async fn rollback(self) -> Result<(), Fault> {
        self.inner.rollback().await.map_err(fault_of)
    }
}

impl Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}

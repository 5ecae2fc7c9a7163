//! What the operations of this service share: database, clock, keys, files, zone.
//!
//! It holds no rule of its own. The rule not to be broken: time and chance come from the clock in here.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono_tz::Tz;
use clock::Clock;
use durable::Database;
use fault::Fault;
use identity::{Issuer, PrivateKey, Sessions};
use tokio::sync::Semaphore;

use crate::{files::Files, store};
use vault::{Passwords, Vault};

/// Uploads that are held in memory at the same moment.
const UPLOADS_AT_ONCE_MAX: usize = 8;

/// The state of the service. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Service(Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) db: Database,
    pub(crate) issuer: Issuer,
    pub(crate) vault: Arc<Vault>,
    pub(crate) passwords: Passwords,
    pub(crate) files: Files,
    pub(crate) uploads: Semaphore,
    pub(crate) zone: Tz,
}

impl Service {
    /// Puts the state together. *Errors*: internal, if the key or the folder of files cannot be used.
    pub(crate) fn new(
        db: Database,
        key: &PrivateKey,
        token_life: Duration,
        files: Files,
        zone: Tz,
    ) -> Result<Self, Fault> {
        let clock = db.clock().clone();
        Ok(Self(Arc::new(Inner {
            issuer: Issuer::new(key, token_life, clock.clone())?,
            vault: Arc::new(Vault::new(&key.secret_bytes(), "user", clock)?),
            passwords: Passwords::new()?,
            uploads: Semaphore::new(UPLOADS_AT_ONCE_MAX),
            db,
            files,
            zone,
        })))
    }

    pub(crate) fn clock(&self) -> &Clock {
        self.db.clock()
    }
}

impl std::ops::Deref for Service {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// This service knows by itself which sessions live.
#[async_trait]
impl Sessions for Service {
    async fn living(&self, session_ids: Vec<i64>) -> Result<Vec<i64>, Fault> {
        let mut conn = self.db.acquire().await?;
        store::sessions::living(&mut conn, &session_ids, self.clock().now()).await
    }
}

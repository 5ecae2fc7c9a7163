//! What others hear of a wallet that changed: its owner's sockets, and the copies that are kept for display.
//!
//! Told after the commit and carried on by a worker, the newest state of each wallet alone; a state that is on its way is
//! not read from the cache. All of it may be lost: the rows are the truth, copies end after five minutes. The rule not
//! to be broken: no commit waits for it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use clock::Clock;
use ephemeral::{Redis, VersionedCache};
use fault::Fault;
use host::timestamp;
use prost::Message as _;
use proto::event::v1::{Event, WalletChanged, event::Payload};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::domain::{Account, Holder, Row};

/// How long a copy is shown (001-C03).
const LIFE: Duration = Duration::from_mins(5);
/// News of one round trip.
const TOGETHER: usize = 500;
/// Rest between rounds, in which what changes again is told once.
const PAUSE: Duration = Duration::from_millis(5);

/// A wallet as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shown {
    pub(crate) balance_minor: i64,
    pub(crate) held_minor: i64,
    pub(crate) version: i64,
    pub(crate) is_frozen: bool,
    pub(crate) changed_at: Option<DateTime<Utc>>,
}

/// Tells of changes, and keeps the copies. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Changes {
    waiting: Arc<Mutex<HashMap<Account, Shown>>>,
    wake: Arc<Notify>,
    cache: VersionedCache,
    redis: Redis,
    clock: Clock,
}

impl Changes {
    /// Makes it; `run` must run for anything to be told.
    pub(crate) fn new(redis: Redis, clock: Clock) -> Self {
        let cache = VersionedCache::new(redis.clone(), "wallet_balance", LIFE);
        Self { waiting: Arc::default(), wake: Arc::default(), cache, redis, clock }
    }

    /// Notes how accounts are after a commit; those that are no wallets are left out.
    pub(crate) fn tell(&self, wallets: Vec<(Account, Row)>, at: DateTime<Utc>) {
        if wallets.is_empty() {
            return;
        }
        let mut waiting = self.waiting();
        for (account, row) in wallets.into_iter().filter(|(account, _)| account.is_wallet()) {
            let state = Shown {
                balance_minor: row.balance_minor,
                held_minor: row.held_minor,
                version: row.version,
                is_frozen: row.is_frozen,
                changed_at: Some(at),
            };
            let known = waiting.entry(account).or_insert(state);
            if known.version < state.version {
                *known = state;
            }
        }
        drop(waiting);
        self.wake.notify_one();
    }

    /// Finds the copy of a wallet; none while a newer state is on its way to it.
    pub(crate) async fn copy(&self, account: Account) -> Option<Shown> {
        if self.waiting().contains_key(&account) {
            return None;
        }
        let key = key(account)?;
        self.cache.get(key).await.map(|(_, shown)| shown)
    }

    /// Keeps a copy of what was just read.
    pub(crate) async fn keep(&self, account: Account, shown: Shown) {
        if let Some(key) = key(account) {
            self.cache.put(key, shown.version, &shown).await;
        }
    }

    /// Carries changes on until it is told to stop, then once more.
    pub(crate) async fn run(self, stop: CancellationToken) {
        while stop.run_until_cancelled(self.wake.notified()).await.is_some() {
            self.round().await;
            tokio::time::sleep(PAUSE).await;
        }
        self.round().await;
    }

    async fn round(&self) {
        let states: Vec<(Account, Shown)> =
            self.waiting().iter().map(|(account, state)| (*account, *state)).collect();
        for part in states.chunks(TOGETHER) {
            let copies =
                part.iter().filter_map(|(account, state)| Some((key(*account)?, state.version, state)));
            self.cache.refresh(copies).await;
            if let Err(fault) = self.redis.publish_all(part.iter().filter_map(|it| self.news(*it))).await {
                tracing::debug!(%fault, "changes of wallets could not be told");
            }
        }
        let mut waiting = self.waiting();
        for (account, state) in states {
            if waiting.get(&account).is_some_and(|newest| newest.version == state.version) {
                waiting.remove(&account);
            }
        }
        if !waiting.is_empty() {
            self.wake.notify_one();
        }
    }

    /// Writes the news of a wallet for the channel of its owner, to which gateways listen.
    fn news(&self, (account, state): (Account, Shown)) -> Option<(String, Vec<u8>)> {
        let Holder::User(user_id) = account.holder else { return None };
        let asset = account.asset.as_str();
        let payload = WalletChanged {
            user_id,
            balance_minor: state.balance_minor,
            available_minor: state.balance_minor.saturating_sub(state.held_minor),
            held_minor: state.held_minor,
            currency: asset.to_owned(),
            version: state.version,
        };
        let event = Event {
            uid: format!("wallet:{user_id}:{asset}:{}", state.version),
            user_id,
            at: Some(timestamp(state.changed_at.unwrap_or_else(|| self.clock.now()))),
            payload: Some(Payload::WalletChanged(payload)),
            ..Event::default()
        };
        Some((format!("user:{user_id}"), event.encode_to_vec()))
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Account, Shown>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shown {
    /// Gives what can be spent.
    pub(crate) const fn available_minor(&self) -> i64 {
        self.balance_minor.saturating_sub(self.held_minor)
    }
}

/// Names the copy of a wallet.
fn key(account: Account) -> Option<String> {
    match account.holder {
        Holder::User(user_id) => Some(format!("{user_id}:{}", account.asset.as_str())),
        _ => None,
    }
}

/// Reads a wallet for display from the cache, or with `read` from the rows; tells whether it came from the cache.
pub(crate) async fn show<F>(changes: &Changes, account: Account, read: F) -> Result<(Shown, bool), Fault>
where
    F: Future<Output = Result<Shown, Fault>>,
{
    if let Some(shown) = changes.copy(account).await {
        return Ok((shown, true));
    }
    let shown = read.await?;
    changes.keep(account, shown).await;
    Ok((shown, false))
}

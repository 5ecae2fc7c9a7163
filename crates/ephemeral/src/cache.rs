//! Copies of what PostgreSQL knows, each with its version.
//!
//! A copy replaces an older one only, so writes that arrive late or twice do no harm. Who computes a value does
//! not live here. The rule not to be broken: while a key lives, its version never gets smaller.

use std::{fmt::Display, sync::LazyLock, time::Duration};

use redis::{AsyncCommands as _, Script};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Redis, handle::Away};

/// Digits of a version in front of each entry; versions are compared as texts of equal length.
const VERSION_DIGITS: usize = 19;
/// Stands after the version of a value, as JSON.
const VALUE: u8 = b'=';
/// Stands after the version from which on there is no value.
const TOMBSTONE: u8 = b'-';

static REFRESH: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("refresh.lua")));
static PUT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("cache.lua")));

/// Keeps copies under one name for some time. Cheap to clone.
#[derive(Clone, Debug)]
pub struct VersionedCache {
    redis: Redis,
    name: &'static str,
    ttl: Duration,
}

impl VersionedCache {
    /// Makes a cache whose entries live at most `ttl`.
    pub fn new(redis: Redis, name: &'static str, ttl: Duration) -> Self {
        Self { redis, name, ttl }
    }

    /// Finds a copy and its version. None if there is none, it cannot be read, or Redis is away.
    pub async fn get<T: DeserializeOwned>(&self, key: impl Display + Send) -> Option<(i64, T)> {
        self.find(self.key(key), |_| true).await
    }

    /// Finds the copy of exactly this version. Every other one counts as none.
    pub async fn get_at<T: DeserializeOwned>(&self, key: impl Display + Send, version: i64) -> Option<T> {
        self.find(self.key(key), |kept| kept == version).await.map(|(_, found)| found)
    }

    async fn find<T: DeserializeOwned>(
        &self,
        key: String,
        is_wanted: impl Fn(i64) -> bool + Send,
    ) -> Option<(i64, T)> {
        let found = self.redis.run(self.redis.limits().quick, |mut conn| async move {
            conn.get::<_, Option<Vec<u8>>>(key).await
        });
        let found = found.await.ok().flatten().as_deref().and_then(decode);
        let found = found.filter(|(version, _)| is_wanted(*version));
        let outcome = if found.is_some() { "hit" } else { "miss" };
        metrics::counter!("cache_reads_total", "cache" => self.name, "outcome" => outcome).increment(1);
        found
    }

    /// Keeps a copy, if none of this or a later version is kept. Tells whether it now is.
    ///
    /// *Idempotent*. A version below zero is never kept.
    pub async fn put<T: Serialize + Sync>(&self, key: impl Display + Send, version: i64, value: &T) -> bool {
        let mut entry = vec![VALUE];
        serde_json::to_writer(&mut entry, value).is_ok() && self.write(self.key(key), version, entry).await
    }

    /// Replaces the copies that are kept, where these are later ones, in one round trip. What is not kept stays so.
    pub async fn refresh<'a, K, T>(&self, copies: impl IntoIterator<Item = (K, i64, &'a T)>)
    where
        K: Display,
        T: Serialize + 'a,
    {
        let (mut call, mut is_empty) = (REFRESH.prepare_invoke(), true);
        for (key, version, value) in copies {
            let mut entry = vec![VALUE];
            let Ok(version) = u64::try_from(version) else { continue };
            if serde_json::to_writer(&mut entry, value).is_ok() {
                call.key(self.key(key)).arg(format!("{version:0VERSION_DIGITS$}")).arg(entry);
                is_empty = false;
            }
        }
        if is_empty {
            return;
        }
        let run = self.redis.run(self.redis.limits().patient, |mut conn| async move {
            call.invoke_async::<i64>(&mut conn).await
        });
        let refreshed: Result<i64, Away> = run.await;
        let outcome = if refreshed.is_ok() { "refreshed" } else { "away" };
        metrics::counter!("cache_writes_total", "cache" => self.name, "outcome" => outcome).increment(1);
    }

    /// Forgets what is older than or of a version, and keeps such copies out as long as an entry lives.
    pub async fn tombstone(&self, key: impl Display + Send, version: i64) -> bool {
        self.write(self.key(key), version, vec![TOMBSTONE]).await
    }

    async fn write(&self, key: String, version: i64, entry: Vec<u8>) -> bool {
        let Ok(version) = u64::try_from(version) else { return false };
        let ttl_ms = self.ttl.as_millis().max(1).to_string();
        let mut call = PUT.prepare_invoke();
        call.key(key).arg(format!("{version:0VERSION_DIGITS$}")).arg(entry).arg(ttl_ms);
        let written = self.redis.run(self.redis.limits().quick, |mut conn| async move {
            call.invoke_async::<i64>(&mut conn).await
        });
        let written: Result<i64, Away> = written.await;
        let outcome = match written {
            Ok(1) => "kept",
            Ok(_) => "older",
            Err(_) => "away",
        };
        metrics::counter!("cache_writes_total", "cache" => self.name, "outcome" => outcome).increment(1);
        written == Ok(1)
    }

    fn key(&self, key: impl Display) -> String {
        format!("dormpay:cache:{}:{key}", self.name)
    }
}

fn decode<T: DeserializeOwned>(entry: &[u8]) -> Option<(i64, T)> {
    let (version, rest) = entry.split_at_checked(VERSION_DIGITS)?;
    let json = rest.strip_prefix(&[VALUE])?;
    let version = std::str::from_utf8(version).ok()?.parse().ok()?;
    Some((version, serde_json::from_slice(json).ok()?))
}

//! Copies of what PostgreSQL knows, each with its version.
//!
//! A copy replaces an older one only, so writes that arrive late or twice do no harm. Who computes a value does
//! not live here. The rule not to be broken: while a key lives, its version never gets smaller.

use std::{fmt::Display, sync::LazyLock, time::Duration};

use bytes::Bytes;
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
        let key = self.key(key);
        let found = self.redis.run(self.redis.limits().quick, |mut conn| async move {
            conn.get::<_, Option<Vec<u8>>>(key).await
        });
        let found = found.await.ok().flatten().as_deref().and_then(decode);
        self.count([found.is_some()]);
        found
    }

    /// Finds copies that were [`put_bytes`](Self::put_bytes) and their versions, in one round trip. *Shape*: one for each
    /// key, in their order; none where there is none, or Redis is away.
    pub async fn get_bytes<K: Display + Sync>(&self, keys: &[K]) -> Vec<Option<(i64, Bytes)>> {
        if keys.is_empty() {
            return Vec::new();
        }
        let names: Vec<String> = keys.iter().map(|key| self.key(key)).collect();
        let found = self.redis.run(self.redis.limits().quick, |mut conn| async move {
            conn.mget::<_, Vec<Option<Bytes>>>(names).await
        });
        let found: Vec<Option<Bytes>> = found.await.unwrap_or_default();
        let mut found: Vec<_> = found.into_iter().map(|entry| entry.as_ref().and_then(value)).collect();
        found.resize_with(keys.len(), || None);
        self.count(found.iter().map(Option::is_some));
        found
    }

    /// Keeps the bytes of a copy under all the keys that name it, each as [`put`](Self::put) does. Tells whether all of
    /// them now do.
    pub async fn put_bytes<K: Display + Sync>(&self, keys: &[K], version: i64, value: &[u8]) -> bool {
        let mut entry = vec![VALUE];
        entry.extend_from_slice(value);
        self.write(keys, version, entry).await
    }

    /// As [`tombstone`](Self::tombstone), under all the keys that name a copy.
    pub async fn tombstones<K: Display + Sync>(&self, keys: &[K], version: i64) -> bool {
        self.write(keys, version, vec![TOMBSTONE]).await
    }

    fn count(&self, are_found: impl IntoIterator<Item = bool>) {
        let (mut hits, mut misses) = (0, 0);
        are_found.into_iter().for_each(|is_found| if is_found { hits += 1 } else { misses += 1 });
        for (outcome, count) in [("hit", hits), ("miss", misses)] {
            if count > 0 {
                metrics::counter!("cache_reads_total", "cache" => self.name, "outcome" => outcome)
                    .increment(count);
            }
        }
    }

    /// Keeps a copy, if none of this or a later version is kept. Tells whether it now is.
    ///
    /// *Idempotent*. A version below zero is never kept.
    pub async fn put<T: Serialize + Sync>(
        &self,
        key: impl Display + Send + Sync,
        version: i64,
        value: &T,
    ) -> bool {
        let mut entry = vec![VALUE];
        serde_json::to_writer(&mut entry, value).is_ok() && self.write(&[key], version, entry).await
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
    pub async fn tombstone(&self, key: impl Display + Send + Sync, version: i64) -> bool {
        self.write(&[key], version, vec![TOMBSTONE]).await
    }

    async fn write<K: Display + Sync>(&self, keys: &[K], version: i64, entry: Vec<u8>) -> bool {
        let Ok(version) = u64::try_from(version) else { return false };
        let ttl_ms = self.ttl.as_millis().max(1).to_string();
        let mut call = PUT.prepare_invoke();
        for key in keys {
            call.key(self.key(key));
        }
        let all = i64::try_from(keys.len()).unwrap_or(i64::MAX);
        call.arg(format!("{version:0VERSION_DIGITS$}")).arg(entry).arg(ttl_ms);
        let written = self.redis.run(self.redis.limits().quick, |mut conn| async move {
            call.invoke_async::<i64>(&mut conn).await
        });
        let written: Result<i64, Away> = written.await;
        let outcome = match written {
            Ok(kept) if kept == all => "kept",
            Ok(_) => "older",
            Err(_) => "away",
        };
        metrics::counter!("cache_writes_total", "cache" => self.name, "outcome" => outcome).increment(1);
        written == Ok(all)
    }

    fn key(&self, key: impl Display) -> String {
        format!("dormpay:cache:{}:{key}", self.name)
    }
}

fn decode<T: DeserializeOwned>(entry: &[u8]) -> Option<(i64, T)> {
    let (version, json) = parts(entry)?;
    Some((version, serde_json::from_slice(json).ok()?))
}

/// Cuts an entry into version and value; none of a tombstone.
fn parts(entry: &[u8]) -> Option<(i64, &[u8])> {
    let (version, rest) = entry.split_at_checked(VERSION_DIGITS)?;
    let value = rest.strip_prefix(&[VALUE])?;
    Some((std::str::from_utf8(version).ok()?.parse().ok()?, value))
}

fn value(entry: &Bytes) -> Option<(i64, Bytes)> {
    let (version, value) = parts(entry)?;
    Some((version, entry.slice_ref(value)))
}

//! How often somebody may ask.
//!
//! Counted in Redis, so that all gateways count together, by the generic cell rate algorithm: the allowance of a
//! minute may be used at once and comes back evenly. While Redis is away each process counts by itself. The rule
//! not to be broken: a check never fails and never waits longer than one command.

use std::{sync::Arc, sync::LazyLock};

use redis::Script;

use crate::{Redis, local::Local};

const MINUTE_MICROS: i64 = 60_000_000;
const SECOND_MICROS: i64 = 1_000_000;

static CHECK: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("limit.lua")));

/// Counts requests by key. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Limiter {
    redis: Redis,
    rate: Rate,
    local: Arc<Local>,
}

/// Says how many requests may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Rate {
    pub(crate) per_minute: u32,
    pub(crate) burst: u32,
}

/// Says whether a request may go on, and what to tell its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether the request may go on. A refused one costs nothing.
    pub allowed: bool,
    /// Requests in a minute.
    pub limit: u32,
    /// Requests that could follow at once.
    pub remaining: u32,
    /// Seconds until the allowance is whole again, rounded up.
    pub reset_seconds: u32,
    /// Seconds until the next request is allowed, rounded up; 0 if one is allowed at once.
    pub retry_after: u32,
}

impl Limiter {
    /// Makes a limiter of `per_minute` requests, `burst` of them at once. Zero counts as one.
    pub fn new(redis: Redis, per_minute: u32, burst: u32) -> Self {
        Self { redis, rate: Rate::new(per_minute, burst), local: Arc::default() }
    }

    /// Counts one request of `key`.
    pub async fn check(&self, key: &str) -> Decision {
        self.decide(key, self.rate).await
    }

    /// Counts one request of `key` with an allowance of its own, all of which may be used at once.
    pub async fn check_with(&self, key: &str, per_minute: u32) -> Decision {
        self.decide(key, Rate::new(per_minute, per_minute)).await
    }

    async fn decide(&self, key: &str, rate: Rate) -> Decision {
        let mut call = CHECK.prepare_invoke();
        call.key(format!("dormpay:limit:{}:{}:{key}", rate.per_minute, rate.burst));
        call.arg(self.redis.clock().now().timestamp_micros()).arg(rate.interval_micros()).arg(rate.burst);
        let answer = self.redis.run(self.redis.limits().quick, |mut conn| async move {
            call.invoke_async::<(i64, i64, i64, i64)>(&mut conn).await
        });
        let decision = match answer.await {
            Ok((allowed, remaining, reset_micros, wait_micros)) => Decision {
                allowed: allowed == 1,
                limit: rate.per_minute,
                remaining: u32::try_from(remaining).unwrap_or_default(),
                reset_seconds: seconds(reset_micros),
                retry_after: seconds(wait_micros),
            },
            Err(_) => self.local.check(key, rate),
        };
        let outcome = if decision.allowed { "allowed" } else { "refused" };
        metrics::counter!("rate_limit_checks_total", "outcome" => outcome).increment(1);
        decision
    }
}

impl Rate {
    fn new(per_minute: u32, burst: u32) -> Self {
        Self { per_minute: per_minute.max(1), burst: burst.max(1) }
    }

    fn interval_micros(self) -> i64 {
        MINUTE_MICROS / i64::from(self.per_minute)
    }
}

/// Rounds up to whole seconds.
pub(crate) fn seconds(micros: i64) -> u32 {
    let whole = micros.saturating_add(SECOND_MICROS - 1) / SECOND_MICROS;
    u32::try_from(whole.max(0)).unwrap_or(u32::MAX)
}

//! The limit of one process alone, for the time without Redis.
//!
//! The rule not to be broken: what is kept is bounded, however many senders there are.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};

use crate::limit::{Decision, Rate, seconds};

type Keyed = RateLimiter<String, DashMapStateStore<String>, DefaultClock, StateInformationMiddleware>;

/// Checks between two sweeps of keys whose allowance is whole again.
const SWEEP_EVERY: u32 = 4_096;
/// Keys at most; above, all are forgotten.
const KEYS_MAX: usize = 100_000;
/// Rates at most; above, all are forgotten.
const RATES_MAX: usize = 64;

/// Counts by rate and key.
#[derive(Debug, Default)]
pub(crate) struct Local(Mutex<Counters>);

#[derive(Debug, Default)]
struct Counters {
    by_rate: HashMap<Rate, Arc<Keyed>>,
    checks: u32,
}

impl Local {
    /// Counts one request.
    pub(crate) fn check(&self, key: &str, rate: Rate) -> Decision {
        let limiter = self.limiter(rate);
        let (allowed, remaining, wait) = match limiter.check_key(&key.to_owned()) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                (true, remaining, if remaining == 0 { interval(rate) } else { Duration::ZERO })
            }
            Err(not_until) => (false, 0, not_until.wait_time_from(limiter.clock().now())),
        };
        let used = rate.burst.saturating_sub(remaining);
        Decision {
            allowed,
            limit: rate.per_minute,
            remaining,
            reset_seconds: seconds(micros(interval(rate).saturating_mul(used))),
            retry_after: seconds(micros(wait)),
        }
    }

    fn limiter(&self, rate: Rate) -> Arc<Keyed> {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counters.checks = counters.checks.wrapping_add(1);
        if counters.checks.is_multiple_of(SWEEP_EVERY) {
            counters.sweep();
        }
        Arc::clone(counters.by_rate.entry(rate).or_insert_with(|| Arc::new(keyed(rate))))
    }
}

impl Counters {
    fn sweep(&mut self) {
        for limiter in self.by_rate.values() {
            limiter.retain_recent();
        }
        self.by_rate.retain(|_, limiter| (1..=KEYS_MAX).contains(&limiter.len()));
        if self.by_rate.len() > RATES_MAX {
            self.by_rate.clear();
        }
    }
}

fn keyed(rate: Rate) -> Keyed {
    let at_least_one = |count| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::per_minute(at_least_one(rate.per_minute)).allow_burst(at_least_one(rate.burst));
    RateLimiter::dashmap(quota).with_middleware()
}

fn interval(rate: Rate) -> Duration {
    Duration::from_mins(1) / rate.per_minute.max(1)
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

//! Leases: a hint that somebody else is at it.
//!
//! A lease thins out contention. It is advisory: its holder may be paused past its end, and Redis may forget it,
//! so a conditional update or a unique key in PostgreSQL decides. The rule not to be broken: nobody but the
//! holder gives a lease back.

use std::{sync::LazyLock, time::Duration};

use redis::Script;
use tokio::{runtime::Handle, time::Instant};

use crate::{Redis, handle::Away};

const TOKEN_BYTES: usize = 16;
const POLL_MIN: Duration = Duration::from_millis(10);
const POLL_MAX: Duration = Duration::from_millis(80);
/// How long the last number is remembered after the hold; later, the time alone makes it grow.
const NUMBER_LIFE: Duration = Duration::from_hours(1);

static ACQUIRE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lease.lua")));
static RELEASE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0",
    )
});
static RENEW: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0",
    )
});

/// Stands for a lease, or for having gone on without one. Dropped, it is given back in the background.
#[derive(Debug)]
pub struct Lease {
    /// The number of this lease, greater than that of every earlier one of its name. None without a lease.
    pub fencing: Option<i64>,
    /// Whether the lease was got. If not, somebody else has it or Redis is away: go on, the database decides.
    pub acquired: bool,
    claim: Option<Claim>,
}

/// What is needed to give a lease back.
#[derive(Clone, Debug)]
struct Claim {
    redis: Redis,
    key: String,
    token: String,
}

impl Redis {
    /// Takes the lease `name` for at most `hold`, waiting for it at most `wait`.
    ///
    /// Never fails: without a lease the answer says so. When Redis is away it says so at once. *Units*: the wait
    /// may be exceeded by one command, 250 ms.
    pub async fn lease(&self, name: &str, hold: Duration, wait: Duration) -> Lease {
        let key = format!("dormpay:lease:{{{name}}}");
        let claim = Claim { redis: self.clone(), key, token: self.clock().token(TOKEN_BYTES) };
        // Made before it is asked for, so that a future that is dropped gives back what Redis grants late.
        let mut lease = Lease { fencing: None, acquired: false, claim: Some(claim.clone()) };
        let give_up_at = Instant::now() + wait;
        let mut pause = POLL_MIN;
        let outcome = loop {
            match claim.acquire(hold).await {
                Ok(0) if Instant::now() + pause < give_up_at => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(POLL_MAX);
                }
                Ok(0) => break "busy",
                Ok(fencing) => {
                    (lease.fencing, lease.acquired) = (Some(fencing), true);
                    return lease.counted("acquired");
                }
                // It may be done late, so it is given back all the same.
                Err(Away::Unknown) => return lease.counted("away"),
                Err(Away::NotAsked | Away::Refused) => break "away",
            }
        };
        lease.claim = None;
        lease.counted(outcome)
    }
}

impl Lease {
    /// Gives the lease back and waits until that is done.
    pub async fn release(mut self) {
        if let Some(claim) = self.claim.take() {
            claim.release().await;
        }
    }

    /// Holds the lease for another `hold` from now. Tells whether it still was this holder's.
    pub async fn renew(&self, hold: Duration) -> bool {
        match &self.claim {
            Some(claim) if self.acquired => claim.renew(hold).await,
            _ => false,
        }
    }

    fn counted(self, outcome: &'static str) -> Self {
        metrics::counter!("leases_total", "outcome" => outcome).increment(1);
        self
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let (Some(claim), Ok(runtime)) = (self.claim.take(), Handle::try_current()) {
            runtime.spawn(async move { claim.release().await });
        }
    }
}

impl Claim {
    /// Tries once. Gives the lease's number, or 0 if somebody has it.
    async fn acquire(&self, hold: Duration) -> Result<i64, Away> {
        let mut call = ACQUIRE.prepare_invoke();
        call.key(&self.key).key(format!("{}:number", self.key));
        call.arg(&self.token).arg(millis(hold));
        call.arg(self.redis.clock().now().timestamp_micros()).arg(millis(hold.saturating_add(NUMBER_LIFE)));
        self.redis
            .run(self.redis.limits().patient, |mut conn| async move { call.invoke_async(&mut conn).await })
            .await
    }

    async fn release(&self) {
        let mut call = RELEASE.prepare_invoke();
        call.key(&self.key).arg(&self.token);
        let released = self.redis.run(self.redis.limits().patient, |mut conn| async move {
            call.invoke_async::<i64>(&mut conn).await
        });
        if let Err(away) = released.await {
            tracing::debug!(?away, "a lease was not given back, it will run out");
        }
    }

    async fn renew(&self, hold: Duration) -> bool {
        let mut call = RENEW.prepare_invoke();
        call.key(&self.key).arg(&self.token).arg(millis(hold));
        let renewed = self.redis.run(self.redis.limits().patient, |mut conn| async move {
            call.invoke_async::<i64>(&mut conn).await
        });
        renewed.await == Ok(1)
    }
}

fn millis(duration: Duration) -> String {
    duration.as_millis().max(1).to_string()
}

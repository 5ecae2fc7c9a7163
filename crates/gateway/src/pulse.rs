//! Whether the services and Redis are there, asked again and again.
//!
//! Readiness, `/health` and the live event `system_status_updated` read it. The rule not to be broken: the gateway
//! is ready once every service has answered once, and afterwards as long as the user service answers, without which
//! nobody can be admitted; a lesser service that is away must not take the gateway down with it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use ephemeral::Redis;
use futures::future::join_all;
use telemetry::Check;
use tokio::{sync::watch, time};
use tokio_util::sync::CancellationToken;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::peers::Peers;

const ASKED_EVERY: Duration = Duration::from_secs(1);
const ANSWER_TIMEOUT: Duration = Duration::from_millis(800);
/// Without this service nobody is admitted.
const NEEDED: &str = "user";

/// What is there and what is not, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    /// Service name → whether it serves; empty before the first answers.
    pub(crate) parts: BTreeMap<&'static str, bool>,
    /// Whether every service has served at least once.
    has_started: bool,
}

impl Status {
    /// Tells whether everything is there.
    pub(crate) fn is_whole(&self) -> bool {
        !self.parts.is_empty() && self.parts.values().all(|serves| *serves)
    }

    /// Tells whether Redis answered.
    pub(crate) fn has_redis(&self) -> bool {
        self.parts.get(REDIS).copied().unwrap_or(true)
    }

    /// Lists the parts for the operations listener; a part that is not needed never fails once all have started.
    pub(crate) fn checks(&self) -> Vec<Check> {
        if self.parts.is_empty() {
            return vec![Check::failed("services", "not asked yet")];
        }
        let check = |(name, serves): (&&'static str, &bool)| {
            let is_needed = *name != REDIS && (!self.has_started || *name == NEEDED);
            let detail = if *serves { "serving" } else { "away" };
            Check { name: (*name).to_owned(), ok: *serves || !is_needed, detail: detail.to_owned() }
        };
        self.parts.iter().map(check).collect()
    }
}

/// The name under which Redis is shown.
const REDIS: &str = "redis";

/// Knows what is there. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Pulse(watch::Receiver<Status>);

impl Pulse {
    /// Starts asking, until `stop`.
    pub(crate) fn start(peers: Peers, redis: Redis, stop: CancellationToken) -> Self {
        let (sender, receiver) = watch::channel(Status::default());
        tokio::spawn(async move {
            let mut ticks = time::interval(ASKED_EVERY);
            ticks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
            while stop.run_until_cancelled(ticks.tick()).await.is_some() {
                let parts = ask(&peers, &redis).await;
                sender.send_if_modified(|status| renew(status, parts));
            }
        });
        Self(receiver)
    }

    /// Gives what was found last.
    pub(crate) fn status(&self) -> Status {
        self.0.borrow().clone()
    }

    /// Gives a receiver that wakes when something comes or goes.
    pub(crate) fn watch(&self) -> watch::Receiver<Status> {
        self.0.clone()
    }

    /// Gives the readiness function of the operations listener.
    pub(crate) fn readiness(&self, stop: CancellationToken) -> impl Fn() -> telemetry::Checks + use<> {
        let pulse = Arc::new(self.clone());
        move || {
            let mut checks = pulse.status().checks();
            if stop.is_cancelled() {
                checks.push(Check::failed("gateway", "stopping"));
            }
            Box::pin(async move { checks })
        }
    }
}

/// Takes over what was found; false when it is what was known.
fn renew(status: &mut Status, parts: BTreeMap<&'static str, bool>) -> bool {
    let all_serve = parts.iter().all(|(name, serves)| *serves || *name == REDIS);
    let next = Status { has_started: status.has_started || all_serve, parts };
    let is_new = next != *status;
    *status = next;
    is_new
}

async fn ask(peers: &Peers, redis: &Redis) -> BTreeMap<&'static str, bool> {
    let asked = peers.named().into_iter().map(|(name, channel)| async move {
        let request = HealthCheckRequest { service: String::new() };
        let answer = time::timeout(ANSWER_TIMEOUT, HealthClient::new(channel).check(request)).await;
        let serves = matches!(answer, Ok(Ok(reply)) if reply.get_ref().status() == ServingStatus::Serving);
        (name, serves)
    });
    // The question to Redis also tells its breaker, which nobody else may do while nothing is asked.
    let (answers, redis) = tokio::join!(join_all(asked), redis.health());
    let mut parts: BTreeMap<_, _> = answers.into_iter().collect();
    parts.insert(REDIS, redis);
    parts
}

//! Health as gRPC tells it: serving while the service says that it is ready.
//!
//! What readiness depends on is told by the service. The rule not to be broken: no answer is a no.

use std::time::Duration;

use tokio::time;
use tokio_util::sync::CancellationToken;
use tonic_health::{ServingStatus, server::HealthReporter};

use super::Readiness;

const ASKED_EVERY: Duration = Duration::from_secs(1);
const ANSWER_MAX: Duration = Duration::from_secs(1);

/// The health of a server, as a whole and of each of its services.
#[derive(Clone)]
pub(super) struct Health {
    reporter: HealthReporter,
    services: Vec<&'static str>,
    ready: Readiness,
}

impl Health {
    /// Begins as not serving.
    pub(super) async fn new(services: &[&'static str], ready: Readiness) -> Self {
        let mut services = services.to_vec();
        services.push("");
        let health = Self { reporter: HealthReporter::new(), services, ready };
        health.set(false).await;
        health
    }

    pub(super) fn reporter(&self) -> HealthReporter {
        self.reporter.clone()
    }

    /// Follows readiness until the stop, then says no.
    pub(super) async fn follow(self, stop: CancellationToken) {
        let mut known = None;
        while !stop.is_cancelled() {
            let is_ready = time::timeout(ANSWER_MAX, (self.ready)()).await.unwrap_or(false);
            if known != Some(is_ready) {
                self.set(is_ready).await;
                known = Some(is_ready);
            }
            let _ = time::timeout(ASKED_EVERY, stop.cancelled()).await;
        }
        self.set(false).await;
    }

    async fn set(&self, is_ready: bool) {
        let status = if is_ready { ServingStatus::Serving } else { ServingStatus::NotServing };
        for service in &self.services {
            self.reporter.set_service_status(service, status).await;
        }
    }
}

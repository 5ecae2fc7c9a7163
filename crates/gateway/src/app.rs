//! What every handler can reach: the services, the time, and a few limits.
//!
//! Cheap to clone; nothing in here is a truth of its own.

use std::sync::Arc;

use chrono_tz::Tz;
use clock::Clock;
use tokio::sync::Semaphore;

use crate::{links::Links, peers::Peers, sandbox::Sandbox, settings::Settings};

/// How many files are held in memory at once.
const FILES_MAX: usize = 8;

/// Holds what handlers reach.
#[derive(Clone, Debug)]
pub(crate) struct App {
    /// The services.
    pub(crate) peers: Peers,
    /// Bounds the files in memory.
    pub(crate) files: Arc<Semaphore>,
    /// Judges addresses that callers name.
    pub(crate) links: Links,
    /// Who gets the money of outside orders that name no merchant.
    pub(crate) merchant_id: i64,
    /// The provider sandbox; none in production.
    pub(crate) sandbox: Option<Sandbox>,
    clock: Clock,
    zone: Tz,
    is_production: bool,
}

impl App {
    /// Puts together what handlers reach.
    pub(crate) fn new(peers: Peers, clock: Clock, settings: &Settings) -> Self {
        let payments = &settings.payments;
        Self {
            peers,
            files: Arc::new(Semaphore::new(FILES_MAX)),
            links: Links::new(&payments.return_hosts, payments.allows_private_webhooks),
            merchant_id: payments.merchant_id,
            sandbox: payments.sandbox.as_deref().and_then(Sandbox::at),
            clock,
            zone: settings.zone,
            is_production: settings.profile.is_production(),
        }
    }

    /// Gives the business zone, in which times without a zone are meant.
    pub(crate) const fn zone(&self) -> Tz {
        self.zone
    }

    /// Tells whether this is the production profile.
    pub(crate) const fn is_production(&self) -> bool {
        self.is_production
    }

    /// Gives the present day in the business zone, as `YYYY-MM-DD`.
    pub(crate) fn today(&self) -> String {
        clock::business_date(self.clock.now(), self.zone).to_string()
    }
}

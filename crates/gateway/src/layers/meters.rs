//! How many requests there were and how long they took, by route, method and status.
//!
//! The handles are kept: to find one by its labels costs more than to count. The rule not to be broken: no label has
//! a value of the caller's choice, or the number of series would have no bound.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use http::Method;
use metrics::{Counter, Histogram};

/// The methods that are told apart.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"];
const OTHER: &str = "other";

/// Counts requests. Cheap to clone; clones count together.
#[derive(Clone, Default)]
pub(crate) struct Meters(Arc<RwLock<HashMap<String, Vec<Meter>>>>);

struct Meter {
    method: &'static str,
    status: u16,
    count: Counter,
    seconds: Histogram,
}

impl Meters {
    /// Counts a request that was answered. `route` is one of ours.
    pub(crate) fn note(&self, route: &str, method: &Method, status: u16, took: Duration) {
        let method = METHODS.into_iter().find(|known| *known == method.as_str()).unwrap_or(OTHER);
        if !self.is_noted(route, method, status, took) {
            let meter = Meter::new(route, method, status);
            meter.note(took);
            let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
            let meters = all.entry(route.to_owned()).or_default();
            if !meters.iter().any(|known| known.is_of(method, status)) {
                meters.push(meter);
            }
        }
    }

    fn is_noted(&self, route: &str, method: &str, status: u16, took: Duration) -> bool {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let known = all.get(route).and_then(|all| all.iter().find(|meter| meter.is_of(method, status)));
        known.map(|meter| meter.note(took)).is_some()
    }
}

impl Meter {
    fn new(route: &str, method: &'static str, status: u16) -> Self {
        let labels =
            [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.to_string())];
        Self {
            method,
            status,
            count: metrics::counter!("http_requests_total", &labels),
            seconds: metrics::histogram!("http_request_duration_seconds", "route" => route.to_owned()),
        }
    }

    fn is_of(&self, method: &str, status: u16) -> bool {
        self.status == status && self.method == method
    }

    fn note(&self, took: Duration) {
        self.count.increment(1);
        self.seconds.record(took.as_secs_f64());
    }
}

//! What is counted of calls: how long they take and how they end, by method.
//!
//! Handles are kept, for to find one by its labels costs more than to use it. Which calls there are is decided elsewhere.
//! The rule not to be broken: labels come from methods that exist, so that their number has a bound.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use metrics::{Counter, Histogram};
use tonic::Code;

/// The codes of gRPC, 0 to 16.
const CODES: usize = 17;
/// Methods whose handles are kept; of one beyond, the handle is looked up.
const METHODS_MAX: usize = 1_000;

/// The names of the two metrics of one side, and of the label that says who is on the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names {
    pub(crate) seconds: &'static str,
    pub(crate) calls: &'static str,
    pub(crate) whose: &'static str,
}

/// Counts the calls of one channel or server.
pub(crate) struct Meter {
    names: Names,
    who: Arc<str>,
    methods: RwLock<HashMap<String, Arc<Method>>>,
}

struct Method {
    seconds: Histogram,
    calls: [OnceLock<Counter>; CODES],
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").field("who", &self.who).finish_non_exhaustive()
    }
}

impl Meter {
    pub(crate) fn new(names: Names, who: Arc<str>) -> Self {
        Self { names, who, methods: RwLock::default() }
    }

    /// Counts a call that has ended.
    pub(crate) fn count(&self, method: &str, code: Code, took: Duration) {
        let known = self.methods.read().unwrap_or_else(PoisonError::into_inner).get(method).cloned();
        let known = known.unwrap_or_else(|| self.meet(method));
        known.seconds.record(took);
        let place = usize::try_from(i32::from(code)).unwrap_or_default();
        if let Some(calls) = known.calls.get(place) {
            calls.get_or_init(|| self.calls(method, code)).increment(1);
        }
    }

    fn meet(&self, method: &str) -> Arc<Method> {
        let labels = self.labels(method);
        let met = Method {
            seconds: metrics::histogram!(self.names.seconds, &labels),
            calls: std::array::from_fn(|_| OnceLock::new()),
        };
        let met = Arc::new(met);
        let mut methods = self.methods.write().unwrap_or_else(PoisonError::into_inner);
        if methods.len() < METHODS_MAX {
            methods.insert(method.to_owned(), Arc::clone(&met));
        }
        met
    }

    fn calls(&self, method: &str, code: Code) -> Counter {
        let [whose, method] = self.labels(method);
        metrics::counter!(self.names.calls, &[whose, method, ("code", format!("{code:?}"))])
    }

    fn labels(&self, method: &str) -> [(&'static str, String); 2] {
        [(self.names.whose, self.who.to_string()), ("method", method.to_owned())]
    }
}

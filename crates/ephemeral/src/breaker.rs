//! When to stop asking.
//!
//! Three failures in a row open the breaker for a second; then one caller at a time may try, until one succeeds.
//! The rule not to be broken: whoever is refused is refused at once.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

const FAILURES_MAX: u32 = 3;
const OPEN: Duration = Duration::from_secs(1);
/// How long one try after the pause keeps the others waiting outside.
const TRY: Duration = Duration::from_millis(500);

/// Counts failures and says whether to ask.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    open_until: Option<Instant>,
}

impl Breaker {
    /// Says whether to ask now. After the pause it says yes once, and again when that try took too long.
    pub(crate) fn admits(&self) -> bool {
        let mut state = self.lock();
        match state.open_until {
            None => true,
            Some(until) if Instant::now() < until => false,
            Some(_) => {
                state.open_until = Some(Instant::now() + TRY);
                true
            }
        }
    }

    /// Says whether Redis answered last.
    pub(crate) fn is_closed(&self) -> bool {
        self.lock().open_until.is_none()
    }

    /// Notes an answer. Tells whether that closed the breaker.
    pub(crate) fn succeeded(&self) -> bool {
        let mut state = self.lock();
        state.failures = 0;
        state.open_until.take().is_some()
    }

    /// Notes a failure. Tells whether it opened a closed breaker.
    pub(crate) fn failed(&self) -> bool {
        let mut state = self.lock();
        state.failures = state.failures.saturating_add(1);
        let was_closed = state.open_until.is_none();
        if was_closed && state.failures < FAILURES_MAX {
            return false;
        }
        state.open_until = Some(Instant::now() + OPEN);
        was_closed
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

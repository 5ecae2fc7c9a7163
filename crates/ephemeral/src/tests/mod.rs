//! What must hold over a real Redis, and without it.

mod away;
mod cache;
mod fanout;
mod lease;
mod limit;
mod server;
mod settings;

use std::time::Duration;

use clock::Clock;

use crate::{Redis, Settings, handle::Limits};

/// Waits longer than in production, so that a busy machine does not look like a Redis that is away.
const UNHURRIED: Limits = Limits { quick: Duration::from_secs(10), patient: Duration::from_secs(10) };

/// Gives the test server's Redis and a clock that stands still.
fn redis() -> (Redis, Clock) {
    testkit::trace();
    let clock = Clock::manual(Clock::system().now());
    (Redis::connect_within(&Settings::at(testkit::redis_url()), clock.clone(), UNHURRIED), clock)
}

/// Gives a name that no other test uses.
fn name() -> String {
    Clock::system().code(12)
}

/// Waits until something holds, for ten seconds at most.
async fn until<F: Future<Output = bool>>(claim: impl Fn() -> F) {
    let tries = async {
        while !claim().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), tries).await.expect("it never came true");
}

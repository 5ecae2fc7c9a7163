//! What tests need: a database, a Redis, a port and a log of their own. For tests only.
//!
//! The servers come from `TEST_DATABASE_URL` and `TEST_REDIS_URL`; a test without them fails and says so. Nothing
//! of a subject lives here. The rule not to be broken: no test sees what another one wrote.
#![expect(clippy::panic, reason = "a test that cannot be set up ends at once")]

mod database;
mod proxy;
mod redis_index;

use std::{
    net::TcpListener,
    sync::{
        Once,
        atomic::{AtomicU32, Ordering},
    },
};

use tracing_subscriber::EnvFilter;

pub use crate::{
    database::{TestDb, database},
    proxy::{Proxy, proxy},
    redis_index::{redis_behind_proxy, redis_url},
};

/// Below what systems give to outgoing connections, so that none of them takes a port before its listener does.
const PORTS: std::ops::Range<u32> = 20_000..32_000;
/// Spreads processes that run side by side.
const PROCESS_STRIDE: u32 = 1_009;

/// Finds a port of the loopback address on which nobody listens at the moment; another one with each call.
pub fn free_port() -> u16 {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let count = PORTS.end - PORTS.start;
    for _ in 0..count {
        let call = CALLS.fetch_add(1, Ordering::Relaxed);
        let place = std::process::id().wrapping_mul(PROCESS_STRIDE).wrapping_add(call) % count;
        let port = u16::try_from(PORTS.start + place).unwrap_or_default();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    let listener = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    match listener {
        Ok(address) => address.port(),
        Err(error) => panic!("no free port: {error}"),
    }
}

/// Sends logs to the test's output, which is shown when it fails. `RUST_LOG` filters, `warn` by default.
pub fn trace() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
        let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
    });
}

/// Reads the address of a test server.
#[expect(clippy::disallowed_methods, reason = "tests have no settings; scripts/test sets these two")]
fn server(name: &str) -> String {
    match std::env::var(name) {
        Ok(url) if !url.is_empty() => url,
        _ => panic!("{name} is not set: run the tests by scripts/test, or give the address of a test server"),
    }
}

#[cfg(test)]
mod tests;

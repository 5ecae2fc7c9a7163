//! The wallet service in sentences, over its real door or its operations, and a real database.
//!
//! `scripts/test` runs the tests of many operations (`model`, `load`, `again`, `gone`) small; at their full size, with
//! `DORMPAY_TEST_SCALE=full cargo test -p wallet`, see `scale`.

mod access;
mod again;
mod bad_input;
mod balances;
mod bank;
mod checking;
mod crowd;
mod door;
mod doubt;
mod gone;
mod holds;
mod life;
mod linked;
mod load;
mod model;
mod people;
mod posting;
mod premises;
mod regressions;
mod rights;
mod scale;
mod schedule;
mod statements;

use chrono::{DateTime, Utc};
use chrono_tz::Asia::Shanghai;
use clock::Clock;
use host::{Peer, testing::Served};
use identity::testing::Keys;
use testkit::TestDb;

use crate::{MIGRATIONS, domain::Limits, password_key::PasswordKey, settings::Own};
use money::Minor;

/// A served wallet with everything a test turns.
struct Stage {
    test_db: TestDb,
    clock: Clock,
    served: Served,
}

fn noon() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// The settings that are the wallet's own; the user service is at `user_url`, Redis at `redis_url`.
fn own(user_url: &str, redis_url: &str) -> Own {
    Own {
        zone: Shanghai,
        user_url: user_url.to_owned(),
        redis: ephemeral::Settings::at(redis_url),
        limits: Limits {
            each: Minor::new(5_000_000),
            day: Minor::new(20_000_000),
            small_each: Minor::new(20_000),
            small_day: Minor::new(100_000),
        },
        password_key: Some(PasswordKey::of_test()),
    }
}

/// As [`own`], without the user service and Redis: nobody listens there.
fn own_alone() -> Own {
    own("http://127.0.0.1:9", "redis://127.0.0.1:9/")
}

async fn stage() -> Stage {
    testkit::trace();
    let test_db = testkit::database(&MIGRATIONS).await;
    let clock = Clock::manual(noon());
    let keys = Keys::new(&clock);
    let host = host::testing::host(Peer::Wallet, &test_db.url, &keys, clock.clone()).await.unwrap();
    let served = Served::start(crate::open(host, &own_alone()).await.unwrap(), keys);
    Stage { test_db, clock, served }
}

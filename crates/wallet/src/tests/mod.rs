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
mod found;
mod gone;
mod holds;
mod life;
mod linked;
mod load;
mod model;
mod posting;
mod premises;
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

use crate::{MIGRATIONS, Settings};

/// A served wallet with everything a test turns.
struct Stage {
    test_db: TestDb,
    clock: Clock,
    served: Served,
}

fn noon() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

async fn stage() -> Stage {
    testkit::trace();
    let test_db = testkit::database(&MIGRATIONS).await;
    let clock = Clock::manual(noon());
    let keys = Keys::new(&clock);
    let host = host::testing::host(Peer::Wallet, &test_db.url, &keys, clock.clone()).await.unwrap();
    let settings =
        Settings { host: host::testing::settings(Peer::Wallet, &test_db.url, &keys), zone: Shanghai };
    let served = Served::start(crate::open(host, &settings).await.unwrap(), keys);
    Stage { test_db, clock, served }
}

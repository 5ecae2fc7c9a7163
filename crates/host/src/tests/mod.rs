//! How a service lives, over real sockets and a real database.

mod door;
mod keys;
mod life;
mod page;
mod reading;

use chrono::{DateTime, Utc};
use clock::Clock;
use fault::Fault;
use identity::{Allow, Table, testing::Keys};
use testkit::TestDb;

use crate::{Door, Host, Peer, testing::Served};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../durable/migrations");

const TABLE: Table = &[("/dormpay.audit.v1.AuditService/ListEntries", Allow::Admin)];

fn door() -> Door {
    Door::new(TABLE)
}

fn noon() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// A host over a fresh database, with throw-away keys and a clock that stands still.
async fn host(test_db: &TestDb) -> (Host, Keys, Clock) {
    testkit::trace();
    let clock = Clock::manual(noon());
    let keys = Keys::new(&clock);
    let host = crate::testing::host(Peer::Risk, &test_db.url, &keys, clock.clone()).await.unwrap();
    (host, keys, clock)
}

/// A service that has nothing but what every service has.
async fn served(test_db: &TestDb) -> (Served, Clock) {
    let (host, keys, clock) = host(test_db).await;
    let open = host.open(door()).await.unwrap();
    (Served::start(open, keys), clock)
}

async fn ended(served: Served) -> Result<(), Fault> {
    served.stop();
    served.ended.await.unwrap()
}

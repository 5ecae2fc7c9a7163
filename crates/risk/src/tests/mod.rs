//! The risk service in sentences, over its real door and a real database.

mod access;
mod entries;
mod life;
mod repeats;
mod schedule;

use chrono::{DateTime, Utc};
use chrono_tz::Asia::Shanghai;
use clock::Clock;
use fault::Fault;
use host::{
    Peer,
    testing::{Served, Visitor},
};
use identity::testing::Keys;
use proto::{
    audit::v1::audit_service_client::AuditServiceClient,
    risk::v1::{
        DeleteEntryRequest, Entry, ListEntriesRequest, ListKind, PutEntryRequest,
        risk_service_client::RiskServiceClient,
    },
};
use testkit::TestDb;

use crate::{MIGRATIONS, Settings};

/// A served risk service with everything a test turns.
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
    let host = host::testing::host(Peer::Risk, &test_db.url, &keys, clock.clone()).await.unwrap();
    let settings =
        Settings { host: host::testing::settings(Peer::Risk, &test_db.url, &keys), zone: Shanghai };
    let served = Served::start(crate::open(host, &settings).await.unwrap(), keys);
    Stage { test_db, clock, served }
}

/// Puts a user on a list as administrator 1.
async fn put(visitor: &Visitor, user_id: i64, kind: ListKind, reason: &str) -> Result<Entry, Fault> {
    let request = PutEntryRequest { user_id, kind: kind.into(), reason: reason.to_owned() };
    let reply = RiskServiceClient::new(visitor.line()).put_entry(request).await?.into_inner();
    Ok(reply.entry.unwrap())
}

async fn delete(visitor: &Visitor, user_id: i64, kind: ListKind) -> Result<(), Fault> {
    let request = DeleteEntryRequest { user_id, kind: kind.into() };
    RiskServiceClient::new(visitor.line()).delete_entry(request).await?;
    Ok(())
}

/// Lists the ids on a list.
async fn ids(visitor: &Visitor, kind: ListKind) -> Vec<i64> {
    let request = ListEntriesRequest { kind: kind.into(), ..ListEntriesRequest::default() };
    let reply = RiskServiceClient::new(visitor.line()).list_entries(request).await.unwrap();
    reply.into_inner().entries.into_iter().map(|entry| entry.user_id).collect()
}

/// Reads the audit trail, newest first: action, subject, before, after.
async fn trail(visitor: &Visitor) -> Vec<[String; 4]> {
    let request = proto::audit::v1::ListEntriesRequest { limit: 100, ..Default::default() };
    let reply = AuditServiceClient::new(visitor.line()).list_entries(request).await.unwrap();
    let rows = reply.into_inner().entries.into_iter();
    rows.map(|row| [row.action, row.subject, row.before_json, row.after_json]).collect()
}

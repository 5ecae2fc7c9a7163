//! What every service answers at its door.

use std::time::Duration;

use durable::audit::{self, Actor, Entry};
use fault::Code;
use prost_types::Timestamp;
use proto::audit::v1::{ListEntriesRequest, audit_service_client::AuditServiceClient};
use tokio::time::timeout;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use super::{MIGRATIONS, TABLE, door, host, served};
use crate::{Call, testing::Served};

fn asked(limit: i32) -> ListEntriesRequest {
    ListEntriesRequest { limit, ..ListEntriesRequest::default() }
}

#[tokio::test]
async fn the_access_table_holds_for_every_proof() {
    let test_db = testkit::database(&MIGRATIONS).await;
    let (served, clock) = served(&test_db).await;
    assert_eq!(served.access_breaches(TABLE, &clock).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_breach_of_the_access_table_is_seen() {
    let test_db = testkit::database(&MIGRATIONS).await;
    let (served, clock) = served(&test_db).await;
    let other: identity::Table = &[("/dormpay.audit.v1.AuditService/ListEntries", identity::Allow::User)];
    assert_eq!(
        served.access_breaches(other, &clock).await.len(),
        1,
        "a user is not let in by the true table"
    );
}

#[tokio::test]
async fn health_needs_no_proof_and_names_every_service() {
    let test_db = testkit::database(&MIGRATIONS).await;
    let (served, _clock) = served(&test_db).await;
    let mut health = HealthClient::new(served.nobody().line());
    for service in ["", "dormpay.audit.v1.AuditService"] {
        let asked = HealthCheckRequest { service: service.to_owned() };
        let mut news = health.watch(asked).await.unwrap().into_inner();
        let serving =
            async { while news.message().await.unwrap().unwrap().status() != ServingStatus::Serving {} };
        timeout(Duration::from_secs(5), serving).await.unwrap();
    }
}

#[tokio::test]
async fn an_administrator_reads_the_audit_trail_newest_first() {
    let test_db = testkit::database(&MIGRATIONS).await;
    let (host, keys, _clock) = host(&test_db).await;
    let db = host.db().clone();
    let served = Served::start(host.open(door()).await.unwrap(), keys);
    for (actor, subject) in
        [(Actor::User(7), "a:1"), (Actor::Service("bill".to_owned()), "a:2"), (Actor::System, "a:3")]
    {
        let call = Call::default();
        let mut tx = db.begin().await.unwrap();
        let entry = call.audit("a.made", subject.to_owned(), (None, Some(serde_json::json!({ "n": 1 }))));
        audit::append(&mut tx, Entry { actor, ..entry }).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut client = AuditServiceClient::new(served.admin(1).line());
    let all = client.list_entries(asked(10)).await.unwrap().into_inner().entries;
    let shown: Vec<_> = all.iter().map(|entry| (entry.actor.as_str(), entry.subject.as_str())).collect();
    assert_eq!(shown, [("system", "a:3"), ("service:bill", "a:2"), ("user:7", "a:1")]);
    assert_eq!((all[0].service.as_str(), all[0].after_json.as_str()), ("risk", r#"{"n":1}"#));
    let his = ListEntriesRequest { actor_user_id: 7, ..asked(10) };
    assert_eq!(client.list_entries(his).await.unwrap().into_inner().entries.len(), 1);
}

#[tokio::test]
async fn a_wrong_limit_or_instant_of_the_audit_trail_is_refused_by_name() {
    let test_db = testkit::database(&MIGRATIONS).await;
    let (served, _clock) = served(&test_db).await;
    let mut client = AuditServiceClient::new(served.admin(1).line());
    let never = ListEntriesRequest { before: Some(Timestamp { seconds: i64::MAX, nanos: -1 }), ..asked(1) };
    for (request, field) in [(asked(0), "limit"), (asked(101), "limit"), (never, "before")] {
        let fault: fault::Fault = client.list_entries(request).await.unwrap_err().into();
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some(field)));
    }
}

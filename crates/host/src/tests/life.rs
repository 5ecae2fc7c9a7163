//! Starting without a database, and ending in order.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use clock::Clock;
use durable::outbox::{self, Job, Relay};
use fault::Code;
use identity::{
    Liveness,
    testing::{AllLive, Keys},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Notify,
    time::timeout,
};

use super::{MIGRATIONS, door, ended, host, noon, served};
use crate::{Host, Peer, testing::Served};

#[tokio::test]
async fn a_service_without_its_database_lives_and_says_that_it_is_not_ready() {
    let nowhere = format!("postgres://postgres@127.0.0.1:{}/none", testkit::free_port());
    let (served, operations) = with_operations(&nowhere).await;
    let fault = served.admin(1).knock("/dormpay.audit.v1.AuditService/ListEntries").await.unwrap_err();
    assert_eq!(fault.code(), Code::ValidationError, "what needs no database is answered");
    assert!(get(operations, "/health/live").await.starts_with("HTTP/1.1 200"));
    assert!(get(operations, "/health/ready").await.starts_with("HTTP/1.1 503"));
}

#[tokio::test]
async fn a_service_that_is_told_to_stop_ends_well() {
    let test_db = testkit::database(&MIGRATIONS).await;
    let (served, _clock) = served(&test_db).await;
    let outcome = timeout(Duration::from_secs(10), ended(served)).await.unwrap();
    assert_eq!(outcome, Ok(()));
}

#[tokio::test]
async fn the_relay_outlives_the_door_and_the_workers() {
    let test_db = testkit::database(&MIGRATIONS).await;
    let (host, keys, _clock) = host(&test_db).await;
    let (order, db) = (Arc::new(Mutex::new(Vec::new())), host.db().clone());
    let (worker_order, relay_order) = (Arc::clone(&order), Arc::clone(&order));
    let delivered = Arc::new(Notify::new());
    let heard = Arc::clone(&delivered);
    let relay = Relay::new(db.clone()).on("late", move |_job| {
        relay_order.lock().unwrap().push("delivered");
        heard.notify_one();
        async { Ok(()) }
    });
    let host = host.relay(relay).worker("writer", |stop| async move {
        stop.cancelled().await;
        let mut tx = db.begin().await.unwrap();
        let job = Job { queue: "q", order_key: 1, kind: "late", payload: Vec::new(), delay: Duration::ZERO };
        outbox::append(&mut tx, job).await.unwrap();
        worker_order.lock().unwrap().push("written");
        tx.commit().await.unwrap();
        // The door is still closing while this worker runs.
        timeout(Duration::from_secs(5), delivered.notified()).await.unwrap();
    });
    let served = Served::start(host.open(door()).await.unwrap(), keys);
    assert_eq!(ended(served).await, Ok(()));
    assert_eq!(*order.lock().unwrap(), ["written", "delivered"]);
}

#[tokio::test]
async fn a_worker_that_ends_by_itself_ends_the_service_with_a_fault() {
    let test_db = testkit::database(&MIGRATIONS).await;
    let (host, keys, _clock) = host(&test_db).await;
    let host = host.worker("short one", |_stop| async {});
    let served = Served::start(host.open(door()).await.unwrap(), keys);
    let fault = timeout(Duration::from_secs(10), served.ended).await.unwrap().unwrap().unwrap_err();
    assert_eq!(fault.internal_context(), Some("the short one ended by itself"));
}

#[tokio::test]
async fn an_address_that_is_taken_stops_the_start() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clock = Clock::manual(noon());
    let keys = Keys::new(&clock);
    let mut settings = crate::testing::settings(Peer::Risk, "postgres://postgres@127.0.0.1:9/none", &keys);
    settings.grpc_addr = taken.local_addr().unwrap();
    let host = Host::prepare(settings, clock).await.unwrap();
    let fault = host.open(door()).await.unwrap_err();
    assert!(fault.internal_context().unwrap().contains("cannot be listened on"), "{fault:?}");
}

#[tokio::test]
async fn the_operations_listener_tells_whether_the_service_is_ready() {
    let test_db = testkit::database(&MIGRATIONS).await;
    let (_served, operations) = with_operations(&test_db.url).await;
    let answer = get(operations, "/health/ready").await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains(r#""name":"postgres","ok":true"#),
        "{answer}"
    );
}

async fn with_operations(database_url: &str) -> (Served, SocketAddr) {
    let clock = Clock::manual(noon());
    let keys = Keys::new(&clock);
    let mut settings = crate::testing::settings(Peer::Risk, database_url, &keys);
    settings.operations_addr = Some(([127, 0, 0, 1], 0).into());
    let host = Host::prepare(settings, clock).await.unwrap().sessions(Liveness::local(AllLive));
    let open = host.open(door()).await.unwrap();
    let address = open.operations_address().unwrap();
    (Served::start(open, keys), address)
}

async fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

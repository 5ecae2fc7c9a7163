//! Leases.

use std::time::Duration;

use chrono::Duration as Span;
use redis::AsyncCommands as _;
use tokio::time::Instant;

use super::{name, redis, server::Server, until};

const HOLD: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_lease_that_somebody_has_is_not_got() {
    let (redis, _) = redis();
    let name = name();
    let first = redis.lease(&name, HOLD, Duration::ZERO).await;
    let second = redis.lease(&name, HOLD, Duration::ZERO).await;
    assert!(first.acquired && !second.acquired);
    assert_eq!(second.fencing, None);
}

#[tokio::test]
async fn fencing_numbers_grow_even_while_the_clock_stands_still() {
    let (redis, _) = redis();
    let name = name();
    let mut numbers = Vec::new();
    for _ in 0..20 {
        let lease = redis.lease(&name, HOLD, Duration::ZERO).await;
        numbers.push(lease.fencing.expect("nobody else has it"));
        lease.release().await;
    }
    assert!(numbers.is_sorted_by(|earlier, later| earlier < later), "{numbers:?}");
}

#[tokio::test]
async fn fencing_numbers_grow_even_after_redis_has_lost_everything() {
    let mut server = Server::start();
    let redis = server.connect();
    let before = redis.lease("all", HOLD, Duration::ZERO).await.fencing.unwrap();
    server.kill();
    server.start_again();
    until(|| redis.health()).await;
    let after = redis.lease("all", HOLD, Duration::ZERO).await.fencing.unwrap();
    assert!(after > before, "{after} after {before}");
}

#[tokio::test]
async fn fencing_numbers_grow_even_when_the_clock_is_set_back() {
    let (redis, clock) = redis();
    let name = name();
    let first = redis.lease(&name, HOLD, Duration::ZERO).await;
    let before = first.fencing;
    first.release().await;
    clock.advance(Span::hours(-1));
    assert!(redis.lease(&name, HOLD, Duration::ZERO).await.fencing > before);
}

#[tokio::test]
async fn of_many_at_once_one_gets_the_lease() {
    let (redis, _) = redis();
    let name = name();
    let leases = futures::future::join_all((0..20).map(|_| redis.lease(&name, HOLD, Duration::ZERO))).await;
    assert_eq!(leases.iter().filter(|lease| lease.acquired).count(), 1);
}

#[tokio::test]
async fn who_waits_gets_the_lease_when_it_is_given_back() {
    let (redis, _) = redis();
    let name = name();
    let first = redis.lease(&name, HOLD, Duration::ZERO).await;
    let waiting = tokio::spawn({
        let (redis, name) = (redis.clone(), name.clone());
        async move { redis.lease(&name, HOLD, Duration::from_secs(20)).await.acquired }
    });
    tokio::task::yield_now().await;
    first.release().await;
    assert!(waiting.await.unwrap());
}

#[tokio::test]
async fn the_wait_ends_in_time() {
    let (redis, _) = redis();
    let name = name();
    let _first = redis.lease(&name, HOLD, Duration::ZERO).await;
    let started = Instant::now();
    let second = redis.lease(&name, HOLD, Duration::from_millis(300)).await;
    assert!(!second.acquired);
    assert!(started.elapsed() >= Duration::from_millis(100), "{:?}", started.elapsed());
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_dropped_lease_is_given_back() {
    let (redis, _) = redis();
    let name = name();
    drop(redis.lease(&name, HOLD, Duration::ZERO).await);
    until(|| async { redis.lease(&name, HOLD, Duration::ZERO).await.acquired }).await;
}

#[tokio::test]
async fn who_gave_up_asking_leaves_no_lease_behind() {
    let (redis, _) = redis();
    let name = name();
    for delay_ms in 0..20 {
        let asking = redis.lease(&name, HOLD, Duration::from_secs(1));
        let _ = tokio::time::timeout(Duration::from_micros(delay_ms * 100), asking).await;
    }
    until(|| async { redis.lease(&name, HOLD, Duration::ZERO).await.acquired }).await;
}

#[tokio::test]
async fn a_holder_that_is_too_late_takes_nothing_from_the_next_one() {
    let (redis, _) = redis();
    let name = name();
    let first = redis.lease(&name, Duration::from_millis(1), Duration::ZERO).await;
    let second = redis.lease(&name, HOLD, Duration::from_secs(10)).await;
    assert!(second.acquired);
    assert!(!first.renew(HOLD).await);
    first.release().await;
    assert!(second.renew(HOLD).await);
}

#[tokio::test]
async fn a_renewed_lease_lives_longer() {
    let (redis, _) = redis();
    let name = name();
    let lease = redis.lease(&name, HOLD, Duration::ZERO).await;
    assert!(lease.renew(HOLD * 10).await);
    let life: i64 = redis.link().unwrap().manager().pttl(format!("dormpay:lease:{{{name}}}")).await.unwrap();
    assert!(life > 30_000, "{life}");
}

#[tokio::test]
async fn holder_and_number_run_out() {
    let (redis, _) = redis();
    let name = name();
    let _lease = redis.lease(&name, HOLD, Duration::ZERO).await;
    let mut conn = redis.link().unwrap().manager();
    for key in [format!("dormpay:lease:{{{name}}}"), format!("dormpay:lease:{{{name}}}:number")] {
        let life: i64 = conn.pttl(&key).await.unwrap();
        assert!(life > 0, "{key}: {life}");
    }
}

//! Redis away, silent, or back again.

use std::time::Duration;

use clock::Clock;
use tokio::time::Instant;

use super::{server::Server, until};
use crate::{Limiter, Redis, Settings, VersionedCache};

const HOLD: Duration = Duration::from_secs(30);

/// Gives a handle to a port on which nobody listens.
fn nowhere() -> Redis {
    testkit::trace();
    let url = format!("redis://127.0.0.1:{}/", testkit::free_port());
    Redis::connect(&Settings::at(url), Clock::system())
}

fn cache(redis: &Redis) -> VersionedCache {
    VersionedCache::new(redis.clone(), "test", Duration::from_mins(1))
}

/// Asks until the breaker is open.
async fn notice(redis: &Redis) {
    until(|| async {
        cache(redis).get::<i32>(1).await;
        !redis.available()
    })
    .await;
}

#[tokio::test]
async fn without_redis_from_the_start_everything_goes_on() {
    let redis = nowhere();
    let lease = redis.lease("payment", HOLD, HOLD).await;
    assert_eq!((lease.acquired, lease.fencing), (false, None));
    assert!(!cache(&redis).put(1, 1, &1).await);
    assert_eq!(cache(&redis).get::<i32>(1).await, None);
    assert_eq!(redis.publish("news", "x").await.unwrap_err().code(), fault::Code::ServiceUnavailable);
    assert!(!redis.health().await);
    assert!(!redis.available());
}

#[tokio::test]
async fn without_redis_the_limit_is_counted_here() {
    let limiter = Limiter::new(nowhere(), 10, 10);
    let decisions = futures::future::join_all((0..15).map(|_| limiter.check("7"))).await;
    assert_eq!(decisions.iter().filter(|decision| decision.allowed).count(), 10);
    let refused = limiter.check("7").await;
    assert_eq!(
        (refused.limit, refused.remaining, refused.reset_seconds, refused.retry_after),
        (10, 0, 60, 6)
    );
    assert!(limiter.check("8").await.allowed);
}

#[tokio::test]
async fn an_address_that_makes_no_sense_is_redis_away() {
    let redis = Redis::connect(&Settings::at("nonsense"), Clock::system());
    assert!(!redis.available() && !redis.health().await);
    assert!(Limiter::new(redis.clone(), 10, 10).check("7").await.allowed);
    assert!(!redis.lease("payment", HOLD, HOLD).await.acquired);
}

#[tokio::test]
async fn once_redis_counts_as_away_nobody_waits_for_it() {
    let redis = nowhere();
    notice(&redis).await;
    let started = Instant::now();
    for key in 0..1_000 {
        cache(&redis).get::<i32>(key).await;
    }
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_silent_redis_holds_up_a_few_commands_and_then_none() {
    let server = Server::start();
    let proxy = testkit::proxy(server.url().trim_start_matches("redis://").trim_end_matches('/')).await;
    let url = format!("redis://127.0.0.1:{}/", proxy.port());
    let redis = Redis::connect(&Settings::at(url), Clock::system());
    until(|| redis.health()).await;
    proxy.freeze(true);
    let started = Instant::now();
    for key in 0..100 {
        assert_eq!(cache(&redis).get::<i32>(key).await, None);
    }
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    proxy.freeze(false);
    until(|| async { cache(&redis).put(1, 1, &1).await }).await;
    assert!(redis.available());
}

#[tokio::test]
async fn after_a_restart_everything_works_again_by_itself() {
    let mut server = Server::start();
    let redis = server.connect();
    assert!(cache(&redis).put(1, 9, &"before").await);
    server.kill();
    notice(&redis).await;
    server.start_again();
    until(|| async { cache(&redis).put(1, 1, &"after").await }).await;
    assert!(redis.available());
    assert_eq!(cache(&redis).get(1).await, Some((1, "after".to_owned())));
    assert!(redis.lease("payment", HOLD, Duration::ZERO).await.acquired);
    assert_eq!(Limiter::new(redis.clone(), 100, 100).check("7").await.remaining, 99);
}

#[tokio::test]
async fn a_redis_that_comes_later_is_found() {
    let mut server = Server::start();
    server.kill();
    let redis = server.connect();
    assert!(!redis.health().await);
    server.start_again();
    until(|| redis.health()).await;
    assert!(redis.available());
}

#[tokio::test]
async fn a_short_restart_that_nobody_noticed_costs_a_few_commands_at_most() {
    let mut server = Server::start();
    let redis = server.connect();
    assert!(cache(&redis).put(1, 1, &1).await);
    server.kill();
    server.start_again();
    let mut lost = 0;
    for key in 2..10 {
        lost += u32::from(!cache(&redis).put(key, 1, &1).await);
    }
    assert!(lost <= 2, "{lost}");
}

#[tokio::test]
async fn a_full_redis_refuses_and_is_not_away() {
    let server = Server::start();
    let redis = server.connect();
    assert!(redis.health().await);
    let mut conn = redis.link().unwrap().manager();
    redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg("1").exec_async(&mut conn).await.unwrap();
    for key in 0..10 {
        assert!(!cache(&redis).put(key, 1, &1).await);
    }
    assert!(redis.available());
    assert!(Limiter::new(redis.clone(), 10, 10).check("7").await.allowed);
}

#[tokio::test]
async fn a_replica_after_a_failover_counts_as_away() {
    let server = Server::start();
    let redis = server.connect();
    let mut conn = redis.link().unwrap().manager();
    let elsewhere = testkit::free_port();
    redis::cmd("REPLICAOF").arg("127.0.0.1").arg(elsewhere).exec_async(&mut conn).await.unwrap();
    until(|| async {
        cache(&redis).put(1, 1, &1).await;
        !redis.available()
    })
    .await;
}

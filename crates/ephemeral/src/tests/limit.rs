//! The limit on how often somebody may ask.

use chrono::Duration;
use futures::future::join_all;
use redis::AsyncCommands as _;

use super::{name, redis};
use crate::{Decision, Limiter};

async fn use_up(limiter: &Limiter, key: &str, count: usize) -> Vec<Decision> {
    join_all((0..count).map(|_| limiter.check(key))).await
}

#[tokio::test]
async fn of_120_requests_at_once_exactly_100_are_allowed() {
    let (redis, _) = redis();
    let limiter = Limiter::new(redis, 100, 100);
    let decisions = use_up(&limiter, &name(), 120).await;
    assert_eq!(decisions.iter().filter(|decision| decision.allowed).count(), 100);
}

#[tokio::test]
async fn two_gateways_count_together() {
    let ((one, clock), (other, _)) = (redis(), redis());
    clock.advance(other.clock().now() - clock.now());
    let (one, other) = (Limiter::new(one, 100, 100), Limiter::new(other, 100, 100));
    let key = name();
    let (left, right) = tokio::join!(use_up(&one, &key, 60), use_up(&other, &key, 60));
    assert_eq!(left.iter().chain(&right).filter(|decision| decision.allowed).count(), 100);
}

#[tokio::test]
async fn the_first_request_tells_what_is_left_and_when_all_is_back() {
    let (redis, _) = redis();
    let decision = Limiter::new(redis, 100, 100).check(&name()).await;
    let expected = Decision { allowed: true, limit: 100, remaining: 99, reset_seconds: 1, retry_after: 0 };
    assert_eq!(decision, expected);
}

#[tokio::test]
async fn the_last_request_leaves_nothing_and_the_next_is_refused_for_free() {
    let (redis, _) = redis();
    let (limiter, key) = (Limiter::new(redis, 6, 6), name());
    use_up(&limiter, &key, 5).await;
    let last = limiter.check(&key).await;
    let refused = Decision { allowed: false, limit: 6, remaining: 0, reset_seconds: 60, retry_after: 10 };
    assert_eq!(last, Decision { allowed: true, ..refused });
    assert_eq!(use_up(&limiter, &key, 3).await, [refused; 3]);
}

#[tokio::test]
async fn the_allowance_comes_back_evenly() {
    let (redis, clock) = redis();
    let (limiter, key) = (Limiter::new(redis, 6, 6), name());
    use_up(&limiter, &key, 6).await;
    clock.advance(Duration::seconds(20));
    let allowed = use_up(&limiter, &key, 4).await;
    assert_eq!(allowed.iter().filter(|decision| decision.allowed).count(), 2);
    clock.advance(Duration::seconds(60));
    let allowed = use_up(&limiter, &key, 10).await;
    assert_eq!(allowed.iter().filter(|decision| decision.allowed).count(), 6);
}

#[tokio::test]
async fn a_clock_that_is_set_back_shuts_nobody_out_for_more_than_a_minute() {
    let (redis, clock) = redis();
    let (limiter, key) = (Limiter::new(redis, 6, 6), name());
    use_up(&limiter, &key, 6).await;
    clock.advance(Duration::hours(-5));
    let decision = limiter.check(&key).await;
    assert_eq!((decision.allowed, decision.retry_after, decision.reset_seconds), (false, 10, 60));
}

#[tokio::test]
async fn keys_do_not_touch_each_other() {
    let (redis, _) = redis();
    let limiter = Limiter::new(redis, 1, 1);
    let (one, other) = (limiter.check(&name()).await, limiter.check(&name()).await);
    assert!(one.allowed && other.allowed);
}

#[tokio::test]
async fn another_rate_is_counted_by_itself() {
    let (redis, _) = redis();
    let (limiter, key) = (Limiter::new(redis, 100, 100), name());
    limiter.check(&key).await;
    let decisions = [
        limiter.check_with(&key, 2).await,
        limiter.check_with(&key, 2).await,
        limiter.check_with(&key, 2).await,
    ];
    assert_eq!(
        decisions.map(|decision| (decision.allowed, decision.limit)),
        [(true, 2), (true, 2), (false, 2)]
    );
}

#[tokio::test]
async fn every_count_runs_out() {
    let (redis, _) = redis();
    let (limiter, key) = (Limiter::new(redis.clone(), 100, 100), name());
    limiter.check(&key).await;
    let mut conn = redis.link().unwrap().manager();
    let life: i64 = conn.pttl(format!("dormpay:limit:100:100:{key}")).await.unwrap();
    assert!((1..=60_000).contains(&life), "{life}");
}

//! The versioned cache.

use std::time::Duration;

use redis::AsyncCommands as _;

use super::{name, redis};
use crate::{Redis, VersionedCache};

const TTL: Duration = Duration::from_mins(1);

fn cache(redis: &Redis) -> VersionedCache {
    VersionedCache::new(redis.clone(), "test", TTL)
}

#[tokio::test]
async fn what_is_put_is_found_with_its_version() {
    let (redis, _) = redis();
    let key = name();
    assert_eq!(cache(&redis).get::<String>(&key).await, None);
    assert!(cache(&redis).put(&key, 3, &"three").await);
    assert_eq!(cache(&redis).get(&key).await, Some((3, "three".to_owned())));
}

#[tokio::test]
async fn an_older_version_that_arrives_late_is_not_kept() {
    let (redis, _) = redis();
    let key = name();
    assert!(cache(&redis).put(&key, 10, &"ten").await);
    assert!(!cache(&redis).put(&key, 9, &"nine").await);
    assert!(!cache(&redis).put(&key, 10, &"another ten").await);
    assert_eq!(cache(&redis).get(&key).await, Some((10, "ten".to_owned())));
}

#[tokio::test]
async fn versions_are_compared_as_numbers_up_to_the_largest() {
    let (redis, _) = redis();
    let key = name();
    for version in [0, 9, 10, 1 << 53, (1 << 53) + 1, i64::MAX] {
        assert!(cache(&redis).put(&key, version, &version).await, "{version}");
    }
    assert!(!cache(&redis).put(&key, i64::MAX - 1, &0).await);
    assert_eq!(cache(&redis).get(&key).await, Some((i64::MAX, i64::MAX)));
}

#[tokio::test]
async fn a_negative_version_is_never_kept() {
    let (redis, _) = redis();
    let key = name();
    assert!(!cache(&redis).put(&key, -1, &1).await);
    assert_eq!(cache(&redis).get::<i32>(&key).await, None);
}

#[tokio::test]
async fn of_many_writers_at_once_the_newest_version_stays() {
    let (redis, _) = redis();
    let key = name();
    let puts = (1..=50).rev().chain(1..=50).map(|version| {
        let (cache, key) = (cache(&redis), key.clone());
        async move { cache.put(key, version, &version).await }
    });
    futures::future::join_all(puts).await;
    assert_eq!(cache(&redis).get(&key).await, Some((50, 50)));
}

#[tokio::test]
async fn a_tombstone_forgets_its_own_version_and_keeps_older_ones_out() {
    let (redis, _) = redis();
    let key = name();
    assert!(cache(&redis).put(&key, 5, &"five").await);
    assert!(cache(&redis).tombstone(&key, 5).await);
    assert!(!cache(&redis).put(&key, 5, &"five").await);
    assert!(!cache(&redis).put(&key, 4, &"four").await);
    assert_eq!(cache(&redis).get::<String>(&key).await, None);
}

#[tokio::test]
async fn after_a_tombstone_a_newer_version_lives() {
    let (redis, _) = redis();
    let key = name();
    assert!(cache(&redis).tombstone(&key, 5).await);
    assert!(cache(&redis).put(&key, 6, &"six").await);
    assert!(!cache(&redis).tombstone(&key, 5).await);
    assert_eq!(cache(&redis).get(&key).await, Some((6, "six".to_owned())));
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_counts_as_none() {
    let (redis, _) = redis();
    let key = name();
    assert!(cache(&redis).put(&key, 1, &"a text").await);
    assert_eq!(cache(&redis).get::<i64>(&key).await, None);
}

#[tokio::test]
async fn every_entry_runs_out() {
    let (redis, _) = redis();
    let (value, tombstone) = (name(), name());
    cache(&redis).put(&value, 1, &1).await;
    cache(&redis).tombstone(&tombstone, 1).await;
    let mut conn = redis.link().unwrap().manager();
    for key in [value, tombstone] {
        let life: i64 = conn.pttl(format!("dormpay:cache:test:{key}")).await.unwrap();
        assert!((1..=60_000).contains(&life), "{life}");
    }
}

#[tokio::test]
async fn a_refresh_replaces_older_copies_and_makes_none() {
    let (redis, _) = redis();
    let (old, new, absent) = (name(), name(), name());
    cache(&redis).put(&old, 9, &"nine").await;
    cache(&redis).put(&new, 11, &"eleven").await;
    let ten = "ten";
    cache(&redis).refresh([(&old, 10, &ten), (&new, 10, &ten), (&absent, 10, &ten)]).await;
    assert_eq!(cache(&redis).get(&old).await, Some((10, "ten".to_owned())));
    assert_eq!(cache(&redis).get(&new).await, Some((11, "eleven".to_owned())));
    assert_eq!(cache(&redis).get::<String>(&absent).await, None);
    cache(&redis).refresh(Vec::<(&str, i64, &i32)>::new()).await;
}

#[tokio::test]
async fn a_refreshed_copy_lives_no_longer_and_a_tombstone_of_its_version_no_shorter() {
    let (redis, _) = redis();
    let key = name();
    let short = VersionedCache::new(redis.clone(), "test", Duration::from_millis(300));
    short.put(&key, 1, &1).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    short.refresh([(&key, 2, &2)]).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(short.get::<i32>(&key).await, None);
    let key = name();
    cache(&redis).tombstone(&key, 5).await;
    cache(&redis).refresh([(&key, 5, &5)]).await;
    assert_eq!(cache(&redis).get::<i32>(&key).await, None);
}

#[tokio::test]
async fn asked_for_one_version_it_gives_no_other() {
    let (redis, _) = redis();
    let key = name();
    assert!(cache(&redis).put(&key, 5, &"five").await);
    assert_eq!(cache(&redis).get_at(&key, 5).await, Some("five".to_owned()));
    for version in [4, 6] {
        assert_eq!(cache(&redis).get_at::<String>(&key, version).await, None, "{version}");
    }
}

#[tokio::test]
async fn bytes_are_found_under_all_their_names_in_one_look() {
    let (redis, _) = redis();
    let (id, number, nobody) = (name(), name(), name());
    let both = [id.clone(), number.clone()];
    assert!(cache(&redis).put_bytes(&both, 3, b"three").await);
    let found = cache(&redis).get_bytes(&[number, nobody, id]).await;
    let three = Some((3, bytes::Bytes::from_static(b"three")));
    assert_eq!(found, [three.clone(), None, three]);
}

#[tokio::test]
async fn what_is_forgotten_is_forgotten_under_all_its_names() {
    let (redis, _) = redis();
    let both = [name(), name()];
    assert!(cache(&redis).put_bytes(&both, 3, b"three").await);
    assert!(cache(&redis).tombstones(&both, 3).await);
    assert_eq!(cache(&redis).get_bytes(&both).await, [None, None]);
    assert!(!cache(&redis).put_bytes(&both, 3, b"three, late").await);
    assert!(cache(&redis).put_bytes(&both, 4, b"four").await);
}

#[tokio::test]
async fn names_that_disagree_are_brought_together_by_the_newest_version() {
    let (redis, _) = redis();
    let (id, number) = (name(), name());
    assert!(cache(&redis).put_bytes(std::slice::from_ref(&id), 5, b"five").await);
    assert!(!cache(&redis).put_bytes(&[id.clone(), number.clone()], 4, b"four").await);
    assert!(cache(&redis).put_bytes(&[id.clone(), number.clone()], 6, b"six").await);
    let six = Some((6, bytes::Bytes::from_static(b"six")));
    assert_eq!(cache(&redis).get_bytes(&[id, number]).await, [six.clone(), six]);
}

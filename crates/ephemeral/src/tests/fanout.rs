//! Listening to news.

use std::time::Duration;

use clock::Clock;
use tokio::{sync::mpsc::Receiver, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{name, redis, server::Server, until};
use crate::{Event, Fanout, Redis, Settings};

async fn next(events: &mut Receiver<Event>) -> Event {
    timeout(Duration::from_secs(10), events.recv()).await.expect("an event in time").expect("an event")
}

fn message(channel: &str, payload: &'static str) -> Event {
    Event::Message { channel: channel.to_owned(), payload: payload.into() }
}

fn listen(redis: &Redis, pattern: &str) -> Receiver<Event> {
    Fanout::subscribe(redis, [pattern], CancellationToken::new())
}

#[tokio::test]
async fn news_arrive_in_order_under_the_names_of_their_channels() {
    let (redis, _) = redis();
    let room = name();
    let mut events = listen(&redis, &format!("{room}:*"));
    assert_eq!(next(&mut events).await, Event::Reconnected);
    redis.publish(&format!("{room}:7"), "one").await.unwrap();
    redis.publish(&format!("{room}:8"), "two").await.unwrap();
    redis.publish("elsewhere", "three").await.unwrap();
    redis.publish(&format!("{room}:7"), "four").await.unwrap();
    assert_eq!(next(&mut events).await, message(&format!("{room}:7"), "one"));
    assert_eq!(next(&mut events).await, message(&format!("{room}:8"), "two"));
    assert_eq!(next(&mut events).await, message(&format!("{room}:7"), "four"));
}

#[tokio::test]
async fn all_listeners_hear_the_same() {
    let (redis, _) = redis();
    let room = name();
    let mut listeners = [listen(&redis, &room), listen(&redis, &room)];
    for events in &mut listeners {
        assert_eq!(next(events).await, Event::Reconnected);
    }
    redis.publish(&room, "news").await.unwrap();
    for events in &mut listeners {
        assert_eq!(next(events).await, message(&room, "news"));
    }
}

#[tokio::test]
async fn after_a_restart_the_reader_is_told_and_hears_again() {
    let mut server = Server::start();
    let redis = server.connect();
    let mut events = listen(&redis, "room:*");
    assert_eq!(next(&mut events).await, Event::Reconnected);
    server.kill();
    server.start_again();
    assert_eq!(next(&mut events).await, Event::Reconnected);
    until(|| async { redis.publish("room:7", "after").await.is_ok() }).await;
    assert_eq!(next(&mut events).await, message("room:7", "after"));
}

#[tokio::test]
async fn a_subscription_that_falls_silent_is_made_again() {
    let server = Server::start();
    let proxy = testkit::proxy(server.url().trim_start_matches("redis://").trim_end_matches('/')).await;
    let url = format!("redis://127.0.0.1:{}/", proxy.port());
    let redis = Redis::connect(&Settings::at(url), Clock::system());
    let mut events = listen(&redis, "room:*");
    assert_eq!(next(&mut events).await, Event::Reconnected);
    proxy.freeze(true);
    tokio::time::sleep(Duration::from_millis(3_500)).await;
    proxy.freeze(false);
    assert_eq!(next(&mut events).await, Event::Reconnected);
}

#[tokio::test]
async fn a_redis_that_comes_later_is_listened_to() {
    let mut server = Server::start();
    server.kill();
    let redis = server.connect();
    let mut events = listen(&redis, "room:*");
    assert!(timeout(Duration::from_millis(100), events.recv()).await.is_err());
    server.start_again();
    assert_eq!(next(&mut events).await, Event::Reconnected);
}

#[tokio::test]
async fn a_slow_reader_is_told_that_it_lags() {
    let (redis, _) = redis();
    let room = name();
    let mut events = listen(&redis, &room);
    assert_eq!(next(&mut events).await, Event::Reconnected);
    for _ in 0..3_000 {
        redis.publish(&room, "news").await.unwrap();
    }
    let mut heard = 0;
    while next(&mut events).await != Event::Lagged {
        heard += 1;
    }
    assert!(heard < 3_000, "{heard}");
    redis.publish(&room, "later").await.unwrap();
    until_message(&mut events, &message(&room, "later")).await;
}

async fn until_message(events: &mut Receiver<Event>, expected: &Event) {
    while next(events).await != *expected {}
}

#[tokio::test]
async fn after_stop_the_events_end() {
    let (redis, _) = redis();
    let stop = CancellationToken::new();
    let mut events = Fanout::subscribe(&redis, [name()], stop.clone());
    assert_eq!(next(&mut events).await, Event::Reconnected);
    stop.cancel();
    assert_eq!(timeout(Duration::from_secs(10), events.recv()).await.unwrap(), None);
}

#[tokio::test]
async fn databases_of_one_server_do_not_hear_each_other() {
    let server = Server::start();
    let other = Redis::connect(&Settings::at(format!("{}1", server.url())), Clock::system());
    let (redis, room) = (server.connect(), name());
    let mut events = listen(&redis, &room);
    assert_eq!(next(&mut events).await, Event::Reconnected);
    until(|| async { other.publish(&room, "theirs").await.is_ok() }).await;
    until(|| async { redis.publish(&room, "ours").await.is_ok() }).await;
    assert_eq!(next(&mut events).await, message(&room, "ours"));
}

//! Sentences about the test kit itself.

use clock::Clock;
use sqlx::migrate::Migrator;

static MIGRATIONS: Migrator = sqlx::migrate!("../durable/migrations");

#[tokio::test]
async fn two_tests_do_not_see_each_others_rows() {
    let (first, second) = (crate::database(&MIGRATIONS).await, crate::database(&MIGRATIONS).await);
    let mut conn = first.connect(Clock::system()).await.acquire().await.unwrap();
    sqlx::raw_sql(
        "insert into outbox (queue, order_key, kind, payload, available_at) values ('q', 1, 'k', '', now())",
    )
    .execute(&mut *conn)
    .await
    .unwrap();
    let seen: i64 = sqlx::query_scalar("select count(id) from outbox")
        .fetch_one(&mut second.owner().await)
        .await
        .unwrap();
    assert_eq!(seen, 0);
}

#[tokio::test]
async fn a_dropped_database_is_gone() {
    let db = crate::database(&MIGRATIONS).await;
    let other = crate::database(&MIGRATIONS).await;
    let name = db.url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    drop(db);
    let left: i64 = sqlx::query_scalar("select count(datname) from pg_database where datname = $1")
        .bind(&name)
        .fetch_one(&mut other.owner().await)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[test]
fn a_process_has_one_redis_index_and_it_is_not_the_first() {
    let url = crate::redis_url();
    assert_eq!(url, crate::redis_url());
    assert!(!url.ends_with("/0"), "{url}");
}

#[tokio::test]
async fn redis_answers_through_its_proxy() {
    let (proxy, url) = crate::redis_behind_proxy().await;
    let ping = || async {
        let mut conn = redis::Client::open(url.as_str())?.get_multiplexed_async_connection().await?;
        redis::cmd("PING").query_async::<String>(&mut conn).await
    };
    assert_eq!(ping().await.unwrap(), "PONG");
    proxy.refuse(true);
    assert!(ping().await.is_err());
}

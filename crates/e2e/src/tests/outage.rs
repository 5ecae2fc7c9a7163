//! PostgreSQL or Redis away: an honest 503 for what needs them, everything else works, and all recovers by itself.

use std::time::Duration;

use anyhow::Result;
use tokio::time::{Instant, sleep};

use super::{face::refused, room::Room};
use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_everything_works() -> Result<()> {
    let stage = Stage::start(&[]).await?;
    let room = Room::of_four(&stage).await?;
    stage.redis.close();
    for at in 0..10 {
        let answer = room.admin().post("/api/expenses", &room.expense(&format!("第{at}笔"), "4.00")).await?;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    assert_eq!(room.balances().await?, ["30.00", "-10.00", "-10.00", "-10.00"]);
    stage.redis.open();
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_postgres_it_says_so_and_recovers() -> Result<()> {
    let mut stage = Stage::start(&[]).await?;
    let room = Room::of_four(&stage).await?;
    stage.postgres.close();
    sleep(Duration::from_millis(1200)).await;
    let answer = room.admin().post("/api/expenses", &room.expense("断电", "4.00")).await?;
    refused(&answer, 503, "SERVICE_UNAVAILABLE");
    assert!(answer.headers.contains_key("retry-after"));
    assert_eq!(stage.nobody()?.status("/health").await?, 200, "alive all the same");
    assert_eq!(stage.nobody()?.status("/openapi/dorm.json").await?, 200);
    stage.postgres.open();
    stage.wait_until_ready().await?;
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let answer = room.admin().post_once("/api/expenses", &room.expense("来电", "4.00"), "after").await?;
        if answer.status == 200 {
            break;
        }
        assert!(Instant::now() < deadline, "does not recover: {}", answer.text);
        sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(room.balances().await?, ["3.00", "-1.00", "-1.00", "-1.00"]);
    Ok(())
}

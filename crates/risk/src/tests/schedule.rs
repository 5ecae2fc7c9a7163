//! What the service does unasked.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::{sleep, timeout};

use super::stage;

#[tokio::test]
async fn old_keys_are_forgotten_at_the_business_zones_midnight() {
    let stage = stage().await;
    let mut owner = stage.test_db.owner().await;
    let entered = async {
        loop {
            let next: Option<DateTime<Utc>> =
                sqlx::query_scalar("select next_run_at from schedule where name = 'risk_cleanup'")
                    .fetch_optional(&mut owner)
                    .await
                    .unwrap();
            match next {
                Some(next) => return next,
                None => sleep(Duration::from_millis(10)).await,
            }
        }
    };
    let next = timeout(Duration::from_secs(5), entered).await.unwrap();
    assert_eq!(next, "2026-03-01T16:00:00Z".parse::<DateTime<Utc>>().unwrap());
}

//! A hundred requests a minute for each user, else for each address (000-L01, contract section 7).

use std::time::Duration;

use anyhow::Result;
use reqwest::header::HeaderMap;
use tokio::time::{Instant, sleep};

use super::super::face::refused;
use crate::{client::Client, stage::Stage};

/// What is allowed at once; it comes back evenly over a minute, one request each 0.6 seconds.
const ALLOWED: u64 = 100;
const REFILL: Duration = Duration::from_millis(600);

fn number(headers: &HeaderMap, name: &str) -> u64 {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .unwrap_or_else(|| panic!("{name}: {headers:?}"))
}

pub(super) async fn the_hundred_and_first_request_is_refused(stage: &Stage) -> Result<()> {
    let me = stage.person("eager", "急").await?;
    let other = stage.person("calm", "不急").await?;
    let began = Instant::now();
    let mut passed = 0;
    let refusal = loop {
        let answer = me.get("/api/users/me").await?;
        assert_eq!(number(&answer.headers, "x-ratelimit-limit"), ALLOWED);
        if answer.status != 200 {
            break answer;
        }
        passed += 1;
        assert!(number(&answer.headers, "x-ratelimit-remaining") < ALLOWED);
        assert!((1..=60).contains(&number(&answer.headers, "x-ratelimit-reset")), "{:?}", answer.headers);
        assert!(passed < 2 * ALLOWED, "never refused");
    };
    let came_back = u64::try_from(began.elapsed().as_millis() / REFILL.as_millis())?;
    assert!((ALLOWED..=ALLOWED + came_back).contains(&passed), "{passed} passed in {:?}", began.elapsed());
    refused(&refusal, 429, "RATE_LIMIT_EXCEEDED");
    assert_eq!(number(&refusal.headers, "x-ratelimit-remaining"), 0);
    let retry_after = number(&refusal.headers, "retry-after");
    assert!((1..=60).contains(&retry_after));

    assert_eq!(other.get("/api/users/me").await?.status, 200, "each user has his own");
    let nobody = stage.nobody()?;
    assert_eq!(nobody.get("/api/users/me").await?.status, 401, "and each address");
    assert_eq!(nobody.get("/health").await?.status, 200, "health is not counted");
    // Another token of the same user is the same user.
    sleep(Duration::from_secs(retry_after)).await;
    assert_eq!(me.get("/api/users/me").await?.status, 200, "after the wait it goes on");
    guesses_count_for_the_address(stage).await
}

/// Requests without a good token are counted too, however many tokens are tried.
async fn guesses_count_for_the_address(stage: &Stage) -> Result<()> {
    let nobody = stage.nobody()?;
    for at in 0..2 * ALLOWED {
        let guess = nobody.with_token(&format!("guess{at}"));
        let answer = guess.send(guess.request(reqwest::Method::GET, "/api/users/me")).await?;
        if answer.status == 429 {
            return no_forwarding_header_makes_another_address(&nobody).await;
        }
        refused(&answer, 401, "AUTH_INVALID");
    }
    panic!("guessing is never refused")
}

/// One request or two may have come back meanwhile, but not twenty.
async fn no_forwarding_header_makes_another_address(nobody: &Client) -> Result<()> {
    let (began, mut passed) = (Instant::now(), 0);
    for at in 0..20 {
        let request = nobody.request(reqwest::Method::GET, "/api/users/me");
        let answer = nobody.send(request.header("X-Forwarded-For", format!("203.0.113.{at}"))).await?;
        passed += u128::from(answer.status != 429);
    }
    let came_back = began.elapsed().as_millis() / REFILL.as_millis() + 1;
    assert!(passed <= came_back, "{passed} passed in {:?}", began.elapsed());
    Ok(())
}

//! Compares a password, and slows down whoever guesses.
//!
//! Ten wrong ones for a name from an address within fifteen minutes, and that address waits; others do not, so
//! nobody is locked out by a stranger. The count is read and written inside a hashing turn, so guesses that come
//! at once pass it by two at most. The rule not to be broken: unknown name and wrong password look and cost the same.

use chrono::TimeDelta;
use fault::{Code, Fault};

use crate::{domain::text, service::Service, store::failures};

const FAILURES_MAX: i32 = 10;
const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// Who tries: a name as it was typed, and from where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt<'a> {
    pub(crate) name: &'a str,
    pub(crate) address: &'a str,
    pub(crate) password: &'a str,
}

/// Tells whether the password matches a hash; without a hash it takes as long and does not.
///
/// *Errors*: `RATE_LIMIT_EXCEEDED` after ten wrong ones, `SERVICE_UNAVAILABLE` if too many wait for their turn.
pub(crate) async fn matches(
    service: &Service,
    attempt: Attempt<'_>,
    phc: Option<String>,
) -> Result<bool, Fault> {
    let name = service.vault.hidden(&text::key(attempt.name))?;
    let turn = service.passwords.turn().await?;
    let now = service.clock().now();
    let since = now - WINDOW;
    let mut conn = service.db.acquire().await?;
    let before = failures::find(&mut conn, &name, attempt.address, since).await?;
    drop(conn);
    if let Some(failures) = before.filter(|failures| failures.count >= FAILURES_MAX) {
        let wait = (failures.first_at + WINDOW - now).num_seconds().saturating_add(1);
        return Err(Fault::new(
            Code::RateLimitExceeded,
            "too many wrong passwords; wait before the next try",
        )
        .with_retry_after(u32::try_from(wait).unwrap_or(1)));
    }
    let password = text::typed_password(attempt.password);
    let (is_match, turn) = service.passwords.matches(turn, password, phc).await?;
    let mut conn = service.db.acquire().await?;
    if !is_match {
        failures::add(&mut conn, &name, attempt.address, (since, now)).await?;
    } else if before.is_some() {
        failures::forget(&mut conn, &name, attempt.address).await?;
    }
    drop(turn);
    metrics::counter!("user_passwords_compared_total", "outcome" => if is_match { "right" } else { "wrong" })
        .increment(1);
    Ok(is_match)
}

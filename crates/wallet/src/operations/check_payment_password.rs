//! Compares a payment password, and locks after five wrong ones for fifteen minutes (contract section 7).
//!
//! A try is counted before it is compared, so that guesses made at once do not pass the limit. That a password was right
//! is remembered for five minutes by a keyed hash, and counts as long as the ledger finds it neither changed nor
//! locked. The rule not to be broken: a wrong password costs an Argon2id comparison and a try, always.

use chrono::TimeDelta;
use fault::{Code, Fault};

use crate::{
    domain::unproven,
    passwords::{self, Proven},
    service::Service,
    store::passwords::{self as rows, Stored},
};

const TRIES_MAX: i32 = 5;
const LOCK: TimeDelta = TimeDelta::minutes(15);

/// Passes the payment password of a user, encrypted or, where that is allowed, plain.
///
/// *Errors*: `PAYMENT_PASSWORD_ERROR` for a wrong, locked or missing one, with the tries that are left; a validation
/// fault for one that does not open.
pub(super) async fn prove(service: &Service, user_id: i64, password: &str) -> Result<Proven, Fault> {
    let typed = passwords::typed(&service.password_key.open("payment_password", password).await?);
    let mark = service.passwords.mark(user_id, &typed)?;
    service.passwords.proven(mark, compare(service, user_id, typed)).await
}

/// Compares by the stored hash, and gives the version of the password that it matched.
async fn compare(service: &Service, user_id: i64, typed: String) -> Result<i64, Fault> {
    let turn = service.passwords.hashing().turn().await?;
    let now = service.clock.now();
    let lock_end = now.checked_add_signed(LOCK).unwrap_or(now);
    let mut conn = service.db.acquire().await?;
    let counted = rows::count_try(&mut conn, user_id, TRIES_MAX, (now, lock_end)).await?;
    let Some(stored) = counted else {
        let found = rows::find(&mut conn, user_id).await?;
        return Err(refusal(found.as_ref(), now));
    };
    drop(conn);
    let (is_right, turn) =
        service.passwords.hashing().matches(turn, typed, Some(stored.hash.clone())).await?;
    let outcome = if is_right { "right" } else { "wrong" };
    metrics::counter!("payment_passwords_compared_total", "outcome" => outcome).increment(1);
    if !is_right {
        tracing::info!(user_id, tries = stored.tries, "a wrong payment password");
        return Err(wrong(&stored));
    }
    let mut conn = service.db.acquire().await?;
    rows::forget_tries(&mut conn, user_id, stored.version).await?;
    drop(turn);
    Ok(stored.version)
}

fn refusal(found: Option<&Stored>, now: chrono::DateTime<chrono::Utc>) -> Fault {
    match found.and_then(|stored| stored.locked_until) {
        Some(until) => locked(until.signed_duration_since(now)),
        None if found.is_some() => Fault::new(Code::LockTimeout, "the payment password was changed just now"),
        None => unproven("is not set yet; set one first"),
    }
}

fn wrong(stored: &Stored) -> Fault {
    match TRIES_MAX.saturating_sub(stored.tries) {
        left if stored.locked_until.is_none() && left > 0 => {
            unproven(&format!("is wrong; tries left before it is locked: {left}"))
        }
        _ => locked(LOCK),
    }
}

fn locked(left: TimeDelta) -> Fault {
    let seconds = u32::try_from(left.num_seconds().saturating_add(1)).unwrap_or(1);
    unproven("is locked after five wrong ones; try again later or set a new one").with_retry_after(seconds)
}
